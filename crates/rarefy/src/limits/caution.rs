//! Reasons to trust an answer less.

use std::fmt;

use super::Sweep;
use crate::data::{Corpus, Target};
use crate::study::Record;
use crate::train::{Judge, Merit};

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
    /// The unpruned model is no better than answers that do not look at the sequences.
    NothingLearnt {
        /// What answers are measured by.
        merit: Merit,
        /// Its merit.
        unpruned: f64,
        /// The merit of these answers: the most frequent label of the training sequences, the mean
        /// of the targets, or the shares of tokens in the training text.
        blind: f64,
    },
    /// A single right answer more is worth more than the tolerance.
    FewJudge {
        /// The number of answers that judge.
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
        let (merit, unpruned) = (sweep.merit, sweep.control.unpruned);
        let blind = blind(merit, corpus);
        if unpruned <= blind {
            found.push(Self::NothingLearnt { merit, unpruned, blind });
        }
        let prunings = records.iter().filter(|record| record.trial.pruning().is_some());
        let first = prunings.filter_map(|record| Some((record, record.epochs.first()?))).next();
        if let Some((record, epoch)) = first.filter(|_| merit == Merit::Accuracy) {
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

/// The merit of answers that do not look at the sequences.
fn blind(merit: Merit, corpus: &Corpus) -> f64 {
    let mut counts = vec![0_usize; corpus.task.outputs()];
    let targets = (0..corpus.train.len()).map(|row| corpus.train.targets.get(row));
    targets.flat_map(Target::classes).for_each(|class| counts[class as usize] += 1);
    let all = counts.iter().sum::<usize>().max(1) as f64;
    let shares = counts.into_iter().map(|count| count as f64 / all);
    match merit {
        Merit::Accuracy => shares.fold(0.0, f64::max),
        Merit::R2 => 0.0,
        Merit::Likelihood => {
            shares.filter(|&share| share > 0.0).map(|share| share * share.ln()).sum::<f64>().exp()
        }
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
            Self::NothingLearnt { merit, unpruned, blind } => {
                let answers = match merit {
                    Merit::Accuracy => {
                        format!(
                            "always saying the most frequent label ({blind:.4} of the training file)"
                        )
                    }
                    Merit::R2 => "always saying the mean".to_owned(),
                    Merit::Likelihood => {
                        format!("the shares of tokens in the training file ({blind:.4})")
                    }
                };
                write!(
                    f,
                    "the unpruned model ({} {unpruned:.4}) is no better than {answers}: what pruning \
                     does to it says little",
                    merit.noun()
                )
            }
            Self::FewJudge { count, tolerance } => write!(
                f,
                "{count} answers judge, one of which is {:.3} of accuracy, more than the tolerance \
                 of {tolerance}: a larger --validation, or --judge test, tells more",
                1.0 / *count as f64
            ),
        }
    }
}
