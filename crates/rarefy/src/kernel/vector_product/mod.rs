//! A matrix times one vector, for networks that read one sequence step by step:
//! `y[R] = start[R] + A[R][K] x[K]`.
//!
//! Each weight is used once per step, so memory is the limit: the kernel has to read few bytes, in
//! order. It processes sixty-four rows together, each in a vector lane of its own. For a dense
//! matrix, every weight is stored.
//!
//! Of a sparse matrix, only blocks and entries are stored (`blocks.rs`, `entries.rs`). The same blocks
//! of 8-bit integers, and a row's scale, are in `integers.rs`.

mod blocks;
mod diagonals;
mod entries;
mod integers;

use super::buffer::Buffer;
use super::simd::{BLOCK_ROWS, Kernel, Simd, dispatch, instruction_set};
use blocks::{Blocks, Choice, SIZE, Within};
use diagonals::Diagonals;
use entries::{GROUP, Sparse, SparseProduct, WINDOW};

pub use integers::PackedIntegers;

/// A matrix `[R][K]` arranged for products with a single vector.
#[derive(Clone, Debug)]
pub struct PackedMatrix {
    rows: usize,
    depth: usize,
    /// Matrices whose sum it is.
    parts: Vec<Part>,
    /// The vector padded with zeros, and a padded result.
    x: Buffer,
    y: Buffer,
}

#[derive(Clone, Debug)]
enum Part {
    /// `[groups][K][GROUP]`
    Dense(Buffer),
    Blocks(Blocks<f32>),
    Diagonals(Diagonals<f32>),
    Entries(Sparse),
}

impl PackedMatrix {
    /// The matrix `[rows][depth]` that is zero except at `entries`: the row, column and value of
    /// each, ascending within a row. It is arranged for the fastest product, which depends on the
    /// number of bytes to read, padding zeros included: dense, or blocks of eight rows by four columns
    /// and other entries one by one. A byte of a block takes longer than a byte of a dense matrix, and
    /// a byte of entries longer still: 2.5 times with AVX-512, and more with other instruction sets,
    /// which need several instructions to pick from a table (`benches/kernels.rs`). Narrow and small
    /// matrices need much padding.
    ///
    /// # Panics
    /// When an entry lies outside.
    pub fn new(
        rows: usize,
        depth: usize,
        entries: impl Iterator<Item = (usize, usize, f32)> + Clone,
    ) -> Self {
        const BLOCK_SHARE: f64 = 0.7;
        /// The fewest entries that take as long one by one as a block.
        const LEAST: u8 = 14;
        let share = match instruction_set() {
            "avx512" => 0.4,
            "avx2+fma" => 0.25,
            _ => 0.15,
        };
        let most = (size_of::<f32>() * rows.next_multiple_of(GROUP) * depth) as f64;
        let fits = |blocks: usize, entries: usize| {
            blocks as f64 / BLOCK_SHARE + entries as f64 / share <= most
        };
        let places = entries.clone().map(|(row, column, _)| {
            assert!(row < rows && column < depth, "entry ({row}, {column}) in [{rows}][{depth}]");
            (row, column)
        });
        let choice = Choice::new(rows, depth, LEAST, places);
        let (blocks, others) = choice.counts();
        // Entries are arranged only if that can pay off.
        if fits(size_of::<f32>() * SIZE * blocks, size_of::<f32>() * others) {
            let (mut parts, mut bytes) = (Vec::new(), [0; 2]);
            if blocks > 0 {
                let entries = entries.clone().filter(|entry| choice.takes(entry.0, entry.1));
                let blocks = Blocks::new(rows, Within::Columns, entries);
                bytes[0] = blocks.bytes();
                parts.push(Part::Blocks(blocks));
            }
            if others > 0 {
                let others = entries.clone().filter(|entry| !choice.takes(entry.0, entry.1));
                match Diagonals::new(others.clone()) {
                    Some(diagonals) => parts.push(Part::Diagonals(diagonals)),
                    None => {
                        let entries = Sparse::new(rows, others);
                        bytes[1] = entries.bytes();
                        parts.push(Part::Entries(entries));
                    }
                }
            }
            if fits(bytes[0], bytes[1]) {
                return Self::of_parts(rows, depth, parts);
            }
        }
        let mut values = Buffer::of_zeros(rows.next_multiple_of(GROUP) * depth);
        for (row, column, value) in entries {
            values[(row / GROUP * depth + column) * GROUP + row % GROUP] = value;
        }
        Self::of_parts(rows, depth, vec![Part::Dense(values)])
    }

