//! What one trial can be told, key by key, as in a study file.
//!
//! [`Settings`] is any part of it: the base of a study, one step of an axis, one entry of
//! a list. Laid over each other they are a whole trial's, which [`Settings::trial`] checks
//! and completes. There is one row for each key, in the table below: a new setting is a row, a
//! field of what it configures, and a line that carries it there. `docs/studies.md` explains
//! them.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::graph_choice::{GraphChoice, is_fingerprint};
use super::trial::{MOST_EPOCHS, MOST_WEIGHTS, Trial};
use crate::cell::Cell;
use crate::format::Kind;
use crate::graph::{Family, Parameters};
use crate::named::Named;
use crate::prune::{Criterion, Ranking, Scope};
use crate::recipe::{NodeCount, Pruning, Recipe, Stage, TOLERANCE, Wired};
use crate::train::{ClassWeights, Judge, Readout, Schedule, Training};
use crate::wiring::{GateMask, ReadoutFrom, Skip};

/// What a setting is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Topic {
    /// The network.
    Network,
    /// The graph that it is wired as.
    Graph,
    /// How it is wired as a graph.
    Wiring,
    /// How it is trained.
    Training,
    /// What judges it.
    Judging,
    /// How it is pruned and retrained.
    Pruning,
}

/// All there is to know about a setting.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Row {
    /// Its key in study files.
    pub key: &'static str,
    /// What it is about.
    pub topic: Topic,
    /// What it is, in a sentence.
    pub help: &'static str,
    /// What its column in tables holds.
    pub kind: Kind,
    /// Its option of commands, without dashes.
    pub option: &'static str,
    /// What help calls the option's value.
    pub value: &'static str,
    /// The names that it can have, each with what it means; none where it is no choice of names.
    pub choices: fn() -> Vec<(&'static str, &'static str)>,
    /// Whether labels of trials say it, and tables always have a column for it; other settings
    /// are told where they vary.
    pub told: bool,
}

/// What can be a setting's value.
trait Column {
    /// In a table.
    const KIND: Kind;

    fn choices() -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }
}

macro_rules! columns {
    ($($kind:ident: $($type:ty),+;)+) => {
        $($(impl Column for $type {
            const KIND: Kind = Kind::$kind;
        })+)+
    };
}

columns! {
    Integer: u32, u64, usize, GraphChoice;
    Real: f64;
    // Some of these are several numbers.
    Text: String, Vec<usize>, NodeCount;
}

impl<T: Named> Column for T {
    const KIND: Kind = Kind::Text;

    fn choices() -> Vec<(&'static str, &'static str)> {
        T::CHOICES.iter().map(|choice| (choice.name(), choice.help())).collect()
    }
}

macro_rules! is_told {
    (told) => {
        true
    };
    () => {
        false
    };
}

macro_rules! option {
    ($key:ident) => {
        stringify!($key)
    };
    ($key:ident $option:literal) => {
        $option
    };
}

macro_rules! value {
    () => {
        "VALUE"
    };
    ($value:literal) => {
        $value
    };
}

