//! The paper's own results, one network each, to compare with.
//!
//! Source: the public code and results of the paper (github.com/XinjieZhang/sparse-RNNs, commit 739428a, MIT
//! licence). Accuracies are the last ones in its logs. Shares of balanced triples are computed from its last
//! lists of edges, over all transitive triples without self-loops.

use super::Part;

/// One of the paper's networks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// Its task.
    pub part: Part,
    /// Its method, as the study calls it.
    pub method: &'static str,
    /// Test accuracy.
    pub accuracy: f64,
    /// Share of balanced triples.
    pub balanced: f64,
}

const ALL: [Published; 4] = [
    Published { part: Part::Gesture, method: "gradual", accuracy: 0.7309, balanced: 0.6971 },
    Published { part: Part::Gesture, method: "set", accuracy: 0.7497, balanced: 0.5837 },
    Published { part: Part::Mnist, method: "narang", accuracy: 0.970, balanced: 0.846 },
    Published { part: Part::Mnist, method: "set", accuracy: 0.956, balanced: 0.6336 },
];

impl Published {
    /// What is published of this method on this task.
    pub fn of(part: Part, method: &str) -> Option<Self> {
        ALL.into_iter().find(|one| one.part == part && one.method == method)
    }
}
