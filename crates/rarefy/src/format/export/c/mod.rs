//! A model as one C99 file that needs nothing except `expf` and `tanhf` of a C library. It is meant
//! for microcontrollers, and for programs in which a few kilobytes of C are easier to include than
//! a runtime.
//!
//! The file contains the remaining weights ([`Matrix`]) and functions: reset, step, logits, and one
//! that finds the token of a character or a word, unless the input is numbers. Nothing is
//! allocated, and every size is a constant. The state belongs to the caller, so several sequences
//! can be read at the same time. [`c_source`] writes the file. `entrance.rs` has the part before
//! the first layer, `matrix.rs` the constants and products, and `text.rs` the parts common to all
//! files.
//!
//! A GRU's gates are in the order new, reset, update in its input weights, and reset, update, new
//! in its hidden-to-hidden weights. So each product adds to one contiguous range of sums, in which
//! the two parts of the new gate are first and last.

mod entrance;
mod integers;
mod matrix;
mod source;
mod text;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::Range;

pub use matrix::Cost;
pub use source::CSource;

use super::super::Model;
use super::{ExportError, check_finite};
use crate::cell::Cell;
use crate::network::{BlockLayout, Layout, Network, Pooling, Reads, Source};
use entrance::Entrance;
use matrix::{Matrix, Product, floats};
use source::{activation, identifier};

/// `model` as a C99 file that is also valid C++. The names it defines begin with `name` and an
/// underscore; characters that C does not allow in names are replaced.
///
/// # Errors
/// If a weight, or the sum of a unit's two biases, is not finite, or a layer reads sequences from
/// their end.
pub fn c_source(model: &Model, name: &str) -> Result<CSource, ExportError> {
    if model.network.architecture().reads_backwards() {
        return Err(ExportError::ReadsBackwards { what: "the C code" });
    }
    written(model, name)
}

/// What `model` costs as C. A network that reads backwards counts as if it could be written.
///
/// # Errors
/// If a weight, or the sum of a unit's two biases, is not finite.
pub fn c_cost(model: &Model) -> Result<Cost, ExportError> {
    written(model, "model").map(|source| source.cost)
}

fn written(model: &Model, name: &str) -> Result<CSource, ExportError> {
    check_finite(model)?;
    let network = &model.network;
    if let Some(integers) = model.integers()? {
        return Ok(integers::written(model, &integers, name));
    }
    let name = identifier(name);
    let mut writer = Writer::new(network);
    for layer in 0..network.layout().layers.len() {
        writer.layer(layer)?;
    }
    writer.readout();
    let entrance = Entrance::new(model, writer.reads_input);
    let dense = dense_cost(network, Entrance::new(model, true).bytes);
    writer.cost.other_bytes += entrance.embedding_bytes + entrance.bytes;
    let step = writer.step(&entrance);
    let text = text::File {
        model,
        name: &name,
        cost: writer.cost,
        dense,
        state_bytes: writer.state_bytes,
        state: &writer.state,
        constants: &(entrance.constants + &writer.constants),
        functions: &functions(network, &writer),
        reset: &writer.reset,
        given: entrance.given,
        token: &entrance.token,
        step: &step,
        logits: &writer.logits,
        integers: None,
    };
    let (text, state_bytes) = (text.to_string(), writer.state_bytes);
    Ok(CSource { text, cost: writer.cost, dense, state_bytes })
}

/// The cost of `network` if masks are not used: four bytes and one multiplication per weight.
/// `entrance` is the number of bytes of a table of characters or words, or of a scaling.
pub fn dense_cost(network: &Network, entrance: usize) -> Cost {
    let layout = network.layout();
    let weights = layout.weights().map(|weight| weight.range.len()).sum();
    let biases: usize = layout.layers.iter().flatten().map(sums).sum();
    let linear: usize = layout.linears.iter().map(|linear| linear.weight.len()).sum();
    let linear_biases: usize = layout.linears.iter().map(|linear| linear.outputs).sum();
    Cost {
        weight_bytes: 4 * weights,
        other_bytes: 4 * (layout.embedding.len() + biases + linear + linear_biases) + entrance,
        multiply_adds: weights,
        readout_multiply_adds: linear,
    }
}

