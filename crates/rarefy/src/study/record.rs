//! What a trial leaves behind.
//!
//! A record is a pure function of the trial and the strings, but for `seconds`, which
//! therefore stays out of everything that is compared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Trial;
use crate::prune::{Pruned, Sparsity};
use crate::train::{Diverged, EpochResult, kept};

/// What one trial found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What was asked.
    pub trial: Trial,
    /// Hash of all that the result depends on: trial, data, result version, instruction
    /// set. A record with another fingerprint is not reused.
    pub fingerprint: String,
    /// Version of the program that wrote it.
    pub version: String,
    /// The kernels' instruction set, e.g. `avx2+fma`; results repeat bit for bit on it.
    pub instruction_set: String,
    /// [`crate::format::Model::fingerprint`] of the model that was left; `None` where
    /// none was.
    pub model: Option<String>,
    /// Properties of the graph that the network is wired as
    /// ([`crate::graph::Properties::NAMES`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<BTreeMap<String, Option<f64>>>,
    /// What pruning removed; `None` for a base model.
    pub pruned: Option<PruneSummary>,
    /// Accuracy that recovery is measured against: the base model's, on the strings that
    /// judge recovery. `None` for a base model.
    pub unpruned_accuracy: Option<f64>,
    /// One entry an epoch. A pruned trial starts with epoch 0: after pruning,
    /// before retraining.
    pub epochs: Vec<EpochResult>,
    /// With patience: the epoch of lowest validation loss, whose network was left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_epoch: Option<u32>,
    /// First epoch whose accuracy is within the tolerance of `unpruned_accuracy`;
    /// 0 when pruning alone did not take it below; `None` when it never got there.
    pub epochs_to_recover: Option<u32>,
    /// Set when training ended early because the loss was no number, here or in the
    /// base model's training; there is then nothing to prune, and no epoch.
    pub diverged: Option<Diverged>,
    /// Wall-clock seconds of each entry of `epochs`. Not part of the result.
    pub seconds: Vec<f64>,
}

impl Record {
    /// The epoch whose network was left: the last, or with patience the one of lowest
    /// validation loss. `None` when there was none.
    pub fn kept(&self) -> Option<&EpochResult> {
        kept(&self.epochs, self.kept_epoch)
    }
}

/// Counts of pruned weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PruneSummary {
    /// Weights with a smaller magnitude were pruned; `None` when no weight was left
    /// to rank.
    pub threshold: Option<f32>,
    /// Input-to-hidden weights that are zero by mask.
    pub pruned_ih: usize,
    /// Hidden-to-hidden weights that are zero by mask.
    pub pruned_hh: usize,
    /// Share of all recurrent weights (`ih` and `hh`) that is zero by mask, 0 to 1.
    pub sparsity: f64,
}

impl PruneSummary {
    /// Of a network that was pruned over all layers at once.
    pub(super) fn of(pruned: &Pruned, account: &Sparsity) -> Self {
        Self {
            threshold: pruned.thresholds.first().copied().filter(|threshold| !threshold.is_nan()),
            pruned_ih: account.masked_ih,
            pruned_hh: account.masked_hh,
            sparsity: account.sparsity,
        }
    }
}

/// A trial that could not be computed, such as one whose graph does not exist. It is tried
/// again when the study is run again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// What was asked.
    pub trial: Trial,
    /// Version of the program that wrote it.
    pub version: String,
    /// Why.
    pub error: String,
    /// How often it has been tried.
    pub attempts: u32,
}
