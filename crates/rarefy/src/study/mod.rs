//! Experiments made of many trials: what a trial is, what it leaves behind, and
//! how trials are run, resumed and collected.

mod record;
mod settings;

pub use crate::train::{EpochResult, Score};
pub use record::{PruneSummary, Pruning, Record, Trial};
pub use settings::PruningStudy;
