//! What to prune.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::region::{Group, groups};
use super::scores::{Evidence, ScoreError, Scores};
use super::{Criterion, GatePercents, Grain, Ranking, RegionError, Scope};
use crate::data::Dataset;
use crate::network::Network;
use crate::random::Stream;
use crate::train::is_default;

/// What to prune: which weights, in which grain, by which criterion, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// The weights to prune.
    pub scope: Scope,
    /// Which of them compete with each other.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ranking: Ranking,
    /// What is pruned as one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub grain: Grain,
    /// The criterion that ranks them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub criterion: Criterion,
    /// The percentage to prune; see [`Selection::is_of_what_is_left`].
    pub percent: f64,
    /// For [`Ranking::Gate`], the percentage of each gate; `percent` is their mean. If `None`, all
    /// gates lose `percent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gates: Option<GatePercents>,
    /// For a criterion that scores weights on sequences, how many of the given sequences it uses,
    /// drawn at random. All of them if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<usize>,
}

/// Steps of the sequences into which a running text is cut.
const PIECE: usize = 64;

impl Selection {
    /// The `percent` of the weights of `scope` with the smallest magnitude, over all layers.
    pub fn new(scope: Scope, percent: f64) -> Self {
        let (ranking, grain, criterion) = Default::default();
        Self { scope, ranking, grain, criterion, percent, gates: None, samples: None }
    }

    /// The same with a percentage for each gate. Weights compete within their gate.
    #[must_use]
    pub fn by_gate(self, gates: GatePercents) -> Self {
        Self { ranking: Ranking::Gate, percent: gates.mean(), gates: Some(gates), ..self }
    }

    /// Whether `percent` is of the remaining weights, by the thesis's percentile. This is so if
    /// single weights compete within the network or within a layer, by a criterion that uses no
    /// sequences. Otherwise it is of all weights, blocks or units, and those already masked count
    /// as pruned first.
    pub fn is_of_what_is_left(&self) -> bool {
        self.allows_percentile() && !self.criterion.needs_sequences()
    }

    pub(super) fn allows_percentile(&self) -> bool {
        self.grain == Grain::Weight && matches!(self.ranking, Ranking::Global | Ranking::Layer)
    }

    /// The same for a network in which earlier prunings left the share `left`. A percentage of all
    /// weights is converted so that `percent` of the remaining ones are pruned. With percentages by
    /// gate, `left` is the remaining share of each gate.
    #[must_use]
    pub fn after(self, left: f64) -> Self {
        match self.is_of_what_is_left() {
            true => self,
            false => {
                let of_all = |percent: f64| 100.0 * (1.0 - left * (1.0 - percent / 100.0));
                let gates = self.gates.map(|gates| gates.map(of_all));
                Self { percent: of_all(self.percent), gates, ..self }
            }
        }
    }

    /// The weights, blocks or units that compete with each other.
    pub(super) fn groups(&self, network: &Network) -> Result<Vec<Group>, RegionError> {
        let Self { scope, ranking, grain, percent, gates, .. } = *self;
        groups(network, scope, ranking, grain, 1.0 - percent / 100.0, gates)
    }

    /// The scores that its criterion gives.
    ///
    /// # Errors
    /// As [`Criterion::scores`].
    pub fn scores(
        &self,
        network: &Network,
        evidence: Option<Evidence>,
        seed: u64,
    ) -> Result<Scores, ScoreError> {
        self.criterion.scores(network, self.ranking, evidence, seed)
    }

    /// The sequences that its criterion uses, drawn from the given ones by `seed`.
    ///
    /// A running text counts as the sequences of 64 steps into which it can be cut.
    pub fn sample<'a>(&self, given: &'a Dataset<'a>, seed: u64) -> Cow<'a, Dataset<'a>> {
        let given = match given.is_running() {
            true => Cow::Owned(given.cut(PIECE)),
            false => Cow::Borrowed(given),
        };
        match self.samples {
            Some(samples) if samples < given.len() => {
                let mut rows: Vec<usize> = (0..given.len()).collect();
                Stream::new(seed, "pruning samples").shuffle(&mut rows);
                Cow::Owned(given.select(&rows[..samples]))
            }
            _ => given,
        }
    }

    /// Checks the percentages.
    ///
    /// # Errors
    /// If one is not within 0 to 100.
    pub fn check(&self) -> Result<(), PruneError> {
        let gates = self.gates.as_ref().map_or(&[][..], GatePercents::as_slice);
        let wrong = gates.iter().chain([&self.percent]).find(|p| !(0.0..=100.0).contains(*p));
        wrong.map_or(Ok(()), |&percent| Err(PruneError::Percent { percent }))
    }
}

/// Why a network cannot be pruned.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum PruneError {
    #[error("cannot prune {percent} percent: expected a number from 0 to 100")]
    Percent { percent: f64 },
    #[error(transparent)]
    Scores(#[from] ScoreError),
    #[error(transparent)]
    Region(#[from] RegionError),
    #[error(
        "pruning {percent} percent would leave nothing of {what}: \
         prune less, or let weights of all layers compete (global)"
    )]
    Nothing { percent: f64, what: String },
}
