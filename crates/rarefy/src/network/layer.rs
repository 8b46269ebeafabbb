//! The forward and backward pass of one layer and its blocks over a strip, and the gradients at
//! their weights. The [`Engine`](super::Engine) does its main work here.

use std::ops::Range;

use super::entrance::Entrance;
use super::factor::{Factor, fuse_biases, live_rows};
use super::strip::Strip;
use super::{BlockLayout, Masks, Packing, Source};
use crate::cell::{Backward, Cell, Forward};
use crate::kernel::{Buffer, Start, Steps, gather_columns};

/// A layer: its blocks, and the sum of their outputs.
#[derive(Clone, Debug, Default)]
pub(super) struct LayerEngine {
    /// Units that reach the readout, ascending; `H` of them.
    pub(super) units: Vec<usize>,
    /// Empty if no unit of the layer is live.
    pub(super) blocks: Vec<BlockEngine>,
    /// `[T][H][N]`: sum of the blocks' hidden states; empty unless there are several.
    pub(super) sum: Buffer,
    /// `[T][H][N]`: the loss's gradient at the layer's output. For a layer that only the readout
    /// reads, it is zero except where that is done.
    pub(super) gradient: Buffer,
    /// Whether a later layer has added its share to `gradient` in this backward pass.
    pub(super) has_gradient: bool,
    /// `[T][H][N]`: what the output is multiplied by, and the product; empty without dropout.
    pub(super) factors: Buffer,
    pub(super) dropped: Buffer,
    /// Whether any layer reads this one.
    pub(super) is_source: bool,
    pub(super) reversed: bool,
}

impl LayerEngine {
    /// `[T][H][N]`: what is read of the layer.
    pub(super) fn output(&self, strip: &Strip) -> &[f32] {
        match self.dropped.is_empty() {
            true => self.computed(strip),
            false => &self.dropped,
        }
    }

    /// Multiplies the output of `strip` by `factors` `[T][all units][B]`, if there are any.
    pub(super) fn drop_out(&mut self, strip: &Strip, factors: &[f32], size: usize, count: usize) {
        self.dropped.size(0);
        self.factors.size(0);
        if factors.is_empty() {
            return;
        }
        self.factors.zeros(strip.steps * self.units.len() * strip.columns);
        let steps = factors.chunks_exact(size * count);
        let to = self.factors.chunks_exact_mut(self.units.len() * strip.columns);
        for (to, from) in to.zip(steps) {
            for (to, unit) in to.chunks_exact_mut(strip.columns).zip(&self.units) {
                let from = &from[unit * count..][strip.strings.clone()];
                to[..from.len()].copy_from_slice(from);
            }
        }
        let mut dropped = std::mem::take(&mut self.dropped);
        dropped.size(self.factors.len());
        let pairs = self.computed(strip).iter().zip(&*self.factors);
        dropped.iter_mut().zip(pairs).for_each(|(to, (value, factor))| *to = value * factor);
        self.dropped = dropped;
    }

    /// Turns the gradient at what is read into that at what is computed.
    pub(super) fn drop_out_backward(&mut self) {
        self.gradient.iter_mut().zip(&*self.factors).for_each(|(d, factor)| *d *= factor);
    }

    /// `[T][H][N]`: the sum of the blocks' hidden states.
    fn computed(&self, strip: &Strip) -> &[f32] {
        match &self.blocks[..] {
            [only] => only.output(self.units.len() * strip.columns),
            _ => &self.sum,
        }
    }
}

/// One block.
#[derive(Clone, Debug)]
pub(super) struct BlockEngine {
    cell: Cell,
    reversed: bool,
    /// Each source, with its columns of `weight_ih`. The network's input is first.
    weight_ih: Vec<(Source, Factor)>,
    /// For each part of `weight_hh` ([`Cell::hidden_slots`]): the matrix, its gates and the first
    /// slot it feeds.
    weight_hh: Vec<(Factor, Range<usize>, usize)>,
    /// `[T][S * H][N]`: activations, then gradients at the pre-activations.
    slots: Buffer,
    /// `[T + 1][H][N]`: the state before each step, and after the last; zero before the first. If the
    /// block reads backwards, it is the other way round: the state before the first step that is
    /// taken stands at the end.
    pub(super) hidden: Buffer,
    /// `[T + 1][H][N]`, likewise; empty for cells without a memory.
    memory: Buffer,
    /// `[S * H]`: the sums of both biases, at the slots they feed.
    bias: Buffer,
    /// `[H][N]`: what the hidden state is multiplied by for `weight_hh`; empty without dropout.
    factors: Buffer,
    /// `[T][H][N]`: the state before each step multiplied by that.
    dropped: Buffer,
    /// `[H][N]`
    unmultiplied: Buffer,
}

