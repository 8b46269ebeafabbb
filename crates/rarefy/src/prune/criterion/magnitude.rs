//! The magnitude of a weight.

use crate::network::Network;
use crate::prune::Ranking;
use crate::prune::scores::{Scores, Together};

/// `|w|`; for a block or unit, the norm of its weights.
pub(super) fn scores(network: &Network, _: Ranking, _: u64) -> Scores {
    let sizes = network.parameters().iter().map(|&weight| f64::from(weight.abs())).collect();
    Scores { together: Together::Norm, ..Scores::lowest(sizes) }
}
