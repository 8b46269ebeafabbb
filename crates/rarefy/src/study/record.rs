//! What a trial is and what it leaves behind.
//!
//! A record is a pure function of the trial and the study's settings, but for
//! `seconds`, which therefore stays out of everything that is compared.

use serde::{Deserialize, Serialize};

use super::{GraphFamily, Wired};
use crate::cell::Cell;
use crate::prune::Scope;
use crate::train::{Diverged, EpochResult};
use crate::wiring::GateMask;

/// One unit of work of a study: the training of a base model, or one pruning of it
/// followed by retraining.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The cell of every recurrent layer.
    pub cell: Cell,
    /// Names the random streams: initialisation, shuffling.
    pub seed: u64,
    /// The graph that the network is wired as; `None` for a stack of layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wired: Option<Wired>,
    /// `None`: train the base model. `Some`: prune the base model and retrain it.
    pub pruning: Option<Pruning>,
}

/// How much of what is pruned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pruning {
    /// The weights that are ranked together and pruned.
    pub scope: Scope,
    /// Percent of them that is pruned, 0 to 100.
    pub percent: f64,
}

impl Trial {
    /// A name that is unique within a study and fit for a file: `gru-seed0`,
    /// `gru-seed0-both-90`, `gru-interleaved-barabasi_albert-7-seed0`.
    pub fn name(&self) -> String {
        let mut base = self.cell.to_string();
        if let Some(Wired { family, number, gate_mask }) = &self.wired {
            if *gate_mask != GateMask::default() {
                base += &format!("-{}", gate_mask.name());
            }
            base += &format!("-{}", graph_name(*family, *number));
        }
        base += &format!("-seed{}", self.seed);
        match self.pruning {
            None => base,
            Some(Pruning { scope, percent }) => format!("{base}-{scope}-{percent}"),
        }
    }

    /// The trial whose model this one starts from.
    pub fn base(&self) -> Option<Trial> {
        self.pruning.map(|_| Trial { pruning: None, ..self.clone() })
    }
}

/// What a graph of a sample is called: `barabasi_albert-7`.
pub(super) fn graph_name(family: GraphFamily, number: u32) -> String {
    format!("{}-{number}", family.name())
}

/// What one trial found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What was asked.
    pub trial: Trial,
    /// Hash of all that the result depends on: trial, settings, data, result
    /// version, instruction set. A record with another fingerprint is not reused.
    pub fingerprint: String,
    /// The kernels' instruction set, e.g. `avx2+fma`; results repeat bit for bit on it.
    pub instruction_set: String,
    /// [`crate::format::Model::fingerprint`] of the model that was left; `None` where
    /// none was.
    pub model: Option<String>,
    /// What pruning removed; `None` for a base model.
    pub pruned: Option<PruneSummary>,
    /// Accuracy that recovery is measured against: the base model's last, on the
    /// strings that judge recovery. `None` for a base model.
    pub unpruned_accuracy: Option<f64>,
    /// One entry an epoch. A pruned trial starts with epoch 0: after pruning,
    /// before retraining.
    pub epochs: Vec<EpochResult>,
    /// First epoch whose accuracy is within the tolerance of `unpruned_accuracy`;
    /// 0 when pruning alone did not take it below; `None` when it never got there.
    pub epochs_to_recover: Option<u32>,
    /// Set when training ended early because the loss was no number, here or in the
    /// base model's training; there is then nothing to prune, and no epoch.
    pub diverged: Option<Diverged>,
    /// Wall-clock seconds of each entry of `epochs`. Not part of the result.
    pub seconds: Vec<f64>,
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
