//! The settings of training.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::{ClipBy, Moments};
use crate::named;
use crate::network::{Dropout, Ranges, Readout};

/// How a network is trained. By default as in the thesis, but for the readout, which there is
/// [`Readout::Padded`].
///
/// Most of it is left out of files where it has its default: names of trials do not depend on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Sequences in a batch.
    pub batch: usize,
    /// The optimiser's step size; of the first epoch, where a `schedule` lowers it.
    pub learning_rate: f64,
    /// What the gradient is clipped to: by default the largest Euclidean norm of all of it, else
    /// what `clip_by` says.
    pub clip: f64,
    /// What clipping limits.
    #[serde(default, skip_serializing_if = "is_default")]
    pub clip_by: ClipBy,
    /// Where the network's answer is read.
    pub readout: Readout,
    /// How much the sequences of each class count in the loss that is minimised.
    #[serde(default, skip_serializing_if = "is_default")]
    pub class_weights: ClassWeights,
    /// Early stopping: training ends when the mean cross-entropy of the held-out sequences has
    /// not been lower than its lowest for this number of epochs, 1 or more, and the network is
    /// then that of the epoch with the lowest, as it is when the epochs run out before.
    /// `None`: every epoch is run, and the network is the last one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<u32>,
    /// How the learning rate goes down.
    #[serde(default, skip_serializing_if = "is_default")]
    pub schedule: Schedule,
    /// How the gradient moves the weights.
    #[serde(default, skip_serializing_if = "is_default")]
    pub optimizer: Optimizer,
    /// How much each update shrinks all parameters, embedding and biases included; 0 for
    /// [`Optimizer::Adam`]. Masked weights stay 0, and weights of units that nothing reads as they
    /// are.
    #[serde(default, skip_serializing_if = "is_default")]
    pub weight_decay: f64,
    /// The share of the last step that the next one repeats; 0 for all but [`Optimizer::Sgd`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub momentum: f64,
    /// What becomes of the optimiser's moments whenever masks change in training. Weights that stay keep
    /// theirs, unless it starts again.
    #[serde(default, skip_serializing_if = "is_default")]
    pub moments: Moments,
    /// What is set to zero at random in training.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dropout: Dropout,
    /// Steps of a running text that are read before each update. The state goes on from one piece
    /// to the next, but gradients do not (truncated back-propagation through time). Other data are
    /// read whole.
    #[serde(default = "usual_bptt", skip_serializing_if = "is_usual_bptt")]
    pub bptt: usize,
    /// Set for training that prepares for integers (Jacob et al. 2018): losses and gradients are
    /// those of recurrent weights rounded as integers of these ranges would have them, and weights
    /// are moved by what the update moves the rounded ones. Scores are of the network in integers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub int8: Option<Ranges>,
}

const BPTT: usize = 64;

fn usual_bptt() -> usize {
    BPTT
}

fn is_usual_bptt(steps: &usize) -> bool {
    *steps == BPTT
}

impl Default for Training {
    fn default() -> Self {
        Self {
            batch: 32,
            learning_rate: 1e-3,
            clip: 5.0,
            clip_by: ClipBy::Norm,
            readout: Readout::Last,
            class_weights: ClassWeights::None,
            patience: None,
            schedule: Schedule::Constant,
            optimizer: Optimizer::Adam,
            weight_decay: 0.0,
            momentum: 0.0,
            moments: Moments::Kept,
            dropout: Dropout::default(),
            bptt: BPTT,
            int8: None,
        }
    }
}

/// A setting of [`Training`] that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum SettingError {
    #[error("a batch has 0 sequences: expected 1 or more")]
    Batch,
    #[error("the learning rate is {0}: expected a number above 0")]
    LearningRate(f64),
    #[error("the gradient is clipped to {0}: expected a number above 0")]
    Clip(f64),
    #[error("patience is 0 epochs: expected 1 or more")]
    Patience,
    #[error("a probability of dropout is {0}: expected 0 or more, but less than 1")]
    Dropout(f64),
    #[error("pieces of a running text have 0 steps: expected 1 or more")]
    Bptt,
    #[error("the weight decay is {0}: expected 0 or more")]
    WeightDecay(f64),
    #[error("a weight decay of {0} needs the optimizer adamw or sgd: adam has none")]
    NoWeightDecay(f64),
    #[error("the momentum is {0}: expected 0 or more, but less than 1")]
    Momentum(f64),
    #[error(
        "a momentum of {momentum} needs the optimizer sgd: the moments of {optimizer} are fixed"
    )]
    NoMomentum { momentum: f64, optimizer: Optimizer },
}

