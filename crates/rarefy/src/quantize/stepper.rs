//! One sequence in integers, one step at a time.

use std::borrow::Cow;

use super::activation::{ONE, tanh};
use super::cell::{Forward, read};
use super::{Block, Entrance, Layer, Linear, Matrix, Quantized};
use crate::kernel::{Buffer, PackedIntegers, padded_columns};
use crate::network::{Activation, Pooling, Source};

/// Reads a sequence one token or one step of a series at a time, and can answer after any of them, as
/// [`Stepper`](crate::network::Stepper) does in floats.
///
/// Its weights are arranged for products with one vector. The product of a token with the first
/// layer's input weights is computed when the token first appears, and then kept.
#[derive(Clone, Debug)]
pub struct IntegerStepper<'q> {
    network: Cow<'q, Quantized>,
    layers: Vec<LayerStepper>,
    linears: Vec<PackedIntegers>,
    /// The sums of what is read, if their mean is read; or what is read of each step, if all are.
    pooled: Vec<i32>,
    steps: i32,
    /// What enters the layers.
    entering: Vec<i8>,
    input: Vec<i8>,
}

#[derive(Clone, Debug)]
struct LayerStepper {
    size: usize,
    blocks: Vec<BlockStepper>,
    /// `[P]`: the sum of several blocks' states.
    sum: Buffer<i32>,
    /// `[P]`: the output as products read it, unless that is as its only block reads it.
    read: Option<Buffer<i8>>,
}

/// A block. States are padded to `P` units: whole vectors.
#[derive(Clone, Debug)]
struct BlockStepper {
    weight_ih: PackedIntegers,
    weight_hh: PackedIntegers,
    /// `[S * P]` each
    bias: Buffer<i32>,
    sums: Buffer<i32>,
    /// For each token that has appeared, `[S * P]`: its product with `weight_ih`, plus the bias.
    /// Empty in a block that does not read tokens alone.
    by_token: Vec<Option<Box<[i32]>>>,
    /// `[P]` each; the memory is empty for cells without one.
    hidden: Buffer<i32>,
    read: Buffer<i8>,
    memory: Buffer<i32>,
}

/// The largest number of steps of which a mean is taken.
pub(crate) const MOST_STEPS: i32 = 65535;

/// `matrix` with each of its parts of `part` rows padded to whole vectors.
fn pack(matrix: &Matrix, part: usize) -> PackedIntegers {
    let padded = padded_columns(part);
    let place = |row: usize| row / part * padded + row % part;
    let mut multipliers = vec![1; matrix.rows / part * padded];
    for (row, &multiplier) in matrix.multipliers.iter().enumerate() {
        multipliers[place(row)] = multiplier.into();
    }
    let entries = matrix.weights.iter().enumerate().filter(|(_, weight)| **weight != 0);
    let entries =
        entries.map(|(at, &weight)| (place(at / matrix.columns), at % matrix.columns, weight));
    PackedIntegers::new(matrix.columns, entries, &multipliers, matrix.shift)
}

impl LayerStepper {
    fn new(layer: &Layer, entrance: &Entrance) -> Self {
        let size = layer.blocks[0].hidden;
        let padded = padded_columns(size);
        let blocks = layer.blocks.iter().map(|block| BlockStepper::new(block, entrance));
        let is_own = layer.blocks.len() == 1 && layer.blocks[0].hidden_bits == layer.output_bits;
        Self {
            size,
            blocks: blocks.collect(),
            sum: Buffer::of_zeros(if layer.blocks.len() > 1 { padded } else { 0 }),
            read: (!is_own).then(|| Buffer::of_zeros(padded)),
        }
    }

    /// `[P]`
    fn output(&self) -> &[i32] {
        match &self.blocks[..] {
            [only] => &only.hidden,
            _ => &self.sum,
        }
    }

    /// The output as products read it, `[H]`.
    fn read(&self) -> &[i8] {
        &self.read.as_ref().unwrap_or(&self.blocks[0].read)[..self.size]
    }

    /// Takes over the states of the blocks.
    fn join(&mut self, layer: &Layer) {
        if let [first, others @ ..] = &self.blocks[..]
            && !others.is_empty()
        {
            self.sum.copy_from_slice(&first.hidden);
            for other in others {
                self.sum.iter_mut().zip(&other.hidden[..]).for_each(|(sum, state)| *sum += state);
            }
            self.sum.iter_mut().for_each(|sum| *sum = (*sum >> layer.shift).min(ONE));
        }
        if let Some(mut of) = self.read.take() {
            read(self.output(), layer.output_bits, &mut of);
            self.read = Some(of);
        }
    }
}

