//! From a network back to a graph: which units its weights connect, and with which sign.
//!
//! A node is a unit, and an edge leads from the unit that is read to the unit that reads it. Its
//! weight is the network's; weights of exactly 0 are no edges. `wiring` goes the other way.
//!
//! A gated cell has one weight per gate for each pair of units. The graph is that of one gate:
//! weights of different gates have nothing to do with each other's signs, so no sum of them would
//! mean anything.

use std::collections::BTreeMap;

use crate::cell::Cell;
use crate::graph::{Balance, Digraph, DigraphError, DirectedProperties, Edge};
use crate::named;
use crate::network::{Network, Part, Source, Weight};
use crate::suggest::did_you_mean;

named! {
    /// Which weights connect the units.
    #[derive(Default)]
    pub enum Parts: "part" {
        /// Hidden-to-hidden: the units of a layer with each other.
        #[default]
        Hh = "hh",
        /// Input-to-hidden: what a layer reads with its units.
        Ih = "ih",
        /// All of them in one graph.
        Both = "both",
    }
}

impl Parts {
    fn has(self, part: Part) -> bool {
        matches!((self, part), (Self::Both, _) | (Self::Hh, Part::Hh) | (Self::Ih, Part::Ih))
    }
}

/// Which connections of a network form the graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// The layer; by default every layer.
    pub layer: Option<usize>,
    /// The name of the gate; by default the one that computes what enters the state
    /// ([`Cell::content_gate`]).
    pub gate: Option<String>,
    /// Which weights.
    pub parts: Parts,
}

/// Why a network has no such graph.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum ConnectionsError {
    #[error("there is no layer {layer}: expected {}", counted_from_0(*layers))]
    NoSuchLayer { layer: usize, layers: usize },
    #[error(
        "{cell} has no gate '{gate}': expected {}{}",
        cell.gate_names().join(", "), did_you_mean(gate, cell.gate_names().iter().copied())
    )]
    NoSuchGate { gate: String, cell: Cell },
    #[error(
        "the units of layer {layer} have {blocks} states each, because the network was wired as a \
         graph with --skip blocks: one graph cannot have both parts; choose hh or ih"
    )]
    SeveralStates { layer: usize, blocks: usize },
    #[error("no weight differs from 0, so no units are connected")]
    NoWeight,
    #[error(transparent)]
    Digraph(#[from] DigraphError),
}

fn counted_from_0(count: usize) -> String {
    match count {
        1 => "0, the only one".to_owned(),
        _ => format!("0 to {}", count - 1),
    }
}

/// A node of the graph, in the order of nodes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    /// A unit of the input: of the embedding, or a channel of a series.
    Input(usize),
    /// A unit of a layer.
    Unit { layer: usize, unit: usize },
    /// The state that a unit has in one of several blocks of its layer.
    State { layer: usize, block: usize, unit: usize },
}

impl Node {
    /// Its name, in a network with `layers` layers.
    fn name(self, layers: usize) -> String {
        let of = |layer: usize| if layers > 1 { format!("l{layer}.") } else { String::new() };
        match self {
            Self::Input(unit) => format!("x{unit}"),
            Self::Unit { layer, unit } => format!("{}h{unit}", of(layer)),
            Self::State { layer, block, unit } => format!("{}b{block}.h{unit}", of(layer)),
        }
    }
}

impl Connections {
    /// These connections of `network` as a graph.
    ///
    /// The hidden-to-hidden weights of a single layer connect nodes 0 to `H - 1`, its units. In any
    /// other graph nodes have names: `x3` for the fourth unit of the input, `h5` for the sixth of
    /// the only layer, `l1.h5` of layer 1 of several, `l1.b0.h5` for its state in the first block.
    /// Units without connections are nodes too.
    ///
    /// ```
    /// use rarefy::cell::Cell;
    /// use rarefy::connections::Connections;
    /// use rarefy::network::{Architecture, Network};
    ///
    /// let network = Network::initialise(Architecture::stacked(7, Cell::RnnTanh, &[5], 2)?, 0);
    /// let graph = Connections::default().graph(&network)?;
    /// assert_eq!((graph.nodes(), graph.edges().len()), (5, 25));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such layer or gate, no weight is left, or units with several states would
    /// have to be one node.
    pub fn graph(&self, network: &Network) -> Result<Digraph, ConnectionsError> {
        let layers = &network.architecture().layers;
        if let Some(layer) = self.layer.filter(|&layer| layer >= layers.len()) {
            return Err(ConnectionsError::NoSuchLayer { layer, layers: layers.len() });
        }
        let is_chosen = |layer: usize| self.layer.is_none_or(|chosen| chosen == layer);
        let mut several = layers
            .iter()
            .enumerate()
            .filter(|(layer, of)| is_chosen(*layer) && of.blocks.len() > 1);
        if let (Parts::Both, Some((layer, of))) = (self.parts, several.next()) {
            return Err(ConnectionsError::SeveralStates { layer, blocks: of.blocks.len() });
        }
        let mut nodes = BTreeMap::new();
        let mut edges = Vec::new();
        for weight in network.layout().weights() {
            if !is_chosen(weight.layer) || !self.parts.has(weight.part) {
                continue;
            }
            let (from, to) = ends(network, &weight);
            from.iter().chain(&to).for_each(|&node| _ = nodes.insert(node, 0));
            let start = weight.range.start + self.gate(network, &weight)? * to.len() * from.len();
            for (row, &to) in to.iter().enumerate() {
                let start = start + row * from.len();
                let weights = &network.parameters()[start..start + from.len()];
                let there = from.iter().zip(weights).filter(|(_, weight)| **weight != 0.0);
                edges.extend(there.map(|(&from, &weight)| (from, to, f64::from(weight))));
            }
        }
        if edges.is_empty() {
            return Err(ConnectionsError::NoWeight);
        }
        nodes.values_mut().enumerate().for_each(|(number, node)| *node = number);
        let mut edges: Vec<Edge> = edges
            .into_iter()
            .map(|(from, to, weight)| Edge { from: nodes[&from], to: nodes[&to], weight })
            .collect();
        edges.sort_by_key(|edge| (edge.from, edge.to));
        let is_one_layer = self.layer.is_some() || layers.len() == 1;
        let are_units = nodes.keys().all(|node| matches!(node, Node::Unit { .. }));
        Ok(match self.parts == Parts::Hh && is_one_layer && are_units {
            true => Digraph::new(nodes.len(), edges)?,
            false => {
                let names = nodes.keys().map(|node| node.name(layers.len()));
                Digraph::named(names.collect(), edges)?
            }
        })
    }

