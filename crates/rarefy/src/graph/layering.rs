//! From an undirected graph to layers: every edge gets a direction, and every node the layer in
//! which it can be computed.
//!
//! The layer of a node is the length of the longest path that ends in it. So an edge always leads
//! to a later layer, but not necessarily to the next one.

use super::Graph;
use crate::named;
use crate::random::Stream;

named! {
    /// How edges are directed.
    #[derive(Default, PartialOrd)]
    pub enum Orientation: "orientation" {
        /// To the node with the higher number, as in the thesis.
        #[default]
        Number = "number",
        /// To the later node in a random order of all nodes.
        Random = "random",
        /// To the node with the lower degree: hubs come first. Among equals, to the higher number.
        Degree = "degree",
        /// To the second node, as in the file.
        Given = "given",
    }
}

named! {
    /// What becomes of nodes from which no path leads to the last layer. They affect a network that is
    /// read there a step later, by the hidden-to-hidden weights of their layer, and not otherwise.
    #[derive(Default, PartialOrd)]
    pub enum DeadEnds: "choice for dead ends" {
        /// They stay, as in the thesis.
        #[default]
        Keep = "keep",
        /// They are left out, with their edges.
        Remove = "remove",
    }
}

/// A graph with directed edges, arranged in layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layering {
    layers: Vec<Vec<usize>>,
    /// For each node its layer, and its position within the layer.
    places: Vec<(usize, usize)>,
    /// Start and end of each edge.
    edges: Vec<(usize, usize)>,
    has_successor: Vec<bool>,
    has_predecessor: Vec<bool>,
}

/// The given directions contain a cycle, so none of its nodes can come first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the directed edges form a cycle: {}", circle.join(" -> "))]
pub struct CyclicError {
    /// Names of the nodes on the cycle; the first is repeated at the end.
    pub circle: Vec<String>,
}

impl Layering {
    /// Divides `graph` into layers. `seed` determines a random orientation.
    ///
    /// Within a layer, nodes have the order of the thesis's code. It visits the nodes in the order
    /// in which edges first name them. Before each node come its ancestors that have no position
    /// yet, in the order of the orientation. For given directions and random orders, this order is
    /// as good as any other.
    ///
    /// # Errors
    /// If the given directions contain a cycle.
    pub fn new(graph: &Graph, orientation: Orientation, seed: u64) -> Result<Self, CyclicError> {
        let nodes = graph.nodes();
        let mut order: Vec<usize> = (0..nodes).collect();
        match orientation {
            Orientation::Number | Orientation::Given => {}
            Orientation::Random => Stream::new(seed, "orientation").shuffle(&mut order),
            Orientation::Degree => {
                let degrees = graph.degrees();
                order.sort_by_key(|&node| std::cmp::Reverse(degrees[node]));
            }
        }
        if orientation == Orientation::Given {
            order = topological_order(graph)?;
        }
        let mut ranks = vec![0; nodes];
        order.iter().enumerate().for_each(|(rank, &node)| ranks[node] = rank);
        let directed = |(a, b): (usize, usize)| if ranks[a] < ranks[b] { (a, b) } else { (b, a) };
        let edges: Vec<(usize, usize)> = graph.edges().map(directed).collect();

        let mut predecessors = vec![Vec::new(); nodes];
        let mut has_successor = vec![false; nodes];
        for &(from, to) in &edges {
            predecessors[to].push(from);
            has_successor[from] = true;
        }
        let mut depth = vec![0; nodes];
        for &node in &order {
            let before = predecessors[node].iter().map(|&before: &usize| depth[before] + 1);
            depth[node] = before.max().unwrap_or(0);
        }
        let mut layers = vec![Vec::new(); depth.iter().max().map_or(0, |last| last + 1)];
        for node in walk(graph, &predecessors, &ranks) {
            layers[depth[node]].push(node);
        }
        let mut places = vec![(0, 0); nodes];
        for (layer, nodes) in layers.iter().enumerate() {
            nodes.iter().enumerate().for_each(|(place, &node)| places[node] = (layer, place));
        }
        let has_predecessor = predecessors.iter().map(|before| !before.is_empty()).collect();
        Ok(Self { layers, places, edges, has_successor, has_predecessor })
    }

