//! A model in ONNX with standard operators.
//!
//! The input `tokens` is `[steps, batch]`, both of any size, in 64-bit integers. A model that reads
//! series has the input `series`, `[steps, batch, channels]`, with unscaled floats: scaling is part
//! of the network. The output `logits` is `[batch, classes]`, or where an answer is asked at each step
//! `[steps, batch, classes]`. Models that answer with numbers have these there.
//!
//! If the model's readout is at the padded end, it answers after the last step: pad with token 0,
//! or each channel with its mean, as in training. If the readout is at each sequence's own last
//! step, or reads the mean of all, or a layer reads backwards, there is also an input `lengths`,
//! `[batch]`.
//!
//! Each block is an `RNN`, `GRU` or `LSTM` operator. Its sources are joined by `Concat`, and the
//! outputs of the blocks of a layer are summed by `Add`; apart from that, a network wired as a
//! graph is like a stack. Masked weights are stored as zeros, because ONNX has no sparse recurrent
//! operator.
//!
//! A model can also be exported for streams: it then continues from states that are inputs,
//! `hidden_L_B` and `memory_L_B` of layer `L` and its block `B`, `[1, batch, units]`, and gives
//! those after its steps as outputs, `next_hidden_L_B` and so on. Where the mean is read, there are
//! `sum_L`, `[batch, units]`, of layer `L`, and `count`, `[batch, 1]`. All are zeros at the beginning.
//! A call may have one step or many, and `logits` answers after the last of them, or at each if the
//! task asks at each step; there are no `lengths`.
//!
//! ONNX has the gates of a GRU in the order update, reset, new, and those of an LSTM in the order
//! input, output, forget, cell. With `linear_before_reset`, its GRU equals ours.

mod message;

use super::super::Model;
use super::{ExportError, check_finite};
use crate::cell::Cell;
use crate::data::Encoding;
use crate::network::{Activation, BlockLayout, Network, Readout, Reads, Source};
use message::{
    Message, Size, float_value, floats, int_attribute, int_value, ints, ints_attribute, node,
    text_attribute, texts_attribute,
};

/// The versions of the format and of its operators: old enough for the runtimes in use, and new
/// enough for the present definitions of `GRU` and `LSTM`.
const IR_VERSION: u64 = 7;
const OPERATORS: u64 = 14;

