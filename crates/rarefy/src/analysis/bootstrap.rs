//! Bootstrap intervals (Efron 1979): how a statistic varies when rows are resampled with
//! replacement.

use serde::{Deserialize, Serialize};

use super::percentile;
use crate::parallel;
use crate::random::Stream;

/// How intervals are computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// Number of resamples.
    pub resamples: usize,
    /// Share of the resampled statistics within an interval, 0 to 1.
    pub confidence: f64,
    /// Seed of the resampling.
    pub seed: u64,
    /// Number of threads; intervals do not depend on it.
    pub jobs: usize,
}

/// An interval that contains a statistic with a certain confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Most resamples, used for few rows: more do not change the second digit of an interval's ends.
const MOST_RESAMPLES: usize = 2_000;
/// Fewest resamples, used for many rows: their intervals are narrow, so the ends can be less
/// precise.
const FEWEST_RESAMPLES: usize = 100;
/// Number of rows drawn in total, between these two limits.
const ROWS_DRAWN: usize = 4_000_000;

impl Bootstrap {
    /// 95 % intervals for this many rows: 2,000 resamples for up to 2,000 rows, then fewer, and 100
    /// from 40,000 rows on.
    pub fn new(rows: usize, seed: u64, jobs: usize) -> Self {
        let resamples = (ROWS_DRAWN / rows.max(1)).clamp(FEWEST_RESAMPLES, MOST_RESAMPLES);
        Self { resamples, confidence: 0.95, seed, jobs }
    }

    /// Percentile intervals of the statistics that `figures` computes for `rows` rows, given how
    /// often each row was drawn. `None` for a statistic that is defined and finite in less than
    /// half of the resamples.
    pub fn intervals(
        &self,
        rows: usize,
        figures: impl Fn(&[f64]) -> Vec<Option<f64>> + Sync + Send,
    ) -> Vec<Option<Interval>> {
        let draw = |resample: usize| {
            let mut stream = Stream::new(self.seed, &format!("bootstrap {resample}"));
            let mut counts = vec![0.0; rows];
            (0..rows).for_each(|_| counts[stream.index(rows)] += 1.0);
            figures(&counts)
        };
        let drawn = parallel::map(self.jobs, self.resamples, draw);
        let interval = |figure: usize| {
            let figures = drawn.iter().filter_map(|figures| figures[figure]);
            let mut values: Vec<f64> = figures.filter(|value| value.is_finite()).collect();
            let tail = 50.0 * (1.0 - self.confidence);
            (!values.is_empty() && 2 * values.len() >= self.resamples).then(|| Interval {
                low: percentile(&mut values, tail),
                high: percentile(&mut values, 100.0 - tail),
            })
        };
        (0..drawn.first().map_or(0, Vec::len)).map(interval).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[f64], counts: &[f64]) -> Option<f64> {
        let sum: f64 = values.iter().zip(counts).map(|(value, count)| value * count).sum();
        Some(sum / counts.iter().sum::<f64>())
    }

    #[test]
    fn intervals_of_a_mean_hold_it_as_often_as_they_say() {
        let mut within = 0;
        for seed in 0..400 {
            let mut stream = Stream::new(seed, "sample");
            let values: Vec<f64> = (0..50).map(|_| stream.normal()).collect();
            let bootstrap = Bootstrap { resamples: 400, ..Bootstrap::new(50, seed, 2) };
            let interval =
                bootstrap.intervals(50, |counts| vec![mean(&values, counts)])[0].unwrap();
            within += usize::from(interval.low <= 0.0 && 0.0 <= interval.high);
        }
        // For 50 normal values a percentile interval has a coverage of about 93.5 %. Four standard
        // deviations of a count of 400 are 20.
        assert!((354..=394).contains(&within), "{within} of 400");
    }

    #[test]
    fn intervals_do_not_depend_on_threads_and_may_not_exist() {
        let values = [1.0, 4.0, 2.0, 8.0];
        let of = |jobs| {
            let bootstrap = Bootstrap { resamples: 99, ..Bootstrap::new(4, 3, jobs) };
            bootstrap.intervals(4, |counts| vec![mean(&values, counts), None])
        };
        assert_eq!(of(1), of(5));
        assert!(of(1)[0].is_some() && of(1)[1].is_none());
    }

    #[test]
    fn many_rows_are_drawn_less_often() {
        let resamples = |rows| Bootstrap::new(rows, 0, 1).resamples;
        assert_eq!([0, 200, 4_000, 100_000].map(resamples), [2000, 2000, 1000, 100]);
    }
}
