//! Investigate and use sparsity in recurrent neural networks.
//!
//! Start at [`network`] for the one network type, at [`prune`] for masks, at
//! [`train`] for training and recovery, at [`study`] for experiments made of many
//! trials. Rooms further down never import rooms further up:
//! [`kernel`] < [`cell`] < [`network`] < {[`prune`], [`train`], [`wiring`]} <
//! [`mod@format`] < [`study`]; [`data`], [`graph`] and [`analysis`] stand beside them.
//!
//! The library knows no terminal, no HTML and no clock-dependent results: what a
//! trial computes is a pure function of its settings and a seed.
//!
//! Shape letters, used throughout: `T` steps, `B` batch (columns), `I` input
//! units, `H` hidden units, `G` gates of a cell, `C` classes, `V` vocabulary.

pub mod analysis;
pub mod cell;
pub mod data;
pub mod format;
pub mod graph;
pub mod kernel;
pub mod network;
pub mod parallel;
pub mod prune;
pub mod random;
pub mod study;
pub mod train;
pub mod wiring;
