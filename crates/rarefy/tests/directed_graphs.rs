//! Directed graphs: compared with NetworkX and NumPy, with the graphs of Zhang et al. 2023, and over
//! many seeds.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use rarefy::cell::Cell;
use rarefy::connections::{Connections, Parts};
use rarefy::format::{Hints, open_digraph, open_hinted, write_digraph};
use rarefy::graph::{
    Balance, Communities, Digraph, DirectedProperties, Edge, Family, Graph, Null, NullModel,
    Parameters, TRANSITIVE, TRIADS, TriadCensus, rewire,
};
use rarefy::random::Stream;
use serde_json::Value;

/// Sums of a few thousand doubles in another order.
const TOLERANCE: f64 = 1e-12;
/// Eigenvalues of matrices of a hundred rows by another algorithm.
const EIGENVALUES: f64 = 1e-9;

/// The graph that `networkx/directed.py` makes of the same numbers.
fn graph(nodes: u64, density: u64, seed: u64) -> Digraph {
    let pairs = (0..nodes).flat_map(|i| (0..nodes).map(move |j| (i, j)));
    let edge = |(i, j): (u64, u64)| {
        let h = ((i * 73_856_093) ^ (j * 19_349_663) ^ (seed * 83_492_791)) % (1 << 32);
        let h = (h ^ (h >> 13)) * 1_274_126_177 % (1 << 32);
        let h = h ^ (h >> 16);
        let weight = (h / 1000 % 41) as f64 / 8.0 - 2.5;
        let edge = Edge { from: i as usize, to: j as usize, weight };
        (h % 1000 < density && weight != 0.0).then_some(edge)
    };
    Digraph::new(nodes as usize, pairs.filter_map(edge)).unwrap()
}

fn golden() -> Vec<Value> {
    let golden: Value = serde_json::from_str(include_str!("networkx/directed.json")).unwrap();
    golden["graphs"].as_array().unwrap().clone()
}

fn of_golden(expected: &Value) -> Digraph {
    let [nodes, density, seed] = [0, 1, 2].map(|at| expected["graph"][at].as_u64().unwrap());
    graph(nodes, density, seed)
}

#[test]
fn properties_are_those_of_networkx_and_numpy() {
    for expected in golden() {
        let graph = of_golden(&expected);
        let name = &expected["graph"];
        let found = serde_json::to_value(DirectedProperties::new(&graph, 0, 1)).unwrap();
        for (property, tolerance) in [
            ("edges", 0.0),
            ("self_loops", 0.0),
            ("reciprocity", TOLERANCE),
            ("density", TOLERANCE),
            ("in_degree_std", TOLERANCE),
            ("out_degree_std", TOLERANCE),
            ("clustering", TOLERANCE),
            ("balance_by_type", TOLERANCE),
            ("spectral_radius", EIGENVALUES),
            ("adjacency_spectral_radius", EIGENVALUES),
        ] {
            match (found[property].as_f64(), expected[property].as_f64()) {
                (Some(found), Some(expected)) => {
                    assert!((found - expected).abs() <= tolerance, "{name} {property}: {found}");
                }
                (found, expected) => assert_eq!(found, expected, "{name} {property}"),
            }
        }
        // NetworkX has 0 where no path of two edges could be closed.
        let transitivity = found["transitivity"].as_f64().unwrap_or(0.0);
        assert!((transitivity - expected["transitivity"].as_f64().unwrap()).abs() < TOLERANCE);
    }
}

#[test]
fn triads_and_signed_motifs_are_those_of_networkx() {
    for expected in golden() {
        let graph = of_golden(&expected);
        let census = TriadCensus::new(&graph).0;
        for (name, count) in TRIADS.iter().zip(census) {
            assert_eq!(expected["triads"][name], count, "{} {name}", expected["graph"]);
        }
        let balance = Balance::new(&graph);
        for (name, motif) in TRANSITIVE.iter().zip(balance.motifs()) {
            let counts = serde_json::json!([motif.triples, motif.balanced]);
            assert_eq!(expected["motifs"][name], counts, "{} {name}", expected["graph"]);
        }
        let loops = balance.feed_forward_loops();
        let sum = |coherent: Option<bool>| -> usize {
            let is_coherent = |signs: &str| signs.matches('-').count().is_multiple_of(2);
            let fits = |signs: &str| coherent.is_none_or(|asked| asked == is_coherent(signs));
            loops.iter().filter(|(signs, _)| fits(signs)).map(|(_, count)| count).sum()
        };
        let forward = balance.motifs()[0];
        assert_eq!((sum(None), sum(Some(true))), (forward.triples, forward.balanced));
    }
}

