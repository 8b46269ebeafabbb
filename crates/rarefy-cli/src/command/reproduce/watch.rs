//! What a person sees while a study runs.

use std::sync::OnceLock;

use rarefy::study::{Observer, Record, Study, Trial};
use rarefy::train::{self, EpochResult, epochs_to_recover};

use crate::progress::Progress;

/// Shows a study run.
pub struct Watch<'a> {
    study: &'a Study,
    /// Characters of the longest name of a trial.
    longest: usize,
    progress: OnceLock<Progress>,
    quiet: bool,
}

impl<'a> Watch<'a> {
    pub fn new(study: &'a Study, quiet: bool) -> Self {
        let names = study.trials().into_iter().map(|trial| trial.name().len());
        let longest = names.max().unwrap_or_default();
        Self { study, longest, progress: OnceLock::new(), quiet }
    }
}

impl Observer for Watch<'_> {
    fn planned(&self, trials: &[Trial], found_done: usize) {
        let epochs = |trial: &Trial| u64::from(self.study.epochs(trial));
        let all = trials.iter().map(epochs).sum();
        let cost = trials.iter().map(|trial| epochs(trial) * self.study.epoch_cost(trial)).sum();
        let progress = self.progress.get_or_init(|| Progress::new("epochs", all, cost, self.quiet));
        let already = match found_done {
            0 => String::new(),
            done => format!("; done before: trials {done}"),
        };
        progress.line(&format!("to run: trials {}, epochs {all}{already}", trials.len()));
    }

    fn epoch(&self, trial: &Trial, result: &EpochResult) {
        if let Some(progress) = self.progress.get()
            && result.epoch > 0
        {
            progress.advance(1, self.study.epoch_cost(trial));
        }
    }

    fn done(&self, record: &Record) {
        let Some(progress) = self.progress.get() else { return };
        let last = record.epochs.last();
        let run = last.map_or(0, |last| last.epoch);
        let not_run = u64::from(self.study.epochs(&record.trial).saturating_sub(run));
        progress.advance(not_run, not_run * self.study.epoch_cost(&record.trial));
        let mut line = format!("{:<1$}", record.trial.name(), self.longest);
        let Study { judge, tolerance, .. } = *self.study;
        if let Some(last) = last {
            let accuracy = last.judged(judge).accuracy();
            line += &format!(" {} accuracy {accuracy:.4}", judging(self.study));
        }
        if let Some(diverged) = &record.diverged {
            line += &format!(" {diverged}");
        } else if let (Some(unpruned), Some(last)) = (record.unpruned_accuracy, last) {
            let last = std::slice::from_ref(last);
            let lost = epochs_to_recover(last, judge, unpruned, tolerance).is_none();
            line += &match (record.epochs_to_recover, lost) {
                (None, _) => "   not recovered".to_owned(),
                (Some(_), true) => "   recovered, then lost again".to_owned(),
                (Some(0), false) => "   nothing to recover".to_owned(),
                (Some(1), false) => "   recovered after 1 epoch".to_owned(),
                (Some(epochs), false) => format!("   recovered after {epochs} epochs"),
            };
        }
        progress.line(&line);
    }
}

/// What the strings that judge recovery are called.
fn judging(study: &Study) -> &'static str {
    match study.judge {
        train::Judge::Validation => "held-out",
        train::Judge::Test => "test",
    }
}
