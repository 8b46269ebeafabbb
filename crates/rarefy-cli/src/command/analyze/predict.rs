//! `rarefy analyze predict`: how well other columns predict a target.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use rarefy::analysis::regression::{self, Regression};
use rarefy::analysis::{Compared, Comparison, Estimate, Evaluation, Records, Scaling, Split};
use rarefy::format::write_atomically;
use rarefy::study::Features;
use serde_json::{Value, json};

use super::records::{ColumnsArguments, RecordsArguments};
use crate::arguments::{JobsArguments, RunArguments, at_least_one, one_of};
use crate::output::{counted, note, print_json, print_text};
use crate::progress::Progress;
use crate::table::{Table, numbers, words};

/// Shuffles of a column for its permutation importance, if there are few enough rows.
const SHUFFLES: usize = 5;
const MOST_ROWS_SHUFFLED: usize = 2_000;

/// Arguments of `rarefy analyze predict`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/analyze_predict.txt"))]
pub struct PredictArguments {
    #[command(flatten)]
    records: RecordsArguments,
    #[command(flatten)]
    columns: ColumnsArguments,
    /// Regressors to compare [default: all]
    #[arg(
        long,
        value_name = "NAME,...",
        value_delimiter = ',',
        value_parser = one_of::<Regression>(),
        default_value = "least_squares,bayesian_ridge,random_forest,adaboost",
        hide_default_value = true
    )]
    regressors: Vec<Regression>,
    /// Columns that measure size alone
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',', default_value = "nodes,edges")]
    size: Vec<String>,
    /// JSON file with the rows to fit on and the rows to predict
    #[arg(long, value_name = "FILE", conflicts_with_all = ["folds", "split_seed"])]
    split: Option<PathBuf>,
    /// Split rows like scikit-learn with this random_state
    #[arg(long, value_name = "N", conflicts_with = "folds")]
    split_seed: Option<u32>,
    /// Share of the rows that --split-seed predicts
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, requires = "split_seed")]
    test_share: f64,
    /// Number of folds: each is predicted from the others
    #[arg(long, value_name = "K", default_value = "10", value_parser = two_or_more)]
    folds: usize,
    /// Repeats with other folds and seeds [default: 5, or 1 with a split]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    repeats: Option<NonZeroUsize>,
    /// Choose the depth of trees by folds within the training rows
    #[arg(long)]
    nested: bool,
    /// Number of folds for --nested
    #[arg(long, value_name = "K", default_value = "5", value_parser = two_or_more, requires = "nested")]
    inner_folds: usize,
    /// Rows that min-max scaling is fitted to
    #[arg(long, value_parser = one_of::<Scaling>(), default_value_t)]
    scale: Scaling,
    /// CSV file for measured and predicted values, one row each
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    #[command(flatten)]
    jobs: JobsArguments,
    #[command(flatten)]
    run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

fn two_or_more(text: &str) -> Result<usize, String> {
    let folds = text.parse().ok().filter(|&folds| folds >= 2);
    folds.ok_or_else(|| "expected a whole number, 2 or more".to_owned())
}

/// Runs `rarefy analyze predict`.
pub fn run(arguments: &PredictArguments) -> anyhow::Result<()> {
    let records = arguments.records.read()?;
    let has_size = arguments.has_size(&records)?;
    let also = if has_size { arguments.size.as_slice() } else { &[] };
    let features = arguments.columns.read(records, also)?;
    let evaluation = arguments.evaluation(features.rows())?;
    let predicted: usize = evaluation.splits[0].iter().map(|split| split.test.len()).sum();
    if predicted < 2 {
        bail!("R^2 needs at least 2 predicted rows, but there are {predicted}");
    }
    let all = regression::Table::from_columns(&features.columns);
    let size = has_size.then(|| arguments.size(&features)).transpose()?;
    let comparison = Comparison {
        features: &all,
        size: size.as_ref(),
        target: &features.target,
        evaluation: &evaluation,
        regressors: &arguments.regressors,
        nested: arguments.nested,
        shuffles: if features.rows() <= MOST_ROWS_SHUFFLED { SHUFFLES } else { 0 },
    };
    let count = comparison.count() as u64;
    let progress = Progress::new("regressor", count, count, arguments.run.quiet);
    let rows = comparison.run(|| progress.advance(1, 1));
    drop(progress);
    if let Some(path) = &arguments.predictions {
        write_atomically(path, &Compared::csv(&rows, &features.target))?;
    }
    if arguments.json {
        let split = evaluation.splits[0].as_slice();
        let predicted = || rows[0].predicted.iter().map(|&(row, _)| row);
        return print_json(&json!({
            "target": arguments.columns.target,
            "features": features.names,
            "split": if let [split] = split { json!(split) } else { Value::Null },
            "folds": split.len(),
            "repeats": evaluation.splits.len(),
            "nested": arguments.nested,
            "predicted_rows": predicted().collect::<Vec<_>>(),
            "measured": predicted().map(|row| features.target[row]).collect::<Vec<_>>(),
            "rows": rows.iter().map(|row| row.to_json(&features.names)).collect::<Vec<_>>(),
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
        Ok(Evaluation {
            splits: splits?,
            scaling: self.scale,
            inner_folds: self.inner_folds,
            seed: self.run.seed,
            jobs: self.jobs.threads(),
        })
    }

    /// Whether the table has the columns that measure size.
    fn has_size(&self, records: &Records) -> anyhow::Result<bool> {
        if self.size.contains(&self.columns.target) {
            bail!("{} is the target, so --size cannot name it", self.columns.target);
        }
        let missing = self.size.iter().find(|name| !records.columns().contains(name));
        if let Some(name) = missing {
            note(&format!(
                "there is no column {name}, so size alone is not compared; name other columns with --size"
            ));
        }
        Ok(missing.is_none())
    }

    /// Only the columns that measure size.
    fn size(&self, features: &Features) -> anyhow::Result<regression::Table> {
        let columns: Result<Vec<Vec<f64>>, _> =
            self.size.iter().map(|name| features.column(name)).collect();
        Ok(regression::Table::from_columns(&columns?))
    }
}

fn table(rows: &[Compared], evaluation: &Evaluation, arguments: &PredictArguments) -> String {
    let columns = [
        words("regressor"),
        words("features"),
        numbers("R^2"),
        numbers("95 % interval").tied(),
        numbers("MAE"),
        numbers("rank r"),
        numbers("gain over size"),
    ];
    let mut shown = Table::new(2, columns);
    let range = |estimate: Estimate| {
        estimate.interval.map_or(String::new(), |i| format!("{:.3} to {:.3}", i.low, i.high))
    };
    for Compared { regressor, given, r2, mae, rank_correlation, gain, .. } in rows {
        let rank = rank_correlation.map_or("-".to_owned(), |r| format!("{:.3}", r.value));
        let gain = gain.map_or(String::new(), range);
        shown.row([
            regressor.clone(),
            given.name().to_owned(),
            format!("{:.3}", r2.value),
            range(*r2),
            format!("{:.4}", mae.value),
            rank,
            gain,
        ]);
    }
    let (splits, repeats) = (evaluation.splits[0].len(), evaluation.splits.len());
    let how = match splits {
        1 => "one split".to_owned(),
        folds => format!("{folds} folds"),
    };
    let nested = if arguments.nested { ", settings chosen within" } else { "" };
    format!(
        "{}{how}, {}{nested}; {} predicted; target {}\n",
        shown.text(),
        counted(repeats, "repeat"),
        counted(rows[0].predicted.len(), "row"),
        arguments.columns.target
    )
}