#[test]
fn modularity_is_that_of_networkx_and_no_worse_than_its_greedy_search() {
    for expected in golden() {
        let graph = of_golden(&expected).undirected().unwrap();
        let modularity = expected["modularity"].as_f64().unwrap();
        let partition = expected["partition"].as_array().unwrap();
        let partition = partition.iter().map(|part| part.as_u64().unwrap() as usize).collect();
        let Some(given) = Communities::given(&graph, partition) else { continue };
        assert!((given.modularity - modularity).abs() < TOLERANCE);
        let found = Communities::new(&graph).unwrap();
        // Neither search is always the better one.
        assert!(found.modularity > modularity - 0.03, "{found:?}, {modularity}");
        let again = Communities::given(&graph, found.of.clone()).unwrap();
        assert_eq!(again, found);
    }
}

/// The graph with its nodes in another order.
fn relabelled(graph: &Digraph, stream: &mut Stream) -> Digraph {
    let mut of: Vec<usize> = (0..graph.nodes()).collect();
    stream.shuffle(&mut of);
    let edges = graph.edges().iter();
    let edges = edges.map(|edge| Edge { from: of[edge.from], to: of[edge.to], ..*edge });
    Digraph::new(graph.nodes(), edges).unwrap()
}

#[test]
fn over_many_seeds_null_models_keep_what_they_promise() {
    let sorted = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values
    };
    for seed in 0..100 {
        let graph = graph(10 + seed, 100 + 6 * seed, seed);
        let stream = &mut Stream::new(seed, "test");
        let weights = |graph: &Digraph| -> Vec<f64> {
            graph.edges().iter().map(|edge| edge.weight).collect()
        };
        let pairs = |graph: &Digraph| -> Vec<(usize, usize)> {
            graph.edges().iter().map(|edge| (edge.from, edge.to)).collect()
        };
        let sizes =
            |graph: &Digraph| -> Vec<f64> { weights(graph).into_iter().map(f64::abs).collect() };
        let signs = NullModel::Signs.draw(&graph, stream).unwrap();
        assert_eq!((pairs(&signs), sizes(&signs)), (pairs(&graph), sizes(&graph)));
        assert_eq!(weights(&signs).iter().filter(|weight| **weight > 0.0).count(), {
            weights(&graph).iter().filter(|weight| **weight > 0.0).count()
        });
        let permuted = NullModel::Weights.draw(&graph, stream).unwrap();
        assert_eq!(pairs(&permuted), pairs(&graph));
        assert_eq!(sorted(weights(&permuted)), sorted(weights(&graph)));
        assert_ne!(weights(&permuted), weights(&graph));
        if let Ok(rewired) = NullModel::Rewired.draw(&graph, stream) {
            assert_eq!(rewired.degrees(), graph.degrees());
            assert_ne!(pairs(&rewired), pairs(&graph));
            let out = |graph: &Digraph, node: usize| {
                let edges = graph.edges().iter().filter(|edge| edge.from == node);
                sorted(edges.map(|edge| edge.weight).collect())
            };
            assert!((0..graph.nodes()).all(|node| out(&rewired, node) == out(&graph, node)));
        }
        let other = relabelled(&graph, stream);
        assert_eq!(Balance::new(&other), Balance::new(&graph));
        assert_eq!(TriadCensus::new(&other), TriadCensus::new(&graph));
    }
}

