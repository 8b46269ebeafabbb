//! The effect of a weight on the spectrum of the state's Jacobian.

use crate::network::{BlockLayout, Network, State, state_sum_gradient};
use crate::number::{Dual, Number};
use crate::prune::scores::{Evidence, Scores};
use crate::random::Stream;

/// The number of last steps of each sequence that are used.
const STEPS: usize = 4;
/// The factor by which the weight of a step falls with each step further back.
const DISCOUNT: f64 = 0.9;
/// The number of random inputs and states for normalising scores.
const DUMMIES: usize = 8;
/// The smallest divisor of a score.
const SMALLEST: f64 = 1e-12;

/// An input `[I]` and a state of a block.
pub(super) type Step = (Vec<f64>, State<f64>);

/// How much each weight changes the mean square of `J^T 1`, relative to how much it changes the
/// state at all. `J` is the Jacobian of the state after a step with respect to the state before it.
/// The lowest scores are pruned first (Zhang and Stadie 2020). Each block is differentiated with
/// its inputs and states held fixed.
pub(super) fn scores(network: &Network, evidence: Evidence, seed: u64) -> Scores {
    let mut noise = Stream::new(seed, "jacobian pruning");
    let mut near_one =
        |count: usize| -> Vec<f64> { (0..count).map(|_| 1.0 + 0.1 * noise.normal()).collect() };
    scores_with(network, evidence, |place| {
        let dummy = |_| {
            let input = near_one(place.inputs);
            let hidden = near_one(place.hidden);
            (input, State { hidden, memory: near_one(place.hidden) })
        };
        (0..DUMMIES).map(dummy).collect()
    })
}

/// [`scores`] with given dummies for each block.
pub(super) fn scores_with(
    network: &Network,
    evidence: Evidence,
    mut dummies: impl FnMut(&BlockLayout) -> Vec<Step>,
) -> Scores {
    let parameters: Vec<f64> = network.parameters().iter().map(|&w| f64::from(w)).collect();
    let constants: Vec<Dual> = parameters.iter().map(|&w| Dual::constant(w)).collect();
    let blocks: Vec<&BlockLayout> = network.layout().layers.iter().flatten().collect();
    // By block, then by the number of steps that follow.
    let mut steps: Vec<[Vec<Step>; STEPS]> = blocks.iter().map(|_| Default::default()).collect();
    evidence.visit_steps(network, |matrix, after, input, state| {
        if after < STEPS {
            steps[matrix / 2][after].push((input.to_vec(), state.clone()));
        }
    });
    let mut scores = vec![0.0; parameters.len()];
    for (place, steps) in blocks.into_iter().zip(steps) {
        for (after, steps) in steps.iter().enumerate() {
            let discount = DISCOUNT.powi(after as i32);
            let changes = spectrum_gradient(&parameters, &constants, place, steps);
            let changes = changes.into_iter().map(|change| discount * change.abs());
            recurrent(place).zip(changes).for_each(|(at, change)| scores[at] += change);
        }
        let mut sensitivities = vec![0.0; place.weight_ih.len() + place.weight_hh.len()];
        for (input, state) in dummies(place) {
            let gradient = state_sum_gradient(&parameters, place, &input, &state);
            let of = gradient.weight_ih.into_iter().chain(gradient.weight_hh);
            sensitivities.iter_mut().zip(of).for_each(|(sum, g)| *sum += g);
        }
        for (at, sensitivity) in recurrent(place).zip(sensitivities) {
            scores[at] /= sensitivity.abs().max(SMALLEST);
        }
    }
    Scores::lowest(scores)
}

/// The places of a block's recurrent weights.
fn recurrent(place: &BlockLayout) -> impl Iterator<Item = usize> {
    place.weight_ih.clone().chain(place.weight_hh.clone())
}

/// The gradient of the mean square of `J^T 1` over `steps` and units, at `weight_ih` and then at
/// `weight_hh`.
///
/// It is twice the derivative along `v = J^T 1` of the gradient of the state's sum: a second
/// derivative, computed with dual numbers.
fn spectrum_gradient(
    parameters: &[f64],
    constants: &[Dual],
    place: &BlockLayout,
    steps: &[Step],
) -> Vec<f64> {
    let mut changes = vec![0.0; place.weight_ih.len() + place.weight_hh.len()];
    let width = place.hidden * if place.cell.has_memory() { 2 } else { 1 };
    let factor = 2.0 / (steps.len() * width) as f64;
    for (input, state) in steps {
        let direction = state_sum_gradient(parameters, place, input, state).before;
        let along = |values: &[f64], along: &[f64]| -> Vec<Dual> {
            let both = values.iter().zip(along);
            both.map(|(&value, &derivative)| Dual { value, derivative }).collect()
        };
        let moved = State {
            hidden: along(&state.hidden, &direction.hidden),
            memory: along(&state.memory, &direction.memory),
        };
        let input: Vec<Dual> = input.iter().map(|&x| Dual::constant(x)).collect();
        let gradient = state_sum_gradient(constants, place, &input, &moved);
        let of = gradient.weight_ih.iter().chain(&gradient.weight_hh);
        changes.iter_mut().zip(of).for_each(|(sum, g)| *sum += factor * g.derivative);
    }
    changes
}
