//! Products with a matrix most of whose entries are masked, at the cost of those that
//! are not: the sparse sisters of [`product`](super::product()) and
//! [`gradient_product`](super::gradient_product()).
//!
//! Four rows are worked on side by side, and rows are sorted by how many entries they
//! have, so that the four have about as many (sliced ELLPACK: Kreutzer et al. 2014,
//! "A unified sparse matrix data format", with slices of four). What is missing to the
//! longest of the four is filled up with zeros. For each vector of columns an entry costs
//! one multiply-add whose other factor comes from memory: the first-level cache's
//! bandwidth is the limit, not arithmetic.
//!
//! The order of the sums within a row is that of the dense product, without the terms
//! that are zero: of finite factors both give the same bits.
//!
//! Past 600 lines in one file, because the three products (forward, transposed, gradient)
//! walk the one arrangement, and whoever changes it has to see all of them.

#[cfg(doc)]
use super::PADDING;
use super::even_parts;
use super::product::{Start, Steps, check};
use super::simd::{Kernel, Simd, dispatch};

/// Rows side by side.
const HEIGHT: usize = 4;

/// Columns of the matrix that are multiplied before the next ones: for a batch of 32,
/// their part of the right factor just fits the first-level cache, and a byte is enough
/// to number them.
const PANEL: usize = 256;

/// The same for gradients of a matrix of so many rows. Four steps of the right factor are
/// to fit; but the left factor is read again for each panel, and from some size on
/// it comes from further away: one panel was then measured 1.2 to 1.4 times as fast.
const fn gradient_panel(rows: usize) -> usize {
    if rows <= 512 { 64 } else { usize::MAX }
}

/// A matrix `[R][K]` of which only some entries are not zero. These are numbered row by
/// row; values and gradients are theirs, in that order.
#[derive(Clone, Debug)]
pub struct SparseMatrix {
    rows: usize,
    depth: usize,
    /// For each panel of columns.
    by_row: Vec<Slices>,
    /// For each panel of rows, its transpose.
    by_column: Vec<Slices>,
    /// For each panel of columns, its entries in groups.
    groups: Vec<Groups>,
    /// The column of each entry.
    columns: Vec<u32>,
}

/// Entries of a row whose gradients are summed up side by side: as many as there are
/// general registers to point at their rows of `x`.
const TOGETHER: usize = 8;

/// The entries of a panel, those of each row in groups of up to [`TOGETHER`]. Groups of
/// one size stand together: a loop over them has no jump to guess.
#[derive(Clone, Debug, Default)]
struct Groups {
    /// Those of 1, 2, 3, ... entries.
    of_entries: [Vec<Group>; TOGETHER],
    /// Those whose last sum is that of `d` alone: of 0, 1, 2, ... entries beside it.
    with_sum: [Vec<Group>; TOGETHER],
}

/// Entries of a row that follow each other.
#[derive(Clone, Copy, Debug)]
struct Group {
    row: u32,
    first: u32,
}

impl Groups {
    /// `bounds[r]` are the first entry of row `r` and the one past its last; `last` panels
    /// also sum up `d`.
    fn new(bounds: impl Iterator<Item = (usize, usize)>, last: bool) -> Self {
        let mut groups = Self::default();
        for (row, (first, end)) in bounds.enumerate() {
            let mut rest = end - first + usize::from(last);
            for (at, count) in even_parts(rest, TOGETHER) {
                rest -= count;
                let with_sum = last && rest == 0;
                let of = if with_sum { &mut groups.with_sum } else { &mut groups.of_entries };
                of[count - 1].push(Group { row: row as u32, first: (first + at) as u32 });
            }
        }
        groups
    }
}

/// Rows of a matrix, [`HEIGHT`] side by side, and what rows are left over one by one.
#[derive(Clone, Debug, Default)]
struct Slices {
    /// The first column of the panel.
    first: usize,
    slices: Vec<Slice<HEIGHT>>,
    rest: Vec<Slice<1>>,
    /// The entries of all slices, one after the other: columns in the panel, and values,
    /// which are set later.
    columns: Vec<u8>,
    values: Vec<f32>,
    /// The number of each entry; `FILL` for a zero that fills up.
    numbers: Vec<u32>,
}

/// `R` rows with as many entries, zeros that fill up included.
#[derive(Clone, Debug)]
struct Slice<const R: usize> {
    rows: [u32; R],
    /// Entries of each row; `[length][R]` lie in the order of the slices.
    length: u32,
}

const FILL: u32 = u32::MAX;

/// The panels of `depth` columns: the first of each, and how many. A matrix of no columns
/// has one, too: its product is what it starts from, its gradient's sums are those of `d`.
fn panels(depth: usize, widest: usize) -> impl Iterator<Item = (usize, usize)> {
    let none = (depth == 0).then_some((0, 0));
    even_parts(depth, widest).chain(none)
}

