//! Which networks a study trains: stacked layers, or a sample of random graphs.

use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::data::Corpus;
use crate::graph::{Family, FamilyError, Graph, Layering, Orientation};
use crate::network::{Architecture, Network};
use crate::random::{Stream, fnv1a};
use crate::wiring::{GateMask, Wiring};

/// The networks that a study trains, each with each of its cells and seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Networks {
    /// One: a stack of layers of so many units.
    Stacked(Vec<usize>),
    /// One for each graph of a sample.
    Wired(GraphSample),
}

/// Random graphs: so many of each family, the same for every cell and every seed of
/// a network, so that cells and gate masks can be compared graph by graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphSample {
    /// The families.
    pub families: Vec<GraphFamily>,
    /// Graphs of each family.
    pub graphs: u32,
    /// Fewest nodes and most; every number in between is as likely.
    pub nodes: (usize, usize),
    /// Seed of the graphs.
    pub seed: u64,
    /// How many graphs of each family are also wired the thesis's way
    /// ([`GateMask::Interleaved`]), with the cells that have gates.
    pub interleaved: u32,
}

/// The thesis's families of graphs; the number of nodes determines all else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GraphFamily {
    /// [`Family::thesis_barabasi_albert`]
    BarabasiAlbert,
    /// [`Family::thesis_watts_strogatz`]
    WattsStrogatz,
}

/// A graph of a study's sample, and how a network is wired as it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Wired {
    /// The graph's family.
    pub family: GraphFamily,
    /// Its number within the family, from 0 on.
    pub number: u32,
    /// How gates see it.
    pub gate_mask: GateMask,
}

/// Draws of a graph until one comes out as promised; a Watts-Strogatz graph of few
/// edges is seldom connected.
const DRAWS: u32 = 100;

impl GraphFamily {
    /// Both.
    pub const ALL: [Self; 2] = [Self::BarabasiAlbert, Self::WattsStrogatz];

    /// As in files, the thesis's among them.
    pub fn name(self) -> &'static str {
        match self {
            Self::BarabasiAlbert => "barabasi_albert",
            Self::WattsStrogatz => "watts_strogatz",
        }
    }

    fn of(self, nodes: usize) -> Family {
        match self {
            Self::BarabasiAlbert => Family::thesis_barabasi_albert(nodes),
            Self::WattsStrogatz => Family::thesis_watts_strogatz(nodes),
        }
    }
}

impl GraphSample {
    /// The graph `number` of `family`: a pure function of both, the seed and the range
    /// of nodes.
    ///
    /// # Errors
    /// When no graph of so many nodes is as the family promises.
    ///
    /// # Panics
    /// When the most nodes are fewer than the fewest.
    pub fn graph(&self, family: GraphFamily, number: u32) -> Result<Graph, FamilyError> {
        let (name, nodes) = (family.name(), self.nodes_of(family, number));
        let draw = |attempt| {
            let seed = format!("{} {name} {number} {attempt}", self.seed);
            family.of(nodes).generate(fnv1a(seed.as_bytes()))
        };
        let mut graph = draw(0);
        for attempt in 1..DRAWS {
            if !matches!(graph, Err(FamilyError::NeverConnected { .. })) {
                break;
            }
            graph = draw(attempt);
        }
        graph
    }

    /// How many nodes that graph has.
    ///
    /// # Panics
    /// When the most nodes are fewer than the fewest.
    pub fn nodes_of(&self, family: GraphFamily, number: u32) -> usize {
        let (fewest, most) = self.nodes;
        let purpose = format!("nodes of {} {number}", family.name());
        fewest + Stream::new(self.seed, &purpose).index(most - fewest + 1)
    }

    /// Every graph of the sample, family by family.
    pub fn all(&self) -> impl Iterator<Item = (GraphFamily, u32)> + '_ {
        self.families
            .iter()
            .flat_map(|&family| (0..self.graphs).map(move |number| (family, number)))
    }

    /// The networks that are trained with `cell`.
    pub fn wired(&self, cell: Cell) -> impl Iterator<Item = Wired> + '_ {
        let layouts = GateMask::ALL.into_iter().filter(move |&gate_mask| {
            // Without gates both are the same.
            gate_mask == GateMask::Tiled || cell.gates() > 1
        });
        layouts.flat_map(|gate_mask| {
            let taken = match gate_mask {
                GateMask::Tiled => self.graphs,
                GateMask::Interleaved => self.interleaved,
            };
            let graphs = self.all().filter(move |&(_, number)| number < taken);
            graphs.map(move |(family, number)| Wired { family, number, gate_mask })
        })
    }
}

