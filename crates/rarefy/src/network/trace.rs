//! What a pass over some sequences keeps: the activations of every layer, and their gradients.

use std::ops::Range;

use super::strip::Strip;
use crate::cell::Cell;
use crate::kernel::{Buffer, add};

/// The values of a layer.
#[derive(Clone, Debug, Default)]
pub(super) struct LayerTrace {
    /// One for each block.
    pub(super) blocks: Vec<BlockTrace>,
    /// `[T][H][N]`: sum of the blocks' hidden states; empty unless there are several.
    sum: Buffer,
    /// `[T][H][N]`: the loss's gradient at the layer's output. For a layer that only the readout
    /// reads, it is zero except where that is done.
    pub(super) gradient: Buffer,
    /// Whether a later layer has added its share to `gradient` in this backward pass.
    pub(super) has_gradient: bool,
    /// `[T][H][N]`: what the output is multiplied by, and the product; empty without dropout.
    factors: Buffer,
    dropped: Buffer,
}

/// The values of a block.
#[derive(Clone, Debug, Default)]
pub(super) struct BlockTrace {
    /// `[T][S * H][N]`: activations, then gradients at the pre-activations.
    pub(super) slots: Buffer,
    /// `[T + 1][H][N]`: the state before each step, and after the last; zero before the first. If the
    /// block reads backwards, it is the other way round: the state before the first step that is
    /// taken stands at the end.
    pub(super) hidden: Buffer,
    /// `[T + 1][H][N]`, likewise; empty for cells without a memory.
    pub(super) memory: Buffer,
    reversed: bool,
    /// Where the states after each step are in `hidden`.
    after: Range<usize>,
    /// `[H][N]`: what the hidden state is multiplied by for `weight_hh`; empty without dropout.
    pub(super) factors: Buffer,
    /// `[T][H][N]`: the state before each step multiplied by that.
    pub(super) dropped: Buffer,
    /// `[H][N]`
    pub(super) unmultiplied: Buffer,
}

impl LayerTrace {
    /// `[T][H][N]`: what is read of the layer.
    pub(super) fn output(&self) -> &[f32] {
        match self.dropped.is_empty() {
            true => self.computed(),
            false => &self.dropped,
        }
    }

    /// Multiplies the output by `factors` `[T][size][B]`, if there are any.
    pub(super) fn drop_out(
        &mut self,
        units: &[usize],
        strip: &Strip,
        factors: &[f32],
        size: usize,
        count: usize,
    ) {
        self.dropped.size(0);
        self.factors.size(0);
        if factors.is_empty() || units.is_empty() {
            return;
        }
        self.factors.zeros(strip.steps * units.len() * strip.columns);
        let steps = factors.chunks_exact(size * count);
        for (to, from) in self.factors.chunks_exact_mut(units.len() * strip.columns).zip(steps) {
            for (to, unit) in to.chunks_exact_mut(strip.columns).zip(units) {
                let from = &from[unit * count..][strip.strings.clone()];
                to[..from.len()].copy_from_slice(from);
            }
        }
        let mut dropped = std::mem::take(&mut self.dropped);
        dropped.size(self.factors.len());
        let pairs = self.computed().iter().zip(&*self.factors);
        dropped.iter_mut().zip(pairs).for_each(|(to, (value, factor))| *to = value * factor);
        self.dropped = dropped;
    }

    /// Turns the gradient at what is read into that at what is computed.
    pub(super) fn drop_out_backward(&mut self) {
        self.gradient.iter_mut().zip(&*self.factors).for_each(|(d, factor)| *d *= factor);
    }

    /// `[T][H][N]`: the sum of the blocks' hidden states.
    fn computed(&self) -> &[f32] {
        match &self.blocks[..] {
            [only] => only.output(),
            _ => &self.sum,
        }
    }

    /// Adds up the outputs of several blocks.
    pub(super) fn add_blocks(&mut self) {
        let [first, others @ ..] = &self.blocks[..] else { return };
        if others.is_empty() {
            return;
        }
        self.sum.size(first.output().len());
        self.sum.copy_from_slice(first.output());
        others.iter().for_each(|other| add(&mut self.sum, other.output()));
    }
}

impl BlockTrace {
    /// `[T][H][N]`: the hidden state after each step.
    pub(super) fn output(&self) -> &[f32] {
        &self.hidden[self.after.clone()]
    }

    /// Sizes the buffers for `strip`.
    pub(super) fn fit(&mut self, cell: Cell, reversed: bool, units: usize, strip: &Strip) {
        self.reversed = reversed;
        let state = units * strip.columns;
        self.slots.size(strip.steps * cell.slots() * state);
        let (begin, after) = if reversed { (strip.steps * state, 0) } else { (0, state) };
        self.after = after..after + strip.steps * state;
        let memory = cell.has_memory().then_some(&mut self.memory);
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
}
