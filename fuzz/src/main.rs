//! One fuzz target for each reader of files that people bring.
//!
//! `RAREFY_FUZZ=NAME` picks the target; `fuzz/run SECONDS` runs them all. Each target hands
//! libFuzzer's bytes to the reader as a file, because that is what users call, and what could
//! be read is used: a graph or a model that is written again must be read as the same.
//! A finding is a panic, a disagreement, or a file that takes too long or too much memory.

#![no_main]

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use rarefy::analysis::Records;
use rarefy::data::{ReadOptions, Rows, SeriesColumns};
use rarefy::format::{
    Model, TokenIds, open_digraph, open_model, read_graph, write_digraph, write_graph,
};
use rarefy::graph::{DirectedProperties, Graph};
use rarefy::study::{Record, Study};
use tempfile::TempDir;

/// A reader, and the name of the file that it is given.
struct Target {
    name: &'static str,
    file: &'static str,
    read: fn(&Path),
}

/// Every reader. `fuzz/seeds/NAME` holds small files to start from.
const TARGETS: &[Target] = &[
    Target { name: "state_dict", file: "rnn_tanh.pt", read: model },
    Target { name: "model", file: "rnn_tanh.safetensors", read: model },
    Target { name: "vocabulary", file: "words.txt", read: vocabulary },
    Target { name: "npy", file: "x.npy", read: array },
    Target { name: "npz", file: "x.npz", read: rows },
    Target { name: "ts", file: "x.ts", read: rows },
    Target { name: "texts", file: "x.csv", read: rows },
    Target { name: "series_columns", file: "x.csv", read: series_columns },
    Target { name: "edge_list", file: "x.edges", read: graph },
    Target { name: "edge_table", file: "x.csv", read: graph },
    Target { name: "edge_weights", file: "x.csv", read: digraph },
    Target { name: "graph_json", file: "x.json", read: graph },
    Target { name: "graphml", file: "x.graphml", read: graph },
    Target { name: "study", file: "study.toml", read: study },
    Target { name: "record", file: "record.json", read: record },
    Target { name: "table", file: "records.csv", read: table },
];

/// The target that this process runs, and the folder of its file.
static HERE: OnceLock<(&'static Target, TempDir)> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    let (target, folder) = HERE.get_or_init(|| {
        let name = std::env::var("RAREFY_FUZZ").expect("RAREFY_FUZZ names the target");
        let target = TARGETS.iter().find(|target| target.name == name);
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        let target = target.unwrap_or_else(|| panic!("no target '{name}': there are {names:?}"));
        (target, tempfile::tempdir().expect("a folder for the file"))
    });
    let path = folder.path().join(target.file);
    fs::write(&path, bytes).expect("the file can be written");
    (target.read)(&path);
});

fn model(path: &Path) {
    let Ok(opened) = open_model(path, None, None) else { return };
    let again = path.with_file_name("again.safetensors");
    opened.model.write(&again).expect("a model that was read can be written");
    let read = Model::read(&again).expect("and read again");
    assert_eq!(read.fingerprint(), opened.model.fingerprint());
}

fn vocabulary(path: &Path) {
    drop(TokenIds::read(path));
}

fn rows(path: &Path) {
    drop(Rows::read(path, None, &ReadOptions::default()));
}

/// As series with given labels, and as labels of given series.
fn array(path: &Path) {
    let given = path.with_file_name("given.npy");
    let options = ReadOptions::default();
    fs::write(&given, include_bytes!("../seeds/npy/labels.npy")).expect("writable");
    drop(Rows::read(path, Some(&given), &options));
    fs::write(&given, include_bytes!("../seeds/npy/series.npy")).expect("writable");
    drop(Rows::read(&given, Some(path), &options));
}

fn series_columns(path: &Path) {
    let channels = ["ax", "ay"].map(str::to_owned).to_vec();
    let (id, time) = ("id".to_owned(), Some("t".to_owned()));
    let series = Some(Box::new(SeriesColumns { channels, id, time }));
    drop(Rows::read(path, None, &ReadOptions { series, ..ReadOptions::default() }));
}

/// What can be written must be read as the same graph. A few bytes may say a million nodes, whose
/// files take a second.
fn graph(path: &Path) {
    let Ok(graph) = read_graph(path) else { return };
    if graph.nodes() > 1000 {
        return;
    }
    for name in ["again.json", "again.graphml", "again.edges", "again.csv"] {
        let again = path.with_file_name(name);
        if write_graph(&graph, &again).is_ok() {
            let read = read_graph(&again).expect("what was written is read");
            assert_eq!(content(&read), content(&graph), "{name}");
        }
    }
}

/// What can be read is measured, and written as a list of the same number of edges, if it is one.
/// Names like those of columns may be read differently, and then not at all.
fn digraph(path: &Path) {
    let Ok((graph, _)) = open_digraph(path) else { return };
    if graph.nodes() > 200 {
        return;
    }
    let _ = DirectedProperties::new(&graph, 0, 1);
    let again = path.with_file_name("again.csv");
    write_digraph(&graph, &again).expect("writable");
    if let Ok((read, _)) = open_digraph(&again) {
        assert_eq!(read.edges().len(), graph.edges().len());
    }
}

/// Names of the nodes, and edges between them, whatever their order.
fn content(graph: &Graph) -> (Vec<String>, Vec<[String; 2]>) {
    let mut names: Vec<String> = (0..graph.nodes()).map(|node| graph.name(node)).collect();
    names.sort();
    let ends = |(a, b)| {
        let mut ends = [graph.name(a), graph.name(b)];
        ends.sort();
        ends
    };
    let mut edges: Vec<[String; 2]> = graph.edges().map(ends).collect();
    edges.sort();
    (names, edges)
}

fn study(path: &Path) {
    let Ok(text) = fs::read_to_string(path) else { return };
    let Ok(study) = Study::parse(&text, path) else { return };
    let again = Study::parse(&study.to_toml(), path).expect("what was written is read");
    assert_eq!(again, study);
    drop(study.trials().take(1000).last());
}

fn record(path: &Path) {
    let bytes = fs::read(path).expect("it was just written");
    let Ok(record) = serde_json::from_slice::<Record>(&bytes) else { return };
    serde_json::to_vec(&record).expect("a record that was read can be written");
}

fn table(path: &Path) {
    drop(Records::read(path));
}
