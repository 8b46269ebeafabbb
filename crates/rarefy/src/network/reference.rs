//! The network, one number at a time: the naive twin of the [`Engine`](super::Engine).
//!
//! Written to be checked against the equations and, in double precision, against PyTorch. Nothing
//! here is optimised. A batch is a loop over its sequences.

use super::pool::{Tap, taps};
use super::{
    Activation, Architecture, Batch, Block, BlockLayout, Dropped, Input, Layout, Read, Source,
};
use crate::cell::Cell;
use crate::number::Number;

/// Forward and backward passes in any float type.
#[derive(Clone, Debug)]
pub struct Reference {
    architecture: Architecture,
    layout: Layout,
}

/// What one block computed at one step, for one sequence.
struct Step<F> {
    /// Activations of the gates, `[G][H]`.
    gates: Vec<F>,
    /// GRU: hidden part of the new gate, before the reset gate, `[H]`.
    hidden_part: Vec<F>,
    /// `[H]`
    memory: Vec<F>,
    /// `[H]`
    hidden: Vec<F>,
}

/// The state that a block carries from step to step.
#[derive(Clone, Debug)]
pub(crate) struct State<F> {
    /// `[H]`
    pub hidden: Vec<F>,
    /// `[H]`; zeros for cells without a memory.
    pub memory: Vec<F>,
}

impl<F: Number> State<F> {
    /// The state before the first step.
    pub fn zero(units: usize) -> Self {
        Self { hidden: vec![zero(); units], memory: vec![zero(); units] }
    }
}

/// The gradients that one step of a block returns.
pub(crate) struct StepGradient<F> {
    /// Gradient at the state before the step.
    pub before: State<F>,
    /// Gradient at `weight_ih`, `[G * H][I]`.
    pub weight_ih: Vec<F>,
    /// Gradient at `weight_hh`, `[G * H][H]`.
    pub weight_hh: Vec<F>,
}

/// The gradient of the sum of all state values after one step of the block at `place`. The block
/// reads `input` `[I]` and starts from the state `before`.
pub(crate) fn state_sum_gradient<F: Number>(
    parameters: &[F],
    place: &BlockLayout,
    input: &[F],
    before: &State<F>,
) -> StepGradient<F> {
    let hidden = place.hidden;
    let State { hidden: h, memory: c } = before.clone();
    let earlier = Step { gates: Vec::new(), hidden_part: Vec::new(), memory: c, hidden: h.clone() };
    let step = forward_step(parameters, place, input, Some(&earlier), &[]);
    let mut dh = vec![one::<F>(); hidden];
    let mut dc = vec![if place.cell.has_memory() { one() } else { zero::<F>() }; hidden];
    let (d_ih, d_hh) = backward_step(place.cell, &step, Some(&earlier), &mut dh, &mut dc);
    back(&d_hh, &parameters[place.weight_hh.clone()], &mut dh);
    let mut weight_ih = vec![zero::<F>(); place.weight_ih.len()];
    let mut weight_hh = vec![zero::<F>(); place.weight_hh.len()];
    outer(&d_ih, input, &mut weight_ih);
    outer(&d_hh, &h, &mut weight_hh);
    StepGradient { before: State { hidden: dh, memory: dc }, weight_ih, weight_hh }
}

/// What the whole network computed for one sequence.
struct Trace<F> {
    /// The network's input, `[T][E]`.
    entering: Vec<Vec<F>>,
    /// By layer, by block, by step.
    steps: Vec<Vec<Vec<Step<F>>>>,
    /// By layer, by step: `[H]`.
    outputs: Vec<Vec<Vec<F>>>,
}

impl Reference {
    /// For networks of this architecture.
    pub fn new(architecture: &Architecture) -> Self {
        Self { architecture: architecture.clone(), layout: Layout::new(architecture) }
    }

