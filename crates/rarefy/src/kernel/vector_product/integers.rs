//! Products in integers: 8-bit weights and factors, sums of 32 bits.

use super::blocks::{Blocks, Choice, SIZE, Within, padded_rows};
use super::diagonals::Diagonals;
use super::entries::{GROUP, Sparse, SparseProduct, WINDOW};
use crate::kernel::PADDING;
use crate::kernel::buffer::Buffer;
use crate::kernel::elementwise::update;
use crate::kernel::simd::{BLOCK_COLUMNS, IntegerKernel, Integers, dispatch, dispatch_integers};

/// The fewest entries of a block that take as long one by one.
const LEAST: u8 = 10;
/// A byte of entries takes this long, where one of a block takes 1.
const SHARE: f64 = 0.6;
/// As many products of two bytes add up to less than 2^24, so that their sum is exact in `f32`.
const EXACT: usize = (1 << 24) / (127 * 127);

/// A matrix `[R][K]` of which row `r` is `weights[r] * multipliers[r] / 2^shift`, arranged for
/// products with a single vector: blocks, and the entries of which blocks have too few.
#[derive(Clone, Debug)]
pub struct PackedIntegers {
    depth: usize,
    blocks: Blocks<i8>,
    others: Others,
    rows: usize,
    /// `[R]`
    multipliers: Buffer<i32>,
    /// `[R]`: what is added to a multiplied sum in order to round it, and to take off what an
    /// [`Integers::OFFSET`] of 128 adds to the sums of blocks.
    corrections: Buffer<i32>,
    shift: i32,
    /// The vector padded with zeros.
    x: Buffer<i8>,
    /// The sums of the rows, padded.
    y: Buffer<i32>,
}

/// Entries that are in no block.
#[derive(Clone, Debug)]
enum Others {
    None,
    Diagonals(Diagonals<i8>),
    /// Their products are computed in `f32` without rounding.
    Entries {
        matrix: Sparse,
        x: Buffer,
        y: Buffer,
    },
    /// Row, column and weight of entries of which a row has more than `f32` can add up exactly.
    OneByOne(Vec<(usize, usize, i8)>),
}

impl Others {
    /// Of those of `entries` that `choice` does not take.
    fn new(
        rows: usize,
        depth: usize,
        choice: &Choice,
        entries: impl Iterator<Item = (usize, usize, i8)> + Clone,
    ) -> Self {
        let entries = entries.filter(|entry| !choice.takes(entry.0, entry.1));
        let mut of_row = vec![0; rows];
        entries.clone().for_each(|(row, ..)| of_row[row] += 1);
        match (choice.counts().1, Diagonals::new(entries.clone())) {
            (0, _) => Self::None,
            (_, Some(diagonals)) => Self::Diagonals(diagonals),
            _ if of_row.iter().any(|&count| count > EXACT) => Self::OneByOne(entries.collect()),
            _ => Self::Entries {
                matrix: Sparse::new(
                    rows,
                    entries.map(|(row, column, weight)| (row, column, weight.into())),
                ),
                x: Buffer::of_zeros(depth + WINDOW),
                y: Buffer::of_zeros(rows.next_multiple_of(GROUP)),
            },
        }
    }
}

