//! The description of a family, and helpers shared by several families.

use super::error::{FamilyError, MOST_EDGES, MOST_PAIRS};
use super::parameters::{Checked, Parameter, Parameters};
use crate::graph::Graph;
use crate::random::Stream;

/// The description of a family.
pub(super) struct Row {
    /// Name in the literature.
    pub title: &'static str,
    /// All parameters that its graphs accept.
    pub parameters: &'static [Parameter],
    /// Defaults of optional parameters, for a number of nodes.
    pub usual: fn(usize) -> Parameters,
    /// An approximate upper bound on the number of edges.
    pub edges: fn(&Checked) -> f64,
    pub build: fn(&Checked, &mut Stream) -> Result<Graph, FamilyError>,
}

pub(super) fn probability(name: &'static str, value: f64) -> Result<(), FamilyError> {
    if (0.0..=1.0).contains(&value) {
        Ok(())
    } else {
        Err(FamilyError::Probability { name, value })
    }
}

/// Number of pairs of nodes.
pub(super) fn pairs(nodes: usize) -> usize {
    nodes.saturating_mul(nodes.saturating_sub(1)) / 2
}

/// The same for a family that tries every pair; an error if there are too many.
pub(super) fn pairs_to_try(nodes: usize) -> Result<usize, FamilyError> {
    let pairs = pairs(nodes);
    if pairs <= MOST_PAIRS { Ok(pairs) } else { Err(FamilyError::TooManyPairs { pairs }) }
}

pub(super) fn few_enough(edges: usize) -> Result<(), FamilyError> {
    if edges <= MOST_EDGES { Ok(()) } else { Err(FamilyError::TooLarge { edges }) }
}

pub(super) fn all_pairs(nodes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..nodes).flat_map(move |a| (a + 1..nodes).map(move |b| (a, b)))
}
