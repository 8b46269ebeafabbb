//! Training for some epochs, scored after each; and what recovery reads from it.

use std::fmt;
use std::ops::{ControlFlow, RangeInclusive};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::{
    ClassWeights, Evaluator, Judge, Moved, Progress, Reviser, Score, SettingError, Trainer, Turn,
};
use crate::data::{Dataset, Targets};
use crate::network::{Batch, Network, Source, Unfit};
use crate::quantize::{QuantizeError, Quantized, measure_some};

/// What a network is trained and scored on.
#[derive(Clone, Copy, Debug)]
pub struct Strings<'a> {
    /// To learn from.
    pub train: &'a Dataset<'a>,
    /// Held out of the training data, if anything is.
    pub validation: Option<&'a Dataset<'a>>,
    /// Never learnt from.
    pub test: &'a Dataset<'a>,
}

/// Scores at the end of one epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochResult {
    /// 1 for the first epoch of training; 0 for a model that was only evaluated.
    pub epoch: u32,
    /// Over the batches of the epoch, each before its update; `None` at epoch 0.
    pub train: Option<Score>,
    /// On the part held out of the training data; `None` when nothing is held out.
    pub validation: Option<Score>,
    /// On the test data.
    pub test: Score,
    /// How the masks moved, where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
}

impl EpochResult {
    /// The score that `judge` uses: that of the held-out part; that of the test data if `judge` says
    /// so or nothing is held out.
    pub fn judged(&self, judge: Judge) -> &Score {
        match (judge, &self.validation) {
            (Judge::Validation, Some(validation)) => validation,
            _ => &self.test,
        }
    }
}

/// A loss that stopped being a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diverged {
    /// The epoch; 0 for a model that was only scored.
    pub epoch: u32,
    /// The batch within the epoch, from 1; `None` when it showed only after the epoch,
    /// in a weight or in the scores.
    pub batch: Option<usize>,
}

impl fmt::Display for Diverged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epoch, batch } = self;
        if *epoch == 0 {
            return write!(f, "the loss is not finite: the network's weights are NaN or too large");
        }
        match batch {
            Some(batch) => write!(f, "the loss was not finite in epoch {epoch}, batch {batch}")?,
            None => write!(f, "the loss was not finite after epoch {epoch}")?,
        }
        write!(f, ": training diverged; a smaller learning rate or tighter clipping may help")
    }
}

/// What came of [`Trainer::fit`].
#[derive(Clone, Debug, Default)]
pub struct Fit {
    /// One entry per epoch.
    pub epochs: Vec<EpochResult>,
    /// With [`Training::patience`](super::Training::patience): the epoch whose network is left,
    /// which has the lowest validation loss. `None` without, and where training diverged: the
    /// network is then as the last epoch left it.
    pub kept_epoch: Option<u32>,
    /// Wall-clock seconds of each.
    pub seconds: Vec<f64>,
    /// Why it ended early, if it diverged.
    pub diverged: Option<Diverged>,
    /// Whether the observer ended it, perhaps in the middle of an epoch.
    pub stopped: bool,
}

impl Fit {
    /// The epoch whose network is left; `None` when there was none.
    pub fn kept(&self) -> Option<&EpochResult> {
        kept(&self.epochs, self.kept_epoch)
    }
}

/// Of `epochs`, the one whose network is left: `kept_epoch`, or the last where that says nothing.
pub fn kept(epochs: &[EpochResult], kept_epoch: Option<u32>) -> Option<&EpochResult> {
    match kept_epoch {
        Some(kept) => epochs.iter().find(|epoch| epoch.epoch == kept),
        None => epochs.last(),
    }
}

/// The epoch of the lowest validation loss so far, and the network after it.
struct Best {
    epoch: u32,
    loss: f64,
    network: Network,
}

