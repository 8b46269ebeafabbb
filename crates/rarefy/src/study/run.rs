//! Running a study: all trials that have no record yet, on several threads, and together with other
//! processes that run the same study.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::claim::Claim;
use super::compute::Task;
use super::folder::Found;
use super::graph_choice::is_fingerprint;
use super::progress::Reporter;
use super::record::{Failure, Record};
use super::schedule::Schedule;
use super::{DataSummary, Folder, Shard, Stop, Study, StudyError, StudyFile, Trial, planned};
use crate::data::Corpus;
use crate::format::Model;
use crate::kernel::instruction_set;
use crate::parallel::Team;
use crate::recipe::Stage;
use crate::train::{EpochResult, HoldOut, Merit};

/// Observes a run of a study. Its methods are called from several threads.
pub trait Observer: Sync {
    /// A trial was done before: its record exists when the run begins.
    fn found(&self, _record: &Record) {}
    /// The trials that are left to do, and the number of those that were already done.
    fn planned(&self, _trials: &[Trial], _found_done: usize) {}
    /// This process begins to compute a trial.
    fn begun(&self, _trial: &Trial) {}
    /// A trial has finished an epoch.
    fn epoch(&self, _trial: &Trial, _result: &EpochResult) {}
    /// A trial is done, and its record is on disk.
    fn done(&self, _record: &Record) {}
    /// A trial could not be computed, and a record of that is on disk.
    fn failed(&self, _trial: &Trial, _error: &str) {}
    /// Another process has done a trial, or could not compute it.
    fn elsewhere(&self, _trial: &Trial, _failed: bool) {}
    /// A file is not a valid record; its trial is computed again.
    fn damaged(&self, _path: &Path, _why: &str) {}
}

/// The outcome of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The number of trials in the study.
    pub asked: usize,
    /// The number of trials that have a record now.
    pub done: usize,
    /// The number of those that this run computed.
    pub computed: usize,
    /// The number of trials that could not be computed.
    pub failed: usize,
    /// Whether the run was stopped before all trials were done.
    pub stopped: bool,
}

/// A study that this process runs in a folder, alone or together with other processes.
pub struct Session<'a> {
    study: &'a Study,
    corpus: &'a Corpus<'a>,
    folder: &'a Folder,
    /// The study as the folder holds it: what is declared now, and what was run before.
    file: StudyFile,
    /// Trials whose model is the start of another trial of the folder's study.
    parents: HashSet<u64>,
    stop: Stop,
}

/// What this process may do with a trial.
enum Taken<'c> {
    /// Compute it, while holding this claim.
    Ours(Claim<'c>),
    /// Leave it to another process.
    Elsewhere,
    /// Nothing: another process has just done it.
    Done,
}

impl<'a> Session<'a> {
    /// Begins or continues `study` on the sequences of `corpus` in `folder`.
    ///
    /// # Errors
    /// If a combination of settings is not a valid trial; if the folder holds a study with other
    /// settings (then it is unchanged) or cannot be written; or if the validation share leaves no
    /// training strings to judge by or none to learn from.
    pub fn begin(
        study: &'a Study,
        corpus: &'a Corpus<'a>,
        folder: &'a Folder,
    ) -> Result<Self, StudyError> {
        study.check().map_err(StudyError::Unusable)?;
        planned::check(study, &[Merit::of(&corpus.task)])
            .map_err(|fault| StudyError::Unusable(fault.to_string()))?;
        check_hold_out(study, corpus)?;
        let unread = |name: &String| !is_fingerprint(name);
        let given = study.trials().find_map(|trial| trial.recipe.wired?.given.filter(unread));
        if let Some(name) = given {
            return Err(StudyError::Unusable(format!("its graph file {name} was not read")));
        }
        let stop = Stop::new();
        let file = folder.widen(study, DataSummary::of(corpus), stop.claims())?;
        let parents =
            file.study.trials().filter_map(|trial| Some(trial.parent()?.hash())).collect();
        Ok(Self { study, corpus, folder, file, parents, stop })
    }

    /// What the folder holds about the study that is run in it.
    pub fn file(&self) -> &StudyFile {
        &self.file
    }

