//! Families of graphs over many seeds: each has its promised properties, and on average they match
//! NetworkX's.

use std::collections::BTreeMap;

use rarefy::graph::{
    Family, FamilyError, Graph, Layering, Orientation, Parameters, Properties, rewire,
};
use rarefy::random::fnv1a;

const SEEDS: u64 = 1000;

/// A difference of two means by this many standard errors has a probability of one in a hundred
/// thousand. Some thirty are compared, and the seeds are fixed.
const STANDARD_ERRORS: f64 = 4.5;

fn families() -> Vec<(&'static str, Family, Parameters)> {
    vec![
        ("barabasi_albert_30_3", Family::BarabasiAlbert, Parameters::of(30).m(3)),
        ("barabasi_albert_50_5", Family::BarabasiAlbert, Parameters::of(50).m(5)),
        ("watts_strogatz_30_6_0.1", Family::AnyWattsStrogatz, Parameters::of(30).k(6).p(0.1)),
        (
            "connected_watts_strogatz_20_4_1",
            Family::WattsStrogatz,
            Parameters::of(20).k(4).p(1.0).tries(100),
        ),
        (
            "connected_watts_strogatz_50_10_1",
            Family::WattsStrogatz,
            Parameters::of(50).k(10).p(1.0).tries(100),
        ),
        ("random_regular_20_3", Family::RandomRegular, Parameters::of(20).degree(3)),
        ("gnm_20_60", Family::Gnm, Parameters::of(20).edges(60)),
        ("gnm_20_150", Family::Gnm, Parameters::of(20).edges(150)),
        ("gnp_20", Family::Gnp, Parameters::of(20).p(0.3)),
        ("ring", Family::RingLattice, Parameters::of(21).k(4)),
        ("star", Family::Star, Parameters::of(9)),
        ("path", Family::Path, Parameters::of(9)),
        ("complete", Family::Complete, Parameters::of(9)),
        (
            "blocks",
            Family::StochasticBlockModel,
            Parameters::default().blocks(vec![8, 7, 5]).within(1.0).between(0.0),
        ),
    ]
}

/// The number of edges of every graph of the family; `None` if it is random.
fn edges(family: Family, of: &Parameters) -> Option<usize> {
    let n = of.nodes.unwrap_or_default();
    Some(match family {
        Family::BarabasiAlbert => of.m? * (n - of.m?),
        Family::WattsStrogatz | Family::AnyWattsStrogatz | Family::RingLattice => n * of.k? / 2,
        Family::Gnm => of.edges?,
        Family::RandomRegular => n * of.degree? / 2,
        Family::Star | Family::Path => n - 1,
        Family::Complete => n * (n - 1) / 2,
        Family::StochasticBlockModel => 28 + 21 + 10,
        _ => return None,
    })
}

#[test]
fn over_a_thousand_seeds_every_family_keeps_its_promises() {
    for (name, family, of) in families() {
        let mut different = std::collections::HashSet::new();
        let blocks = of.blocks.as_ref().map(|blocks| blocks.iter().sum());
        let nodes: usize = of.nodes.or(blocks).unwrap();
        for seed in 0..SEEDS {
            // Graphs that are not simple cannot be built.
            let graph = family.generate(&of, seed).unwrap();
            assert_eq!(graph.nodes(), nodes, "{name}, seed {seed}");
            if let Some(edges) = edges(family, &of) {
                assert_eq!(graph.edge_count(), edges, "{name}, seed {seed}");
            }
            let connected = matches!(
                family,
                Family::BarabasiAlbert | Family::WattsStrogatz | Family::RingLattice
            );
            assert!(!connected || graph.components() == 1, "{name}, seed {seed}");
            if family == Family::RandomRegular {
                let degree = of.degree.unwrap();
                assert!(graph.degrees().iter().all(|&d| d == degree), "{name}, seed {seed}");
            }
            assert_eq!(family.generate(&of, seed).unwrap(), graph, "{name}, seed {seed}");
            different.insert(graph.edges().collect::<Vec<_>>());
        }
        let random = !["ring", "star", "path", "complete", "blocks"].contains(&name);
        assert!(if random { different.len() > 900 } else { different.len() == 1 }, "{name}");
    }
}

