//! The network that a recipe begins with.

use super::{NetworkError, Recipe, layered};
use crate::data::Encoding;
use crate::graph::{FamilyError, Layering};
use crate::network::{Architecture, Input, Network};
use crate::wiring::Wiring;

/// A graph in layers, and how a network is made of it.
pub type Graphed<'a> = (&'a Wiring, &'a Layering);

impl Recipe {
    /// What enters the network of these sequences. An embedding is as wide as the first layer
    /// by default, as in the thesis.
    fn input(&self, graph: Option<Graphed>, encoding: &Encoding) -> Input {
        let first = match graph {
            Some((_, layering)) => layering.layers()[0].len(),
            None => self.layers.first().copied().unwrap_or(0),
        };
        Input::of(encoding, self.embedding.unwrap_or(first))
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
        let input = self.input(graph, encoding);
        Ok(match graph {
            Some((wiring, layering)) => wiring.architecture(layering, input, classes)?,
            None => Architecture::stack(input, self.cell, &self.layers, classes)?,
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
                let input = self.input(graph, encoding);
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
