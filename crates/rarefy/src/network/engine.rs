//! The fast path: a batch forward and backward through time, in f32.
//!
//! Layer by layer, and within a layer step by step. All buffers have the batch
//! innermost, `[T][units][N]`, `N` the batch rounded up to whole vectors (the
//! spare columns repeat the first string and get no gradient). They are kept from
//! batch to batch and grow only when a longer batch comes.
//!
//! The first layer never multiplies by the embedding step by step: its input
//! product is computed once for each different character of the batch, looked up,
//! and its gradient scattered back the same way.

use super::{Architecture, Batch, BlockLayout, Layout, Source};
use crate::cell::{Backward, Forward};
use crate::kernel::{
    Left, Start, gather_columns, gradient_product, padded_columns, product, scatter_add_columns,
};

/// Forward and backward passes of batches through one architecture.
#[derive(Clone, Debug)]
pub struct Engine {
    architecture: Architecture,
    layout: Layout,
    /// `N`
    columns: usize,
    steps: usize,
    layers: Vec<LayerBuffers>,
    lookup: Lookup,
    /// `[H][N]` of the largest layer: a state before the first step.
    zeros: Vec<f32>,
    /// `[N]`: turns the gradient product into a sum, for biases.
    ones: Vec<f32>,
    /// `[H][N]`: gradient at the hidden state, carried from step to step.
    hidden_gradient: Vec<f32>,
    /// `[H][N]`: the same for the memory.
    memory_gradient: Vec<f32>,
    /// `[B][C]`
    logits: Vec<f32>,
}

#[derive(Clone, Debug)]
struct LayerBuffers {
    blocks: Vec<BlockBuffers>,
    /// `[T][H][N]`: sum of the blocks' hidden states; empty when there is one block.
    sum: Vec<f32>,
    /// `[T][H][N]`: the loss's gradient at the layer's output.
    gradient: Vec<f32>,
}

#[derive(Clone, Debug, Default)]
struct BlockBuffers {
    /// `[T][S * H][N]`: activations, then gradients at the pre-activations.
    slots: Vec<f32>,
    /// `[T][H][N]`
    hidden: Vec<f32>,
    /// `[T][H][N]`; empty for cells without a memory.
    memory: Vec<f32>,
    /// `[S * H]`: both biases, at the slots they feed.
    bias: Vec<f32>,
}

/// The characters of a batch, numbered anew from 0 to `U`.
#[derive(Clone, Debug, Default)]
struct Lookup {
    /// Number of each token of the vocabulary, `[V]`; `UNUSED` when not in the batch.
    number: Vec<u32>,
    /// Tokens in the batch, by number.
    used: Vec<u32>,
    /// `used` rounded up to whole vectors.
    columns: usize,
    /// `[T][N]`: numbers.
    ids: Vec<u32>,
    /// `[E][U]`: embeddings.
    embedded: Vec<f32>,
    /// `[E][U]`: gradient at the embeddings.
    gradient: Vec<f32>,
    /// `[G * H][U]`: a block's input products, or their gradient.
    table: Vec<f32>,
}

const UNUSED: u32 = u32::MAX;

/// Makes `buffer` hold exactly `len` values, keeping its memory.
fn size(buffer: &mut Vec<f32>, len: usize) {
    buffer.resize(len, 0.0);
}

impl Lookup {
    fn number(&mut self, batch: &Batch, columns: usize, vocabulary: usize) {
        for &token in &self.used {
            self.number[token as usize] = UNUSED;
        }
        self.used.clear();
        self.ids.clear();
        self.number.resize(vocabulary, UNUSED);
        for step in 0..batch.steps() {
            let tokens = batch.tokens(step);
            let spare = std::iter::repeat_n(&tokens[0], columns - tokens.len());
            for &token in tokens.iter().chain(spare) {
                let number = &mut self.number[token as usize];
                if *number == UNUSED {
                    *number = self.used.len() as u32;
                    self.used.push(token);
                }
                self.ids.push(*number);
            }
        }
        self.columns = padded_columns(self.used.len());
    }