    /// Outputs at each of the batch's reads, `[reads][C]`.
    ///
    /// # Panics
    /// If `parameters` belong to another architecture.
    pub fn forward<F: Number>(&self, parameters: &[F], batch: &Batch) -> Vec<F> {
        self.forward_with(parameters, batch, &Dropped::default())
    }

    /// The same where some values are `dropped`.
    ///
    /// # Panics
    /// As [`Reference::forward`]; if what is dropped belongs to another batch.
    pub fn forward_with<F: Number>(
        &self,
        parameters: &[F],
        batch: &Batch,
        dropped: &Dropped,
    ) -> Vec<F> {
        assert_eq!(parameters.len(), self.layout.len(), "parameters of another architecture");
        let mut logits = Vec::new();
        for reads in batch.reads().chunk_by(|a, b| a.column == b.column) {
            let trace = self.trace(parameters, batch, reads[0].column, dropped);
            for read in reads {
                let values = self.head(parameters, self.read(&trace, batch, read));
                logits.extend(values.last().expect("a network has a readout"));
            }
        }
        logits
    }

    /// The gradient of a loss at the parameters, by back-propagation through time, given the loss's
    /// gradient at the outputs (`[reads][C]`).
    ///
    /// # Panics
    /// If `parameters` or `logit_gradient` have the wrong length.
    pub fn backward<F: Number>(
        &self,
        parameters: &[F],
        batch: &Batch,
        logit_gradient: &[F],
    ) -> Vec<F> {
        self.backward_with(parameters, batch, &Dropped::default(), logit_gradient)
    }

    /// The same where some values are `dropped`.
    ///
    /// # Panics
    /// As [`Reference::backward`]; if what is dropped belongs to another batch.
    pub fn backward_with<F: Number>(
        &self,
        parameters: &[F],
        batch: &Batch,
        dropped: &Dropped,
        logit_gradient: &[F],
    ) -> Vec<F> {
        let classes = self.architecture.classes;
        assert_eq!(parameters.len(), self.layout.len(), "parameters of another architecture");
        let count = batch.reads().len();
        assert_eq!(logit_gradient.len(), count * classes, "gradient is not [reads][C]");
        let mut gradient = vec![zero::<F>(); self.layout.len()];
        let mut rest = logit_gradient;
        for reads in batch.reads().chunk_by(|a, b| a.column == b.column) {
            let of_string;
            (of_string, rest) = rest.split_at(reads.len() * classes);
            self.backward_one(parameters, batch, reads, dropped, of_string, &mut gradient);
        }
        gradient
    }

    /// Calls a function with what each block reads at each step of the batch's first sequence, in
    /// the order in which it takes them: the block's layer and its index in it, how many steps it
    /// took before, the input `[I]`, and the state before the step.
    pub(crate) fn visit<F: Number>(
        &self,
        parameters: &[F],
        batch: &Batch,
        mut see: impl FnMut([usize; 2], usize, &[F], &State<F>),
    ) {
        let trace = self.trace(parameters, batch, 0, &Dropped::default());
        for (index, layer) in self.architecture.layers.iter().enumerate() {
            for (b, block) in layer.blocks.iter().enumerate() {
                let mut state = State::zero(layer.size);
                for (taken, t) in order(layer.reversed, trace.entering.len()).enumerate() {
                    see([index, b], taken, &self.input(&trace, block, t), &state);
                    let step = &trace.steps[index][b][t];
                    state = State { hidden: step.hidden.clone(), memory: step.memory.clone() };
                }
            }
        }
    }

    /// The values that the readout reads for an answer.
    fn read<F: Number>(&self, trace: &Trace<F>, batch: &Batch, read: &Read) -> Vec<F> {
        let mut values = vec![zero::<F>(); self.architecture.readout_inputs()];
        for (at, layer, unit, tap) in self.taps(batch, read) {
            let output = trace.outputs[layer][tap.step][unit];
            values[at] = values[at] + F::constant(tap.weight) * output;
        }
        values
    }

