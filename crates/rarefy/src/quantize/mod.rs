//! Networks in integers: weights and what they multiply in 8 bits, states in 16, sums in 32.
//!
//! [`Quantized`] computes with integers alone, and exported C computes the same to the bit
//! ([`crate::format::export::c_source`]). A model keeps its weights as they are, and [`Ranges`]: how
//! large its values became on sequences that it should expect. Both determine all integers.
//!
//! - A **weight matrix** has rows of 8-bit weights. A row's scale is a multiple, 1 to 255, of the
//!   matrix's unit, which is a power of two relative to the sums; so no product needs more than 32
//!   bits, and scales are exact (`matrix.rs`).
//! - **Sums** of gates are in units of 2^-12. tanh and sigmoid follow a table (`activation.rs`).
//! - **States** of tanh, GRU and LSTM are in units of 2^-15; those of ReLU, and the memory of an
//!   LSTM, in units that their ranges need. What a matrix multiplies is a state without its lower
//!   bits, rounded: as many as its range leaves of eight. The state itself forgets nothing.
//! - **Input**: an embedding in 8 bits, or series as fixed-point numbers (`entrance.rs`).
//! - **Logits** are 32 bits, in units of a power of two.
//!
//! Larger values than the ranges are cut off.

mod activation;
mod cell;
mod entrance;
mod evaluate;
mod matrix;
mod measure;
mod step_by_step;
mod stepper;

use std::ops::Range;

use crate::cell::Cell;
use crate::data::{Encoding, Scaling};
use crate::network::{Activation, BlockLayout, Input, Network, Pooling, Ranges, Source};

pub(crate) use activation::{ONE, TANH};
pub(crate) use entrance::{Channel, Entrance, FACTOR_BITS};
pub(crate) use matrix::{LARGEST, Matrix};
pub use measure::{measure, measure_some};
pub use step_by_step::StepByStep;
pub use stepper::IntegerStepper;
pub(crate) use stepper::MOST_STEPS;

/// The unit of sums that tanh or sigmoid reads is `2^-SUM_BITS`.
const SUM_BITS: i32 = 12;
/// The unit of a state between -1 and 1 is `2^-STATE_BITS`.
const STATE_BITS: i32 = 15;
/// The most lower bits of a state that products do not read.
const LOWER_BITS: u32 = 8;

/// Why a network cannot be computed in integers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum QuantizeError {
    #[error(
        "a layer reads each sequence from its end, so it cannot go step by step from its beginning, as \
         integers do"
    )]
    ReadsBackwards,
    #[error(
        "layer {layer} has blocks of ReLU and of other cells, whose states need different units"
    )]
    MixedCells { layer: usize },
    #[error(
        "the weights of {name} are too large for 8 bits beside the values that they multiply: train \
         with --clip or weight decay, or prune what is largest"
    )]
    TooLarge { name: String },
    #[error("the ranges are those of another network")]
    OtherRanges,
}

/// A network in integers.
///
/// ```
/// use rarefy::cell::Cell;
/// use rarefy::data::{Corpus, ReberSettings, Sequence, generate};
/// use rarefy::network::{Architecture, Network, Readout};
/// use rarefy::quantize::{Quantized, measure};
///
/// let corpus =
///     Corpus::try_from(generate(&ReberSettings { count: 20, ..ReberSettings::default() })?)?;
/// let architecture = Architecture::stacked(128, Cell::Gru, &[50, 50], 2)?;
/// let network = Network::initialise(architecture, 0);
/// let ranges = measure(&network, &corpus.train, Readout::Last)?;
/// let integers = Quantized::new(&network, &corpus.encoding, &ranges)?;
/// let mut stepper = integers.stepper();
/// let Sequence::Tokens(tokens) = corpus.test.get(0).0 else { unreachable!("texts") };
/// for &token in tokens {
///     stepper.step(token);
/// }
/// assert_eq!(stepper.logits().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Quantized {
    pub(crate) entrance: Entrance,
    pub(crate) layers: Vec<Layer>,
    /// What is read at each step, as pairs of a layer and a unit.
    pub(crate) reads: Vec<(usize, usize)>,
    pub(crate) pooling: Pooling,
    /// The lower bits of what is read that the first linear layer does not multiply.
    pub(crate) read_bits: u32,
    pub(crate) linears: Vec<Linear>,
    /// The unit of the logits is `2^-logit_bits`.
    pub(crate) logit_bits: i32,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layer {
    pub(crate) blocks: Vec<Block>,
    /// The bits that are shifted out of the sum of the blocks' states.
    pub(crate) shift: u32,
    /// The lower bits of the output that products do not read.
    pub(crate) output_bits: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block {
    pub(crate) cell: Cell,
    pub(crate) hidden: usize,
    pub(crate) sources: Vec<Source>,
    /// The rows of its gates in the order of [`Cell::input_gates`].
    pub(crate) weight_ih: Matrix,
    /// It adds to the sums from [`Cell::hidden_start`] on.
    pub(crate) weight_hh: Matrix,
    /// `[S * H]`
    pub(crate) bias: Vec<i32>,
    /// The lower bits of the state that `weight_hh` does not read.
    pub(crate) hidden_bits: u32,
    /// The unit of the memory is `2^(memory_bits - 15)`.
    pub(crate) memory_bits: u32,
}

/// A linear layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Linear {
    pub(crate) weight: Matrix,
    pub(crate) bias: Vec<i32>,
    /// What follows it, and its lower bits that the next linear layer does not read; nothing follows
    /// the readout.
    pub(crate) activation: Option<(Activation, u32)>,
}

