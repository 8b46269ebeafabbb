//! Where the values that an answer depends on are among the outputs of a layer.

use std::ops::Range;

use super::{Batch, Pooling, Read};

/// One step that is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tap {
    pub(super) step: usize,
    /// What the values of the step are multiplied by.
    pub(super) weight: f64,
    /// The values of each step stand side by side in this place, or are added up in place 0.
    pub(super) place: usize,
}

/// The steps of a layer that are read for an answer.
pub(super) fn taps(
    pooling: Pooling,
    reversed: bool,
    batch: &Batch,
    read: &Read,
) -> impl Iterator<Item = Tap> {
    let side_by_side = matches!(pooling, Pooling::All { .. });
    let (steps, weight): (Range<usize>, f64) = match pooling {
        // The last step of a layer that reads backwards is the first of the sequence.
        Pooling::Last if reversed && !batch.asks_each_step() => (0..1, 1.0),
        Pooling::Last | Pooling::LastStep => (read.step..read.step + 1, 1.0),
        Pooling::Mean => (0..read.step + 1, 1.0 / (read.step + 1) as f64),
        Pooling::All { steps } => (0..steps, 1.0),
    };
    steps.map(move |step| Tap { step, weight, place: if side_by_side { step } else { 0 } })
}
