//! A question, its answer, and how a verdict comes about.

use std::fmt;

use rarefy_view::figure::Panel;
use rarefy_view::wording;
use serde_json::{Value, json};

use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::summary;

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
    pub fn class(self) -> &'static str {
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
pub struct Tally {
    pub same: usize,
    pub other: usize,
    pub open: usize,
}

impl Tally {
    pub fn of(comparisons: impl Iterator<Item = Option<bool>>) -> Self {
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

    pub fn decided(self) -> usize {
        self.same + self.other
    }

    pub fn verdict(self) -> Verdict {
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
    pub number: usize,
    /// The question.
    pub asked: &'static str,
    /// In a sentence.
    pub answer: String,
    /// What a reader has to know before leaning on the answer.
    pub doubts: Vec<String>,
    /// The answer, drawn small.
    pub drawing: Option<Panel>,
    /// Number of the figure behind it.
    pub figure: Option<usize>,
    /// The thesis's answer, where its figures stand beside.
    pub thesis: Option<String>,
    /// Whether the two answers agree.
    pub verdict: Verdict,
    /// What the verdict rests on.
    pub why: String,
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
    pub fn open(number: usize, asked: &'static str, why: &str) -> Self {
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

pub fn plain(text: &str) -> String {
    text.replace(wording::NBSP, " ")
}

/// What the thesis asked.
pub const ASKED: [&str; 5] = [
    "What does pruning weights do to a recurrent network’s accuracy?",
    "How much can be pruned without a significant loss?",
    "How many epochs of retraining regain the accuracy?",
    "How does the accuracy of a randomly structured network go with the properties of its graph?",
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

/// With the reason why nothing can be said of a study, if there is one; else by what was compared.
pub fn judged(findings: &Findings, tally: Tally, compared: String) -> (Verdict, String) {
    if !findings.beside_thesis {
        return (Verdict::Unsaid, "the data are not of its task.".to_owned());
    }
    if summary::only_a_check(findings).is_some() {
        let why = "the smoke scale only checks that the program works.";
        return (Verdict::Unsaid, why.to_owned());
    }
    (tally.verdict(), compared)
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
