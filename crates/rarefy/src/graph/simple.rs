//! The graph type: simple and undirected, with nodes numbered from 0.

use std::collections::HashSet;

use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::unionfind::UnionFind;
use petgraph::visit::EdgeRef;

/// A simple undirected graph with at least two nodes, `0..nodes`: no edge joins a node to itself,
/// and no two edges join the same nodes. It remembers the order and direction in which its edges
/// were given.
#[derive(Clone, Debug)]
pub struct Graph {
    inner: UnGraph<(), ()>,
    names: Option<Vec<String>>,
}

/// Why edges do not form a graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum GraphError {
    #[error("a graph of {nodes} node(s): expected at least 2")]
    TooFewNodes { nodes: usize },
    #[error("a graph of {nodes} nodes: at most {MOST_NODES} are supported")]
    TooManyNodes { nodes: usize },
    #[error(
        "{isolated} of {nodes} nodes have no edge: at most {MOST_ISOLATED} such nodes are supported"
    )]
    TooManyIsolated { isolated: usize, nodes: usize },
    #[error(
        "edge ({from}, {to}) joins a node to itself: self-loops are not supported; `rarefy graph \
         convert --simplify` leaves them out"
    )]
    SelfLoop { edge: usize, from: String, to: String },
    #[error(
        "edge ({from}, {to}) occurs more than once, perhaps in the other direction: parallel edges \
         are not supported; `rarefy graph convert --simplify` keeps the first, and `rarefy graph \
         describe --directed` reads both directions"
    )]
    ParallelEdge { edge: usize, from: String, to: String },
    #[error("two nodes are named {name}: expected unique names")]
    RepeatedName { name: String },
    #[error("edge ({from}, {to}) has a node outside 0 to {last}")]
    OutOfRange { from: usize, to: usize, last: usize },
}

impl GraphError {
    /// The place, from 0, of the edge that does not belong in the graph because of other edges or
    /// its own ends.
    pub fn edge(&self) -> Option<usize> {
        match self {
            Self::SelfLoop { edge, .. } | Self::ParallelEdge { edge, .. } => Some(*edge),
            _ => None,
        }
    }
}

/// More nodes than any network is wired from; a file with more is damaged.
pub(super) const MOST_NODES: usize = 10_000_000;

/// A file of a few bytes can declare any number of nodes without edges. Each of them takes about
/// 150 bytes once the graph is layered.
const MOST_ISOLATED: usize = 1_000_000;

impl Graph {
    /// A graph with these nodes and edges.
    ///
    /// # Errors
    /// If there are fewer than two nodes, or an edge does not belong in a simple graph.
    pub fn new(
        nodes: usize,
        edges: impl IntoIterator<Item = (usize, usize)>,
    ) -> Result<Self, GraphError> {
        Self::build(nodes, None, edges)
    }

    /// A graph whose nodes have these names, in the order of their numbers.
    ///
    /// # Errors
    /// As for [`Graph::new`], and if two names are equal.
    pub fn named(
        names: Vec<String>,
        edges: impl IntoIterator<Item = (usize, usize)>,
    ) -> Result<Self, GraphError> {
        if let Some(name) = repeated(&names) {
            return Err(GraphError::RepeatedName { name: name.clone() });
        }
        Self::build(names.len(), Some(names), edges)
    }

    fn build(
        nodes: usize,
        names: Option<Vec<String>>,
        edges: impl IntoIterator<Item = (usize, usize)>,
    ) -> Result<Self, GraphError> {
        match nodes {
            0 | 1 => return Err(GraphError::TooFewNodes { nodes }),
            2..=MOST_NODES => {}
            _ => return Err(GraphError::TooManyNodes { nodes }),
        }
        let edges: Vec<(usize, usize)> = edges.into_iter().collect();
        // Each edge joins at most two nodes.
        if nodes.saturating_sub(2 * edges.len()) > MOST_ISOLATED {
            let isolated = nodes - 2 * edges.len();
            return Err(GraphError::TooManyIsolated { isolated, nodes });
        }
        let mut inner = UnGraph::with_capacity(nodes, edges.len());
        (0..nodes).for_each(|_| _ = inner.add_node(()));
        let mut graph = Self { inner, names };
        let mut seen = HashSet::new();
        for (edge, (from, to)) in edges.into_iter().enumerate() {
            if from >= nodes || to >= nodes {
                return Err(GraphError::OutOfRange { from, to, last: nodes - 1 });
            }
            let named = || (graph.name(from), graph.name(to));
            if from == to {
                let (from, to) = named();
                return Err(GraphError::SelfLoop { edge, from, to });
            }
            if !seen.insert((from.min(to), from.max(to))) {
                let (from, to) = named();
                return Err(GraphError::ParallelEdge { edge, from, to });
            }
            graph.inner.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
        }
        Ok(graph)
    }

