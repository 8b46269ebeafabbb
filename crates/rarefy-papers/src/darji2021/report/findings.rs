//! What the records show over seeds: curves, safe percentages, epochs to recover, and which trials
//! are missing.
//!
//! Whether a network recovered by the study's own judge was decided when its record was made, and
//! is not decided again. The thesis was judged on test sequences. So whatever is compared with it
//! uses [`Judge::Test`], which applies the same rule ([`super::outcome`]) to the test accuracies of
//! the record. A percentage is safe if pruning alone did not take the network below the level.
//! Curves always refer to the test sequences, because those are what the thesis published.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy::study::{EpochResult, Record, Score, Trial};
use rarefy::train::Judge;
use rarefy_view::curve::Curve;
use rarefy_view::spread::Spread;
use rarefy_view::wording;

use crate::arm::LEARNED;
use crate::darji2021::report::design::Design;
use crate::darji2021::report::outcome::{Outcome, Recovery};
use crate::darji2021::report::safe_percent::SafePercent;

/// Number of seeds with records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    /// For the cell with the fewest, among those with any.
    pub least: usize,
    /// For the cell with the most.
    pub most: usize,
}

impl fmt::Display for Seeds {
    /// `3 seeds`, `1 to 3 seeds`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.least < self.most {
            write!(f, "{} to ", self.least)?;
        }
        f.write_str(&wording::count(self.most, "seed"))
    }
}

/// The trials of one study and their records.
pub struct Findings<'a> {
    /// The design of the study.
    pub study: &'a Design,
    /// Whether results are compared with the thesis's, because the data is of its task.
    pub beside_thesis: bool,
    /// In the order of the study; `None` for a trial without a record.
    trials: Vec<(Trial, Option<&'a Record>)>,
}

impl<'a> Findings<'a> {
    /// Records that do not belong to a trial of the study are ignored.
    pub fn new(study: &'a Design, records: &'a [Record], beside_thesis: bool) -> Self {
        let by_name: HashMap<String, &Record> =
            records.iter().map(|record| (record.trial.name(), record)).collect();
        let with_record = |trial: Trial| {
            let record = by_name.get(&trial.name()).copied();
            (trial, record)
        };
        let trials = study.trials.iter().cloned().map(with_record).collect();
        Self { study, beside_thesis, trials }
    }

    /// Number of trials in the study.
    pub fn planned(&self) -> usize {
        self.trials.len()
    }

    /// Number of trials with a record.
    pub fn done(&self) -> usize {
        self.records().count()
    }

    /// The trials without a record, in the study's order.
    pub fn missing(&self) -> impl Iterator<Item = &Trial> {
        self.trials.iter().filter(|(_, record)| record.is_none()).map(|(trial, _)| trial)
    }

    /// Number of seeds that the findings are based on.
    pub fn seeds(&self) -> Seeds {
        let of = |&cell: &Cell| {
            let own = self.records().filter(|record| record.trial.cell == cell);
            own.map(|record| record.trial.seed).collect::<BTreeSet<u64>>().len()
        };
        let counts: Vec<usize> = self.study.cells.iter().map(of).filter(|&n| n > 0).collect();
        let [least, most] = [counts.iter().min(), counts.iter().max()];
        Seeds { least: least.copied().unwrap_or(0), most: most.copied().unwrap_or(0) }
    }

