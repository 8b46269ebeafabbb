//! What a person sees while a study runs.

use std::path::Path;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use rarefy::study::{Observer, Record, Study, Trial};
use rarefy::train::{EpochResult, Judge, Score, epochs_to_recover};
use rarefy_view::naming::called;
use rarefy_view::wording::judged_on;

use crate::output::{self, counted, note};
use crate::progress::Progress;

/// If there is no terminal, the least time between two lines on the study's progress.
const BETWEEN_TALLIES: Duration = Duration::from_secs(60);

/// Shows a running study. On a terminal there is a bar; below it are the trials in progress and the
/// best network so far, and above it a permanent line for each trial that failed or diverged.
/// Elsewhere there is a line for each trial.
pub struct Watch {
    /// Keys whose values differ between trials of the study.
    varied: Vec<&'static str>,
    /// The best network among the records that existed before this run.
    found_best: Mutex<Option<Best>>,
    seen: OnceLock<Seen>,
    quiet: bool,
    /// Whether to say if a pruned network has recovered.
    verdicts: bool,
}

/// What is shown once the work of the run is known.
struct Seen {
    progress: Progress,
    /// Length of the longest name of a trial, in characters.
    longest: usize,
    tally: Mutex<Tally>,
}

/// The progress of the study.
struct Tally {
    all: usize,
    /// Done by this or another process, now or earlier.
    done: usize,
    failed: usize,
    /// Trials in progress in this process, the earliest first.
    running: Vec<Running>,
    best: Option<Best>,
    said: Instant,
}

/// A trial in progress.
struct Running {
    trial: Trial,
    name: String,
    /// The number of epochs it has finished.
    epochs: u32,
}

/// The best network so far.
struct Best {
    score: Score,
    judge: Judge,
    name: String,
}

impl Watch {
    /// For a run of `study`.
    pub fn new(study: &Study, quiet: bool) -> Self {
        let (found_best, seen) = (Mutex::default(), OnceLock::new());
        Self { varied: study.varied(), found_best, seen, quiet, verdicts: true }
    }

    /// Does not say whether a pruned network has recovered. The caller measures recovery
    /// differently and reports it.
    pub fn without_verdicts(self) -> Self {
        Self { verdicts: false, ..self }
    }

    fn name(&self, trial: &Trial) -> String {
        called(trial, &self.varied)
    }

    /// Replaces `best` by the network of `record` if that is better.
    fn compare(&self, best: &mut Option<Best>, record: &Record) {
        let judge = record.trial.judge();
        let kept = record.kept().filter(|_| record.diverged.is_none());
        let Some(score) = kept.map(|kept| *kept.judged(judge)) else { return };
        if best.as_ref().is_none_or(|best| score.merit() > best.score.merit()) {
            *best = Some(Best { score, judge, name: self.name(&record.trial) });
        }
    }

    /// Changes the tally and displays it.
    fn tell(&self, change: impl FnOnce(&mut Tally)) {
        if let Some(seen) = self.seen.get() {
            let mut tally = seen.tally.lock().expect("nothing panics that holds it");
            change(&mut tally);
            seen.show(&mut tally);
        }
    }

    /// A trial has ended, done or failed. Epochs that it did not need count as done.
    fn over(&self, trial: &Trial, is_done: bool) {
        let Some(Seen { progress, .. }) = self.seen.get() else { return };
        self.tell(|tally| {
            let at = tally.running.iter().position(|running| running.trial == *trial);
            let epochs = at.map_or(0, |at| tally.running.remove(at).epochs);
            let rest = trial.cost().saturating_sub(u64::from(epochs) * trial.epoch_cost());
            *(if is_done { &mut tally.done } else { &mut tally.failed }) += 1;
            progress.advance(u64::from(is_done), rest);
        });
    }

    /// Prints a line about a trial. On a terminal, only if it is `unusual`.
    fn line(&self, trial: &Trial, unusual: bool, text: &str) {
        if let Some(Seen { progress, longest, .. }) = self.seen.get()
            && (unusual || !progress.is_drawn())
        {
            progress.line(&format!("{:<longest$} {text}", self.name(trial)));
        }
    }
}

impl Seen {
    fn show(&self, tally: &mut Tally) {
        if self.progress.is_drawn() {
            self.progress.below(&tally.lines());
        } else if tally.said.elapsed() >= BETWEEN_TALLIES {
            tally.said = Instant::now();
            self.progress.line(&tally.line(&self.progress.left()));
        }
    }
}

impl Tally {
    fn failures(&self) -> Option<String> {
        (self.failed > 0).then(|| format!("{} failed", self.failed))
    }

    /// The two lines below the bar. The bar itself counts the trials that are done.
    fn lines(&self) -> [String; 2] {
        let epochs = |Running { trial, name, epochs }: &Running| {
            format!("{name} (epoch {epochs} of {})", trial.run_epochs())
        };
        let names = self.running.iter().map(epochs).collect::<Vec<_>>().join("; ");
        let colon = if names.is_empty() { "" } else { ": " };
        let failed = self.failures().map_or(String::new(), |failed| format!("{failed}, "));
        let best = self.best.as_ref().map_or("none yet".to_owned(), Best::describe);
        [
            // Last, so that on a narrow terminal only names of running trials are cut off.
            format!("{failed}{} running{colon}{names}", self.running.len()),
            format!("best so far: {best}"),
        ]
    }

