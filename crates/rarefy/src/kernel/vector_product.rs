//! A matrix times one vector, for networks that read one sequence step by step:
//! `y[R] = start[R] + A[R][K] x[K]`.
//!
//! Each weight is used once per step, so memory is the limit: the kernel has to read few bytes, in
//! order. It processes sixty-four rows together, each in a vector lane of its own. For a dense
//! matrix, every weight is stored.
//!
//! For a sparse matrix, only the non-zero entries of each row are stored, one after another, and
//! all rows advance together. A step multiplies the next entry of every row that has one within a
//! *window* of 32 columns. These columns of `x` are held in registers. A permutation picks each
//! lane's factor from them by a five-bit number, so nothing is gathered from memory. The window
//! starts where the row that is furthest behind continues. So rows sometimes wait for each other,
//! but no entry is left out.

use super::buffer::Buffer;
use super::simd::{Kernel, Simd, dispatch, instruction_set};

/// Rows processed together: independent chains of sums.
const GROUP: usize = 64;
/// Columns covered by a step: the size of a table of [`Simd::pick`].
const WINDOW: usize = 32;
/// Number of column indices per word.
const PER_WORD: usize = 6;

/// A matrix `[R][K]` arranged for products with a single vector.
#[derive(Clone, Debug)]
pub struct PackedMatrix {
    rows: usize,
    depth: usize,
    entries: Entries,
    /// The vector padded with zeros, and the padded result.
    x: Buffer,
    y: Buffer,
}

#[derive(Clone, Debug)]
enum Entries {
    /// `[groups][K][GROUP]`
    Dense(Buffer),
    Sparse(Sparse),
}

/// Groups of rows in the order in which they are read.
#[derive(Clone, Debug, Default)]
struct Sparse {
    /// Number of steps of each group.
    steps: Vec<u32>,
    /// The first column of each step's window.
    windows: Vec<u32>,
    /// A run covers up to [`PER_WORD`] steps of a group. It consists of a word for every row,
    /// followed by the values of the steps: `[1 + steps][GROUP]`. A word holds the columns of the
    /// steps within their windows, with the first step in the lowest bits.
    runs: Buffer,
}

impl Sparse {
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

impl PackedMatrix {
    /// [`PackedMatrix::sparse`] of these `count` entries, if its product is faster than the dense
    /// one. The decision depends on the number of bytes to read, padding zeros included. A byte of
    /// entries takes longer than a byte of a dense matrix: 2.5 times with AVX-512, and more with
    /// other instruction sets, which need several instructions to pick from a table
    /// (`benches/kernels.rs`). Narrow and small matrices need much padding.
    pub fn sparse_if_faster(
        rows: usize,
        depth: usize,
        count: usize,
        entries: impl Iterator<Item = (usize, usize, f32)>,
    ) -> Option<Self> {
        let share = match instruction_set() {
            "avx512" => 0.4,
            "avx2+fma" => 0.25,
            _ => 0.15,
        };
        let most = share * (size_of::<f32>() * rows.next_multiple_of(GROUP) * depth) as f64;
        let fits = |bytes: usize| bytes as f64 <= most;
        // The entries are arranged only if that can pay off.
        if !fits(size_of::<f32>() * count) {
            return None;
        }
        Some(Self::sparse(rows, depth, entries)).filter(|sparse| fits(sparse.bytes()))
    }

    /// Packs every entry of the row-major `matrix` `[rows][depth]`.
    ///
    /// # Panics
    /// When it has another size.
    pub fn dense(matrix: &[f32], rows: usize, depth: usize) -> Self {
        assert_eq!(rows.checked_mul(depth), Some(matrix.len()), "matrix is not [{rows}][{depth}]");
        if depth == 0 {
            return Self::sparse(rows, depth, std::iter::empty());
        }
        let mut values = Buffer::new();
        values.zeros(rows.next_multiple_of(GROUP) * depth);
        for (row, weights) in matrix.chunks_exact(depth).enumerate() {
            let (group, lane) = (row / GROUP, row % GROUP);
            let group = &mut values[group * depth * GROUP..];
            for (weights_at, &weight) in weights.iter().enumerate() {
                group[weights_at * GROUP + lane] = weight;
            }
        }
        Self::new(rows, depth, Entries::Dense(values))
    }

    /// A matrix `[rows][depth]` that is zero except at `entries`: the row, column and value of
    /// each, ascending within a row.
    ///
    /// # Panics
    /// When an entry lies outside.
    pub fn sparse(
        rows: usize,
        depth: usize,
        entries: impl Iterator<Item = (usize, usize, f32)>,
    ) -> Self {
        assert!(u32::try_from(depth).is_ok(), "{depth} columns");
        let mut of_rows = vec![Vec::new(); rows.next_multiple_of(GROUP)];
        for (row, column, value) in entries {
            assert!(row < rows && column < depth, "entry ({row}, {column}) in [{rows}][{depth}]");
            of_rows[row].push((column as u32, value));
        }
        let mut sparse = Sparse::default();
        for group in of_rows.as_chunks::<GROUP>().0 {
            sparse.push(group);
        }
        Self::new(rows, depth, Entries::Sparse(sparse))
    }

    fn new(rows: usize, depth: usize, entries: Entries) -> Self {
        let (mut x, mut y) = (Buffer::new(), Buffer::new());
        // A window may begin at the last columns.
        x.zeros(depth + WINDOW);
        y.zeros(rows.next_multiple_of(GROUP));
        Self { rows, depth, entries, x, y }
    }