    /// Every record of the study, in the study's order.
    pub fn records(&self) -> impl Iterator<Item = &'a Record> {
        self.trials.iter().filter_map(|(_, record)| *record)
    }

    /// The records of the base models of a cell, by seed.
    pub fn base_records(&self, cell: Cell) -> Vec<&'a Record> {
        self.records().filter(|r| r.trial.cell == cell && r.trial.is_base()).collect()
    }

    /// The records of one pruning, by seed.
    pub fn pruned_records(&self, cell: Cell, scope: Scope, percent: f64) -> Vec<&'a Record> {
        self.records().filter(|r| is_pruning(&r.trial, cell, scope, percent)).collect()
    }

    /// The percentages of the study, ascending.
    pub fn percents(&self) -> Vec<f64> {
        let mut percents = self.study.percents.clone();
        percents.sort_by(f64::total_cmp);
        percents.dedup();
        percents
    }

    /// The unpruned accuracy on the judging sequences, from the base model's record or from any
    /// record that was compared with it.
    pub fn unpruned(&self, cell: Cell, seed: u64) -> Option<f64> {
        let mut own = self.records().filter(|r| r.trial.cell == cell && r.trial.seed == seed);
        own.find_map(|record| match record.trial.pruning() {
            Some(_) => record.unpruned_accuracy,
            None => Some(record.epochs.last()?.judged(self.study.judge).accuracy()),
        })
    }

    /// The unpruned accuracy on the test sequences; `None` until it is known.
    pub fn unpruned_on_test(&self, cell: Cell, seed: u64) -> Option<f64> {
        let base = self.base_records(cell).into_iter().find(|r| r.trial.seed == seed)?;
        base.epochs.last().map(test_accuracy)
    }

    /// The test accuracy below which a network of this cell is worse than the unpruned one, as a
    /// mean over seeds.
    pub fn level_on_test(&self, cell: Cell) -> Option<f64> {
        let unpruned = self.study.seeds.iter().filter_map(|&s| self.unpruned_on_test(cell, s));
        Spread::of(unpruned).map(|spread| spread.mean - self.study.tolerance)
    }

    /// Whether the base model exceeded chance; `None` until it is known.
    pub fn learned(&self, cell: Cell, seed: u64) -> Option<bool> {
        self.unpruned(cell, seed).map(|accuracy| accuracy >= LEARNED)
    }

    /// Whether some base model of the cell is known to have stayed at chance.
    pub fn some_unlearned(&self, cell: Cell) -> bool {
        self.study.seeds.iter().any(|&seed| self.learned(cell, seed) == Some(false))
    }

    /// Whether base models of the cell are known, and none of them exceeded chance.
    pub fn none_learned(&self, cell: Cell) -> bool {
        self.some_unlearned(cell)
            && !self.study.seeds.iter().any(|&seed| self.learned(cell, seed) == Some(true))
    }

    /// Test accuracy of the base models by epoch.
    pub fn base_curve(&self, cell: Cell) -> Curve {
        by_epoch(&self.base_records(cell))
    }

    /// Test accuracy right after pruning by percentage; 0 % is the base models.
    pub fn pruning_curve(&self, cell: Cell, scope: Scope) -> Curve {
        let unpruned = self.base_records(cell);
        let unpruned = unpruned.iter().filter_map(|r| r.epochs.last());
        let mut curve = Curve::new();
        if !self.study.percents.contains(&0.0) {
            curve.extend(Spread::of(unpruned.map(test_accuracy)).map(|spread| (0.0, spread)));
        }
        for percent in self.percents() {
            let records = self.pruned_records(cell, scope, percent);
            let scores = records.iter().filter_map(|r| r.epochs.first()).map(test_accuracy);
            curve.extend(Spread::of(scores).map(|spread| (percent, spread)));
        }
        curve
    }

    /// Test accuracy after pruning by epoch of retraining.
    pub fn retraining_curve(&self, cell: Cell, scope: Scope, percent: f64) -> Curve {
        by_epoch(&self.pruned_records(cell, scope, percent))
    }

    /// The outcome of a pruned network by `judge`; `None` if it is unknown.
    pub fn outcome(&self, record: &Record, judge: Judge) -> Option<Outcome> {
        let tolerance = self.study.tolerance;
        if judge == self.study.judge {
            return Some(Outcome::of_record(record, judge, tolerance));
        }
        let unpruned = match judge {
            Judge::Test => self.unpruned_on_test(record.trial.cell, record.trial.seed),
            // The study held nothing out.
            Judge::Validation => None,
        };
        let unpruned = match (unpruned, &record.diverged) {
            (None, Some(_)) => f64::INFINITY,
            (unpruned, _) => unpruned?,
        };
        Some(Outcome::of(&record.epochs, judge, unpruned, tolerance).diverged(record))
    }

    /// The outcomes of the networks of one pruning by `judge`, best first: one for each seed with a
    /// record.
    pub fn outcomes(&self, cell: Cell, scope: Scope, percent: f64, judge: Judge) -> Vec<Outcome> {
        let records = self.pruned_records(cell, scope, percent);
        let mut outcomes: Vec<Outcome> =
            records.iter().filter_map(|record| self.outcome(record, judge)).collect();
        outcomes.sort();
        outcomes
    }

    /// The safe percentage by `judge` of each seed with a record, ascending.
    pub fn safe_percents(&self, cell: Cell, scope: Scope, judge: Judge) -> Vec<SafePercent> {
        let seeds = self.study.seeds.iter();
        let mut safe: Vec<SafePercent> =
            seeds.filter_map(|&seed| self.safe_percent(cell, scope, seed, judge)).collect();
        safe.sort_by(|a, b| a.percent.total_cmp(&b.percent));
        safe
    }

    fn safe_percent(
        &self,
        cell: Cell,
        scope: Scope,
        seed: u64,
        judge: Judge,
    ) -> Option<SafePercent> {
        let outcome = |percent| {
            let found = self.pruned_records(cell, scope, percent);
            let own = found.into_iter().find(|r| r.trial.seed == seed)?;
            self.outcome(own, judge)
        };
        let outcomes: Vec<(f64, Option<Outcome>)> =
            self.percents().into_iter().map(|percent| (percent, outcome(percent))).collect();
        outcomes.iter().find(|(_, outcome)| outcome.is_some())?;
        let mut safe = 0.0;
        for (percent, outcome) in outcomes {
            match outcome.map(|outcome| outcome.recovery) {
                Some(Recovery::After(0)) => safe = percent,
                Some(_) => return Some(SafePercent { percent: safe, open: false }),
                None => return Some(SafePercent { percent: safe, open: true }),
            }
        }
        Some(SafePercent { percent: safe, open: false })
    }

    /// The networks that had recovered by the study's judge and yet ended below the level. Networks
    /// whose base model stayed at chance are left out.
    pub fn fell_again(&self) -> Vec<&'a Record> {
        let fell = |record: &&Record| {
            let trial = &record.trial;
            trial.pruning().is_some()
                && self.learned(trial.cell, trial.seed) == Some(true)
                && self.outcome(record, self.study.judge).is_some_and(|o| o.fell_again)
        };
        self.records().filter(fell).collect()
    }

    /// Trials whose training ended early, or that have a loss that is not finite.
    pub fn diverged(&self) -> Vec<&'a Trial> {
        let finite = |score: &Score| score.loss_sum.is_finite() && score.loss_mean.is_finite();
        let sound = |epoch: &EpochResult| {
            let scores = [epoch.train, epoch.validation, Some(epoch.test)];
            scores.iter().flatten().all(finite)
        };
        let diverged = |r: &&Record| r.diverged.is_some() || !r.epochs.iter().all(sound);
        self.records().filter(diverged).map(|record| &record.trial).collect()
    }

    /// Total wall-clock seconds of all records.
    pub fn seconds(&self) -> f64 {
        self.records().flat_map(|record| &record.seconds).sum()
    }
}

fn is_pruning(trial: &Trial, cell: Cell, scope: Scope, percent: f64) -> bool {
    trial.cell == cell && trial.pruning().is_some_and(|p| p.scope == scope && p.percent == percent)
}

fn test_accuracy(epoch: &EpochResult) -> f64 {
    epoch.test.accuracy()
}

fn by_epoch(records: &[&Record]) -> Curve {
    let mut epochs: Vec<u32> = records.iter().flat_map(|r| &r.epochs).map(|e| e.epoch).collect();
    epochs.sort_unstable();
    epochs.dedup();
    let spread = |epoch| {
        let results = records.iter().flat_map(|r| &r.epochs).filter(|e| e.epoch == epoch);
        Spread::of(results.map(test_accuracy)).map(|spread| (f64::from(epoch), spread))
    };
    epochs.into_iter().filter_map(spread).collect()
}
