//! The fast path: batches forward and backward through time, in f32.
//!
//! A batch is processed in strips of [`STRIP`] sequences: few enough that the buffers of a step
//! stay in the cache, and enough to fill the vectors. A strip is computed layer by layer, and
//! within a layer step by step. All buffers have the strip innermost, `[T][units][N]`, where `N` is
//! the strip's size rounded up to whole vectors. The spare columns repeat the first sequence and
//! get no gradient. Buffers are reused from batch to batch and grow only for a longer sequence. A
//! strip ends with the last step that is read: if sequences are sorted by length and read at their
//! own last step, little padding is computed. A reversed layer begins each sequence at its own last
//! step: before that, its states are zero.
//!
//! Units that cannot reach the readout because of masks are not computed at all ([`live_units`]).
//! Each weight matrix is multiplied either as a whole or entry by entry (`factor.rs`). The
//! computation of a block is in `layer.rs`.
//!
//! If the input is tokens, the first layer does not multiply by the embedding at every step. Its
//! input product is computed once for each different token of the strip and looked up, and its
//! gradient is summed per token in the same way. Series of numbers are multiplied as an earlier
//! layer's output is.

use std::ops::Range;

use super::entrance::Entrance;
use super::head::HeadEngine;
use super::layer::{BlockEngine, Carried, LayerEngine};
use super::live::{live_inputs, live_places, live_units};
use super::pool::taps;
use super::strip::Strip;
use super::{Architecture, Batch, Dropped, Layer, Layout, LinearLayout, Network, Packing, Source};
use crate::kernel::padded_columns;

/// Sequences that are computed together.
pub const STRIP: usize = 32;

/// Forward and backward passes of batches through one network.
#[derive(Clone, Debug)]
pub struct Engine {
    architecture: Architecture,
    packing: Packing,
    /// Where parameters are among the packed ones. Weights are located entry by entry.
    packed: Layout,
    layers: Vec<LayerEngine>,
    read: Vec<ReadLayer>,
    head: HeadEngine,
    entrance: Entrance,
    carried: Carried,
    /// After the last piece of running texts.
    state: EngineState,
    /// Those of the last batch, whose memory is used again.
    strips: Vec<Strip>,
    /// Places among the packed parameters of those that are masked but are not recurrent weights.
    masked: Vec<usize>,
    /// Gradient at the logits of the strip.
    logit_gradient: Vec<f32>,
    /// `[reads][C]`
    logits: Vec<f32>,
}

/// The states at the end of the last piece of running texts. They do not depend on masks.
#[derive(Clone, Debug, Default)]
pub struct EngineState {
    /// `B`; 0 if there are none.
    count: usize,
    /// Of each block, by layer: hidden state and memory, `[H][B]`.
    blocks: Vec<Vec<[Vec<f32>; 2]>>,
}

/// What the readout reads from one layer.
#[derive(Clone, Debug)]
struct ReadLayer {
    layer: usize,
    /// Indices among the layer's live units.
    units: Vec<usize>,
    /// Index of the first of them among all units that the readout reads.
    first: usize,
}

