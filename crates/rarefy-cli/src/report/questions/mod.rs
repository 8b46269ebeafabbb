//! The five questions of the thesis, each with our answer, the thesis's, and whether they agree.
//!
//! Answers are computed from the records, the thesis's from what it published, by the same
//! functions where both can be had; nothing is decided by hand. How a verdict comes about is told at
//! [`Verdict`] and, for readers, in the report's part about these numbers ([`super::about`]).
//!
//! [`pruning`] has the first three, [`structure`] the fourth, [`prediction`] the fifth.

mod prediction;
mod pruning;
mod structure;

use std::fmt;

use askama::Template;
use rarefy::cell::Cell;
use serde_json::{Value, json};

use super::figure::{Legend, Panel, cell_class, cell_marker};
use super::findings::Findings;
use super::structure::Sampled;
use super::{Report, StudyReport, summary, wording};
use crate::chart::{Marker, swatch};

/// From this share of comparisons on that come out the same, both agree.
pub const AGREES_FROM: f64 = 0.8;
/// From this share on they agree in part.
pub const IN_PART_FROM: f64 = 0.5;
/// At least this share of all comparisons must be decided for anything to be said.
pub const DECIDED_FROM: f64 = 0.5;
/// With fewer graphs of a cell, how well accuracy can be predicted is not known well enough.
pub const FEWEST_GRAPHS: usize = 100;

/// Whether our answer agrees with the thesis's.
///
/// A question is a number of comparisons of something published with the same of ours, each with
/// a yes, a no, or open (a trial is missing, or a figure is too weak to tell from chance). With
/// fewer than [`DECIDED_FROM`] of them decided nothing can be said; otherwise it goes by the share
/// of a yes among the decided. Nor can anything be said of other data, of a part that was not run,
/// or at the smoke scale. What is compared is documented at each question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// At least [`AGREES_FROM`] of the comparisons come out the same.
    Agrees,
    /// At least [`IN_PART_FROM`] of them.
    InPart,
    /// Fewer.
    Differs,
    /// Too little is known.
    Unsaid,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agrees => "agrees",
            Self::InPart => "agrees in part",
            Self::Differs => "differs",
            Self::Unsaid => "cannot be said",
        })
    }
}

impl Verdict {
    /// CSS class.
    fn class(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::InPart => "in-part",
            Self::Differs => "differs",
            Self::Unsaid => "unsaid",
        }
    }
}

/// Comparisons, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    same: usize,
    other: usize,
    open: usize,
}

impl Tally {
    fn of(comparisons: impl Iterator<Item = Option<bool>>) -> Self {
        let mut tally = Self::default();
        for same in comparisons {
            match same {
                Some(true) => tally.same += 1,
                Some(false) => tally.other += 1,
                None => tally.open += 1,
            }
        }
        tally
    }

    fn decided(self) -> usize {
        self.same + self.other
    }

    fn verdict(self) -> Verdict {
        let (decided, all) = (self.decided() as f64, (self.decided() + self.open) as f64);
        if decided == 0.0 || decided < DECIDED_FROM * all {
            return Verdict::Unsaid;
        }
        match self.same as f64 / decided {
            share if share >= AGREES_FROM => Verdict::Agrees,
            share if share >= IN_PART_FROM => Verdict::InPart,
            _ => Verdict::Differs,
        }
    }
}

/// A question of the thesis and what came of it.
pub struct Question {
    /// 1 to 5.
    number: usize,
    asked: &'static str,
    /// In a sentence.
    answer: String,
    /// What a reader has to know before leaning on the answer.
    doubts: Vec<String>,
    /// The answer, drawn small.
    drawing: Option<Panel>,
    /// Number of the figure behind it.
    figure: Option<usize>,
    /// The thesis's answer, where its figures stand beside.
    thesis: Option<String>,
    verdict: Verdict,
    /// What the verdict rests on.
    why: String,
}

impl Question {
    /// As under `--json`.
    pub fn json(&self) -> Value {
        json!({
            "number": self.number,
            "question": self.asked,
            "answer": plain(&self.answer),
            "keep_in_mind": self.doubts.iter().map(|doubt| plain(doubt)).collect::<Vec<_>>(),
            "thesis": self.thesis.as_deref().map(plain),
            "verdict": self.verdict.to_string(),
            "why": plain(&self.why),
        })
    }

    /// Two lines for the terminal: what was asked, and the verdict.
    pub fn lines(&self) -> String {
        let Self { number, asked, verdict, .. } = self;
        format!("{number} {asked}\n  {verdict}: {}", plain(&self.why))
    }

