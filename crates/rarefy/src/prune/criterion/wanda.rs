//! The magnitude of a weight times that of its input.

use crate::network::Network;
use crate::prune::scores::{Evidence, Scores};

/// `|w|` times the Euclidean norm of its column's input, over all steps of all sequences. The input
/// of `weight_ih` is the layer's input, that of `weight_hh` the state before the step (Sun et al.
/// 2023).
pub(super) fn scores(network: &Network, evidence: Evidence, _: u64) -> Scores {
    let mut scores = vec![0.0; network.parameters().len()];
    for (weight, norms) in network.layout().weights().zip(evidence.input_norms(network)) {
        for (at, place) in weight.range.enumerate() {
            let size = f64::from(network.parameters()[place].abs());
            scores[place] = size * norms[at % weight.columns];
        }
    }
    Scores::lowest(scores)
}
