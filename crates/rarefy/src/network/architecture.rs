//! The structure of a network, without its weights.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::cell::Cell;
use crate::data::Encoding;
use crate::named;

/// Files leave out what has its default.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Input -> layers -> linear readout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Architecture {
    /// What the network reads at each step.
    #[serde(flatten)]
    pub input: Input,
    /// Recurrent layers, in the order of computation.
    pub layers: Vec<Layer>,
    /// The units that the readout reads.
    #[serde(default)]
    pub reads: Reads,
    /// At which steps it reads them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pooling: Pooling,
    /// Hidden linear layers between what is read and the outputs.
    #[serde(default, skip_serializing_if = "Head::is_empty")]
    pub head: Head,
    /// `C`: the number of classes, one output of the readout for each.
    pub classes: usize,
}

/// What the network reads at each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Input {
    /// A token, mapped to its row of the embedding.
    Tokens {
        /// `V`: token ids are `0..vocabulary`.
        vocabulary: usize,
        /// `E`: units of the embedding.
        embedding: usize,
    },
    /// Numbers, used as they are.
    Series {
        /// `C`: numbers per step.
        channels: usize,
    },
}

impl Input {
    /// The input for sequences in this encoding. Tokens are mapped to an embedding of `embedding`
    /// units.
    pub fn of(encoding: &Encoding, embedding: usize) -> Self {
        match encoding {
            Encoding::Vocabulary(vocabulary) => {
                Self::Tokens { vocabulary: vocabulary.len(), embedding }
            }
            Encoding::Scaling(scaling) => Self::Series { channels: scaling.channels() },
        }
    }

    /// The number of values that reach the layers at each step.
    pub fn width(self) -> usize {
        match self {
            Self::Tokens { embedding, .. } => embedding,
            Self::Series { channels } => channels,
        }
    }
}

/// The units that the readout reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reads {
    /// The units of the last layer.
    #[default]
    LastLayer,
    /// The listed units, each as its layer and its index in that layer, ascending.
    Units(Vec<(usize, usize)>),
}

/// The steps at which the readout reads its units, when a sequence has one answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The last step. Units of a reversed layer are read at the first step, which is their last.
    #[default]
    Last,
    /// The last step of the sequence, also of reversed layers.
    LastStep,
    /// All steps of the sequence, averaged. If there is an answer at each step, all steps up to it.
    Mean,
    /// All steps side by side: those of the first step, then those of the second, and so on.
    All {
        /// `T`: each sequence has this number of steps.
        steps: usize,
    },
}

/// Hidden linear layers, each followed by an activation: with the readout, an MLP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The number of units of each.
    pub sizes: Vec<usize>,
    /// What follows each of them.
    #[serde(default)]
    pub activation: Activation,
}

impl Head {
    /// Whether the readout is the only linear layer.
    pub fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }
}

named! {
    /// The function that follows a hidden linear layer.
    #[derive(Default, PartialOrd)]
    pub enum Activation: "activation" {
        /// max(0, x)
        #[default]
        Relu = "relu",
        /// The hyperbolic tangent.
        Tanh = "tanh",
    }
}

impl Activation {
    /// Its value at `x`.
    pub(super) fn of(self, x: f32) -> f32 {
        match self {
            Self::Relu => x.max(0.0),
            Self::Tanh => x.tanh(),
        }
    }
}

/// A layer: recurrent blocks whose outputs are added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// `H`: hidden units of each block, and of their sum.
    pub size: usize,
    /// At least one.
    pub blocks: Vec<Block>,
    /// Whether it reads each sequence from its end to its beginning. A bidirectional layer is two
    /// of these, of which the second is reversed; what follows reads both.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reversed: bool,
}

/// A recurrent cell for each unit of its layer, with a state and weights of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What the block reads at each step, concatenated. Each source has its columns in the input
    /// weights, in this order. At least one source, ascending.
    #[serde(rename = "source", serialize_with = "one_or_all", deserialize_with = "one_or_many")]
    pub sources: Vec<Source>,
    /// The kind of recurrent cell.
    pub cell: Cell,
}

impl Block {
    /// A block that reads one source.
    pub fn new(source: Source, cell: Cell) -> Self {
        Self { sources: vec![source], cell }
    }
}

/// Files hold a single source as itself and several as a list.
fn one_or_all<S: Serializer>(sources: &[Source], serializer: S) -> Result<S::Ok, S::Error> {
    match sources {
        [only] => only.serialize(serializer),
        sources => sources.serialize(serializer),
    }
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Source>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Sources {
        One(Source),
        Many(Vec<Source>),
    }
    Ok(match Sources::deserialize(deserializer)? {
        Sources::One(source) => vec![source],
        Sources::Many(sources) => sources,
    })
}

