//! The rows and columns of a table of records that are to be related to each other: a target, and
//! the columns to explain it by.
//!
//! The table may come from a study or from elsewhere. In a study's table, all seeds of a network
//! count as one row.

use std::fmt;

use super::columns::HIDDEN;
use super::settings::key;
use crate::analysis::{Grouping, Records, RecordsError};
use crate::graph::Properties;
use crate::train::Merit;

/// The requested columns, by name.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The column to explain.
    pub target: String,
    /// The columns to explain it by. If empty, the thesis's properties of graphs if the table has
    /// them, otherwise all numeric columns.
    pub features: Vec<String>,
    /// Columns to leave out.
    pub without: Vec<String>,
    /// Columns that identify rows about the same thing; such rows are replaced by their mean. If
    /// empty and the table has `graph` and `graph_nr`, rows that differ only in seed and results.
    pub group: Vec<String>,
    /// Other columns needed for the same rows.
    pub also: Vec<String>,
}

/// The columns to relate to each other.
#[derive(Clone, Debug)]
pub struct Features {
    /// Names of the columns.
    pub names: Vec<String>,
    /// `[column][row]`
    pub columns: Vec<Vec<f64>>,
    /// `[row]`
    pub target: Vec<f64>,
    /// The rows that are kept.
    records: Records,
    /// Which of them are about the same thing.
    grouping: Grouping,
}

/// An assumption about a table, or something left out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FeaturesNote {
    /// Columns of text are not used.
    TextsAside {
        /// Their names.
        columns: Vec<String>,
    },
    /// Columns and rows with missing values are left out.
    LeftOut {
        /// Columns that have a value in fewer than half of the rows.
        columns: Vec<String>,
        /// Number of rows that lack a value.
        rows: usize,
        /// The columns in which they do.
        incomplete: Vec<String>,
        /// Number of rows in total.
        all: usize,
    },
    /// Rows about the same thing were replaced by their mean.
    Together {
        /// Number of rows.
        rows: usize,
        /// Number of groups that they form.
        groups: usize,
        /// What the rows of a group have in common.
        one: String,
    },
    /// The rows belong to different kinds of networks, which are seldom meant to be combined.
    Mixture {
        /// The column that distinguishes the kinds.
        column: &'static str,
        /// Its values.
        values: Vec<String>,
    },
}

/// Why columns cannot be related to each other.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeaturesError {
    /// The table has a fault.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// A column has missing values.
    #[error("{source}. Leave the column out with --without {column}, or choose rows with --where")]
    Incomplete {
        /// The column.
        column: String,
        /// The fault in the table.
        source: RecordsError,
    },
    /// A column is named twice.
    #[error("--features names {0} twice")]
    Twice(String),
    /// The target is named as a feature as well.
    #[error("{0} is the target, so it cannot be a feature as well")]
    IsTarget(String),
    /// No column is left to explain the target.
    #[error("no column is left to explain {target}{}", if *undefined { ": none has a value in most rows" } else { "" })]
    NoColumn {
        /// The target.
        target: String,
        /// Whether there were columns, but with few values.
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

/// Columns of studies with the results of a network, as opposed to its settings.
const RESULTS: [&str; 13] = [
    "test_loss",
    "threshold",
    "pruned_ih",
    "pruned_hh",
    "sparsity",
    "epochs",
    "kept_epoch",
    "epochs_to_recover",
    "parameters",
    "weights",
    "diverged",
    "time",
    "seconds",
];

/// If fewer rows would be left, a missing value is an error.
const FEWEST_ROWS: usize = 3;

impl Features {
    /// Another column of the same table, with rows about the same thing replaced by their mean.
    ///
    /// # Errors
    /// If there is no such column, or it lacks a number.
    pub fn column(&self, name: &str) -> Result<Vec<f64>, RecordsError> {
        Ok(self.grouping.means(&self.records.numbers(name)?))
    }

    /// Number of rows, where rows about the same thing count once.
    pub fn rows(&self) -> usize {
        self.grouping.count()
    }
}

impl Selection {
    /// Selects these columns of `records`. Assumptions and omissions go to `note`.
    ///
    /// # Errors
    /// If a column is missing, repeated or lacks numbers, if no column is left to explain the
    /// target by, or if the target is constant.
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
        // Checked first, so that an error is about the most important column.
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

    /// The rows with a value in each column, and the columns. Columns that were not requested and
    /// have a value in fewer than half of the rows are removed first.
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
            // This produces an error that names the line.
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

    /// The columns to explain by: the named ones, the thesis's, or all numeric ones.
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
            // Any column that is not a result may be a setting that was varied. Rows belong to one
            // network if they differ only in the seed. Columns named by the user always count.
            let asked = |name: &String| self.features.contains(name) || self.also.contains(name);
            let is_result = |name: &String| {
                *name == self.target || name == key::seed || is_result_of_study(name)
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

/// Whether a study's table has its results under this name: one of [`RESULTS`], or how good answers
/// are before or after training.
fn is_result_of_study(name: &str) -> bool {
    let sequences = |name: &str| ["test", "validation"].contains(&name);
    let of_network = |whose: &str| match whose.split_once('_') {
        None => whose == "unpruned" || sequences(whose),
        Some((when, of)) => ["first", "last", "kept"].contains(&when) && sequences(of),
    };
    let merits = Merit::ALL.map(|merit| name.strip_suffix(merit.column())?.strip_suffix('_'));
    RESULTS.contains(&name)
        || name.ends_with("_log_error")
        || name.starts_with("recall_")
        || name.starts_with(HIDDEN)
        || merits.into_iter().flatten().any(of_network)
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
