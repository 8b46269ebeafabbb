//! How much of a column's variance is between groups of rows, such as the networks of one graph.

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::Interval;

/// A column's variance in parts, by a model of random effects: each row is a mean, plus an effect of
/// its group, plus an effect of its block if groups and blocks are crossed, plus a rest.
///
/// Groups are what is asked about, such as graphs. Blocks are what each group was measured with,
/// such as seeds. The share of groups bounds how well anything that is known about groups alone can
/// predict a single row: no regression on properties of graphs has a higher R^2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variance {
    /// Number of rows.
    pub rows: usize,
    /// Number of groups.
    pub groups: usize,
    /// Number of blocks, if they are crossed with the groups.
    pub blocks: Option<usize>,
    /// The variance between groups; an estimate below 0 is 0.
    pub between: f64,
    /// The variance between blocks, if there are any; an estimate below 0 is 0.
    pub block: Option<f64>,
    /// The variance of the rest.
    pub rest: f64,
    /// The intraclass correlation: the share of groups in the whole variance, which is that of one
    /// row of any block. The estimate may be below 0.
    pub share: f64,
    /// Its 95 % interval, which may begin below 0.
    pub interval: Interval,
    /// The probability of groups at least as different if no group has an effect, by the F-test.
    pub p: f64,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VarianceError {
    /// There is a single group.
    #[error("all rows are of one group: at least two are needed")]
    OneGroup,
    /// No group has two rows.
    #[error("no group has two rows, so nothing tells groups from chance")]
    OneRow,
    /// All rows are the same.
    #[error("all rows have the same value")]
    Constant,
}

/// The probability left out at each end of an interval.
const TAIL: f64 = 0.025;

impl Variance {
    /// From the values of each group, which may differ in number (one-way, Shrout and Fleiss's
    /// ICC(1,1); Searle 1971 for groups that differ in size).
    ///
    /// # Errors
    /// If there is a single group, no group has two rows, or all rows are equal.
    pub fn nested(groups: &[Vec<f64>]) -> Result<Self, VarianceError> {
        let rows: usize = groups.iter().map(Vec::len).sum();
        if groups.len() < 2 {
            return Err(VarianceError::OneGroup);
        }
        if rows == groups.len() {
            return Err(VarianceError::OneRow);
        }
        let (n, g) = (rows as f64, groups.len() as f64);
        let all = mean(groups.iter().flatten());
        let (mut between, mut within, mut squares) = (0.0, 0.0, 0.0);
        for group in groups {
            let (own, size) = (mean(group), group.len() as f64);
            between += size * (own - all).powi(2);
            within += group.iter().map(|value| (value - own).powi(2)).sum::<f64>();
            squares += size * size;
        }
        if between + within == 0.0 {
            return Err(VarianceError::Constant);
        }
        let freedom = [g - 1.0, n - g];
        let (between, within) = (between / freedom[0], within / freedom[1]);
        // The size of groups, if they are equal.
        let size = (n - squares / n) / freedom[0];
        let share = |f: f64| (f - 1.0) / (f + size - 1.0);
        let ratio = between / within;
        let [low, high] = [ratio / quantile(freedom), ratio * quantile([freedom[1], freedom[0]])];
        Ok(Self {
            rows,
            groups: groups.len(),
            blocks: None,
            between: ((between - within) / size).max(0.0),
            block: None,
            rest: within,
            share: if within == 0.0 { 1.0 } else { share(ratio) },
            interval: match within == 0.0 {
                true => Interval { low: 1.0, high: 1.0 },
                false => Interval { low: share(low), high: share(high) },
            },
            p: upper(ratio, freedom),
        })
    }

    /// From the values of each group, one for each block in the same order (two-way, McGraw and Wong
    /// 1996's ICC(A,1)).
    ///
    /// # Errors
    /// If there is a single group or block, or all rows are equal.
    ///
    /// # Panics
    /// If a group has another number of rows than the first.
    pub fn crossed(groups: &[Vec<f64>]) -> Result<Self, VarianceError> {
        let blocks = groups.first().map_or(0, Vec::len);
        assert!(groups.iter().all(|group| group.len() == blocks), "groups of different size");
        if groups.len() < 2 {
            return Err(VarianceError::OneGroup);
        }
        if blocks < 2 {
            return Err(VarianceError::OneRow);
        }
        let (n, k) = (groups.len() as f64, blocks as f64);
        let all = mean(groups.iter().flatten());
        let square = |of: f64| (of - all).powi(2);
        let total: f64 = groups.iter().flatten().map(|&value| square(value)).sum();
        let of_groups = k * groups.iter().map(|group| square(mean(group))).sum::<f64>();
        let column = |block: usize| mean(groups.iter().map(|group| &group[block]));
        let of_blocks = n * (0..blocks).map(|block| square(column(block))).sum::<f64>();
        if total == 0.0 {
            return Err(VarianceError::Constant);
        }
        let freedom = [n - 1.0, (n - 1.0) * (k - 1.0)];
        let rest = (total - of_groups - of_blocks).max(0.0) / freedom[1];
        let (of_groups, of_blocks) = (of_groups / freedom[0], of_blocks / (k - 1.0));
        let share =
            (of_groups - rest) / (of_groups + (k - 1.0) * rest + k / n * (of_blocks - rest));
        let interval = match rest == 0.0 && of_blocks == 0.0 {
            true => Interval { low: 1.0, high: 1.0 },
            false => {
                let odds = share.min(1.0 - 1e-12) / (1.0 - share.min(1.0 - 1e-12));
                let a = k * odds / n * of_blocks;
                let b = (1.0 + k * odds * (n - 1.0) / n) * rest;
                // Satterthwaite's degrees of freedom.
                let v = (a + b).powi(2) / (a * a / (k - 1.0) + b * b / freedom[1]);
                let [f, inverse] = [quantile([freedom[0], v]), quantile([v, freedom[0]])];
                let noise = k * of_blocks + (k * n - k - n) * rest;
                // With hardly a degree of freedom quantiles have no bound: they are divided by.
                Interval {
                    low: n * (of_groups / f - rest) / (noise + n * of_groups / f),
                    high: n * (of_groups - rest / inverse) / (noise / inverse + n * of_groups),
                }
            }
        };
        Ok(Self {
            rows: groups.len() * blocks,
            groups: groups.len(),
            blocks: Some(blocks),
            between: ((of_groups - rest) / k).max(0.0),
            block: Some(((of_blocks - rest) / n).max(0.0)),
            rest,
            share,
            interval,
            p: upper(of_groups / rest, freedom),
        })
    }
}

fn mean<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    let (count, sum) =
        values.into_iter().fold((0.0, 0.0), |(n, sum), value| (n + 1.0, sum + value));
    sum / count
}

fn distribution([above, below]: [f64; 2]) -> FisherSnedecor {
    FisherSnedecor::new(above, below).expect("degrees of freedom are above 0")
}

fn quantile(freedom: [f64; 2]) -> f64 {
    distribution(freedom).inverse_cdf(1.0 - TAIL)
}

fn upper(ratio: f64, freedom: [f64; 2]) -> f64 {
    match ratio.is_finite() {
        true => distribution(freedom).sf(ratio),
        false => 0.0,
    }
}
