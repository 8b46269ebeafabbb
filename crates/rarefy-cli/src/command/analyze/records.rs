//! Which rows and columns of a table are looked at.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use rarefy::analysis::{Grouping, Records};
use rarefy::graph::Properties;

use crate::output::{counted, note};

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

/// Columns of a table by name.
pub struct Features {
    pub names: Vec<String>,
    pub columns: Vec<Vec<f64>>,
    pub target: Vec<f64>,
    /// The rows that are left.
    records: Records,
    /// Which of them are one.
    grouping: Grouping,
}

impl Features {
    /// Another column of the same table, rows that are one taken together.
    pub fn column(&self, name: &str) -> anyhow::Result<Vec<f64>> {
        Ok(self.grouping.means(&self.records.numbers(name)?))
    }

    /// How many rows there are, those that are one counted once.
    pub fn rows(&self) -> usize {
        self.grouping.count()
    }
}

/// What a network came to: columns of studies that are not among the settings.
const RESULTS: [&str; 19] = [
    "test_acc",
    "test_loss",
    "threshold",
    "pruned_ih",
    "pruned_hh",
    "sparsity",
    "unpruned_acc",
    "epochs",
    "first_validation_acc",
    "first_test_acc",
    "last_validation_acc",
    "last_test_acc",
    "kept_epoch",
    "kept_validation_acc",
    "kept_test_acc",
    "epochs_to_recover",
    "diverged",
    "time",
    "seconds",
];

impl ColumnsArguments {
    /// The columns that are asked for; `also` are others that are needed of the same rows.
    pub fn read(&self, records: Records, also: &[String]) -> anyhow::Result<Features> {
        for (at, name) in self.features.iter().enumerate() {
            if self.features[..at].contains(name) {
                bail!("--features names {name} twice");
            }
        }
        if self.features.contains(&self.target) {
            bail!("{} is the target, so it cannot be among the features too", self.target);
        }
        // Before the others, so that an error is about what was asked for first.
        records.values_or_none(&self.target)?;
        for name in self.without.iter().filter(|name| !has(&records, name)) {
            records.texts(name)?;
        }
        let kept = |name: &&String| **name != self.target && !self.without.contains(name);
        let names = self.names(&records)?.iter().filter(kept).cloned().collect::<Vec<_>>();
        if names.is_empty() {
            bail!("no column is left to explain {} by", self.target);
        }
        let (records, names) = self.with_values(records, names, also)?;
        let grouping = self.grouping(&records, also)?;
        let column = |name: &String| Ok(grouping.means(&numbers(&records, name)?));
        let columns: anyhow::Result<Vec<Vec<f64>>> = names.iter().map(column).collect();
        let target = grouping.means(&records.numbers(&self.target)?);
        note_mixture(&records)?;
        let features = Features { columns: columns?, names, target, records, grouping };
        if features.target.iter().all(|value| *value == features.target[0]) {
            bail!(
                "{} is {} in every row: there is nothing to explain",
                self.target,
                features.target[0]
            );
        }
        Ok(features)
    }

    /// The rows that have a value in each column, and the columns: one that nobody asked for and
    /// that has a value in fewer than half of the rows goes before they do. A note counts what
    /// is left out.
    fn with_values(
        &self,
        mut records: Records,
        mut names: Vec<String>,
        also: &[String],
    ) -> anyhow::Result<(Records, Vec<String>)> {
        let rows = records.rows();
        let missing = |records: &Records, name: &String| -> anyhow::Result<usize> {
            Ok(records.without_value(name)?.into_iter().filter(|missing| *missing).count())
        };
        let mut undefined = Vec::new();
        if self.features.is_empty() {
            for name in std::mem::take(&mut names) {
                let seldom = 2 * missing(&records, &name)? > rows && !also.contains(&name);
                if seldom { undefined.push(name) } else { names.push(name) }
            }
        }
        let needed = || [&self.target].into_iter().chain(&names).chain(also);
        let mut keeps = vec![true; rows];
        let mut incomplete = Vec::new();
        for name in needed().filter(|name| has(&records, name)) {
            let missing = records.without_value(name)?;
            if missing.contains(&true) {
                incomplete.push(name.clone());
                keeps.iter_mut().zip(missing).for_each(|(kept, missing)| *kept &= !missing);
            }
        }
        let left = keeps.iter().filter(|kept| **kept).count();
        if let (Some(first), 0..FEWEST_ROWS) = (incomplete.first(), left) {
            // Says in which line.
            match *first == self.target {
                true => records.numbers(first).map(drop)?,
                false => numbers(&records, first).map(drop)?,
            }
        }
        if names.is_empty() {
            bail!("no column is left to explain {} by: none has a value in most rows", self.target);
        }
        let mut parts = Vec::new();
        if !undefined.is_empty() {
            let columns = counted(undefined.len(), "column");
            let listed = undefined.join(", ");
            parts.push(format!("{columns} without a value in most of {rows} rows ({listed})"));
        }
        if left < rows {
            let listed = incomplete.join(", ");
            parts.push(format!("{} of {rows} rows without a value in {listed}", rows - left));
        }
        if !parts.is_empty() {
            note(&format!("left out: {}", parts.join("; ")));
        }
        records.keep_rows(&keeps);
        Ok((records, names))
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
        for name in records.columns().iter().filter(|name| !Records::is_unnamed(name)) {
            let list = if records.is_text(name)? { &mut texts } else { &mut names };
            list.push(name.clone());
        }
        if !texts.is_empty() {
            note(&format!("columns of text are left aside: {}", texts.join(", ")));
        }
        Ok(names)
    }

    fn grouping(&self, records: &Records, also: &[String]) -> anyhow::Result<Grouping> {
        let usual = ["graph", "graph_nr"];
        let (columns, one) = if self.group.is_empty() && usual.iter().all(|name| has(records, name))
        {
            // Whatever is no result may be a setting that was varied: rows are of one network
            // if nothing but the seed differs. What is explained or explains is never lost.
            let asked = |name: &String| self.features.contains(name) || also.contains(name);
            let is_result = |name: &String| {
                *name == self.target || name == "seed" || RESULTS.contains(&name.as_str())
            };
            let counts =
                |name: &&String| !Records::is_unnamed(name) && (asked(name) || !is_result(name));
            let columns = records.columns().iter().filter(counts).cloned().collect();
            (columns, "graph and the same settings".to_owned())
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

/// With fewer rows left than these, the first that lacks a value is an error.
const FEWEST_ROWS: usize = 3;

fn numbers(records: &Records, name: &str) -> anyhow::Result<Vec<f64>> {
    records
        .numbers(name)
        .with_context(|| format!("--without {name} leaves it out, --where takes some rows only"))
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
