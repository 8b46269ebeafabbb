//! A random forest, like scikit-learn's `RandomForestRegressor`.

use super::Table;
use super::fitted::{Fitted, check_target};
use super::growth::{Presorted, Samples};
use super::tree::Tree;
use crate::parallel;
use crate::random::Stream;

/// scikit-learn's default.
const TREES: usize = 100;

/// The mean of 100 trees of unlimited depth, each grown from N rows drawn with replacement (Breiman
/// 2001, *Random Forests*). As in scikit-learn's regressor, every split considers every column, so
/// trees differ only by their rows: this is bagging.
#[derive(Clone, Debug)]
pub struct RandomForest {
    trees: Vec<Tree>,
    columns: usize,
}

impl RandomForest {
    /// Fits N rows on `threads` threads. Each tree has its own random stream, so the forest does
    /// not depend on the number of threads.
    ///
    /// # Panics
    /// If there are no rows, or the number of targets differs.
    pub fn fit(x: &Table, y: &[f64], seed: u64, threads: usize) -> Self {
        Self::fit_to_depth(x, y, usize::MAX, seed, threads)
    }

    /// The same with trees of at most `depth` splits between root and leaf.
    ///
    /// # Panics
    /// As for [`RandomForest::fit`].
    pub fn fit_to_depth(x: &Table, y: &[f64], depth: usize, seed: u64, threads: usize) -> Self {
        check_target(x, y);
        let sorted = Presorted::new(x);
        let tree = |number: usize| {
            let mut stream = Stream::new(seed, &format!("tree {number}"));
            let mut counts = vec![0; y.len()];
            for _ in 0..y.len() {
                counts[stream.index(y.len())] += 1;
            }
            Samples::new(&sorted, y, &counts).grow(depth, &mut stream)
        };
        Self { trees: parallel::map(threads, TREES, tree), columns: x.columns() }
    }
}

impl Fitted for RandomForest {
    fn predict_row(&self, row: &[f64]) -> f64 {
        let sum: f64 = self.trees.iter().map(|tree| tree.predict_row(row)).sum();
        sum / TREES as f64
    }

    fn predict(&self, x: &Table) -> Vec<f64> {
        let mut sums = vec![0.0; x.rows()];
        // A single large tree fits into the cache, a forest does not. The sums have the same order
        // as for one row.
        for tree in &self.trees {
            for (row, sum) in sums.iter_mut().enumerate() {
                *sum += tree.predict_row(x.row(row));
            }
        }
        sums.iter().map(|sum| sum / TREES as f64).collect()
    }

    fn importances(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.columns];
        let mut split = 0;
        for tree in self.trees.iter().filter(|tree| tree.is_split()) {
            split += 1;
            sums.iter_mut().zip(tree.importances()).for_each(|(sum, share)| *sum += share);
        }
        sums.iter().map(|sum| sum / f64::from(split.max(1))).collect()
    }
}
