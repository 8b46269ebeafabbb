//! Tables: rows of typed entries, written one after the other as CSV or as Parquet, so that
//! a table may be longer than memory.
//!
//! CSV holds numbers in their shortest text that reads back as the same number, nothing
//! where there is nothing, `true` and `false`. Parquet holds the same under the types of
//! [`Kind`], every column optional, uncompressed.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::{AtomicFile, WriteError};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Whole numbers, 64 bits.
    Integer,
    /// Numbers, 64-bit floats.
    Real,
    /// `true` or `false`.
    Flag,
}

/// One cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// None.
    Nothing,
    /// Of a column of [`Kind::Text`].
    Text(String),
    /// Of a column of [`Kind::Integer`].
    Integer(i64),
    /// Of a column of [`Kind::Real`].
    Real(f64),
    /// Of a column of [`Kind::Flag`].
    Flag(bool),
}

/// A table being written; nothing of it is there before [`TableWriter::finish`].
pub struct TableWriter {
    path: PathBuf,
    sink: Sink,
}

enum Sink {
    Csv(Box<csv::Writer<BufWriter<AtomicFile>>>),
    Parquet(Box<Parquet>),
}

struct Parquet {
    writer: SerializedFileWriter<BufWriter<AtomicFile>>,
    columns: Vec<(String, Kind)>,
    /// Those that are not written yet.
    rows: Vec<Vec<Entry>>,
}

/// Rows that are kept in memory and written together.
const ROW_GROUP: usize = 1 << 14;

impl TableWriter {
    /// Begins a table of these columns as CSV.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn csv(path: &Path, columns: &[(String, Kind)]) -> Result<Self, WriteError> {
        let begin = || {
            let mut writer = csv::Writer::from_writer(BufWriter::new(AtomicFile::create(path)?));
            writer.write_record(columns.iter().map(|(name, _)| name))?;
            Ok(Sink::Csv(Box::new(writer)))
        };
        let path = path.to_owned();
        match begin() {
            Ok(sink) => Ok(Self { path, sink }),
            Err(reason) => Err(WriteError { path, reason }),
        }
    }

    /// Begins a table of these columns as Parquet.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn parquet(path: &Path, columns: &[(String, Kind)]) -> Result<Self, WriteError> {
        let begin = || {
            let file = BufWriter::new(AtomicFile::create(path)?);
            let fields = columns.iter().map(|(name, kind)| Arc::new(field(name, *kind))).collect();
            let schema = Type::group_type_builder("schema").with_fields(fields).build();
            let schema = Arc::new(schema.map_err(as_io)?);
            let writer = SerializedFileWriter::new(file, schema, Arc::default()).map_err(as_io)?;
            let (columns, rows) = (columns.to_vec(), Vec::new());
            Ok(Sink::Parquet(Box::new(Parquet { writer, columns, rows })))
        };
        let path = path.to_owned();
        match begin() {
            Ok(sink) => Ok(Self { path, sink }),
            Err(reason) => Err(WriteError { path, reason }),
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the file cannot be written.
    ///
    /// # Panics
    /// When it has more or fewer entries than there are columns, or one of another kind.
    pub fn row(&mut self, row: Vec<Entry>) -> Result<(), WriteError> {
        let written = match &mut self.sink {
            Sink::Csv(writer) => {
                writer.write_record(row.iter().map(Entry::text)).map_err(io::Error::from)
            }
            Sink::Parquet(parquet) => parquet.row(row),
        };
        written.map_err(|reason| WriteError { path: self.path.clone(), reason })
    }

    /// Puts the table where it belongs.
    ///
    /// # Errors
    /// When the file cannot be written; an old one is then still there.
    pub fn finish(self) -> Result<(), WriteError> {
        let Self { path, sink } = self;
        let finish = || {
            let buffer = match sink {
                Sink::Csv(writer) => writer.into_inner().map_err(|e| e.into_error())?,
                Sink::Parquet(mut parquet) => {
                    parquet.flush()?;
                    parquet.writer.into_inner().map_err(as_io)?
                }
            };
            buffer.into_inner().map_err(|error| error.into_error())?.commit()
        };
        finish().map_err(|reason| WriteError { path, reason })
    }
}

