//! Families of graphs over many seeds: what each promises, and that they are what
//! NetworkX's are on average.

use std::collections::BTreeMap;

use rarefy::graph::{Family, FamilyError, Graph, Layering, Orientation, Properties, rewire};
use rarefy::random::fnv1a;

const SEEDS: u64 = 1000;

/// A difference of two means of this many standard errors is one in a hundred thousand:
/// of some thirty that are compared, and seeds that stay the same.
const STANDARD_ERRORS: f64 = 4.5;

fn families() -> Vec<(&'static str, Family)> {
    vec![
        ("barabasi_albert_30_3", Family::BarabasiAlbert { nodes: 30, m: 3 }),
        ("barabasi_albert_50_5", Family::BarabasiAlbert { nodes: 50, m: 5 }),
        ("watts_strogatz_30_6_0.1", Family::WattsStrogatz { nodes: 30, k: 6, p: 0.1 }),
        (
            "connected_watts_strogatz_20_4_1",
            Family::ConnectedWattsStrogatz { nodes: 20, k: 4, p: 1.0, tries: 100 },
        ),
        (
            "connected_watts_strogatz_50_10_1",
            Family::ConnectedWattsStrogatz { nodes: 50, k: 10, p: 1.0, tries: 100 },
        ),
        ("random_regular_20_3", Family::RandomRegular { nodes: 20, degree: 3 }),
        ("gnm_20_60", Family::Gnm { nodes: 20, edges: 60 }),
        ("gnm_20_150", Family::Gnm { nodes: 20, edges: 150 }),
        ("gnp_20", Family::Gnp { nodes: 20, p: 0.3 }),
        ("ring", Family::RingLattice { nodes: 21, k: 4 }),
        ("star", Family::Star { nodes: 9 }),
        ("path", Family::Path { nodes: 9 }),
        ("complete", Family::Complete { nodes: 9 }),
        (
            "blocks",
            Family::StochasticBlockModel { blocks: vec![8, 7, 5], within: 1.0, between: 0.0 },
        ),
    ]
}

/// Edges that every graph of the family has; `None` where that is random.
fn edges(family: &Family) -> Option<usize> {
    Some(match *family {
        Family::BarabasiAlbert { nodes, m } => m * (nodes - m),
        Family::WattsStrogatz { nodes, k, .. }
        | Family::ConnectedWattsStrogatz { nodes, k, .. }
        | Family::RingLattice { nodes, k } => nodes * k / 2,
        Family::Gnp { .. } => return None,
        Family::Gnm { edges, .. } => edges,
        Family::RandomRegular { nodes, degree } => nodes * degree / 2,
        Family::Star { nodes } | Family::Path { nodes } => nodes - 1,
        Family::Complete { nodes } => nodes * (nodes - 1) / 2,
        Family::StochasticBlockModel { .. } => 28 + 21 + 10,
    })
}

fn nodes(family: &Family) -> usize {
    match family {
        Family::BarabasiAlbert { nodes, .. }
        | Family::WattsStrogatz { nodes, .. }
        | Family::ConnectedWattsStrogatz { nodes, .. }
        | Family::Gnp { nodes, .. }
        | Family::Gnm { nodes, .. }
        | Family::RandomRegular { nodes, .. }
        | Family::RingLattice { nodes, .. }
        | Family::Star { nodes }
        | Family::Path { nodes }
        | Family::Complete { nodes } => *nodes,
        Family::StochasticBlockModel { blocks, .. } => blocks.iter().sum(),
    }
}

#[test]
fn over_a_thousand_seeds_every_family_keeps_its_promises() {
    for (name, family) in families() {
        let mut different = std::collections::HashSet::new();
        for seed in 0..SEEDS {
            // No graph is built that is not simple.
            let graph = family.generate(seed).unwrap();
            assert_eq!(graph.nodes(), nodes(&family), "{name}, seed {seed}");
            if let Some(edges) = edges(&family) {
                assert_eq!(graph.edge_count(), edges, "{name}, seed {seed}");
            }
            let connected = matches!(
                family,
                Family::BarabasiAlbert { .. }
                    | Family::ConnectedWattsStrogatz { .. }
                    | Family::RingLattice { .. }
            );
            assert!(!connected || graph.components() == 1, "{name}, seed {seed}");
            if let Family::RandomRegular { degree, .. } = family {
                assert!(graph.degrees().iter().all(|&d| d == degree), "{name}, seed {seed}");
            }
            assert_eq!(family.generate(seed).unwrap(), graph, "{name}, seed {seed}");
            different.insert(graph.edges().collect::<Vec<_>>());
        }
        let random = !["ring", "star", "path", "complete", "blocks"].contains(&name);
        assert!(if random { different.len() > 900 } else { different.len() == 1 }, "{name}");
    }
}

