//! Matrix times one vector, for networks that take one step of one string at a time:
//! `y[R] = start[R] + A[R][K] x[K]`.
//!
//! Each weight is used once a step, so memory is the limit: what counts is how few bytes
//! are read, in order. Sixteen rows go side by side in a vector, each lane with its own
//! row. Of a dense matrix every weight is stored; of a sparse one, for each sixteen rows
//! and each *panel* of 32 columns, the same number of entries a row (zeros fill up), and
//! with six of them one word of five-bit column numbers a row. The panel's part of `x` is
//! held in registers, from which a permutation picks each lane's factor: no gathering
//! from memory. Entries beyond the number are kept apart, one by one.

use super::buffer::Buffer;
use super::simd::{Kernel, Simd, dispatch, instruction_set};

/// Rows side by side.
const ROWS: usize = 16;
/// Slices of [`ROWS`] rows worked on together: independent chains of sums.
const SLICES: usize = 4;
/// Columns of a panel: a table of [`Simd::pick`].
const PANEL: usize = 32;
/// Column numbers in a word.
const PER_WORD: usize = 6;

/// What a [`PackedMatrix`] pads its vectors to.
const fn padded_rows(rows: usize) -> usize {
    rows.next_multiple_of(ROWS * SLICES)
}

/// A matrix `[R][K]` arranged for products with single vectors.
#[derive(Clone, Debug)]
pub struct PackedMatrix {
    rows: usize,
    depth: usize,
    entries: Entries,
    /// The vector, padded with zeros; the result, padded.
    x: Buffer,
    y: Buffer,
}

#[derive(Clone, Debug)]
enum Entries {
    /// `[groups][K][SLICES * ROWS]`
    Dense(Buffer),
    Sparse(Sparse),
}

#[derive(Clone, Debug)]
struct Sparse {
    /// Entries a row in each panel.
    count: usize,
    /// `[groups][panels][SLICES]` segments, each of as many words as it takes, `[.][ROWS]`,
    /// and the values, `[count][ROWS]`: all in the order they are read. A word holds the
    /// columns of up to [`PER_WORD`] values in the panel, the first lowest.
    segments: Buffer,
    /// What `count` has no room for; neighbours are of different rows, so that none waits
    /// for the sum of the one before.
    apart: Vec<Apart>,
}

/// An entry by itself.
#[derive(Clone, Copy, Debug)]
struct Apart {
    row: u16,
    column: u16,
    value: f32,
}

impl PackedMatrix {
    /// Whether a product with so many of a matrix's `places` is faster than with all. With
    /// AVX-512 three in ten were measured as fast as all; other instruction sets need
    /// several instructions to pick from a table, and one in eight must do
    /// (`benches/kernels.rs`).
    pub fn sparse_pays(entries: usize, places: usize) -> bool {
        if instruction_set() == "avx512" { entries <= places / 4 } else { entries <= places / 8 }
    }

    /// Every entry of the row-major `matrix` `[rows][depth]`.
    ///
    /// # Panics
    /// When it has another size.
    pub fn dense(matrix: &[f32], rows: usize, depth: usize) -> Self {
        assert_eq!(rows.checked_mul(depth), Some(matrix.len()), "matrix is not [{rows}][{depth}]");
        let mut values = Buffer::new();
        values.zeros(padded_rows(rows) * depth);
        for (row, weights) in matrix.chunks_exact(depth).enumerate() {
            let (group, lane) = (row / (SLICES * ROWS), row % (SLICES * ROWS));
            let group = &mut values[group * depth * SLICES * ROWS..];
            for (weights_at, &weight) in weights.iter().enumerate() {
                group[weights_at * SLICES * ROWS + lane] = weight;
            }
        }
        Self::new(rows, depth, Entries::Dense(values))
    }

