//! What training minimises over a batch: the loss that its targets call for, and its gradient.
//!
//! Classes: softmax cross-entropy. Numbers: squared error. How good the answers are then is a
//! [`Score`](super::Score).

use std::ops::Range;

use super::Loss;
use super::loss::{differentiated, squared_error};
use crate::network::ReadTargets;
use crate::number::Number;

/// The mean loss of one batch, as PyTorch's `CrossEntropyLoss` (with class weights, if there
/// are any: `sum w l / sum w`) or `MSELoss` has it: over all reads, and over all numbers of each.
#[derive(Clone, Copy, Debug)]
pub struct Objective<'a> {
    targets: ReadTargets<'a>,
    class_weights: Option<&'a [f32]>,
    /// What a sum over the batch is divided by: reads, or what they weigh.
    total: f64,
}

impl<'a> Objective<'a> {
    /// Of a batch with these targets. Each read counts with the weight of its class, of
    /// `class_weights` `[C]`, if there are any.
    ///
    /// # Panics
    /// When there are class weights and numbers are asked for, or classes have no weight.
    pub fn new(targets: ReadTargets<'a>, class_weights: Option<&'a [f32]>) -> Self {
        let total = match (targets, class_weights) {
            (_, None) => targets.len() as f64,
            (ReadTargets::Classes(classes), Some(weights)) => {
                let weight = |&class: &u32| f64::from(weights[class as usize]);
                classes.iter().map(weight).sum()
            }
            (ReadTargets::Numbers { .. }, Some(_)) => panic!("numbers have no classes to weigh"),
        };
        Self { targets, class_weights, total }
    }

    /// The loss of `outputs` `[n][C]`, those of some of the batch's reads. Leaves the gradient of
    /// the batch's mean in `gradient`. What is returned has no weights.
    ///
    /// # Panics
    /// When the lengths do not fit, or a target is no class.
    pub fn differentiate<F: Number>(
        &self,
        outputs: &[F],
        reads: Range<usize>,
        gradient: &mut Vec<F>,
    ) -> Loss {
        let total = F::constant(self.total);
        match (self.targets.of(reads), self.class_weights) {
            (ReadTargets::Classes(classes), None) => {
                differentiated(outputs, classes, |_| F::constant(1.0), total, gradient)
            }
            (ReadTargets::Classes(classes), Some(weights)) => {
                let weight = |class: usize| F::constant(f64::from(weights[class]));
                differentiated(outputs, classes, weight, total, gradient)
            }
            (ReadTargets::Numbers { outputs: width, values }, _) => {
                squared_error(outputs, values, width, total, gradient)
            }
        }
    }
}
