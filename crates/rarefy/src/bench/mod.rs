//! How fast this machine computes: the times of training and of single steps, for dense and pruned
//! networks, compared with the machine's peak.
//!
//! Times differ from run to run, so compare them within one run. They are never part of an
//! experiment's results.

mod graph;
mod measure;
mod sparse;
mod train;

use crate::cell::Cell;
use crate::data::{Corpus, DataError, ReberError, ReberSettings, generate};
use crate::graph::{CyclicError, FamilyError};
use crate::network::ArchitectureError;
use crate::prune::PruneError;
use crate::wiring::WiringError;

pub use crate::kernel::instruction_set;
pub use graph::{EPOCHS, GraphTraining, WiredTraining};
pub use measure::{Fastest, Pair, in_turn};
pub use sparse::{BreakEven, SparseSteps, StepCosts, VARIANTS, Variant};
pub use train::{Epochs, TrainingSpeed};

/// Why nothing can be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum BenchError {
    #[error("training {0} diverged: nothing to measure")]
    Diverged(Cell),
    #[error(transparent)]
    Reber(#[from] ReberError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    #[error(transparent)]
    Family(#[from] FamilyError),
    #[error(transparent)]
    Cyclic(#[from] CyclicError),
    #[error(transparent)]
    Wiring(#[from] WiringError),
    #[error(transparent)]
    Prune(#[from] PruneError),
}

/// Strings as in the thesis, drawn with `seed`.
fn strings(seed: u64) -> Result<Corpus<'static>, BenchError> {
    Ok(Corpus::try_from(generate(&ReberSettings { seed, ..ReberSettings::default() })?)?)
}
