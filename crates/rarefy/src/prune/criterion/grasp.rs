//! How much gradient flow is lost without a weight.

use crate::network::{Network, Reference};
use crate::number::{Dual, Number};
use crate::prune::scores::{Evidence, Goes, Scores};
use crate::train::Objective;

/// The divisor of the logits, as in the paper. It makes the loss independent of how confident the
/// network is.
const TEMPERATURE: f64 = 200.0;

/// `-w (H g)`, with the gradient `g` and the Hessian `H` of the loss over the recurrent weights
/// only, including masked ones, at logits divided by 200. The highest scores are pruned first (Wang
/// et al. 2020).
///
/// The Hessian is never computed: `H g` is the derivative of the gradient along `g`.
pub(super) fn scores(network: &Network, evidence: Evidence, _: u64) -> Scores {
    let reference = Reference::new(network.architecture());
    let batch = evidence.batch();
    let weights: Vec<f64> = network.parameters().iter().map(|&w| f64::from(w)).collect();
    let gradient = gradient(&reference, &weights, &batch);
    let mut along: Vec<Dual> = weights.iter().map(|&w| Dual::constant(w)).collect();
    for place in network.layout().weights().flat_map(|weight| weight.range) {
        along[place].derivative = gradient[place];
    }
    let changes = self::gradient(&reference, &along, &batch);
    let scores = weights.iter().zip(changes).map(|(w, change)| -w * change.derivative);
    Scores { goes: Goes::Highest, ..Scores::lowest(scores.collect()) }
}

fn gradient<N: Number>(
    reference: &Reference,
    parameters: &[N],
    batch: &crate::network::Batch,
) -> Vec<N> {
    let temperature = N::constant(TEMPERATURE);
    let outputs = reference.forward(parameters, batch).into_iter();
    let cooled: Vec<N> = outputs.map(|output| output / temperature).collect();
    let mut gradient = Vec::new();
    let objective = Objective::new(batch.targets(), None);
    objective.differentiate(&cooled, 0..batch.reads().len(), &mut gradient);
    gradient.iter_mut().for_each(|g| *g = *g / temperature);
    reference.backward(parameters, batch, &gradient)
}
