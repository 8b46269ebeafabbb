//! What is best within a number of bytes: a smaller dense network, a pruned one, or one that was
//! retrained after pruning.

use serde::Serialize;

use super::{Point, Sweep};

/// The best of each kind that takes at most a number of bytes as C. Accuracies are means over
/// seeds, on what judges; `None` where nothing is so small.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Budget {
    /// At most this.
    pub bytes: usize,
    /// Of smaller dense networks.
    pub dense: Option<f64>,
    /// Of pruned ones, before retraining.
    pub pruned: Option<f64>,
    /// Of pruned ones, after retraining.
    pub retrained: Option<f64>,
    /// What is better than both others by more than the tolerance; `None` where nothing is.
    pub wins: Option<Winner>,
}

/// What can win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Winner {
    /// A smaller dense network.
    Dense,
    /// A pruned one.
    Pruned,
    /// A pruned one, after retraining.
    Retrained,
}

impl Winner {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dense => "dense",
            Self::Pruned => "pruned",
            Self::Retrained => "pruned and retrained",
        }
    }
}

impl Sweep {
    /// The best at the size of each dense network, and of what is kept; the smallest first.
    pub fn by_size(&self, tolerance: f64) -> Vec<Budget> {
        let kept = self.best().map(|(point, _)| point);
        let mut sizes: Vec<usize> =
            self.dense.iter().chain(kept).filter_map(|point| point.bytes).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes.into_iter().map(|bytes| self.within(bytes, tolerance)).collect()
    }

    /// The best of at most this many bytes.
    pub fn within(&self, bytes: usize, tolerance: f64) -> Budget {
        let best = |points: &[Point], accuracy: fn(&Point) -> Option<f64>| {
            let fits = |point: &&Point| point.bytes.is_some_and(|own| own <= bytes);
            points.iter().filter(fits).filter_map(accuracy).max_by(f64::total_cmp)
        };
        let dense = best(&self.dense, |point| Some(point.accuracy().0));
        let pruned = best(&self.points, |point| Some(point.pruned));
        let retrained = best(&self.points, |point| point.retrained);
        let mut order =
            [(dense, Winner::Dense), (pruned, Winner::Pruned), (retrained, Winner::Retrained)];
        // What there is none of comes first, as less than anything.
        order.sort_by(|a, b| a.0.partial_cmp(&b.0).expect("accuracies are numbers"));
        let [_, second, first] = order;
        let ahead = match (first.0, second.0) {
            (Some(first), Some(second)) => first - second > tolerance,
            (first, _) => first.is_some(),
        };
        Budget { bytes, dense, pruned, retrained, wins: ahead.then_some(first.1) }
    }
}
