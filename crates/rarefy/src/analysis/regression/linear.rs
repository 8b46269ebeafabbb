//! Shared parts of the linear regressors: the fitted line, and the singular values from which it is
//! computed.

use super::Table;
use super::fitted::{check_row, check_target};
use super::singular::orthogonalise;

/// `y = x · coefficients + intercept`.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// One per column, D in total.
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

/// Centred rows and target along the directions in which the rows vary: `X = U S V'` with K =
/// min(N, D). Least squares with any penalty on the length of the coefficients amounts to a factor
/// for each direction, so the N rows are not needed again.
pub(super) struct Directions {
    column_means: Vec<f64>,
    target_mean: f64,
    /// `[K]`: S, in any order.
    pub singular_values: Vec<f64>,
    /// `[K]`: U' y.
    pub target_along: Vec<f64>,
    /// The part of `|y|^2` outside all of the directions.
    pub target_beside: f64,
    /// `[K][D]`: V'.
    directions: Vec<Vec<f64>>,
}

impl Directions {
    /// O(N D min(N, D)).
    ///
    /// # Panics
    /// If there are no rows, or the number of targets differs.
    pub fn new(x: &Table, y: &[f64]) -> Self {
        check_target(x, y);
        let (rows, columns) = (x.rows(), x.columns());
        let centre = |mut values: Vec<f64>| {
            let mean = values.iter().sum::<f64>() / rows as f64;
            values.iter_mut().for_each(|value| *value -= mean);
            (values, mean)
        };
        let (mut target, target_mean) = centre(y.to_vec());
        let (centred, column_means): (Vec<_>, Vec<_>) =
            (0..columns).map(|at| centre(x.column(at))).unzip();
        // The smaller set of vectors is rotated: either the columns or the rows.
        let (along_rows, directions, singular_values) = if columns <= rows {
            let mut turned = centred;
            let turns = orthogonalise(&mut turned);
            let lengths = normalise(&mut turned);
            (turned, turns, lengths)
        } else {
            let row = |row| centred.iter().map(|column| column[row]).collect();
            let mut turned: Vec<Vec<f64>> = (0..rows).map(row).collect();
            let turns = orthogonalise(&mut turned);
            let lengths = normalise(&mut turned);
            (turns, turned, lengths)
        };
        let target_along: Vec<f64> =
            along_rows.iter().map(|direction| dot(direction, &target)).collect();
        for (direction, along) in along_rows.iter().zip(&target_along) {
            target.iter_mut().zip(direction).for_each(|(left, u)| *left -= along * u);
        }
        Self {
            column_means,
            target_mean,
            singular_values,
            target_along,
            target_beside: dot(&target, &target),
            directions,
        }
    }

    /// The line with the slopes `slopes` along the K directions.
    pub fn line(&self, slopes: &[f64]) -> Line {
        let mut coefficients = vec![0.0; self.column_means.len()];
        for (direction, slope) in self.directions.iter().zip(slopes) {
            coefficients.iter_mut().zip(direction).for_each(|(sum, v)| *sum += slope * v);
        }
        let intercept = self.target_mean - dot(&self.column_means, &coefficients);
        Line { coefficients, intercept }
    }
}

/// Divides each vector by its length, except zero vectors. Returns the lengths.
fn normalise(vectors: &mut [Vec<f64>]) -> Vec<f64> {
    let length = |vector: &mut Vec<f64>| {
        let length = dot(vector, vector).sqrt();
        if length > 0.0 {
            vector.iter_mut().for_each(|value| *value /= length);
        }
        length
    };
    vectors.iter_mut().map(length).collect()
}
