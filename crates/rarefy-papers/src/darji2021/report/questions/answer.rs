//! A question, its answer, and the comparison with the thesis.

use rarefy_view::figure::Panel;
use rarefy_view::wording;
use serde_json::{Value, json};

use crate::darji2021::report::findings::{Findings, Seeds};
use crate::darji2021::report::questions::agreement::{Agreement, Verdict};
use crate::darji2021::report::summary;

/// With fewer graphs per cell, it is not known well enough how predictable accuracy is.
pub const FEWEST_GRAPHS: usize = 100;

/// A question of the thesis with its answer.
pub struct Question {
    /// 1 to 5.
    pub number: usize,
    /// The question.
    pub asked: &'static str,
    /// The answer in a sentence or two.
    pub answer: String,
    /// The number of seeds and networks that it is based on.
    pub based_on: String,
    /// The number of seeds per network; `None` if nothing was run.
    pub seeds: Option<Seeds>,
    /// What a reader should know before relying on the answer.
    pub doubts: Vec<String>,
    /// A small drawing of the answer.
    pub drawing: Option<Panel>,
    /// Number of the figure with the details.
    pub figure: Option<usize>,
    /// The thesis's answer, if it can be compared.
    pub thesis: Option<String>,
    /// Whether both answers agree.
    pub judged: Judged,
}

/// A verdict and its reason.
pub struct Judged {
    /// Whether our answer and the thesis's agree.
    pub verdict: Verdict,
    /// The reason for the verdict.
    pub why: String,
    /// The comparisons, if there are any.
    pub agreement: Option<Agreement>,
}

impl Judged {
    /// No verdict, for the reason `why`.
    pub fn unsaid(why: &str) -> Self {
        Self { verdict: Verdict::Unsaid, why: why.to_owned(), agreement: None }
    }

    /// The verdict of `agreement`, where `compared` describes the comparisons; no verdict if the
    /// study does not allow one.
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
    /// The question in the form of `--json`.
    pub fn json(&self) -> Value {
        let compared = self.judged.agreement.map(|agreement| {
            json!({
                "same": agreement.tally.same,
                "known": agreement.tally.known(),
                "open": agreement.tally.open,
                "by_chance": agreement.chance,
                "beyond_chance": agreement.kappa(),
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

    /// For the terminal: the question, our answer, the thesis's answer, and the verdict.
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

    /// A question without an answer, for lack of results.
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

/// Text for the terminal and JSON, without non-breaking spaces.
pub fn plain(text: &str) -> String {
    text.replace(wording::NBSP, " ")
}

/// The questions of the thesis.
pub const ASKED: [&str; 5] = [
    "What does pruning weights do to a recurrent network’s accuracy?",
    "How much can be pruned without a significant loss?",
    "How many epochs of retraining regain the accuracy?",
    "How is the accuracy of a randomly structured network related to the properties of its graph?",
    "Can its accuracy be predicted from those properties?",
];

/// For each answer the number of the figure that shows it, if there is one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub pruned: usize,
    pub retrained: usize,
    pub properties: usize,
    pub predicted: usize,
}
