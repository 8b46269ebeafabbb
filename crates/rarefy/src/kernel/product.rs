//! The two matrix products of a recurrent network with the batch innermost.
//!
//! * [`product`]: `C[R][N] (+)= A[R][K] X[K][N]`. A vector holds eight columns of
//!   one row of `X`; a weight is broadcast. `A` may be read transposed at no cost.
//! * [`gradient_product`]: `C[R][K] += sum over t, n of D[t][R][N] X[t][K][N]`, the
//!   weight gradient of all steps at once. Vectors run along the batch on both
//!   sides; each entry of `C` is one vector of partial sums, added up at the end.
//!
//! Both are tiled so that twelve accumulators stay in registers: enough
//! independent chains to hide the latency of a fused multiply-add (4 to 5 cycles,
//! two a cycle), with fewer loads than multiply-adds.

use super::LANES;
use super::simd::{Kernel, Simd, dispatch};

/// The left factor of a [`product`]: `rows x depth` weights, at
/// `values[r * row_stride + k * depth_stride]`.
#[derive(Clone, Copy)]
pub struct Left<'a> {
    values: &'a [f32],
    rows: usize,
    depth: usize,
    row_stride: usize,
    depth_stride: usize,
}

impl<'a> Left<'a> {
    /// A row-major matrix `[rows][depth]`.
    ///
    /// # Panics
    /// When `values` has another length.
    pub fn new(values: &'a [f32], rows: usize, depth: usize) -> Self {
        assert!(holds(values, rows, depth), "left factor is not [{rows}][{depth}]");
        Self { values, rows, depth, row_stride: depth, depth_stride: 1 }
    }

    /// Its transpose, without moving anything.
    pub fn transposed(self) -> Self {
        Self {
            values: self.values,
            rows: self.depth,
            depth: self.rows,
            row_stride: self.depth_stride,
            depth_stride: self.row_stride,
        }
    }
}

/// Whether `values` are `[rows][columns]`. Unsafe code relies on it, so a product of
/// sizes that does not fit a `usize` must not pass for a small one.
fn holds(values: &[f32], rows: usize, columns: usize) -> bool {
    rows.checked_mul(columns) == Some(values.len())
}

/// What a [`product`] adds to.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// What is in the output already.
    Output,
    /// One value a row (`[R]`), the same for every column.
    Rows(&'a [f32]),
}

/// `out[R][N] = start + left[R][K] right[K][N]`, with `N = columns`.
///
/// # Panics
/// When `columns` is no multiple of [`LANES`] or a length does not fit.
pub fn product(left: Left, right: &[f32], columns: usize, start: Start, out: &mut [f32]) {
    let (rows, depth) = (left.rows, left.depth);
    assert_eq!(columns % LANES, 0, "{columns} columns are no whole vectors");
    assert!(holds(right, depth, columns), "right factor is not [{depth}][{columns}]");
    assert!(holds(out, rows, columns), "output is not [{rows}][{columns}]");
    if let Start::Rows(start) = start {
        assert_eq!(start.len(), rows, "start is not [{rows}]");
    }
    dispatch(Product { left, right, columns, start, out });
}

struct Product<'a> {
    left: Left<'a>,
    right: &'a [f32],
    columns: usize,
    start: Start<'a>,
    out: &'a mut [f32],
}

impl Kernel for Product<'_> {
    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let vectors = self.columns / LANES;
        let mut vector = 0;
        while vector < vectors {
            let width = match vectors - vector {
                // Five would leave a column of one; three and two are both fast.
                4 | 7.. => 4,
                3 | 5 | 6 => 3,
                rest => rest,
            };
            let column = vector * LANES;
            match width {
                4 => self.columns_at::<S, 4, 3>(s, column),
                3 => self.columns_at::<S, 3, 4>(s, column),
                2 => self.columns_at::<S, 2, 6>(s, column),
                _ => self.columns_at::<S, 1, 8>(s, column),
            }
            vector += width;
        }
    }
}

