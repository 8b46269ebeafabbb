//! Where training moves a weight.

use crate::network::{Batch, Engine, Network};
use crate::prune::scores::{Evidence, Scores};
use crate::train::{Adam, Objective, clip_global_norm};

/// Updates of fine-tuning, each on all sequences.
const UPDATES: usize = 5;
/// Adam's step size in them.
const LEARNING_RATE: f64 = 1e-3;
/// The largest norm of a gradient in them.
const CLIP: f32 = 0.25;

/// Minus the sum of `w g` over a few updates of fine-tuning, `g` the gradient before clipping: a
/// weight that moves towards zero scores low (Sanh et al. 2020). The network itself stays as it is.
pub(super) fn scores(network: &Network, evidence: Evidence, _: u64) -> Scores {
    let mut engine = Engine::new(network);
    let mut packed = engine.packing().pack(network.parameters());
    let mut sums = vec![0.0; packed.len()];
    let mut adam = Adam::new(packed.len(), LEARNING_RATE);
    let batch = evidence.batch();
    for _ in 0..UPDATES {
        let mut gradient = gradient(&mut engine, &packed, &batch);
        for (sum, (w, g)) in sums.iter_mut().zip(packed.iter().zip(&gradient)) {
            *sum -= w * g;
        }
        clip_global_norm(&mut gradient, CLIP);
        adam.step(&mut packed, &gradient);
    }
    of_packed(network, &engine, &sums)
}

/// Scores that are `packed` as the engine's parameters; others are 0.
pub(super) fn of_packed(network: &Network, engine: &Engine, packed: &[f32]) -> Scores {
    let mut scores = vec![0.0; network.parameters().len()];
    engine.packing().unpack(packed, &mut scores);
    Scores::lowest(scores.into_iter().map(f64::from).collect())
}

/// The gradient of the mean loss of `batch` at packed `parameters`.
pub(super) fn gradient(engine: &mut Engine, parameters: &[f32], batch: &Batch) -> Vec<f32> {
    let mut gradient = vec![0.0; parameters.len()];
    let objective = Objective::new(batch.targets(), None);
    engine.gradient(parameters, batch, &mut gradient, |outputs, reads, output_gradient| {
        objective.differentiate(outputs, reads, output_gradient);
    });
    gradient
}
