//! Directed graphs with weights, such as the recurrent weights that training leaves: what they are
//! like, and what chance would give.
//!
//! A [`Digraph`] comes from a network (`connections`) or from a file (`format`).
//! [`DirectedProperties`] are its numbers, [`Balance`] says which of its transitive triples agree in
//! sign, and [`TriadCensus`] counts its triads. [`Null`] compares it with random graphs that keep
//! part of what it is.

mod balance;
mod census;
mod digraph;
mod dyads;
mod null;
mod properties;
mod spectrum;

pub use balance::{Balance, Motif, TRANSITIVE};
pub use census::{TRIADS, TriadCensus};
pub use digraph::{Digraph, DigraphError, Edge};
pub use null::{Null, NullModel, Spread};
pub use properties::DirectedProperties;
