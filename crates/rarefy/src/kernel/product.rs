//! The product of a recurrent network with the batch innermost: `C[R][N] (+)= A[R][K] X[K][N]`. A
//! vector holds neighbouring columns of one row of `X`; a weight is broadcast. `A` may be read
//! transposed at no cost.
//!
//! Tiles have as many sums in registers as fit next to the operands ([`Simd::SUMS`]). That gives
//! enough independent chains to hide the latency of a fused multiply-add (4 to 5 cycles, two per
//! cycle), and fewer loads than multiply-adds. The tiles of a matrix differ in height by at most one
//! row: a short last tile would load as much as a full one for less work.

use super::simd::{Kernel, Simd, dispatch};
use super::{PADDING, even_parts};

/// The left factor of a [`product`]: `rows x depth` weights. The depth is in runs of `run`; weight
/// `k` of run `m` is at `values[r * row_stride + m * run_stride + k * depth_stride]`.
#[derive(Clone, Copy)]
pub struct Left<'a> {
    pub(super) values: &'a [f32],
    pub(super) rows: usize,
    pub(super) depth: usize,
    row_stride: usize,
    depth_stride: usize,
    run: usize,
    run_stride: usize,
}

impl<'a> Left<'a> {
    /// A row-major matrix `[rows][depth]`.
    ///
    /// # Panics
    /// When `values` has another length.
    pub fn new(values: &'a [f32], rows: usize, depth: usize) -> Self {
        assert!(holds(values, rows, depth), "left factor is not [{rows}][{depth}]");
        Self { values, rows, depth, row_stride: depth, depth_stride: 1, run: depth, run_stride: 0 }
    }

    /// The transpose of a single matrix, without moving any values.
    pub fn transposed(self) -> Self {
        Self {
            values: self.values,
            rows: self.depth,
            depth: self.rows,
            row_stride: self.depth_stride,
            depth_stride: self.row_stride,
            run: self.rows,
            run_stride: 0,
        }
    }

    /// Several row-major matrices `[rows][run]` side by side, which `values` holds one after the
    /// other.
    ///
    /// # Panics
    /// When `values` are not whole matrices.
    pub(super) fn side_by_side(values: &'a [f32], rows: usize, run: usize) -> Self {
        let run_stride = rows * run;
        assert_eq!(values.len() % run_stride, 0, "left factors are not [{rows}][{run}]");
        let depth = values.len() / rows;
        Self { values, rows, depth, row_stride: run, depth_stride: 1, run, run_stride }
    }
}

/// Whether `values` are `[rows][columns]`. Unsafe code relies on this, so a product of sizes that
/// overflows a `usize` must not be taken for a small one.
pub(super) fn holds(values: &[f32], rows: usize, columns: usize) -> bool {
    rows.checked_mul(columns) == Some(values.len())
}

/// The initial value of a [`product`].
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// Zero: the output is overwritten.
    Zero,
    /// The present content of the output.
    Output,
    /// One value per row (`[R]`), the same for every column.
    Rows(&'a [f32]),
}

/// `out[R][N] = start + left[R][K] right[K][N]`, with `N = columns`.
///
/// # Panics
/// When `columns` is no multiple of [`PADDING`] or a length does not fit.
pub fn product(left: Left, right: &[f32], columns: usize, start: Start, out: &mut [f32]) {
    check(left.rows, left.depth, right, columns, start, out);
    dispatch(Product { left, right, columns, start, out: out.as_mut_ptr() });
}

/// The conditions that [`product`] and its sparse counterpart rely on.
pub(super) fn check(
    rows: usize,
    depth: usize,
    right: &[f32],
    columns: usize,
    start: Start,
    out: &[f32],
) {
    assert_eq!(columns % PADDING, 0, "{columns} columns are no whole vectors");
    assert!(holds(right, depth, columns), "right factor is not [{depth}][{columns}]");
    assert!(holds(out, rows, columns), "output is not [{rows}][{columns}]");
    if let Start::Rows(start) = start {
        assert_eq!(start.len(), rows, "start is not [{rows}]");
    }
}