    /// The place of the gate among those of a weight's cell.
    fn gate(&self, network: &Network, weight: &Weight) -> Result<usize, ConnectionsError> {
        let cell = network.layout().layers[weight.layer][weight.block].cell;
        let Some(gate) = &self.gate else { return Ok(cell.content_gate()) };
        let place = cell.gate_names().iter().position(|name| name == gate);
        place.ok_or_else(|| ConnectionsError::NoSuchGate { gate: gate.clone(), cell })
    }
}

/// The graphs of hidden-to-hidden weights, measured: for each gate its [`DirectedProperties`] by name,
/// each the mean over the layers in which it is defined.
pub type Measured = BTreeMap<String, BTreeMap<String, Option<f64>>>;

/// Layers with more units are not measured: it would take longer than to train them.
const MOST_UNITS: usize = 512;

/// Graphs that need more steps are measured without searches.
const MOST_STEPS: u64 = 100_000_000;

/// Measures the hidden-to-hidden graph of each gate, of layers that have any weight left; `None` if
/// a layer is too large.
pub fn measured(network: &Network) -> Option<Measured> {
    let mut sums: BTreeMap<String, BTreeMap<String, (f64, usize)>> = BTreeMap::new();
    for (gate, graph) in hidden(network)? {
        let properties = match DirectedProperties::search_steps(&graph) <= MOST_STEPS {
            true => DirectedProperties::new(&graph, 0, 1),
            false => DirectedProperties::without_searches(&graph),
        };
        let of_gate = sums.entry(gate.to_owned()).or_default();
        for (name, value) in DirectedProperties::NAMES.iter().zip(properties.values()) {
            let (sum, count) = of_gate.entry((*name).to_owned()).or_default();
            *sum += value.unwrap_or_default();
            *count += usize::from(value.is_some());
        }
    }
    let mean = |(sum, count): (f64, usize)| (count > 0).then(|| sum / count as f64);
    let of_gate = |all: BTreeMap<String, (f64, usize)>| {
        all.into_iter().map(|(name, sum)| (name, mean(sum))).collect()
    };
    Some(sums.into_iter().map(|(gate, all)| (gate, of_gate(all))).collect())
}

/// The share of balanced triples among the hidden-to-hidden weights of each gate and layer
/// ([`Balance::share`]), its mean over those that have any; `None` if there are none, or a layer is
/// too large.
pub fn balanced_share(network: &Network) -> Option<f64> {
    let graphs = hidden(network)?;
    let shares: Vec<f64> =
        graphs.iter().filter_map(|(_, graph)| Balance::new(graph).share()).collect();
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}

/// The hidden-to-hidden graph of each gate of each layer that has any weight left; `None` if a layer
/// is too large.
fn hidden(network: &Network) -> Option<Vec<(&'static str, Digraph)>> {
    let layers = &network.architecture().layers;
    if layers.iter().any(|layer| layer.size > MOST_UNITS) {
        return None;
    }
    let mut graphs = Vec::new();
    for layer in 0..layers.len() {
        for &gate in network.layout().layers[layer][0].cell.gate_names() {
            let connections =
                Connections { layer: Some(layer), gate: Some(gate.to_owned()), parts: Parts::Hh };
            graphs.extend(connections.graph(network).ok().map(|graph| (gate, graph)));
        }
    }
    Some(graphs)
}

/// The nodes that a weight matrix reads, one per column, and those that read them, one per row of a
/// gate.
fn ends(network: &Network, weight: &Weight) -> (Vec<Node>, Vec<Node>) {
    let layers = &network.architecture().layers;
    let Weight { layer, block, .. } = *weight;
    let units = |layer: usize| (0..layers[layer].size).map(move |unit| Node::Unit { layer, unit });
    match weight.part {
        Part::Hh if layers[layer].blocks.len() > 1 => {
            let states = (0..layers[layer].size).map(|unit| Node::State { layer, block, unit });
            (states.clone().collect(), states.collect())
        }
        Part::Hh => (units(layer).collect(), units(layer).collect()),
        Part::Ih => {
            let sources = layers[layer].blocks[block].sources.iter();
            let read = sources.flat_map(|&source| match source {
                Source::Input => {
                    let width = network.architecture().input.width();
                    (0..width).map(Node::Input).collect::<Vec<_>>()
                }
                Source::Layer(read) => units(read).collect(),
            });
            (read.collect(), units(layer).collect())
        }
    }
}
