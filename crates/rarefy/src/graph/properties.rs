//! The properties of a graph: the thesis's 23 under its column names, and further ones.

use super::paths::Paths;
use super::values::{Maybe, properties, spread};
use super::{Graph, Layering};

properties! {
    /// Properties of a graph and of a layering of it. Those that can be `None` are not defined for
    /// every graph.
    pub struct Properties {
        /// Number of layers.
        layers: usize,
        /// `n`
        nodes: usize,
        /// `m`
        edges: usize,
        /// Nodes without incoming edges.
        source_nodes: usize,
        /// Nodes in the last layer. Other nodes without outgoing edges are dead ends.
        sink_nodes: usize,
        /// The longest of all shortest paths. For connected graphs.
        diameter: Maybe,
        /// `m / (n (n - 1))`: half the share of possible edges, as in the thesis.
        density: f64,
        /// Mean distance between two nodes. For connected graphs.
        average_shortest_path_length: Maybe,
        /// A node's eccentricity is its distance from the node furthest away. For connected graphs.
        /// This property and the following ones are given as mean, sample variance, and its square
        /// root.
        eccentricity_mean: Maybe,
        /// As above.
        eccentricity_var: Maybe,
        /// As above.
        eccentricity_std: Maybe,
        /// A node's share of possible neighbours: degree / (n - 1).
        degree_mean: Maybe,
        /// As above.
        degree_var: Maybe,
        /// As above.
        degree_std: Maybe,
        /// A node's closeness: the inverse of its mean distance from the nodes it reaches, times
        /// the share of other nodes that it reaches (Wasserman and Faust).
        closeness_mean: Maybe,
        /// As above.
        closeness_var: Maybe,
        /// As above.
        closeness_std: Maybe,
        /// A node's betweenness: the share of shortest paths between two other nodes that go
        /// through it, averaged over pairs. For graphs in which no two nodes are joined by more
        /// than 10^308 shortest paths.
        nodes_betweenness_mean: Maybe,
        /// As above.
        nodes_betweenness_var: Maybe,
        /// As above.
        nodes_betweenness_std: Maybe,
        /// The same for edges, over all pairs.
        edge_betweenness_mean: Maybe,
        /// As above.
        edge_betweenness_var: Maybe,
        /// As above.
        edge_betweenness_std: Maybe,
        /// Mean over nodes of the share of pairs of neighbours that are joined to each other (Watts
        /// and Strogatz 1998); 0 for a node with fewer than two neighbours.
        clustering: f64,
        /// Correlation of the degrees at both ends of an edge (Newman 2003). For graphs whose nodes
        /// do not all have the same degree.
        degree_assortativity: Maybe,
        /// Clustering relative to that of random graphs, divided by mean distance relative to that
        /// of random graphs (Humphries and Gurney 2008). It exceeds 1 in small worlds. Random
        /// graphs with the same number of nodes and edges have approximately clustering `k / n` and
        /// mean distance `ln n / ln k` at mean degree `k` (Watts and Strogatz 1998). For connected
        /// graphs with `k > 1`.
        small_world: Maybe,
        /// Nodes outside the last layer without outgoing edges.
        dead_end_nodes: usize,
        /// Number of edges on the longest path.
        longest_path: usize,
        /// Number of paths from a source to a node of the last layer. For graphs with up to 10^308.
        input_output_paths: Maybe,
    }
}

impl Properties {
    /// The columns of the thesis, which are the first ones.
    pub const THESIS: &[&str] = Self::NAMES.split_at(23).0;

    /// The properties of `graph` and of its `layering`, measured on `jobs` threads. The result does
    /// not depend on the number of threads. The time is proportional to
    /// [`Properties::search_steps`].
    pub fn new(graph: &Graph, layering: &Layering, jobs: usize) -> Self {
        Self::measure(graph, layering, Paths::new(graph, jobs))
    }

    /// The number of steps of searches from all nodes; the time of [`Properties::new`] is
    /// proportional to it.
    pub fn search_steps(graph: &Graph) -> u64 {
        let components = graph.component_of_each();
        let mut sizes = vec![(0_u64, 0_u64); graph.nodes()];
        components.iter().for_each(|&component| sizes[component].0 += 1);
        graph.edges().for_each(|(node, _)| sizes[components[node]].1 += 1);
        sizes.iter().map(|(nodes, edges)| nodes * (nodes + edges)).sum()
    }

    /// The same without the properties that need a search from every node (distances, eccentricity,
    /// closeness, betweenness); these are `None`. For graphs with many nodes.
    pub fn without_searches(graph: &Graph, layering: &Layering) -> Self {
        Self::measure(graph, layering, Paths::none())
    }

