//! The opening of the page: the progress of the study and its findings.

use askama::Template;
use rarefy::study::{Answer, Difference, Findings, TrialFailure, Varied};

use super::words;
use crate::wording;

/// The first section.
#[derive(Template)]
#[template(path = "study/opening.html")]
pub struct Opening<'f> {
    /// The progress of the study, if it is unfinished or has trials that went wrong.
    partial: Option<String>,
    failures: &'f [TrialFailure],
    /// The study's questions.
    questions: Vec<Question>,
    /// One sentence for each setting that varied.
    effects: Vec<String>,
    /// What was done, if there is nothing else to report.
    otherwise: Option<String>,
}

/// A question and its comparisons.
struct Question {
    question: String,
    /// The order of its levels, for each kind of trial, if there are too many comparisons to read
    /// them all; these are then folded.
    orders: Vec<String>,
    replies: Vec<Reply>,
}

/// Up to this many comparisons of a question are read one by one.
const MOST_READ: usize = 3;

/// The result of one comparison.
struct Reply {
    class: &'static str,
    verdict: &'static str,
    found: String,
}

impl<'f> Opening<'f> {
    /// The opening for these findings.
    pub fn new(findings: &'f Findings) -> Self {
        let Findings { progress, contrasts, varied, failures, groups, .. } = findings;
        let whole = progress.done == progress.planned && progress.diverged == 0;
        let effects: Vec<String> = varied.iter().filter_map(effect).collect();
        let otherwise = (effects.is_empty() && contrasts.is_empty()).then(|| {
            let [mean, interval] = words::mean(&groups.first().map(|g| g.mean).unwrap_or_default());
            match groups.len() {
                1 => format!(
                    "{} is {mean} (95 % interval {interval}; {}).",
                    wording::capitalised(&words::column(&findings.column)),
                    wording::count(groups[0].mean.seeds, "seed")
                ),
                _ => "Nothing can be compared yet.".to_owned(),
            }
        });
        Self {
            partial: (!whole).then(|| words::progress(progress)),
            failures,
            questions: questions(contrasts),
            effects,
            otherwise,
        }
    }

    /// The section.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}

/// The questions of a study, each with all its comparisons.
fn questions(contrasts: &[Answer]) -> Vec<Question> {
    let same = |a: &&Answer, b: &&Answer| {
        let of = |answer: &&Answer| {
            let Difference { vary, column, .. } = &answer.difference;
            (answer.question.clone(), *vary, column.clone())
        };
        of(a) == of(b)
    };
    let answers: Vec<&Answer> = contrasts.iter().collect();
    let question = |answers: &[&Answer]| {
        let reply = |answer: &&Answer| Reply {
            class: words::verdict_class(answer),
            verdict: words::verdict(answer),
            found: words::answered(answer),
        };
        let expects = answers.iter().any(|answer| answer.expect.is_some());
        let kinds = answers.chunk_by(|a, b| a.difference.by == b.difference.by);
        let many = kinds.clone().any(|kind| kind.len() > MOST_READ) && !expects;
        let orders = many.then(|| kinds.map(order).collect::<Option<Vec<String>>>()).flatten();
        let replies = answers.iter().map(reply).collect();
        let question = words::question(answers[0]);
        Question { question, orders: orders.unwrap_or_default(), replies }
    };
    answers.chunk_by(same).map(question).collect()
}

/// Of each question that compares many levels the order of these, in a sentence for each kind of
/// trial.
pub fn orders(contrasts: &[Answer]) -> Vec<(String, Vec<String>)> {
    let questions = questions(contrasts).into_iter().filter(|asked| !asked.orders.is_empty());
    questions.map(|asked| (asked.question, asked.orders)).collect()
}

/// The levels of a question, the highest first, and how many of their differences are clear. `None`
/// as long as any comparison has no pairs.
fn order(answers: &[&Answer]) -> Option<String> {
    // How far each level is above the others on average.
    let mut levels: Vec<(&str, Vec<f64>)> = Vec::new();
    for answer in answers {
        let Difference { level_a, level_b, effect, .. } = &answer.difference;
        for (level, above) in [(level_a, -(*effect)?), (level_b, (*effect)?)] {
            match levels.iter_mut().find(|(other, _)| other == level) {
                Some((_, all)) => all.push(above),
                None => levels.push((level, vec![above])),
            }
        }
    }
    let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
    levels.sort_by(|a, b| mean(&b.1).total_cmp(&mean(&a.1)));
    let clear = answers.iter().filter(|answer| answer.is_clear()).count();
    let [first, rest @ ..] = &levels[..] else { return None };
    let rest: Vec<&str> = rest.iter().map(|(level, _)| *level).collect();
    Some(wording::capitalised(&format!(
        "{}highest {}: {}, then {}. {clear} of the {} differences are clear (corrected p below {}).",
        words::by(&answers[0].difference),
        words::column(&answers[0].difference.column),
        first.0,
        rest.join(", "),
        answers.len(),
        rarefy::study::SIGNIFICANT,
    )))
}

/// The largest difference between two levels of a setting.
fn effect(varied: &Varied) -> Option<String> {
    let size = |found: &&Difference| found.effect.map_or(-1.0, f64::abs);
    let largest = varied.differences.iter().max_by(|a, b| size(a).total_cmp(&size(b)))?;
    largest.effect?;
    let sentence = wording::capitalised(&words::effect(largest));
    Some(match varied.levels.len() {
        2 => format!("{sentence}."),
        count => format!("{sentence}: the largest difference among its {count} levels."),
    })
}
