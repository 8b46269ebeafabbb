//! The trial that settings ask for: checked, and completed by what is the default.

use super::graph_choice::GraphChoice;
use super::settings::{Settings, Topic, key, rounded};
use super::trial::{MOST_WEIGHTS, Trial};
use crate::cell::Cell;
use crate::graph::Parameters;
use crate::network::{Dropout, Head};
use crate::prune::{Criterion, Grain, Ranking, Scope, Selection};
use crate::recipe::{Pruning, Recipe, Rewind, Stack, Stage, TOLERANCE, Ticket, Wired};
use crate::sparsify::{Method, Period, Sparsify, SparsifyError};
use crate::train::{Judge, Readout, Training};

/// The default share held out, if held-out sequences judge.
const VALIDATION_SHARE: f64 = 0.1;
/// The layers of a stack, unless said otherwise: the thesis's.
const LAYERS: [usize; 3] = [50, 50, 50];
/// Where the answer is read, unless said otherwise: the thesis's.
const READOUT: Readout = Readout::Padded;
/// Sequences that a criterion sees which scores weights on sequences, unless said otherwise.
const SAMPLES: usize = 128;

/// What a network is as a training begins in which it becomes sparse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// Not trained yet.
    Untrained,
    /// Trained, and perhaps pruned; its masks stay as they are to begin with.
    Trained,
    /// Trained. It is pruned first, if the method needs that.
    Retrained,
}

/// How a network becomes sparse in its training.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sparse {
    /// What is pruned before it.
    pub first: Option<Selection>,
    /// What changes masks in it.
    pub sparsify: Option<Sparsify>,
}

