//! A comparison of regressors with each other and with two baselines: the mean, and the same
//! regressor given size alone.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::regression::{MinMax, Regression, Regressor, Table};
use super::{Bootstrap, Estimate, Evaluation, Predicted, Scaling, gain};

/// What to compare, and on which data.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'a> {
    /// Columns to predict from.
    pub features: &'a Table,
    /// Columns that only measure size, with the same rows.
    pub size: Option<&'a Table>,
    /// The target.
    pub target: &'a [f64],
    /// How predictions are evaluated.
    pub evaluation: &'a Evaluation,
    /// The regressors.
    pub regressors: &'a [Regression],
    /// Whether the settings of each regressor ([`Regressor::choices`]), and the best of all
    /// regressors, are chosen within the rows of each fit.
    pub nested: bool,
    /// Number of shuffles per column for permutation importance; 0 for none.
    pub shuffles: usize,
}

/// The columns given to a regressor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// All features.
    All,
    /// The columns that only measure size.
    Size,
    /// None: the prediction is the mean.
    None,
}

impl Given {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Size => "size",
            Self::None => "none",
        }
    }
}

/// How well one regressor predicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Its name; [`CHOSEN`] for the best regressor, chosen within the rows of each fit; [`MEAN`]
    /// for the mean.
    pub regressor: String,
    /// The columns given to it.
    pub given: Given,
    /// [`super::r2`]
    pub r2: Estimate,
    /// [`super::mae`]
    pub mae: Estimate,
    /// Spearman's correlation of predicted and measured values.
    pub rank_correlation: Option<Estimate>,
    /// R^2 minus that of the same regressor given size alone.
    pub gain: Option<Estimate>,
    /// R^2 of each repeat.
    pub r2_by_repeat: Vec<f64>,
    /// The predictions: rows, each with the mean over repeats.
    pub predicted: Vec<(usize, f64)>,
    /// The choice of each split, repeat by repeat.
    pub chosen: Vec<Regressor>,
    /// Importances or coefficients with the regressor's defaults, one per feature: from the rows of
    /// the fit for a single split, otherwise from all rows.
    pub importances: Option<Vec<f64>>,
    /// Permutation importances, one per feature ([`Evaluation::permutation`]).
    pub permutation: Option<Vec<f64>>,
}

impl Compared {
    /// The row of a regressor with these columns.
    pub fn among<'a>(rows: &'a [Self], regressor: &str, given: Given) -> Option<&'a Self> {
        rows.iter().find(|row| row.regressor == regressor && row.given == given)
    }

    /// As a JSON object, with importances under the names of the `features`.
    pub fn to_json(&self, features: &[String]) -> Value {
        let predicted: Vec<f64> = self.predicted.iter().map(|&(_, value)| value).collect();
        let mut object = json!({ "regressor": self.regressor, "features": self.given });
        for (name, estimate) in [
            ("r2", Some(self.r2)),
            ("mae", Some(self.mae)),
            ("rank_correlation", self.rank_correlation),
            ("gain", self.gain),
        ] {
            let interval = estimate.and_then(|estimate| estimate.interval);
            object[name] = json!(estimate.map(|estimate| estimate.value));
            object[format!("{name}_low")] = json!(interval.map(|interval| interval.low));
            object[format!("{name}_high")] = json!(interval.map(|interval| interval.high));
        }
        object["r2_by_repeat"] = json!(self.r2_by_repeat);
        object["predicted"] = json!(predicted);
        object["chosen"] = json!(self.chosen);
        for (name, values) in
            [("importances", &self.importances), ("permutation", &self.permutation)]
        {
            if let Some(values) = values {
                let named = features.iter().cloned().zip(values.iter().map(|value| json!(value)));
                object[name] = Value::Object(named.collect());
            }
        }
        object
    }

    /// Measured and predicted values as CSV, one row for each regressor and predicted row.
    pub fn csv(rows: &[Self], target: &[f64]) -> Vec<u8> {
        let mut text = "regressor,features,row,measured,predicted\n".to_owned();
        for Self { regressor, given, predicted, .. } in rows {
            let given = given.name();
            for (row, value) in predicted {
                text += &format!("{regressor},{given},{row},{},{value}\n", target[*row]);
            }
        }
        text.into_bytes()
    }
}

