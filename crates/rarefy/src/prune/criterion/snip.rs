//! How much the loss changes without a weight.

use super::movement::{gradient, of_packed};
use crate::network::{Engine, Network};
use crate::prune::scores::{Evidence, Scores};

/// `|w g|`, where `g` is the gradient of the mean loss over all sequences: connection sensitivity
/// (Lee et al. 2019). For a trained network it is the first-order Taylor criterion (Molchanov et
/// al. 2017). A masked weight is 0, and so is its score.
pub(super) fn scores(network: &Network, evidence: Evidence, _: u64) -> Scores {
    let mut engine = Engine::new(network);
    let packed = engine.packing().pack(network.parameters());
    let sensitivities = gradient(&mut engine, &packed, &evidence.batch());
    let sensitivities: Vec<f32> =
        packed.iter().zip(sensitivities).map(|(w, g)| (w * g).abs()).collect();
    of_packed(network, &engine, &sensitivities)
}
