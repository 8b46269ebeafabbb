//! The thesis's graphs and the networks made from them, compared with the thesis's own files.

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use rarefy::cell::Cell;
use rarefy::data::{Dataset, ReadOptions, Rows};
use rarefy::format::open_model;
use rarefy::graph::{Graph, Layering, Orientation, Properties};
use rarefy::network::{Input, Source};
use rarefy::train::Evaluator;
use rarefy::wiring::{GateMask, Wiring};
use safetensors::SafeTensors;

/// Both in double precision: only the order of sums differs.
const TOLERANCE: f64 = 1e-9;
/// Of 6,250 strings, how many f32 sums in another order may classify differently.
const NEAR_TIES: usize = 2;
const LOSS_TOLERANCE: f64 = 1e-3;

#[derive(serde::Deserialize)]
struct Json {
    nodes: usize,
    edges: Vec<(usize, usize)>,
}

/// By cell and graph: `GRU/barabasi_albert_0`.
fn graphs(thesis: &Path) -> BTreeMap<String, Graph> {
    let text = std::fs::read_to_string(thesis.join("graphs_even.json")).unwrap();
    let graphs: BTreeMap<String, Json> = serde_json::from_str(&text).unwrap();
    graphs.into_iter().map(|(name, g)| (name, Graph::new(g.nodes, g.edges).unwrap())).collect()
}

fn layering(graph: &Graph) -> Layering {
    Layering::new(graph, Orientation::Number, 0).unwrap()
}

#[test]
fn four_hundred_graphs_have_the_published_properties() {
    let Some(thesis) = support::thesis_dir() else { return };
    let graphs = graphs(&thesis);
    let mut compared = 0;
    for cell in ["rnn_tanh", "rnn_relu", "gru", "lstm"] {
        let path = thesis.join(format!("results/structure/{cell}.csv"));
        let mut rows = csv::Reader::from_path(path).unwrap();
        let header = rows.headers().unwrap().clone();
        for row in rows.records().map(Result::unwrap) {
            let name = format!("{}/{}_{}", &row[0], &row[1], &row[2]);
            let Some(graph) = graphs.get(&name) else { continue };
            let ours = Properties::new(graph, &layering(graph), 1);
            let values = Properties::NAMES.iter().zip(ours.values());
            let ours: BTreeMap<&str, f64> =
                values.filter_map(|(&name, value)| Some((name, value?))).collect();
            for (column, published) in header.iter().zip(&row).take(26).skip(3) {
                let published: f64 = published.parse().unwrap();
                let error = (ours[column] - published).abs();
                assert!(
                    error <= TOLERANCE,
                    "{name}: {column} is {}, not {published}",
                    ours[column]
                );
                if ["layers", "source_nodes", "sink_nodes"].contains(&column) {
                    assert_eq!(error, 0.0, "{name}: {column}");
                }
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 400);
}

#[test]
fn layers_and_skips_are_those_of_the_golden_files() {
    for name in ["graph_ba12_gru_tiled", "graph_ws14_lstm_interleaved"] {
        let path = format!("{}/tests/oracle/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let metadata = header.metadata().clone().unwrap();
        let edges: Vec<(usize, usize)> = serde_json::from_str(&metadata["edges"]).unwrap();
        let layers: Vec<Vec<usize>> = serde_json::from_str(&metadata["layers"]).unwrap();
        let skips: Vec<(usize, usize)> = serde_json::from_str(&metadata["skip_layers"]).unwrap();
        let graph = Graph::new(layers.iter().map(Vec::len).sum(), edges).unwrap();
        let layering = layering(&graph);
        assert_eq!(layering.layers(), layers, "{name}");
        let (cell, gate_mask) = if name.contains("gru") {
            (Cell::Gru, GateMask::Tiled)
        } else {
            (Cell::Lstm, GateMask::Interleaved)
        };
        let wiring = Wiring { gate_mask, ..Wiring::new(cell) };
        let input = Input::Tokens { vocabulary: 11, embedding: layers[0].len() };
        let network = wiring.network(&layering, input, 3, 0).unwrap();
        let layers = network.architecture().layers.iter().enumerate();
        let ours: Vec<(usize, usize)> = layers
            .flat_map(|(to, layer)| {
                let skips = layer.blocks[1..].iter().map(move |block| (block.sources[0], to));
                skips.map(|(source, to)| match source {
                    Source::Layer(from) => (from, to),
                    Source::Input => panic!("no skip from the input"),
                })
            })
            .collect();
        assert_eq!(ours, skips, "{name}");
        // And the masks.
        let file = SafeTensors::deserialize(&bytes).unwrap();
        for (mask, weight) in network.layout().mask_names() {
            let Ok(golden) = file.tensor(&format!("param.{mask}")) else { continue };
            let ours: Vec<u8> =
                weight.range.map(|place| u8::from(!network.masks().is_masked(place))).collect();
            assert_eq!(ours, golden.data(), "{name}: {mask}");
        }
    }
}

#[test]
fn published_graph_networks_score_what_pytorch_says_and_have_our_masks() {
    let Some(thesis) = support::thesis_dir() else { return };
    let graphs = graphs(&thesis);
    let test = thesis.join("dataset/test_data.csv");
    let rows = Rows::read(&test, None, &ReadOptions::default()).unwrap().0;
    let mut compared = 0;
    for line in
        std::fs::read_to_string(thesis.join("oracle_graph_eval.csv")).unwrap().lines().skip(1)
    {
        let fields: Vec<&str> = line.split(',').collect();
        let name = format!("{}/{}", fields[0], fields[1]);
        let graph = &graphs[&name];
        let path = thesis.join(format!("weights/graph/{name}.pt"));
        let cell: Cell = fields[0].to_lowercase().parse().unwrap();
        let model = open_model(&path, Some(cell), Some(graph)).unwrap().model;
        let network = &model.network;

        let wiring = Wiring {
            gate_mask: GateMask::Interleaved,
            ..Wiring::new(network.architecture().cell().unwrap())
        };
        let layering = layering(graph);
        let masks = wiring.masks(&layering, network.architecture()).unwrap();
        assert_eq!(*network.masks(), masks, "{name}");
        let skips: usize =
            network.architecture().layers.iter().map(|layer| layer.blocks.len() - 1).sum();
        let counts = [graph.nodes(), graph.edge_count(), layering.layers().len(), skips];
        assert_eq!(counts.map(|count| count.to_string()), fields[2..6], "{name}");

        let strings = Dataset::encode(&test, &rows, &model.encoding, &model.task).unwrap();
        let score = Evaluator::new(network, 128, model.readout).score(network, &strings);
        let accuracy: f64 = fields[6].parse().unwrap();
        let correct = (accuracy * strings.len() as f64).round() as usize;
        assert!(
            score.correct().unwrap().abs_diff(correct) <= NEAR_TIES,
            "{name}: {} correct",
            score.correct().unwrap()
        );
        let loss: f64 = fields[7].parse().unwrap();
        let error = (score.loss_sum - loss).abs() / loss;
        assert!(error <= LOSS_TOLERANCE, "{name}: loss {}, not {loss}", score.loss_sum);
        compared += 1;
    }
    assert_eq!(compared, 24);
}
