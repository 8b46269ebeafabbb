//! AdaBoost for regression, like scikit-learn's `AdaBoostRegressor`.

use super::Table;
use super::fitted::{Fitted, check_target};
use super::growth::{Presorted, Samples};
use super::tree::Tree;
use crate::random::Stream;

/// Most trees; scikit-learn's default.
const ROUNDS: usize = 50;
/// Largest depth of each tree; scikit-learn's default.
const DEPTH: usize = 3;

/// The weighted median of trees of depth 3. Each tree is grown from rows that are drawn more often
/// where the previous trees were wrong: AdaBoost.R2 with the linear loss (Drucker 1997, *Improving
/// Regressors using Boosting Techniques*).
#[derive(Clone, Debug)]
pub struct AdaBoost {
    /// Each tree with its weight.
    trees: Vec<(Tree, f64)>,
    columns: usize,
}

impl AdaBoost {
    /// Fits N rows. Each tree needs the previous one, so this cannot use more than one thread.
    ///
    /// # Panics
    /// If there are no rows, or the number of targets differs.
    pub fn fit(x: &Table, y: &[f64], seed: u64) -> Self {
        Self::fit_to_depth(x, y, DEPTH, seed)
    }

    /// The same with trees of at most `depth` splits between root and leaf.
    ///
    /// # Panics
    /// As for [`AdaBoost::fit`].
    pub fn fit_to_depth(x: &Table, y: &[f64], depth: usize, seed: u64) -> Self {
        let mut stream = Stream::new(seed, "boosting rows");
        Self::fit_drawing(x, y, depth, || stream.uniform(), seed)
    }

    /// The same, but rows are drawn with the numbers of another generator, uniform in `[0, 1)`, N
    /// for each tree. That allows a fit made elsewhere to be repeated. `seed` only decides between
    /// columns that split equally well.
    ///
    /// # Panics
    /// As for [`AdaBoost::fit`].
    pub fn fit_drawing(
        x: &Table,
        y: &[f64],
        depth: usize,
        mut uniform: impl FnMut() -> f64,
        seed: u64,
    ) -> Self {
        check_target(x, y);
        let mut columns = Stream::new(seed, "boosting columns");
        let sorted = Presorted::new(x);
        let rows = y.len();
        let mut weights = vec![1.0 / rows as f64; rows];
        let mut trees: Vec<(Tree, f64)> = Vec::new();
        for _ in 0..ROUNDS {
            // No weight reaches zero (scikit-learn's clipping).
            weights.iter_mut().for_each(|weight| *weight = weight.max(f64::EPSILON));
            let counts = resample(&weights, &mut uniform);
            let tree = Samples::new(&sorted, y, &counts).grow(depth, &mut columns);
            let mut losses: Vec<f64> =
                (0..rows).map(|row| (tree.predict_row(x.row(row)) - y[row]).abs()).collect();
            let largest = losses.iter().copied().fold(0.0, f64::max);
            if largest > 0.0 {
                losses.iter_mut().for_each(|loss| *loss /= largest);
            }
            let loss: f64 = weights.iter().zip(&losses).map(|(weight, loss)| weight * loss).sum();
            if loss <= 0.0 {
                trees.push((tree, 1.0));
                break;
            }
            if loss >= 0.5 {
                // No better than chance, so boosting ends. But at least one tree is needed for
                // predictions.
                if trees.is_empty() {
                    trees.push((tree, 0.0));
                }
                break;
            }
            let beta = loss / (1.0 - loss);
            trees.push((tree, (1.0 / beta).ln()));
            for (weight, loss) in weights.iter_mut().zip(&losses) {
                *weight *= beta.powf(1.0 - loss);
            }
            let total: f64 = weights.iter().sum();
            weights.iter_mut().for_each(|weight| *weight /= total);
        }
        Self { trees, columns: x.columns() }
    }

    /// The weight of each tree in the median: scikit-learn's `estimator_weights_`.
    pub fn weights(&self) -> Vec<f64> {
        self.trees.iter().map(|(_, weight)| *weight).collect()
    }
}

/// How often each row is drawn when as many rows as there are are drawn with replacement, with
/// probabilities proportional to `weights`. Like NumPy's `choice`.
fn resample(weights: &[f64], mut uniform: impl FnMut() -> f64) -> Vec<u32> {
    let mut sum = 0.0;
    let mut up_to: Vec<f64> = Vec::with_capacity(weights.len());
    for weight in weights {
        sum += weight;
        up_to.push(sum);
    }
    up_to.iter_mut().for_each(|share| *share /= sum);
    let mut counts = vec![0; weights.len()];
    for _ in 0..weights.len() {
        let drawn = uniform();
        // The last share is exactly 1 and `drawn` is smaller, so such a row always exists.
        counts[up_to.partition_point(|&share| share <= drawn)] += 1;
    }
    counts
}

impl Fitted for AdaBoost {
    fn predict_row(&self, row: &[f64]) -> f64 {
        let predict = |(tree, weight): &(Tree, f64)| (tree.predict_row(row), *weight);
        let mut predicted: Vec<(f64, f64)> = self.trees.iter().map(predict).collect();
        predicted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = predicted.iter().map(|(_, weight)| weight).sum();
        let mut sum = 0.0;
        let median = predicted.iter().find(|(_, weight)| {
            sum += weight;
            sum >= 0.5 * total
        });
        median.expect("all weights reach half of them").0
    }

    /// Importances weighted by the trees' weights. A single tree that was no better than chance has
    /// weight 0: scikit-learn then divides by 0, whereas here the result is that tree's
    /// importances.
    fn importances(&self) -> Vec<f64> {
        if let [(tree, _)] = &self.trees[..] {
            return tree.importances();
        }
        let total: f64 = self.trees.iter().map(|(_, weight)| weight).sum();
        let mut sums = vec![0.0; self.columns];
        for (tree, weight) in &self.trees {
            let shares = tree.importances();
            sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += weight * share);
        }
        sums.iter().map(|sum| sum / total).collect()
    }
}
