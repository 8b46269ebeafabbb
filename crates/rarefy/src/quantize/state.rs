//! One sequence in integers, one step at a time.

use super::activation::{ONE, sigmoid, tanh};
use super::{Block, Entrance, LARGEST, Linear, Quantized};
use crate::cell::Cell;
use crate::network::{Activation, Pooling, Source};

/// What a network in integers remembers of the sequence that it reads.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedState {
    layers: Vec<LayerState>,
    /// The sums of what is read, if their mean is read; or what is read of each step, if all are.
    pooled: Vec<i32>,
    steps: i32,
    /// What enters the layers.
    entering: Vec<i8>,
    input: Vec<i8>,
    sums: Vec<i32>,
}

#[derive(Clone, Debug, PartialEq)]
struct LayerState {
    blocks: Vec<BlockState>,
    output: Vec<i16>,
    /// The output as products read it.
    read: Vec<i8>,
}

#[derive(Clone, Debug, PartialEq)]
struct BlockState {
    hidden: Vec<i16>,
    read: Vec<i8>,
    memory: Vec<i16>,
}

/// The largest number of steps of which a mean is taken.
pub(crate) const MOST_STEPS: i32 = 65535;

/// A state without its lower bits, rounded.
#[inline(always)]
fn read(state: i32, lower: u32) -> i8 {
    ((state + (1 << (lower - 1))) >> lower).clamp(-LARGEST, LARGEST) as i8
}

impl Quantized {
    /// The state before the first step.
    pub fn begin(&self) -> QuantizedState {
        let layers = self.layers.iter().map(|layer| {
            let size = layer.blocks[0].hidden;
            let block = |block: &Block| BlockState {
                hidden: vec![0; size],
                read: vec![0; size],
                memory: vec![0; if block.cell.has_memory() { size } else { 0 }],
            };
            let blocks = layer.blocks.iter().map(block).collect();
            LayerState { blocks, output: vec![0; size], read: vec![0; size] }
        });
        QuantizedState {
            layers: layers.collect(),
            pooled: vec![0; self.linears[0].weight.columns],
            steps: 0,
            entering: vec![0; self.entrance.width()],
            input: Vec::new(),
            sums: Vec::new(),
        }
    }

    /// Reads the next token.
    ///
    /// # Panics
    /// If it is not in the vocabulary, or the network reads numbers.
    pub fn step(&self, state: &mut QuantizedState, token: u32) {
        let Entrance::Tokens { width, embedding } = &self.entrance else {
            panic!("the network reads numbers: they enter by `step_numbers`");
        };
        state.entering.copy_from_slice(&embedding[token as usize * width..][..*width]);
        self.step_layers(state);
    }

    /// Reads the next step of a series as it is in the data, `[C]`.
    ///
    /// # Panics
    /// If there is not one number per channel, or the network reads tokens.
    pub fn step_numbers(&self, state: &mut QuantizedState, numbers: &[f32]) {
        let Entrance::Series(channels) = &self.entrance else {
            panic!("the network reads tokens: they enter by `step`");
        };
        assert_eq!(numbers.len(), channels.len(), "one number a channel");
        for ((entering, channel), &number) in state.entering.iter_mut().zip(channels).zip(numbers) {
            *entering = channel.read(number);
        }
        self.step_layers(state);
    }

    /// Reads a step of padding: the mean of each channel, or token 0.
    pub(super) fn step_padding(&self, state: &mut QuantizedState) {
        match &self.entrance {
            Entrance::Tokens { .. } => self.step(state, 0),
            Entrance::Series(_) => {
                state.entering.fill(0);
                self.step_layers(state);
            }
        }
    }

    fn step_layers(&self, state: &mut QuantizedState) {
        let QuantizedState { layers, entering, input, sums, .. } = state;
        for (at, layer) in self.layers.iter().enumerate() {
            let (lower, upper) = layers.split_at_mut(at);
            let LayerState { blocks: states, output, read: output_read } = &mut upper[0];
            for (block, state) in layer.blocks.iter().zip(&mut *states) {
                input.clear();
                for source in &block.sources {
                    input.extend_from_slice(match source {
                        Source::Input => entering,
                        Source::Layer(layer) => &lower[*layer].read,
                    });
                }
                block.step(input, sums, state);
            }
            for (unit, (output, of)) in output.iter_mut().zip(output_read).enumerate() {
                let sum: i32 = states.iter().map(|state| i32::from(state.hidden[unit])).sum();
                let sum = (sum >> layer.shift).min(ONE);
                *output = sum as i16;
                *of = read(sum, layer.output_bits);
            }
        }
        self.pool(state);
    }

