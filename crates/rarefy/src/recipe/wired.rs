//! A network wired as a random graph: which graph, and how to wire it.
//!
//! A graph is a pure function of its family, number, seed and parameters, so cells and gate masks
//! can be compared on the same graphs.

use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::graph::{
    CyclicError, DeadEnds, Family, FamilyError, Graph, Layering, Orientation, Parameter, Parameters,
};
use crate::random::{Stream, fnv1a};
use crate::train::is_default;
use crate::wiring::{GateMask, ReadoutFrom, Skip, Wiring};

/// A graph, and how to wire a network as it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wired {
    /// The graph's family; `None` if it came from a file, which study files call `given`.
    #[serde(with = "family")]
    pub family: Option<Family>,
    /// Its number within the family, starting at 0.
    pub number: u32,
    /// Seed of the graphs.
    #[serde(default)]
    pub graph_seed: u64,
    /// The number of its nodes; has no meaning for a graph from a file.
    #[serde(default)]
    pub nodes: NodeCount,
    /// The fingerprint of a graph that came from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// The other parameters that its family needs.
    #[serde(flatten)]
    pub parameters: Parameters,
    /// How the graph masks gates.
    pub gate_mask: GateMask,
    /// How edges that skip layers enter the layer they lead to.
    #[serde(default)]
    pub skip: Skip,
    /// Which nodes the readout reads.
    #[serde(default)]
    pub readout_from: ReadoutFrom,
    /// How its edges are directed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub orientation: Orientation,
    /// What becomes of nodes that lead nowhere.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dead_ends: DeadEnds,
}

/// The number of nodes of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NodeCount {
    /// This number.
    Count(usize),
    /// Uniform from the fewest to the most, both included; drawn with the graph's number.
    Between([usize; 2]),
}

impl NodeCount {
    /// Whether graphs can have this number of nodes.
    pub(crate) fn is_possible(&self) -> bool {
        match *self {
            Self::Count(count) => count >= 2,
            Self::Between([fewest, most]) => (2..=most).contains(&fewest),
        }
    }
}

/// As in the thesis.
impl Default for NodeCount {
    fn default() -> Self {
        Self::Between([10, 50])
    }
}

/// The largest number of edges and nodes of a graph that a study wires a network as: each edge may
/// become a block of its own.
pub(crate) const MOST_EDGES: usize = 1_000_000;

/// The family's name in files if the graph came from a file.
const GIVEN: &str = "given";

