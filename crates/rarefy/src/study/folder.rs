//! The folder of a study: its declaration, records and models.
//!
//! ```text
//! study.toml                     the study file
//! study.json                     a summary of the data it is run on
//! trials/ab/NAME.json            the record of trial NAME, whose hash starts with ab
//! trials/ab/NAME.failed.json     why the trial could not be computed
//! trials/ab/NAME.claim-1         the process that is computing it
//! trials/ab/NAME.progress        its epochs so far, for observers
//! models/ab/NAME.safetensors     a model that other trials start from, such as a base model
//! masks/ab/NAME.masks            the masks of a trial that prunes, one bit per weight
//! models/given-HASH.safetensors  a model that was given trained, by its fingerprint
//! graphs/barabasi_albert-7.json  a graph that networks are wired as
//! records.csv, curves.csv        the records as tables
//! ```
//!
//! The 256 folders hold the files of 100,000 trials with 400 in each, which any file system can
//! handle.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::claim::{Claim, PATIENCE};
use super::graph_choice::is_fingerprint;
use super::record::{Failure, Record};
use super::widen::widened;
use super::{
    Claims, DataSource, DataSummary, Given, Progress, Settings, Study, StudyFileError, Topic,
    Trial, graph_fingerprint,
};
use crate::format::{
    GraphFileError, LARGEST_NAMED, Model, ModelError, WriteError, check_regular, read_graph,
    read_regular, write_atomically, write_graph,
};
use crate::graph::Graph;
use crate::network::{Masks, Network};
use crate::prune::{prune_by, sparsity};
use crate::recipe::{Pruning, Wired};
use crate::train::HoldOutError;

/// Bytes of the largest file of a study that is read as text: a record of 100,000 epochs has less
/// than half of that.
const LARGEST_TEXT: u64 = 64 << 20;

/// Why a study cannot run or be read. Each message names the file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum StudyError {
    #[error(transparent)]
    Unwritable(#[from] WriteError),
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is damaged: {source}", path.display())]
    Malformed { path: PathBuf, source: serde_json::Error },
    #[error(transparent)]
    StudyFile(#[from] StudyFileError),
    #[error("the study cannot be run: {0}")]
    Unusable(String),
    #[error("{} is not a study folder: it has no study.toml", path.display())]
    NoStudy { path: PathBuf },
    #[error(
        "{} has results for other settings ({what}): \
         choose another folder, or remove this one to start afresh",
        path.display()
    )]
    OtherSettings { path: PathBuf, what: String },
    #[error("another process has been starting a study in {} for a minute: try again", path.display())]
    Busy { path: PathBuf },
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    HoldOut(#[from] HoldOutError),
    #[error(transparent)]
    GraphFile(#[from] GraphFileError),
}

/// The folder of one study.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// The study that runs in a folder, according to its files.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyFile {
    /// Version of rarefy that began it.
    pub version: String,
    /// The study.
    pub study: Study,
    /// Its data.
    pub data: DataSummary,
}

/// `study.json`
#[derive(Serialize, Deserialize)]
struct Begun {
    version: String,
    data: DataSummary,
}

/// The stored result of a trial.
#[derive(Debug)]
pub(super) enum Found {
    /// None, or a record of other data or of another version.
    Nothing,
    /// Its record.
    Record(Box<Record>),
    /// A file that should be its record but is not: its path, and the reason.
    Damaged(PathBuf, String),
}

impl Folder {
    /// The folder at `path`, which may not exist yet.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a study was begun here.
    pub fn exists(&self) -> bool {
        self.begun_path().exists()
    }

    /// The path of the study file.
    pub fn study_path(&self) -> PathBuf {
        self.path.join("study.toml")
    }

    /// The path of a base trial's model.
    pub fn model_path(&self, trial: &Trial) -> PathBuf {
        self.file_of("models", trial, ".safetensors")
    }

    /// The path of a model that was already trained when it was given.
    pub fn given_path(&self, fingerprint: &str) -> PathBuf {
        self.path.join("models").join(format!("given-{fingerprint}.safetensors"))
    }

