//! Which rows and columns of a table are looked at.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use rarefy::analysis::Records;
use rarefy::graph::Properties;

use crate::arguments::note;

/// A table, and some of its rows.
#[derive(Debug, Args)]
pub struct RecordsArguments {
    /// A CSV table with a header: a records.csv of `rarefy reproduce`, or any other
    #[arg(value_name = "RECORDS")]
    pub path: PathBuf,
    /// Only rows whose field in a column is this; may be given several times
    #[arg(long = "where", value_name = "COLUMN=VALUE", value_parser = condition)]
    conditions: Vec<(String, String)>,
}

fn condition(text: &str) -> Result<(String, String), String> {
    let (column, value) = text.split_once('=').ok_or("expected COLUMN=VALUE, like cell=gru")?;
    Ok((column.to_owned(), value.to_owned()))
}

impl RecordsArguments {
    /// The rows that are asked for.
    pub fn read(&self) -> anyhow::Result<Records> {
        let records = Records::read(&self.path)?;
        let mut conditions = self.conditions.iter();
        Ok(conditions.try_fold(records, |records, (column, value)| records.with(column, value))?)
    }
}

/// A target and the columns that it is set against.
#[derive(Debug, Args)]
pub struct ColumnsArguments {
    /// Column that is to be explained
    #[arg(long, value_name = "COLUMN")]
    pub target: String,
    /// Columns to explain it by [default: the thesis's 23 properties of graphs where the table
    /// has them, else all columns of numbers]
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    features: Vec<String>,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    without: Vec<String>,
}

/// Columns of a table by name.
pub struct Features {
    pub names: Vec<String>,
    pub columns: Vec<Vec<f64>>,
    pub target: Vec<f64>,
}

impl ColumnsArguments {
    /// The columns that are asked for.
    pub fn read(&self, records: &Records) -> anyhow::Result<Features> {
        for (at, name) in self.features.iter().enumerate() {
            if self.features[..at].contains(name) {
                bail!("--features names {name} twice");
            }
        }
        if self.features.contains(&self.target) {
            bail!("{} is the target, so it cannot be among the features too", self.target);
        }
        // Before the others, so that an error is about what was asked for first.
        let target = records.numbers(&self.target)?;
        let thesis = Properties::THESIS;
        let has = |name: &&str| records.columns().iter().any(|column| column == name);
        let mut names: Vec<String> = if !self.features.is_empty() {
            self.features.clone()
        } else if thesis.iter().all(has) {
            thesis.iter().map(|&name| name.to_owned()).collect()
        } else {
            records.numeric().into_iter().map(str::to_owned).collect()
        };
        for name in &self.without {
            if !records.columns().contains(name) {
                records.numbers(name)?;
            }
        }
        names.retain(|name| *name != self.target && !self.without.contains(name));
        if names.is_empty() {
            bail!("no column is left to explain {} by", self.target);
        }
        let columns: Result<Vec<Vec<f64>>, _> =
            names.iter().map(|name| records.numbers(name)).collect();
        let features = Features { columns: columns?, names, target };
        if features.target.iter().all(|value| *value == features.target[0]) {
            bail!(
                "{} is {} in every row: there is nothing to explain",
                self.target,
                features.target[0]
            );
        }
        note_mixture(records)?;
        Ok(features)
    }
}

/// Rows of several kinds of network are seldom meant to be taken together.
fn note_mixture(records: &Records) -> anyhow::Result<()> {
    for column in ["cell", "mode", "gate_mask", "scope"] {
        if !records.columns().iter().any(|name| name == column) {
            continue;
        }
        let values = records.values(column)?;
        if values.len() > 1 {
            note(&format!(
                "rows of several kinds are taken together ({column}: {}); --where {column}={} takes one",
                values.join(", "),
                values[0]
            ));
            return Ok(());
        }
    }
    Ok(())
}
