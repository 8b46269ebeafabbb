//! Pruning: which weights go, and the accounts of those that stay.
//!
//! [`prune`] ranks the recurrent weights of a [`Scope`] by magnitude and masks those
//! below a percentile; the network keeps the masks from then on. [`sparsity`] counts
//! what is masked, by weight matrix and gate.

mod account;
mod magnitude;
mod scope;

pub use account::{GateAccount, Sparsity, WeightAccount, sparsity};
pub use magnitude::{PruneError, Pruned, Ranking, prune};
pub use scope::Scope;
