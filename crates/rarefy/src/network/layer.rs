//! The forward and backward pass of one layer and its blocks over some sequences, and the gradients
//! at their weights. The [`Engine`](super::Engine) does its main work here.

use std::ops::Range;

use super::factor::Factor;
use super::lookup::Lookup;
use super::strip::Strip;
use super::trace::{BlockTrace, LayerTrace};
use super::{BlockLayout, Masks, Packing, Source};
use crate::cell::{Backward, Cell, Forward};
use crate::kernel::{Buffer, Start};

/// A layer: what it computes with. Its values are in a [`LayerTrace`].
#[derive(Clone, Debug, Default)]
pub(super) struct LayerEngine {
    /// Units that reach the readout, ascending; `H` of them.
    pub(super) units: Vec<usize>,
    /// Empty if no unit of the layer is live.
    pub(super) blocks: Vec<BlockEngine>,
    /// Whether any layer reads this one.
    pub(super) is_source: bool,
    pub(super) reversed: bool,
}

/// One block.
#[derive(Clone, Debug)]
pub(super) struct BlockEngine {
    pub(super) cell: Cell,
    pub(super) reversed: bool,
    /// Each source, with its columns of `weight_ih`. The network's input is first.
    weight_ih: Vec<(Source, Factor)>,
    weight_hh: Factor,
    /// `[S * H]`: the sums of both biases, at the slots they feed.
    bias: Buffer,
    /// `[G * H]`: where the biases of the rows of `weight_ih` and of `weight_hh` are among the packed
    /// parameters.
    biases: [Vec<usize>; 2],
}

/// Gradients that are carried from step to step.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    /// `[H][N]`: gradient at the hidden state.
    hidden: Buffer,
    /// `[H][N]`: gradient at the memory.
    memory: Buffer,
}

/// What a pass reads from outside the network.
#[derive(Clone, Debug, Default)]
pub(super) struct Entrance {
    /// `[T][C][N]`: numbers; empty if tokens are read.
    pub(super) numbers: Buffer,
    /// `[G * H][U]`: a block's products with each token of the strip.
    table: Buffer,
}

impl BlockEngine {
    /// Packs the parameters of the block at `place`, and returns where they are now.
    pub(super) fn new(
        place: &mut BlockLayout,
        units: &[usize],
        inputs: Vec<(Source, Vec<usize>)>,
        masks: &Masks,
        packing: &mut Packing,
    ) -> Self {
        let (cell, hidden, reversed) = (place.cell, place.hidden, place.reversed);
        let of_inputs: Vec<usize> =
            place.rows_of(cell.input_gates().iter().copied(), units).collect();
        let of_hidden: Vec<usize> = place.rows_of(0..cell.gates(), units).collect();
        let start = packing.len();
        let mut factor = |(source, columns): (Source, Vec<usize>)| {
            let range = place.weight_ih.clone();
            (source, Factor::new(range, place.inputs, &of_inputs, &columns, masks, packing))
        };
        let weight_ih = inputs.into_iter().map(&mut factor).collect();
        place.weight_ih = start..packing.len();
        let range = place.weight_hh.clone();
        let weight_hh = Factor::new(range, hidden, &of_hidden, units, masks, packing);
        place.weight_hh = place.weight_ih.end..packing.len();
        place.bias_ih = packing.run(place.bias_ih.clone());
        place.bias_hh = packing.run(place.bias_hh.clone());
        let biases = [(&place.bias_ih, of_inputs), (&place.bias_hh, of_hidden)]
            .map(|(bias, rows)| rows.iter().map(|row| bias.start + row).collect());
        Self { cell, reversed, weight_ih, weight_hh, bias: Buffer::new(), biases }
    }

    /// `G * H`: the number of rows of `weight_ih` that are computed.
    fn rows(&self) -> usize {
        self.weight_ih[0].1.rows()
    }

    /// `H`: the number of units of the block that are computed.
    pub(super) fn hidden_size(&self) -> usize {
        self.rows() / self.cell.gates()
    }

    /// Its matrices, in order to set them.
    pub(super) fn factors_mut(&mut self) -> impl Iterator<Item = &mut Factor> {
        let inputs = self.weight_ih.iter_mut().map(|input| &mut input.1);
        inputs.chain([&mut self.weight_hh])
    }

    /// Prepares the biases for computing with packed `parameters`; `place` and `units` belong to this
    /// block.
    pub(super) fn set_biases(&mut self, parameters: &[f32], place: &BlockLayout, units: &[usize]) {
        place.fuse_biases(parameters, units, units.len(), &mut self.bias);
    }

    /// Sets `gradient` to zero at masked weights.
    pub(super) fn mask(&self, gradient: &mut [f32]) {
        self.weight_ih.iter().for_each(|input| input.1.mask(gradient));
        self.weight_hh.mask(gradient);
    }

    /// Where the states before and after step `t` are among the stored ones.
    fn around(&self, t: usize) -> [usize; 2] {
        if self.reversed { [t + 1, t] } else { [t, t + 1] }
    }

    /// The `taken`th of `steps` steps.
    fn step(&self, taken: usize, steps: usize) -> usize {
        if self.reversed { steps - 1 - taken } else { taken }
    }

