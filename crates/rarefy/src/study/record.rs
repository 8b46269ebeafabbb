//! The record of a trial: its results.
//!
//! A record is a pure function of the trial and the sequences, except for `seconds`, which
//! therefore stays out of everything that is compared. It says a hash of all the rest, so that
//! one that was changed after it was written is noticed and its trial computed again. Records
//! of versions that wrote no such hash are taken as they are if they make sense.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DataSummary, Trial};
use crate::connections::Measured;
use crate::kernel::instruction_set;
use crate::prune::{Pruned, Sparsity};
use crate::random::fnv1a;
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
    /// The graphs that sparse hidden-to-hidden weights are in the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections: Option<Measured>,
    /// What pruning removed; `None` for a model that is never pruned.
    pub pruned: Option<PruneSummary>,
    /// Number of weights and biases of the final network, without those that are masked; `None` in
    /// records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<usize>,
    /// Number of recurrent weights among them (input-to-hidden and hidden-to-hidden).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<usize>,
    /// Bytes of all constants of a network in integers, as C: of a trial for integers that can be
    /// written so. Of pruned units, without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant_bytes: Option<usize>,
    /// Of strings of a Reber grammar, how many of the test strings of each kind are classified right,
    /// and how many there are ([`ReberGrammar::kinds`](crate::data::ReberGrammar::kinds)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<BTreeMap<String, [usize; 2]>>,
    /// Merit that recovery is measured against: that of the model before it was first pruned, on
    /// the sequences that judge recovery. `None` for a base model.
    pub unpruned_accuracy: Option<f64>,
    /// One entry per epoch. A pruned trial starts with epoch 0: after pruning,
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
    /// [`Record::results_hash`] when it was written; `None` in records of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<String>,
    /// Wall-clock seconds of each entry of `epochs`. Not part of the result.
    pub seconds: Vec<f64>,
}

impl Record {
    /// The record of a trial of which nothing is known yet.
    pub fn of(trial: Trial, fingerprint: String) -> Self {
        Self {
            trial,
            fingerprint,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            instruction_set: instruction_set().to_owned(),
            model: None,
            properties: None,
            connections: None,
            pruned: None,
            parameters: None,
            weights: None,
            constant_bytes: None,
            recall: None,
            unpruned_accuracy: None,
            epochs: Vec::new(),
            kept_epoch: None,
            epochs_to_recover: None,
            diverged: None,
            results: None,
            seconds: Vec::new(),
        }
    }

    /// The epoch whose network was left: the last, or with patience the one of lowest
    /// validation loss. `None` when there was none.
    pub fn kept(&self) -> Option<&EpochResult> {
        kept(&self.epochs, self.kept_epoch)
    }

    /// A hash of everything in it but times, as 16 hexadecimal digits.
    pub fn results_hash(&self) -> String {
        let results = Self { results: None, seconds: Vec::new(), ..self.clone() };
        let results = serde_json::to_vec(&results).expect("records are plain data");
        format!("{:016x}", fnv1a(&results))
    }

    /// The same with the hash of what is in it now.
    pub fn sealed(self) -> Self {
        Self { results: Some(self.results_hash()), ..self }
    }

    /// Checks as far as possible that this is what was written, for sequences like `data`.
    ///
    /// # Errors
    /// What shows that it is not.
    pub(super) fn check(&self, data: &DataSummary) -> Result<(), String> {
        if self.results.as_ref().is_some_and(|results| *results != self.results_hash()) {
            return Err("its results have changed since it was written".to_owned());
        }
        if self.epochs.is_empty() && self.diverged.is_none() {
            return Err("it has no epochs".to_owned());
        }
        let first = u32::from(self.epochs.first().is_some_and(|first| first.epoch != 0));
        for (epoch, result) in (first..).zip(&self.epochs) {
            if result.epoch != epoch {
                return Err(format!("expected epoch {epoch}, found {}", result.epoch));
            }
            let scores = [result.train.as_ref(), result.validation.as_ref(), Some(&result.test)];
            let count =
                scores.into_iter().flatten().any(|s| s.count == 0 || s.correct() > Some(s.count));
            if count || result.test.count != data.test_reads.unwrap_or(data.test_strings) {
                return Err(format!("the counts of epoch {epoch} are impossible"));
            }
        }
        if self.kept_epoch.is_some() && self.kept().is_none() {
            return Err("the epoch whose model was kept is missing".to_owned());
        }
        Ok(())
    }
}

/// Counts of pruned weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PruneSummary {
    /// Weights with a smaller magnitude were pruned; `None` when no weight was left
    /// to rank, or layers were ranked each alone.
    pub threshold: Option<f32>,
    /// Input-to-hidden weights that are zero by mask.
    pub pruned_ih: usize,
    /// Hidden-to-hidden weights that are zero by mask.
    pub pruned_hh: usize,
    /// Share of all recurrent weights (`ih` and `hh`) that is zero by mask, 0 to 1.
    pub sparsity: f64,
}

impl PruneSummary {
    /// Whether `account` is that of the network it was made of.
    pub(super) fn is_of(&self, account: &Sparsity) -> bool {
        (self.pruned_ih, self.pruned_hh, self.sparsity)
            == (account.masked_ih, account.masked_hh, account.sparsity)
    }

    /// What was done, and what it left.
    pub(super) fn of(pruned: Option<&Pruned>, account: &Sparsity) -> Self {
        // Layers that are ranked alone have one each.
        let threshold = match pruned.map(|pruned| &pruned.thresholds[..]) {
            Some(&[threshold]) if !threshold.is_nan() => Some(threshold),
            _ => None,
        };
        Self {
            threshold,
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