/// The rows: documentation, key and type, topic, whether it is `told`, its option where that is
/// not the key, and what the option's value is called; where it stands in a trial, and which values
/// are right (anything of its type, where nothing is said).
macro_rules! settings {
    ($(
        $(#[doc = $doc:literal])+
        $key:ident: $type:ty [$topic:ident $($told:ident)?] $(($value:literal $(as $option:literal)?))? = $of:expr
            $(, $valid:expr => $expected:expr)?;
    )+) => {
        /// Some settings of a trial; `None` where nothing is said.
        #[derive(Clone, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Settings {
            $($(#[doc = $doc])+
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $key: Option<$type>,)+
        }

        /// The keys, for what is about several or a certain one.
        #[allow(non_upper_case_globals, missing_docs)]
        pub mod key {
            $(pub const $key: &str = stringify!($key);)+
        }

        impl Settings {
            /// All keys.
            pub const KEYS: &[&str] = &[$(key::$key),+];

            /// A row for each key, in the same order.
            pub const ROWS: &[Row] = &[$(Row {
                key: key::$key,
                topic: Topic::$topic,
                help: concat!($($doc),+),
                kind: <$type as Column>::KIND,
                option: option!($key $($($option)?)?),
                value: value!($($value)?),
                choices: <$type as Column>::choices,
                told: is_told!($($told)?),
            }),+];

            /// The keys that something is said about.
            pub fn keys(&self) -> Vec<&'static str> {
                let mut keys = Vec::new();
                $(if self.$key.is_some() {
                    keys.push(key::$key);
                })+
                keys
            }

            /// The value of a key, if something is said about it.
            pub(super) fn value(&self, key: &str) -> Option<Value> {
                match key {
                    $(key::$key => self.$key.as_ref().map(|value| json!(value)),)+
                    _ => None,
                }
            }

            /// What `text` says of a key: its value, several with commas between them.
            ///
            /// # Errors
            /// What would be right.
            ///
            /// # Panics
            /// When there is no such key.
            pub fn read(key: &str, text: &str) -> Result<Self, String> {
                let mut settings = Self::default();
                match key {
                    $(key::$key => {
                        settings.$key = Some(read(text).ok_or(match <$type as Column>::KIND {
                            Kind::Integer => "expected a whole number",
                            Kind::Real => "expected a number",
                            _ => "expected another value",
                        })?);
                    })+
                    key => panic!("there is no setting {key}"),
                }
                settings.check().map_err(|wrong| wrong.expected.to_owned())?;
                Ok(settings)
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

            /// Whether each value can be one of its key's.
            ///
            /// # Errors
            /// The first that cannot, and what would be right.
            fn check(&self) -> Result<(), Wrong> {
                $($(if let Some(value) = &self.$key {
                    let valid: fn(&$type) -> bool = $valid;
                    if !valid(value) {
                        let value = shown(&json!(value));
                        return Err(Wrong { key: key::$key, value, expected: $expected });
                    }
                })?)+
                Ok(())
            }
        }

        impl Trial {
            /// The value of a setting by its key in study files; null where it does not apply.
            ///
            /// # Panics
            /// When there is no such key.
            pub fn value(&self, key: &str) -> Value {
                match key {
                    $(key::$key => {
                        let of: fn(&Trial) -> Option<$type> = $of;
                        json!(of(self))
                    })+
                    key => panic!("there is no setting {key}"),
                }
            }
        }
    };
}

settings! {
    /// What each recurrent unit computes.
    cell: Cell [Network told] = |t| Some(t.cell);
    /// Fingerprint of a given model, which is pruned instead of a newly trained one.
    model: String [Network] = |t| t.model.clone(),
        |text| is_fingerprint(text) => "expected a fingerprint: 16 characters of 0-9 and a-f";
    /// Units of each layer, for networks that are not wired as a graph.
    layers: Vec<usize> [Network] = |t| t.wired.is_none().then(|| t.layers.clone()),
        |layers| !layers.is_empty() && !layers.contains(&0) =>
            "expected at least one layer, each of at least one unit";
    /// Seed of the initial weights, the order of training and the choice of held-out sequences.
    seed: u64 [Network told] = |t| Some(t.seed), in_toml => MOST_SEED;
    /// Width of the embedding.
    embedding: usize [Network] = |t| t.embedding, |&width| width > 0 => "expected 1 or more";
    /// The family of the graph that the network is wired as.
    family: Family [Graph told] = |t| t.wired.as_ref()?.family;
    /// The graph's number within its family, or a file that holds it.
    graph: GraphChoice [Graph told] = |t| t.wired.as_ref().map(GraphChoice::of);
    /// Seed of the graphs.
    graph_seed: u64 [Graph] = |t| t.wired.as_ref().map(|w| w.graph_seed), in_toml => MOST_SEED;
    /// Nodes of the graph: a count, or the fewest and most of a random one.
    nodes: NodeCount [Graph] = |t| t.wired.as_ref().map(|w| w.nodes),
        |nodes| nodes.is_possible() =>
            "expected 2 nodes or more; a range is the fewest, then the most";
    /// Edges that each new node comes with.
    m: usize [Graph] = |t| t.wired.as_ref()?.parameters.m;
    /// Neighbours of each node in the ring.
    k: usize [Graph] = |t| t.wired.as_ref()?.parameters.k;
    /// Probability of rewiring an edge, or of joining a pair.
    p: f64 [Graph] = |t| t.wired.as_ref()?.parameters.p;
    /// Edges of the graph.
    edges: usize [Graph] = |t| t.wired.as_ref()?.parameters.edges;
    /// Edges of each node.
    degree: usize [Graph] = |t| t.wired.as_ref()?.parameters.degree;
    /// Nodes of each block.
    blocks: Vec<usize> [Graph] = |t| t.wired.as_ref()?.parameters.blocks.clone();
    /// Probability of joining a pair of the same block.
    within: f64 [Graph] = |t| t.wired.as_ref()?.parameters.within;
    /// Probability of joining a pair of different blocks.
    between: f64 [Graph] = |t| t.wired.as_ref()?.parameters.between;
    /// How the graph masks the gates.
    gate_mask: GateMask [Wiring told] = |t| t.wired.as_ref().map(|w| w.gate_mask);
    /// How edges that skip layers enter their target layer.
    skip: Skip [Wiring] = |t| t.wired.as_ref().map(|w| w.skip);
    /// Nodes that the readout reads.
    readout_from: ReadoutFrom [Wiring] = |t| t.wired.as_ref().map(|w| w.readout_from);
    /// Sequences in a batch.
    batch: usize [Training] ("N") = |t| Some(t.training.batch),
        |&batch| batch > 0 => "expected 1 or more sequences";
    /// Adam's learning rate.
    learning_rate: f64 [Training] ("RATE" as "lr") = |t| Some(t.training.learning_rate), positive => ABOVE_0;
    /// Largest norm of the gradient. Longer gradients are scaled down to it.
    clip: f64 [Training] ("NORM") = |t| Some(t.training.clip), positive => ABOVE_0;
    /// Step at which the network's output is read.
    readout: Readout [Training] = |t| Some(t.training.readout);
    /// Weight of each class in the training loss. The losses that are shown are never weighted.
    class_weights: ClassWeights [Training] ("WEIGHTS" as "class-weights") = |t| Some(t.training.class_weights);
    /// Stop after this many epochs without a lower held-out loss. The network of the best epoch is kept.
    patience: u32 [Training] ("EPOCHS") = |t| t.training.patience,
        |&epochs| epochs > 0 => "expected 1 or more epochs";
    /// How the learning rate falls from epoch to epoch.
    schedule: Schedule [Training] ("SCHEDULE") = |t| Some(t.training.schedule);
    /// Epochs of training.
    epochs: u32 [Training] = |t| Some(t.train_epochs()), few_epochs => MOST_EPOCHS_ARE;
    /// Which sequences judge recovery.
    judge: Judge [Judging] = |t| t.pruning().map(|p| p.judge);
    /// Share of the training sequences held out to judge by.
    validation_share: f64 [Judging] = |t| Some(t.validation_share),
        |share| (0.0..1.0).contains(share) => "expected 0 or more, but less than 1";
    /// Weights that are ranked and pruned together.
    scope: Scope [Pruning told] = |t| t.pruning().map(|p| p.scope);
    /// Percent of these weights that is pruned.
    percent: f64 [Pruning told] = |t| t.pruning().map(|p| p.percent),
        |percent| (0.0..=100.0).contains(percent) => "expected a number from 0 to 100";
    /// Weights that compete: all of the scope, or those of each layer alone.
    ranking: Ranking [Pruning] = |t| t.pruning().map(|p| p.ranking);
    /// Which of them go: the smallest in magnitude, or random ones as a control.
    criterion: Criterion [Pruning] = |t| t.pruning().map(|p| p.criterion);
    /// Number of prunings, each followed by retraining. Each takes the percent of the weights that are left.
    rounds: u32 [Pruning] = |t| t.pruning().map(|_| t.rounds()),
        |rounds| (1..=MOST_ROUNDS).contains(rounds) => "expected a number from 1 to 100";
    /// Epochs of retraining after pruning.
    retrain_epochs: u32 [Pruning] = |t| t.pruning().map(|p| p.epochs), few_epochs => MOST_EPOCHS_ARE;
    /// Accuracy that may be lost: a model has recovered at the unpruned accuracy minus this.
    tolerance: f64 [Pruning] = |t| t.pruning().map(|p| p.tolerance),
        |tolerance| (0.0..=1.0).contains(tolerance) => "expected a difference of accuracies, from 0 to 1";
}

/// A value that cannot be its key's.
struct Wrong {
    key: &'static str,
    value: String,
    expected: &'static str,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}: {}", self.key, self.value, self.expected)
    }
}