    /// Without an answer, for there is nothing to answer it from.
    fn open(number: usize, asked: &'static str, why: &str) -> Self {
        Self {
            number,
            asked,
            answer: why.to_owned(),
            doubts: Vec::new(),
            drawing: None,
            figure: None,
            thesis: None,
            verdict: Verdict::Unsaid,
            why: "there is nothing to compare.".to_owned(),
        }
    }
}

fn plain(text: &str) -> String {
    text.replace(wording::NBSP, " ")
}

/// What the thesis asked.
const ASKED: [&str; 5] = [
    "What does pruning weights do to a recurrent network’s accuracy?",
    "How much can be pruned without a significant loss?",
    "How many epochs of retraining regain the accuracy?",
    "How does the accuracy of a randomly structured network go with the properties of its graph?",
    "Can its accuracy be predicted from those properties?",
];

const NOT_PRUNED: &str = "Not answered here: the part “pruning” has not been run.";
const NOT_WIRED: &str = "Not answered here: the part “structure” has not been run.";
const NOT_PREDICTED: &str =
    "Not answered here: the part “prediction” has not been run, or has too few graphs.";

/// Number of the figure that shows each answer, where there is one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub pruned: usize,
    pub retrained: usize,
    pub properties: usize,
    pub predicted: usize,
}

/// All five, in their order.
pub fn questions<'a>(report: &Report<'a>, figures: Figures) -> Vec<Question> {
    let findings =
        |study: &StudyReport<'a>| Findings::new(study.study, study.records, study.data.reber);
    let mut all = match &report.pruning {
        Some(study) => pruning::questions(&findings(study), figures),
        None => (0..3).map(|at| Question::open(at + 1, ASKED[at], NOT_PRUNED)).collect(),
    };
    let wired = report.structure.as_ref().map(findings);
    let sampled = wired.as_ref().and_then(Sampled::new);
    let prediction = report.prediction.filter(|found| !found.cells.is_empty());
    all.push(match &sampled {
        Some(sampled) => structure::question(sampled, prediction, figures),
        None => Question::open(4, ASKED[3], NOT_WIRED),
    });
    all.push(match (&sampled, prediction) {
        (Some(sampled), Some(found)) => prediction::question(sampled, found, figures),
        (Some(_), None) => Question::open(5, ASKED[4], NOT_PREDICTED),
        (None, _) => Question::open(5, ASKED[4], NOT_WIRED),
    });
    all
}

/// With the reason why nothing can be said of a study, if there is one; else by what was compared.
fn judged(findings: &Findings, tally: Tally, compared: String) -> (Verdict, String) {
    if !findings.beside_thesis {
        return (Verdict::Unsaid, "the data are not of its task.".to_owned());
    }
    if summary::only_a_check(findings).is_some() {
        let why = "the smoke scale only checks that the program works.";
        return (Verdict::Unsaid, why.to_owned());
    }
    (tally.verdict(), compared)
}

/// The section that opens the page.
#[derive(Template)]
#[template(path = "report/questions.html")]
pub struct Section {
    questions: Vec<Question>,
    legend: Vec<Legend>,
    beside_thesis: bool,
}

impl Section {
    /// The five questions about these cells.
    pub fn new(questions: Vec<Question>, cells: &[Cell], beside_thesis: bool) -> Self {
        let entry = |&cell: &Cell| Legend {
            swatch: swatch(cell_class(cell), cell_marker(cell), false),
            name: wording::cell(cell).to_owned(),
        };
        let mut legend: Vec<Legend> = cells.iter().map(entry).collect();
        if beside_thesis {
            let swatch = swatch(super::figure::NEUTRAL, Marker::Circle, true);
            legend.push(Legend { swatch, name: "thesis, in the same colours".to_owned() });
        }
        Self { questions, legend, beside_thesis }
    }

    /// The section.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_goes_by_the_share_of_what_is_decided() {
        let verdict = |same, other, open| Tally { same, other, open }.verdict();
        assert_eq!(verdict(8, 2, 0), Verdict::Agrees);
        assert_eq!(verdict(8, 2, 10), Verdict::Agrees);
        assert_eq!(verdict(8, 2, 11), Verdict::Unsaid);
        assert_eq!(verdict(7, 3, 0), Verdict::InPart);
        assert_eq!(verdict(1, 1, 0), Verdict::InPart);
        assert_eq!(verdict(1, 2, 0), Verdict::Differs);
        assert_eq!(verdict(0, 0, 0), Verdict::Unsaid);
    }
}
