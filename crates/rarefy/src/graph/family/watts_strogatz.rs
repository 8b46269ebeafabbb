//! Rings, and rings whose edges are rewired (Watts and Strogatz 1998).

use super::parameters::Checked;
use super::row::{Row, few_enough, probability};
use super::{FamilyError, Parameter, Parameters};
use crate::graph::{Graph, GraphError};
use crate::random::Stream;

/// A ring lattice in which each edge is rewired with probability `p`. Of up to `tries` such graphs,
/// the first connected one is returned. `n k / 2` edges.
pub const WATTS_STROGATZ: Row = Row {
    title: "Watts-Strogatz",
    parameters: &[Parameter::nodes, Parameter::k, Parameter::p, Parameter::tries],
    usual: |nodes| usual(nodes).tries(TRIES),
    edges: ring_edges,
    build: |of, stream| {
        for _ in 0..of.tries {
            let graph = watts_strogatz(of.nodes, of.k, of.p, stream)?;
            if graph.components() == 1 {
                return Ok(graph);
            }
        }
        Err(FamilyError::NeverConnected { tries: of.tries })
    },
};

/// The same without the requirement of being connected.
pub const ANY_WATTS_STROGATZ: Row = Row {
    title: "Watts-Strogatz, connected or not",
    parameters: &[Parameter::nodes, Parameter::k, Parameter::p],
    usual,
    edges: ring_edges,
    build: |of, stream| watts_strogatz(of.nodes, of.k, of.p, stream),
};

/// Each node is joined to `k / 2` neighbours on each side.
pub const RING_LATTICE: Row = Row {
    title: "ring lattice",
    parameters: &[Parameter::nodes, Parameter::k],
    usual: |_| Parameters::default(),
    edges: ring_edges,
    build: |of, stream| watts_strogatz(of.nodes, of.k, 0.0, stream),
};

/// Most graphs drawn until one is connected. With the thesis's parameters, this is nearly always
/// the first or the second.
const TRIES: usize = 100;

/// The thesis's defaults: `k` is a fifth of the nodes, rounded down to an even number as in
/// NetworkX, and every edge is rewired.
fn usual(nodes: usize) -> Parameters {
    Parameters::default().k((nodes / 5 / 2 * 2).max(2)).p(1.0)
}

fn ring_edges(of: &Checked) -> f64 {
    of.nodes as f64 / 2.0 * of.k as f64
}

fn watts_strogatz(
    nodes: usize,
    k: usize,
    p: f64,
    stream: &mut Stream,
) -> Result<Graph, FamilyError> {
    probability("p", p)?;
    if nodes < 2 {
        return Err(GraphError::TooFewNodes { nodes }.into());
    }
    if k % 2 == 1 {
        return Err(FamilyError::OddNeighbours { k });
    }
    if k == 0 || k >= nodes {
        return Err(FamilyError::Neighbours { k, nodes });
    }
    few_enough(nodes.saturating_mul(k / 2))?;
    // In the order in which edges are added and removed, as NetworkX lists them.
    let mut neighbours: Vec<Vec<usize>> = vec![Vec::with_capacity(k); nodes];
    let ring = || (1..=k / 2).flat_map(|step| (0..nodes).map(move |u| (u, (u + step) % nodes)));
    for (u, v) in ring() {
        neighbours[u].push(v);
        neighbours[v].push(u);
    }
    for (u, v) in ring() {
        // A node that is joined to all others keeps its edges.
        if stream.uniform() >= p || neighbours[u].len() >= nodes - 1 {
            continue;
        }
        let free = nodes - 1 - neighbours[u].len();
        let w = if free >= nodes / 8 {
            loop {
                let w = stream.index(nodes);
                if w != u && !neighbours[u].contains(&w) {
                    break w;
                }
            }
        } else {
            // If few nodes are free, most random draws would miss them.
            let mut free = vec![true; nodes];
            neighbours[u].iter().chain([&u]).for_each(|&taken| free[taken] = false);
            let free: Vec<usize> = (0..nodes).filter(|&w| free[w]).collect();
            free[stream.index(free.len())]
        };
        neighbours[u].retain(|&other| other != v);
        neighbours[v].retain(|&other| other != u);
        neighbours[u].push(w);
        neighbours[w].push(u);
    }
    let lists = neighbours.iter().enumerate();
    let edges = lists.flat_map(|(u, list)| list.iter().map(move |&v| (u, v)));
    Ok(Graph::new(nodes, edges.filter(|(u, v)| u < v))?)
}
