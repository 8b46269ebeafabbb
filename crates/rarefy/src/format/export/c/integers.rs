//! A model in integers as C: to the bit what [`Quantized`] computes.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::entrance::Entrance;
use super::matrix::{Cost, Matrix, Product, signed};
use super::source::{CSource, activation, identifier};
use super::text::{self, integers as functions};
use crate::cell::Cell;
use crate::format::Model;
use crate::network::{Pooling, Source};
use crate::quantize::{self, Block, Layer, Linear, Quantized, TANH};

/// The file of `model`, whose integers are given.
pub(super) fn written(model: &Model, integers: &Quantized, name: &str) -> CSource {
    let name = identifier(name);
    let mut writer = Writer::new(integers);
    for layer in 0..integers.layers.len() {
        writer.layer(layer);
    }
    writer.readout();
    let reads_input = writer.step.contains("entering");
    let entrance = Entrance::of_integers(model, &integers.entrance, reads_input);
    let table = if writer.reads_table() { 2 * TANH.len() } else { 0 };
    for cost in [&mut writer.cost, &mut writer.dense] {
        cost.other_bytes += entrance.embedding_bytes + entrance.bytes + table;
    }
    let classes = integers.outputs();
    let is_series = matches!(integers.entrance, quantize::Entrance::Series(_));
    let (steps, step) = writer.step(&name, &entrance, is_series);
    let answer = format!(
        "void {name}_integer_logits(const {name}_state *state, int32_t logits[{classes}])\n{{\n{}}}\n\n",
        writer.logits
    );
    let unit = integers.logit_unit();
    let logits = format!(
        "    int32_t integers[{classes}];\n    int at;\n    {name}_integer_logits(state, integers);\n    \
         for (at = 0; at < {classes}; at++) {{\n        \
         logits[at] = (float) integers[at] * {unit:?}f;\n    }}\n"
    );
    let mut declared = format!(
        "/* The same answer in units of 2^{}, without a float. */\n\
         void {name}_integer_logits(const {name}_state *state, int32_t logits[{classes}]);\n",
        -integers.logit_bits
    );
    if is_series {
        let channels = integers.entrance.width();
        declared = format!(
            "/* A step in two parts: numbers as the integers that the layers read, and reading them. */\n\
             void {name}_quantize(const float numbers[{channels}], int8_t entering[{channels}]);\n\
             void {name}_step_integers({name}_state *state, const int8_t entering[{channels}]);\n"
        ) + &declared;
    }
    let text = text::File {
        model,
        name: &name,
        cost: writer.cost,
        dense: writer.dense,
        state_bytes: writer.state_bytes,
        state: &writer.state,
        constants: &format!("{}{}", entrance.constants, writer.constants()),
        functions: &(writer.functions(is_series) + &steps + &answer),
        reset: &writer.reset,
        given: entrance.given,
        token: &entrance.token,
        step: &step,
        logits: &logits,
        integers: Some(&declared),
    };
    let (text, state_bytes) = (text.to_string(), writer.state_bytes);
    CSource { text, cost: writer.cost, dense: writer.dense, state_bytes }
}

/// The parts of the file that depend on the network, while they are collected.
struct Writer<'q> {
    integers: &'q Quantized,
    cost: Cost,
    dense: Cost,
    state_bytes: usize,
    state: String,
    reset: String,
    matrices: String,
    products: BTreeSet<Product>,
    /// The bits of biases.
    loads: BTreeSet<usize>,
    cells: BTreeSet<Cell>,
    /// The largest number of values that a matrix reads and of sums that a block has.
    widest: usize,
    sums: usize,
    step: String,
    logits: String,
}

impl<'q> Writer<'q> {
    fn new(integers: &'q Quantized) -> Self {
        Self {
            integers,
            cost: Cost::default(),
            dense: Cost::default(),
            state_bytes: 0,
            state: String::new(),
            reset: String::new(),
            matrices: String::new(),
            products: BTreeSet::new(),
            loads: BTreeSet::new(),
            cells: BTreeSet::new(),
            widest: 0,
            sums: 0,
            step: String::new(),
            logits: String::new(),
        }
    }