/// A family by its name, or [`GIVEN`].
mod family {
    use serde::de::IntoDeserializer;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Family, GIVEN};

    pub fn serialize<S: Serializer>(family: &Option<Family>, to: S) -> Result<S::Ok, S::Error> {
        match family {
            Some(family) => family.serialize(to),
            None => GIVEN.serialize(to),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Family>, D::Error> {
        match &*String::deserialize(from)? {
            GIVEN => Ok(None),
            name => Family::deserialize(name.into_deserializer()).map(Some),
        }
    }
}

impl Wired {
    /// Checks that the family has all the parameters that it needs and no others.
    ///
    /// # Errors
    /// What is missing or superfluous, in a sentence.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Some(family) = self.family else { return Ok(()) };
        if self.orientation == Orientation::Given {
            return Err(format!("edges of {family} have no direction of their own"));
        }
        let most = match self.nodes {
            NodeCount::Count(count) => count,
            NodeCount::Between([_, most]) => most,
        };
        let parameters = self.parameters_of(family, most);
        family.check(&parameters).map_err(|error| error.to_string())?;
        let nodes = parameters.nodes.unwrap_or_default() as f64;
        let edges = nodes + family.edge_bound(&parameters);
        if edges > MOST_EDGES as f64 {
            return Err(format!(
                "its graph may have about {edges:.0} edges: at most {MOST_EDGES} are supported"
            ));
        }
        Ok(())
    }

    /// The parameters of a graph of `nodes` nodes.
    fn parameters_of(&self, family: Family, nodes: usize) -> Parameters {
        let parameters = match family.parameters().contains(&Parameter::nodes) {
            true => self.parameters.clone().nodes(nodes),
            false => self.parameters.clone(),
        };
        parameters.or(family.usual(nodes))
    }

    /// Generates the graph.
    ///
    /// # Errors
    /// If no graph with these parameters has what the family promises, or the graph came from a
    /// file.
    pub fn graph(&self) -> Result<Graph, FamilyError> {
        let family = self.family.ok_or(FamilyError::Given)?;
        // The 0 has no meaning, but removing it would change the graph of every seed.
        let seed = format!("{} {family} {} 0", self.graph_seed, self.number);
        family.generate(&self.parameters_of(family, self.node_count()), fnv1a(seed.as_bytes()))
    }

    /// Its graph in layers. A random orientation is drawn with the graph, so it is the same for all
    /// cells and seeds.
    ///
    /// # Errors
    /// If edges have the directions of a file, and these contain a cycle.
    pub fn layering(&self, graph: &Graph) -> Result<Layering, CyclicError> {
        let Self { graph_seed, number, given, .. } = self;
        let (family, given) = (self.family_name(), given.as_deref().unwrap_or_default());
        let purpose = format!("orientation of {graph_seed} {family} {number} {given}");
        let layering = Layering::new(graph, self.orientation, fnv1a(purpose.as_bytes()))?;
        Ok(match self.dead_ends {
            DeadEnds::Keep => layering,
            DeadEnds::Remove => layering.without_dead_ends(),
        })
    }

    /// The family's name, or `given` for a graph from a file.
    pub fn family_name(&self) -> String {
        self.family.map_or_else(|| GIVEN.to_owned(), |family| family.to_string())
    }

    /// The family's name in the literature.
    pub fn title(&self) -> &'static str {
        self.family.map_or("a given graph", Family::title)
    }

    /// The number of nodes of the graph.
    pub fn node_count(&self) -> usize {
        match (&self.parameters.blocks, self.nodes) {
            (Some(blocks), _) => blocks.iter().fold(0, |sum: usize, &n| sum.saturating_add(n)),
            (None, NodeCount::Count(count)) => count,
            (None, NodeCount::Between([fewest, most])) => {
                let purpose = format!("nodes of {} {}", self.family_name(), self.number);
                fewest
                    + Stream::new(self.graph_seed, &purpose).index(most.saturating_sub(fewest) + 1)
            }
        }
    }

    /// How to build a network of `cell` from the graph.
    pub fn wiring(&self, cell: Cell) -> Wiring {
        Wiring {
            gate_mask: self.gate_mask,
            skip: self.skip,
            readout: self.readout_from,
            ..Wiring::new(cell)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The thesis's families, for which the number of nodes determines all other parameters.
    const THESIS: [Family; 2] = [Family::BarabasiAlbert, Family::WattsStrogatz];

    fn wired(family: Family, number: u32, graph_seed: u64) -> Wired {
        Wired {
            family: Some(family),
            number,
            graph_seed,
            nodes: NodeCount::default(),
            given: None,
            parameters: Parameters::default(),
            gate_mask: GateMask::default(),
            skip: Skip::default(),
            readout_from: ReadoutFrom::default(),
            orientation: Orientation::default(),
            dead_ends: DeadEnds::default(),
        }
    }

    #[test]
    fn left_to_themselves_they_are_the_thesiss_two_families_with_every_number_of_nodes() {
        let mut sizes = std::collections::BTreeSet::new();
        for seed in 0..5 {
            for (family, number) in THESIS.into_iter().flat_map(|f| (0..100).map(move |n| (f, n))) {
                let graph = wired(family, number, seed).graph().unwrap();
                let n = graph.nodes();
                assert_eq!(graph.components(), 1, "{family:?} {number} of seed {seed}");
                let edges = match family {
                    Family::BarabasiAlbert => (n / 10) * (n - n / 10),
                    _ => n * (n / 5 / 2),
                };
                assert_eq!(graph.edge_count(), edges, "{family:?} {number}: {n} nodes");
                sizes.insert(n);
            }
        }
        assert_eq!(sizes.into_iter().collect::<Vec<_>>(), (10..=50).collect::<Vec<_>>());
    }

    #[test]
    fn another_number_or_seed_is_another_graph_and_the_same_is_the_same() {
        let edges = |wired: &Wired| wired.graph().unwrap().edges().collect::<Vec<_>>();
        for family in THESIS {
            let one = edges(&wired(family, 3, 0));
            assert_eq!(one, edges(&wired(family, 3, 0)));
            assert_ne!(one, edges(&wired(family, 4, 0)));
            assert_ne!(one, edges(&wired(family, 3, 1)));
        }
    }

    #[test]
    fn a_random_orientation_belongs_to_the_graph() {
        let of = |number, graph_seed| {
            let random = Wired {
                orientation: Orientation::Random,
                ..wired(Family::WattsStrogatz, number, graph_seed)
            };
            random.layering(&random.graph().unwrap()).unwrap()
        };
        assert_eq!(of(3, 0), of(3, 0));
        let sources = |layering: &Layering| layering.sources().count();
        // By number, a ring without rewiring has one source, its first node.
        let ring = |orientation| Wired {
            nodes: NodeCount::Count(30),
            parameters: Parameters::default().k(6).p(0.0),
            orientation,
            ..wired(Family::WattsStrogatz, 0, 0)
        };
        let count = |ring: Wired| sources(&ring.layering(&ring.graph().unwrap()).unwrap());
        assert_eq!(count(ring(Orientation::Number)), 1);
        assert!(count(ring(Orientation::Random)) > 1);
        let error = ring(Orientation::Given).check().unwrap_err();
        assert_eq!(error, "edges of watts_strogatz have no direction of their own");
    }

    #[test]
    fn a_family_takes_its_own_parameters_and_no_others() {
        let with = |family, parameters| {
            Wired { family: Some(family), parameters, ..wired(Family::Star, 0, 0) }.check()
        };
        let m = || Parameters::default().m(2);
        assert_eq!(with(Family::BarabasiAlbert, m()), Ok(()));
        let error = with(Family::WattsStrogatz, m()).unwrap_err();
        assert_eq!(
            error,
            "the family watts_strogatz has no parameter m: it takes nodes, k, p, tries"
        );
        let error = with(Family::Gnp, Parameters::default()).unwrap_err();
        assert_eq!(error, "graphs of the family gnp need p");
    }
}
