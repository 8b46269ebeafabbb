//! Running a study: every trial that has no record yet, on several threads.

use std::sync::Mutex;

use super::schedule::Schedule;
use super::trial::{fingerprint, prune_and_recover, train_base, without_base};
use super::{DataSummary, Folder, PruningStudy, Record, StudyData, StudyError, Trial};
use crate::format::Model;
use crate::train::EpochResult;

/// Sees a study run. Called from several threads.
pub trait Observer: Sync {
    /// How many epochs there are to do, after those that were found done.
    fn planned(&self, _trials: &[Trial], _found_done: usize) {}
    /// A trial has finished an epoch.
    fn epoch(&self, _trial: &Trial, _result: &EpochResult) {}
    /// A trial is done and its record on disk.
    fn done(&self, _record: &Record) {}
}

/// Computes the trials of `study` that `folder` has no record of, on `jobs` threads,
/// and returns all records in the order of [`PruningStudy::trials`]. Each record is
/// on disk before its thread takes the next trial, so a run that is stopped anyhow
/// goes on where it was.
///
/// # Errors
/// When the folder is another study's, is in use, or cannot be written. What was
/// finished by then stays.
pub fn run(
    study: &PruningStudy,
    data: &StudyData,
    folder: &Folder,
    jobs: usize,
    observer: &dyn Observer,
) -> Result<Vec<Record>, StudyError> {
    let _lock = folder.lock()?;
    let summary = data.summary();
    folder.begin(study, &summary)?;
    let trials = study.trials();
    let pending: Vec<Trial> = trials
        .iter()
        .filter(|trial| finished(study, folder, trial, &summary).is_none())
        .cloned()
        .collect();
    observer.planned(&pending, trials.len() - pending.len());

    let schedule = Schedule::new(pending.clone());
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, pending.len().max(1)) {
            scope.spawn(|| {
                while let Some(trial) = schedule.next() {
                    match run_one(study, data, folder, &summary, &trial, observer) {
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
    if let Some(error) = failure.into_inner().expect("no worker panicked") {
        return Err(error);
    }
    let record = |trial: &Trial| {
        finished(study, folder, trial, &summary).expect("every trial has just left its record")
    };
    Ok(trials.iter().map(record).collect())
}

/// The record of `trial`, if it is there, is this study's, and has what others need
/// of it.
fn finished(
    study: &PruningStudy,
    folder: &Folder,
    trial: &Trial,
    summary: &DataSummary,
) -> Option<Record> {
    let record = folder.record(trial)?;
    let same = record.fingerprint == fingerprint(study, trial, summary);
    let complete = trial.pruning.is_some() || folder.model_path(trial).exists();
    (same && complete).then_some(record)
}

fn run_one(
    study: &PruningStudy,
    data: &StudyData,
    folder: &Folder,
    summary: &DataSummary,
    trial: &Trial,
    observer: &dyn Observer,
) -> Result<Record, StudyError> {
    let print = fingerprint(study, trial, summary);
    let observe = |result: &EpochResult| observer.epoch(trial, result);
    let record = match trial.base() {
        None => {
            let (record, model) = train_base(study, trial, data, print, observe);
            // The model first: a record says that its trial is complete.
            model.write(&folder.model_path(trial))?;
            record
        }
        Some(base) => {
            let base_record = finished(study, folder, &base, summary)
                .expect("the schedule hands out no pruning before its base is done");
            match (base_record.diverged, base_record.epochs.last()) {
                (None, Some(last)) => {
                    let unpruned = last.judged(study.judge).accuracy();
                    let model = Model::read(&folder.model_path(&base))?;
                    prune_and_recover(study, trial, data, print, unpruned, model, observe)?
                }
                (diverged, _) => without_base(trial, print, diverged.expect("it trained no epoch")),
            }
        }
    };
    folder.store(&record)?;
    Ok(record)
}
