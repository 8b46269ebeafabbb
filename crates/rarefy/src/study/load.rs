//! The sequences of a study: read from files, or drawn and left in files.

use std::io;
use std::path::{Path, PathBuf};

use super::study::{DataSource, Files};
use crate::data::{Columns, Corpus, DataError, LabelledText, ReberError, generate, to_csv};
use crate::format::{
    DataFile, LARGEST_NAMED, LoadError, LoadNote, Model, WriteError, check_regular, read_corpus,
    write_atomically,
};

/// The sequences of a study, and the files that those drawn are to be left in.
#[derive(Debug)]
pub struct Sequences {
    /// All of them, encoded.
    pub corpus: Corpus,
    drawn: Vec<(PathBuf, Vec<LabelledText>)>,
}

/// Sequences of a study that cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A study file names what is no data file.
    #[error("cannot read {}", path.display())]
    Irregular {
        /// The path.
        path: PathBuf,
        /// What it is.
        source: io::Error,
    },
    /// What is wrong with a file.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Strings that cannot be drawn.
    #[error(transparent)]
    Reber(#[from] ReberError),
}

impl DataSource {
    /// The sequences, for a study in the folder `out`. What there is to know of them goes to
    /// `note`.
    ///
    /// # Errors
    /// When files cannot be read, or strings not be drawn.
    pub fn read(
        &self,
        out: &Path,
        note: &mut dyn FnMut(LoadNote),
    ) -> Result<Sequences, SourceError> {
        match self {
            Self::Files(files) => {
                for path in files.paths() {
                    check_regular(path, LARGEST_NAMED).map_err(|source| {
                        SourceError::Irregular { path: path.to_owned(), source }
                    })?;
                }
                let corpus = read_corpus(files.pair(), &files.options, files.unit, note)?;
                Ok(Sequences { corpus, drawn: Vec::new() })
            }
            Self::Reber(settings) => {
                let data = generate(settings)?;
                let drawn = [("train_data.csv", &data.train), ("test_data.csv", &data.test)];
                let drawn = drawn.map(|(name, rows)| (out.join("data").join(name), rows.clone()));
                Ok(Sequences { corpus: Corpus::try_from(data)?, drawn: drawn.into() })
            }
        }
    }
}

impl Sequences {
    /// Leaves what was drawn in the folder of the study, where it is not there already.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self) -> Result<(), WriteError> {
        let columns = Columns::default();
        self.drawn.iter().try_for_each(|(path, rows)| {
            let bytes = to_csv(rows, &columns);
            match std::fs::read(path).is_ok_and(|there| there == bytes) {
                true => Ok(()),
                false => write_atomically(path, &bytes),
            }
        })
    }
}

impl Files {
    /// The corpus, encoded by what the training file holds, or as `model` reads it.
    ///
    /// # Errors
    /// When the files cannot be read, or not by `model`.
    pub fn read(
        &self,
        model: Option<&mut Model>,
        note: &mut dyn FnMut(LoadNote),
    ) -> Result<Corpus, LoadError> {
        match model {
            None => Ok(read_corpus(self.pair(), &self.options, self.unit, note)?),
            Some(model) => model.read_corpus(self.pair(), &self.options, note),
        }
    }

    /// Each file and that of its labels.
    fn pair(&self) -> [DataFile<'_>; 2] {
        [(&self.train, self.train_labels.as_deref()), (&self.test, self.test_labels.as_deref())]
    }
}
