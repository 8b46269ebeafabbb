//! The linear layers from what is read to the outputs, for all answers of a strip.
//!
//! A readout without hidden layers multiplies and adds value by value, in the order of the answers:
//! results of studies depend on every bit, and records of such networks are kept. MLPs and language
//! models, with their many outputs at every step, use the kernels of the recurrent layers.

use super::{Activation, Architecture, LinearLayout};
use crate::kernel::{
    Buffer, Kernel, Left, Order, Simd, Start, Steps, dispatch, gradient_product, padded_columns,
    product, relu, tanh, update,
};

/// The most answers that are computed together.
const MOST: usize = 32;

/// The linear layers, forward and backward. Answers are in groups of `N`, the last of which may be
/// part empty: all buffers are `[groups][units][N]`.
#[derive(Clone, Debug)]
pub(super) struct HeadEngine {
    activation: Activation,
    /// Where they are among the packed parameters.
    linears: Vec<LinearLayout>,
    /// `N`
    columns: usize,
    groups: usize,
    /// Whether products are computed value by value.
    one_by_one: bool,
    /// What each linear layer reads. The first reads what is read from the recurrent layers.
    inputs: Vec<Buffer>,
    outputs: Buffer,
    /// The gradient at the outputs of a linear layer, and at its inputs.
    gradients: [Buffer; 2],
}

impl HeadEngine {
    pub(super) fn new(architecture: &Architecture, linears: Vec<LinearLayout>) -> Self {
        Self {
            activation: architecture.head.activation,
            inputs: vec![Buffer::new(); linears.len()],
            linears,
            columns: 0,
            groups: 0,
            one_by_one: true,
            outputs: Buffer::new(),
            gradients: [Buffer::new(), Buffer::new()],
        }
    }

    /// Prepares for this number of answers, for which all that is read is zero at first. `is_next`
    /// says whether they are of a language model.
    pub(super) fn fit(&mut self, answers: usize, is_next: bool) {
        self.one_by_one = self.linears.len() == 1 && !is_next;
        self.columns = padded_columns(answers.min(MOST));
        self.groups = answers.div_ceil(self.columns.max(1));
        let size = self.groups * self.linears[0].inputs * self.columns;
        self.inputs[0].zeros(size);
    }

    /// What is read.
    pub(super) fn read_mut(&mut self) -> &mut [f32] {
        &mut self.inputs[0]
    }

    /// The gradient at what is read, after [`HeadEngine::backward`].
    pub(super) fn read_gradient(&self) -> &[f32] {
        &self.gradients[0]
    }

    /// The index of the first value that is read for an answer, and the distance to the next.
    pub(super) fn place(&self, answer: usize) -> (usize, usize) {
        (self.place_of(answer, self.linears[0].inputs), self.columns)
    }

    /// The index of the first of `values` values per answer.
    fn place_of(&self, answer: usize, values: usize) -> usize {
        answer / self.columns * values * self.columns + answer % self.columns
    }

    /// Appends the outputs of `answers` answers to `to`, `[answers][C]`.
    pub(super) fn forward(&mut self, parameters: &[f32], answers: usize, to: &mut Vec<f32>) {
        let (columns, groups) = (self.columns, self.groups);
        for at in 0..self.linears.len() {
            let linear = &self.linears[at];
            let (before, after) = self.inputs.split_at_mut(at + 1);
            let is_last = after.is_empty();
            let out = after.first_mut().unwrap_or(&mut self.outputs);
            out.size(groups * linear.outputs * columns);
            let weight =
                Left::new(&parameters[linear.weight.clone()], linear.outputs, linear.inputs);
            let inputs = before[at].chunks_exact(linear.inputs * columns);
            for (input, out) in inputs.zip(out.chunks_exact_mut(linear.outputs * columns)) {
                let bias = &parameters[linear.bias.clone()];
                match self.one_by_one {
                    true => {
                        let weight = &parameters[linear.weight.clone()];
                        dispatch(Plain { weight, bias, input, columns, out });
                    }
                    false => product(weight, input, columns, Start::Rows(bias), out),
                }
            }
            if !is_last {
                dispatch(Activate { activation: self.activation, values: out });
            }
        }
        let outputs = self.linears.last().expect("a network has a readout").outputs;
        for answer in 0..answers {
            let first = self.place_of(answer, outputs);
            to.extend((0..outputs).map(|output| self.outputs[first + output * columns]));
        }
    }

