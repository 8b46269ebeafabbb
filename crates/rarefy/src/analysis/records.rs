//! A table of records in a CSV file: named columns, which must be numeric where numbers are
//! requested.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use csv::StringRecord;

use crate::suggest::did_you_mean;

/// Why a table cannot be used. Each message names the file and, if there is one, the line as an
/// editor counts it.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum RecordsError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}: {reason}", path.display())]
    Malformed { path: PathBuf, reason: String },
    #[error("{}: there are no rows below the header", path.display())]
    NoRows { path: PathBuf },
    #[error("{}: two columns are named {column}: expected unique names", path.display())]
    RepeatedColumn { path: PathBuf, column: String },
    #[error(
        "{}: there is no column {column}: the columns are {}{}{}",
        path.display(),
        present.join(", "),
        separators(present),
        did_you_mean(column, present.iter().map(String::as_str))
    )]
    MissingColumn { path: PathBuf, column: String, present: Vec<String> },
    #[error(
        "{}: no row has {column} = {value}: the values are {}{}",
        path.display(),
        present.join(", "),
        did_you_mean(value, present.iter().map(String::as_str))
    )]
    NoSuchValue { path: PathBuf, column: String, value: String, present: Vec<String> },
    #[error("{}, line {line}: {column} is {}: expected a number", path.display(), shown(value))]
    NotANumber { path: PathBuf, line: usize, column: String, value: String },
}

/// A hint for files with another separator.
fn separators(present: &[String]) -> &'static str {
    match present {
        [only] if only.contains([';', '\t']) => "; separate columns with commas",
        _ => "",
    }
}

fn shown(value: &str) -> String {
    if value.is_empty() { "empty".to_owned() } else { format!("'{}'", value.escape_debug()) }
}

/// Rows with named columns.
#[derive(Clone, Debug)]
pub struct Records {
    path: PathBuf,
    columns: Vec<String>,
    rows: Vec<StringRecord>,
    /// The line of the file in which each row starts.
    lines: Vec<usize>,
}

impl Records {
    /// The table in a CSV file with a header.
    ///
    /// # Errors
    /// If it cannot be read, a row has another number of fields than the header, two columns have
    /// the same name, or there are no rows.
    pub fn read(path: &Path) -> Result<Self, RecordsError> {
        let bytes = std::fs::read(path)
            .map_err(|source| RecordsError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(path, &bytes)
    }

    /// The table in `bytes`, the content of a file; `path` is used only in errors.
    ///
    /// # Errors
    /// As for [`Records::read`].
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, RecordsError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let path = path.to_owned();
        let (columns, rows) = match table(bytes, false) {
            Ok(found) => found,
            Err(error) => match table(bytes, true) {
                // R writes row names without a header for their column.
                Ok((mut columns, rows)) if have_names(&rows, bytes, columns.len()) => {
                    columns.insert(0, String::new());
                    (columns, rows)
                }
                _ => return Err(RecordsError::Malformed { path, reason: error.to_string() }),
            },
        };
        let mut seen = HashSet::new();
        let repeated = columns.iter().find(|name| !name.is_empty() && !seen.insert(*name));
        if let Some(column) = repeated {
            return Err(RecordsError::RepeatedColumn { path, column: column.clone() });
        }
        if rows.is_empty() {
            return Err(RecordsError::NoRows { path });
        }
        let lines = lines(bytes, &rows);
        Ok(Self { path, columns, rows, lines })
    }

