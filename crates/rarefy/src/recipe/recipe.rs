//! All settings of a run except its data and its seed.

use super::{Pruning, Round, Stage, Wired};
use crate::cell::Cell;
use crate::network::{Head, Initialisation};
use crate::prune::{Scope, Selection};
use crate::sparsify::{Method, Sparsify};
use crate::train::{Judge, Training};

/// Recovered means within this of the unpruned network, unless said otherwise.
pub const TOLERANCE: f64 = 0.01;

/// What becomes of a network: how it is built, how it is trained, and what is done to it, stage by
/// stage. The same recipe, data and seed give the same result.
///
/// Its stages are cut into *rounds*, each of which begins with a pruning: what stands before the
/// last round is its [`parent`](Self::parent), a recipe whose network it starts from, so that
/// recipes share what they have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// The cell of every recurrent layer.
    pub cell: Cell,
    /// The fingerprint of the trained model that it starts from; `None` where a network is
    /// initialised.
    pub model: Option<String>,
    /// Units of each layer of a stack; none where the network is wired as a graph.
    pub layers: Vec<usize>,
    /// The graph that the network is wired as; `None` for a stack of layers.
    pub wired: Option<Wired>,
    /// Width of the embedding; as wide as the first layer if `None`.
    pub embedding: Option<usize>,
    /// Whether the layers of a stack read in both directions.
    pub bidirectional: bool,
    /// Hidden linear layers before the readout.
    pub head: Head,
    /// How its initial weights are drawn.
    pub init: Initialisation,
    /// Batch size, learning rate and its schedule, clipping, readout, class weights, patience.
    pub training: Training,
    /// Share of the training data held out for validation, 0 to 1.
    pub validation_share: f64,
    /// What changes masks in its last training; they stay fixed in earlier ones.
    pub sparsify: Option<Sparsify>,
    /// Whether its last training prepares for integers of 8 bits, and is scored in them.
    pub int8: bool,
    /// What is done, in this order.
    pub stages: Vec<Stage>,
}

impl Recipe {
    /// A stack of layers of these sizes, to which nothing is done yet. Nothing is held out.
    ///
    /// ```
    /// use rarefy::cell::Cell;
    /// use rarefy::prune::Scope;
    /// use rarefy::recipe::Recipe;
    ///
    /// let recipe = Recipe::new(Cell::Gru, &[20, 20]).train(6).prune(Scope::Both, 80.0).retrain(3);
    /// assert_eq!(recipe.parent(), Some(Recipe::new(Cell::Gru, &[20, 20]).train(6)));
    /// ```
    pub fn new(cell: Cell, layers: &[usize]) -> Self {
        Self {
            cell,
            model: None,
            layers: layers.to_vec(),
            wired: None,
            embedding: None,
            bidirectional: false,
            head: Head::default(),
            init: Initialisation::default(),
            training: Training::default(),
            validation_share: 0.0,
            sparsify: None,
            int8: false,
            stages: Vec::new(),
        }
    }

    /// The same with other settings of training.
    #[must_use]
    pub fn training(self, training: Training) -> Self {
        Self { training, ..self }
    }

    /// The same with this share of the training data held out.
    #[must_use]
    pub fn hold_out(self, share: f64) -> Self {
        Self { validation_share: share, ..self }
    }

    /// The same whose masks change in its last training.
    #[must_use]
    pub fn sparsify(self, sparsify: Sparsify) -> Self {
        Self { sparsify: Some(sparsify), ..self }
    }

    /// The same with one more stage.
    #[must_use]
    pub fn then(mut self, stage: Stage) -> Self {
        self.stages.push(stage);
        self
    }

    /// The same, then trained.
    #[must_use]
    pub fn train(self, epochs: u32) -> Self {
        self.then(Stage::Train { epochs })
    }

    /// The same, then pruned by `percent` of the weights of `scope` that are left, all ranked
    /// together.
    #[must_use]
    pub fn prune(self, scope: Scope, percent: f64) -> Self {
        self.then(Stage::Prune(Selection::new(scope, percent)))
    }

    /// The same, then retrained. Recovery is judged on what is held out, or where nothing is on the
    /// test data, with the tolerance 0.01.
    #[must_use]
    pub fn retrain(self, epochs: u32) -> Self {
        self.then(Stage::Retrain { epochs, tolerance: TOLERANCE, judge: Judge::Validation })
    }

