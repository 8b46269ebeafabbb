//! What stands and what falls: sentences that the paper says or that follow from it.

use super::Part;
use crate::claim::{Claim, Says};

const CLAIMS: [Claim; 6] = [
    Claim {
        sentence: "Networks that are pruned while they learn become structurally balanced.",
        question: "Is what pruning in training leaves more balanced than random masks?",
        says: Says::Higher,
    },
    Claim {
        sentence: "So do networks whose connections are replaced while they learn (SET).",
        question: "Is what SET leaves more balanced than random masks?",
        says: Says::Higher,
    },
    Claim {
        sentence: "The largest weights of a dense network are balanced as they are, before anything is \
                   learnt without the others.",
        question: "Is what magnitude pruning of a trained network leaves more balanced than random masks, \
                   without training on?",
        says: Says::Higher,
    },
    Claim {
        sentence: "Learning with few weights adds balance: magnitude alone leaves less of it.",
        question: "Is it more balanced after pruning in training than right after pruning a trained network?",
        says: Says::Higher,
    },
    Claim {
        sentence: "Pruning a network while it learns costs no accuracy.",
        question: "Does pruning in training cost accuracy, against dense networks?",
        says: Says::NotLower,
    },
    Claim {
        sentence: "It holds for each gate of GRU and LSTM on its own.",
        question: "By gate: is what pruning in training leaves more balanced than random masks?",
        says: Says::Higher,
    },
];

impl Part {
    /// The claims that the study judges, in the order of the page.
    pub fn claims(self) -> &'static [Claim] {
        const ALL: &[Claim] = &CLAIMS;
        match self {
            // Their cells have no gates.
            Self::Gesture | Self::Mnist => &ALL[..5],
            Self::Reber => ALL,
        }
    }
}
