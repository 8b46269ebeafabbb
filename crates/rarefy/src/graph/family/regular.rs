//! Graphs whose nodes all have the same degree (Kim and Vu 2003), and graphs without randomness.

use std::collections::{BTreeMap, HashSet};

use super::row::{Row, all_pairs, few_enough, pairs};
use super::{FamilyError, Parameter, Parameters};
use crate::graph::{Graph, GraphError};
use crate::random::Stream;

/// Every node has `degree` edges.
pub const RANDOM_REGULAR: Row = Row {
    title: "random regular",
    parameters: &[Parameter::nodes, Parameter::degree],
    usual: |_| Parameters::default(),
    edges: |of| of.nodes as f64 / 2.0 * of.degree as f64,
    build: |of, stream| random_regular(of.nodes, of.degree, stream),
};

/// Node 0 is joined to all others.
pub const STAR: Row = Row {
    title: "star",
    parameters: &[Parameter::nodes],
    usual: |_| Parameters::default(),
    edges: |of| of.nodes as f64,
    build: |of, _| Ok(Graph::new(of.nodes, (1..of.nodes).map(|leaf| (0, leaf)))?),
};

/// Each node is joined to the next.
pub const PATH: Row = Row {
    title: "path",
    parameters: &[Parameter::nodes],
    usual: |_| Parameters::default(),
    edges: |of| of.nodes as f64,
    build: |of, _| Ok(Graph::new(of.nodes, (1..of.nodes).map(|next| (next - 1, next)))?),
};

/// All pairs of nodes are joined.
pub const COMPLETE: Row = Row {
    title: "complete",
    parameters: &[Parameter::nodes],
    usual: |_| Parameters::default(),
    edges: |of| (of.nodes as f64).powi(2) / 2.0,
    build: |of, _| {
        few_enough(pairs(of.nodes))?;
        Ok(Graph::new(of.nodes, all_pairs(of.nodes))?)
    },
};

fn random_regular(nodes: usize, degree: usize, stream: &mut Stream) -> Result<Graph, FamilyError> {
    if nodes < 2 {
        return Err(GraphError::TooFewNodes { nodes }.into());
    }
    if degree >= nodes {
        return Err(FamilyError::Degree { degree, nodes });
    }
    if degree % 2 == 1 && nodes % 2 == 1 {
        return Err(FamilyError::OddEnds { degree, nodes });
    }
    few_enough(nodes.saturating_mul(degree) / 2)?;
    // If there are many edges, hardly any pairing is valid. Then the complement is drawn, which is
    // a regular graph with few edges.
    let few = degree.min(nodes - 1 - degree);
    let mut edges = loop {
        if let Some(edges) = pair_up(nodes, few, stream) {
            break edges;
        }
    };
    if few < degree {
        return Ok(Graph::new(nodes, all_pairs(nodes).filter(|pair| !edges.contains(pair)))?);
    }
    let mut edges: Vec<_> = edges.drain().collect();
    edges.sort_unstable();
    Ok(Graph::new(nodes, edges)?)
}

/// Joins ends of edges at random, and retries those that do not fit until all fit or none can.
fn pair_up(nodes: usize, degree: usize, stream: &mut Stream) -> Option<HashSet<(usize, usize)>> {
    let mut edges = HashSet::new();
    let mut ends: Vec<usize> =
        (0..nodes).flat_map(|node| std::iter::repeat_n(node, degree)).collect();
    while !ends.is_empty() {
        stream.shuffle(&mut ends);
        let mut left: BTreeMap<usize, usize> = BTreeMap::new();
        for &[a, b] in ends.as_chunks::<2>().0 {
            if a == b || !edges.insert((a.min(b), a.max(b))) {
                *left.entry(a).or_default() += 1;
                *left.entry(b).or_default() += 1;
            }
        }
        let nodes: Vec<usize> = left.keys().copied().collect();
        let mut pairs =
            nodes.iter().enumerate().flat_map(|(at, &b)| nodes[..at].iter().map(move |&a| (a, b)));
        if !nodes.is_empty() && pairs.all(|pair| edges.contains(&pair)) {
            return None;
        }
        ends = left.into_iter().flat_map(|(node, ends)| std::iter::repeat_n(node, ends)).collect();
    }
    Some(edges)
}
