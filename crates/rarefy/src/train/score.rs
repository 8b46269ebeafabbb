//! How well a network answers: its loss, and the merit that judges use.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::Loss;
use crate::analysis::log_share;
use crate::data::{Targets, Task, TaskKind};
use crate::named;
use crate::network::ReadTargets;

/// How well a model did on some data. Each read counts the same: class weights
/// ([`super::ClassWeights`]) do not enter these losses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Score {
    /// The kind of targets, and how good the answers are.
    #[serde(flatten)]
    pub answers: Answers,
    /// Number of reads: one per sequence, or one per step that has a target.
    pub count: usize,
    /// Sum over batches of the mean loss of each batch: the thesis's "loss". It depends on the
    /// batch size. NaN is written as `null` in files.
    pub loss_sum: f64,
    /// Mean loss per read: cross-entropy in nats, or squared error.
    pub loss_mean: f64,
}

/// The kind of targets, and how good the answers are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Answers {
    /// The targets are classes.
    Classes {
        /// Number of reads whose largest logit is that of their target.
        correct: usize,
    },
    /// The targets are the next tokens.
    Next {
        /// Number of reads whose largest logit is that of their target.
        correct: usize,
        /// `true`, which distinguishes it from classes in files.
        next: bool,
    },
    /// The targets are numbers. The mean squared error is the score's `loss_mean`.
    Numbers {
        /// Mean absolute error in the unit of the targets.
        mae: f64,
        /// [`Merit::R2`]
        r2: f64,
    },
}

/// A score in the form of files: flat, and deserialised without a copy, because records have many.
#[derive(Deserialize)]
struct Fields {
    correct: Option<usize>,
    #[serde(default)]
    next: bool,
    #[serde(default, deserialize_with = "given")]
    mae: Option<f64>,
    #[serde(default, deserialize_with = "given")]
    r2: Option<f64>,
    count: usize,
    #[serde(deserialize_with = "nan_from_null")]
    loss_sum: f64,
    #[serde(deserialize_with = "nan_from_null")]
    loss_mean: f64,
}

impl TryFrom<Fields> for Score {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        let Fields { correct, next, mae, r2, count, loss_sum, loss_mean } = fields;
        let answers = match (correct, mae, r2) {
            (Some(correct), None, None) if next => Answers::Next { correct, next },
            (Some(correct), None, None) => Answers::Classes { correct },
            (None, Some(mae), Some(r2)) => Answers::Numbers { mae, r2 },
            _ => return Err("a score has 'correct', or 'mae' and 'r2'"),
        };
        Ok(Self { answers, count, loss_sum, loss_mean })
    }
}

named! {
    /// The measure of how good answers are, as a number of which more is better. Everything that
    /// judges (recovery, limits, reports) uses it and is independent of the task.
    #[derive(Default)]
    pub enum Merit: "merit" {
        /// Share of answers that are right, 0 to 1.
        #[default]
        Accuracy = "accuracy",
        /// Coefficient of determination: 1 less the squared error over that of predicting the mean,
        /// averaged over outputs. 1 is perfect, 0 no better than the mean, and there is no lower
        /// bound.
        R2 = "r2",
        /// Geometric mean of the probability given to each token of a text, 0 to 1: the reciprocal
        /// of perplexity.
        Likelihood = "likelihood",
    }
}

impl Merit {
    /// The measure of answers to `task`.
    pub fn of(task: &Task) -> Self {
        Self::of_kind(task.kind())
    }

    /// The measure of answers to a task of this kind.
    pub fn of_kind(kind: TaskKind) -> Self {
        match kind {
            TaskKind::Class | TaskKind::Steps => Self::Accuracy,
            TaskKind::Numbers => Self::R2,
            TaskKind::Next => Self::Likelihood,
        }
    }

    /// The measure in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::R2 => "R²",
            Self::Likelihood => "likelihood",
        }
    }

    /// What the names of its columns end in: `test_acc`, as in the thesis's tables.
    pub fn column(self) -> &'static str {
        match self {
            Self::Accuracy => "acc",
            Self::R2 | Self::Likelihood => self.name(),
        }
    }

    /// The unit of the measure.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Accuracy => "share of answers",
            Self::R2 => "share of variance",
            Self::Likelihood => "probability of a token",
        }
    }
}

/// JSON has no NaN. serde_json writes it as `null`, which is converted back here.
fn nan_from_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    nan_from_null(deserializer).map(Some)
}