    /// How many steps' products with the inputs are computed at the same time.
    fn steps_together(&self, columns: usize) -> usize {
        let of_inputs = self.weight_ih.iter().map(|input| input.1.steps_together(columns));
        of_inputs.max().unwrap_or(1)
    }

    /// Of `steps` steps, those from the `taken`th on, at most `most`.
    fn steps(&self, taken: usize, most: usize, steps: usize) -> Range<usize> {
        let end = steps.min(taken + most);
        if self.reversed { steps - end..steps - taken } else { taken..end }
    }

    /// Computes the values of all steps from those of the layers below and what enters. `first` is
    /// the first of the strip's columns that are computed here.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn forward(
        &self,
        parameters: &[f32],
        strip: &Strip,
        trace: &mut BlockTrace,
        lower: &[LayerTrace],
        entrance: &mut Entrance,
        tokens: Option<&Lookup>,
        first: usize,
    ) {
        let BlockTrace { slots: all, hidden, memory, factors, dropped, .. } = trace;
        let (cell, columns, units) = (self.cell, strip.columns, self.hidden_size());
        let rows = self.rows();
        let state = units * columns;
        let input_bias = Start::Rows(&self.bias[..rows]);
        if let ((Source::Input, weight), Some(tokens)) = (&self.weight_ih[0], tokens) {
            tokens.product(weight, parameters, input_bias, &mut entrance.table);
        }
        let all_slots = cell.slots() * state;
        let together = self.steps_together(columns);
        for taken in 0..strip.steps {
            let t = self.step(taken, strip.steps);
            let [before, after] = self.around(t);
            if taken % together == 0 {
                let steps = self.steps(taken, together, strip.steps);
                let mut start = input_bias;
                for (source, weight) in &self.weight_ih {
                    let read = match (source, tokens) {
                        // The input is always the first source.
                        (Source::Input, Some(tokens)) => {
                            for t in steps.clone() {
                                let inputs = &mut all[t * all_slots..][..rows * columns];
                                let here = first..first + columns;
                                tokens.gather(&entrance.table, t, here, inputs);
                            }
                            start = Start::Output;
                            continue;
                        }
                        (Source::Input, None) => &entrance.numbers,
                        (Source::Layer(source), _) => lower[*source].output(),
                    };
                    let below = weight.depth() * columns;
                    let right = (&read[steps.start * below..], below);
                    let out = &mut all[steps.start * all_slots..steps.end * all_slots];
                    weight.products(parameters, right, columns, start, (out, all_slots));
                    start = Start::Output;
                }
            }
            let slots = &mut all[t * all_slots..][..all_slots];
            let at = |step: usize, size: usize| step * size..(step + 1) * size;
            let states = [before, after].map(|step| at(step, state));
            let (hidden_before, hidden_after) = two_of(hidden, states);
            let mut read = hidden_before;
            if !factors.is_empty() {
                let dropped = &mut dropped[t * state..][..state];
                let pairs = hidden_before.iter().zip(&**factors);
                dropped.iter_mut().zip(pairs).for_each(|(to, (h, factor))| *to = h * factor);
                read = dropped;
            }
            // Slots that no input feeds start from their bias.
            let start = &self.bias[rows..];
            for (slot, &bias) in slots[rows * columns..].chunks_exact_mut(columns).zip(start) {
                slot.fill(bias);
            }
            let out = &mut slots[cell.hidden_start() * state..];
            self.weight_hh.product(parameters, read, columns, Start::Output, out);
            let memory_state = if cell.has_memory() { state } else { 0 };
            let states = [before, after].map(|step| at(step, memory_state));
            let (memory_before, memory_after) = two_of(memory, states);
            let (hidden, memory) = (&mut *hidden_after, &mut *memory_after);
            cell.forward(Forward { slots, hidden_before, hidden, memory_before, memory });
            if self.reversed {
                // Sequences that have not begun yet.
                clear_after(t, strip, hidden_after);
                clear_after(t, strip, memory_after);
            }
        }
    }

    /// Goes back through time: turns `slots` into gradients at the pre-activations, and adds to the
    /// gradients of the layers below what reaches them.
    pub(super) fn backward(
        &self,
        parameters: &[f32],
        strip: &Strip,
        trace: &mut BlockTrace,
        output_gradient: &[f32],
        lower: &mut [LayerTrace],
        carried: &mut Carried,
    ) {
        let BlockTrace { slots: all, hidden, memory, factors, unmultiplied, .. } = trace;
        let (cell, columns) = (self.cell, strip.columns);
        let state = self.hidden_size() * columns;
        let memory_state = if cell.has_memory() { state } else { 0 };
        carried.hidden.zeros(state);
        carried.memory.zeros(memory_state);
        let all_slots = cell.slots() * state;
        let together = self.steps_together(columns);
        for taken in (0..strip.steps).rev() {
            let t = self.step(taken, strip.steps);
            let [before, after] = self.around(t);
            if self.reversed {
                // What comes before a sequence begins is no part of it.
                clear_after(t, strip, &mut carried.hidden);
                clear_after(t, strip, &mut carried.memory);
            }
            let slots = &mut all[t * all_slots..][..all_slots];
            cell.backward(Backward {
                slots,
                hidden_before: &hidden[before * state..][..state],
                hidden: &hidden[after * state..][..state],
                memory_before: &memory[before * memory_state..][..memory_state],
                memory: &memory[after * memory_state..][..memory_state],
                output_gradient: &output_gradient[t * state..][..state],
                hidden_gradient: &mut carried.hidden,
                memory_gradient: &mut carried.memory,
            });
            if taken > 0 {
                let is_dropped = !factors.is_empty();
                let out = if is_dropped { &mut *unmultiplied } else { &mut carried.hidden };
                if is_dropped {
                    out.fill(0.0);
                }
                let d = &slots[cell.hidden_start() * state..];
                self.weight_hh.product_transposed(parameters, d, columns, Start::Output, out);
                let pairs = unmultiplied.iter().zip(&**factors);
                for (to, (d, factor)) in carried.hidden.iter_mut().zip(pairs) {
                    *to += d * factor;
                }
            }
            if taken % together > 0 {
                continue;
            }
            let steps = self.steps(taken, together, strip.steps);
            for (source, weight) in &self.weight_ih {
                let Source::Layer(source) = source else { continue };
                let LayerTrace { gradient, has_gradient, .. } = &mut lower[*source];
                let start = if *has_gradient { Start::Output } else { Start::Zero };
                let below = weight.depth() * columns;
                let out = &mut gradient[steps.start * below..steps.end * below];
                let d = (&all[steps.start * all_slots..], all_slots);
                weight.products_transposed(parameters, d, columns, start, (out, below));
            }
        }
        for (source, _) in &self.weight_ih {
            let Source::Layer(source) = source else { continue };
            lower[*source].has_gradient = true;
        }
    }

    /// Its matrices: those of `weight_ih`, then `weight_hh`.
    pub(super) fn matrices(&self) -> impl Iterator<Item = Matrix<'_>> {
        let [of_inputs, of_hidden] = &self.biases;
        let inputs = self.weight_ih.iter().enumerate().map(|(at, (source, factor))| Matrix {
            factor,
            reads: Reads::Source(*source),
            slot: 0,
            // The sums of `d` are the same for every source, so the bias gets them once.
            biases: if at == 0 { of_inputs } else { &[] },
        });
        inputs.chain([Matrix {
            factor: &self.weight_hh,
            reads: Reads::Hidden,
            slot: self.cell.hidden_start(),
            biases: of_hidden,
        }])
    }
}