    /// Adds an array to the state; returns its name in the functions.
    fn member(&mut self, bits: usize, name: &str, size: usize) -> String {
        _ = writeln!(self.state, "    int{bits}_t {name}[{size}];");
        _ = writeln!(self.reset, "    memset(state->{name}, 0, sizeof state->{name});");
        self.state_bytes += bits / 8 * size;
        format!("state->{name}")
    }

    /// The constants of a bias, and the call that loads it.
    fn bias(&mut self, name: &str, bias: &[i32], sums: &str) -> String {
        let is_short = bias.iter().all(|&bias| i16::try_from(bias).is_ok());
        let bits = if is_short { 16 } else { 32 };
        for cost in [&mut self.cost, &mut self.dense] {
            cost.other_bytes += bits / 8 * bias.len();
        }
        self.loads.insert(bits);
        self.matrices += &signed(&format!("int{bits}_t"), name, bias);
        format!("    load_{bits}({name}, {}, {sums});\n", bias.len())
    }

    /// The call that adds the product with a matrix, if any weight is left in it.
    fn product(
        &mut self,
        name: &str,
        matrix: &quantize::Matrix,
        units: usize,
        [input, sums]: [&str; 2],
    ) -> Option<(String, Cost)> {
        let stored = Matrix::of_integers(matrix, units)?;
        self.matrices += &stored.constants(name);
        self.products.insert(stored.product());
        Some((stored.call(name, input, sums), stored.cost()))
    }

    fn layer(&mut self, at: usize) {
        let Layer { blocks, shift, .. } = &self.integers.layers[at];
        for (number, block) in blocks.iter().enumerate() {
            self.block(&format!("{at}_{number}"), block);
        }
        if blocks.len() > 1 {
            let size = blocks[0].hidden;
            let output = self.member(16, &format!("output_{at}"), size);
            _ = writeln!(self.step, "    clear(sums, {size});");
            for number in 0..blocks.len() {
                _ = writeln!(self.step, "    add(state->hidden_{at}_{number}, {size}, sums);");
            }
            _ = writeln!(self.step, "    lower(sums, {size}, {shift}, {output});\n");
        }
    }

    fn block(&mut self, at: &str, block: &Block) {
        let (cell, hidden) = (block.cell, block.hidden);
        let state = self.member(16, &format!("hidden_{at}"), hidden);
        self.cells.insert(cell);
        self.sums = self.sums.max(block.bias.len());
        self.widest = self.widest.max(hidden).max(block.weight_ih.columns);
        _ = writeln!(self.step, "    /* block {at}: {cell}, {hidden} units */");
        let load = self.bias(&format!("bias_{at}"), &block.bias, "sums");
        self.step += &load;
        let (mut reading, mut first) = (String::new(), 0);
        for &source in &block.sources {
            let size = self.source_size(source);
            reading += &match source {
                Source::Input => format!("    memcpy(input + {first}, entering, {size});\n"),
                Source::Layer(layer) => {
                    let (output, bits) =
                        (self.output(layer), self.integers.layers[layer].output_bits);
                    format!("    narrow({output}, {size}, {bits}, input + {first});\n")
                }
            };
            first += size;
        }
        let start = cell.hidden_start() * hidden;
        let hidden_sums = if start == 0 { "sums".to_owned() } else { format!("sums + {start}") };
        let own = format!("    narrow({state}, {hidden}, {}, input);\n", block.hidden_bits);
        for (part, matrix, reading, units, sums) in [
            ("weight_ih", &block.weight_ih, reading, 0, "sums"),
            ("weight_hh", &block.weight_hh, own, hidden, &hidden_sums),
        ] {
            let (weights, rows) = (matrix.weights.len(), matrix.rows);
            let all =
                Cost { weight_bytes: weights + rows, multiply_adds: weights, ..Cost::default() };
            self.dense += all;
            let product = self.product(&format!("{part}_{at}"), matrix, units, ["input", sums]);
            if let Some((call, cost)) = product {
                self.step += &(reading + &call);
                self.cost += cost;
            }
        }
        let more = if cell.has_memory() {
            let memory = self.member(16, &format!("memory_{at}"), hidden);
            format!(", {memory}, {}", block.memory_bits)
        } else {
            String::new()
        };
        _ = writeln!(self.step, "    {cell}(sums, {hidden}, {state}{more});\n");
    }

