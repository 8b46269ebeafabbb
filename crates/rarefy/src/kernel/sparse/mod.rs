//! Products with a matrix most of whose entries are masked, at the cost of the remaining ones: the
//! sparse counterparts of [`product`](super::product()) and
//! [`gradient_product`](super::gradient_product()).
//!
//! The three products (forward, transposed, gradient) share one arrangement of the entries
//! (`arrangement`), so a change to it affects all of them.

mod arrangement;
mod gradient;
mod product;

use std::ops::Range;

#[cfg(doc)]
use super::PADDING;
use super::product::{Operands, Start};
use super::simd::dispatch;
use super::steps::{Steps, check_both};
use arrangement::{FILL, Groups, Slices, gradient_panel, panels};
use gradient::{SparseGradient, steps_together};
use product::SparseProduct;

/// A matrix `[R][K]` with only some non-zero entries. Entries are numbered row by row; values and
/// gradients are in that order.
#[derive(Clone, Debug)]
pub struct SparseMatrix {
    rows: usize,
    depth: usize,
    /// For each panel of columns, its rows.
    by_row: Vec<Slices>,
    /// For each panel of rows, the rows of its transpose.
    by_column: Vec<Slices>,
    /// For each panel of columns, its entries in groups.
    groups: Vec<Groups>,
    /// The column of each entry.
    columns: Vec<u32>,
    /// `[R + 1]`: the number of the first entry of each row, and of all entries.
    first_of_row: Vec<usize>,
}

impl SparseMatrix {
    /// Whether products with this many `entries` of a matrix's `places` are faster than dense ones.
    /// With 40 % of the entries, the two products and the gradient together were measured to be 1.3
    /// to 1.8 times as fast on their own; with 50 %, 1.2 to 1.3 times (`benches/kernels.rs`
    /// compares them one by one). But within a training step the entries do not stay in the
    /// first-level cache, and 50 % could be slower.
    pub fn pays(entries: usize, places: usize) -> bool {
        5 * entries <= 2 * places
    }

    /// A matrix that is zero except at `entries`, which are pairs of row and column in ascending
    /// order. The entries are zero as well until [`SparseMatrix::set`].
    ///
    /// # Panics
    /// When an entry lies outside, entries are out of order, or there are 2^32 or more.
    pub fn new(rows: usize, depth: usize, entries: impl Iterator<Item = (usize, usize)>) -> Self {
        let short = |number: usize| {
            u32::try_from(number).ok().filter(|&short| short != FILL).expect("below 2^32 - 1")
        };
        let mut by_row = vec![Vec::new(); rows];
        let mut by_column = vec![Vec::new(); depth];
        let mut columns = Vec::new();
        let mut last = None;
        for (number, entry) in entries.enumerate() {
            let (row, column) = entry;
            assert!(row < rows && column < depth, "entry ({row}, {column}) in [{rows}][{depth}]");
            assert!(last < Some(entry), "entries must ascend");
            last = Some(entry);
            by_row[row].push((short(column), short(number)));
            by_column[column].push((short(row), short(number)));
            columns.push(short(column));
        }
        let ends = by_row.iter().scan(0, |end, row| {
            *end += row.len();
            Some(*end)
        });
        let first_of_row: Vec<usize> = std::iter::once(0).chain(ends).collect();
        let groups = panels(depth, gradient_panel(rows)).map(|(start, width)| {
            let bounds = by_row.iter().zip(&first_of_row).map(|(row, first)| {
                let bound = |end| first + row.partition_point(|&(column, _)| column < end);
                (bound(start as u32), bound((start + width) as u32))
            });
            Groups::new(bounds, start + width == depth)
        });
        let groups = groups.collect();
        let by_row = Slices::panels(&by_row, depth);
        let by_column = Slices::panels(&by_column, rows);
        Self { rows, depth, by_row, by_column, groups, columns, first_of_row }
    }

