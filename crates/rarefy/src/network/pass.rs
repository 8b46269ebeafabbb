//! The way of a strip through a network and back.

use super::head::HeadEngine;
use super::layer::{Carried, Entrance};
use super::lookup::Lookup;
use super::plan::{EngineState, Plan, ReadLayer};
use super::pool::{Tap, taps};
use super::strip::Strip;
use super::trace::{BlockTrace, LayerTrace};
use super::{Batch, Dropped, Input};

/// A strip, and what is computed for it.
#[derive(Clone, Debug)]
pub(super) struct StripPass {
    pub(super) strip: Strip,
    /// Its tokens; none if the network reads numbers.
    pub(super) tokens: Option<Box<Lookup>>,
    /// Its columns, in parts of equal width.
    pub(super) passes: Vec<Pass>,
    head: HeadEngine,
    /// `[reads][C]`
    pub(super) logits: Vec<f32>,
    /// `[reads][C]`: the loss's gradient at them.
    pub(super) logit_gradient: Vec<f32>,
}

/// Some columns of a strip. No other ones enter what is computed for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Pass {
    pub(super) strip: Strip,
    /// The first of the strip's columns that are here.
    first: usize,
    pub(super) layers: Vec<LayerTrace>,
    pub(super) entrance: Entrance,
    carried: Carried,
}

impl StripPass {
    pub(super) fn new(plan: &Plan) -> Self {
        let tokens = matches!(plan.architecture.input, Input::Tokens { .. });
        Self {
            strip: Strip::default(),
            tokens: tokens.then(Box::default),
            passes: Vec::new(),
            head: HeadEngine::new(&plan.architecture, plan.packed.linears.clone()),
            logits: Vec::new(),
            logit_gradient: Vec::new(),
        }
    }

    /// Prepares for `strip`, with its columns in this many parts.
    pub(super) fn begin(
        &mut self,
        plan: &Plan,
        parameters: &[f32],
        batch: &Batch,
        dropped: &Dropped,
        strip: &Strip,
        parts: usize,
    ) {
        self.strip.clone_from(strip);
        if let (Some(tokens), Input::Tokens { vocabulary, embedding }) =
            (&mut self.tokens, plan.architecture.input)
        {
            tokens.number(batch, strip, vocabulary);
            tokens.embed(&parameters[plan.packed.embedding.clone()], embedding, dropped);
            tokens.clear_gradient();
        }
        self.passes.resize_with(parts, Pass::default);
        for (at, pass) in self.passes.iter_mut().enumerate() {
            pass.strip = strip.part(at, parts);
            pass.first = at * pass.strip.columns;
            pass.layers.resize_with(plan.layers.len(), LayerTrace::default);
        }
    }

    /// Computes the outputs at the strip's reads.
    pub(super) fn read_out(&mut self, plan: &Plan, parameters: &[f32], batch: &Batch) {
        let Self { strip, passes, head, logits, .. } = self;
        head.fit(strip.reads.len(), batch.asks_next());
        for_each_tap(plan, batch, strip, |layer, answer, column, tap| {
            let (pass, first) = locate(passes, plan, layer.layer, column, tap.step);
            let Pass { strip: Strip { columns, .. }, layers, .. } = &passes[pass];
            let output = &layers[layer.layer].output()[first..];
            let (start, distance) = layer.place(plan, head, answer, tap);
            let values = head.read_mut()[start..].iter_mut().step_by(distance);
            for (value, unit) in values.zip(&layer.units) {
                *value += tap.weight as f32 * output[unit * columns];
            }
        });
        logits.clear();
        head.forward(parameters, strip.reads.len(), logits);
    }

    /// Adds the gradient at the linear layers to `gradient`, and brings that at what is read to the
    /// layers.
    pub(super) fn read_out_backward(
        &mut self,
        plan: &Plan,
        parameters: &[f32],
        batch: &Batch,
        gradient: &mut [f32],
    ) {
        let Self { strip, passes, head, logit_gradient, .. } = self;
        passes.iter_mut().for_each(|pass| pass.clear_gradient(plan));
        head.backward(parameters, logit_gradient, gradient);
        for_each_tap(plan, batch, strip, |layer, answer, column, tap| {
            let (pass, first) = locate(passes, plan, layer.layer, column, tap.step);
            let Pass { strip: Strip { columns, .. }, layers, .. } = &mut passes[pass];
            let gradient = &mut layers[layer.layer].gradient[first..];
            let (start, distance) = layer.place(plan, head, answer, tap);
            let values = head.read_gradient()[start..].iter().step_by(distance);
            for (value, unit) in values.zip(&layer.units) {
                gradient[unit * *columns] += tap.weight as f32 * value;
            }
        });
    }

    /// Resets to zero the gradients that only the readout has written.
    pub(super) fn forget_read_out(&mut self, plan: &Plan, batch: &Batch) {
        let Self { strip, passes, .. } = self;
        for_each_tap(plan, batch, strip, |layer, _, column, tap| {
            if !plan.layers[layer.layer].is_source {
                let (pass, first) = locate(passes, plan, layer.layer, column, tap.step);
                let Pass { strip: Strip { columns, .. }, layers, .. } = &mut passes[pass];
                let gradient = &mut layers[layer.layer].gradient[first..];
                layer.units.iter().for_each(|unit| gradient[unit * *columns] = 0.0);
            }
        });
    }
}

