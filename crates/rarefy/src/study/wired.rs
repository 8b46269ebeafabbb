//! A network wired as a random graph: which graph, and how.
//!
//! A graph is a pure function of its family, number, seed and parameters, so that cells
//! and gate masks can be compared graph by graph.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cell::Cell;
use crate::graph::{Family, FamilyError, Graph, Layering, Orientation};
use crate::random::{Stream, fnv1a};
use crate::wiring::{GateMask, ReadoutFrom, Skip, Wiring};

/// A graph, and how a network is wired as it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wired {
    /// The graph's family.
    pub family: GraphFamily,
    /// Its number within the family, from 0 on.
    pub number: u32,
    /// Seed of the graphs.
    #[serde(default)]
    pub graph_seed: u64,
    /// How many nodes it has; says nothing of one that came as a file.
    #[serde(default)]
    pub nodes: NodeCount,
    /// The fingerprint of the graph, if it came as a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// What else its family asks for.
    #[serde(flatten)]
    pub parameters: FamilyParameters,
    /// How gates see it.
    pub gate_mask: GateMask,
    /// How edges that skip layers enter.
    #[serde(default)]
    pub skip: Skip,
    /// Which nodes the readout reads.
    #[serde(default)]
    pub readout_from: ReadoutFrom,
}

/// Families of graphs, each with a graph for every number ([`Family`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GraphFamily {
    /// [`Family::BarabasiAlbert`]; `m` is a tenth of the nodes unless given, as in the thesis.
    BarabasiAlbert,
    /// [`Family::ConnectedWattsStrogatz`]; `k` is a fifth of the nodes and `p` is 1 unless
    /// given, as in the thesis.
    WattsStrogatz,
    /// [`Family::WattsStrogatz`], connected or not, otherwise the same.
    AnyWattsStrogatz,
    /// [`Family::Gnp`]
    Gnp,
    /// [`Family::Gnm`]
    Gnm,
    /// [`Family::RandomRegular`]
    RandomRegular,
    /// [`Family::RingLattice`]
    RingLattice,
    /// [`Family::Star`]
    Star,
    /// [`Family::Path`]
    Path,
    /// [`Family::Complete`]
    Complete,
    /// [`Family::StochasticBlockModel`]
    StochasticBlockModel,
    /// None: the graph came as a file.
    Given,
}

/// How many nodes a graph has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NodeCount {
    /// So many.
    Count(usize),
    /// From the fewest to the most, every number as likely; drawn by the graph's number.
    Between([usize; 2]),
}

/// The thesis's.
impl Default for NodeCount {
    fn default() -> Self {
        Self::Between([10, 50])
    }
}

/// What families ask for beside nodes; the default where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct FamilyParameters {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub m: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degree: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<Vec<usize>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<f64>,
}

/// Edges and nodes of the largest graph that a network is wired as in a study: each edge may be
/// a block of its own.
pub(super) const MOST_EDGES: usize = 1_000_000;

/// Watts-Strogatz graphs that are drawn until one is connected; of the thesis's, the first or
/// the second nearly always is.
const TRIES: usize = 100;

impl GraphFamily {
    /// The thesis's, of which the number of nodes determines all else.
    pub const THESIS: [Self; 2] = [Self::BarabasiAlbert, Self::WattsStrogatz];

    /// As in files, the thesis's among them.
    pub fn name(self) -> &'static str {
        match self {
            Self::BarabasiAlbert => "barabasi_albert",
            Self::WattsStrogatz => "watts_strogatz",
            Self::AnyWattsStrogatz => "any_watts_strogatz",
            Self::Gnp => "gnp",
            Self::Gnm => "gnm",
            Self::RandomRegular => "random_regular",
            Self::RingLattice => "ring_lattice",
            Self::Star => "star",
            Self::Path => "path",
            Self::Complete => "complete",
            Self::StochasticBlockModel => "stochastic_block_model",
            Self::Given => "given",
        }
    }

    /// The parameters that must be given, and those that may.
    fn parameters(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::BarabasiAlbert => (&[], &["m"]),
            Self::WattsStrogatz | Self::AnyWattsStrogatz => (&[], &["k", "p"]),
            Self::Gnp => (&["p"], &[]),
            Self::Gnm => (&["edges"], &[]),
            Self::RandomRegular => (&["degree"], &[]),
            Self::RingLattice => (&["k"], &[]),
            Self::Star | Self::Path | Self::Complete | Self::Given => (&[], &[]),
            Self::StochasticBlockModel => (&["blocks", "within", "between"], &[]),
        }
    }
}