    /// Each value that the readout reads for an answer: its index, the layer and unit that it comes
    /// from, and when.
    fn taps(&self, batch: &Batch, read: &Read) -> Vec<(usize, usize, usize, Tap)> {
        let units = self.architecture.readout_units();
        let mut all = Vec::new();
        for (at, &(layer, unit)) in units.iter().enumerate() {
            let reversed = self.architecture.layers[layer].reversed;
            let taps = taps(self.architecture.pooling, reversed, batch, read);
            all.extend(taps.map(|tap| (tap.place * units.len() + at, layer, unit, tap)));
        }
        all
    }

    /// What each linear layer reads, starting with `read`, and the outputs.
    fn head<F: Number>(&self, parameters: &[F], read: Vec<F>) -> Vec<Vec<F>> {
        let mut values = vec![read];
        for (at, linear) in self.layout.linears.iter().enumerate() {
            let input = &values[at];
            let rows = parameters[linear.weight.clone()].chunks_exact(linear.inputs);
            let sums = rows.zip(&parameters[linear.bias.clone()]);
            let sums = sums.map(|(weight, &bias)| bias + dot(weight, input));
            values.push(match at + 1 == self.layout.linears.len() {
                true => sums.collect(),
                false => sums.map(|sum| self.activated(sum)).collect(),
            });
        }
        values
    }

    fn activated<F: Number>(&self, sum: F) -> F {
        match self.architecture.head.activation {
            Activation::Relu => rectified(sum),
            Activation::Tanh => sum.tangent(),
        }
    }

    /// The derivative of the activation where its value is `y`.
    fn slope<F: Number>(&self, y: F) -> F {
        match self.architecture.head.activation {
            Activation::Relu if y > zero() => one(),
            Activation::Relu => zero(),
            Activation::Tanh => one::<F>() - y * y,
        }
    }

    /// What a block reads at step `t`: its sources, concatenated.
    fn input<F: Number>(&self, trace: &Trace<F>, block: &Block, t: usize) -> Vec<F> {
        let sources = block.sources.iter().map(|source| match *source {
            Source::Input => &trace.entering[t][..],
            Source::Layer(layer) => &trace.outputs[layer][t],
        });
        sources.collect::<Vec<_>>().concat()
    }

    /// The factors of what enters at step `t`; empty if nothing is dropped.
    fn entering_factors(
        &self,
        batch: &Batch,
        column: usize,
        t: usize,
        dropped: &Dropped,
    ) -> Vec<f32> {
        match self.architecture.input {
            Input::Tokens { .. } => dropped.of_token(batch.tokens(t)[column]).to_vec(),
            Input::Series { channels } => {
                let of_step = dropped.input.iter().skip(t * channels * dropped.count + column);
                of_step.step_by(dropped.count.max(1)).take(channels).copied().collect()
            }
        }
    }

    fn trace<F: Number>(
        &self,
        parameters: &[F],
        batch: &Batch,
        column: usize,
        dropped: &Dropped,
    ) -> Trace<F> {
        let table = &parameters[self.layout.embedding.clone()];
        let enters = |t: usize| {
            let mut entering: Vec<F> = match self.architecture.input {
                Input::Tokens { embedding, .. } => {
                    table[batch.tokens(t)[column] as usize * embedding..][..embedding].to_vec()
                }
                Input::Series { .. } => {
                    let numbers = batch.numbers(t).iter().skip(column).step_by(batch.count());
                    numbers.map(|&x| F::constant(f64::from(x))).collect()
                }
            };
            multiply(&mut entering, &self.entering_factors(batch, column, t, dropped));
            entering
        };
        let length = batch.lengths()[column];
        let entering = (0..length).map(enters).collect();
        let mut trace = Trace { entering, steps: Vec::new(), outputs: Vec::new() };
        for (layer, places) in self.architecture.layers.iter().zip(&self.layout.layers) {
            let mut outputs = vec![vec![zero::<F>(); layer.size]; length];
            let mut blocks = Vec::new();
            for (block, place) in layer.blocks.iter().zip(places) {
                let mut steps: Vec<Step<F>> = Vec::new();
                for t in order(layer.reversed, length) {
                    let input = self.input(&trace, block, t);
                    let kept = dropped.of_block(trace.steps.len(), blocks.len(), column);
                    let step = forward_step(parameters, place, &input, steps.last(), &kept);
                    add(&mut outputs[t], &step.hidden);
                    steps.push(step);
                }
                if layer.reversed {
                    steps.reverse();
                }
                blocks.push(steps);
            }
            for (t, output) in outputs.iter_mut().enumerate() {
                multiply(output, &dropped.of_layer(trace.steps.len(), layer.size, t, column));
            }
            trace.steps.push(blocks);
            trace.outputs.push(outputs);
        }
        trace
    }

