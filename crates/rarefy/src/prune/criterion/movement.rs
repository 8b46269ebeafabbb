//! The direction in which training moves a weight.

use crate::network::{Batch, Engine, Network};
use crate::prune::scores::{Evidence, Scores};
use crate::train::{Descent, Objective, Training, clip_global_norm};

/// Updates of fine-tuning, each on all sequences.
const UPDATES: usize = 5;
/// The learning rate of these updates, which are Adam's.
const LEARNING_RATE: f64 = 1e-3;
/// The largest norm of a gradient in these updates.
const CLIP: f32 = 0.25;

/// Minus the sum of `w g` over a few updates of fine-tuning, where `g` is the gradient before
/// clipping. Weights that move towards zero have low scores (Sanh et al. 2020). The network itself
/// is unchanged.
pub(super) fn scores(network: &Network, evidence: Evidence, _: u64) -> Scores {
    let mut engine = Engine::new(network);
    let mut packed = engine.packing().pack(network.parameters());
    let mut sums = vec![0.0; packed.len()];
    let training = Training { learning_rate: LEARNING_RATE, ..Training::default() };
    let mut descent = Descent::new(packed.len(), &training);
    let batch = evidence.batch();
    for _ in 0..UPDATES {
        let mut gradient = gradient(&mut engine, &packed, &batch);
        for (sum, (w, g)) in sums.iter_mut().zip(packed.iter().zip(&gradient)) {
            *sum -= w * g;
        }
        clip_global_norm(&mut gradient, CLIP);
        descent.step(&mut packed, &gradient);
    }
    of_packed(network, &engine, &sums)
}

/// Scores from `packed`, in the order of the engine's packed parameters; all others are 0.
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
