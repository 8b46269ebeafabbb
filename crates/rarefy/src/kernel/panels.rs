//! The order of a dense matrix's weights in memory.
//!
//! Row by row, a tile of a product reads from as many places as it has rows. Where rows are long,
//! these places are a power of two apart, and more of them compete for a place in the first-level
//! cache than it has. The transposed product even reads from another page for each row. So the
//! weights of wide matrices are in panels of [`PANEL`] rows, column by column within a panel: the
//! product and its transpose read them from first to last.

use std::ops::Range;

use super::product::{Left, Start, product};

/// Rows of a panel: the highest tile of a product, or several lower ones.
const PANEL: usize = 12;

/// The order of the weights of a dense matrix `[R][K]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Row by row.
    Rows,
    /// In panels of rows, of which only the last has fewer than the others.
    Panels,
}

impl Order {
    /// The one in which products with a matrix of this size are faster.
    pub fn of(rows: usize, depth: usize) -> Self {
        /// The size of a second-level cache, in weights.
        const WIDE: usize = 1 << 18;
        if rows * depth < WIDE { Self::Rows } else { Self::Panels }
    }

    /// Where the first weight of a row is, and the distance to the next.
    #[inline(always)]
    pub fn row(self, row: usize, rows: usize, depth: usize) -> (usize, usize) {
        match self {
            Self::Rows => (row * depth, 1),
            Self::Panels => {
                let first = row - row % PANEL;
                (first * depth + row - first, PANEL.min(rows - first))
            }
        }
    }

    /// The rows and columns of all weights in this order.
    pub fn places(self, rows: usize, depth: usize) -> impl Iterator<Item = (usize, usize)> {
        let height = match self {
            Self::Rows => 1,
            Self::Panels => PANEL,
        };
        (0..rows).step_by(height).flat_map(move |first| {
            let height = height.min(rows - first);
            (0..depth).flat_map(move |k| (first..first + height).map(move |row| (row, k)))
        })
    }

    /// Divides the rows into about equal ranges for `jobs` threads, the weights of each of which are
    /// one piece.
    pub fn divide(self, rows: usize, jobs: usize) -> impl Iterator<Item = Range<usize>> {
        let height = rows.div_ceil(jobs).max(1);
        let height = match self {
            Self::Rows => height,
            Self::Panels => height.next_multiple_of(PANEL),
        };
        (0..rows).step_by(height).map(move |first| first..rows.min(first + height))
    }

    /// [`product()`] with a matrix whose weights are in this order.
    ///
    /// # Panics
    /// As [`product()`].
    pub fn product(self, left: Left, right: &[f32], columns: usize, start: Start, out: &mut [f32]) {
        if self == Self::Rows {
            return product(left, right, columns, start, out);
        }
        let Left { values, rows, depth, .. } = left;
        assert_eq!(out.len(), rows * columns, "output is not [{rows}][{columns}]");
        let panels = values.chunks(PANEL * depth).zip(out.chunks_mut(PANEL * columns));
        for (panel, (values, out)) in panels.enumerate() {
            let (first, rows) = (panel * PANEL, out.len() / columns);
            let start = match start {
                Start::Rows(start) => Start::Rows(&start[first..first + rows]),
                other => other,
            };
            product(Left::new(values, depth, rows).transposed(), right, columns, start, out);
        }
    }

    /// The same with the transpose: `out` is `[depth][columns]`.
    ///
    /// # Panics
    /// As [`product()`].
    pub fn product_transposed(
        self,
        left: Left,
        right: &[f32],
        columns: usize,
        mut start: Start,
        out: &mut [f32],
    ) {
        if self == Self::Rows {
            return product(left.transposed(), right, columns, start, out);
        }
        let Left { values, rows, depth, .. } = left;
        assert_eq!(right.len(), rows * columns, "right factor is not [{rows}][{columns}]");
        let panels = values.chunks(PANEL * depth).zip(right.chunks(PANEL * columns));
        for (values, right) in panels {
            let rows = right.len() / columns;
            product(Left::new(values, depth, rows), right, columns, start, out);
            start = Start::Output;
        }
    }
}
