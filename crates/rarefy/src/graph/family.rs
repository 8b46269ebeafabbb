//! Families of graphs, random and regular.
//!
//! The random ones are NetworkX's definitions, with our own random numbers: the same
//! seed gives the same graph on every machine and in every version, but not NetworkX's.
//! Edges come in the order in which NetworkX lists them: by their lower node.

use std::collections::BTreeMap;
use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Graph, GraphError};
use crate::random::Stream;

/// A family of graphs, with all it needs to make one. `nodes` is `n`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "family", rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Family {
    /// Preferential attachment (Barabasi and Albert 1999): each new node is joined to `m`
    /// others, drawn with probabilities proportional to their degree; the first to `m`
    /// nodes without an edge. `m (n - m)` edges.
    BarabasiAlbert { nodes: usize, m: usize },
    /// A ring lattice of which each edge is rewired with probability `p` (Watts and
    /// Strogatz 1998). `n k / 2` edges.
    WattsStrogatz { nodes: usize, k: usize, p: f64 },
    /// The first of up to `tries` Watts-Strogatz graphs that is connected.
    ConnectedWattsStrogatz { nodes: usize, k: usize, p: f64, tries: usize },
    /// Erdos-Renyi `G(n, p)`: each pair of nodes is joined with probability `p`.
    Gnp { nodes: usize, p: f64 },
    /// Erdos-Renyi `G(n, m)`: every graph of so many edges is equally likely.
    Gnm { nodes: usize, edges: usize },
    /// Every node has `degree` edges (Kim and Vu 2003).
    RandomRegular { nodes: usize, degree: usize },
    /// Each node is joined to `k / 2` neighbours on each side.
    RingLattice { nodes: usize, k: usize },
    /// Node 0 is joined to all others.
    Star { nodes: usize },
    /// Each node is joined to the next.
    Path { nodes: usize },
    /// All pairs of nodes are joined.
    Complete { nodes: usize },
    /// Blocks of so many nodes (Holland et al. 1983): a pair of the same block is joined
    /// with probability `within`, one of different blocks with probability `between`.
    StochasticBlockModel { blocks: Vec<usize>, within: f64, between: f64 },
}

/// Why a family has no such graph.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
pub enum FamilyError {
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error("{name} is {value}: a probability is from 0 to 1")]
    Probability { name: &'static str, value: f64 },
    #[error("m is {m}: each of {nodes} nodes can be joined to 1 to {} others", nodes - 1)]
    Attachment { m: usize, nodes: usize },
    #[error(
        "k is {k}: it is split between two sides, so it must be even; {} is",
        if *k == 1 { "2".to_owned() } else { format!("{} or {}", k - 1, k + 1) }
    )]
    OddNeighbours { k: usize },
    #[error("k is {k}: a node of {nodes} has at most {} neighbours, and at least 2", nodes - 1)]
    Neighbours { k: usize, nodes: usize },
    #[error("none of {tries} graphs was connected: raise k or the number of tries, or lower p")]
    NeverConnected { tries: usize },
    #[error("{edges} edges: {nodes} nodes have at most {most}")]
    TooManyEdges { edges: usize, nodes: usize, most: usize },
    #[error("degree {degree}: each of {nodes} nodes can be joined to at most {} others", nodes - 1)]
    Degree { degree: usize, nodes: usize },
    #[error(
        "degree {degree} of {nodes} nodes: one of both must be even, as each edge has two ends"
    )]
    OddEnds { degree: usize, nodes: usize },
    #[error("the graph came as a file, and is of no family")]
    Given,
    #[error("{pairs} pairs of nodes: at most {MOST_PAIRS} can be gone through")]
    TooManyPairs { pairs: usize },
    #[error("some {edges} edges: at most {MOST_EDGES} can be worked with")]
    TooLarge { edges: usize },
    #[error("{swaps} swaps of {edges} edges: {} leave nothing as it was", 100 * edges)]
    TooManySwaps { swaps: usize, edges: usize },
    #[error(
        "only {done} of {swaps} swaps were found, then none in {tries} tries: the graph has too \
         few edges that could be swapped"
    )]
    TooFewSwaps { done: usize, swaps: usize, tries: usize },
}