    /// The number of entries.
    #[cfg_attr(not(feature = "kernels"), expect(dead_code, reason = "benchmarks ask"))]
    pub fn entries(&self) -> usize {
        self.columns.len()
    }

    /// Sets the values of the entries.
    ///
    /// # Panics
    /// When there are fewer values than entries.
    pub fn set(&mut self, values: &[f32]) {
        self.by_row.iter_mut().chain(&mut self.by_column).for_each(|panel| panel.set(values));
    }

    /// `out[R][N] = start + self[R][K] right[K][N]`, with `N = columns`, for each of several steps, of
    /// which `right` and `out` have the values at multiples of their strides.
    ///
    /// # Panics
    /// When `columns` is no multiple of [`PADDING`] or a length does not fit.
    pub fn products(
        &self,
        right: (&[f32], usize),
        columns: usize,
        start: Start,
        out: (&mut [f32], usize),
    ) {
        let operands = Operands::new(self.rows, self.depth, right, columns, start, out);
        dispatch(SparseProduct { panels: &self.by_row, operands });
    }

    /// `out[K][N] = start + (self^T)[K][R] right[R][N]`, likewise.
    ///
    /// # Panics
    /// As [`SparseMatrix::products`].
    pub fn products_transposed(
        &self,
        right: (&[f32], usize),
        columns: usize,
        start: Start,
        out: (&mut [f32], usize),
    ) {
        let operands = Operands::new(self.depth, self.rows, right, columns, start, out);
        dispatch(SparseProduct { panels: &self.by_column, operands });
    }

    /// The numbers of the entries in some rows.
    pub fn entries_in(&self, rows: Range<usize>) -> Range<usize> {
        self.first_of_row[rows.start]..self.first_of_row[rows.end]
    }

