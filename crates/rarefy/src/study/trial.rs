//! Computing one trial: a pure function of settings, data and seed.

use serde_json::json;

use super::{DataSummary, PruneSummary, Record, Study, Trial};
use crate::data::Corpus;
use crate::format::{History, Model};
use crate::graph::FamilyError;
use crate::kernel::instruction_set;
use crate::network::Network;
use crate::prune::{PruneError, Ranking, prune, sparsity};
use crate::random::{Stream, fnv1a};
use crate::train::{Diverged, EpochResult, Strings, Trainer, epochs_to_recover, fit, hold_out};

/// Raise it whenever the same settings and seed give other results than before, so
/// that old records are not taken for new ones.
const RESULT_VERSION: u32 = 3;

/// A hash of all that the result of `trial` depends on, when computed with these
/// instructions.
pub(super) fn fingerprint(
    study: &Study,
    trial: &Trial,
    data: &DataSummary,
    instruction_set: &str,
) -> String {
    let recovery =
        trial.pruning.map(|_| json!([study.recovery_epochs, study.tolerance, study.judge]));
    let everything = json!({
        "result_version": RESULT_VERSION,
        "instruction_set": instruction_set,
        "data": data,
        "trial": trial,
        "networks": study.networks,
        "training": study.training,
        "base_epochs": study.base_epochs,
        "validation_share": study.validation_share,
        "recovery": recovery,
    });
    format!("{:016x}", fnv1a(everything.to_string().as_bytes()))
}

/// Trains a base model. `observe` sees each epoch.
///
/// # Errors
/// When there is no such graph as its network is to be wired as.
pub(super) fn train_base(
    study: &Study,
    trial: &Trial,
    data: &Corpus,
    fingerprint: String,
    observe: impl FnMut(&EpochResult),
) -> Result<(Record, Model), FamilyError> {
    let (labels, vocabulary) = (data.labels.clone(), data.vocabulary.clone());
    let wired = trial.wired.as_ref();
    let network = study.networks.initialise(trial.cell, wired, data, trial.seed)?;
    let (mut record, network) = train(study, trial, data, fingerprint, network, "shuffle", observe);
    let history = History {
        validation_share: study.validation_share,
        validation_seed: trial.seed,
        unpruned: None,
    };
    let model = Model { network, vocabulary, labels, readout: study.training.readout, history };
    record.model = Some(model.fingerprint());
    Ok((record, model))
}

/// Prunes `base` and retrains it. `observe` sees each epoch, from 0.
pub(super) fn prune_and_recover(
    study: &Study,
    trial: &Trial,
    data: &Corpus,
    fingerprint: String,
    unpruned_accuracy: f64,
    base: Model,
    observe: impl FnMut(&EpochResult),
) -> Result<Record, PruneError> {
    let pruning = trial.pruning.expect("a trial that prunes");
    let mut network = base.network;
    let pruned = prune(&mut network, pruning.scope, pruning.percent, Ranking::Global)?;
    let account = sparsity(&network);
    let purpose = "retraining shuffle";
    let (mut record, _) = train(study, trial, data, fingerprint, network, purpose, observe);
    record.pruned = Some(PruneSummary {
        threshold: pruned.thresholds.first().copied().filter(|threshold| !threshold.is_nan()),
        pruned_ih: account.masked_ih,
        pruned_hh: account.masked_hh,
        sparsity: account.sparsity,
    });
    record.unpruned_accuracy = Some(unpruned_accuracy);
    record.epochs_to_recover =
        epochs_to_recover(&record.epochs, study.judge, unpruned_accuracy, study.tolerance);
    Ok(record)
}

/// The record of a pruning whose base model has no usable weights.
pub(super) fn without_base(trial: &Trial, fingerprint: String, diverged: Diverged) -> Record {
    Record { diverged: Some(diverged), ..blank(trial, fingerprint) }
}

/// A record of nothing yet.
fn blank(trial: &Trial, fingerprint: String) -> Record {
    Record {
        trial: trial.clone(),
        fingerprint,
        instruction_set: instruction_set().to_owned(),
        model: None,
        pruned: None,
        unpruned_accuracy: None,
        epochs: Vec::new(),
        epochs_to_recover: None,
        diverged: None,
        seconds: Vec::new(),
    }
}

/// What training a base model and retraining a pruned one have in common.
fn train(
    study: &Study,
    trial: &Trial,
    data: &Corpus,
    fingerprint: String,
    network: Network,
    shuffle: &str,
    observe: impl FnMut(&EpochResult),
) -> (Record, Network) {
    let (train, validation) = hold_out(&data.train, study.validation_share, trial.seed);
    let validation = Some(&validation).filter(|strings| !strings.is_empty());
    let strings = Strings { train: &train, validation, test: &data.test };
    let stream = Stream::new(trial.seed, shuffle);
    let mut trainer = Trainer::new(network, study.training.clone(), stream);
    let score_first = trial.pruning.is_some();
    let epochs = study.epochs(trial);
    let fit = fit(&mut trainer, &study.training, strings, epochs, score_first, observe);
    let record = Record {
        epochs: fit.epochs,
        diverged: fit.diverged,
        seconds: fit.seconds,
        ..blank(trial, fingerprint)
    };
    (record, trainer.into_network())
}
