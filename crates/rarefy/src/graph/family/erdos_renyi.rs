//! Pairs of nodes joined at random (Erdos and Renyi 1959, Gilbert 1959), also by blocks (Holland et
//! al. 1983).

use std::collections::HashSet;

use super::row::{Row, all_pairs, few_enough, pairs, pairs_to_try, probability};
use super::{FamilyError, Parameter, Parameters};
use crate::graph::Graph;
use crate::random::Stream;

/// Each pair of nodes is joined with probability `p`.
pub const GNP: Row = Row {
    title: "Erdos-Renyi G(n, p)",
    parameters: &[Parameter::nodes, Parameter::p],
    usual: |_| Parameters::default(),
    edges: |of| (of.nodes as f64).powi(2) / 2.0 * of.p,
    build: |of, stream| {
        probability("p", of.p)?;
        few_enough((pairs_to_try(of.nodes)? as f64 * of.p) as usize)?;
        Ok(Graph::new(of.nodes, all_pairs(of.nodes).filter(|_| stream.uniform() < of.p))?)
    },
};

/// Every graph with this number of edges is equally likely.
pub const GNM: Row = Row {
    title: "Erdos-Renyi G(n, m)",
    parameters: &[Parameter::nodes, Parameter::edges],
    usual: |_| Parameters::default(),
    edges: |of| of.edges as f64,
    build: |of, stream| gnm(of.nodes, of.edges, stream),
};

/// A pair within a block is joined with probability `within`, a pair of different blocks with
/// probability `between`.
pub const STOCHASTIC_BLOCK_MODEL: Row = Row {
    title: "stochastic block model",
    parameters: &[Parameter::blocks, Parameter::within, Parameter::between],
    usual: |_| Parameters::default(),
    edges: |of| (of.nodes as f64).powi(2) / 2.0 * of.within.max(of.between),
    build: |of, stream| {
        probability("the probability within a block", of.within)?;
        probability("the probability between blocks", of.between)?;
        few_enough((pairs_to_try(of.nodes)? as f64 * of.within.max(of.between)) as usize)?;
        let sizes = of.blocks.iter().enumerate();
        let block: Vec<usize> =
            sizes.flat_map(|(block, &size)| std::iter::repeat_n(block, size)).collect();
        let joined = |&(a, b): &(usize, usize)| {
            stream.uniform() < if block[a] == block[b] { of.within } else { of.between }
        };
        Ok(Graph::new(of.nodes, all_pairs(of.nodes).filter(joined))?)
    },
};

fn gnm(nodes: usize, edges: usize, stream: &mut Stream) -> Result<Graph, FamilyError> {
    let most = pairs(nodes);
    if edges > most {
        return Err(FamilyError::TooManyEdges { edges, nodes, most });
    }
    few_enough(edges)?;
    // Whichever is fewer is drawn: the edges, or the pairs that are not edges.
    let few = edges.min(most - edges);
    let mut drawn = HashSet::new();
    while drawn.len() < few {
        let (a, b) = (stream.index(nodes), stream.index(nodes));
        if a != b {
            drawn.insert((a.min(b), a.max(b)));
        }
    }
    if few == edges {
        let mut edges: Vec<_> = drawn.into_iter().collect();
        edges.sort_unstable();
        return Ok(Graph::new(nodes, edges)?);
    }
    Ok(Graph::new(nodes, all_pairs(nodes).filter(|pair| !drawn.contains(pair)))?)
}