    /// A matrix `[rows][depth]` of zeros but for `entries`: row, column and value of each.
    ///
    /// # Panics
    /// When an entry lies outside.
    pub fn sparse(
        rows: usize,
        depth: usize,
        entries: impl Iterator<Item = (usize, usize, f32)>,
    ) -> Self {
        let (rows_padded, panels) = (padded_rows(rows), depth.div_ceil(PANEL));
        let mut runs = vec![Vec::new(); rows_padded * panels];
        for (row, column, value) in entries {
            assert!(row < rows && column < depth, "entry ({row}, {column}) in [{rows}][{depth}]");
            runs[row * panels + column / PANEL].push(((column % PANEL) as u32, value));
        }
        // Numbers of entries by themselves must fit 16 bits.
        let some_apart = rows.max(depth) <= 1 << 16;
        let count = best_count(&runs, if some_apart { 0 } else { usize::MAX });
        let per_panel = count.div_ceil(PER_WORD);
        let segments = rows_padded / ROWS * panels;
        let size = (per_panel + count) * ROWS;
        let mut packed = Buffer::new();
        packed.zeros(segments * size);
        let mut apart = Vec::new();
        for (run, entries) in runs.iter().enumerate() {
            let (row, panel) = (run / panels, run % panels);
            let (slice, lane) = (row / ROWS, row % ROWS);
            let segment = (slice / SLICES * panels + panel) * SLICES + slice % SLICES;
            let (words, values) = packed[segment * size..][..size].split_at_mut(per_panel * ROWS);
            for (k, &(column, value)) in entries.iter().enumerate() {
                if k < count {
                    values[k * ROWS + lane] = value;
                    let word = &mut words[k / PER_WORD * ROWS + lane];
                    let shifted = column << (5 * (k % PER_WORD));
                    *word = f32::from_bits(word.to_bits() | shifted);
                } else {
                    let column = (panel * PANEL) as u16 + column as u16;
                    apart.push(Apart { row: row as u16, column, value });
                }
            }
        }
        apart.sort_by_key(|entry| (usize::from(entry.column) / PANEL, entry.row));
        Self::new(rows, depth, Entries::Sparse(Sparse { count, segments: packed, apart }))
    }

    fn new(rows: usize, depth: usize, entries: Entries) -> Self {
        let (mut x, mut y) = (Buffer::new(), Buffer::new());
        x.zeros(depth.next_multiple_of(PANEL));
        y.zeros(padded_rows(rows));
        Self { rows, depth, entries, x, y }
    }

    /// `R`
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many bytes a product reads of it.
    pub fn bytes(&self) -> usize {
        match &self.entries {
            Entries::Dense(values) => size_of_val(&values[..]),
            Entries::Sparse(Sparse { segments, apart, .. }) => {
                size_of_val(&segments[..]) + size_of_val(&apart[..])
            }
        }
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
            Entries::Sparse(matrix) => {
                dispatch(SparseProduct { matrix, x, y });
                for &Apart { row, column, value } in &matrix.apart {
                    y[usize::from(row)] += value * x[usize::from(column)];
                }
            }
        }
        for (out, y) in out.iter_mut().zip(y) {
            *out += *y;
        }
    }
}

/// How many entries a row of a panel to store side by side, `least` or more: fewer leave
/// more apart, more are filled up with zeros. The costs are in half cycles: of reading a
/// vector of entries, or of column numbers, from beyond the first-level cache, and of an
/// entry apart.
fn best_count(runs: &[Vec<(u32, f32)>], least: usize) -> usize {
    const VECTOR: usize = 6;
    const APART: usize = 3;
    let longest = runs.iter().map(Vec::len).max().unwrap_or(0);
    let cost = |count: &usize| {
        let apart: usize = runs.iter().map(|run| run.len().saturating_sub(*count)).sum();
        runs.len() / ROWS * (count + count.div_ceil(PER_WORD)) * VECTOR + apart * APART
    };
    (least.min(longest)..=longest).min_by_key(cost).unwrap_or(0)
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
        const GROUP: usize = SLICES * ROWS;
        // Half a group at a time where a whole one has too many sums.
        let vectors = (GROUP / S::LANES).min(SUMS);
        let groups = self.values.chunks_exact(self.depth * GROUP);
        for (values, y) in groups.zip(self.y.chunks_exact_mut(GROUP)) {
            for first in (0..GROUP).step_by(vectors * S::LANES) {
                let mut sums = [s.splat(0.0); SUMS];
                for (weights, &x) in values.chunks_exact(GROUP).zip(self.x) {
                    let x = s.splat(x);
                    for (v, sum) in sums.iter_mut().enumerate().take(vectors) {
                        // SAFETY: first + vectors * LANES <= GROUP, a chunk's length.
                        let weights = unsafe { s.load(weights.as_ptr().add(first + v * S::LANES)) };
                        *sum = s.mul_add(weights, x, *sum);
                    }
                }
                for (v, &sum) in sums.iter().enumerate().take(vectors) {
                    // SAFETY: as above.
                    unsafe { s.store(sum, y.as_mut_ptr().add(first + v * S::LANES)) };
                }
            }
        }
    }
}