    fn backward_one<F: Number>(
        &self,
        parameters: &[F],
        batch: &Batch,
        reads: &[Read],
        dropped: &Dropped,
        logit_gradient: &[F],
        gradient: &mut [F],
    ) {
        let column = reads[0].column;
        let length = batch.lengths()[column];
        let trace = self.trace(parameters, batch, column, dropped);
        let zeros = |size: usize| vec![vec![zero::<F>(); size]; length];
        let mut input_gradients = zeros(self.architecture.input.width());
        let mut output_gradients: Vec<_> =
            self.architecture.layers.iter().map(|layer| zeros(layer.size)).collect();

        let by_read = logit_gradient.chunks_exact(self.architecture.classes);
        for (read, dlogits) in reads.iter().zip(by_read) {
            let values = self.head(parameters, self.read(&trace, batch, read));
            let mut d = dlogits.to_vec();
            for (at, linear) in self.layout.linears.iter().enumerate().rev() {
                outer(&d, &values[at], &mut gradient[linear.weight.clone()]);
                add(&mut gradient[linear.bias.clone()], &d);
                let mut below = vec![zero::<F>(); linear.inputs];
                back(&d, &parameters[linear.weight.clone()], &mut below);
                if at > 0 {
                    let slopes = values[at].iter().map(|&y| self.slope(y));
                    below.iter_mut().zip(slopes).for_each(|(d, slope)| *d = *d * slope);
                }
                d = below;
            }
            for (at, layer, unit, tap) in self.taps(batch, read) {
                let dh = &mut output_gradients[layer][tap.step][unit];
                *dh = *dh + F::constant(tap.weight) * d[at];
            }
        }

        for (index, layer) in self.architecture.layers.iter().enumerate().rev() {
            let mut output_gradient = std::mem::take(&mut output_gradients[index]);
            for (t, d) in output_gradient.iter_mut().enumerate() {
                multiply(d, &dropped.of_layer(index, layer.size, t, column));
            }
            for (b, block) in layer.blocks.iter().enumerate() {
                let place = &self.layout.layers[index][b];
                let steps = &trace.steps[index][b];
                let mut dh_later = vec![zero::<F>(); layer.size];
                let mut dc_later = vec![zero::<F>(); layer.size];
                let taken: Vec<usize> = order(layer.reversed, length).collect();
                for (at, &t) in taken.iter().enumerate().rev() {
                    add(&mut dh_later, &output_gradient[t]);
                    let before = at.checked_sub(1).map(|at| &steps[taken[at]]);
                    let input = self.input(&trace, block, t);
                    let (d_ih, d_hh) =
                        backward_step(place.cell, &steps[t], before, &mut dh_later, &mut dc_later);
                    let w = &place.weight_ih;
                    let mut input_gradient = vec![zero::<F>(); input.len()];
                    back(&d_ih, &parameters[w.clone()], &mut input_gradient);
                    outer(&d_ih, &input, &mut gradient[w.clone()]);
                    let mut rest = &input_gradient[..];
                    for &source in &block.sources {
                        let part;
                        (part, rest) = rest.split_at(self.architecture.source_size(source));
                        match source {
                            Source::Input => add(&mut input_gradients[t], part),
                            Source::Layer(source) => add(&mut output_gradients[source][t], part),
                        }
                    }
                    add(&mut gradient[place.bias_ih.clone()], &d_ih);
                    add(&mut gradient[place.bias_hh.clone()], &d_hh);
                    if let Some(before) = before {
                        let w = &place.weight_hh;
                        let kept = dropped.of_block(index, b, column);
                        let mut d = vec![zero::<F>(); layer.size];
                        back(&d_hh, &parameters[w.clone()], &mut d);
                        multiply(&mut d, &kept);
                        add(&mut dh_later, &d);
                        let mut read = before.hidden.clone();
                        multiply(&mut read, &kept);
                        outer(&d_hh, &read, &mut gradient[w.clone()]);
                    }
                }
            }
        }

        if let Input::Tokens { embedding: width, .. } = self.architecture.input {
            for (t, d) in input_gradients.iter_mut().enumerate() {
                multiply(d, &self.entering_factors(batch, column, t, dropped));
                let at = self.layout.embedding.start + batch.tokens(t)[column] as usize * width;
                add(&mut gradient[at..at + width], d);
            }
        }
    }
}