impl Slices {
    /// One for each panel of `depth` columns. `rows[r]` are columns and numbers of the
    /// entries of row `r`, ascending.
    fn panels(rows: &[Vec<(u32, u32)>], depth: usize) -> Vec<Self> {
        let panel = |(first, width): (usize, usize)| {
            let within = |row: &Vec<(u32, u32)>| {
                let before =
                    |end: usize| row.partition_point(|&(column, _)| (column as usize) < end);
                row[before(first)..before(first + width)].to_vec()
            };
            Self::new(&rows.iter().map(within).collect::<Vec<_>>(), first)
        };
        panels(depth, PANEL).map(panel).collect()
    }

    /// `rows[r]` are columns and numbers of the entries of row `r`, all in the panel whose
    /// first column is `first`.
    fn new(rows: &[Vec<(u32, u32)>], first: usize) -> Self {
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        order.sort_by_key(|&row| std::cmp::Reverse(rows[row as usize].len()));
        let mut all = Self { first, ..Self::default() };
        let (whole, rest) = order.as_chunks::<HEIGHT>();
        all.slices = whole.iter().map(|&slice| all.slice(slice, rows)).collect();
        all.rest = rest.iter().map(|&row| all.slice([row], rows)).collect();
        all.values = vec![0.0; all.numbers.len()];
        all
    }

    fn slice<const R: usize>(&mut self, slice: [u32; R], rows: &[Vec<(u32, u32)>]) -> Slice<R> {
        let entries = slice.map(|row| &rows[row as usize][..]);
        let length = entries.iter().map(|row| row.len()).max().unwrap_or(0);
        for k in 0..length {
            for row in entries {
                // A zero may stand at any column that is there.
                let column = row.last().map_or(self.first as u32, |last| last.0);
                let (column, number) = row.get(k).copied().unwrap_or((column, FILL));
                self.columns.push((column as usize - self.first) as u8);
                self.numbers.push(number);
            }
        }
        Slice { rows: slice, length: length as u32 }
    }

    fn set(&mut self, values: &[f32]) {
        for (value, &number) in self.values.iter_mut().zip(&self.numbers) {
            *value = if number == FILL { 0.0 } else { values[number as usize] };
        }
    }
}

impl SparseMatrix {
    /// Whether products with so many of a matrix's `places` are faster than with all. With
    /// four in ten, both products and the gradient together were measured 1.3 to 1.8 times
    /// as fast by themselves, with half 1.2 to 1.3 times (`benches/kernels.rs` compares
    /// them one by one); but within a training step, where entries do not stay in the
    /// first-level cache, half could be slower.
    pub fn pays(entries: usize, places: usize) -> bool {
        5 * entries <= 2 * places
    }

    /// With zeros everywhere but at `entries`, pairs of row and column in ascending
    /// order; also there until [`SparseMatrix::set`].
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
        let groups = panels(depth, gradient_panel(rows)).map(|(start, width)| {
            let mut before = 0;
            let bounds = by_row.iter().map(|row| {
                let bound = |end| before + row.partition_point(|&(column, _)| column < end);
                let bounds = (bound(start as u32), bound((start + width) as u32));
                before += row.len();
                bounds
            });
            Groups::new(bounds, start + width == depth)
        });
        let groups = groups.collect();
        let by_row = Slices::panels(&by_row, depth);
        let by_column = Slices::panels(&by_column, rows);
        Self { rows, depth, by_row, by_column, groups, columns }
    }

    /// How many entries it has.
    #[cfg_attr(not(feature = "kernels"), expect(dead_code, reason = "benchmarks ask"))]
    pub fn entries(&self) -> usize {
        self.columns.len()
    }

    /// Gives the entries their values.
    ///
    /// # Panics
    /// When there are fewer values than entries.
    pub fn set(&mut self, values: &[f32]) {
        self.by_row.iter_mut().chain(&mut self.by_column).for_each(|panel| panel.set(values));
    }

    /// `out[R][N] = start + self[R][K] right[K][N]`, with `N = columns`.
    ///
    /// # Panics
    /// When `columns` is no multiple of [`PADDING`] or a length does not fit.
    pub fn product(&self, right: &[f32], columns: usize, start: Start, out: &mut [f32]) {
        check(self.rows, self.depth, right, columns, start, out);
        dispatch(SparseProduct { panels: &self.by_row, right, columns, start, out });
    }

    /// `out[K][N] = start + (self^T)[K][R] right[R][N]`, with `N = columns`.
    ///
    /// # Panics
    /// When `columns` is no multiple of [`PADDING`] or a length does not fit.
    pub fn product_transposed(&self, right: &[f32], columns: usize, start: Start, out: &mut [f32]) {
        check(self.depth, self.rows, right, columns, start, out);
        dispatch(SparseProduct { panels: &self.by_column, right, columns, start, out });
    }

    /// For each entry, in row `r` and column `k`, adds `sum over t < steps, n < N of
    /// d[t][r][n] x[t][k][n]`, with `N = columns`, to its own of `out`; and `sums[R] += sum
    /// over t, n of d[t][r][n]`.
    ///
    /// # Panics
    /// When `columns` is no multiple of [`PADDING`], or a length does not fit.
    pub fn gradient_product(
        &self,
        d: Steps,
        x: Steps,
        steps: usize,
        columns: usize,
        out: &mut [f32],
        sums: &mut [f32],
    ) {
        d.check("d", steps, columns);
        x.check("x", steps, columns);
        assert_eq!((d.rows, x.rows), (self.rows, self.depth), "factors do not fit the matrix");
        assert_eq!(out.len(), self.columns.len(), "output is not one an entry");
        assert_eq!(sums.len(), self.rows, "sums are not [{}]", self.rows);
        let widths = panels(self.depth, gradient_panel(self.rows)).map(|panel| panel.1);
        let together = steps_together(widths.max().unwrap_or(0) * columns);
        for first in (0..steps).step_by(together) {
            let steps = together.min(steps - first);
            let (d, x) = (d.from(first), x.from(first));
            for groups in &self.groups {
                let (out, sums) = (&mut *out, &mut *sums);
                let inputs = &self.columns;
                dispatch(SparseGradient { groups, inputs, d, x, steps, columns, out, sums });
            }
        }
    }
}

