//! Computing one trial: a pure function of settings, data and seed.

use std::collections::BTreeMap;

use super::record::{PruneSummary, Record};
use super::trial::{MOST_WEIGHTS, RESULT_VERSION};
use super::{DataSummary, Trial};
use crate::connections::measured;
use crate::data::{Corpus, ReberGrammar, Target};
use crate::format::Model;
use crate::graph::{FamilyError, Graph, Layering, Properties};
use crate::kernel::instruction_set;
use crate::network::{Architecture, Network};
use crate::prune::sparsity;
use crate::random::fnv1a;
use crate::recipe::Ran;
use crate::sparsify::Method;
use crate::train::{Diverged, EpochResult, HoldOut, argmax};

/// The inputs of a trial.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub trial: &'a Trial,
    pub corpus: &'a Corpus<'a>,
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
    /// Runs the last round of the trial's recipe: on the model of its parent's record, on the model
    /// that is given, or on a network that is initialised. `observe` sees each epoch.
    pub(super) fn run(
        &self,
        parent: Option<(&Record, Model)>,
        mut observe: impl FnMut(&EpochResult),
    ) -> Result<(Record, Model), String> {
        let Self { trial, corpus, .. } = *self;
        let round = trial.last_round();
        // What a given model was never trained on, if it says so.
        let split_seed = match self.given.map(|model| &model.history) {
            Some(history) if history.validation_share > 0.0 => history.validation_seed,
            _ => trial.seed,
        };
        let held_out = HoldOut::new(&corpus.train, trial.validation_share, split_seed);
        let held_out = held_out.map_err(|error| error.to_string())?;
        let judge = trial.judge();
        let unpruned = parent.as_ref().and_then(|(record, _)| {
            record.unpruned_accuracy.or(record.kept().map(|kept| kept.judged(judge).merit()))
        });
        let mut model = match (parent, self.given) {
            (Some((_, model)), _) => model,
            (None, Some(given)) => given.clone(),
            (None, None) => trial.model_of(self.network()?, corpus, trial.seed),
        };
        let strings = held_out.strings(&corpus.test);
        let initial = match self.given {
            Some(given) => given.network.clone(),
            None => self.network()?,
        };
        let ran = round.run(model.network, Some(&initial), strings, trial.seed, &mut observe);
        let Ran { network, pruned, fit, ranges } = ran.map_err(|error| error.to_string())?;
        (model.network, model.int8) = (network, ranges);
        if round.recovery().is_some() && round.epochs() > 0 {
            model.history.trained_again(trial.validation_share);
        }
        // What is pruned in the course of training has no one threshold.
        let later = trial.method().is_some_and(Method::prunes_later);
        let at_once = pruned.clone().filter(|_| !later);
        let masked = sparsity(&model.network);
        let is_sparse = pruned.is_some() || trial.sparsify.is_some();
        let record = Record {
            model: Some(model.fingerprint()),
            parameters: Some(model.network.parameters().len() - masked.masked()),
            weights: Some(masked.count_ih + masked.count_hh - masked.masked()),
            constant_bytes: model.int8.as_ref().and_then(|_| trial.constant_bytes(&model)),
            recall: self.recall(&model)?,
            connections: is_sparse.then(|| measured(&model.network)).flatten(),
            pruned: is_sparse.then(|| PruneSummary::of(at_once.as_ref(), &masked)),
            unpruned_accuracy: unpruned,
            epochs_to_recover: unpruned
                .and_then(|unpruned| round.epochs_to_recover(&fit.epochs, unpruned)),
            epochs: fit.epochs,
            kept_epoch: fit.kept_epoch,
            diverged: fit.diverged,
            seconds: fit.seconds,
            ..self.blank()
        };
        Ok((record, model))
    }

    /// How many test strings of each kind are classified right, if the test strings are those of a
    /// Reber grammar and its decoys.
    fn recall(&self, model: &Model) -> Result<Option<BTreeMap<String, [usize; 2]>>, String> {
        let Self { corpus, trial, .. } = *self;
        let known = |grammar: &ReberGrammar| Some((*grammar, corpus.kinds(*grammar)?));
        let Some((grammar, kinds)) = ReberGrammar::ALL.iter().find_map(known) else {
            return Ok(None);
        };
        let logits = model.logits(&corpus.test, trial.training.batch);
        let logits = logits.map_err(|error| error.to_string())?;
        let mut counts = vec![[0; 2]; grammar.kinds().len()];
        let rows = logits.chunks_exact(model.network.architecture().classes).zip(&kinds);
        for (row, (logits, &kind)) in rows.enumerate() {
            let is_right = matches!(corpus.test.get(row).1, Target::Class(class) if class as usize == argmax(logits));
            counts[kind][0] += usize::from(is_right);
            counts[kind][1] += 1;
        }
        Ok(Some(grammar.kinds().into_iter().map(str::to_owned).zip(counts).collect()))
    }

    /// The untrained network.
    pub(super) fn network(&self) -> Result<Network, String> {
        let Self { trial, corpus, .. } = *self;
        let wiring = trial.wired.as_ref().map(|wired| wired.wiring(trial.cell));
        let layering = self.layering()?;
        let graph = wiring.as_ref().zip(layering.as_ref());
        let architecture = trial.architecture(graph, corpus.into());
        few_enough(&architecture.map_err(|error| error.to_string())?)?;
        let network = trial.recipe.network(graph, corpus.into(), trial.seed);
        network.map_err(|error| error.to_string())
    }

    /// The graph that the network is wired as, in layers.
    fn layering(&self) -> Result<Option<Layering>, String> {
        let layering = self.trial.wired.as_ref().zip(self.graph);
        let layering = layering.map(|(wired, graph)| wired.layering(graph)).transpose();
        layering.map_err(|error| error.to_string())
    }

    /// The record of a trial whose parent diverged.
    pub(super) fn without_parent(&self, diverged: Diverged) -> Record {
        Record { diverged: Some(diverged), ..self.blank() }
    }

    /// A record of nothing yet.
    fn blank(&self) -> Record {
        let fingerprint = self.trial.fingerprint(self.data, instruction_set());
        Record { properties: self.properties(), ..Record::of(self.trial.clone(), fingerprint) }
    }

    /// Properties of its graph by name, as they stand in a record.
    fn properties(&self) -> Option<BTreeMap<String, Option<f64>>> {
        let (graph, layering) = (self.graph?, self.layering().ok()??);
        let values = Properties::new(graph, &layering, 1).values();
        Some(Properties::NAMES.iter().map(|name| (*name).to_owned()).zip(values).collect())
    }
}

/// Checks that a network is not larger than trials allow.
fn few_enough(architecture: &Architecture) -> Result<(), String> {
    match architecture.parameter_count() {
        Some(count) if count <= MOST_WEIGHTS => Ok(()),
        _ => Err(format!("its network would have more than {MOST_WEIGHTS} weights and biases")),
    }
}