impl Quantized {
    /// `network` in integers. `encoding` says how numbers of series are scaled.
    ///
    /// # Errors
    /// If it reads backwards, or a weight is too large.
    pub fn new(
        network: &Network,
        encoding: &Encoding,
        ranges: &Ranges,
    ) -> Result<Self, QuantizeError> {
        Quantizer::new(network, ranges)?.quantized(encoding)
    }

    /// The unit of [`IntegerStepper::integer_logits`], a power of two.
    pub fn logit_unit(&self) -> f32 {
        (-(self.logit_bits as f32)).exp2()
    }

    /// The number of logits, `C`.
    pub fn outputs(&self) -> usize {
        self.linears[self.linears.len() - 1].weight.rows
    }
}

/// What determines the integers of a network.
struct Quantizer<'n> {
    network: &'n Network,
    /// The unit of what enters the layers.
    input_unit: f64,
    /// The unit of each layer's output.
    units: Vec<f64>,
    ranges: &'n Ranges,
}

impl<'n> Quantizer<'n> {
    fn new(network: &'n Network, ranges: &'n Ranges) -> Result<Self, QuantizeError> {
        let architecture = network.architecture();
        if architecture.reads_backwards() {
            return Err(QuantizeError::ReadsBackwards);
        }
        let head = architecture.head.sizes.len();
        if ranges.layers.len() != architecture.layers.len() || ranges.head.len() != head {
            return Err(QuantizeError::OtherRanges);
        }
        let mut units = Vec::new();
        for (at, (layer, range)) in architecture.layers.iter().zip(&ranges.layers).enumerate() {
            let relu = layer.blocks.iter().filter(|block| block.cell == Cell::RnnRelu).count();
            units.push(match relu {
                0 => f64::from(layer_shift(layer.blocks.len()) as i32 - STATE_BITS).exp2(),
                all if all == layer.blocks.len() => unit(range.output, ONE),
                _ => return Err(QuantizeError::MixedCells { layer: at }),
            });
        }
        Ok(Self { network, input_unit: unit(ranges.input, LARGEST), units, ranges })
    }

    fn quantized(&self, encoding: &Encoding) -> Result<Quantized, QuantizeError> {
        let (network, unit) = (self.network, self.input_unit);
        let (architecture, layout) = (network.architecture(), network.layout());
        let entrance = match architecture.input {
            Input::Tokens { embedding: width, .. } => {
                let embedding = &network.parameters()[layout.embedding.clone()];
                Entrance::of_tokens(embedding, width, unit)
            }
            Input::Series { channels } => {
                let none = Scaling::none(channels);
                Entrance::of_series(encoding.scaling().unwrap_or(&none), unit)
            }
        };
        let mut layers = Vec::new();
        for (at, (layer, places)) in architecture.layers.iter().zip(&layout.layers).enumerate() {
            let blocks = layer.blocks.iter().zip(places);
            let blocks = blocks.map(|(block, place)| self.block(at, &block.sources, place));
            let relu = layer.blocks[0].cell == Cell::RnnRelu;
            layers.push(Layer {
                blocks: blocks.collect::<Result<_, _>>()?,
                shift: if relu { 0 } else { layer_shift(layer.blocks.len()) },
                output_bits: self.output_bits(at),
            });
        }
        let (linears, logit_bits) = self.linears()?;
        let (reads, pooling) = (architecture.readout_units(), architecture.pooling);
        let read_bits = self.read_bits();
        Ok(Quantized { entrance, layers, reads, pooling, read_bits, linears, logit_bits })
    }

