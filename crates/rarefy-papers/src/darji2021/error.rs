//! What can go wrong with results of the thesis's experiments.

use std::io;
use std::path::PathBuf;

use rarefy::analysis::{RecordsError, SplitError};
use rarefy::format::WriteError;
use rarefy::named::UnknownName;
use rarefy::study::StudyError;

/// Why results cannot be read, computed or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder has none.
    #[error(
        "{} holds no results of `rarefy reproduce`: neither pruning/study.json nor \
         structure/study.json is in it", .0.display()
    )]
    NoResults(PathBuf),
    /// What was predicted before cannot be read.
    #[error(
        "{} cannot be read ({source}); `rarefy reproduce --parts prediction` writes a new one",
        .path.display()
    )]
    Prediction {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// There is no table to predict from.
    #[error(
        "{} cannot be read: prediction needs the part structure, which has to be run first",
        .path.display()
    )]
    NoTable {
        /// The table.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A folder cannot be made.
    #[error("cannot make {}", .folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A table does not hold what it should.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// A table names a cell that there is not.
    #[error(transparent)]
    Cell(#[from] UnknownName),
    /// Too few graphs to split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A study's folder cannot be read.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}
