//! The settings of a trial, key by key, as in a study file.
//!
//! [`Settings`] is any part of it: the base of a study, one step of an axis, one entry of
//! a list. Laid over each other they are a whole trial's, which [`Settings::trial`] checks
//! and completes (`asked.rs`). There is one row for each key, in the table below: a new setting is
//! a row, a field of what it configures, and a line that carries it there. `docs/studies.md`
//! explains them.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::graph_choice::{GraphChoice, is_fingerprint};
use super::trial::{MOST_EPOCHS, Trial};
use crate::cell::Cell;
use crate::format::Kind;
use crate::graph::{DeadEnds, Family, Orientation};
use crate::named::Named;
use crate::network::{Activation, Initialisation};
use crate::prune::{Criterion, Grain, Ranking, Scope};
use crate::recipe::{NodeCount, Ticket};
use crate::sparsify::{Method, Period};
use crate::train::{
    ClassWeights, ClipBy, Judge, Moments, Optimizer, Readout, Schedule, is_momentum,
    is_weight_decay,
};
use crate::wiring::{GateMask, ReadoutFrom, Skip};

/// What a setting is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Topic {
    /// What settings are called.
    Naming,
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
    /// How it becomes sparse in its training.
    Sparsifying,
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
    /// Whether it is part of every label and has a column in every table. Other settings appear
    /// only where they vary.
    pub told: bool,
}

/// What can be a setting's value.
trait Column {
    /// In a table.
    const KIND: Kind;
    /// What a text that is no such value should have been.
    const EXPECTED: &'static str = match Self::KIND {
        Kind::Integer => "expected a whole number",
        Kind::Real => "expected a number",
        _ => "expected another value",
    };

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
    Text: String, Vec<usize>, NodeCount, bool;
}

