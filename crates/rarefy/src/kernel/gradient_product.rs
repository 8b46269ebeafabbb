//! The gradient at weights: `C[R][K] += sum over t, n of D[t][R][N] X[t][K][N]`, of all steps at once,
//! and with it the bias's: the sums of `D`. Vectors run along the batch on both sides; each entry of
//! `C` is one vector of partial sums, added up at the end. Tiles are as in [`product`](super::product()).
//!
//! Steps of wide matrices are often a power of two apart, so that the rows of a tile, one for each
//! step, compete for the same few places of a cache. They are copied next to each other first.

#[cfg(doc)]
use super::PADDING;
use super::panels::Order;
use super::product::holds;
use super::simd::{Kernel, Simd, dispatch};
use super::steps::{Steps, Walk, check_both};
use super::{Buffer, even_parts};

/// `out[R][K] += sum over t < steps, n < N of d[t][r][n] x[t][k][n]`, and
/// `sums[R] += sum over t, n of d[t][r][n]`, with `N = columns`. `order` is that of `out`.
///
/// # Panics
/// When `columns` is no multiple of [`PADDING`], `out` or `sums` are of other sizes, or
/// a buffer is too short.
pub fn gradient_product(
    d: Steps,
    x: Steps,
    steps: usize,
    order: Order,
    out: &mut [f32],
    sums: &mut [f32],
) {
    check_both(d, x, steps);
    assert!(holds(out, d.rows(), x.rows()), "output is not [{}][{}]", d.rows(), x.rows());
    assert_eq!(sums.len(), d.rows(), "sums are not [{}]", d.rows());
    let together = (COLUMNS_TOGETHER / d.columns().max(1)).max(1);
    for first in (0..steps).step_by(together) {
        let steps = together.min(steps - first);
        let (out, sums) = (&mut *out, &mut *sums);
        let (d, x) = (d.from(first), x.from(first));
        dispatch(GradientProduct { d, x, steps, order, out, sums });
    }
}

/// Columns, over all steps, that a [`gradient_product`] sums at a time. A tile's rows of `d` stay
/// in the first-level cache while all rows of `x` pass by repeatedly. Summing all steps at once was
/// measured to be a third slower.
const COLUMNS_TOGETHER: usize = 768;

struct GradientProduct<'a> {
    d: Steps<'a>,
    x: Steps<'a>,
    steps: usize,
    order: Order,
    out: &'a mut [f32],
    sums: &'a mut [f32],
}

/// Rows of `d` or of `x`, tile by tile.
enum Tiles<'a> {
    /// Where they are.
    There(Steps<'a>),
    /// Copied, `[tiles][steps][parts][rows of the tile][N / parts]`.
    Copied(Buffer),
}

impl Tiles<'_> {
    /// Copies the rows of each tile: its first row, and how many there are.
    fn copied(of: Steps, tiles: impl Iterator<Item = (usize, usize)>, steps: usize) -> Self {
        let mut buffer = Buffer::new();
        of.copy_tiles(tiles, steps, &mut buffer);
        Self::Copied(buffer)
    }

    /// Where the rows of a tile are, `columns` of each part and step.
    #[inline(always)]
    fn walk(&self, first: usize, rows: usize, steps: usize, columns: usize) -> Walk {
        match self {
            Tiles::There(all) => all.walk(first * columns),
            Tiles::Copied(all) => {
                Steps::new(all, rows * columns, rows, columns).walk(first * steps * columns)
            }
        }
    }
}

impl Kernel for GradientProduct<'_> {
    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        // Registers: 4 x 3 sums, 3 of x, one of d; or 6 x 4, 4 and 1.
        let (highest, widest) = if S::SUMS < 24 { (4, 3) } else { (6, 4) };
        let [d, x] = match self.order {
            Order::Rows => [Tiles::There(self.d), Tiles::There(self.x)],
            Order::Panels => {
                let (rows, depth) = (self.d.rows(), self.x.rows());
                let of_d = even_parts(rows, highest);
                // The row of ones, which is the last, is nowhere.
                let of_x = even_parts(depth + 1, widest).map(|(k, w)| (k, w.min(depth - k)));
                [Tiles::copied(self.d, of_d, self.steps), Tiles::copied(self.x, of_x, self.steps)]
            }
        };
        for (row, height) in even_parts(self.d.rows(), highest) {
            match height {
                1 => self.rows_at::<S, 1>(s, row, widest, &d, &x),
                2 => self.rows_at::<S, 2>(s, row, widest, &d, &x),
                3 => self.rows_at::<S, 3>(s, row, widest, &d, &x),
                4 => self.rows_at::<S, 4>(s, row, widest, &d, &x),
                5 => self.rows_at::<S, 5>(s, row, widest, &d, &x),
                _ => self.rows_at::<S, 6>(s, row, widest, &d, &x),
            }
        }
    }
}

