//! Which rows and columns of a table are looked at.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use rarefy::analysis::{Grouping, Records};
use rarefy::graph::Properties;

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
    /// mean [default: those of the same graph, by graph, graph_nr and its properties, where the table
    /// has them, so that the seeds of a network count once]
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    group: Vec<String>,
}

/// Columns of a table by name.
pub struct Features {
    pub names: Vec<String>,
    pub columns: Vec<Vec<f64>>,
    pub target: Vec<f64>,
    /// Which rows are one.
    grouping: Grouping,
}

impl Features {
    /// Another column of the same table, rows that are one taken together.
    pub fn column(&self, records: &Records, name: &str) -> anyhow::Result<Vec<f64>> {
        Ok(self.grouping.means(&records.numbers(name)?))
    }

    /// How many rows there are, those that are one counted once.
    pub fn rows(&self) -> usize {
        self.grouping.count()
    }
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
        for name in self.without.iter().filter(|name| !has(records, name)) {
            records.texts(name)?;
        }
        let kept = |name: &&String| **name != self.target && !self.without.contains(name);
        let names = self.names(records)?.iter().filter(kept).cloned().collect::<Vec<_>>();
        if names.is_empty() {
            bail!("no column is left to explain {} by", self.target);
        }
        let grouping = self.grouping(records)?;
        let column = |name: &String| {
            let values = records.numbers(name).with_context(|| {
                format!("--without {name} leaves it out, --where takes some rows only")
            })?;
            Ok(grouping.means(&values))
        };
        let columns: anyhow::Result<Vec<Vec<f64>>> = names.iter().map(column).collect();
        let target = grouping.means(&target);
        let features = Features { columns: columns?, names, target, grouping };
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

    /// The columns to explain by: those that are named, the thesis's, or all numbers.
    fn names(&self, records: &Records) -> anyhow::Result<Vec<String>> {
        if !self.features.is_empty() {
            return Ok(self.features.clone());
        }
        if Properties::THESIS.iter().all(|name| has(records, name)) {
            return Ok(Properties::THESIS.iter().map(|&name| name.to_owned()).collect());
        }
        let (mut names, mut texts) = (Vec::new(), Vec::new());
        for name in records.columns() {
            let list = if records.is_text(name)? { &mut texts } else { &mut names };
            list.push(name.clone());
        }
        if !texts.is_empty() {
            note(&format!("columns of text are left aside: {}", texts.join(", ")));
        }
        Ok(names)
    }

    fn grouping(&self, records: &Records) -> anyhow::Result<Grouping> {
        let usual = ["graph", "graph_nr"];
        let (columns, one) = if self.group.is_empty() && usual.iter().all(|name| has(records, name))
        {
            // Graphs of one family and number are the same only if they were drawn alike, which
            // their properties tell whatever the study varied.
            let properties = Properties::NAMES.iter().filter(|name| has(records, name));
            let columns = usual.iter().chain(properties).map(|&name| name.to_owned()).collect();
            (columns, "graph".to_owned())
        } else {
            (self.group.clone(), self.group.join(" and "))
        };
        let grouping = Grouping::new(records, &columns)?;
        if grouping.count() < records.rows() {
            note(&format!(
                "{} rows are taken as {}: the mean of those of one {one}",
                records.rows(),
                grouping.count()
            ));
        }
        Ok(grouping)
    }
}

fn has(records: &Records, name: &str) -> bool {
    records.columns().iter().any(|column| column == name)
}

/// Rows of several kinds of network are seldom meant to be taken together.
fn note_mixture(records: &Records) -> anyhow::Result<()> {
    for column in ["cell", "mode", "gate_mask", "scope"] {
        if !has(records, column) {
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