    /// Ends a run of this session early.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Computes the trials of the study, or of a share of it, that have no record in the folder, on
    /// `jobs` threads. Waits for those that another process computes. Each record is on disk before
    /// its thread takes the next trial, so a run that is interrupted in any way can be resumed.
    ///
    /// # Errors
    /// If the folder cannot be written. Results until then are kept.
    pub fn run(
        &self,
        jobs: usize,
        shard: Option<Shard>,
        observer: &dyn Observer,
    ) -> Result<Outcome, StudyError> {
        let mut outcome = Outcome::default();
        let mut pending = Vec::new();
        let mut consider = |trial: Trial| {
            outcome.asked += 1;
            match self.finished(&trial, Some(observer)) {
                true => outcome.done += 1,
                false => pending.push(trial),
            }
        };
        match shard {
            None => self.study.trials().for_each(&mut consider),
            Some(shard) => shard.trials(self.study).into_iter().for_each(&mut consider),
        }
        observer.planned(&pending, outcome.done);
        // Trials that failed before are tried again once.
        let tried: HashMap<u64, u32> = pending
            .iter()
            .filter_map(|trial| Some((trial.hash(), self.folder.failure(trial)?.attempts)))
            .collect();

        let workers = jobs.clamp(1, pending.len().max(1));
        let team = Team::new(jobs);
        let schedule = Schedule::new(pending, self.stop.clone());
        let broken = Mutex::new(None);
        let counts = [const { AtomicUsize::new(0) }; 3];
        let [computed, elsewhere, failed] = &counts;
        let count = |counter: &AtomicUsize| counter.fetch_add(1, Ordering::Relaxed);
        let step = |place, trial: &Trial| -> Result<(), StudyError> {
            match self.take(trial, &tried)? {
                Taken::Elsewhere => {
                    schedule.elsewhere(place);
                    return Ok(());
                }
                Taken::Done => {
                    let is_done = self.finished(trial, None);
                    count(if is_done { elsewhere } else { failed });
                    observer.elsewhere(trial, !is_done);
                }
                Taken::Ours(_claim) => {
                    observer.begun(trial);
                    // Dropped after the record has been written, and before the claim is released.
                    let mut reporter = Reporter::new(self.folder.progress_path(trial));
                    // Threads without a trial help with the others.
                    let compute = || self.compute(trial, observer, &mut reporter);
                    match team.install(compute)? {
                        Ok(record) => {
                            let record = record.sealed();
                            self.folder.store(&record)?;
                            count(computed);
                            observer.done(&record);
                        }
                        Err(error) => {
                            let attempts = 1 + tried.get(&trial.hash()).copied().unwrap_or(0);
                            let version = env!("CARGO_PKG_VERSION").to_owned();
                            let trial = trial.clone();
                            let failure = Failure { trial, version, error, attempts };
                            self.folder.store_failure(&failure)?;
                            count(failed);
                            observer.failed(&failure.trial, &failure.error);
                        }
                    }
                }
            }
            schedule.done(place);
            Ok(())
        };
        let work = || {
            let _guard = StopOnPanic(&schedule);
            while let Some((place, trial)) = schedule.next() {
                if let Err(error) = step(place, trial) {
                    broken.lock().expect("no worker panicked").get_or_insert(error);
                    schedule.stop();
                }
            }
        };
        std::thread::scope(|scope| {
            // This thread works too. If the system starts no more threads, the run is only slower.
            for _ in 1..workers {
                if std::thread::Builder::new().spawn_scoped(scope, work).is_err() {
                    break;
                }
            }
            work();
        });
        if let Some(error) = broken.into_inner().expect("no worker panicked") {
            return Err(error);
        }
        let [computed, elsewhere, failed] = counts.map(AtomicUsize::into_inner);
        outcome.done += computed + elsewhere;
        outcome.computed = computed;
        outcome.failed = failed;
        outcome.stopped = outcome.done + failed < outcome.asked;
        if !outcome.stopped {
            self.folder.tidy(self.stop.claims());
        }
        Ok(outcome)
    }

