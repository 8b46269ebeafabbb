//! A kind of regressor with what can be chosen of it.

use serde::{Deserialize, Serialize};

use super::{AdaBoost, Fitted, RandomForest, Regression, Table};

/// A kind of regressor, and how deep its trees may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Regressor {
    /// Which kind.
    pub regression: Regression,
    /// Splits between root and leaf at most; the kind's default if `None`. Of no meaning
    /// without trees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<usize>,
}

impl Regressor {
    /// What can be chosen of a kind: its defaults, and shallower or deeper trees. Linear
    /// regressors leave no choice; Bayesian ridge finds its own strength.
    pub fn choices(regression: Regression) -> Vec<Self> {
        let depths: &[Option<usize>] = match regression {
            Regression::LeastSquares | Regression::BayesianRidge => &[None],
            Regression::RandomForest => &[None, Some(6), Some(3)],
            Regression::AdaBoost => &[None, Some(2), Some(6)],
        };
        depths.iter().map(|&depth| Self { regression, depth }).collect()
    }

    /// As [`Regression::fit`].
    ///
    /// # Panics
    /// When there are no rows, or not as many targets.
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
