//! Scaling of columns to similar ranges.

use super::Table;

/// A smaller range is rounding, not variation, so the column counts as constant. scikit-learn's
/// bound.
const CONSTANT: f64 = 10.0 * f64::EPSILON;

/// Min-max scaling like scikit-learn's `MinMaxScaler`: each column of the rows of the fit is mapped
/// to 0..1, and a constant column to 0. Other rows may go beyond that range.
#[derive(Clone, Debug, PartialEq)]
pub struct MinMax {
    /// For each column a factor, and the value added after multiplication.
    columns: Vec<(f64, f64)>,
}

impl MinMax {
    /// The scaling that maps the rows of `table` to 0..1.
    ///
    /// # Panics
    /// When there are no rows.
    pub fn fit(table: &Table) -> Self {
        assert!(table.rows() > 0, "no rows to fit a scaling on");
        let column = |at| {
            let values = table.column(at);
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let range = high - low;
            let factor = if range < CONSTANT { 1.0 } else { 1.0 / range };
            // This expression rather than (x - low) * factor gives the same bits as scikit-learn.
            (factor, -low * factor)
        };
        Self { columns: (0..table.columns()).map(column).collect() }
    }

    /// The rows of `table`, scaled.
    ///
    /// # Panics
    /// If its columns are not those of the fit.
    pub fn apply(&self, table: &Table) -> Table {
        assert_eq!(
            table.columns(),
            self.columns.len(),
            "{} columns, where the scaling was fitted on {}",
            table.columns(),
            self.columns.len()
        );
        let scaled = |(at, (factor, offset)): (usize, &(f64, f64))| {
            table.column(at).iter().map(|value| value * factor + offset).collect()
        };
        let columns: Vec<Vec<f64>> = self.columns.iter().enumerate().map(scaled).collect();
        match columns.is_empty() {
            true => table.clone(),
            false => Table::from_columns(&columns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_go_to_0_to_1_constant_ones_to_0_and_other_rows_beyond() {
        let table = Table::from_columns(&[vec![2.0, 6.0, 4.0], vec![7.0; 3]]);
        let scaling = MinMax::fit(&table);
        let scaled = Table::from_columns(&[vec![0.0, 1.0, 0.5], vec![0.0; 3]]);
        assert_eq!(scaling.apply(&table), scaled);
        assert_eq!(scaling.apply(&Table::new(2, vec![8.0, 9.0])).row(0), [1.5, 2.0]);
    }

    #[test]
    #[should_panic(expected = "1 columns, where the scaling was fitted on 2")]
    fn a_table_of_other_columns_is_the_callers_fault() {
        MinMax::fit(&Table::new(2, vec![0.0; 4])).apply(&Table::new(1, vec![0.0]));
    }
}