impl Settings {
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
        if self.init.is_some() && self.model.is_some() {
            return Err(both(key::init, key::model, "a given model has its weights already"));
        }
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
        let bidirectional = self.bidirectional.unwrap_or(false);
        if bidirectional && wired.is_some() {
            let why = "a graph has one direction";
            return Err(both(key::bidirectional, key::family, why));
        }
        let stack = Stack { cell, layers: layers.clone(), input: self.embedding, bidirectional };
        if stack.weights() > MOST_WEIGHTS {
            let embedding = self.embedding.map(|width| format!(" and {} {width}", key::embedding));
            return Err(format!(
                "{} is {layers:?}{}: more than {MOST_WEIGHTS} weights, the most of a trial",
                key::layers,
                embedding.unwrap_or_default()
            ));
        }
        let training = self.training();
        training.check().map_err(|wrong| wrong.to_string())?;
        let judge = self.judge.unwrap_or(Judge::Validation);
        let validation_share = self.validation_share.unwrap_or(match judge {
            Judge::Validation => VALIDATION_SHARE,
            Judge::Test => 0.0,
        });
        let begins = match self.retrain_epochs {
            None => Begins::Untrained,
            Some(_) => Begins::Retrained,
        };
        let Sparse { first, sparsify } = self.sparse(begins)?;
        let (first, pruning) = match (self.sparsify, self.retrain_epochs) {
            (None, _) => (None, self.pruning(judge)?),
            (Some(_), None) => (first, None),
            (Some(_), Some(epochs)) => {
                let tolerance = self.tolerance.unwrap_or(TOLERANCE);
                let retrained =
                    |selection| Pruning { selection, rewind: None, epochs, tolerance, judge };
                (None, first.map(retrained))
            }
        };
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
        let int8 = self.int8.unwrap_or(false);
        if int8 && pruning.is_none() {
            let (int8, epochs) = (key::int8, key::retrain_epochs);
            return Err(format!("{int8} is about retraining, but {epochs} is missing"));
        }
        if int8 && bidirectional {
            let why = "integers go through a sequence from its beginning";
            return Err(both(key::int8, key::bidirectional, why));
        }
        let train = (epochs > 0).then_some(Stage::Train { epochs });
        let rounds = self.rounds.unwrap_or(1) as usize;
        // A control is one of the last round alone: it shares the others with what it is compared
        // with.
        let earlier = pruning.map(|pruning| Pruning {
            rewind: pruning.rewind.map(|rewind| Rewind { ticket: Ticket::Found, ..rewind }),
            ..pruning
        });
        let prunings = earlier.into_iter().cycle().take(rounds - 1).chain(pruning);
        let first = first.map(Stage::Prune).into_iter();
        let recipe = Recipe {
            cell,
            model: self.model.clone(),
            layers,
            wired,
            embedding: self.embedding,
            bidirectional,
            head: self.head()?,
            init: self.init.unwrap_or_default(),
            training,
            validation_share,
            sparsify,
            int8,
            stages: first.chain(train).chain(prunings.flat_map(Pruning::stages)).collect(),
        };
        Ok(Trial { recipe, seed: self.seed.unwrap_or_default() })
    }

    /// The hidden linear layers.
    ///
    /// # Errors
    /// If there is an activation but nothing that it follows.
    pub fn head(&self) -> Result<Head, String> {
        let sizes = self.head.clone().unwrap_or_default();
        if let (true, Some(_)) = (sizes.is_empty(), self.activation) {
            return Err(format!("{} needs {}, the layers it follows", key::activation, key::head));
        }
        Ok(Head { sizes, activation: self.activation.unwrap_or_default() })
    }

    /// What they say of training; what is not said is the default.
    pub fn training(&self) -> Training {
        let usual = Training::default();
        Training {
            batch: self.batch.unwrap_or(usual.batch),
            learning_rate: self.learning_rate.unwrap_or(usual.learning_rate),
            clip: self.clip.unwrap_or(usual.clip),
            clip_by: self.clip_by.unwrap_or(usual.clip_by),
            readout: self.readout.unwrap_or(READOUT),
            class_weights: self.class_weights.unwrap_or(usual.class_weights),
            patience: self.patience.or(usual.patience),
            schedule: self.schedule.unwrap_or(usual.schedule),
            optimizer: self.optimizer.unwrap_or(usual.optimizer),
            weight_decay: self.weight_decay.unwrap_or(usual.weight_decay),
            momentum: self.momentum.unwrap_or(usual.momentum),
            moments: self.moments.unwrap_or(usual.moments),
            dropout: Dropout {
                input: self.input_dropout.unwrap_or_default(),
                layers: self.dropout.unwrap_or_default(),
                recurrent: self.recurrent_dropout.unwrap_or_default(),
            },
            bptt: self.bptt.unwrap_or(usual.bptt),
            int8: usual.int8,
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
        let selection = self.selection(percent, Ranking::default(), Criterion::default())?;
        let rewind = match (self.rewind, self.ticket) {
            (None, Some(_)) => {
                let (ticket, rewind) = (key::ticket, key::rewind);
                return Err(format!(
                    "{ticket} is given, but {rewind} is missing: 0 is initialisation"
                ));
            }
            (None, None) => None,
            (Some(_), _) if self.model.is_some() => {
                let why = "nothing is known of how a given model was trained";
                return Err(both(key::rewind, key::model, why));
            }
            (Some(to), _) if to.updates(1) > 0 && self.patience.is_some() => {
                let why =
                    "early stopping decides how long the first training is; rewind to 0 instead";
                return Err(both(key::rewind, key::patience, why));
            }
            (Some(_), Some(Ticket::Shuffled)) if selection.grain != Grain::Weight => {
                let why = "masks are shuffled weight by weight";
                return Err(both(key::ticket, key::grain, why));
            }
            (Some(to), ticket) => match to {
                Period::Epochs(to) if Some(to) > self.epochs => {
                    let (rewind, epochs) = (key::rewind, key::epochs);
                    return Err(format!("{rewind} is {to} epochs: {epochs} are fewer"));
                }
                _ => Some(Rewind { to, ticket: ticket.unwrap_or_default() }),
            },
        };
        Ok(Some(Pruning { selection, rewind, epochs, tolerance, judge }))
    }

    /// What is pruned, where they say no other ranking or criterion.
    fn selection(
        &self,
        percent: f64,
        ranking: Ranking,
        criterion: Criterion,
    ) -> Result<Selection, String> {
        let criterion = self.criterion.unwrap_or(criterion);
        let samples = match (criterion.needs_sequences(), self.samples) {
            (true, samples) => Some(samples.unwrap_or(SAMPLES)),
            (false, None) => None,
            (false, Some(_)) => {
                let (key, of) = (key::samples, key::criterion);
                return Err(format!("{key} is given, but the {of} {criterion} sees no sequences"));
            }
        };
        Ok(Selection {
            scope: self.scope.unwrap_or(Scope::Both),
            ranking: self.ranking.unwrap_or(ranking),
            grain: self.grain.unwrap_or_default(),
            criterion,
            percent,
            gates: None,
            samples,
        })
    }

    /// How the network becomes sparse in its training.
    ///
    /// # Errors
    /// What is wrong with what they say of that, in a sentence that begins with a key.
    pub fn sparse(&self, begins: Begins) -> Result<Sparse, String> {
        let missing = |key: &str, what: &str| format!("{key} is missing: {what}");
        let Some(method) = self.sparsify else {
            return match self.about(&[Topic::Sparsifying]) {
                Some(key) => Err(format!("{key} needs {}, the method", key::sparsify)),
                None => Ok(Sparse::default()),
            };
        };
        let given = |keys: &[&'static str]| {
            let said = self.keys();
            keys.iter().find(|key| said.contains(key)).copied()
        };
        if self.model.is_some() && begins == Begins::Untrained {
            let why = "a given model is trained already: say retrain_epochs";
            return Err(both(key::sparsify, key::model, why));
        }
        if begins != Begins::Untrained && matches!(method, Method::Static | Method::Dense) {
            let key = key::sparsify;
            return Err(format!(
                "{key} is {method}, which begins with an untrained network: a trained one can become \
                 sparse by gradual, narang, rigl, set or selfish"
            ));
        }
        let after = [key::rounds, key::rewind, key::ticket, key::retrain_epochs, key::tolerance];
        let after = &after[..if begins == Begins::Retrained { 3 } else { 5 }];
        let chosen = [key::criterion, key::ranking, key::grain, key::scope, key::samples];
        let chooses = begins != Begins::Trained || method.prunes_later();
        let stray = given(after).or_else(|| {
            let unused = !chooses || method == Method::GroupLasso;
            given(if unused { &chosen } else { &[] })
        });
        let stray = stray.or_else(|| {
            let used: &[&str] = match method {
                _ if method.moves() && begins == Begins::Trained => {
                    &[key::every, key::fraction, key::moments]
                }
                Method::Static | Method::Dense => &[key::density],
                Method::Gradual | Method::Narang => {
                    &[key::density, key::every, key::begin, key::end, key::moments]
                }
                Method::Rigl | Method::Set | Method::Selfish => {
                    &[key::density, key::every, key::fraction, key::moments]
                }
                Method::GroupLasso => &[key::strength],
            };
            let all = [
                key::density,
                key::every,
                key::fraction,
                key::moments,
                key::begin,
                key::end,
                key::strength,
            ];
            given(&all.into_iter().filter(|key| !used.contains(key)).collect::<Vec<_>>())
        });
        if let Some(stray) = stray {
            return Err(format!("{} {method} does not use {stray}", key::sparsify));
        }
        let percent = match (self.percent, self.density) {
            (Some(_), Some(_)) => {
                return Err(both(key::percent, key::density, "each says how sparse it becomes"));
            }
            (percent, None) => percent,
            (None, Some(density)) => Some(rounded(100.0 * (1.0 - density))),
        };
        let wanted = |ranking, criterion| match percent {
            Some(percent) if percent >= 100.0 => {
                Err(format!("{} is 0: nothing would be left to train", key::density))
            }
            Some(percent) => self.selection(percent, ranking, criterion),
            None => Err(missing(key::density, "the share of weights that stay")),
        };
        let every = |usual| self.every.unwrap_or(usual);
        let fraction = self.fraction.unwrap_or(match method {
            Method::Selfish => 0.5,
            _ => 0.3,
        });
        let begin = self.begin.unwrap_or(Period::Updates(0));
        let (end, updates, epoch) = (self.end, Period::Updates(100), Period::Epochs(1));
        let first = match (begins, method.prunes_first()) {
            (Begins::Untrained, true) => Some(wanted(Ranking::ErdosRenyi, Criterion::Random)?),
            (Begins::Retrained, true) => Some(wanted(Ranking::Global, Criterion::Magnitude)?),
            // It begins a round, from a network that is kept as a model.
            (Begins::Retrained, false) => Some(Selection::new(Scope::Both, 0.0)),
            (Begins::Untrained, false) | (Begins::Trained, _) => None,
        };
        let later = || wanted(Ranking::Global, Criterion::Magnitude);
        let sparsify = match method {
            Method::Static => None,
            Method::Dense => Some(Sparsify::Dense { percent: later()?.percent }),
            Method::Rigl => Some(Sparsify::Rigl { every: every(updates), fraction }),
            Method::Set => Some(Sparsify::Set { every: every(epoch), fraction }),
            Method::Selfish => Some(Sparsify::Selfish { every: every(epoch), fraction }),
            Method::Gradual => {
                let (selection, every) = (later()?, every(updates));
                Some(Sparsify::Gradual { selection, begin, end, every })
            }
            Method::Narang => {
                let (selection, every) = (later()?, every(updates));
                Some(Sparsify::Narang { selection, begin, end, every })
            }
            Method::GroupLasso => match (self.strength, percent) {
                (_, Some(_)) => {
                    let why = "its strength decides how many units go";
                    return Err(format!(
                        "{} group-lasso has no {}: {why}",
                        key::sparsify,
                        key::percent
                    ));
                }
                (None, None) => return Err(missing(key::strength, "try 0.001")),
                (Some(strength), None) => Some(Sparsify::GroupLasso { strength }),
            },
        };
        let told = |error: SparsifyError| format!("{} {method}: {error}", key::sparsify);
        if let (true, Some(selection)) = (method.moves(), first) {
            if selection.grain != Grain::Weight {
                return Err(told(SparsifyError::Grain { method }));
            }
            if selection.percent == 0.0 {
                return Err(told(SparsifyError::NothingMasked));
            }
        }
        let checked = sparsify.map_or(Ok(()), |sparsify| sparsify.check(self.patience));
        checked.map_err(told)?;
        Ok(Sparse { first, sparsify })
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
            Some(GraphChoice::Same(_)) => {
                let seed = self.seed.unwrap_or_default();
                seed.try_into().map_err(|_| {
                    format!("{} is {seed}, too large for a number of a graph", key::seed)
                })?
            }
            Some(GraphChoice::File(_)) | None => 0,
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
            orientation: self.orientation.unwrap_or_default(),
            dead_ends: self.dead_ends.unwrap_or_default(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::{Criterion, Grain, Ranking};

    fn pruned(criterion: Criterion) -> Settings {
        Settings {
            cell: Some(Cell::Gru),
            epochs: Some(3),
            percent: Some(50.0),
            retrain_epochs: Some(1),
            criterion: Some(criterion),
            ..Settings::default()
        }
    }

    #[test]
    fn a_criterion_that_sees_sequences_sees_some_and_others_see_none() {
        let samples =
            |settings: Settings| settings.trial().map(|trial| trial.pruning().unwrap().samples);
        assert_eq!(samples(pruned(Criterion::Wanda)), Ok(Some(SAMPLES)));
        let told = Settings { samples: Some(7), ..pruned(Criterion::Snip) };
        assert_eq!(samples(told), Ok(Some(7)));
        assert_eq!(samples(pruned(Criterion::Magnitude)), Ok(None));
        let told = Settings { samples: Some(7), ..pruned(Criterion::Random) };
        assert!(samples(told).unwrap_err().contains("random"));
    }

    #[test]
    fn ranking_grain_and_criterion_reach_the_trial_and_its_file() {
        let settings = Settings {
            ranking: Some(Ranking::Layer),
            grain: Some(Grain::Unit),
            ..pruned(Criterion::Obs)
        };
        let trial = settings.trial().unwrap();
        let text = serde_json::to_string(&trial).unwrap();
        for said in ["\"ranking\":\"layer\"", "\"grain\":\"unit\"", "\"criterion\":\"obs\""] {
            assert!(text.contains(said), "{text}");
        }
        assert_eq!(serde_json::from_str::<Trial>(&text).unwrap(), trial);
    }
}
