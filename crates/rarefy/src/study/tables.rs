//! Records as tables: `records.csv`, `curves.csv`, `times.csv`, `failures.csv`; and the answers to
//! the study's contrasts: `contrasts.csv`.
//!
//! Records are read one by one, in the study's order, so that memory does not grow with their
//! number.

use std::path::{Path, PathBuf};

use super::answer::{Answer, Asked};
use super::columns::Columns;
use super::folder::Found;
use super::planned::ContrastFault;
use super::{Folder, StudyError, StudyFile};
use crate::format::{Entry, Kind, TableWriter, WriteError};

/// The format of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `records.csv`, ...
    Csv,
    /// `records.parquet`, ...
    Parquet,
}

/// The result of a collection.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// Number of trials in the study.
    pub trials: usize,
    /// Number of records in the tables.
    pub records: usize,
    /// Number of trials that could not be computed.
    pub failed: usize,
    /// Files that should be records but are not, with the reason.
    pub damaged: Vec<(PathBuf, String)>,
    /// Paths of the tables.
    pub tables: Vec<PathBuf>,
}

/// Writes `records`, `curves` and `times` into `folder`; also `contrasts` if the study has any, and
/// `failures` if there are any.
///
/// # Errors
/// If they cannot be written.
pub fn collect(
    folder: &Folder,
    file: &StudyFile,
    formats: &[Format],
) -> Result<Collected, StudyError> {
    let columns = Columns::new(&file.study, file.data.merit);
    let unusable = |fault: ContrastFault| StudyError::Unusable(fault.to_string());
    let mut asked = Asked::of(&file.study, &columns).map_err(unusable)?;
    let mut collected = Collected::default();
    let begin = |name, header: Vec<_>| Table::begin(folder.path(), name, &header, formats);
    let mut records = begin("records", columns.records())?;
    let mut curves = begin("curves", columns.curves())?;
    let mut times = begin("times", columns.times())?;
    let mut failures = begin("failures", columns.failures())?;
    for trial in file.study.trials() {
        collected.trials += 1;
        match folder.record(&trial, &file.data) {
            Found::Record(record) => {
                collected.records += 1;
                let row = columns.record_row(&record);
                asked.iter_mut().for_each(|asked| asked.add(&record, &row));
                records.row(row)?;
                for row in columns.curve_rows(&record) {
                    curves.row(row)?;
                }
                times.row(columns.time_row(&record))?;
            }
            Found::Damaged(path, why) => collected.damaged.push((path, why)),
            Found::Nothing => {
                if let Some(failure) = folder.failure(&trial) {
                    collected.failed += 1;
                    failures.row(columns.failure_row(&trial, &failure.error))?;
                }
            }
        }
    }
    for table in [records, curves, times] {
        collected.tables.extend(table.finish()?);
    }
    let answers = asked.map_or_else(Vec::new, |asked| asked.answers(&columns));
    let mut contrasts = begin("contrasts", Answer::columns())?;
    answers.iter().try_for_each(|answer| contrasts.row(answer.row()))?;
    // If one has no rows, the table of an earlier collection is removed.
    for (name, table, rows) in
        [("contrasts", contrasts, answers.len()), ("failures", failures, collected.failed)]
    {
        if rows > 0 {
            collected.tables.extend(table.finish()?);
            continue;
        }
        for suffix in ["csv", "parquet"] {
            drop(std::fs::remove_file(folder.path().join(format!("{name}.{suffix}"))));
        }
    }
    Ok(collected)
}

/// A table in all requested formats.
struct Table(Vec<(PathBuf, TableWriter)>);

impl Table {
    fn begin(
        folder: &Path,
        name: &str,
        columns: &[(String, Kind)],
        formats: &[Format],
    ) -> Result<Self, WriteError> {
        let begin = |format: &Format| {
            let (suffix, begin) = match format {
                Format::Csv => ("csv", TableWriter::csv as fn(&Path, &_) -> _),
                Format::Parquet => ("parquet", TableWriter::parquet as fn(&Path, &_) -> _),
            };
            let path = folder.join(format!("{name}.{suffix}"));
            let writer = begin(&path, columns)?;
            Ok((path, writer))
        };
        formats.iter().map(begin).collect::<Result<_, _>>().map(Self)
    }

    fn row(&mut self, row: Vec<Entry>) -> Result<(), WriteError> {
        self.0.iter_mut().try_for_each(|(_, writer)| writer.row(row.clone()))
    }

    fn finish(self) -> Result<Vec<PathBuf>, WriteError> {
        let finish = |(path, writer): (PathBuf, TableWriter)| writer.finish().map(|()| path);
        self.0.into_iter().map(finish).collect()
    }
}
