//! The folder of a study: settings, records, models.
//!
//! ```text
//! study.json                   settings, and the hash of the data they were run on
//! trials/gru-seed0.json        one record a trial
//! models/gru-seed0.safetensors the base models
//! graphs/barabasi_albert-7.json what networks are wired as, if as graphs
//! records.csv, curves.csv      the records as tables
//! .lock                        held by the process that is running the study
//! ```

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::record::graph_name;
use super::trial::fingerprint;
use super::{GraphFamily, Record, Study, Trial};
use crate::data::Corpus;
use crate::format::{GraphFileError, Model, ModelError, WriteError, write_atomically, write_graph};
use crate::graph::{FamilyError, Graph};
use crate::prune::PruneError;
use crate::random::fnv1a;

/// Why a study cannot run or be read. Each message names the file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum StudyError {
    #[error(transparent)]
    Unwritable(#[from] WriteError),
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
    #[error(
        "holding out {share} of {strings} training strings leaves {held_out} to judge by and \
         {learnt} to learn from: more data is needed, or the test set as judge"
    )]
    HoldOut { share: f64, strings: usize, held_out: usize, learnt: usize },
    #[error(transparent)]
    Graph(#[from] FamilyError),
    #[error(transparent)]
    GraphFile(#[from] GraphFileError),
    #[error("the base model {} is gone, or is not the one that its record is about", path.display())]
    LostBase { path: PathBuf },
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
    pub study: Study,
    /// The strings.
    pub data: DataSummary,
}

/// Which strings a study was run on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSummary {
    /// Hash of all strings, labels and characters.
    pub fingerprint: String,
    /// Strings of the training file, those held out for validation included.
    pub train_strings: usize,
    /// Strings of the test file.
    pub test_strings: usize,
    /// Whether it is the thesis's task: the strings labelled valid are just those
    /// that the Reber grammar accepts.
    pub reber: bool,
}

impl DataSummary {
    /// Of `corpus`.
    pub fn of(corpus: &Corpus) -> Self {
        let names = serde_json::to_vec(&(&corpus.vocabulary, &corpus.labels));
        let mut bytes = names.expect("characters and labels are plain data");
        for set in [&corpus.train, &corpus.test] {
            // Lengths first, so that no two corpora give the same bytes.
            bytes.extend((set.len() as u64).to_le_bytes());
            for (tokens, target) in (0..set.len()).map(|row| set.get(row)) {
                let numbers =
                    [tokens.len() as u32, target].into_iter().chain(tokens.iter().copied());
                bytes.extend(numbers.flat_map(u32::to_le_bytes));
            }
        }
        Self {
            fingerprint: format!("{:016x}", fnv1a(&bytes)),
            train_strings: corpus.train.len(),
            test_strings: corpus.test.len(),
            reber: corpus.reber,
        }
    }
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

    /// Whether a study was begun here.
    pub fn exists(&self) -> bool {
        self.study_path().exists()
    }

    /// Where the model of a base trial is.
    pub fn model_path(&self, trial: &Trial) -> PathBuf {
        self.path.join("models").join(trial.name() + ".safetensors")
    }

    /// Where a graph of the study's sample is.
    pub fn graph_path(&self, family: GraphFamily, number: u32) -> PathBuf {
        self.path.join("graphs").join(graph_name(family, number) + ".json")
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
    pub(super) fn lock(&self) -> Result<File, StudyError> {
        let path = self.path.join(".lock");
        let unwritable = |reason| WriteError { path: path.clone(), reason };
        fs::create_dir_all(&self.path).map_err(unwritable)?;
        let lock = File::create(&path).map_err(unwritable)?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => Err(StudyError::Locked { path: self.path.clone() }),
            Err(TryLockError::Error(reason)) => Err(WriteError { path, reason }.into()),
        }
    }

    /// Notes what is run here, beside what was run before: other cells, seeds, scopes
    /// or percents widen the study; anything else that differs would mix two
    /// experiments, and is refused. Returns the study as it is then.
    pub(super) fn widen(&self, study: &Study, data: DataSummary) -> Result<StudyFile, StudyError> {
        let path = self.study_path();
        // With itself: in the order of a widened study from the start.
        let mut wide = study.widened(study);
        if path.exists() {
            let before: StudyFile = read_json(&path)?;
            let differs = difference(&before.study, study);
            if let Some(what) = differs.or((before.data != data).then_some("the data")) {
                let (path, what) = (self.path.clone(), what.to_owned());
                return Err(StudyError::OtherSettings { path, what });
            }
            wide = before.study.widened(study);
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let file = StudyFile { version, study: wide, data };
        write_json(&path, &file)?;
        Ok(file)
    }

    /// What was run here.
    ///
    /// # Errors
    /// When nothing was, or it cannot be read.
    pub fn study(&self) -> Result<StudyFile, StudyError> {
        read_json(&self.study_path())
    }

    /// The records of `file`'s study that are here: each of the trial it is named
    /// after, computed from these settings and data.
    pub fn records(&self, file: &StudyFile) -> Vec<Record> {
        let trials = file.study.trials();
        trials.iter().filter_map(|trial| self.record(&file.study, trial, &file.data)).collect()
    }

    /// The record of `trial`, if it is here and was computed from these settings and data.
    pub(super) fn record(
        &self,
        study: &Study,
        trial: &Trial,
        data: &DataSummary,
    ) -> Option<Record> {
        let record: Record = read_json(&self.record_path(trial)).ok()?;
        let expected = fingerprint(study, trial, data, &record.instruction_set);
        (record.trial == *trial && record.fingerprint == expected).then_some(record)
    }

    /// The model that a base trial's `record` is about, if it is here.
    pub(super) fn model(&self, record: &Record) -> Option<Model> {
        let model = Model::read(&self.model_path(&record.trial)).ok()?;
        (record.model.as_ref() == Some(&model.fingerprint())).then_some(model)
    }

    /// Stores a graph of the study's sample.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn store_graph(
        &self,
        graph: &Graph,
        family: GraphFamily,
        number: u32,
    ) -> Result<(), StudyError> {
        Ok(write_graph(graph, &self.graph_path(family, number))?)
    }

    /// Stores a record, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn store(&self, record: &Record) -> Result<(), StudyError> {
        write_json(&self.record_path(&record.trial), record)
    }
}

/// The first setting that may not differ within a folder, but does.
fn difference(before: &Study, now: &Study) -> Option<&'static str> {
    let differs = [
        (before.scale != now.scale, "the scale"),
        (before.networks != now.networks, "the networks"),
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
    Ok(write_atomically(path, &text)?)
}