impl Column for Period {
    const KIND: Kind = Kind::Text;
    const EXPECTED: &'static str =
        "expected a number of updates, like 100, or of epochs, like \"1 epoch\"";
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

/// Each row has the setting's documentation, key, type and topic; `told` if marked as such; the
/// name of its option's value, and its option if that is not the key; its place in a trial, and its
/// valid values (by default, all values of its type).
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
                        settings.$key = Some(read(text).ok_or(<$type as Column>::EXPECTED)?);
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
            pub(super) fn check(&self) -> Result<(), Wrong> {
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
    /// What this study calls these settings. Contrasts can compare by it; trials do not depend on it.
    method: String [Naming] = |_| None, |name| !name.is_empty() => "expected a name";
    /// Units of each layer, for networks that are not wired as a graph.
    layers: Vec<usize> [Network] = |t| t.wired.is_none().then(|| t.layers.clone()),
        |layers| !layers.is_empty() && !layers.contains(&0) =>
            "expected at least one layer, each of at least one unit";
    /// Seed of the initial weights, the order of training and the choice of held-out sequences.
    seed: u64 [Network told] = |t| Some(t.seed), in_toml => MOST_SEED;
    /// Whether each layer reads in both directions. It then has as many units again.
    bidirectional: bool [Network] = |t| t.bidirectional.then_some(true);
    /// Units of hidden linear layers before the output.
    head: Vec<usize> [Network] ("N,N,...") = |t| (!t.head.is_empty()).then(|| t.head.sizes.clone()),
        |sizes| !sizes.contains(&0) => "expected sizes of at least 1";
    /// Function that follows each hidden linear layer.
    activation: Activation [Network] ("NAME") = |t| (!t.head.is_empty()).then_some(t.head.activation);
    /// Width of the embedding.
    embedding: usize [Network] = |t| t.embedding, |&width| width > 0 => "expected 1 or more";
    /// How initial weights are drawn.
    init: Initialisation [Network] ("INIT") = |t| t.model.is_none().then_some(t.init);
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
    /// How the edges of the graph are directed.
    orientation: Orientation [Wiring] = |t| t.wired.as_ref().map(|w| w.orientation);
    /// Nodes that lead nowhere.
    dead_ends: DeadEnds [Wiring] = |t| t.wired.as_ref().map(|w| w.dead_ends);
    /// Sequences in a batch.
    batch: usize [Training] ("N") = |t| Some(t.training.batch),
        |&batch| batch > 0 => "expected 1 or more sequences";
    /// How the gradient moves the weights.
    optimizer: Optimizer [Training] ("OPTIMIZER") = |t| Some(t.training.optimizer);
    /// Learning rate.
    learning_rate: f64 [Training] ("RATE" as "lr") = |t| Some(t.training.learning_rate), positive => ABOVE_0;
    /// Weight decay of adamw or sgd. By default 0. It shrinks all parameters: of adamw apart from the gradient, of sgd as a part of it.
    weight_decay: f64 [Training] ("DECAY" as "weight-decay") = |t| (t.training.optimizer != Optimizer::Adam).then_some(t.training.weight_decay),
        |&decay| is_weight_decay(decay) => "expected 0 or more";
    /// Momentum of sgd. By default 0.
    momentum: f64 [Training] ("MOMENTUM") = |t| (t.training.optimizer == Optimizer::Sgd).then_some(t.training.momentum),
        |&momentum| is_momentum(momentum) => "expected 0 or more, but less than 1";
    /// Largest norm of the gradient, or largest value in it. Larger ones are brought down to it.
    clip: f64 [Training] ("LIMIT") = |t| Some(t.training.clip), positive => ABOVE_0;
    /// What clipping limits: the norm of the gradient, or each of its values.
    clip_by: ClipBy [Training] ("WHAT" as "clip-by") = |t| Some(t.training.clip_by);
    /// Step at which the network's output is read.
    readout: Readout [Training] = |t| Some(t.training.readout);
    /// Weight of each class in the training loss. The losses that are shown are never weighted.
    class_weights: ClassWeights [Training] ("WEIGHTS" as "class-weights") = |t| Some(t.training.class_weights);
    /// Stop after this many epochs without a lower held-out loss. The network of the best epoch is kept.
    patience: u32 [Training] ("EPOCHS") = |t| t.training.patience,
        |&epochs| epochs > 0 => "expected 1 or more epochs";
    /// How the learning rate falls from epoch to epoch.
    schedule: Schedule [Training] ("SCHEDULE") = |t| Some(t.training.schedule);
    /// Probability of dropping a value between layers in training.
    dropout: f64 [Training] ("RATE") = |t| Some(t.training.dropout.layers), is_rate => A_RATE;
    /// Probability of dropping a value of the input in training.
    input_dropout: f64 [Training] ("RATE" as "input-dropout") = |t| Some(t.training.dropout.input), is_rate => A_RATE;
    /// Probability of dropping a unit from what recurrent weights read in training. It is dropped at all steps.
    recurrent_dropout: f64 [Training] ("RATE" as "recurrent-dropout") = |t| Some(t.training.dropout.recurrent), is_rate => A_RATE;
    /// Steps of a running text before each update. Gradients reach no further back; the state goes on.
    bptt: usize [Training] ("STEPS") = |t| Some(t.training.bptt), |&steps| steps > 0 => "expected 1 or more steps";
    /// Epochs of training.
    epochs: u32 [Training] = |t| Some(t.train_epochs()), few_epochs => MOST_EPOCHS_ARE;
    /// Which sequences judge recovery.
    judge: Judge [Judging] = |t| t.pruning().map(|p| p.judge);
    /// Share of the training sequences held out to judge by.
    validation_share: f64 [Judging] = |t| Some(t.validation_share),
        |share| (0.0..1.0).contains(share) => "expected 0 or more, but less than 1";
    /// Weights that are ranked and pruned together.
    scope: Scope [Pruning told] = |t| t.selection().map(|s| s.scope);
    /// Percent of these weights that is pruned.
    percent: f64 [Pruning told] = |t| t.selection().map(|s| s.percent),
        |percent| (0.0..=100.0).contains(percent) => "expected a number from 0 to 100";
    /// Weights that compete with each other.
    ranking: Ranking [Pruning] ("RANKING") = |t| t.selection().map(|s| s.ranking);
    /// What is pruned as one: single weights, blocks or units.
    grain: Grain [Pruning] ("GRAIN") = |t| t.selection().map(|s| s.grain);
    /// Criterion by which weights are pruned.
    criterion: Criterion [Pruning] ("CRITERION") = |t| t.selection().map(|s| s.criterion);
    /// Training sequences that the criterion sees, where it scores weights on sequences.
    samples: usize [Pruning] ("N") = |t| t.selection()?.samples,
        |&samples| samples > 0 => "expected 1 or more sequences";
    /// Method of sparse training.
    sparsify: Method [Sparsifying] ("METHOD") = |t| t.method();
    /// Share of the recurrent weights to keep.
    density: f64 [Sparsifying] ("SHARE") = |t| t.method().and(t.selection()).map(|s| rounded(1.0 - s.percent / 100.0)),
        |density| (0.0..=1.0).contains(density) => "expected a share from 0 to 1";
    /// How often masks change: updates, or epochs, such as "1 epoch". By default 100 updates, for set and selfish 1 epoch.
    every: Period [Sparsifying] ("PERIOD") = |t| t.sparsify?.every(),
        |every| every.updates(1) > 0 => "expected 1 or more updates or epochs";
    /// Share of the weights replaced at the first change of masks. By default 0.3, for selfish 0.5.
    fraction: f64 [Sparsifying] ("SHARE") = |t| t.sparsify?.fraction(),
        |fraction| *fraction > 0.0 && *fraction <= 1.0 => "expected a share above 0, up to 1";
    /// What becomes of the optimizer's moments when masks change. Those of weights that stay are kept, or all are reset.
    moments: Moments [Sparsifying] = |t| (t.sparsify?.every().is_some()).then_some(t.training.moments);
    /// When gradual pruning begins: after this many updates, or epochs. By default at once.
    begin: Period [Sparsifying] ("PERIOD") = |t| Some(t.sparsify?.span()?.0);
    /// When gradual pruning ends. By default after three quarters of training, for narang after half of it.
    end: Period [Sparsifying] ("PERIOD") = |t| t.sparsify?.span()?.1;
    /// Weight of the penalty of group-lasso.
    strength: f64 [Sparsifying] ("LAMBDA") = |t| t.sparsify?.strength(), positive => ABOVE_0;
    /// Moment of the first training whose weights are retrained after pruning: updates, or epochs. 0 is initialisation. The weights stay as they are if it is not given.
    rewind: Period [Pruning] = |t| Some(t.pruning()?.rewind?.to);
    /// Which weights and masks are retrained after rewinding.
    ticket: Ticket [Pruning] = |t| Some(t.pruning()?.rewind?.ticket);
    /// Number of prunings, each followed by retraining. Each takes the percent of the weights that are left.
    rounds: u32 [Pruning] = |t| t.pruning().map(|_| t.rounds()),
        |rounds| (1..=MOST_ROUNDS).contains(rounds) => "expected a number from 1 to 100";
    /// Epochs of retraining after pruning.
    retrain_epochs: u32 [Pruning] = |t| t.pruning().map(|p| p.epochs), few_epochs => MOST_EPOCHS_ARE;
    /// Whether the last retraining prepares for integers of 8 bits, and its scores are of the network in integers.
    int8: bool [Pruning] = |t| t.pruning().map(|_| t.int8).filter(|int8| *int8);
    /// Accuracy that may be lost: a model has recovered at the unpruned accuracy minus this.
    tolerance: f64 [Pruning] = |t| t.pruning().map(|p| p.tolerance),
        |tolerance| (0.0..=1.0).contains(tolerance) => "expected a difference of accuracies, from 0 to 1";
}

/// A value that cannot be its key's.
pub(super) struct Wrong {
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

/// A share without the noise of its last digits.
pub(super) fn rounded(share: f64) -> f64 {
    (share * 1e12).round() / 1e12
}

const A_RATE: &str = "expected 0 or more, but less than 1";

fn is_rate(rate: &f64) -> bool {
    (0.0..1.0).contains(rate)
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

/// The most prunings one after another.
const MOST_ROUNDS: u32 = 100;

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
    pub(super) fn about(&self, topics: &[Topic]) -> Option<&'static str> {
        self.keys().into_iter().find(|key| topics.contains(&Self::row(key).topic))
    }
}