/// `accuracy 0.98765, loss 0.043210`
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:.5}, loss {:.6}", self.merit_is().noun(), self.merit(), self.loss_mean)
    }
}

impl Score {
    /// For classes: `correct` of `count` answers are right.
    pub fn of_classes(correct: usize, count: usize, loss_sum: f64, loss_mean: f64) -> Self {
        Self { answers: Answers::Classes { correct }, count, loss_sum, loss_mean }
    }

    /// How good the answers are; more is better.
    pub fn merit(&self) -> f64 {
        match self.answers {
            Answers::Classes { correct } => correct as f64 / self.count as f64,
            Answers::Numbers { r2, .. } => r2,
            Answers::Next { .. } => (-self.loss_mean).exp(),
        }
    }

    /// The natural logarithm of the share of wrong answers ([`log_share`]), if there are classes. Where
    /// nearly all answers are right, it tells networks apart that accuracy does not.
    pub fn log_error(&self) -> Option<f64> {
        let Answers::Classes { correct } = self.answers else { return None };
        Some(log_share(self.count.saturating_sub(correct), self.count))
    }

    /// The loss in bits per token, if the targets are tokens.
    pub fn bits_per_token(&self) -> Option<f64> {
        let is_next = matches!(self.answers, Answers::Next { .. });
        is_next.then(|| self.loss_mean / std::f64::consts::LN_2)
    }

    /// Which measure [`Score::merit`] is.
    pub fn merit_is(&self) -> Merit {
        match self.answers {
            Answers::Classes { .. } => Merit::Accuracy,
            Answers::Numbers { .. } => Merit::R2,
            Answers::Next { .. } => Merit::Likelihood,
        }
    }

    /// Share of right answers, 0 to 1, for code that handles only classes; NaN if the targets are
    /// numbers. Judges use [`Score::merit`].
    pub fn accuracy(&self) -> f64 {
        self.correct().map_or(f64::NAN, |correct| correct as f64 / self.count as f64)
    }

    /// Number of right answers, if the targets are classes.
    pub fn correct(&self) -> Option<usize> {
        match self.answers {
            Answers::Classes { correct } | Answers::Next { correct, .. } => Some(correct),
            Answers::Numbers { .. } => None,
        }
    }
}

/// The sums that a score is computed from, added up batch by batch.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    correct: usize,
    count: usize,
    loss_sum: f64,
    sum: f64,
    /// One per output; empty if the targets are classes.
    outputs: Vec<Output>,
    /// Whether the targets are the next tokens.
    next: bool,
}

/// Sums over the answers of one output.
#[derive(Clone, Copy, Debug, Default)]
struct Output {
    /// The first target. It is subtracted, so that sums of squares stay exact however far targets
    /// are from 0.
    origin: f64,
    sum: f64,
    squares: f64,
    absolute_error: f64,
    squared_error: f64,
}

impl Tally {
    /// Resets all sums, for data with these targets.
    pub(super) fn begin(&mut self, targets: &Targets) {
        let mut outputs = std::mem::take(&mut self.outputs);
        outputs.clear();
        *self = Self { outputs, next: matches!(targets, Targets::Next(_)), ..Self::default() };
    }

    /// For data with these targets.
    pub(super) fn of(targets: &Targets) -> Self {
        let mut tally = Self::default();
        tally.begin(targets);
        tally
    }

    /// Adds the loss of a whole batch. A batch without reads is ignored.
    pub(super) fn add(&mut self, loss: Loss) {
        if loss.count == 0 {
            return;
        }
        self.correct += loss.correct;
        self.count += loss.count;
        self.loss_sum += loss.mean();
        self.sum += loss.sum;
    }

    /// Adds answers and their targets. For classes nothing is needed beyond the loss.
    pub(super) fn see(&mut self, answers: &[f32], targets: ReadTargets) {
        let ReadTargets::Numbers { outputs, values } = targets else { return };
        if self.outputs.is_empty() {
            let first = values.iter().take(outputs);
            let output = |&origin: &f32| Output { origin: origin.into(), ..Output::default() };
            self.outputs.extend(first.map(output));
        }
        let rows = answers.chunks_exact(outputs).zip(values.chunks_exact(outputs));
        for (answers, values) in rows {
            for ((output, &answer), &value) in self.outputs.iter_mut().zip(answers).zip(values) {
                let (error, from) =
                    (f64::from(answer) - f64::from(value), f64::from(value) - output.origin);
                output.sum += from;
                output.squares += from * from;
                output.absolute_error += error.abs();
                output.squared_error += error * error;
            }
        }
    }

