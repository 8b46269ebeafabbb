//! What stands and what falls: sentences that the thesis says or that follow from it, each judged by a
//! contrast.

use std::fmt;

use rarefy::analysis::FEWEST_PAIRS;
use rarefy::study::{Answer, Findings};

use super::Open;

/// A sentence, and the contrast that judges it.
pub struct Claim {
    /// The sentence.
    pub sentence: &'static str,
    /// The study.
    pub study: Open,
    /// The contrast's question.
    pub question: &'static str,
    /// What the sentence says of the contrast's later level.
    says: Says,
}

/// What a claim says of the later level of two.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// That it is better.
    Better,
    /// That both are alike.
    Alike,
}

/// Differences of accuracy that nobody needs to care about.
const ALIKE: f64 = 0.01;

impl Claim {
    /// All claims, in the order of the page.
    pub const ALL: &[Self] = &[
        Self {
            sentence: "Networks wired as Watts-Strogatz graphs are better than those wired as \
                       Barabasi-Albert graphs.",
            study: Open::Wired,
            question: "Question 4: is either family better, with nodes and the width of the input the same?",
            says: Says::Better,
        },
        Self {
            sentence: "The more source nodes, the better. (They make the input wider: here it is \
                       widened on its own.)",
            study: Open::Wired,
            question: "Doubt 3: does a wider input help (16 against 1), whatever the graph?",
            says: Says::Better,
        },
        Self {
            sentence: "What holds for gated networks whose masks are not the graph holds for the graph.",
            study: Open::Wired,
            question: "Doubt 1: are gates that follow the graph (as it is) better than the thesis's interleaved masks?",
            says: Says::Alike,
        },
        Self {
            sentence: "Nodes that lead nowhere do no harm.",
            study: Open::Wired,
            question: "Doubt 7: does it matter whether nodes that lead nowhere are there?",
            says: Says::Alike,
        },
        Self {
            sentence: "It does not matter that the answer is read after the padding.",
            study: Open::Wired,
            question: "Doubt 8: does it matter whether the answer is read after the padding or at the last letter?",
            says: Says::Alike,
        },
        Self {
            sentence: "The more edges of a ring are rewired, the better.",
            study: Open::SmallWorld,
            question: "Doubt 2: is a small world (p = 0.1) better than a ring (p = 0) or a random graph (p = 1)?",
            says: Says::Better,
        },
        Self {
            sentence: "A pruned and retrained network is as good as the whole one trained as long.",
            study: Open::Recovery,
            question: "Doubt 5: does a pruned network end where the whole one ends that is trained as long?",
            says: Says::Alike,
        },
        Self {
            sentence: "It is the smallest weights that can go.",
            study: Open::Recovery,
            question: "Doubt 5: does it matter which weights go?",
            says: Says::Better,
        },
        Self {
            sentence: "A network wired as a graph can be pruned further at no cost.",
            study: Open::Structured,
            question: "Question 7: what does pruning cost a network that is wired as a graph?",
            says: Says::Alike,
        },
        Self {
            sentence: "Pruning a dense network and pruning one wired as a graph to the same size are \
                       equally good.",
            study: Open::EqualReber,
            question: "Question 7: does it pay to prune a network that is wired as a graph, against pruning a dense one to the same size?",
            says: Says::Alike,
        },
    ];

    /// The claim, judged by what was found; `None` if its contrast has no comparison.
    pub fn judged<'f>(&'static self, findings: &'f Findings) -> Option<Claimed<'f>> {
        let asked = |answer: &&Answer| answer.question.as_deref() == Some(self.question);
        let answers: Vec<&Answer> = findings.contrasts.iter().filter(asked).collect();
        let stands = Stands::of(self.says, &answers)?;
        Some(Claimed { claim: self, stands, answers })
    }
}

/// A claim and its verdict.
pub struct Claimed<'f> {
    /// The claim.
    pub claim: &'static Claim,
    /// The verdict.
    pub stands: Stands,
    /// The comparisons that it rests on.
    pub answers: Vec<&'f Answer>,
}

/// Whether a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Every comparison says what it says.
    Stands,
    /// Some do, and none says the opposite.
    InPart,
    /// One says the opposite, or none leaves room for it.
    Falls,
    /// The comparisons do not decide it.
    Open,
}

impl Stands {
    /// `None` without any comparison.
    fn of(says: Says, answers: &[&Answer]) -> Option<Self> {
        if answers.is_empty() {
            return None;
        }
        let each: Vec<Self> = answers.iter().map(|answer| Self::one(says, answer)).collect();
        let count = |stands| each.iter().filter(|one| **one == stands).count();
        let (stand, fall) = (count(Self::Stands), count(Self::Falls));
        Some(match (stand, fall) {
            _ if stand == each.len() => Self::Stands,
            (0, 0) => Self::Open,
            (0, fall) if fall == each.len() => Self::Falls,
            (0, _) if says == Says::Alike => Self::Falls,
            (0, _) => Self::Open,
            _ => Self::InPart,
        })
    }

    /// What one comparison says.
    fn one(says: Says, answer: &Answer) -> Self {
        let found = &answer.difference;
        let (Some(low), Some(high)) = (found.low, found.high) else { return Self::Open };
        if found.pairs < FEWEST_PAIRS {
            return Self::Open;
        }
        let alike = -ALIKE <= low && high <= ALIKE;
        match says {
            Says::Better if answer.is_clear() && low > 0.0 => Self::Stands,
            // Even the upper end is a difference that nobody needs to care about.
            Says::Better if high <= ALIKE => Self::Falls,
            Says::Alike if alike => Self::Stands,
            Says::Alike if answer.is_clear() => Self::Falls,
            _ => Self::Open,
        }
    }

    /// CSS class of the verdict.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Stands => "holds",
            Self::Falls => "fails",
            Self::InPart | Self::Open => "undecided",
        }
    }
}

impl fmt::Display for Stands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stands => "stands",
            Self::InPart => "stands in part",
            Self::Falls => "falls",
            Self::Open => "open",
        })
    }
}
