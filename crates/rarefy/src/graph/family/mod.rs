//! Families of graphs, random and regular: each a [`Row`] in a file of its own.
//!
//! The random ones are NetworkX's definitions, with our own random numbers: the same
//! seed gives the same graph on every machine and in every version, but not NetworkX's.
//! Edges come in the order in which NetworkX lists them: by their lower node.

mod barabasi_albert;
mod erdos_renyi;
mod regular;
mod watts_strogatz;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Graph, GraphError};
use crate::random::Stream;

/// What there is to know about a family.
pub(super) struct Row {
    /// What the literature calls it.
    title: &'static str,
    /// What each of its graphs is told, and all of it.
    parameters: &'static [Parameter],
    /// Of a number of nodes: what is not said, where that may be left out.
    usual: fn(usize) -> Parameters,
    /// About how many edges its graph has, at most.
    edges: fn(&Checked) -> f64,
    build: fn(&Checked, &mut Stream) -> Result<Graph, FamilyError>,
}

crate::named! {
    /// A family of graphs; what follows the colon are its [`Parameters`].
    ///
    /// ```
    /// use rarefy::graph::{Family, Parameters};
    ///
    /// let graph = Family::BarabasiAlbert.generate(&Parameters::of(30).m(3), 7)?;
    /// assert_eq!(graph.edge_count(), 3 * (30 - 3));
    /// # Ok::<(), rarefy::graph::FamilyError>(())
    /// ```
    #[derive(PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Family: "family of graphs" {
        /// Preferential attachment: nodes, m.
        BarabasiAlbert = "barabasi_albert",
        /// A rewired ring, connected: nodes, k, p, tries.
        WattsStrogatz = "watts_strogatz",
        /// A rewired ring, connected or not: nodes, k, p.
        AnyWattsStrogatz = "any_watts_strogatz",
        /// Erdos-Renyi, each pair with a probability: nodes, p.
        Gnp = "gnp",
        /// Erdos-Renyi, a number of edges: nodes, edges.
        Gnm = "gnm",
        /// All nodes of one degree: nodes, degree.
        RandomRegular = "random_regular",
        /// A ring: nodes, k.
        RingLattice = "ring_lattice",
        /// One hub: nodes.
        Star = "star",
        /// A line: nodes.
        Path = "path",
        /// All pairs: nodes.
        Complete = "complete",
        /// Communities: blocks, within, between.
        StochasticBlockModel = "stochastic_block_model",
    }
}

impl Family {
    fn row(self) -> &'static Row {
        match self {
            Self::BarabasiAlbert => &barabasi_albert::BARABASI_ALBERT,
            Self::WattsStrogatz => &watts_strogatz::WATTS_STROGATZ,
            Self::AnyWattsStrogatz => &watts_strogatz::ANY_WATTS_STROGATZ,
            Self::Gnp => &erdos_renyi::GNP,
            Self::Gnm => &erdos_renyi::GNM,
            Self::RandomRegular => &regular::RANDOM_REGULAR,
            Self::RingLattice => &watts_strogatz::RING_LATTICE,
            Self::Star => &regular::STAR,
            Self::Path => &regular::PATH,
            Self::Complete => &regular::COMPLETE,
            Self::StochasticBlockModel => &erdos_renyi::STOCHASTIC_BLOCK_MODEL,
        }
    }
}

macro_rules! parameters {
    ($($(#[doc = $doc:literal])+ $name:ident: $kind:ty,)+) => {
        /// What graphs of a family are told; each family takes some of it.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub struct Parameters {
            $($(#[doc = $doc])+
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $name: Option<$kind>,)+
        }

        impl Parameters {
            /// A number of nodes, and nothing else yet.
            pub fn of(nodes: usize) -> Self {
                Self::default().nodes(nodes)
            }

            $($(#[doc = $doc])+
            #[must_use]
            pub fn $name(self, $name: $kind) -> Self {
                Self { $name: Some($name), ..self }
            }
            )+

            /// Those that something is said about.
            pub fn given(&self) -> impl Iterator<Item = Parameter> {
                let given = [$((Parameter::$name, self.$name.is_some())),+];
                given.into_iter().filter_map(|(parameter, given)| given.then_some(parameter))
            }

            /// The same with what `other` says where nothing is said here.
            #[must_use]
            pub fn or(self, other: Self) -> Self {
                Self { $($name: self.$name.or(other.$name)),+ }
            }

            /// What a family's row computes with: of what it does not take, nothing.
            fn checked(&self) -> Checked {
                let mut checked = Checked { $($name: self.$name.clone().unwrap_or_default()),+ };
                if self.blocks.is_some() {
                    checked.nodes = checked.blocks.iter().fold(0, |n: usize, &b| n.saturating_add(b));
                }
                checked
            }
        }

        /// One of [`Parameters`], named as there.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(non_camel_case_types, missing_docs)]
        pub enum Parameter {
            $($name),+
        }

        impl Parameter {
            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name)),+
                }
            }

        }

        /// Parameters of a family that has all it needs.
        pub(super) struct Checked {
            $($name: $kind),+
        }
    };
}

