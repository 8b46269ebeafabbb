//! Columns of a table, selected by token. The input product of a first layer is computed once for
//! each character of the batch and then only looked up; its gradient is summed by character.

use super::PADDING;
use super::buffer::Buffer;
use super::gradient_product::gradient_product;
use super::panels::Order;
use super::product::holds;
use super::simd::{Kernel, Simd, dispatch};
use super::steps::Steps;

/// `out[r][n] = table[r][ids[n]]`, for `table` `[R][U]`, `out` `[R][N]`, `ids` `[N]`.
///
/// # Panics
/// When `columns` (`U`) or `N` is no multiple of [`PADDING`], the lengths do not fit,
/// or an id is not below `columns`.
pub fn gather_columns(table: &[f32], columns: usize, ids: &[u32], out: &mut [f32]) {
    assert!(columns > 0 && !ids.is_empty(), "a lookup needs columns and ids");
    assert!(columns.is_multiple_of(PADDING) && ids.len().is_multiple_of(PADDING), "padding");
    let rows = table.len() / columns;
    assert!(holds(table, rows, columns), "table is not [{rows}][{columns}]");
    assert!(holds(out, rows, ids.len()), "output is not [{rows}][{}]", ids.len());
    check(ids, columns);
    if columns <= 2 * PADDING {
        dispatch(Gather { table, columns, ids, out });
        return;
    }
    for (row, out) in table.chunks_exact(columns).zip(out.chunks_exact_mut(ids.len())) {
        for (out, &id) in out.iter_mut().zip(ids) {
            // SAFETY: `check` saw that every id is below `columns`, a row's length.
            *out = unsafe { *row.get_unchecked(id as usize) };
        }
    }
}

/// Holds a row of the table in registers and permutes it.
struct Gather<'a> {
    table: &'a [f32],
    columns: usize,
    ids: &'a [u32],
    out: &'a mut [f32],
}

impl Kernel for Gather<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let width = self.ids.len();
        let rows = self.table.chunks_exact(self.columns).zip(self.out.chunks_exact_mut(width));
        for (row, out) in rows {
            // SAFETY: a row has 16 or 32 values (the second half then starts 16 before
            // its end); ids and a row of the output have whole vectors.
            unsafe {
                let table = s.table(row.as_ptr(), row.as_ptr().add(self.columns - 16));
                for n in (0..width).step_by(S::LANES) {
                    let ids = s.load_indices(self.ids.as_ptr().add(n));
                    s.store(s.pick(table, ids), out.as_mut_ptr().add(n));
                }
            }
        }
    }
}

/// The largest number of different ids for which [`sum_by_id`] multiplies by a matrix of zeros and
/// ones: up to here, a vector multiply-add for each id costs no more than single additions.
const MOST_BY_PRODUCT: usize = 32;