#[test]
fn chance_balances_half_of_the_triples() {
    const DRAWS: usize = 400;
    let edges = |edge: &Edge| !edge.is_loop();
    let complete = graph(40, 1000, 3);
    let signed = complete.edges().iter().filter(|edge| edges(edge)).enumerate();
    // As many negative weights as positive ones.
    let signed = signed.map(|(at, edge)| Edge {
        weight: edge.weight.abs() * if at % 2 == 0 { 1.0 } else { -1.0 },
        ..*edge
    });
    let graph = Digraph::new(40, signed).unwrap();
    let nulls = |model, jobs| Null::new(&graph, model, DRAWS, 7, jobs, || ());
    for (model, jobs) in [(NullModel::Signs, 1), (NullModel::Weights, 2)] {
        let null = nulls(model, jobs).unwrap();
        assert_eq!(null, nulls(model, 3 - jobs).unwrap());
        let share = null.spread("balanced_share").unwrap();
        let error = share.sd.unwrap() / (DRAWS as f64).sqrt();
        assert!((share.mean - 0.5).abs() < 4.0 * error, "{model}: {share:?}");
        let triples = null.spread("transitive_triples").unwrap();
        assert_eq!(triples.sd, Some(0.0));
    }
    assert!(nulls(NullModel::Rewired, 1).is_err());
}

#[test]
fn edge_lists_give_back_the_weights_that_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["x0", "h0", "l1.b0.h2"].map(str::to_owned).to_vec();
    let weights = [(0, 1, f64::from(0.1_f32)), (1, 1, -1e-30), (2, 0, 0.1), (1, 2, 3.0)];
    let edges = weights.map(|(from, to, weight)| Edge { from, to, weight });
    let graph = Digraph::named(names, edges).unwrap();
    for name in ["g.csv", "g.tsv"] {
        let path = folder.path().join(name);
        write_digraph(&graph, &path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("Source") && text.contains("0.1\n"), "{text}");
        let (back, remarks) = open_digraph(&path).unwrap();
        assert_eq!(remarks, []);
        let listed = |graph: &Digraph| -> Vec<(String, String, f64)> {
            let edges = graph.edges().iter();
            // Weights in single precision have its digits, read as double precision.
            let single = |weight: f64| f64::from(weight as f32);
            let row =
                |edge: &Edge| (graph.name(edge.from), graph.name(edge.to), single(edge.weight));
            edges.map(row).collect()
        };
        assert_eq!(listed(&back), listed(&graph), "{name}");
    }
    let read = |text: &str| {
        let path = folder.path().join("read.csv");
        std::fs::write(&path, text).unwrap();
        open_digraph(&path).map_err(|error| error.to_string())
    };
    let remark = |text: &str| {
        let (graph, remarks) = read(text).unwrap();
        let remarks: Vec<String> = remarks.iter().map(ToString::to_string).collect();
        (graph.edges().len(), remarks.join("; "))
    };
    assert_eq!(remark("# source target w\n0,1,-2\n").0, 1);
    assert_eq!(remark("0,1,0.5\n1,0,-0.5\n1,1,2\n"), (3, String::new()));
    let zero = remark("Id,Source,Target,Weight\n7,0,1,0\n8,1,0,-0.5\n");
    assert_eq!(zero, (1, "columns ignored: 'Id'; left out: 1 edge of weight 0".to_owned()));
    assert!(remark("source,target\n0,1\n1,0\n").1.contains("no column of weights"));
    for (text, expected) in [
        ("source,target,weight\n0,1,much\n", "line 2: the weight is 'much'"),
        ("source,target,weight\n0,1,inf\n", "expected a finite number"),
        ("source,target,weight\n0,1\n", "line 2: the weight is ''"),
        ("source,target,weight\n0,1,1\n0,1,2\n", "(0, 1) occurs more than once"),
    ] {
        assert!(read(text).unwrap_err().contains(expected), "{:?}", read(text));
    }
}

fn expected_of_zhang(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap()
}

#[test]
fn balance_of_the_graphs_of_zhang_2023_is_what_was_counted() {
    let Some(folder) = support::zhang_dir() else { return };
    let expected = expected_of_zhang(&folder);
    let (mut files, mut by_type) = (0, 0);
    for entry in std::fs::read_dir(folder.join("edges")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let (network, epoch) = name.rsplit_once('_').unwrap();
        let (graph, _) = open_digraph(&path).unwrap();
        let found = DirectedProperties::without_searches(&graph);
        let row = &expected["balance"][network][epoch];
        assert_eq!(row["edges"], found.edges, "{name}");
        assert_eq!(row["edges_with_loops"], found.edges + found.self_loops, "{name}");
        assert_eq!(row["transitive_triples"], found.transitive_triples, "{name}");
        assert_eq!(row["balanced"], found.balanced, "{name}");
        assert_eq!(row["share"].as_f64(), found.balanced_share, "{name}");
        files += 1;
        if let Some(share) = expected["balance_by_type"][network][epoch].as_f64() {
            assert_eq!(found.balance_by_type, Some(share), "{name}");
            by_type += 1;
        }
    }
    assert_eq!((files, by_type), (14, 10));
}