    /// Takes the trial, unless another process holds it or has done it since this run began.
    fn take(&self, trial: &Trial, tried: &HashMap<u64, u32>) -> Result<Taken<'_>, StudyError> {
        let settled = || {
            let before = tried.get(&trial.hash()).copied().unwrap_or(0);
            let failure = self.folder.failure(trial);
            self.finished(trial, None) || failure.is_some_and(|f| f.attempts > before)
        };
        if settled() {
            return Ok(Taken::Done);
        }
        match self.folder.claim(trial, self.stop.claims())? {
            None => Ok(Taken::Elsewhere),
            // The process that held it may have finished between the two checks.
            Some(_claim) if settled() => Ok(Taken::Done),
            Some(claim) => Ok(Taken::Ours(claim)),
        }
    }

    /// Whether `trial` need not be computed: it has a record, which was computed with this
    /// machine's instruction set, and the model that it should leave exists.
    fn finished(&self, trial: &Trial, tell: Option<&dyn Observer>) -> bool {
        match self.folder.record(trial, &self.file.data) {
            Found::Nothing => false,
            Found::Damaged(path, why) => {
                if let Some(observer) = tell {
                    observer.damaged(&path, &why);
                }
                false
            }
            Found::Record(record) => {
                let complete = record.instruction_set == instruction_set()
                    && (!self.leaves_model(trial)
                        || record.diverged.is_some()
                        || self.folder.model(&record).is_some());
                if let Some(observer) = tell.filter(|_| complete) {
                    observer.found(&record);
                }
                complete
            }
        }
    }

    fn leaves_model(&self, trial: &Trial) -> bool {
        (trial.is_base() && self.file.study.keep_models) || self.parents.contains(&trial.hash())
    }

    /// The record of a trial, or why it could not be computed.
    fn compute(
        &self,
        trial: &Trial,
        observer: &dyn Observer,
        reporter: &mut Reporter,
    ) -> Result<Result<Record, String>, StudyError> {
        let (corpus, data) = (self.corpus, &self.file.data);
        let observe = |result: &EpochResult| {
            reporter.epoch(result);
            observer.epoch(trial, result);
        };
        let parent = match trial.parent() {
            None => None,
            Some(parent) => match self.folder.record(&parent, data) {
                Found::Record(record) => Some(record),
                _ => {
                    let failure = self.folder.failure(&parent);
                    let why = failure.map_or("it has no record".to_owned(), |f| f.error);
                    return Ok(Err(format!("its base model {} failed: {why}", parent.label())));
                }
            },
        };
        let graph = trial.wired.as_ref().map(|wired| self.folder.graph(wired)).transpose();
        let graph = match graph {
            Ok(graph) => graph,
            Err(error) => return Ok(Err(error)),
        };
        if let Some(graph) = &graph {
            self.folder.store_graph(&self.file.study, trial, graph)?;
        }
        let given = match self.given(trial) {
            Ok(given) => given,
            Err(error) => return Ok(Err(error)),
        };
        let given = given.as_ref();
        let task = Task { trial, corpus, data, graph: graph.as_ref(), given };
        let parent = match &parent {
            None => None,
            Some(parent) => {
                if let Some(diverged) = parent.diverged {
                    return Ok(Ok(task.without_parent(diverged)));
                }
                let Some(model) = self.folder.model(parent) else {
                    return Ok(Err(format!(
                        "the base model {} is missing or does not match its record",
                        self.folder.model_path(&parent.trial).display()
                    )));
                };
                Some((&**parent, model))
            }
        };
        match caught(|| task.run(parent, observe)) {
            Err(error) => Ok(Err(error)),
            Ok((mut record, model)) => {
                if record.pruned.is_some() {
                    self.folder.store_masks(&record, model.network.masks())?;
                }
                match self.leaves_model(trial) {
                    // The model is written first, because a record means that its trial is
                    // complete.
                    true => model.write(&self.folder.model_path(trial))?,
                    false => record.model = None,
                }
                Ok(Ok(record))
            }
        }
    }

    /// The trained model given for a trial, if there is one.
    fn given(&self, trial: &Trial) -> Result<Option<Model>, String> {
        let Some(fingerprint) = &trial.model else { return Ok(None) };
        let given = self.folder.given(fingerprint).ok_or_else(|| {
            let path = self.folder.given_path(fingerprint);
            format!("the model {} is missing or has changed", path.display())
        })?;
        Ok(Some(given))
    }

    /// The model of a `record` of a trial that prunes, after its retraining or before it. It is
    /// computed again, because pruned models are not saved.
    ///
    /// # Errors
    /// Why it could not be computed, or that the result differs from the record.
    ///
    /// # Panics
    /// If the record belongs to a trial that does not prune.
    pub fn pruned_model(&self, record: &Record, retrained: bool) -> Result<Model, String> {
        let mut trial = record.trial.clone();
        if !retrained {
            trial.recipe.stages.iter_mut().for_each(Stage::train_no_more)
        }
        let trial = &trial;
        let parent = record.trial.parent().expect("a trial that prunes");
        let Found::Record(parent) = self.folder.record(&parent, &self.file.data) else {
            return Err(format!("its base model {} has no record", parent.label()));
        };
        let model = self.folder.model(&parent).ok_or("its base model is missing")?;
        let (corpus, data) = (self.corpus, &self.file.data);
        let given = self.given(trial)?;
        // The network is that of the parent's model, so no graph is needed.
        let task = Task { trial, corpus, data, graph: None, given: given.as_ref() };
        let (again, model) = task.run(Some((&parent, model)), |_| {})?;
        let mut before = record.epochs.clone();
        if !retrained {
            before.truncate(1);
            // Without training no masks change.
            before.iter_mut().for_each(|epoch| epoch.moved = None);
        }
        match before == again.epochs {
            true => Ok(model),
            false => Err(format!(
                "computing {} again gave another result than its record: were its files changed?",
                trial.label()
            )),
        }
    }
}

/// A panic is a bug in the program: it loses that trial, but not the others.
fn caught<T>(compute: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(compute)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("internal error, please report it: {}", text.unwrap_or("panic")))
    })
}

/// Checks that each validation share leaves sequences on both sides.
fn check_hold_out(study: &Study, corpus: &Corpus) -> Result<(), StudyError> {
    let mut checked: Vec<f64> = Vec::new();
    for trial in study.trials() {
        let share = trial.validation_share;
        if !checked.contains(&share) {
            checked.push(share);
            HoldOut::new(&corpus.train, share, 0)?;
        }
    }
    Ok(())
}

/// Stops the other workers if one panics, so that they do not wait for its trial.
struct StopOnPanic<'a>(&'a Schedule);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}