    /// Stores a trained model, for trials that prune it. Returns its fingerprint.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn give(&self, model: &Model) -> Result<String, StudyError> {
        let fingerprint = model.fingerprint();
        let path = self.given_path(&fingerprint);
        if self.given(&fingerprint).as_ref() != Some(model) {
            model.write(&path)?;
        }
        Ok(fingerprint)
    }

    /// The trained model with this fingerprint, if it is here.
    pub fn given(&self, fingerprint: &str) -> Option<Model> {
        let model = read_model(&self.given_path(fingerprint))?;
        (model.fingerprint() == fingerprint).then_some(model)
    }

    /// The path of a trial's record.
    pub fn record_path(&self, trial: &Trial) -> PathBuf {
        self.file_of("trials", trial, ".json")
    }

    /// The path of the graph of a trial's network.
    pub fn graph_path(&self, study: &Study, trial: &Trial, wired: &Wired) -> PathBuf {
        if let Some(fingerprint) = &wired.given {
            return self.given_graph_path(fingerprint);
        }
        let mut name = wired.family_name();
        for key in study.varied() {
            // Also includes every other key on which the graph depends in this study.
            let row = Settings::row(key);
            if row.topic == Topic::Graph && !row.told && !trial.value(key).is_null() {
                let value = trial.value(key).to_string().replace(['[', ']'], "");
                name += &format!("-{key}{}", value.replace(',', "_"));
            }
        }
        self.path.join("graphs").join(format!("{name}-{}.json", wired.number))
    }

    fn given_graph_path(&self, fingerprint: &str) -> PathBuf {
        self.path.join("graphs").join(format!("given-{fingerprint}.json"))
    }

    /// Stores graphs that were given as files.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn give_graphs(&self, given: &Given) -> Result<(), StudyError> {
        for (fingerprint, graph) in &given.0 {
            if self.given_graph(fingerprint).is_none() {
                write_graph(graph, &self.given_graph_path(fingerprint))?;
            }
        }
        Ok(())
    }

    fn given_graph(&self, fingerprint: &str) -> Option<Graph> {
        // A file name without a fingerprint has not been read yet, and could lead anywhere.
        if !is_fingerprint(fingerprint) {
            return None;
        }
        let path = self.given_graph_path(fingerprint);
        check_regular(&path, LARGEST_NAMED).ok()?;
        read_graph(&path).ok().filter(|graph| graph_fingerprint(graph) == fingerprint)
    }

    /// The graph that a trial's network is wired as.
    ///
    /// # Errors
    /// If there is none; the error is a sentence.
    pub fn graph(&self, wired: &Wired) -> Result<Graph, String> {
        match &wired.given {
            None => wired.graph().map_err(|error| error.to_string()),
            Some(fingerprint) => self.given_graph(fingerprint).ok_or_else(|| {
                let path = self.given_graph_path(fingerprint);
                format!(
                    "the graph {} is missing or has changed: run the study from its file again",
                    path.display()
                )
            }),
        }
    }

    /// The path of the epochs of a running trial.
    pub(super) fn progress_path(&self, trial: &Trial) -> PathBuf {
        self.file_of("trials", trial, ".progress")
    }

    /// The progress of a running trial. If no process computes the trial any more, it is what that
    /// process left.
    pub fn progress(&self, trial: &Trial) -> Option<Progress> {
        read_json(&self.progress_path(trial)).ok()
    }

    /// The record of `trial`, if it is here and was computed on this data.
    pub fn record_of(&self, trial: &Trial, data: &DataSummary) -> Option<Record> {
        if let Found::Record(record) = self.record(trial, data) { Some(*record) } else { None }
    }

    fn failure_path(&self, trial: &Trial) -> PathBuf {
        self.file_of("trials", trial, ".failed.json")
    }

    /// The path of a file of a trial, in the folder named by the first two digits of its hash.
    fn file_of(&self, kind: &str, trial: &Trial, suffix: &str) -> PathBuf {
        let hash = trial.hash();
        let fan = format!("{:02x}", hash >> 56);
        self.path.join(kind).join(fan).join(trial.name_with(hash) + suffix)
    }

    pub(super) fn begun_path(&self) -> PathBuf {
        self.path.join("study.json")
    }

    /// The claim of a trial.
    pub(super) fn claim<'c>(
        &self,
        trial: &Trial,
        claims: &'c Claims,
    ) -> Result<Option<Claim<'c>>, StudyError> {
        let stem = self.file_of("trials", trial, ".claim");
        claims.take(&stem).map_err(|reason| WriteError { path: stem, reason }.into())
    }

    /// Removes what killed processes left behind: claims and progress of trials that have their
    /// record, and unfinished files. Files that cannot be removed stay.
    pub(super) fn tidy(&self, claims: &Claims) {
        let fans = |folder: &str| {
            let fans = entries(&self.path.join(folder));
            fans.filter(|fan| fan.file_type().is_ok_and(|kind| kind.is_dir())).map(|fan| fan.path())
        };
        for path in fans("trials").flat_map(|fan| entries(&fan)).map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let trial = name.split_once(".claim-").map(|(trial, _)| trial);
            // A process that claims it now looks for the record next.
            let done = |trial: &str| path.with_file_name(format!("{trial}.json")).exists();
            if trial.or(name.strip_suffix(".progress")).is_some_and(done) {
                drop(fs::remove_file(path));
            }
        }
        let flat = ["", "data", "graphs", "models", "slurm"].map(|folder| self.path.join(folder));
        let folders =
            flat.into_iter().chain(["trials", "models", "masks"].into_iter().flat_map(fans));
        for path in folders.flat_map(|folder| entries(&folder)).map(|entry| entry.path()) {
            if claims.is_litter(&path) {
                drop(fs::remove_file(path));
            }
        }
        // A process that was killed while opening the folder left its claim. Taking over a dead
        // claim and releasing it removes it; the claim of a living process cannot be taken.
        drop(claims.take(&self.opening()));
    }

    /// The claim for reading and writing which study this is.
    fn opening(&self) -> PathBuf {
        self.path.join("study.claim")
    }

    /// Whether a living process computes the trial.
    pub(super) fn is_claimed(&self, trial: &Trial, claims: &Claims) -> bool {
        claims.is_taken(&self.file_of("trials", trial, ".claim")).unwrap_or(false)
    }

    /// Adds a study to the one that was run here before. More trials of the same experiment widen
    /// that study; anything else would mix two experiments and is refused. Returns the widened
    /// study.
    pub(super) fn widen(
        &self,
        study: &Study,
        data: DataSummary,
        claims: &Claims,
    ) -> Result<StudyFile, StudyError> {
        // If the file system is not writable, this fails before any work is done.
        let unwritable = |reason| WriteError { path: self.study_path(), reason };
        fs::create_dir_all(&self.path).map_err(unwritable)?;
        let stem = self.opening();
        let start = Instant::now();
        let _claim = loop {
            match claims.take(&stem).map_err(unwritable)? {
                Some(claim) => break claim,
                None if start.elapsed() > PATIENCE => {
                    return Err(StudyError::Busy { path: self.path.clone() });
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        let mut wide = study.clone();
        if self.study_path().exists() {
            let before = self.asked()?;
            let other = |what| StudyError::OtherSettings { path: self.path.clone(), what };
            if self.exists() {
                if read_json::<Begun>(&self.begun_path())?.data != data {
                    return Err(other("the data differs".to_owned()));
                }
                wide = widened(&before, study).map_err(other)?;
            }
        }
        // Paths become absolute, so that the folder can be read from anywhere.
        if let DataSource::Files(files) = &mut wide.data {
            for path in files.paths_mut() {
                *path = std::path::absolute(&*path).map_err(unwritable)?;
                if path.to_str().is_none() {
                    return Err(StudyError::Unusable(format!(
                        "the file name {} is not UTF-8 and cannot be written to study.toml: rename it",
                        path.display()
                    )));
                }
            }
        }
        let text = wide.to_toml();
        // The user's file, with its comments, is kept if it declares the same study.
        if self.asked().ok().as_ref() != Some(&wide) {
            write_atomically(&self.study_path(), text.as_bytes())?;
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        if !self.exists() {
            write_json(&self.begun_path(), &Begun { version, data: data.clone() })?;
        }
        let Begun { version, .. } = read_json(&self.begun_path())?;
        Ok(StudyFile { version, study: wide, data })
    }

    /// The study declared here, begun or not.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn asked(&self) -> Result<Study, StudyError> {
        let path = self.study_path();
        let text = match read_regular(&path, LARGEST_TEXT) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StudyError::NoStudy { path: self.path.clone() });
            }
            Err(source) => return Err(StudyError::Unreadable { path, source }),
        };
        let text = String::from_utf8(text).map_err(|error| {
            let source = io::Error::new(io::ErrorKind::InvalidData, error.utf8_error());
            StudyError::Unreadable { path: path.clone(), source }
        })?;
        Ok(Study::parse(&text, &path)?)
    }

    /// The study that was run here.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn study(&self) -> Result<StudyFile, StudyError> {
        let study = self.asked()?;
        let Begun { version, data } = read_json(&self.begun_path())?;
        Ok(StudyFile { version, study, data })
    }

    /// The records of `file`'s study that are here. Each belongs to the trial that it is named
    /// after, and was computed with these settings and data.
    pub fn records(&self, file: &StudyFile) -> Vec<Record> {
        file.study.trials().filter_map(|trial| self.record_of(&trial, &file.data)).collect()
    }

    /// The record of `trial`, if it is here and was computed with these settings and data.
    pub(super) fn record(&self, trial: &Trial, data: &DataSummary) -> Found {
        let path = self.record_path(trial);
        let text = match read_regular(&path, LARGEST_TEXT) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Nothing,
            Err(error) => return Found::Damaged(path, error.to_string()),
        };
        let record: Record = match serde_json::from_slice(&text) {
            Ok(record) => record,
            Err(error) => return Found::Damaged(path, error.to_string()),
        };
        if record.trial != *trial {
            return Found::Damaged(path, "it belongs to another trial".to_owned());
        }
        if record.fingerprint != trial.fingerprint(data, &record.instruction_set) {
            return Found::Nothing;
        }
        match record.check(data) {
            Ok(()) => Found::Record(Box::new(record)),
            Err(why) => Found::Damaged(path, why),
        }
    }

    /// Why `trial` could not be computed, if that was attempted.
    pub(super) fn failure(&self, trial: &Trial) -> Option<Failure> {
        read_json(&self.failure_path(trial)).ok()
    }

    /// The model of a base trial's `record`, if it is here.
    pub fn model(&self, record: &Record) -> Option<Model> {
        let model = read_model(&self.model_path(&record.trial))?;
        (record.model.as_ref() == Some(&model.fingerprint())).then_some(model)
    }

    /// The network of a trial's `record`. For a trial that prunes, it is the parent's network with
    /// the masks of the trial, before retraining. `None` if no model was kept, or if the stored
    /// model is not that of the record.
    pub fn network(&self, record: &Record) -> Option<Network> {
        let trial = &record.trial;
        let (Some(parent), Some(summary)) = (trial.parent(), &record.pruned) else {
            return Some(self.model(record)?.network);
        };
        let parent: Record = read_json(&self.record_path(&parent)).ok()?;
        let mut network = self.model(&parent)?.network;
        match (read_regular(&self.masks_path(trial), LARGEST_TEXT), trial.pruning()) {
            (Ok(file), _) => {
                let masks = file.strip_prefix(record.fingerprint.as_bytes())?;
                network.set_masks(Masks::from_bytes(network.parameters().len(), masks)?);
            }
            // Folders of earlier versions have no masks; their prunings follow from the weights
            // alone.
            (Err(error), Some(Pruning { selection, .. }))
                if error.kind() == io::ErrorKind::NotFound =>
            {
                let scores = selection.scores(&network, None, trial.seed).ok()?;
                prune_by(&mut network, &scores, &selection).ok()?;
            }
            (Err(_), _) => return None,
        }
        summary.is_of(&sparsity(&network)).then_some(network)
    }

    /// The path of the masks of a trial that prunes.
    fn masks_path(&self, trial: &Trial) -> PathBuf {
        self.file_of("masks", trial, ".masks")
    }

    /// Stores the masks of the trial of a `record`, preceded by the record's fingerprint.
    pub(super) fn store_masks(&self, record: &Record, masks: &Masks) -> Result<(), StudyError> {
        let file = [record.fingerprint.as_bytes(), &masks.to_bytes()].concat();
        Ok(write_atomically(&self.masks_path(&record.trial), &file)?)
    }

    /// Stores the graph of a trial's network, once.
    pub(super) fn store_graph(
        &self,
        study: &Study,
        trial: &Trial,
        graph: &Graph,
    ) -> Result<(), StudyError> {
        let Some(wired) = &trial.wired else { return Ok(()) };
        let path = self.graph_path(study, trial, wired);
        if path.exists() { Ok(()) } else { Ok(write_graph(graph, &path)?) }
    }

    /// Stores a record ([`Record::sealed`]), whole or not at all.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn store(&self, record: &Record) -> Result<(), StudyError> {
        write_json(&self.record_path(&record.trial), record)?;
        // A failure of an earlier run.
        drop(fs::remove_file(self.failure_path(&record.trial)));
        Ok(())
    }

    /// Stores why a trial could not be computed.
    pub(super) fn store_failure(&self, failure: &Failure) -> Result<(), StudyError> {
        write_json(&self.failure_path(&failure.trial), failure)
    }
}

fn read_model(path: &Path) -> Option<Model> {
    check_regular(path, LARGEST_NAMED).ok()?;
    Model::read(path).ok()
}

fn entries(folder: &Path) -> impl Iterator<Item = fs::DirEntry> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, StudyError> {
    let text = read_regular(path, LARGEST_TEXT)
        .map_err(|source| StudyError::Unreadable { path: path.to_owned(), source })?;
    serde_json::from_slice(&text)
        .map_err(|source| StudyError::Malformed { path: path.to_owned(), source })
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), StudyError> {
    let mut text = serde_json::to_vec_pretty(value).expect("settings and records are plain data");
    text.push(b'\n');
    Ok(write_atomically(path, &text)?)
}
