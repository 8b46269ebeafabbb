//! Tables of numbers.

/// Rows of numbers, row-major: N rows of D columns. The regressors expect every number
/// to be finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    rows: usize,
    columns: usize,
    /// `[N][D]`
    values: Vec<f64>,
}

impl Table {
    /// A table with `columns` columns from `values`, `[N][D]`. Without columns there are no rows.
    ///
    /// # Panics
    /// If the values do not fill whole rows.
    pub fn new(columns: usize, values: Vec<f64>) -> Self {
        let rows = values.len().checked_div(columns).unwrap_or(0);
        assert_eq!(
            rows * columns,
            values.len(),
            "{} values are no rows of {columns} columns",
            values.len()
        );
        Self { rows, columns, values }
    }

    /// A table of D columns with N values each.
    ///
    /// # Panics
    /// If columns differ in length.
    pub fn from_columns(columns: &[Vec<f64>]) -> Self {
        let rows = columns.first().map_or(0, Vec::len);
        for (at, column) in columns.iter().enumerate() {
            assert_eq!(
                column.len(),
                rows,
                "column 0 has {rows} values, column {at} has {}",
                column.len()
            );
        }
        let row = |row: usize| columns.iter().map(move |column| column[row]);
        let values = (0..rows).flat_map(row).collect();
        Self { rows, columns: columns.len(), values }
    }

    /// N.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// D.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Row `at`, D values.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, at: usize) -> &[f64] {
        assert!(at < self.rows, "row {at} of {} rows", self.rows);
        &self.values[at * self.columns..(at + 1) * self.columns]
    }

    /// The N values of a column.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn column(&self, at: usize) -> Vec<f64> {
        assert!(at < self.columns, "column {at} of {} columns", self.columns);
        self.values.chunks_exact(self.columns).map(|row| row[at]).collect()
    }

    /// The rows `chosen`, in that order; a row may be chosen more than once.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn select(&self, chosen: &[usize]) -> Self {
        let values = chosen.iter().flat_map(|&row| self.row(row)).copied().collect();
        Self { rows: chosen.len(), columns: self.columns, values }
    }

    /// The same rows with other values in one column: row by row the next of `values`.
    pub(crate) fn with_values<'a>(
        mut self,
        column: usize,
        values: &mut impl Iterator<Item = &'a f64>,
    ) -> Self {
        for (row, value) in self.values.chunks_exact_mut(self.columns).zip(values) {
            row[column] = *value;
        }
        self
    }

    /// The columns `chosen`, in that order.
    ///
    /// # Panics
    /// When there is no such column.
    pub fn with_columns(&self, chosen: &[usize]) -> Self {
        for &column in chosen {
            assert!(column < self.columns, "column {column} of {} columns", self.columns);
        }
        let pick = |row: usize| chosen.iter().map(move |&column| self.row(row)[column]);
        let values = (0..self.rows).flat_map(pick).collect();
        Self { rows: self.rows, columns: chosen.len(), values }
    }

    /// All columns except `left_out`, in their order.
    ///
    /// # Panics
    /// When there is no such column.
    pub fn without_columns(&self, left_out: &[usize]) -> Self {
        for &column in left_out {
            assert!(column < self.columns, "column {column} of {} columns", self.columns);
        }
        let kept: Vec<usize> = (0..self.columns).filter(|at| !left_out.contains(at)).collect();
        self.with_columns(&kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_are_picked_in_the_order_asked_for() {
        let table = Table::new(3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!((table.rows(), table.columns()), (2, 3));
        assert_eq!(table.row(1), [4.0, 5.0, 6.0]);
        assert_eq!(table.column(1), [2.0, 5.0]);
        let turned = Table::from_columns(&[vec![1.0, 4.0], vec![2.0, 5.0], vec![3.0, 6.0]]);
        assert_eq!(table, turned);
        assert_eq!(table.select(&[1, 0, 1]).column(0), [4.0, 1.0, 4.0]);
        assert_eq!(table.with_columns(&[2, 0]), Table::new(2, vec![3.0, 1.0, 6.0, 4.0]));
        assert_eq!(table.without_columns(&[1]), Table::new(2, vec![1.0, 3.0, 4.0, 6.0]));
        // The number of rows stays even if no column does.
        assert_eq!(table.without_columns(&[0, 1, 2]).rows(), 2);
        assert_eq!(Table::new(0, Vec::new()).rows(), 0);
    }

    #[test]
    #[should_panic(expected = "5 values are no rows of 2 columns")]
    fn values_that_fill_no_rows_are_the_callers_fault() {
        Table::new(2, vec![0.0; 5]);
    }

    #[test]
    #[should_panic(expected = "column 0 has 2 values, column 1 has 1")]
    fn columns_of_different_length_are_the_callers_fault() {
        Table::from_columns(&[vec![1.0, 2.0], vec![1.0]]);
    }
}
