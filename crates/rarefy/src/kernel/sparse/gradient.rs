//! Gradients of the entries of a sparse matrix.

use std::ops::Range;

use super::arrangement::{Group, Groups, TOGETHER};
use crate::kernel::simd::{Kernel, Simd};
use crate::kernel::steps::Steps;

/// The number of steps whose gradients are summed at a time, for `values` values of `x` per step.
/// Every row of the matrix reads these steps, so they must stay in the first-level cache. If that
/// allows too few steps to make up for adding up the lanes, they must stay at least in the
/// second-level cache.
pub(super) fn steps_together(values: usize) -> usize {
    const FIRST_LEVEL: usize = 1 << 13;
    const SECOND_LEVEL: usize = 1 << 16;
    const FEW: usize = 4;
    let steps = FIRST_LEVEL / values.max(1);
    if steps < FEW { (SECOND_LEVEL / values.max(1)).max(1) } else { steps }
}

/// The entries of one panel over some steps.
pub(super) struct SparseGradient<'a> {
    pub(super) groups: &'a Groups,
    /// The column of each entry of the matrix.
    pub(super) inputs: &'a [u32],
    /// The rows whose entries are meant.
    pub(super) rows: Range<usize>,
    /// The first entry in them, to which the first element of `out` belongs.
    pub(super) first: usize,
    pub(super) d: Steps<'a>,
    pub(super) x: Steps<'a>,
    pub(super) steps: usize,
    pub(super) out: &'a mut [f32],
    pub(super) sums: &'a mut [f32],
}

impl Kernel for SparseGradient<'_> {
    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let [a, b, c, d, e, f, g, h] = &self.groups.of_entries;
        s.call(Alike::<1, false> { groups: a, of: &mut self });
        s.call(Alike::<2, false> { groups: b, of: &mut self });
        s.call(Alike::<3, false> { groups: c, of: &mut self });
        s.call(Alike::<4, false> { groups: d, of: &mut self });
        s.call(Alike::<5, false> { groups: e, of: &mut self });
        s.call(Alike::<6, false> { groups: f, of: &mut self });
        s.call(Alike::<7, false> { groups: g, of: &mut self });
        s.call(Alike::<8, false> { groups: h, of: &mut self });
        let [a, b, c, d, e, f, g, h] = &self.groups.with_sum;
        s.call(Alike::<1, true> { groups: a, of: &mut self });
        s.call(Alike::<2, true> { groups: b, of: &mut self });
        s.call(Alike::<3, true> { groups: c, of: &mut self });
        s.call(Alike::<4, true> { groups: d, of: &mut self });
        s.call(Alike::<5, true> { groups: e, of: &mut self });
        s.call(Alike::<6, true> { groups: f, of: &mut self });
        s.call(Alike::<7, true> { groups: g, of: &mut self });
        s.call(Alike::<8, true> { groups: h, of: &mut self });
    }
}

/// Groups of `COUNT` sums. With `ONES`, the last of them is the sum of `d` alone.
struct Alike<'a, 'b, const COUNT: usize, const ONES: bool> {
    groups: &'a [Group],
    of: &'a mut SparseGradient<'b>,
}

impl<const COUNT: usize, const ONES: bool> Kernel for Alike<'_, '_, COUNT, ONES> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { groups, of } = self;
        let &mut SparseGradient { inputs, ref rows, first: first_entry, d, x, steps, .. } = of;
        let (parts, columns) = d.parts();
        let parts = parts.len();
        let first_row = rows.start;
        // Groups ascend by row. Only threads that share a matrix ask for some of its rows.
        let is_within =
            |group: Option<&Group>| group.is_none_or(|group| rows.contains(&(group.row as usize)));
        let groups = match is_within(groups.first()) && is_within(groups.last()) {
            true => groups,
            false => {
                let before =
                    |end: usize| groups.partition_point(|group| (group.row as usize) < end);
                &groups[before(rows.start)..before(rows.end)]
            }
        };
        for &Group { row, first } in groups {
            let entries = first as usize..first as usize + COUNT - usize::from(ONES);
            let mut offsets = [0; COUNT];
            for (offset, &input) in offsets.iter_mut().zip(&inputs[entries.clone()]) {
                *offset = input as usize * columns;
            }
            let mut sums = [s.splat(0.0); COUNT];
            // SAFETY: `gradient_product` checked that every step of `d` holds a row, and
            // of `x` a column, of the matrix, of `columns` values in each part.
            unsafe {
                let (mut d, mut x) = (d.walk(row as usize * columns), x.walk(0));
                for _ in 0..steps * parts {
                    let (d, x) = (d.next(), x.next());
                    let mut column = 0;
                    while column < columns {
                        let d = s.load(d.add(column));
                        for (at, (sum, offset)) in sums.iter_mut().zip(&offsets).enumerate() {
                            *sum = if ONES && at + 1 == COUNT {
                                s.add(d, *sum)
                            } else {
                                s.mul_add(d, s.load(x.add(offset + column)), *sum)
                            };
                        }
                        column += S::LANES;
                    }
                }
            }
            let mut vectors = [s.splat(0.0); TOGETHER];
            vectors[..COUNT].copy_from_slice(&sums);
            let [a, b, c, d, rest @ ..] = vectors;
            let sums = [s.sums([a, b, c, d]), if COUNT > 4 { s.sums(rest) } else { [0.0; 4] }];
            let sums = sums.as_flattened();
            for (out, sum) in
                of.out[entries.start - first_entry..entries.end - first_entry].iter_mut().zip(sums)
            {
                *out += sum;
            }
            if ONES {
                of.sums[row as usize - first_row] += sums[COUNT - 1];
            }
        }
    }
}