    /// `embedding` is `[V][E]`.
    fn embed(&mut self, embedding: &[f32], width: usize) {
        size(&mut self.embedded, width * self.columns);
        self.embedded.fill(0.0);
        for (column, &token) in self.used.iter().enumerate() {
            let row = &embedding[token as usize * width..][..width];
            for (unit, &value) in row.iter().enumerate() {
                self.embedded[unit * self.columns + column] = value;
            }
        }
    }

    /// `embedding_gradient` is `[V][E]`.
    fn scatter_gradient(&self, embedding_gradient: &mut [f32], width: usize) {
        for (column, &token) in self.used.iter().enumerate() {
            let row = &mut embedding_gradient[token as usize * width..][..width];
            for (unit, value) in row.iter_mut().enumerate() {
                *value += self.gradient[unit * self.columns + column];
            }
        }
    }
}

impl LayerBuffers {
    /// `[T][H][N]`
    fn output(&self) -> &[f32] {
        match &self.blocks[..] {
            [only] => &only.hidden,
            _ => &self.sum,
        }
    }
}

impl Engine {
    /// For networks of this architecture.
    pub fn new(architecture: &Architecture) -> Self {
        let layers = architecture.layers.iter().map(|layer| LayerBuffers {
            blocks: vec![BlockBuffers::default(); layer.blocks.len()],
            sum: Vec::new(),
            gradient: Vec::new(),
        });
        Self {
            architecture: architecture.clone(),
            layout: Layout::new(architecture),
            columns: 0,
            steps: 0,
            layers: layers.collect(),
            lookup: Lookup::default(),
            zeros: Vec::new(),
            ones: Vec::new(),
            hidden_gradient: Vec::new(),
            memory_gradient: Vec::new(),
            logits: Vec::new(),
        }
    }

    /// Logits of each string, `[B][C]`.
    ///
    /// # Panics
    /// When `parameters` are of another architecture, or a token is not in its
    /// vocabulary.
    pub fn forward(&mut self, parameters: &[f32], batch: &Batch) -> &[f32] {
        assert_eq!(parameters.len(), self.layout.len(), "parameters of another architecture");
        self.fit(batch);
        self.lookup.number(batch, self.columns, self.architecture.vocabulary);
        let embedding = &parameters[self.layout.embedding.clone()];
        self.lookup.embed(embedding, self.architecture.embedding);
        for layer in 0..self.layers.len() {
            for block in 0..self.layers[layer].blocks.len() {
                self.forward_block(parameters, layer, block);
            }
            self.add_blocks(layer);
        }
        self.read_out(parameters, batch);
        &self.logits
    }

    /// The gradient of a loss at the parameters, given its gradient at the logits
    /// (`[B][C]`) of the last [`Engine::forward`]. Overwrites `gradient`.
    ///
    /// # Panics
    /// When a length is wrong or `batch` is not the last forward pass's.
    pub fn backward(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        logit_gradient: &[f32],
        gradient: &mut [f32],
    ) {
        assert_eq!(parameters.len(), self.layout.len(), "parameters of another architecture");
        assert_eq!(gradient.len(), self.layout.len(), "gradient of another architecture");
        assert_eq!(logit_gradient.len(), self.logits.len(), "gradient is not [B][C]");
        assert_eq!(batch.steps(), self.steps, "backward of another batch than forward");
        gradient.fill(0.0);
        for layer in &mut self.layers {
            layer.gradient.fill(0.0);
        }
        self.lookup.gradient.clear();
        size(&mut self.lookup.gradient, self.lookup.embedded.len());
        self.read_out_backward(parameters, batch, logit_gradient, gradient);
        for layer in (0..self.layers.len()).rev() {
            for block in 0..self.layers[layer].blocks.len() {
                self.backward_block(parameters, layer, block, gradient);
            }
        }
        let embedding_gradient = &mut gradient[self.layout.embedding.clone()];
        self.lookup.scatter_gradient(embedding_gradient, self.architecture.embedding);
    }