/// What `networkx/families.py` found.
#[derive(serde::Deserialize)]
struct Golden {
    families: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

#[test]
fn on_average_random_graphs_are_those_of_networkx() {
    let golden = include_str!("networkx/families.json");
    let golden: Golden = serde_json::from_str(golden).unwrap();
    let mut compared = 0;
    for (name, family) in families() {
        let Some(golden) = golden.families.get(name) else { continue };
        let graphs: Vec<Properties> = (0..SEEDS)
            .map(|seed| {
                let graph = family.generate(seed).unwrap();
                let layering = Layering::new(&graph, Orientation::Number, 0).unwrap();
                Properties::new(&graph, &layering, 1)
            })
            .collect();
        let degree = |p: &Properties| (p.nodes - 1) as f64;
        let measures: [(&str, Vec<f64>); 4] = [
            ("mean_degree", graphs.iter().map(|p| p.degree_mean.unwrap() * degree(p)).collect()),
            ("clustering", graphs.iter().map(|p| p.clustering).collect()),
            ("degree_std", graphs.iter().map(|p| p.degree_std.unwrap() * degree(p)).collect()),
            (
                "mean_distance",
                graphs.iter().filter_map(|p| p.average_shortest_path_length).collect(),
            ),
        ];
        for (measure, values) in measures {
            let number = |key: &str| golden[measure][key].as_f64().unwrap();
            let theirs = golden["graphs"].as_f64().unwrap();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let error = number("std") * (1.0 / theirs + 1.0 / values.len() as f64).sqrt();
            let difference = (mean - number("mean")).abs();
            assert!(
                difference <= STANDARD_ERRORS * error + 1e-9,
                "{name}: {measure} is {mean} on average, not {}",
                number("mean")
            );
            compared += 1;
        }
    }
    assert_eq!(compared, 28);
}

/// These hashes are our own: the same seed must give the same graph for ever.
#[test]
fn snapshot_of_the_graphs_of_one_seed() {
    let hash = |graph: &Graph| {
        let ends = graph.edges().flat_map(|(a, b)| [a as u8, b as u8]).collect::<Vec<_>>();
        format!("{:016x}", fnv1a(&ends))
    };
    let found: Vec<String> = families()
        .iter()
        .map(|(name, family)| format!("{name} {}", hash(&family.generate(2021).unwrap())))
        .collect();
    let ring = Family::RingLattice { nodes: 21, k: 4 }.generate(0).unwrap();
    let rewired = format!("rewired {}", hash(&rewire(&ring, 100, 2021).unwrap()));
    let snapshot = include_str!("graph_families.snapshot");
    let found = found.into_iter().chain([rewired]).collect::<Vec<_>>().join("\n") + "\n";
    assert_eq!(found, snapshot);
}

/// Where hardly any draw fits, a generator that draws until one does would not end.
#[test]
fn dense_graphs_are_made_as_fast_as_sparse_ones() {
    let dense = Family::RandomRegular { nodes: 100, degree: 97 }.generate(1).unwrap();
    assert!(dense.degrees().iter().all(|&degree| degree == 97));
    let dense = Family::WattsStrogatz { nodes: 301, k: 298, p: 1.0 }.generate(1).unwrap();
    assert_eq!(dense.edge_count(), 301 * 149);
    let dense = Family::BarabasiAlbert { nodes: 3_000, m: 1_500 }.generate(1).unwrap();
    assert_eq!(dense.edge_count(), 1_500 * 1_500);
    let complete = Family::Complete { nodes: 60 }.generate(0).unwrap();
    let error = rewire(&complete, 10, 0).unwrap_err();
    assert_eq!(error, FamilyError::TooFewSwaps { done: 0, swaps: 10, tries: 177_000 });
    // Few edges of many nodes.
    let sparse = Family::Gnm { nodes: 1_000_000, edges: 5 }.generate(0).unwrap();
    assert_eq!((sparse.nodes(), sparse.edge_count()), (1_000_000, 5));
}

#[test]
fn pairs_are_joined_with_their_probability() {
    // Binomial counts over all seeds: five standard deviations.
    let close = |name: &str, found: usize, pairs: usize, p: f64| {
        let expected = pairs as f64 * p;
        let error = 5.0 * (expected * (1.0 - p)).sqrt();
        assert!((found as f64 - expected).abs() < error, "{name}: {found}, not {expected}");
    };
    let (nodes, p) = (30, 0.3);
    let gnp = (0..SEEDS).map(|seed| Family::Gnp { nodes, p }.generate(seed).unwrap());
    close("gnp", gnp.map(|graph| graph.edge_count()).sum(), SEEDS as usize * 435, p);
    let (mut within, mut between) = (0, 0);
    for seed in 0..SEEDS {
        let blocks = vec![12, 8];
        let family = Family::StochasticBlockModel { blocks, within: 0.6, between: 0.1 };
        for (a, b) in family.generate(seed).unwrap().edges() {
            *(if (a < 12) == (b < 12) { &mut within } else { &mut between }) += 1;
        }
    }
    close("within", within, SEEDS as usize * (66 + 28), 0.6);
    close("between", between, SEEDS as usize * 96, 0.1);
}

#[test]
fn rewiring_keeps_every_degree_and_little_else() {
    for seed in 0..100 {
        let graph = Family::WattsStrogatz { nodes: 40, k: 6, p: 0.1 }.generate(seed).unwrap();
        let rewired = rewire(&graph, 10 * graph.edge_count(), seed).unwrap();
        assert_eq!(rewired.degrees(), graph.degrees());
        let before: std::collections::HashSet<_> =
            graph.edges().map(|(a, b)| (a.min(b), a.max(b))).collect();
        let kept = rewired.edges().filter(|edge| before.contains(edge)).count();
        assert!(kept < graph.edge_count() / 2, "seed {seed}: {kept} edges are the same");
    }
    let star = Family::Star { nodes: 5 }.generate(0).unwrap();
    let error = rewire(&star, 3, 0).unwrap_err();
    assert_eq!(error, FamilyError::TooFewSwaps { done: 0, swaps: 3, tries: 400 });
}

#[test]
fn impossible_graphs_are_refused_with_what_would_do() {
    let error = |family: Family| family.generate(0).unwrap_err().to_string();
    assert!(error(Family::BarabasiAlbert { nodes: 5, m: 5 }).contains("1 to 4 others"));
    assert!(error(Family::BarabasiAlbert { nodes: 5, m: 0 }).contains("1 to 4 others"));
    assert!(error(Family::BarabasiAlbert { nodes: 1, m: 1 }).contains("at least 2"));
    assert!(error(Family::WattsStrogatz { nodes: 9, k: 3, p: 0.5 }).contains("2 or 4 is"));
    assert!(error(Family::WattsStrogatz { nodes: 9, k: 10, p: 0.5 }).contains("at most 8"));
    assert!(error(Family::RingLattice { nodes: 9, k: 0 }).contains("at least 2"));
    assert!(error(Family::Gnp { nodes: 9, p: 1.5 }).contains("p is 1.5"));
    assert!(error(Family::Gnp { nodes: 9, p: f64::NAN }).contains("from 0 to 1"));
    assert!(error(Family::Gnp { nodes: 1, p: 0.5 }).contains("at least 2"));
    assert!(error(Family::Gnp { nodes: 1 << 40, p: 0.5 }).contains("pairs of nodes"));
    assert!(error(Family::Gnm { nodes: 4, edges: 7 }).contains("at most 6"));
    assert!(error(Family::RandomRegular { nodes: 5, degree: 3 }).contains("must be even"));
    assert!(error(Family::RandomRegular { nodes: 4, degree: 4 }).contains("at most 3"));
    assert!(error(Family::Star { nodes: 0 }).contains("at least 2"));
    let error = |family: Family| family.generate(0).unwrap_err().to_string();
    for large in [
        Family::BarabasiAlbert { nodes: 20_000, m: 10_000 },
        Family::Complete { nodes: 40_000 },
        Family::Gnm { nodes: 1_000_000, edges: 1 << 26 },
        Family::RandomRegular { nodes: 1 << 20, degree: 500 },
        Family::WattsStrogatz { nodes: 1 << 20, k: 500, p: 0.1 },
    ] {
        assert!(error(large).contains("can be worked with"));
    }
    assert!(error(Family::WattsStrogatz { nodes: 9, k: 1, p: 0.5 }).ends_with("even; 2 is"));
    let star = Family::Star { nodes: 5 }.generate(0).unwrap();
    let error = rewire(&star, 401, 0).unwrap_err().to_string();
    assert!(error.contains("400 leave nothing as it was"), "{error}");
    let never = Family::ConnectedWattsStrogatz { nodes: 3000, k: 2, p: 1.0, tries: 3 };
    assert!(never.generate(0).unwrap_err().to_string().contains("none of 3 graphs was connected"));
}
