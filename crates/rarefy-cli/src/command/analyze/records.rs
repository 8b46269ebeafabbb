//! Which rows and columns of a table are used.

use std::path::PathBuf;

use clap::Args;
use rarefy::analysis::{Grouping, Records, RecordsError};
use rarefy::study::{Features, Selection};

use crate::output::note;

/// A table, and some of its rows.
#[derive(Debug, Args)]
pub struct RecordsArguments {
    /// CSV table with a header, such as records.csv of a study
    #[arg(value_name = "RECORDS")]
    pub path: PathBuf,
    /// Use only rows with this value in a column; can be repeated
    #[arg(long = "where", value_name = "COLUMN=VALUE", value_parser = condition)]
    conditions: Vec<(String, String)>,
}

/// The rows of each part of `records` that `columns` divide it into; without columns all rows are one.
pub fn parts(records: &Records, columns: &[String]) -> Result<Vec<Vec<usize>>, RecordsError> {
    match columns.is_empty() {
        true => Ok(vec![(0..records.rows()).collect()]),
        false => Ok(Grouping::new(records, columns)?.rows()),
    }
}

/// A p-value in a table.
pub fn p_value(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

fn condition(text: &str) -> Result<(String, String), String> {
    let (column, value) = text.split_once('=').ok_or("expected COLUMN=VALUE, like cell=gru")?;
    Ok((column.to_owned(), value.to_owned()))
}

impl RecordsArguments {
    /// Reads the selected rows.
    pub fn read(&self) -> anyhow::Result<Records> {
        let records = Records::read(&self.path)?;
        let columns = records.columns().iter().enumerate();
        let unnamed: Vec<String> = columns
            .filter(|(_, name)| Records::is_unnamed(name))
            .map(|(at, name)| if name.is_empty() { (at + 1).to_string() } else { name.clone() })
            .collect();
        if !unnamed.is_empty() {
            note(&format!("ignored, as it has no name: column {}", unnamed.join(", ")));
        }
        let mut conditions = self.conditions.iter();
        Ok(conditions.try_fold(records, |records, (column, value)| records.with(column, value))?)
    }
}

/// A target and the columns that it is set against.
#[derive(Debug, Args)]
pub struct ColumnsArguments {
    /// Column to explain
    #[arg(long, value_name = "COLUMN")]
    pub target: String,
    /// Columns to explain it by [default: graph properties, else all numbers]
    ///
    /// The default is the thesis's 23 properties of graphs if the table has them, and otherwise all
    /// columns of numbers.
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    features: Vec<String>,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    without: Vec<String>,
    /// Columns that identify repeated rows, which are averaged
    ///
    /// By default, in a table with graph and graph_nr, rows that differ only by seed and results are
    /// averaged: several seeds of one network count once.
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    group: Vec<String>,
}

impl ColumnsArguments {
    /// Reads the selected columns; `also` are further columns that are needed for the same rows.
    pub fn read(&self, records: Records, also: &[String]) -> anyhow::Result<Features> {
        let selection = Selection {
            target: self.target.clone(),
            features: self.features.clone(),
            without: self.without.clone(),
            group: self.group.clone(),
            also: also.to_vec(),
        };
        Ok(selection.of(records, &mut |what| note(&what.to_string()))?)
    }
}