    /// Where the last round begins: at the last pruning, or with the first stage.
    fn last_round_at(&self) -> usize {
        let pruning = |stage: &Stage| matches!(stage, Stage::Prune(_));
        self.stages.iter().rposition(pruning).unwrap_or(0)
    }

    /// What is done last.
    pub fn last_round(&self) -> Round<'_> {
        let (before, stages) = self.stages.split_at(self.last_round_at());
        let retrained = before.iter().filter(|stage| matches!(stage, Stage::Retrain { .. }));
        let left = before.iter().map(|stage| match stage {
            Stage::Prune(selection) => 1.0 - selection.percent / 100.0,
            _ => 1.0,
        });
        Round {
            training: &self.training,
            init: self.init,
            sparsify: self.sparsify.as_ref(),
            int8: self.int8,
            trained_for: self.train_epochs(),
            stages,
            is_trained: self.model.is_some() || !before.is_empty(),
            retrainings: retrained.count(),
            left: left.product(),
        }
    }

    /// The recipe of the network that the last round starts from; `None` where that is one that
    /// was only initialised.
    pub fn parent(&self) -> Option<Self> {
        let prunes = matches!(self.last_round().stages, [Stage::Prune(_), ..]);
        let before = &self.stages[..self.last_round_at()];
        (prunes && (!before.is_empty() || self.model.is_some())).then(|| Self {
            stages: before.to_vec(),
            sparsify: None,
            int8: false,
            ..self.clone()
        })
    }

    /// It and all that it starts from, the first first.
    pub fn lineage(&self) -> Vec<Self> {
        let mut lineage = vec![self.clone()];
        while let Some(parent) = lineage.last().and_then(Self::parent) {
            lineage.push(parent);
        }
        lineage.reverse();
        lineage
    }

    /// The pruning and the retraining of the last round; `None` where it does not prune. What is
    /// pruned in the course of retraining counts as pruned.
    pub fn pruning(&self) -> Option<Pruning> {
        let pruning = Pruning::of(self.last_round().stages)?;
        Some(Pruning { selection: self.selection().unwrap_or(pruning.selection), ..pruning })
    }

    /// What is pruned in its last round, before, in or after a training.
    pub fn selection(&self) -> Option<Selection> {
        let later = self.sparsify.as_ref().and_then(Sparsify::selection);
        later.or_else(|| match self.last_round().stages.first() {
            Some(Stage::Prune(selection)) => Some(*selection),
            _ => None,
        })
    }

    /// How it becomes sparse in its training; `None` where it does not.
    pub fn method(&self) -> Option<Method> {
        match (&self.sparsify, &self.last_round().stages) {
            (Some(sparsify), _) => Some(sparsify.method()),
            (None, [Stage::Prune(_), Stage::Train { .. }]) => Some(Method::Static),
            _ => None,
        }
    }

    /// How often it prunes.
    pub fn rounds(&self) -> u32 {
        let prunings = self.stages.iter().filter(|stage| matches!(stage, Stage::Prune(_)));
        prunings.count() as u32
    }

    /// Epochs of the first training; 0 where there is none.
    pub fn train_epochs(&self) -> u32 {
        let first = self.stages.iter().find_map(|stage| match *stage {
            Stage::Train { epochs } => Some(epochs),
            _ => None,
        });
        first.unwrap_or(0)
    }

    /// Epochs of its last round; with patience the most.
    pub fn run_epochs(&self) -> u32 {
        self.last_round().epochs()
    }

    /// Which sequences judge its last round: those held out, where there are any and nothing else
    /// is asked.
    pub fn judge(&self) -> Judge {
        match self.last_round().recovery() {
            Some((judge, _)) => judge,
            None if self.validation_share == 0.0 => Judge::Test,
            None => Judge::Validation,
        }
    }

    /// The cost of an epoch relative to other recipes', roughly, from measurements.
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
        cell * units * if self.bidirectional { 2 } else { 1 }
    }

    /// What all epochs of its last round cost; one more for reading data and scoring, so that
    /// nothing is free.
    pub fn cost(&self) -> u64 {
        (u64::from(self.run_epochs()) + 1) * self.epoch_cost()
    }
}
