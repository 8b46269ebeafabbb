//! How well a regressor predicts rows that it was not fitted on.
//!
//! Each split fits on some rows and predicts others. If there are several regressors, one is chosen
//! for each fit by cross-validation within its rows (nested cross-validation), so that predicted
//! rows do not influence the choice either (Varma and Simon 2006, *Bias in error estimation when
//! using cross-validation for model selection*).

use serde::{Deserialize, Serialize};

use super::bootstrap::{Bootstrap, Interval};
use super::rank::{DrawnRanks, Ranked};
use super::regression::{Fitted, MinMax, Regressor, Table};
use super::{Split, mae, r2, spearman};
use crate::named;
use crate::parallel;
use crate::random::Stream;

named! {
    /// Which rows min-max scaling is fitted to.
    #[derive(Default)]
    pub enum Scaling: "choice of rows" {
        /// Those that are fitted on. What is predicted has no part in it.
        #[default]
        FittedRows = "fitted",
        /// All, those to be predicted too, as in the thesis.
        AllRows = "all",
    }
}

/// How predictions are evaluated.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// `[repeat][split]`: every repeat predicts the same rows, each of them once.
    pub splits: Vec<Vec<Split>>,
    /// Which rows min-max scaling is fitted to.
    pub scaling: Scaling,
    /// Number of folds within the rows of a fit, used to choose between regressors.
    pub inner_folds: usize,
    /// Seed of everything random in a regressor; each further repeat uses the next one.
    pub seed: u64,
    /// Number of threads; predictions do not depend on it.
    pub jobs: usize,
}

/// Predictions for rows that were not used in the fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// The rows, in ascending order.
    pub rows: Vec<usize>,
    /// `[repeat][position in rows]`
    pub predictions: Vec<Vec<f64>>,
    /// The choice of each split, repeat by repeat.
    pub chosen: Vec<Regressor>,
}

impl Evaluation {
    /// Predicts every row of the splits from the columns of `x`, with the one of `regressors` that
    /// does best within the rows of the fit. A single regressor is used without a choice.
    ///
    /// # Panics
    /// If there are no regressors, or a split contains rows that do not exist.
    pub fn predict(&self, x: &Table, y: &[f64], regressors: &[Regressor]) -> Predicted {
        let splits: Vec<(usize, &Split)> = (self.splits.iter().enumerate())
            .flat_map(|(repeat, splits)| splits.iter().map(move |split| (repeat, split)))
            .collect();
        let x = self.scaled_by_all(x);
        let found = parallel::map(self.jobs, splits.len(), |at| {
            let (repeat, split) = splits[at];
            let seed = self.seed.wrapping_add(repeat as u64);
            let regressor = self.choose(&x, y, &split.train, regressors, seed);
            (regressor, self.fit(&x, y, split, regressor, seed, self.jobs / splits.len()).1)
        });
        let mut rows: Vec<usize> = self.splits[0].iter().flat_map(|s| s.test.clone()).collect();
        rows.sort_unstable();
        let mut predictions = vec![vec![f64::NAN; rows.len()]; self.splits.len()];
        for ((repeat, split), (_, predicted)) in splits.iter().zip(&found) {
            for (row, value) in split.test.iter().zip(predicted) {
                let place = rows.binary_search(row).expect("repeats predict the same rows");
                predictions[*repeat][place] = *value;
            }
        }
        Predicted { rows, predictions, chosen: found.into_iter().map(|found| found.0).collect() }
    }

    /// The permutation importance of each column for `regressor`: how much R^2 on the predicted
    /// rows of the first repeat falls when a column is shuffled among them, as a mean over
    /// `shuffles` repetitions (Breiman 2001).
    ///
    /// # Panics
    /// If a split contains rows that do not exist.
    pub fn permutation(
        &self,
        x: &Table,
        y: &[f64],
        regressor: Regressor,
        shuffles: usize,
    ) -> Vec<f64> {
        let x = self.scaled_by_all(x);
        let splits = &self.splits[0];
        let rows: Vec<usize> = splits.iter().flat_map(|split| split.test.clone()).collect();
        let measured: Vec<f64> = rows.iter().map(|&row| y[row]).collect();
        let fitted = parallel::map(self.jobs, splits.len(), |at| {
            self.fit(&x, y, &splits[at], regressor, self.seed, 1)
        });
        let intact: Vec<f64> = fitted.iter().flat_map(|(_, predicted)| predicted.clone()).collect();
        let intact = r2(&measured, &intact);
        parallel::map(self.jobs, x.columns(), |column| {
            let mut stream = Stream::new(self.seed, &format!("permutation of column {column}"));
            let mut values: Vec<f64> = rows.iter().map(|&row| x.row(row)[column]).collect();
            let fall = |_| {
                stream.shuffle(&mut values);
                let mut shuffled = values.iter();
                let predicted = splits.iter().zip(&fitted).flat_map(|(split, (fitted, _))| {
                    let other = x.select(&split.test).with_values(column, &mut shuffled);
                    fitted.predict(&self.scale(&x, split, &other))
                });
                intact - r2(&measured, &predicted.collect::<Vec<f64>>())
            };
            (0..shuffles).map(fall).sum::<f64>() / shuffles as f64
        })
    }

