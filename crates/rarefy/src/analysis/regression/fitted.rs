//! What every regressor is once it is fitted, and what all of them check.

use super::Table;

/// What was fitted, and can predict.
pub trait Fitted: Send + Sync {
    /// What is predicted for a row of D values.
    ///
    /// # Panics
    /// When the row has another number of values than those it was fitted on.
    fn predict_row(&self, row: &[f64]) -> f64;

    /// What is predicted for each row of `x`.
    ///
    /// # Panics
    /// As [`Fitted::predict_row`].
    fn predict(&self, x: &Table) -> Vec<f64> {
        (0..x.rows()).map(|row| self.predict_row(x.row(row))).collect()
    }

    /// One number a column. For trees what scikit-learn calls `feature_importances_`: the
    /// share of the fall in squared error that the column's splits brought, all together 1
    /// unless a tree was never split. For linear regressors the coefficients, which
    /// compare with each other only where columns have like ranges.
    fn importances(&self) -> Vec<f64>;
}

/// That there is something to fit.
pub(super) fn check_target(x: &Table, y: &[f64]) {
    assert!(x.rows() > 0, "no rows to fit on");
    assert_eq!(x.rows(), y.len(), "{} rows, {} targets", x.rows(), y.len());
}

/// That a row is like those that were fitted on.
pub(super) fn check_row(row: &[f64], columns: usize) {
    assert_eq!(
        row.len(),
        columns,
        "a row of {} columns, where {columns} were fitted on",
        row.len()
    );
}