impl GradientProduct<'_> {
    #[inline(always)]
    fn rows_at<S: Simd, const HEIGHT: usize>(
        &mut self,
        s: S,
        row: usize,
        widest: usize,
        d: &Tiles,
        x: &Tiles,
    ) {
        let depth = self.x.rows();
        let (parts, columns) = self.d.parts();
        let steps = self.steps * parts.len();
        let d = d.walk(row, HEIGHT, steps, columns);
        // The sums of `d` are computed with one more row of `x`, the last, which holds ones.
        for (k, width) in even_parts(depth + 1, widest) {
            let ones = k + width > depth;
            let x = x.walk(k, width - usize::from(ones), steps, columns);
            let (of, d) = (&mut *self, d.clone());
            match (width, ones) {
                (1, false) => s.call(GradientTile::<HEIGHT, 1, false> { of, row, k, d, x }),
                (2, false) => s.call(GradientTile::<HEIGHT, 2, false> { of, row, k, d, x }),
                (3, false) => s.call(GradientTile::<HEIGHT, 3, false> { of, row, k, d, x }),
                (_, false) => s.call(GradientTile::<HEIGHT, 4, false> { of, row, k, d, x }),
                (1, true) => s.call(GradientTile::<HEIGHT, 1, true> { of, row, k, d, x }),
                (2, true) => s.call(GradientTile::<HEIGHT, 2, true> { of, row, k, d, x }),
                (3, true) => s.call(GradientTile::<HEIGHT, 3, true> { of, row, k, d, x }),
                (_, true) => s.call(GradientTile::<HEIGHT, 4, true> { of, row, k, d, x }),
            }
        }
    }
}

/// `HEIGHT` rows of `d` times `WIDTH` rows of `x`. With `ONES`, the last row of `x` is the row of
/// ones.
struct GradientTile<'a, 'b, const HEIGHT: usize, const WIDTH: usize, const ONES: bool> {
    of: &'a mut GradientProduct<'b>,
    row: usize,
    k: usize,
    d: Walk,
    x: Walk,
}

