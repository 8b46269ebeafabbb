//! Training: loss, clipping, optimiser, epochs, evaluation, and recovery after pruning.
//!
//! A [`Trainer`] owns a network and the state of its training. [`Trainer::fit`] runs the epochs
//! and scores each; [`Training`] says how the learning rate falls and when training stops early.
//! Retraining a pruned network works in the same way, since the network keeps its masks;
//! [`epochs_to_recover`] reads the result.

mod by_class;
mod clip;
mod descent;
mod evaluate;
mod fit;
mod hold_out;
mod loss;
mod moved;
mod objective;
mod pieces;
mod revision;
mod score;
mod settings;
mod shown;
mod trainer;

pub use crate::network::Readout;
pub use crate::number::argmax;
pub(crate) use by_class::softmax;
pub use by_class::{Confusion, answers_csv};
pub use clip::{ClipBy, clip_global_norm, clip_values};
pub use descent::Descent;
pub use evaluate::Evaluator;
pub use fit::{
    Diverged, EpochResult, Fit, FitError, GoesOn, Observer, Strings, epochs_to_recover, kept,
};
pub use hold_out::{HoldOut, HoldOutError};
pub use loss::{Loss, cross_entropy, weighted_cross_entropy};
pub use moved::Moved;
pub use objective::Objective;
pub use revision::{Moments, Revision, RevisionError};
pub use score::{Answers, Merit, Score};
pub use settings::{ClassWeights, Judge, Optimizer, Schedule, SettingError, Training};
pub(crate) use settings::{is_default, is_momentum, is_weight_decay};
pub use trainer::{Progress, Reviser, Trainer, Turn};
