//! `rarefy graph from-model`: the connections of a model as a graph.

use std::path::PathBuf;

use clap::Args;
use rarefy::connections::{Connections, ConnectionsError, Parts};
use rarefy::format::{check_writable, write_digraph};
use rarefy::graph::Digraph;
use rarefy::network::Network;
use serde_json::json;

use crate::arguments::{ModelArguments, WrongUse, one_of};
use crate::destination;
use crate::output::{counted, note, print_json, print_text};

/// Arguments of `rarefy graph from-model`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/graph_from_model.txt"))]
pub struct FromModelArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Layer, counted from 0 [default: all]
    #[arg(long, value_name = "N")]
    layer: Option<usize>,
    /// Gate [default: GRU new, LSTM cell]
    ///
    /// This gate computes what enters the state. For the RNN it is the only one, hidden.
    #[arg(long, value_name = "GATE")]
    gate: Option<String>,
    /// Weights that connect the units
    #[arg(long = "part", value_name = "PART", value_parser = one_of::<Parts>(), default_value_t)]
    parts: Parts,
    /// File to write the edges to (.csv, .tsv)
    #[arg(long, value_name = "EDGES", value_parser = destination::file_by_name(destination::EDGES))]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy graph from-model`.
pub fn run(arguments: &FromModelArguments) -> anyhow::Result<()> {
    let FromModelArguments { layer, ref gate, parts, ref out, .. } = *arguments;
    check_writable(out)?;
    let network = arguments.model.open()?.network;
    let connections = Connections { layer, gate: gate.clone(), parts };
    let graph = connections.graph(&network).map_err(|error| match error {
        ConnectionsError::NoSuchLayer { .. }
        | ConnectionsError::NoSuchGate { .. }
        | ConnectionsError::SeveralStates { .. } => WrongUse::error(error.to_string()),
        error => error.into(),
    })?;
    write_digraph(&graph, out)?;
    let loops = graph.edges().iter().filter(|edge| edge.is_loop()).count();
    let edges = graph.edges().len() - loops;
    notes(&connections, &network, &graph);
    if arguments.json {
        return print_json(&json!({
            "nodes": graph.nodes(), "edges": edges, "self_loops": loops, "graph": out
        }));
    }
    print_text(&format!(
        "{}, {}, {}; wrote {}\n",
        counted(graph.nodes(), "node"),
        counted(edges, "edge"),
        counted(loops, "self-loop"),
        out.display()
    ))
}

/// Notes on what was chosen, and on what an edge list cannot show.
fn notes(connections: &Connections, network: &Network, graph: &Digraph) {
    let architecture = network.architecture();
    let cells = architecture.layers.iter().flat_map(|layer| &layer.blocks).map(|block| block.cell);
    let gated = { cells }.find(|cell| cell.gates() > 1);
    if let (None, Some(cell)) = (&connections.gate, gated) {
        note(&format!(
            "the weights are those of the gate {} of the {cell}; --gate chooses another ({})",
            cell.gate_names()[cell.content_gate()],
            cell.gate_names().join(", ")
        ));
    }
    let layers = architecture.layers.len();
    if connections.parts == Parts::Hh && connections.layer.is_none() && layers > 1 {
        note(&format!(
            "the graph has {layers} layers, and no edges between them: --part both adds these"
        ));
    }
    if graph.is_complete() {
        note("every pair of units is connected, as in any dense layer");
    }
    let (into, out) = graph.degrees();
    let mut has_loop = vec![false; graph.nodes()];
    graph.edges().iter().filter(|edge| edge.is_loop()).for_each(|edge| has_loop[edge.from] = true);
    let is_alone = |node: &usize| into[*node] + out[*node] == 0 && !has_loop[*node];
    let alone = (0..graph.nodes()).filter(is_alone).count();
    if alone > 0 {
        note(&format!("{} without an edge cannot be in a list of edges", counted(alone, "unit")));
    }
}