    /// Sizes the buffers for `batch`.
    fn fit(&mut self, batch: &Batch) {
        let columns = padded_columns(batch.count());
        self.columns = columns;
        self.steps = batch.steps();
        let mut largest = 0;
        for (layer, buffers) in self.architecture.layers.iter().zip(&mut self.layers) {
            let state = layer.size * columns;
            largest = largest.max(state);
            size(&mut buffers.gradient, self.steps * state);
            if layer.blocks.len() > 1 {
                size(&mut buffers.sum, self.steps * state);
            }
            for (block, buffers) in layer.blocks.iter().zip(&mut buffers.blocks) {
                size(&mut buffers.slots, self.steps * block.cell.slots() * state);
                size(&mut buffers.hidden, self.steps * state);
                size(&mut buffers.bias, block.cell.slots() * layer.size);
                if block.cell.has_memory() {
                    size(&mut buffers.memory, self.steps * state);
                }
            }
        }
        size(&mut self.zeros, largest);
        size(&mut self.hidden_gradient, largest);
        size(&mut self.memory_gradient, largest);
        self.ones.resize(columns, 1.0);
    }

    fn forward_block(&mut self, parameters: &[f32], layer: usize, block: usize) {
        let place = &self.layout.layers[layer][block];
        let source = self.architecture.layers[layer].blocks[block].source;
        let (cell, columns, rows) = (place.cell, self.columns, place.rows());
        let state = place.hidden * columns;
        let (lower, upper) = self.layers.split_at_mut(layer);
        let buffers = &mut upper[0].blocks[block];
        fuse_biases(parameters, place, &mut buffers.bias);

        let weight_ih = Left::new(&parameters[place.weight_ih.clone()], rows, place.inputs);
        let input_bias = Start::Rows(&buffers.bias[..rows]);
        if source == Source::Embedding {
            let Lookup { embedded, table, columns, .. } = &mut self.lookup;
            size(table, rows * *columns);
            product(weight_ih, embedded, *columns, input_bias, table);
        }

        for t in 0..self.steps {
            let slots = &mut buffers.slots[t * cell.slots() * state..][..cell.slots() * state];
            let inputs = &mut slots[..rows * columns];
            match source {
                Source::Embedding => {
                    let ids = &self.lookup.ids[t * columns..][..columns];
                    gather_columns(&self.lookup.table, self.lookup.columns, ids, inputs);
                }
                Source::Layer(source) => {
                    let below = place.inputs * columns;
                    let below = &lower[source].output()[t * below..][..below];
                    product(weight_ih, below, columns, input_bias, inputs);
                }
            }
            let (before, after) = buffers.hidden.split_at_mut(t * state);
            let hidden_before = last_state(before, state, &self.zeros);
            for (weight, slot, rows) in hidden_parts(parameters, place) {
                // Slots that no input feeds start from their bias.
                let start = if slot < cell.gates() {
                    Start::Output
                } else {
                    Start::Rows(&buffers.bias[slot * place.hidden..][..rows])
                };
                let out = &mut slots[slot * state..][..rows * columns];
                product(weight, hidden_before, columns, start, out);
            }
            let memory_state = if cell.has_memory() { state } else { 0 };
            let (memory_before, memory) = buffers.memory.split_at_mut(t * memory_state);
            cell.forward(Forward {
                slots,
                hidden_before,
                hidden: &mut after[..state],
                memory_before: last_state(memory_before, memory_state, &self.zeros),
                memory: &mut memory[..memory_state],
            });
        }
    }

    fn add_blocks(&mut self, layer: usize) {
        let LayerBuffers { blocks, sum, .. } = &mut self.layers[layer];
        let [first, others @ ..] = &blocks[..] else { return };
        if others.is_empty() {
            return;
        }
        sum.copy_from_slice(&first.hidden);
        for other in others {
            for (sum, &hidden) in sum.iter_mut().zip(&other.hidden) {
                *sum += hidden;
            }
        }
    }