/// Something that a block can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The network's input at the step: a token's embedding, or numbers.
    #[serde(alias = "embedding")]
    Input,
    /// The output of an earlier layer, by its index.
    Layer(usize),
}

/// Why an architecture is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum ArchitectureError {
    #[error("a network needs at least one recurrent layer")]
    NoLayers,
    #[error("recurrent layer {layer} has size 0: every layer needs at least one unit")]
    EmptyLayer { layer: usize },
    #[error("recurrent layer {layer} has no block")]
    NoBlocks { layer: usize },
    #[error("a block of layer {layer} reads nothing: it needs at least one source")]
    NoSource { layer: usize },
    #[error("the sources of a block of layer {layer} are out of order or repeated")]
    SourcesNotAscending { layer: usize },
    #[error("a block of layer {layer} reads layer {source_layer}: only earlier layers can be read")]
    NotEarlier { layer: usize, source_layer: usize },
    #[error("{what} has size 0: expected at least 1")]
    EmptyPart { what: &'static str },
    #[error("the readout reads no unit: expected at least one")]
    NothingRead,
    #[error("the readout reads unit {unit} of layer {layer}, which is missing or out of order")]
    NoSuchUnit { layer: usize, unit: usize },
    #[error("more than {MOST_PARAMETERS} parameters")]
    TooLarge,
}

/// 8 GiB of weights. A larger number is a typing mistake or comes from a damaged file.
const MOST_PARAMETERS: usize = 1 << 31;

impl Architecture {
    /// A plain stacked network that reads tokens: layer 0 reads the embedding, each other layer the
    /// one before it. The embedding is as wide as the first layer, as in the thesis.
    ///
    /// # Errors
    /// If a size is 0 or there is no layer.
    pub fn stacked(
        vocabulary: usize,
        cell: Cell,
        sizes: &[usize],
        classes: usize,
    ) -> Result<Self, ArchitectureError> {
        let embedding = sizes.first().copied().ok_or(ArchitectureError::NoLayers)?;
        Self::stack(Input::Tokens { vocabulary, embedding }, cell, sizes, classes)
    }

    /// A plain stacked network for any input: layer 0 reads the input, each other layer the one
    /// before it.
    ///
    /// # Errors
    /// If a size is 0 or there is no layer.
    pub fn stack(
        input: Input,
        cell: Cell,
        sizes: &[usize],
        classes: usize,
    ) -> Result<Self, ArchitectureError> {
        Self::stack_of(input, cell, sizes, classes, false)
    }

    /// The same with both directions: two layers of each size, the second of which is reversed.
    /// What follows reads first the one and then the other, as in PyTorch.
    ///
    /// # Errors
    /// If a size is 0 or there is no layer.
    pub fn bidirectional(
        input: Input,
        cell: Cell,
        sizes: &[usize],
        classes: usize,
    ) -> Result<Self, ArchitectureError> {
        Self::stack_of(input, cell, sizes, classes, true)
    }

    fn stack_of(
        input: Input,
        cell: Cell,
        sizes: &[usize],
        classes: usize,
        both: bool,
    ) -> Result<Self, ArchitectureError> {
        let directions = if both { &[false, true][..] } else { &[false] };
        let mut layers: Vec<Layer> = Vec::new();
        let mut sources = vec![Source::Input];
        for &size in sizes {
            let first = layers.len();
            let blocks = vec![Block { sources, cell }];
            layers.extend(directions.iter().map(|&reversed| Layer {
                size,
                blocks: blocks.clone(),
                reversed,
            }));
            sources = (first..layers.len()).map(Source::Layer).collect();
        }
        let reads = match &layers[..] {
            [.., a, b] if both => {
                let units = |at: usize, layer: &Layer| (0..layer.size).map(move |unit| (at, unit));
                let first = layers.len() - 2;
                Reads::Units(units(first, a).chain(units(first + 1, b)).collect())
            }
            _ => Reads::LastLayer,
        };
        let (pooling, head) = (Pooling::Last, Head::default());
        let architecture = Self { input, layers, reads, pooling, head, classes };
        architecture.validate()?;
        Ok(architecture)
    }

    /// Whether any layer reads sequences from their end, so that no answer can be given before it.
    pub fn reads_backwards(&self) -> bool {
        self.layers.iter().any(|layer| layer.reversed)
    }

    /// The sizes of its layers, as a stack is described: one for both directions.
    pub fn stacked_sizes(&self) -> Vec<usize> {
        let forward = self.layers.iter().filter(|layer| !layer.reversed);
        forward.map(|layer| layer.size).collect()
    }