impl PackedIntegers {
    /// The matrix `[R][depth]` that is zero except at `entries`: the row, column and weight of each,
    /// ascending within a row, from -127 to 127. There is a multiplier for each row.
    ///
    /// # Panics
    /// When an entry lies outside, or `R` is no multiple of [`PADDING`].
    pub fn new(
        depth: usize,
        entries: impl Iterator<Item = (usize, usize, i8)> + Clone,
        multipliers: &[i32],
        shift: i32,
    ) -> Self {
        let rows = multipliers.len();
        assert_eq!(rows % PADDING, 0, "{rows} rows");
        let places = entries.clone().map(|(row, column, _)| {
            assert!(row < rows && column < depth, "entry ({row}, {column}) in [{rows}][{depth}]");
            (row, column)
        });
        let mut choice = Choice::new(rows, depth, LEAST, places);
        let all = choice.clone().at_least(1);
        let mut others = Others::new(rows, depth, &choice, entries.clone());
        // Blocks of few entries, as at the edges of a dense matrix, may be cheaper after all.
        if let (Others::Entries { matrix, .. }, (blocks, 0)) = (&others, all.counts())
            && SHARE * matrix.bytes() as f64 > ((blocks - choice.counts().0) * SIZE) as f64
        {
            (choice, others) = (all, Others::None);
        }
        let of_blocks = entries.clone().filter(|entry| choice.takes(entry.0, entry.1));
        let mut matrix = Self {
            depth,
            blocks: Blocks::new(rows, Within::Rows, of_blocks.clone()),
            others,
            rows,
            multipliers: Buffer::of_zeros(rows),
            corrections: Buffer::of_zeros(rows),
            shift,
            x: Buffer::of_zeros(depth + BLOCK_COLUMNS),
            y: Buffer::of_zeros(padded_rows(rows)),
        };
        matrix.multipliers.copy_from_slice(multipliers);
        let rounding = matrix.rounding();
        matrix.corrections.fill(rounding);
        for (row, _, weight) in of_blocks {
            let taken = 128 * i32::from(weight) * multipliers[row];
            matrix.corrections[row] = matrix.corrections[row].wrapping_sub(taken);
        }
        matrix
    }

    /// Half of what a multiplied sum is divided by.
    fn rounding(&self) -> i32 {
        1 << self.shift.max(0) >> 1
    }

    /// The number of rows, `R`.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns, `K`.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The number of bytes that a product reads from the matrix.
    pub fn bytes(&self) -> usize {
        let others = match &self.others {
            Others::None => 0,
            Others::Diagonals(diagonals) => diagonals.bytes(),
            Others::Entries { matrix, .. } => matrix.bytes(),
            Others::OneByOne(entries) => size_of_val(&entries[..]),
        };
        self.blocks.bytes() + others + 2 * size_of_val(&self.multipliers[..])
    }

    /// `sums[R] = start[R] + self[R][K] x[K]`, for factors from -127 to 127. `None` starts from `sums`.
    ///
    /// # Panics
    /// When a length does not fit.
    pub fn product(&mut self, x: &[i8], start: Option<&[i32]>, sums: &mut [i32]) {
        assert_eq!((x.len(), sums.len()), (self.depth, self.rows()), "vectors of other lengths");
        assert!(start.is_none_or(|start| start.len() == sums.len()), "a start of another length");
        if let Others::Entries { matrix, x: floats, y } = &mut self.others {
            for (float, &x) in floats.iter_mut().zip(x) {
                *float = f32::from(x);
            }
            dispatch(SparseProduct { matrix, x: floats, y });
        }
        dispatch_integers(Product { matrix: self, x, start, sums });
    }
}

struct Product<'a> {
    matrix: &'a mut PackedIntegers,
    x: &'a [i8],
    start: Option<&'a [i32]>,
    sums: &'a mut [i32],
}