    /// Without the nodes from which no path leads to the last layer. All others stay in their layers,
    /// since every node before them leads there too.
    #[must_use]
    pub fn without_dead_ends(mut self) -> Self {
        let mut leads_on = vec![false; self.places.len()];
        let last = self.layers.last().into_iter().flatten();
        last.for_each(|&node| leads_on[node] = true);
        let mut edges = self.edges.clone();
        edges.sort_by_key(|&(from, _)| std::cmp::Reverse(self.places[from].0));
        for (from, to) in edges {
            leads_on[from] |= leads_on[to];
        }
        self.edges.retain(|&(_, to)| leads_on[to]);
        for (layer, nodes) in self.layers.iter_mut().enumerate() {
            nodes.retain(|&node| leads_on[node]);
            nodes.iter().enumerate().for_each(|(at, &node)| self.places[node] = (layer, at));
        }
        for (node, leads_on) in leads_on.into_iter().enumerate() {
            // What is not there is neither a source nor a sink.
            self.has_successor[node] |= !leads_on;
            self.has_predecessor[node] |= !leads_on;
        }
        self
    }

    /// The nodes of each layer, in order.
    pub fn layers(&self) -> &[Vec<usize>] {
        &self.layers
    }

    /// The layer of a node, and its position within the layer, unless it was left out.
    pub fn place(&self, node: usize) -> (usize, usize) {
        self.places[node]
    }

    /// The directed edges, in the order of the graph.
    pub fn edges(&self) -> &[(usize, usize)] {
        &self.edges
    }

    /// Nodes without incoming edges: those of the first layer.
    pub fn sources(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.places.len()).filter(|&node| !self.has_predecessor[node])
    }

    /// Nodes without outgoing edges.
    pub fn sinks(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.places.len()).filter(|&node| !self.has_successor[node])
    }

    /// Sinks outside the last layer. They do not affect a network that is read at its last layer.
    pub fn dead_ends(&self) -> impl Iterator<Item = usize> + '_ {
        self.sinks().filter(|&node| self.places[node].0 + 1 < self.layers.len())
    }

    /// The number of paths from a source to a node of the last layer. It can exceed any integer
    /// type.
    pub fn paths(&self) -> f64 {
        let mut successors = vec![Vec::new(); self.places.len()];
        self.edges.iter().for_each(|&(from, to)| successors[from].push(to));
        let mut to_here = vec![0.0; self.places.len()];
        self.sources().for_each(|node| to_here[node] = 1.0);
        for &node in self.layers.iter().flatten() {
            for &next in &successors[node] {
                to_here[next] += to_here[node];
            }
        }
        self.layers.last().into_iter().flatten().map(|&node| to_here[node]).sum()
    }
}

/// All nodes in the order described at [`Layering::new`].
fn walk(graph: &Graph, predecessors: &[Vec<usize>], ranks: &[usize]) -> Vec<usize> {
    let mut has_place = vec![false; graph.nodes()];
    let mut walked = Vec::new();
    let starts = graph.edges().flat_map(|(a, b)| if ranks[a] < ranks[b] { [a, b] } else { [b, a] });
    for start in starts.chain(0..graph.nodes()) {
        if has_place[start] {
            continue;
        }
        // If a node has a position, so do its ancestors.
        let first = walked.len();
        let mut open = vec![start];
        has_place[start] = true;
        while let Some(node) = open.pop() {
            walked.push(node);
            for &before in &predecessors[node] {
                if !std::mem::replace(&mut has_place[before], true) {
                    open.push(before);
                }
            }
        }
        walked[first..].sort_by_key(|&node| ranks[node]);
    }
    walked
}

