//! `rarefy analyze predict`: how well a target is predicted from other columns.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use rarefy::analysis::regression::{MinMax, Regression, Regressor, Table};
use rarefy::analysis::{
    Bootstrap, Estimate, Evaluation, Predicted, Records, Scaling, Scores, Split, gain,
};
use rarefy::format::write_atomically;
use serde_json::{Map, Value, json};

use super::records::{ColumnsArguments, Features, RecordsArguments};
use crate::arguments::{RunArguments, at_least_one, cores, note, print_json, print_text};
use crate::progress::Progress;

/// Shuffles of a column for its permutation importance, where rows are few enough.
const SHUFFLES: usize = 5;
const MOST_ROWS_SHUFFLED: usize = 2_000;

/// Arguments of `rarefy analyze predict`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every row is predicted by a model that has not seen it. R^2 is the share of the target's variance that \
is explained: 1 is perfect, 0 no better than the mean, and it may be negative. Intervals hold 95 % of \
what comes of drawing the predicted rows anew. What a claim must beat stands below: the mean, and the \
same regressor on size alone (--size); 'gain' is the difference in R^2 to the latter.

Without --split, folds: every row is predicted once a repeat. --nested chooses the depth of \
trees within the rows that are fitted on, and adds 'chosen', the best of all regressors chosen so. With \
--split or --split-seed, one split; repeats are then other seeds of the regressors. A split is a JSON file, \
{\"train\": [rows], \"test\": [rows]}, rows from 0; --split-seed is the random_state of scikit-learn's \
train_test_split.

Examples:
  rarefy analyze predict records.csv --where cell=gru --where gate_mask=tiled --target test_acc --nested
  rarefy analyze predict records.csv --target test_acc --without source_nodes
  rarefy analyze predict gru.csv --target test_acc --split-seed 7 --scale all     as the thesis did")]
pub struct PredictArguments {
    #[command(flatten)]
    records: RecordsArguments,
    #[command(flatten)]
    columns: ColumnsArguments,
    /// Which regressors: least_squares, bayesian_ridge, random_forest, adaboost
    #[arg(
        long,
        value_name = "NAME,...",
        value_delimiter = ',',
        default_value = "least_squares,bayesian_ridge,random_forest,adaboost"
    )]
    regressors: Vec<Regression>,
    /// Columns that say no more than how large something is
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',', default_value = "nodes,edges")]
    size: Vec<String>,
    /// File that says which rows to fit on and which to predict
    #[arg(long, value_name = "FILE", conflicts_with_all = ["folds", "split_seed"])]
    split: Option<PathBuf>,
    /// Split as scikit-learn's train_test_split with this random_state
    #[arg(long, value_name = "N", conflicts_with = "folds")]
    split_seed: Option<u32>,
    /// Share of the rows that --split-seed predicts
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, requires = "split_seed")]
    test_share: f64,
    /// Parts of the rows of which each is predicted from the others
    #[arg(long, value_name = "K", default_value_t = 10)]
    folds: usize,
    /// Repeats, with other folds and other seeds [default: 5, or 1 with a split]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    repeats: Option<NonZeroUsize>,
    /// Choose settings by folds within the rows that are fitted on
    #[arg(long)]
    nested: bool,
    /// Folds to choose by
    #[arg(long, value_name = "K", default_value = "5", value_parser = two_or_more, requires = "nested")]
    inner_folds: usize,
    /// Which rows min-max scaling is fitted to
    #[arg(long, value_enum, default_value = "fitted")]
    scale: ScaleName,
    /// Also write measured and predicted values, a row each, to this CSV file
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Threads to use [default: all cores]; the result does not depend on it
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// [`Scaling`] on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ScaleName {
    /// Those that are fitted on
    Fitted,
    /// All, those to be predicted too, as in the thesis
    All,
}

fn two_or_more(text: &str) -> Result<usize, String> {
    let folds = text.parse().ok().filter(|&folds| folds >= 2);
    folds.ok_or_else(|| "expected a whole number, 2 or more".to_owned())
}

/// One line of the result.
struct Row {
    regressor: &'static str,
    features: &'static str,
    scores: Scores,
    predicted: Predicted,
    /// R^2 above that of the same regressor on size alone.
    gain: Option<Estimate>,
    importances: Option<Vec<f64>>,
    permutation: Option<Vec<f64>>,
}

