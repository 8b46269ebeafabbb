//! Random graphs of the families that studies have.

use anyhow::anyhow;
use pyo3::prelude::*;
use rarefy::graph::{Family, Parameter, Parameters};
use rarefy::named::Named;
use serde_json::{Map, Value};

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
    let parameters: Map<String, Value> = serde_json::from_str(parameters).map_err(refused)?;
    let asked: Parameters = serde_json::from_value(parameters.clone().into()).map_err(refused)?;
    let known: Vec<&str> = asked.given().map(Parameter::name).collect();
    if let Some(key) = parameters.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(refused(anyhow!("graphs have no parameter {key:?}")));
    }
    let nodes = asked.nodes.unwrap_or_default();
    let graph = family.generate(&asked.or(family.usual(nodes)), seed).map_err(refused)?;
    Ok((graph.nodes(), graph.edges().collect()))
}