/// Calls `f` for each layer that is read, each answer, the column of its sequence, and each step
/// that it depends on.
fn for_each_tap(
    plan: &Plan,
    batch: &Batch,
    strip: &Strip,
    mut f: impl FnMut(&ReadLayer, usize, usize, Tap),
) {
    for layer in &plan.read {
        let reversed = plan.layers[layer.layer].reversed;
        for (answer, read) in batch.reads()[strip.reads.clone()].iter().enumerate() {
            for tap in taps(plan.architecture.pooling, reversed, batch, read) {
                f(layer, answer, read.column, tap);
            }
        }
    }
}

/// Which pass has a column of the batch, and where its values of a layer begin at a step.
fn locate(
    passes: &[Pass],
    plan: &Plan,
    layer: usize,
    column: usize,
    step: usize,
) -> (usize, usize) {
    let at = passes.partition_point(|pass| pass.strip.strings.end <= column);
    let strip = &passes[at].strip;
    let state = plan.layers[layer].units.len() * strip.columns;
    (at, step * state + column - strip.strings.start)
}

impl Pass {
    /// Computes all layers.
    pub(super) fn forward(
        &mut self,
        plan: &Plan,
        parameters: &[f32],
        batch: &Batch,
        dropped: &Dropped,
        state: &EngineState,
        tokens: Option<&Lookup>,
    ) {
        let Self { strip, layers, entrance, first, .. } = self;
        if let Input::Series { channels } = plan.architecture.input {
            entrance.fill(channels, batch, strip, dropped);
        }
        for (at, layer) in plan.layers.iter().enumerate() {
            let (lower, upper) = layers.split_at_mut(at);
            let trace = &mut upper[0];
            trace.blocks.resize_with(layer.blocks.len(), BlockTrace::default);
            for (number, (block, trace)) in layer.blocks.iter().zip(&mut trace.blocks).enumerate() {
                trace.fit(block.cell, block.reversed, block.hidden_size(), strip);
                let factors = dropped.recurrent.get(at).map_or(&[][..], |blocks| &blocks[number]);
                trace.drop_out(strip, factors, batch.count(), &layer.units);
                if batch.first_piece() == Some(false) {
                    let before = &state.blocks[at][number];
                    trace.begin_from(before, state.count, &layer.units, strip);
                }
                block.forward(parameters, strip, trace, lower, entrance, tokens, *first);
            }
            trace.add_blocks();
            let factors = dropped.layers.get(at).map_or(&[][..], Vec::as_slice);
            trace.drop_out(
                &layer.units,
                strip,
                factors,
                plan.architecture.layers[at].size,
                batch.count(),
            );
        }
    }

    /// Prepares for going back.
    fn clear_gradient(&mut self, plan: &Plan) {
        let Strip { steps, columns, .. } = self.strip;
        for (layer, trace) in plan.layers.iter().zip(&mut self.layers) {
            trace.gradient.size(steps * layer.units.len() * columns);
            trace.has_gradient = false;
        }
        // The gradient of a layer that only the readout reads is zero already; those of other
        // layers hold old values.
        for read in &plan.read {
            if plan.layers[read.layer].is_source {
                let trace = &mut self.layers[read.layer];
                trace.gradient.fill(0.0);
                trace.has_gradient = true;
            }
        }
    }

    /// Stores the states after the last step.
    pub(super) fn end(&self, plan: &Plan, state: &mut EngineState) {
        let count = state.count;
        for ((layer, trace), states) in plan.layers.iter().zip(&self.layers).zip(&mut state.blocks)
        {
            for (trace, state) in trace.blocks.iter().zip(states) {
                trace.end_in(state, count, &layer.units, &self.strip);
            }
        }
    }

    /// Goes back through the layer `at`. Later layers have gone back already.
    pub(super) fn backward(&mut self, plan: &Plan, parameters: &[f32], at: usize) {
        let Self { strip, layers, carried, .. } = self;
        let (lower, upper) = layers.split_at_mut(at);
        upper[0].drop_out_backward();
        let LayerTrace { blocks, gradient, .. } = &mut upper[0];
        for (block, trace) in plan.layers[at].blocks.iter().zip(blocks) {
            block.backward(parameters, strip, trace, gradient, lower, carried);
        }
    }
}

impl Entrance {
    /// Loads the numbers of `strip`, `[T][C][N]`.
    fn fill(&mut self, channels: usize, batch: &Batch, strip: &Strip, dropped: &Dropped) {
        let Self { numbers, .. } = self;
        numbers.zeros(strip.steps * channels * strip.columns);
        let count = strip.strings.len();
        for (step, numbers) in numbers.chunks_exact_mut(channels * strip.columns).enumerate() {
            let rows = batch.numbers(step).chunks_exact(batch.count());
            assert_eq!(rows.len(), channels, "a batch of other channels");
            for (row, numbers) in rows.zip(numbers.chunks_exact_mut(strip.columns)) {
                numbers[..count].copy_from_slice(&row[strip.strings.clone()]);
            }
        }
        let rows = dropped.input.chunks_exact(dropped.count.max(1));
        for (row, numbers) in rows.zip(numbers.chunks_exact_mut(strip.columns)) {
            let factors = &row[strip.strings.clone()];
            numbers.iter_mut().zip(factors).for_each(|(number, factor)| *number *= factor);
        }
    }
}

impl ReadLayer {
    /// Where the first of its values for an answer is among what the head reads, and the distance to
    /// the next.
    fn place(&self, plan: &Plan, head: &HeadEngine, answer: usize, tap: Tap) -> (usize, usize) {
        let (start, distance) = head.place(answer);
        (start + (tap.place * plan.read_width() + self.first) * distance, distance)
    }
}
