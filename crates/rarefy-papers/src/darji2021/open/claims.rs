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
            Self::EqualReber | Self::EqualEmbedded | Self::EqualVowels | Self::EqualMnist => EQUAL,
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
        sentence: "A wider input helps, whatever the graph. (In the thesis, graphs with more source \
                   nodes are better, and have a wider input.)",
        question: "Doubt 3: does a wider input help (16 against 1), whatever the graph?",
        says: Says::Higher,
    },
    Claim {
        sentence: "It does not matter that the thesis’s masks show the gates another graph.",
        question: "Doubt 1: are gates that follow the graph (standard) better than the thesis's interleaved masks?",
        says: Says::Alike,
    },
    Claim {
        sentence: "Nodes that lead nowhere make no difference.",
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
        says: Says::NotLower,
    },
    Claim {
        sentence: "It is the smallest weights that can go.",
        question: "Doubt 5: does it matter which weights go?",
        says: Says::Higher,
    },
];

const STRUCTURED: &[Claim] = &[Claim {
    sentence: "A network wired as a graph (GRU, 30 nodes) can be pruned further at no cost: 30, 50, 70 \
               and 90 %.",
    question: "Question 7: what does pruning cost a network that is wired as a graph?",
    says: Says::NotLower,
}];

/// Of networks of one cell with about as many weights, at two sizes.
const EQUAL: &[Claim] = &[
    Claim {
        sentence: "A dense network that is pruned while it learns is better than a narrow one.",
        question: "Question 6: is pruning a dense network better than a dense and narrow one?",
        says: Says::Higher,
    },
    Claim {
        sentence: "A dense network that is pruned while it learns is better than one with random masks \
                   from the start.",
        question: "Question 6: is pruning a dense network better than random masks from the start?",
        says: Says::Higher,
    },
    Claim {
        sentence: "Masks that move (RigL) are better than masks that stay.",
        question: "Question 6: is it better to move random masks (RigL) than to leave them?",
        says: Says::Higher,
    },
    Claim {
        sentence: "A network wired as a Watts-Strogatz graph is better than one with random masks.",
        question: "Question 6: is a network wired as a graph (Watts-Strogatz) better than random masks?",
        says: Says::Higher,
    },
    Claim {
        sentence: "A small world is better than a random graph.",
        question: "Question 6: is a small world better than a random graph?",
        says: Says::Higher,
    },
    Claim {
        sentence: "Pruning a dense network and pruning one wired as a graph to the same size are \
                   equally good.",
        question: "Question 7: does it pay to prune a network that is wired as a graph, against pruning a dense one to the same size?",
        says: Says::Alike,
    },
];
