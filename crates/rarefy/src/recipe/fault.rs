//! Why a recipe has no network, or cannot be run.

use crate::graph::FamilyError;
use crate::network::ArchitectureError;
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
    /// A rewinding to a moment that the first training did not reach.
    #[error(
        "cannot rewind to {to}{}: the first training has {of} updates",
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