impl IntegerKernel for Product<'_> {
    #[inline(always)]
    fn run<I: Integers>(self, s: I) {
        let Self { matrix, x, start, sums } = self;
        let rounding = s.splat(matrix.rounding());
        let PackedIntegers {
            blocks, others, multipliers, corrections, shift, x: padded, y, ..
        } = matrix;
        for (padded, &x) in padded.iter_mut().zip(x) {
            *padded = x.wrapping_add_unsigned(I::OFFSET);
        }
        assert!(y.len() >= padded_rows(sums.len()), "{} padded rows", y.len());
        let of_rows = y.as_mut_ptr();
        blocks.multiply(s, padded, |row, sums| {
            // SAFETY: `y` has the padded rows, so also those of missing bands.
            unsafe { s.store_sums(sums, of_rows.add(row)) }
        });
        match others {
            Others::None => {}
            Others::Diagonals(diagonals) => diagonals.multiply(x, y, |values, x, y| {
                for ((y, &value), &x) in y.iter_mut().zip(values).zip(x) {
                    *y += i32::from(value) * i32::from(x);
                }
            }),
            Others::OneByOne(entries) => entries.iter().for_each(|&(row, column, weight)| {
                y[row] += i32::from(weight) * i32::from(x[column]);
            }),
            Others::Entries { y: floats, .. } => {
                for (y, &float) in y.iter_mut().zip(&floats[..]) {
                    // SAFETY: the sum is a whole number below 2^24 in size.
                    *y += unsafe { float.to_int_unchecked::<i32>() };
                }
            }
        }
        let (down, up) = (s.splat((*shift).max(0)), s.splat((-*shift).max(0)));
        // The offset may go beyond 32 bits, until the correction takes it off.
        let scaled = |product, multiplier, correction| {
            let correction = if I::OFFSET > 0 { correction } else { rounding };
            let product = s.add(s.mul(product, multiplier), correction);
            s.shift_left(s.shift_right(product, down), up)
        };
        let y = &y[..sums.len()];
        match start {
            Some(start) => {
                update(s, [sums], [y, multipliers, corrections, start], |_, [y, m, c, start]| {
                    [s.add(start, scaled(y, m, c))]
                });
            }
            None => update(s, [sums], [y, multipliers, corrections], |[sum], [y, m, c]| {
                [s.add(sum, scaled(y, m, c))]
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn products_are_exact_over_awkward_sizes_densities_and_shapes() {
        let mut stream = Stream::new(8, "integer product");
        for (rows, depth) in
            [(16, 1usize), (16, 3), (32, 8), (48, 50), (64, 257), (16, 1100), (16, 66_000)]
        {
            for (density, in_blocks) in [(0.0, 0.0), (0.1, 0.0), (0.02, 0.2), (1.0, 0.0)] {
                let across = depth.div_ceil(4);
                let kept: Vec<bool> =
                    (0..rows / 8 * across).map(|_| stream.uniform() < in_blocks).collect();
                let extreme = depth >= 1100;
                let mut byte = || match extreme {
                    true => 127,
                    false => (stream.index(255) as i32 - 127) as i8,
                };
                let weights: Vec<i8> = (0..rows * depth).map(|_| byte()).collect();
                let x: Vec<i8> = (0..depth).map(|_| byte()).collect();
                let there: Vec<bool> = (0..rows * depth)
                    .map(|at| {
                        stream.uniform() < density || kept[at / depth / 8 * across + at % depth / 4]
                    })
                    .collect();
                let entries = (0..rows * depth).filter(|&at| there[at]);
                let entries = entries.map(|at| (at / depth, at % depth, weights[at]));
                for shift in [0, 7, -3] {
                    // Products must fit into 32 bits.
                    let most = if depth > 1100 { 1 } else { 100 };
                    let shift = if depth > 1100 { shift.max(0) } else { shift };
                    let multipliers: Vec<i32> =
                        (0..rows).map(|_| 1 + stream.index(most) as i32).collect();
                    let mut matrix =
                        PackedIntegers::new(depth, entries.clone(), &multipliers, shift);
                    let start: Vec<i32> =
                        (0..rows).map(|_| stream.index(1000) as i32 - 500).collect();
                    let mut sums = start.clone();
                    matrix.product(&x, None, &mut sums);
                    let mut again = vec![7; rows];
                    matrix.product(&x, Some(&start), &mut again);
                    assert_eq!(again, sums);
                    for row in 0..rows {
                        let product: i32 = (0..depth)
                            .filter(|column| there[row * depth + column])
                            .map(|column| {
                                i32::from(weights[row * depth + column]) * i32::from(x[column])
                            })
                            .sum();
                        let product = product * multipliers[row];
                        let scaled = match shift {
                            shift if shift > 0 => (product + (1 << (shift - 1))) >> shift,
                            shift => product << -shift,
                        };
                        assert_eq!(
                            sums[row],
                            start[row] + scaled,
                            "[{rows}][{depth}] {density} {in_blocks}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_dense_matrix_is_blocks_at_its_edges_too() {
        // Three gates of 50 units, padded to 64, and 50 columns.
        let entries = (0..150).flat_map(|row| (0..50).map(move |column| (row, column)));
        let entries = entries.map(|(row, column)| (row / 50 * 64 + row % 50, column, 1));
        let matrix = PackedIntegers::new(50, entries, &[1; 192], 0);
        assert!(matches!(matrix.others, Others::None));
        let blocks = 3 * 7 * 13 * SIZE;
        assert!((blocks..blocks * 5 / 4).contains(&matrix.blocks.bytes()), "{}", matrix.bytes());
    }
}