    fn scaled_by_all(&self, x: &Table) -> Table {
        match self.scaling {
            Scaling::FittedRows => x.clone(),
            Scaling::AllRows => MinMax::fit(x).apply(x),
        }
    }

    /// Rows, scaled for a regressor that is fitted on this split of `x`.
    fn scale(&self, x: &Table, split: &Split, rows: &Table) -> Table {
        match self.scaling {
            Scaling::FittedRows => MinMax::fit(&x.select(&split.train)).apply(rows),
            Scaling::AllRows => rows.clone(),
        }
    }

    /// Fits on one side of a split, and predicts the other.
    fn fit(
        &self,
        x: &Table,
        y: &[f64],
        split: &Split,
        regressor: Regressor,
        seed: u64,
        threads: usize,
    ) -> (Box<dyn Fitted>, Vec<f64>) {
        let target: Vec<f64> = split.train.iter().map(|&row| y[row]).collect();
        let [train, test] = [&split.train, &split.test].map(|rows| x.select(rows));
        let fitted = regressor.fit(&self.scale(x, split, &train), &target, seed, threads);
        let predicted = fitted.predict(&self.scale(x, split, &test));
        (fitted, predicted)
    }

    /// The regressor with the smallest squared error over folds of `rows`; the first of equal ones.
    fn choose(
        &self,
        x: &Table,
        y: &[f64],
        rows: &[usize],
        regressors: &[Regressor],
        seed: u64,
    ) -> Regressor {
        let folds = self.inner_folds.min(rows.len());
        let inner = match Split::folds(rows.len(), folds, seed, 0) {
            Ok(inner) if regressors.len() > 1 => inner,
            // There is nothing to choose, or only a single row to choose by.
            _ => return regressors[0],
        };
        let error = |regressor: Regressor| {
            let of = |inner: &Split| {
                let pick = |places: &[usize]| places.iter().map(|&place| rows[place]).collect();
                let split = Split { train: pick(&inner.train), test: pick(&inner.test) };
                let (_, predicted) = self.fit(x, y, &split, regressor, seed, 1);
                let errors = split.test.iter().zip(predicted).map(|(&row, p)| (y[row] - p).powi(2));
                errors.sum::<f64>()
            };
            inner.iter().map(of).sum::<f64>()
        };
        let errors = regressors.iter().map(|&regressor| (regressor, error(regressor)));
        errors.min_by(|a, b| a.1.total_cmp(&b.1)).expect("a regressor").0
    }
}

/// A statistic with its bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Mean over repeats.
    pub value: f64,
    /// Over resamples of the predicted rows. It does not include the effect of fitting on other
    /// rows.
    pub interval: Option<Interval>,
}

/// How well rows were predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// Coefficient of determination: [`r2`].
    pub r2: Estimate,
    /// Mean absolute error: [`mae`].
    pub mae: Estimate,
    /// Spearman's correlation of predicted and measured values; `None` if all predictions are
    /// equal.
    pub rank_correlation: Option<Estimate>,
}

impl Predicted {
    /// The measured values of the predicted rows, out of `y` for all rows.
    pub fn measured(&self, y: &[f64]) -> Vec<f64> {
        self.rows.iter().map(|&row| y[row]).collect()
    }

    /// R^2 of each repeat.
    pub fn r2_by_repeat(&self, y: &[f64]) -> Vec<f64> {
        let measured = self.measured(y);
        self.predictions.iter().map(|predicted| r2(&measured, predicted)).collect()
    }

    /// Mean of the predictions over repeats, row by row.
    pub fn mean(&self) -> Vec<f64> {
        let repeats = self.predictions.len() as f64;
        let sum = |place: usize| self.predictions.iter().map(|p| p[place]).sum::<f64>();
        (0..self.rows.len()).map(|place| sum(place) / repeats).collect()
    }

