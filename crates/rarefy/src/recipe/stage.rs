//! What is done to a network, one thing after another.

use serde::{Deserialize, Serialize};

use crate::prune::{Criterion, Ranking, Scope};
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
    /// Masking of weights. It begins a round: the network before it is a model of its own.
    Prune {
        /// The weights that are pruned.
        scope: Scope,
        /// Which of them are ranked together.
        #[serde(default, skip_serializing_if = "is_default")]
        ranking: Ranking,
        /// Which of those go.
        #[serde(default, skip_serializing_if = "is_default")]
        criterion: Criterion,
        /// Percent of those that are left, 0 to 100.
        percent: f64,
    },
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

/// A pruning and the retraining after it: how much of what, and what counts as recovered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pruning {
    /// The weights that are pruned.
    pub scope: Scope,
    /// Which of them are ranked together.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ranking: Ranking,
    /// Which of those go.
    #[serde(default, skip_serializing_if = "is_default")]
    pub criterion: Criterion,
    /// Percent of those that are left, 0 to 100.
    pub percent: f64,
    /// Epochs of retraining after pruning.
    pub epochs: u32,
    /// Recovered means: accuracy at least the unpruned model's minus this.
    pub tolerance: f64,
    /// Which strings judge recovery.
    pub judge: Judge,
}

impl Pruning {
    /// The two stages that it is.
    pub fn stages(self) -> [Stage; 2] {
        let Self { scope, ranking, criterion, percent, epochs, tolerance, judge } = self;
        [
            Stage::Prune { scope, ranking, criterion, percent },
            Stage::Retrain { epochs, tolerance, judge },
        ]
    }

    /// What two stages are together, if they are a pruning and a retraining.
    pub fn of(stages: &[Stage]) -> Option<Self> {
        match *stages {
            [
                Stage::Prune { scope, ranking, criterion, percent },
                Stage::Retrain { epochs, tolerance, judge },
            ] => Some(Self { scope, ranking, criterion, percent, epochs, tolerance, judge }),
            _ => None,
        }
    }
}
