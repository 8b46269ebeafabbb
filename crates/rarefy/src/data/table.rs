//! CSV tables: a header, and rows with as many fields.
//!
//! The separator is the one of [`SEPARATORS`] that splits the header into the required columns. A
//! file is accepted or rejected as a whole: the first fault is an error that states its position.

use std::path::Path;

use super::error::ColumnFault;
use super::error::Place;
use super::series::LARGEST;
use super::{DataError, DataNote};

/// Possible separators of fields, the usual one first.
const SEPARATORS: [u8; 4] = *b",;\t|";

/// Whether a file with this name is a table.
pub(super) fn is_table_name(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ending == "csv" || ending == "tsv")
}

/// A required column, and the option that selects another one.
pub(super) struct Wanted<'a> {
    pub name: &'a str,
    pub option: &'static str,
}

/// The rows of a CSV file below its header.
pub(super) struct Table<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    separator: u8,
    width: usize,
    reader: csv::Reader<&'a [u8]>,
    record: csv::ByteRecord,
}

impl<'a> Table<'a> {
    /// The table in `bytes`, the content of the file at `path`, and the position in a row of each
    /// of the `wanted` columns.
    pub fn open(
        path: &'a Path,
        bytes: &'a [u8],
        wanted: &[Wanted],
    ) -> Result<(Self, Vec<usize>, Option<DataNote>), DataError> {
        let bytes = without_mark(bytes);
        let mut tables = Vec::with_capacity(SEPARATORS.len());
        for separator in SEPARATORS {
            let mut reader = reader(bytes, separator);
            let mut header = csv::ByteRecord::new();
            if !read(&mut reader, &mut header) {
                return Err(DataError::Empty { path: path.to_owned() });
            }
            // A header that is not UTF-8 cannot be the required one, but it is listed in the error.
            let names: Vec<String> =
                header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
            let record = csv::ByteRecord::new();
            let table = Self { path, bytes, separator, width: names.len(), reader, record };
            if wanted.iter().all(|wanted| names.iter().any(|name| name == wanted.name)) {
                let places = table.places(names, wanted)?;
                let note = (separator != SEPARATORS[0])
                    .then(|| DataNote::Separator { separator: separator.into() });
                return Ok((table, places, note));
            }
            tables.push((table, names));
        }
        // The usual separator, unless another one splits the header into more fields.
        let (table, names) = tables
            .into_iter()
            .rev()
            .max_by_key(|(table, _)| table.width)
            .expect("there are separators");
        Err(table.places(names, wanted).expect_err("a column is missing"))
    }

    /// The position of each of `wanted` among `names`.
    fn places(&self, names: Vec<String>, wanted: &[Wanted]) -> Result<Vec<usize>, DataError> {
        let path = || self.path.to_owned();
        let mut places = Vec::with_capacity(wanted.len());
        for &Wanted { name, option } in wanted {
            let column = || name.to_owned();
            let mut found = (0..names.len()).filter(|&place| names[place] == name);
            match (found.next(), found.next()) {
                (Some(place), None) => places.push(place),
                (Some(_), Some(_)) => {
                    return Err(DataError::RepeatedColumn { path: path(), column: column() });
                }
                (None, _) => {
                    let (path, column) = (path(), column());
                    let separator =
                        (self.separator != SEPARATORS[0]).then(|| self.separator.into());
                    let is_running = option == "--text-column" && !is_table_name(&path);
                    return Err(DataError::MissingColumn {
                        is_running,
                        path,
                        column,
                        present: names,
                        separator,
                        option,
                    });
                }
            }
        }
        for (at, &place) in places.iter().enumerate() {
            if let Some(before) = places[..at].iter().position(|&other| other == place) {
                let (path, column) = (path(), names[place].clone());
                let options = [wanted[before].option, wanted[at].option];
                return Err(DataError::SameColumn { path, column, options });
            }
        }
        Ok(places)
    }

    /// The next row, which has as many fields as the header.
    pub fn row(&mut self) -> Result<Option<Row<'_>>, DataError> {
        if !read(&mut self.reader, &mut self.record) {
            return Ok(None);
        }
        let row = Row { path: self.path, bytes: self.bytes, record: &self.record };
        let (start, end) = (row.start(), self.reader.position().byte() as usize);
        if end == self.bytes.len() && ends_in_an_open_quote(&self.bytes[start..end], self.separator)
        {
            return Err(DataError::OpenQuote { at: row.place() });
        }
        if self.record.len() != self.width {
            let (expected, found) = (self.width, self.record.len());
            return Err(DataError::Ragged { at: row.place(), expected, found });
        }
        Ok(Some(row))
    }
}

