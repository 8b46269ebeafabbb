//! The examples run to their end, as a reader would run them.

#[path = "../examples/load_and_stream.rs"]
mod load_and_stream;
#[path = "../examples/prune_and_recover.rs"]
mod prune_and_recover;
#[path = "../examples/series.rs"]
mod series;
#[path = "../examples/wire_a_graph.rs"]
mod wire_a_graph;

#[test]
fn prune_and_recover_runs() {
    prune_and_recover::main().unwrap();
}

#[test]
fn wire_a_graph_runs() {
    wire_a_graph::main().unwrap();
}

#[test]
fn load_and_stream_runs() {
    load_and_stream::main().unwrap();
}

#[test]
fn series_runs() {
    series::main().unwrap();
}
