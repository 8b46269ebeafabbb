//! From a layered graph to a network: its blocks, and which of their weights are masked because the
//! graph has no such edge.
//!
//! A node is a unit. Each layer except the first has a block that reads the layer before it. For
//! edges that skip layers, it has one more block for each earlier layer they come from, or a single
//! block that reads all these layers ([`Skip`]). Input weights are masked to the graph's edges,
//! hidden-to-hidden weights only if a second graph is given. The first layer reads the network's
//! input, unmasked. (Darji 2021, after Stier and Granitzer 2019, "Structural analysis of sparse
//! neural networks".)

use std::collections::{BTreeSet, HashSet};

use crate::cell::Cell;
use crate::graph::{Graph, Layering};
use crate::named;
use crate::network::{
    Architecture, ArchitectureError, Block, Head, Input, Layer, Layout, Masks, Network, Part,
    Pooling, Reads, Source, Weight,
};

named! {
    /// How the rows of a gated cell's mask follow from a graph's.
    #[derive(Default, Hash, PartialOrd)]
    pub enum GateMask: "gate mask" {
        /// Each gate sees the graph. Its rows once for each gate, as the gates' weights are stacked.
        #[default]
        Tiled = "tiled",
        /// As in the thesis: each row as often as there are gates, so that gates see other units' rows.
        /// Weights are stacked gate by gate, so what a gate of a unit sees is not the graph.
        Interleaved = "interleaved",
    }
}

impl GateMask {
    /// Which of a layer's `units` provides the mask of a row of the layer's `[G * units]` weights.
    fn unit(self, row: usize, units: usize, gates: usize) -> usize {
        match self {
            Self::Tiled => row % units,
            Self::Interleaved => row / gates,
        }
    }
}

named! {
    /// How edges that skip layers enter the layer they lead to.
    #[derive(Default, PartialOrd)]
    pub enum Skip: "way of skips" {
        /// Through a block of their own for each layer they come from, as in the thesis. Each has a state
        /// of its own: a unit has as many states as layers lead to it.
        #[default]
        Blocks = "blocks",
        /// As further inputs of the layer's one block. A unit has one state.
        Inputs = "inputs",
    }
}

named! {
    /// Which nodes the readout reads.
    #[derive(Default, PartialOrd)]
    pub enum ReadoutFrom: "choice of nodes" {
        /// Those of the last layer, as in the thesis. Dead ends are then felt only a step later, by the
        /// hidden-to-hidden weights of their layer.
        #[default]
        LastLayer = "last_layer",
        /// All that no edge leads from.
        Sinks = "sinks",
    }
}

/// How a network is built from a graph.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// What each unit computes.
    pub cell: Cell,
    /// How masks of gated cells are derived from the graph.
    pub gate_mask: GateMask,
    /// How edges that skip layers enter the layer they lead to.
    pub skip: Skip,
    /// Which nodes the readout reads.
    pub readout: ReadoutFrom,
    /// Masks for hidden-to-hidden weights: a unit reads its own state and the states of those units
    /// of its layer to which this graph connects it. `None` leaves these weights dense, as in the
    /// thesis.
    pub hidden: Option<Graph>,
}

/// Why no network can be built from a graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum WiringError {
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    #[error("the graph of hidden-to-hidden weights has {found} nodes, the network's {expected}")]
    HiddenNodes { found: usize, expected: usize },
}

impl Wiring {
    /// The thesis's settings, except for the masks of gates.
    pub fn new(cell: Cell) -> Self {
        Self {
            cell,
            gate_mask: GateMask::default(),
            skip: Skip::default(),
            readout: ReadoutFrom::default(),
            hidden: None,
        }
    }

    /// The architecture of a layered graph's network.
    ///
    /// # Errors
    /// If the network would be invalid, for example without classes.
    pub fn architecture(
        &self,
        layering: &Layering,
        input: Input,
        classes: usize,
    ) -> Result<Architecture, ArchitectureError> {
        let mut sources = vec![BTreeSet::new(); layering.layers().len()];
        for &(from, to) in layering.edges() {
            sources[layering.place(to).0].insert(layering.place(from).0);
        }
        let layer = |(at, nodes): (usize, &Vec<usize>)| {
            let before = at.checked_sub(1).map_or(Source::Input, Source::Layer);
            // The longest path to a node comes through the layer before it.
            let skips = sources[at].range(..at.saturating_sub(1)).copied().map(Source::Layer);
            let blocks = match self.skip {
                Skip::Blocks => {
                    let sources = [before].into_iter().chain(skips);
                    sources.map(|source| Block::new(source, self.cell)).collect()
                }
                Skip::Inputs => {
                    vec![Block { sources: skips.chain([before]).collect(), cell: self.cell }]
                }
            };
            Layer { size: nodes.len(), blocks, reversed: false }
        };
        let layers: Vec<Layer> = layering.layers().iter().enumerate().map(layer).collect();
        let reads = match self.readout {
            ReadoutFrom::LastLayer => Reads::LastLayer,
            ReadoutFrom::Sinks => {
                let mut sinks: Vec<_> = layering.sinks().map(|node| layering.place(node)).collect();
                sinks.sort_unstable();
                Reads::Units(sinks)
            }
        };
        let (pooling, head) = (Pooling::Last, Head::default());
        let architecture = Architecture { input, layers, reads, pooling, head, classes };
        architecture.validate()?;
        Ok(architecture)
    }

