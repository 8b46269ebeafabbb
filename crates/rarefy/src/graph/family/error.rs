//! Why a family has no graph for some parameters.

use super::Parameter;
use crate::graph::GraphError;

/// Why a family has no graph for some parameters.
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
        "k is {k}: expected an even number, half for each side, such as {}",
        if *k == 1 { "2".to_owned() } else { format!("{} or {}", k - 1, k + 1) }
    )]
    OddNeighbours { k: usize },
    #[error("k is {k}: expected 2 to {} for {nodes} nodes", nodes - 1)]
    Neighbours { k: usize, nodes: usize },
    #[error("none of {tries} graphs was connected: use a larger k, more tries or a smaller p")]
    NeverConnected { tries: usize },
    #[error("{edges} edges: {nodes} nodes have at most {most}")]
    TooManyEdges { edges: usize, nodes: usize, most: usize },
    #[error("degree {degree}: expected at most {} for {nodes} nodes", nodes - 1)]
    Degree { degree: usize, nodes: usize },
    #[error(
        "degree {degree} for {nodes} nodes: one of the two must be even, since each edge has two ends"
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
    #[error("{swaps} swaps of {edges} edges: expected at most {}, enough to randomise", 100 * edges)]
    TooManySwaps { swaps: usize, edges: usize },
    #[error(
        "found only {done} of {swaps} swaps, then none in {tries} tries: too few edges can be swapped"
    )]
    TooFewSwaps { done: usize, swaps: usize, tries: usize },
}

/// Most pairs. Each costs a random number, and this many take some seconds.
pub(super) const MOST_PAIRS: usize = 1 << 30;
/// Most edges. Each takes about 70 bytes while the graph is created, and this many take two
/// gigabytes.
pub(super) const MOST_EDGES: usize = 1 << 25;
