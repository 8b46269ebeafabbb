//! Computing one trial: a pure function of settings, data and seed.

use std::collections::BTreeMap;

use super::record::{PruneSummary, Record};
use super::trial::{MOST_WEIGHTS, RESULT_VERSION};
use super::wired::layered;
use super::{DataSummary, Trial};
use crate::data::Corpus;
use crate::format::{History, Model};
use crate::graph::{FamilyError, Graph, Properties};
use crate::kernel::instruction_set;
use crate::network::{Architecture, Input, Network};
use crate::prune::{PruneError, prune, sparsity};
use crate::random::{Stream, fnv1a};
use crate::train::{Diverged, EpochResult, Strings, Trainer, epochs_to_recover, fit, hold_out};

/// What a trial is computed from.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub trial: &'a Trial,
    pub corpus: &'a Corpus,
    pub data: &'a DataSummary,
    /// What the network is wired as, if as a graph.
    pub graph: Option<&'a Graph>,
    /// The trained model that is pruned, if it is given.
    pub given: Option<&'a Model>,
}

impl Trial {
    /// A hash of all that the result depends on, when computed with these instructions.
    pub fn fingerprint(&self, data: &DataSummary, instruction_set: &str) -> String {
        let everything = (RESULT_VERSION, instruction_set, data, self);
        let everything = serde_json::to_vec(&everything).expect("settings are plain data");
        format!("{:016x}", fnv1a(&everything))
    }

    /// The graph that its network is wired as, if it is.
    ///
    /// # Errors
    /// When there is no such graph.
    pub fn graph(&self) -> Result<Option<Graph>, FamilyError> {
        self.wired.as_ref().map(|wired| wired.graph()).transpose()
    }
}

