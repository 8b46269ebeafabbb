//! Simple undirected graphs, and their layering into networks.
//!
//! A [`Graph`] comes from a [`Family`] of random or regular graphs, or from a file
//! (`format`). [`Properties`] describe it. A [`Layering`] gives each edge a direction and each
//! node a layer; `wiring` turns that into a network. This module does not depend on networks.

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
