//! A validation part, held out from the training data.

use super::Strings;
use crate::data::Dataset;
use crate::random::Stream;

/// Training data in two parts: one for training, and one held out for judging.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldOut<'d> {
    /// The part for training.
    pub train: Dataset<'d>,
    /// The part held out.
    pub validation: Dataset<'d>,
}

/// The share to hold out leaves one of the two parts empty.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "a validation share of {share} splits {sequences} training sequences into {learnt} to train on and \
     {held_out} held out: use more data, another share, or judge by the test data"
)]
pub struct HoldOutError {
    /// The requested share.
    pub share: f64,
    /// Number of sequences in total.
    pub sequences: usize,
    /// Number of sequences that would be held out.
    pub held_out: usize,
    /// Number of sequences that would remain for training.
    pub learnt: usize,
}

impl<'d> HoldOut<'d> {
    /// Splits `sequences` into a training part and a held-out part. The held-out part is the given
    /// share, rounded, and is drawn from the stream `validation` of `seed`. Each part is in file
    /// order. Of a running text, its end is held out. The same file, share and seed give the same parts in every command.
    ///
    /// # Errors
    /// If `share` is not within 0 to 1, holds out nothing although it is above 0, or leaves nothing
    /// for training.
    pub fn new(sequences: &Dataset<'d>, share: f64, seed: u64) -> Result<Self, HoldOutError> {
        let count = match sequences.is_running() {
            true => sequences.get(0).0.len(),
            false => sequences.len(),
        };
        let held_out = (share.clamp(0.0, 1.0) * count as f64).round() as usize;
        let error = HoldOutError { share, sequences: count, held_out, learnt: count - held_out };
        let is_empty = held_out == count || (held_out == 0 && share > 0.0);
        if is_empty || !(0.0..=1.0).contains(&share) {
            return Err(error);
        }
        if sequences.is_running() {
            // The end of the text.
            let (train, validation) = sequences.split(count - held_out);
            return Ok(Self { train, validation });
        }
        let mut order: Vec<usize> = (0..count).collect();
        Stream::new(seed, "validation").shuffle(&mut order);
        let (validation, train) = order.split_at_mut(held_out);
        validation.sort_unstable();
        train.sort_unstable();
        Ok(Self { train: sequences.select(train), validation: sequences.select(validation) })
    }

    /// Both parts together with the test data.
    pub fn strings<'a>(&'a self, test: &'a Dataset) -> Strings<'a> {
        let validation = Some(&self.validation).filter(|held_out| !held_out.is_empty());
        Strings { train: &self.train, validation, test }
    }
}