struct Product<'a> {
    left: Left<'a>,
    right: &'a [f32],
    columns: usize,
    start: Start<'a>,
    /// `[R][N]`; each tile writes its part.
    out: *mut f32,
}

impl Kernel for Product<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let vectors = self.columns / S::LANES;
        let mut vector = 0;
        while vector < vectors {
            let column = vector * S::LANES;
            vector += match vectors - vector {
                // The wider the tile, the fewer broadcasts; the remaining sums go into its height.
                // Vectors of sixteen lanes come in pairs, because batches are often of 32.
                4.. => self.columns_at::<S, 4>(s, column),
                2 | 3 => self.columns_at::<S, 2>(s, column),
                _ => self.columns_at::<S, 1>(s, column),
            };
        }
    }
}

impl Product<'_> {
    /// Computes all rows for `WIDTH` vectors of columns; returns `WIDTH`.
    #[inline(always)]
    fn columns_at<S: Simd, const WIDTH: usize>(&self, s: S, column: usize) -> usize {
        for (row, height) in even_parts(self.left.rows, (S::SUMS / WIDTH).min(12)) {
            match height {
                1 => s.call(ProductTile::<WIDTH, 1> { product: self, row, column }),
                2 => s.call(ProductTile::<WIDTH, 2> { product: self, row, column }),
                3 => s.call(ProductTile::<WIDTH, 3> { product: self, row, column }),
                4 => s.call(ProductTile::<WIDTH, 4> { product: self, row, column }),
                5 => s.call(ProductTile::<WIDTH, 5> { product: self, row, column }),
                6 => s.call(ProductTile::<WIDTH, 6> { product: self, row, column }),
                7 => s.call(ProductTile::<WIDTH, 7> { product: self, row, column }),
                8 => s.call(ProductTile::<WIDTH, 8> { product: self, row, column }),
                9 => s.call(ProductTile::<WIDTH, 9> { product: self, row, column }),
                10 => s.call(ProductTile::<WIDTH, 10> { product: self, row, column }),
                11 => s.call(ProductTile::<WIDTH, 11> { product: self, row, column }),
                _ => s.call(ProductTile::<WIDTH, 12> { product: self, row, column }),
            }
        }
        WIDTH
    }
}

/// A tile of the output: `HEIGHT` rows by `WIDTH` vectors of columns.
struct ProductTile<'a, const WIDTH: usize, const HEIGHT: usize> {
    product: &'a Product<'a>,
    row: usize,
    column: usize,
}

