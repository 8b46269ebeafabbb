//! The order of a dense matrix's weights in memory.
//!
//! Row by row, a tile of a product reads from as many places as it has rows. Where rows are long,
//! these places are a power of two apart, and more of them compete for a place in the first-level
//! cache than it has. The transposed product even reads from another page for each row. So the
//! weights of wide matrices are in panels of [`PANEL`] rows, column by column within a panel. The
//! product reads them from first to last, the transposed product some panels side by side. Both read
//! them once for several steps if these are there.

use std::ops::Range;

use super::product::{Left, Start, product, products};

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

    /// How many steps' products with such a matrix are computed at the same time. The weights of a
    /// wide one are read once for all of them, and what is multiplied stays in a third-level cache. A
    /// small one has little to do at each step, and products stay in the first-level cache.
    pub fn steps_together(self, rows: usize, depth: usize, columns: usize) -> usize {
        /// In values.
        const MOST: usize = 1 << 19;
        let steps = match self {
            Self::Rows => IN_FIRST_LEVEL / ((rows + depth) * columns).max(1),
            Self::Panels => MOST / (depth * columns),
        };
        steps.max(1)
    }

    /// For each step, [`product()`] with a matrix whose weights are in this order. `right` and `out`
    /// have the step's values at multiples of their strides.
    ///
    /// # Panics
    /// As [`product()`].
    pub fn products(
        self,
        left: Left,
        right: (&[f32], usize),
        columns: usize,
        start: Start,
        out: (&mut [f32], usize),
    ) {
        let Left { values, depth, .. } = left;
        if self == Self::Rows {
            return products(left, right, columns, start, out);
        }
        let (out, stride) = out;
        let panels = panels_in_cache(depth);
        for (at, values) in values.chunks(panels * PANEL * depth).enumerate() {
            let (first, rows) = (at * panels * PANEL, values.len() / depth);
            let out = (&mut out[first * columns..], stride);
            for_each_step(right, depth * columns, out, rows * columns, |right, out| {
                let panels = values.chunks(PANEL * depth).zip(out.chunks_mut(PANEL * columns));
                for (panel, (values, out)) in panels.enumerate() {
                    let (first, rows) = (first + panel * PANEL, out.len() / columns);
                    let start = match start {
                        Start::Rows(start) => Start::Rows(&start[first..first + rows]),
                        other => other,
                    };
                    let left = Left::new(values, depth, rows).transposed();
                    product(left, right, columns, start, out);
                }
            });
        }
    }

    /// The same with the transpose: a step of `out` is `[depth][columns]`.
    ///
    /// # Panics
    /// As [`product()`].
    pub fn products_transposed(
        self,
        left: Left,
        right: (&[f32], usize),
        columns: usize,
        start: Start,
        out: (&mut [f32], usize),
    ) {
        let Left { values, depth, .. } = left;
        if self == Self::Rows {
            return products(left.transposed(), right, columns, start, out);
        }
        let (right, stride) = right;
        let (out, out_stride) = out;
        let panels = panels_in_cache(depth);
        for (at, values) in values.chunks(panels * PANEL * depth).enumerate() {
            let (first, rows) = (at * panels * PANEL, values.len() / depth);
            let (right, out) = ((&right[first * columns..], stride), (&mut *out, out_stride));
            for_each_step(right, rows * columns, out, depth * columns, |right, out| {
                let mut start = if at == 0 { start } else { Start::Output };
                // Side by side, panels share the reading and writing of `out`. Some at a time, so
                // that what they multiply stays in the first-level cache.
                let most = (IN_FIRST_LEVEL / (PANEL * columns)).max(1) * PANEL;
                let parts = values.chunks(most * depth).zip(right.chunks(most * columns));
                for (values, right) in parts {
                    let rows = right.len() / columns;
                    let whole = rows - rows % PANEL;
                    let (values, last) = values.split_at(whole * depth);
                    let (right, last_right) = right.split_at(whole * columns);
                    let panels = Left::side_by_side(values, depth, PANEL);
                    let last = Left::new(last, depth, rows - whole);
                    for (left, right) in [(panels, right), (last, last_right)] {
                        if !right.is_empty() {
                            product(left, right, columns, start, out);
                            start = Start::Output;
                        }
                    }
                }
            });
        }
    }
}

/// Values that stay in a first-level cache.
const IN_FIRST_LEVEL: usize = 1 << 12;

/// Panels whose weights stay in a second-level cache while the steps pass.
fn panels_in_cache(depth: usize) -> usize {
    /// In weights.
    const MOST: usize = 1 << 17;
    (MOST / (PANEL * depth)).max(1)
}

/// Calls `f` with the values of each step: `read` values of `right`, and `written` of `out`, at
/// multiples of their strides.
fn for_each_step(
    (right, right_stride): (&[f32], usize),
    read: usize,
    (out, out_stride): (&mut [f32], usize),
    written: usize,
    mut f: impl FnMut(&[f32], &mut [f32]),
) {
    for (step, out) in out.chunks_mut(out_stride.max(1)).enumerate() {
        f(&right[step * right_stride..][..read], &mut out[..written]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    /// Also where there are more panels than a cache holds.
    #[test]
    fn several_steps_at_once_give_the_bits_of_one_after_the_other() {
        let mut stream = Stream::new(7, "steps");
        let mut random =
            |length: usize| (0..length).map(|_| stream.uniform_in(-1.0, 1.0) as f32).collect();
        let (columns, steps) = (16, 3);
        for (rows, depth) in [(1, 1), (25, 7), (300, 600)] {
            let weights: Vec<f32> = random(rows * depth);
            let left = Left::new(&weights, rows, depth);
            let (low, high) = (rows * columns + 32, depth * columns + 16);
            let [at_rows, at_depth]: [Vec<f32>; 2] = [random(steps * low), random(steps * high)];
            let bias: Vec<f32> = random(rows);
            for order in [Order::Rows, Order::Panels] {
                for start in [Start::Zero, Start::Output] {
                    let start_rows =
                        if let Start::Zero = start { Start::Rows(&bias) } else { start };
                    let (mut all, mut each) = (at_rows.clone(), at_rows.clone());
                    order.products(left, (&at_depth, high), columns, start_rows, (&mut all, low));
                    for (from, to) in at_depth.chunks(high).zip(each.chunks_mut(low)) {
                        order.products(left, (from, high), columns, start_rows, (to, low));
                    }
                    assert_eq!(all, each, "[{rows}][{depth}]");

                    let (mut all, mut each) = (at_depth.clone(), at_depth.clone());
                    let from = (&at_rows[..], low);
                    order.products_transposed(left, from, columns, start, (&mut all, high));
                    for (from, to) in at_rows.chunks(low).zip(each.chunks_mut(high)) {
                        order.products_transposed(left, (from, low), columns, start, (to, high));
                    }
                    assert_eq!(all, each, "[{rows}][{depth}] transposed");
                }
            }
        }
    }

    #[test]
    fn wide_matrices_are_read_once_for_as_many_steps_as_a_cache_holds() {
        let together = |rows, depth| Order::of(rows, depth).steps_together(rows, depth, 32);
        assert_eq!(together(9, 3), 10);
        assert_eq!(together(150, 50), 1);
        assert_eq!(together(4096, 1024), 16);
        assert_eq!(together(1 << 20, 1 << 20), 1);
    }
}
