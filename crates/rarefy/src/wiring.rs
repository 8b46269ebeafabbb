//! From a layered graph to the one network type: which blocks there are, and which of
//! their weights are masked because the graph has no such edge.
//!
//! A node is a unit. Each layer but the first has a block that reads the layer before, and
//! one more for each earlier layer from which an edge skips into it; their input weights
//! are masked to the graph's edges, their hidden-to-hidden weights are not masked. The
//! first layer reads the embedding, unmasked. (Darji 2021, after Stier and Granitzer
//! 2019, "Structural analysis of sparse neural networks".)

use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::graph::Layering;
use crate::network::{
    Architecture, ArchitectureError, Block, Layer, Layout, Masks, Network, Part, Source, Weight,
};

/// How the rows of a gated cell's mask follow from a graph's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateMask {
    /// The rows once for each gate, as the gates' weights are stacked: each gate sees the
    /// graph.
    #[default]
    Tiled,
    /// Each row as often as there are gates, as in the thesis. Weights are stacked gate by
    /// gate, so what a gate of a unit sees is another unit's row: not the graph.
    Interleaved,
}

impl GateMask {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Tiled, Self::Interleaved];

    /// As in options and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tiled => "tiled",
            Self::Interleaved => "interleaved",
        }
    }

    /// Which of a layer's `units` the mask of a row of its `[G * units]` weights comes from.
    fn unit(self, row: usize, units: usize, gates: usize) -> usize {
        match self {
            Self::Tiled => row % units,
            Self::Interleaved => row / gates,
        }
    }
}

/// How a network is made of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wiring {
    /// What each unit computes.
    pub cell: Cell,
    /// How masks of gated cells follow from the graph.
    #[serde(default)]
    pub gate_mask: GateMask,
    /// Width of the embedding; as wide as the first layer if `None` (the thesis's way).
    #[serde(default)]
    pub embedding: Option<usize>,
}

impl Wiring {
    /// The thesis's, but for the gates' masks.
    pub fn new(cell: Cell) -> Self {
        Self { cell, gate_mask: GateMask::default(), embedding: None }
    }

    /// What is connected to what in the network of a layered graph.
    ///
    /// # Errors
    /// When there can be no such network, such as one of no classes.
    pub fn architecture(
        &self,
        layering: &Layering,
        vocabulary: usize,
        classes: usize,
    ) -> Result<Architecture, ArchitectureError> {
        let mut sources = vec![vec![false; layering.layers().len()]; layering.layers().len()];
        for &(from, to) in layering.edges() {
            sources[layering.place(to).0][layering.place(from).0] = true;
        }
        let block = |source| Block { source, cell: self.cell };
        let layer = |(at, nodes): (usize, &Vec<usize>)| {
            let before = at.checked_sub(1).map_or(Source::Embedding, Source::Layer);
            // The longest path to a node comes through the layer before it.
            let skips = (0..at.saturating_sub(1)).filter(|&from| sources[at][from]);
            let blocks = [before].into_iter().chain(skips.map(Source::Layer)).map(block);
            Layer { size: nodes.len(), blocks: blocks.collect() }
        };
        let layers: Vec<Layer> = layering.layers().iter().enumerate().map(layer).collect();
        let embedding = self.embedding.unwrap_or(layers[0].size);
        let architecture = Architecture { vocabulary, embedding, layers, classes };
        architecture.validate()?;
        Ok(architecture)
    }

    /// Which of its weights the graph has no edge for.
    ///
    /// # Panics
    /// When `architecture` is of another graph.
    pub fn masks(&self, layering: &Layering, architecture: &Architecture) -> Masks {
        let layout = Layout::new(architecture);
        let edges = layering.edges().iter().copied().collect::<std::collections::HashSet<_>>();
        let masked = |weight: Weight| {
            let source = architecture.layers[weight.layer].blocks[weight.block].source;
            let Source::Layer(from) = source else { return Vec::new() };
            if weight.part == Part::Hh {
                return Vec::new();
            }
            let (below, here) = (&layering.layers()[from], &layering.layers()[weight.layer]);
            assert_eq!((below.len(), here.len()), (weight.columns, weight.rows / weight.gates));
            let edges = &edges;
            let row = |row: usize| {
                let to = here[self.gate_mask.unit(row, here.len(), weight.gates)];
                let start = weight.range.start + row * below.len();
                let none = below
                    .iter()
                    .enumerate()
                    .filter(move |(_, from)| !edges.contains(&(**from, to)));
                none.map(move |(column, _)| start + column)
            };
            (0..weight.rows).flat_map(row).collect()
        };
        Masks::at(layout.len(), layout.weights().flat_map(masked).collect())
    }

    /// A network of the layered graph with fresh weights.
    ///
    /// # Errors
    /// As [`Wiring::architecture`].
    pub fn network(
        &self,
        layering: &Layering,
        vocabulary: usize,
        classes: usize,
        seed: u64,
    ) -> Result<Network, ArchitectureError> {
        let architecture = self.architecture(layering, vocabulary, classes)?;
        let masks = self.masks(layering, &architecture);
        let mut network = Network::initialise(architecture, seed);
        network.mask(&masks);
        Ok(network)
    }
}