    fn source_size(&self, source: Source) -> usize {
        match source {
            Source::Input => self.integers.entrance.width(),
            Source::Layer(layer) => self.integers.layers[layer].blocks[0].hidden,
        }
    }

    /// The output of a layer in this step.
    fn output(&self, layer: usize) -> String {
        match self.integers.layers[layer].blocks.len() {
            1 => format!("state->hidden_{layer}_0"),
            _ => format!("state->output_{layer}"),
        }
    }

    /// What is read of the layers, and the linear layers that it goes through.
    fn readout(&mut self) {
        let (width, bits) = (self.integers.reads.len(), self.integers.read_bits);
        let last = self.integers.layers.len() - 1;
        let is_last_layer = width == self.integers.layers[last].blocks[0].hidden
            && self.integers.reads.iter().enumerate().all(|(at, read)| *read == (last, at));
        let (gather, read) = match is_last_layer {
            true => (String::new(), self.output(last)),
            false => {
                let mut gather = format!("    int16_t read[{width}];\n");
                for (at, &(layer, unit)) in self.integers.reads.iter().enumerate() {
                    _ = writeln!(gather, "    read[{at}] = {}[{unit}];", self.output(layer));
                }
                (gather, "read".to_owned())
            }
        };
        let columns = self.integers.linears[0].weight.columns;
        let mut declared = format!("    int8_t values[{}];\n", self.widest_linear());
        let mut body = String::new();
        let indented = |gather: &str| -> String {
            gather.lines().map(|line| format!("    {line}\n")).collect()
        };
        match self.integers.pooling {
            Pooling::Last | Pooling::LastStep => {
                let (declaration, rest) = gather.split_at(gather.find('\n').map_or(0, |at| at + 1));
                declared += declaration;
                body += rest;
                _ = writeln!(body, "    narrow({read}, {width}, {bits}, values);");
            }
            Pooling::Mean => {
                let pooled = self.member(32, "pooled", width);
                self.steps();
                let most = quantize::MOST_STEPS;
                _ = writeln!(
                    self.step,
                    "    if (state->steps < {most}) {{\n{}        add({read}, {width}, {pooled});\n        \
                     state->steps++;\n    }}",
                    indented(&gather)
                );
                _ = writeln!(declared, "    int16_t mean[{width}];\n    int at;");
                _ = writeln!(
                    body,
                    "    for (at = 0; at < {width}; at++) {{\n        \
                     mean[at] = (int16_t) ({pooled}[at] / (state->steps > 0 ? state->steps : 1));\n    \
                     }}\n    narrow(mean, {width}, {bits}, values);"
                );
            }
            Pooling::All { steps } => {
                let pooled = self.member(8, "pooled", columns);
                self.steps();
                _ = writeln!(
                    self.step,
                    "    if (state->steps < {steps}) {{\n{}        \
                     narrow({read}, {width}, {bits}, {pooled} + state->steps * {width});\n        \
                     state->steps++;\n    }}",
                    indented(&gather)
                );
                _ = writeln!(body, "    memcpy(values, {pooled}, {columns});");
            }
        }
        let linears = self.integers.linears.len();
        for (at, Linear { weight, bias, activation: follows }) in
            self.integers.linears.iter().enumerate()
        {
            let is_last = at + 1 == linears;
            let (name, sums) = match is_last {
                true => ("readout".to_owned(), "logits".to_owned()),
                false => (format!("head_{at}"), format!("sums_{at}")),
            };
            body += &self.bias(&format!("{name}_bias"), bias, &sums);
            let outputs = bias.len();
            let all = Cost {
                other_bytes: weight.weights.len() + weight.rows,
                readout_multiply_adds: weight.weights.len(),
                ..Cost::default()
            };
            self.dense += all;
            if let Some((call, cost)) =
                self.product(&format!("{name}_weight"), weight, 0, ["values", &sums])
            {
                body += &call;
                self.cost += cost.of_readout();
            }
            if let &Some((follows, lower)) = follows {
                let cell = activation(follows);
                self.cells.insert(cell);
                _ = writeln!(
                    declared,
                    "    int32_t {sums}[{outputs}];\n    int16_t units_{at}[{outputs}];"
                );
                _ = writeln!(body, "    {cell}({sums}, {outputs}, units_{at});");
                _ = writeln!(body, "    narrow(units_{at}, {outputs}, {lower}, values);");
            }
        }
        self.logits = declared + &body;
    }