    /// The score of everything added so far.
    pub(super) fn score(&self) -> Score {
        let count = self.count as f64;
        let answers = match &self.outputs[..] {
            [] if self.next => Answers::Next { correct: self.correct, next: true },
            [] => Answers::Classes { correct: self.correct },
            outputs => {
                let mean = |of: &dyn Fn(&Output) -> f64| {
                    outputs.iter().map(of).sum::<f64>() / outputs.len() as f64
                };
                Answers::Numbers {
                    mae: mean(&|output| output.absolute_error / count),
                    r2: mean(&|output| output.r2(self.count)),
                }
            }
        };
        let Self { count, loss_sum, sum, .. } = *self;
        Score { answers, count, loss_sum, loss_mean: sum / count as f64 }
    }
}

impl Output {
    /// The same value as `r2` of `analysis`, but from sums. It equals scikit-learn's, including the
    /// case of constant targets.
    fn r2(&self, count: usize) -> f64 {
        let variation = self.squares - self.sum * self.sum / count as f64;
        match () {
            () if count < 2 => f64::NAN,
            () if self.squared_error == 0.0 => 1.0,
            () if variation <= 0.0 => 0.0,
            () => 1.0 - self.squared_error / variation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{mae, r2};

    #[test]
    fn a_score_of_numbers_is_that_of_the_analysis_however_they_come() {
        // Values far from 0, for which sums of plain squares would lose all precision.
        let values: Vec<f32> = (0..60).map(|at| 4096.0 + ((at * 37) % 60) as f32 / 64.0).collect();
        let answers: Vec<f32> =
            values.iter().enumerate().map(|(at, x)| x + ((at * 11) % 7) as f32 / 256.0).collect();
        let mut tally = Tally::default();
        for part in [0..20, 20..48, 48..60] {
            let targets = ReadTargets::Numbers { outputs: 2, values: &values[part.clone()] };
            tally.see(&answers[part.clone()], targets);
            tally.add(Loss { count: part.len() / 2, ..Loss::default() });
        }
        let column = |of: &[f32], first: usize| -> Vec<f64> {
            of.iter().skip(first).step_by(2).map(|&x| x.into()).collect()
        };
        let mean = |of: fn(&[f64], &[f64]) -> f64| {
            [0, 1].map(|k| of(&column(&values, k), &column(&answers, k))).iter().sum::<f64>() / 2.0
        };
        let score = tally.score();
        let Answers::Numbers { mae: found, .. } = score.answers else { panic!("{score:?}") };
        assert!((score.merit() - mean(r2)).abs() < 1e-12, "{score:?}, {}", mean(r2));
        assert!((found - mean(mae)).abs() < 1e-12);
        assert_eq!((score.count, score.merit_is(), score.correct()), (30, Merit::R2, None));
        tally.begin(&Targets::Classes(Vec::new()));
        tally.add(Loss { sum: 1.5, correct: 2, count: 3 });
        assert_eq!(tally.score(), Score::of_classes(2, 3, 0.5, 0.5));
    }

    #[test]
    fn a_score_reads_back_what_it_wrote_and_of_classes_it_is_as_it_was() {
        let classes = Score::of_classes(2, 3, 0.1, f64::NAN);
        let text = serde_json::to_string(&classes).unwrap();
        assert_eq!(text, r#"{"correct":2,"count":3,"loss_sum":0.1,"loss_mean":null}"#);
        let answers = Answers::Numbers { mae: 0.25, r2: f64::NAN };
        let numbers = Score { answers, count: 1, loss_sum: 0.5, loss_mean: 0.5 };
        let json = serde_json::to_string(&numbers).unwrap();
        assert_eq!(json, r#"{"mae":0.25,"r2":null,"count":1,"loss_sum":0.5,"loss_mean":0.5}"#);
        for (score, text) in [(classes, text), (numbers, json)] {
            let read: Score = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
            assert_eq!(read.merit_is(), score.merit_is());
        }
        assert!(
            serde_json::from_str::<Score>(r#"{"count":3,"loss_sum":0.1,"loss_mean":0}"#).is_err()
        );
    }
}
