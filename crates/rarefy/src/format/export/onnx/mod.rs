//! A model in ONNX with standard operators.
//!
//! The input `tokens` is `[steps, batch]`, both of any size, in 64-bit integers. A model that reads
//! series has the input `series`, `[steps, batch, channels]`, with unscaled floats: scaling is part
//! of the network. The output `logits` is `[batch, classes]`, or where an answer is asked at each step
//! `[steps, batch, classes]`. Models that answer with numbers have these there.
//!
//! If the model's readout is at the padded end, it answers after the last step: pad with token 0,
//! or each channel with its mean, as in training. If the readout is at each sequence's own last
//! step, there is also an input `lengths`, `[batch]`.
//!
//! Each block is an `RNN`, `GRU` or `LSTM` operator. Its sources are joined by `Concat`, and the
//! outputs of the blocks of a layer are summed by `Add`; apart from that, a network wired as a
//! graph is like a stack. Masked weights are stored as zeros, because ONNX has no sparse recurrent
//! operator.
//!
//! ONNX has the gates of a GRU in the order update, reset, new, and those of an LSTM in the order
//! input, output, forget, cell. With `linear_before_reset`, its GRU equals ours.

mod message;

use super::super::Model;
use super::{ExportError, check_finite};
use crate::cell::Cell;
use crate::data::Encoding;
use crate::network::{BlockLayout, Network, Readout, Reads, Source};
use message::{
    Message, Size, float_value, floats, int_attribute, int_value, ints, node, texts_attribute,
};

/// The versions of the format and of its operators: old enough for the runtimes in use, and new
/// enough for the present definitions of `GRU` and `LSTM`.
const IR_VERSION: u64 = 7;
const OPERATORS: u64 = 14;

/// The bytes of an ONNX file of `model`. The metadata contains `labels` (a JSON list in the order
/// of the logits) and `readout`. For tokens it also contains `vocabulary`: the characters from
/// token 1 on, or a JSON list of the words from token 2 on (1 is any other word). For series it
/// contains `padding`, a JSON list of the numbers of a padding step: the mean of each channel.
///
/// # Errors
/// If a weight is not finite.
pub fn onnx_bytes(model: &Model) -> Result<Vec<u8>, ExportError> {
    check_finite(model)?;
    let mut graph = Graph { network: &model.network, nodes: Vec::new(), weights: Vec::new() };
    let each_step = model.task.each_step();
    let at_lengths = model.readout == Readout::Last && !each_step;
    if model.encoding.vocabulary().is_some() || at_lengths {
        for (name, value) in [("zero", 0), ("nowhere", i64::from(i32::MAX))] {
            graph.weights.push(ints(name, &[], &[value]));
        }
    }
    graph.entrance(&model.encoding);
    let outputs = graph.layers();
    let read = graph.read(&outputs, (!each_step).then_some(model.readout));
    graph.readout(&read, each_step);

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
    let steps = each_step.then_some(Size::Any("steps"));
    let shape = steps.into_iter().chain([Size::Any("batch"), Size::Fixed(classes)]);
    let logits = float_value("logits", &shape.collect::<Vec<_>>());
    let body = Message::new()
        .messages(1, &graph.nodes)
        .text(2, "network")
        .messages(5, &graph.weights)
        .messages(11, &inputs)
        .message(12, &logits);

    let readout = match model.readout {
        Readout::Padded => "padded",
        Readout::Last => "last",
    };
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
    metadata.push(("readout", readout.into()));
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
}

impl Graph<'_> {
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

    /// The layers; returns the names of their outputs, `[steps, batch, units]`.
    fn layers(&mut self) -> Vec<String> {
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
                let hidden = self.block(&name, place, &sources);
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
    fn block(&mut self, name: &str, place: &BlockLayout, sources: &[&str]) -> String {
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
        let (states, output) = (format!("states_{name}"), format!("hidden_{name}"));
        self.node(operator, &[input, &weight_ih, &weight_hh, &bias], &states, &[size, more]);
        // [steps, directions, batch, units]
        self.node("Squeeze", &[&states, "directions"], &output, &[]);
        output
    }

    /// The units that the readout reads, at the step at which it reads them: `[batch, units]`. If
    /// `readout` is `None`, that is each step: `[steps, batch, units]`.
    fn read(&mut self, outputs: &[String], readout: Option<Readout>) -> String {
        match readout {
            None => {}
            Some(Readout::Padded) => self.weights.push(ints("last", &[], &[-1])),
            Some(Readout::Last) => self.places(),
        }
        let axis = || int_attribute("axis", if readout.is_none() { 2 } else { 1 });
        let units = match &self.network.architecture().reads {
            Reads::LastLayer => return self.read_step(&outputs[outputs.len() - 1], readout),
            Reads::Units(units) => units,
        };
        let mut parts: Vec<String> = Vec::new();
        for (layer, output) in outputs.iter().enumerate() {
            let of_layer = units.iter().filter(|unit| unit.0 == layer);
            let places: Vec<i64> = of_layer.map(|unit| unit.1 as i64).collect();
            if places.is_empty() {
                continue;
            }
            let step = self.read_step(output, readout);
            let [which, part] = ["units", "read"].map(|what| format!("{what}_{layer}"));
            self.weights.push(ints(&which, &[places.len()], &places));
            self.node("Gather", &[&step, &which], &part, &[axis()]);
            parts.push(part);
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        self.node("Concat", &parts, "read", &[axis()]);
        "read".to_owned()
    }

    /// The states of one layer at the step at which the readout reads.
    fn read_step(&mut self, output: &str, readout: Option<Readout>) -> String {
        let Some(readout) = readout else { return output.to_owned() };
        let step = format!("{output}_read");
        match readout {
            Readout::Padded => {
                self.node("Gather", &[output, "last"], &step, &[int_attribute("axis", 0)]);
            }
            Readout::Last => {
                let last = format!("{output}_last");
                self.node("GatherND", &[output, "places"], &last, &[]);
                self.node("Mul", &[&last, "begun"], &step, &[]);
            }
        }
        step
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

    fn readout(&mut self, read: &str, each_step: bool) {
        let (network, layout) = (self.network, self.network.layout());
        let classes = layout.readout_bias.len();
        let weight = &network.parameters()[layout.readout_weight.clone()];
        let bias = &network.parameters()[layout.readout_bias.clone()];
        let inputs = weight.len() / classes;
        self.weights.push(floats("readout_bias", &[classes], bias));
        if each_step {
            let column =
                |input: usize| (0..classes).map(move |class| weight[class * inputs + input]);
            let columns: Vec<f32> = (0..inputs).flat_map(column).collect();
            self.weights.push(floats("readout_weight", &[inputs, classes], &columns));
            self.node("MatMul", &[read, "readout_weight"], "weighted", &[]);
            self.node("Add", &["weighted", "readout_bias"], "logits", &[]);
            return;
        }
        self.weights.push(floats("readout_weight", &[classes, inputs], weight));
        let transposed = int_attribute("transB", 1);
        self.node("Gemm", &[read, "readout_weight", "readout_bias"], "logits", &[transposed]);
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
