//! Correlations of two columns: Pearson's, Spearman's, and partial correlation with other columns
//! held fixed, and how likely they are by chance.

use statrs::function::beta::beta_reg;

/// Pearson's correlation of two columns, -1 to 1. `None` for fewer than two rows, and if a column
/// is constant.
///
/// # Panics
/// When one has more rows than the other.
pub fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    assert_eq!(x.len(), y.len(), "columns of different length");
    let constant = |values: &[f64]| values.iter().all(|value| *value == values[0]);
    if x.len() < 2 || constant(x) || constant(y) {
        return None;
    }
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (dx, dy) in deviations(x).iter().zip(deviations(y)) {
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    quotient(xx, yy, xy)
}

/// The deviations of values from their mean. Very large or very small ones are rescaled, so that
/// their squares neither overflow nor vanish.
pub(super) fn deviations(values: &[f64]) -> Vec<f64> {
    let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let unit = if (1e-100..1e100).contains(&largest) || largest == 0.0 { 1.0 } else { largest };
    let mean = values.iter().map(|value| value / unit).sum::<f64>() / values.len() as f64;
    values.iter().map(|value| value / unit - mean).collect()
}

/// The correlation, from these sums of squared deviations and of their products.
pub(super) fn quotient(xx: f64, yy: f64, xy: f64) -> Option<f64> {
    // The roots are taken first: their product neither overflows nor vanishes where that of the
    // squares would.
    let r = xy / (xx.sqrt() * yy.sqrt());
    r.is_finite().then(|| r.clamp(-1.0, 1.0))
}

/// An orthonormal basis of the columns `given` and a constant, with which their linear effect on
/// another column can be removed (modified Gram-Schmidt). Rows count with their weights.
pub(super) struct Basis<'a> {
    weights: &'a [f64],
    vectors: Vec<Vec<f64>>,
}

/// If less than this share of a column's length remains after removing the others, it was a linear
/// combination of them up to rounding.
const COLLINEAR: f64 = 1e-9;

impl<'a> Basis<'a> {
    pub(super) fn new(given: &[&[f64]], weights: &'a [f64]) -> Self {
        let mut basis = Self { weights, vectors: Vec::new() };
        basis.push(vec![1.0; weights.len()]);
        for column in given {
            basis.push(column.to_vec());
        }
        basis
    }

    /// The number of columns that are independent of each other, the constant among them.
    pub(super) fn rank(&self) -> usize {
        self.vectors.len()
    }

    /// How far each row's own value moves its prediction by the basis (the diagonal of the hat
    /// matrix).
    pub(super) fn leverages(&self) -> Vec<f64> {
        let of = |(row, weight): (usize, &f64)| {
            weight * self.vectors.iter().map(|vector| vector[row].powi(2)).sum::<f64>()
        };
        self.weights.iter().enumerate().map(of).collect()
    }

    fn product(&self, a: &[f64], b: &[f64]) -> f64 {
        self.weights.iter().zip(a).zip(b).map(|((weight, a), b)| weight * a * b).sum()
    }

    fn push(&mut self, column: Vec<f64>) {
        let Some(mut rest) = self.residual(column) else { return };
        let length = self.product(&rest, &rest).sqrt();
        rest.iter_mut().for_each(|value| *value /= length);
        self.vectors.push(rest);
    }

    /// The residual of `column` after removing the effect of the basis; `None` if it is zero.
    pub(super) fn residual(&self, mut column: Vec<f64>) -> Option<Vec<f64>> {
        let take = |column: &mut Vec<f64>, vector: &Vec<f64>| {
            let share = self.product(vector, column);
            column.iter_mut().zip(vector).for_each(|(value, v)| *value -= share * v);
        };
        // The reference is how much a column varies, not how far from zero it is.
        if let Some(constant) = self.vectors.first() {
            take(&mut column, constant);
        }
        let whole = self.product(&column, &column);
        // Twice, because the first pass leaves rounding errors.
        for vector in self.vectors.iter().chain(&self.vectors) {
            take(&mut column, vector);
        }
        let left = self.product(&column, &column);
        (left > COLLINEAR * COLLINEAR * whole).then_some(column)
    }

    /// The correlation of two columns after removing the effect of the basis.
    pub(super) fn correlation(&self, x: &[f64], y: &[f64]) -> Option<f64> {
        quotient(self.product(x, x), self.product(y, y), self.product(x, y))
    }
}

/// Partial correlation: that of the residuals of both columns after least squares on `given`.
/// `None` if one residual is zero.
///
/// # Panics
/// When columns differ in length.
pub fn partial(x: &[f64], y: &[f64], given: &[&[f64]]) -> Option<f64> {
    for column in given.iter().chain([&y]) {
        assert_eq!(x.len(), column.len(), "columns of different length");
    }
    let weights = vec![1.0; x.len()];
    let basis = Basis::new(given, &weights);
    basis.correlation(&basis.residual(x.to_vec())?, &basis.residual(y.to_vec())?)
}

