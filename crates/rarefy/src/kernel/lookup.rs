//! Table columns picked by token: a first layer's input product is computed once
//! for each character of the batch and then only looked up.

/// `out[r][n] = table[r][ids[n]]`, for `table` `[R][U]`, `out` `[R][N]`, `ids` `[N]`.
///
/// # Panics
/// When the lengths do not fit, or an id is not below `columns` (`U`).
pub fn gather_columns(table: &[f32], columns: usize, ids: &[u32], out: &mut [f32]) {
    check(table.len(), columns, ids, out.len());
    for (row, out) in table.chunks_exact(columns).zip(out.chunks_exact_mut(ids.len())) {
        for (out, &id) in out.iter_mut().zip(ids) {
            // SAFETY: `check` saw that every id is below `columns`, a row's length.
            *out = unsafe { *row.get_unchecked(id as usize) };
        }
    }
}

/// `table[r][ids[n]] += values[r][n]`: the transpose of [`gather_columns`].
///
/// # Panics
/// When the lengths do not fit, or an id is not below `columns` (`U`).
pub fn scatter_add_columns(values: &[f32], ids: &[u32], table: &mut [f32], columns: usize) {
    check(table.len(), columns, ids, values.len());
    for (row, values) in table.chunks_exact_mut(columns).zip(values.chunks_exact(ids.len())) {
        for (value, &id) in values.iter().zip(ids) {
            // SAFETY: `check` saw that every id is below `columns`, a row's length.
            unsafe { *row.get_unchecked_mut(id as usize) += value };
        }
    }
}

fn check(table: usize, columns: usize, ids: &[u32], values: usize) {
    assert!(columns > 0 && !ids.is_empty(), "a lookup needs columns and ids");
    let rows = table / columns;
    assert_eq!(table, rows * columns, "table is not [{rows}][{columns}]");
    assert_eq!(values, rows * ids.len(), "values are not [{rows}][{}]", ids.len());
    let largest = ids.iter().copied().max().unwrap_or(0);
    assert!((largest as usize) < columns, "id {largest} in a table of {columns} columns");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gather_picks_columns_and_scatter_adds_them_back() {
        let table = [1.0, 2.0, 3.0, 10.0, 20.0, 30.0];
        let ids = [2, 0, 2, 1];
        let mut out = [0.0; 8];
        gather_columns(&table, 3, &ids, &mut out);
        assert_eq!(out, [3.0, 1.0, 3.0, 2.0, 30.0, 10.0, 30.0, 20.0]);
        let mut back = [0.0; 6];
        scatter_add_columns(&out, &ids, &mut back, 3);
        assert_eq!(back, [1.0, 2.0, 6.0, 10.0, 20.0, 60.0]);
    }

    #[test]
    #[should_panic(expected = "id 3 in a table of 3 columns")]
    fn an_id_past_the_table_is_refused() {
        gather_columns(&[0.0; 3], 3, &[3], &mut [0.0]);
    }
}
