//! Random graphs that keep the degree of every node.

use std::collections::HashSet;

use super::{FamilyError, Graph};
use crate::random::Stream;

/// The graph after `swaps` swaps. A swap replaces two edges (a, b) and (c, d) by (a, d) and (c, b),
/// so every node keeps its degree (Maslov and Sneppen 2002).
///
/// # Errors
/// If there are more than a hundred swaps per edge, or if a hundred consecutive attempts per edge
/// find nothing to swap.
pub fn rewire(graph: &Graph, swaps: usize, seed: u64) -> Result<Graph, FamilyError> {
    const MOST_SWAPS: usize = 100;
    if swaps > MOST_SWAPS * graph.edge_count().max(1) {
        return Err(FamilyError::TooManySwaps { swaps, edges: graph.edge_count() });
    }
    let stream = &mut Stream::new(seed, "rewire");
    let mut edges: Vec<(usize, usize)> = graph.edges().collect();
    swap(&mut edges, swaps, Ends::Either, stream)?;
    edges.sort_unstable_by_key(|&edge| Ends::Either.ordered(edge));
    let edges = edges.into_iter().map(|edge| Ends::Either.ordered(edge));
    Ok(match graph.names() {
        Some(names) => Graph::named(names.to_vec(), edges)?,
        None => Graph::new(graph.nodes(), edges)?,
    })
}

/// Which ends of two edges a swap may join.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// Either end of the one with either end of the other: edges have no direction.
    Either,
    /// The start of the one with the end of the other: nodes keep the numbers of edges into them
    /// and out of them.
    Directed,
}

impl Ends {
    /// The form in which two edges are compared.
    fn ordered(self, (a, b): (usize, usize)) -> (usize, usize) {
        match self {
            Self::Either => (a.min(b), a.max(b)),
            Self::Directed => (a, b),
        }
    }
}

/// Makes `swaps` swaps of edges, none of which may join a node to itself. Each edge keeps its place
/// in the list.
///
/// # Errors
/// If a hundred consecutive attempts per edge find nothing to swap.
pub(super) fn swap(
    edges: &mut [(usize, usize)],
    swaps: usize,
    ends: Ends,
    stream: &mut Stream,
) -> Result<(), FamilyError> {
    const TRIES: usize = 100;
    let ordered = |edge| ends.ordered(edge);
    let mut there: HashSet<(usize, usize)> = edges.iter().copied().map(ordered).collect();
    let (mut done, mut in_vain) = (0, 0);
    while done < swaps {
        if in_vain == TRIES * edges.len() {
            return Err(FamilyError::TooFewSwaps { done, swaps, tries: in_vain });
        }
        in_vain += 1;
        let (first, second) = (stream.index(edges.len()), stream.index(edges.len()));
        let (a, b) = edges[first];
        let (mut c, mut d) = edges[second];
        // Either end of the second edge may be joined to the first.
        if ends == Ends::Either && stream.coin() {
            (c, d) = (d, c);
        }
        let joined = [(a, d), (c, b)];
        let fits = |&pair: &(usize, usize)| pair.0 != pair.1 && !there.contains(&ordered(pair));
        if first == second || !joined.iter().all(fits) || ordered(joined[0]) == ordered(joined[1]) {
            continue;
        }
        for (at, pair) in [first, second].into_iter().zip(joined) {
            there.remove(&ordered(edges[at]));
            edges[at] = pair;
        }
        there.extend(joined.map(ordered));
        (done, in_vain) = (done + 1, 0);
    }
    Ok(())
}
