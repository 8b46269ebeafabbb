//! A trial: one unit of work of a study, with everything that its result depends on except the
//! sequences.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::format::Model;
use crate::format::export::c_cost;
use crate::network::{Head, Initialisation};
use crate::prune::{Criterion, Grain, Selection};
use crate::random::fnv1a;
use crate::recipe::{Pruning, Recipe, Rewind, Stage, Ticket, Wired};
use crate::sparsify::Sparsify;
use crate::train::{Training, is_default};
use crate::wiring::GateMask;

/// Raise it whenever the same settings and seed give other results than before, so
/// that old records are not taken for new ones.
pub(super) const RESULT_VERSION: u32 = 3;

/// Weights and biases of the largest network that a study trains: with gradients and Adam's
/// two moments some 540 MB for each thread.
pub(super) const MOST_WEIGHTS: usize = 1 << 25;
/// Epochs of the longest training: a record has an entry for each.
pub(super) const MOST_EPOCHS: u32 = 100_000;

/// The last round of a recipe, with a seed: the training of a base model, or a pruning of its
/// parent's model followed by retraining.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Trial {
    /// What is done.
    pub recipe: Recipe,
    /// Names the random streams: initialisation, shuffling.
    pub seed: u64,
}

/// A trial has the methods of its recipe.
impl Deref for Trial {
    type Target = Recipe;

    fn deref(&self) -> &Recipe {
        &self.recipe
    }
}

/// A trial in files. One training, and at most one pruning after it, are `epochs` and `pruning`;
/// what they cannot say is a list of `stages`.
#[derive(Clone, Serialize, Deserialize)]
struct Wire {
    cell: Cell,
    seed: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    layers: Vec<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wired: Option<Wired>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    embedding: Option<usize>,
    #[serde(default, skip_serializing_if = "is_default")]
    bidirectional: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    head: Head,
    #[serde(default, skip_serializing_if = "is_default")]
    init: Initialisation,
    /// Of the training; 0 where there is none.
    epochs: u32,
    training: Training,
    validation_share: f64,
    pruning: Option<Pruning>,
    /// What changes masks in training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sparsify: Option<Sparsify>,
    /// Whether the last training is for integers.
    #[serde(default, skip_serializing_if = "is_default")]
    int8: bool,
    /// All stages, where epochs and pruning do not say them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    stages: Vec<Stage>,
}

impl From<Trial> for Wire {
    fn from(Trial { recipe, seed }: Trial) -> Self {
        let Recipe {
            cell,
            model,
            layers,
            wired,
            embedding,
            bidirectional,
            head,
            init,
            training,
            validation_share,
            sparsify,
            int8,
            stages,
        } = recipe;
        let (epochs, rest) = match stages[..] {
            [Stage::Train { epochs }, ref rest @ ..] if epochs > 0 => (epochs, rest),
            ref rest => (0, rest),
        };
        let pruning = Pruning::of(rest);
        let (epochs, stages) = match rest.is_empty() || pruning.is_some() {
            true => (epochs, Vec::new()),
            false => (0, stages),
        };
        Self {
            cell,
            seed,
            model,
            layers,
            wired,
            embedding,
            bidirectional,
            head,
            init,
            epochs,
            training,
            validation_share,
            pruning,
            sparsify,
            int8,
            stages,
        }
    }
}

impl From<Wire> for Trial {
    fn from(wire: Wire) -> Self {
        let train = (wire.epochs > 0).then_some(Stage::Train { epochs: wire.epochs });
        let pruned = wire.pruning.map(Pruning::stages).into_iter().flatten();
        let stages = match wire.stages.is_empty() {
            true => train.into_iter().chain(pruned).collect(),
            false => wire.stages,
        };
        let Wire {
            cell,
            seed,
            model,
            layers,
            wired,
            embedding,
            bidirectional,
            head,
            init,
            training,
            validation_share,
            sparsify,
            int8,
            ..
        } = wire;
        let recipe = Recipe {
            cell,
            model,
            layers,
            wired,
            embedding,
            bidirectional,
            head,
            init,
            training,
            validation_share,
            sparsify,
            int8,
            stages,
        };
        Self { recipe, seed }
    }
}