/// What `text` says: a number, a name, or several numbers with commas between them.
fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    let numbers: Result<Vec<u64>, _> =
        text.split(',').map(|number| number.trim().parse()).collect();
    let whole = text.parse::<u64>().map(Value::from).ok();
    let real = text.parse::<f64>().map(Value::from).ok();
    let values = [whole, real, Some(Value::from(text)), numbers.map(Value::from).ok()];
    values.into_iter().flatten().find_map(|value| serde_json::from_value(value).ok())
}

const ABOVE_0: &str = "expected a number above 0";

fn positive(value: &f64) -> bool {
    *value > 0.0 && value.is_finite()
}

/// TOML has no larger whole numbers.
fn in_toml(seed: &u64) -> bool {
    i64::try_from(*seed).is_ok()
}

const MOST_SEED: &str = "expected at most 9223372036854775807";

fn few_epochs(epochs: &u32) -> bool {
    *epochs <= MOST_EPOCHS
}

const MOST_EPOCHS_ARE: &str = "expected at most 100000 epochs";

/// A value of a setting, as one reads it: `50, 50` and `90`, not `[50, 50]` and `90.0`.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Number(number) => match number.as_f64() {
            Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => format!("{whole:.0}"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// Held out where the held-out strings judge and nothing else is said.
const VALIDATION_SHARE: f64 = 0.1;
/// The layers of a stack, unless said otherwise: the thesis's.
const LAYERS: [usize; 3] = [50, 50, 50];
/// Where the answer is read, unless said otherwise: the thesis's.
const READOUT: Readout = Readout::Padded;
/// The most prunings one after another.
const MOST_ROUNDS: u32 = 100;

/// Of a stack, without its biases; as many as a computer counts where they are more.
fn recurrent_weights(cell: Cell, layers: &[usize], embedding: Option<usize>) -> usize {
    let below = embedding.as_ref().or(layers.first()).into_iter().chain(layers);
    let products = layers.iter().zip(below).map(|(&h, &i)| h.saturating_mul(h.saturating_add(i)));
    products.fold(0, usize::saturating_add).saturating_mul(cell.gates())
}

impl Settings {
    /// The row of a key.
    ///
    /// # Panics
    /// When there is no such key.
    pub fn row(key: &str) -> &'static Row {
        let row = Self::ROWS.iter().find(|row| row.key == key);
        row.unwrap_or_else(|| panic!("there is no setting {key}"))
    }

    /// The first key about one of `topics` that something is said about.
    fn about(&self, topics: &[Topic]) -> Option<&'static str> {
        self.keys().into_iter().find(|key| topics.contains(&Self::row(key).topic))
    }

    /// The trial of these settings; what is not said is the default.
    ///
    /// # Errors
    /// What is wrong with them, and what would be right, in a sentence.
    pub fn trial(&self) -> Result<Trial, String> {
        let missing = |key: &str, what: &str| format!("{key} is missing: {what}");
        let cell =
            self.cell.ok_or_else(|| missing(key::cell, &Cell::ALL.map(Cell::name).join(", ")))?;
        let epochs = match (&self.model, self.epochs) {
            (None, None) => return Err(missing(key::epochs, "how many epochs to train for")),
            (None, Some(0)) => {
                return Err(format!("{} is 0: a network is trained for 1 or more", key::epochs));
            }
            (None, Some(epochs)) => epochs,
            (Some(_), None | Some(0)) => 0,
            (Some(_), Some(_)) => {
                return Err(both(key::epochs, key::model, "a given model is trained already"));
            }
        };
        self.check().map_err(|wrong| wrong.to_string())?;
        let wired = self.wired()?;
        let layers = match (&self.layers, &wired) {
            (Some(_), Some(_)) => {
                let why = "a network is either a stack of layers or wired as a graph";
                return Err(both(key::layers, key::family, why));
            }
            (_, Some(_)) => Vec::new(),
            (layers, None) => layers.clone().unwrap_or_else(|| LAYERS.to_vec()),
        };
        if recurrent_weights(cell, &layers, self.embedding) > MOST_WEIGHTS {
            let embedding = self.embedding.map(|width| format!(" and {} {width}", key::embedding));
            return Err(format!(
                "{} is {layers:?}{}: more than {MOST_WEIGHTS} weights, the most of a trial",
                key::layers,
                embedding.unwrap_or_default()
            ));
        }
        let training = self.training();
        let judge = self.judge.unwrap_or(Judge::Validation);
        let validation_share = self.validation_share.unwrap_or(match judge {
            Judge::Validation => VALIDATION_SHARE,
            Judge::Test => 0.0,
        });
        let pruning = self.pruning(judge)?;
        if validation_share == 0.0 {
            let nothing = |key: &str, what: &str, why: &str| {
                let share = key::validation_share;
                Err(format!("{key} is {what}, but {share} is 0: no data is held out to {why}"))
            };
            if training.patience.is_some() {
                return nothing(key::patience, "given", "decide when to stop");
            }
            if pruning.is_some() && judge == Judge::Validation {
                return nothing(key::judge, judge.name(), "judge by");
            }
        }
        let train = (epochs > 0).then_some(Stage::Train { epochs });
        let rounds = self.rounds.unwrap_or(1) as usize;
        let prunings = pruning.map(|pruning| pruning.stages().repeat(rounds));
        let recipe = Recipe {
            cell,
            model: self.model.clone(),
            layers,
            wired,
            embedding: self.embedding,
            training,
            validation_share,
            stages: train.into_iter().chain(prunings.into_iter().flatten()).collect(),
        };
        Ok(Trial { recipe, seed: self.seed.unwrap_or_default() })
    }

    /// What they say of training; what is not said is the default.
    pub fn training(&self) -> Training {
        let usual = Training::default();
        Training {
            batch: self.batch.unwrap_or(usual.batch),
            learning_rate: self.learning_rate.unwrap_or(usual.learning_rate),
            clip: self.clip.unwrap_or(usual.clip),
            readout: self.readout.unwrap_or(READOUT),
            class_weights: self.class_weights.unwrap_or(usual.class_weights),
            patience: self.patience.or(usual.patience),
            schedule: self.schedule.unwrap_or(usual.schedule),
        }
    }

    fn pruning(&self, judge: Judge) -> Result<Option<Pruning>, String> {
        let Some(percent) = self.percent else {
            return match self.about(&[Topic::Pruning]) {
                Some(key) => {
                    Err(format!("{key} is a setting of pruning, but {} is missing", key::percent))
                }
                None => Ok(None),
            };
        };
        let epochs = self.retrain_epochs.ok_or_else(|| {
            let key = key::retrain_epochs;
            format!("{key} is missing: how many epochs to retrain for after pruning (0: none)")
        })?;
        let tolerance = self.tolerance.unwrap_or(TOLERANCE);
        let scope = self.scope.unwrap_or(Scope::Both);
        let (ranking, criterion) =
            (self.ranking.unwrap_or_default(), self.criterion.unwrap_or_default());
        Ok(Some(Pruning { scope, ranking, criterion, percent, epochs, tolerance, judge }))
    }

    fn wired(&self) -> Result<Option<Wired>, String> {
        let file = self.graph.as_ref().and_then(GraphChoice::file);
        let given = file.map(|(name, fingerprint)| fingerprint.unwrap_or(name).to_owned());
        match (self.family, &given) {
            (None, None) => {
                return match self.about(&[Topic::Graph, Topic::Wiring]) {
                    Some(key) => {
                        Err(format!("{key} is a setting of graphs, but {} is missing", key::family))
                    }
                    None => Ok(None),
                };
            }
            (Some(_), Some(_)) => {
                return Err(format!(
                    "graphs are of a family, {graph} = NUMBER, or of files, {graph} = [\"FILE\"] \
                     without a family",
                    graph = key::graph
                ));
            }
            (Some(_), None) | (None, Some(_)) => {}
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
            parameters: Parameters {
                m: self.m,
                k: self.k,
                p: self.p,
                edges: self.edges,
                degree: self.degree,
                blocks: self.blocks.clone(),
                within: self.within,
                between: self.between,
                ..Parameters::default()
            },
            gate_mask: self.gate_mask.unwrap_or_default(),
            skip: self.skip.unwrap_or_default(),
            readout_from: self.readout_from.unwrap_or_default(),
        };
        if wired.family.is_none() {
            // Of all that is about graphs, a file leaves open how a network is wired as it.
            let stray = Self { graph: None, ..self.clone() };
            if let Some(key) = stray.about(&[Topic::Graph]) {
                let graph = key::graph;
                return Err(format!("{key} is for graph families, but {graph} names a file"));
            }
        }
        wired.check()?;
        if self.blocks.is_some() && self.nodes.is_some() {
            let (nodes, blocks) = (key::nodes, key::blocks);
            return Err(format!("{nodes} is given, but {blocks} already give the number"));
        }
        Ok(Some(wired))
    }
}

/// Why two settings exclude each other.
fn both(one: &str, other: &str, why: &str) -> String {
    format!("{one} and {other} are both given: {why}")
}