/// `S * H`: number of sums per step.
fn sums(block: &BlockLayout) -> usize {
    block.cell.slots() * block.hidden
}

/// The parts of the file that depend on the network, while they are collected.
struct Writer<'n> {
    network: &'n Network,
    layout: &'n Layout,
    cost: Cost,
    state_bytes: usize,
    /// Members of the state.
    state: String,
    /// The body of the reset function.
    reset: String,
    constants: String,
    products: BTreeSet<Product>,
    /// Whether any weight remains that multiplies the network's input.
    reads_input: bool,
    /// The largest number of inputs of a block with several sources; 0 if there is none.
    joined: usize,
    /// The body of the step function, from the first layer on.
    step: String,
    /// The body of the function for the answer, and the variables in front of it.
    logits: String,
    declared: String,
}

impl<'n> Writer<'n> {
    fn new(network: &'n Network) -> Self {
        Self {
            network,
            layout: network.layout(),
            cost: Cost::default(),
            state_bytes: 0,
            state: String::new(),
            reset: String::new(),
            constants: String::new(),
            products: BTreeSet::new(),
            reads_input: false,
            joined: 0,
            step: String::new(),
            logits: String::new(),
            declared: String::new(),
        }
    }

    /// The whole body of the step function. Unused variables are not declared, because compilers
    /// would warn about them.
    fn step(&self, entrance: &Entrance) -> String {
        let most = self.layout.layers.iter().flatten().map(sums).max().unwrap_or(0);
        let mut step = format!("{}    float sums[{most}];\n", entrance.variables);
        if self.joined > 0 {
            _ = writeln!(step, "    float inputs[{}];", self.joined);
        }
        step + &entrance.step + &self.step
    }

    fn layer(&mut self, layer: usize) -> Result<(), ExportError> {
        let blocks = &self.layout.layers[layer];
        for block in 0..blocks.len() {
            self.block(layer, block)?;
        }
        if blocks.len() > 1 {
            let size = blocks[0].hidden;
            let output = self.member(&format!("output_{layer}"), size);
            for block in 0..blocks.len() {
                let hidden = format!("state->hidden_{layer}_{block}");
                let function = if block == 0 { "copy" } else { "add" };
                _ = writeln!(self.step, "    {function}({hidden}, {size}, {output});");
            }
            self.step.push('\n');
        }
        Ok(())
    }

    fn block(&mut self, layer: usize, block: usize) -> Result<(), ExportError> {
        let place = &self.layout.layers[layer][block];
        let (cell, hidden) = (place.cell, place.hidden);
        let state = self.member(&format!("hidden_{layer}_{block}"), hidden);
        _ = writeln!(self.step, "    /* layer {layer}, block {block}: {cell}, {hidden} units */");

        let bias = format!("bias_{layer}_{block}");
        let values = place.fused_biases(self.network.parameters());
        if let Some(&value) = values.iter().find(|value| !value.is_finite()) {
            return Err(ExportError::BiasOverflow { name: format!("layer {layer}"), value });
        }
        self.cost.other_bytes += 4 * values.len();
        self.constants += &floats(&bias, &values);
        _ = writeln!(self.step, "    load({bias}, {}, sums);", values.len());

        let hidden_sums = match cell.hidden_start() {
            0 => "sums".to_owned(),
            start => format!("sums + {}", start * hidden),
        };
        let hidden_order: Vec<usize> = (0..cell.gates()).collect();
        for (part, range, columns, order, sums) in [
            ("weight_ih", &place.weight_ih, place.inputs, cell.input_gates(), "sums"),
            ("weight_hh", &place.weight_hh, hidden, &hidden_order, hidden_sums.as_str()),
        ] {
            let name = format!("{part}_{layer}_{block}");
            let units = if part == "weight_hh" { hidden } else { 0 };
            let Some(matrix) = self.matrix(range, columns, hidden, order, units) else { continue };
            let read = if part == "weight_ih" { self.input(layer, block) } else { state.clone() };
            self.cost += matrix.cost();
            self.constants += &matrix.constants(&name);
            self.products.insert(matrix.product());
            self.step += &matrix.call(&name, &read, sums);
        }
        if cell.has_memory() {
            let memory = self.member(&format!("memory_{layer}_{block}"), hidden);
            _ = writeln!(self.step, "    {cell}(sums, {hidden}, {state}, {memory});\n");
        } else {
            _ = writeln!(self.step, "    {cell}(sums, {hidden}, {state});\n");
        }
        Ok(())
    }

