//! Which rows and columns of a table of records are related to each other: a target, and the
//! columns that it is set against.
//!
//! The table may be a study's, or any other. Of a study's, the seeds of one network count once.

use std::fmt;

use super::settings::key;
use crate::analysis::{Grouping, Records, RecordsError};
use crate::graph::Properties;

/// The columns that are asked for, by name.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// What is to be explained.
    pub target: String,
    /// What to explain it by. None: the thesis's properties of graphs where the table has them,
    /// else all columns of numbers.
    pub features: Vec<String>,
    /// Columns to leave out.
    pub without: Vec<String>,
    /// Columns that say which rows are about the same thing; such rows are taken as one, their
    /// mean. None: where the table has `graph` and `graph_nr`, rows that differ by seed and results
    /// only.
    pub group: Vec<String>,
    /// Other columns that are needed of the same rows.
    pub also: Vec<String>,
}

/// Columns of a table.
#[derive(Clone, Debug)]
pub struct Features {
    /// What the columns are called.
    pub names: Vec<String>,
    /// `[column][row]`
    pub columns: Vec<Vec<f64>>,
    /// `[row]`
    pub target: Vec<f64>,
    /// The rows that are left.
    records: Records,
    /// Which of them are one.
    grouping: Grouping,
}

/// What was assumed about a table, or left out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FeaturesNote {
    /// Columns of text explain nothing.
    TextsAside {
        /// Their names.
        columns: Vec<String>,
    },
    /// Columns and rows without values.
    LeftOut {
        /// Columns that have a value in fewer than half of the rows.
        columns: Vec<String>,
        /// How many rows lack a value.
        rows: usize,
        /// In which columns.
        incomplete: Vec<String>,
        /// How many rows there were.
        all: usize,
    },
    /// Rows that are one were taken together.
    Together {
        /// How many rows.
        rows: usize,
        /// As how many.
        groups: usize,
        /// What rows of one share.
        one: String,
    },
    /// Rows of several kinds of network are seldom meant to be taken together.
    Mixture {
        /// What tells the kinds apart.
        column: &'static str,
        /// Its values.
        values: Vec<String>,
    },
}

/// Columns that cannot be set against each other.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeaturesError {
    /// What is wrong with the table.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// A column that is not complete.
    #[error("{source}. Leave the column out with --without {column}, or choose rows with --where")]
    Incomplete {
        /// The column.
        column: String,
        /// Where.
        source: RecordsError,
    },
    /// A column is named twice.
    #[error("--features names {0} twice")]
    Twice(String),
    /// The target is to explain itself.
    #[error("{0} is the target, so it cannot be a feature as well")]
    IsTarget(String),
    /// Nothing to explain the target by.
    #[error("no column is left to explain {target}{}", if *undefined { ": none has a value in most rows" } else { "" })]
    NoColumn {
        /// The target.
        target: String,
        /// Whether there were columns, most of which was empty.
        undefined: bool,
    },
    /// The target does not vary.
    #[error("{target} is {value} in every row, so there is nothing to explain")]
    Constant {
        /// The target.
        target: String,
        /// Its value.
        value: f64,
    },
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

/// With fewer rows left than these, the first that lacks a value is an error.
const FEWEST_ROWS: usize = 3;

impl Features {
    /// Another column of the same table, rows that are one taken together.
    ///
    /// # Errors
    /// When there is no such column, or it lacks a number.
    pub fn column(&self, name: &str) -> Result<Vec<f64>, RecordsError> {
        Ok(self.grouping.means(&self.records.numbers(name)?))
    }

    /// How many rows there are, those that are one counted once.
    pub fn rows(&self) -> usize {
        self.grouping.count()
    }
}

impl Selection {
    /// These columns of `records`. What is assumed and left out goes to `note`.
    ///
    /// # Errors
    /// When a column is missing, twice, or lacks numbers, and when nothing is left to explain the
    /// target by, or nothing to explain.
    pub fn of(
        &self,
        records: Records,
        note: &mut dyn FnMut(FeaturesNote),
    ) -> Result<Features, FeaturesError> {
        let Self { target, features, without, .. } = self;
        if let Some(twice) = (1..features.len()).find(|&at| features[..at].contains(&features[at]))
        {
            return Err(FeaturesError::Twice(features[twice].clone()));
        }
        if features.contains(target) {
            return Err(FeaturesError::IsTarget(target.clone()));
        }
        // Before the others, so that an error is about what was asked for first.
        records.values_or_none(target)?;
        for name in without.iter().filter(|name| !has(&records, name)) {
            records.texts(name)?;
        }
        let kept = |name: &String| name != target && !without.contains(name);
        let names: Vec<String> = self.names(&records, note)?.into_iter().filter(kept).collect();
        if names.is_empty() {
            return Err(FeaturesError::NoColumn { target: target.clone(), undefined: false });
        }
        let (records, names) = self.with_values(records, names, note)?;
        let grouping = self.grouping(&records, note)?;
        let column = |name: &String| Ok(grouping.means(&numbers(&records, name)?));
        let columns: Result<Vec<Vec<f64>>, FeaturesError> = names.iter().map(column).collect();
        let values = grouping.means(&records.numbers(target)?);
        if let Some(mixture) = mixture(&records)? {
            note(mixture);
        }
        let columns = columns?;
        if values.iter().all(|value| *value == values[0]) {
            return Err(FeaturesError::Constant { target: target.clone(), value: values[0] });
        }
        Ok(Features { columns, names, target: values, records, grouping })
    }

