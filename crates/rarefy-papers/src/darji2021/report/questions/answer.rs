//! A question, what was found, and what became of the comparison with the thesis.

use rarefy_view::figure::Panel;
use rarefy_view::wording;
use serde_json::{Value, json};

use crate::darji2021::report::findings::{Findings, Seeds};
use crate::darji2021::report::questions::agreement::{Agreement, Verdict};
use crate::darji2021::report::summary;

/// With fewer graphs of a cell, how well accuracy can be predicted is not known well enough.
pub const FEWEST_GRAPHS: usize = 100;

/// A question of the thesis and what came of it.
pub struct Question {
    /// 1 to 5.
    pub number: usize,
    /// The question.
    pub asked: &'static str,
    /// What was found, in a sentence or two.
    pub answer: String,
    /// How many seeds and networks stand behind it.
    pub based_on: String,
    /// How many seeds there are of each network; none where nothing was run.
    pub seeds: Option<Seeds>,
    /// What a reader has to know before leaning on the answer.
    pub doubts: Vec<String>,
    /// The answer, drawn small.
    pub drawing: Option<Panel>,
    /// Number of the figure behind it.
    pub figure: Option<usize>,
    /// What the thesis found, where it can be compared.
    pub thesis: Option<String>,
    /// Whether the two agree.
    pub judged: Judged,
}

/// A verdict and what it rests on.
pub struct Judged {
    /// Whether ours and the thesis's agree.
    pub verdict: Verdict,
    /// What the verdict rests on.
    pub why: String,
    /// The comparisons, where there are any.
    pub agreement: Option<Agreement>,
}

impl Judged {
    /// Nothing can be said.
    pub fn unsaid(why: &str) -> Self {
        Self { verdict: Verdict::Unsaid, why: why.to_owned(), agreement: None }
    }

    /// By `agreement`, of what `compared` says; unless nothing can be said of such a study.
    pub fn of(findings: &Findings, agreement: Agreement, compared: &str) -> Self {
        if !findings.beside_thesis {
            return Self::unsaid("These data are not the thesis’s task.");
        }
        if summary::only_a_check(findings).is_some() {
            return Self::unsaid("The smoke scale only checks that the program works.");
        }
        Self {
            verdict: agreement.verdict(),
            why: format!("{compared} {}", agreement.reason()),
            agreement: Some(agreement),
        }
    }
}

impl Question {
    /// As under `--json`.
    pub fn json(&self) -> Value {
        let compared = self.judged.agreement.map(|agreement| {
            json!({
                "same": agreement.tally.same,
                "known": agreement.tally.known(),
                "open": agreement.tally.open,
                "by_chance": agreement.chance,
                "beyond_chance": agreement.beyond_chance(),
                "p": agreement.p,
            })
        });
        json!({
            "number": self.number,
            "question": self.asked,
            "answer": plain(&self.answer),
            "based_on": plain(&self.based_on),
            "seeds": self.seeds.map(|seeds| json!({ "least": seeds.least, "most": seeds.most })),
            "keep_in_mind": self.doubts.iter().map(|doubt| plain(doubt)).collect::<Vec<_>>(),
            "thesis": self.thesis.as_deref().map(plain),
            "verdict": self.judged.verdict.to_string(),
            "why": plain(&self.judged.why),
            "compared": compared,
        })
    }

    /// For the terminal: what was asked, what was found, what the thesis found, and the verdict.
    pub fn lines(&self) -> String {
        let Self { number, asked, answer, based_on, thesis, judged, .. } = self;
        let mut text = format!("{number} {asked}\n  found: {answer}");
        if !based_on.is_empty() {
            text += &format!(" ({based_on})");
        }
        if let Some(thesis) = thesis {
            text += &format!("\n  thesis: {thesis}\n  verdict: {}. {}", judged.verdict, judged.why);
        }
        plain(&text)
    }

    /// Without an answer, for there is nothing to answer it from.
    pub fn open(number: usize, asked: &'static str, why: &str) -> Self {
        Self {
            number,
            asked,
            answer: why.to_owned(),
            based_on: String::new(),
            seeds: None,
            doubts: Vec::new(),
            drawing: None,
            figure: None,
            thesis: None,
            judged: Judged::unsaid("There is nothing to compare."),
        }
    }
}

/// As the terminal and JSON have it: without blanks that do not break.
pub fn plain(text: &str) -> String {
    text.replace(wording::NBSP, " ")
}

/// What the thesis asked.
pub const ASKED: [&str; 5] = [
    "What does pruning weights do to a recurrent network’s accuracy?",
    "How much can be pruned without a significant loss?",
    "How many epochs of retraining regain the accuracy?",
    "How is the accuracy of a randomly structured network related to the properties of its graph?",
    "Can its accuracy be predicted from those properties?",
];

/// Number of the figure that shows each answer, where there is one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub pruned: usize,
    pub retrained: usize,
    pub properties: usize,
    pub predicted: usize,
}
