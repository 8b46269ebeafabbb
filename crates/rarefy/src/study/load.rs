//! The sequences of a study: read from files, or generated and stored in files.

use std::io;
use std::path::{Path, PathBuf};

use super::study::{DataSource, Files};
use crate::data::{Corpus, DataError, Drawing, ReadOptions, ReberError, Rows, Unit, generate};
use crate::format::{
    DataFile, LARGEST_NAMED, LoadError, LoadNote, Model, WriteError, check_regular, read_corpus,
    write_atomically,
};

/// The sequences of a study, and the files for those that were generated.
#[derive(Debug)]
pub struct Sequences {
    /// All sequences, encoded.
    pub corpus: Corpus<'static>,
    drawn: Vec<(PathBuf, Rows<'static>)>,
}

/// Why the sequences of a study are not available.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A study names something that is not a data file.
    #[error("cannot read {}", path.display())]
    Irregular {
        /// The path.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// A file has a fault.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The sequences cannot be generated.
    #[error(transparent)]
    Reber(#[from] ReberError),
}

impl DataSource {
    /// The sequences for a study in the folder `out`. Notes about them go to `note`.
    ///
    /// # Errors
    /// If files cannot be read, or sequences cannot be generated.
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
                let drawn = drawn
                    .map(|(name, rows)| (out.join("data").join(name), Rows::Texts(rows.clone())));
                Ok(Sequences { corpus: Corpus::try_from(data)?, drawn: drawn.into() })
            }
            Self::Problem { drawing, scaling } => {
                let paths = Drawing::FILES.map(|name| out.join("data").join(name));
                let rows = drawing.draw().map(Rows::Series);
                let options = ReadOptions { scaling: *scaling, ..ReadOptions::default() };
                let [train, test] = [0, 1].map(|part: usize| (paths[part].as_path(), &rows[part]));
                let corpus = Corpus::encode(train, test, Unit::default(), &options)?;
                Ok(Sequences { corpus, drawn: paths.into_iter().zip(rows).collect() })
            }
        }
    }
}

impl Sequences {
    /// Stores generated sequences in the folder of the study, unless they are already there.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write(&self) -> Result<(), WriteError> {
        self.drawn.iter().try_for_each(|(path, rows)| {
            let bytes = rows.to_file();
            match std::fs::read(path).is_ok_and(|there| there == bytes) {
                true => Ok(()),
                false => write_atomically(path, &bytes),
            }
        })
    }
}

impl Files {
    /// The corpus, encoded by the training file, or in the way that `model` reads it.
    ///
    /// # Errors
    /// If the files cannot be read, or do not fit `model`.
    pub fn read(
        &self,
        model: Option<&mut Model>,
        note: &mut dyn FnMut(LoadNote),
    ) -> Result<Corpus<'static>, LoadError> {
        match model {
            None => Ok(read_corpus(self.pair(), &self.options, self.unit, note)?),
            Some(model) => model.read_corpus(self.pair(), &self.options, note),
        }
    }

    /// Each file together with the file of its labels.
    fn pair(&self) -> [DataFile<'_>; 2] {
        [(&self.train, self.train_labels.as_deref()), (&self.test, self.test_labels.as_deref())]
    }
}
