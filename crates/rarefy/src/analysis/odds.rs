//! How a column changes the odds of yes against no, with others held fixed: logistic regression.

use statrs::distribution::{ContinuousCDF, Normal};

use super::Interval;
use super::correlation::Basis;

/// How much the logarithm of the odds of yes changes if a column rises by 1 and others stay as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Odds {
    /// Number of rows.
    pub rows: usize,
    /// Number of rows with yes.
    pub hits: usize,
    /// The coefficient of maximum likelihood; its exponential is the odds ratio.
    pub effect: f64,
    /// Its 95 % interval (Wald).
    pub interval: Interval,
    /// The probability of such a coefficient or a larger one if the column has no effect.
    pub p: f64,
}

/// Where some value of the column parts yes from no without a mistake, no coefficient is the best: they
/// grow without end. Where there is a best one, Newton's steps find it within a dozen.
const MOST_STEPS: usize = 25;
/// The largest change of any row's log odds in the last step.
const SETTLED: f64 = 1e-9;

impl Odds {
    /// The effect of `x` on `hits` with the columns `given`, and a constant, held fixed. `None` if they
    /// make up all of `x`, or part yes from no without a mistake.
    ///
    /// # Panics
    /// When columns differ in length.
    pub fn of(x: &[f64], hits: &[bool], given: &[&[f64]]) -> Option<Self> {
        let rows = hits.len();
        for column in given.iter().chain([&x]) {
            assert_eq!(rows, column.len(), "columns of different length");
        }
        let all = [given, &[x]].concat();
        let mut log_odds = vec![0.0; rows];
        for _ in 0..MOST_STEPS {
            let shares: Vec<f64> =
                log_odds.iter().map(|o: &f64| 1.0 / (1.0 + (-o).exp())).collect();
            let weights: Vec<f64> = shares.iter().map(|share| share * (1.0 - share)).collect();
            // A step is least squares on what the log odds would be if they were straight lines.
            let targets = log_odds.iter().zip(hits).zip(shares.iter().zip(&weights)).map(
                |((odds, hit), (share, weight))| {
                    odds + (f64::from(u8::from(*hit)) - share) / weight
                },
            );
            let targets: Vec<f64> = targets.collect();
            let rest = Basis::new(&all, &weights).residual(targets.clone())?;
            let next: Vec<f64> =
                targets.iter().zip(rest).map(|(target, rest)| target - rest).collect();
            let moved = next.iter().zip(&log_odds).map(|(next, now)| (next - now).abs());
            let moved = moved.fold(0.0, f64::max);
            if !moved.is_finite() {
                return None;
            }
            log_odds = next;
            if moved < SETTLED {
                let own = Basis::new(given, &weights).residual(x.to_vec())?;
                let product = |a: &[f64], b: &[f64]| -> f64 {
                    weights.iter().zip(a).zip(b).map(|((weight, a), b)| weight * a * b).sum()
                };
                let information = product(&own, &own);
                let (effect, error) =
                    (product(&own, &targets) / information, information.sqrt().recip());
                let normal = Normal::standard();
                let reach = normal.inverse_cdf(0.975) * error;
                return Some(Self {
                    rows,
                    hits: hits.iter().filter(|hit| **hit).count(),
                    effect,
                    interval: Interval { low: effect - reach, high: effect + reach },
                    p: 2.0 * normal.sf((effect / error).abs()),
                });
            }
        }
        None
    }
}