    /// The rows that have a value in each column, and the columns: one that nobody asked for and
    /// that has a value in fewer than half of the rows goes before they do.
    fn with_values(
        &self,
        mut records: Records,
        mut names: Vec<String>,
        note: &mut dyn FnMut(FeaturesNote),
    ) -> Result<(Records, Vec<String>), FeaturesError> {
        let all = records.rows();
        let missing = |records: &Records, name: &String| -> Result<usize, RecordsError> {
            Ok(records.without_value(name)?.into_iter().filter(|missing| *missing).count())
        };
        let mut undefined = Vec::new();
        if self.features.is_empty() {
            for name in std::mem::take(&mut names) {
                let seldom = 2 * missing(&records, &name)? > all && !self.also.contains(&name);
                if seldom { undefined.push(name) } else { names.push(name) }
            }
        }
        let needed = || [&self.target].into_iter().chain(&names).chain(&self.also);
        let mut keeps = vec![true; all];
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
            return Err(FeaturesError::NoColumn { target: self.target.clone(), undefined: true });
        }
        let rows = all - left;
        if !undefined.is_empty() || rows > 0 {
            note(FeaturesNote::LeftOut { columns: undefined, rows, incomplete, all });
        }
        records.keep_rows(&keeps);
        Ok((records, names))
    }

    /// The columns to explain by: those that are named, the thesis's, or all numbers.
    fn names(
        &self,
        records: &Records,
        note: &mut dyn FnMut(FeaturesNote),
    ) -> Result<Vec<String>, RecordsError> {
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
            note(FeaturesNote::TextsAside { columns: texts });
        }
        Ok(names)
    }

    fn grouping(
        &self,
        records: &Records,
        note: &mut dyn FnMut(FeaturesNote),
    ) -> Result<Grouping, RecordsError> {
        let usual = ["graph", "graph_nr"];
        let (columns, one) = if self.group.is_empty() && usual.iter().all(|name| has(records, name))
        {
            // Whatever is no result may be a setting that was varied: rows are of one network
            // if nothing but the seed differs. What is explained or explains is never lost.
            let asked = |name: &String| self.features.contains(name) || self.also.contains(name);
            let is_result = |name: &String| {
                *name == self.target || name == key::seed || RESULTS.contains(&name.as_str())
            };
            let counts =
                |name: &&String| !Records::is_unnamed(name) && (asked(name) || !is_result(name));
            let columns = records.columns().iter().filter(counts).cloned().collect();
            (columns, "graph and the same settings".to_owned())
        } else {
            (self.group.clone(), self.group.join(" and "))
        };
        let grouping = Grouping::new(records, &columns)?;
        let (rows, groups) = (records.rows(), grouping.count());
        if groups < rows {
            note(FeaturesNote::Together { rows, groups, one });
        }
        Ok(grouping)
    }
}

fn numbers(records: &Records, name: &str) -> Result<Vec<f64>, FeaturesError> {
    records.numbers(name).map_err(|source| match source {
        RecordsError::MissingColumn { .. } => source.into(),
        source => FeaturesError::Incomplete { column: name.to_owned(), source },
    })
}

fn has(records: &Records, name: &str) -> bool {
    records.columns().iter().any(|column| column == name)
}

fn mixture(records: &Records) -> Result<Option<FeaturesNote>, RecordsError> {
    for column in [key::cell, "mode", key::gate_mask, key::scope] {
        if !has(records, column) {
            continue;
        }
        let values = records.values(column)?;
        if values.len() > 1 {
            let values = values.into_iter().map(str::to_owned).collect();
            return Ok(Some(FeaturesNote::Mixture { column, values }));
        }
    }
    Ok(None)
}

impl fmt::Display for FeaturesNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TextsAside { columns } => {
                write!(f, "columns of text are ignored: {}", columns.join(", "))
            }
            Self::LeftOut { columns, rows, incomplete, all } => {
                let mut parts = Vec::new();
                if !columns.is_empty() {
                    let plural = if columns.len() == 1 { "" } else { "s" };
                    parts.push(format!(
                        "{} column{plural} without a value in most of {all} rows ({})",
                        columns.len(),
                        columns.join(", ")
                    ));
                }
                if *rows > 0 {
                    let incomplete = incomplete.join(", ");
                    parts.push(format!("{rows} of {all} rows without a value in {incomplete}"));
                }
                write!(f, "left out: {}", parts.join("; "))
            }
            Self::Together { rows, groups, one } => {
                write!(f, "{rows} rows are averaged into {groups}, one per {one}")
            }
            Self::Mixture { column, values } => write!(
                f,
                "rows of several kinds are mixed ({column}: {}); use one kind with --where {column}={}",
                values.join(", "),
                values[0]
            ),
        }
    }
}
