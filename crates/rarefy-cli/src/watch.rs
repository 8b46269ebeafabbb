//! What a person sees while a study runs.

use std::path::Path;
use std::sync::OnceLock;

use rarefy::study::{Observer, Record, Trial};
use rarefy::train::{EpochResult, Judge, epochs_to_recover};

use crate::arguments::note;
use crate::progress::Progress;

/// Shows a study run.
pub struct Watch {
    /// With the characters of the longest name of a trial.
    progress: OnceLock<(Progress, usize)>,
    quiet: bool,
}

impl Watch {
    pub fn new(quiet: bool) -> Self {
        Self { progress: OnceLock::new(), quiet }
    }

    /// All epochs of a trial that were not seen one by one.
    fn skip(&self, trial: &Trial, seen: u64) {
        if let Some((progress, _)) = self.progress.get() {
            let rest = u64::from(trial.run_epochs()).saturating_sub(seen);
            progress.advance(rest, rest * trial.epoch_cost());
        }
    }

    /// A line about a trial.
    fn line(&self, trial: &Trial, text: &str) {
        if let Some((progress, longest)) = self.progress.get() {
            progress.line(&format!("{:<longest$}{text}", trial.label()));
        }
    }
}

impl Observer for Watch {
    fn planned(&self, trials: &[Trial], found_done: usize) {
        let epochs = |trial: &Trial| u64::from(trial.run_epochs());
        let all = trials.iter().map(epochs).sum();
        let cost = trials.iter().map(|trial| epochs(trial) * trial.epoch_cost()).sum();
        let longest = trials.iter().map(|trial| trial.label().len()).max().unwrap_or_default();
        let new = || (Progress::new("epochs", all, cost, self.quiet), longest);
        let (progress, _) = self.progress.get_or_init(new);
        let already = match found_done {
            0 => String::new(),
            done => format!("; done before: trials {done}"),
        };
        progress.line(&format!("to run: trials {}, epochs {all}{already}", trials.len()));
    }

    fn epoch(&self, trial: &Trial, result: &EpochResult) {
        if let Some((progress, _)) = self.progress.get()
            && result.epoch > 0
        {
            progress.advance(1, trial.epoch_cost());
        }
    }

    fn done(&self, record: &Record) {
        let last = record.epochs.last();
        self.skip(&record.trial, last.map_or(0, |last| u64::from(last.epoch)));
        let mut line = String::new();
        let judge = record.trial.judge();
        let kept = record.kept();
        if let Some(kept) = kept {
            let judging = match judge {
                Judge::Validation => "held-out",
                Judge::Test => "test",
            };
            line += &format!(" {judging} accuracy {:.4}", kept.judged(judge).accuracy());
        }
        if let Some(diverged) = &record.diverged {
            line += &format!(" {diverged}");
        } else if let (Some(unpruned), Some(kept), Some(pruning)) =
            (record.unpruned_accuracy, kept, record.trial.pruning)
        {
            let kept = std::slice::from_ref(kept);
            let lost = epochs_to_recover(kept, judge, unpruned, pruning.tolerance).is_none();
            line += &match (record.epochs_to_recover, lost) {
                (None, _) => "   not recovered".to_owned(),
                (Some(_), true) => "   recovered, then lost again".to_owned(),
                (Some(0), false) => "   nothing to recover".to_owned(),
                (Some(1), false) => "   recovered after 1 epoch".to_owned(),
                (Some(epochs), false) => format!("   recovered after {epochs} epochs"),
            };
        }
        self.line(&record.trial, &line);
    }

    fn failed(&self, trial: &Trial, error: &str) {
        self.skip(trial, 0);
        self.line(trial, &format!(" failed: {error}"));
    }

    fn elsewhere(&self, trial: &Trial) {
        self.skip(trial, 0);
    }

    fn damaged(&self, path: &Path, why: &str) {
        if !self.quiet {
            note(&format!("{} is damaged ({why}): its trial is computed again", path.display()));
        }
    }
}