impl<const WIDTH: usize, const HEIGHT: usize> Kernel for ProductTile<'_, WIDTH, HEIGHT> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        if HEIGHT * WIDTH > S::SUMS {
            unreachable!("a tile of {HEIGHT} x {WIDTH} sums");
        }
        let Self { row, column, product: &Product { left, right, columns, start, out } } = self;
        let Left { values, rows, depth, row_stride, depth_stride, run, run_stride } = left;
        debug_assert!(row + HEIGHT <= rows && column + WIDTH * S::LANES <= columns);
        // SAFETY: `check` saw that the three buffers hold [rows][depth] (by the left
        // factor's strides), [depth][columns] and [rows][columns] values; the rows
        // row..row+HEIGHT and columns column..column+WIDTH*LANES lie within.
        unsafe {
            // Wrapping, because an empty factor has no such address; it is not read.
            let mut left = values.as_ptr().wrapping_add(row * row_stride);
            let mut right = right.as_ptr().wrapping_add(column);
            let out = out.add(row * columns + column);
            let mut sums = [[s.splat(0.0); WIDTH]; HEIGHT];
            for (r, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = match start {
                        Start::Zero => s.splat(0.0),
                        Start::Output => s.load(out.add(r * columns + v * S::LANES)),
                        Start::Rows(start) => s.splat(*start.get_unchecked(row + r)),
                    };
                }
            }
            let mut rest = depth;
            while rest > 0 {
                for k in 0..run {
                    let right = right.add(k * columns);
                    let left = left.add(k * depth_stride);
                    // The shorter side of the tile is kept in registers; the longer side is loaded in
                    // turn.
                    if HEIGHT < WIDTH {
                        let mut weights = [s.splat(0.0); HEIGHT];
                        for (r, weight) in weights.iter_mut().enumerate() {
                            *weight = s.splat(*left.add(r * row_stride));
                        }
                        for v in 0..WIDTH {
                            let input = s.load(right.add(v * S::LANES));
                            for (sums, &weight) in sums.iter_mut().zip(&weights) {
                                sums[v] = s.mul_add(weight, input, sums[v]);
                            }
                        }
                    } else {
                        let mut inputs = [s.splat(0.0); WIDTH];
                        for (v, input) in inputs.iter_mut().enumerate() {
                            *input = s.load(right.add(v * S::LANES));
                        }
                        for (r, sums) in sums.iter_mut().enumerate() {
                            let weight = s.splat(*left.add(r * row_stride));
                            for (sum, &input) in sums.iter_mut().zip(&inputs) {
                                *sum = s.mul_add(weight, input, *sum);
                            }
                        }
                    }
                }
                left = left.wrapping_add(run_stride);
                right = right.wrapping_add(run * columns);
                rest -= run;
            }
            for (r, sums) in sums.iter().enumerate() {
                for (v, &sum) in sums.iter().enumerate() {
                    s.store(sum, out.add(r * columns + v * S::LANES));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Order;
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
                for columns in [16, 32, 48, 64, 80, 128] {
                    if rows * depth > 5_000 && columns > 40 {
                        continue;
                    }
                    let what = format!("[{rows}][{depth}] x [{depth}][{columns}]");
                    let left = random(rows * depth, &mut stream);
                    let right = random(depth * columns, &mut stream);
                    let start = random(rows * columns, &mut stream);
                    let mut fast = start.clone();
                    let whole = Left::new(&left, rows, depth);
                    product(whole, &right, columns, Start::Output, &mut fast);
                    // The same bits from another order.
                    let panels = Order::Panels;
                    let weights: Vec<f32> =
                        panels.places(rows, depth).map(|(r, k)| left[r * depth + k]).collect();
                    let weights = Left::new(&weights, rows, depth);
                    let mut other = start.clone();
                    let (from, to) = ((&right[..], right.len()), (&mut other[..], rows * columns));
                    panels.products(weights, from, columns, Start::Output, to);
                    assert_eq!(other, fast, "{what} in panels");
                    let mut naive = start.clone();
                    product_naive(&|r, k| left[r * depth + k], &right, columns, &mut naive);
                    assert_close(&fast, &naive, &what);

                    // The transpose, starting from one value per row.
                    let right = random(rows * columns, &mut stream);
                    let bias = random(depth, &mut stream);
                    let mut fast = vec![f32::NAN; depth * columns];
                    let transposed = Left::new(&left, rows, depth).transposed();
                    product(transposed, &right, columns, Start::Rows(&bias), &mut fast);
                    let (start, mut other) = (Start::Rows(&bias), vec![f32::NAN; depth * columns]);
                    let (from, to) = ((&right[..], right.len()), (&mut other[..], depth * columns));
                    panels.products_transposed(weights, from, columns, start, to);
                    assert_eq!(other, fast, "{what} transposed in panels");
                    let mut naive: Vec<f32> =
                        bias.iter().flat_map(|&bias| std::iter::repeat_n(bias, columns)).collect();
                    product_naive(&|r, k| left[k * depth + r], &right, columns, &mut naive);
                    assert_close(&fast, &naive, &format!("{what} transposed"));
                }
            }
        }
    }
}