    /// Number of nodes, `n`.
    pub fn nodes(&self) -> usize {
        self.inner.node_count()
    }

    /// Number of edges, `m`.
    pub fn edge_count(&self) -> usize {
        self.inner.edge_count()
    }

    /// The edges, in the order and direction in which they were given.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.inner.edge_references().map(|edge| (edge.source().index(), edge.target().index()))
    }

    /// The nodes joined to `node` by an edge.
    pub fn neighbours(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.inner.neighbors(NodeIndex::new(node)).map(NodeIndex::index)
    }

    /// The number of edges of each node.
    pub fn degrees(&self) -> Vec<usize> {
        let mut degrees = vec![0; self.nodes()];
        for (from, to) in self.edges() {
            degrees[from] += 1;
            degrees[to] += 1;
        }
        degrees
    }

    /// The number of connected components: 1 if every node can be reached from every other.
    pub fn components(&self) -> usize {
        let mut sets = UnionFind::new(self.nodes());
        self.nodes() - self.edges().filter(|&(from, to)| sets.union(from, to)).count()
    }

    /// For each node, a number shared by all nodes of its component.
    pub(super) fn component_of_each(&self) -> Vec<usize> {
        let mut sets = UnionFind::new(self.nodes());
        self.edges().for_each(|(from, to)| _ = sets.union(from, to));
        sets.into_labeling()
    }

    /// The names of the nodes in the file that the graph was read from, if they are not their
    /// numbers.
    pub fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// The name of a node; by default its number.
    pub fn name(&self, node: usize) -> String {
        self.names.as_ref().map_or_else(|| node.to_string(), |names| names[node].clone())
    }
}

/// The first name that occurs a second time.
pub(super) fn repeated(names: &[String]) -> Option<&String> {
    let mut seen = HashSet::new();
    names.iter().find(|name| !seen.insert(*name))
}

/// Equal if nodes, names, and edges with their order and direction are equal.
impl PartialEq for Graph {
    fn eq(&self, other: &Self) -> bool {
        self.nodes() == other.nodes() && self.names == other.names && self.edges().eq(other.edges())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_keep_their_order_and_direction() {
        let graph = Graph::new(4, [(2, 0), (1, 3)]).unwrap();
        assert_eq!(graph.edges().collect::<Vec<_>>(), [(2, 0), (1, 3)]);
        assert_eq!((graph.nodes(), graph.edge_count(), graph.components()), (4, 2, 2));
        assert_eq!(graph.degrees(), [1, 1, 1, 1]);
        assert_eq!(graph.neighbours(3).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn what_is_no_simple_graph_is_refused_by_name() {
        let error = |nodes, edges: &[(usize, usize)]| {
            Graph::new(nodes, edges.iter().copied()).unwrap_err().to_string()
        };
        assert!(error(1, &[]).contains("1 node(s): expected at least 2"));
        assert!(error(3, &[(0, 1), (2, 2)]).contains("edge (2, 2)"));
        assert!(error(3, &[(0, 1), (1, 0)]).contains("edge (1, 0)"));
        assert!(error(9_000_000, &[(0, 3)]).contains("8999998 of 9000000 nodes have no edge"));
        assert!(error(3, &[(0, 3)]).contains("edge (0, 3)"));
        let names = vec!["a".to_owned(), "b".to_owned()];
        let error = Graph::named(names, [(1, 1)]).unwrap_err().to_string();
        assert!(error.contains("(b, b)"), "{error}");
    }
}
