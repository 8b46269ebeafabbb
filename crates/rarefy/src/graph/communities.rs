//! Communities of an undirected graph, and how modular it is.
//!
//! The search is that of Blondel et al. 2008, "Fast unfolding of communities in large networks"
//! (Louvain). It visits nodes in the order of their numbers and draws nothing at random.

use super::Graph;

/// A partition of the nodes of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Communities {
    /// The number of each node's community, from 0.
    pub of: Vec<usize>,
    /// Newman's modularity (2004): the share of edges within communities, minus the share expected
    /// if edges were drawn at random with the same degrees.
    pub modularity: f64,
}

/// A gain of modularity below this is rounding.
const LEAST_GAIN: f64 = 1e-12;

impl Communities {
    /// The communities that the search finds in `graph`; `None` without edges.
    pub fn new(graph: &Graph) -> Option<Self> {
        if graph.edge_count() == 0 {
            return None;
        }
        let mut of: Vec<usize> = (0..graph.nodes()).collect();
        let mut neighbours = vec![Vec::new(); graph.nodes()];
        for (a, b) in graph.edges() {
            neighbours[a].push((b, 1.0));
            neighbours[b].push((a, 1.0));
        }
        let mut level = Level { inside: vec![0.0; graph.nodes()], neighbours };
        while let Some(moved) = level.move_nodes(graph.edge_count() as f64) {
            of.iter_mut().for_each(|community| *community = moved[*community]);
            level = level.merged(&moved);
        }
        Self::given(graph, of)
    }

    /// Given communities, and their modularity; `None` without edges.
    ///
    /// # Panics
    /// If `of` does not have one number per node, each less than the number of nodes.
    pub fn given(graph: &Graph, of: Vec<usize>) -> Option<Self> {
        assert_eq!(of.len(), graph.nodes(), "one community per node");
        let modularity = (graph.edge_count() > 0).then(|| modularity(graph, &of))?;
        Some(Self { of, modularity })
    }

    /// The number of communities.
    pub fn count(&self) -> usize {
        self.of.iter().max().map_or(0, |last| last + 1)
    }
}

fn modularity(graph: &Graph, of: &[usize]) -> f64 {
    let edges = graph.edge_count() as f64;
    let (mut inside, mut degrees) = (vec![0.0; of.len()], vec![0.0; of.len()]);
    for (a, b) in graph.edges() {
        degrees[of[a]] += 1.0;
        degrees[of[b]] += 1.0;
        inside[of[a]] += f64::from(u8::from(of[a] == of[b]));
    }
    let expected = |degree: f64| (degree / (2.0 * edges)).powi(2);
    inside.iter().zip(&degrees).map(|(inside, &degree)| inside / edges - expected(degree)).sum()
}

/// A graph whose nodes are the communities found so far.
struct Level {
    /// Twice the edges within each.
    inside: Vec<f64>,
    /// The other communities that each has edges to, and how many.
    neighbours: Vec<Vec<(usize, f64)>>,
}

impl Level {
    /// Moves nodes to the community of a neighbour while that increases modularity. Returns the
    /// community of each, or `None` if none moved.
    fn move_nodes(&self, edges: f64) -> Option<Vec<usize>> {
        let nodes = self.inside.len();
        let degree = |node: usize| {
            self.inside[node] + self.neighbours[node].iter().map(|(_, count)| count).sum::<f64>()
        };
        let degrees: Vec<f64> = (0..nodes).map(degree).collect();
        let (mut of, mut totals): (Vec<usize>, _) = ((0..nodes).collect(), degrees.clone());
        let mut edges_to = vec![0.0; nodes];
        let (mut has_moved, mut is_moving) = (false, true);
        while is_moving {
            is_moving = false;
            for node in 0..nodes {
                let own = of[node];
                totals[own] -= degrees[node];
                for &(other, count) in &self.neighbours[node] {
                    edges_to[of[other]] += count;
                }
                let gain = |community: usize| {
                    edges_to[community] - totals[community] * degrees[node] / (2.0 * edges)
                };
                let (mut best, mut most) = (own, gain(own) + LEAST_GAIN * edges);
                for &(other, _) in &self.neighbours[node] {
                    let (community, found) = (of[other], gain(of[other]));
                    if found > most || (found == most && best != own && community < best) {
                        (best, most) = (community, found);
                    }
                }
                for &(other, _) in &self.neighbours[node] {
                    edges_to[of[other]] = 0.0;
                }
                of[node] = best;
                totals[best] += degrees[node];
                is_moving |= best != own;
            }
            has_moved |= is_moving;
        }
        has_moved.then(|| numbered(&of))
    }

    /// The graph of the communities `of` its nodes.
    fn merged(&self, of: &[usize]) -> Self {
        let count = of.iter().max().map_or(0, |last| last + 1);
        let mut members = vec![Vec::new(); count];
        of.iter().enumerate().for_each(|(node, &community)| members[community].push(node));
        let mut merged = Self { inside: vec![0.0; count], neighbours: vec![Vec::new(); count] };
        let mut edges_to = vec![0.0; count];
        for (community, members) in members.iter().enumerate() {
            let mut met = Vec::new();
            for &node in members {
                merged.inside[community] += self.inside[node];
                for &(other, count) in &self.neighbours[node] {
                    if edges_to[of[other]] == 0.0 {
                        met.push(of[other]);
                    }
                    edges_to[of[other]] += count;
                }
            }
            for other in met {
                let count = std::mem::take(&mut edges_to[other]);
                match other == community {
                    true => merged.inside[community] += count,
                    false => merged.neighbours[community].push((other, count)),
                }
            }
        }
        merged
    }
}

/// The same communities, numbered from 0 in the order of their first nodes.
fn numbered(of: &[usize]) -> Vec<usize> {
    let mut numbers = vec![usize::MAX; of.len()];
    let mut next = 0;
    let mut number = |community: usize| {
        if numbers[community] == usize::MAX {
            numbers[community] = next;
            next += 1;
        }
        numbers[community]
    };
    of.iter().map(|&community| number(community)).collect()
}
