//! Random graphs of the families that studies have.

use pyo3::prelude::*;
use rarefy::graph::{Family, Parameters};
use rarefy::named::Named;

use crate::{named, refused};

/// Pairs of nodes.
pub type Edges = Vec<(usize, usize)>;

/// The families of graphs, each with what it is.
#[pyfunction]
pub fn families() -> Vec<(&'static str, &'static str)> {
    Family::ALL.iter().map(|family| (family.name(), family.help())).collect()
}

/// A graph of a family: its number of nodes, and its edges as pairs.
#[pyfunction]
pub fn generate(family: &str, parameters: &str, seed: u64) -> PyResult<(usize, Edges)> {
    let family: Family = named("family", family)?;
    let asked: Parameters = serde_json::from_str(parameters).map_err(refused)?;
    let nodes = asked.nodes.unwrap_or_default();
    let graph = family.generate(&asked.or(family.usual(nodes)), seed).map_err(refused)?;
    Ok((graph.nodes(), graph.edges().collect()))
}
