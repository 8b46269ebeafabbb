//! Is a graph a small world? Its clustering and distances, relative to rewired graphs.

use super::paths::Paths;
use super::properties::clustering;
use super::{Graph, Properties, rewire};
use crate::random::Stream;

/// Graphs that a graph is compared with.
const REWIRED: usize = 10;
/// Denser graphs are hardly rewired: almost no swap is possible.
pub(super) const DENSEST: f64 = 0.75;

/// Clustering relative to that of rewired graphs, divided by mean distance relative to theirs: sigma
/// of Humphries and Gurney 2008, against random graphs that keep the degree of every node (Maslov
/// and Sneppen 2002). Distances are means over pairs joined by a path. `None` if the rewired graphs
/// have no triangle, or if the graph has no edge or is too dense to be rewired.
pub(super) fn small_world(graph: &Graph, seed: u64, jobs: usize) -> Option<f64> {
    if !can_be_rewired(graph) {
        return None;
    }
    let swaps = 10 * graph.edge_count();
    let mut seeds = Stream::new(seed, "small world");
    let (mut clusterings, mut distances) = (0.0, 0.0);
    for _ in 0..REWIRED {
        let rewired = rewire(graph, swaps, seeds.bits()).ok()?;
        clusterings += clustering(&rewired) / REWIRED as f64;
        distances += mean_distance(&rewired, jobs) / REWIRED as f64;
    }
    let sigma = (clustering(graph) / clusterings) / (mean_distance(graph, jobs) / distances);
    Some(sigma).filter(|sigma| sigma.is_finite())
}

fn can_be_rewired(graph: &Graph) -> bool {
    let (nodes, edges) = (graph.nodes() as f64, graph.edge_count() as f64);
    edges > 0.0 && edges <= DENSEST * nodes * (nodes - 1.0) / 2.0
}

/// The number of steps of searches that [`small_world`] takes.
pub(super) fn search_steps(graph: &Graph) -> u64 {
    match can_be_rewired(graph) {
        true => (1 + REWIRED as u64) * Properties::search_steps(graph),
        false => 0,
    }
}

/// Over pairs of nodes that are joined by a path.
fn mean_distance(graph: &Graph, jobs: usize) -> f64 {
    let paths = Paths::new(graph, jobs);
    let pairs: u64 = paths.reached.iter().map(|&reached| u64::from(reached - 1)).sum();
    paths.total.iter().sum::<u64>() as f64 / pairs as f64
}
