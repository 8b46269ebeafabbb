//! Bayesian ridge regression, like scikit-learn's `BayesianRidge`.
//!
//! The model: targets are linear with normal noise of precision alpha, and coefficients are normal
//! around 0 with precision lambda. Both precisions are estimated from the data by MacKay's
//! re-estimation of the evidence (MacKay 1992, *Bayesian Interpolation*; Tipping 2001, *Sparse
//! Bayesian Learning and the Relevance Vector Machine*).

use super::linear::{Directions, Line};
use super::{Fitted, Table};

/// Most rounds of re-estimation.
const ROUNDS: usize = 300;
/// Rounds end when the coefficients change by less than this, summed over columns.
const TOLERANCE: f64 = 1e-3;
/// Shape and rate of the gamma priors of alpha and lambda: practically uninformative.
const PRIOR: f64 = 1e-6;

/// A line whose coefficients are shrunk towards 0 as far as the noise suggests.
#[derive(Clone, Debug)]
pub struct BayesianRidge {
    line: Line,
    alpha: f64,
    lambda: f64,
    rounds: usize,
}

impl BayesianRidge {
    /// Fits N rows. O(N D min(N, D)), and O(D min(N, D)) per round.
    ///
    /// # Panics
    /// If there are no rows, or the number of targets differs.
    pub fn fit(x: &Table, y: &[f64]) -> Self {
        let found = Directions::new(x, y);
        let rows = x.rows() as f64;
        let along_squared = found.target_along.iter().map(|along| along * along).sum::<f64>();
        let variance = (found.target_beside + along_squared) / rows;
        let squares: Vec<f64> = found.singular_values.iter().map(|s| s * s).collect();
        // EPSILON avoids a division by zero for a constant target.
        let mut alpha = 1.0 / (variance + f64::EPSILON);
        let mut lambda = 1.0;
        let mut before: Option<Vec<f64>> = None;
        let mut rounds = 0;
        while rounds < ROUNDS {
            rounds += 1;
            let line = ridge(&found, lambda / alpha);
            let error = squared_error(&found, lambda / alpha);
            let length: f64 = line.coefficients.iter().map(|w| w * w).sum();
            // The effective number of coefficients determined by the data.
            let determined: f64 = squares.iter().map(|s| alpha * s / (lambda + alpha * s)).sum();
            lambda = (determined + 2.0 * PRIOR) / (length + 2.0 * PRIOR);
            alpha = (rows - determined + 2.0 * PRIOR) / (error + 2.0 * PRIOR);
            let moved = before.as_ref().map(|before| {
                before.iter().zip(&line.coefficients).map(|(a, b)| (a - b).abs()).sum::<f64>()
            });
            if moved.is_some_and(|moved| moved < TOLERANCE) {
                break;
            }
            before = Some(line.coefficients);
        }
        // The coefficients for the final precisions.
        Self { line: ridge(&found, lambda / alpha), alpha, lambda, rounds }
    }

    /// One per column.
    pub fn coefficients(&self) -> &[f64] {
        &self.line.coefficients
    }

    /// The prediction where every column is 0.
    pub fn intercept(&self) -> f64 {
        self.line.intercept
    }

    /// Estimated precision of the noise: the inverse of its variance.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Estimated precision of the coefficients.
    pub fn lambda(&self) -> f64 {
        self.lambda
    }

    /// Number of rounds of re-estimation: scikit-learn's `n_iter_`.
    pub fn rounds(&self) -> usize {
        self.rounds
    }
}

/// The line that minimises the squared error plus `penalty` times the squared length of the
/// coefficients.
fn ridge(found: &Directions, penalty: f64) -> Line {
    let slopes = found.singular_values.iter().zip(&found.target_along);
    let slopes: Vec<f64> = slopes.map(|(s, along)| s * along / (s * s + penalty)).collect();
    found.line(&slopes)
}

/// The squared error of that line: the part that no line explains, and the remainder in each
/// direction.
fn squared_error(found: &Directions, penalty: f64) -> f64 {
    let left = found.singular_values.iter().zip(&found.target_along);
    let left = left.map(|(s, along)| (along * penalty / (s * s + penalty)).powi(2));
    found.target_beside + left.sum::<f64>()
}

impl Fitted for BayesianRidge {
    fn predict_row(&self, row: &[f64]) -> f64 {
        self.line.at(row)
    }

    fn importances(&self) -> Vec<f64> {
        self.line.coefficients.clone()
    }
}