/// Runs `rarefy analyze predict`.
pub fn run(arguments: &PredictArguments) -> anyhow::Result<()> {
    let records = arguments.records.read()?;
    let features = arguments.columns.read(&records)?;
    let evaluation = arguments.evaluation(records.rows())?;
    let rows = Predictions::new(arguments, &records, &features, &evaluation)?.rows();
    if let Some(path) = &arguments.predictions {
        write_atomically(path, &to_csv(&rows, &features.target))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    if arguments.json {
        let first = &rows[0].predicted;
        let split = evaluation.splits[0].as_slice();
        return print_json(&json!({
            "target": arguments.columns.target,
            "features": features.names,
            "split": if let [split] = split { json!(split) } else { Value::Null },
            "folds": split.len(),
            "repeats": evaluation.splits.len(),
            "nested": arguments.nested,
            "predicted_rows": first.rows,
            "measured": first.measured(&features.target),
            "rows": rows.iter().map(|row| row.json(&features)).collect::<Vec<_>>(),
        }));
    }
    print_text(&table(&rows, &evaluation, arguments))
}

impl PredictArguments {
    fn evaluation(&self, rows: usize) -> anyhow::Result<Evaluation> {
        let single = match (&self.split, self.split_seed) {
            (Some(path), _) => Some(Split::read(path, rows)?),
            (None, Some(state)) => Some(Split::scikit_learn(rows, self.test_share, state)?),
            (None, None) => None,
        };
        let usual = if single.is_some() { 1 } else { 5 };
        let repeats = self.repeats.map_or(usual, NonZeroUsize::get);
        let splits: Result<Vec<Vec<Split>>, _> = (0..repeats)
            .map(|repeat| match &single {
                Some(split) => Ok(vec![split.clone()]),
                None => Split::folds(rows, self.folds, self.run.seed, repeat),
            })
            .collect();
        let scaling = match self.scale {
            ScaleName::Fitted => Scaling::FittedRows,
            ScaleName::All => Scaling::AllRows,
        };
        Ok(Evaluation {
            splits: splits?,
            scaling,
            inner_folds: self.inner_folds,
            seed: self.run.seed,
            jobs: cores(self.jobs),
        })
    }

    fn choices(&self, regression: Regression) -> Vec<Regressor> {
        if self.nested { Regressor::choices(regression) } else { vec![regression.into()] }
    }
}

/// What predicts, and how it is put to the test.
struct Predictions<'a> {
    arguments: &'a PredictArguments,
    features: &'a Features,
    evaluation: &'a Evaluation,
    bootstrap: Bootstrap,
    all: Table,
    /// Columns of size alone, where the table has them.
    size: Option<Table>,
}

impl<'a> Predictions<'a> {
    fn new(
        arguments: &'a PredictArguments,
        records: &Records,
        features: &'a Features,
        evaluation: &'a Evaluation,
    ) -> anyhow::Result<Self> {
        let has = |name: &String| records.columns().contains(name);
        let size = if arguments.size.iter().all(has) {
            let columns: Result<Vec<Vec<f64>>, _> =
                arguments.size.iter().map(|name| records.numbers(name)).collect();
            Some(Table::from_columns(&columns?))
        } else {
            note(&format!(
                "there are no columns {}: no comparison with size alone; --size names others",
                arguments.size.join(" and ")
            ));
            None
        };
        if arguments.size.contains(&arguments.columns.target) {
            bail!("{} is the target, so it cannot stand for size", arguments.columns.target);
        }
        let all = Table::from_columns(&features.columns);
        let predicted = evaluation.splits[0].iter().map(|split| split.test.len()).sum();
        let bootstrap = Bootstrap::new(predicted, arguments.run.seed, evaluation.jobs);
        Ok(Self { arguments, features, evaluation, bootstrap, all, size })
    }