impl Trial {
    /// Bytes of all constants of its model as C, if it can be written so; of pruned units, without
    /// them.
    pub fn constant_bytes(&self, model: &Model) -> Option<usize> {
        let is_unit = self.selection().is_some_and(|selection| selection.grain == Grain::Unit);
        let cost = match is_unit {
            true => c_cost(&Model { network: model.network.shrink().0, ..model.clone() }),
            false => c_cost(model),
        };
        Some(cost.ok()?.bytes())
    }

    /// A hash of settings, seed and result version: it never changes, on any machine.
    pub fn hash(&self) -> u64 {
        let settings = serde_json::to_vec(&(RESULT_VERSION, self));
        mixed(fnv1a(settings.expect("settings are plain data")))
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
        if let Some(Selection { scope, criterion, percent, .. }) = self.selection() {
            label += &format!("-{scope}-{percent}");
            if criterion != Criterion::default() {
                label += &format!("-{criterion}");
            }
        }
        if let Some(method) = self.method() {
            label += &format!("-{method}");
        }
        let Some(pruning) = self.pruning() else { return label };
        if let Some(Rewind { to, ticket }) = pruning.rewind {
            label += &format!("-rewind-{}", to.to_string().replace(' ', "-"));
            if ticket != Ticket::default() {
                label += &format!("-{ticket}");
            }
        }
        match self.rounds() {
            1 => label,
            rounds => format!("{label}-round{rounds}"),
        }
    }

    /// The trial whose model this one starts from.
    pub fn parent(&self) -> Option<Trial> {
        Some(Trial { recipe: self.recipe.parent()?, seed: self.seed })
    }

    /// It and all that it starts from, the first first.
    pub fn lineage(&self) -> impl Iterator<Item = Trial> + use<> {
        let seed = self.seed;
        self.recipe.lineage().into_iter().map(move |recipe| Trial { recipe, seed })
    }

    /// Whether it starts from no other trial: a base model.
    pub fn is_base(&self) -> bool {
        self.recipe.parent().is_none()
    }
}

/// Spreads what differs over all bits, so that the first digits are as good as any to
/// sort files into folders by (the finaliser of SplitMix64).
fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Scope;

    #[test]
    fn every_list_of_stages_is_read_as_it_was_written() {
        let stages = [
            Stage::Train { epochs: 2 },
            Stage::Prune(Selection::new(Scope::Hh, 30.0)),
            Stage::Retrain { epochs: 0, tolerance: 0.1, judge: crate::train::Judge::Test },
        ];
        let mut lists: Vec<Vec<Stage>> = vec![Vec::new()];
        for length in 0..5 {
            let longer = lists.iter().filter(|list| list.len() == length).cloned();
            let longer: Vec<_> = longer
                .flat_map(|list| stages.map(|stage| [list.clone(), vec![stage]].concat()))
                .collect();
            lists.extend(longer);
        }
        lists.push(vec![Stage::Train { epochs: 0 }]);
        for model in [None, Some("0123456789abcdef".to_owned())] {
            for stages in &lists {
                let mut recipe = Recipe::new(Cell::Gru, &[3]);
                (recipe.model, recipe.stages) = (model.clone(), stages.clone());
                let trial = Trial { recipe, seed: 7 };
                let text = serde_json::to_string(&trial).unwrap();
                assert_eq!(serde_json::from_str::<Trial>(&text).unwrap(), trial, "{text}");
            }
        }
    }

    #[test]
    fn one_training_and_one_pruning_stand_in_files_as_they_always_did() {
        let mut recipe = Recipe::new(Cell::Gru, &[3]).train(2).prune(Scope::Hh, 30.0).retrain(1);
        recipe.training.readout = crate::network::Readout::Padded;
        let text = serde_json::to_string(&Trial { recipe, seed: 7 }).unwrap();
        assert_eq!(
            text,
            "{\"cell\":\"gru\",\"seed\":7,\"layers\":[3],\"epochs\":2,\"training\":{\"batch\":32,\
             \"learning_rate\":0.001,\"clip\":5.0,\"readout\":\"padded\"},\"validation_share\":0.0,\
             \"pruning\":{\"scope\":\"hh\",\"percent\":30.0,\"epochs\":1,\"tolerance\":0.01,\
             \"judge\":\"validation\"}}"
        );
    }
}
