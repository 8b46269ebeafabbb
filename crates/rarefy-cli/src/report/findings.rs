//! What the records say, over seeds: curves, safe percents, epochs to recover, and
//! what is still missing.
//!
//! Nothing here judges anew. Whether a network had recovered was decided where its
//! record was made, with the study's judge and tolerance; a percent is safe when the
//! record says that pruning alone did not take the network below the line
//! (`epochs_to_recover == Some(0)`). Curves are always of the test strings, because
//! those are what the thesis published.

use std::collections::HashMap;
use std::fmt;

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy::study::{EpochResult, PruningStudy, Record, Score, Trial};

use super::spread::Spread;

/// Accuracy that tells a network which learned something of a balanced two-class task
/// from one that did not. Chance is 0.5; a network at chance stays there however much
/// is pruned, so that its safe percent means nothing.
pub const LEARNED: f64 = 0.6;

/// A figure's line: x, and the accuracies of all seeds there.
pub type Curve = Vec<(f64, Spread)>;

/// How many epochs of retraining brought a network back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recovery {
    /// Back after this many epochs; 0 when pruning alone did no harm.
    After(u32),
    /// Not within the epochs it was given.
    Never,
}

impl From<Option<u32>> for Recovery {
    fn from(epochs: Option<u32>) -> Self {
        epochs.map_or(Recovery::Never, Recovery::After)
    }
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Recovery::After(epochs) => write!(f, "{epochs}"),
            Recovery::Never => f.write_str("never"),
        }
    }
}

/// The largest percent P such that P and every smaller percent of the study was safe.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct SafePercent {
    /// P; 0 when even the smallest percent did harm.
    pub percent: f64,
    /// A record above P is missing, so that P may turn out to be larger.
    pub open: bool,
}

/// The trials of one study and their records.
pub struct Findings<'a> {
    /// What was asked.
    pub study: &'a PruningStudy,
    /// In the study's order; `None` where there is no record yet.
    trials: Vec<(Trial, Option<&'a Record>)>,
}

impl<'a> Findings<'a> {
    /// Records of trials that the study does not ask for are left out.
    pub fn new(study: &'a PruningStudy, records: &'a [Record]) -> Self {
        let by_name: HashMap<String, &Record> =
            records.iter().map(|record| (record.trial.name(), record)).collect();
        let with_record = |trial: Trial| {
            let record = by_name.get(&trial.name()).copied();
            (trial, record)
        };
        Self { study, trials: study.trials().into_iter().map(with_record).collect() }
    }

    /// How many trials the study has.
    pub fn planned(&self) -> usize {
        self.trials.len()
    }

    /// How many of them have a record.
    pub fn done(&self) -> usize {
        self.records().count()
    }

    /// Those that have none, in the study's order.
    pub fn missing(&self) -> impl Iterator<Item = &Trial> {
        self.trials.iter().filter(|(_, record)| record.is_none()).map(|(trial, _)| trial)
    }

    /// Every record of the study, in the study's order.
    pub fn records(&self) -> impl Iterator<Item = &'a Record> {
        self.trials.iter().filter_map(|(_, record)| *record)
    }

    /// The records of the base models of a cell, by seed.
    pub fn base_records(&self, cell: Cell) -> Vec<&'a Record> {
        self.records().filter(|r| r.trial.cell == cell && r.trial.pruning.is_none()).collect()
    }

    /// The records of one pruning, by seed.
    pub fn pruned_records(&self, cell: Cell, scope: Scope, percent: f64) -> Vec<&'a Record> {
        self.records().filter(|r| is_pruning(&r.trial, cell, scope, percent)).collect()
    }

    /// The unpruned accuracy on the judging strings: of the base model's record, or of
    /// any record that was measured against it.
    pub fn unpruned(&self, cell: Cell, seed: u64) -> Option<f64> {
        let mut own = self.records().filter(|r| r.trial.cell == cell && r.trial.seed == seed);
        own.find_map(|record| match record.trial.pruning {
            Some(_) => record.unpruned_accuracy,
            None => Some(record.epochs.last()?.judged(self.study.judge).accuracy()),
        })
    }

    /// Whether the base model left chance; `None` before it is known.
    pub fn learned(&self, cell: Cell, seed: u64) -> Option<bool> {
        self.unpruned(cell, seed).map(|accuracy| accuracy >= LEARNED)
    }

    /// Whether some base model of the cell is known not to have left chance.
    pub fn some_unlearned(&self, cell: Cell) -> bool {
        self.study.seeds.iter().any(|&seed| self.learned(cell, seed) == Some(false))
    }

    /// Whether no base model of the cell is known to have left chance, though some
    /// base model is known.
    pub fn none_learned(&self, cell: Cell) -> bool {
        self.some_unlearned(cell)
            && !self.study.seeds.iter().any(|&seed| self.learned(cell, seed) == Some(true))
    }

    /// Test accuracy of the base models by epoch.
    pub fn base_curve(&self, cell: Cell) -> Curve {
        by_epoch(&self.base_records(cell))
    }

    /// Test accuracy right after pruning by percent, from 0: the base models.
    pub fn pruning_curve(&self, cell: Cell, scope: Scope) -> Curve {
        let unpruned = self.base_records(cell);
        let unpruned = unpruned.iter().filter_map(|r| r.epochs.last());
        let mut curve = Curve::new();
        if !self.study.percents.contains(&0.0) {
            curve.extend(Spread::of(unpruned.map(test_accuracy)).map(|spread| (0.0, spread)));
        }
        for &percent in &self.study.percents {
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

    /// Epochs to recover, one entry a seed that has a record, ascending.
    pub fn recoveries(&self, cell: Cell, scope: Scope, percent: f64) -> Vec<Recovery> {
        let records = self.pruned_records(cell, scope, percent);
        let mut epochs: Vec<Recovery> =
            records.iter().map(|r| Recovery::from(r.epochs_to_recover)).collect();
        epochs.sort();
        epochs
    }

    /// The safe percent of each seed that has a record, ascending.
    pub fn safe_percents(&self, cell: Cell, scope: Scope) -> Vec<SafePercent> {
        let seeds = self.study.seeds.iter();
        let mut safe: Vec<SafePercent> =
            seeds.filter_map(|&seed| self.safe_percent(cell, scope, seed)).collect();
        safe.sort_by(|a, b| a.percent.total_cmp(&b.percent));
        safe
    }

    fn safe_percent(&self, cell: Cell, scope: Scope, seed: u64) -> Option<SafePercent> {
        let mut percents = self.study.percents.clone();
        percents.sort_by(f64::total_cmp);
        let record = |percent| {
            let found = self.pruned_records(cell, scope, percent);
            found.into_iter().find(|r| r.trial.seed == seed)
        };
        if percents.iter().all(|&percent| record(percent).is_none()) {
            return None;
        }
        let mut safe = 0.0;
        for percent in percents {
            match record(percent).map(|r| r.epochs_to_recover) {
                Some(Some(0)) => safe = percent,
                Some(_) => return Some(SafePercent { percent: safe, open: false }),
                None => return Some(SafePercent { percent: safe, open: true }),
            }
        }
        Some(SafePercent { percent: safe, open: false })
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

    /// Wall-clock seconds of all records together.
    pub fn seconds(&self) -> f64 {
        self.records().flat_map(|record| &record.seconds).sum()
    }
}

fn is_pruning(trial: &Trial, cell: Cell, scope: Scope, percent: f64) -> bool {
    trial.cell == cell && trial.pruning.is_some_and(|p| p.scope == scope && p.percent == percent)
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
