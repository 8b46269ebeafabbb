//! Scaling of columns to like ranges.

use super::Table;

/// A range below this is rounding, not variation: the column counts as constant.
/// scikit-learn's bound.
const CONSTANT: f64 = 10.0 * f64::EPSILON;

/// Min-max scaling as scikit-learn's `MinMaxScaler`: each column of the rows it was
/// fitted on goes to 0..1, a constant one to 0. Other rows may go beyond.
#[derive(Clone, Debug, PartialEq)]
pub struct MinMax {
    /// A column's factor and what is added after it.
    columns: Vec<(f64, f64)>,
}

impl MinMax {
    /// The scaling that takes the rows of `table` to 0..1.
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
            // This product, and not (x - low) * factor, has scikit-learn's very bits.
            (factor, -low * factor)
        };
        Self { columns: (0..table.columns()).map(column).collect() }
    }

    /// The rows of `table`, scaled.
    ///
    /// # Panics
    /// When it has other columns than the scaling was fitted on.
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