    /// The widest input of a linear layer.
    fn widest_linear(&self) -> usize {
        self.integers.linears.iter().map(|linear| linear.weight.columns).max().unwrap_or(0)
    }

    /// Counts steps.
    fn steps(&mut self) {
        self.state += "    int32_t steps;\n";
        self.reset += "    state->steps = 0;\n";
        self.state_bytes += 4;
    }

    /// Functions for a step, and the body of the one that the caller knows.
    fn step(&self, name: &str, entrance: &Entrance, is_series: bool) -> (String, String) {
        let mut variables = format!("    int32_t sums[{}];\n", self.sums);
        if self.step.contains("input") {
            _ = writeln!(variables, "    int8_t input[{}];", self.widest);
        }
        if !is_series {
            let step = entrance.variables.clone() + &variables + &entrance.step + &self.step;
            return (String::new(), step);
        }
        let channels = self.integers.entrance.width();
        let unused = if self.step.contains("entering") { "" } else { "    (void) entering;\n" };
        let functions = format!(
            "void {name}_quantize(const float numbers[{channels}], int8_t entering[{channels}])\n\
             {{\n{}}}\n\n\
             void {name}_step_integers({name}_state *state, const int8_t entering[{channels}])\n\
             {{\n{variables}{unused}{}}}\n\n",
            entrance.step, self.step
        );
        let step = format!(
            "    int8_t entering[{channels}];\n    {name}_quantize(numbers, entering);\n    \
             {name}_step_integers(state, entering);\n"
        );
        (functions, step)
    }

    /// Whether it uses the table of tanh.
    fn reads_table(&self) -> bool {
        self.cells.iter().any(|&cell| cell != Cell::RnnRelu)
    }

    fn constants(&self) -> String {
        let table = match self.reads_table() {
            true => signed("int16_t", "tanh_values", &TANH),
            false => String::new(),
        };
        table + &self.matrices
    }

    /// The functions that the network needs, and no others.
    fn functions(&self, is_series: bool) -> String {
        let mut all = String::new();
        if is_series {
            all += functions::FIXED;
        }
        all.extend(self.loads.iter().map(|&bits| functions::load(bits)));
        if !is_series && self.step.contains("entering") {
            all += functions::LOAD_BYTES;
        }
        all += functions::NARROW;
        let several = self.integers.layers.iter().any(|layer| layer.blocks.len() > 1);
        if several || self.integers.pooling == Pooling::Mean {
            all += functions::ADD;
        }
        if several {
            all += functions::CLEAR;
            all += functions::LOWER;
        }
        if !self.products.is_empty() {
            all += functions::SCALED;
        }
        if self.products.iter().any(|product| product.adds_fours()) {
            all += functions::ADD_FOUR;
        }
        all.extend(self.products.iter().map(|product| product.definition()));
        if self.reads_table() {
            all += functions::TANH;
        }
        if [Cell::Gru, Cell::Lstm].iter().any(|cell| self.cells.contains(cell)) {
            all += functions::SIGMOID;
        }
        all.extend(self.cells.iter().map(|&cell| functions::cell(cell)));
        all
    }
}