impl Task<'_> {
    /// Trains a base model, or measures the one that is given. `observe` sees each epoch.
    pub(super) fn base(
        &self,
        observe: impl FnMut(&EpochResult),
    ) -> Result<(Record, Model), String> {
        let Self { trial, corpus, .. } = *self;
        if let Some(given) = self.given {
            let (mut record, network) = self.train(given.network.clone(), "shuffle", observe);
            let model = Model { network, ..given.clone() };
            record.model = Some(model.fingerprint());
            return Ok((record, model));
        }
        let (labels, encoding) = (corpus.labels.clone(), corpus.encoding.clone());
        let network = self.network()?;
        let (mut record, network) = self.train(network, "shuffle", observe);
        let history = History {
            validation_share: trial.validation_share,
            validation_seed: trial.seed,
            training_data: Some(corpus.train.fingerprint()),
            unpruned: None,
            origin: None,
        };
        let readout = trial.training.readout;
        let model = Model { network, encoding, labels, readout, history };
        record.model = Some(model.fingerprint());
        Ok((record, model))
    }

    /// The untrained network.
    pub(super) fn network(&self) -> Result<Network, String> {
        let Self { trial: Trial { cell, seed, .. }, corpus, .. } = *self;
        let classes = corpus.labels.names().len();
        let layers = &self.trial.layers;
        match (&self.trial.wired, self.graph) {
            (Some(wired), Some(graph)) => {
                let layering = layered(graph);
                // As wide as the first layer, unless said otherwise: the thesis's way.
                let embedding = self.trial.embedding.unwrap_or(layering.layers()[0].len());
                let input = Input::of(&corpus.encoding, embedding);
                let wiring = wired.wiring(*cell);
                let architecture = wiring.architecture(&layering, input, classes);
                few_enough(&architecture.map_err(|error| error.to_string())?)?;
                let network = wiring.network(&layering, input, classes, *seed);
                network.map_err(|error| error.to_string())
            }
            _ => {
                let input = Input::of(&corpus.encoding, self.trial.embedding.unwrap_or(layers[0]));
                let architecture = Architecture::stack(input, *cell, layers, classes);
                let architecture = architecture.map_err(|error| error.to_string())?;
                few_enough(&architecture)?;
                Ok(Network::initialise(architecture, *seed))
            }
        }
    }

    /// Prunes the model of `base` and retrains it. `observe` sees each epoch, from 0.
    ///
    /// # Panics
    /// When it is no trial that prunes.
    pub(super) fn prune_and_recover(
        &self,
        base: &Record,
        model: Model,
        observe: impl FnMut(&EpochResult),
    ) -> Result<(Record, Model), PruneError> {
        let pruning = self.trial.pruning.expect("a trial that prunes");
        let unpruned = base.kept().map(|kept| kept.judged(pruning.judge).accuracy());
        let mut network = model.network.clone();
        let pruned = prune(&mut network, pruning.scope, pruning.percent, pruning.ranking)?;
        let account = sparsity(&network);
        let (mut record, network) = self.train(network, "retraining shuffle", observe);
        record.pruned = Some(PruneSummary::of(&pruned, &account));
        record.unpruned_accuracy = unpruned;
        record.epochs_to_recover = unpruned.and_then(|unpruned| {
            epochs_to_recover(&record.epochs, pruning.judge, unpruned, pruning.tolerance)
        });
        let mut model = Model { network, ..model };
        if pruning.epochs > 0 {
            model.history.trained_again(self.trial.validation_share);
        }
        Ok((record, model))
    }

    /// The record of a pruning whose base model has no usable weights.
    pub(super) fn without_base(&self, diverged: Diverged) -> Record {
        Record { diverged: Some(diverged), ..self.blank() }
    }

    /// A record of nothing yet.
    fn blank(&self) -> Record {
        Record {
            trial: self.trial.clone(),
            fingerprint: self.trial.fingerprint(self.data, instruction_set()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            instruction_set: instruction_set().to_owned(),
            model: None,
            properties: self.graph.map(properties),
            pruned: None,
            unpruned_accuracy: None,
            epochs: Vec::new(),
            kept_epoch: None,
            epochs_to_recover: None,
            diverged: None,
            results: None,
            seconds: Vec::new(),
        }
    }

    /// What training a base model and retraining a pruned one have in common.
    fn train(
        &self,
        network: Network,
        shuffle: &str,
        observe: impl FnMut(&EpochResult),
    ) -> (Record, Network) {
        let Self { trial, corpus, .. } = *self;
        // What a given model was never trained on, if it says so.
        let given = self.given.map(|model| &model.history);
        let split_seed = given
            .filter(|history| history.validation_share > 0.0)
            .map_or(trial.seed, |history| history.validation_seed);
        let (train, validation) = hold_out(&corpus.train, trial.validation_share, split_seed);
        let validation = Some(&validation).filter(|strings| !strings.is_empty());
        let strings = Strings { train: &train, validation, test: &corpus.test };
        let stream = Stream::new(trial.seed, shuffle);
        let mut trainer = Trainer::new(network, trial.training.clone(), stream);
        let score_first = trial.pruning.is_some() || trial.model.is_some();
        let epochs = trial.run_epochs();
        let fit = fit(&mut trainer, &trial.training, strings, epochs, score_first, observe);
        let record = Record {
            epochs: fit.epochs,
            kept_epoch: fit.kept_epoch,
            diverged: fit.diverged,
            seconds: fit.seconds,
            ..self.blank()
        };
        (record, trainer.into_network())
    }
}

/// Whether a trial of this network has the memory that one may have.
fn few_enough(architecture: &Architecture) -> Result<(), String> {
    match architecture.parameter_count() {
        Some(count) if count <= MOST_WEIGHTS => Ok(()),
        _ => Err(format!("its network would have more than {MOST_WEIGHTS} weights and biases")),
    }
}

/// By name, as they stand in a record.
fn properties(graph: &Graph) -> BTreeMap<String, Option<f64>> {
    let values = Properties::new(graph, &layered(graph), 1).values();
    Properties::NAMES.iter().map(|name| (*name).to_owned()).zip(values).collect()
}