    /// The quality of the predictions. `y` is the target of all rows.
    pub fn scores(&self, y: &[f64], bootstrap: &Bootstrap) -> Scores {
        let measured = self.measured(y);
        let ranked = Ranked::new(&measured);
        let ranked_predictions: Vec<Ranked> =
            self.predictions.iter().map(|predicted| Ranked::new(predicted)).collect();
        let intervals = bootstrap.intervals(measured.len(), |weights| {
            let ranks = DrawnRanks::new(&ranked, weights);
            let spearman = ranked_predictions.iter().map(|predicted| ranks.spearman(predicted));
            vec![
                self.weighted_r2(&measured, weights),
                Some(self.weighted_mae(&measured, weights)),
                mean(spearman),
            ]
        });
        let each = |of: &dyn Fn(&[f64]) -> Option<f64>| {
            mean(self.predictions.iter().map(|predicted| of(predicted)))
        };
        let estimate = |value, at: usize| Estimate { value, interval: intervals[at] };
        let r2 = each(&|predicted| Some(r2(&measured, predicted))).expect("a repeat");
        let mae = each(&|predicted| Some(mae(&measured, predicted))).expect("a repeat");
        let rank = each(&|predicted| spearman(predicted, &measured));
        Scores {
            r2: estimate(r2, 0),
            mae: estimate(mae, 1),
            rank_correlation: rank.map(|value| estimate(value, 2)),
        }
    }

    /// Mean over repeats of R^2, with each row weighted by `weights`. `None` if all measured values
    /// are equal.
    fn weighted_r2(&self, measured: &[f64], weights: &[f64]) -> Option<f64> {
        let sum = |of: &dyn Fn(usize) -> f64| {
            weights.iter().enumerate().map(|(at, weight)| weight * of(at)).sum::<f64>()
        };
        let count = sum(&|_| 1.0);
        let whole = measured.iter().sum::<f64>() / measured.len() as f64;
        let center = sum(&|at| measured[at] - whole) / count;
        let total = sum(&|at| (measured[at] - whole - center).powi(2));
        // If a resample has only one value, the remaining squares are rounding errors.
        let varies = total > ROUNDING * sum(&|at| (measured[at] - whole).powi(2));
        let r2 = |predicted: &Vec<f64>| {
            let left = sum(&|at| (measured[at] - predicted[at]).powi(2));
            varies.then(|| 1.0 - left / total)
        };
        mean(self.predictions.iter().map(r2))
    }

    fn weighted_mae(&self, measured: &[f64], weights: &[f64]) -> f64 {
        let error = |predicted: &Vec<f64>| {
            let errors = measured.iter().zip(predicted).zip(weights);
            errors.map(|((y, p), weight)| weight * (y - p).abs()).sum::<f64>()
        };
        let errors: f64 = self.predictions.iter().map(error).sum();
        errors / self.predictions.len() as f64 / weights.iter().sum::<f64>()
    }
}

/// The difference in R^2 between two predictions of the same rows, with an interval over resamples
/// of the rows: it shows whether the first is really better. `None` if all measured values are
/// equal.
///
/// # Panics
/// If the two predict different rows.
pub fn gain(
    of: &Predicted,
    over: &Predicted,
    y: &[f64],
    bootstrap: &Bootstrap,
) -> Option<Estimate> {
    assert_eq!(of.rows, over.rows, "predictions of different rows");
    let measured = of.measured(y);
    let difference = |weights: &[f64]| {
        Some(of.weighted_r2(&measured, weights)? - over.weighted_r2(&measured, weights)?)
    };
    let value = difference(&vec![1.0; measured.len()])?;
    let intervals = bootstrap.intervals(measured.len(), |weights| vec![difference(weights)]);
    Some(Estimate { value, interval: intervals[0] })
}

/// A smaller share of the squares is rounding error.
const ROUNDING: f64 = 1e-12;