/// The nodes in an order in which every given edge leads to a later node. If several nodes could
/// come next, the one with the lowest number does.
fn topological_order(graph: &Graph) -> Result<Vec<usize>, CyclicError> {
    let mut successors = vec![Vec::new(); graph.nodes()];
    let mut waiting_for = vec![0; graph.nodes()];
    for (from, to) in graph.edges() {
        successors[from].push(to);
        waiting_for[to] += 1;
    }
    let ready = (0..graph.nodes()).filter(|&node| waiting_for[node] == 0);
    let mut ready: std::collections::BTreeSet<usize> = ready.collect();
    let mut order = Vec::new();
    while let Some(node) = ready.pop_first() {
        order.push(node);
        for &next in &successors[node] {
            waiting_for[next] -= 1;
            if waiting_for[next] == 0 {
                ready.insert(next);
            }
        }
    }
    if order.len() == graph.nodes() {
        return Ok(order);
    }
    // Every remaining node has a remaining predecessor, so going backwards must reach a node twice.
    let mut waiting_predecessor = vec![None; graph.nodes()];
    for (from, to) in graph.edges() {
        if waiting_for[from] > 0 {
            waiting_predecessor[to] = Some(from);
        }
    }
    let mut node = (0..graph.nodes()).find(|&node| waiting_for[node] > 0).expect("one waits");
    let mut back = Vec::new();
    let mut step = vec![None; graph.nodes()];
    while step[node].is_none() {
        step[node] = Some(back.len());
        back.push(node);
        node = waiting_predecessor[node].expect("waits for a node that waits");
    }
    back.push(node);
    let circle = back[step[node].expect("was there")..].iter().rev();
    Err(CyclicError { circle: circle.map(|&node| graph.name(node)).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layering(nodes: usize, edges: &[(usize, usize)], orientation: Orientation) -> Layering {
        let graph = Graph::new(nodes, edges.iter().copied()).unwrap();
        Layering::new(&graph, orientation, 1).unwrap()
    }

    #[test]
    fn a_node_stands_behind_the_longest_path_to_it() {
        let layered = layering(6, &[(0, 1), (3, 1), (1, 4), (0, 4), (2, 5)], Orientation::Number);
        assert_eq!(layered.layers(), [vec![0, 2], vec![1, 5], vec![3, 4]]);
        assert_eq!(layered.place(5), (1, 1));
        assert_eq!(layered.sources().collect::<Vec<_>>(), [0, 2]);
        assert_eq!(layered.sinks().collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(layered.dead_ends().collect::<Vec<_>>(), [5]);
        let edges: Vec<_> = layered.edges().iter().copied().filter(|&(_, to)| to != 5).collect();
        let left = layered.clone().without_dead_ends();
        assert_eq!(left.edges(), edges);
        assert_eq!(left.sinks().collect::<Vec<_>>(), [3, 4]);
        assert_eq!(left.dead_ends().count(), 0);
        assert_eq!(left.sources().collect::<Vec<_>>(), [0]);
        assert_eq!(left.layers(), [vec![0], vec![1], vec![3, 4]]);
        assert_eq!(left.paths(), layered.paths());
        // 0-1-3, 0-1-4, 0-4
        assert_eq!(layered.paths(), 3.0);
    }

    #[test]
    fn edges_lead_from_hubs_to_others_by_degree_and_forward_in_any_order() {
        let star: Vec<_> = (0..4).map(|leaf| (leaf, 4)).collect();
        assert_eq!(layering(5, &star, Orientation::Degree).layers()[0], [4]);
        assert_eq!(layering(5, &star, Orientation::Number).layers()[1], [4]);
        for orientation in Orientation::ALL {
            let layered = layering(5, &star, orientation);
            for &(from, to) in layered.edges() {
                assert!(layered.place(from).0 < layered.place(to).0, "{orientation:?}");
            }
        }
    }

    #[test]
    fn directions_as_given_are_kept_or_their_circle_is_named() {
        let layered = layering(3, &[(2, 1), (1, 0)], Orientation::Given);
        assert_eq!(layered.layers(), [[2], [1], [0]]);
        let circle = Graph::new(4, [(3, 0), (0, 1), (1, 2), (2, 0)]).unwrap();
        let error = Layering::new(&circle, Orientation::Given, 0).unwrap_err();
        assert_eq!(error.circle, ["0", "1", "2", "0"]);
    }

    #[test]
    fn more_paths_than_integers_are_counted() {
        // A chain of diamonds, each of which doubles the number of paths.
        let edges = (0..200).flat_map(|at| {
            let first = 3 * at;
            [(first, first + 1), (first, first + 2), (first + 1, first + 3), (first + 2, first + 3)]
        });
        let graph = Graph::new(601, edges).unwrap();
        assert_eq!(Layering::new(&graph, Orientation::Number, 0).unwrap().paths(), 2f64.powi(200));
    }
}