/// The bytes of an ONNX file of `model`, for streams if `stream` is set. The metadata contains
/// `labels` (a JSON list in the order of the logits) and `readout`. For tokens it also contains
/// `vocabulary`: the characters from token 1 on, or a JSON list of the words from token 2 on (1 is any
/// other word). For series it contains `padding`, a JSON list of the numbers of a padding step: the
/// mean of each channel.
///
/// # Errors
/// If a weight is not finite, or the mean of all steps so far is read at each step. For streams, if a
/// layer reads backwards, or the readout reads all steps side by side.
pub fn onnx_bytes(model: &Model, stream: bool) -> Result<Vec<u8>, ExportError> {
    check_finite(model)?;
    let network = &model.network;
    let each_step = model.task.each_step();
    let backwards = network.architecture().reads_backwards();
    if stream && backwards {
        return Err(ExportError::ReadsBackwards { what: "a stream" });
    }
    if stream && model.readout == Readout::All {
        return Err(ExportError::AllSteps);
    }
    let states = stream.then(Vec::new);
    let mut graph =
        Graph { network, nodes: Vec::new(), weights: Vec::new(), has_mean: false, states };
    let at_lengths = match model.readout {
        _ if stream => false,
        Readout::Last | Readout::LastStep => !each_step || backwards,
        Readout::Mean => true,
        Readout::Padded | Readout::All => false,
    };
    if model.encoding.vocabulary().is_some() || at_lengths {
        for (name, value) in [("zero", 0), ("nowhere", i64::from(i32::MAX))] {
            graph.weights.push(ints(name, &[], &[value]));
        }
    }
    graph.entrance(&model.encoding);
    if at_lengths {
        graph.places();
    }
    if at_lengths && backwards {
        let kind = int_attribute("to", message::INT32);
        graph.node("Cast", &["checked_lengths"], "short_lengths", &[kind]);
    }
    let outputs = graph.layers(if at_lengths { "short_lengths" } else { "" });
    let readout = match (each_step, model.readout) {
        (true, Readout::Mean) => return Err(ExportError::MeanAtEachStep),
        (true, _) => None,
        // All steps of a call are those of the sequence.
        (false, Readout::Last | Readout::LastStep) if stream => Some(Readout::Padded),
        (false, readout) => Some(readout),
    };
    let read = graph.read(&outputs, readout);
    graph.head(&read, each_step);

    let classes = model.network.architecture().classes;
    let (steps, batch) = (Size::Any("steps"), Size::Any("batch"));
    let mut inputs = vec![match &model.encoding {
        Encoding::Vocabulary(_) => int_value("tokens", &[steps, batch]),
        Encoding::Scaling(scaling) => {
            float_value("series", &[steps, batch, Size::Fixed(scaling.channels())])
        }
    }];
    if at_lengths {
        inputs.push(int_value("lengths", &[Size::Any("batch")]));
    }
    let states = graph.states.unwrap_or_default();
    inputs.extend(states.iter().map(|state| state.value("")));
    let steps = each_step.then_some(Size::Any("steps"));
    let shape = steps.into_iter().chain([Size::Any("batch"), Size::Fixed(classes)]);
    let logits = [float_value("logits", &shape.collect::<Vec<_>>())];
    let outputs = logits.into_iter().chain(states.iter().map(|state| state.value("next_")));
    let outputs: Vec<Message> = outputs.collect();
    let body = Message::new()
        .messages(1, &graph.nodes)
        .text(2, "network")
        .messages(5, &graph.weights)
        .messages(11, &inputs)
        .messages(12, &outputs);

    let labels = serde_json::to_string(model.task.labels()).expect("labels are plain data");
    let mut metadata = vec![("labels", labels)];
    metadata.push(match &model.encoding {
        Encoding::Vocabulary(vocabulary) => {
            let tokens = match (vocabulary.characters(), vocabulary.words()) {
                (Some(characters), _) => characters[1..].iter().collect(),
                (_, words) => serde_json::to_string(&words).expect("words are plain data"),
            };
            ("vocabulary", tokens)
        }
        Encoding::Scaling(scaling) => {
            ("padding", serde_json::to_string(scaling.mean()).expect("numbers are plain data"))
        }
    });
    metadata.push(("readout", model.readout.to_string()));
    let entry = |(key, value): (&str, String)| Message::new().text(1, key).text(2, &value);
    let metadata: Vec<Message> = metadata.into_iter().map(entry).collect();
    let file = Message::new()
        .int(1, IR_VERSION)
        .text(2, "rarefy")
        .message(7, &body)
        .message(8, &Message::new().text(1, "").int(2, OPERATORS))
        .messages(14, &metadata);
    Ok(file.into_bytes())
}

struct Graph<'n> {
    network: &'n Network,
    nodes: Vec<Message>,
    weights: Vec<Message>,
    has_mean: bool,
    /// For streams, what a call hands to the next.
    states: Option<Vec<State>>,
}

/// An input, and an output whose name begins with `next_`.
struct State {
    name: String,
    units: usize,
    /// Whether the operators have an axis of directions before the batch.
    has_directions: bool,
}

impl State {
    fn value(&self, before: &str) -> Message {
        let directions = self.has_directions.then_some(Size::Fixed(1));
        let sizes = directions.into_iter().chain([Size::Any("batch"), Size::Fixed(self.units)]);
        float_value(&format!("{before}{}", self.name), &sizes.collect::<Vec<_>>())
    }
}