/// The steps of a sequence in the order in which a layer takes them.
fn order(reversed: bool, steps: usize) -> impl DoubleEndedIterator<Item = usize> {
    (0..steps).map(move |t| if reversed { steps - 1 - t } else { t })
}

/// One step of one block: the cell's equations, gate by gate. `weight_hh` reads the hidden state
/// multiplied by `kept`, if that is not empty.
fn forward_step<F: Number>(
    parameters: &[F],
    place: &BlockLayout,
    input: &[F],
    before: Option<&Step<F>>,
    kept: &[f32],
) -> Step<F> {
    let hidden = place.hidden;
    let zeros = vec![zero::<F>(); hidden];
    let (h, c) = before.map_or((&zeros, &zeros), |step| (&step.hidden, &step.memory));
    let mut read = h.clone();
    multiply(&mut read, kept);
    let from_input = |row: usize| {
        let weight = &parameters[place.weight_ih.start + row * place.inputs..];
        parameters[place.bias_ih.start + row] + dot(weight, input)
    };
    let from_hidden = |row: usize| {
        let weight = &parameters[place.weight_hh.start + row * hidden..];
        parameters[place.bias_hh.start + row] + dot(weight, &read)
    };
    let sum = |row: usize| from_input(row) + from_hidden(row);
    let mut step = Step {
        gates: vec![zero::<F>(); place.rows()],
        hidden_part: zeros.clone(),
        memory: zeros.clone(),
        hidden: zeros.clone(),
    };
    for u in 0..hidden {
        let gate = |g: usize| g * hidden + u;
        match place.cell {
            Cell::RnnTanh => step.hidden[u] = sum(u).tangent(),
            Cell::RnnRelu => step.hidden[u] = rectified(sum(u)),
            Cell::Gru => {
                let r = logistic(sum(gate(0)));
                let z = logistic(sum(gate(1)));
                let hidden_part = from_hidden(gate(2));
                let n = (from_input(gate(2)) + r * hidden_part).tangent();
                (step.gates[gate(0)], step.gates[gate(1)], step.gates[gate(2)]) = (r, z, n);
                step.hidden_part[u] = hidden_part;
                step.hidden[u] = n + z * (h[u] - n);
            }
            Cell::Lstm => {
                let i = logistic(sum(gate(0)));
                let f = logistic(sum(gate(1)));
                let g = sum(gate(2)).tangent();
                let o = logistic(sum(gate(3)));
                (step.gates[gate(0)], step.gates[gate(1)]) = (i, f);
                (step.gates[gate(2)], step.gates[gate(3)]) = (g, o);
                step.memory[u] = f * c[u] + i * g;
                step.hidden[u] = o * step.memory[u].tangent();
            }
        }
    }
    step
}

