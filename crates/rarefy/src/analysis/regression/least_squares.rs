//! Ordinary least squares, like scikit-learn's `LinearRegression`.

use super::linear::{Directions, Line};
use super::{Fitted, Table};

/// Directions in which the rows vary by less than this, relative to the largest singular value, are
/// ignored: a slope along them would be noise. scikit-learn's `tol`.
const RANK_TOLERANCE: f64 = 1e-6;

/// The line with the smallest squared error. If there are several, as with fewer rows than columns
/// or linearly dependent columns, it is the one with the shortest coefficients.
#[derive(Clone, Debug)]
pub struct LeastSquares {
    line: Line,
    rank: usize,
}

impl LeastSquares {
    /// Fits N rows. O(N D min(N, D)).
    ///
    /// # Panics
    /// If there are no rows, or the number of targets differs.
    pub fn fit(x: &Table, y: &[f64]) -> Self {
        let found = Directions::new(x, y);
        let largest = found.singular_values.iter().copied().fold(0.0, f64::max);
        let counts = |value: f64| value > largest * RANK_TOLERANCE;
        let slopes = found.singular_values.iter().zip(&found.target_along);
        let slopes: Vec<f64> =
            slopes.map(|(&s, along)| if counts(s) { along / s } else { 0.0 }).collect();
        let rank = found.singular_values.iter().filter(|&&value| counts(value)).count();
        Self { line: found.line(&slopes), rank }
    }

    /// One per column.
    pub fn coefficients(&self) -> &[f64] {
        &self.line.coefficients
    }

    /// The prediction where every column is 0.
    pub fn intercept(&self) -> f64 {
        self.line.intercept
    }

    /// The number of independent directions in which the rows vary.
    pub fn rank(&self) -> usize {
        self.rank
    }
}

impl Fitted for LeastSquares {
    fn predict_row(&self, row: &[f64]) -> f64 {
        self.line.at(row)
    }

    fn importances(&self) -> Vec<f64> {
        self.line.coefficients.clone()
    }
}
