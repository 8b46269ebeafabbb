//! Why a recipe has no network, or cannot be run.

use crate::graph::FamilyError;
use crate::network::{ArchitectureError, DifferentLengths};
use crate::prune::{PruneError, ScoreError};
use crate::sparsify::{Period, SparsifyError};
use crate::train::{Diverged, FitError, HoldOutError};
use crate::wiring::WiringError;

/// Why there is no network of a recipe.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// It cannot be built.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// It cannot be wired as its graph.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// There is no such graph.
    #[error(transparent)]
    Graph(#[from] FamilyError),
    /// A dense network of one unit per layer has more weights than the sparse one.
    #[error(
        "no dense network is as small as one without {percent} percent of its weights: give a larger \
         density, or more units"
    )]
    NoneSoSmall {
        /// Percent of the weights that are too many.
        percent: f64,
    },
    /// All steps are to be read of sequences of different lengths.
    #[error(transparent)]
    Lengths(#[from] DifferentLengths),
    /// Layers in both directions are those of a stack.
    #[error("bidirectional layers are those of a stack: a graph has one direction")]
    BothWaysGraph,
    /// The dense control is a stack of layers.
    #[error("dense is a stack of narrower layers: it cannot be wired as a graph")]
    DenseGraph,
}

/// Why a recipe cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// What is pruned cannot be.
    #[error(transparent)]
    Prune(#[from] PruneError),
    /// What is pruned has no scores.
    #[error(transparent)]
    Scores(#[from] ScoreError),
    /// It cannot be trained on these data.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// No such network can be.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The validation share leaves nothing on one side.
    #[error(transparent)]
    HoldOut(#[from] HoldOutError),
    /// A round is more than a pruning, a rewinding and a training.
    #[error(
        "two trainings or two prunings in a row, or a rewinding without a pruning before it: expected \
         training and pruning to alternate"
    )]
    Order,
    /// Masks cannot change in this way.
    #[error(transparent)]
    Sparsify(#[from] SparsifyError),
    /// A rewinding repeats the first training, which early stopping or moving masks changed.
    #[error(
        "cannot rewind to a moment after initialisation where patience or moving masks decide how the \
         first training went: rewind to 0, or leave them out"
    )]
    Rewind,
    /// A rewinding to a moment that the first training did not reach.
    #[error(
        "cannot rewind to {to}{}: the first training has {of} updates; choose at most as many",
        if matches!(to, Period::Updates(_)) { " updates" } else { "" }
    )]
    PastEnd {
        /// Where to.
        to: Period,
        /// The number of updates of the first training.
        of: u64,
    },
    /// It starts from a trained model, which only [`Round::run`](super::Round::run) can be given.
    #[error("the recipe starts from a trained model, but none is given")]
    NoModel,
    /// Its training diverged: there is no network to go on with.
    #[error("{0}")]
    Diverged(Diverged),
}
