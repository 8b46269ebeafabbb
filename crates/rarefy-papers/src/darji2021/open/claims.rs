//! What stands and what falls: sentences that the thesis says or that follow from it.

use super::Open;
use crate::claim::{Claim, Says};

impl Open {
    /// The claims that the study judges, in the order of the page.
    pub fn claims(self) -> &'static [Claim] {
        match self {
            Self::Wired => WIRED,
            Self::SmallWorld => SMALL_WORLD,
            Self::Recovery => RECOVERY,
            Self::Structured => STRUCTURED,
            Self::EqualReber => EQUAL_REBER,
            Self::EqualEmbedded => &[],
        }
    }
}

const WIRED: &[Claim] = &[
    Claim {
        sentence: "Networks wired as Watts-Strogatz graphs are better than those wired as \
                   Barabasi-Albert graphs.",
        question: "Question 4: is either family better, with nodes and the width of the input the same?",
        says: Says::Higher,
    },
    Claim {
        sentence: "The more source nodes, the better. (They make the input wider: here it is \
                   widened on its own.)",
        question: "Doubt 3: does a wider input help (16 against 1), whatever the graph?",
        says: Says::Higher,
    },
    Claim {
        sentence: "What holds for gated networks whose masks are not the graph holds for the graph.",
        question: "Doubt 1: are gates that follow the graph (as it is) better than the thesis's interleaved masks?",
        says: Says::Alike,
    },
    Claim {
        sentence: "Nodes that lead nowhere do no harm.",
        question: "Doubt 7: does it matter whether nodes that lead nowhere are there?",
        says: Says::Alike,
    },
    Claim {
        sentence: "It does not matter that the answer is read after the padding.",
        question: "Doubt 8: does it matter whether the answer is read after the padding or at the last letter?",
        says: Says::Alike,
    },
];

const SMALL_WORLD: &[Claim] = &[Claim {
    sentence: "The more edges of a ring are rewired, the better.",
    question: "Doubt 2: is a small world (p = 0.1) better than a ring (p = 0) or a random graph (p = 1)?",
    says: Says::Higher,
}];

const RECOVERY: &[Claim] = &[
    Claim {
        sentence: "A pruned and retrained network is as good as the whole one trained as long.",
        question: "Doubt 5: does a pruned network end where the whole one ends that is trained as long?",
        says: Says::Alike,
    },
    Claim {
        sentence: "It is the smallest weights that can go.",
        question: "Doubt 5: does it matter which weights go?",
        says: Says::Higher,
    },
];

const STRUCTURED: &[Claim] = &[Claim {
    sentence: "A network wired as a graph can be pruned further at no cost.",
    question: "Question 7: what does pruning cost a network that is wired as a graph?",
    says: Says::Alike,
}];

const EQUAL_REBER: &[Claim] = &[Claim {
    sentence: "Pruning a dense network and pruning one wired as a graph to the same size are \
                   equally good.",
    question: "Question 7: does it pay to prune a network that is wired as a graph, against pruning a dense one to the same size?",
    says: Says::Alike,
}];