impl Engine {
    /// For networks with the architecture and the masks of `network`.
    pub fn new(network: &Network) -> Self {
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
            head: HeadEngine::new(architecture, packed.linears.clone()),
            layers,
            packing,
            packed,
            architecture: architecture.clone(),
            entrance: Entrance::new(architecture.input),
            carried: Carried::default(),
            state: EngineState::default(),
            strips: Vec::new(),
            logit_gradient: Vec::new(),
            logits: Vec::new(),
        }
    }

    /// Which of a network's parameters the engine computes with, and in which order it expects
    /// them.
    pub fn packing(&self) -> &Packing {
        &self.packing
    }

    /// Outputs at each of the batch's reads, `[reads][C]`, computed with packed `parameters`. They
    /// are logits if the targets are classes.
    ///
    /// # Panics
    /// If `parameters` belong to another network, or a token is not in its vocabulary.
    pub fn forward(&mut self, parameters: &[f32], batch: &Batch) -> &[f32] {
        self.set(parameters);
        let strips = self.strips(batch);
        for strip in &strips {
            self.forward_strip(parameters, batch, strip, &Dropped::default());
        }
        self.strips = strips;
        &self.logits
    }

    /// Writes to `gradient` the gradient of a loss at packed `parameters`, zero where they are
    /// masked.
    ///
    /// `differentiate` receives the outputs at some of the batch's reads, `[n][C]`, and which reads
    /// these are. It writes the loss's gradient at those outputs to the vector that it receives.
    ///
    /// # Panics
    /// If a length is wrong, or a token is not in the vocabulary.
    pub fn gradient(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        gradient: &mut [f32],
        differentiate: impl FnMut(&[f32], Range<usize>, &mut Vec<f32>),
    ) {
        self.gradient_with(parameters, batch, &Dropped::default(), gradient, differentiate);
    }

    /// The same where some values are `dropped`.
    ///
    /// # Panics
    /// As [`Engine::gradient`]; if what is dropped belongs to another batch.
    pub fn gradient_with(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        dropped: &Dropped,
        gradient: &mut [f32],
        mut differentiate: impl FnMut(&[f32], Range<usize>, &mut Vec<f32>),
    ) {
        assert_eq!(gradient.len(), self.packing.len(), "gradient of another network");
        self.set(parameters);
        gradient.fill(0.0);
        let strips = self.strips(batch);
        for strip in &strips {
            self.forward_strip(parameters, batch, strip, dropped);
            let logits = &self.logits[strip.reads.start * self.architecture.classes..];
            let mut logit_gradient = std::mem::take(&mut self.logit_gradient);
            differentiate(logits, strip.reads.clone(), &mut logit_gradient);
            assert_eq!(logit_gradient.len(), logits.len(), "gradient is not [n][C]");
            self.backward_strip(parameters, batch, strip, &logit_gradient, gradient);
            self.logit_gradient = logit_gradient;
        }
        self.strips = strips;
        for block in self.layers.iter().flat_map(|layer| &layer.blocks) {
            block.mask(gradient);
        }
        self.masked.iter().for_each(|&place| gradient[place] = 0.0);
    }

    /// The states after the last piece of running texts.
    pub fn state(&self) -> &EngineState {
        &self.state
    }

    /// Goes on from other states, of a network with the same architecture.
    pub fn set_state(&mut self, state: EngineState) {
        self.state = state;
    }

    /// Prepares for computing with packed `parameters`.
    fn set(&mut self, parameters: &[f32]) {
        assert_eq!(parameters.len(), self.packing.len(), "parameters of another network");
        self.logits.clear();
        for (layer, places) in self.layers.iter_mut().zip(&self.packed.layers) {
            for (block, place) in layer.blocks.iter_mut().zip(places) {
                block.set(parameters, place, &layer.units);
            }
        }
    }

    fn forward_strip(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        strip: &Strip,
        dropped: &Dropped,
    ) {
        let embedding = &parameters[self.packed.embedding.clone()];
        self.entrance.fill(self.architecture.input, batch, strip, embedding, dropped);
        let unknown = self.state.count < batch.count();
        if batch.first_piece().is_some_and(|first| (first && strip.strings.start == 0) || unknown) {
            self.state = EngineState::new(&self.architecture, batch.count());
        }
        for at in 0..self.layers.len() {
            let (lower, upper) = self.layers.split_at_mut(at);
            let layer = &mut upper[0];
            for (number, block) in layer.blocks.iter_mut().enumerate() {
                block.fit(strip, layer.units.len());
                let factors = dropped.recurrent.get(at).map_or(&[][..], |blocks| &blocks[number]);
                block.drop_out(strip, factors, batch.count(), &layer.units);
                if batch.first_piece() == Some(false) {
                    let state = &self.state.blocks[at][number];
                    block.begin_from(state, self.state.count, &layer.units, strip);
                }
                block.forward(parameters, strip, lower, &mut self.entrance);
                if batch.first_piece().is_some() {
                    let state = &mut self.state.blocks[at][number];
                    block.end_in(state, self.state.count, &layer.units, strip);
                }
            }
            layer.add_blocks(strip);
            let factors = dropped.layers.get(at).map_or(&[][..], Vec::as_slice);
            layer.drop_out(strip, factors, self.architecture.layers[at].size, batch.count());
        }
        self.read_out(parameters, batch, strip);
    }

    fn backward_strip(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        strip: &Strip,
        logit_gradient: &[f32],
        gradient: &mut [f32],
    ) {
        for layer in &mut self.layers {
            layer.gradient.size(strip.steps * layer.units.len() * strip.columns);
            layer.has_gradient = false;
        }
        // The gradient of a layer that only the readout reads is zero already; those of other
        // layers hold old values.
        for read in &self.read {
            let layer = &mut self.layers[read.layer];
            if layer.is_source {
                layer.gradient.fill(0.0);
                layer.has_gradient = true;
            }
        }
        if let Entrance::Tokens(lookup) = &mut self.entrance {
            lookup.clear_gradient();
        }
        self.read_out_backward(parameters, batch, strip, logit_gradient, gradient);
        for (at, places) in self.packed.layers.iter().enumerate().rev() {
            let (lower, upper) = self.layers.split_at_mut(at);
            upper[0].drop_out_backward();
            let LayerEngine { units, blocks, gradient: output_gradient, .. } = &mut upper[0];
            for (block, place) in blocks.iter_mut().zip(places) {
                let entrance = &mut self.entrance;
                let carried = &mut self.carried;
                block.backward(parameters, strip, output_gradient, lower, carried);
                let sums = &mut carried.sums;
                block.weight_gradients(
                    parameters, place, units, strip, lower, entrance, sums, gradient,
                );
            }
        }
        self.forget_read_out(batch, strip);
        if let Entrance::Tokens(lookup) = &mut self.entrance {
            let embedding_gradient = &mut gradient[self.packed.embedding.clone()];
            lookup.scatter_gradient(embedding_gradient, self.packed.embedding_width);
        }
    }

    /// Appends the logits of the strip.
    fn read_out(&mut self, parameters: &[f32], batch: &Batch, strip: &Strip) {
        let (reads, width) = (&batch.reads()[strip.reads.clone()], self.read_width());
        self.head.fit(reads.len(), batch.asks_next());
        for ReadLayer { layer, units, first } in &self.read {
            let layer = &self.layers[*layer];
            let state = layer.units.len() * strip.columns;
            let output = layer.output(strip);
            for (answer, read) in reads.iter().enumerate() {
                let (start, distance) = self.head.place(answer);
                let values = &mut self.head.read_mut()[start..];
                for tap in taps(self.architecture.pooling, layer.reversed, batch, read) {
                    let output = &output[strip.place(read.column, tap.step, state)..];
                    let values = &mut values[(tap.place * width + first) * distance..];
                    let weight = tap.weight as f32;
                    for (value, unit) in values.iter_mut().step_by(distance).zip(units) {
                        *value += weight * output[unit * strip.columns];
                    }
                }
            }
        }
        self.head.forward(parameters, reads.len(), &mut self.logits);
    }

    fn read_out_backward(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        strip: &Strip,
        logit_gradient: &[f32],
        gradient: &mut [f32],
    ) {
        let (reads, width) = (&batch.reads()[strip.reads.clone()], self.read_width());
        self.head.backward(parameters, logit_gradient, gradient);
        for ReadLayer { layer, units, first } in &self.read {
            let layer = &mut self.layers[*layer];
            let state = layer.units.len() * strip.columns;
            for (answer, read) in reads.iter().enumerate() {
                let (start, distance) = self.head.place(answer);
                let values = &self.head.read_gradient()[start..];
                for tap in taps(self.architecture.pooling, layer.reversed, batch, read) {
                    let gradient = &mut layer.gradient[strip.place(read.column, tap.step, state)..];
                    let values = &values[(tap.place * width + first) * distance..];
                    let weight = tap.weight as f32;
                    for (value, unit) in values.iter().step_by(distance).zip(units) {
                        gradient[unit * strip.columns] += weight * value;
                    }
                }
            }
        }
    }

    /// Resets to zero the gradients that only the readout has written.
    fn forget_read_out(&mut self, batch: &Batch, strip: &Strip) {
        for ReadLayer { layer, units, .. } in &self.read {
            let layer = &mut self.layers[*layer];
            if layer.is_source {
                continue;
            }
            let state = layer.units.len() * strip.columns;
            for read in &batch.reads()[strip.reads.clone()] {
                for tap in taps(self.architecture.pooling, layer.reversed, batch, read) {
                    let at = strip.place(read.column, tap.step, state);
                    units.iter().for_each(|unit| layer.gradient[at + unit * strip.columns] = 0.0);
                }
            }
        }
    }

    /// The number of units that are read.
    fn read_width(&self) -> usize {
        self.read.iter().map(|read| read.units.len()).sum()
    }

    /// The batch in strips, without strips that have no reads, in the memory of the last ones. A strip ends with the last step that
    /// is read, but if a layer reads backwards, with the last step of its longest sequence.
    fn strips(&mut self, batch: &Batch) -> Vec<Strip> {
        let mut all = std::mem::take(&mut self.strips);
        all.clear();
        let backwards = self.architecture.reads_backwards();
        let mut first = 0;
        let strips = (0..batch.count()).step_by(STRIP).map(|start| {
            let strings = start..batch.count().min(start + STRIP);
            let rest = &batch.reads()[first..];
            let reads = first..first + rest.partition_point(|read| read.column < strings.end);
            first = reads.end;
            let columns = padded_columns(strings.len());
            let mut steps = batch.reads()[reads.clone()].iter().map(|read| read.step + 1).max();
            let mut lengths = Vec::new();
            if backwards {
                lengths.extend_from_slice(&batch.lengths()[strings.clone()]);
                // The spare columns repeat the first sequence.
                lengths.resize(columns, lengths[0]);
                steps = steps.and(lengths.iter().copied().max());
            }
            Strip { columns, steps: steps.unwrap_or(0), strings, reads, lengths }
        });
        all.extend(strips.filter(|strip| strip.steps > 0));
        all
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

impl Strip {
    /// The index of the first unit's value of a sequence at a step, with `state` values per step.
    fn place(&self, column: usize, step: usize, state: usize) -> usize {
        step * state + column - self.strings.start
    }
}

impl EngineState {
    /// Zeros for `count` sequences.
    fn new(architecture: &Architecture, count: usize) -> Self {
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

impl LayerEngine {
    fn add_blocks(&mut self, strip: &Strip) {
        let [first, others @ ..] = &self.blocks[..] else { return };
        if others.is_empty() {
            return;
        }
        let state = self.units.len() * strip.columns;
        self.sum.size(first.hidden.len() - state);
        self.sum.copy_from_slice(first.output(state));
        for other in others {
            for (sum, &hidden) in self.sum.iter_mut().zip(other.output(state)) {
                *sum += hidden;
            }
        }
    }
}