/// The mean of the values, or `None` if one is missing.
fn mean(values: impl ExactSizeIterator<Item = Option<f64>>) -> Option<f64> {
    let count = values.len() as f64;
    values.sum::<Option<f64>>().map(|sum| sum / count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::regression::Regression;
    use crate::random::Stream;

    fn evaluation(rows: usize, folds: usize, repeats: usize) -> Evaluation {
        let splits = (0..repeats).map(|repeat| Split::folds(rows, folds, 5, repeat).unwrap());
        let splits = splits.collect();
        Evaluation { splits, scaling: Scaling::FittedRows, inner_folds: 4, seed: 5, jobs: 2 }
    }

    fn noise(rows: usize, columns: usize) -> Vec<Vec<f64>> {
        let mut stream = Stream::new(8, "columns");
        (0..columns).map(|_| (0..rows).map(|_| stream.normal()).collect()).collect()
    }

    #[test]
    fn noise_is_not_predicted_whatever_is_chosen() {
        let columns = noise(60, 9);
        let (y, x) = (&columns[0], Table::from_columns(&columns[1..]));
        let every: Vec<Regressor> = Regression::ALL.iter().map(|&kind| kind.into()).collect();
        let predicted = evaluation(60, 6, 2).predict(&x, y, &every);
        assert_eq!((predicted.rows.len(), predicted.chosen.len()), (60, 12));
        let scores = predicted.scores(y, &Bootstrap::new(60, 0, 2));
        // On the rows of the fit, least squares would explain a seventh by chance.
        assert!(scores.r2.value < 0.1, "{scores:?}");
        let Interval { low, high } = scores.r2.interval.unwrap();
        assert!(low < scores.r2.value && scores.r2.value < high);
    }

    #[test]
    fn a_rule_is_found_and_the_regressor_that_can_say_it_chosen() {
        let columns = noise(80, 3);
        let x = Table::from_columns(&columns);
        let line: Vec<f64> = (0..80).map(|row| 2.0 * columns[0][row] - columns[2][row]).collect();
        let step: Vec<f64> =
            columns[1].iter().map(|&x| f64::from(u8::from(x.abs() > 0.7))).collect();
        let every: Vec<Regressor> = Regression::ALL.iter().map(|&kind| kind.into()).collect();
        for (y, linear) in [(&line, true), (&step, false)] {
            let evaluation = evaluation(80, 5, 1);
            let predicted = evaluation.predict(&x, y, &every);
            let r2 = predicted.scores(y, &Bootstrap::new(80, 0, 2)).r2.value;
            assert!(r2 > 0.7, "{r2}");
            for regressor in &predicted.chosen {
                let trees = [Regression::RandomForest, Regression::AdaBoost]
                    .contains(&regressor.regression);
                assert_eq!(trees, !linear);
            }
            // The same without a choice, and with more threads.
            let one = evaluation.predict(&x, y, &predicted.chosen[..1]);
            let again =
                Evaluation { jobs: 7, ..evaluation.clone() }.predict(&x, y, &one.chosen[..1]);
            assert_eq!(one, again);
            let worth = evaluation.permutation(&x, y, one.chosen[0], 5);
            assert!(if linear { worth[0] > worth[1] } else { worth[1] > worth[0] }, "{worth:?}");
        }
    }

    #[test]
    fn what_is_predicted_has_no_part_in_what_predicts_it() {
        let mut columns = noise(60, 4);
        let mut y: Vec<f64> = columns[0].iter().map(|x| x.powi(3)).collect();
        let evaluation = evaluation(60, 6, 1);
        let every: Vec<Regressor> = Regression::ALL.iter().map(|&kind| kind.into()).collect();
        let before = evaluation.predict(&Table::from_columns(&columns), &y, &every);
        // A measured value does not affect the prediction of its own row,
        let fold = evaluation.splits[0].iter().find(|split| split.test.contains(&7)).unwrap();
        y[7] = 1e3;
        let after = evaluation.predict(&Table::from_columns(&columns), &y, &every);
        assert_eq!(before.predictions[0][7].to_bits(), after.predictions[0][7].to_bits());
        assert_ne!(before.predictions, after.predictions, "but it does about others");
        // and a column's value does not affect the rest of its fold, because the scaling does not
        // use it.
        columns[1][7] = 1e6;
        let again = evaluation.predict(&Table::from_columns(&columns), &y, &every);
        for &row in fold.test.iter().filter(|&&row| row != 7) {
            assert_eq!(after.predictions[0][row].to_bits(), again.predictions[0][row].to_bits());
        }
    }

    #[test]
    fn without_columns_the_mean_is_predicted() {
        let y: Vec<f64> = (0..12).map(f64::from).collect();
        let x = Table::from_columns(std::slice::from_ref(&y)).with_columns(&[]);
        let evaluation = evaluation(12, 3, 1);
        let predicted = evaluation.predict(&x, &y, &[Regression::LeastSquares.into()]);
        for split in &evaluation.splits[0] {
            let mean =
                split.train.iter().map(|&row| y[row]).sum::<f64>() / split.train.len() as f64;
            for &row in &split.test {
                assert!((predicted.predictions[0][row] - mean).abs() < 1e-12);
            }
        }
        let perfect = Predicted { predictions: vec![y.clone()], ..predicted.clone() };
        let bootstrap = Bootstrap::new(12, 0, 1);
        let better = gain(&perfect, &predicted, &y, &bootstrap).unwrap();
        let alike = gain(&perfect, &predicted, &[3.0; 12], &bootstrap);
        assert_eq!(alike, None, "where all are alike nothing explains more");
        let scores = predicted.scores(&y, &bootstrap);
        assert!((better.value - (1.0 - scores.r2.value)).abs() < 1e-12);
        assert!(better.interval.unwrap().low > 0.0);
    }
}
