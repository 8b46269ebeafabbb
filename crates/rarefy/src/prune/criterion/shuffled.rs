//! The magnitudes of weights, shuffled among places.

use super::magnitude;
use crate::network::Network;
use crate::prune::Ranking;
use crate::prune::scores::Scores;
use crate::random::Stream;

/// The magnitudes of the weights that are not masked, permuted within each matrix, or within each
/// gate or row if these are ranked separately. The number of weights pruned from each is therefore
/// that of magnitude, but not their places (Frankle et al. 2021).
pub(super) fn scores(network: &Network, ranking: Ranking, seed: u64) -> Scores {
    let mut scores = magnitude::scores(network, ranking, seed);
    let mut order = Stream::new(seed, "shuffled pruning");
    for weight in network.layout().weights() {
        let parts = match ranking {
            Ranking::Gate => weight.gates,
            Ranking::Row => weight.rows,
            _ => 1,
        };
        let size = weight.range.len() / parts;
        for part in 0..parts {
            let start = weight.range.start + part * size;
            let left: Vec<usize> =
                (start..start + size).filter(|&place| !network.masks().is_masked(place)).collect();
            let mut values: Vec<f64> = left.iter().map(|&place| scores.values[place]).collect();
            order.shuffle(&mut values);
            left.into_iter().zip(values).for_each(|(place, value)| scores.values[place] = value);
        }
    }
    scores
}