    /// The masks: weights for which the graph has no edge.
    ///
    /// # Errors
    /// If the graph of hidden-to-hidden weights has other nodes.
    ///
    /// # Panics
    /// If `architecture` belongs to another graph.
    pub fn masks(
        &self,
        layering: &Layering,
        architecture: &Architecture,
    ) -> Result<Masks, WiringError> {
        let layout = Layout::new(architecture);
        let expected = layering.layers().iter().map(Vec::len).sum();
        if let Some(found) = self.hidden.as_ref().map(Graph::nodes)
            && found != expected
        {
            return Err(WiringError::HiddenNodes { found, expected });
        }
        let edges: HashSet<(usize, usize)> = layering.edges().iter().copied().collect();
        let hidden = self.hidden.as_ref().map(|graph| {
            let own = (0..expected).map(|node| (node, node));
            graph.edges().flat_map(|(a, b)| [(a, b), (b, a)]).chain(own).collect()
        });
        let some = |nodes: &Vec<usize>| nodes.iter().copied().map(Some).collect::<Vec<_>>();
        let masked = |weight: Weight| {
            let here = &layering.layers()[weight.layer];
            let block = &architecture.layers[weight.layer].blocks[weight.block];
            // The node that feeds each column, `None` for columns of the network's input.
            let (from, edges): (Vec<Option<usize>>, &HashSet<(usize, usize)>) =
                match (weight.part, &hidden) {
                    (Part::Ih, _) => {
                        let nodes = |source: &Source| match *source {
                            Source::Input => vec![None; architecture.input.width()],
                            Source::Layer(from) => some(&layering.layers()[from]),
                        };
                        (block.sources.iter().flat_map(nodes).collect(), &edges)
                    }
                    (Part::Hh, Some(hidden)) => (some(here), hidden),
                    (Part::Hh, None) => return Vec::new(),
                };
            assert_eq!((from.len(), here.len()), (weight.columns, weight.rows / weight.gates));
            // The thesis has no masks for hidden-to-hidden weights, so its interleaved order does
            // not apply.
            let gate_mask = match weight.part {
                Part::Ih => self.gate_mask,
                Part::Hh => GateMask::Tiled,
            };
            let row = |row: usize| {
                let to = here[gate_mask.unit(row, here.len(), weight.gates)];
                let start = weight.range.start + row * from.len();
                let absent = move |from: Option<usize>| {
                    from.is_some_and(|from| !edges.contains(&(from, to)))
                };
                let columns = from.iter().enumerate().filter(move |column| absent(*column.1));
                columns.map(move |(column, _)| start + column)
            };
            (0..weight.rows).flat_map(row).collect()
        };
        Ok(Masks::at(layout.len(), layout.weights().flat_map(masked).collect()))
    }