impl Networks {
    /// The untrained network of `cell`, wired as `wired` where the networks are graphs.
    ///
    /// # Errors
    /// When there is no such graph.
    ///
    /// # Panics
    /// When a stack has no layers or units, or `wired` is missing.
    pub(super) fn initialise(
        &self,
        cell: Cell,
        wired: Option<&Wired>,
        corpus: &Corpus,
        seed: u64,
    ) -> Result<Network, FamilyError> {
        let (vocabulary, classes) = (corpus.vocabulary.len(), corpus.labels.names().len());
        match self {
            Self::Stacked(layers) => {
                let architecture = Architecture::stacked(vocabulary, cell, layers, classes)
                    .expect("a study's layers are checked before it runs");
                Ok(Network::initialise(architecture, seed))
            }
            Self::Wired(sample) => {
                let wired = wired.expect("a network of a sample of graphs is wired as one of them");
                let graph = sample.graph(wired.family, wired.number)?;
                let wiring = Wiring { gate_mask: wired.gate_mask, ..Wiring::new(cell) };
                let network = wiring.network(&layered(&graph), vocabulary, classes, seed);
                Ok(network.expect("a layered graph has layers, and data has characters and labels"))
            }
        }
    }
}

/// The graph as every study layers it: edges lead to the higher node.
pub fn layered(graph: &Graph) -> Layering {
    Layering::new(graph, Orientation::Number, 0).expect("no cycle leads to higher nodes only")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(seed: u64) -> GraphSample {
        let families = GraphFamily::ALL.to_vec();
        GraphSample { families, graphs: 100, nodes: (10, 50), seed, interleaved: 20 }
    }

    #[test]
    fn a_sample_is_the_thesiss_two_families_with_every_number_of_nodes() {
        let mut sizes = std::collections::BTreeSet::new();
        for seed in 0..5 {
            let sample = sample(seed);
            for (family, number) in sample.all() {
                let graph = sample.graph(family, number).unwrap();
                let n = graph.nodes();
                assert_eq!(graph.components(), 1, "{family:?} {number} of seed {seed}");
                let edges = match family {
                    GraphFamily::BarabasiAlbert => (n / 10) * (n - n / 10),
                    GraphFamily::WattsStrogatz => n * (n / 5 / 2),
                };
                assert_eq!(graph.edge_count(), edges, "{family:?} {number}: {n} nodes");
                sizes.insert(n);
            }
        }
        assert_eq!(sizes.into_iter().collect::<Vec<_>>(), (10..=50).collect::<Vec<_>>());
    }

    #[test]
    fn more_graphs_do_not_change_the_first_and_another_seed_changes_all() {
        let edges = |sample: &GraphSample| -> Vec<Vec<_>> {
            let graph = |(family, number)| sample.graph(family, number).unwrap();
            sample.all().map(|at| graph(at).edges().collect()).collect()
        };
        let (two, three) = (GraphSample { graphs: 2, ..sample(0) }, sample(0));
        let three = GraphSample { graphs: 3, ..three };
        let (few, more) = (edges(&two), edges(&three));
        assert_eq!([&few[..2], &few[2..]], [&more[..2], &more[3..5]]);
        let other = edges(&GraphSample { graphs: 2, ..sample(1) });
        assert!(few.iter().zip(&other).all(|(few, other)| few != other));
    }

    #[test]
    fn cells_with_gates_are_also_wired_the_thesiss_way() {
        let sample = sample(0);
        assert_eq!(sample.wired(Cell::RnnTanh).count(), 200);
        let gru: Vec<_> = sample.wired(Cell::Gru).collect();
        assert_eq!(gru.len(), 240);
        assert!(gru[200..].iter().all(|w| w.gate_mask == GateMask::Interleaved && w.number < 20));
    }
}
