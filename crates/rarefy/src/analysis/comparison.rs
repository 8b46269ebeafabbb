//! Regressors beside each other, and beside what any of them must beat: the mean, and the
//! same regressor on size alone.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::regression::{MinMax, Regression, Regressor, Table};
use super::{Bootstrap, Estimate, Evaluation, Predicted, Scaling, gain};

/// What is to be compared, and on what.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'a> {
    /// Columns to predict from.
    pub features: &'a Table,
    /// Columns that say no more than how large something is, of the same rows.
    pub size: Option<&'a Table>,
    /// What is predicted.
    pub target: &'a [f64],
    /// How.
    pub evaluation: &'a Evaluation,
    /// Which regressors.
    pub regressors: &'a [Regression],
    /// Whether their settings are chosen within the rows that are fitted on
    /// ([`Regressor::choices`]), and the best of them all so too.
    pub nested: bool,
    /// Shuffles of each column for its permutation importance; none for 0.
    pub shuffles: usize,
}

/// Columns that a regressor was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// All features.
    All,
    /// Those of size alone.
    Size,
    /// None: the mean is predicted.
    None,
}

impl Given {
    /// As in tables.
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
    /// Its name; [`CHOSEN`] for the best of all, chosen within the rows that are fitted on;
    /// [`MEAN`] for the mean.
    pub regressor: String,
    /// The columns that it was given.
    pub given: Given,
    /// [`super::r2`]
    pub r2: Estimate,
    /// [`super::mae`]
    pub mae: Estimate,
    /// Spearman's correlation of predicted and measured.
    pub rank_correlation: Option<Estimate>,
    /// R^2 above that of the same regressor on size alone.
    pub gain: Option<Estimate>,
    /// R^2 of each repeat.
    pub r2_by_repeat: Vec<f64>,
    /// What was predicted: rows, and for each the mean over repeats.
    pub predicted: Vec<(usize, f64)>,
    /// What each split chose, repeat by repeat.
    pub chosen: Vec<Regressor>,
    /// Importances or coefficients, a feature each, with the regressor's defaults: of the one
    /// split's fitted rows, or of all rows.
    pub importances: Option<Vec<f64>>,
    /// Permutation importances, a feature each ([`Evaluation::permutation`]).
    pub permutation: Option<Vec<f64>>,
}

impl Compared {
    /// That of a regressor with these columns.
    pub fn among<'a>(rows: &'a [Self], regressor: &str, given: Given) -> Option<&'a Self> {
        rows.iter().find(|row| row.regressor == regressor && row.given == given)
    }

    /// As an object, importances under the names of the `features`.
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

    /// Measured and predicted values as CSV, one row for each regressor and row that it predicts.
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

/// The best of all regressors, as [`Compared::regressor`] calls it.
pub const CHOSEN: &str = "chosen";
/// The mean of the rows that were fitted on.
pub const MEAN: &str = "mean";

impl Comparison<'_> {
    /// How many regressors [`Comparison::run`] reports.
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

    /// Compares them: those on all features first, then those on size, then the mean. `done`
    /// is called after each.
    pub fn run(&self, mut done: impl FnMut()) -> Vec<Compared> {
        let rows = self.evaluation.splits[0].iter().map(|split| split.test.len()).sum();
        let bootstrap = Bootstrap::new(rows, self.evaluation.seed, self.evaluation.jobs);
        let (mut all, mut alone) = (Vec::new(), Vec::new());
        for (name, choices) in self.contestants() {
            let (mut found, predicted) =
                self.compare(name, Given::All, self.features, &choices, &bootstrap);
            // Of the kind itself, with its defaults.
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
        // The mean of the other folds is low where the own one's is high: no prediction.
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