    /// A network of the layered graph, with random initial weights.
    ///
    /// ```
    /// use rarefy::cell::Cell;
    /// use rarefy::graph::{Family, Layering, Orientation, Parameters};
    /// use rarefy::network::Input;
    /// use rarefy::wiring::Wiring;
    ///
    /// let graph = Family::BarabasiAlbert.generate(&Parameters::of(20).m(2), 0)?;
    /// let layering = Layering::new(&graph, Orientation::Number, 0)?;
    /// let input = Input::Series { channels: 3 };
    /// let network = Wiring::new(Cell::Gru).network(&layering, input, 2, 0)?;
    /// assert_eq!(network.architecture().layers.len(), layering.layers().len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Wiring::architecture`] and [`Wiring::masks`].
    pub fn network(
        &self,
        layering: &Layering,
        input: Input,
        classes: usize,
        seed: u64,
    ) -> Result<Network, WiringError> {
        let architecture = self.architecture(layering, input, classes)?;
        let masks = self.masks(layering, &architecture)?;
        let mut network = Network::initialise(architecture, seed);
        network.mask(&masks);
        Ok(network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Family, Orientation, Parameters};

    const TOKENS: Input = Input::Tokens { vocabulary: 9, embedding: 2 };

    /// Nodes 0 and 1 lead to 2 and 3. Node 0 also has an edge that skips to 4, which is behind 3.
    fn layering() -> Layering {
        let edges = [(0, 2), (1, 2), (1, 3), (3, 4), (0, 4)];
        Layering::new(&Graph::new(5, edges).unwrap(), Orientation::Number, 0).unwrap()
    }

    /// Which weights are kept in each matrix, row by row.
    fn kept(wiring: &Wiring) -> Vec<Vec<u8>> {
        let network = wiring.network(&layering(), TOKENS, 2, 0).unwrap();
        let masks = network.masks();
        let keep = |place| u8::from(!masks.is_masked(place));
        network.layout().weights().map(|weight| weight.range.map(keep).collect()).collect()
    }

    #[test]
    fn weights_are_kept_where_there_is_an_edge() {
        let wiring = Wiring::new(Cell::RnnTanh);
        let architecture = wiring.architecture(&layering(), TOKENS, 2).unwrap();
        assert_eq!(layering().layers(), [vec![0, 1], vec![2, 3], vec![4]]);
        let sizes: Vec<_> = architecture.layers.iter().map(|l| (l.size, l.blocks.len())).collect();
        assert_eq!((sizes, architecture.input.width()), (vec![(2, 1), (2, 1), (1, 2)], 2));
        let all = |count| vec![1; count];
        // Node 2 reads 0 and 1; node 3 reads 1; node 4 reads 3, and 0 through a block of its own.
        let ih = [all(4), vec![1, 1, 0, 1], vec![0, 1], vec![1, 0]];
        let hh = [all(4), all(4), all(1), all(1)];
        let expected: Vec<_> = ih.into_iter().zip(hh).flat_map(|(ih, hh)| [ih, hh]).collect();
        assert_eq!(kept(&wiring), expected);
    }

    #[test]
    fn gates_see_the_graph_when_tiled_and_other_rows_when_interleaved() {
        let of_second =
            |gate_mask| kept(&Wiring { gate_mask, ..Wiring::new(Cell::Gru) })[2].clone();
        assert_eq!(of_second(GateMask::Tiled), [1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1]);
        assert_eq!(of_second(GateMask::Interleaved), [1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 1]);
    }

    #[test]
    fn skipping_edges_may_be_further_inputs_of_one_block() {
        let wiring = Wiring { skip: Skip::Inputs, ..Wiring::new(Cell::RnnTanh) };
        let architecture = wiring.architecture(&layering(), TOKENS, 2).unwrap();
        assert!(architecture.layers.iter().all(|layer| layer.blocks.len() == 1));
        let last = &architecture.layers[2].blocks[0];
        assert_eq!(last.sources, [Source::Layer(0), Source::Layer(1)]);
        // Node 4 reads 0 of the first layer and 3 of the second.
        assert_eq!(kept(&wiring)[4..], [vec![1, 0, 0, 1], vec![1]]);
        // Layers that no edge skips into are the same for both settings.
        assert_eq!(kept(&wiring)[..4], kept(&Wiring::new(Cell::RnnTanh))[..4]);
        let gated = Wiring { cell: Cell::Gru, ..wiring };
        assert_eq!(kept(&gated)[4], [1, 0, 0, 1].repeat(3));
    }

    #[test]
    fn a_layer_a_node_is_no_more_work_than_the_edges() {
        let path = Family::Path.generate(&Parameters::of(100_000), 0).unwrap();
        let layering = Layering::new(&path, Orientation::Number, 0).unwrap();
        let architecture = Wiring::new(Cell::RnnTanh).architecture(&layering, TOKENS, 2).unwrap();
        assert_eq!(architecture.layers.len(), 100_000);
    }

    #[test]
    fn a_second_graph_joins_the_units_of_a_layer() {
        let hidden = Graph::new(5, [(0, 1), (0, 4)]).unwrap();
        let wiring = Wiring { hidden: Some(hidden), ..Wiring::new(Cell::RnnTanh) };
        let kept = kept(&wiring);
        assert_eq!((&kept[1][..], &kept[3][..]), (&[1, 1, 1, 1][..], &[1, 0, 0, 1][..]));
        let hidden = Some(Graph::new(4, []).unwrap());
        let error = Wiring { hidden, ..wiring }.network(&layering(), TOKENS, 2, 0).unwrap_err();
        assert_eq!(error, WiringError::HiddenNodes { found: 4, expected: 5 });
    }

    #[test]
    fn the_readout_reads_the_last_layer_or_every_sink() {
        let sinks = Wiring { readout: ReadoutFrom::Sinks, ..Wiring::new(Cell::Gru) };
        let architecture = sinks.architecture(&layering(), TOKENS, 2).unwrap();
        // Nodes 2 and 4.
        assert_eq!(architecture.readout_units(), [(1, 0), (2, 0)]);
        let last = Wiring::new(Cell::Gru).architecture(&layering(), TOKENS, 2).unwrap();
        assert_eq!(last.readout_units(), [(2, 0)]);
    }

    #[test]
    fn what_enters_may_have_any_width() {
        for input in [Input::Tokens { vocabulary: 9, embedding: 7 }, Input::Series { channels: 7 }]
        {
            let network = Wiring::new(Cell::Lstm).network(&layering(), input, 2, 0).unwrap();
            assert_eq!(network.layout().layers[0][0].inputs, 7);
            let first = network.layout().layers[0][0].weight_ih.clone();
            assert_eq!(network.masks().count_in(first), 0);
        }
    }
}