impl Entry {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

impl<T: Into<Entry>> From<Option<T>> for Entry {
    fn from(entry: Option<T>) -> Self {
        entry.map_or(Self::Nothing, Into::into)
    }
}

impl From<f64> for Entry {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<bool> for Entry {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<&str> for Entry {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u32> for Entry {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<usize> for Entry {
    fn from(number: usize) -> Self {
        Self::Integer(i64::try_from(number).expect("a count that a file can hold"))
    }
}

fn field(name: &str, kind: Kind) -> Type {
    let (physical, logical) = match kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Integer => (Physical::INT64, None),
        Kind::Real => (Physical::DOUBLE, None),
        Kind::Flag => (Physical::BOOLEAN, None),
    };
    Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
        .expect("a column of a plain type")
}

fn as_io(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    }
}

impl Parquet {
    fn row(&mut self, row: Vec<Entry>) -> io::Result<()> {
        assert_eq!(row.len(), self.columns.len(), "a row as long as the header");
        self.rows.push(row);
        if self.rows.len() == ROW_GROUP { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group().map_err(as_io)?;
        for (at, (name, kind)) in self.columns.iter().enumerate() {
            let entries = self.rows.iter().map(|row| &row[at]);
            let there: Vec<i16> =
                entries.clone().map(|entry| i16::from(*entry != Entry::Nothing)).collect();
            let some = entries.filter(|entry| **entry != Entry::Nothing);
            let mut column = group.next_column().map_err(as_io)?.expect("as many as declared");
            macro_rules! write {
                ($physical:ty, $pattern:pat => $value:expr) => {{
                    let values: Vec<_> = some
                        .map(|entry| match entry {
                            $pattern => $value,
                            other => panic!("{other:?} in the column {name} of {kind:?}"),
                        })
                        .collect();
                    column.typed::<$physical>().write_batch(&values, Some(&there), None)
                }};
            }
            let written = match kind {
                Kind::Text => write!(ByteArrayType, Entry::Text(t) => ByteArray::from(t.as_str())),
                Kind::Integer => write!(Int64Type, Entry::Integer(number) => *number),
                Kind::Real => write!(DoubleType, Entry::Real(number) => *number),
                Kind::Flag => write!(BoolType, Entry::Flag(flag) => *flag),
            };
            written.map_err(as_io)?;
            column.close().map_err(as_io)?;
        }
        group.close().map_err(as_io)?;
        self.rows.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::*;

    #[test]
    fn a_table_is_the_same_as_csv_and_as_parquet() {
        let columns = [
            ("name".to_owned(), Kind::Text),
            ("count".to_owned(), Kind::Integer),
            ("share".to_owned(), Kind::Real),
            ("well".to_owned(), Kind::Flag),
        ];
        let rows = [
            vec!["a, b".into(), 7_u32.into(), 0.1.into(), true.into()],
            vec![Entry::Nothing, Entry::Nothing, Entry::Nothing, Entry::Nothing],
        ];
        let folder = tempfile::tempdir().unwrap();
        let [csv, parquet] = ["t.csv", "t.parquet"].map(|name| folder.path().join(name));
        let mut both = [
            TableWriter::csv(&csv, &columns).unwrap(),
            TableWriter::parquet(&parquet, &columns).unwrap(),
        ];
        for writer in &mut both {
            rows.iter().for_each(|row| writer.row(row.clone()).unwrap());
        }
        assert!(!csv.exists() && !parquet.exists());
        both.into_iter().for_each(|writer| writer.finish().unwrap());
        let text = std::fs::read_to_string(csv).unwrap();
        assert_eq!(text, "name,count,share,well\n\"a, b\",7,0.1,true\n,,,\n");
        let reader = SerializedFileReader::new(std::fs::File::open(parquet).unwrap()).unwrap();
        let read: Vec<Vec<Field>> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| row.unwrap().get_column_iter().map(|(_, field)| field.clone()).collect())
            .collect();
        let first =
            [Field::Str("a, b".to_owned()), Field::Long(7), Field::Double(0.1), Field::Bool(true)];
        assert_eq!(read, [first.to_vec(), vec![Field::Null; 4]]);
    }

    #[test]
    fn a_table_that_is_not_finished_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        let columns = [("a".to_owned(), Kind::Integer)];
        let mut writer = TableWriter::csv(&path, &columns).unwrap();
        writer.row(vec![1_u32.into()]).unwrap();
        drop(writer);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