    fn measure(graph: &Graph, layering: &Layering, paths: Paths) -> Self {
        let (n, m) = (graph.nodes() as f64, graph.edge_count() as f64);
        let connected = !paths.reached.is_empty() && graph.components() == 1;
        let degrees = graph.degrees();

        let eccentricities: Vec<f64> = paths.eccentricity.iter().map(|&e| f64::from(e)).collect();
        let [eccentricity_mean, eccentricity_var, eccentricity_std] =
            if connected { spread(&eccentricities) } else { [None; 3] };
        let total: u64 = paths.total.iter().sum();
        let distance = connected.then(|| total as f64 / (n * (n - 1.0)));
        let shares: Vec<f64> = degrees.iter().map(|&degree| degree as f64 / (n - 1.0)).collect();
        let [degree_mean, degree_var, degree_std] = spread(&shares);
        let closeness = |(&reached, &total): (&u32, &u64)| {
            let others = f64::from(reached - 1);
            if total == 0 { 0.0 } else { others / total as f64 * (others / (n - 1.0)) }
        };
        let closeness: Vec<f64> = paths.reached.iter().zip(&paths.total).map(closeness).collect();
        let [closeness_mean, closeness_var, closeness_std] = spread(&closeness);
        let pairs = (n - 1.0) * (n - 2.0);
        let share = |sum: &f64| if pairs > 0.0 { sum / pairs } else { *sum };
        let through: Vec<f64> = paths.node_betweenness.iter().map(share).collect();
        let [nodes_betweenness_mean, nodes_betweenness_var, nodes_betweenness_std] =
            spread(&through);
        let through: Vec<f64> =
            paths.edge_betweenness.iter().map(|sum| sum / (n * (n - 1.0))).collect();
        let [edge_betweenness_mean, edge_betweenness_var, edge_betweenness_std] = spread(&through);

        let clustering = clustering(graph);
        let mean_degree = 2.0 * m / n;
        let small_world = distance.filter(|_| mean_degree > 1.0).map(|distance| {
            (clustering / (mean_degree / n)) / (distance / (n.ln() / mean_degree.ln()))
        });
        Self {
            layers: layering.layers().len(),
            nodes: graph.nodes(),
            edges: graph.edge_count(),
            source_nodes: layering.sources().count(),
            sink_nodes: layering.layers().last().map_or(0, Vec::len),
            diameter: connected.then(|| eccentricities.iter().copied().fold(0.0, f64::max)),
            density: m / (n * (n - 1.0)),
            average_shortest_path_length: distance,
            eccentricity_mean,
            eccentricity_var,
            eccentricity_std,
            degree_mean,
            degree_var,
            degree_std,
            closeness_mean,
            closeness_var,
            closeness_std,
            nodes_betweenness_mean,
            nodes_betweenness_var,
            nodes_betweenness_std,
            edge_betweenness_mean,
            edge_betweenness_var,
            edge_betweenness_std,
            clustering,
            degree_assortativity: assortativity(graph, &degrees),
            small_world,
            dead_end_nodes: layering.dead_ends().count(),
            longest_path: layering.layers().len() - 1,
            input_output_paths: Some(layering.paths()).filter(|paths| paths.is_finite()),
        }
    }
}

/// Mean over nodes of the share of pairs of neighbours that are joined to each other.
pub(super) fn clustering(graph: &Graph) -> f64 {
    let (degrees, triangles) = (graph.degrees(), triangles(graph));
    let shares = degrees.iter().zip(&triangles).filter(|(degree, _)| **degree > 1);
    let share =
        |(&degree, &found): (&usize, &usize)| 2.0 * found as f64 / (degree * (degree - 1)) as f64;
    shares.map(share).fold(0.0, |sum, share| sum + share) / graph.nodes() as f64
}

/// The number of triangles of each node. They are counted from that of their nodes with the fewest
/// edges, so that a hub costs no more than others. The time is at most of order edges to the power
/// of 1.5 (Schank and Wagner 2005).
pub(super) fn triangles(graph: &Graph) -> Vec<usize> {
    let degrees = graph.degrees();
    let rank = |node: usize| (degrees[node], node);
    let mut later: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes()];
    for (a, b) in graph.edges() {
        let (first, last) = if rank(a) < rank(b) { (a, b) } else { (b, a) };
        later[first].push(last);
    }
    let mut triangles = vec![0_usize; graph.nodes()];
    let mut is_neighbour = vec![false; graph.nodes()];
    for (node, list) in later.iter().enumerate() {
        list.iter().for_each(|&other| is_neighbour[other] = true);
        for &other in list {
            for &third in later[other].iter().filter(|&&third| is_neighbour[third]) {
                [node, other, third].iter().for_each(|&of| triangles[of] += 1);
            }
        }
        list.iter().for_each(|&other| is_neighbour[other] = false);
    }
    triangles
}

