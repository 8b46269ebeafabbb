//! Random scores.

use crate::network::Network;
use crate::prune::Ranking;
use crate::prune::scores::Scores;
use crate::random::Stream;

/// Uniform in `[0, 1)`, independent of masks. With one seed, the weights pruned at a smaller
/// percentage are therefore among those pruned at a larger one.
pub(super) fn scores(network: &Network, _: Ranking, seed: u64) -> Scores {
    let mut chance = Stream::new(seed, "random pruning");
    Scores::lowest(network.parameters().iter().map(|_| chance.uniform()).collect())
}
