//! The numbers that describe a directed graph.

use super::balance::Balance;
use super::spectrum::{Components, Entries};
use super::{Digraph, Edge};
use crate::graph::properties::{clustering, triangles};
use crate::graph::small_world::{self, small_world};
use crate::graph::values::{Maybe, properties, spread};
use crate::graph::{Communities, Graph};

properties! {
    /// Properties of a [`Digraph`]. Loops count only as such, and in the spectral radii. The
    /// undirected graph joins two nodes if an edge leads from one to the other in either direction.
    pub struct DirectedProperties {
        /// `n`
        nodes: usize,
        /// `m`: edges between different nodes.
        edges: usize,
        /// Edges from a node to itself.
        self_loops: usize,
        /// `m / (n (n - 1))`: the share of possible edges. For graphs of at least two nodes.
        density: Maybe,
        /// The share of edges with a positive weight. For graphs with an edge, as are most of the
        /// following.
        positive_share: Maybe,
        /// The share of edges whose opposite exists, whatever the weights (Newman, Forrest and
        /// Balthrop 2002).
        reciprocity: Maybe,
        /// Sample standard deviation over nodes of the number of edges into a node.
        in_degree_std: Maybe,
        /// The same relative to the mean: the coefficient of variation.
        in_degree_cv: Maybe,
        /// Sample standard deviation over nodes of the number of edges out of a node.
        out_degree_std: Maybe,
        /// The same relative to the mean.
        out_degree_cv: Maybe,
        /// Transitive triples: three different nodes with edges i -> j, j -> k and i -> k.
        transitive_triples: usize,
        /// Those of them in which the product of the three signs is positive (Cartwright and Harary
        /// 1956).
        balanced: usize,
        /// Their share. For graphs with a transitive triple.
        balanced_share: Maybe,
        /// The share of balanced triples in triads of the types 030T, 120D, 120U and 300, averaged
        /// over those of the four types that occur (Zhang et al. 2023).
        balance_by_type: Maybe,
        /// The largest modulus of an eigenvalue of the matrix of weights.
        spectral_radius: Maybe,
        /// The same of the matrix with 1 for each edge.
        adjacency_spectral_radius: Maybe,
        /// Mean over nodes of the share of pairs of neighbours that are joined (Watts and Strogatz
        /// 1998), in the undirected graph.
        clustering: Maybe,
        /// The share of paths of two edges whose ends are joined, in the undirected graph. For
        /// graphs with such a path.
        transitivity: Maybe,
        /// Number of communities that the search of Blondel et al. 2008 (Louvain) finds in the
        /// undirected graph, with nodes in the order of their numbers. Without edges each node is
        /// one.
        communities: usize,
        /// Newman's modularity of these communities (2004).
        modularity: Maybe,
        /// Clustering relative to that of ten rewired graphs with the same degrees, divided by mean
        /// distance relative to theirs, in the undirected graph (sigma of Humphries and Gurney
        /// 2008). It exceeds 1 in small worlds. For graphs with at most three of four possible
        /// edges, whose rewired graphs have a triangle.
        small_world: Maybe,
    }
}

/// The share of edges whose opposite exists; `None` without edges.
pub(super) fn reciprocity(graph: &Digraph) -> Maybe {
    let edges: std::collections::HashSet<(usize, usize)> =
        graph.proper().map(|edge| (edge.from, edge.to)).collect();
    let answered = edges.iter().filter(|&&(from, to)| edges.contains(&(to, from))).count();
    (!edges.is_empty()).then(|| answered as f64 / edges.len() as f64)
}

/// Sample standard deviation, and relative to the mean.
fn variation(degrees: &[usize]) -> [Maybe; 2] {
    let degrees: Vec<f64> = degrees.iter().map(|&degree| degree as f64).collect();
    let [mean, _, std] = spread(&degrees);
    let relative = std.zip(mean).filter(|&(_, mean)| mean > 0.0).map(|(std, mean)| std / mean);
    [std, relative]
}

/// The share of paths of two edges whose ends are joined.
fn transitivity(graph: &Graph) -> Maybe {
    let paths: usize =
        graph.degrees().iter().map(|&degree| degree * degree.saturating_sub(1)).sum();
    let closed = 2 * triangles(graph).iter().sum::<usize>();
    (paths > 0).then(|| closed as f64 / paths as f64)
}

impl DirectedProperties {
    /// The properties of `graph`, measured on `jobs` threads. `seed` draws the rewired graphs of
    /// `small_world`. The result does not depend on the number of threads.
    pub fn new(graph: &Digraph, seed: u64, jobs: usize) -> Self {
        Self::measure(graph, Some((seed, jobs)))
    }

    /// The number of steps of eigenvalues and searches; the time of [`DirectedProperties::new`] is
    /// proportional to it.
    pub fn search_steps(graph: &Digraph) -> u64 {
        // A step of a search takes as long as that many multiplications.
        const MULTIPLICATIONS: u64 = 16;
        let searches = graph.undirected().map_or(0, |graph| small_world::search_steps(&graph));
        2 * Components::new(graph).cost() / MULTIPLICATIONS + searches
    }

    /// The same without spectral radii and `small_world`; these are `None`. For large graphs.
    pub fn without_searches(graph: &Digraph) -> Self {
        Self::measure(graph, None)
    }

    fn measure(graph: &Digraph, searching: Option<(u64, usize)>) -> Self {
        let nodes = graph.nodes();
        let edges: Vec<&Edge> = graph.proper().collect();
        let pairs = (nodes * (nodes - 1)) as f64;
        let positive = edges.iter().filter(|edge| edge.weight > 0.0).count();
        let (into, out) = graph.degrees();
        let [in_degree_std, in_degree_cv] = variation(&into);
        let [out_degree_std, out_degree_cv] = variation(&out);
        let balance = Balance::new(graph);
        let components = searching.map(|_| Components::new(graph));
        let radius = |entries| components.as_ref()?.spectral_radius(graph, entries);
        let undirected = graph.undirected().ok();
        let communities = undirected.as_ref().and_then(Communities::new);
        let small_world = searching
            .zip(undirected.as_ref())
            .and_then(|((seed, jobs), graph)| small_world(graph, seed, jobs));
        Self {
            nodes,
            edges: edges.len(),
            self_loops: graph.edges().len() - edges.len(),
            density: (nodes > 1).then(|| edges.len() as f64 / pairs),
            positive_share: (!edges.is_empty()).then(|| positive as f64 / edges.len() as f64),
            reciprocity: reciprocity(graph),
            in_degree_std,
            in_degree_cv,
            out_degree_std,
            out_degree_cv,
            transitive_triples: balance.transitive_triples(),
            balanced: balance.balanced(),
            balanced_share: balance.share(),
            balance_by_type: balance.by_type(),
            spectral_radius: radius(Entries::Weights),
            adjacency_spectral_radius: radius(Entries::Ones),
            clustering: undirected.as_ref().map(clustering),
            transitivity: undirected.as_ref().and_then(transitivity),
            communities: communities.as_ref().map_or(nodes, Communities::count),
            modularity: communities.as_ref().map(|found| found.modularity),
            small_world,
        }
    }
}
