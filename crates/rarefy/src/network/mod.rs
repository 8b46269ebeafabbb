//! The one network type: input -> layers of recurrent blocks -> linear layers. It reads tokens
//! through an embedding, or series of numbers.
//!
//! An [`Architecture`] says what is connected to what: a stacked network has one block per layer,
//! a network made from a graph has several. Its [`Layout`] places all weights in one flat buffer,
//! so that the optimiser, clipping, masks and files are loops over one slice. A [`Network`] is an
//! architecture with its weights and [`Masks`].
//!
//! Three types compute with it. The [`Engine`] is fast and runs batches forward and backward in
//! f32. The [`Stepper`] reads one sequence step by step in f32, for a network in use. The
//! [`Reference`] computes one number at a time in any float type and follows the equations. Tests
//! check that the three agree up to rounding.

use std::iter::StepBy;
use std::ops::Range;

mod architecture;
mod batch;
mod dropout;
mod engine;
mod factor;
mod gradient;
mod head;
mod initialise;
mod layer;
mod layout;
mod live;
mod lookup;
mod masks;
mod names;
mod packing;
mod pass;
mod plan;
mod pool;
mod ranges;
mod reference;
mod shrink;
mod stepper;
mod strip;
mod trace;
mod unfit;

pub use architecture::{
    Activation, Architecture, ArchitectureError, Block, Head, Input, Layer, Pooling, Reads, Source,
};
pub(crate) use batch::Asked;
pub use batch::{Batch, DifferentLengths, Read, ReadTargets, Readout};
pub use dropout::{Dropout, Dropped};
pub use engine::Engine;
pub use initialise::Initialisation;
pub use layout::{BlockLayout, Layout, LinearLayout, Part, Weight};
pub use masks::Masks;
pub use names::Named;
pub use packing::Packing;
pub use plan::EngineState;
pub use ranges::{LayerRanges, Ranges};
pub use reference::Reference;
pub(crate) use reference::{State, state_sum_gradient};
pub use stepper::Stepper;
pub use unfit::Unfit;

/// The places of one column of a matrix.
pub(crate) type Column = StepBy<Range<usize>>;

/// A network: its architecture, its weights, and which of them are masked.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    architecture: Architecture,
    layout: Layout,
    parameters: Vec<f32>,
    masks: Masks,
}

impl Network {
    /// A network with the given parameters, in the order of the architecture's [`Layout`]. Masked
    /// weights are set to zero, because other code relies on it.
    ///
    /// # Panics
    /// If `parameters` or `masks` do not have the layout's length.
    pub fn new(architecture: Architecture, mut parameters: Vec<f32>, masks: Masks) -> Self {
        let layout = Layout::new(&architecture);
        assert_eq!(parameters.len(), layout.len(), "parameters of another architecture");
        assert_eq!(masks.len(), layout.len(), "masks of another architecture");
        masks.apply(&mut parameters);
        Self { architecture, layout, parameters, masks }
    }

    /// What is connected to what.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Where each weight is in [`Network::parameters`].
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// All weights and biases, in one buffer.
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// The same network read for another readout; `None` if its linear layer does not fit it.
    pub(crate) fn read_at(&self, readout: Readout) -> Option<Self> {
        let now = self.architecture.pooling;
        let steps = match now {
            Pooling::All { steps } => Some(steps),
            Pooling::Last | Pooling::LastStep | Pooling::Mean => None,
        };
        let pooling = readout.pooling(steps).ok()?;
        let is_all = |pooling| matches!(pooling, Pooling::All { .. });
        (is_all(now) == is_all(pooling)).then(|| Self {
            architecture: Architecture { pooling, ..self.architecture.clone() },
            ..self.clone()
        })
    }

    /// Changes weights and biases. Masked ones are reset to zero afterwards.
    pub fn update<R>(&mut self, change: impl FnOnce(&mut [f32]) -> R) -> R {
        let result = change(&mut self.parameters);
        self.masks.apply(&mut self.parameters);
        result
    }

    /// The columns of weights that a unit of a layer feeds in later layers and in the readout, each
    /// with the biases of the same rows.
    pub(crate) fn read_by(&self, layer: usize, unit: usize) -> Vec<(Column, Range<usize>)> {
        let Self { architecture, layout, .. } = self;
        let column = |range: &Range<usize>, width: usize, at: usize| {
            (range.start + at..range.end).step_by(width)
        };
        let mut columns = Vec::new();
        for (later, blocks) in architecture.layers.iter().zip(&layout.layers) {
            for (block, place) in later.blocks.iter().zip(blocks) {
                let mut before = 0;
                for &source in &block.sources {
                    if source == Source::Layer(layer) {
                        let column = column(&place.weight_ih, place.inputs, before + unit);
                        columns.push((column, place.bias_ih.clone()));
                    }
                    before += architecture.source_size(source);
                }
            }
        }
        let read = architecture.readout_units();
        if let Some(at) = read.iter().position(|&read| read == (layer, unit)) {
            let first = &layout.linears[0];
            let places = (at..first.inputs).step_by(read.len());
            columns.extend(
                places.map(|at| (column(&first.weight, first.inputs, at), first.bias.clone())),
            );
        }
        columns
    }

    /// Which weights are masked.
    pub fn masks(&self) -> &Masks {
        &self.masks
    }

    /// Masks more weights: those of `masks` in addition to those masked already.
    ///
    /// # Panics
    /// If `masks` belong to another network.
    pub fn mask(&mut self, masks: &Masks) {
        self.masks.join(masks);
        self.masks.apply(&mut self.parameters);
    }

    /// Replaces the masks. Newly masked weights become zero, and weights that are no longer masked
    /// start from zero.
    ///
    /// # Panics
    /// If `masks` belong to another network.
    pub fn set_masks(&mut self, masks: Masks) {
        assert_eq!(masks.len(), self.parameters.len(), "masks of another network");
        self.masks = masks;
        self.masks.apply(&mut self.parameters);
    }
}
