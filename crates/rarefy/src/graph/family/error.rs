//! Why there is no such graph.

use super::Parameter;
use crate::graph::GraphError;

/// Why a family has no such graph.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum FamilyError {
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error("{name} is {value}: expected a probability from 0 to 1")]
    Probability { name: &'static str, value: f64 },
    #[error("m is {m}: expected 1 to {} for {nodes} nodes", nodes - 1)]
    Attachment { m: usize, nodes: usize },
    #[error(
        "k is {k}: it is split between two sides, so it must be even; {} is",
        if *k == 1 { "2".to_owned() } else { format!("{} or {}", k - 1, k + 1) }
    )]
    OddNeighbours { k: usize },
    #[error("k is {k}: a node of {nodes} has at most {} neighbours, and at least 2", nodes - 1)]
    Neighbours { k: usize, nodes: usize },
    #[error("none of {tries} graphs was connected: use a larger k, more tries or a smaller p")]
    NeverConnected { tries: usize },
    #[error("{edges} edges: {nodes} nodes have at most {most}")]
    TooManyEdges { edges: usize, nodes: usize, most: usize },
    #[error("degree {degree}: each of {nodes} nodes can be joined to at most {} others", nodes - 1)]
    Degree { degree: usize, nodes: usize },
    #[error(
        "degree {degree} of {nodes} nodes: one of the two must be even, as each edge has two ends"
    )]
    OddEnds { degree: usize, nodes: usize },
    #[error("the graph is a file, so it has no family")]
    Given,
    #[error("graphs of the family {family} need {parameter}")]
    Missing { family: &'static str, parameter: Parameter },
    #[error(
        "the family {family} has no parameter {parameter}: it takes {}",
        takes.iter().map(|takes| takes.name()).collect::<Vec<_>>().join(", ")
    )]
    Stray { family: &'static str, parameter: Parameter, takes: &'static [Parameter] },
    #[error("{pairs} pairs of nodes: at most {MOST_PAIRS} are supported")]
    TooManyPairs { pairs: usize },
    #[error("about {edges} edges: at most {MOST_EDGES} are supported")]
    TooLarge { edges: usize },
    #[error("{swaps} swaps of {edges} edges: {} leave nothing as it was", 100 * edges)]
    TooManySwaps { swaps: usize, edges: usize },
    #[error(
        "only {done} of {swaps} swaps were found, then none in {tries} tries: too few edges can be \
         swapped"
    )]
    TooFewSwaps { done: usize, swaps: usize, tries: usize },
}

/// Each pair costs a random number: so many take some seconds.
pub(super) const MOST_PAIRS: usize = 1 << 30;
/// An edge takes some 70 bytes while its graph is made: so many take two gigabytes.
pub(super) const MOST_EDGES: usize = 1 << 25;
