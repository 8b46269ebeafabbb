//! Entries of a sparse matrix.
//!
//! Only the entries of each row are stored, one after another, and all rows of a group advance
//! together. A step multiplies the next entry of every row that has one within a *window* of 32
//! columns. These columns of `x` are held in registers. A permutation picks each lane's factor from
//! them by a five-bit number, so nothing is gathered from memory. The window starts where the row
//! that is furthest behind continues. So rows sometimes wait for each other, but no entry is left
//! out.

use crate::kernel::buffer::Buffer;
use crate::kernel::simd::{Kernel, Simd};

/// Rows processed together: independent chains of sums.
pub(super) const GROUP: usize = 64;
/// Columns covered by a step: the size of a table of [`Simd::pick`].
pub(super) const WINDOW: usize = 32;
/// Number of column indices per word.
const PER_WORD: usize = 6;

/// Groups of rows in the order in which they are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Sparse {
    /// Number of steps of each group.
    steps: Vec<u32>,
    /// The first column of each step's window.
    windows: Vec<u32>,
    /// A run covers up to [`PER_WORD`] steps of a group. It consists of a word for every row,
    /// followed by the values of the steps: `[1 + steps][GROUP]`. A word holds the columns of the
    /// steps within their windows, with the first step in the lowest bits.
    pub(super) runs: Buffer,
}

impl Sparse {
    /// Of the row, column and value of each entry, ascending within a row.
    pub(super) fn new(rows: usize, entries: impl Iterator<Item = (usize, usize, f32)>) -> Self {
        let mut of_rows = vec![Vec::new(); rows.next_multiple_of(GROUP)];
        for (row, column, value) in entries {
            of_rows[row].push((column as u32, value));
        }
        let mut sparse = Self::default();
        for group in of_rows.as_chunks::<GROUP>().0 {
            sparse.push(group);
        }
        sparse
    }

    /// The number of bytes that a product reads.
    pub(super) fn bytes(&self) -> usize {
        let Self { steps, windows, runs } = self;
        size_of_val(&steps[..]) + size_of_val(&windows[..]) + size_of_val(&runs[..])
    }

    /// Adds a group, given the columns and values of each row in ascending order.
    fn push(&mut self, rows: &[Vec<(u32, f32)>; GROUP]) {
        let before = self.windows.len();
        let mut rows = rows.each_ref().map(|row| &row[..]);
        let furthest_behind = |rows: &[&[(u32, f32)]]| {
            rows.iter().filter_map(|row| row.first()).map(|entry| entry.0).min()
        };
        while furthest_behind(&rows).is_some() {
            let words = self.runs.len();
            self.runs.size(words + GROUP);
            for k in 0..PER_WORD {
                let Some(window) = furthest_behind(&rows) else { break };
                self.windows.push(window);
                let values = self.runs.len();
                self.runs.size(values + GROUP);
                for (lane, row) in rows.iter_mut().enumerate() {
                    let next =
                        row.split_first().filter(|(next, _)| next.0 - window < WINDOW as u32);
                    let (column, value) = match next {
                        Some((&(column, value), rest)) => {
                            *row = rest;
                            (column - window, value)
                        }
                        None => (0, 0.0),
                    };
                    let word = &mut self.runs[words + lane];
                    *word = f32::from_bits(word.to_bits() | column << (5 * k));
                    self.runs[values + lane] = value;
                }
            }
        }
        self.steps.push((self.windows.len() - before) as u32);
    }
}

/// `y = matrix x`, for `x` with as many values more as a window has.
pub(super) struct SparseProduct<'a> {
    pub(super) matrix: &'a Sparse,
    pub(super) x: &'a [f32],
    pub(super) y: &'a mut [f32],
}

impl Kernel for SparseProduct<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        // As many sums as fit into registers together with as many words and a table.
        const SUMS: usize = 4;
        let Self { matrix, x, y } = self;
        let (mut windows, mut runs) = (&matrix.windows[..], &matrix.runs[..]);
        for (&steps, y) in matrix.steps.iter().zip(y.chunks_exact_mut(GROUP)) {
            let (group, later) = windows.split_at(steps as usize);
            windows = later;
            let mut after = runs;
            for first in (0..GROUP).step_by(SUMS * S::LANES) {
                after = runs;
                let mut sums = [s.splat(0.0); SUMS];
                for windows in group.chunks(PER_WORD) {
                    let (run, later) = after.split_at((1 + windows.len()) * GROUP);
                    after = later;
                    // SAFETY: first + SUMS * LANES <= GROUP, and the run is a group of
                    // words and one of values for each window, of WINDOW columns.
                    unsafe {
                        let mut run = run.as_ptr().add(first);
                        let mut columns = [s.load_indices(run.cast()); SUMS];
                        for (v, columns) in columns.iter_mut().enumerate().skip(1) {
                            *columns = s.load_indices(run.add(v * S::LANES).cast());
                        }
                        for &window in windows {
                            run = run.add(GROUP);
                            let x = &x[window as usize..][..WINDOW];
                            let table = s.table(x.as_ptr(), x.as_ptr().add(WINDOW / 2));
                            for (v, sum) in sums.iter_mut().enumerate() {
                                let factor = s.pick(table, columns[v]);
                                *sum = s.mul_add(s.load(run.add(v * S::LANES)), factor, *sum);
                                columns[v] = s.next_packed(columns[v]);
                            }
                        }
                    }
                }
                for (v, &sum) in sums.iter().enumerate() {
                    // SAFETY: as above.
                    unsafe { s.store(sum, y.as_mut_ptr().add(first + v * S::LANES)) };
                }
            }
            runs = after;
        }
    }
}