impl Product<'_> {
    /// All rows of `WIDTH` vectors of columns, `HEIGHT` rows at a time.
    #[inline(always)]
    fn columns_at<S: Simd, const WIDTH: usize, const HEIGHT: usize>(
        &mut self,
        s: S,
        column: usize,
    ) {
        let mut row = 0;
        while row + HEIGHT <= self.left.rows {
            self.tile::<S, WIDTH, HEIGHT>(s, row, column);
            row += HEIGHT;
        }
        if row + 4 <= self.left.rows {
            self.tile::<S, WIDTH, 4>(s, row, column);
            row += 4;
        }
        if row + 2 <= self.left.rows {
            self.tile::<S, WIDTH, 2>(s, row, column);
            row += 2;
        }
        while row < self.left.rows {
            self.tile::<S, WIDTH, 1>(s, row, column);
            row += 1;
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const WIDTH: usize, const HEIGHT: usize>(
        &mut self,
        s: S,
        row: usize,
        column: usize,
    ) {
        let Left { rows, depth, row_stride, depth_stride, .. } = self.left;
        debug_assert!(row + HEIGHT <= rows && column + WIDTH * LANES <= self.columns);
        // SAFETY: `product` checked that the three buffers hold [rows][depth] (by
        // its strides), [depth][columns] and [rows][columns] values; the rows
        // row..row+HEIGHT and columns column..column+WIDTH*LANES lie within.
        unsafe {
            let left = self.left.values.as_ptr().add(row * row_stride);
            let right = self.right.as_ptr().add(column);
            let out = self.out.as_mut_ptr().add(row * self.columns + column);
            let mut sums = [[s.splat(0.0); WIDTH]; HEIGHT];
            for (r, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = match self.start {
                        Start::Output => s.load_unchecked(out.add(r * self.columns + v * LANES)),
                        Start::Rows(start) => s.splat(*start.get_unchecked(row + r)),
                    };
                }
            }
            // Sixteen registers: twelve sums, the shorter side of the tile held, and
            // one for the longer side in turn.
            for k in 0..depth {
                let right = right.add(k * self.columns);
                let left = left.add(k * depth_stride);
                if HEIGHT < WIDTH {
                    let mut weights = [s.splat(0.0); HEIGHT];
                    for (r, weight) in weights.iter_mut().enumerate() {
                        *weight = s.splat(*left.add(r * row_stride));
                    }
                    for v in 0..WIDTH {
                        let input = s.load_unchecked(right.add(v * LANES));
                        for (sums, &weight) in sums.iter_mut().zip(&weights) {
                            sums[v] = s.mul_add(weight, input, sums[v]);
                        }
                    }
                } else {
                    let mut inputs = [s.splat(0.0); WIDTH];
                    for (v, input) in inputs.iter_mut().enumerate() {
                        *input = s.load_unchecked(right.add(v * LANES));
                    }
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let weight = s.splat(*left.add(r * row_stride));
                        for (sum, &input) in sums.iter_mut().zip(&inputs) {
                            *sum = s.mul_add(weight, input, *sum);
                        }
                    }
                }
            }
            for (r, sums) in sums.iter().enumerate() {
                for (v, &sum) in sums.iter().enumerate() {
                    s.store_unchecked(sum, out.add(r * self.columns + v * LANES));
                }
            }
        }
    }
}

