//! A graph in a file, and a network wired as that graph.

use std::path::{Path, PathBuf};

use clap::Args;
use rarefy::cell::Cell;
use rarefy::format::{GraphRemark, open_graph};
use rarefy::graph::{Graph, Layering, Orientation};
use rarefy::wiring::{GateMask, ReadoutFrom, Skip, Wiring};

use super::values::{one_of, one_of_hyphened};
use crate::output::note;

/// Which way the edges of a graph point.
#[derive(Debug, Args)]
pub struct OrientationArguments {
    /// How to direct the edges
    #[arg(long, value_parser = one_of::<Orientation>(), default_value_t, requires = "graph")]
    orientation: Orientation,
    /// Seed of a random orientation
    #[arg(long, value_name = "N", default_value_t = 0, requires = "graph")]
    orientation_seed: u64,
}

impl OrientationArguments {
    /// The layers of `graph`.
    pub fn layering(&self, graph: &Graph) -> anyhow::Result<Layering> {
        Ok(Layering::new(graph, self.orientation, self.orientation_seed)?)
    }
}

/// A network that is wired as a graph.
#[derive(Debug, Args)]
pub struct WiringArguments {
    /// Wire the network as this graph instead of --layers
    ///
    /// A .json, a .graphml or an edge list, as `rarefy graph` writes and reads them.
    #[arg(long, value_name = "GRAPH", conflicts_with = "layers")]
    graph: Option<PathBuf>,
    /// How the graph masks the gates of a GRU or LSTM
    #[arg(long, value_parser = one_of::<GateMask>(), default_value_t, requires = "graph")]
    gate_mask: GateMask,
    /// How edges that skip layers enter their target layer
    #[arg(long, value_parser = one_of::<Skip>(), default_value_t, requires = "graph")]
    skip: Skip,
    /// Nodes that the readout reads
    #[arg(long, value_parser = one_of_hyphened::<ReadoutFrom>(), default_value = "last-layer", requires = "graph")]
    readout_from: ReadoutFrom,
    /// Graph that masks the hidden-to-hidden weights [default: dense]
    ///
    /// It must have as many nodes as --graph. A unit always sees its own state.
    #[arg(long, value_name = "GRAPH", requires = "graph")]
    hidden_graph: Option<PathBuf>,
    #[command(flatten)]
    orientation: OrientationArguments,
}

impl WiringArguments {
    /// The graph in layers, and how a network of `cell` is built from it; `None` without a graph.
    pub fn graph(&self, cell: Cell) -> anyhow::Result<Option<(Wiring, Layering)>> {
        let Some(path) = &self.graph else { return Ok(None) };
        let layering = self.orientation.layering(&read_graph(path)?)?;
        let hidden = self.hidden_graph.as_deref().map(read_graph).transpose()?;
        let Self { gate_mask, skip, readout_from: readout, .. } = *self;
        Ok(Some((Wiring { cell, gate_mask, skip, readout, hidden }, layering)))
    }
}

/// Reads the graph in a file. Notes state what was assumed about it.
pub fn read_graph(path: &Path) -> anyhow::Result<Graph> {
    Ok(noted(path, open_graph(path)?))
}

/// The graph of `path`, after printing notes on what was assumed about it.
pub fn noted(path: &Path, (graph, remarks): (Graph, Vec<GraphRemark>)) -> Graph {
    remarks.iter().for_each(|remark| note(&format!("{}: {remark}", path.display())));
    graph
}
