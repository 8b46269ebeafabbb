//! What stands and what falls: sentences that the paper says or that follow from it.

use super::Part;
use crate::claim::{Claim, Says};

/// The claims on one task.
macro_rules! claims {
    ($task:literal $(, $more:expr)*) => {
        &[
            Claim {
                sentence: concat!($task, ": networks that are pruned while they learn become structurally balanced."),
                question: "Is what pruning in training leaves more balanced than random masks?",
                says: Says::Higher,
            },
            Claim {
                sentence: concat!($task, ": so do networks whose connections are replaced while they learn (SET)."),
                question: "Is what SET leaves more balanced than random masks?",
                says: Says::Higher,
            },
            Claim {
                sentence: concat!(
                    $task, ": the largest weights of a dense network are balanced as they are, before \
                    anything is learnt without the others."
                ),
                question: "Is what magnitude pruning of a trained network leaves more balanced than random \
                    masks, without training on?",
                says: Says::Higher,
            },
            Claim {
                sentence: concat!(
                    $task, ": learning with few weights adds balance: magnitude alone leaves less of it."
                ),
                question: "Is it more balanced after pruning in training than right after pruning a trained \
                    network?",
                says: Says::Higher,
            },
            Claim {
                sentence: concat!($task, ": a network that is pruned while it learns is as accurate as a dense one."),
                question: "Does pruning in training cost accuracy, against dense networks?",
                says: Says::Alike,
            },
            $($more,)*
        ]
    };
}

const GESTURE: &[Claim] = claims!("Gesture");
const MNIST: &[Claim] = claims!("MNIST");
const REBER: &[Claim] = claims!(
    "Reber",
    Claim {
        sentence: "Reber: it holds for each gate of GRU and LSTM on its own.",
        question: "By gate: is what pruning in training leaves more balanced than random masks?",
        says: Says::Higher,
    }
);

impl Part {
    /// The claims that the study judges, in the order of the page.
    pub fn claims(self) -> &'static [Claim] {
        match self {
            Self::Gesture => GESTURE,
            Self::Mnist => MNIST,
            Self::Reber => REBER,
        }
    }
}
