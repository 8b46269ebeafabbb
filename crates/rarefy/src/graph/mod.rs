//! Simple undirected graphs, and what makes a layered network of them.
//!
//! A [`Graph`] comes from a [`Family`] of random or regular graphs, or from a file
//! (`format`). [`Properties`] describe it. A [`Layering`] gives its edges a
//! direction and its nodes a layer each; `wiring` turns that into a network. Nothing here
//! knows of networks.

mod family;
mod layering;
mod paths;
mod properties;
mod rewire;
mod simple;

pub use family::{Family, FamilyError, Parameter, Parameters};
pub use layering::{CyclicError, Layering, Orientation};
pub use properties::Properties;
pub use rewire::rewire;
pub use simple::{Graph, GraphError};