    /// Whether it is a plain stack of bidirectional layers.
    pub fn is_bidirectional(&self) -> bool {
        let Some(cell) = self.cell() else { return false };
        let sizes: Vec<usize> = self.layers.iter().step_by(2).map(|layer| layer.size).collect();
        let stack = Self::bidirectional(self.input, cell, &sizes, self.classes);
        stack.is_ok_and(|stack| stack.layers == self.layers && stack.reads == self.reads)
    }

    /// Checks what the computing code relies on: there is at least one layer, no size is 0, and
    /// each block reads the input or an earlier layer.
    ///
    /// # Errors
    /// The first problem found. A size too large for any memory is one.
    pub fn validate(&self) -> Result<(), ArchitectureError> {
        if self.layers.is_empty() {
            return Err(ArchitectureError::NoLayers);
        }
        for (layer, Layer { size, blocks, .. }) in self.layers.iter().enumerate() {
            if *size == 0 {
                return Err(ArchitectureError::EmptyLayer { layer });
            }
            if blocks.is_empty() {
                return Err(ArchitectureError::NoBlocks { layer });
            }
            for block in blocks {
                if block.sources.is_empty() {
                    return Err(ArchitectureError::NoSource { layer });
                }
                if !block.sources.is_sorted_by(|a, b| a < b) {
                    return Err(ArchitectureError::SourcesNotAscending { layer });
                }
                if let Some(&Source::Layer(source_layer)) = block.sources.last()
                    && source_layer >= layer
                {
                    return Err(ArchitectureError::NotEarlier { layer, source_layer });
                }
            }
        }
        let parts = match self.input {
            Input::Tokens { vocabulary, embedding } => {
                vec![(vocabulary, "the vocabulary"), (embedding, "the embedding")]
            }
            Input::Series { channels } => vec![(channels, "the input")],
        };
        let head = self.head.sizes.iter().map(|&size| (size, "a hidden linear layer"));
        let steps = match self.pooling {
            Pooling::All { steps } => Some((steps, "the sequence that the readout reads")),
            Pooling::Last | Pooling::LastStep | Pooling::Mean => None,
        };
        let ends = [(self.classes, "the readout")];
        for (size, what) in parts.into_iter().chain(head).chain(steps).chain(ends) {
            if size == 0 {
                return Err(ArchitectureError::EmptyPart { what });
            }
        }
        if let Reads::Units(units) = &self.reads {
            if units.is_empty() {
                return Err(ArchitectureError::NothingRead);
            }
            let mut last = None;
            for &(layer, unit) in units {
                let there = self.layers.get(layer).is_some_and(|layer| unit < layer.size);
                if !there || last >= Some((layer, unit)) {
                    return Err(ArchitectureError::NoSuchUnit { layer, unit });
                }
                last = Some((layer, unit));
            }
        }
        match self.parameter_count() {
            Some(count) if count <= MOST_PARAMETERS => Ok(()),
            _ => Err(ArchitectureError::TooLarge),
        }
    }

    /// The number of weights and biases; `None` if it overflows.
    pub fn parameter_count(&self) -> Option<usize> {
        let mut count = match self.input {
            Input::Tokens { vocabulary, embedding } => vocabulary.checked_mul(embedding)?,
            Input::Series { .. } => 0,
        };
        for layer in &self.layers {
            for block in &layer.blocks {
                let rows = block.cell.gates().checked_mul(layer.size)?;
                let sizes = block.sources.iter().map(|&source| self.source_size(source));
                let columns = sizes.chain([layer.size]).try_fold(0, usize::checked_add)?;
                count = count.checked_add(rows.checked_mul(columns.checked_add(2)?)?)?;
            }
        }
        let mut inputs = self.readout_width().checked_mul(self.steps_read())?;
        for &size in self.head.sizes.iter().chain([&self.classes]) {
            count = count.checked_add(size.checked_mul(inputs.checked_add(1)?)?)?;
            inputs = size;
        }
        Some(count)
    }

    /// The number of steps whose units are read side by side.
    fn steps_read(&self) -> usize {
        match self.pooling {
            Pooling::Last | Pooling::LastStep | Pooling::Mean => 1,
            Pooling::All { steps } => steps,
        }
    }

    /// The number of units that a block reads, over all its sources.
    pub fn inputs(&self, block: &Block) -> usize {
        block.sources.iter().map(|&source| self.source_size(source)).sum()
    }

    /// The number of units of a source.
    pub fn source_size(&self, source: Source) -> usize {
        match source {
            Source::Input => self.input.width(),
            Source::Layer(layer) => self.layers[layer].size,
        }
    }