/// Each pair costs a random number: so many take some seconds.
const MOST_PAIRS: usize = 1 << 30;
/// An edge takes some 70 bytes while its graph is made: so many take two gigabytes.
const MOST_EDGES: usize = 1 << 25;

impl Family {
    /// The thesis's Barabasi-Albert graphs of so many nodes: `m = n / 10`, at least 1.
    pub fn thesis_barabasi_albert(nodes: usize) -> Self {
        Self::BarabasiAlbert { nodes, m: (nodes / 10).max(1) }
    }

    /// The thesis's connected Watts-Strogatz graphs of so many nodes: `k = n / 5`, of which
    /// NetworkX takes the even part, at least 2; every edge is rewired.
    pub fn thesis_watts_strogatz(nodes: usize) -> Self {
        let k = (nodes / 5 / 2 * 2).max(2);
        Self::ConnectedWattsStrogatz { nodes, k, p: 1.0, tries: 100 }
    }

    /// The graph of this family with this seed: the same for ever.
    ///
    /// # Errors
    /// When the family has no such graph, or none was found.
    pub fn generate(&self, seed: u64) -> Result<Graph, FamilyError> {
        let stream = &mut Stream::new(seed, "graph");
        match *self {
            Self::BarabasiAlbert { nodes, m } => barabasi_albert(nodes, m, stream),
            Self::WattsStrogatz { nodes, k, p } => watts_strogatz(nodes, k, p, stream),
            Self::ConnectedWattsStrogatz { nodes, k, p, tries } => {
                for _ in 0..tries {
                    let graph = watts_strogatz(nodes, k, p, stream)?;
                    if graph.components() == 1 {
                        return Ok(graph);
                    }
                }
                Err(FamilyError::NeverConnected { tries })
            }
            Self::Gnp { nodes, p } => {
                probability("p", p)?;
                few_enough((pairs_to_try(nodes)? as f64 * p) as usize)?;
                Ok(Graph::new(nodes, all_pairs(nodes).filter(|_| stream.uniform() < p))?)
            }
            Self::Gnm { nodes, edges } => gnm(nodes, edges, stream),
            Self::RandomRegular { nodes, degree } => random_regular(nodes, degree, stream),
            Self::RingLattice { nodes, k } => watts_strogatz(nodes, k, 0.0, stream),
            Self::Star { nodes } => Ok(Graph::new(nodes, (1..nodes).map(|leaf| (0, leaf)))?),
            Self::Path { nodes } => Ok(Graph::new(nodes, (1..nodes).map(|next| (next - 1, next)))?),
            Self::Complete { nodes } => {
                few_enough(pairs(nodes))?;
                Ok(Graph::new(nodes, all_pairs(nodes))?)
            }
            Self::StochasticBlockModel { ref blocks, within, between } => {
                probability("the probability within a block", within)?;
                probability("the probability between blocks", between)?;
                let nodes = blocks.iter().fold(0, |sum: usize, &size| sum.saturating_add(size));
                few_enough((pairs_to_try(nodes)? as f64 * within.max(between)) as usize)?;
                let sizes = blocks.iter().enumerate();
                let block: Vec<usize> =
                    sizes.flat_map(|(block, &size)| std::iter::repeat_n(block, size)).collect();
                let joined = |&(a, b): &(usize, usize)| {
                    stream.uniform() < if block[a] == block[b] { within } else { between }
                };
                Ok(Graph::new(nodes, all_pairs(nodes).filter(joined))?)
            }
        }
    }
}

fn probability(name: &'static str, value: f64) -> Result<(), FamilyError> {
    if (0.0..=1.0).contains(&value) {
        Ok(())
    } else {
        Err(FamilyError::Probability { name, value })
    }
}