impl Graph<'_> {
    /// In streams, adds a state; returns its names as an input and as an output.
    fn state(&mut self, name: String, units: usize, has_directions: bool) -> Option<[String; 2]> {
        let names = [name.clone(), format!("next_{name}")];
        self.states.as_mut()?.push(State { name, units, has_directions });
        Some(names)
    }

    fn node(&mut self, operator: &str, inputs: &[&str], output: &str, attributes: &[Message]) {
        self.nodes.push(node(operator, inputs, &[output], attributes));
    }

    /// The input of the first layer, `entering`: `[steps, batch, units]`.
    fn entrance(&mut self, encoding: &Encoding) {
        match encoding {
            Encoding::Vocabulary(vocabulary) => {
                let layout = self.network.layout();
                let embedding = &self.network.parameters()[layout.embedding.clone()];
                let shape = [vocabulary.len(), layout.embedding_width];
                self.weights.push(floats("embedding", &shape, embedding));
                self.refuse_negative("tokens", "tokens", "known_tokens");
                self.node("Gather", &["embedding", "known_tokens"], "entering", &[]);
            }
            Encoding::Scaling(scaling) => {
                let channels = [scaling.channels()];
                self.weights.push(floats("mean", &channels, scaling.mean()));
                self.weights.push(floats("factor", &channels, scaling.factor()));
                self.node("Sub", &["series", "mean"], "shifted", &[]);
                self.node("Mul", &["shifted", "factor"], "entering", &[]);
            }
        }
    }

    /// `places` under another name, but outside of every array where `values` are negative.
    fn refuse_negative(&mut self, values: &str, places: &str, checked: &str) {
        let negative = format!("negative_{values}");
        self.node("Less", &[values, "zero"], &negative, &[]);
        self.node("Where", &[&negative, "nowhere", places], checked, &[]);
    }

    /// The layers; returns the names of their outputs, `[steps, batch, units]`. `lengths` is the name
    /// of the number of steps of each sequence, if it is known.
    fn layers(&mut self, lengths: &str) -> Vec<String> {
        let network = self.network;
        let (layout, architecture) = (network.layout(), network.architecture());
        self.weights.push(ints("directions", &[1], &[1]));
        let mut outputs: Vec<String> = Vec::new();
        for (at, (layer, places)) in architecture.layers.iter().zip(&layout.layers).enumerate() {
            let mut sum = String::new();
            for (number, (block, place)) in layer.blocks.iter().zip(places).enumerate() {
                let name = format!("{at}_{number}");
                let sources: Vec<&str> = block
                    .sources
                    .iter()
                    .map(|source| match source {
                        Source::Input => "entering",
                        Source::Layer(layer) => outputs[*layer].as_str(),
                    })
                    .collect();
                let hidden = self.block(&name, place, &sources, lengths);
                sum = if number == 0 {
                    hidden
                } else {
                    let added = format!("sum_{name}");
                    self.node("Add", &[&sum, &hidden], &added, &[]);
                    added
                };
            }
            outputs.push(sum);
        }
        outputs
    }

    /// A block; returns the name of its hidden states, `[steps, batch, units]`.
    fn block(
        &mut self,
        name: &str,
        place: &BlockLayout,
        sources: &[&str],
        lengths: &str,
    ) -> String {
        let parameters = self.network.parameters();
        let (gates, hidden, inputs) = (place.cell.gates(), place.hidden, place.inputs);
        let order = gate_order(place.cell);
        let gate = |values: &[f32]| -> Vec<f32> {
            let size = values.len() / gates;
            order.iter().flat_map(|&gate| values[gate * size..][..size].to_vec()).collect()
        };
        let of = |range: &std::ops::Range<usize>| gate(&parameters[range.clone()]);
        let [weight_ih, weight_hh, bias] =
            ["weight_ih", "weight_hh", "bias"].map(|part| format!("{part}_{name}"));
        let rows = place.rows();
        self.weights.push(floats(&weight_ih, &[1, rows, inputs], &of(&place.weight_ih)));
        self.weights.push(floats(&weight_hh, &[1, rows, hidden], &of(&place.weight_hh)));
        let biases = [of(&place.bias_ih), of(&place.bias_hh)].concat();
        self.weights.push(floats(&bias, &[1, 2 * rows], &biases));

        let joined = format!("inputs_{name}");
        let input = match sources {
            [only] => only,
            _ => {
                self.node("Concat", sources, &joined, &[int_attribute("axis", 2)]);
                joined.as_str()
            }
        };
        let size = int_attribute("hidden_size", hidden as u64);
        let (operator, more) = match place.cell {
            Cell::RnnTanh => ("RNN", texts_attribute("activations", &["Tanh"])),
            Cell::RnnRelu => ("RNN", texts_attribute("activations", &["Relu"])),
            Cell::Gru => ("GRU", int_attribute("linear_before_reset", 1)),
            Cell::Lstm => ("LSTM", int_attribute("input_forget", 0)),
        };
        let (states, output) = (format!("states_{name}"), format!("output_{name}"));
        let mut inputs = vec![input, &weight_ih, &weight_hh, &bias];
        let mut attributes = vec![size, more];
        if place.reversed {
            attributes.push(text_attribute("direction", "reverse"));
            inputs.extend((!lengths.is_empty()).then_some(lengths));
        }
        let mut outputs = vec![states.as_str()];
        let hidden_state = self.state(format!("hidden_{name}"), hidden, true);
        let memory_state = match place.cell.has_memory() {
            true => self.state(format!("memory_{name}"), hidden, true),
            false => None,
        };
        let kept: Vec<_> = hidden_state.iter().chain(&memory_state).collect();
        if !kept.is_empty() {
            // No lengths.
            inputs.push("");
        }
        for [before, after] in kept {
            inputs.push(before);
            outputs.push(after);
        }
        self.nodes.push(node(operator, &inputs, &outputs, &attributes));
        // [steps, directions, batch, units]
        self.node("Squeeze", &[&states, "directions"], &output, &[]);
        output
    }

    /// The units that the readout reads, pooled over the steps at which it reads them:
    /// `[batch, units]`. If `readout` is `None`, that is each step: `[steps, batch, units]`.
    fn read(&mut self, outputs: &[String], readout: Option<Readout>) -> String {
        let architecture = self.network.architecture();
        if readout == Some(Readout::Padded) {
            self.weights.push(ints("last", &[], &[-1]));
        }
        let any_reversed = architecture.reads_backwards();
        if any_reversed && matches!(readout, Some(Readout::Padded | Readout::Last)) {
            self.weights.push(ints("first", &[], &[0]));
        }
        let axis = if readout.is_none() || readout == Some(Readout::All) { 2 } else { 1 };
        let axis = || int_attribute("axis", axis);
        let read = match &architecture.reads {
            Reads::LastLayer => self.read_steps(outputs.len() - 1, outputs, readout),
            Reads::Units(units) => {
                let mut parts: Vec<String> = Vec::new();
                for layer in 0..outputs.len() {
                    let of_layer = units.iter().filter(|unit| unit.0 == layer);
                    let places: Vec<i64> = of_layer.map(|unit| unit.1 as i64).collect();
                    if places.is_empty() {
                        continue;
                    }
                    let steps = self.read_steps(layer, outputs, readout);
                    let [which, part] = ["units", "read"].map(|what| format!("{what}_{layer}"));
                    self.weights.push(ints(&which, &[places.len()], &places));
                    self.node("Gather", &[&steps, &which], &part, &[axis()]);
                    parts.push(part);
                }
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                self.node("Concat", &parts, "read", &[axis()]);
                "read".to_owned()
            }
        };
        if readout != Some(Readout::All) {
            return read;
        }
        // [steps, batch, units] as [batch, steps * units]
        let width = architecture.readout_inputs() as i64;
        self.weights.push(ints("side_by_side", &[2], &[-1, width]));
        self.node("Transpose", &[&read], "by_sequence", &[ints_attribute("perm", &[1, 0, 2])]);
        self.node("Reshape", &["by_sequence", "side_by_side"], "all_read", &[]);
        "all_read".to_owned()
    }

    /// The states of one layer at the steps at which the readout reads, as [`Graph::read`].
    fn read_steps(&mut self, layer: usize, outputs: &[String], readout: Option<Readout>) -> String {
        let output = &outputs[layer];
        let reversed = self.network.architecture().layers[layer].reversed;
        let step = format!("{output}_read");
        match readout {
            None | Some(Readout::All) => return output.clone(),
            // The last step of a layer that reads backwards is the first of the sequence.
            Some(Readout::Padded | Readout::Last) if reversed => {
                self.node("Gather", &[output, "first"], &step, &[int_attribute("axis", 0)]);
            }
            Some(Readout::Padded) => {
                self.node("Gather", &[output, "last"], &step, &[int_attribute("axis", 0)]);
            }
            Some(Readout::Last | Readout::LastStep) => {
                let last = format!("{output}_last");
                self.node("GatherND", &[output, "places"], &last, &[]);
                self.node("Mul", &[&last, "begun"], &step, &[]);
            }
            Some(Readout::Mean) if self.states.is_some() => {
                let units = self.network.architecture().layers[layer].size;
                let sum = format!("{output}_summed");
                let keep = int_attribute("keepdims", 0);
                self.mean_of_stream(output);
                self.node("ReduceSum", &[output, "step_axis"], &sum, &[keep]);
                if let Some([before, after]) = self.state(format!("sum_{layer}"), units, false) {
                    self.node("Add", &[&before, &sum], &after, &[]);
                    self.node("Div", &[&after, "next_count"], &step, &[]);
                }
            }
            Some(Readout::Mean) => {
                let [kept, sum] = ["kept", "summed"].map(|what| format!("{output}_{what}"));
                self.mean(output);
                self.node("Where", &["is_step", output, "nothing"], &kept, &[]);
                let keep = int_attribute("keepdims", 0);
                self.node("ReduceSum", &[&kept, "step_axis"], &sum, &[keep]);
                self.node("Div", &[&sum, "step_counts"], &step, &[]);
            }
        }
        step
    }

    /// What means need, once: `is_step` `[steps, batch, 1]` says whether a step belongs to its
    /// sequence; `step_counts` `[batch, 1]` is the number of steps of each, at least 1.
    fn mean(&mut self, output: &str) {
        if std::mem::replace(&mut self.has_mean, true) {
            return;
        }
        self.weights.push(ints("step_axis", &[1], &[0]));
        self.weights.push(ints("ends", &[2], &[1, 2]));
        self.weights.push(floats("nothing", &[], &[0.0]));
        self.node("Shape", &[output], "sizes", &[]);
        self.node("Gather", &["sizes", "zero"], "step_count", &[int_attribute("axis", 0)]);
        self.node("Range", &["zero", "step_count", "one"], "step_numbers", &[]);
        self.node("Unsqueeze", &["step_numbers", "ends"], "steps_down", &[]);
        self.node("Unsqueeze", &["checked_lengths", "column"], "lengths_across", &[]);
        self.node("Less", &["steps_down", "lengths_across"], "is_step", &[]);
        self.node("Max", &["checked_lengths", "one"], "counts", &[]);
        self.node("Unsqueeze", &["counts", "column"], "count_column", &[]);
        let kind = int_attribute("to", message::FLOAT);
        self.node("Cast", &["count_column"], "step_counts", &[kind]);
    }

    /// What means of streams need, once: `next_count` `[batch, 1]`, the number of steps so far.
    fn mean_of_stream(&mut self, output: &str) {
        if std::mem::replace(&mut self.has_mean, true) {
            return;
        }
        self.weights.push(ints("step_axis", &[1], &[0]));
        self.weights.push(ints("first_size", &[], &[0]));
        self.node("Shape", &[output], "sizes", &[]);
        self.node("Gather", &["sizes", "first_size"], "step_count", &[int_attribute("axis", 0)]);
        let kind = int_attribute("to", message::FLOAT);
        self.node("Cast", &["step_count"], "steps_now", &[kind]);
        if let Some([before, after]) = self.state("count".to_owned(), 1, false) {
            self.node("Add", &[&before, "steps_now"], &after, &[]);
        }
    }

    /// `places` `[batch, 2]` is the last step of each sequence, and the position of the sequence in
    /// the batch; for a sequence without steps it is the first step. `begun` `[batch, 1]` is 0 for
    /// sequences without steps, whose state is zero, and 1 for others.
    fn places(&mut self) {
        self.weights.push(ints("one", &[], &[1]));
        self.weights.push(ints("column", &[1], &[1]));
        self.refuse_negative("lengths", "lengths", "checked_lengths");
        self.node("Min", &["checked_lengths", "one"], "any_steps", &[]);
        self.node("Sub", &["checked_lengths", "any_steps"], "last_steps", &[]);
        self.node("Cast", &["any_steps"], "any", &[int_attribute("to", message::FLOAT)]);
        self.node("Unsqueeze", &["any", "column"], "begun", &[]);
        self.node("Size", &["lengths"], "batch", &[]);
        self.node("Range", &["zero", "batch", "one"], "members", &[]);
        self.node("Unsqueeze", &["last_steps", "column"], "step_column", &[]);
        self.node("Unsqueeze", &["members", "column"], "member_column", &[]);
        let axis = int_attribute("axis", 1);
        self.node("Concat", &["step_column", "member_column"], "places", &[axis]);
    }

    /// The linear layers, the last of which gives `logits`.
    fn head(&mut self, read: &str, each_step: bool) {
        let (network, layout) = (self.network, self.network.layout());
        let mut read = read.to_owned();
        let last = layout.linears.len() - 1;
        for (at, linear) in layout.linears.iter().enumerate() {
            let weight = &network.parameters()[linear.weight.clone()];
            let bias = &network.parameters()[linear.bias.clone()];
            let (outputs, inputs) = (linear.outputs, linear.inputs);
            let [name, to] = match at == last {
                true => ["readout".to_owned(), "logits".to_owned()],
                false => ["head", "sums"].map(|what| format!("{what}_{at}")),
            };
            let [weight_name, bias_name] = ["weight", "bias"].map(|part| format!("{name}_{part}"));
            self.weights.push(floats(&bias_name, &[outputs], bias));
            if each_step {
                let column =
                    |input: usize| (0..outputs).map(move |row| weight[row * inputs + input]);
                let columns: Vec<f32> = (0..inputs).flat_map(column).collect();
                self.weights.push(floats(&weight_name, &[inputs, outputs], &columns));
                let weighted = format!("{name}_weighted");
                self.node("MatMul", &[&read, &weight_name], &weighted, &[]);
                self.node("Add", &[&weighted, &bias_name], &to, &[]);
            } else {
                self.weights.push(floats(&weight_name, &[outputs, inputs], weight));
                let transposed = int_attribute("transB", 1);
                self.node("Gemm", &[&read, &weight_name, &bias_name], &to, &[transposed]);
            }
            read = to;
            if at < last {
                let operator = match network.architecture().head.activation {
                    Activation::Relu => "Relu",
                    Activation::Tanh => "Tanh",
                };
                let active = format!("active_{at}");
                self.node(operator, &[&read], &active, &[]);
                read = active;
            }
        }
    }
}

/// Our gates in the order of ONNX.
fn gate_order(cell: Cell) -> &'static [usize] {
    match cell {
        Cell::RnnTanh | Cell::RnnRelu => &[0],
        Cell::Gru => &[1, 0, 2],
        Cell::Lstm => &[0, 3, 1, 2],
    }
}