    /// Names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The line of a row in the file.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn line(&self, row: usize) -> usize {
        self.lines[row]
    }

    fn column(&self, name: &str) -> Result<usize, RecordsError> {
        let at = self.columns.iter().position(|column| column == name);
        at.ok_or_else(|| RecordsError::MissingColumn {
            path: self.path.clone(),
            column: name.to_owned(),
            present: self.columns.clone(),
        })
    }

    /// The column with this name as text.
    ///
    /// # Errors
    /// If there is no such column.
    pub fn texts(&self, name: &str) -> Result<Vec<&str>, RecordsError> {
        let at = self.column(name)?;
        Ok(self.rows.iter().map(|row| &row[at]).collect())
    }

    /// The column with this name as numbers.
    ///
    /// # Errors
    /// If there is no such column, or a field of it is not a finite number.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, RecordsError> {
        let at = self.column(name)?;
        let number = |(index, row): (usize, &StringRecord)| {
            number(&row[at]).ok_or_else(|| self.not_a_number(index, name, at))
        };
        self.rows.iter().enumerate().map(number).collect()
    }

    /// The same with `None` for rows without a value: an empty field, `NaN`, `NA` and the like.
    ///
    /// # Errors
    /// If there is no such column, a field of it is neither empty nor a number, or no row has a
    /// value.
    pub fn values_or_none(&self, name: &str) -> Result<Vec<Option<f64>>, RecordsError> {
        let at = self.column(name)?;
        if self.rows.iter().all(|row| is_nothing(&row[at])) {
            return Err(self.not_a_number(0, name, at));
        }
        let value = |(index, row): (usize, &StringRecord)| match number(&row[at]) {
            None if !is_nothing(&row[at]) => Err(self.not_a_number(index, name, at)),
            value => Ok(value),
        };
        self.rows.iter().enumerate().map(value).collect()
    }

    /// Which rows have no value in this column.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn without_value(&self, name: &str) -> Result<Vec<bool>, RecordsError> {
        let at = self.column(name)?;
        Ok(self.rows.iter().map(|row| is_nothing(&row[at])).collect())
    }

    /// Whether a column has no name, such as the index written by pandas and R: it numbers the rows
    /// and carries no information.
    pub fn is_unnamed(name: &str) -> bool {
        name.is_empty() || name.starts_with("Unnamed: ")
    }

    fn not_a_number(&self, row: usize, column: &str, at: usize) -> RecordsError {
        RecordsError::NotANumber {
            path: self.path.clone(),
            line: self.lines[row],
            column: column.to_owned(),
            value: self.rows[row][at].trim().to_owned(),
        }
    }

    /// Whether a column is text: none of its fields is a number.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn is_text(&self, name: &str) -> Result<bool, RecordsError> {
        let at = self.column(name)?;
        Ok(self.rows.iter().all(|row| number(&row[at]).is_none()))
    }

    /// The rows whose field in the column equals `value`.
    ///
    /// # Errors
    /// If there is no such column, or no such row.
    pub fn with(mut self, column: &str, value: &str) -> Result<Self, RecordsError> {
        let at = self.column(column)?;
        if !self.rows.iter().any(|row| &row[at] == value) {
            let present = self.values(column)?.into_iter().map(str::to_owned).collect();
            let (column, value) = (column.to_owned(), value.to_owned());
            return Err(RecordsError::NoSuchValue { path: self.path, column, value, present });
        }
        self.keep(|row| &row[at] == value);
        Ok(self)
    }

    /// The rows whose field in the column differs from `value`; there may be none.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn without(mut self, column: &str, value: &str) -> Result<Self, RecordsError> {
        let at = self.column(column)?;
        self.keep(|row| &row[at] != value);
        Ok(self)
    }

    fn keep(&mut self, kept: impl Fn(&StringRecord) -> bool) {
        let keeps: Vec<bool> = self.rows.iter().map(kept).collect();
        self.keep_rows(&keeps);
    }

    /// Removes the rows that are not to be kept.
    ///
    /// # Panics
    /// If the number of flags differs from the number of rows.
    pub fn keep_rows(&mut self, keeps: &[bool]) {
        let (rows, found) = (self.rows.len(), keeps.len());
        assert_eq!(rows, found, "{rows} rows, {found} answers which to keep");
        let (mut row, mut line) = (keeps.iter(), keeps.iter());
        self.rows.retain(|_| *row.next().expect("as many"));
        self.lines.retain(|_| *line.next().expect("as many"));
    }

    /// The different values of a column, in order of first occurrence.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn values(&self, name: &str) -> Result<Vec<&str>, RecordsError> {
        let mut seen = HashSet::new();
        let mut values = self.texts(name)?;
        values.retain(|&value| seen.insert(value));
        Ok(values)
    }
}

/// The header and the rows; `flexible` accepts rows of other lengths.
fn table(bytes: &[u8], flexible: bool) -> csv::Result<(Vec<String>, Vec<StringRecord>)> {
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::Headers).flexible(flexible).from_reader(bytes);
    let columns = reader.headers()?.iter().map(str::to_owned).collect();
    let rows: csv::Result<Vec<StringRecord>> = reader.records().collect();
    Ok((columns, rows?))
}

/// Whether each row has one field more than there are columns, and begins with a quoted number.
/// Without quotes, that number could be the first half of a number with a decimal comma.
fn have_names(rows: &[StringRecord], bytes: &[u8], columns: usize) -> bool {
    let is_quoted = |row: &StringRecord| {
        let start = row.position().map_or(0, |position| position.byte() as usize);
        bytes[start..].trim_ascii_start().starts_with(b"\"")
    };
    let is_named = |row: &StringRecord| {
        row.len() == columns + 1 && row[0].parse::<usize>().is_ok() && is_quoted(row)
    };
    rows.iter().all(is_named)
}

