//! What changed in the masks of a network while it was trained.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::analysis::Summary;

/// The masks after an epoch, compared with those before. All are shares, 0 to 1, of the recurrent
/// weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// Weights that are masked.
    pub sparsity: f64,
    /// The same of each gate over all layers: `ih.reset`, `hh.reset` and so on.
    pub gates: BTreeMap<String, f64>,
    /// Of the weights that are left, those that were masked an epoch before.
    pub replaced: f64,
    /// Of the weights that are left, those that were left before the first epoch, too.
    pub first: f64,
    /// Of the weights that are left, those that magnitude pruning of the initial network would
    /// leave, where as many of each matrix stay.
    pub magnitude: f64,
    /// Of the transitive triples of hidden-to-hidden weights that are left, those in which the
    /// product of the signs is positive ([`crate::graph::Balance`]); a mean over gates and layers.
    /// `None` if there are none, or a layer is too large to be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balanced: Option<f64>,
}

impl Moved {
    /// The mean of several, of networks with the same gates.
    ///
    /// # Panics
    /// If there are none.
    pub(crate) fn mean(all: &[&Self]) -> Self {
        let mean = |share: &dyn Fn(&Self) -> f64| {
            all.iter().map(|moved| share(moved)).sum::<f64>() / all.len() as f64
        };
        let gates = all[0].gates.keys();
        let balanced: Vec<f64> = all.iter().filter_map(|moved| moved.balanced).collect();
        Self {
            sparsity: mean(&|moved| moved.sparsity),
            gates: gates.map(|gate| (gate.clone(), mean(&|moved| moved.gates[gate]))).collect(),
            replaced: mean(&|moved| moved.replaced),
            first: mean(&|moved| moved.first),
            magnitude: mean(&|moved| moved.magnitude),
            balanced: Summary::of(&balanced).map(|summary| summary.mean),
        }
    }
}