/// The probability that two unrelated columns of `rows` rows have a correlation of at least `r` in
/// either direction, with `given` other columns held fixed. The test is two-sided, by Student's t
/// with `rows - 2 - given` degrees of freedom. It is exact for normal columns. For ranks it is an
/// approximation, as in SciPy, and far off for fewer than [`FEWEST_RANKS`]. `None` without degrees
/// of freedom.
pub fn p_value(r: f64, rows: usize, given: usize) -> Option<f64> {
    let freedom = rows.checked_sub(2 + given).filter(|&freedom| freedom > 0)? as f64;
    // With t = r sqrt(freedom / (1 - r r)), freedom / (freedom + t t) equals 1 - r r.
    Some(beta_reg(freedom / 2.0, 0.5, ((1.0 - r) * (1.0 + r)).clamp(0.0, 1.0)))
}

/// With fewer rows, Student's t says little about correlations of ranks: with three rows, one order
/// in three is perfectly correlated.
pub const FEWEST_RANKS: usize = 7;

/// `p_values` corrected for their number: with probability 0.95, none of those below 0.05 is there
/// by chance (Holm 1979, *A simple sequentially rejective multiple test procedure*). Missing ones
/// were not tested.
pub fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let tested = |at: &usize| p_values[*at].is_some();
    let mut order: Vec<usize> = (0..p_values.len()).filter(tested).collect();
    let p = |at: usize| p_values[at].expect("only those that were tested");
    order.sort_by(|&a, &b| p(a).total_cmp(&p(b)));
    let mut corrected = vec![None; p_values.len()];
    let mut least: f64 = 0.0;
    for (place, &at) in order.iter().enumerate() {
        least = least.max(p(at) * (order.len() - place) as f64).min(1.0);
        corrected[at] = Some(least);
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::spearman;

    #[test]
    fn what_lies_on_a_line_goes_together_wholly() {
        let x = [1.0, 2.0, 5.0];
        for (slope, r) in [(3.0, 1.0), (-0.5, -1.0)] {
            let found = pearson(&x, &x.map(|x| slope * x - 1.0)).unwrap();
            assert!((found - r).abs() < 1e-15, "{found}");
        }
        // By hand: deviations (-1, 0, 1) and (-1, 2, -1) are orthogonal.
        assert_eq!(pearson(&[1.0, 2.0, 3.0], &[0.0, 3.0, 0.0]), Some(0.0));
    }

    #[test]
    fn nothing_goes_with_a_constant_or_a_single_row() {
        assert_eq!(pearson(&[1.0, 2.0], &[0.1, 0.1]), None);
        assert_eq!(pearson(&[0.1; 3], &[1.0, 2.0, 3.0]), None);
        assert_eq!(pearson(&[1.0], &[1.0]), None);
        assert_eq!(pearson(&[], &[]), None);
        assert_eq!(pearson(&[1.0, f64::NAN], &[1.0, 2.0]), None);
        // Fixed columns may be far from zero, and columns may be huge or tiny.
        let far = [1e10, 1e10 + 1.0, 1e10 + 5.0, 1e10 + 2.0];
        let near = [0.0, 1.0, 5.0, 2.0];
        let (x, y) = ([1.0, 2.0, 4.0, 3.0], [2.0, 1.0, 0.0, 5.0]);
        let [found, expected] = [&far, &near].map(|given| partial(&x, &y, &[given]).unwrap());
        assert!((found - expected).abs() < 1e-5, "{found}, {expected}");
        for unit in [1e200, 1e-200] {
            let r = pearson(&x.map(|x| unit * x), &y).unwrap();
            assert!((r - pearson(&x, &y).unwrap()).abs() < 1e-12, "{r}");
        }
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[4.0; 3]), None);
    }

    #[test]
    fn nothing_is_left_of_a_column_that_the_given_ones_make_up() {
        let (x, y) = ([1.0, 2.0, 4.0, 3.0], [2.0, 1.0, 0.0, 5.0]);
        assert_eq!(partial(&x, &y, &[&x]), None);
        assert_eq!(partial(&x, &y, &[&y.map(|y| 3.0 - 2.0 * y)]), None);
        let none = partial(&x, &y, &[]).unwrap();
        assert!((none - pearson(&x, &y).unwrap()).abs() < 1e-15);
        // Holding a constant or a duplicate fixed adds no condition.
        let z = [1.0, 0.0, 0.0, 1.0];
        let once = partial(&x, &y, &[&z]).unwrap();
        let twice = partial(&x, &y, &[&[7.0; 4], &z, &z]).unwrap();
        assert!((once - twice).abs() < 1e-12);
    }

    #[test]
    fn a_whole_correlation_does_not_come_by_chance_and_none_always_does() {
        assert_eq!(p_value(1.0, 9, 0), Some(0.0));
        assert_eq!(p_value(0.0, 9, 0), Some(1.0));
        assert_eq!((p_value(0.5, 2, 0), p_value(0.5, 5, 3)), (None, None));
    }

    #[test]
    fn holms_correction_multiplies_the_smallest_most() {
        // By hand: 3 * 0.01, then 2 * 0.03, then max(0.06, 0.04).
        let corrected = holm(&[Some(0.04), Some(0.01), None, Some(0.03)]);
        assert_eq!(corrected, [Some(0.06), Some(0.03), None, Some(0.06)]);
        assert_eq!(holm(&[Some(0.9), Some(0.8)]), [Some(1.0); 2]);
    }
}
