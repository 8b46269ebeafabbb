//! Investigate and use sparsity in recurrent neural networks.
//!
//! ```
//! use rarefy::cell::Cell;
//! use rarefy::data::{Corpus, ReberSettings, generate};
//! use rarefy::network::{Architecture, Input, Network};
//! use rarefy::prune::{Ranking, Scope, prune};
//! use rarefy::random::Stream;
//! use rarefy::train::{Strings, Trainer, Training, fit};
//!
//! let corpus =
//!     Corpus::try_from(generate(&ReberSettings { count: 200, ..ReberSettings::default() })?)?;
//! let input = Input::of(&corpus.encoding, 8);
//! let architecture = Architecture::stack(input, Cell::Gru, &[8, 8], corpus.labels.names().len())?;
//! let mut network = Network::initialise(architecture, 0);
//! prune(&mut network, Scope::Both, 90.0, Ranking::Global)?;
//!
//! let training = Training::default();
//! let mut trainer = Trainer::new(network, training.clone(), Stream::new(0, "shuffle"));
//! let strings = Strings { train: &corpus.train, validation: None, test: &corpus.test };
//! let result = fit(&mut trainer, &training, strings, 1, false, |_| ());
//! println!("test accuracy {}", result.epochs[0].test.accuracy());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Longer ones are in `crates/rarefy/examples`, to be run with `cargo run --release --example`:
//! `prune_and_recover` counts the epochs until a pruned network is as good as before,
//! `wire_a_graph` makes a random graph a network, `series` reads numbers, and `load_and_stream`
//! reads a model file, and a text one character at a time.
//!
//! Start at [`network`] for the one network type, at [`prune`] for masks, at
//! [`train`] for training and recovery, at [`study`] for experiments made of many
//! trials. Rooms further down never import rooms further up:
//! [`kernel`] < [`cell`] < [`network`] < {[`prune`], [`train`], [`wiring`]} <
//! [`mod@format`] < [`study`] < [`mod@bench`] < [`limits`]; [`mod@named`], [`data`], [`graph`], [`analysis`] and [`suggest`]
//! stand beside them.
//!
//! The library knows no terminal, no HTML and no clock-dependent results: what a
//! trial computes is a pure function of its settings and a seed.
//!
//! Shape letters, used throughout: `T` steps, `B` batch (columns), `I` input
//! units, `H` hidden units, `G` gates of a cell, `C` classes, `V` vocabulary.

pub mod analysis;
pub mod bench;
pub mod cell;
pub mod data;
pub mod format;
pub mod graph;
pub mod kernel;
pub mod limits;
pub mod named;
pub mod network;
pub mod parallel;
pub mod prune;
pub mod random;
pub mod study;
pub mod suggest;
pub mod train;
pub mod wiring;