/// Whether a field marks a missing value.
fn is_nothing(field: &str) -> bool {
    let field = field.trim().to_lowercase();
    matches!(field.as_str(), "" | "nan" | "na" | "n/a" | "null" | "none" | "<na>")
}

fn number(field: &str) -> Option<f64> {
    field.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// The line, from 1, in which each row starts. Line feeds are counted here, because `csv` is wrong
/// after blank lines or `\r\n`.
fn lines(bytes: &[u8], rows: &[StringRecord]) -> Vec<usize> {
    let (mut at, mut line) = (0, 1);
    let line_of = |row: &StringRecord| {
        let start = row.position().map_or(0, |position| position.byte() as usize);
        let blank = bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += bytes[at..start + blank].iter().filter(|&&byte| byte == b'\n').count();
        at = start + blank;
        line
    };
    rows.iter().map(line_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Records, String> {
        Records::parse(Path::new("r.csv"), text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn columns_are_found_by_name_and_rows_by_value() {
        let records = parse("\u{feff}cell, n,acc\ngru,1,0.5\nlstm,2,1e-1\ngru, 3 ,1\n").unwrap();
        assert_eq!(records.columns(), ["cell", "n", "acc"]);
        assert_eq!(records.numbers("n").unwrap(), [1.0, 2.0, 3.0]);
        assert_eq!(records.values("cell").unwrap(), ["gru", "lstm"]);
        assert_eq!(records.is_text("cell").ok(), Some(true));
        assert_eq!(records.is_text("acc").ok(), Some(false));
        assert_eq!(records.clone().without("cell", "gru").unwrap().rows(), 1);
        let gru = records.with("cell", "gru").unwrap();
        assert_eq!((gru.rows(), gru.numbers("acc").unwrap()), (2, vec![0.5, 1.0]));
    }

    #[test]
    fn columns_may_lack_a_name_and_rows_a_value() {
        let pandas = parse(",x,y,\n0,1,,\n1,NaN,2,\n").unwrap();
        assert_eq!(pandas.columns(), ["", "x", "y", ""]);
        assert_eq!(pandas.values_or_none("x").unwrap(), [Some(1.0), None]);
        assert_eq!(pandas.values_or_none("y").unwrap(), [None, Some(2.0)]);
        let mut r = parse("x,y\n\"1\",3,4\n\"2\",5,6\n").unwrap();
        assert_eq!((r.columns().len(), r.numbers("y").unwrap()), (3, vec![4.0, 6.0]));
        assert!(parse("x,y\n1,3,4\n2,5,6\n").is_err(), "1,3 may be a decimal comma");
        r.keep_rows(&[false, true]);
        assert_eq!(r.numbers("x").unwrap(), [5.0]);
        assert!(Records::is_unnamed(&r.columns()[0]) && Records::is_unnamed("Unnamed: 0"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        assert!(parse("a,b\n1\n").unwrap_err().contains("line: 2"));
        assert!(parse("a,a\n1,2\n").unwrap_err().contains("columns are named a"));
        assert!(parse("a,b\n").unwrap_err().contains("no rows"));
        assert!(parse("").unwrap_err().contains("no rows"));
        let records = parse("a,b\n1,x\n2,NaN\n3,\n").unwrap();
        let error = records.numbers("b").unwrap_err().to_string();
        assert_eq!(error, "r.csv, line 2: b is 'x': expected a number");
        let error = records.numbers("c").unwrap_err().to_string();
        assert!(error.ends_with("there is no column c: the columns are a, b"), "{error}");
        let without = |value: &str| {
            let text = format!("a,b\n1,{value}\n");
            parse(&text).unwrap().numbers("b").unwrap_err().to_string()
        };
        assert!(without("inf").contains("b is 'inf'"));
        assert!(without("").contains("b is empty"));
        for (text, line) in
            [("a\r\n1\r\n2\r\nx\r\n", 4), ("a\n\n\n1\n\nx\n", 6), ("a\n\"1\"\nx", 3)]
        {
            let error = parse(text).unwrap().numbers("a").unwrap_err().to_string();
            assert!(error.contains(&format!("line {line}: a is 'x'")), "{error}");
        }
        let semicolons = parse("a;b\n1;2\n").unwrap().numbers("a").unwrap_err().to_string();
        assert!(semicolons.contains("separate columns with commas"), "{semicolons}");
        assert_eq!(records.without_value("b").unwrap(), [false, true, true]);
        assert!(records.values_or_none("b").is_err());
        let error = records.with("a", "7").unwrap_err().to_string();
        assert!(error.contains("no row has a = 7: the values are 1, 2, 3"), "{error}");
    }
}