impl FamilyParameters {
    /// The names of those that are given.
    fn given(&self) -> Vec<&'static str> {
        let given = [
            ("m", self.m.is_some()),
            ("k", self.k.is_some()),
            ("p", self.p.is_some()),
            ("edges", self.edges.is_some()),
            ("degree", self.degree.is_some()),
            ("blocks", self.blocks.is_some()),
            ("within", self.within.is_some()),
            ("between", self.between.is_some()),
        ];
        given.into_iter().filter_map(|(name, given)| given.then_some(name)).collect()
    }
}

impl Wired {
    /// Whether the family has all it asks for and nothing else.
    ///
    /// # Errors
    /// What is missing or too much, in a sentence.
    pub(super) fn check(&self) -> Result<(), String> {
        let name = self.family.name();
        let (must, may) = self.family.parameters();
        let given = self.parameters.given();
        if let Some(missing) = must.iter().find(|parameter| !given.contains(parameter)) {
            return Err(format!("graphs of the family {name} need {missing}"));
        }
        let known = |parameter: &&&str| !must.contains(parameter) && !may.contains(parameter);
        if let Some(stray) = given.iter().find(known) {
            let takes = match [must, may].concat() {
                none if none.is_empty() => "none but nodes".to_owned(),
                some => some.join(", "),
            };
            return Err(format!("{stray} is no parameter of the family {name}: it takes {takes}"));
        }
        match self.nodes {
            NodeCount::Between([fewest, most]) if fewest > most || fewest < 2 => {
                Err(format!("nodes is [{fewest}, {most}]: the fewest, 2 or more, then the most"))
            }
            NodeCount::Count(count) if count < 2 => {
                Err(format!("nodes is {count}: a graph has 2 or more"))
            }
            _ if self.edge_bound() > MOST_EDGES as f64 => Err(format!(
                "its graph may have some {:.0} edges: at most {MOST_EDGES} are wired",
                self.edge_bound()
            )),
            _ => Ok(()),
        }
    }

    /// About how many edges and nodes its graph has, at most.
    fn edge_bound(&self) -> f64 {
        let of = |value: Option<usize>| value.map_or(0.0, |value| value as f64);
        let nodes = match (&self.parameters.blocks, self.nodes) {
            (Some(blocks), _) => blocks.iter().map(|&block| block as f64).sum(),
            (None, NodeCount::Count(count)) => count as f64,
            (None, NodeCount::Between([_, most])) => most as f64,
        };
        let FamilyParameters { m, k, p, edges, degree, within, between, .. } = self.parameters;
        let pairs = nodes * nodes / 2.0;
        let edges = match self.family {
            GraphFamily::BarabasiAlbert => nodes * m.map_or(nodes / 10.0, |m| m as f64),
            GraphFamily::WattsStrogatz
            | GraphFamily::AnyWattsStrogatz
            | GraphFamily::RingLattice => nodes / 2.0 * k.map_or(nodes / 5.0, |k| k as f64),
            GraphFamily::Gnp => pairs * p.unwrap_or(1.0),
            GraphFamily::Gnm => of(edges),
            GraphFamily::RandomRegular => nodes / 2.0 * of(degree),
            GraphFamily::Star | GraphFamily::Path | GraphFamily::Given => nodes,
            GraphFamily::Complete => pairs,
            GraphFamily::StochasticBlockModel => {
                pairs * within.unwrap_or(1.0).max(between.unwrap_or(1.0))
            }
        };
        nodes + edges
    }

    /// The graph.
    ///
    /// # Errors
    /// When no graph of these parameters is as the family promises, or it came as a file.
    pub fn graph(&self) -> Result<Graph, FamilyError> {
        if self.given.is_some() {
            return Err(FamilyError::Given);
        }
        let family = self.member(self.node_count());
        let name = self.family.name();
        // The 0 has no meaning any more, but the same seed gives the same graph for ever.
        let seed = format!("{} {name} {} 0", self.graph_seed, self.number);
        family.generate(fnv1a(seed.as_bytes()))
    }

    /// How many nodes the graph has.
    pub fn node_count(&self) -> usize {
        match (&self.parameters.blocks, self.nodes) {
            (Some(blocks), _) => blocks.iter().fold(0, |sum: usize, &n| sum.saturating_add(n)),
            (None, NodeCount::Count(count)) => count,
            (None, NodeCount::Between([fewest, most])) => {
                let purpose = format!("nodes of {} {}", self.family.name(), self.number);
                fewest + Stream::new(self.graph_seed, &purpose).index(most - fewest + 1)
            }
        }
    }

