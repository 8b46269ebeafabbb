//! How far a study is, from its folder alone.

use std::path::PathBuf;

use super::folder::Found;
use super::{Claims, Folder, StudyError};

/// Counts of trials, and what to tell of those that went wrong.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Of the study.
    pub trials: usize,
    /// Those that have a record.
    pub done: usize,
    /// Those of them whose loss was no number.
    pub diverged: usize,
    /// Those that a process is computing now.
    pub running: usize,
    /// Those that could not be computed, and why.
    pub failed: Vec<(String, String)>,
    /// Files that should be records and are not, and why.
    pub damaged: Vec<(PathBuf, String)>,
}

impl Status {
    /// Those that nobody has begun.
    pub fn waiting(&self) -> usize {
        self.trials - self.done - self.running - self.failed.len() - self.damaged.len()
    }
}

/// How far the study of `folder` is.
///
/// # Errors
/// When it holds none, or what it says about it cannot be read.
pub fn status(folder: &Folder) -> Result<Status, StudyError> {
    let study = folder.asked()?;
    let mut status = Status::default();
    if !folder.exists() {
        status.trials = study.trials().count();
        return Ok(status);
    }
    let data = folder.study()?.data;
    let claims = Claims::new();
    for trial in study.trials() {
        status.trials += 1;
        match folder.record(&trial, &data) {
            Found::Record(record) => {
                status.done += 1;
                status.diverged += usize::from(record.diverged.is_some());
            }
            _ if folder.is_claimed(&trial, &claims) => status.running += 1,
            Found::Damaged(path, why) => status.damaged.push((path, why)),
            Found::Nothing => {
                let failure = folder.failure(&trial);
                status.failed.extend(failure.map(|failure| (trial.label(), failure.error)));
            }
        }
    }
    Ok(status)
}
