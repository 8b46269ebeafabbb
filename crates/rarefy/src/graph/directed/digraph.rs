//! The type of directed graphs: nodes numbered from 0, and edges with weights.

use std::collections::HashSet;

use crate::graph::simple::repeated;
use crate::graph::{Graph, GraphError};

/// A directed graph with a weight for each edge. No two edges lead from one node to another node in
/// the same direction; an edge may lead from a node to itself. Weights are finite and not zero,
/// because a weight of zero has no sign and connects nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Digraph {
    nodes: usize,
    names: Option<Vec<String>>,
    edges: Vec<Edge>,
}

/// An edge of a [`Digraph`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The node that it leads from.
    pub from: usize,
    /// The node that it leads to.
    pub to: usize,
    /// Its weight. The sign says whether it excites or inhibits.
    pub weight: f64,
}

impl Edge {
    /// Whether it leads from a node to itself.
    pub fn is_loop(&self) -> bool {
        self.from == self.to
    }
}

/// Why edges do not form a [`Digraph`].
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum DigraphError {
    #[error("it has no edge: expected at least 1")]
    NoEdge,
    #[error("a directed graph of {nodes} nodes: at most {MOST_NODES} are supported")]
    TooManyNodes { nodes: usize },
    #[error("two nodes are named {name}: expected unique names")]
    RepeatedName { name: String },
    #[error("edge ({from}, {to}) has a node outside 0 to {last}")]
    OutOfRange { from: usize, to: usize, last: usize },
    #[error("edge ({from}, {to}) occurs more than once: expected one weight from node to node")]
    RepeatedEdge { edge: usize, from: String, to: String },
    #[error("edge ({from}, {to}) has the weight {weight}: expected a finite number other than 0")]
    Weight { from: String, to: String, weight: f64 },
}

/// Measures keep three bits for each pair of nodes, here half a gigabyte. No recurrent network has
/// as many units.
pub(super) const MOST_NODES: usize = 1 << 15;

impl DigraphError {
    /// The place, from 0, of the edge that repeats another.
    pub fn edge(&self) -> Option<usize> {
        match self {
            Self::RepeatedEdge { edge, .. } => Some(*edge),
            _ => None,
        }
    }
}

impl Digraph {
    /// A graph with these nodes and edges.
    ///
    /// # Errors
    /// If there is no node, there are too many, or an edge does not belong in such a graph.
    pub fn new(nodes: usize, edges: impl IntoIterator<Item = Edge>) -> Result<Self, DigraphError> {
        Self::build(nodes, None, edges)
    }

    /// A graph whose nodes have these names, in the order of their numbers.
    ///
    /// # Errors
    /// As for [`Digraph::new`], and if two names are equal.
    pub fn named(
        names: Vec<String>,
        edges: impl IntoIterator<Item = Edge>,
    ) -> Result<Self, DigraphError> {
        if let Some(name) = repeated(&names) {
            return Err(DigraphError::RepeatedName { name: name.clone() });
        }
        Self::build(names.len(), Some(names), edges)
    }

    fn build(
        nodes: usize,
        names: Option<Vec<String>>,
        edges: impl IntoIterator<Item = Edge>,
    ) -> Result<Self, DigraphError> {
        match nodes {
            0 => return Err(DigraphError::NoEdge),
            1..=MOST_NODES => {}
            _ => return Err(DigraphError::TooManyNodes { nodes }),
        }
        let graph = Self { nodes, names, edges: edges.into_iter().collect() };
        let mut seen = HashSet::with_capacity(graph.edges.len());
        for (edge, &Edge { from, to, weight }) in graph.edges.iter().enumerate() {
            if from >= nodes || to >= nodes {
                return Err(DigraphError::OutOfRange { from, to, last: nodes - 1 });
            }
            let named = || (graph.name(from), graph.name(to));
            if !weight.is_finite() || weight == 0.0 {
                let (from, to) = named();
                return Err(DigraphError::Weight { from, to, weight });
            }
            if !seen.insert((from, to)) {
                let (from, to) = named();
                return Err(DigraphError::RepeatedEdge { edge, from, to });
            }
        }
        Ok(graph)
    }

    /// The same nodes with other edges, which must fit them.
    pub(super) fn with_edges(&self, edges: Vec<Edge>) -> Self {
        Self { edges, ..self.clone() }
    }

    /// Number of nodes, `n`.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// All edges, in the order in which they were given.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The edges between different nodes.
    pub fn proper(&self) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(|edge| !edge.is_loop())
    }

    /// The names of the nodes, if they are not their numbers.
    pub fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// The name of a node; by default its number.
    pub fn name(&self, node: usize) -> String {
        self.names.as_ref().map_or_else(|| node.to_string(), |names| names[node].clone())
    }

    /// The number of edges into and out of each node, without loops.
    pub fn degrees(&self) -> (Vec<usize>, Vec<usize>) {
        let (mut into, mut out) = (vec![0; self.nodes], vec![0; self.nodes]);
        for edge in self.proper() {
            into[edge.to] += 1;
            out[edge.from] += 1;
        }
        (into, out)
    }

    /// Whether every pair of nodes is joined in both directions.
    pub fn is_complete(&self) -> bool {
        self.nodes > 1 && self.proper().count() == self.nodes * (self.nodes - 1)
    }

    /// The undirected graph in which two nodes are joined if an edge leads from one to the other in
    /// either direction.
    ///
    /// # Errors
    /// If there is only one node.
    pub fn undirected(&self) -> Result<Graph, GraphError> {
        let pairs: HashSet<(usize, usize)> =
            self.proper().map(|edge| (edge.from.min(edge.to), edge.from.max(edge.to))).collect();
        let mut pairs: Vec<(usize, usize)> = pairs.into_iter().collect();
        pairs.sort_unstable();
        Graph::new(self.nodes, pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_directed_graph_is_refused_by_name() {
        let edge = |from, to, weight| Edge { from, to, weight };
        let error = |edges: &[Edge]| {
            let names = ["a", "b"].map(str::to_owned).to_vec();
            Digraph::named(names, edges.iter().copied()).unwrap_err().to_string()
        };
        assert!(
            error(&[edge(0, 1, 1.0), edge(0, 1, 2.0)]).contains("(a, b) occurs more than once")
        );
        assert!(error(&[edge(1, 0, 0.0)]).contains("(b, a) has the weight 0"));
        assert!(error(&[edge(1, 0, f64::NAN)]).contains("the weight NaN"));
        assert!(error(&[edge(2, 0, 1.0)]).contains("(2, 0) has a node outside 0 to 1"));
        assert!(Digraph::new(0, []).is_err());
        let both = [edge(0, 1, -1.0), edge(1, 0, 2.0), edge(1, 1, 3.0)];
        let graph = Digraph::new(2, both).unwrap();
        assert_eq!(graph.degrees(), (vec![1, 1], vec![1, 1]));
        assert!(graph.is_complete() && graph.undirected().unwrap().edge_count() == 1);
    }
}