impl Training {
    /// Whether each setting can be.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn check(&self) -> Result<(), SettingError> {
        let mut rates = self.dropout.rates().into_iter();
        if let Some(rate) = rates.find(|rate| !(0.0..1.0).contains(rate)) {
            return Err(SettingError::Dropout(rate));
        }
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let optimizer = self.optimizer;
        match *self {
            Self { batch: 0, .. } => Err(SettingError::Batch),
            Self { learning_rate, .. } if !positive(learning_rate) => {
                Err(SettingError::LearningRate(learning_rate))
            }
            Self { clip, .. } if !positive(clip) => Err(SettingError::Clip(clip)),
            Self { patience: Some(0), .. } => Err(SettingError::Patience),
            Self { bptt: 0, .. } => Err(SettingError::Bptt),
            Self { weight_decay, .. } if !is_weight_decay(weight_decay) => {
                Err(SettingError::WeightDecay(weight_decay))
            }
            Self { weight_decay, .. } if optimizer == Optimizer::Adam && weight_decay > 0.0 => {
                Err(SettingError::NoWeightDecay(weight_decay))
            }
            Self { momentum, .. } if !is_momentum(momentum) => {
                Err(SettingError::Momentum(momentum))
            }
            Self { momentum, .. } if optimizer != Optimizer::Sgd && momentum > 0.0 => {
                Err(SettingError::NoMomentum { momentum, optimizer })
            }
            _ => Ok(()),
        }
    }
}

/// Whether a number can be a weight decay.
pub(crate) fn is_weight_decay(value: f64) -> bool {
    value >= 0.0 && value.is_finite()
}

/// Whether a number can be a momentum: from 1 on steps would grow without end.
pub(crate) fn is_momentum(value: f64) -> bool {
    (0.0..1.0).contains(&value)
}

/// Whether it is what is taken where nothing is said, which files then leave out.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

named! {
    /// How a gradient moves the weights.
    #[derive(Default, PartialOrd)]
    pub enum Optimizer: "optimizer" {
        /// Adam. Kingma and Ba 2015, with PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8.
        /// It has no weight decay.
        #[default]
        Adam = "adam",
        /// Adam with decoupled weight decay. Loshchilov and Hutter 2019: each update first
        /// multiplies every parameter by `1 - learning_rate * weight_decay`.
        AdamW = "adamw",
        /// Stochastic gradient descent. PyTorch's `SGD`: `weight_decay` adds that multiple of the
        /// parameters to the gradient, momentum is neither dampened nor Nesterov's.
        Sgd = "sgd",
    }
}

named! {
    /// How much the sequences of each class count in what training minimises, the weighted mean
    /// of a batch's cross-entropies (`sum w l / sum w`).
    ///
    /// Scores, and with them early stopping, are never weighted.
    #[derive(Default, PartialOrd)]
    pub enum ClassWeights: "weighting of classes" {
        /// Every sequence counts the same, so a rare class may be learnt late or never.
        #[default]
        None = "none",
        /// Every class counts the same, however rare. A sequence of a class weighs
        /// sequences / (classes * sequences of the class), scikit-learn's
        /// `class_weight="balanced"`.
        Balanced = "balanced",
    }
}

