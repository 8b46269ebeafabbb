//! One sequence, one step at a time, keeping the state: how a trained network is used.

use std::ops::Range;

use super::factor::entries;
use super::live::{live_inputs, live_places, live_units};
use super::{Activation, BlockLayout, Input, Network, Pooling, Ranges, Source};
use crate::cell::{Cell, Forward};
use crate::kernel::{Buffer, PackedMatrix, padded_columns};

/// Reads a sequence one token or one step of a series at a time, and can answer after any of them.
///
/// It holds a snapshot of a network's weights, arranged for products with one vector: dense, or by
/// blocks and entries if a matrix is mostly masked. The product of a token with the first layer's input
/// weights is computed when the token first appears, and then kept.
///
/// ```
/// use rarefy::cell::Cell;
/// use rarefy::network::{Architecture, Network, Stepper};
///
/// let architecture = Architecture::stacked(128, Cell::Gru, &[50, 50], 2)?;
/// let mut stepper = Stepper::new(&Network::initialise(architecture, 0));
/// for letter in b"BTXSE" {
///     stepper.step(u32::from(*letter));
/// }
/// let logits = stepper.logits();
/// assert_eq!(logits.len(), 2);
/// # Ok::<(), rarefy::network::ArchitectureError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Stepper {
    layers: Vec<LayerStepper>,
    input: Input,
    /// `[V][E]`; empty if the input is numbers.
    embedding: Vec<f32>,
    /// What the readout reads: pairs of a layer and an index among its live units.
    readout: Vec<(usize, usize)>,
    pooling: Pooling,
    /// Steps so far.
    steps: usize,
    /// The sums of what is read, if their mean is read; or all values of all steps, if those are.
    pooled: Vec<f32>,
    activation: Activation,
    linears: Vec<LinearStepper>,
    logits: Vec<f32>,
}

/// A linear layer.
#[derive(Clone, Debug)]
struct LinearStepper {
    /// `[O][I]`
    weight: Vec<f32>,
    /// `[O]`
    bias: Vec<f32>,
}

#[derive(Clone, Debug)]
struct LayerStepper {
    /// The number of units of the layer that reach the readout.
    live: usize,
    /// Empty if no unit of the layer is live.
    blocks: Vec<BlockStepper>,
    /// `[H]`: the sum of the blocks' hidden states.
    output: Buffer,
}

/// A block. All states are padded to `P` units: whole vectors.
#[derive(Clone, Debug)]
struct BlockStepper {
    cell: Cell,
    /// Each source, with its columns of `weight_ih`, `[G * P]` rows. The network's input is first.
    weight_ih: Vec<(Source, PackedMatrix)>,
    /// `[G * P]` rows.
    weight_hh: PackedMatrix,
    /// `[S * P]`: the sums of both biases, at the slots they feed.
    bias: Buffer,
    /// For each token that has appeared, `[G * P]`: its product with `weight_ih`, plus the bias.
    /// Empty in a block that reads no tokens. With a large vocabulary it can outgrow the weights.
    by_token: Vec<Option<Box<[f32]>>>,
    /// `[S * P]`
    slots: Buffer,
    /// Before and after the step, `[P]` each.
    hidden: [Buffer; 2],
    /// The memory before and after the step; empty for cells without a memory.
    memory: [Buffer; 2],
}

impl Stepper {
    /// For `network` as it is now, before the first token.
    ///
    /// # Panics
    /// If a layer reads sequences from their end, so that no answer can be given before it
    /// ([`Architecture::reads_backwards`](super::Architecture::reads_backwards)).
    pub fn new(network: &Network) -> Self {
        let backwards = network.architecture().reads_backwards();
        assert!(!backwards, "a network that reads backwards cannot go step by step");
        let (architecture, layout) = (network.architecture(), network.layout());
        let parameters = network.parameters();
        let live = live_units(architecture, layout, network.masks(), &architecture.readout_units());
        let layers = architecture.layers.iter().zip(&layout.layers).zip(&live);
        let layers = layers.map(|((layer, places), units)| {
            let blocks = layer.blocks.iter().zip(places).map(|(block, place)| {
                let inputs = live_inputs(architecture, block, &live);
                BlockStepper::new(network, place, units, inputs)
            });
            let blocks = if units.is_empty() { Vec::new() } else { blocks.collect() };
            let output = Buffer::of_zeros(units.len());
            LayerStepper { live: units.len(), blocks, output }
        });
        Self {
            layers: layers.collect(),
            readout: live_places(&architecture.readout_units(), &live),
            input: architecture.input,
            embedding: parameters[layout.embedding.clone()].to_vec(),
            pooling: architecture.pooling,
            steps: 0,
            pooled: vec![0.0; layout.linears[0].inputs],
            activation: architecture.head.activation,
            linears: layout
                .linears
                .iter()
                .map(|linear| LinearStepper {
                    weight: parameters[linear.weight.clone()].to_vec(),
                    bias: parameters[linear.bias.clone()].to_vec(),
                })
                .collect(),
            logits: Vec::new(),
        }
    }

