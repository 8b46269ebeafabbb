//! The network that a recipe begins with.

use super::{NetworkError, Recipe, layered, narrowed, stack_weights};
use crate::data::{Encoding, Scaling};
use crate::graph::{FamilyError, Layering};
use crate::network::{Architecture, Input, Network};
use crate::sparsify::Sparsify;
use crate::wiring::Wiring;

/// A graph in layers, and how a network is made of it.
pub type Graphed<'a> = (&'a Wiring, &'a Layering);

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
        let input = encoding.scaling().map(Scaling::channels).or(self.embedding);
        let all = stack_weights(self.cell, &self.layers, input) as f64;
        let narrowed = narrowed(self.cell, &self.layers, input, all * (1.0 - percent / 100.0));
        narrowed.ok_or(NetworkError::NoneSoSmall { percent })
    }

    /// What is connected to what in the network, which reads sequences of this encoding: as in
    /// `graph`, or as a stack of [`Recipe::layers`].
    ///
    /// # Errors
    /// When there can be no such network.
    pub fn architecture(
        &self,
        graph: Option<Graphed>,
        encoding: &Encoding,
        classes: usize,
    ) -> Result<Architecture, NetworkError> {
        Ok(match graph {
            Some(_) if matches!(self.sparsify, Some(Sparsify::Dense { .. })) => {
                return Err(NetworkError::DenseGraph);
            }
            Some((wiring, layering)) => {
                let input = self.input(layering.layers()[0].len(), encoding);
                wiring.architecture(layering, input, classes)?
            }
            None => {
                let layers = self.stack(encoding)?;
                let input = self.input(layers.first().copied().unwrap_or(0), encoding);
                Architecture::stack(input, self.cell, &layers, classes)?
            }
        })
    }

    /// The network as `seed` initialises it.
    ///
    /// # Errors
    /// When there can be no such network.
    pub fn network(
        &self,
        graph: Option<Graphed>,
        encoding: &Encoding,
        classes: usize,
        seed: u64,
    ) -> Result<Network, NetworkError> {
        match graph {
            Some((wiring, layering)) => {
                self.architecture(graph, encoding, classes)?;
                let input = self.input(layering.layers()[0].len(), encoding);
                Ok(wiring.network(layering, input, classes, seed)?)
            }
            None => Ok(Network::initialise(self.architecture(None, encoding, classes)?, seed)),
        }
    }

    /// The same where its graph, if it is wired as one, is of a family.
    pub(super) fn own_network(
        &self,
        encoding: &Encoding,
        classes: usize,
        seed: u64,
    ) -> Result<Network, NetworkError> {
        let graph = self
            .wired
            .as_ref()
            .map(|wired| Ok::<_, FamilyError>((wired.wiring(self.cell), layered(&wired.graph()?))));
        let graph = graph.transpose()?;
        let graph = graph.as_ref().map(|(wiring, layering)| (wiring, layering));
        self.network(graph, encoding, classes, seed)
    }
}
