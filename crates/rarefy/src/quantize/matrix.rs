//! A weight matrix in integers.

/// The largest magnitude of a weight, and of what it multiplies.
pub(crate) const LARGEST: i32 = 127;

/// A matrix of which row `r` is `weights[r] * multipliers[r] / 2^shift`.
///
/// A row's scale is a whole multiple of the matrix's unit, so that it can be applied in 32 bits and
/// without an error of its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Matrix {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// `[rows][columns]`, each from -[`LARGEST`] to [`LARGEST`]
    pub(crate) weights: Vec<i8>,
    /// `[rows]`, at least 1
    pub(crate) multipliers: Vec<u8>,
    /// Negative where values are large.
    pub(crate) shift: i32,
}

/// The finest unit of a matrix is 2^-24, the coarsest 2^12.
const SHIFTS: std::ops::RangeInclusive<i32> = -12..=24;

impl Matrix {
    /// The matrix nearest to `values` `[rows][columns]`, in the units of its sums for each unit of
    /// its input; `None` if a value is too large.
    pub(crate) fn new(columns: usize, values: &[f64]) -> Option<Self> {
        SHIFTS.rev().find_map(|shift| Self::with_unit(columns, values, shift))
    }

    /// `None` if a value, or the sum of a row, is too large for the unit `2^-shift`.
    fn with_unit(columns: usize, values: &[f64], shift: i32) -> Option<Self> {
        let unit = (-f64::from(shift)).exp2();
        let mut matrix = Self {
            rows: values.len() / columns,
            columns,
            weights: Vec::with_capacity(values.len()),
            multipliers: Vec::new(),
            shift,
        };
        for row in values.chunks_exact(columns) {
            let largest = row.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
            let needed = (largest / (f64::from(LARGEST) * unit)).ceil().max(1.0);
            if needed > f64::from(u8::MAX) {
                return None;
            }
            let multiplier = best_multiplier(row, needed as u8, unit);
            matrix.multipliers.push(multiplier);
            matrix.weights.extend(row.iter().map(|&value| nearest(value, multiplier, unit) as i8));
        }
        let fits =
            |row: usize| matrix.most(row) << (-shift).max(0) < i64::from(i32::MAX) - (1 << 23);
        (0..matrix.rows).all(fits).then_some(matrix)
    }

    /// The weights of a row.
    pub(crate) fn row(&self, row: usize) -> &[i8] {
        &self.weights[row * self.columns..][..self.columns]
    }

    /// The largest sum of a row, before it is shifted.
    fn most(&self, row: usize) -> i64 {
        let sum: i64 = self.row(row).iter().map(|&weight| i64::from(weight).abs()).sum();
        sum * i64::from(LARGEST) * i64::from(self.multipliers[row])
    }

    /// The largest magnitude that a row adds.
    pub(crate) fn largest(&self, row: usize) -> i64 {
        match self.shift {
            shift if shift > 0 => (self.most(row) >> shift) + 1,
            shift => self.most(row) << -shift,
        }
    }

    /// What the integers stand for, `[rows][columns]`, in the units of [`Matrix::new`].
    pub(super) fn values(&self) -> impl Iterator<Item = f64> + '_ {
        let unit = (-f64::from(self.shift)).exp2();
        self.weights.iter().enumerate().map(move |(at, &weight)| {
            f64::from(weight) * f64::from(self.multipliers[at / self.columns]) * unit
        })
    }
}

fn nearest(value: f64, multiplier: u8, unit: f64) -> f64 {
    let most = f64::from(LARGEST);
    (value / (f64::from(multiplier) * unit)).round().clamp(-most, most)
}

/// The multiplier with the smallest squared error: large values may be cut off where that makes
/// many small ones finer.
fn best_multiplier(row: &[f64], needed: u8, unit: f64) -> u8 {
    let error = |multiplier: u8| -> f64 {
        let step = f64::from(multiplier) * unit;
        let of = |&value: &f64| (value - nearest(value, multiplier, unit) * step).powi(2);
        row.iter().map(of).sum()
    };
    let smaller = |part: usize| needed - (usize::from(needed) * part / 24) as u8;
    let candidates = (0..=8).map(smaller).map(|multiplier| (multiplier, error(multiplier)));
    candidates.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(needed, |best| best.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn weights_are_within_half_a_step_and_the_largest_sums_fit() {
        let mut random = Stream::new(3, "integers");
        for (columns, size) in [(1, 3.0), (7, 0.2), (40, 20.0), (600, 50.0), (3000, 0.01)] {
            let values: Vec<f64> = (0..5 * columns).map(|_| size * random.normal()).collect();
            let matrix = Matrix::new(columns, &values).unwrap();
            for (at, (value, near)) in values.iter().zip(matrix.values()).enumerate() {
                let row = at / columns;
                let largest = values[row * columns..][..columns]
                    .iter()
                    .fold(0.0, |most: f64, x| most.max(x.abs()));
                // A third of the range may be cut off, where few values are.
                assert!((value - near).abs() <= largest / 2.9, "{value} {near}");
                assert!(matrix.most(row) < 1 << 31);
            }
            let error: f64 = values.iter().zip(matrix.values()).map(|(a, b)| (a - b).powi(2)).sum();
            let all: f64 = values.iter().map(|a| a * a).sum();
            assert!(error < 3e-4 * all, "{columns}: {}", error / all);
        }
        assert_eq!(Matrix::new(2, &[1e9, 0.0]), None);
        let nothing = Matrix::new(2, &[0.0; 4]).unwrap();
        assert_eq!((nothing.weights, nothing.multipliers), (vec![0; 4], vec![1; 2]));
    }
}