struct SparseProduct<'a> {
    panels: &'a [Slices],
    right: &'a [f32],
    columns: usize,
    start: Start<'a>,
    out: &'a mut [f32],
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
    /// All rows of `WIDTH` vectors of columns; returns `WIDTH`.
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
    /// Where the panel of the right factor begins, in those columns.
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
                // Wrapping: an empty factor has no such place, and is not read.
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

/// How many of `steps` steps of `x`, of `values` values each, gradients are summed up over
/// at a time. Every row of the matrix goes through them: they must stay in the first-level
/// cache, or, where this would be too few to make up for adding up the lanes, at least in
/// the second-level cache.
fn steps_together(values: usize) -> usize {
    const FIRST_LEVEL: usize = 1 << 13;
    const SECOND_LEVEL: usize = 1 << 16;
    const FEW: usize = 4;
    let steps = FIRST_LEVEL / values.max(1);
    if steps < FEW { (SECOND_LEVEL / values.max(1)).max(1) } else { steps }
}

/// The entries of one panel, over some steps.
struct SparseGradient<'a> {
    groups: &'a Groups,
    /// The column of each entry of the matrix.
    inputs: &'a [u32],
    d: Steps<'a>,
    x: Steps<'a>,
    steps: usize,
    columns: usize,
    out: &'a mut [f32],
    sums: &'a mut [f32],
}

impl Kernel for SparseGradient<'_> {
    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let [a, b, c, d, e, f, g, h] = &self.groups.of_entries;
        s.call(Alike::<1, false> { groups: a, of: &mut self });
        s.call(Alike::<2, false> { groups: b, of: &mut self });
        s.call(Alike::<3, false> { groups: c, of: &mut self });
        s.call(Alike::<4, false> { groups: d, of: &mut self });
        s.call(Alike::<5, false> { groups: e, of: &mut self });
        s.call(Alike::<6, false> { groups: f, of: &mut self });
        s.call(Alike::<7, false> { groups: g, of: &mut self });
        s.call(Alike::<8, false> { groups: h, of: &mut self });
        let [a, b, c, d, e, f, g, h] = &self.groups.with_sum;
        s.call(Alike::<1, true> { groups: a, of: &mut self });
        s.call(Alike::<2, true> { groups: b, of: &mut self });
        s.call(Alike::<3, true> { groups: c, of: &mut self });
        s.call(Alike::<4, true> { groups: d, of: &mut self });
        s.call(Alike::<5, true> { groups: e, of: &mut self });
        s.call(Alike::<6, true> { groups: f, of: &mut self });
        s.call(Alike::<7, true> { groups: g, of: &mut self });
        s.call(Alike::<8, true> { groups: h, of: &mut self });
    }
}

/// Groups of `COUNT` sums, the last of which is, with `ONES`, that of `d` alone.
struct Alike<'a, 'b, const COUNT: usize, const ONES: bool> {
    groups: &'a [Group],
    of: &'a mut SparseGradient<'b>,
}

