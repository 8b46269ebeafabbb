//! The progress of a study, from its folder alone.

use std::path::PathBuf;

use super::folder::Found;
use super::{Claims, Folder, StudyError};

/// Counts of trials, and details of those that went wrong.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Number of trials in the study.
    pub trials: usize,
    /// Trials with a record.
    pub done: usize,
    /// Trials among these with a non-finite loss.
    pub diverged: usize,
    /// Trials that a process is computing now.
    pub running: usize,
    /// Trials that could not be computed, with the reason.
    pub failed: Vec<(String, String)>,
    /// Files that should be records but are not, with the reason.
    pub damaged: Vec<(PathBuf, String)>,
}

impl Status {
    /// Trials that have not been begun.
    pub fn waiting(&self) -> usize {
        self.trials - self.done - self.running - self.failed.len() - self.damaged.len()
    }
}

/// The progress of the study in `folder`.
///
/// # Errors
/// If it holds no study, or the study's files cannot be read.
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