    /// Takes over what is read at this step.
    fn pool(&self, state: &mut QuantizedState) {
        let QuantizedState { layers, pooled, steps, .. } = state;
        let reads = self.reads.iter().map(|&(layer, unit)| i32::from(layers[layer].output[unit]));
        match self.pooling {
            Pooling::Last | Pooling::LastStep => {
                pooled.iter_mut().zip(reads).for_each(|(pooled, value)| *pooled = value);
            }
            Pooling::Mean if *steps < MOST_STEPS => {
                pooled.iter_mut().zip(reads).for_each(|(pooled, value)| *pooled += value);
            }
            Pooling::All { .. } => {
                let place = *steps as usize * self.reads.len();
                let of_step = pooled.iter_mut().skip(place);
                of_step.zip(reads).for_each(|(pooled, value)| *pooled = value);
            }
            Pooling::Mean => {}
        }
        *steps = (*steps + 1).min(MOST_STEPS);
    }

    /// The answer after what was read, `[C]`, in units of [`Quantized::logit_unit`].
    pub fn integer_logits(&self, state: &QuantizedState) -> Vec<i32> {
        let steps = state.steps.max(1);
        let value = |&pooled: &i32| match self.pooling {
            // Rounded towards zero, as in C.
            Pooling::Mean => read(pooled / steps, self.read_bits),
            _ => read(pooled, self.read_bits),
        };
        let mut values: Vec<i8> = state.pooled.iter().map(value).collect();
        let mut sums = Vec::new();
        for Linear { weight, bias, activation } in &self.linears {
            sums.clone_from(bias);
            weight.add_product(&values, &mut sums);
            if let &Some((activation, lower)) = activation {
                let of = |&sum: &i32| match activation {
                    Activation::Relu => read(sum.clamp(0, ONE), lower),
                    Activation::Tanh => read(tanh(sum), lower),
                };
                values = sums.iter().map(of).collect();
            }
        }
        sums
    }

    /// The answer after what was read, `[C]`.
    pub fn logits(&self, state: &QuantizedState) -> Vec<f32> {
        let unit = self.logit_unit();
        self.integer_logits(state).into_iter().map(|logit| logit as f32 * unit).collect()
    }
}

impl Block {
    fn step(&self, input: &[i8], sums: &mut Vec<i32>, state: &mut BlockState) {
        sums.clone_from(&self.bias);
        self.weight_ih.add_product(input, sums);
        let start = self.cell.hidden_start() * self.hidden;
        self.weight_hh.add_product(&state.read, &mut sums[start..]);
        let BlockState { hidden, read: of, memory } = state;
        for (unit, hidden) in hidden.iter_mut().enumerate() {
            let sum = |slot: usize| sums[slot * self.hidden + unit];
            let next = match self.cell {
                Cell::RnnTanh => tanh(sum(0)),
                Cell::RnnRelu => sum(0).clamp(0, ONE),
                Cell::Gru => gru([sum(0), sum(1), sum(2), sum(3)], i32::from(*hidden)),
                Cell::Lstm => {
                    let sums = [sum(0), sum(1), sum(2), sum(3)];
                    let before = i32::from(memory[unit]);
                    let (next, after) = lstm(sums, before, self.memory_bits);
                    memory[unit] = after as i16;
                    next
                }
            };
            *hidden = next as i16;
            of[unit] = read(next, self.hidden_bits);
        }
    }
}

/// Sums of the new gate's input part, reset gate, update gate, new gate's hidden part.
#[inline(always)]
fn gru(sums: [i32; 4], hidden: i32) -> i32 {
    let (reset, update) = (sigmoid(sums[1]), sigmoid(sums[2]));
    let within = |sum: i32| sum.clamp(-65535, 65535);
    let candidate = tanh(within(sums[0]) + ((reset * within(sums[3])) >> 15));
    candidate + ((update * (hidden - candidate) + (1 << 14)) >> 15)
}

/// Sums of the gates input, forget, cell, output. Returns the state and the memory.
#[inline(always)]
fn lstm(sums: [i32; 4], memory: i32, bits: u32) -> (i32, i32) {
    let (input, forget, output) = (sigmoid(sums[0]), sigmoid(sums[1]), sigmoid(sums[3]));
    let kept = forget * memory + ((input * tanh(sums[2])) >> bits);
    let memory = ((kept + (1 << 14)) >> 15).clamp(-ONE, ONE);
    // In units of 2^-12.
    let hidden = (output * tanh((memory << bits) >> 3) + (1 << 14)) >> 15;
    (hidden, memory)
}
