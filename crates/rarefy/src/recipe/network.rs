//! The network that a recipe begins with.

use super::{NetworkError, Recipe, Stack};
use crate::data::{Corpus, Encoding, Scaling};
use crate::graph::{FamilyError, Layering};
use crate::network::{Architecture, Input, Network};
use crate::sparsify::Sparsify;
use crate::wiring::Wiring;

/// A graph in layers, and how a network is made of it.
pub type Graphed<'a> = (&'a Wiring, &'a Layering);

/// What a network is built between: its data and its answers.
#[derive(Clone, Copy, Debug)]
pub struct Ends<'a> {
    /// How a sequence becomes its input.
    pub encoding: &'a Encoding,
    /// `C`: the number of its outputs.
    pub outputs: usize,
    /// The number of steps of the sequences, if it is the same for all.
    pub steps: Option<usize>,
}

impl<'a> From<&'a Corpus<'_>> for Ends<'a> {
    /// Those of its training data.
    fn from(corpus: &'a Corpus<'_>) -> Self {
        let (encoding, outputs) = (&corpus.encoding, corpus.task.outputs());
        Self { encoding, outputs, steps: corpus.train.steps() }
    }
}

impl Recipe {
    /// What enters the network of these sequences. An embedding is as wide as the first layer
    /// by default, as in the thesis.
    fn input(&self, first: usize, encoding: &Encoding) -> Input {
        Input::of(encoding, self.embedding.unwrap_or(first))
    }

    /// The layers of the stack: [`Recipe::layers`], or fewer units of each where a dense network is
    /// to have as many weights as a sparse one.
    fn stack(&self, encoding: &Encoding) -> Result<Vec<usize>, NetworkError> {
        let Some(Sparsify::Dense { percent }) = self.sparsify else {
            return Ok(self.layers.clone());
        };
        let stack = Stack {
            cell: self.cell,
            layers: self.layers.clone(),
            input: encoding.scaling().map(Scaling::channels).or(self.embedding),
            bidirectional: self.bidirectional,
        };
        let narrowed = stack.narrowed(stack.weights() as f64 * (1.0 - percent / 100.0));
        Ok(narrowed.ok_or(NetworkError::NoneSoSmall { percent })?.layers)
    }

    /// What is connected to what in the network between `ends`: as in `graph`, or as a stack of
    /// [`Recipe::layers`].
    ///
    /// # Errors
    /// When there can be no such network.
    pub fn architecture(
        &self,
        graph: Option<Graphed>,
        ends: Ends,
    ) -> Result<Architecture, NetworkError> {
        let Ends { encoding, outputs, steps } = ends;
        let mut architecture = match graph {
            Some(_) if matches!(self.sparsify, Some(Sparsify::Dense { .. })) => {
                return Err(NetworkError::DenseGraph);
            }
            Some(_) if self.bidirectional => return Err(NetworkError::BothWaysGraph),
            Some((wiring, layering)) => {
                let input = self.input(layering.layers()[0].len(), encoding);
                wiring.architecture(layering, input, outputs)?
            }
            None => {
                let layers = self.stack(encoding)?;
                let input = self.input(layers.first().copied().unwrap_or(0), encoding);
                let build = if self.bidirectional {
                    Architecture::bidirectional
                } else {
                    Architecture::stack
                };
                build(input, self.cell, &layers, outputs)?
            }
        };
        architecture.pooling = self.training.readout.pooling(steps)?;
        architecture.head = self.head.clone();
        architecture.validate()?;
        Ok(architecture)
    }

    /// The network as `seed` initialises it.
    ///
    /// # Errors
    /// When there can be no such network.
    pub fn network(
        &self,
        graph: Option<Graphed>,
        ends: Ends,
        seed: u64,
    ) -> Result<Network, NetworkError> {
        let architecture = self.architecture(graph, ends)?;
        let masks = graph.map(|(wiring, layering)| wiring.masks(layering, &architecture));
        let masks = masks.transpose()?;
        let mut network = Network::initialise_as(self.init, architecture, seed);
        masks.iter().for_each(|masks| network.mask(masks));
        Ok(network)
    }

    /// The same where its graph, if it is wired as one, is of a family.
    pub(super) fn own_network(&self, ends: Ends, seed: u64) -> Result<Network, NetworkError> {
        let graph = self.wired.as_ref().map(|wired| {
            let layering = wired.layering(&wired.graph()?).expect("a family has no cycle");
            Ok::<_, FamilyError>((wired.wiring(self.cell), layering))
        });
        let graph = graph.transpose()?;
        let graph = graph.as_ref().map(|(wiring, layering)| (wiring, layering));
        self.network(graph, ends, seed)
    }
}
