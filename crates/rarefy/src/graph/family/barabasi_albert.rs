//! Preferential attachment (Barabasi and Albert 1999).

use super::row::{Row, few_enough};
use super::{FamilyError, Parameter, Parameters};
use crate::graph::{Graph, GraphError};
use crate::random::Stream;

/// Each new node is joined to `m` others, drawn with probabilities proportional to their degree;
/// the first new node is joined to `m` nodes without an edge. `m (n - m)` edges.
pub const BARABASI_ALBERT: Row = Row {
    title: "Barabasi-Albert",
    parameters: &[Parameter::nodes, Parameter::m],
    // The thesis's default.
    usual: |nodes| Parameters::default().m((nodes / 10).max(1)),
    edges: |of| of.nodes as f64 * of.m as f64,
    build: |of, stream| barabasi_albert(of.nodes, of.m, stream),
};

fn barabasi_albert(nodes: usize, m: usize, stream: &mut Stream) -> Result<Graph, FamilyError> {
    if nodes < 2 {
        return Err(GraphError::TooFewNodes { nodes }.into());
    }
    if m == 0 || m >= nodes {
        return Err(FamilyError::Attachment { m, nodes });
    }
    few_enough(m.saturating_mul(nodes - m))?;
    // Each end of each edge, so that a uniform draw from them prefers nodes of high degree.
    let mut ends = Vec::new();
    let mut edges = Vec::new();
    let mut targets: Vec<usize> = (0..m).collect();
    // For each node, the last new node that drew it.
    let mut drawn_by = vec![usize::MAX; nodes];
    for node in m..nodes {
        edges.extend(targets.iter().map(|&target| (target, node)));
        ends.extend_from_slice(&targets);
        ends.extend(std::iter::repeat_n(node, m));
        targets.clear();
        while targets.len() < m {
            let drawn = ends[stream.index(ends.len())];
            if std::mem::replace(&mut drawn_by[drawn], node) != node {
                targets.push(drawn);
            }
        }
    }
    edges.sort_unstable();
    Ok(Graph::new(nodes, edges)?)
}
