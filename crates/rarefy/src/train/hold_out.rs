//! A validation part, held out of the training data.

use super::Strings;
use crate::data::Dataset;
use crate::random::Stream;

/// Training data in two parts: one to train on, and one held out to judge by.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldOut {
    /// To learn from.
    pub train: Dataset,
    /// Held out.
    pub validation: Dataset,
}

/// A share of the training data that leaves one of the two parts empty.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "a validation share of {share} splits {sequences} training sequences into {learnt} to train on and \
     {held_out} held out: use more data, another share, or judge by the test data"
)]
pub struct HoldOutError {
    /// What was asked for.
    pub share: f64,
    /// Sequences that there are.
    pub sequences: usize,
    /// Sequences that would be held out.
    pub held_out: usize,
    /// Sequences that would be left to learn from.
    pub learnt: usize,
}

impl HoldOut {
    /// Splits `sequences` into those to train on and those held out: a share of them,
    /// rounded, picked by the stream `validation` of `seed`, each part in file order.
    /// The same file, share and seed give the same parts, whatever command asks.
    ///
    /// # Errors
    /// When `share` is not within 0 to 1, holds out nothing though it is above 0, or leaves nothing
    /// to learn from.
    pub fn new(sequences: &Dataset, share: f64, seed: u64) -> Result<Self, HoldOutError> {
        let count = sequences.len();
        let held_out = (share.clamp(0.0, 1.0) * count as f64).round() as usize;
        let error = HoldOutError { share, sequences: count, held_out, learnt: count - held_out };
        let is_empty = held_out == count || (held_out == 0 && share > 0.0);
        if is_empty || !(0.0..=1.0).contains(&share) {
            return Err(error);
        }
        let mut order: Vec<usize> = (0..count).collect();
        Stream::new(seed, "validation").shuffle(&mut order);
        let (validation, train) = order.split_at_mut(held_out);
        validation.sort_unstable();
        train.sort_unstable();
        Ok(Self { train: sequences.select(train), validation: sequences.select(validation) })
    }

    /// The same beside the data that nothing is learnt from.
    pub fn strings<'a>(&'a self, test: &'a Dataset) -> Strings<'a> {
        let validation = Some(&self.validation).filter(|held_out| !held_out.is_empty());
        Strings { train: &self.train, validation, test }
    }
}
