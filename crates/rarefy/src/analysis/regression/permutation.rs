//! How much worse predictions become if one column carries no information.

use super::{Fitted, Table};
use crate::analysis::r2;
use crate::random::Stream;

/// The effect of shuffling a column (Breiman 2001; scikit-learn's `permutation_importance`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PermutationImportance {
    /// Mean drop in R^2.
    pub mean: f64,
    /// Standard deviation of the drop over the repeats (of the population, as in NumPy and
    /// scikit-learn).
    pub std: f64,
}

/// For each column, how much R^2 on `x` and `y` drops when the column's values are shuffled among
/// the rows, `repeats` times. Each column has its own random stream. It takes D * repeats
/// predictions of every row.
///
/// # Panics
/// If the number of targets differs from that of rows, the columns are not those of the fit, or
/// there are no repeats.
pub fn permutation_importance(
    fitted: &dyn Fitted,
    x: &Table,
    y: &[f64],
    repeats: usize,
    seed: u64,
) -> Vec<PermutationImportance> {
    assert!(repeats > 0, "a column was to be shuffled no times");
    let intact = r2(y, &fitted.predict(x));
    let column = |column| {
        let mut stream = Stream::new(seed, &format!("permutation of column {column}"));
        let mut values = x.column(column);
        let drops: Vec<f64> = (0..repeats)
            .map(|_| {
                stream.shuffle(&mut values);
                intact - r2(y, &predict_with(fitted, x, column, &values))
            })
            .collect();
        let mean = drops.iter().sum::<f64>() / repeats as f64;
        let variance = drops.iter().map(|drop| (drop - mean).powi(2)).sum::<f64>() / repeats as f64;
        PermutationImportance { mean, std: variance.sqrt() }
    };
    (0..x.columns()).map(column).collect()
}

/// The predictions when the values of `column` are replaced by `values`.
fn predict_with(fitted: &dyn Fitted, x: &Table, column: usize, values: &[f64]) -> Vec<f64> {
    let mut row = Vec::with_capacity(x.columns());
    let predict = |(at, &value): (usize, &f64)| {
        row.clear();
        row.extend_from_slice(x.row(at));
        row[column] = value;
        fitted.predict_row(&row)
    };
    values.iter().enumerate().map(predict).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::regression::Regression;

    #[test]
    fn a_column_that_says_everything_costs_twice_its_r2_and_another_nothing() {
        const ROWS: usize = 400;
        const REPEATS: usize = 30;
        let mut stream = Stream::new(3, "columns");
        let columns: Vec<Vec<f64>> =
            (0..2).map(|_| (0..ROWS).map(|_| stream.normal()).collect()).collect();
        let y: Vec<f64> = columns[0].iter().map(|x| 2.0 * x + 1.0).collect();
        let x = Table::from_columns(&columns);
        let fitted = Regression::LeastSquares.fit(&x, &y, 0, 1);
        let found = permutation_importance(&*fitted, &x, &y, REPEATS, 5);
        // A shuffled target has an R^2 of -1 on average against the original. The correlation of
        // two random orders has standard deviation 1 / sqrt(N - 1), and the drop has twice that.
        let error = 2.0 / ((ROWS - 1) as f64).sqrt();
        let tolerance = 5.0 * error / (REPEATS as f64).sqrt();
        assert!((found[0].mean - 2.0).abs() < tolerance, "{found:?}");
        assert!((found[0].std / error - 1.0).abs() < 0.5, "{found:?}");
        assert!(found[1].mean.abs() < 1e-12 && found[1].std < 1e-12, "{found:?}");
        assert_eq!(found, permutation_importance(&*fitted, &x, &y, REPEATS, 5));
        assert_ne!(found, permutation_importance(&*fitted, &x, &y, REPEATS, 6));
    }
}