impl<const HEIGHT: usize, const WIDTH: usize, const ONES: bool> Kernel
    for GradientTile<'_, '_, HEIGHT, WIDTH, ONES>
{
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        if HEIGHT * WIDTH > S::SUMS {
            unreachable!("a tile of {HEIGHT} x {WIDTH} sums");
        }
        let Self { row, k, of, mut d, mut x } = self;
        let (rows, depth) = (of.d.rows(), of.x.rows());
        let (parts, columns) = of.d.parts();
        let inputs_here = WIDTH - usize::from(ONES);
        debug_assert!(row + HEIGHT <= rows && k + inputs_here <= depth);
        let mut sums = [[s.splat(0.0); WIDTH]; HEIGHT];
        // SAFETY: `gradient_product` checked that every step of `d` and of `x` holds
        // its rows of `columns` values in each part; row..row+HEIGHT and k..k+inputs_here
        // are among them.
        unsafe {
            for _ in 0..of.steps * parts.len() {
                let (d, x) = (d.next(), x.next());
                let mut column = 0;
                while column < columns {
                    let mut inputs = [s.splat(1.0); WIDTH];
                    for (w, input) in inputs.iter_mut().enumerate().take(inputs_here) {
                        *input = s.load(x.add(w * columns + column));
                    }
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let d = s.load(d.add(r * columns + column));
                        for (sum, &input) in sums.iter_mut().zip(&inputs) {
                            *sum = s.mul_add(d, input, *sum);
                        }
                    }
                    column += S::LANES;
                }
            }
        }
        // Two loops: a longer one would not be unrolled, and the sums would then be in memory.
        let mut totals = [[0.0; 4]; HEIGHT];
        for (total, sums) in totals.iter_mut().zip(&sums) {
            let mut four = [s.splat(0.0); 4];
            four[..WIDTH].copy_from_slice(sums);
            *total = s.sums(four);
        }
        for (r, total) in totals.iter().enumerate() {
            let (first, distance) = of.order.row(row + r, rows, depth);
            let total_here = &total[..inputs_here];
            // By a distance each, sums side by side would make training 2 % slower at 50 units.
            if of.order == Order::Rows {
                let out = &mut of.out[first + k..][..inputs_here];
                out.iter_mut().zip(total_here).for_each(|(out, sum)| *out += sum);
            } else {
                let places = (first + k * distance..).step_by(distance);
                places.zip(total_here).for_each(|(place, sum)| of.out[place] += sum);
            }
            if ONES {
                of.sums[row + r] += total[inputs_here];
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

    /// Columns that two threads have computed are summed in the order of a single buffer.
    #[test]
    fn columns_in_two_parts_give_the_bits_of_one() {
        let mut stream = Stream::new(6, "parts");
        for (rows, depth, steps) in [(1, 1, 1), (7, 9, 3), (50, 33, 40), (0, 3, 2), (3, 0, 2)] {
            let (d_stride, x_stride) = (rows * 32, depth * 32);
            let (d, x) =
                (random(steps * d_stride, &mut stream), random(steps * x_stride, &mut stream));
            let [d_parts, x_parts] = [&d, &x].map(|all| {
                let half =
                    |at| all.chunks_exact(32).flat_map(move |row| &row[at..at + 16]).copied();
                [0, 16].map(|at| half(at).collect::<Vec<f32>>())
            });
            let [mut whole, mut divided] =
                [(); 2].map(|()| (vec![0.5; rows * depth], vec![0.5; rows]));
            let of = |d: Steps, x: Steps, out: &mut (Vec<f32>, Vec<f32>)| {
                gradient_product(d, x, steps, Order::Rows, &mut out.0, &mut out.1);
            };
            of(Steps::new(&d, d_stride, rows, 32), Steps::new(&x, x_stride, depth, 32), &mut whole);
            let [d_parts, x_parts] = [(&d_parts, d_stride, rows), (&x_parts, x_stride, depth)].map(
                |(all, stride, rows)| {
                    Steps::of_parts(all.iter().map(|part| (&part[..], stride / 2)), rows, 32)
                },
            );
            of(d_parts, x_parts, &mut divided);
            assert_eq!(whole, divided);
            // Some of the rows.
            let (first, last) = (rows / 3, rows);
            let mut some = (vec![0.5; (last - first) * depth], vec![0.5; last - first]);
            of(d_parts.select(first..last), x_parts, &mut some);
            assert_eq!((&whole.0[first * depth..], &whole.1[first..]), (&some.0[..], &some.1[..]));
        }
    }

    #[test]
    fn gradient_product_agrees_with_its_naive_twin_over_awkward_sizes() {
        let mut stream = Stream::new(4, "gradient product");
        for rows in SIZES {
            for depth in SIZES {
                // The last cases are too large to be summed at once.
                for (steps, columns) in [(0, 16), (1, 16), (3, 48), (2, 32), (25, 32), (8, 128)] {
                    if rows * depth > 2_500 && steps > 2 {
                        continue;
                    }
                    let (d_stride, x_stride) = (rows * columns + 8, depth * columns + 16);
                    let d = random(steps * d_stride, &mut stream);
                    let x = random(steps * x_stride, &mut stream);
                    let start = random(rows * depth, &mut stream);
                    let start_sums = random(rows, &mut stream);
                    let (mut fast, mut fast_sums) = (start.clone(), start_sums.clone());
                    let d_steps = Steps::new(&d, d_stride, rows, columns);
                    let x_steps = Steps::new(&x, x_stride, depth, columns);
                    let by_rows = Order::Rows;
                    gradient_product(d_steps, x_steps, steps, by_rows, &mut fast, &mut fast_sums);
                    // The same bits in another order.
                    let mut panels = vec![0.0; rows * depth];
                    let mut panel_sums = start_sums.clone();
                    for (to, (r, k)) in panels.iter_mut().zip(Order::Panels.places(rows, depth)) {
                        *to = start[r * depth + k];
                    }
                    let (out, sums) = (&mut panels, &mut panel_sums);
                    gradient_product(d_steps, x_steps, steps, Order::Panels, out, sums);
                    let places = Order::Panels.places(rows, depth);
                    assert!(panels.iter().zip(places).all(|(v, (r, k))| *v == fast[r * depth + k]));
                    assert_eq!(panel_sums, fast_sums);
                    let (mut naive, mut naive_sums) = (start, start_sums);
                    for t in 0..steps {
                        for r in 0..rows {
                            let d = &d[t * d_stride + r * columns..][..columns];
                            naive_sums[r] += d.iter().sum::<f32>();
                            for k in 0..depth {
                                let x = &x[t * x_stride + k * columns..][..columns];
                                naive[r * depth + k] +=
                                    d.iter().zip(x).map(|(d, x)| d * x).sum::<f32>();
                            }
                        }
                    }
                    let what = format!("{rows} x {depth}, {steps} steps");
                    assert_close(&fast, &naive, &what);
                    assert_close(&fast_sums, &naive_sums, &what);
                }
            }
        }
    }
}
