//! What a strip feeds into the network: tokens, which are looked up, or numbers.

use super::lookup::Lookup;
use super::strip::Strip;
use super::{Batch, Dropped, Input};
use crate::kernel::Buffer;

/// What the first layers read.
#[derive(Clone, Debug)]
pub(super) enum Entrance {
    /// Tokens. Products with their embeddings are computed once for each different token.
    Tokens(Box<Lookup>),
    /// Numbers, `[T][C][N]`. They are multiplied as an earlier layer's output is.
    Series(Buffer),
}

impl Entrance {
    pub(super) fn new(input: Input) -> Self {
        match input {
            Input::Tokens { .. } => Self::Tokens(Box::default()),
            Input::Series { .. } => Self::Series(Buffer::new()),
        }
    }

    /// Loads the input of `strip`. `embedding` is `[V][E]`.
    pub(super) fn fill(
        &mut self,
        input: Input,
        batch: &Batch,
        strip: &Strip,
        embedding: &[f32],
        dropped: &Dropped,
    ) {
        match (self, input) {
            (Self::Tokens(lookup), Input::Tokens { vocabulary, embedding: width }) => {
                lookup.number(batch, strip, vocabulary);
                lookup.embed(embedding, width, dropped);
            }
            (Self::Series(numbers), Input::Series { channels }) => {
                numbers.zeros(strip.steps * channels * strip.columns);
                let count = strip.strings.len();
                for (step, numbers) in
                    numbers.chunks_exact_mut(channels * strip.columns).enumerate()
                {
                    let rows = batch.numbers(step).chunks_exact(batch.count());
                    assert_eq!(rows.len(), channels, "a batch of other channels");
                    for (row, numbers) in rows.zip(numbers.chunks_exact_mut(strip.columns)) {
                        numbers[..count].copy_from_slice(&row[strip.strings.clone()]);
                    }
                }
                let rows = dropped.input.chunks_exact(dropped.count.max(1));
                for (row, numbers) in rows.zip(numbers.chunks_exact_mut(strip.columns)) {
                    let factors = &row[strip.strings.clone()];
                    numbers.iter_mut().zip(factors).for_each(|(number, factor)| *number *= factor);
                }
            }
            _ => unreachable!("an entrance is of its network's input"),
        }
    }
}
