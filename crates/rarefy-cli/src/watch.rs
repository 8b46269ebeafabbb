//! What a person sees while a study runs.

use std::path::Path;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use rarefy::study::{Observer, Record, Study, Trial};
use rarefy::train::{EpochResult, Judge, epochs_to_recover};
use rarefy_view::naming::called;

use crate::output::{self, counted, note};
use crate::progress::Progress;

/// Where there is no terminal, how long it takes at least until the next line that says how
/// far the study is.
const BETWEEN_TALLIES: Duration = Duration::from_secs(60);

/// Shows a study run: on a terminal what is under way and the best so far, below a bar, and a
/// line for good for each trial that failed or diverged; elsewhere a line for each trial.
pub struct Watch {
    /// Keys that the study sets differently for different trials.
    varied: Vec<&'static str>,
    /// Of the records that were there before.
    found_best: Mutex<Option<Best>>,
    seen: OnceLock<Seen>,
    quiet: bool,
    /// Whether it says of a pruning if it was recovered from.
    verdicts: bool,
}

/// What is seen once it is known what there is to do.
struct Seen {
    progress: Progress,
    /// Characters of the longest name of a trial.
    longest: usize,
    tally: Mutex<Tally>,
}

/// How far the study is.
struct Tally {
    all: usize,
    /// Here or elsewhere, now or before.
    done: usize,
    failed: usize,
    /// Those under way here, the first begun first.
    running: Vec<Running>,
    best: Option<Best>,
    said: Instant,
}

/// A trial under way.
struct Running {
    trial: Trial,
    name: String,
    /// Those it has finished.
    epochs: u32,
}

/// The most accurate network.
struct Best {
    accuracy: f64,
    judge: Judge,
    name: String,
}

impl Watch {
    /// Of a run of `study`.
    pub fn new(study: &Study, quiet: bool) -> Self {
        let (found_best, seen) = (Mutex::default(), OnceLock::new());
        Self { varied: study.varied(), found_best, seen, quiet, verdicts: true }
    }

    /// Does not say whether a pruning was recovered from: who has another measure of that than
    /// the records have says it.
    pub fn without_verdicts(self) -> Self {
        Self { verdicts: false, ..self }
    }

    fn name(&self, trial: &Trial) -> String {
        called(trial, &self.varied)
    }

    /// Keeps the network of `record` in `best` if it is better.
    fn compare(&self, best: &mut Option<Best>, record: &Record) {
        let judge = record.trial.judge();
        let kept = record.kept().filter(|_| record.diverged.is_none());
        let Some(accuracy) = kept.map(|kept| kept.judged(judge).merit()) else { return };
        if best.as_ref().is_none_or(|best| accuracy > best.accuracy) {
            *best = Some(Best { accuracy, judge, name: self.name(&record.trial) });
        }
    }

    /// Changes the tally and shows it.
    fn tell(&self, change: impl FnOnce(&mut Tally)) {
        if let Some(seen) = self.seen.get() {
            let mut tally = seen.tally.lock().expect("nothing panics that holds it");
            change(&mut tally);
            seen.show(&mut tally);
        }
    }

    /// A trial is over, done or failed; so is what it did not need of its epochs.
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

    /// A line about a trial; only elsewhere than on a terminal if it is nothing `unusual`.
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

    /// For below a bar that counts those that are done.
    fn lines(&self) -> [String; 2] {
        let epochs = |Running { trial, name, epochs }: &Running| {
            format!("{name} (epoch {epochs} of {})", trial.run_epochs())
        };
        let names = self.running.iter().map(epochs).collect::<Vec<_>>().join("; ");
        let colon = if names.is_empty() { "" } else { ": " };
        let failed = self.failures().map_or(String::new(), |failed| format!("{failed}, "));
        let best = self.best.as_ref().map_or("none yet".to_owned(), Best::describe);
        [
            // What is cut off on a narrow terminal is the last of those that run.
            format!("{failed}{} running{colon}{names}", self.running.len()),
            format!("best so far: {best}"),
        ]
    }

    /// All of it in one line.
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
        format!("{}, {}", self.name, accuracy(self.judge, self.accuracy))
    }
}

fn accuracy(judge: Judge, accuracy: f64) -> String {
    let judging = match judge {
        Judge::Validation => "held-out",
        Judge::Test => "test",
    };
    format!("{judging} accuracy {accuracy:.4}")
}

/// What became of a trial; of a pruning, with `verdicts`, whether it was recovered from.
fn outcome(record: &Record, verdicts: bool) -> String {
    let judge = record.trial.judge();
    let kept = record.kept();
    let mut parts = Vec::new();
    parts.extend(kept.map(|kept| accuracy(judge, kept.judged(judge).merit())));
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
        // What has no epoch has a base model that diverged and has said so.
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
        tally.best =
            Some(Best { accuracy: 0.98765, judge: Judge::Test, name: "gru-seed0".to_owned() });
        assert_eq!(
            tally.line(left),
            "3 of 12 trials done, 0 running, 1 failed, about 4 minutes left; best so far: \
             gru-seed0, test accuracy 0.9877"
        );
        let lines = ["1 failed, 0 running", "best so far: gru-seed0, test accuracy 0.9877"];
        assert_eq!(tally.lines(), lines);
    }
}
