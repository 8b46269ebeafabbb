//! Sequences that are computed together.

use std::ops::Range;

/// What a strip consists of.
#[derive(Clone, Debug)]
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
