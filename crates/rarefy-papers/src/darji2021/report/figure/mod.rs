//! The figures of the pruning experiment.

mod base;
mod beside;
mod pruning;
mod retraining;
mod survivors;

pub use base::base;
pub use pruning::pruning;
pub use retraining::retraining;
pub use survivors::{Survivor, gates, masks};

/// Number of figures of the pruning experiment, and of additional ones if there are models.
pub const PRUNING_FIGURES: [usize; 2] = [3, 2];