/// `table[r][ids[t][n]] += d[t][r][n]` and `sums[r] += d[t][r][n]`, over all steps `t` and columns
/// `n`: the transpose of [`gather_columns`]. `ids` are `[T][N]`, below `count` (`U`); `table` is
/// `[R][U]`. `one_hot` is scratch memory.
///
/// # Panics
/// When the lengths do not fit, or an id is not below `count`.
pub fn sum_by_id(
    d: Steps,
    ids: &[u32],
    count: usize,
    table: &mut [f32],
    sums: &mut [f32],
    one_hot: &mut Buffer,
) {
    let columns = d.columns();
    let steps = ids.len() / columns.max(1);
    assert_eq!(steps * columns, ids.len(), "{} ids are no whole steps of {columns}", ids.len());
    d.check("d", steps);
    assert!(holds(table, d.rows(), count), "table is not [{}][{count}]", d.rows());
    assert_eq!(sums.len(), d.rows(), "sums are not [{}]", d.rows());
    check(ids, count);
    let (parts, width) = d.parts();
    if count <= MOST_BY_PRODUCT {
        one_hot.zeros(ids.len() * count);
        let (stride, size) = (count * width, steps * count * width);
        for (step, ids) in ids.chunks_exact(columns).enumerate() {
            for (n, &id) in ids.iter().enumerate() {
                let row = n / width * size + step * stride + id as usize * width;
                one_hot[row + n % width] = 1.0;
            }
        }
        let values = (0..parts.len()).map(|part| (&one_hot[part * size..][..size], stride));
        let one_hot = Steps::of_parts(values, count, columns);
        gradient_product(d, one_hot, steps, Order::Rows, table, sums);
        return;
    }
    for (step, ids) in ids.chunks_exact(columns).enumerate() {
        for (at, (row, sum)) in table.chunks_exact_mut(count).zip(&mut *sums).enumerate() {
            *sum += d.row(step, at).flatten().sum::<f32>();
            for (d, ids) in d.row(step, at).zip(ids.chunks_exact(width)) {
                for (value, &id) in d.iter().zip(ids) {
                    // SAFETY: `check` saw that every id is below `count`, a row's length.
                    unsafe { *row.get_unchecked_mut(id as usize) += value };
                }
            }
        }
    }
}

fn check(ids: &[u32], columns: usize) {
    let largest = ids.iter().copied().max().unwrap_or(0);
    assert!((largest as usize) < columns, "id {largest} in a table of {columns} columns");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    /// Tables whose rows fit one vector, fit two, and do not fit.
    const COLUMNS: [usize; 3] = [16, 32, 48];

    fn ids(count: usize, columns: usize, stream: &mut Stream) -> Vec<u32> {
        (0..count).map(|_| stream.index(columns) as u32).collect()
    }

    #[test]
    fn gather_picks_columns() {
        let mut stream = Stream::new(1, "gather");
        for columns in COLUMNS {
            for rows in [1, 3, 50] {
                let table: Vec<f32> = (0..rows * columns).map(|at| at as f32).collect();
                let ids = ids(48, columns, &mut stream);
                let mut out = vec![f32::NAN; rows * ids.len()];
                gather_columns(&table, columns, &ids, &mut out);
                for (at, &out) in out.iter().enumerate() {
                    let (row, id) = (at / ids.len(), ids[at % ids.len()] as usize);
                    assert_eq!(out, (row * columns + id) as f32);
                }
            }
        }
    }

    #[test]
    fn sums_by_id_add_each_value_to_its_column() {
        let mut stream = Stream::new(2, "sums by id");
        for count in [1, 7, 16, 32, 33] {
            for rows in [1, 3, 9] {
                let (steps, columns) = (5, 32);
                let ids = ids(steps * columns, count, &mut stream);
                // Small whole numbers: their sums are exact in any order.
                let d: Vec<f32> =
                    (0..steps * rows * columns).map(|_| stream.index(9) as f32 - 4.0).collect();
                let (mut naive, mut naive_sums) = (vec![1.0; rows * count], vec![2.0; rows]);
                for (t, step) in d.chunks_exact(rows * columns).enumerate() {
                    for (r, row) in step.chunks_exact(columns).enumerate() {
                        for (n, value) in row.iter().enumerate() {
                            naive[r * count + ids[t * columns + n] as usize] += value;
                            naive_sums[r] += value;
                        }
                    }
                }
                let (mut table, mut sums) = (vec![1.0; rows * count], vec![2.0; rows]);
                let d = Steps::new(&d, rows * columns, rows, columns);
                sum_by_id(d, &ids, count, &mut table, &mut sums, &mut Buffer::new());
                assert_eq!((table, sums), (naive, naive_sums), "{count} ids, {rows} rows");
            }
        }
    }

    #[test]
    #[should_panic(expected = "id 16 in a table of 16 columns")]
    fn an_id_past_the_table_is_refused() {
        gather_columns(&[0.0; 16], 16, &[16; 16], &mut [0.0; 16]);
    }
}