    /// The family with all its parameters.
    ///
    /// # Panics
    /// When a parameter is missing, see [`Self::check`].
    fn member(&self, nodes: usize) -> Family {
        const CHECKED: &str = "parameters are checked when a study is read";
        let FamilyParameters { m, k, p, edges, degree, ref blocks, within, between } =
            self.parameters;
        let neighbours = k.unwrap_or((nodes / 5 / 2 * 2).max(2));
        let rewired = p.unwrap_or(1.0);
        match self.family {
            GraphFamily::BarabasiAlbert => {
                Family::BarabasiAlbert { nodes, m: m.unwrap_or((nodes / 10).max(1)) }
            }
            GraphFamily::WattsStrogatz => {
                Family::ConnectedWattsStrogatz { nodes, k: neighbours, p: rewired, tries: TRIES }
            }
            GraphFamily::AnyWattsStrogatz => {
                Family::WattsStrogatz { nodes, k: neighbours, p: rewired }
            }
            GraphFamily::Gnp => Family::Gnp { nodes, p: p.expect(CHECKED) },
            GraphFamily::Gnm => Family::Gnm { nodes, edges: edges.expect(CHECKED) },
            GraphFamily::RandomRegular => {
                Family::RandomRegular { nodes, degree: degree.expect(CHECKED) }
            }
            GraphFamily::RingLattice => Family::RingLattice { nodes, k: k.expect(CHECKED) },
            GraphFamily::Star => Family::Star { nodes },
            GraphFamily::Path => Family::Path { nodes },
            GraphFamily::Complete => Family::Complete { nodes },
            GraphFamily::StochasticBlockModel => Family::StochasticBlockModel {
                blocks: blocks.clone().expect(CHECKED),
                within: within.expect(CHECKED),
                between: between.expect(CHECKED),
            },
            GraphFamily::Given => unreachable!("it has no family"),
        }
    }

    /// How a network of `cell` is made of the graph.
    pub fn wiring(&self, cell: Cell) -> Wiring {
        Wiring {
            gate_mask: self.gate_mask,
            skip: self.skip,
            readout: self.readout_from,
            ..Wiring::new(cell)
        }
    }

    /// The value of a setting by its key in study files; null where nothing is said.
    ///
    /// # Panics
    /// When there is no such key.
    pub(super) fn value(&self, key: &str) -> Value {
        match key {
            "family" => json!(self.family),
            "graph" => self.given.as_ref().map_or_else(|| json!(self.number), |given| json!(given)),
            "graph_seed" => json!(self.graph_seed),
            "nodes" => json!(self.nodes),
            "gate_mask" => json!(self.gate_mask),
            "skip" => json!(self.skip),
            "readout_from" => json!(self.readout_from),
            "m" => json!(self.parameters.m),
            "k" => json!(self.parameters.k),
            "p" => json!(self.parameters.p),
            "edges" => json!(self.parameters.edges),
            "degree" => json!(self.parameters.degree),
            "blocks" => json!(self.parameters.blocks),
            "within" => json!(self.parameters.within),
            "between" => json!(self.parameters.between),
            key => panic!("there is no setting {key}"),
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
    use crate::study::{GraphChoice, Settings};

    fn wired(family: GraphFamily, number: u32, graph_seed: u64) -> Wired {
        let settings = Settings {
            cell: Some(Cell::Gru),
            epochs: Some(1),
            family: Some(family),
            graph: Some(GraphChoice::Number(number)),
            graph_seed: Some(graph_seed),
            ..Settings::default()
        };
        settings.trial().unwrap().wired.unwrap()
    }

    #[test]
    fn left_to_themselves_they_are_the_thesiss_two_families_with_every_number_of_nodes() {
        let mut sizes = std::collections::BTreeSet::new();
        for seed in 0..5 {
            for (family, number) in
                GraphFamily::THESIS.into_iter().flat_map(|f| (0..100).map(move |n| (f, n)))
            {
                let graph = wired(family, number, seed).graph().unwrap();
                let n = graph.nodes();
                assert_eq!(graph.components(), 1, "{family:?} {number} of seed {seed}");
                let edges = match family {
                    GraphFamily::BarabasiAlbert => (n / 10) * (n - n / 10),
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
        for family in GraphFamily::THESIS {
            let one = edges(&wired(family, 3, 0));
            assert_eq!(one, edges(&wired(family, 3, 0)));
            assert_ne!(one, edges(&wired(family, 4, 0)));
            assert_ne!(one, edges(&wired(family, 3, 1)));
        }
    }

    #[test]
    fn a_family_takes_its_own_parameters_and_no_others() {
        let with = |family, parameters| {
            Wired { family, parameters, ..wired(GraphFamily::Star, 0, 0) }.check()
        };
        let m = || FamilyParameters { m: Some(2), ..FamilyParameters::default() };
        assert_eq!(with(GraphFamily::BarabasiAlbert, m()), Ok(()));
        let error = with(GraphFamily::WattsStrogatz, m()).unwrap_err();
        assert_eq!(error, "m is no parameter of the family watts_strogatz: it takes k, p");
        let error = with(GraphFamily::Gnp, FamilyParameters::default()).unwrap_err();
        assert_eq!(error, "graphs of the family gnp need p");
    }
}