/// One step of one block backward. Replaces the gradients at the state after the step by those at
/// the state before it, without the part through `weight_hh`. Returns the gradients at the
/// pre-activations of the input side and of the hidden side, `[G * H]` each.
fn backward_step<F: Number>(
    cell: Cell,
    step: &Step<F>,
    before: Option<&Step<F>>,
    dh: &mut [F],
    dc: &mut [F],
) -> (Vec<F>, Vec<F>) {
    let hidden = step.hidden.len();
    let one = one::<F>();
    let zeros = vec![zero::<F>(); hidden];
    let (h_before, c_before) = before.map_or((&zeros, &zeros), |s| (&s.hidden, &s.memory));
    let mut d_ih = vec![zero::<F>(); step.gates.len()];
    let mut d_hh = d_ih.clone();
    for u in 0..hidden {
        let at = |g: usize| g * hidden + u;
        let gate = |g: usize| step.gates[at(g)];
        let mut both = |g: usize, d: F| (d_ih[at(g)], d_hh[at(g)]) = (d, d);
        let h = step.hidden[u];
        match cell {
            Cell::RnnTanh => {
                both(0, dh[u] * (one - h * h));
                dh[u] = zero();
            }
            Cell::RnnRelu => {
                both(0, if h > zero() { dh[u] } else { zero() });
                dh[u] = zero();
            }
            Cell::Gru => {
                let (r, z, n) = (gate(0), gate(1), gate(2));
                let da = dh[u] * (one - z) * (one - n * n);
                both(0, da * step.hidden_part[u] * r * (one - r));
                both(1, dh[u] * (h_before[u] - n) * z * (one - z));
                (d_ih[at(2)], d_hh[at(2)]) = (da, da * r);
                dh[u] = dh[u] * z;
            }
            Cell::Lstm => {
                let (i, f, g, o) = (gate(0), gate(1), gate(2), gate(3));
                let squashed = step.memory[u].tangent();
                let dc_now = dc[u] + dh[u] * o * (one - squashed * squashed);
                both(0, dc_now * g * i * (one - i));
                both(1, dc_now * c_before[u] * f * (one - f));
                both(2, dc_now * i * (one - g * g));
                both(3, dh[u] * squashed * o * (one - o));
                dc[u] = dc_now * f;
                dh[u] = zero();
            }
        }
    }
    (d_ih, d_hh)
}

fn zero<F: Number>() -> F {
    F::constant(0.0)
}

fn one<F: Number>() -> F {
    F::constant(1.0)
}

fn logistic<F: Number>(x: F) -> F {
    one::<F>() / (one::<F>() + (-x).exponential())
}

/// `max(0, x)`, but NaN stays NaN.
fn rectified<F: Number>(x: F) -> F {
    if x < zero() { zero() } else { x }
}

fn dot<F: Number>(row: &[F], x: &[F]) -> F {
    x.iter().zip(row).fold(zero(), |sum, (&x, &w)| sum + w * x)
}

fn add<F: Number>(to: &mut [F], values: &[F]) {
    for (to, &value) in to.iter_mut().zip(values) {
        *to = *to + value;
    }
}

/// Multiplies each value by its factor, if there are factors.
fn multiply<F: Number>(values: &mut [F], factors: &[f32]) {
    for (value, &factor) in values.iter_mut().zip(factors) {
        *value = *value * F::constant(factor.into());
    }
}

/// `dx += W^T d`
fn back<F: Number>(d: &[F], weight: &[F], dx: &mut [F]) {
    for (&d, row) in d.iter().zip(weight.chunks_exact(dx.len())) {
        for (dx, &w) in dx.iter_mut().zip(row) {
            *dx = *dx + w * d;
        }
    }
}

/// `dW += d x^T`
fn outer<F: Number>(d: &[F], x: &[F], gradient: &mut [F]) {
    for (&d, row) in d.iter().zip(gradient.chunks_exact_mut(x.len())) {
        for (g, &x) in row.iter_mut().zip(x) {
            *g = *g + d * x;
        }
    }
}
