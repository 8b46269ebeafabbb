//! The trait of fitted regressors, and checks shared by all of them.

use super::Table;

/// A fitted regressor, which can predict.
pub trait Fitted: Send + Sync {
    /// The prediction for a row of D values.
    ///
    /// # Panics
    /// If the row has another number of values than those of the fit.
    fn predict_row(&self, row: &[f64]) -> f64;

    /// The prediction for each row of `x`.
    ///
    /// # Panics
    /// As for [`Fitted::predict_row`].
    fn predict(&self, x: &Table) -> Vec<f64> {
        (0..x.rows()).map(|row| self.predict_row(x.row(row))).collect()
    }

    /// One number per column. For trees it is scikit-learn's `feature_importances_`: the share of
    /// the column's splits in the fall of the squared error. The shares add up to 1 unless no tree
    /// was ever split. For linear regressors it is the coefficients, which are comparable only if
    /// columns have similar ranges.
    fn importances(&self) -> Vec<f64>;
}

/// Checks that there is something to fit.
pub(super) fn check_target(x: &Table, y: &[f64]) {
    assert!(x.rows() > 0, "no rows to fit on");
    assert_eq!(x.rows(), y.len(), "{} rows, {} targets", x.rows(), y.len());
}

/// Checks that a row has as many columns as those of the fit.
pub(super) fn check_row(row: &[f64], columns: usize) {
    assert_eq!(
        row.len(),
        columns,
        "a row of {} columns, where {columns} were fitted on",
        row.len()
    );
}
