//! Sequences that go through a network together.

use std::ops::Range;

/// What is known of a strip on its way.
pub(super) struct Strip {
    pub(super) strings: Range<usize>,
    /// `T`
    pub(super) steps: usize,
    /// `N`
    pub(super) columns: usize,
}