    fn rows(&self) -> Vec<Row> {
        let regressors = &self.arguments.regressors;
        let kinds = regressors.len() + usize::from(self.arguments.nested && regressors.len() > 1);
        let count = (kinds * (1 + usize::from(self.size.is_some())) + 1) as u64;
        let progress = Progress::new("evaluations", count, count, self.arguments.run.quiet);
        let mut rows = Vec::new();
        let mut choices: Vec<(&'static str, Vec<Regressor>)> = regressors
            .iter()
            .map(|&regression| (regression.name(), self.arguments.choices(regression)))
            .collect();
        if kinds > regressors.len() {
            let every = choices.iter().flat_map(|(_, choices)| choices.clone()).collect();
            choices.push(("chosen", every));
        }
        for (name, choices) in &choices {
            let mut row = self.row(name, "all", &self.all, choices);
            progress.advance(1, 1);
            // Of the kind itself, with its defaults.
            if *name != "chosen" {
                row.importances = Some(self.importances(choices[0]));
                if self.all.rows() <= MOST_ROWS_SHUFFLED {
                    let (evaluation, y) = (self.evaluation, &self.features.target);
                    let worth = evaluation.permutation(&self.all, y, choices[0], SHUFFLES);
                    row.permutation = Some(worth);
                }
            }
            if let Some(size) = &self.size {
                let alone = self.row(name, "size", size, choices);
                let (y, of) = (&self.features.target, &row.predicted);
                row.gain = Some(gain(of, &alone.predicted, y, &self.bootstrap));
                progress.advance(1, 1);
                rows.extend([row, alone]);
            } else {
                rows.push(row);
            }
        }
        // Those on all columns first, then what they must beat.
        rows.sort_by_key(|row| row.features != "all");
        let none = self.all.with_columns(&[]);
        rows.push(self.row("mean", "none", &none, &[Regression::LeastSquares.into()]));
        progress.advance(1, 1);
        rows
    }

    fn row(
        &self,
        regressor: &'static str,
        features: &'static str,
        x: &Table,
        choices: &[Regressor],
    ) -> Row {
        let predicted = self.evaluation.predict(x, &self.features.target, choices);
        let scores = predicted.scores(&self.features.target, &self.bootstrap);
        let (gain, importances, permutation) = (None, None, None);
        Row { regressor, features, scores, predicted, gain, importances, permutation }
    }

    /// Coefficients or importances: of the one split, or of all rows.
    fn importances(&self, regressor: Regressor) -> Vec<f64> {
        let every: Vec<usize> = (0..self.all.rows()).collect();
        let rows = match self.evaluation.splits[0].as_slice() {
            [split] => &split.train,
            _ => &every,
        };
        let scale = match self.evaluation.scaling {
            Scaling::FittedRows => MinMax::fit(&self.all.select(rows)),
            Scaling::AllRows => MinMax::fit(&self.all),
        };
        let x = scale.apply(&self.all.select(rows));
        let y: Vec<f64> = rows.iter().map(|&row| self.features.target[row]).collect();
        regressor.fit(&x, &y, self.evaluation.seed, self.evaluation.jobs).importances()
    }
}

impl Row {
    fn json(&self, features: &Features) -> Value {
        let mut row = Map::new();
        row.insert("regressor".to_owned(), json!(self.regressor));
        row.insert("features".to_owned(), json!(self.features));
        let Scores { r2, mae, rank_correlation } = self.scores;
        for (name, estimate) in [
            ("r2", Some(r2)),
            ("mae", Some(mae)),
            ("rank_correlation", rank_correlation),
            ("gain", self.gain),
        ] {
            let interval = estimate.and_then(|estimate| estimate.interval);
            row.insert(name.to_owned(), json!(estimate.map(|estimate| estimate.value)));
            row.insert(format!("{name}_low"), json!(interval.map(|interval| interval.low)));
            row.insert(format!("{name}_high"), json!(interval.map(|interval| interval.high)));
        }
        let y = &features.target;
        row.insert("r2_by_repeat".to_owned(), json!(self.predicted.r2_by_repeat(y)));
        row.insert("predicted".to_owned(), json!(self.predicted.mean()));
        row.insert("chosen".to_owned(), json!(self.predicted.chosen));
        let by_name = |values: &Vec<f64>| {
            let named = features.names.iter().cloned().zip(values.iter().map(|value| json!(value)));
            Value::Object(named.collect())
        };
        if let Some(importances) = &self.importances {
            row.insert("importances".to_owned(), by_name(importances));
        }
        if let Some(permutation) = &self.permutation {
            row.insert("permutation".to_owned(), by_name(permutation));
        }
        Value::Object(row)
    }
}

/// Measured and predicted values, a row each, numbered as in the table.
fn to_csv(rows: &[Row], target: &[f64]) -> Vec<u8> {
    let mut text = "regressor,features,row,measured,predicted\n".to_owned();
    for Row { regressor, features, predicted, .. } in rows {
        for (row, value) in predicted.rows.iter().zip(predicted.mean()) {
            text += &format!("{regressor},{features},{row},{},{value}\n", target[*row]);
        }
    }
    text.into_bytes()
}

fn table(rows: &[Row], evaluation: &Evaluation, arguments: &PredictArguments) -> String {
    let mut text = format!(
        "{:<15} {:<8} {:>7} {:>17} {:>8} {:>7} {:>18}\n",
        "regressor", "features", "R^2", "95 % interval", "MAE", "rank r", "gain over size"
    );
    for Row { regressor, features, scores, gain, .. } in rows {
        let range = |estimate: &Estimate| {
            estimate.interval.map_or(String::new(), |i| format!("{:.3} to {:.3}", i.low, i.high))
        };
        let rank = scores.rank_correlation.map_or("-".to_owned(), |r| format!("{:.3}", r.value));
        let gain = gain.as_ref().map_or(String::new(), range);
        text += &format!(
            "{regressor:<15} {features:<8} {:>7.3} {:>17} {:>8.4} {rank:>7} {gain:>18}",
            scores.r2.value,
            range(&scores.r2),
            scores.mae.value,
        );
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    let (splits, repeats) = (evaluation.splits[0].len(), evaluation.splits.len());
    let how = match splits {
        1 => "one split".to_owned(),
        folds => format!("{folds} folds"),
    };
    let nested = if arguments.nested { ", settings chosen within" } else { "" };
    text + &format!(
        "{how}, {repeats} repeat(s){nested}; {} rows predicted; target {}\n",
        rows[0].predicted.rows.len(),
        arguments.columns.target
    )
}