impl ClassWeights {
    /// The weight of each of `classes` classes where `targets` are trained on; `None` where
    /// nothing is weighted. A class that none of them has does not count as one, and weighs 0.
    pub(super) fn of(self, targets: impl Iterator<Item = u32>, classes: usize) -> Option<Vec<f32>> {
        if self == Self::None {
            return None;
        }
        let mut counts = vec![0_usize; classes];
        targets.for_each(|target| counts[target as usize] += 1);
        let all: usize = counts.iter().sum();
        let present = counts.iter().filter(|&&count| count > 0).count();
        let weight = |count| match count {
            0 => 0.0,
            count => (all as f64 / (present * count) as f64) as f32,
        };
        Some(counts.into_iter().map(weight).collect())
    }
}

named! {
    /// How the learning rate goes down from epoch to epoch. The optimiser keeps its moments.
    #[derive(Default, PartialOrd)]
    pub enum Schedule: "schedule" {
        /// It stays the same.
        #[default]
        Constant = "constant",
        /// It falls by the same amount each epoch, to 0 after the last.
        Linear = "linear",
        /// It falls along half a cosine, to 0 after the last epoch. As in Loshchilov
        /// and Hutter 2017, without restarts: PyTorch's `CosineAnnealingLR` with `T_max` epochs and
        /// `eta_min` 0.
        Cosine = "cosine",
    }
}

impl Schedule {
    /// The learning rate of `epoch`, from 1, of `epochs`, where the first has `rate`.
    pub fn rate(self, rate: f64, epoch: u32, epochs: u32) -> f64 {
        let done = f64::from(epoch.saturating_sub(1)) / f64::from(epochs);
        match self {
            Self::Constant => rate,
            Self::Linear => rate * (1.0 - done),
            Self::Cosine => rate * (1.0 + (PI * done).cos()) / 2.0,
        }
    }
}

named! {
    /// Which sequences decide whether a pruned network has recovered.
    #[derive(PartialOrd)]
    pub enum Judge: "judge" {
        /// A part held out of the training data.
        Validation = "validation",
        /// The test data, as in the thesis. The number of epochs is then chosen on the sequences that
        /// should only measure it.
        Test = "test",
    }
}

impl Judge {
    /// The share of the training data to hold out: what is `asked` for, or as much as the model was
    /// `trained_with`, or, if held-out sequences judge, the `usual` share.
    pub fn held_out(self, asked: Option<f64>, trained_with: f64, usual: f64) -> f64 {
        asked.unwrap_or(match self {
            _ if trained_with > 0.0 => trained_with,
            Self::Validation => usual,
            Self::Test => 0.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::loss::tests::golden;

    #[test]
    fn balanced_weights_are_scikit_learns() {
        let golden = golden();
        let targets: Vec<u32> = serde_json::from_value(golden["trained_on"].clone()).unwrap();
        let weights = ClassWeights::Balanced.of(targets.iter().copied(), 4).unwrap();
        for (class, weight) in weights[..3].iter().enumerate() {
            let expected = golden["weights"][class].as_f64().unwrap();
            assert_eq!(*weight, expected as f32, "class {class}");
        }
        assert_eq!(weights[3], 0.0, "the class that no string has");
        assert_eq!(ClassWeights::None.of(targets.into_iter(), 4), None);
    }

    #[test]
    fn classes_of_the_same_size_weigh_exactly_1() {
        for size in [1, 7, 3333] {
            let targets = (0..3 * size).map(|string| string % 3);
            assert_eq!(ClassWeights::Balanced.of(targets, 3).unwrap(), [1.0; 3]);
        }
    }

    #[test]
    fn learning_rates_are_those_of_pytorchs_schedulers() {
        let golden = golden();
        let rate = golden["rate"].as_f64().unwrap();
        for (name, schedule) in [("linear", Schedule::Linear), ("cosine", Schedule::Cosine)] {
            let rates = golden[name].as_array().unwrap();
            for (epoch, expected) in (1..).zip(rates) {
                let got = schedule.rate(rate, epoch, rates.len() as u32);
                // The recursion rounds once an epoch.
                let error = (got - expected.as_f64().unwrap()).abs() / rate;
                assert!(error < 1e-14, "{name}, epoch {epoch}: {got}, {expected}");
            }
        }
        assert_eq!(Schedule::Constant.rate(rate, 7, 9), rate);
    }
}
