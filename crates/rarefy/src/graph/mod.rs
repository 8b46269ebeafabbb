//! Graphs: simple undirected ones and their layering into networks, and directed ones with weights.
//!
//! A [`Graph`] comes from a [`Family`] of random or regular graphs, or from a file
//! (`format`). [`Properties`] describe it. A [`Layering`] gives each edge a direction and each
//! node a layer; `wiring` turns that into a network. A [`Digraph`] is what `connections` finds in a
//! trained network. This module does not depend on networks.

mod communities;
mod directed;
mod family;
mod layering;
mod paths;
mod properties;
mod rewire;
mod simple;
mod small_world;
mod values;

pub use communities::Communities;
pub use directed::{
    Balance, Digraph, DigraphError, DirectedProperties, Edge, Motif, Null, NullModel, Spread,
    TRANSITIVE, TRIADS, TriadCensus,
};
pub use family::{Family, FamilyError, Parameter, Parameters};
pub use layering::{CyclicError, DeadEnds, Layering, Orientation};
pub use properties::Properties;
pub use rewire::rewire;
pub use simple::{Graph, GraphError};