    /// Resets the state: the next token is the first of a sequence.
    pub fn reset(&mut self) {
        self.steps = 0;
        self.pooled.fill(0.0);
        for layer in &mut self.layers {
            layer.output.fill(0.0);
            for block in &mut layer.blocks {
                block.hidden.iter_mut().chain(&mut block.memory).for_each(|state| state.fill(0.0));
            }
        }
    }

    /// Reads the next token.
    ///
    /// # Panics
    /// If it is not in the vocabulary, or the network reads numbers.
    pub fn step(&mut self, token: u32) {
        let Input::Tokens { vocabulary, embedding: width } = self.input else {
            panic!("the network reads numbers: they enter by `step_numbers`");
        };
        let token = token as usize;
        assert!(token < vocabulary, "token {token} in a vocabulary of {vocabulary}");
        let entering = &self.embedding[token * width..][..width];
        step_layers(&mut self.layers, Some(token), entering);
        self.pool();
    }

    /// Reads the next step of a series, `[C]`.
    ///
    /// # Panics
    /// If there is not one number per channel, or the network reads tokens.
    pub fn step_numbers(&mut self, numbers: &[f32]) {
        let Input::Series { channels } = self.input else {
            panic!("the network reads tokens: they enter by `step`");
        };
        assert_eq!(numbers.len(), channels, "one number a channel");
        step_layers(&mut self.layers, None, numbers);
        self.pool();
    }

    /// What is read of the states as they are.
    fn read(&self) -> impl Iterator<Item = f32> {
        self.readout.iter().map(|&(layer, unit)| self.layers[layer].output[unit])
    }

    /// Takes over what is read at this step, unless an answer needs only the last one.
    fn pool(&mut self) {
        let mut pooled = std::mem::take(&mut self.pooled);
        match self.pooling {
            Pooling::Mean => {
                pooled.iter_mut().zip(self.read()).for_each(|(pooled, value)| *pooled += value);
            }
            Pooling::All { .. } => {
                let of_step = pooled.iter_mut().skip(self.steps * self.readout.len());
                of_step.zip(self.read()).for_each(|(pooled, value)| *pooled = value);
            }
            Pooling::Last | Pooling::LastStep => {}
        }
        self.pooled = pooled;
        self.steps += 1;
    }

    /// The network's answer after what it has read: one logit per class, `[C]`. Before the first
    /// token, the state is all zeros. A network that reads all steps side by side takes those that
    /// have not come yet for zeros, and ignores further ones.
    pub fn logits(&mut self) -> &[f32] {
        self.logits = self.answer(|_, _| ());
        &self.logits
    }

    /// The answer. Calls `see` with the number of each hidden linear layer and its values.
    fn answer(&self, mut see: impl FnMut(usize, &[f32])) -> Vec<f32> {
        let mut values: Vec<f32> = match self.pooling {
            Pooling::Last | Pooling::LastStep => self.read().collect(),
            Pooling::Mean => {
                let scale = (self.steps.max(1) as f32).recip();
                self.pooled.iter().map(|value| value * scale).collect()
            }
            Pooling::All { .. } => self.pooled.clone(),
        };
        for (at, LinearStepper { weight, bias }) in self.linears.iter().enumerate() {
            let rows = weight.chunks_exact(values.len()).zip(bias);
            let sums = rows.map(|(weight, &bias)| {
                weight.iter().zip(&values).fold(bias, |sum, (&w, value)| sum + w * value)
            });
            if at + 1 == self.linears.len() {
                return sums.collect();
            }
            values = sums.map(|sum| self.activation.of(sum)).collect();
            see(at, &values);
        }
        values
    }

    /// Widens `ranges` to the values of this step.
    pub(crate) fn widen(&self, ranges: &mut Ranges) {
        for (layer, range) in self.layers.iter().zip(&mut ranges.layers) {
            widen(&mut range.output, &layer.output);
            for block in &layer.blocks {
                widen(&mut range.hidden, &block.hidden[1]);
                widen(&mut range.memory, &block.memory[1]);
            }
        }
        self.answer(|at, values| widen(&mut ranges.head[at], values));
    }

    /// Bytes of the recurrent weights as they are stored for stepping. A step reads all of them,
    /// except the first layer's input weights, whose products are kept.
    pub fn weight_bytes(&self) -> usize {
        let blocks = self.layers.iter().flat_map(|layer| &layer.blocks);
        let of = |block: &BlockStepper| {
            let ih = block.weight_ih.iter().map(|input| input.1.bytes()).sum::<usize>();
            ih + block.weight_hh.bytes()
        };
        blocks.map(of).sum()
    }

    /// Reads the weights that a step reads, once, and returns their sum. A step can hardly take less
    /// time.
    pub fn read_weights(&self) -> f32 {
        let matrices = self.layers.iter().flat_map(|layer| layer.multiplied(self.input));
        matrices.map(PackedMatrix::sum).sum()
    }
}

