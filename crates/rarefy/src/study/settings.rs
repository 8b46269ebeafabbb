//! What one trial can be told, key by key, as in a study file.
//!
//! [`Settings`] is any part of it: the base of a study, one step of an axis, one entry of
//! a list. Laid over each other they are a whole trial's, which [`Settings::trial`] checks
//! and completes. The table of keys below is the only one; `docs/studies.md` explains
//! them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::given::GraphChoice;
use super::study::check_seed;
use super::trial::{MOST_EPOCHS, MOST_WEIGHTS, Pruning, Trial};
use super::wired::{NodeCount, Wired};
use crate::cell::Cell;
use crate::graph::{Family, Parameters};
use crate::prune::Scope;
use crate::train::{ClassWeights, Judge, Readout, Schedule, Training};
use crate::wiring::{GateMask, ReadoutFrom, Skip};

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $key:ident: $kind:ty,)+) => {
        /// Some settings of a trial; `None` where nothing is said.
        #[derive(Clone, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Settings {
            $($(#[doc = $doc])+
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $key: Option<$kind>,)+
        }

        impl Settings {
            /// All keys.
            pub const KEYS: &[&str] = &[$(stringify!($key)),+];

            /// The keys that something is said about.
            pub fn keys(&self) -> Vec<&'static str> {
                let mut keys = Vec::new();
                $(if self.$key.is_some() {
                    keys.push(stringify!($key));
                })+
                keys
            }

            /// The value of a key, if something is said about it.
            pub(super) fn value(&self, key: &str) -> Option<Value> {
                match key {
                    $(stringify!($key) => self.$key.as_ref().map(|value| json!(value)),)+
                    _ => None,
                }
            }

            /// Takes over all that `other` says.
            pub fn overlay(&mut self, other: &Self) {
                $(if other.$key.is_some() {
                    self.$key.clone_from(&other.$key);
                })+
            }

            /// Whether all that `other` says is said here too.
            pub fn holds(&self, other: &Self) -> bool {
                $((other.$key.is_none() || self.$key == other.$key))&&+
            }
        }
    };
}

settings! {
    /// What each recurrent unit computes.
    cell: Cell,
    /// Fingerprint of a trained model that is pruned, in place of one that is trained first.
    model: String,
    /// Units of each layer of a stack; of networks that are no graph.
    layers: Vec<usize>,
    /// Of initialisation, shuffling, and of which strings are held out.
    seed: u64,
    /// Width of the embedding.
    embedding: usize,
    /// The family of the graph that the network is wired as.
    family: Family,
    /// The graph's number within its family, or a file that holds it.
    graph: GraphChoice,
    /// Seed of the graphs.
    graph_seed: u64,
    /// Nodes of the graph: a count, or the fewest and most of a random one.
    nodes: NodeCount,
    /// Edges that each new node comes with.
    m: usize,
    /// Neighbours of each node in the ring.
    k: usize,
    /// Probability of rewiring an edge, or of joining a pair.
    p: f64,
    /// Edges of the graph.
    edges: usize,
    /// Edges of each node.
    degree: usize,
    /// Nodes of each block.
    blocks: Vec<usize>,
    /// Probability of joining a pair of the same block.
    within: f64,
    /// Probability of joining a pair of different blocks.
    between: f64,
    /// How gates see the graph.
    gate_mask: GateMask,
    /// How edges that skip layers enter.
    skip: Skip,
    /// Which nodes the readout reads.
    readout_from: ReadoutFrom,
    /// Strings a batch.
    batch: usize,
    /// Adam's step size.
    learning_rate: f64,
    /// Largest norm of the gradient.
    clip: f64,
    /// Where the network's answer is read.
    readout: Readout,
    /// How much the strings of each class count in training.
    class_weights: ClassWeights,
    /// Epochs without a lower validation loss that end training.
    patience: u32,
    /// How the learning rate goes down.
    schedule: Schedule,
    /// Epochs of training.
    epochs: u32,
    /// Which strings judge recovery.
    judge: Judge,
    /// Share of the training strings held out to judge by.
    validation_share: f64,
    /// What is pruned together.
    scope: Scope,
    /// Percent of it that is pruned.
    percent: f64,
    /// Epochs of retraining after pruning.
    retrain_epochs: u32,
    /// Recovered means: accuracy at least the unpruned model's minus this.
    tolerance: f64,
}