/// A weight matrix of a block.
#[derive(Clone, Debug)]
pub(super) struct Matrix<'a> {
    pub(super) factor: &'a Factor,
    pub(super) reads: Reads,
    /// The first slot that it feeds.
    slot: usize,
    /// Where the gradients at the biases of its rows are added; empty if elsewhere.
    pub(super) biases: &'a [usize],
}

/// What a matrix is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reads {
    Source(Source),
    /// The block's hidden state before the step.
    Hidden,
}

impl Matrix<'_> {
    /// Its rows' gradients at the pre-activations, from values of a block that has gone backward:
    /// the first step's first value, and the distance to the next step's.
    pub(super) fn d<'t>(
        &self,
        block: &BlockEngine,
        trace: &'t BlockTrace,
        strip: &Strip,
    ) -> (&'t [f32], usize) {
        let state = block.hidden_size() * strip.columns;
        (&trace.slots[self.slot * state..], block.cell.slots() * state)
    }

    /// What it is multiplied by, likewise, if that is no token.
    pub(super) fn x<'t>(
        &self,
        block: &BlockEngine,
        trace: &'t BlockTrace,
        strip: &Strip,
        lower: &'t [LayerTrace],
        entrance: &'t Entrance,
    ) -> (&'t [f32], usize) {
        let stride = self.factor.depth() * strip.columns;
        let values = match self.reads {
            Reads::Source(Source::Layer(source)) => lower[source].output(),
            Reads::Source(Source::Input) => &entrance.numbers,
            Reads::Hidden if trace.factors.is_empty() => {
                &trace.hidden[block.around(0)[0] * stride..]
            }
            Reads::Hidden => &trace.dropped,
        };
        (values, stride)
    }
}

/// The values at two ranges, the second of which is written to.
fn two_of(values: &mut [f32], [read, written]: [Range<usize>; 2]) -> (&[f32], &mut [f32]) {
    // Both may be empty.
    let at = read.start.max(written.start);
    let (low, high) = values.split_at_mut(at);
    match read.start <= written.start {
        true => (&low[read], &mut high[..written.len()]),
        false => (&high[..read.len()], &mut low[written]),
    }
}

/// Sets the values `[H][N]` of sequences that have no step `t` to zero.
fn clear_after(t: usize, strip: &Strip, values: &mut [f32]) {
    for (column, _) in strip.lengths.iter().enumerate().filter(|(_, length)| **length <= t) {
        values.iter_mut().skip(column).step_by(strip.columns).for_each(|value| *value = 0.0);
    }
}
