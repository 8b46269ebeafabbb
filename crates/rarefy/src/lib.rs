//! Investigate and use sparsity in recurrent neural networks.
//!
//! ```
//! use rarefy::cell::Cell;
//! use rarefy::data::{Corpus, ReberSettings, generate};
//! use rarefy::prune::Scope;
//! use rarefy::recipe::Recipe;
//!
//! let corpus =
//!     Corpus::try_from(generate(&ReberSettings { count: 200, ..ReberSettings::default() })?)?;
//! let recipe = Recipe::new(Cell::Gru, &[8, 8]).train(1).prune(Scope::Both, 90.0).retrain(1);
//! let run = recipe.run(&corpus, 0, |epoch| println!("epoch {}: {}", epoch.epoch, epoch.test))?;
//! println!("recovered after {:?} epochs", run.epochs_to_recover);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Longer examples are in `crates/rarefy/examples`; run them with `cargo run --release --example`.
//! `prune_and_recover` counts the epochs until a pruned network is as good as before,
//! `wire_a_graph` turns a random graph into a network, `series` reads numbers, and
//! `load_and_stream` loads a model file and reads a text one character at a time.
//!
//! Start at [`recipe`] for what can be done to a network, at [`network`] for the network type, at
//! [`prune`] for masks, at [`train`] for training and recovery, and at [`study`] for experiments
//! with many trials. Lower modules never import higher ones:
//! `kernel` < [`cell`] < [`network`] < [`quantize`] < {[`train`], [`wiring`], [`connections`]} < [`prune`] <
//! [`mod@format`] < [`recipe`] < [`study`] < [`mod@bench`] < [`limits`]; [`mod@named`], [`number`],
//! [`data`], [`graph`], [`analysis`] and [`suggest`] are outside this order.
//!
//! The library has no terminal output and no HTML, and its results do not depend on the clock: a
//! trial is a pure function of its settings and a seed.
//!
//! Shape letters, used throughout: `T` steps, `B` batch (columns), `I` input
//! units, `H` hidden units, `G` gates of a cell, `C` classes, `V` vocabulary.

pub mod analysis;
pub mod bench;
pub mod cell;
pub mod connections;
pub mod data;
pub mod format;
pub mod graph;
#[cfg(not(feature = "kernels"))]
mod kernel;
#[cfg(feature = "kernels")]
pub mod kernel;
pub mod limits;
pub mod named;
pub mod network;
pub mod number;
pub mod parallel;
pub mod prune;
pub mod quantize;
pub mod random;
pub mod recipe;
pub mod sparsify;
pub mod study;
pub mod suggest;
pub mod train;
pub mod wiring;

pub use kernel::{InstructionSetError, check_instruction_set, instruction_set};