impl<const COUNT: usize, const ONES: bool> Kernel for Alike<'_, '_, COUNT, ONES> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { groups, of } = self;
        let &mut SparseGradient { inputs, d, x, steps, columns, .. } = of;
        for &Group { row, first } in groups {
            let entries = first as usize..first as usize + COUNT - usize::from(ONES);
            let mut offsets = [0; COUNT];
            for (offset, &input) in offsets.iter_mut().zip(&inputs[entries.clone()]) {
                *offset = input as usize * columns;
            }
            let mut sums = [s.splat(0.0); COUNT];
            // SAFETY: `gradient_product` checked that every step of `d` holds a row, and
            // of `x` a column, of the matrix, of `columns` values.
            unsafe {
                let mut d_step = d.values.as_ptr().add(row as usize * columns);
                let mut x_step = x.values.as_ptr();
                for _ in 0..steps {
                    let mut column = 0;
                    while column < columns {
                        let d = s.load(d_step.add(column));
                        for (at, (sum, offset)) in sums.iter_mut().zip(&offsets).enumerate() {
                            *sum = if ONES && at + 1 == COUNT {
                                s.add(d, *sum)
                            } else {
                                s.mul_add(d, s.load(x_step.add(offset + column)), *sum)
                            };
                        }
                        column += S::LANES;
                    }
                    d_step = d_step.wrapping_add(d.stride);
                    x_step = x_step.wrapping_add(x.stride);
                }
            }
            let mut vectors = [s.splat(0.0); TOGETHER];
            vectors[..COUNT].copy_from_slice(&sums);
            let [a, b, c, d, rest @ ..] = vectors;
            let sums = [s.sums([a, b, c, d]), if COUNT > 4 { s.sums(rest) } else { [0.0; 4] }];
            let sums = sums.as_flattened();
            for (out, sum) in of.out[entries].iter_mut().zip(sums) {
                *out += sum;
            }
            if ONES {
                of.sums[row as usize] += sums[COUNT - 1];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Left, gradient_product, product};
    use crate::random::Stream;

    const SIZES: [usize; 10] = [1, 3, 7, 8, 9, 31, 33, 50, 64, 257];

    fn random(length: usize, magnitude: f64, stream: &mut Stream) -> Vec<f32> {
        (0..length).map(|_| (magnitude * stream.uniform_in(-1.0, 1.0)) as f32).collect()
    }

    /// A matrix `[rows][depth]` of which `density` of the entries are there, also as
    /// the dense one with zeros.
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

    /// Every pair of awkward sizes, from empty to full.
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
                matrix.product(&right, columns, Start::Rows(&start), &mut fast);
                product(left, &right, columns, Start::Rows(&start), &mut naive);
                assert_eq!(fast, naive, "[{rows}][{depth}], density {density}");

                let right = random(rows * columns, 1.0, stream);
                let mut fast = random(depth * columns, magnitude, stream);
                let mut naive = fast.clone();
                matrix.product_transposed(&right, columns, Start::Output, &mut fast);
                product(left.transposed(), &right, columns, Start::Output, &mut naive);
                assert_eq!(fast, naive, "[{rows}][{depth}] transposed, density {density}");
            }
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
            let d = Steps { values: &d, stride: rows * columns, rows };
            let x = Steps { values: &x, stride: depth * columns, rows: depth };
            let mut fast = vec![0.0; matrix.columns.len()];
            let (mut naive, mut fast_sums) = (vec![0.0; rows * depth], vec![0.0; rows]);
            let mut naive_sums = fast_sums.clone();
            matrix.gradient_product(d, x, steps, columns, &mut fast, &mut fast_sums);
            gradient_product(d, x, steps, columns, &mut naive, &mut naive_sums);
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
        // Too many steps to go through at once; more rows than panels are for.
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
        matrix.product(&[], 64, Start::Rows(&bias), &mut out);
        assert!(out.chunks(64).zip(bias).all(|(row, bias)| row == [bias; 64]), "{out:?}");
        let dense = Left::new(&[], 5, 0);
        let mut dense_out = [f32::NAN; 320];
        product(dense, &[], 64, Start::Rows(&bias), &mut dense_out);
        assert_eq!(out, dense_out);
        let d = Steps { values: &out, stride: 80, rows: 5 };
        let x = Steps { values: &[], stride: 0, rows: 0 };
        let mut sums = [1.0; 5];
        matrix.gradient_product(d, x, 1, 16, &mut [], &mut sums);
        assert_eq!(sums, [17.0, 17.0, 17.0, 17.0, 33.0]);
        matrix.product_transposed(&out, 64, Start::Zero, &mut []);
    }

    #[test]
    #[should_panic(expected = "ascend")]
    fn entries_out_of_order_are_refused() {
        SparseMatrix::new(2, 2, [(1, 0), (0, 1)].into_iter());
    }
}
