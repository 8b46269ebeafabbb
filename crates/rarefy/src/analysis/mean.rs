//! Means and their uncertainty.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Interval;

/// The standard error of the mean of `values`: their sample standard deviation divided by the
/// square root of their number. `None` for fewer than two.
pub fn standard_error(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (count - 1.0) / count).sqrt())
}

/// A summary of values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Number of values.
    pub count: usize,
    /// The mean.
    pub mean: f64,
    /// 95 % confidence interval of the mean, by Student's t. `None` for a single value.
    pub interval: Option<Interval>,
    /// The sample standard deviation. `None` for a single value.
    pub standard_deviation: Option<f64>,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
}

impl Summary {
    /// `None` if there are no values.
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len();
        if count == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / count as f64;
        let error = standard_error(values);
        let interval = error.map(|error| {
            let t = StudentsT::new(0.0, 1.0, (count - 1) as f64).expect("a degree of freedom");
            let reach = t.inverse_cdf(0.975) * error;
            Interval { low: mean - reach, high: mean + reach }
        });
        Some(Self {
            count,
            mean,
            interval,
            standard_deviation: error.map(|error| error * (count as f64).sqrt()),
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_the_deviation_over_the_root_of_the_count() {
        // Deviations -3, -1, 1, 3: variance 20 / 3, of four values.
        let error = standard_error(&[1.0, 3.0, 5.0, 7.0]).unwrap();
        assert!((error - (20.0f64 / 3.0 / 4.0).sqrt()).abs() < 1e-15);
        assert_eq!(standard_error(&[1.0]), None);
    }

    #[test]
    fn a_mean_lies_within_some_errors_of_it() {
        let summary = Summary::of(&[1.0, 3.0, 5.0, 7.0]).unwrap();
        let Interval { low, high } = summary.interval.unwrap();
        // Student's t with three degrees of freedom, from a printed table: 3.182.
        let reach = 3.182_446 * (20.0f64 / 3.0 / 4.0).sqrt();
        assert!((4.0 - reach - low).abs() < 1e-5 && (4.0 + reach - high).abs() < 1e-5);
        assert_eq!((summary.min, summary.max, summary.count), (1.0, 7.0, 4));
        assert_eq!(Summary::of(&[2.0]).unwrap().interval, None);
        assert_eq!(Summary::of(&[]), None);
    }
}