    /// Of these entries, one by one.
    #[cfg(any(test, feature = "kernels"))]
    pub fn sparse(
        rows: usize,
        depth: usize,
        entries: impl Iterator<Item = (usize, usize, f32)>,
    ) -> Self {
        Self::of_parts(rows, depth, vec![Part::Entries(Sparse::new(rows, entries))])
    }

    fn of_parts(rows: usize, depth: usize, parts: Vec<Part>) -> Self {
        // A window may begin at the last columns.
        let x = Buffer::of_zeros(depth + WINDOW);
        let y = Buffer::of_zeros(rows.next_multiple_of(GROUP));
        Self { rows, depth, parts, x, y }
    }

    /// The number of rows, `R`.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of bytes that a product reads from the matrix.
    pub fn bytes(&self) -> usize {
        let of = |part: &Part| match part {
            Part::Dense(values) => size_of_val(&values[..]),
            Part::Blocks(blocks) => blocks.bytes(),
            Part::Diagonals(diagonals) => diagonals.bytes(),
            Part::Entries(entries) => entries.bytes(),
        };
        self.parts.iter().map(of).sum()
    }

    /// The sum of the stored values in whole groups, as they are in memory: what reading them costs.
    pub fn sum(&self) -> f32 {
        let mut sum = 0.0;
        for part in &self.parts {
            let values = match part {
                Part::Dense(values) => values,
                Part::Blocks(blocks) => &blocks.values,
                Part::Diagonals(diagonals) => &diagonals.values,
                Part::Entries(entries) => &entries.runs,
            };
            dispatch(Sum { values, sum: &mut sum });
        }
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
        for part in &self.parts {
            match part {
                Part::Dense(values) => dispatch(DenseProduct { values, depth, x, y }),
                Part::Entries(matrix) => dispatch(SparseProduct { matrix, x, y }),
                Part::Blocks(blocks) => {
                    dispatch(BlockProduct { blocks, x, out });
                    continue;
                }
                Part::Diagonals(diagonals) => {
                    dispatch(DiagonalProduct { diagonals, x, out });
                    continue;
                }
            }
            for (out, y) in out.iter_mut().zip(&*y) {
                *out += *y;
            }
        }
    }
}

/// `out += blocks x`
struct BlockProduct<'a> {
    blocks: &'a Blocks<f32>,
    x: &'a [f32],
    out: &'a mut [f32],
}

impl Kernel for BlockProduct<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { blocks, x, out } = self;
        blocks.multiply(s, x, |row, of_band| {
            let mut sums = [0.0; BLOCK_ROWS];
            // SAFETY: `sums` has the rows of a band.
            unsafe { s.store_sums(of_band, sums.as_mut_ptr()) };
            let out = out.get_mut(row..).unwrap_or_default();
            match out.first_chunk_mut::<BLOCK_ROWS>() {
                Some(out) => (0..BLOCK_ROWS).for_each(|at| out[at] += sums[at]),
                None => out.iter_mut().zip(sums).for_each(|(out, sum)| *out += sum),
            }
        });
    }
}

/// `out += diagonals x`
struct DiagonalProduct<'a> {
    diagonals: &'a Diagonals<f32>,
    x: &'a [f32],
    out: &'a mut [f32],
}

impl Kernel for DiagonalProduct<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        self.diagonals.multiply(self.x, self.out, |values, x, out| {
            for ((out, value), x) in out.iter_mut().zip(values).zip(x) {
                *out += value * x;
            }
        });
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

