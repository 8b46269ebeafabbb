//! Which rows and columns of a table are looked at.

use std::path::PathBuf;

use clap::Args;
use rarefy::analysis::Records;
use rarefy::study::{Features, Selection};

use crate::output::note;

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
        let columns = records.columns().iter().enumerate();
        let unnamed: Vec<String> = columns
            .filter(|(_, name)| Records::is_unnamed(name))
            .map(|(at, name)| if name.is_empty() { (at + 1).to_string() } else { name.clone() })
            .collect();
        if !unnamed.is_empty() {
            note(&format!("left aside as it has no name: column {}", unnamed.join(", ")));
        }
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
    /// Columns that say which rows are about the same thing; such rows are taken as one, their
    /// mean [default: where the table has graph and graph_nr, those that differ by seed and results
    /// only, so that the seeds of a network count once]
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    group: Vec<String>,
}

impl ColumnsArguments {
    /// The columns that are asked for; `also` are others that are needed of the same rows.
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
