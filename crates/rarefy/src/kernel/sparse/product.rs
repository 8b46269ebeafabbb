//! The product with a sparse matrix, and with its transpose, which is arranged like any matrix.
//!
//! For each vector of columns, an entry costs one multiply-add with one factor from memory. So the
//! limit is the bandwidth of the first-level cache, not arithmetic.
//!
//! The sums within a row have the order of the dense product, without the terms that are zero. If
//! the factors are finite, both give the same bits.

use super::arrangement::{HEIGHT, Slice, Slices};
use crate::kernel::product::{Operands, Start};
use crate::kernel::simd::{Kernel, Simd};

/// A product with the matrix whose entries are in these panels.
pub(super) struct SparseProduct<'a> {
    pub(super) panels: &'a [Slices],
    pub(super) operands: Operands<'a>,
}

impl Kernel for SparseProduct<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let vectors = self.operands.columns / S::LANES;
        for step in 0..self.operands.steps {
            let mut vector = 0;
            while vector < vectors {
                let column = vector * S::LANES;
                vector += match vectors - vector {
                    2.. => self.columns_at::<S, 2>(s, step, column),
                    _ => self.columns_at::<S, 1>(s, step, column),
                };
            }
        }
    }
}

impl SparseProduct<'_> {
    /// Computes all rows for `WIDTH` vectors of columns of a step; returns `WIDTH`.
    #[inline(always)]
    fn columns_at<S: Simd, const WIDTH: usize>(&self, s: S, step: usize, column: usize) -> usize {
        let Operands { columns: width, mut start, right, right_stride, out, out_stride, .. } =
            self.operands;
        // Wrapping, because an empty factor has no such address; it is not read.
        let right = right.wrapping_add(step * right_stride + column);
        let out = out.wrapping_add(step * out_stride + column);
        for Slices { first, slices, rest, columns, values, whole, .. } in self.panels {
            let ((columns, columns_rest), (values, values_rest)) =
                (columns.split_at(*whole), values.split_at(*whole));
            let right = right.wrapping_add(first * width);
            s.call(Strip::<HEIGHT, WIDTH> { width, start, slices, columns, values, right, out });
            let (columns, values, slices) = (columns_rest, values_rest, rest);
            s.call(Strip::<1, WIDTH> { width, start, slices, columns, values, right, out });
            start = Start::Output;
        }
        WIDTH
    }
}

/// Slices of `R` rows, `WIDTH` vectors of columns wide.
struct Strip<'a, const R: usize, const WIDTH: usize> {
    /// `N`
    width: usize,
    start: Start<'a>,
    slices: &'a [Slice<R>],
    columns: &'a [u8],
    values: &'a [f32],
    /// Where the panel of the right factor, and the output, begin in those columns.
    right: *const f32,
    out: *mut f32,
}

impl<const R: usize, const WIDTH: usize> Kernel for Strip<'_, R, WIDTH> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { width: columns, start, slices, columns: entries, values, right, out } = self;
        assert_eq!(entries.len(), values.len(), "a value for each entry");
        let (entries, values) = (entries.as_chunks::<R>().0, values.as_chunks::<R>().0);
        let mut first = 0;
        for slice in slices {
            let last = first + slice.length as usize;
            let (entries, values) = (&entries[first..last], &values[first..last]);
            first = last;
            // SAFETY: `Operands` were made from buffers that hold, at each step, every column of
            // the matrix and every row of the output, of `columns` values each, and
            // column..column+WIDTH*LANES lie within; `SparseMatrix::new` checked rows and columns.
            unsafe {
                let mut sums = [[s.splat(0.0); WIDTH]; R];
                match start {
                    Start::Zero => {}
                    Start::Output => {
                        for (&row, sums) in slice.rows.iter().zip(&mut sums) {
                            for (v, sum) in sums.iter_mut().enumerate() {
                                *sum = s.load(out.add(row as usize * columns + v * S::LANES));
                            }
                        }
                    }
                    Start::Rows(start) => {
                        for (&row, sums) in slice.rows.iter().zip(&mut sums) {
                            *sums = [s.splat(*start.get_unchecked(row as usize)); WIDTH];
                        }
                    }
                }
                for (entries, values) in entries.iter().zip(values) {
                    let weights = match values.first_chunk::<HEIGHT>() {
                        Some(four) => s.splat_four(four),
                        None => [s.splat(values[0]); HEIGHT],
                    };
                    for ((&entry, weight), sums) in entries.iter().zip(weights).zip(&mut sums) {
                        let right = right.add(entry as usize * columns);
                        for (v, sum) in sums.iter_mut().enumerate() {
                            *sum = s.mul_add(weight, s.load(right.add(v * S::LANES)), *sum);
                        }
                    }
                }
                for (&row, sums) in slice.rows.iter().zip(&sums) {
                    let out = out.add(row as usize * columns);
                    for (v, &sum) in sums.iter().enumerate() {
                        s.store(sum, out.add(v * S::LANES));
                    }
                }
            }
        }
    }
}