    /// The cell, if all blocks have the same one.
    pub fn cell(&self) -> Option<Cell> {
        let mut cells = self.layers.iter().flat_map(|layer| &layer.blocks).map(|block| block.cell);
        let first = cells.next()?;
        cells.all(|cell| cell == first).then_some(first)
    }

    /// The number of values that are read for each answer: the units, once for each step whose
    /// values stand side by side.
    pub fn readout_inputs(&self) -> usize {
        self.readout_width() * self.steps_read()
    }

    /// The number of units that are read.
    pub fn readout_width(&self) -> usize {
        match &self.reads {
            Reads::LastLayer => self.layers.last().map_or(0, |layer| layer.size),
            Reads::Units(units) => units.len(),
        }
    }

    /// The units that the readout reads, in the order of its weights, each as its layer and its
    /// index in that layer.
    pub fn readout_units(&self) -> Vec<(usize, usize)> {
        match &self.reads {
            Reads::LastLayer => {
                let last = self.layers.len() - 1;
                (0..self.layers[last].size).map(|unit| (last, unit)).collect()
            }
            Reads::Units(units) => units.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Layout;

    #[test]
    fn a_stack_reads_the_embedding_first_and_then_the_layer_below() {
        let stack = Architecture::stacked(128, Cell::Gru, &[5, 7], 2).unwrap();
        assert_eq!(stack.layers[0].blocks[0].sources, [Source::Input]);
        assert_eq!(stack.layers[1].blocks[0].sources, [Source::Layer(0)]);
        assert_eq!(
            (stack.input.width(), stack.readout_inputs(), stack.cell()),
            (5, 7, Some(Cell::Gru))
        );
        assert_eq!(stack.parameter_count(), Some(Layout::new(&stack).len()));
    }

    #[test]
    fn a_single_source_is_written_as_itself_and_several_as_a_list() {
        let one = Block::new(Source::Layer(3), Cell::Gru);
        let two = Block { sources: vec![Source::Input, Source::Layer(0)], cell: Cell::Lstm };
        for (block, text) in [
            (one, r#"{"source":{"layer":3},"cell":"gru"}"#),
            (two, r#"{"source":["input",{"layer":0}],"cell":"lstm"}"#),
        ] {
            assert_eq!(serde_json::to_string(&block).unwrap(), text);
            assert_eq!(serde_json::from_str::<Block>(text).unwrap(), block);
        }
    }

    #[test]
    fn impossible_architectures_are_refused_with_a_reason() {
        let stacked = |sizes: &[usize]| Architecture::stacked(128, Cell::Gru, sizes, 2);
        assert_eq!(stacked(&[]).unwrap_err(), ArchitectureError::NoLayers);
        assert_eq!(stacked(&[5, 0]).unwrap_err(), ArchitectureError::EmptyLayer { layer: 1 });
        let mut forward = stacked(&[5, 5]).unwrap();
        forward.layers[0].blocks[0].sources = vec![Source::Input, Source::Layer(1)];
        let error = forward.validate().unwrap_err();
        assert_eq!(error, ArchitectureError::NotEarlier { layer: 0, source_layer: 1 });
        forward.layers[0].blocks[0].sources = Vec::new();
        assert_eq!(forward.validate().unwrap_err(), ArchitectureError::NoSource { layer: 0 });
        for twice in [[Source::Input; 2], [Source::Layer(0), Source::Input]] {
            forward.layers[0].blocks[0].sources = vec![Source::Input];
            forward.layers[1].blocks[0].sources = twice.to_vec();
            let error = ArchitectureError::SourcesNotAscending { layer: 1 };
            assert_eq!(forward.validate().unwrap_err(), error);
        }
        let mut mute = stacked(&[5]).unwrap();
        mute.classes = 0;
        assert!(mute.validate().unwrap_err().to_string().contains("readout"));
        let reading = |units: &[(usize, usize)]| {
            let reads = Reads::Units(units.to_vec());
            Architecture { reads, ..stacked(&[5, 3]).unwrap() }.validate()
        };
        assert_eq!(reading(&[(0, 4), (1, 0)]), Ok(()));
        assert_eq!(reading(&[]), Err(ArchitectureError::NothingRead));
        for units in [&[(1, 3)][..], &[(2, 0)], &[(1, 0), (0, 0)], &[(0, 1), (0, 1)]] {
            let &(layer, unit) = units.last().unwrap();
            assert_eq!(reading(units), Err(ArchitectureError::NoSuchUnit { layer, unit }));
        }
        for huge in [usize::MAX, usize::MAX / 2, 1 << 30] {
            assert_eq!(stacked(&[huge, huge]).unwrap_err(), ArchitectureError::TooLarge);
        }
    }
}
