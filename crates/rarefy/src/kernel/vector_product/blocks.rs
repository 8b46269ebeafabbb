//! Blocks of a matrix of which only some are stored: eight rows by four columns, as pruning with
//! `--grain block` leaves them and as RNNoise has them (Valin 2018; its sparse GRU is of 2024).
//!
//! A *band* is eight rows. Bands are sorted by their number of blocks, and four of them advance
//! together, so that loops have the same length again and again and sums do not wait for each other.
//! Shorter bands of the four are padded with blocks of zeros.

use std::collections::BTreeMap;

use crate::kernel::buffer::{Buffer, Plain};
use crate::kernel::simd::{BLOCK_COLUMNS, BLOCK_ROWS, Lanes};

/// Bands that advance together.
const ABREAST: usize = 4;
/// Weights of a block.
pub(super) const SIZE: usize = BLOCK_ROWS * BLOCK_COLUMNS;

/// The order of a block's weights in memory.
#[derive(Clone, Copy)]
pub(super) enum Within {
    Columns,
    Rows,
}

#[derive(Clone, Debug)]
pub(super) struct Blocks<T: Plain> {
    groups: Vec<Group>,
    /// For each step the first columns of its blocks, 16 bits each, the first band's lowest.
    columns: Vec<u64>,
    /// `[steps][ABREAST][SIZE]`
    pub(super) values: Buffer<T>,
    /// The number of columns up to the end of the last block.
    depth: usize,
}

/// Of a matrix of this many rows, the length of a vector that also has those of missing bands.
pub(super) fn padded_rows(rows: usize) -> usize {
    rows.next_multiple_of(BLOCK_ROWS) + BLOCK_ROWS
}

#[derive(Clone, Copy, Debug)]
struct Group {
    /// The first row of each band; the number of all rows for a missing band.
    rows: [u32; ABREAST],
    steps: u32,
}

/// Which entries of a matrix `[rows][depth]` belong to blocks that have at least `least` of them.
#[derive(Clone)]
pub(super) struct Choice {
    /// `[rows / BLOCK_ROWS][depth / BLOCK_COLUMNS]`, rounded up.
    counts: Vec<u8>,
    across: usize,
    least: u8,
}

impl Choice {
    pub(super) fn new(
        rows: usize,
        depth: usize,
        least: u8,
        places: impl Iterator<Item = (usize, usize)>,
    ) -> Self {
        let across = depth.div_ceil(BLOCK_COLUMNS);
        let counts = vec![0; rows.div_ceil(BLOCK_ROWS) * across];
        let mut choice = Self { counts, across, least: u8::MAX }.at_least(least);
        for (row, column) in places {
            let at = choice.block(row, column);
            choice.counts[at] += 1;
        }
        choice
    }

    /// The same for blocks that have at least `least`; there are none if columns are too many to be
    /// numbered in 16 bits.
    pub(super) fn at_least(self, least: u8) -> Self {
        let most = (1 << 16) / BLOCK_COLUMNS;
        Self { least: if self.across > most { u8::MAX } else { least }, ..self }
    }

    fn block(&self, row: usize, column: usize) -> usize {
        row / BLOCK_ROWS * self.across + column / BLOCK_COLUMNS
    }

    /// Whether the entry there belongs to a block.
    pub(super) fn takes(&self, row: usize, column: usize) -> bool {
        self.counts[self.block(row, column)] >= self.least
    }

    /// The number of blocks, and of entries that belong to none.
    pub(super) fn counts(&self) -> (usize, usize) {
        let mut counts = (0, 0);
        for &count in &self.counts {
            match count >= self.least {
                true => counts.0 += 1,
                false => counts.1 += usize::from(count),
            }
        }
        counts
    }
}

impl<T: Plain> Blocks<T> {
    /// Of these entries: row, column and value of each.
    pub(super) fn new(
        rows: usize,
        within: Within,
        entries: impl Iterator<Item = (usize, usize, T)>,
    ) -> Self {
        let mut bands = vec![BTreeMap::new(); rows.div_ceil(BLOCK_ROWS)];
        for (row, column, value) in entries {
            let band: &mut BTreeMap<u16, [T; SIZE]> = &mut bands[row / BLOCK_ROWS];
            let block =
                band.entry((column - column % BLOCK_COLUMNS) as u16).or_insert([T::ZERO; SIZE]);
            let (row, column) = (row % BLOCK_ROWS, column % BLOCK_COLUMNS);
            block[match within {
                Within::Columns => column * BLOCK_ROWS + row,
                Within::Rows => row * BLOCK_COLUMNS + column,
            }] = value;
        }
        let mut order: Vec<usize> = (0..bands.len()).collect();
        order.sort_by_key(|&band| std::cmp::Reverse(bands[band].len()));
        let steps = |bands_of: &[usize]| bands[bands_of[0]].len();
        let all: usize = order.chunks(ABREAST).map(steps).sum();
        let mut blocks = Self {
            groups: Vec::new(),
            columns: vec![0; all],
            values: Buffer::of_zeros(all * ABREAST * SIZE),
            depth: 0,
        };
        let mut first = 0;
        for bands_of in order.chunks(ABREAST) {
            let mut rows = [(bands.len() * BLOCK_ROWS) as u32; ABREAST];
            for (abreast, &band) in bands_of.iter().enumerate() {
                rows[abreast] = (band * BLOCK_ROWS) as u32;
                for (step, (&column, values)) in bands[band].iter().enumerate() {
                    blocks.columns[first + step] |= u64::from(column) << (16 * abreast);
                    blocks.depth = blocks.depth.max(usize::from(column) + BLOCK_COLUMNS);
                    let at = ((first + step) * ABREAST + abreast) * SIZE;
                    blocks.values[at..][..SIZE].copy_from_slice(values);
                }
            }
            blocks.groups.push(Group { rows, steps: steps(bands_of) as u32 });
            first += steps(bands_of);
        }
        blocks
    }

    /// The number of bytes that a product reads.
    pub(super) fn bytes(&self) -> usize {
        let Self { groups, columns, values, .. } = self;
        size_of_val(&groups[..]) + size_of_val(&columns[..]) + size_of_val(&values[..])
    }

    /// Calls `take` with the first row of each band, and its rows of `self x`. A missing band begins
    /// after the last row.
    ///
    /// # Panics
    /// If `x` is shorter than all columns of blocks.
    #[inline(always)]
    pub(super) fn multiply<L: Lanes<Factor = T>>(
        &self,
        s: L,
        x: &[T],
        mut take: impl FnMut(usize, L::Sums),
    ) {
        assert!(x.len() >= self.depth, "{} values for {} columns", x.len(), self.depth);
        let (mut columns, mut block) = (&self.columns[..], self.values.as_ptr());
        for group in &self.groups {
            let (own, later) = columns.split_at(group.steps as usize);
            columns = later;
            let mut sums = [s.no_sums(); ABREAST];
            for columns in own {
                for (abreast, sums) in sums.iter_mut().enumerate() {
                    // In one word, because the compiler would otherwise take columns apart in vectors.
                    let column = usize::from((columns >> (16 * abreast)) as u16);
                    // SAFETY: there is a block of values for each column, and the columns are within
                    // `x`.
                    unsafe {
                        *sums = s.add_block(*sums, block, x.as_ptr().add(column));
                        block = block.add(SIZE);
                    }
                }
            }
            for (sums, &row) in sums.iter().zip(&group.rows) {
                take(row as usize, *sums);
            }
        }
    }
}