/// The results of `networkx/families.py`.
#[derive(serde::Deserialize)]
struct Golden {
    families: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

#[test]
fn on_average_random_graphs_are_those_of_networkx() {
    let golden = include_str!("networkx/families.json");
    let golden: Golden = serde_json::from_str(golden).unwrap();
    let mut compared = 0;
    for (name, family, of) in families() {
        let Some(golden) = golden.families.get(name) else { continue };
        let graphs: Vec<Properties> = (0..SEEDS)
            .map(|seed| {
                let graph = family.generate(&of, seed).unwrap();
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

/// Hashes computed by this program: a seed must always give the same graph.
#[test]
fn snapshot_of_the_graphs_of_one_seed() {
    let hash = |graph: &Graph| {
        let ends = graph.edges().flat_map(|(a, b)| [a as u8, b as u8]).collect::<Vec<_>>();
        format!("{:016x}", fnv1a(&ends))
    };
    let found: Vec<String> = families()
        .iter()
        .map(|(name, family, of)| format!("{name} {}", hash(&family.generate(of, 2021).unwrap())))
        .collect();
    let ring = Family::RingLattice.generate(&Parameters::of(21).k(4), 0).unwrap();
    let rewired = format!("rewired {}", hash(&rewire(&ring, 100, 2021).unwrap()));
    let snapshot = include_str!("graph_families.snapshot");
    let found = found.into_iter().chain([rewired]).collect::<Vec<_>>().join("\n") + "\n";
    assert_eq!(found, snapshot);
}

/// If hardly any draw fits, a generator that redraws until one does would never end.
#[test]
fn dense_graphs_are_made_as_fast_as_sparse_ones() {
    let dense = Family::RandomRegular.generate(&Parameters::of(100).degree(97), 1).unwrap();
    assert!(dense.degrees().iter().all(|&degree| degree == 97));
    let dense = Family::AnyWattsStrogatz.generate(&Parameters::of(301).k(298).p(1.0), 1).unwrap();
    assert_eq!(dense.edge_count(), 301 * 149);
    let dense = Family::BarabasiAlbert.generate(&Parameters::of(3_000).m(1_500), 1).unwrap();
    assert_eq!(dense.edge_count(), 1_500 * 1_500);
    let complete = Family::Complete.generate(&Parameters::of(60), 0).unwrap();
    let error = rewire(&complete, 10, 0).unwrap_err();
    assert_eq!(error, FamilyError::TooFewSwaps { done: 0, swaps: 10, tries: 177_000 });
    // Few edges among many nodes.
    let sparse = Family::Gnm.generate(&Parameters::of(1_000_000).edges(5), 0).unwrap();
    assert_eq!((sparse.nodes(), sparse.edge_count()), (1_000_000, 5));
}

#[test]
fn pairs_are_joined_with_their_probability() {
    // Binomial counts over all seeds, within five standard deviations.
    let close = |name: &str, found: usize, pairs: usize, p: f64| {
        let expected = pairs as f64 * p;
        let error = 5.0 * (expected * (1.0 - p)).sqrt();
        assert!((found as f64 - expected).abs() < error, "{name}: {found}, not {expected}");
    };
    let (nodes, p) = (30, 0.3);
    let gnp =
        (0..SEEDS).map(|seed| Family::Gnp.generate(&Parameters::of(nodes).p(p), seed).unwrap());
    close("gnp", gnp.map(|graph| graph.edge_count()).sum(), SEEDS as usize * 435, p);
    let (mut within, mut between) = (0, 0);
    for seed in 0..SEEDS {
        let blocks = vec![12, 8];
        let of = Parameters::default().blocks(blocks).within(0.6).between(0.1);
        for (a, b) in Family::StochasticBlockModel.generate(&of, seed).unwrap().edges() {
            *(if (a < 12) == (b < 12) { &mut within } else { &mut between }) += 1;
        }
    }
    close("within", within, SEEDS as usize * (66 + 28), 0.6);
    close("between", between, SEEDS as usize * 96, 0.1);
}

#[test]
fn rewiring_keeps_every_degree_and_little_else() {
    for seed in 0..100 {
        let graph =
            Family::AnyWattsStrogatz.generate(&Parameters::of(40).k(6).p(0.1), seed).unwrap();
        let rewired = rewire(&graph, 10 * graph.edge_count(), seed).unwrap();
        assert_eq!(rewired.degrees(), graph.degrees());
        let before: std::collections::HashSet<_> =
            graph.edges().map(|(a, b)| (a.min(b), a.max(b))).collect();
        let kept = rewired.edges().filter(|edge| before.contains(edge)).count();
        assert!(kept < graph.edge_count() / 2, "seed {seed}: {kept} edges are the same");
    }
    let star = Family::Star.generate(&Parameters::of(5), 0).unwrap();
    let error = rewire(&star, 3, 0).unwrap_err();
    assert_eq!(error, FamilyError::TooFewSwaps { done: 0, swaps: 3, tries: 400 });
}

#[test]
fn impossible_graphs_are_refused_with_what_would_do() {
    let error = |family: Family, of: Parameters| family.generate(&of, 0).unwrap_err().to_string();
    assert!(error(Family::BarabasiAlbert, Parameters::of(5).m(5)).contains("1 to 4"));
    assert!(error(Family::BarabasiAlbert, Parameters::of(5).m(0)).contains("1 to 4"));
    assert!(error(Family::BarabasiAlbert, Parameters::of(1).m(1)).contains("at least 2"));
    assert!(error(Family::AnyWattsStrogatz, Parameters::of(9).k(3).p(0.5)).contains("2 or 4"));
    assert!(error(Family::AnyWattsStrogatz, Parameters::of(9).k(10).p(0.5)).contains("2 to 8"));
    assert!(error(Family::RingLattice, Parameters::of(9).k(0)).contains("2 to 8"));
    assert!(error(Family::Gnp, Parameters::of(9).p(1.5)).contains("p is 1.5"));
    assert!(error(Family::Gnp, Parameters::of(9).p(f64::NAN)).contains("from 0 to 1"));
    assert!(error(Family::Gnp, Parameters::of(1).p(0.5)).contains("at least 2"));
    assert!(error(Family::Gnp, Parameters::of(1 << 40).p(0.5)).contains("pairs of nodes"));
    assert!(error(Family::Gnm, Parameters::of(4).edges(7)).contains("at most 6"));
    assert!(error(Family::RandomRegular, Parameters::of(5).degree(3)).contains("must be even"));
    assert!(error(Family::RandomRegular, Parameters::of(4).degree(4)).contains("at most 3"));
    assert!(error(Family::Star, Parameters::of(0)).contains("at least 2"));
    for large in [
        (Family::BarabasiAlbert, Parameters::of(20_000).m(10_000)),
        (Family::Complete, Parameters::of(40_000)),
        (Family::Gnm, Parameters::of(1_000_000).edges(1 << 26)),
        (Family::RandomRegular, Parameters::of(1 << 20).degree(500)),
        (Family::AnyWattsStrogatz, Parameters::of(1 << 20).k(500).p(0.1)),
    ] {
        assert!(error(large.0, large.1).contains("edges: at most"));
    }
    assert!(error(Family::AnyWattsStrogatz, Parameters::of(9).k(1).p(0.5)).ends_with(" 2"));
    let star = Family::Star.generate(&Parameters::of(5), 0).unwrap();
    let error = rewire(&star, 401, 0).unwrap_err();
    assert_eq!(error, FamilyError::TooManySwaps { swaps: 401, edges: 4 });
    let never = Parameters::of(3000).k(2).p(1.0).tries(3);
    let error = Family::WattsStrogatz.generate(&never, 0).unwrap_err().to_string();
    assert!(error.contains("none of 3 graphs was connected"), "{error}");
}
