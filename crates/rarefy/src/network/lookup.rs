//! The first layer's input by token: products that are computed once for each different token of a
//! strip.

use std::ops::Range;

use super::Batch;
use super::Dropped;
use super::factor::Factor;
use super::strip::Strip;
use crate::kernel::{Buffer, Start, Steps, gather_columns, padded_columns, sum_by_id};

/// The different tokens of a strip, numbered from 0 to `U`.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookup {
    /// The number of each token of the vocabulary, `[V]`; `UNUSED` if it is not in the strip.
    number: Vec<u32>,
    /// Tokens in the strip, in the order of their numbers.
    used: Vec<u32>,
    /// The length of `used`, rounded up to whole vectors.
    columns: usize,
    /// `N` of the strip.
    width: usize,
    /// `[T][N]`: the tokens' numbers.
    ids: Vec<u32>,
    /// `[E][U]`: embeddings.
    embedded: Buffer,
    /// `[E][U]`: what they were multiplied by; empty if by nothing.
    factors: Buffer,
    /// `[E][U]`: gradient at the embeddings.
    gradient: Buffer,
    /// `[G * H][U]`: the gradient at a block's input products.
    table: Buffer,
    /// `table` without the rounding up.
    narrow_table: Buffer,
    one_hot: Buffer,
    /// `[G * H]`: receives sums that are already known.
    unused: Buffer,
}

const UNUSED: u32 = u32::MAX;

impl Lookup {
    pub(super) fn number(&mut self, batch: &Batch, strip: &Strip, vocabulary: usize) {
        for &token in &self.used {
            self.number[token as usize] = UNUSED;
        }
        self.used.clear();
        self.ids.clear();
        self.number.resize(vocabulary, UNUSED);
        for step in 0..strip.steps {
            let tokens = &batch.tokens(step)[strip.strings.clone()];
            let spare = std::iter::repeat_n(&tokens[0], strip.columns - tokens.len());
            for &token in tokens.iter().chain(spare) {
                let number = &mut self.number[token as usize];
                if *number == UNUSED {
                    *number = self.used.len() as u32;
                    self.used.push(token);
                }
                self.ids.push(*number);
            }
        }
        self.columns = padded_columns(self.used.len());
        self.width = strip.columns;
    }

    /// `embedding` is `[V][E]`.
    pub(super) fn embed(&mut self, embedding: &[f32], width: usize, dropped: &Dropped) {
        self.embedded.zeros(width * self.columns);
        self.factors.zeros(if dropped.input.is_empty() { 0 } else { self.embedded.len() });
        for (column, &token) in self.used.iter().enumerate() {
            let row = &embedding[token as usize * width..][..width];
            for (unit, &value) in row.iter().enumerate() {
                self.embedded[unit * self.columns + column] = value;
            }
            for (unit, &factor) in dropped.of_token(token).iter().enumerate() {
                self.factors[unit * self.columns + column] = factor;
            }
        }
        self.embedded.iter_mut().zip(&*self.factors).for_each(|(value, factor)| *value *= factor);
    }

    /// Writes to `table` the sums of `d` `[T][R][N]` by token, and adds their total to `sums`
    /// `[R]`.
    fn sum_by_token(&mut self, d: Steps, sums: &mut [f32]) {
        let Self { used, ids, table, narrow_table, one_hot, columns: padded, .. } = self;
        let count = used.len();
        narrow_table.zeros(d.rows() * count);
        sum_by_id(d, ids, count, narrow_table, sums, one_hot);
        table.zeros(d.rows() * *padded);
        for (row, narrow) in table.chunks_exact_mut(*padded).zip(narrow_table.chunks_exact(count)) {
            row[..count].copy_from_slice(narrow);
        }
    }

    /// Resets the gradient for another strip.
    pub(super) fn clear_gradient(&mut self) {
        self.gradient.zeros(self.embedded.len());
    }

    /// Writes to `table` a block's input products, which start from `bias`: `[G * H][U]`.
    pub(super) fn product(
        &self,
        weight: &Factor,
        parameters: &[f32],
        bias: Start,
        table: &mut Buffer,
    ) {
        table.size(weight.rows() * self.columns);
        weight.product(parameters, &self.embedded, self.columns, bias, table);
    }

    /// Writes to `out` the products of the tokens at a step, in the columns from `first` on.
    pub(super) fn gather(
        &self,
        table: &[f32],
        step: usize,
        columns: Range<usize>,
        out: &mut [f32],
    ) {
        let ids = &self.ids[step * self.width..][columns];
        gather_columns(table, self.columns, ids, out);
    }

    /// Adds the gradients at a block's weights to `out`, those at the embeddings to its own, and the
    /// sums of `d` `[T][R][N]` to `sums` `[R]`.
    pub(super) fn backward(
        &mut self,
        weight: &Factor,
        parameters: &[f32],
        d: Steps,
        out: &mut [f32],
        sums: &mut [f32],
    ) {
        self.sum_by_token(d, sums);
        let Self { table, embedded, gradient: at_embedded, unused, columns, .. } = self;
        let d = Steps::new(table, 0, weight.rows(), *columns);
        let x = Steps::new(embedded, 0, weight.depth(), *columns);
        unused.zeros(weight.rows());
        weight.gradient_product(0..weight.rows(), d, x, 1, out, unused);
        weight.product_transposed(parameters, table, *columns, Start::Output, at_embedded);
    }

    /// `embedding_gradient` is `[V][E]`.
    pub(super) fn scatter_gradient(&mut self, embedding_gradient: &mut [f32], width: usize) {
        self.gradient.iter_mut().zip(&*self.factors).for_each(|(d, factor)| *d *= factor);
        for (column, &token) in self.used.iter().enumerate() {
            let row = &mut embedding_gradient[token as usize * width..][..width];
            for (unit, value) in row.iter_mut().enumerate() {
                *value += self.gradient[unit * self.columns + column];
            }
        }
    }
}