impl BlockStepper {
    fn new(block: &Block, entrance: &Entrance) -> Self {
        let padded = padded_columns(block.hidden);
        let mut bias = Buffer::of_zeros(block.cell.slots() * padded);
        let slots = bias.chunks_exact_mut(padded).zip(block.bias.chunks_exact(block.hidden));
        slots.for_each(|(padded, bias)| padded[..bias.len()].copy_from_slice(bias));
        let tokens = match (&block.sources[..], entrance) {
            ([Source::Input], Entrance::Tokens { width, embedding }) => embedding.len() / width,
            _ => 0,
        };
        Self {
            weight_ih: pack(&block.weight_ih, block.hidden),
            weight_hh: pack(&block.weight_hh, block.hidden),
            sums: bias.clone(),
            bias,
            by_token: vec![None; tokens],
            hidden: Buffer::of_zeros(padded),
            read: Buffer::of_zeros(padded),
            memory: Buffer::of_zeros(if block.cell.has_memory() { padded } else { 0 }),
        }
    }

    /// Writes biases and input products to `sums`. `input` is what the block reads, of `token` if
    /// there is one.
    fn read_input(&mut self, token: Option<usize>, input: &[i8]) {
        let Self { weight_ih, bias, sums, by_token, .. } = self;
        let kept = token.and_then(|token| by_token.get_mut(token));
        if let Some(Some(product)) = kept {
            return sums.copy_from_slice(product);
        }
        let (inputs, others) = sums.split_at_mut(weight_ih.rows());
        weight_ih.product(input, Some(&bias[..inputs.len()]), inputs);
        others.copy_from_slice(&bias[inputs.len()..]);
        if let Some(empty) = kept {
            *empty = Some((&**sums).into());
        }
    }

    fn step(&mut self, block: &Block) {
        let Self { weight_hh, sums, hidden, read: of, memory, .. } = self;
        let start = block.cell.hidden_start() * hidden.len();
        weight_hh.product(&of[..block.hidden], None, &mut sums[start..]);
        let (cell, memory_bits) = (block.cell, block.memory_bits);
        Forward { cell, sums, hidden, memory, memory_bits }.run();
        read(hidden, block.hidden_bits, of);
    }
}

impl Quantized {
    /// A stepper before the first step.
    pub fn stepper(&self) -> IntegerStepper<'_> {
        Cow::Borrowed(self).into()
    }
}

impl<'q> From<Cow<'q, Quantized>> for IntegerStepper<'q> {
    fn from(network: Cow<'q, Quantized>) -> Self {
        let layers = network.layers.iter().map(|layer| LayerStepper::new(layer, &network.entrance));
        let linears = network.linears.iter();
        let linears = linears.map(|linear| pack(&linear.weight, linear.weight.rows));
        Self {
            layers: layers.collect(),
            linears: linears.collect(),
            pooled: vec![0; network.linears[0].weight.columns],
            steps: 0,
            entering: vec![0; network.entrance.width()],
            input: Vec::new(),
            network,
        }
    }
}

