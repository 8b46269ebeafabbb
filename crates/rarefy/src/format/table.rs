//! Tables of typed entries. They are written row by row as CSV or Parquet, so a table may be larger
//! than memory.
//!
//! In CSV, numbers have the shortest text that reads back as the same number, missing values are
//! empty, and flags are `true` and `false`. Parquet contains the same values in the types of
//! [`Kind`], uncompressed, with every column optional.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::entry::{Entry, Kind};
use super::parquet::Parquet;
use super::{AtomicFile, WriteError};

/// A table being written; the file does not appear before [`TableWriter::finish`].
pub struct TableWriter {
    path: PathBuf,
    sink: Sink,
}

enum Sink {
    Csv(Box<csv::Writer<BufWriter<AtomicFile>>>),
    Parquet(Box<Parquet>),
}

impl TableWriter {
    /// Begins a table with these columns as CSV.
    ///
    /// # Errors
    /// If the file cannot be written.
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

    /// Begins a table with these columns as Parquet.
    ///
    /// # Errors
    /// If the file cannot be written, or rarefy was built without the feature `parquet`.
    pub fn parquet(path: &Path, columns: &[(String, Kind)]) -> Result<Self, WriteError> {
        let sink = AtomicFile::create(path).and_then(|file| Parquet::begin(file, columns));
        let path = path.to_owned();
        match sink {
            Ok(sink) => Ok(Self { path, sink: Sink::Parquet(Box::new(sink)) }),
            Err(reason) => Err(WriteError { path, reason }),
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// If the file cannot be written.
    ///
    /// # Panics
    /// If the number of entries differs from that of columns, or an entry has another type.
    pub fn row(&mut self, row: Vec<Entry>) -> Result<(), WriteError> {
        let written = match &mut self.sink {
            Sink::Csv(writer) => {
                writer.write_record(row.iter().map(Entry::text)).map_err(io::Error::from)
            }
            Sink::Parquet(parquet) => parquet.row(row),
        };
        written.map_err(|reason| WriteError { path: self.path.clone(), reason })
    }

    /// Moves the table to its place.
    ///
    /// # Errors
    /// If the file cannot be written; an old one is then still there.
    pub fn finish(self) -> Result<(), WriteError> {
        let Self { path, sink } = self;
        let finish = || {
            let buffer = match sink {
                Sink::Csv(writer) => writer.into_inner().map_err(|e| e.into_error())?,
                Sink::Parquet(parquet) => parquet.finish()?,
            };
            buffer.into_inner().map_err(|error| error.into_error())?.commit()
        };
        finish().map_err(|reason| WriteError { path, reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
