//! Pruning: which weights go, and the accounts of those that stay.

mod scope;

pub use scope::{Scope, UnknownScope};