    fn read_out(&mut self, parameters: &[f32], batch: &Batch) {
        let weight = &parameters[self.layout.readout_weight.clone()];
        let bias = &parameters[self.layout.readout_bias.clone()];
        let units = self.architecture.readout_inputs();
        let output = self.layers.last().expect("a layer").output();
        self.logits.clear();
        for (column, &step) in batch.read_at().iter().enumerate() {
            let hidden = &output[step * units * self.columns..][column..];
            for (weight, &bias) in weight.chunks_exact(units).zip(bias) {
                let units = hidden.iter().step_by(self.columns);
                self.logits.push(weight.iter().zip(units).fold(bias, |sum, (&w, &h)| sum + w * h));
            }
        }
    }

    fn read_out_backward(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        logit_gradient: &[f32],
        gradient: &mut [f32],
    ) {
        let units = self.architecture.readout_inputs();
        let columns = self.columns;
        let weight = &parameters[self.layout.readout_weight.clone()];
        let mut output_gradient =
            std::mem::take(&mut self.layers.last_mut().expect("a layer").gradient);
        let output = self.layers.last().expect("a layer").output();
        let by_string = logit_gradient.chunks_exact(self.architecture.classes);
        for (column, (&step, dlogits)) in batch.read_at().iter().zip(by_string).enumerate() {
            let at = step * units * columns + column;
            for (class, &dlogit) in dlogits.iter().enumerate() {
                gradient[self.layout.readout_bias.start + class] += dlogit;
                let row = class * units..(class + 1) * units;
                let weight = &weight[row.clone()];
                let weight_gradient = &mut gradient[self.layout.readout_weight.clone()][row];
                for (unit, (w, dw)) in weight.iter().zip(weight_gradient).enumerate() {
                    *dw += dlogit * output[at + unit * columns];
                    output_gradient[at + unit * columns] += dlogit * w;
                }
            }
        }
        self.layers.last_mut().expect("a layer").gradient = output_gradient;
    }

