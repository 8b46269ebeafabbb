//! The effect of one column with others held fixed: a coefficient of least squares, with an interval
//! that holds where rows scatter unequally.
//!
//! A column may be held fixed as a straight line, or, as [`levels`], in any shape at all.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Interval;
use super::correlation::Basis;

/// How much a target changes if a column rises by 1 and others stay as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adjusted {
    /// Number of rows.
    pub rows: usize,
    /// The coefficient of least squares.
    pub effect: f64,
    /// Its 95 % interval, by Student's t. The standard error is HC3: each row's residual counts as
    /// its own variance, larger for rows that pull the line towards them (MacKinnon and White 1985,
    /// *Some heteroskedasticity-consistent covariance matrix estimators*).
    pub interval: Interval,
    /// Two-sided p-value of no effect, by the same t and error.
    pub p: f64,
}

/// A row whose residual must be 0, because a coefficient is there for it alone, has this leverage up
/// to rounding. It says nothing, so it is left out of the error.
const ALONE: f64 = 1.0 - 1e-9;

impl Adjusted {
    /// The effect of `x` on `y` with the columns `given`, and a constant, held fixed. `None` if they
    /// make up all of `x`, or if there are no more rows than columns.
    ///
    /// # Panics
    /// When columns differ in length.
    pub fn of(x: &[f64], y: &[f64], given: &[&[f64]]) -> Option<Self> {
        let rows = y.len();
        for column in given.iter().chain([&x]) {
            assert_eq!(rows, column.len(), "columns of different length");
        }
        let weights = vec![1.0; rows];
        let basis = Basis::new(given, &weights);
        let x = basis.residual(x.to_vec())?;
        let y = basis.residual(y.to_vec()).unwrap_or_else(|| vec![0.0; rows]);
        let square: f64 = x.iter().map(|x| x * x).sum();
        let effect = x.iter().zip(&y).map(|(x, y)| x * y).sum::<f64>() / square;
        let freedom = rows.checked_sub(basis.rank() + 1).filter(|&freedom| freedom > 0)?;
        let leverages = basis.leverages();
        let squares = x.iter().zip(&y).zip(leverages).map(|((x, y), leverage)| {
            let leverage = leverage + x * x / square;
            let error = (y - effect * x) / (1.0 - leverage);
            if leverage < ALONE { (x * error).powi(2) } else { 0.0 }
        });
        let error = squares.sum::<f64>().sqrt() / square;
        let t = StudentsT::new(0.0, 1.0, freedom as f64).expect("a degree of freedom");
        let reach = t.inverse_cdf(0.975) * error;
        let interval = Interval { low: effect - reach, high: effect + reach };
        let distance = (effect / error).abs();
        let p = match distance.is_finite() {
            true => 2.0 * t.sf(distance),
            // There is no error.
            false => f64::from(u8::from(effect == 0.0)),
        };
        Some(Self { rows, effect, interval, p })
    }
}

/// A column for each different value in ascending order, 1 in the rows with this value and 0 in the
/// others. Together they hold a column fixed whatever the shape of its effect, like the dummy
/// variables of a factor. They add up to a constant, so one fewer is independent of it.
pub fn levels(column: &[f64]) -> Vec<Vec<f64>> {
    let mut values = column.to_vec();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let rows_with = |level: &f64| column.iter().map(|v| f64::from(u8::from(v == level))).collect();
    values.iter().map(rows_with).collect()
}

/// The part of a column that least squares on `given`, and a constant, does not explain.
///
/// # Panics
/// When columns differ in length.
pub fn residuals(column: &[f64], given: &[&[f64]]) -> Vec<f64> {
    let rows = column.len();
    for other in given {
        assert_eq!(rows, other.len(), "columns of different length");
    }
    let weights = vec![1.0; rows];
    Basis::new(given, &weights).residual(column.to_vec()).unwrap_or_else(|| vec![0.0; rows])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::partial;
    use crate::analysis::pearson;

    #[test]
    fn a_line_has_its_slope_and_no_error() {
        let x = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0];
        let size = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0];
        let y: Vec<f64> = x.iter().zip(size).map(|(x, size)| 2.0 * x - size).collect();
        let found = Adjusted::of(&x, &y, &[&size]).unwrap();
        assert!((found.effect - 2.0).abs() < 1e-12, "{found:?}");
        assert!(found.interval.high - found.interval.low < 1e-9, "{found:?}");
        assert!(found.p < 1e-9, "{found:?}");
        assert_eq!(Adjusted::of(&x, &[1.0; 6], &[]).unwrap().p, 1.0);
    }

    #[test]
    fn what_is_given_leaves_no_effect_of_its_own() {
        let (x, y) = ([1.0, 2.0, 4.0, 3.0], [2.0, 1.0, 0.0, 5.0]);
        assert_eq!(Adjusted::of(&x, &y, &[&x]), None);
        // With x there is a coefficient for each of the four rows.
        let levels = levels(&[1.0, 2.0, 3.0, 3.0]);
        let given: Vec<&[f64]> = levels.iter().map(Vec::as_slice).collect();
        assert_eq!(Adjusted::of(&x, &y, &given), None);
        assert_eq!(residuals(&[7.0, 2.0, 1.0, 1.0], &given), [0.0; 4]);
    }

    #[test]
    fn a_level_marks_the_rows_with_a_value() {
        let found = levels(&[2.0, 1.0, 5.0, 2.0]);
        assert_eq!(found, [[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0]]);
        assert_eq!(levels(&[3.0; 2]), [[1.0, 1.0]]);
    }

    #[test]
    fn residuals_of_both_columns_have_the_partial_correlation() {
        let (x, y, z) =
            ([1.0, 2.0, 4.0, 3.0, 9.0], [2.0, 1.0, 0.0, 5.0, 6.0], [1.0, 1.0, 0.0, 2.0, 5.0]);
        let r = pearson(&residuals(&x, &[&z]), &residuals(&y, &[&z])).unwrap();
        assert!((r - partial(&x, &y, &[&z]).unwrap()).abs() < 1e-12);
    }
}
