//! Chance.

use crate::network::Network;
use crate::prune::Ranking;
use crate::prune::scores::Scores;
use crate::random::Stream;

/// Uniform in `[0, 1)`, the same numbers whatever is masked: with one seed, the weights pruned at a
/// smaller percentage are among those pruned at a larger one.
pub(super) fn scores(network: &Network, _: Ranking, seed: u64) -> Scores {
    let mut chance = Stream::new(seed, "random pruning");
    Scores::lowest(network.parameters().iter().map(|_| chance.uniform()).collect())
}