    /// Adds an array to the state; returns its name in the functions.
    fn member(&mut self, name: &str, size: usize) -> String {
        _ = writeln!(self.state, "    float {name}[{size}];");
        _ = writeln!(self.reset, "    clear(state->{name}, {size});");
        self.state_bytes += 4 * size;
        format!("state->{name}")
    }

    /// The input of a block; several sources are copied next to each other.
    fn input(&mut self, layer: usize, block: usize) -> String {
        let architecture = self.network.architecture();
        let sources = &architecture.layers[layer].blocks[block].sources;
        self.reads_input |= sources.contains(&Source::Input);
        if let [only] = sources[..] {
            return self.output(only);
        }
        let mut first = 0;
        for &source in sources {
            let size = architecture.source_size(source);
            let output = self.output(source);
            _ = writeln!(self.step, "    copy({output}, {size}, inputs + {first});");
            first += size;
        }
        self.joined = self.joined.max(first);
        "inputs".to_owned()
    }

    /// The output of a source in this step.
    fn output(&self, source: Source) -> String {
        match source {
            Source::Input => "entering".to_owned(),
            Source::Layer(layer) if self.layout.layers[layer].len() > 1 => {
                format!("state->output_{layer}")
            }
            Source::Layer(layer) => format!("state->hidden_{layer}_0"),
        }
    }

    /// The matrix at `range`, with its gates (of `hidden` rows each) in `order`. A recurrent matrix
    /// has squares of `units` rows; 0 for others.
    fn matrix(
        &self,
        range: &Range<usize>,
        columns: usize,
        hidden: usize,
        order: &[usize],
        units: usize,
    ) -> Option<Matrix> {
        let weights = &self.network.parameters()[range.clone()];
        let left = self.network.masks().kept_in(range.clone());
        let size = hidden * columns;
        let places = order.iter().flat_map(|gate| gate * size..(gate + 1) * size);
        let (weights, left): (Vec<f32>, Vec<bool>) =
            places.map(|place| (weights[place], left[place])).unzip();
        Matrix::of_floats(&weights, &left, columns, units)
    }