/// `out[R][K] += sum over t < steps, n < N of d[t][r][n] x[t][k][n]`, with
/// `N = columns`, where step `t` of `d` starts at `t * d_stride` and holds
/// `[R][N]`, step `t` of `x` starts at `t * x_stride` and holds `[K][N]`.
///
/// # Panics
/// When `columns` is no multiple of [`LANES`], `out` is not `rows` x a whole
/// number of columns, or a buffer is too short.
#[allow(clippy::too_many_arguments)]
pub fn gradient_product(
    d: &[f32],
    d_stride: usize,
    x: &[f32],
    x_stride: usize,
    steps: usize,
    columns: usize,
    rows: usize,
    out: &mut [f32],
) {
    if steps == 0 {
        return;
    }
    let depth = out.len() / rows;
    let reaches = |values: &[f32], stride: usize, rows: usize| {
        let last = (steps - 1).checked_mul(stride);
        let end = rows.checked_mul(columns).and_then(|size| last?.checked_add(size));
        end.is_some_and(|end| end <= values.len())
    };
    assert_eq!(columns % LANES, 0, "{columns} columns are no whole vectors");
    assert!(holds(out, rows, depth), "output is not [{rows}][{depth}]");
    assert!(reaches(d, d_stride, rows), "d is shorter than {steps} steps of [{rows}][{columns}]");
    assert!(reaches(x, x_stride, depth), "x is shorter than {steps} steps of [{depth}][{columns}]");
    let together = (COLUMNS_TOGETHER / columns).max(1);
    for first in (0..steps).step_by(together) {
        let steps = together.min(steps - first);
        let (d, x) = (&d[first * d_stride..], &x[first * x_stride..]);
        let out = &mut *out;
        dispatch(GradientProduct { d, d_stride, x, x_stride, steps, columns, rows, depth, out });
    }
}

/// Columns, over all steps, that a [`gradient_product`] sums up at a time: four rows
/// of `d` (12 KiB) stay in the first-level cache while three of `x` pass by, again and
/// again. With all steps at once it was measured a third slower.
const COLUMNS_TOGETHER: usize = 768;

struct GradientProduct<'a> {
    d: &'a [f32],
    d_stride: usize,
    x: &'a [f32],
    x_stride: usize,
    steps: usize,
    columns: usize,
    rows: usize,
    depth: usize,
    out: &'a mut [f32],
}

impl Kernel for GradientProduct<'_> {
    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let mut row = 0;
        while row + 4 <= self.rows {
            self.rows_at::<S, 4>(s, row);
            row += 4;
        }
        match self.rows - row {
            3 => self.rows_at::<S, 3>(s, row),
            2 => self.rows_at::<S, 2>(s, row),
            1 => self.rows_at::<S, 1>(s, row),
            _ => {}
        }
    }
}

