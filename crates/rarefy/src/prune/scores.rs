//! Scores of weights, and the sequences that they can be computed from.

use super::Scope;
use crate::data::Dataset;
use crate::network::{Batch, Network, Readout, Reference, State, Unfit, Weight};

/// A score for each parameter of a network, by its place. Only the scores of recurrent weights are
/// used.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// In the order of the network's [`Layout`](crate::network::Layout).
    pub values: Vec<f64>,
    /// Which end is pruned first.
    pub goes: Goes,
    /// How the scores of weights in one block or unit are combined.
    pub together: Together,
    /// What the percentage refers to.
    pub rule: Rule,
}

/// What the percentage refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The remaining weights, by the thesis's percentile, if single weights compete within the
    /// network or within a layer. Otherwise the same as [`Rule::Count`].
    Percentile,
    /// All weights, blocks or units. Those that are masked already count as pruned first.
    Count,
}

/// Which weights are pruned first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goes {
    /// Those with the lowest scores.
    Lowest,
    /// Those with the highest scores.
    Highest,
}

/// How the scores of weights in one block or unit are combined into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// Their sum.
    Sum,
    /// Their Euclidean norm.
    Norm,
}

impl Scores {
    /// The lowest scores are pruned, by count, and scores within a block or unit are added.
    pub fn lowest(values: Vec<f64>) -> Self {
        Self { values, goes: Goes::Lowest, together: Together::Sum, rule: Rule::Count }
    }

    /// The value to rank by, lowest first: the combined score of the weights at `places`.
    pub(super) fn rank(&self, places: &[usize]) -> f64 {
        let values = places.iter().map(|&place| self.values[place]);
        let score: f64 = match self.together {
            Together::Sum => values.sum(),
            Together::Norm => values.map(|value| value * value).sum::<f64>().sqrt(),
        };
        match self.goes {
            Goes::Lowest => score,
            Goes::Highest => -score,
        }
    }

    /// Checks that the weights of `scope` can be ranked by these scores.
    pub(super) fn check(&self, network: &Network, scope: Scope) -> Result<(), ScoreError> {
        let layout = network.layout();
        assert_eq!(self.values.len(), layout.len(), "scores of another network");
        let within = |(_, weight): &(String, Weight)| scope.has(weight.part);
        for (name, weight) in layout.weight_names().into_iter().filter(within) {
            let values = &self.values[weight.range];
            let bad = values.iter().filter(|value| !value.is_finite());
            if let Some(&value) = bad.clone().next() {
                let (count, of) = (bad.count(), values.len());
                return Err(ScoreError::NotFinite { name, value, count, of });
            }
        }
        Ok(())
    }

    /// Checks that the remaining recurrent weights have different scores.
    pub(super) fn check_differ(&self, network: &Network) -> Result<(), ScoreError> {
        let masks = network.masks();
        let places = network.layout().weights().flat_map(|weight| weight.range);
        let left = places.filter(|&place| !masks.is_masked(place));
        let values: Vec<f64> = left.map(|place| self.values[place]).collect();
        match values[..] {
            [value, _, ..] if values.iter().all(|&other| other == value) => {
                Err(ScoreError::AllEqual { value })
            }
            _ => Ok(()),
        }
    }
}

/// Sequences on which a criterion scores weights, and where their answers are read.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The sequences, all used as one batch.
    pub sequences: &'a Dataset<'a>,
    /// Where the network's answers are read.
    pub readout: Readout,
}

impl Evidence<'_> {
    /// All sequences in one batch.
    pub(super) fn batch(&self) -> Batch {
        let mut batch = Batch::new();
        let rows = 0..self.sequences.len();
        batch.fill(rows.map(|row| self.sequences.get(row)), self.readout);
        batch
    }

    /// For each of [`Layout::weights`](crate::network::Layout::weights), the Euclidean norm of what
    /// enters each of its columns, over all steps of all sequences.
    pub fn input_norms(&self, network: &Network) -> Vec<Vec<f64>> {
        let mut norms: Vec<Vec<f64>> =
            network.layout().weights().map(|weight| vec![0.0; weight.columns]).collect();
        self.visit(network, |matrix, read| {
            norms[matrix].iter_mut().zip(read).for_each(|(sum, x)| *sum += x * x);
        });
        norms.iter_mut().flatten().for_each(|sum| *sum = sum.sqrt());
        norms
    }

    /// Calls `see` with the input of each recurrent weight matrix at each step of each sequence.
    /// The matrix is given by its number in [`Layout::weights`](crate::network::Layout::weights).
    pub(super) fn visit(&self, network: &Network, mut see: impl FnMut(usize, &[f64])) {
        self.visit_steps(network, |matrix, _, input, state| {
            see(matrix, input);
            see(matrix + 1, &state.hidden);
        });
    }

    /// Calls a function with what each block reads at each step of each sequence: the number of its
    /// `weight_ih`, the number of steps that follow, its input, and its state before the step. One
    /// sequence after the other, without padding.
    pub(super) fn visit_steps(
        &self,
        network: &Network,
        mut see: impl FnMut(usize, usize, &[f64], &State<f64>),
    ) {
        let parameters: Vec<f64> = network.parameters().iter().map(|&w| f64::from(w)).collect();
        let reference = Reference::new(network.architecture());
        let mut first = 0;
        let mut numbers = Vec::new();
        for blocks in &network.layout().layers {
            numbers.push(first);
            first += 2 * blocks.len();
        }
        let mut batch = Batch::new();
        for row in 0..self.sequences.len() {
            batch.fill(std::iter::once(self.sequences.get(row)), Readout::Last);
            let last = batch.steps() - 1;
            reference.visit(&parameters, &batch, |[layer, block], step, input, state| {
                see(numbers[layer] + 2 * block, last - step, input, state);
            });
        }
    }
}

/// Why weights cannot be scored.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum ScoreError {
    #[error("the criterion {criterion} scores weights on sequences, and none are given")]
    NoData { criterion: &'static str },
    #[error("data for scores: {0}")]
    Unfit(#[from] Unfit),
    #[error("cannot rank the weights of {name}: {count} of {of} scores are not finite ({value})")]
    NotFinite { name: String, value: f64, count: usize, of: usize },
    #[error("cannot rank weights: the scores of all weights are equal ({value})")]
    AllEqual { value: f64 },
}