impl LayerStepper {
    /// The matrices that a step multiplies. Products with tokens are kept.
    fn multiplied(&self, input: Input) -> impl Iterator<Item = &PackedMatrix> {
        let is_kept =
            move |source| source == Source::Input && matches!(input, Input::Tokens { .. });
        self.blocks.iter().flat_map(move |block| {
            let ih = block.weight_ih.iter().filter(move |input| !is_kept(input.0));
            ih.map(|input| &input.1).chain([&block.weight_hh])
        })
    }
}

impl BlockStepper {
    fn new(
        network: &Network,
        place: &BlockLayout,
        units: &[usize],
        inputs: Vec<(Source, Vec<usize>)>,
    ) -> Self {
        let (cell, padded) = (place.cell, padded_columns(units.len()));
        let pack = |range: &Range<usize>, depth, gates: &[usize], columns: &[usize]| {
            let rows: Vec<usize> = place.rows_of(gates.iter().copied(), units).collect();
            pack(network, range.clone(), depth, gates.len(), &rows, columns)
        };
        let memory = if cell.has_memory() { padded } else { 0 };
        let mut bias = Buffer::new();
        place.fuse_biases(network.parameters(), units, padded, &mut bias);
        let tokens = match (inputs[0].0, network.architecture().input) {
            (Source::Input, Input::Tokens { vocabulary, .. }) => vocabulary,
            _ => 0,
        };
        let input_part = |(source, columns): (Source, Vec<usize>)| {
            (source, pack(&place.weight_ih, place.inputs, cell.input_gates(), &columns))
        };
        let gates: Vec<usize> = (0..cell.gates()).collect();
        Self {
            cell,
            weight_ih: inputs.into_iter().map(input_part).collect(),
            weight_hh: pack(&place.weight_hh, place.hidden, &gates, units),
            bias,
            by_token: vec![None; tokens],
            slots: Buffer::of_zeros(cell.slots() * padded),
            hidden: [Buffer::of_zeros(padded), Buffer::of_zeros(padded)],
            memory: [Buffer::of_zeros(memory), Buffer::of_zeros(memory)],
        }
    }

    /// Writes biases and input products to `slots`. `entering` is what the network reads: the
    /// embedding of `token`, if there is one.
    fn read_input(&mut self, token: Option<usize>, entering: &[f32], lower: &[LayerStepper]) {
        let Self { weight_ih, slots, bias, by_token, .. } = self;
        slots.copy_from_slice(bias);
        for (source, weight) in weight_ih {
            let inputs = &mut slots[..weight.rows()];
            match (*source, token) {
                (Source::Layer(source), _) => weight.add_product(&lower[source].output, inputs),
                (Source::Input, None) => weight.add_product(entering, inputs),
                // The input is always the first source, so `slots` holds only the bias so far.
                (Source::Input, Some(token)) => match &by_token[token] {
                    Some(product) => inputs.copy_from_slice(product),
                    None => {
                        weight.add_product(entering, inputs);
                        by_token[token] = Some((&*inputs).into());
                    }
                },
            }
        }
    }

    /// One step of the first `live` units of the state.
    fn step(&mut self, live: usize) {
        self.hidden.swap(0, 1);
        self.memory.swap(0, 1);
        let [hidden_before, hidden] = &mut self.hidden;
        let [memory_before, memory] = &mut self.memory;
        let slots = &mut self.slots;
        let start = self.cell.hidden_start() * hidden.len();
        self.weight_hh.add_product(&hidden_before[..live], &mut slots[start..]);
        self.cell.forward(Forward { slots, hidden_before, hidden, memory_before, memory });
    }
}

fn widen(range: &mut f32, values: &[f32]) {
    *range = values.iter().fold(*range, |most, value| most.max(value.abs()));
}

/// One step of all layers. `entering` is what the network reads: the embedding of `token`, if there
/// is one.
fn step_layers(layers: &mut [LayerStepper], token: Option<usize>, entering: &[f32]) {
    for at in 0..layers.len() {
        let (lower, upper) = layers.split_at_mut(at);
        let LayerStepper { live, blocks, output } = &mut upper[0];
        output.fill(0.0);
        for block in blocks {
            block.read_input(token, entering, lower);
            block.step(*live);
            for (output, hidden) in output.iter_mut().zip(&block.hidden[1][..]) {
                *output += hidden;
            }
        }
    }
}

/// The rows `rows` and columns `columns` of the matrix at `range`, which has `inputs` weights per
/// row. The rows of each of `gates` gates are padded to whole vectors.
fn pack(
    network: &Network,
    range: Range<usize>,
    inputs: usize,
    gates: usize,
    rows: &[usize],
    columns: &[usize],
) -> PackedMatrix {
    let matrix = &network.parameters()[range.clone()];
    let units = rows.len() / gates;
    let padded = padded_columns(units);
    let row = |row: usize| row / units * padded + row % units;
    let left = entries(range.clone(), inputs, rows, columns, network.masks());
    let values = left.map(|entry| (row(entry.row), entry.column, matrix[entry.place]));
    PackedMatrix::new(gates * padded, columns.len(), values)
}