#[test]
fn weights_of_zhang_2023_connect_the_units_that_their_edge_lists_connect() {
    let Some(folder) = support::zhang_dir() else { return };
    let expected = expected_of_zhang(&folder);
    for (name, row) in expected["weights"].as_object().unwrap() {
        let path = folder.join(format!("weights/{name}.safetensors"));
        let hints = Hints { cell: Some(Cell::RnnTanh), ..Hints::default() };
        let network = open_hinted(&path, &hints).unwrap().model.network;
        let graph = Connections::default().graph(&network).unwrap();
        assert_eq!(row["hh_nonzero"], graph.edges().len(), "{name}");
        assert!(graph.names().is_none());
        let found = DirectedProperties::new(&graph, 0, 2);
        let last = expected["balance"][name]
            .as_object()
            .and_then(|rows| rows.iter().max_by_key(|(epoch, _)| epoch.parse::<usize>().unwrap()));
        if let Some((_, row)) = last {
            assert_eq!(row["balanced"], found.balanced, "{name}");
            // The same edges with the same weights.
            let (listed, _) = open_digraph(&folder.join(format!("edges/{name}_200.csv"))).unwrap();
            let by_name = |graph: &Digraph| -> BTreeMap<(String, String), f32> {
                let edges = graph.edges().iter();
                let names = |edge: &Edge| (graph.name(edge.from), graph.name(edge.to));
                edges.map(|edge| (names(edge), edge.weight as f32)).collect()
            };
            assert_eq!(by_name(&listed), by_name(&graph), "{name}");
        }
        let both = Connections { parts: Parts::Both, ..Connections::default() };
        let both = both.graph(&network).unwrap();
        assert!(both.names().unwrap().contains(&"x3".to_owned()));
        assert!(both.edges().len() > graph.edges().len());
    }
}

#[test]
fn three_million_triples_take_milliseconds() {
    let pairs = (0..150).flat_map(|from| (0..150).map(move |to| (from, to)));
    let weight = |from: usize, to: usize| (from * 7 + to) as f64 - 599.5;
    let edges = pairs.map(|(from, to)| Edge { from, to, weight: weight(from, to) });
    let graph = Digraph::new(150, edges).unwrap();
    let start = Instant::now();
    let triples = Balance::new(&graph).transitive_triples();
    let seconds = start.elapsed().as_secs_f64();
    // As many as Zhang et al. 2023 have before they prune.
    assert_eq!(triples, 3_307_800);
    // In practice a few milliseconds; the bound allows for a busy machine.
    assert!(seconds < 0.5, "{seconds} s");
}

#[test]
fn a_small_world_is_told_from_the_same_graph_rewired() {
    let of = Parameters::of(200).k(10).p(0.05);
    let ring = Family::AnyWattsStrogatz.generate(&of, 1).unwrap();
    let rewired = rewire(&ring, 10 * ring.edge_count(), 1).unwrap();
    let directed = |graph: &Graph| {
        let edges = graph.edges().map(|(from, to)| Edge { from, to, weight: 1.0 });
        Digraph::new(graph.nodes(), edges).unwrap()
    };
    let found = DirectedProperties::new(&directed(&ring), 0, 2);
    assert!(found.small_world.unwrap() > 4.0, "{found:?}");
    assert_eq!(found.small_world, DirectedProperties::new(&directed(&ring), 0, 1).small_world);
    assert_eq!(found.values().len(), DirectedProperties::NAMES.len());
    let found = DirectedProperties::new(&directed(&rewired), 0, 2);
    assert!((found.small_world.unwrap() - 1.0).abs() < 0.2, "{found:?}");
}
