//! The magnitude of a weight times that of its input.

use crate::network::Network;
use crate::prune::scores::{Evidence, Scores};

/// `|w|` times the Euclidean norm of its column's input, over all steps of all sequences. The input
/// of `weight_ih` is the layer's input, that of `weight_hh` the state before the step (Sun et al.
/// 2023).
pub(super) fn scores(network: &Network, evidence: Evidence, _: u64) -> Scores {
    let mut squares: Vec<Vec<f64>> =
        network.layout().weights().map(|weight| vec![0.0; weight.columns]).collect();
    evidence.visit(network, |matrix, read| {
        squares[matrix].iter_mut().zip(read).for_each(|(sum, x)| *sum += x * x);
    });
    let mut scores = vec![0.0; network.parameters().len()];
    for (weight, squares) in network.layout().weights().zip(squares) {
        for (at, place) in weight.range.enumerate() {
            let size = f64::from(network.parameters()[place].abs());
            scores[place] = size * squares[at % weight.columns].sqrt();
        }
    }
    Scores::lowest(scores)
}
