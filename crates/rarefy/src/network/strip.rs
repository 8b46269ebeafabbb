//! Sequences that go through a network together.

use std::ops::Range;

/// What is known of a strip on its way.
pub(super) struct Strip {
    pub(super) strings: Range<usize>,
    /// Those of the batch's reads that are of its strings.
    pub(super) reads: Range<usize>,
    /// `T`
    pub(super) steps: usize,
    /// `N`
    pub(super) columns: usize,
}