/// Values after the last whole group are left out.
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
        *self.sum += s.sums([sum; 4])[0];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    const SIZES: [usize; 10] = [1, 3, 7, 8, 9, 31, 33, 50, 64, 257];

    #[test]
    fn all_arrangements_agree_with_the_naive_product_over_awkward_sizes() {
        let mut stream = Stream::new(6, "vector product");
        for rows in SIZES {
            for depth in SIZES {
                for (density, in_blocks, magnitude) in [
                    (0.0, 0.0, 1.0),
                    (0.1, 0.0, 1e3),
                    (0.02, 0.2, 1.0),
                    (0.5, 0.0, 1e-3),
                    (1.0, 0.0, 1.0),
                ] {
                    let mut random =
                        |magnitude: f64| (magnitude * stream.uniform_in(-1.0, 1.0)) as f32;
                    let x: Vec<f32> = (0..depth).map(|_| random(magnitude)).collect();
                    let start: Vec<f32> = (0..rows).map(|_| random(magnitude)).collect();
                    let weights: Vec<f32> = (0..rows * depth).map(|_| random(1.0)).collect();
                    let across = depth.div_ceil(4);
                    let blocks: Vec<bool> = (0..rows.div_ceil(8) * across)
                        .map(|_| stream.uniform() < in_blocks)
                        .collect();
                    let there: Vec<bool> = (0..weights.len())
                        .map(|at| {
                            let block = at / depth / 8 * across + at % depth / 4;
                            stream.uniform() < density || blocks[block]
                        })
                        .collect();
                    let weight = |at: usize| if there[at] { weights[at] } else { 0.0 };
                    let masked: Vec<f32> = (0..weights.len()).map(weight).collect();
                    let entry = |at: usize| (at / depth, at % depth, masked[at]);
                    let all = (0..weights.len()).map(entry);
                    let entries = all.clone().filter(|entry| there[entry.0 * depth + entry.1]);
                    let matrices = [
                        PackedMatrix::new(rows, depth, all),
                        PackedMatrix::new(rows, depth, entries.clone()),
                        PackedMatrix::sparse(rows, depth, entries),
                    ];
                    let (sum, size) =
                        (masked.iter().sum::<f32>(), 1e-6 * (1 + rows * depth) as f32);
                    assert!(
                        (matrices[0].sum() - sum).abs() < size,
                        "{} is not {sum}",
                        matrices[0].sum()
                    );
                    for mut matrix in matrices {
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

    #[test]
    fn the_arrangement_is_the_one_that_reads_least() {
        let all = (0..64 * 64).map(|at| (at / 64, at % 64, 1.0));
        let of = |part: &Part| match part {
            Part::Dense(_) => "dense",
            Part::Blocks(_) => "blocks",
            Part::Diagonals(_) => "diagonals",
            Part::Entries(_) => "entries",
        };
        let parts = |keep: fn(usize, usize) -> bool| {
            let entries = all.clone().filter(|entry| keep(entry.0, entry.1));
            let matrix = PackedMatrix::new(64, 64, entries);
            (matrix.parts.iter().map(of).collect::<Vec<_>>(), matrix.bytes())
        };
        assert_eq!(parts(|_, _| true), (vec!["dense"], 4 * 64 * 64));
        let (names, bytes) = parts(|row, column| (row / 8 + column / 4) % 8 == 0);
        assert_eq!(names, ["blocks"]);
        assert!((2 * 64 * 64 / 4..4 * 64 * 64 / 6).contains(&bytes), "{bytes}");
        assert_eq!(parts(|row, column| row == column).0, ["diagonals"]);
        assert_eq!(parts(|row, column| 7 * row % 64 == column).0, ["entries"]);
        let with_diagonal = |row, column| (row / 8 + column / 4) % 8 == 0 || row == column;
        assert_eq!(parts(with_diagonal).0, ["blocks", "diagonals"]);
    }
}