    fn block(
        &self,
        layer: usize,
        sources: &[Source],
        place: &BlockLayout,
    ) -> Result<Block, QuantizeError> {
        let (cell, hidden) = (place.cell, place.hidden);
        let sum = self.sum_unit(layer, cell);
        let too_large =
            |part: &str| QuantizeError::TooLarge { name: format!("layer {layer}, {part}") };
        let matrix = |read: &Read| self.matrix(read).ok_or_else(|| too_large(read.part));
        let [ih, hh] = self.reads(layer, sources, place);
        let (weight_ih, weight_hh) = (matrix(&ih)?, matrix(&hh)?);
        let bias = place.fused_biases(self.network.parameters());
        let products = [(&weight_ih, 0), (&weight_hh, cell.hidden_start() * hidden)];
        let bias = integer_biases(&bias, sum, &products).ok_or_else(|| too_large("sums"))?;
        let memory = self.ranges.layers[layer].memory;
        let memory_bits = (0..STATE_BITS as u32).find(|&bits| memory <= (1 << bits) as f32);
        Ok(Block {
            cell,
            hidden,
            sources: sources.to_vec(),
            weight_ih,
            weight_hh,
            bias,
            hidden_bits: self.hidden_bits(layer, cell),
            memory_bits: memory_bits.unwrap_or(STATE_BITS as u32),
        })
    }

    /// The unit of a block's state, before its layer adds blocks.
    fn state_unit(&self, layer: usize, cell: Cell) -> f64 {
        match cell {
            Cell::RnnRelu => self.units[layer],
            _ => f64::from(-STATE_BITS).exp2(),
        }
    }

    /// The unit of a block's sums.
    fn sum_unit(&self, layer: usize, cell: Cell) -> f64 {
        match cell {
            Cell::RnnRelu => self.units[layer],
            _ => f64::from(-SUM_BITS).exp2(),
        }
    }

    /// The two matrices of a block.
    fn reads(&self, layer: usize, sources: &[Source], place: &BlockLayout) -> [Read; 2] {
        let (cell, hidden) = (place.cell, place.hidden);
        let sum = self.sum_unit(layer, cell);
        let own = read_unit(self.state_unit(layer, cell), self.hidden_bits(layer, cell)) / sum;
        let columns = sources.iter().flat_map(|&source| self.columns(source));
        let read = |part, range: &Range<usize>, gates: &[usize], columns| Read {
            part,
            start: range.start,
            gates: gates.to_vec(),
            hidden,
            columns,
        };
        let order: Vec<usize> = (0..cell.gates()).collect();
        [
            read(
                "weight_ih",
                &place.weight_ih,
                cell.input_gates(),
                columns.map(|x| x / sum).collect(),
            ),
            read("weight_hh", &place.weight_hh, &order, vec![own; hidden]),
        ]
    }

    /// `None` if a weight is too large.
    fn matrix(&self, read: &Read) -> Option<Matrix> {
        let parameters = self.network.parameters();
        let places = read.places().zip(read.columns.iter().cycle());
        let values: Vec<f64> =
            places.map(|(place, column)| f64::from(parameters[place]) * column).collect();
        Matrix::new(read.columns.len(), &values)
    }

    /// All parameters, the weights as their integers stand for; `None` if a weight is too large.
    fn rounded(&self) -> Option<Vec<f32>> {
        let (architecture, layout) = (self.network.architecture(), self.network.layout());
        let mut parameters = self.network.parameters().to_vec();
        let mut round = |read: &Read| -> Option<()> {
            let matrix = self.matrix(read)?;
            let columns = read.columns.iter().cycle();
            for ((place, value), column) in read.places().zip(matrix.values()).zip(columns) {
                parameters[place] = (value / column) as f32;
            }
            Some(())
        };
        for (at, (layer, places)) in architecture.layers.iter().zip(&layout.layers).enumerate() {
            for (block, place) in layer.blocks.iter().zip(places) {
                self.reads(at, &block.sources, place).iter().try_for_each(&mut round)?;
            }
        }
        Some(parameters)
    }

    /// The units of what is read of a source, in each of its columns.
    fn columns(&self, source: Source) -> Vec<f64> {
        let size = self.network.architecture().source_size(source);
        let unit = match source {
            Source::Input => self.input_unit,
            Source::Layer(layer) => read_unit(self.units[layer], self.output_bits(layer)),
        };
        vec![unit; size]
    }

    /// The lower bits of a layer's output that products do not read.
    fn output_bits(&self, layer: usize) -> u32 {
        lower_bits(self.ranges.layers[layer].output, self.units[layer])
    }

    /// The lower bits of the states of a layer's blocks that they do not read themselves.
    fn hidden_bits(&self, layer: usize, cell: Cell) -> u32 {
        lower_bits(self.ranges.layers[layer].hidden, self.state_unit(layer, cell))
    }

    /// The lower bits of what is read that the first linear layer does not multiply.
    fn read_bits(&self) -> u32 {
        let units = self.network.architecture().readout_units();
        units.iter().map(|&(layer, _)| self.output_bits(layer)).max().unwrap_or(LOWER_BITS)
    }

