//! Sparsity that changes while a network is trained: schedules of pruning, and exchanges of weights.

mod exchange;
mod schedule;

pub use exchange::{Exchange, rigl, selfish, set};
pub use schedule::{Cubic, Rising, cosine_share, selfish_share};
