//! What is done to a network, one thing after another.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::named;
use crate::prune::Selection;
use crate::sparsify::Period;
use crate::train::{Judge, is_default};

/// One thing that is done to a network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// The first training of a network: as it was initialised, or pruned before that.
    Train {
        /// Passes over the training data; with patience the most.
        epochs: u32,
    },
    /// Masking of weights. It begins a round: the network before it is kept as a model.
    Prune(Selection),
    /// After a pruning: weights that are left go back to what they were in the first training.
    Rewind(Rewind),
    /// Training of a network that was trained before, with its masks fixed.
    Retrain {
        /// Passes over the training data; 0 scores it only.
        epochs: u32,
        /// Recovered means: a merit of at least the unpruned network's minus this.
        tolerance: f64,
        /// Which sequences judge recovery.
        judge: Judge,
    },
}

impl Stage {
    /// The same without any training: what it does to weights and masks alone.
    pub fn train_no_more(&mut self) {
        if let Self::Train { epochs } | Self::Retrain { epochs, .. } = self {
            *epochs = 0;
        }
    }
}

named! {
    /// What is trained again after rewinding: the network that pruning found, or one that differs
    /// from it in one thing.
    #[derive(Default, PartialOrd)]
    pub enum Ticket: "ticket" {
        /// The masks that were found, with the weights of the first training.
        #[default]
        Found = "found",
        /// The same masks with new initial weights: a control for the weights.
        Reinitialized = "reinitialized",
        /// The weights of the first training, with as many masks in each matrix at random places: a
        /// control for the masks.
        Shuffled = "shuffled",
    }
}

/// Where weights go back to (Frankle and Carbin 2019, Frankle et al. 2020).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rewind {
    /// A moment of the first training; 0 is initialisation.
    pub to: Period,
    /// What is trained from there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ticket: Ticket,
}

/// A pruning and the retraining after it: what goes, and what counts as recovered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pruning {
    /// What is pruned.
    #[serde(flatten)]
    pub selection: Selection,
    /// Where the weights that are left go back to before that; they stay as they are if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewind: Option<Rewind>,
    /// Epochs of retraining after pruning.
    pub epochs: u32,
    /// Recovered means: accuracy at least the unpruned model's minus this.
    pub tolerance: f64,
    /// Which sequences judge recovery.
    pub judge: Judge,
}

impl Deref for Pruning {
    type Target = Selection;

    fn deref(&self) -> &Selection {
        &self.selection
    }
}

impl Pruning {
    /// The stages that it is.
    pub fn stages(self) -> impl Iterator<Item = Stage> {
        let Self { selection, rewind, epochs, tolerance, judge } = self;
        let rewind = rewind.map(Stage::Rewind);
        let retrain = Stage::Retrain { epochs, tolerance, judge };
        [Some(Stage::Prune(selection)), rewind, Some(retrain)].into_iter().flatten()
    }

    /// What some stages are together, if they are a pruning and a retraining.
    pub fn of(stages: &[Stage]) -> Option<Self> {
        let (rewind, retrain) = match *stages {
            [Stage::Prune(_), Stage::Rewind(rewind), retrain] => (Some(rewind), retrain),
            [Stage::Prune(_), retrain] => (None, retrain),
            _ => return None,
        };
        match (stages[0], retrain) {
            (Stage::Prune(selection), Stage::Retrain { epochs, tolerance, judge }) => {
                Some(Self { selection, rewind, epochs, tolerance, judge })
            }
            _ => None,
        }
    }
}
