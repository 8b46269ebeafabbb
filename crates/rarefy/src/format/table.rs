//! Tables: rows of typed entries, written one after the other as CSV or as Parquet, so that
//! a table may be longer than memory.
//!
//! CSV holds numbers in their shortest text that reads back as the same number, nothing
//! where there is nothing, `true` and `false`. Parquet holds the same under the types of
//! [`Kind`], every column optional, uncompressed.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::entry::{Entry, Kind};
use super::parquet::Parquet;
use super::{AtomicFile, WriteError};

/// A table being written; nothing of it is there before [`TableWriter::finish`].
pub struct TableWriter {
    path: PathBuf,
    sink: Sink,
}

enum Sink {
    Csv(Box<csv::Writer<BufWriter<AtomicFile>>>),
    Parquet(Box<Parquet>),
}

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
    /// When the file cannot be written, or this build is without the feature `parquet`.
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