/// The name of the best of all regressors in [`Compared::regressor`].
pub const CHOSEN: &str = "chosen";
/// The name of the prediction by the mean of the rows of the fit.
pub const MEAN: &str = "mean";

impl Comparison<'_> {
    /// Number of regressors that [`Comparison::run`] reports.
    pub fn count(&self) -> usize {
        self.contestants().len() * (1 + usize::from(self.size.is_some())) + 1
    }

    fn contestants(&self) -> Vec<(&'static str, Vec<Regressor>)> {
        let choices = |&kind: &Regression| {
            if self.nested { Regressor::choices(kind) } else { vec![kind.into()] }
        };
        let each = self.regressors.iter().map(|kind| (kind.name(), choices(kind)));
        let mut contestants: Vec<(&str, Vec<Regressor>)> = each.collect();
        if self.nested && contestants.len() > 1 {
            let every = contestants.iter().flat_map(|(_, choices)| choices.clone()).collect();
            contestants.push((CHOSEN, every));
        }
        contestants
    }

    /// Compares them: first with all features, then with size, then the mean. `done` is called
    /// after each.
    pub fn run(&self, mut done: impl FnMut()) -> Vec<Compared> {
        let rows = self.evaluation.splits[0].iter().map(|split| split.test.len()).sum();
        let bootstrap = Bootstrap::new(rows, self.evaluation.seed, self.evaluation.jobs);
        let (mut all, mut alone) = (Vec::new(), Vec::new());
        for (name, choices) in self.contestants() {
            let (mut found, predicted) =
                self.compare(name, Given::All, self.features, &choices, &bootstrap);
            // Importances are those of the kind with its defaults.
            if name != CHOSEN {
                found.importances = Some(self.importances(choices[0]));
                found.permutation = (self.shuffles > 0).then(|| {
                    let Self { evaluation, features, target, shuffles, .. } = self;
                    evaluation.permutation(features, target, choices[0], *shuffles)
                });
            }
            done();
            if let Some(size) = self.size {
                let (small, of_size) = self.compare(name, Given::Size, size, &choices, &bootstrap);
                found.gain = gain(&predicted, &of_size, self.target, &bootstrap);
                alone.push(small);
                done();
            }
            all.push(found);
        }
        let none = self.features.with_columns(&[]);
        let mean = [Regression::LeastSquares.into()];
        let (mut mean, _) = self.compare(MEAN, Given::None, &none, &mean, &bootstrap);
        // The mean of the other folds is low where that of the own fold is high, so its correlation
        // is meaningless.
        mean.rank_correlation = None;
        done();
        all.into_iter().chain(alone).chain([mean]).collect()
    }

    fn compare(
        &self,
        name: &str,
        given: Given,
        x: &Table,
        choices: &[Regressor],
        bootstrap: &Bootstrap,
    ) -> (Compared, Predicted) {
        let predicted = self.evaluation.predict(x, self.target, choices);
        let scores = predicted.scores(self.target, bootstrap);
        let compared = Compared {
            regressor: name.to_owned(),
            given,
            r2: scores.r2,
            mae: scores.mae,
            rank_correlation: scores.rank_correlation,
            gain: None,
            r2_by_repeat: predicted.r2_by_repeat(self.target),
            predicted: predicted.rows.iter().copied().zip(predicted.mean()).collect(),
            chosen: predicted.chosen.clone(),
            importances: None,
            permutation: None,
        };
        (compared, predicted)
    }

    fn importances(&self, regressor: Regressor) -> Vec<f64> {
        let every: Vec<usize> = (0..self.features.rows()).collect();
        let rows = match self.evaluation.splits[0].as_slice() {
            [split] => &split.train,
            _ => &every,
        };
        let chosen = self.features.select(rows);
        let scale = match self.evaluation.scaling {
            Scaling::FittedRows => MinMax::fit(&chosen),
            Scaling::AllRows => MinMax::fit(self.features),
        };
        let y: Vec<f64> = rows.iter().map(|&row| self.target[row]).collect();
        let Evaluation { seed, jobs, .. } = *self.evaluation;
        regressor.fit(&scale.apply(&chosen), &y, seed, jobs).importances()
    }
}
