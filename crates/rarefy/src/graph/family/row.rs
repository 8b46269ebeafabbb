//! What a family is, and what several of them are built with.

use super::error::{FamilyError, MOST_EDGES, MOST_PAIRS};
use super::parameters::{Checked, Parameter, Parameters};
use crate::graph::Graph;
use crate::random::Stream;

/// What there is to know about a family.
pub(super) struct Row {
    /// What the literature calls it.
    pub title: &'static str,
    /// All parameters that its graphs take.
    pub parameters: &'static [Parameter],
    /// Of a number of nodes: what is not said, where that may be left out.
    pub usual: fn(usize) -> Parameters,
    /// About how many edges its graph has, at most.
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

/// How many pairs of nodes there are.
pub(super) fn pairs(nodes: usize) -> usize {
    nodes.saturating_mul(nodes.saturating_sub(1)) / 2
}

/// The same where each is tried.
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