/// Gradients that are carried from step to step, and sums over steps.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    /// `[H][N]`: gradient at the hidden state.
    hidden: Buffer,
    /// `[H][N]`: gradient at the memory.
    memory: Buffer,
    /// `[G * H]`: gradient at a bias, summed over all steps.
    pub(super) sums: Buffer,
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
        let rows = |gates| live_rows(gates, hidden, units).collect::<Vec<usize>>();
        let start = packing.len();
        let all = rows(0..cell.gates());
        let mut factor = |(source, columns): (Source, Vec<usize>)| {
            let range = place.weight_ih.clone();
            (source, Factor::new(range, place.inputs, &all, &columns, masks, packing))
        };
        let weight_ih = inputs.into_iter().map(&mut factor).collect();
        place.weight_ih = start..packing.len();
        let mut weight_hh = Vec::new();
        for (gates, slot) in cell.hidden_slots() {
            let gate = |gate| place.weight_hh.start + gate * hidden * hidden;
            let range = gate(gates.start)..gate(gates.end);
            let factor = Factor::new(range, hidden, &rows(0..gates.len()), units, masks, packing);
            weight_hh.push((factor, gates.clone(), *slot));
        }
        place.weight_hh = place.weight_ih.end..packing.len();
        place.bias_ih = packing.run(place.bias_ih.clone());
        place.bias_hh = packing.run(place.bias_hh.clone());
        Self {
            cell,
            reversed,
            weight_ih,
            weight_hh,
            slots: Buffer::new(),
            hidden: Buffer::new(),
            memory: Buffer::new(),
            bias: Buffer::new(),
            factors: Buffer::new(),
            dropped: Buffer::new(),
            unmultiplied: Buffer::new(),
        }
    }

    /// `G * H`: the number of rows of `weight_ih` that are computed.
    fn rows(&self) -> usize {
        self.weight_ih[0].1.rows()
    }

    /// `H`: the number of units of the block that are computed.
    fn hidden_size(&self) -> usize {
        self.rows() / self.cell.gates()
    }

    /// Prepares for computing with packed `parameters`; `place` and `units` belong to this block.
    pub(super) fn set(&mut self, parameters: &[f32], place: &BlockLayout, units: &[usize]) {
        self.weight_ih.iter_mut().for_each(|input| input.1.set(parameters));
        self.weight_hh.iter_mut().for_each(|part| part.0.set(parameters));
        fuse_biases(parameters, place, units, units.len(), &mut self.bias);
    }

    /// Sets `gradient` to zero at masked weights.
    pub(super) fn mask(&self, gradient: &mut [f32]) {
        let parts = self.weight_hh.iter().map(|part| &part.0);
        let inputs = self.weight_ih.iter().map(|input| &input.1);
        parts.chain(inputs).for_each(|factor| factor.mask(gradient));
    }

    /// `[T][H][N]`: the hidden state after each step. `state` is the number of its values.
    pub(super) fn output(&self, state: usize) -> &[f32] {
        match self.reversed {
            false => &self.hidden[state..],
            true => &self.hidden[..self.hidden.len() - state],
        }
    }

    /// Where the states before and after step `t` are among the stored ones.
    fn around(&self, t: usize) -> [usize; 2] {
        if self.reversed { [t + 1, t] } else { [t, t + 1] }
    }

    /// The `taken`th of `steps` steps.
    fn step(&self, taken: usize, steps: usize) -> usize {
        if self.reversed { steps - 1 - taken } else { taken }
    }

    /// Sizes the buffers for `strip`.
    pub(super) fn fit(&mut self, strip: &Strip, units: usize) {
        let state = units * strip.columns;
        self.slots.size(strip.steps * self.cell.slots() * state);
        let begin = if self.reversed { strip.steps * state } else { 0 };
        let memory = self.cell.has_memory().then_some(&mut self.memory);
        for buffer in [&mut self.hidden].into_iter().chain(memory) {
            buffer.size((strip.steps + 1) * state);
            buffer[begin..begin + state].fill(0.0);
        }
    }

    /// Drops parts of the hidden state, by `factors` `[all units][B]`, if there are any.
    pub(super) fn drop_out(
        &mut self,
        strip: &Strip,
        factors: &[f32],
        count: usize,
        units: &[usize],
    ) {
        let state = if factors.is_empty() { 0 } else { units.len() * strip.columns };
        self.factors.zeros(state);
        self.dropped.size(strip.steps * state);
        self.unmultiplied.size(state);
        for (to, unit) in self.factors.chunks_exact_mut(strip.columns).zip(units) {
            let from =
                factors.get(unit * count..).map_or(&[][..], |row| &row[strip.strings.clone()]);
            to[..from.len()].copy_from_slice(from);
        }
    }

    /// Begins from the hidden state and memory `[H][B]` of all units, of `count` sequences.
    pub(super) fn begin_from(
        &mut self,
        state: &[Vec<f32>; 2],
        count: usize,
        units: &[usize],
        strip: &Strip,
    ) {
        let begin = if self.reversed { strip.steps } else { 0 } * units.len() * strip.columns;
        for (to, from) in [&mut self.hidden, &mut self.memory].into_iter().zip(state) {
            let Some(to) = to.get_mut(begin..) else { continue };
            for (row, unit) in to.chunks_exact_mut(strip.columns).zip(units) {
                let from = &from[unit * count..][strip.strings.clone()];
                row[..from.len()].copy_from_slice(from);
            }
        }
    }

    /// Stores the state after the last step in the same form.
    pub(super) fn end_in(
        &self,
        state: &mut [Vec<f32>; 2],
        count: usize,
        units: &[usize],
        strip: &Strip,
    ) {
        let end = if self.reversed { 0 } else { strip.steps } * units.len() * strip.columns;
        for (from, to) in [&self.hidden, &self.memory].into_iter().zip(state) {
            let Some(from) = from.get(end..) else { continue };
            for (row, unit) in from.chunks_exact(strip.columns).zip(units) {
                let to = &mut to[unit * count..][strip.strings.clone()];
                to.copy_from_slice(&row[..to.len()]);
            }
        }
    }

    pub(super) fn forward(
        &mut self,
        parameters: &[f32],
        strip: &Strip,
        lower: &[LayerEngine],
        entrance: &mut Entrance,
    ) {
        let (cell, columns, units) = (self.cell, strip.columns, self.hidden_size());
        let rows = self.rows();
        let state = units * columns;
        let input_bias = Start::Rows(&self.bias[..rows]);
        if let ((Source::Input, weight), Entrance::Tokens(lookup)) =
            (&self.weight_ih[0], &mut *entrance)
        {
            lookup.forward(weight, parameters, input_bias);
        }
        let all_slots = cell.slots() * state;
        for taken in 0..strip.steps {
            let t = self.step(taken, strip.steps);
            let [before, after] = self.around(t);
            let slots = &mut self.slots[t * all_slots..][..all_slots];
            let inputs = &mut slots[..rows * columns];
            let mut start = input_bias;
            for (source, weight) in &self.weight_ih {
                let read = match (source, &*entrance) {
                    // The input is always the first source.
                    (Source::Input, Entrance::Tokens(lookup)) => {
                        let ids = &lookup.ids[t * columns..][..columns];
                        gather_columns(&lookup.table, lookup.columns, ids, inputs);
                        start = Start::Output;
                        continue;
                    }
                    (Source::Input, Entrance::Series(numbers)) => numbers,
                    (Source::Layer(source), _) => lower[*source].output(strip),
                };
                let below = weight.depth() * columns;
                let right = &read[t * below..][..below];
                weight.product(parameters, right, columns, start, inputs);
                start = Start::Output;
            }
            let at = |step: usize, size: usize| step * size..(step + 1) * size;
            let states = [before, after].map(|step| at(step, state));
            let (hidden_before, hidden) = two_of(&mut self.hidden, states);
            let mut read = hidden_before;
            if !self.factors.is_empty() {
                let dropped = &mut self.dropped[t * state..][..state];
                let pairs = hidden_before.iter().zip(&*self.factors);
                dropped.iter_mut().zip(pairs).for_each(|(to, (h, factor))| *to = h * factor);
                read = dropped;
            }
            for (weight, _, slot) in &self.weight_hh {
                // Slots that no input feeds start from their bias.
                let start = if *slot < cell.gates() {
                    Start::Output
                } else {
                    Start::Rows(&self.bias[slot * units..][..weight.rows()])
                };
                let out = &mut slots[slot * state..][..weight.rows() * columns];
                weight.product(parameters, read, columns, start, out);
            }
            let memory_state = if cell.has_memory() { state } else { 0 };
            let states = [before, after].map(|step| at(step, memory_state));
            let (memory_before, memory) = two_of(&mut self.memory, states);
            cell.forward(Forward { slots, hidden_before, hidden, memory_before, memory });
            if self.reversed {
                // Sequences that have not begun yet.
                clear_after(t, strip, hidden);
                clear_after(t, strip, memory);
            }
        }
    }

    /// Goes back through time: turns `slots` into gradients at the pre-activations, and adds to the
    /// gradients of the layers below what reaches them.
    pub(super) fn backward(
        &mut self,
        parameters: &[f32],
        strip: &Strip,
        output_gradient: &[f32],
        lower: &mut [LayerEngine],
        carried: &mut Carried,
    ) {
        let (cell, columns, rows) = (self.cell, strip.columns, self.rows());
        let state = self.hidden_size() * columns;
        let memory_state = if cell.has_memory() { state } else { 0 };
        carried.hidden.zeros(state);
        carried.memory.zeros(memory_state);
        let all_slots = cell.slots() * state;
        for taken in (0..strip.steps).rev() {
            let t = self.step(taken, strip.steps);
            let [before, after] = self.around(t);
            if self.reversed {
                // What comes before a sequence begins is no part of it.
                clear_after(t, strip, &mut carried.hidden);
                clear_after(t, strip, &mut carried.memory);
            }
            let slots = &mut self.slots[t * all_slots..][..all_slots];
            cell.backward(Backward {
                slots,
                hidden_before: &self.hidden[before * state..][..state],
                hidden: &self.hidden[after * state..][..state],
                memory_before: &self.memory[before * memory_state..][..memory_state],
                memory: &self.memory[after * memory_state..][..memory_state],
                output_gradient: &output_gradient[t * state..][..state],
                hidden_gradient: &mut carried.hidden,
                memory_gradient: &mut carried.memory,
            });
            if taken > 0 {
                let is_dropped = !self.factors.is_empty();
                let out = if is_dropped { &mut self.unmultiplied } else { &mut carried.hidden };
                if is_dropped {
                    out.fill(0.0);
                }
                for (weight, _, slot) in &self.weight_hh {
                    let d = &slots[slot * state..][..weight.rows() * columns];
                    weight.product_transposed(parameters, d, columns, Start::Output, out);
                }
                let pairs = self.unmultiplied.iter().zip(&*self.factors);
                for (to, (d, factor)) in carried.hidden.iter_mut().zip(pairs) {
                    *to += d * factor;
                }
            }
            for (source, weight) in &self.weight_ih {
                let Source::Layer(source) = source else { continue };
                let LayerEngine { gradient, has_gradient, .. } = &mut lower[*source];
                let start = if *has_gradient { Start::Output } else { Start::Zero };
                let below = weight.depth() * columns;
                let out = &mut gradient[t * below..][..below];
                let d = &slots[..rows * columns];
                weight.product_transposed(parameters, d, columns, start, out);
            }
        }
        for (source, _) in &self.weight_ih {
            let Source::Layer(source) = source else { continue };
            lower[*source].has_gradient = true;
        }
    }

    /// Adds the gradients at weights, biases and embeddings. `slots` must already hold the
    /// gradients at the pre-activations.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn weight_gradients(
        &self,
        parameters: &[f32],
        place: &BlockLayout,
        units: &[usize],
        strip: &Strip,
        lower: &[LayerEngine],
        entrance: &mut Entrance,
        sums: &mut Buffer,
        gradient: &mut [f32],
    ) {
        let (steps, columns) = (strip.steps, strip.columns);
        let state = units.len() * columns;
        let d = |slot: usize, rows| Steps {
            values: &self.slots[slot * state..],
            stride: self.cell.slots() * state,
            rows,
        };
        let add_bias = |gradient: &mut [f32], range: &Range<usize>, gates, sums: &[f32]| {
            for (row, &sum) in live_rows(gates, place.hidden, units).zip(sums) {
                gradient[range.start + row] += sum;
            }
        };

        let d_inputs = d(0, self.rows());
        for (at, (source, weight)) in self.weight_ih.iter().enumerate() {
            let depth = weight.depth();
            sums.zeros(d_inputs.rows);
            let mut multiply = |values: &[f32], sums: &mut [f32]| {
                let x = Steps { values, stride: depth * columns, rows: depth };
                weight.gradient_product(d_inputs, x, steps, columns, gradient, sums);
            };
            match (source, &mut *entrance) {
                (Source::Layer(source), _) => multiply(lower[*source].output(strip), sums),
                (Source::Input, Entrance::Series(numbers)) => multiply(numbers, sums),
                (Source::Input, Entrance::Tokens(lookup)) => {
                    lookup.sum_by_character(d_inputs, columns, sums);
                    lookup.backward(weight, parameters, gradient);
                }
            }
            // The sums are the same for every source, so the bias gets them once.
            if at == 0 {
                add_bias(gradient, &place.bias_ih, 0..self.cell.gates(), sums);
            }
        }

        let [before, _] = self.around(0);
        let values = match self.factors.is_empty() {
            true => &self.hidden[before * state..],
            false => &self.dropped,
        };
        let hidden_before = Steps { values, stride: state, rows: units.len() };
        for (weight, gates, slot) in &self.weight_hh {
            sums.zeros(weight.rows());
            let d = d(*slot, weight.rows());
            weight.gradient_product(d, hidden_before, steps, columns, gradient, sums);
            add_bias(gradient, &place.bias_hh, gates.clone(), sums);
        }
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
