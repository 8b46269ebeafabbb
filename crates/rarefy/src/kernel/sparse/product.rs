//! The product with a sparse matrix, and with its transpose, which is arranged like any matrix.
//!
//! For each vector of columns, an entry costs one multiply-add with one factor from memory. So the
//! limit is the bandwidth of the first-level cache, not arithmetic.
//!
//! The sums within a row have the order of the dense product, without the terms that are zero. If
//! the factors are finite, both give the same bits.

use super::arrangement::{HEIGHT, Slice, Slices};
use crate::kernel::product::Start;
use crate::kernel::simd::{Kernel, Simd};

/// A product with the matrix whose entries are in these panels.
pub(super) struct SparseProduct<'a> {
    pub(super) panels: &'a [Slices],
    pub(super) right: &'a [f32],
    pub(super) columns: usize,
    pub(super) start: Start<'a>,
    pub(super) out: &'a mut [f32],
}

impl Kernel for SparseProduct<'_> {
    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let vectors = self.columns / S::LANES;
        let mut vector = 0;
        while vector < vectors {
            let column = vector * S::LANES;
            vector += match vectors - vector {
                2.. => self.columns_at::<S, 2>(s, column),
                _ => self.columns_at::<S, 1>(s, column),
            };
        }
    }
}

impl SparseProduct<'_> {
    /// Computes all rows for `WIDTH` vectors of columns; returns `WIDTH`.
    #[inline(always)]
    fn columns_at<S: Simd, const WIDTH: usize>(&mut self, s: S, column: usize) -> usize {
        let mut start = self.start;
        for Slices { first, slices, rest, columns, values, .. } in self.panels {
            let whole: usize = slices.iter().map(|slice| slice.length as usize * HEIGHT).sum();
            let ((columns, columns_rest), (values, values_rest)) =
                (columns.split_at(whole), values.split_at(whole));
            let at = first * self.columns + column;
            let of = &mut *self;
            s.call(Strip::<HEIGHT, WIDTH> { of, start, slices, columns, values, column, at });
            let (columns, values, of) = (columns_rest, values_rest, &mut *self);
            s.call(Strip::<1, WIDTH> { of, start, slices: rest, columns, values, column, at });
            start = Start::Output;
        }
        WIDTH
    }
}

/// Slices of `R` rows, `WIDTH` vectors of columns wide.
struct Strip<'a, 'b, const R: usize, const WIDTH: usize> {
    of: &'a mut SparseProduct<'b>,
    start: Start<'a>,
    slices: &'a [Slice<R>],
    columns: &'a [u8],
    values: &'a [f32],
    column: usize,
    /// The position at which the panel of the right factor begins in those columns.
    at: usize,
}

impl<const R: usize, const WIDTH: usize> Kernel for Strip<'_, '_, R, WIDTH> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { of, start, slices, columns: entries, values, column, at } = self;
        let SparseProduct { right, columns, ref mut out, .. } = *of;
        assert_eq!(entries.len(), values.len(), "a value for each entry");
        let (entries, values) = (entries.as_chunks::<R>().0, values.as_chunks::<R>().0);
        let mut first = 0;
        for slice in slices {
            let last = first + slice.length as usize;
            let (entries, values) = (&entries[first..last], &values[first..last]);
            first = last;
            // SAFETY: `check` saw that `right` holds every column of the matrix and
            // `out` every row, of `columns` values each, and column..column+WIDTH*LANES
            // lie within; `SparseMatrix::new` checked rows and columns.
            unsafe {
                // Wrapping, because an empty factor has no such address; it is not read.
                let right = right.as_ptr().wrapping_add(at);
                let out = out.as_mut_ptr().add(column);
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
