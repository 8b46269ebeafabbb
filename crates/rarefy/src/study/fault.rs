//! Why a study file cannot be used.

use std::fmt;
use std::path::PathBuf;

/// Why a study file cannot be used.
#[derive(Debug, thiserror::Error)]
pub struct StudyFileError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1, if the fault is in a particular place.
    pub line: Option<usize>,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl fmt::Display for StudyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, what } = self;
        match line {
            Some(line) => write!(f, "{}, line {line}: {what}", path.display()),
            None => write!(f, "{}: {what}", path.display()),
        }
    }
}