    fn backward_block(
        &mut self,
        parameters: &[f32],
        layer: usize,
        block: usize,
        gradient: &mut [f32],
    ) {
        let place = &self.layout.layers[layer][block];
        let source = self.architecture.layers[layer].blocks[block].source;
        let (cell, columns, rows) = (place.cell, self.columns, place.rows());
        let state = place.hidden * columns;
        let slots_state = cell.slots() * state;
        let below = place.inputs * columns;
        let memory_state = if cell.has_memory() { state } else { 0 };
        let (lower, upper) = self.layers.split_at_mut(layer);
        let LayerBuffers { blocks, gradient: output_gradient, .. } = &mut upper[0];
        let buffers = &mut blocks[block];
        let weight_ih = Left::new(&parameters[place.weight_ih.clone()], rows, place.inputs);

        let hidden_gradient = &mut self.hidden_gradient[..state];
        let memory_gradient = &mut self.memory_gradient[..memory_state];
        hidden_gradient.fill(0.0);
        memory_gradient.fill(0.0);
        for t in (0..self.steps).rev() {
            for (carried, &output) in hidden_gradient.iter_mut().zip(&output_gradient[t * state..])
            {
                *carried += output;
            }
            let slots = &mut buffers.slots[t * slots_state..][..slots_state];
            let (before, after) = buffers.hidden.split_at(t * state);
            let (memory_before, memory) = buffers.memory.split_at(t * memory_state);
            cell.backward(Backward {
                slots,
                hidden_before: last_state(before, state, &self.zeros),
                hidden: &after[..state],
                memory_before: last_state(memory_before, memory_state, &self.zeros),
                memory: &memory[..memory_state],
                hidden_gradient,
                memory_gradient,
            });
            if t > 0 {
                for (weight, slot, rows) in hidden_parts(parameters, place) {
                    let d = &slots[slot * state..][..rows * columns];
                    product(weight.transposed(), d, columns, Start::Output, hidden_gradient);
                }
            }
            if let Source::Layer(source) = source {
                let out = &mut lower[source].gradient[t * below..][..below];
                product(
                    weight_ih.transposed(),
                    &slots[..rows * columns],
                    columns,
                    Start::Output,
                    out,
                );
            }
        }

        let steps = self.steps;
        let slots = &buffers.slots;
        let weight_ih_gradient = &mut gradient[place.weight_ih.clone()];
        match source {
            Source::Layer(source) => {
                let input = lower[source].output();
                gradient_product(
                    slots,
                    slots_state,
                    input,
                    below,
                    steps,
                    columns,
                    rows,
                    weight_ih_gradient,
                );
            }
            Source::Embedding => {
                let Lookup { ids, embedded, gradient, table, columns: used, .. } = &mut self.lookup;
                table.clear();
                size(table, rows * *used);
                for (slots, ids) in slots.chunks_exact(slots_state).zip(ids.chunks_exact(columns)) {
                    scatter_add_columns(&slots[..rows * columns], ids, table, *used);
                }
                gradient_product(table, 0, embedded, 0, 1, *used, rows, weight_ih_gradient);
                product(weight_ih.transposed(), table, *used, Start::Output, gradient);
            }
        }
        let bias = &mut gradient[place.bias_ih.clone()];
        gradient_product(slots, slots_state, &self.ones, 0, steps, columns, rows, bias);
        for (gates, slot) in cell.hidden_slots() {
            let rows = gates.len() * place.hidden;
            let first = gates.start * place.hidden;
            let d = &slots[slot * state..];
            let bias = &mut gradient[place.bias_hh.clone()][first..][..rows];
            gradient_product(d, slots_state, &self.ones, 0, steps, columns, rows, bias);
            // The state before step t is the state after step t - 1; before step 0 it is zero.
            let weight = &mut gradient[place.weight_hh.clone()];
            let weight = &mut weight[first * place.hidden..][..rows * place.hidden];
            let d = d.get(slots_state..).unwrap_or(&[]);
            gradient_product(
                d,
                slots_state,
                &buffers.hidden,
                state,
                steps - 1,
                columns,
                rows,
                weight,
            );
        }
    }
}

/// The last `[H][N]` of the states so far, or zeros before the first step.
fn last_state<'a>(states: &'a [f32], state: usize, zeros: &'a [f32]) -> &'a [f32] {
    match states.len().checked_sub(state) {
        Some(start) => &states[start..],
        None => &zeros[..state],
    }
}

/// The runs of gates of `weight_hh`: the weights, the slot they feed, their rows.
fn hidden_parts<'a>(
    parameters: &'a [f32],
    place: &'a BlockLayout,
) -> impl Iterator<Item = (Left<'a>, usize, usize)> {
    let weight = &parameters[place.weight_hh.clone()];
    place.cell.hidden_slots().iter().map(|(gates, slot)| {
        let rows = gates.len() * place.hidden;
        let weight = &weight[gates.start * place.hidden * place.hidden..][..rows * place.hidden];
        (Left::new(weight, rows, place.hidden), *slot, rows)
    })
}

/// Adds up the biases that feed the same slot.
fn fuse_biases(parameters: &[f32], place: &BlockLayout, bias: &mut [f32]) {
    let (inputs, rest) = bias.split_at_mut(place.rows());
    inputs.copy_from_slice(&parameters[place.bias_ih.clone()]);
    rest.fill(0.0);
    let bias_hh = &parameters[place.bias_hh.clone()];
    for (gates, slot) in place.cell.hidden_slots() {
        let from = &bias_hh[gates.start * place.hidden..gates.end * place.hidden];
        for (bias, &value) in bias[slot * place.hidden..].iter_mut().zip(from) {
            *bias += value;
        }
    }
}