    /// For each entry in one of `rows`, in row `r` and column `k`, adds
    /// `sum over t < steps, n < N of d[t][r][n] x[t][k][n]`, with `N = columns`, to its element of
    /// `out`, which has one for each entry of these rows. Also
    /// `sums[r] += sum over t, n of d[t][r][n]` for each of the rows. `d` holds all rows.
    ///
    /// # Panics
    /// When `columns` is no multiple of [`PADDING`], or a length does not fit.
    #[allow(clippy::too_many_arguments)]
    pub fn gradient_product(
        &self,
        rows: Range<usize>,
        d: Steps,
        x: Steps,
        steps: usize,
        out: &mut [f32],
        sums: &mut [f32],
    ) {
        check_both(d, x, steps);
        assert_eq!((d.rows(), x.rows()), (self.rows, self.depth), "factors do not fit the matrix");
        let entries = self.entries_in(rows.clone());
        assert_eq!(out.len(), entries.len(), "output is not one an entry");
        assert_eq!(sums.len(), rows.len(), "sums are not [{}]", rows.len());
        let widths = panels(self.depth, gradient_panel(self.rows)).map(|panel| panel.1);
        let together = steps_together(widths.max().unwrap_or(0) * d.columns());
        for first in (0..steps).step_by(together) {
            let steps = together.min(steps - first);
            let (d, x) = (d.from(first), x.from(first));
            for groups in &self.groups {
                let (out, sums) = (&mut *out, &mut *sums);
                let (inputs, rows, first) = (&self.columns[..], rows.clone(), entries.start);
                dispatch(SparseGradient { groups, inputs, rows, first, d, x, steps, out, sums });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Left, Order, gradient_product, product};
    use crate::random::Stream;

    const SIZES: [usize; 10] = [1, 3, 7, 8, 9, 31, 33, 50, 64, 257];

    fn random(length: usize, magnitude: f64, stream: &mut Stream) -> Vec<f32> {
        (0..length).map(|_| (magnitude * stream.uniform_in(-1.0, 1.0)) as f32).collect()
    }

    /// A matrix `[rows][depth]` with a share `density` of the entries, together with the same
    /// matrix in dense form.
    fn sparse(
        rows: usize,
        depth: usize,
        density: f64,
        magnitude: f64,
        stream: &mut Stream,
    ) -> (SparseMatrix, Vec<f32>) {
        let there: Vec<bool> = (0..rows * depth).map(|_| stream.uniform() < density).collect();
        let values = random(rows * depth, magnitude, stream);
        let entries: Vec<usize> = (0..rows * depth).filter(|&at| there[at]).collect();
        let places = entries.iter().map(|at| (at / depth, at % depth));
        let mut matrix = SparseMatrix::new(rows, depth, places);
        matrix.set(&entries.iter().map(|&at| values[at]).collect::<Vec<_>>());
        let dense = values.iter().zip(&there).map(|(&v, &there)| if there { v } else { 0.0 });
        (matrix, dense.collect())
    }

    /// Every combination of awkward sizes and densities, from empty to full.
    fn cases(mut check: impl FnMut(usize, usize, f64, f64, &mut Stream)) {
        let mut stream = Stream::new(5, "sparse");
        for rows in SIZES {
            for depth in SIZES {
                for (density, magnitude) in [(0.0, 1.0), (0.1, 1e-3), (0.4, 1e3), (1.0, 1.0)] {
                    if rows * depth < 5_000 || density == 0.1 {
                        check(rows, depth, density, magnitude, &mut stream);
                    }
                }
            }
        }
    }

    #[test]
    fn products_have_the_bits_of_the_dense_ones() {
        cases(|rows, depth, density, magnitude, stream| {
            let (matrix, dense) = sparse(rows, depth, density, magnitude, stream);
            let left = Left::new(&dense, rows, depth);
            for columns in [16, 32, 48] {
                let right = random(depth * columns, 1.0, stream);
                let start = random(rows, magnitude, stream);
                let (mut fast, mut naive) =
                    (vec![f32::NAN; rows * columns], vec![0.0; rows * columns]);
                let len = fast.len();
                matrix.products((&right, 0), columns, Start::Rows(&start), (&mut fast, len));
                product(left, &right, columns, Start::Rows(&start), &mut naive);
                assert_eq!(fast, naive, "[{rows}][{depth}], density {density}");

                let right = random(rows * columns, 1.0, stream);
                let mut fast = random(depth * columns, magnitude, stream);
                let mut naive = fast.clone();
                let (start, len) = (Start::Output, fast.len());
                matrix.products_transposed((&right, 0), columns, start, (&mut fast, len));
                product(left.transposed(), &right, columns, Start::Output, &mut naive);
                assert_eq!(fast, naive, "[{rows}][{depth}] transposed, density {density}");
            }
        });
    }

    #[test]
    fn several_steps_at_once_give_the_bits_of_one_after_the_other() {
        let (columns, steps) = (48, 3);
        cases(|rows, depth, density, magnitude, stream| {
            let (matrix, _) = sparse(rows, depth, density, magnitude, stream);
            let (low, high) = (rows * columns + 16, depth * columns + 32);
            let [at_rows, at_depth] =
                [low, high].map(|stride| random(steps * stride, magnitude, stream));
            let (mut all, mut each) = (at_rows.clone(), at_rows.clone());
            matrix.products((&at_depth, high), columns, Start::Output, (&mut all, low));
            for (from, to) in at_depth.chunks(high).zip(each.chunks_mut(low)) {
                matrix.products((from, 0), columns, Start::Output, (to, low));
            }
            assert_eq!(all, each, "[{rows}][{depth}], density {density}");

            let (mut all, mut each) = (at_depth.clone(), at_depth);
            matrix.products_transposed((&at_rows, low), columns, Start::Zero, (&mut all, high));
            for (from, to) in at_rows.chunks(low).zip(each.chunks_mut(high)) {
                matrix.products_transposed((from, 0), columns, Start::Zero, (to, high));
            }
            assert_eq!(all, each, "[{rows}][{depth}] transposed, density {density}");
        });
    }

    #[test]
    fn gradients_are_the_dense_ones_at_the_entries() {
        let check = |rows: usize,
                     depth: usize,
                     density,
                     magnitude: f64,
                     (steps, columns): (usize, usize),
                     stream: &mut Stream| {
            let (matrix, dense) = sparse(rows, depth, density, 1.0, stream);
            let d = random(steps * rows * columns, magnitude, stream);
            let x = random(steps * depth * columns, 1.0, stream);
            let d = Steps::new(&d, rows * columns, rows, columns);
            let x = Steps::new(&x, depth * columns, depth, columns);
            let mut fast = vec![0.0; matrix.columns.len()];
            let (mut naive, mut fast_sums) = (vec![0.0; rows * depth], vec![0.0; rows]);
            let mut naive_sums = fast_sums.clone();
            matrix.gradient_product(0..rows, d, x, steps, &mut fast, &mut fast_sums);
            gradient_product(d, x, steps, Order::Rows, &mut naive, &mut naive_sums);
            // Some of the rows by themselves have the same bits.
            let some = rows / 3..rows - rows / 4;
            let entries = matrix.entries_in(some.clone());
            let (mut out, mut sums) = (vec![0.0; entries.len()], vec![0.0; some.len()]);
            matrix.gradient_product(some.clone(), d, x, steps, &mut out, &mut sums);
            assert_eq!((&out[..], &sums[..]), (&fast[entries], &fast_sums[some]));
            let entries = naive.iter().zip(&dense).filter(|(_, dense)| **dense != 0.0);
            let naive: Vec<f32> = entries.map(|(naive, _)| *naive).collect();
            assert_eq!(fast.len(), naive.len());
            let tolerance = 1e-4 * magnitude as f32;
            let close =
                |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance);
            assert!(close(&fast, &naive), "[{rows}][{depth}], density {density}");
            assert!(close(&fast_sums, &naive_sums), "sums of [{rows}][{depth}]");
        };
        cases(|rows, depth, density, magnitude, stream| {
            check(rows, depth, density, magnitude, (3, 32), stream);
        });
        // More steps than are summed at once, and more rows than panels are used for.
        let mut stream = Stream::new(7, "sparse gradients");
        for (rows, depth, steps, columns) in
            [(9, 33, 100, 32), (50, 64, 8, 128), (257, 257, 11, 32), (520, 300, 40, 32)]
        {
            check(rows, depth, 0.1, 1.0, (steps, columns), &mut stream);
        }
    }

    #[test]
    fn a_matrix_of_no_columns_gives_what_it_starts_from() {
        let matrix = SparseMatrix::new(5, 0, std::iter::empty());
        let (bias, mut out) = ([1.0, 2.0, 3.0, 4.0, 5.0], [f32::NAN; 320]);
        let len = out.len();
        matrix.products((&[], 0), 64, Start::Rows(&bias), (&mut out, len));
        assert!(out.chunks(64).zip(bias).all(|(row, bias)| row == [bias; 64]), "{out:?}");
        let dense = Left::new(&[], 5, 0);
        let mut dense_out = [f32::NAN; 320];
        product(dense, &[], 64, Start::Rows(&bias), &mut dense_out);
        assert_eq!(out, dense_out);
        let d = Steps::new(&out, 80, 5, 16);
        let x = Steps::new(&[], 0, 0, 16);
        let mut sums = [1.0; 5];
        matrix.gradient_product(0..5, d, x, 1, &mut [], &mut sums);
        assert_eq!(sums, [17.0, 17.0, 17.0, 17.0, 33.0]);
        matrix.products_transposed((&out, 0), 64, Start::Zero, (&mut [], 0));
    }

    #[test]
    #[should_panic(expected = "ascend")]
    fn entries_out_of_order_are_refused() {
        SparseMatrix::new(2, 2, [(1, 0), (0, 1)].into_iter());
    }
}
