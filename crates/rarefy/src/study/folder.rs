//! The folder of a study: settings, records, models.
//!
//! ```text
//! study.json                   settings, and the hash of the data they were run on
//! trials/gru-seed0.json        one record a trial
//! models/gru-seed0.safetensors the base models
//! records.csv, curves.csv      the records as tables
//! .lock                        held by the process that is running the study
//! ```

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{PruningStudy, Record, Trial};
use crate::format::{ModelError, write_atomically};
use crate::prune::PruneError;

/// Why a study cannot run or be read. Each message names the file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum StudyError {
    #[error("cannot write {}: {source}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is not what it should be: {source}", path.display())]
    Malformed { path: PathBuf, source: serde_json::Error },
    #[error(
        "{} holds results of other settings ({what} differs): \
         choose another folder, or remove this one to start afresh",
        path.display()
    )]
    OtherSettings { path: PathBuf, what: String },
    #[error("another process is running the study in {}: wait for it, or choose another folder", path.display())]
    Locked { path: PathBuf },
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Prune(#[from] PruneError),
}

/// The folder of one study.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// What a folder says about the study run in it (`study.json`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyFile {
    /// Version of the program that wrote it.
    pub version: String,
    /// The settings.
    pub study: PruningStudy,
    /// The strings.
    pub data: DataSummary,
}

/// Which strings a study was run on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSummary {
    /// Hash of all strings and labels.
    pub fingerprint: String,
    /// Strings of the training file, those held out for validation included.
    pub train_strings: usize,
    /// Strings of the test file.
    pub test_strings: usize,
    /// Whether it is the thesis's task: the strings labelled valid are just those
    /// that the Reber grammar accepts.
    pub reber: bool,
}

impl Folder {
    /// The folder at `path`, which need not exist yet.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the model of a base trial is.
    pub fn model_path(&self, trial: &Trial) -> PathBuf {
        self.path.join("models").join(trial.name() + ".safetensors")
    }

    fn record_path(&self, trial: &Trial) -> PathBuf {
        self.path.join("trials").join(trial.name() + ".json")
    }

    fn study_path(&self) -> PathBuf {
        self.path.join("study.json")
    }

    /// Takes the folder for this process until the returned file is dropped; the
    /// operating system lets go of it even when the process is killed.
    ///
    /// # Errors
    /// When the folder cannot be written or another process has it.
    pub fn lock(&self) -> Result<File, StudyError> {
        let path = self.path.join(".lock");
        let unwritable = |source| StudyError::Unwritable { path: path.clone(), source };
        fs::create_dir_all(&self.path).map_err(unwritable)?;
        let lock = File::create(&path).map_err(unwritable)?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => Err(StudyError::Locked { path: self.path.clone() }),
            Err(TryLockError::Error(source)) => Err(StudyError::Unwritable { path, source }),
        }
    }

    /// Notes what is run here. More cells, seeds, scopes or percents may be asked for
    /// than before; anything else that differs would mix two experiments.
    ///
    /// # Errors
    /// When the folder holds a study of other settings, or cannot be written.
    pub fn begin(&self, study: &PruningStudy, data: &DataSummary) -> Result<(), StudyError> {
        let path = self.study_path();
        if path.exists() {
            let before: StudyFile = read_json(&path)?;
            let differs = difference(&before.study, study);
            let differs = differs.or((before.data != *data).then_some("the data"));
            if let Some(what) = differs {
                return Err(StudyError::OtherSettings {
                    path: self.path.clone(),
                    what: what.to_owned(),
                });
            }
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        write_json(&path, &StudyFile { version, study: study.clone(), data: data.clone() })
    }

    /// What was run here.
    ///
    /// # Errors
    /// When nothing was, or it cannot be read.
    pub fn study(&self) -> Result<StudyFile, StudyError> {
        read_json(&self.study_path())
    }

    /// The record of `trial`, if there is one that can be read.
    pub fn record(&self, trial: &Trial) -> Option<Record> {
        read_json(&self.record_path(trial)).ok()
    }

    /// Stores a record, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn store(&self, record: &Record) -> Result<(), StudyError> {
        write_json(&self.record_path(&record.trial), record)
    }
}

/// The first setting that may not differ within a folder, but does.
fn difference(before: &PruningStudy, now: &PruningStudy) -> Option<&'static str> {
    let differs = [
        (before.scale != now.scale, "the scale"),
        (before.layers != now.layers, "the layers"),
        (before.base_epochs != now.base_epochs, "the number of training epochs"),
        (before.recovery_epochs != now.recovery_epochs, "the number of retraining epochs"),
        (before.tolerance != now.tolerance, "the tolerance"),
        (before.judge != now.judge, "what judges recovery"),
        (before.validation_share != now.validation_share, "the validation share"),
        (before.training != now.training, "batch size, learning rate, clipping or readout"),
    ];
    differs.into_iter().find_map(|(differs, what)| differs.then_some(what))
}

fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, StudyError> {
    let text = fs::read(path)
        .map_err(|source| StudyError::Unreadable { path: path.to_owned(), source })?;
    serde_json::from_slice(&text)
        .map_err(|source| StudyError::Malformed { path: path.to_owned(), source })
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), StudyError> {
    let mut text = serde_json::to_vec_pretty(value).expect("settings and records are plain data");
    text.push(b'\n');
    write_atomically(path, &text)
        .map_err(|source| StudyError::Unwritable { path: path.to_owned(), source })
}