    /// The whole tally in one line.
    fn line(&self, left: &str) -> String {
        let best = self.best.as_ref();
        let failed = self.failures().map_or(String::new(), |failed| format!(", {failed}"));
        format!(
            "{} of {} done, {} running{failed}, {left}{}",
            self.done,
            counted(self.all, "trial"),
            self.running.len(),
            best.map_or(String::new(), |best| format!("; best so far: {}", best.describe()))
        )
    }
}

impl Best {
    fn describe(&self) -> String {
        format!("{}, {}", self.name, merit(self.judge, &self.score))
    }
}

/// `held-out accuracy 0.9815`
fn merit(judge: Judge, score: &Score) -> String {
    format!("{} {} {:.4}", judged_on(judge), score.merit_is().noun(), score.merit())
}

/// The result of a trial. With `verdicts` it says whether a pruned network has recovered.
fn outcome(record: &Record, verdicts: bool) -> String {
    let judge = record.trial.judge();
    let kept = record.kept();
    let mut parts = Vec::new();
    parts.extend(kept.map(|kept| merit(judge, kept.judged(judge))));
    if let Some(diverged) = &record.diverged {
        parts.push(diverged.to_string());
    } else if let (Some(unpruned), Some(kept), Some(pruning)) =
        (record.unpruned_accuracy, kept, record.trial.pruning())
        && verdicts
    {
        let kept = std::slice::from_ref(kept);
        let lost = epochs_to_recover(kept, judge, unpruned, pruning.tolerance).is_none();
        parts.push(match (record.epochs_to_recover, lost) {
            (None, _) => "not recovered".to_owned(),
            (Some(_), true) => "recovered, then lost again".to_owned(),
            (Some(0), false) => "nothing to recover".to_owned(),
            (Some(epochs), false) => format!("recovered after {}", counted(epochs, "epoch")),
        });
    }
    parts.join("   ")
}

impl Observer for Watch {
    fn found(&self, record: &Record) {
        let mut best = self.found_best.lock().expect("nothing panics that holds it");
        self.compare(&mut best, record);
    }

    fn planned(&self, trials: &[Trial], found_done: usize) {
        let cost = trials.iter().map(|trial| trial.cost()).sum();
        let all = trials.len() + found_done;
        let new = || Seen {
            progress: Progress::new("trial", all as u64, cost, self.quiet),
            longest: trials.iter().map(|trial| self.name(trial).len()).max().unwrap_or_default(),
            tally: Mutex::new(Tally {
                all,
                done: found_done,
                failed: 0,
                running: Vec::new(),
                best: self.found_best.lock().expect("nothing panics that holds it").take(),
                said: Instant::now(),
            }),
        };
        let Seen { progress, .. } = self.seen.get_or_init(new);
        progress.advance(found_done as u64, 0);
        if !progress.is_drawn() {
            let already = match found_done {
                0 => String::new(),
                done => format!("; done before: {done}"),
            };
            progress.line(&format!("{} to run{already}", counted(trials.len(), "trial")));
        }
    }

    fn begun(&self, trial: &Trial) {
        let running = Running { trial: trial.clone(), name: self.name(trial), epochs: 0 };
        self.tell(|tally| tally.running.push(running));
    }

    fn epoch(&self, trial: &Trial, result: &EpochResult) {
        if result.epoch == 0 {
            return;
        }
        if let Some(Seen { progress, .. }) = self.seen.get() {
            progress.advance(0, trial.epoch_cost());
        }
        self.tell(|tally| {
            let running = tally.running.iter_mut().find(|running| running.trial == *trial);
            if let Some(running) = running {
                running.epochs = result.epoch;
            }
        });
    }

    fn done(&self, record: &Record) {
        let trial = &record.trial;
        // A record without epochs belongs to a base model that diverged, which has its own line.
        let is_unusual =
            record.diverged.is_some() && (trial.is_base() || !record.epochs.is_empty());
        self.line(trial, is_unusual, &outcome(record, self.verdicts));
        self.tell(|tally| self.compare(&mut tally.best, record));
        self.over(trial, true);
    }

    fn failed(&self, trial: &Trial, error: &str) {
        if let Some(Seen { progress, longest, .. }) = self.seen.get()
            && !progress.is_quiet()
        {
            output::failed(&format!("{:<longest$}", self.name(trial)), error);
        }
        self.over(trial, false);
    }

    fn elsewhere(&self, trial: &Trial, failed: bool) {
        self.over(trial, !failed);
    }

    fn damaged(&self, path: &Path, why: &str) {
        if !self.quiet {
            note(&format!("{} is damaged ({why}): its trial is computed again", path.display()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_says_in_one_line_how_far_a_study_is() {
        let mut tally = Tally {
            all: 12,
            done: 3,
            failed: 0,
            running: Vec::new(),
            best: None,
            said: Instant::now(),
        };
        let left = "about 4 minutes left";
        assert_eq!(tally.line(left), "3 of 12 trials done, 0 running, about 4 minutes left");
        tally.failed = 1;
        tally.best = Some(Best {
            score: Score::of_classes(98_765, 100_000, 0.0, 0.0),
            judge: Judge::Test,
            name: "gru-seed0".to_owned(),
        });
        assert_eq!(
            tally.line(left),
            "3 of 12 trials done, 0 running, 1 failed, about 4 minutes left; best so far: \
             gru-seed0, test accuracy 0.9877"
        );
        let lines = ["1 failed, 0 running", "best so far: gru-seed0, test accuracy 0.9877"];
        assert_eq!(tally.lines(), lines);
    }
}