/// How many pairs of nodes there are.
fn pairs(nodes: usize) -> usize {
    nodes.saturating_mul(nodes.saturating_sub(1)) / 2
}

/// The same where each is tried.
fn pairs_to_try(nodes: usize) -> Result<usize, FamilyError> {
    let pairs = pairs(nodes);
    if pairs <= MOST_PAIRS { Ok(pairs) } else { Err(FamilyError::TooManyPairs { pairs }) }
}

fn few_enough(edges: usize) -> Result<(), FamilyError> {
    if edges <= MOST_EDGES { Ok(()) } else { Err(FamilyError::TooLarge { edges }) }
}

fn all_pairs(nodes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..nodes).flat_map(move |a| (a + 1..nodes).map(move |b| (a, b)))
}

fn barabasi_albert(nodes: usize, m: usize, stream: &mut Stream) -> Result<Graph, FamilyError> {
    if nodes < 2 {
        return Err(GraphError::TooFewNodes { nodes }.into());
    }
    if m == 0 || m >= nodes {
        return Err(FamilyError::Attachment { m, nodes });
    }
    few_enough(m.saturating_mul(nodes - m))?;
    // Each end of each edge, so that a draw among them prefers nodes of high degree.
    let mut ends = Vec::new();
    let mut edges = Vec::new();
    let mut targets: Vec<usize> = (0..m).collect();
    // For each node, the last one that drew it.
    let mut drawn_by = vec![usize::MAX; nodes];
    for node in m..nodes {
        edges.extend(targets.iter().map(|&target| (target, node)));
        ends.extend_from_slice(&targets);
        ends.extend(std::iter::repeat_n(node, m));
        targets.clear();
        while targets.len() < m {
            let drawn = ends[stream.index(ends.len())];
            if std::mem::replace(&mut drawn_by[drawn], node) != node {
                targets.push(drawn);
            }
        }
    }
    edges.sort_unstable();
    Ok(Graph::new(nodes, edges)?)
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
    // In the order in which edges come and go, as NetworkX lists them.
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
            // Of few that are free, most draws would meet none.
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

fn gnm(nodes: usize, edges: usize, stream: &mut Stream) -> Result<Graph, FamilyError> {
    let most = pairs(nodes);
    if edges > most {
        return Err(FamilyError::TooManyEdges { edges, nodes, most });
    }
    few_enough(edges)?;
    // What is drawn is what is fewer: the edges, or the pairs that are none.
    let few = edges.min(most - edges);
    let mut drawn = HashSet::new();
    while drawn.len() < few {
        let (a, b) = (stream.index(nodes), stream.index(nodes));
        if a != b {
            drawn.insert((a.min(b), a.max(b)));
        }
    }
    if few == edges {
        let mut edges: Vec<_> = drawn.into_iter().collect();
        edges.sort_unstable();
        return Ok(Graph::new(nodes, edges)?);
    }
    Ok(Graph::new(nodes, all_pairs(nodes).filter(|pair| !drawn.contains(pair)))?)
}

fn random_regular(nodes: usize, degree: usize, stream: &mut Stream) -> Result<Graph, FamilyError> {
    if nodes < 2 {
        return Err(GraphError::TooFewNodes { nodes }.into());
    }
    if degree >= nodes {
        return Err(FamilyError::Degree { degree, nodes });
    }
    if degree % 2 == 1 && nodes % 2 == 1 {
        return Err(FamilyError::OddEnds { degree, nodes });
    }
    few_enough(nodes.saturating_mul(degree) / 2)?;
    // Of many edges hardly any pairing fits: the pairs that are none make a regular graph
    // of few.
    let few = degree.min(nodes - 1 - degree);
    let mut edges = loop {
        if let Some(edges) = pair_up(nodes, few, stream) {
            break edges;
        }
    };
    if few < degree {
        return Ok(Graph::new(nodes, all_pairs(nodes).filter(|pair| !edges.contains(pair)))?);
    }
    let mut edges: Vec<_> = edges.drain().collect();
    edges.sort_unstable();
    Ok(Graph::new(nodes, edges)?)
}

/// Joins ends of edges at random, those that do not fit again, until all fit or none can.
fn pair_up(nodes: usize, degree: usize, stream: &mut Stream) -> Option<HashSet<(usize, usize)>> {
    let mut edges = HashSet::new();
    let mut ends: Vec<usize> =
        (0..nodes).flat_map(|node| std::iter::repeat_n(node, degree)).collect();
    while !ends.is_empty() {
        stream.shuffle(&mut ends);
        let mut left: BTreeMap<usize, usize> = BTreeMap::new();
        for &[a, b] in ends.as_chunks::<2>().0 {
            if a == b || !edges.insert((a.min(b), a.max(b))) {
                *left.entry(a).or_default() += 1;
                *left.entry(b).or_default() += 1;
            }
        }
        let nodes: Vec<usize> = left.keys().copied().collect();
        let mut pairs =
            nodes.iter().enumerate().flat_map(|(at, &b)| nodes[..at].iter().map(move |&a| (a, b)));
        if !nodes.is_empty() && pairs.all(|pair| edges.contains(&pair)) {
            return None;
        }
        ends = left.into_iter().flat_map(|(node, ends)| std::iter::repeat_n(node, ends)).collect();
    }
    Some(edges)
}

/// The graph after `swaps` swaps: two edges (a, b) and (c, d) become (a, d) and (c, b), so
/// that every node keeps its degree (Maslov and Sneppen 2002).
///
/// # Errors
/// When there are more than a hundred swaps an edge, or as many tries in a row for each
/// edge find nothing to swap.
pub fn rewire(graph: &Graph, swaps: usize, seed: u64) -> Result<Graph, FamilyError> {
    const MOST_SWAPS: usize = 100;
    const TRIES: usize = 100;
    if swaps > MOST_SWAPS * graph.edge_count().max(1) {
        return Err(FamilyError::TooManySwaps { swaps, edges: graph.edge_count() });
    }
    let stream = &mut Stream::new(seed, "rewire");
    let mut edges: Vec<(usize, usize)> = graph.edges().collect();
    let ordered = |(a, b): (usize, usize)| (a.min(b), a.max(b));
    let mut there: HashSet<(usize, usize)> = edges.iter().copied().map(ordered).collect();
    let (mut done, mut in_vain) = (0, 0);
    while done < swaps {
        if in_vain == TRIES * edges.len() {
            return Err(FamilyError::TooFewSwaps { done, swaps, tries: in_vain });
        }
        in_vain += 1;
        let (first, second) = (stream.index(edges.len()), stream.index(edges.len()));
        let (a, b) = edges[first];
        let (mut c, mut d) = edges[second];
        // Either end of the second may become the first's.
        if stream.coin() {
            (c, d) = (d, c);
        }
        let joined = [(a, d), (c, b)];
        let fits = |&pair: &(usize, usize)| pair.0 != pair.1 && !there.contains(&ordered(pair));
        if first == second || !joined.iter().all(fits) || ordered(joined[0]) == ordered(joined[1]) {
            continue;
        }
        for (at, pair) in [first, second].into_iter().zip(joined) {
            there.remove(&ordered(edges[at]));
            edges[at] = pair;
        }
        there.extend(joined.map(ordered));
        (done, in_vain) = (done + 1, 0);
    }
    let edges: Vec<_> = {
        edges.sort_unstable_by_key(|&edge| ordered(edge));
        edges
    };
    let edges = edges.into_iter().map(ordered);
    Ok(match graph.names() {
        Some(names) => Graph::named(names.to_vec(), edges)?,
        None => Graph::new(graph.nodes(), edges)?,
    })
}
