//! One module per command: its arguments, and the code that runs it.

pub mod analyze;
pub mod bench;
pub mod completions;
pub mod data;
pub mod eval;
pub mod export;
pub mod graph;
pub mod limits;
pub mod man;
pub mod prune;
pub mod quantize;
pub mod recover;
pub mod report;
pub mod reproduce;
pub mod serve;
pub mod shrink;
pub mod study;
pub mod train;