parameters! {
    /// Nodes of the graph.
    nodes: usize,
    /// Edges that each new node comes with.
    m: usize,
    /// Neighbours of each node in the ring: an even number.
    k: usize,
    /// Probability of rewiring each edge, or of joining each pair.
    p: f64,
    /// Edges of the graph.
    edges: usize,
    /// Edges of each node.
    degree: usize,
    /// Nodes of each block.
    blocks: Vec<usize>,
    /// Probability of joining a pair of the same block.
    within: f64,
    /// Probability of joining a pair of different blocks.
    between: f64,
    /// Graphs that are drawn, at most, until one is connected.
    tries: usize,
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a family has no such graph.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum FamilyError {
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error("{name} is {value}: a probability is from 0 to 1")]
    Probability { name: &'static str, value: f64 },
    #[error("m is {m}: each of {nodes} nodes can be joined to 1 to {} others", nodes - 1)]
    Attachment { m: usize, nodes: usize },
    #[error(
        "k is {k}: it is split between two sides, so it must be even; {} is",
        if *k == 1 { "2".to_owned() } else { format!("{} or {}", k - 1, k + 1) }
    )]
    OddNeighbours { k: usize },
    #[error("k is {k}: a node of {nodes} has at most {} neighbours, and at least 2", nodes - 1)]
    Neighbours { k: usize, nodes: usize },
    #[error("none of {tries} graphs was connected: raise k or the number of tries, or lower p")]
    NeverConnected { tries: usize },
    #[error("{edges} edges: {nodes} nodes have at most {most}")]
    TooManyEdges { edges: usize, nodes: usize, most: usize },
    #[error("degree {degree}: each of {nodes} nodes can be joined to at most {} others", nodes - 1)]
    Degree { degree: usize, nodes: usize },
    #[error(
        "degree {degree} of {nodes} nodes: one of both must be even, as each edge has two ends"
    )]
    OddEnds { degree: usize, nodes: usize },
    #[error("the graph came as a file, and is of no family")]
    Given,
    #[error("graphs of the family {family} need {parameter}")]
    Missing { family: Family, parameter: Parameter },
    #[error(
        "{parameter} is no parameter of the family {family}: it takes {}",
        family.parameters().iter().map(|takes| takes.name()).collect::<Vec<_>>().join(", ")
    )]
    Stray { family: Family, parameter: Parameter },
    #[error("{pairs} pairs of nodes: at most {MOST_PAIRS} can be gone through")]
    TooManyPairs { pairs: usize },
    #[error("some {edges} edges: at most {MOST_EDGES} can be worked with")]
    TooLarge { edges: usize },
    #[error("{swaps} swaps of {edges} edges: {} leave nothing as it was", 100 * edges)]
    TooManySwaps { swaps: usize, edges: usize },
    #[error(
        "only {done} of {swaps} swaps were found, then none in {tries} tries: the graph has too \
         few edges that could be swapped"
    )]
    TooFewSwaps { done: usize, swaps: usize, tries: usize },
}

/// Each pair costs a random number: so many take some seconds.
const MOST_PAIRS: usize = 1 << 30;
/// An edge takes some 70 bytes while its graph is made: so many take two gigabytes.
const MOST_EDGES: usize = 1 << 25;

impl Family {
    /// What the literature calls it.
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// What it needs to be told, and takes.
    pub fn parameters(self) -> &'static [Parameter] {
        self.row().parameters
    }

    /// What it is told of `nodes` nodes where nothing else is said: the thesis's parameters, for
    /// the thesis's families; nothing for others.
    pub fn usual(self, nodes: usize) -> Parameters {
        (self.row().usual)(nodes)
    }

    /// Whether `parameters` are all that it needs, and nothing else.
    ///
    /// # Errors
    /// Which one is missing, or is not among them.
    pub fn check(self, parameters: &Parameters) -> Result<(), FamilyError> {
        let (takes, given) = (self.parameters(), parameters.given().collect::<Vec<_>>());
        if let Some(&parameter) = given.iter().find(|given| !takes.contains(given)) {
            return Err(FamilyError::Stray { family: self, parameter });
        }
        match takes.iter().find(|needed| !given.contains(needed)) {
            Some(&parameter) => Err(FamilyError::Missing { family: self, parameter }),
            None => Ok(()),
        }
    }

    /// About how many edges a graph of `parameters` has, at most.
    pub fn edge_bound(self, parameters: &Parameters) -> f64 {
        (self.row().edges)(&parameters.checked())
    }

    /// Its graph of these parameters and this seed: the same for ever.
    ///
    /// # Errors
    /// When a parameter is missing or of another family, when the family has no such graph, or
    /// none was found.
    pub fn generate(self, parameters: &Parameters, seed: u64) -> Result<Graph, FamilyError> {
        self.check(parameters)?;
        (self.row().build)(&parameters.checked(), &mut Stream::new(seed, "graph"))
    }
}

fn probability(name: &'static str, value: f64) -> Result<(), FamilyError> {
    if (0.0..=1.0).contains(&value) {
        Ok(())
    } else {
        Err(FamilyError::Probability { name, value })
    }
}

/// How many pairs of nodes there are.
fn pairs(nodes: usize) -> usize {
    nodes.saturating_mul(nodes.saturating_sub(1)) / 2
}

/// The same where each is tried.
fn pairs_to_try(nodes: usize) -> Result<usize, FamilyError> {
    let pairs = pairs(nodes);
    if pairs <= MOST_PAIRS { Ok(pairs) } else { Err(FamilyError::TooManyPairs { pairs }) }
}

fn few_enough(edges: usize) -> Result<(), FamilyError> {
    if edges <= MOST_EDGES { Ok(()) } else { Err(FamilyError::TooLarge { edges }) }
}

fn all_pairs(nodes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..nodes).flat_map(move |a| (a + 1..nodes).map(move |b| (a, b)))
}
