//! Pruning: choosing the weights to remove, and counting those that remain.
//!
//! A [`Criterion`] scores the recurrent weights, for some criteria on sequences ([`Evidence`]). A
//! [`Selection`] says which weights compete and how many are pruned. [`prune_by`] masks those with
//! the lowest scores, and the network keeps the masks from then on. [`prune`] does all this by
//! magnitude. [`sparsity`] counts masked weights, by matrix and gate.

mod account;
mod criterion;
mod gates;
mod region;
mod scope;
mod scores;
mod select;
mod selection;

pub use account::{GateAccount, Sparsity, WeightAccount, sparsity};
pub use criterion::{Criterion, compensate};
pub use gates::GatePercents;
pub(crate) use region::unit_places;
pub use region::{Grain, Ranking, RegionError, erdos_renyi};
pub use scope::Scope;
pub use scores::{Evidence, Goes, Rule, ScoreError, Scores, Together};
pub use select::{Pruned, prune, prune_by};
pub use selection::{PruneError, Selection};
