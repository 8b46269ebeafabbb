//! `rarefy analyze correlate`: correlation of each column with a target.

use clap::Args;
use rarefy::analysis::{Bootstrap, Correlation, Correlations, correlate};
use serde_json::{Value, json};

use super::records::{ColumnsArguments, RecordsArguments, p_value};
use crate::arguments::{JobsArguments, RunArguments};
use crate::output::{counted, note, print_json, print_text};
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy analyze correlate`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/analyze_correlate.txt"))]
pub struct CorrelateArguments {
    #[command(flatten)]
    records: RecordsArguments,
    #[command(flatten)]
    columns: ColumnsArguments,
    /// Columns to hold fixed in partial correlations
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    given: Vec<String>,
    /// Bootstrap samples [default: 2000, fewer for large tables]
    ///
    /// The default is 2000 for up to 2,000 rows, then fewer, and 100 from 40,000 rows on.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(100..))]
    resamples: Option<u32>,
    #[command(flatten)]
    jobs: JobsArguments,
    #[command(flatten)]
    run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy analyze correlate`.
pub fn run(arguments: &CorrelateArguments) -> anyhow::Result<()> {
    let records = arguments.records.read()?;
    let features = arguments.columns.read(records, &arguments.given)?;
    let given: Result<Vec<Vec<f64>>, _> =
        arguments.given.iter().map(|name| features.column(name)).collect();
    let given = given?;
    if arguments.given.contains(&arguments.columns.target) {
        anyhow::bail!(
            "{} is the target, so --given cannot hold it fixed",
            arguments.columns.target
        );
    }
    for (name, column) in features.names.iter().zip(&features.columns) {
        if column.iter().all(|value| *value == column[0]) {
            note(&format!("{name} is {} in every row: its correlation is not defined", column[0]));
        }
    }
    let mut bootstrap =
        Bootstrap::new(features.rows(), arguments.run.seed, arguments.jobs.threads());
    if let Some(resamples) = arguments.resamples {
        bootstrap.resamples = resamples as usize;
    }
    let columns: Vec<&[f64]> = features.columns.iter().map(Vec::as_slice).collect();
    let given: Vec<&[f64]> = given.iter().map(Vec::as_slice).collect();
    let found = correlate(&columns, &features.target, &given, &bootstrap);

    if arguments.json {
        let row = |(name, found): (&String, &Correlations)| {
            let mut row = json!({ "property": name, "rows": features.rows() });
            found.write(&mut row, !given.is_empty());
            row
        };
        let rows: Vec<Value> = features.names.iter().zip(&found).map(row).collect();
        return print_json(&json!({
            "target": arguments.columns.target,
            "given": arguments.given,
            "confidence": bootstrap.confidence,
            "resamples": bootstrap.resamples,
            "rows": rows,
        }));
    }
    let kinds: &[&str] = if given.is_empty() {
        &["Pearson's r", "Spearman's r"]
    } else {
        &["Pearson's r", "Spearman's r", "partial r"]
    };
    let kind = |kind: &&'static str| {
        [numbers(*kind), numbers("95 % interval").tied(), numbers("p (Holm)").tied()]
    };
    let mut table = Table::new(1, [words("column")].into_iter().chain(kinds.iter().flat_map(kind)));
    for (name, found) in features.names.iter().zip(&found) {
        let correlations = [found.pearson, found.spearman, found.partial];
        let correlations = correlations.into_iter().take(kinds.len());
        table.row([name.clone()].into_iter().chain(correlations.flat_map(shown)));
    }
    print_text(&format!(
        "{}{}; target {}; p corrected for {}\n",
        table.text(),
        counted(features.rows(), "row"),
        arguments.columns.target,
        counted(features.names.len(), "column")
    ))
}

/// A correlation, its interval and its p-value.
fn shown(found: Option<Correlation>) -> [String; 3] {
    let Some(found) = found else { return ["-", "", ""].map(str::to_owned) };
    let interval = found
        .interval
        .map_or(String::new(), |interval| format!("{:.3} to {:.3}", interval.low, interval.high));
    let p = found.p_corrected.map_or(String::new(), p_value);
    [format!("{:.3}", found.r), interval, p]
}
