//! What an engine computes with: the same for all strips of all batches.

use std::ops::Range;

use super::layer::{BlockEngine, LayerEngine};
use super::live::{live_inputs, live_places, live_units};
use super::strip::{STRIP, Strip};
use super::{Architecture, Batch, Layer, Layout, LinearLayout, Network, Packing, Source};
use crate::cell::Cell;

/// Bytes that a small layer keeps of [`STRIP`] sequences at most. Twice as much fits into a
/// second-level cache, or nearly.
const SMALL: usize = 1 << 20;

/// What an engine computes with, the same for all strips.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) architecture: Architecture,
    pub(super) packing: Packing,
    /// Where parameters are among the packed ones. Weights are located entry by entry.
    pub(super) packed: Layout,
    pub(super) layers: Vec<LayerEngine>,
    pub(super) read: Vec<ReadLayer>,
    /// Places among the packed parameters of those that are masked but are not recurrent weights.
    pub(super) masked: Vec<usize>,
}

/// The states at the end of the last piece of running texts. They do not depend on masks.
#[derive(Clone, Debug, Default)]
pub struct EngineState {
    /// `B`; 0 if there are none.
    pub(super) count: usize,
    /// Of each block, by layer: hidden state and memory, `[H][B]`.
    pub(super) blocks: Vec<Vec<[Vec<f32>; 2]>>,
}

/// What the readout reads from one layer.
#[derive(Clone, Debug)]
pub(super) struct ReadLayer {
    pub(super) layer: usize,
    /// Indices among the layer's live units.
    pub(super) units: Vec<usize>,
    /// Index of the first of them among all units that the readout reads.
    pub(super) first: usize,
}

impl Plan {
    /// For networks with the architecture and the masks of `network`.
    pub(super) fn new(network: &Network) -> Self {
        let (architecture, layout) = (network.architecture(), network.layout());
        let live = live_units(architecture, layout, network.masks(), &architecture.readout_units());
        let mut packing = Packing::default();
        let mut packed = layout.clone();
        packed.embedding = packing.run(layout.embedding.clone());
        let mut layers = Vec::new();
        for ((layer, places), units) in
            architecture.layers.iter().zip(&mut packed.layers).zip(&live)
        {
            let source = Source::Layer(layers.len());
            let mut others = architecture.layers.iter().flat_map(|layer| &layer.blocks);
            let mut engine = LayerEngine {
                units: units.clone(),
                is_source: others.any(|block| block.sources.contains(&source)),
                reversed: layer.reversed,
                ..LayerEngine::default()
            };
            // A layer that does not reach the readout is not computed.
            let blocks = if units.is_empty() { &[] } else { &layer.blocks[..] };
            for (block, place) in blocks.iter().zip(places) {
                let inputs = live_inputs(architecture, block, &live);
                let masks = network.masks();
                engine.blocks.push(BlockEngine::new(place, units, inputs, masks, &mut packing));
            }
            layers.push(engine);
        }
        let run = |linear: &LinearLayout| LinearLayout {
            weight: packing.run(linear.weight.clone()),
            bias: packing.run(linear.bias.clone()),
            ..linear.clone()
        };
        packed.linears = layout.linears.iter().map(run).collect();
        let masked = masked_runs(network, &packed, &live);
        Self {
            masked,
            read: ReadLayer::of(&live_places(&architecture.readout_units(), &live)),
            layers,
            packing,
            packed,
            architecture: architecture.clone(),
        }
    }

    /// The number of sequences that are computed together. Each call of a kernel has little to do if
    /// every layer is small, so it is called for twice as many sequences, unless `batch` is so small
    /// that threads would miss strips.
    pub(super) fn strip_width(&self, batch: &Batch) -> usize {
        let largest = self.layers.iter().map(LayerEngine::bytes).max().unwrap_or(0);
        let is_small = largest * batch.steps() * STRIP <= SMALL;
        if is_small && batch.count() >= 4 * STRIP { 2 * STRIP } else { STRIP }
    }

    /// Bytes of what is kept of a strip on its way forward, in order to go back.
    pub(super) fn bytes(&self, strip: &Strip) -> usize {
        let of_layers = self.layers.iter().map(LayerEngine::bytes).sum::<usize>();
        of_layers * strip.steps * strip.columns
    }

    /// The number of units that are read.
    pub(super) fn read_width(&self) -> usize {
        self.read.iter().map(|read| read.units.len()).sum()
    }
}

impl LayerEngine {
    /// Bytes of what is kept of a step and column: of each unit the slots, the states, and the gradient
    /// at the output.
    fn bytes(&self) -> usize {
        let kept = |cell: Cell| cell.slots() + 1 + usize::from(cell.has_memory());
        let of_blocks = self.blocks.iter().map(|block| kept(block.cell)).sum::<usize>();
        size_of::<f32>() * (of_blocks + 1) * self.units.len()
    }
}

/// Where masked embeddings, biases and weights of linear layers are among the `packed` parameters.
/// Embeddings and linear layers are packed whole, and so are the biases of all blocks that are computed.
fn masked_runs(network: &Network, packed: &Layout, live: &[Vec<usize>]) -> Vec<usize> {
    let mut masked = Vec::new();
    let mut add = |range: &Range<usize>, at: &Range<usize>| {
        let places = network.masks().masked_in(range.clone());
        masked.extend(places.iter().map(|place| at.start + place - range.start));
    };
    let layout = network.layout();
    add(&layout.embedding, &packed.embedding);
    for ((blocks, at), units) in layout.layers.iter().zip(&packed.layers).zip(live) {
        for (block, at) in blocks.iter().zip(at).filter(|_| !units.is_empty()) {
            add(&block.bias_ih, &at.bias_ih);
            add(&block.bias_hh, &at.bias_hh);
        }
    }
    for (linear, at) in layout.linears.iter().zip(&packed.linears) {
        add(&linear.weight, &at.weight);
        add(&linear.bias, &at.bias);
    }
    masked
}

impl EngineState {
    /// Zeros for `count` sequences.
    pub(super) fn new(architecture: &Architecture, count: usize) -> Self {
        let layer = |layer: &Layer| {
            let zeros = || vec![0.0; layer.size * count];
            layer.blocks.iter().map(|_| [zeros(), zeros()]).collect()
        };
        Self { count, blocks: architecture.layers.iter().map(layer).collect() }
    }
}

impl ReadLayer {
    /// `units` are pairs of a layer and an index among its live units, ascending.
    fn of(units: &[(usize, usize)]) -> Vec<Self> {
        let mut first = 0;
        let layers = units.chunk_by(|a, b| a.0 == b.0).map(|units| {
            first += units.len();
            let places = units.iter().map(|unit| unit.1).collect();
            Self { layer: units[0].0, units: places, first: first - units.len() }
        });
        layers.collect()
    }
}