    /// The number of rows, `R`.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of bytes that a product reads from the matrix.
    pub fn bytes(&self) -> usize {
        match &self.entries {
            Entries::Dense(values) => size_of_val(&values[..]),
            Entries::Sparse(Sparse { steps, windows, runs }) => {
                size_of_val(&steps[..]) + size_of_val(&windows[..]) + size_of_val(&runs[..])
            }
        }
    }

    /// The sum of all stored values, as they are in memory: what reading them costs.
    pub fn sum(&self) -> f32 {
        let mut sum = 0.0;
        let values = match &self.entries {
            Entries::Dense(values) => values,
            Entries::Sparse(matrix) => &matrix.runs,
        };
        dispatch(Sum { values, sum: &mut sum });
        sum
    }

    /// `out[R] += self[R][K] x[K]`
    ///
    /// # Panics
    /// When a length does not fit.
    pub fn add_product(&mut self, x: &[f32], out: &mut [f32]) {
        assert_eq!((x.len(), out.len()), (self.depth, self.rows), "vectors of other lengths");
        self.x[..x.len()].copy_from_slice(x);
        let (x, y, depth) = (&self.x[..], &mut self.y[..], self.depth);
        match &self.entries {
            Entries::Dense(values) => dispatch(DenseProduct { values, depth, x, y }),
            Entries::Sparse(matrix) => dispatch(SparseProduct { matrix, x, y }),
        }
        for (out, y) in out.iter_mut().zip(y) {
            *out += *y;
        }
    }
}

struct DenseProduct<'a> {
    values: &'a [f32],
    depth: usize,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for DenseProduct<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        const MOST: usize = GROUP / 8;
        let vectors = GROUP / S::LANES;
        let groups = self.values.chunks_exact(self.depth * GROUP);
        for (values, y) in groups.zip(self.y.chunks_exact_mut(GROUP)) {
            let mut sums = [s.splat(0.0); MOST];
            for (weights, &x) in values.chunks_exact(GROUP).zip(self.x) {
                let x = s.splat(x);
                for (v, sum) in sums.iter_mut().enumerate().take(vectors) {
                    // SAFETY: vectors * LANES is GROUP, a chunk's length.
                    let weights = unsafe { s.load(weights.as_ptr().add(v * S::LANES)) };
                    *sum = s.mul_add(weights, x, *sum);
                }
            }
            for (v, &sum) in sums.iter().enumerate().take(vectors) {
                // SAFETY: as above.
                unsafe { s.store(sum, y.as_mut_ptr().add(v * S::LANES)) };
            }
        }
    }
}

/// The values are in whole groups.
struct Sum<'a> {
    values: &'a [f32],
    sum: &'a mut f32,
}

impl Kernel for Sum<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        const MOST: usize = GROUP / 8;
        let mut sums = [s.splat(0.0); MOST];
        for group in self.values.chunks_exact(GROUP) {
            for (v, sum) in sums.iter_mut().enumerate().take(GROUP / S::LANES) {
                // SAFETY: vectors * LANES is GROUP, a chunk's length.
                *sum = s.add(unsafe { s.load(group.as_ptr().add(v * S::LANES)) }, *sum);
            }
        }
        let sum = sums.into_iter().reduce(|a, b| s.add(a, b)).expect("some sums");
        *self.sum = s.sums([sum; 4])[0];
    }
}

struct SparseProduct<'a> {
    matrix: &'a Sparse,
    x: &'a [f32],
    y: &'a mut [f32],
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    const SIZES: [usize; 10] = [1, 3, 7, 8, 9, 31, 33, 50, 64, 257];

    #[test]
    fn dense_and_sparse_agree_with_the_naive_product_over_awkward_sizes() {
        let mut stream = Stream::new(6, "vector product");
        for rows in SIZES {
            for depth in SIZES {
                for (density, magnitude) in [(0.0, 1.0), (0.1, 1e3), (0.5, 1e-3), (1.0, 1.0)] {
                    let mut random =
                        |magnitude: f64| (magnitude * stream.uniform_in(-1.0, 1.0)) as f32;
                    let x: Vec<f32> = (0..depth).map(|_| random(magnitude)).collect();
                    let start: Vec<f32> = (0..rows).map(|_| random(magnitude)).collect();
                    let weights: Vec<f32> = (0..rows * depth).map(|_| random(1.0)).collect();
                    let there: Vec<bool> =
                        weights.iter().map(|_| stream.uniform() < density).collect();
                    let weight = |at: usize| if there[at] { weights[at] } else { 0.0 };
                    let masked: Vec<f32> = (0..weights.len()).map(weight).collect();
                    let entries = (0..weights.len()).filter(|&at| there[at]);
                    let entries = entries.map(|at| (at / depth, at % depth, weights[at]));
                    let dense = PackedMatrix::dense(&masked, rows, depth);
                    let sparse = PackedMatrix::sparse(rows, depth, entries);
                    let (sum, size) =
                        (masked.iter().sum::<f32>(), 1e-6 * (1 + rows * depth) as f32);
                    assert!((dense.sum() - sum).abs() < size, "{} is not {sum}", dense.sum());
                    for mut matrix in [dense, sparse] {
                        let mut out = start.clone();
                        matrix.add_product(&x, &mut out);
                        for (row, (out, start)) in out.iter().zip(&start).enumerate() {
                            let products = masked[row * depth..][..depth].iter().zip(&x);
                            let naive = start + products.map(|(w, x)| w * x).sum::<f32>();
                            let error = (out - naive).abs() / magnitude as f32;
                            assert!(error < 1e-5, "[{rows}][{depth}], density {density}: {error}");
                        }
                    }
                }
            }
        }
    }
}
