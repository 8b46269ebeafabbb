//! The product of a recurrent network with the batch innermost: `C[R][N] (+)= A[R][K] X[K][N]`. A
//! vector holds neighbouring columns of one row of `X`; a weight is broadcast. `A` may be read
//! transposed at no cost.
//!
//! Tiles have as many sums in registers as fit next to the operands ([`Simd::SUMS`]). That gives
//! enough independent chains to hide the latency of a fused multiply-add (4 to 5 cycles, two per
//! cycle), and fewer loads than multiply-adds. The tiles of a matrix differ in height by at most one
//! row: a short last tile would load as much as a full one for less work.

use std::marker::PhantomData;

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
    let (rows, depth, stride) = (left.rows, left.depth, out.len());
    assert!(holds(right, depth, columns), "right factor is not [{depth}][{columns}]");
    assert!(holds(out, rows, columns), "output is not [{rows}][{columns}]");
    products(left, (right, 0), columns, start, (out, stride));
}

/// [`product`] for each of several steps, of which `right` and `out` have the values at multiples of
/// their strides. `out` ends within its last step.
///
/// # Panics
/// As [`product`].
pub fn products(
    left: Left,
    right: (&[f32], usize),
    columns: usize,
    start: Start,
    out: (&mut [f32], usize),
) {
    let operands = Operands::new(left.rows, left.depth, right, columns, start, out);
    dispatch(Product { left, operands });
}

/// What a left factor `[R][K]` is multiplied by, and where the products go.
pub(super) struct Operands<'a> {
    pub(super) columns: usize,
    pub(super) start: Start<'a>,
    pub(super) steps: usize,
    /// At each step `[K][N]`.
    pub(super) right: *const f32,
    pub(super) right_stride: usize,
    /// At each step `[R][N]`; each tile writes its part.
    pub(super) out: *mut f32,
    pub(super) out_stride: usize,
    values: PhantomData<(&'a [f32], &'a mut [f32])>,
}

impl<'a> Operands<'a> {
    /// Checks what [`products`] and its sparse counterpart rely on: that buffers hold what they
    /// should.
    pub(super) fn new(
        rows: usize,
        depth: usize,
        (right, right_stride): (&'a [f32], usize),
        columns: usize,
        start: Start<'a>,
        (out, out_stride): (&'a mut [f32], usize),
    ) -> Self {
        let steps = out.len().div_ceil(out_stride.max(1));
        assert_eq!(columns % PADDING, 0, "{columns} columns are no whole vectors");
        if let Start::Rows(start) = start {
            assert_eq!(start.len(), rows, "start is not [{rows}]");
        }
        let reaches = |len: usize, stride: usize, rows: usize| {
            let last = stride.checked_mul(steps.saturating_sub(1));
            let size = rows.checked_mul(columns);
            steps == 0
                || last.zip(size).is_some_and(|(last, size)| len.checked_sub(last) >= Some(size))
        };
        let (has_right, has_out) =
            (reaches(right.len(), right_stride, depth), reaches(out.len(), out_stride, rows));
        assert!(has_right, "right factor is not {steps} times [{depth}][{columns}]");
        assert!(has_out, "output is not {steps} times [{rows}][{columns}]");
        let (right, out) = (right.as_ptr(), out.as_mut_ptr());
        Self { columns, start, steps, right, right_stride, out, out_stride, values: PhantomData }
    }
}

struct Product<'a> {
    left: Left<'a>,
    operands: Operands<'a>,
}

impl Kernel for Product<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let vectors = self.operands.columns / S::LANES;
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
                1 => self.tiles::<S, WIDTH, 1>(s, row, column),
                2 => self.tiles::<S, WIDTH, 2>(s, row, column),
                3 => self.tiles::<S, WIDTH, 3>(s, row, column),
                4 => self.tiles::<S, WIDTH, 4>(s, row, column),
                5 => self.tiles::<S, WIDTH, 5>(s, row, column),
                6 => self.tiles::<S, WIDTH, 6>(s, row, column),
                7 => self.tiles::<S, WIDTH, 7>(s, row, column),
                8 => self.tiles::<S, WIDTH, 8>(s, row, column),
                9 => self.tiles::<S, WIDTH, 9>(s, row, column),
                10 => self.tiles::<S, WIDTH, 10>(s, row, column),
                11 => self.tiles::<S, WIDTH, 11>(s, row, column),
                _ => self.tiles::<S, WIDTH, 12>(s, row, column),
            }
        }
        WIDTH
    }

    /// Computes a tile at all steps. Each has a call of its own: in a loop within the tile, sums would
    /// not stay in registers.
    #[inline(always)]
    fn tiles<S: Simd, const WIDTH: usize, const HEIGHT: usize>(
        &self,
        s: S,
        row: usize,
        column: usize,
    ) {
        for step in 0..self.operands.steps {
            s.call(ProductTile::<WIDTH, HEIGHT> { product: self, step, row, column });
        }
    }
}

/// A tile of the output at a step: `HEIGHT` rows by `WIDTH` vectors of columns.
struct ProductTile<'a, const WIDTH: usize, const HEIGHT: usize> {
    product: &'a Product<'a>,
    step: usize,
    row: usize,
    column: usize,
}

impl<const WIDTH: usize, const HEIGHT: usize> Kernel for ProductTile<'_, WIDTH, HEIGHT> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        if HEIGHT * WIDTH > S::SUMS {
            unreachable!("a tile of {HEIGHT} x {WIDTH} sums");
        }
        let Self { step, row, column, product: Product { left, operands } } = self;
        let &Left { values, rows, depth, row_stride, depth_stride, run, run_stride } = left;
        let &Operands { columns, start, right, right_stride, out, out_stride, .. } = operands;
        debug_assert!(row + HEIGHT <= rows && column + WIDTH * S::LANES <= columns);
        // SAFETY: `Left` and `Operands` were made from buffers that hold [rows][depth] (by the
        // left factor's strides) and, at each step, [depth][columns] and [rows][columns] values;
        // the rows row..row+HEIGHT and columns column..column+WIDTH*LANES lie within.
        unsafe {
            // Wrapping, because an empty factor has no such address; it is not read.
            let mut left = values.as_ptr().wrapping_add(row * row_stride);
            let mut right = right.wrapping_add(step * right_stride + column);
            let out = out.add(step * out_stride + row * columns + column);
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

    #[test]
    fn short_buffers_and_steps_that_overlap_are_refused() {
        let weights = [1.0; 6];
        let left = Left::new(&weights, 2, 3);
        let fits = |(right, right_stride): (usize, usize), (out, out_stride): (usize, usize)| {
            std::panic::catch_unwind(|| {
                let (right, mut out) = (vec![1.0; right], vec![0.0; out]);
                products(left, (&right, right_stride), 16, Start::Zero, (&mut out, out_stride));
            })
            .is_ok()
        };
        // Two steps of [3][16] and [2][16].
        assert!(fits((96, 48), (64, 32)));
        assert!(fits((100, 50), (72, 40)));
        assert!(!fits((95, 48), (64, 32)), "right is short");
        assert!(!fits((96, 49), (64, 32)), "right is short");
        assert!(!fits((96, 48), (63, 32)), "out is short");
        assert!(!fits((96, usize::MAX), (64, 32)), "the second step is nowhere");
        assert!(!fits((96, 48), (48, 16)), "steps overlap");
    }
}
