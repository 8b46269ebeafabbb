//! How the entries of a sparse matrix lie in memory, each where a product comes by.
//!
//! Four rows are worked on side by side, and rows are sorted by how many entries they
//! have, so that the four have about as many (sliced ELLPACK: Kreutzer et al. 2014,
//! "A unified sparse matrix data format", with slices of four). What is missing to the
//! longest of the four is filled up with zeros.

use crate::kernel::even_parts;

/// Rows side by side.
pub(super) const HEIGHT: usize = 4;

/// Columns of the matrix that are multiplied before the next ones: for a batch of 32,
/// their part of the right factor just fits the first-level cache, and a byte is enough
/// to number them.
pub(super) const PANEL: usize = 256;

/// The same for gradients of a matrix of so many rows. Four steps of the right factor are
/// to fit; but the left factor is read again for each panel, and from some size on
/// it comes from further away: one panel was then measured 1.2 to 1.4 times as fast.
pub(super) const fn gradient_panel(rows: usize) -> usize {
    if rows <= 512 { 64 } else { usize::MAX }
}

/// Entries of a row whose gradients are summed up side by side: as many as there are
/// general registers to point at their rows of `x`.
pub(super) const TOGETHER: usize = 8;

/// The entries of a panel, those of each row in groups of up to [`TOGETHER`]. Groups of
/// one size stand together: a loop over them has no jump to guess.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    /// Those of 1, 2, 3, ... entries.
    pub(super) of_entries: [Vec<Group>; TOGETHER],
    /// Those whose last sum is that of `d` alone: of 0, 1, 2, ... entries beside it.
    pub(super) with_sum: [Vec<Group>; TOGETHER],
}

/// Entries of a row that follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) row: u32,
    pub(super) first: u32,
}

impl Groups {
    /// `bounds[r]` are the first entry of row `r` and the one past its last; `last` panels
    /// also sum up `d`.
    pub(super) fn new(bounds: impl Iterator<Item = (usize, usize)>, last: bool) -> Self {
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
pub(super) struct Slices {
    /// The first column of the panel.
    pub(super) first: usize,
    pub(super) slices: Vec<Slice<HEIGHT>>,
    pub(super) rest: Vec<Slice<1>>,
    /// The entries of all slices, one after the other: columns in the panel, and values,
    /// which are set later.
    pub(super) columns: Vec<u8>,
    pub(super) values: Vec<f32>,
    /// The number of each entry; `FILL` for a zero that fills up.
    numbers: Vec<u32>,
}

/// `R` rows with as many entries, zeros that fill up included.
#[derive(Clone, Debug)]
pub(super) struct Slice<const R: usize> {
    pub(super) rows: [u32; R],
    /// Entries of each row; `[length][R]` lie in the order of the slices.
    pub(super) length: u32,
}

pub(super) const FILL: u32 = u32::MAX;

/// The panels of `depth` columns: the first of each, and how many. A matrix of no columns
/// has one, too: its product is what it starts from, its gradient's sums are those of `d`.
pub(super) fn panels(depth: usize, widest: usize) -> impl Iterator<Item = (usize, usize)> {
    let none = (depth == 0).then_some((0, 0));
    even_parts(depth, widest).chain(none)
}

impl Slices {
    /// One for each panel of `depth` columns. `rows[r]` are columns and numbers of the
    /// entries of row `r`, ascending.
    pub(super) fn panels(rows: &[Vec<(u32, u32)>], depth: usize) -> Vec<Self> {
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
    pub(super) fn new(rows: &[Vec<(u32, u32)>], first: usize) -> Self {
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

    pub(super) fn set(&mut self, values: &[f32]) {
        for (value, &number) in self.values.iter_mut().zip(&self.numbers) {
            *value = if number == FILL { 0.0 } else { values[number as usize] };
        }
    }
}
