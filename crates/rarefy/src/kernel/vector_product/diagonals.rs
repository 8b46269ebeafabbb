//! Entries that lie on diagonals, as the diagonal of each gate that pruning in blocks keeps: a row's
//! factor is next to that of the row before, so nothing has to be picked.

use std::collections::HashMap;

use crate::kernel::buffer::{Buffer, Plain};

/// The shortest runs, on average, that are worth it.
const LENGTH: usize = 16;

/// Runs of entries, each a row and a column further than the one before.
#[derive(Clone, Debug)]
pub(super) struct Diagonals<T: Plain> {
    runs: Vec<Run>,
    /// Of all runs, one after another.
    pub(super) values: Buffer<T>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    row: usize,
    column: usize,
    length: usize,
}

impl<T: Plain> Diagonals<T> {
    /// Of the row, column and value of each entry, row by row; `None` if there are too many runs.
    pub(super) fn new(entries: impl Iterator<Item = (usize, usize, T)>) -> Option<Self> {
        let mut runs: Vec<(Run, Vec<T>)> = Vec::new();
        let mut last = HashMap::new();
        let mut count = 0;
        for (row, column, value) in entries {
            let run = *last.entry(row.wrapping_sub(column)).or_insert(runs.len());
            match runs.get_mut(run) {
                Some((run, values)) if run.row + run.length == row => {
                    run.length += 1;
                    values.push(value);
                }
                _ => {
                    last.insert(row.wrapping_sub(column), runs.len());
                    runs.push((Run { row, column, length: 1 }, vec![value]));
                }
            }
            count += 1;
            if runs.len() * LENGTH > count + LENGTH * LENGTH {
                return None;
            }
        }
        if runs.len() * LENGTH > count {
            return None;
        }
        let mut all = Buffer::of_zeros(count);
        let values = runs.iter().flat_map(|(_, values)| values);
        all.iter_mut().zip(values).for_each(|(all, &value)| *all = value);
        Some(Self { runs: runs.into_iter().map(|(run, _)| run).collect(), values: all })
    }

    /// The number of bytes that a product reads.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.runs[..]) + size_of_val(&self.values[..])
    }

    /// Calls `add` with each run: its values, its factors among `x`, and its rows among `out`.
    #[inline(always)]
    pub(super) fn multiply<X, Y>(
        &self,
        x: &[X],
        out: &mut [Y],
        add: impl Fn(&[T], &[X], &mut [Y]),
    ) {
        let mut values = &self.values[..];
        for &Run { row, column, length } in &self.runs {
            let (own, later) = values.split_at(length);
            values = later;
            add(own, &x[column..][..length], &mut out[row..][..length]);
        }
    }
}