    /// The linear layers, and the bits of the logits.
    fn linears(&self) -> Result<(Vec<Linear>, i32), QuantizeError> {
        let (architecture, layout) = (self.network.architecture(), self.network.layout());
        let parameters = self.network.parameters();
        let units = architecture.readout_units();
        let read_bits = self.read_bits();
        let mut columns: Vec<f64> =
            units.iter().map(|&(layer, _)| read_unit(self.units[layer], read_bits)).collect();
        if let Pooling::All { steps } = architecture.pooling {
            columns = columns.repeat(steps);
        }
        let (activation, last) = (architecture.head.activation, layout.linears.len() - 1);
        let (mut linears, mut logit_bits) = (Vec::new(), 0);
        for (at, linear) in layout.linears.iter().enumerate() {
            let name =
                || if at == last { "the readout".to_owned() } else { format!("hidden layer {at}") };
            let (sum, state) = match (at == last, activation) {
                (true, _) => (1.0, 1.0),
                (_, Activation::Relu) => {
                    let unit = unit(self.ranges.head[at], ONE);
                    (unit, unit)
                }
                (_, Activation::Tanh) => {
                    (f64::from(-SUM_BITS).exp2(), f64::from(-STATE_BITS).exp2())
                }
            };
            let too_large = || QuantizeError::TooLarge { name: name() };
            let read = Read {
                part: "weight",
                start: linear.weight.start,
                gates: vec![0],
                hidden: linear.outputs,
                columns: columns.iter().map(|column| column / sum).collect(),
            };
            let mut weight = self.matrix(&read).ok_or_else(too_large)?;
            let mut sum = sum;
            if at == last {
                // Logits keep all bits.
                logit_bits = std::mem::take(&mut weight.shift);
                sum = (-f64::from(logit_bits)).exp2();
            }
            let bias = &parameters[linear.bias.clone()];
            let bias = integer_biases(bias, sum, &[(&weight, 0)]).ok_or_else(too_large)?;
            let range = self.ranges.head.get(at).copied().unwrap_or_default();
            let lower = lower_bits(range, state);
            columns = vec![read_unit(state, lower); linear.outputs];
            linears.push(Linear {
                weight,
                bias,
                activation: (at < last).then_some((activation, lower)),
            });
        }
        Ok((linears, logit_bits))
    }
}

/// A weight matrix, with what its columns read.
struct Read {
    part: &'static str,
    /// The place of its first weight.
    start: usize,
    /// Its gates, of `hidden` rows each, in the order of the sums.
    gates: Vec<usize>,
    hidden: usize,
    /// The unit of what each column reads, in those of the sums.
    columns: Vec<f64>,
}

impl Read {
    /// The places of its weights, in the order of the sums.
    fn places(&self) -> impl Iterator<Item = usize> {
        let size = self.hidden * self.columns.len();
        let start = self.start;
        self.gates.iter().flat_map(move |gate| start + gate * size..start + (gate + 1) * size)
    }
}

/// The parameters of `network` that its integers stand for, as far as they are recurrent weights;
/// the others as they are. `None` if integers cannot hold them.
pub(crate) fn rounded(network: &Network, ranges: &Ranges) -> Option<Vec<f32>> {
    Quantizer::new(network, ranges).ok()?.rounded()
}

/// `bias` in this unit; `None` if a sum may not fit. Each matrix adds to the sums from some place on.
fn integer_biases(bias: &[f32], unit: f64, products: &[(&Matrix, usize)]) -> Option<Vec<i32>> {
    let of = |(row, &bias): (usize, &f32)| {
        let bias = (f64::from(bias) / unit).round();
        let product = |&(matrix, start): &(&Matrix, usize)| match row.checked_sub(start) {
            Some(row) if row < matrix.rows => matrix.largest(row) as f64,
            _ => 0.0,
        };
        let all = bias.abs() + products.iter().map(product).sum::<f64>();
        (all <= f64::from(i32::MAX)).then_some(bias as i32)
    };
    bias.iter().enumerate().map(of).collect()
}

/// The unit in which `range` is `most`.
fn unit(range: f32, most: i32) -> f64 {
    let range = if range > 0.0 { f64::from(range) } else { 1.0 };
    range / f64::from(most)
}

/// The unit of what is read of a state without its lower bits.
fn read_unit(state: f64, lower: u32) -> f64 {
    state * f64::from(1 << lower)
}

/// The lower bits of a state in this unit that products do not read: as many as its range leaves of
/// eight.
fn lower_bits(range: f32, unit: f64) -> u32 {
    let holds = |bits: &u32| f64::from(range) <= f64::from(LARGEST) * read_unit(unit, *bits);
    (1..LOWER_BITS).find(holds).unwrap_or(LOWER_BITS)
}

/// The bits that the sum of states between -1 and 1 needs beyond those of one.
fn layer_shift(blocks: usize) -> u32 {
    blocks.next_power_of_two().trailing_zeros()
}
