//! Strings with labels, and the CSV files that hold them.
//!
//! A file has a header; two of its columns are read, the others ignored (the
//! thesis's files have an unnamed index in front). Texts and labels are taken as
//! they stand: nothing is trimmed, so a stray space is a character like any other.
//! A file is judged as a whole: the first thing wrong with it is an error that says
//! where, and no row is ever skipped.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::DataError;
use super::error::Place;

/// A string and the class it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LabelledText {
    /// The string, one character a step.
    pub text: String,
    /// Its class, as written.
    pub label: String,
}

impl LabelledText {
    /// `text` with `label`.
    pub fn new(text: impl Into<String>, label: impl Into<String>) -> Self {
        Self { text: text.into(), label: label.into() }
    }
}

/// The columns that a file is read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    /// Header of the column of strings.
    pub text: String,
    /// Header of the column of labels.
    pub label: String,
}

/// The thesis's headers, `string` and `valid`.
impl Default for Columns {
    fn default() -> Self {
        Self { text: "string".to_owned(), label: "valid".to_owned() }
    }
}

/// Reads the rows of the CSV file at `path`, which is UTF-8 with or without a
/// byte-order mark. At least one row comes back, and no empty text or label.
///
/// # Errors
/// When the file cannot be read, or anything in it is not as it should be.
pub fn read_labelled_texts(path: &Path, columns: &Columns) -> Result<Vec<LabelledText>, DataError> {
    let bytes =
        fs::read(path).map_err(|reason| DataError::Unreadable { path: path.to_owned(), reason })?;
    parse_labelled_texts(path, &bytes, columns)
}

/// Reads rows from the content `bytes` of a file; `path` is only its name in errors.
///
/// # Errors
/// When anything in it is not as it should be.
pub fn parse_labelled_texts(
    path: &Path,
    bytes: &[u8],
    columns: &Columns,
) -> Result<Vec<LabelledText>, DataError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Ragged rows are let through here, to be refused with a better message below.
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    let mut rows = Vec::new();
    let mut header: Option<Header> = None;
    while reader.read_byte_record(&mut record).expect("bytes in memory can be read") {
        let start = record.position().map_or(0, |position| position.byte() as usize);
        let end = reader.position().byte() as usize;
        let place = || Place { path: path.to_owned(), line: line_at(bytes, start) };
        if end == bytes.len() && ends_in_an_open_quote(&bytes[start..end]) {
            return Err(DataError::OpenQuote { at: place() });
        }
        match &header {
            None => header = Some(Header::find(path, &record, columns)?),
            Some(header) => rows.push(header.row(&record, place)?),
        }
    }
    match header {
        None => Err(DataError::Empty { path: path.to_owned() }),
        Some(_) if rows.is_empty() => Err(DataError::NoRows { path: path.to_owned() }),
        Some(_) => Ok(rows),
    }
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

/// Where in a record the wanted columns stand.
struct Header {
    width: usize,
    text: usize,
    label: usize,
}

impl Header {
    fn find(path: &Path, record: &csv::ByteRecord, columns: &Columns) -> Result<Self, DataError> {
        // A header that is not UTF-8 cannot be what was asked for, but is listed.
        let names: Vec<String> =
            record.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        let position = |wanted: &str, option| {
            let mut positions = (0..names.len()).filter(|&column| names[column] == wanted);
            match (positions.next(), positions.next()) {
                (Some(column), None) => Ok(column),
                (Some(_), Some(_)) => Err(DataError::RepeatedColumn {
                    path: path.to_owned(),
                    column: wanted.to_owned(),
                }),
                (None, _) => Err(DataError::MissingColumn {
                    path: path.to_owned(),
                    column: wanted.to_owned(),
                    present: names.clone(),
                    option,
                }),
            }
        };
        let text = position(&columns.text, "--text-column")?;
        let label = position(&columns.label, "--label-column")?;
        if text == label {
            let (path, column) = (path.to_owned(), columns.text.clone());
            return Err(DataError::SameColumn { path, column });
        }
        Ok(Self { width: names.len(), text, label })
    }

    fn row(
        &self,
        record: &csv::ByteRecord,
        place: impl Fn() -> Place,
    ) -> Result<LabelledText, DataError> {
        if record.len() != self.width {
            let (expected, found) = (self.width, record.len());
            return Err(DataError::Ragged { at: place(), expected, found });
        }
        let field = |column, noun| match std::str::from_utf8(&record[column]) {
            Ok("") => Err(DataError::EmptyField { at: place(), noun }),
            Ok(value) => Ok(value),
            Err(_) => {
                let value = String::from_utf8_lossy(&record[column]).into_owned();
                Err(DataError::NotUtf8 { at: place(), noun, value })
            }
        };
        Ok(LabelledText::new(field(self.text, "text")?, field(self.label, "label")?))
    }
}

/// The number, from 1, of the line in which the record starts that the reader met at
/// `offset`, which may be the end of the line before it.
fn line_at(bytes: &[u8], offset: usize) -> usize {
    let breaks = bytes[offset..].iter().take_while(|&byte| matches!(byte, b'\r' | b'\n')).count();
    let start = offset + breaks;
    let ends_line = |&at: &usize| match bytes[at] {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    1 + (0..start).filter(ends_line).count()
}

/// Whether the last record of a file swallowed what follows an unclosed quote: inside
/// quotes a line break is text, outside it ends the record.
fn ends_in_an_open_quote(record: &[u8]) -> bool {
    let records = |bytes: &[u8]| {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        reader.byte_records().count()
    };
    records(&[record.trim_ascii_end(), b"\nx"].concat()) == records(record)
}
