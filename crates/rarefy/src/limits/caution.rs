//! Reasons to trust an answer less.

use std::fmt;

use super::Sweep;
use crate::data::{Corpus, Target};
use crate::study::Record;
use crate::train::Judge;

/// A reason to trust an answer less.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Caution {
    /// Some seeds are left out.
    SeedsLeftOut {
        /// The number left out.
        count: usize,
        /// The number of all seeds.
        all: usize,
    },
    /// The unpruned model is no better than always predicting the most frequent label.
    NothingLearnt {
        /// Its accuracy.
        accuracy: f64,
        /// The share of that label among the training sequences.
        most: f64,
    },
    /// A single judging sequence is worth more than the tolerance.
    FewJudge {
        /// The number of judging sequences.
        count: usize,
        /// The tolerance.
        tolerance: f64,
    },
}

impl Caution {
    /// All cautions about `sweep`, which was computed from `records` on `corpus`. The seeds of a
    /// given model share the held-out sequences.
    pub fn of(sweep: &Sweep, records: &[Record], corpus: &Corpus, tolerance: f64) -> Vec<Self> {
        let mut found = Vec::new();
        if sweep.left_out > 0 {
            let (count, seeds) = (sweep.left_out, sweep.control.seeds);
            found.push(Self::SeedsLeftOut { count, all: count + seeds });
        }
        let mut counts = vec![0_usize; corpus.task.outputs()];
        let targets = (0..corpus.train.len()).map(|row| corpus.train.targets.get(row));
        targets.flat_map(Target::classes).for_each(|class| counts[class as usize] += 1);
        let all = counts.iter().sum::<usize>().max(1);
        let most = counts.into_iter().max().unwrap_or(0) as f64 / all as f64;
        let accuracy = sweep.control.unpruned;
        if accuracy <= most {
            found.push(Self::NothingLearnt { accuracy, most });
        }
        let prunings = records.iter().filter(|record| record.trial.pruning().is_some());
        let first = prunings.filter_map(|record| Some((record, record.epochs.first()?))).next();
        if let Some((record, epoch)) = first {
            let judge = record.trial.judge();
            let parts = match (judge, &record.trial.model) {
                (Judge::Validation, None) => sweep.control.seeds,
                _ => 1,
            };
            let count = epoch.judged(judge).count * parts;
            if 1.0 / count as f64 > tolerance {
                found.push(Self::FewJudge { count, tolerance });
            }
        }
        found
    }
}

impl fmt::Display for Caution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SeedsLeftOut { count, all } => write!(
                f,
                "{count} of {all} seeds are left out: their training, or their retraining without \
                 pruning, diverged"
            ),
            Self::NothingLearnt { accuracy, most } => write!(
                f,
                "the unpruned model ({accuracy:.4}) is no better than always saying the most \
                 frequent label ({most:.4} of the training file): what pruning does to it says little"
            ),
            Self::FewJudge { count, tolerance } => write!(
                f,
                "{count} sequences judge, one of which is {:.3} of accuracy, more than the tolerance \
                 of {tolerance}: a larger --validation, or --judge test, tells more",
                1.0 / *count as f64
            ),
        }
    }
}
