//! What is done to a network, one thing after another.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::prune::Selection;
use crate::train::Judge;

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
    /// Masking of weights. It begins a round: the network before it is a model of its own.
    Prune(Selection),
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

/// A pruning and the retraining after it: what goes, and what counts as recovered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pruning {
    /// What is pruned.
    #[serde(flatten)]
    pub selection: Selection,
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
    /// The two stages that it is.
    pub fn stages(self) -> [Stage; 2] {
        let Self { selection, epochs, tolerance, judge } = self;
        [Stage::Prune(selection), Stage::Retrain { epochs, tolerance, judge }]
    }

    /// What two stages are together, if they are a pruning and a retraining.
    pub fn of(stages: &[Stage]) -> Option<Self> {
        match *stages {
            [Stage::Prune(selection), Stage::Retrain { epochs, tolerance, judge }] => {
                Some(Self { selection, epochs, tolerance, judge })
            }
            _ => None,
        }
    }
}
