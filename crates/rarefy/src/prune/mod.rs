//! Pruning: choosing the weights to remove, and counting those that remain.
//!
//! A [`Criterion`] scores the recurrent weights, some of them on sequences ([`Evidence`]). A
//! [`Selection`] says which weights compete and how many go, and [`prune_by`] masks those of the
//! lowest scores; the network keeps the masks from then on. [`prune`] does both by magnitude.
//! [`sparsity`] counts what is masked, by weight matrix and gate.

mod account;
mod criterion;
mod gates;
mod region;
mod scope;
mod scores;
mod select;

pub use account::{GateAccount, Sparsity, WeightAccount, sparsity};
pub use criterion::{Criterion, compensate};
pub use gates::GatePercents;
pub(crate) use region::unit_places;
pub use region::{Grain, Ranking, RegionError, erdos_renyi};
pub use scope::Scope;
pub use scores::{Evidence, Goes, Rule, ScoreError, Scores, Together};
pub use select::{PruneError, Pruned, Selection, prune, prune_by};
