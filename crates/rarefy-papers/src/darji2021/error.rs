//! Errors with the results of the thesis's experiments.

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
    /// The folder has no results.
    #[error(
        "{} holds no results of `rarefy reproduce`: none of pruning/study.json, structure/study.json \
         and open/wired/study.json is in it", .0.display()
    )]
    NoResults(PathBuf),
    /// An earlier prediction cannot be read.
    #[error(
        "{} cannot be read ({source}); `rarefy reproduce --parts prediction` writes a new one",
        .path.display()
    )]
    Prediction {
        /// The file.
        path: PathBuf,
        /// What is wrong with its content.
        source: serde_json::Error,
    },
    /// A stored prediction belongs to other graphs.
    #[error(
        "{} is a prediction from other records than those in structure, and is left out: `rarefy \
         reproduce --parts prediction` writes a new one",
        .path.display()
    )]
    OtherGraphs {
        /// The file.
        path: PathBuf,
    },
    /// There is no table to predict from.
    #[error(
        "{} cannot be read: prediction needs the part structure, which has to be run first",
        .path.display()
    )]
    NoTable {
        /// The table.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A folder cannot be created.
    #[error("cannot make {}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A table does not have the expected content.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// A table names an unknown cell.
    #[error(transparent)]
    Cell(#[from] UnknownName),
    /// There are too few graphs to split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A study's folder cannot be read.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}