impl IntegerStepper<'_> {
    /// Resets the state: the next step is the first of a sequence.
    pub fn reset(&mut self) {
        self.steps = 0;
        self.pooled.fill(0);
        for layer in &mut self.layers {
            layer.sum.fill(0);
            layer.read.iter_mut().for_each(|read| read.fill(0));
            for BlockStepper { hidden, read, memory, .. } in &mut layer.blocks {
                hidden.fill(0);
                read.fill(0);
                memory.fill(0);
            }
        }
    }

    /// Reads the next token.
    ///
    /// # Panics
    /// If it is not in the vocabulary, or the network reads numbers.
    pub fn step(&mut self, token: u32) {
        let Entrance::Tokens { width, embedding } = &self.network.entrance else {
            panic!("the network reads numbers: they enter by `step_numbers`");
        };
        let token = token as usize;
        self.entering.copy_from_slice(&embedding[token * width..][..*width]);
        self.step_layers(Some(token));
    }

    /// Reads the next step of a series as it is in the data, `[C]`.
    ///
    /// # Panics
    /// If there is not one number per channel, or the network reads tokens.
    pub fn step_numbers(&mut self, numbers: &[f32]) {
        let Entrance::Series(channels) = &self.network.entrance else {
            panic!("the network reads tokens: they enter by `step`");
        };
        assert_eq!(numbers.len(), channels.len(), "one number a channel");
        for ((entering, channel), &number) in self.entering.iter_mut().zip(channels).zip(numbers) {
            *entering = channel.read(number);
        }
        self.step_layers(None);
    }

    /// Reads a step of padding: the mean of each channel, or token 0.
    pub(super) fn step_padding(&mut self) {
        match &self.network.entrance {
            Entrance::Tokens { .. } => self.step(0),
            Entrance::Series(_) => {
                self.entering.fill(0);
                self.step_layers(None);
            }
        }
    }

    fn step_layers(&mut self, token: Option<usize>) {
        let Self { network, layers, entering, input, .. } = self;
        for (at, layer) in network.layers.iter().enumerate() {
            let (lower, upper) = layers.split_at_mut(at);
            for (block, stepper) in layer.blocks.iter().zip(&mut upper[0].blocks) {
                let read = |source: &Source| match source {
                    Source::Input => &entering[..],
                    Source::Layer(layer) => lower[*layer].read(),
                };
                if let [only] = &block.sources[..] {
                    stepper.read_input(token, read(only));
                } else {
                    input.clear();
                    block.sources.iter().for_each(|source| input.extend_from_slice(read(source)));
                    stepper.read_input(token, input);
                }
                stepper.step(block);
            }
            upper[0].join(layer);
        }
        self.pool();
    }

    /// What is read of the states as they are.
    fn read(&self) -> impl Iterator<Item = i32> {
        self.network.reads.iter().map(|&(layer, unit)| self.layers[layer].output()[unit])
    }

    /// Takes over what is read at this step, unless an answer needs only the last one.
    fn pool(&mut self) {
        let mut pooled = std::mem::take(&mut self.pooled);
        match self.network.pooling {
            Pooling::Mean if self.steps < MOST_STEPS => {
                pooled.iter_mut().zip(self.read()).for_each(|(pooled, value)| *pooled += value);
            }
            Pooling::All { .. } => {
                let place = self.steps as usize * self.network.reads.len();
                let of_step = pooled.iter_mut().skip(place);
                of_step.zip(self.read()).for_each(|(pooled, value)| *pooled = value);
            }
            Pooling::Last | Pooling::LastStep | Pooling::Mean => {}
        }
        self.pooled = pooled;
        self.steps = (self.steps + 1).min(MOST_STEPS);
    }

    /// The answer after what was read, `[C]`, in units of [`Quantized::logit_unit`].
    pub fn integer_logits(&mut self) -> Vec<i32> {
        let steps = self.steps.max(1);
        let mut sums: Vec<i32> = match self.network.pooling {
            Pooling::Last | Pooling::LastStep => self.read().collect(),
            // Rounded towards zero, as in C.
            Pooling::Mean => self.pooled.iter().map(|pooled| pooled / steps).collect(),
            Pooling::All { .. } => self.pooled.clone(),
        };
        let mut lower = self.network.read_bits;
        for (linear, weight) in self.network.linears.iter().zip(&mut self.linears) {
            let Linear { bias, activation, .. } = linear;
            let mut values = vec![0; weight.depth()];
            read(&sums, lower, &mut values);
            sums.clone_from(bias);
            sums.resize(weight.rows(), 0);
            weight.product(&values, None, &mut sums);
            match activation {
                Some((Activation::Relu, _)) => {
                    sums.iter_mut().for_each(|sum| *sum = (*sum).clamp(0, ONE));
                }
                Some((Activation::Tanh, _)) => tanh(&mut sums),
                None => {}
            }
            sums.truncate(bias.len());
            lower = activation.map_or(lower, |activation| activation.1);
        }
        sums
    }

    /// The answer after what was read, `[C]`.
    pub fn logits(&mut self) -> Vec<f32> {
        let unit = self.network.logit_unit();
        self.integer_logits().into_iter().map(|logit| logit as f32 * unit).collect()
    }

    /// Bytes of the recurrent weights as they are stored for stepping.
    pub fn weight_bytes(&self) -> usize {
        let blocks = self.layers.iter().flat_map(|layer| &layer.blocks);
        blocks.map(|block| block.weight_ih.bytes() + block.weight_hh.bytes()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_that_of_the_values_but_for_rounding() {
        let values = [1.0, -0.5, 0.25, 90.0, 3.0, -7.5];
        let matrix = Matrix::new(3, &values).unwrap();
        let mut sums = [0; 32];
        (sums[0], sums[16]) = (10, -20);
        pack(&matrix, 1).product(&[100, -127, 5], None, &mut sums);
        let near: Vec<f64> = matrix.values().collect();
        for (row, start) in [(0, 10.0), (1, -20.0)] {
            let of = &near[3 * row..];
            let exact = start + 100.0 * of[0] - 127.0 * of[1] + 5.0 * of[2];
            assert!((f64::from(sums[16 * row]) - exact).abs() <= 0.5, "{exact} {sums:?}");
        }
        assert!(sums[1..16].iter().chain(&sums[17..]).all(|&sum| sum == 0));
    }
}
