//! The settings of a run, and running it.
//!
//! A [`Recipe`] says how a network is built and what is done to it, [`Stage`] by stage: training,
//! pruning, rewinding, retraining. [`Recipe::run`] runs all stages on some data. Studies keep the
//! models in between, so they run a recipe [`Round`] by round: its last round starts from the
//! network of its [`Recipe::parent`].

mod fault;
mod narrow;
mod network;
#[allow(clippy::module_inception)]
mod recipe;
mod rewound;
mod round;
mod run;
mod several;
mod stage;
mod wired;

pub use fault::{NetworkError, RunError};
pub(crate) use narrow::Stack;
pub use network::{Ends, Graphed};
pub use recipe::{Recipe, TOLERANCE};
pub use round::{Ran, Round};
pub use run::Run;
pub use several::Trained;
pub use stage::{Pruning, Rewind, Stage, Ticket};
pub(crate) use wired::MOST_EDGES;
pub use wired::{NodeCount, Wired};
