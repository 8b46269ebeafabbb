//! What a trial is: one unit of work of a study, and all that its result depends on but
//! the strings.

use serde::{Deserialize, Serialize};

use super::Wired;
use crate::cell::Cell;
use crate::prune::{Ranking, Scope};
use crate::random::fnv1a;
use crate::train::{Judge, Training, is_default};
use crate::wiring::GateMask;

/// Raise it whenever the same settings and seed give other results than before, so
/// that old records are not taken for new ones.
pub(super) const RESULT_VERSION: u32 = 3;

/// Weights and biases of the largest network that a study trains: with gradients and Adam's
/// two moments some 540 MB for each thread.
pub(super) const MOST_WEIGHTS: usize = 1 << 25;
/// Epochs of the longest training: a record has an entry for each.
pub(super) const MOST_EPOCHS: u32 = 100_000;

/// The training of a base model, or one pruning of it followed by retraining.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The cell of every recurrent layer.
    pub cell: Cell,
    /// Names the random streams: initialisation, shuffling.
    pub seed: u64,
    /// The fingerprint of the trained model that is pruned; `None` where one is trained first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Units of each layer of a stack; none where the network is wired as a graph.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<usize>,
    /// The graph that the network is wired as; `None` for a stack of layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wired: Option<Wired>,
    /// Width of the embedding; as wide as the first layer if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding: Option<usize>,
    /// Epochs of the base model; 0 of one that is given.
    pub epochs: u32,
    /// Batch size, learning rate and its schedule, clipping, readout, class weights, patience.
    pub training: Training,
    /// Share of the training file held out for validation, 0 to 1.
    pub validation_share: f64,
    /// `None`: train the base model. `Some`: prune the base model and retrain it.
    pub pruning: Option<Pruning>,
}

/// How much of what is pruned, and how it is retrained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pruning {
    /// The weights that are pruned.
    pub scope: Scope,
    /// Which of them are ranked together.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ranking: Ranking,
    /// Percent of them that is pruned, 0 to 100.
    pub percent: f64,
    /// Epochs of retraining after pruning.
    pub epochs: u32,
    /// Recovered means: accuracy at least the unpruned model's minus this.
    pub tolerance: f64,
    /// Which strings judge recovery.
    pub judge: Judge,
}

impl Trial {
    /// A hash of settings, seed and result version: the same for ever, on every machine.
    pub fn hash(&self) -> u64 {
        let settings = serde_json::to_vec(&(RESULT_VERSION, self));
        mixed(fnv1a(&settings.expect("settings are plain data")))
    }

    /// What its files are called: a few settings, to be read, and [`Self::hash`], which
    /// makes it unique: `gru-seed0-both-90-0123456789abcdef`.
    pub fn name(&self) -> String {
        self.name_with(self.hash())
    }

    /// The same where the hash is known.
    pub(super) fn name_with(&self, hash: u64) -> String {
        format!("{}-{hash:016x}", self.label())
    }

    /// A few of its settings, for people: unique where a study varies nothing else.
    /// `gru-seed0`, `gru-seed0-both-90`, `gru-interleaved-barabasi_albert-7-seed0`.
    pub fn label(&self) -> String {
        let mut label = self.cell.to_string();
        if let Some(wired @ Wired { number, gate_mask, given, .. }) = &self.wired {
            if *gate_mask != GateMask::default() {
                label += &format!("-{}", gate_mask.name());
            }
            label += &match given {
                None => format!("-{}-{number}", wired.family_name()),
                // Of a file that was not read yet the name, whatever it holds.
                Some(given) => {
                    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
                    format!(
                        "-{}-{}",
                        wired.family_name(),
                        given.chars().map(plain).collect::<String>()
                    )
                }
            };
        }
        label += &format!("-seed{}", self.seed);
        match self.pruning {
            None => label,
            Some(Pruning { scope, percent, .. }) => format!("{label}-{scope}-{percent}"),
        }
    }

    /// The trial whose model this one starts from.
    pub fn base(&self) -> Option<Trial> {
        self.pruning.map(|_| Trial { pruning: None, ..self.clone() })
    }

    /// Epochs it trains for, or retrains; with patience the most.
    pub fn run_epochs(&self) -> u32 {
        self.pruning.map_or(self.epochs, |pruning| pruning.epochs)
    }

    /// Which strings judge it: those held out, where there are any and nothing else is asked.
    pub fn judge(&self) -> Judge {
        match self.pruning {
            Some(pruning) => pruning.judge,
            None if self.validation_share == 0.0 => Judge::Test,
            None => Judge::Validation,
        }
    }

    /// What an epoch costs beside another trial's, roughly, as measured.
    pub fn epoch_cost(&self) -> u64 {
        let cell = match self.cell {
            Cell::RnnTanh => 4,
            Cell::RnnRelu => 3,
            Cell::Gru => 9,
            Cell::Lstm => 12,
        };
        let units = match &self.wired {
            // Most of it are products of layers with layers.
            Some(wired) => {
                let nodes = wired.node_count() as u64;
                nodes * nodes + 100
            }
            None => {
                let below = self.layers.iter().take(1).chain(&self.layers);
                let products = self.layers.iter().zip(below).map(|(&h, &i)| h * (h + i) + 100);
                products.sum::<usize>() as u64
            }
        };
        cell * units
    }

    /// What all its epochs cost; one more for reading data and scoring, so that no trial
    /// is free.
    pub fn cost(&self) -> u64 {
        (u64::from(self.run_epochs()) + 1) * self.epoch_cost()
    }
}

/// Spreads what differs over all bits, so that the first digits are as good as any to
/// sort files into folders by (the finaliser of SplitMix64).
fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
