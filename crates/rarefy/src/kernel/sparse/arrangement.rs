//! The order of a sparse matrix's entries in memory, in which a product reads them.
//!
//! Four rows are processed next to each other. Rows are sorted by their number of entries, so that
//! the four have about equally many (sliced ELLPACK: Kreutzer et al. 2014, "A unified sparse matrix
//! data format", with slices of four). Shorter rows are padded with zeros to the length of the
//! longest of the four.

use crate::kernel::even_parts;

/// Number of rows processed together.
pub(super) const HEIGHT: usize = 4;

/// Columns of the matrix that are multiplied before the next ones. For a batch of 32, their part of
/// the right factor just fits into the first-level cache, and one byte is enough to number them.
pub(super) const PANEL: usize = 256;

/// The same for gradients of a matrix with this many rows. Four steps of the right factor should
/// fit into the cache. But the left factor is read again for each panel, and above a certain size
/// it comes from a slower cache: there, a single panel was measured to be 1.2 to 1.4 times as fast.
pub(super) const fn gradient_panel(rows: usize) -> usize {
    if rows <= 512 { 64 } else { usize::MAX }
}

/// Entries of a row whose gradients are summed at the same time: as many as there are general
/// registers to point at their rows of `x`.
pub(super) const TOGETHER: usize = 8;

/// The entries of a panel. Those of each row are in groups of up to [`TOGETHER`]. Groups of one
/// size are stored together, so that a loop over them has no branch to predict.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    /// Groups of 1, 2, 3, ... entries.
    pub(super) of_entries: [Vec<Group>; TOGETHER],
    /// Groups that also compute the sum of `d`, after 0, 1, 2, ... entries.
    pub(super) with_sum: [Vec<Group>; TOGETHER],
}

/// Consecutive entries of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) row: u32,
    pub(super) first: u32,
}

impl Groups {
    /// `bounds[r]` holds the first entry of row `r` and the one after its last. If `last`, the
    /// panel also sums `d`.
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

/// The rows of a matrix, in slices of [`HEIGHT`], and the remaining rows one by one.
#[derive(Clone, Debug, Default)]
pub(super) struct Slices {
    /// The first column of the panel.
    pub(super) first: usize,
    pub(super) slices: Vec<Slice<HEIGHT>>,
    pub(super) rest: Vec<Slice<1>>,
    /// The entries of all slices in order: their columns within the panel, and their values, which
    /// are set later.
    pub(super) columns: Vec<u8>,
    pub(super) values: Vec<f32>,
    /// How many of these belong to `slices`.
    pub(super) whole: usize,
    /// The number of each entry; `FILL` for a padding zero.
    numbers: Vec<u32>,
}

/// `R` rows of equal length, including padding zeros.
#[derive(Clone, Debug)]
pub(super) struct Slice<const R: usize> {
    pub(super) rows: [u32; R],
    /// Entries per row. The `[length][R]` entries of the slices are stored in order.
    pub(super) length: u32,
}

pub(super) const FILL: u32 = u32::MAX;

/// Splits `depth` columns into panels: the first column of each, and its number of columns. A
/// matrix without columns has one panel as well: its product is the initial value, and its gradient
/// consists of the sums of `d`.
pub(super) fn panels(depth: usize, widest: usize) -> impl Iterator<Item = (usize, usize)> {
    let none = (depth == 0).then_some((0, 0));
    even_parts(depth, widest).chain(none)
}

impl Slices {
    /// One for each panel of `depth` columns. `rows[r]` are the columns and numbers of the entries
    /// of row `r`, ascending.
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

    /// `rows[r]` are the columns and numbers of the entries of row `r`, all within the panel whose
    /// first column is `first`.
    pub(super) fn new(rows: &[Vec<(u32, u32)>], first: usize) -> Self {
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        order.sort_by_key(|&row| std::cmp::Reverse(rows[row as usize].len()));
        let mut all = Self { first, ..Self::default() };
        let (whole, rest) = order.as_chunks::<HEIGHT>();
        all.slices = whole.iter().map(|&slice| all.slice(slice, rows)).collect();
        all.whole = all.numbers.len();
        all.rest = rest.iter().map(|&row| all.slice([row], rows)).collect();
        all.values = vec![0.0; all.numbers.len()];
        all
    }

    fn slice<const R: usize>(&mut self, slice: [u32; R], rows: &[Vec<(u32, u32)>]) -> Slice<R> {
        let entries = slice.map(|row| &rows[row as usize][..]);
        let length = entries.iter().map(|row| row.len()).max().unwrap_or(0);
        for k in 0..length {
            for row in entries {
                // A padding zero may use any existing column.
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
