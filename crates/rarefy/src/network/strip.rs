//! Sequences that are computed together.

use std::ops::Range;

use super::Batch;
use crate::kernel::{PADDING, padded_columns};

/// Sequences that are computed together, unless the network is small
/// ([`Plan::strip_width`](super::plan::Plan::strip_width)).
pub(super) const STRIP: usize = 32;

/// What a strip consists of.
#[derive(Clone, Debug, Default)]
pub(super) struct Strip {
    pub(super) strings: Range<usize>,
    /// The reads of the batch that belong to its sequences.
    pub(super) reads: Range<usize>,
    /// `T`
    pub(super) steps: usize,
    /// `N`
    pub(super) columns: usize,
    /// `[N]`: steps of each column; empty if no layer reads backwards.
    pub(super) lengths: Vec<usize>,
}

impl Strip {
    /// The batch in strips of `width` sequences, without strips that have no reads, into `all`. A strip
    /// ends with the last step that is read, but if a layer reads `backwards`, with the last step of its
    /// longest sequence.
    pub(super) fn all(batch: &Batch, width: usize, backwards: bool, all: &mut Vec<Self>) {
        all.clear();
        let mut first = 0;
        let strips = (0..batch.count()).step_by(width).map(|start| {
            let strings = start..batch.count().min(start + width);
            let rest = &batch.reads()[first..];
            let reads = first..first + rest.partition_point(|read| read.column < strings.end);
            first = reads.end;
            let columns = padded_columns(strings.len());
            let mut steps = batch.reads()[reads.clone()].iter().map(|read| read.step + 1).max();
            let mut lengths = Vec::new();
            if backwards {
                lengths.extend_from_slice(&batch.lengths()[strings.clone()]);
                // The spare columns repeat the first sequence.
                lengths.resize(columns, lengths[0]);
                steps = steps.and(lengths.iter().copied().max());
            }
            Self { columns, steps: steps.unwrap_or(0), strings, reads, lengths }
        });
        all.extend(strips.filter(|strip| strip.steps > 0));
    }

    /// Into how many parts of equal width its columns can be divided, at most `most`.
    pub(super) fn parts(&self, most: usize) -> usize {
        let vectors = self.columns / PADDING;
        (1..=most).rev().find(|&parts| vectors.is_multiple_of(parts)).unwrap_or(1)
    }

    /// The `at`th of `parts` parts, with all of the strip's steps and reads.
    pub(super) fn part(&self, at: usize, parts: usize) -> Self {
        let columns = self.columns / parts;
        let string = |at: usize| self.strings.end.min(self.strings.start + at * columns);
        let lengths = self.lengths.chunks(columns).nth(at).unwrap_or_default();
        Self {
            strings: string(at)..string(at + 1),
            reads: self.reads.clone(),
            steps: self.steps,
            columns,
            lengths: lengths.to_vec(),
        }
    }
}
