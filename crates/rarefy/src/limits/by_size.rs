//! The best kind of network within a number of bytes: smaller and dense, pruned, or retrained after
//! pruning.

use serde::Serialize;

use super::{Point, Sweep};

/// The best merit of each kind with at most a given number of bytes as C. Merits are means
/// over seeds on the sequences that judge; `None` if no network of the kind is that small.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Budget {
    /// The largest number of bytes.
    pub bytes: usize,
    /// The best smaller dense network.
    pub dense: Option<f64>,
    /// The best pruned network, before retraining.
    pub pruned: Option<f64>,
    /// The best pruned network, after retraining.
    pub retrained: Option<f64>,
    /// The kind that is better than both others by more than the tolerance, if there is one.
    pub wins: Option<Winner>,
}

/// The kinds of networks that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Winner {
    /// A smaller dense network.
    Dense,
    /// A pruned one without retraining.
    Pruned,
    /// A pruned one after retraining.
    Retrained,
}

impl Winner {
    /// The kind in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dense => "dense",
            Self::Pruned => "pruned",
            Self::Retrained => "pruned and retrained",
        }
    }
}

impl Sweep {
    /// The best networks at the size of each dense network and of the kept model, the smallest
    /// first.
    pub fn by_size(&self, tolerance: f64) -> Vec<Budget> {
        let kept = self.best().map(|(point, _)| point);
        let mut sizes: Vec<usize> =
            self.dense.iter().chain(kept).filter_map(|point| point.bytes).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes.into_iter().map(|bytes| self.within(bytes, tolerance)).collect()
    }

    /// The best networks with at most this many bytes.
    pub fn within(&self, bytes: usize, tolerance: f64) -> Budget {
        let best = |points: &[Point], merit: fn(&Point) -> Option<f64>| {
            let fits = |point: &&Point| point.bytes.is_some_and(|own| own <= bytes);
            points.iter().filter(fits).filter_map(merit).max_by(f64::total_cmp)
        };
        let dense = best(&self.dense, |point| Some(point.merit().0));
        let pruned = best(&self.points, |point| point.pruned);
        let retrained = best(&self.points, |point| point.retrained);
        let mut order =
            [(dense, Winner::Dense), (pruned, Winner::Pruned), (retrained, Winner::Retrained)];
        // A missing kind sorts first, as if its merit were below any other.
        let merit = |of: &(Option<f64>, Winner)| of.0.unwrap_or(f64::NEG_INFINITY);
        order.sort_by(|a, b| merit(a).total_cmp(&merit(b)));
        let [_, second, first] = order;
        let ahead = match (first.0, second.0) {
            (Some(first), Some(second)) => first - second > tolerance,
            (first, _) => first.is_some(),
        };
        Budget { bytes, dense, pruned, retrained, wins: ahead.then_some(first.1) }
    }
}
