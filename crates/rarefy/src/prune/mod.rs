//! Pruning: choosing the weights to remove, and counting those that remain.
//!
//! A [`Criterion`] scores the recurrent weights. [`prune_by`] masks those of a [`Scope`] whose
//! score is below a percentile, and the network keeps the masks from then on. [`prune`] does both
//! by magnitude. [`sparsity`] counts masked weights per weight matrix and gate.

mod account;
mod criterion;
mod magnitude;
mod scope;

pub use account::{GateAccount, Sparsity, WeightAccount, sparsity};
pub use criterion::Criterion;
pub use magnitude::{PruneError, Pruned, Ranking, prune, prune_by};
pub use scope::Scope;
