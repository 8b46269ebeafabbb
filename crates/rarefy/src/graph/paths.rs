//! One search from every node: distances and betweenness (Brandes 2001, "A faster
//! algorithm for betweenness centrality").
//!
//! The library that was tried (rustworkx-core 0.18) searches once for each property, and
//! needed 80 seconds on two cores for the properties of 10,000 nodes and 50,000 edges, for
//! which this needs ten of one core.

use super::Graph;
use crate::parallel;

/// What searches from all nodes find.
pub(super) struct Paths {
    /// For each node, the distance of the node furthest away that can be reached.
    pub(super) eccentricity: Vec<u32>,
    /// For each node, the sum of distances to all nodes that can be reached.
    pub(super) total: Vec<u64>,
    /// For each node, how many can be reached, itself among them.
    pub(super) reached: Vec<u32>,
    /// For each node, the sum over ordered pairs of others of the share of shortest paths
    /// through it.
    pub(super) node_betweenness: Vec<f64>,
    /// The same for each edge, over ordered pairs of all nodes.
    pub(super) edge_betweenness: Vec<f64>,
}

/// Neighbours in one array, for searches.
struct Adjacency {
    /// Those of node `v` are at `starts[v]..starts[v + 1]`.
    starts: Vec<usize>,
    /// Neighbour and edge.
    neighbours: Vec<(u32, u32)>,
}

/// Parts of the nodes, each searched from by one thread at a time. Not as many as there
/// are threads: their sums are added in this order, whoever made them.
const PARTS: usize = 32;

impl Paths {
    /// No search.
    pub(super) fn none() -> Self {
        Self {
            eccentricity: Vec::new(),
            total: Vec::new(),
            reached: Vec::new(),
            node_betweenness: Vec::new(),
            edge_betweenness: Vec::new(),
        }
    }

    /// Searches on `jobs` threads. The result does not depend on how many.
    pub(super) fn new(graph: &Graph, jobs: usize) -> Self {
        let adjacency = Adjacency::new(graph);
        let nodes = graph.nodes();
        let size = nodes.div_ceil(PARTS);
        let part = |part: usize| {
            let sources = (part * size).min(nodes)..((part + 1) * size).min(nodes);
            let mut search = Search::new(nodes, graph.edge_count());
            sources.for_each(|source| search.from(source, &adjacency));
            search.found
        };
        let mut parts = parallel::map(jobs, PARTS, part).into_iter();
        let mut all = parts.next().expect("a part");
        for part in parts {
            all.eccentricity.extend(part.eccentricity);
            all.total.extend(part.total);
            all.reached.extend(part.reached);
            for (sum, more) in [
                (&mut all.node_betweenness, part.node_betweenness),
                (&mut all.edge_betweenness, part.edge_betweenness),
            ] {
                sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            }
        }
        all
    }
}

impl Adjacency {
    fn new(graph: &Graph) -> Self {
        let mut starts = vec![0; graph.nodes() + 1];
        for (node, degree) in graph.degrees().into_iter().enumerate() {
            starts[node + 1] = starts[node] + degree;
        }
        let mut ends = starts.clone();
        let mut neighbours = vec![(0, 0); 2 * graph.edge_count()];
        for (edge, (a, b)) in graph.edges().enumerate() {
            for (node, other) in [(a, b), (b, a)] {
                neighbours[ends[node]] = (other as u32, edge as u32);
                ends[node] += 1;
            }
        }
        Self { starts, neighbours }
    }

    fn of(&self, node: usize) -> &[(u32, u32)] {
        &self.neighbours[self.starts[node]..self.starts[node + 1]]
    }
}

/// Searches from one node after another.
struct Search {
    found: Paths,
    /// Of this search: nodes in the order they were reached.
    order: Vec<u32>,
    distance: Vec<u32>,
    /// How many shortest paths lead to the node; there can be more than a number holds.
    paths: Vec<f64>,
    /// How much depends on the node: Brandes's delta.
    dependency: Vec<f64>,
}

const NOT_REACHED: u32 = u32::MAX;

impl Search {
    fn new(nodes: usize, edges: usize) -> Self {
        let found = Paths {
            eccentricity: Vec::new(),
            total: Vec::new(),
            reached: Vec::new(),
            node_betweenness: vec![0.0; nodes],
            edge_betweenness: vec![0.0; edges],
        };
        Self {
            found,
            order: Vec::new(),
            distance: vec![NOT_REACHED; nodes],
            paths: vec![0.0; nodes],
            dependency: vec![0.0; nodes],
        }
    }

    fn from(&mut self, source: usize, adjacency: &Adjacency) {
        let Self { found, order, distance, paths, dependency } = self;
        // Only what the last search reached: of many components, each is searched alone.
        for &node in &*order {
            let node = node as usize;
            (distance[node], paths[node], dependency[node]) = (NOT_REACHED, 0.0, 0.0);
        }
        order.clear();
        order.push(source as u32);
        distance[source] = 0;
        paths[source] = 1.0;
        let mut at = 0;
        let mut total = 0;
        while at < order.len() {
            let node = order[at] as usize;
            at += 1;
            total += u64::from(distance[node]);
            for &(next, _) in adjacency.of(node) {
                let next = next as usize;
                if distance[next] == NOT_REACHED {
                    distance[next] = distance[node] + 1;
                    order.push(next as u32);
                }
                if distance[next] == distance[node] + 1 {
                    paths[next] += paths[node];
                }
            }
        }
        let furthest = order.last().expect("the source");
        found.eccentricity.push(distance[*furthest as usize]);
        found.total.push(total);
        found.reached.push(order.len() as u32);
        for &node in order[1..].iter().rev() {
            let node = node as usize;
            let share = (1.0 + dependency[node]) / paths[node];
            for &(before, edge) in adjacency.of(node) {
                let before = before as usize;
                if distance[before] + 1 == distance[node] {
                    let through = paths[before] * share;
                    found.edge_betweenness[edge as usize] += through;
                    dependency[before] += through;
                }
            }
            found.node_betweenness[node] += dependency[node];
        }
    }
}