impl GradientProduct<'_> {
    #[inline(always)]
    fn rows_at<S: Simd, const HEIGHT: usize>(&mut self, s: S, row: usize) {
        let mut k = 0;
        while k + 3 <= self.depth {
            self.tile::<S, HEIGHT, 3>(s, row, k);
            k += 3;
        }
        match self.depth - k {
            2 => self.tile::<S, HEIGHT, 2>(s, row, k),
            1 => self.tile::<S, HEIGHT, 1>(s, row, k),
            _ => {}
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const HEIGHT: usize, const WIDTH: usize>(
        &mut self,
        s: S,
        row: usize,
        k: usize,
    ) {
        let columns = self.columns;
        debug_assert!(row + HEIGHT <= self.rows && k + WIDTH <= self.depth);
        // SAFETY: `gradient_product` checked that every step of `d` holds
        // [rows][columns] and every step of `x` [depth][columns] values; the rows
        // row..row+HEIGHT and k..k+WIDTH lie within.
        unsafe {
            let mut sums = [[s.splat(0.0); WIDTH]; HEIGHT];
            for t in 0..self.steps {
                let d = self.d.as_ptr().add(t * self.d_stride + row * columns);
                let x = self.x.as_ptr().add(t * self.x_stride + k * columns);
                let mut column = 0;
                while column < columns {
                    let mut inputs = [s.splat(0.0); WIDTH];
                    for (w, input) in inputs.iter_mut().enumerate() {
                        *input = s.load_unchecked(x.add(w * columns + column));
                    }
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let d = s.load_unchecked(d.add(r * columns + column));
                        for (sum, &input) in sums.iter_mut().zip(&inputs) {
                            *sum = s.mul_add(d, input, *sum);
                        }
                    }
                    column += LANES;
                }
            }
            let zero = s.splat(0.0);
            let down = |w: usize| std::array::from_fn(|r| sums.get(r).map_or(zero, |row| row[w]));
            for (w, column) in (0..WIDTH).map(|w| (w, down(w))) {
                for (r, sum) in s.sums(column).into_iter().take(HEIGHT).enumerate() {
                    self.out[(row + r) * self.depth + k + w] += sum;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    /// f32 sums of up to 257 terms of order one; three decimal digits to spare.
    const TOLERANCE: f32 = 2e-4;
    const SIZES: [usize; 10] = [1, 3, 7, 8, 9, 31, 33, 50, 64, 257];

    fn random(length: usize, stream: &mut Stream) -> Vec<f32> {
        (0..length).map(|_| stream.uniform_in(-1.0, 1.0) as f32).collect()
    }

    fn assert_close(fast: &[f32], naive: &[f32], what: &str) {
        assert_eq!(fast.len(), naive.len());
        for (i, (fast, naive)) in fast.iter().zip(naive).enumerate() {
            assert!((fast - naive).abs() <= TOLERANCE, "{what}: [{i}] is {fast}, naively {naive}");
        }
    }

    fn product_naive(
        a: &dyn Fn(usize, usize) -> f32,
        right: &[f32],
        columns: usize,
        out: &mut [f32],
    ) {
        let depth = right.len() / columns;
        for (r, out) in out.chunks_exact_mut(columns).enumerate() {
            for (n, out) in out.iter_mut().enumerate() {
                *out += (0..depth).map(|k| a(r, k) * right[k * columns + n]).sum::<f32>();
            }
        }
    }

    #[test]
    fn product_agrees_with_its_naive_twin_over_awkward_sizes() {
        let mut stream = Stream::new(3, "product");
        for rows in SIZES {
            for depth in SIZES {
                for columns in [8, 16, 24, 32, 40, 48, 56, 64, 128] {
                    if rows * depth > 5_000 && columns > 40 {
                        continue;
                    }
                    let what = format!("[{rows}][{depth}] x [{depth}][{columns}]");
                    let left = random(rows * depth, &mut stream);
                    let right = random(depth * columns, &mut stream);
                    let start = random(rows * columns, &mut stream);
                    let mut fast = start.clone();
                    product(
                        Left::new(&left, rows, depth),
                        &right,
                        columns,
                        Start::Output,
                        &mut fast,
                    );
                    let mut naive = start.clone();
                    product_naive(&|r, k| left[r * depth + k], &right, columns, &mut naive);
                    assert_close(&fast, &naive, &what);

                    // Transposed, from a start of one value a row.
                    let right = random(rows * columns, &mut stream);
                    let bias = random(depth, &mut stream);
                    let mut fast = vec![f32::NAN; depth * columns];
                    let transposed = Left::new(&left, rows, depth).transposed();
                    product(transposed, &right, columns, Start::Rows(&bias), &mut fast);
                    let mut naive: Vec<f32> =
                        bias.iter().flat_map(|&bias| std::iter::repeat_n(bias, columns)).collect();
                    product_naive(&|r, k| left[k * depth + r], &right, columns, &mut naive);
                    assert_close(&fast, &naive, &format!("{what} transposed"));
                }
            }
        }
    }

    #[test]
    fn gradient_product_agrees_with_its_naive_twin_over_awkward_sizes() {
        let mut stream = Stream::new(4, "gradient product");
        for rows in SIZES {
            for depth in [1, 2, 3, 4, 7, 33, 50] {
                for (steps, columns) in [(0, 8), (1, 8), (3, 24), (2, 32)] {
                    let (d_stride, x_stride) = (rows * columns + 8, depth * columns + 16);
                    let d = random(steps * d_stride, &mut stream);
                    let x = random(steps * x_stride, &mut stream);
                    let start = random(rows * depth, &mut stream);
                    let mut fast = start.clone();
                    gradient_product(&d, d_stride, &x, x_stride, steps, columns, rows, &mut fast);
                    let mut naive = start;
                    for t in 0..steps {
                        for r in 0..rows {
                            for k in 0..depth {
                                for n in 0..columns {
                                    naive[r * depth + k] += d[t * d_stride + r * columns + n]
                                        * x[t * x_stride + k * columns + n];
                                }
                            }
                        }
                    }
                    assert_close(&fast, &naive, &format!("{rows} x {depth}, {steps} steps"));
                }
            }
        }
    }
}
