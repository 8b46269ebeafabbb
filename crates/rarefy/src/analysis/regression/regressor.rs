//! A kind of regressor with its settings.

use serde::{Deserialize, Serialize};

use super::{AdaBoost, Fitted, RandomForest, Regression, Table};

/// A kind of regressor, and the maximum depth of its trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Regressor {
    /// The kind.
    pub regression: Regression,
    /// Most splits between root and leaf; `None` means the kind's default. It has no effect on
    /// kinds without trees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<usize>,
}

impl Regressor {
    /// The alternatives for a kind: its defaults, and shallower or deeper trees. Linear regressors
    /// have none; Bayesian ridge determines its own strength.
    pub fn choices(regression: Regression) -> Vec<Self> {
        let depths: &[Option<usize>] = match regression {
            Regression::LeastSquares | Regression::BayesianRidge => &[None],
            Regression::RandomForest => &[None, Some(6), Some(3)],
            Regression::AdaBoost => &[None, Some(2), Some(6)],
        };
        depths.iter().map(|&depth| Self { regression, depth }).collect()
    }

    /// As for [`Regression::fit`].
    ///
    /// # Panics
    /// If there are no rows, or the number of targets differs.
    pub fn fit(self, x: &Table, y: &[f64], seed: u64, threads: usize) -> Box<dyn Fitted> {
        match (self.regression, self.depth) {
            (Regression::RandomForest, Some(depth)) => {
                Box::new(RandomForest::fit_to_depth(x, y, depth, seed, threads))
            }
            (Regression::AdaBoost, Some(depth)) => {
                Box::new(AdaBoost::fit_to_depth(x, y, depth, seed))
            }
            (regression, _) => regression.fit(x, y, seed, threads),
        }
    }
}

impl From<Regression> for Regressor {
    fn from(regression: Regression) -> Self {
        Self { regression, depth: None }
    }
}
