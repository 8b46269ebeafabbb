//! Texts with labels, and the CSV files that contain them.
//!
//! A file has a header. Two of its columns are read, and the others ignored (the thesis's files
//! have an unnamed index column in front). Texts and labels are used unchanged: nothing is trimmed,
//! so a stray space is a character like any other. A file is accepted or rejected as a whole: the
//! first fault is an error that states its position, and no row is ever skipped.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::content::bytes_of;
use super::table::{Table, Wanted, is_table_name, without_mark};
use super::{DataError, DataNote, TaskKind};

/// A text and the class that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LabelledText {
    /// The text, with one character per step.
    pub text: String,
    /// Its class, as in the file.
    pub label: String,
}

impl LabelledText {
    /// `text` with `label`.
    pub fn new(text: impl Into<String>, label: impl Into<String>) -> Self {
        Self { text: text.into(), label: label.into() }
    }
}

/// The columns that are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    /// Header of the column of texts.
    pub text: String,
    /// Header of the column of labels.
    pub label: String,
}

/// The headers of the thesis's files, `string` and `valid`.
impl Default for Columns {
    fn default() -> Self {
        Self { text: "string".to_owned(), label: "valid".to_owned() }
    }
}

/// Reads the rows of the CSV file at `path`, in UTF-8 with or without a byte-order mark. The result
/// has at least one row, and no empty text or label.
///
/// # Errors
/// If the file cannot be read, or anything in it is invalid.
pub fn read_labelled_texts(path: &Path, columns: &Columns) -> Result<Vec<LabelledText>, DataError> {
    parse_labelled_texts(path, &bytes_of(path)?, columns)
}

/// Reads rows from `bytes`, the content of a file; `path` is used only in errors.
///
/// # Errors
/// If anything in it is invalid.
pub fn parse_labelled_texts(
    path: &Path,
    bytes: &[u8],
    columns: &Columns,
) -> Result<Vec<LabelledText>, DataError> {
    parse(path, bytes, columns, None).map(|(rows, _)| rows)
}

/// The same, with notes on the file. If the task is numbers, each label is one.
pub(super) fn parse(
    path: &Path,
    bytes: &[u8],
    columns: &Columns,
    task: Option<TaskKind>,
) -> Result<(Vec<LabelledText>, Vec<DataNote>), DataError> {
    let wanted = [
        Wanted { name: &columns.text, option: "--text-column" },
        Wanted { name: &columns.label, option: "--label-column" },
    ];
    let (mut table, places, note) = Table::open(path, bytes, &wanted)?;
    let mut rows = Vec::new();
    while let Some(row) = table.row()? {
        if task == Some(TaskKind::Numbers) {
            row.number(places[1], &columns.label)?;
        }
        rows.push(LabelledText::new(row.field(places[0], "text")?, row.field(places[1], "label")?));
    }
    if rows.is_empty() {
        return Err(DataError::NoRows { path: path.to_owned() });
    }
    let numbers = rows.iter().all(|row| is_number(&row.text));
    let numbers = numbers.then(|| DataNote::NumericTexts { column: columns.text.clone() });
    Ok((rows, note.into_iter().chain(numbers).collect()))
}

/// Reads texts without labels: the column of texts of a CSV file (`.csv`, `.tsv`), or any other file
/// as one text.
pub(super) fn running(
    path: &Path,
    bytes: &[u8],
    columns: &Columns,
) -> Result<Vec<String>, DataError> {
    if !is_table_name(path) {
        let text = std::str::from_utf8(without_mark(bytes)).map_err(|error| {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|&&b| b == b'\n').count();
            DataError::NotText { path: path.to_owned(), line }
        })?;
        if text.is_empty() {
            return Err(DataError::NoText { path: path.to_owned() });
        }
        return Ok(vec![text.to_owned()]);
    }
    let wanted = [Wanted { name: &columns.text, option: "--text-column" }];
    let (mut table, places, _) = Table::open(path, bytes, &wanted)?;
    let mut texts = Vec::new();
    while let Some(row) = table.row()? {
        texts.push(row.field(places[0], "text")?.to_owned());
    }
    if texts.is_empty() {
        return Err(DataError::NoRows { path: path.to_owned() });
    }
    Ok(texts)
}

/// Whether a text is a number as programs write it. Strings of digits with a leading 0 are
/// sequences of symbols instead.
fn is_number(text: &str) -> bool {
    let digits = text.trim().trim_start_matches(['-', '+']).as_bytes();
    let leading_zero = matches!(digits, [b'0', next, ..] if next.is_ascii_digit());
    !leading_zero && text.trim().parse::<f64>().is_ok_and(f64::is_finite)
}

/// Writes rows as CSV: a header line of `columns`, then text and label of each row.
pub fn to_csv(rows: &[LabelledText], columns: &Columns) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = (&columns.text, &columns.label);
    for (text, label) in
        std::iter::once(header).chain(rows.iter().map(|row| (&row.text, &row.label)))
    {
        writer.write_record([text, label]).expect("two fields can be written to memory");
    }
    writer.into_inner().expect("a buffer in memory can be flushed")
}
