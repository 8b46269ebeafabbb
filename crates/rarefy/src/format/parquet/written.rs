//! A table as Parquet: uncompressed, in groups of rows, with every column optional.

use std::io::{self, BufWriter};
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use crate::format::AtomicFile;
use crate::format::entry::{Entry, Kind};

/// A table being written.
pub struct Parquet {
    writer: SerializedFileWriter<BufWriter<AtomicFile>>,
    columns: Vec<(String, Kind)>,
    /// The rows not yet written.
    rows: Vec<Vec<Entry>>,
}

/// Number of rows kept in memory and written together.
const ROW_GROUP: usize = 1 << 14;

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
    /// Begins a table.
    pub fn begin(file: AtomicFile, columns: &[(String, Kind)]) -> io::Result<Self> {
        let fields = columns.iter().map(|(name, kind)| Arc::new(field(name, *kind))).collect();
        let schema = Type::group_type_builder("schema").with_fields(fields).build();
        let schema = Arc::new(schema.map_err(as_io)?);
        let file = BufWriter::new(file);
        let writer = SerializedFileWriter::new(file, schema, Arc::default()).map_err(as_io)?;
        Ok(Self { writer, columns: columns.to_vec(), rows: Vec::new() })
    }

    /// Finishes the file, which then contains all rows.
    pub fn finish(mut self) -> io::Result<BufWriter<AtomicFile>> {
        self.flush()?;
        self.writer.into_inner().map_err(as_io)
    }

    /// Adds a row.
    pub fn row(&mut self, row: Vec<Entry>) -> io::Result<()> {
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
    use crate::format::TableWriter;

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
}