/// One row of a table.
pub(super) struct Row<'t> {
    path: &'t Path,
    bytes: &'t [u8],
    record: &'t csv::ByteRecord,
}

impl Row<'_> {
    /// Where it starts, in bytes.
    pub fn start(&self) -> usize {
        self.record.position().map_or(0, |position| position.byte() as usize)
    }

    /// Its position for a message, with lines counted from the start of the file.
    pub fn place(&self) -> Place {
        self.place_of(self.start())
    }

    /// The position of a row of the same table that starts there.
    pub fn place_of(&self, start: usize) -> Place {
        Place { path: self.path.to_owned(), line: line_at(self.bytes, start) }
    }

    /// The text in column `place`; `noun` is its name in errors.
    pub fn field(&self, place: usize, noun: &'static str) -> Result<&str, DataError> {
        let bytes = &self.record[place];
        match std::str::from_utf8(bytes) {
            Ok("") => Err(DataError::EmptyField { at: self.place(), noun }),
            Ok(value) => Ok(value),
            Err(error) => {
                let value = String::from_utf8_lossy(bytes).into_owned();
                let byte = bytes[error.valid_up_to()];
                Err(DataError::NotUtf8 { at: self.place(), noun, value, byte })
            }
        }
    }

    /// The number in column `place`, whose header is `column`.
    pub fn number(&self, place: usize, column: &str) -> Result<f32, DataError> {
        let text = match self.field(place, "value") {
            Err(DataError::EmptyField { .. }) => "",
            field => field?.trim(),
        };
        let fault = match text.parse::<f32>() {
            Ok(value) if value.abs() <= LARGEST => return Ok(value),
            Ok(value) if value.is_nan() => ColumnFault::Missing,
            _ if is_missing(text) => ColumnFault::Missing,
            Ok(_) if text.bytes().any(|byte| byte.is_ascii_digit()) => ColumnFault::TooLarge,
            Ok(_) => ColumnFault::Infinite,
            Err(_) if text.replacen(',', ".", 1).parse::<f32>().is_ok() => {
                ColumnFault::DecimalComma
            }
            Err(_) => ColumnFault::NoNumber,
        };
        let (column, value) = (column.to_owned(), text.to_owned());
        Err(DataError::Value { at: self.place(), column, value, fault })
    }
}

/// Whether it is one of the usual notations for a missing value.
fn is_missing(text: &str) -> bool {
    let marks = ["", "?", "na", "n/a", "nan", "null", "none", "-"];
    marks.iter().any(|mark| text.eq_ignore_ascii_case(mark))
}

/// The position of the first row of a table whose `column` is NaN.
pub(super) fn first_nan(path: &Path, bytes: &[u8], column: &str) -> Option<Place> {
    let wanted = [Wanted { name: column, option: "" }];
    let (mut table, places, _) = Table::open(path, bytes, &wanted).ok()?;
    loop {
        let row = table.row().ok()??;
        if row.field(places[0], "label").is_ok_and(is_nan) {
            return Some(row.place());
        }
    }
}

/// Whether a label is how programs write that there is no number.
pub(super) fn is_nan(label: &str) -> bool {
    label.eq_ignore_ascii_case("nan")
}

/// Removes the byte-order mark of UTF-8.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Accepts rows of any length; they are rejected above, with a better message.
fn reader(bytes: &[u8], separator: u8) -> csv::Reader<&[u8]> {
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(separator).from_reader(bytes)
}

fn read(reader: &mut csv::Reader<&[u8]>, record: &mut csv::ByteRecord) -> bool {
    reader.read_byte_record(record).expect("bytes in memory can be read")
}

/// The number, from 1, of the line in which a record starts. The reader met it at `offset`, which
/// may be the end of the previous line.
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

/// Whether the last record of a file contains everything after an unclosed quote: inside quotes a
/// line break is text, outside it ends the record.
fn ends_in_an_open_quote(record: &[u8], separator: u8) -> bool {
    let records = |bytes: &[u8]| reader(bytes, separator).byte_records().count();
    records(&[record.trim_ascii_end(), b"\nx"].concat()) == records(record)
}
