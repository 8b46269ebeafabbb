//! Running a study: every trial that has no record yet, on several threads.

use std::fs::File;
use std::sync::Mutex;

use super::schedule::Schedule;
use super::trial::{fingerprint, prune_and_recover, train_base, without_base};
use super::{DataSummary, Folder, Networks, Record, Study, StudyError, StudyFile, Trial};
use crate::data::Corpus;
use crate::kernel::instruction_set;
use crate::train::{EpochResult, Judge, hold_out};

/// Sees a study run. Called from several threads.
pub trait Observer: Sync {
    /// How many epochs there are to do, after those that were found done.
    fn planned(&self, _trials: &[Trial], _found_done: usize) {}
    /// A trial has finished an epoch.
    fn epoch(&self, _trial: &Trial, _result: &EpochResult) {}
    /// A trial is done and its record on disk.
    fn done(&self, _record: &Record) {}
}

/// A study that this process alone runs in its folder, until it is dropped or killed.
pub struct Session<'a> {
    study: &'a Study,
    corpus: &'a Corpus,
    folder: &'a Folder,
    /// The study as the folder has it: this one's cells, seeds, scopes and percents,
    /// and those that were run before.
    file: StudyFile,
    _lock: File,
}

impl<'a> Session<'a> {
    /// Takes `folder` for `study` on the strings of `corpus`.
    ///
    /// # Errors
    /// When the folder holds a study of other settings (then nothing in it has
    /// changed), is in use or cannot be written, or when the validation share of the
    /// training strings leaves none to judge by or none to learn from.
    pub fn begin(
        study: &'a Study,
        corpus: &'a Corpus,
        folder: &'a Folder,
    ) -> Result<Self, StudyError> {
        let (learnt, held_out) = hold_out(&corpus.train, study.validation_share, 0);
        if learnt.is_empty() || (held_out.is_empty() && study.judge == Judge::Validation) {
            let (share, strings) = (study.validation_share, corpus.train.len());
            let (held_out, learnt) = (held_out.len(), learnt.len());
            return Err(StudyError::HoldOut { share, strings, held_out, learnt });
        }
        let _lock = folder.lock()?;
        let file = folder.widen(study, DataSummary::of(corpus))?;
        if let Networks::Wired(sample) = &study.networks {
            for (family, number) in sample.all() {
                folder.store_graph(&sample.graph(family, number)?, family, number)?;
            }
        }
        Ok(Self { study, corpus, folder, file, _lock })
    }

    /// What the folder says about the study run in it.
    pub fn file(&self) -> &StudyFile {
        &self.file
    }

    /// Computes the trials that the folder has no record of, on `jobs` threads, and
    /// returns all records of the folder, in the order of [`Study::trials`].
    /// Each record is on disk before its thread takes the next trial, so a run that is
    /// stopped anyhow goes on where it was.
    ///
    /// # Errors
    /// When the folder cannot be written. What was finished by then stays.
    pub fn run(&self, jobs: usize, observer: &dyn Observer) -> Result<Vec<Record>, StudyError> {
        let trials = self.study.trials();
        let pending: Vec<Trial> =
            trials.iter().filter(|trial| self.finished(trial).is_none()).cloned().collect();
        observer.planned(&pending, trials.len() - pending.len());

        let cost =
            |trial: &Trial| self.study.epoch_cost(trial) * u64::from(self.study.epochs(trial));
        let schedule = Schedule::new(pending.clone(), cost);
        let failure = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..jobs.clamp(1, pending.len().max(1)) {
                scope.spawn(|| {
                    let _guard = StopOnPanic(&schedule);
                    while let Some(trial) = schedule.next() {
                        match self.run_one(&trial, observer) {
                            Ok(record) => observer.done(&record),
                            Err(error) => {
                                failure.lock().expect("no worker panicked").get_or_insert(error);
                                schedule.stop();
                            }
                        }
                        schedule.done(&trial);
                    }
                });
            }
        });
        match failure.into_inner().expect("no worker panicked") {
            Some(error) => Err(error),
            None => Ok(self.folder.records(&self.file)),
        }
    }

    /// The record of `trial`, if it need not be computed: it is there, was computed with
    /// the instructions of this machine, and the model it left is there too.
    fn finished(&self, trial: &Trial) -> Option<Record> {
        let record = self.folder.record(self.study, trial, &self.file.data)?;
        let complete = record.model.is_none()
            || record.diverged.is_some()
            || self.folder.model(&record).is_some();
        (complete && record.instruction_set == instruction_set()).then_some(record)
    }

    fn run_one(&self, trial: &Trial, observer: &dyn Observer) -> Result<Record, StudyError> {
        let (study, corpus) = (self.study, self.corpus);
        let print = fingerprint(study, trial, &self.file.data, instruction_set());
        let observe = |result: &EpochResult| observer.epoch(trial, result);
        let record = match trial.base() {
            None => {
                let (record, model) = train_base(study, trial, corpus, print, observe)?;
                // The model first: a record says that its trial is complete.
                model.write(&self.folder.model_path(trial))?;
                record
            }
            Some(base) => {
                let lost = || StudyError::LostBase { path: self.folder.model_path(&base) };
                let base = self.folder.record(study, &base, &self.file.data).ok_or_else(lost)?;
                match (base.diverged, base.epochs.last()) {
                    (Some(diverged), _) => without_base(trial, print, diverged),
                    (None, Some(last)) => {
                        let unpruned = last.judged(study.judge).accuracy();
                        let model = self.folder.model(&base).ok_or_else(lost)?;
                        prune_and_recover(study, trial, corpus, print, unpruned, model, observe)?
                    }
                    (None, None) => return Err(lost()),
                }
            }
        };
        self.folder.store(&record)?;
        Ok(record)
    }
}

/// Keeps the other workers from waiting for a base model whose worker panicked.
struct StopOnPanic<'a>(&'a Schedule);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}
