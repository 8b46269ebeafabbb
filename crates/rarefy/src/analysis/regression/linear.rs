//! What the linear regressors share: the fitted line, and the singular values it is
//! found from.

use nalgebra::{DMatrix, DVector};

use super::{Table, check_row, check_target};

/// `y = x · coefficients + intercept`.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// D of them.
    pub coefficients: Vec<f64>,
    pub intercept: f64,
}

impl Line {
    pub fn at(&self, row: &[f64]) -> f64 {
        check_row(row, self.coefficients.len());
        dot(row, &self.coefficients) + self.intercept
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Rows and target, centred, in the directions in which the rows vary: `X = U S V'` with
/// K = min(N, D). Least squares with any penalty on the length of the coefficients is a
/// factor for each direction, so nothing of N rows is looked at again.
pub(super) struct Directions {
    column_means: Vec<f64>,
    target_mean: f64,
    /// `[K]`, falling: S.
    pub singular_values: Vec<f64>,
    /// `[K]`: U' y.
    pub target_along: Vec<f64>,
    /// `|y|^2` of what lies in none of the directions.
    pub target_beside: f64,
    /// `[K][D]`: V'.
    directions: DMatrix<f64>,
}

impl Directions {
    /// # Panics
    /// When there are no rows, or not as many targets.
    pub fn new(x: &Table, y: &[f64]) -> Self {
        check_target(x, y);
        let (rows, columns) = (x.rows(), x.columns());
        let mean = |values: &[f64]| values.iter().sum::<f64>() / rows as f64;
        let column_means: Vec<f64> = (0..columns).map(|at| mean(&x.column(at))).collect();
        let target_mean = mean(y);
        let target = DVector::from_iterator(rows, y.iter().map(|y| y - target_mean));
        if columns == 0 {
            return Self {
                column_means,
                target_mean,
                singular_values: Vec::new(),
                target_along: Vec::new(),
                target_beside: target.norm_squared(),
                directions: DMatrix::zeros(0, 0),
            };
        }
        let centred = DMatrix::from_fn(rows, columns, |row, column| {
            x.row(row)[column] - column_means[column]
        });
        let decomposed = centred.svd(true, true);
        let (u, directions) =
            (decomposed.u.expect("asked for"), decomposed.v_t.expect("asked for"));
        let along = u.tr_mul(&target);
        let target_beside = (target - u * &along).norm_squared();
        Self {
            column_means,
            target_mean,
            singular_values: decomposed.singular_values.iter().copied().collect(),
            target_along: along.iter().copied().collect(),
            target_beside,
            directions,
        }
    }

    /// The line whose slope along each of the K directions is `slopes`.
    pub fn line(&self, slopes: &[f64]) -> Line {
        let coefficients = self.directions.tr_mul(&DVector::from_column_slice(slopes));
        let coefficients: Vec<f64> = coefficients.iter().copied().collect();
        let intercept = self.target_mean - dot(&self.column_means, &coefficients);
        Line { coefficients, intercept }
    }
}
