//! The objective of training on a batch: the loss for the kind of its targets, and its gradient.
//!
//! For classes it is softmax cross-entropy, for numbers squared error. A [`Score`](super::Score)
//! measures how good the answers are.

use std::ops::Range;

use super::Loss;
use super::loss::{differentiated, squared_error};
use crate::network::ReadTargets;
use crate::number::Number;

/// The mean loss of one batch: PyTorch's `CrossEntropyLoss` over all reads (with class weights, if
/// there are any: `sum w l / sum w`), or `MSELoss` over all reads and their numbers.
#[derive(Clone, Copy, Debug)]
pub struct Objective<'a> {
    targets: ReadTargets<'a>,
    class_weights: Option<&'a [f32]>,
    /// The divisor of a sum over the batch: the number of reads, or the sum of their weights.
    total: f64,
}

impl<'a> Objective<'a> {
    /// For a batch with these targets. With `class_weights` `[C]`, each read counts with the weight
    /// of its class.
    ///
    /// # Panics
    /// If there are class weights but the targets are numbers, or if the classes have no weight.
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

    /// The loss of `outputs` `[n][C]` for some of the batch's reads. Stores the gradient of the
    /// batch's mean in `gradient`. The returned loss is unweighted.
    ///
    /// # Panics
    /// If the lengths do not fit, or a target is not a class.
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
