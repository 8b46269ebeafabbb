//! Values of several steps of a pass, as the gradients at weights read them.

use std::ops::Range;

use super::{Buffer, PADDING};

/// The most parts that the columns of [`Steps`] are divided into.
pub const PARTS: usize = 2;

/// Some rows of a buffer that covers several steps. Step `t` starts at `t * stride` and holds
/// `[rows][N]`. Columns may be divided into parts of equal width, each in a buffer of its own that
/// holds `[rows][N / parts]`, because several threads computed them. Sums have the same bits either
/// way.
#[derive(Clone, Copy)]
pub struct Steps<'a> {
    /// The values of each part, starting with the first of the rows in the first step.
    parts: [&'a [f32]; PARTS],
    count: usize,
    /// The distance from one step to the next within a part.
    stride: usize,
    rows: usize,
    /// `N`
    columns: usize,
}

impl<'a> Steps<'a> {
    /// All columns in one buffer.
    pub fn new(values: &'a [f32], stride: usize, rows: usize, columns: usize) -> Self {
        Self::of_parts([(values, stride)], rows, columns)
    }

    /// Columns in several buffers, the first columns first, and the stride of each.
    ///
    /// # Panics
    /// If there are more than [`PARTS`], or none, or strides differ.
    pub fn of_parts(
        values: impl IntoIterator<Item = (&'a [f32], usize)>,
        rows: usize,
        columns: usize,
    ) -> Self {
        let (mut parts, mut count, mut stride) = ([&[][..]; PARTS], 0, 0);
        for (values, distance) in values {
            assert!(count == 0 || distance == stride, "parts of different strides");
            (parts[count], stride) = (values, distance);
            count += 1;
        }
        assert!(count > 0, "columns in no parts");
        Self { parts, count, stride, rows, columns }
    }

    /// The number of rows.
    pub fn rows(self) -> usize {
        self.rows
    }

    /// The number of columns in all parts together.
    pub fn columns(self) -> usize {
        self.columns
    }

    /// The steps from step `first` on.
    pub(super) fn from(self, first: usize) -> Self {
        self.skip(first * self.stride, self.rows)
    }

    /// Of the rows, those in `rows`.
    pub fn select(self, rows: Range<usize>) -> Self {
        self.skip(rows.start * self.columns / self.count, rows.len())
    }

    fn skip(self, values: usize, rows: usize) -> Self {
        let mut parts = self.parts;
        parts[..self.count].iter_mut().for_each(|part| *part = &part[values..]);
        Self { parts, rows, ..self }
    }

    /// The parts, and the number of columns of each.
    pub(super) fn parts(&self) -> (&[&'a [f32]], usize) {
        (&self.parts[..self.count], self.columns / self.count)
    }

    /// One row of a step, part by part.
    pub(super) fn row(&self, step: usize, row: usize) -> impl Iterator<Item = &'a [f32]> + '_ {
        let (parts, columns) = self.parts();
        let at = step * self.stride + row * columns;
        parts.iter().map(move |part| &part[at..at + columns])
    }

    /// Copies the rows of each of `tiles`, pairs of a first row and a number of rows, next to each
    /// other: `[tiles][steps][parts][rows of the tile][N / parts]`.
    pub(super) fn copy_tiles(
        &self,
        tiles: impl Iterator<Item = (usize, usize)>,
        steps: usize,
        to: &mut Buffer,
    ) {
        let (parts, columns) = self.parts();
        to.size(self.rows * steps * parts.len() * columns);
        let mut rest = &mut to[..];
        for (first, rows) in tiles {
            for step in 0..steps {
                for part in parts {
                    let from = &part[step * self.stride + first * columns..][..rows * columns];
                    let (here, after) = rest.split_at_mut(from.len());
                    here.copy_from_slice(from);
                    rest = after;
                }
            }
        }
    }

    /// The pointers to the value `first` of each step and part, in the order of the sums.
    #[inline(always)]
    pub(super) fn walk(self, first: usize) -> Walk {
        // Wrapping, because an empty factor has no such address; it is not read.
        let start = |part: usize| self.parts[part].as_ptr().wrapping_add(first);
        let (next, stride) = match self.count {
            1 => (start(0).wrapping_add(self.stride), 2 * self.stride),
            _ => (start(1), self.stride),
        };
        Walk { here: start(0), next, stride }
    }

    pub(super) fn check(self, name: &str, steps: usize) {
        let Self { stride, rows, .. } = self;
        let (parts, columns) = self.parts();
        assert_eq!(columns * parts.len(), self.columns, "columns in parts of different width");
        assert_eq!(columns % PADDING, 0, "{columns} columns are no whole vectors");
        let last = steps.saturating_sub(1).checked_mul(stride);
        let end = rows.checked_mul(columns).and_then(|size| last?.checked_add(size));
        let reaches = |part: &&[f32]| steps == 0 || end.is_some_and(|end| end <= part.len());
        let reach = parts.iter().all(reaches);
        assert!(reach, "{name} is shorter than {steps} steps of [{rows}][{columns}]");
    }
}

/// Goes from part to part and from step to step. Two pointers take turns, so that one part costs no
/// more than a plain loop over steps.
#[derive(Clone)]
pub(super) struct Walk {
    here: *const f32,
    next: *const f32,
    stride: usize,
}

impl Walk {
    #[inline(always)]
    pub(super) fn next(&mut self) -> *const f32 {
        let here = self.here;
        (self.here, self.next) = (self.next, here.wrapping_add(self.stride));
        here
    }
}

/// Checks that `d` and `x` have these steps, and that their columns meet.
pub(super) fn check_both(d: Steps, x: Steps, steps: usize) {
    d.check("d", steps);
    x.check("x", steps);
    assert_eq!((d.count, d.columns), (x.count, x.columns), "columns of d and x differ");
}