/// Whether `text` can be [`Model::fingerprint`](crate::format::Model::fingerprint)'s, or a graph's.
pub(super) fn is_fingerprint(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Held out where the held-out strings judge and nothing else is said.
const VALIDATION_SHARE: f64 = 0.1;
/// Recovered means within this of the unpruned accuracy, unless said otherwise.
const TOLERANCE: f64 = 0.01;
/// The layers of a stack, unless said otherwise: the thesis's.
const LAYERS: [usize; 3] = [50, 50, 50];

/// Of a stack, without its biases; as many as a computer counts where they are more.
fn recurrent_weights(cell: Cell, layers: &[usize], embedding: Option<usize>) -> usize {
    let below = embedding.as_ref().or(layers.first()).into_iter().chain(layers);
    let products = layers.iter().zip(below).map(|(&h, &i)| h.saturating_mul(h.saturating_add(i)));
    products.fold(0, usize::saturating_add).saturating_mul(cell.gates())
}

impl Settings {
    /// The trial of these settings; what is not said is the default.
    ///
    /// # Errors
    /// What is wrong with them, and what would be right, in a sentence.
    pub fn trial(&self) -> Result<Trial, String> {
        let cell = self.cell.ok_or("cell is missing: rnn_tanh, rnn_relu, gru or lstm")?;
        let epochs = match (&self.model, self.epochs) {
            (None, None) => {
                return Err("epochs is missing: how many epochs to train for".to_owned());
            }
            (None, Some(0)) => {
                return Err("epochs is 0: a network is trained for 1 or more".to_owned());
            }
            (None, Some(epochs)) => epochs,
            (Some(_), None | Some(0)) => 0,
            (Some(_), Some(_)) => {
                return Err(
                    "epochs and model are both given: a given model is trained already".to_owned()
                );
            }
        };
        if let Some(model) = &self.model
            && !is_fingerprint(model)
        {
            return Err(format!("model is {model:?}: expected a fingerprint, 16 of 0-9 and a-f"));
        }
        let wired = self.wired()?;
        let layers = match (&self.layers, &wired) {
            (Some(_), Some(_)) => {
                return Err("layers and family are both given: a network is a stack of layers or \
                    wired as a graph"
                    .to_owned());
            }
            (_, Some(_)) => Vec::new(),
            (layers, None) => layers.clone().unwrap_or_else(|| LAYERS.to_vec()),
        };
        if wired.is_none() && (layers.is_empty() || layers.contains(&0)) {
            return Err(format!("layers is {layers:?}: at least one layer of at least one unit"));
        }
        if recurrent_weights(cell, &layers, self.embedding) > MOST_WEIGHTS {
            let embedding = self.embedding.map(|width| format!(" and embedding {width}"));
            return Err(format!(
                "layers is {layers:?}{}: more than {MOST_WEIGHTS} weights, the most of a trial",
                embedding.unwrap_or_default()
            ));
        }
        for (key, epochs) in [("epochs", Some(epochs)), ("retrain_epochs", self.retrain_epochs)] {
            if let Some(epochs) = epochs.filter(|&epochs| epochs > MOST_EPOCHS) {
                return Err(format!("{key} is {epochs}: at most {MOST_EPOCHS}"));
            }
        }
        if self.embedding == Some(0) {
            return Err("embedding is 0: its width is 1 or more".to_owned());
        }
        let usual = Training::default();
        let training = Training {
            batch: self.batch.unwrap_or(usual.batch),
            learning_rate: self.learning_rate.unwrap_or(usual.learning_rate),
            clip: self.clip.unwrap_or(usual.clip),
            readout: self.readout.unwrap_or(usual.readout),
            class_weights: self.class_weights.unwrap_or(usual.class_weights),
            patience: self.patience.or(usual.patience),
            schedule: self.schedule.unwrap_or(usual.schedule),
        };
        if training.batch == 0 {
            return Err("batch is 0: a batch has 1 or more strings".to_owned());
        }
        for (key, value) in [("learning_rate", training.learning_rate), ("clip", training.clip)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(format!("{key} is {value}: it must be above 0"));
            }
        }
        let judge = self.judge.unwrap_or(Judge::Validation);
        let share = self.validation_share.unwrap_or(match judge {
            Judge::Validation => VALIDATION_SHARE,
            Judge::Test => 0.0,
        });
        if !(0.0..1.0).contains(&share) {
            return Err(format!("validation_share is {share}: 0 or more, less than 1"));
        }
        if training.patience == Some(0) {
            return Err("patience is 0: 1 or more epochs without a lower loss".to_owned());
        }
        if training.patience.is_some() && share == 0.0 {
            return Err("patience is given, but validation_share is 0: nothing is held out to \
                tell when to stop"
                .to_owned());
        }
        let pruning = self.pruning(judge, share)?;
        let seed = self.seed.unwrap_or_default();
        check_seed("seed", seed)?;
        let (model, embedding, validation_share) = (self.model.clone(), self.embedding, share);
        Ok(Trial {
            cell,
            seed,
            model,
            layers,
            wired,
            embedding,
            epochs,
            training,
            validation_share,
            pruning,
        })
    }

    fn pruning(&self, judge: Judge, share: f64) -> Result<Option<Pruning>, String> {
        let Some(percent) = self.percent else {
            let stray = ["scope", "retrain_epochs", "tolerance"];
            return match self.keys().into_iter().find(|key| stray.contains(key)) {
                Some(key) => Err(format!("{key} is about pruning, but percent is missing")),
                None => Ok(None),
            };
        };
        if !(0.0..=100.0).contains(&percent) {
            return Err(format!("percent is {percent}: from 0 to 100"));
        }
        let epochs = self.retrain_epochs.ok_or(
            "retrain_epochs is missing: how many epochs to retrain for after pruning (0: none)",
        )?;
        let tolerance = self.tolerance.unwrap_or(TOLERANCE);
        if !(0.0..=1.0).contains(&tolerance) {
            return Err(format!("tolerance is {tolerance}: a difference of accuracies, 0 to 1"));
        }
        if judge == Judge::Validation && share == 0.0 {
            return Err("judge is validation, but validation_share is 0: nothing is held out to \
                judge by"
                .to_owned());
        }
        let scope = self.scope.unwrap_or(Scope::Both);
        Ok(Some(Pruning { scope, percent, epochs, tolerance, judge }))
    }

    fn wired(&self) -> Result<Option<Wired>, String> {
        const OF_GRAPHS: [&str; 14] = [
            "graph",
            "graph_seed",
            "nodes",
            "m",
            "k",
            "p",
            "edges",
            "degree",
            "blocks",
            "within",
            "between",
            "gate_mask",
            "skip",
            "readout_from",
        ];
        let file = self.graph.as_ref().and_then(GraphChoice::file);
        let given = file.map(|(name, fingerprint)| fingerprint.unwrap_or(name).to_owned());
        if self.family.is_none() && given.is_none() {
            return match self.keys().into_iter().find(|key| OF_GRAPHS.contains(key)) {
                Some(key) => Err(format!("{key} is about graphs, but family is missing")),
                None => Ok(None),
            };
        }
        let parameters = Parameters {
            m: self.m,
            k: self.k,
            p: self.p,
            edges: self.edges,
            degree: self.degree,
            blocks: self.blocks.clone(),
            within: self.within,
            between: self.between,
            ..Parameters::default()
        };
        if given.is_some() && self.family.is_some() {
            return Err("graphs are of a family, graph = NUMBER, or of files, graph = [\"FILE\"] \
                without a family"
                .to_owned());
        }
        let number = match self.graph {
            Some(GraphChoice::Number(number)) => number,
            _ => 0,
        };
        let wired = Wired {
            family: self.family,
            number,
            graph_seed: self.graph_seed.unwrap_or_default(),
            nodes: self.nodes.unwrap_or_default(),
            given,
            parameters,
            gate_mask: self.gate_mask.unwrap_or_default(),
            skip: self.skip.unwrap_or_default(),
            readout_from: self.readout_from.unwrap_or_default(),
        };
        wired.check()?;
        if let Some(key) = ["graph_seed", "nodes"]
            .into_iter()
            .find(|key| self.family.is_none() && self.keys().contains(key))
        {
            return Err(format!("{key} is about graphs of a family, but graph names a file"));
        }
        check_seed("graph_seed", wired.graph_seed)?;
        if self.blocks.is_some() && self.nodes.is_some() {
            return Err("nodes is given, but blocks say how many there are".to_owned());
        }
        Ok(Some(wired))
    }
}