    /// What is read of the layers, and the linear layers that it goes through.
    fn readout(&mut self) {
        let architecture = self.network.architecture();
        let width = architecture.readout_width();
        let read = match &architecture.reads {
            Reads::LastLayer => self.output(Source::Layer(architecture.layers.len() - 1)),
            Reads::Units(_) => "read".to_owned(),
        };
        let gather: String = match &architecture.reads {
            Reads::LastLayer => String::new(),
            Reads::Units(units) => {
                let mut gather = format!("    float read[{width}];\n");
                for (at, &(layer, unit)) in units.iter().enumerate() {
                    let output = self.output(Source::Layer(layer));
                    _ = writeln!(gather, "    read[{at}] = {output}[{unit}];");
                }
                gather
            }
        };
        let mut read = match architecture.pooling {
            Pooling::Last | Pooling::LastStep => {
                self.logits += &gather;
                read
            }
            pooling => self.pool(pooling, width, &gather, &read),
        };
        let last = self.layout.linears.len() - 1;
        for (at, linear) in self.layout.linears.iter().enumerate() {
            let bias = &self.network.parameters()[linear.bias.clone()];
            let order = [0];
            let weight = self.matrix(&linear.weight, linear.inputs, linear.outputs, &order, 0);
            let (name, to) = match at == last {
                true => ("readout".to_owned(), "logits".to_owned()),
                false => (format!("head_{at}"), format!("units_{at}")),
            };
            let outputs = linear.outputs;
            self.cost.other_bytes += 4 * bias.len();
            self.constants += &floats(&format!("{name}_bias"), bias);
            if at < last {
                self.declared += &format!("    float {to}[{outputs}];\n");
            }
            _ = writeln!(self.logits, "    load({name}_bias, {outputs}, {to});");
            if let Some(weight) = weight {
                self.cost += weight.cost().of_readout();
                self.constants += &weight.constants(&format!("{name}_weight"));
                self.products.insert(weight.product());
                self.logits += &weight.call(&format!("{name}_weight"), &read, &to);
            }
            if at < last {
                let activation = activation(architecture.head.activation);
                _ = writeln!(self.logits, "    {activation}({to}, {outputs}, {to});");
            }
            read = to;
        }
        self.logits = std::mem::take(&mut self.declared) + &self.logits;
    }

    /// Keeps what is read at each step: a sum, or all of it. Returns what the first linear layer
    /// reads. `gather` are the lines that put the `width` values of a step into `read`.
    fn pool(&mut self, pooling: Pooling, width: usize, gather: &str, read: &str) -> String {
        let size = match pooling {
            Pooling::All { steps } => steps * width,
            Pooling::Last | Pooling::LastStep | Pooling::Mean => width,
        };
        let pooled = self.member("pooled", size);
        self.state += "    int steps;\n";
        self.reset += "    state->steps = 0;\n";
        self.state_bytes += 4;
        self.step += "    {\n";
        for line in gather.lines() {
            _ = writeln!(self.step, "    {line}");
        }
        match pooling {
            Pooling::All { steps } => {
                _ = writeln!(
                    self.step,
                    "        if (state->steps < {steps}) {{\n            \
                     copy({read}, {width}, {pooled} + state->steps * {width});\n            \
                     state->steps++;\n        }}"
                );
            }
            Pooling::Last | Pooling::LastStep | Pooling::Mean => {
                _ = writeln!(
                    self.step,
                    "        add({read}, {width}, {pooled});\n        state->steps++;"
                );
            }
        }
        self.step += "    }\n";
        if matches!(pooling, Pooling::All { .. }) {
            return pooled;
        }
        self.declared += &format!("    float mean[{width}];\n    int at;\n");
        _ = writeln!(
            self.logits,
            "    for (at = 0; at < {width}; at++) {{\n        \
             mean[at] = {pooled}[at] / (float)(state->steps > 0 ? state->steps : 1);\n    }}"
        );
        "mean".to_owned()
    }
}

/// The functions that the network needs, and no others, because an unused function would cause a
/// warning.
fn functions(network: &Network, writer: &Writer) -> String {
    let mut functions = String::from(text::LOAD) + text::CLEAR;
    let blocks = &network.layout().layers;
    let architecture = network.architecture();
    let added = blocks.iter().any(|blocks| blocks.len() > 1);
    if added || writer.joined > 0 || matches!(architecture.pooling, Pooling::All { .. }) {
        functions += text::COPY;
    }
    if added || architecture.pooling == Pooling::Mean {
        functions += text::ADD;
    }
    functions.extend(writer.products.iter().map(|product| product.definition()));
    let head = (!architecture.head.is_empty()).then(|| activation(architecture.head.activation));
    let used =
        |cell: Cell| head == Some(cell) || blocks.iter().flatten().any(|block| block.cell == cell);
    if used(Cell::Gru) || used(Cell::Lstm) {
        functions += text::SIGMOID;
    }
    functions.extend(Cell::ALL.into_iter().filter(|&cell| used(cell)).map(text::cell));
    functions
}