    /// Adds the gradient at the parameters to `gradient`, given that at the outputs, `[answers][C]`.
    pub(super) fn backward(
        &mut self,
        parameters: &[f32],
        output_gradient: &[f32],
        gradient: &mut [f32],
    ) {
        let (columns, groups) = (self.columns, self.groups);
        let outputs = self.linears.last().expect("a network has a readout").outputs;
        if self.one_by_one {
            self.backward_one_by_one(parameters, output_gradient, gradient);
            return;
        }
        self.gradients[0].zeros(groups * outputs * columns);
        for (answer, from) in output_gradient.chunks_exact(outputs).enumerate() {
            let first = self.place_of(answer, outputs);
            for (output, &value) in from.iter().enumerate() {
                self.gradients[0][first + output * columns] = value;
            }
        }
        for (at, linear) in self.linears.iter().enumerate().rev() {
            let [at_outputs, at_inputs] = &mut self.gradients;
            let rows = linear.outputs;
            let d = Steps::new(at_outputs, rows * columns, rows, columns);
            let (values, rows) = (&self.inputs[at], linear.inputs);
            let x = Steps::new(values, rows * columns, rows, columns);
            // Biases stand behind their weights.
            let (weights, biases) =
                gradient[linear.weight.start..linear.bias.end].split_at_mut(linear.weight.len());
            gradient_product(d, x, groups, Order::Rows, weights, biases);
            at_inputs.size(groups * linear.inputs * columns);
            let weight =
                Left::new(&parameters[linear.weight.clone()], linear.outputs, linear.inputs);
            let parts = at_outputs.chunks_exact(linear.outputs * columns);
            for (d, out) in parts.zip(at_inputs.chunks_exact_mut(linear.inputs * columns)) {
                product(weight.transposed(), d, columns, Start::Zero, out);
            }
            if at > 0 {
                let (activation, values) = (self.activation, &self.inputs[at]);
                dispatch(Slope { activation, values, gradient: at_inputs });
            }
            self.gradients.swap(0, 1);
        }
    }
}

impl HeadEngine {
    /// The backward pass of a readout alone, answer by answer.
    fn backward_one_by_one(
        &mut self,
        parameters: &[f32],
        output_gradient: &[f32],
        gradient: &mut [f32],
    ) {
        let columns = self.columns;
        let LinearLayout { inputs, outputs, weight, bias } = self.linears[0].clone();
        self.gradients[0].zeros(self.groups * inputs * columns);
        for (answer, from) in output_gradient.chunks_exact(outputs).enumerate() {
            let place = self.place_of(answer, inputs);
            let read = self.inputs[0][place..].iter().step_by(columns);
            for (output, &d) in from.iter().enumerate() {
                gradient[bias.start + output] += d;
                let row = output * inputs..(output + 1) * inputs;
                let dw = &mut gradient[weight.start..][row.clone()];
                let weight = &parameters[weight.clone()][row];
                let at_read = self.gradients[0][place..].iter_mut().step_by(columns);
                for (((dw, w), x), dx) in dw.iter_mut().zip(weight).zip(read.clone()).zip(at_read) {
                    *dw += d * x;
                    *dx += d * w;
                }
            }
        }
    }
}

/// A linear layer for one group of answers, value by value.
struct Plain<'a> {
    /// `[O][I]`
    weight: &'a [f32],
    /// `[O]`
    bias: &'a [f32],
    /// `[I][N]`
    input: &'a [f32],
    columns: usize,
    /// `[O][N]`
    out: &'a mut [f32],
}

impl Kernel for Plain<'_> {
    /// The compiler vectorises it along the answers, and rounds each product and each sum.
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { weight, bias, input, columns, out } = self;
        let inputs = input.len() / columns;
        let rows = weight.chunks_exact(inputs).zip(bias);
        for (out, (weight, &bias)) in out.chunks_exact_mut(columns).zip(rows) {
            out.fill(bias);
            for (&w, x) in weight.iter().zip(input.chunks_exact(columns)) {
                out.iter_mut().zip(x).for_each(|(out, x)| *out += w * x);
            }
        }
    }
}

/// Applies the activation.
struct Activate<'a> {
    activation: Activation,
    values: &'a mut [f32],
}

impl Kernel for Activate<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        match self.activation {
            Activation::Relu => update(s, [self.values], [], |[x], []| [relu(s, x)]),
            Activation::Tanh => update(s, [self.values], [], |[x], []| [tanh(s, x)]),
        }
    }
}

/// Turns the gradient at activated values into that before the activation.
struct Slope<'a> {
    activation: Activation,
    values: &'a [f32],
    gradient: &'a mut [f32],
}

impl Kernel for Slope<'_> {
    /// The compiler vectorises it.
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for (d, &y) in self.gradient.iter_mut().zip(self.values) {
            match self.activation {
                Activation::Relu => *d = if y > 0.0 { *d } else { 0.0 },
                Activation::Tanh => *d *= 1.0 - y * y,
            }
        }
    }
}
