//! `rarefy analyze describe`: means with intervals.

use clap::Args;
use rarefy::analysis::Summary;
use serde_json::{Map, Value, json};

use super::records::{RecordsArguments, parts};
use crate::output::{note, print_json, print_text, significant};
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy analyze describe`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/analyze_describe.txt"))]
pub struct DescribeArguments {
    #[command(flatten)]
    records: RecordsArguments,
    /// Columns of numbers to describe
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',', required = true)]
    columns: Vec<String>,
    /// Columns whose values define groups of rows
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    by: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy analyze describe`.
pub fn run(arguments: &DescribeArguments) -> anyhow::Result<()> {
    let records = arguments.records.read()?;
    let by: Result<Vec<Vec<&str>>, _> =
        arguments.by.iter().map(|name| records.texts(name)).collect();
    let by = by?;
    let groups = parts(&records, &arguments.by)?;
    let mut rows = Vec::new();
    let keys = arguments.by.iter().map(String::as_str).chain(["column"]);
    let figures = [
        numbers("rows"),
        numbers("mean"),
        numbers("95 % interval").tied(),
        numbers("std"),
        numbers("min"),
        numbers("max"),
    ];
    let mut table = Table::new(arguments.by.len() + 1, keys.map(words).chain(figures));
    for name in &arguments.columns {
        let values = records.values_or_none(name)?;
        let missing = values.iter().filter(|value| value.is_none()).count();
        if missing > 0 {
            note(&format!("{name} has no value in {missing} of {} rows: left out", values.len()));
        }
        for members in &groups {
            let group: Vec<&str> = by.iter().map(|column| column[members[0]]).collect();
            let values: Vec<f64> = members.iter().filter_map(|&row| values[row]).collect();
            let Some(found) = Summary::of(&values) else { continue };
            let mut row: Map<String, Value> = arguments
                .by
                .iter()
                .zip(&group)
                .map(|(column, value)| (column.clone(), json!(value)))
                .collect();
            row.extend([
                ("column".to_owned(), json!(name)),
                ("count".to_owned(), json!(found.count)),
                ("mean".to_owned(), json!(found.mean)),
                ("mean_low".to_owned(), json!(found.interval.map(|interval| interval.low))),
                ("mean_high".to_owned(), json!(found.interval.map(|interval| interval.high))),
                ("std".to_owned(), json!(found.standard_deviation)),
                ("min".to_owned(), json!(found.min)),
                ("max".to_owned(), json!(found.max)),
            ]);
            rows.push(Value::Object(row));
            let optional = |value: Option<f64>| value.map_or("-".to_owned(), significant);
            let interval = found.interval.map_or("-".to_owned(), |interval| {
                format!("{} to {}", significant(interval.low), significant(interval.high))
            });
            let shown = [
                found.count.to_string(),
                significant(found.mean),
                interval,
                optional(found.standard_deviation),
                significant(found.min),
                significant(found.max),
            ];
            let keys = group.into_iter().chain([&**name]).map(str::to_owned);
            table.row(keys.chain(shown));
        }
    }
    if arguments.json {
        return print_json(&json!({ "rows": rows }));
    }
    print_text(&table.text())
}