/// Sums of a dense product with a vector.
const SUMS: usize = 8;

struct SparseProduct<'a> {
    matrix: &'a Sparse,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for SparseProduct<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { matrix, x, y } = self;
        match matrix.count {
            1 => s.call(Segments::<1> { matrix, x, y }),
            2 => s.call(Segments::<2> { matrix, x, y }),
            3 => s.call(Segments::<3> { matrix, x, y }),
            4 => s.call(Segments::<4> { matrix, x, y }),
            5 => s.call(Segments::<5> { matrix, x, y }),
            6 => s.call(Segments::<6> { matrix, x, y }),
            7 => s.call(Segments::<7> { matrix, x, y }),
            8 => s.call(Segments::<8> { matrix, x, y }),
            _ => s.call(Segments::<0> { matrix, x, y }),
        }
    }
}

/// A [`SparseProduct`] whose count the compiler knows, or not: 0.
struct Segments<'a, const COUNT: usize> {
    matrix: &'a Sparse,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl<const COUNT: usize> Kernel for Segments<'_, COUNT> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        const MOST: usize = ROWS / 8;
        let count = if COUNT > 0 { COUNT } else { self.matrix.count };
        let per_panel = count.div_ceil(PER_WORD);
        let vectors = ROWS / S::LANES;
        let panels = self.x.len() / PANEL;
        let groups = self.y.len() / (SLICES * ROWS);
        let size = (per_panel + count) * ROWS;
        let all = groups * panels * SLICES * size;
        assert_eq!(self.matrix.segments.len(), all, "size of the segments");
        let mut segment = self.matrix.segments.as_ptr();
        for y in self.y.chunks_exact_mut(SLICES * ROWS) {
            let mut sums = [[s.splat(0.0); MOST]; SLICES];
            for panel in self.x.chunks_exact(PANEL) {
                // SAFETY: a panel has two times 16 values; the pointer goes through as
                // many segments as the assertion above counted.
                unsafe {
                    let table = s.table(panel.as_ptr(), panel.as_ptr().add(16));
                    for sums in &mut sums {
                        let values = segment.add(per_panel * ROWS);
                        for (v, sum) in sums.iter_mut().enumerate().take(vectors) {
                            let lane = v * S::LANES;
                            for word in 0..per_panel {
                                let words = segment.add(word * ROWS + lane);
                                let mut columns = s.load_indices(words.cast());
                                let first = word * PER_WORD;
                                for k in first..count.min(first + PER_WORD) {
                                    let value = s.load(values.add(k * ROWS + lane));
                                    *sum = s.mul_add(value, s.pick(table, columns), *sum);
                                    columns = s.next_packed(columns);
                                }
                            }
                        }
                        segment = segment.add(size);
                    }
                }
            }
            for (sums, y) in sums.iter().zip(y.chunks_exact_mut(ROWS)) {
                for (v, &sum) in sums.iter().enumerate().take(vectors) {
                    // SAFETY: `ROWS` values are writable.
                    unsafe { s.store(sum, y.as_mut_ptr().add(v * S::LANES)) };
                }
            }
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