/// Why a network cannot be trained on some sequences, or as it is asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// There is nothing to learn from.
    #[error("there are no training sequences")]
    NothingToLearn,
    /// There is nothing to score.
    #[error("there are no test sequences")]
    NothingToScore,
    /// [`Training::patience`](super::Training::patience) needs held-out sequences.
    #[error("patience needs held-out sequences to decide when to stop, but there are none")]
    NothingHeldOut,
    /// [`Training::class_weights`](super::Training::class_weights) are of classes.
    #[error("classes cannot be balanced: the targets of the training data are numbers")]
    NoClasses,
    /// Dropout between layers of a network with one.
    #[error(
        "dropout acts between layers, and no layer reads another: use input-dropout or \
         recurrent-dropout, or more layers"
    )]
    NothingBetween,
    /// A running text with fewer steps than a batch has streams.
    #[error(
        "the training text has {steps} steps, fewer than the {batch} streams of a batch: use a \
         smaller batch or a longer text"
    )]
    ShortText {
        /// Of the text.
        steps: usize,
        /// Streams.
        batch: usize,
    },
    /// It cannot be computed in integers.
    #[error(transparent)]
    Integers(#[from] QuantizeError),
    /// A setting that cannot be.
    #[error("{0}")]
    Setting(#[from] SettingError),
    /// Sequences of another network.
    #[error("{set} data: {source}")]
    Unfit {
        /// Training, validation or test.
        set: &'static str,
        /// What does not fit.
        source: Unfit,
    },
}

/// Sees a training and may end it. A closure that looks at epochs is one; with what it returns it
/// ends training after an epoch ([`GoesOn`]).
pub trait Observer {
    /// Sees the result of an epoch. `Break` ends training after it.
    fn epoch(&mut self, result: &EpochResult) -> ControlFlow<()>;

    /// Called before each update. `Break` ends training at once, in the middle of an epoch, which
    /// then has no result.
    fn update(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl<G: GoesOn, F: FnMut(&EpochResult) -> G> Observer for F {
    fn epoch(&mut self, result: &EpochResult) -> ControlFlow<()> {
        match self(result).goes_on() {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }
}

/// What a closure that observes epochs returns: nothing, or whether training goes on.
pub trait GoesOn {
    /// Whether it does.
    fn goes_on(self) -> bool;
}

impl GoesOn for () {
    fn goes_on(self) -> bool {
        true
    }
}

/// `Break` ends training after the epoch.
impl GoesOn for ControlFlow<()> {
    fn goes_on(self) -> bool {
        self.is_continue()
    }
}

impl Trainer {
    /// Trains for these epochs, `1..=N`, and scores after each; `0..=N` also scores the network as
    /// it is, as epoch 0. `observe` sees each result as it comes, and may end training
    /// ([`GoesOn`]).
    ///
    /// With [`Training::patience`](super::Training::patience), epoch 0 is an epoch like the others:
    /// its network is the one that is left where no later one has a lower validation loss.
    ///
    /// # Errors
    /// When a setting of [`Training`](super::Training) cannot be, there are no training or test
    /// sequences, there is patience and nothing is held out, sequences are of another network, or the
    /// network cannot be computed in integers.
    pub fn fit<G: GoesOn>(
        &mut self,
        strings: Strings,
        epochs: RangeInclusive<u32>,
        mut observe: impl FnMut(&EpochResult) -> G,
    ) -> Result<Fit, FitError> {
        self.fit_with(strings, epochs, &mut |_: &Batch| {}, &mut observe)
    }

    /// The same with a reviser, which is asked before each update and after each epoch, and an
    /// observer that may also end training between two updates.
    ///
    /// # Errors
    /// As [`Trainer::fit`].
    pub fn fit_with(
        &mut self,
        strings: Strings,
        epochs: RangeInclusive<u32>,
        reviser: &mut dyn Reviser,
        observer: &mut dyn Observer,
    ) -> Result<Fit, FitError> {
        let validation = strings.validation.filter(|held_out| !held_out.is_empty());
        let strings = Strings { validation, ..strings };
        let training = self.training().clone();
        training.check()?;
        let last = *epochs.end();
        strings.check(self.network(), last > 0, training.patience.is_some())?;
        let is_numbers =
            matches!(strings.train.targets, Targets::Numbers { .. } | Targets::StepNumbers { .. });
        let layers = &self.network().architecture().layers;
        let mut sources = layers.iter().flat_map(|layer| &layer.blocks).flat_map(|b| &b.sources);
        if training.dropout.layers > 0.0 && sources.all(|source| *source == Source::Input) {
            return Err(FitError::NothingBetween);
        }
        let text = strings.train.is_running().then(|| strings.train.get(0).0.len());
        if let Some(steps) = text.filter(|&steps| last > 0 && steps < training.batch) {
            return Err(FitError::ShortText { steps, batch: training.batch });
        }
        if is_numbers && training.class_weights != ClassWeights::None {
            return Err(FitError::NoClasses);
        }
        let mut evaluator = Evaluator::new(self.network(), training.batch, training.readout);
        let per_epoch = training.updates_per_epoch(strings.train);
        let of = u64::from(last) * per_epoch;
        let after = |epoch: u32| Progress { updates: u64::from(epoch) * per_epoch, of, per_epoch };
        let mut fit = Fit::default();
        let mut best: Option<Best> = None;
        for epoch in epochs {
            let start = Instant::now();
            let train = if epoch == 0 {
                None
            } else {
                self.set_learning_rate(training.schedule.rate(training.learning_rate, epoch, last));
                let mut observed = Observed { reviser, observer, stopped: false };
                match self.epoch_with(strings.train, after(epoch - 1), &mut observed) {
                    Ok(_) if observed.stopped => {
                        fit.stopped = true;
                        break;
                    }
                    Ok(score) => Some(score),
                    Err(batch) => {
                        fit.diverged = Some(Diverged { epoch, batch: Some(batch + 1) });
                        break;
                    }
                }
            };
            let moved = reviser.after_epoch(self, after(epoch));
            let integers = match self.integers(strings.train) {
                Ok(integers) => integers,
                // An update made its weights so large.
                Err(QuantizeError::TooLarge { .. }) if epoch > 0 => {
                    fit.diverged = Some(Diverged { epoch, batch: None });
                    break;
                }
                Err(error) => return Err(error.into()),
            };
            let mut score = |strings| match &integers {
                Some(integers) => {
                    let answers = integers.answers(strings, training.readout, training.batch);
                    evaluator.score_of(&answers, strings)
                }
                None => evaluator.score(self.network(), strings),
            };
            let validation = strings.validation.map(&mut score);
            let test = score(strings.test);
            let result = EpochResult { epoch, train, validation, test, moved };
            if !is_finite(self.network(), &result) {
                fit.diverged = Some(Diverged { epoch, batch: None });
                break;
            }
            fit.stopped = observer.epoch(&result).is_break();
            fit.epochs.push(result);
            fit.seconds.push(start.elapsed().as_secs_f64());
            if let (Some(patience), Some(validation)) = (training.patience, validation) {
                let loss = validation.loss_mean;
                match &mut best {
                    Some(best) if loss >= best.loss => {
                        if epoch - best.epoch >= patience {
                            break;
                        }
                    }
                    best => *best = Some(Best { epoch, loss, network: self.network().clone() }),
                }
            }
            if fit.stopped {
                break;
            }
        }
        if let (Some(best), None) = (best, fit.diverged) {
            self.restore(&best.network);
            fit.kept_epoch = Some(best.epoch);
        }
        Ok(fit)
    }
}

impl Trainer {
    /// The network in integers, if it is trained for them and its weights are numbers.
    fn integers(&mut self, sequences: &Dataset) -> Result<Option<Quantized>, QuantizeError> {
        let (is_for_them, readout) = (self.training().int8.is_some(), self.training().readout);
        let network = self.network();
        if !is_for_them || !network.parameters().iter().all(|parameter| parameter.is_finite()) {
            return Ok(None);
        }
        let ranges = measure_some(network, sequences, readout)?;
        Quantized::of(network, sequences, &ranges).map(Some)
    }
}

/// A reviser of a training that may be ended before each update.
struct Observed<'a> {
    reviser: &'a mut dyn Reviser,
    observer: &'a mut dyn Observer,
    stopped: bool,
}

impl Reviser for Observed<'_> {
    fn before_update(&mut self, trainer: &mut Trainer, batch: &Batch, at: Progress) -> Turn {
        self.stopped = self.observer.update().is_break();
        match self.stopped {
            true => Turn::Stop,
            false => self.reviser.before_update(trainer, batch, at),
        }
    }
}

impl Strings<'_> {
    /// Whether `network` can be trained and scored on them.
    fn check(&self, network: &Network, learns: bool, stops: bool) -> Result<(), FitError> {
        if learns && self.train.is_empty() {
            return Err(FitError::NothingToLearn);
        }
        if self.test.is_empty() {
            return Err(FitError::NothingToScore);
        }
        if stops && self.validation.is_none() {
            return Err(FitError::NothingHeldOut);
        }
        let sets = [("training", Some(self.train)), ("held-out", self.validation)];
        for (set, sequences) in sets.into_iter().chain([("test", Some(self.test))]) {
            let fits = sequences.map_or(Ok(()), |sequences| network.check(sequences));
            fits.map_err(|source| FitError::Unfit { set, source })?;
        }
        Ok(())
    }
}

/// Whether the last update of the epoch left a network that computes numbers.
fn is_finite(network: &Network, result: &EpochResult) -> bool {
    let scores = [result.validation.as_ref(), Some(&result.test)];
    network.parameters().iter().all(|parameter| parameter.is_finite())
        && scores.into_iter().flatten().all(|score| score.loss_sum.is_finite())
}

/// The first epoch whose judged [merit](Score::merit) is at least that of the `unpruned` network
/// minus `tolerance`; epoch 0, when it is among `epochs`, counts: nothing to recover. If masks changed
/// in training, only epochs of the final sparsity count.
pub fn epochs_to_recover(
    epochs: &[EpochResult],
    judge: Judge,
    unpruned: f64,
    tolerance: f64,
) -> Option<u32> {
    // Accuracies are ratios of counts: a difference equal to the tolerance must
    // not fail for the last bit.
    const ROUNDING: f64 = 1e-12;
    let enough = unpruned - tolerance - ROUNDING;
    let sparsity = |epoch: &EpochResult| epoch.moved.as_ref().map(|moved| moved.sparsity);
    let last = epochs.last().and_then(sparsity);
    let denser = |epoch: &EpochResult| last.is_some() && sparsity(epoch) != last;
    let sparse = epochs.iter().rposition(denser).map_or(0, |at| at + 1);
    let recovered = epochs[sparse..].iter().find(|epoch| epoch.judged(judge).merit() >= enough);
    recovered.map(|epoch| epoch.epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(correct: &[usize]) -> Vec<EpochResult> {
        let score = |correct| Score::of_classes(correct, 100, 0.0, 0.0);
        let result = |(epoch, &correct): (usize, &usize)| EpochResult {
            epoch: epoch as u32,
            train: None,
            validation: Some(score(correct)),
            test: score(0),
            moved: None,
        };
        correct.iter().enumerate().map(result).collect()
    }

    #[test]
    fn recovery_is_the_first_epoch_within_the_tolerance_inclusive() {
        let epochs =
            |correct: &[usize]| epochs_to_recover(&curve(correct), Judge::Validation, 0.99, 0.01);
        assert_eq!(epochs(&[50, 97, 98, 99]), Some(2));
        assert_eq!(epochs(&[98]), Some(0));
        assert_eq!(epochs(&[50, 97, 97]), None);
        assert_eq!(epochs(&[]), None);
    }

    #[test]
    fn the_judge_decides_which_strings_count() {
        let curve = curve(&[99, 99]);
        assert_eq!(epochs_to_recover(&curve, Judge::Validation, 0.99, 0.01), Some(0));
        assert_eq!(epochs_to_recover(&curve, Judge::Test, 0.99, 0.01), None);
    }
}