fn assortativity(graph: &Graph, degrees: &[usize]) -> Maybe {
    let ends = || graph.edges().flat_map(|(a, b)| [(a, b), (b, a)]);
    let degree = |node: usize| degrees[node] as f64;
    let count = 2.0 * graph.edge_count() as f64;
    let mean = ends().map(|(a, _)| degree(a)).sum::<f64>() / count;
    let together: f64 = ends().map(|(a, b)| (degree(a) - mean) * (degree(b) - mean)).sum();
    let alone: f64 = ends().map(|(a, _)| (degree(a) - mean).powi(2)).sum();
    (alone > 0.0).then(|| together / alone)
}

#[cfg(test)]
mod tests {
    use super::super::{Family, Orientation, Parameters};
    use super::*;

    fn properties(graph: &Graph) -> Properties {
        Properties::new(graph, &Layering::new(graph, Orientation::Number, 0).unwrap(), 2)
    }

    #[test]
    fn a_path_of_three_is_what_pen_and_paper_say() {
        let found = properties(&Family::Path.generate(&Parameters::of(3), 0).unwrap());
        assert_eq!((found.layers, found.source_nodes, found.sink_nodes), (3, 1, 1));
        assert_eq!(found.diameter, Some(2.0));
        assert_eq!(found.average_shortest_path_length, Some(4.0 / 3.0));
        assert_eq!(found.eccentricity_mean, Some(5.0 / 3.0));
        assert_eq!(found.nodes_betweenness_mean, Some(1.0 / 3.0));
        // Each edge lies on the paths of two of three pairs.
        assert_eq!(found.edge_betweenness_mean, Some(2.0 / 3.0));
        assert_eq!(found.density, 1.0 / 3.0);
        assert_eq!((found.clustering, found.degree_assortativity), (0.0, Some(-1.0)));
    }

    #[test]
    fn what_needs_one_component_is_left_open_with_two() {
        let found = properties(&Graph::new(5, [(0, 1), (1, 2), (0, 2), (3, 4)]).unwrap());
        let open = [found.diameter, found.eccentricity_var, found.average_shortest_path_length];
        assert_eq!(open, [None; 3]);
        // Three nodes have closeness 1/2, and two 1/4.
        assert_eq!(found.closeness_mean, Some(0.4));
        assert_eq!(found.clustering, 0.6);
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let graph = Family::BarabasiAlbert.generate(&Parameters::of(100).m(3), 5).unwrap();
        let layering = Layering::new(&graph, Orientation::Number, 0).unwrap();
        let one = Properties::new(&graph, &layering, 1);
        assert_eq!(one, Properties::new(&graph, &layering, 7));
        assert_eq!(one.values().len(), Properties::NAMES.len());
    }

    #[test]
    fn more_paths_than_can_be_counted_leave_what_rests_on_them_open() {
        let diamonds = (0..1_100).flat_map(|at| {
            let first = 3 * at;
            [(first, first + 1), (first, first + 2), (first + 1, first + 3), (first + 2, first + 3)]
        });
        let found = properties(&Graph::new(3_301, diamonds).unwrap());
        assert_eq!((found.nodes_betweenness_mean, found.edge_betweenness_var), (None, None));
        assert_eq!((found.input_output_paths, found.diameter), (None, Some(2_200.0)));
    }

    #[test]
    fn what_needs_no_search_is_the_same_without() {
        let graph = Family::BarabasiAlbert.generate(&Parameters::of(30).m(2), 5).unwrap();
        let layering = Layering::new(&graph, Orientation::Number, 0).unwrap();
        let without = Properties::without_searches(&graph, &layering).values();
        let all = properties(&graph).values();
        let missing = |at: &usize| all[*at] != without[*at];
        let missing: Vec<usize> = (0..all.len()).filter(missing).collect();
        assert!(missing.iter().all(|&at| without[at].is_none()));
        let missing: Vec<&str> = missing.into_iter().map(|at| Properties::NAMES[at]).collect();
        let searched = ["diameter", "average", "eccentricity", "closeness", "betweenness", "small"];
        for name in Properties::NAMES {
            let needs = searched.iter().any(|part| name.contains(part));
            assert_eq!(missing.contains(name), needs, "{name}");
        }
    }

    #[test]
    fn a_complete_graph_and_a_pair_have_no_spread_to_speak_of() {
        let complete = properties(&Family::Complete.generate(&Parameters::of(6), 0).unwrap());
        assert_eq!((complete.clustering, complete.degree_assortativity), (1.0, None));
        let pair = properties(&Family::Complete.generate(&Parameters::of(2), 0).unwrap());
        assert_eq!(pair.edge_betweenness_var, None);
        assert_eq!(pair.small_world, None);
        assert_eq!(pair.nodes_betweenness_mean, Some(0.0));
    }
}
