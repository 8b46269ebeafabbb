//! Where each weight is in the one flat buffer of parameters.
//!
//! Order: embedding `[V][E]` if the input is tokens; for each layer and each of its blocks
//! `weight_ih` `[G * H][I]`, `weight_hh` `[G * H][H]`, `bias_ih` `[G * H]` and `bias_hh` `[G * H]`;
//! readout weight `[C][H]` and bias `[C]`. Matrices are row-major; gates are in PyTorch's order.

use std::ops::Range;

use super::{Architecture, Input};
use crate::cell::Cell;
use crate::kernel::Buffer;

/// The places of all parameters of an [`Architecture`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// `[V][E]`; empty if the input is not tokens.
    pub embedding: Range<usize>,
    /// `E`; 0 if the input is not tokens.
    pub embedding_width: usize,
    /// One per block, by layer.
    pub layers: Vec<Vec<BlockLayout>>,
    /// Linear layers from what is read to the outputs, the last of which is the readout.
    pub linears: Vec<LinearLayout>,
    len: usize,
}

/// The places of the parameters of a linear layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinearLayout {
    /// `I`
    pub inputs: usize,
    /// `O`
    pub outputs: usize,
    /// `[O][I]`
    pub weight: Range<usize>,
    /// `[O]`
    pub bias: Range<usize>,
}

/// The places of one block's parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockLayout {
    /// The kind of recurrent cell.
    pub cell: Cell,
    /// `I`: the number of columns of `weight_ih`, over all sources.
    pub inputs: usize,
    /// `H`: the number of columns of `weight_hh`.
    pub hidden: usize,
    /// `[G * H][I]`
    pub weight_ih: Range<usize>,
    /// `[G * H][H]`
    pub weight_hh: Range<usize>,
    /// `[G * H]`
    pub bias_ih: Range<usize>,
    /// `[G * H]`
    pub bias_hh: Range<usize>,
    /// Whether it reads sequences from their end.
    pub reversed: bool,
}

impl BlockLayout {
    /// `G * H`: the number of rows of both weight matrices.
    pub fn rows(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    /// The rows of some gates that belong to `units`, in either weight matrix.
    pub(super) fn rows_of(
        &self,
        gates: impl IntoIterator<Item = usize>,
        units: &[usize],
    ) -> impl Iterator<Item = usize> {
        let hidden = self.hidden;
        let rows = move |gate| units.iter().map(move |unit| gate * hidden + unit);
        gates.into_iter().flat_map(rows)
    }

    /// `[S * H]`: the biases of its slots. Where a slot has two, they are added up.
    pub(crate) fn fused_biases(&self, parameters: &[f32]) -> Vec<f32> {
        let units: Vec<usize> = (0..self.hidden).collect();
        let mut bias = Buffer::new();
        self.fuse_biases(parameters, &units, self.hidden, &mut bias);
        bias.to_vec()
    }

    /// The same for `units`. Writes `[S][width]` to `bias`, with zeros past the last unit.
    pub(super) fn fuse_biases(
        &self,
        parameters: &[f32],
        units: &[usize],
        width: usize,
        bias: &mut Buffer,
    ) {
        let cell = self.cell;
        bias.zeros(cell.slots() * width);
        let mut add = |range: &Range<usize>, gate: usize, slot: usize| {
            for (bias, row) in bias[slot * width..].iter_mut().zip(self.rows_of([gate], units)) {
                *bias += parameters[range.start + row];
            }
        };
        for (slot, &gate) in cell.input_gates().iter().enumerate() {
            add(&self.bias_ih, gate, slot);
        }
        for gate in 0..cell.gates() {
            add(&self.bias_hh, gate, cell.hidden_start() + gate);
        }
    }
}

/// Which of a block's two weight matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Input-to-hidden, `weight_ih`.
    Ih,
    /// Hidden-to-hidden, `weight_hh`.
    Hh,
}

/// One recurrent weight matrix. Pruning masks only these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Index of its layer.
    pub layer: usize,
    /// Index of its block in the layer.
    pub block: usize,
    /// Which matrix of the block.
    pub part: Part,
    /// `G`: the number of its gates, each with `rows / gates` rows.
    pub gates: usize,
    /// `G * H`
    pub rows: usize,
    /// `I` or `H`
    pub columns: usize,
    /// Its place in the parameters.
    pub range: Range<usize>,
}

impl Layout {
    /// The layout of `architecture`, which must be valid.
    pub fn new(architecture: &Architecture) -> Self {
        let mut len = 0;
        let mut place = |size: usize| {
            len += size;
            len - size..len
        };
        let embedding = place(match architecture.input {
            Input::Tokens { vocabulary, embedding } => vocabulary * embedding,
            Input::Series { .. } => 0,
        });
        let layers = architecture
            .layers
            .iter()
            .map(|layer| {
                let blocks = layer.blocks.iter().map(|block| {
                    let inputs = architecture.inputs(block);
                    let hidden = layer.size;
                    let rows = block.cell.gates() * hidden;
                    BlockLayout {
                        cell: block.cell,
                        inputs,
                        hidden,
                        weight_ih: place(rows * inputs),
                        weight_hh: place(rows * hidden),
                        bias_ih: place(rows),
                        bias_hh: place(rows),
                        reversed: layer.reversed,
                    }
                });
                blocks.collect()
            })
            .collect();
        let mut inputs = architecture.readout_inputs();
        let outputs = architecture.head.sizes.iter().chain([&architecture.classes]);
        let linears = outputs
            .map(|&outputs| {
                let (weight, bias) = (place(outputs * inputs), place(outputs));
                LinearLayout {
                    inputs: std::mem::replace(&mut inputs, outputs),
                    outputs,
                    weight,
                    bias,
                }
            })
            .collect();
        let embedding_width = match architecture.input {
            Input::Tokens { embedding, .. } => embedding,
            Input::Series { .. } => 0,
        };
        Self { embedding, embedding_width, layers, linears, len }
    }

    /// The linear layer that gives the outputs.
    pub fn readout(&self) -> &LinearLayout {
        self.linears.last().expect("a network has a readout")
    }

    /// The number of parameters.
    #[allow(clippy::len_without_is_empty)] // A valid architecture has parameters.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Every recurrent weight matrix, in the order of the buffer.
    pub fn weights(&self) -> impl Iterator<Item = Weight> + '_ {
        self.layers.iter().enumerate().flat_map(|(layer, blocks)| {
            blocks.iter().enumerate().flat_map(move |(block, place)| {
                let weight = |part, columns, range: &Range<usize>| Weight {
                    layer,
                    block,
                    part,
                    gates: place.cell.gates(),
                    rows: place.rows(),
                    columns,
                    range: range.clone(),
                };
                [
                    weight(Part::Ih, place.inputs, &place.weight_ih),
                    weight(Part::Hh, place.hidden, &place.weight_hh),
                ]
            })
        })
    }
}
