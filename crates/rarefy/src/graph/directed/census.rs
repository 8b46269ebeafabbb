//! The triad census: how many of the sets of three nodes are of each of 16 types (Holland and
//! Leinhardt 1970). Only sets with an edge are looked at (Batagelj and Mrvar 2001, "A subquadratic
//! triad census algorithm for large sparse networks with small maximum degree").

use serde::{Serialize, Serializer};

use super::Digraph;
use super::dyads::Dyads;

/// The types of triads: the numbers of mutual, asymmetric and absent pairs, and a letter for the
/// direction (down, up, transitive, cyclic).
pub const TRIADS: [&str; 16] = [
    "003", "012", "102", "021D", "021U", "021C", "111D", "111U", "030T", "030C", "201", "120D",
    "120U", "120C", "210", "300",
];

/// The type of the triad of nodes v, u and w by its edges: 1 for v -> u, 2 for u -> v, 4 for v -> w,
/// 8 for w -> v, 16 for u -> w and 32 for w -> u.
const TYPES: [u8; 64] = [
    0, 1, 1, 2, 1, 3, 5, 7, 1, 5, 4, 6, 2, 7, 6, 10, 1, 5, 3, 7, 4, 8, 8, 12, 5, 9, 8, 13, 6, 13,
    11, 14, 1, 4, 5, 6, 5, 8, 9, 13, 3, 8, 8, 11, 7, 12, 13, 14, 2, 6, 7, 10, 6, 11, 13, 14, 7, 13,
    12, 14, 10, 14, 14, 15,
];

/// The number of triads of each type. Loops are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TriadCensus(pub [usize; 16]);

impl TriadCensus {
    /// Counts the triads of `graph`. The time is of order edges times the largest degree.
    pub fn new(graph: &Digraph) -> Self {
        let dyads = Dyads::new(graph);
        let nodes = graph.nodes();
        let mut neighbours = vec![Vec::new(); nodes];
        for edge in graph.proper() {
            neighbours[edge.from].push(edge.to);
            neighbours[edge.to].push(edge.from);
        }
        for list in &mut neighbours {
            list.sort_unstable();
            list.dedup();
        }
        let mut counts = [0_usize; 16];
        let mut seen = vec![usize::MAX; nodes];
        let mut round = 0;
        let leads = |from, to| usize::from(dyads.leads(from, to));
        let pair = |a, b| leads(a, b) | leads(b, a) << 1;
        for v in 0..nodes {
            for &u in neighbours[v].iter().filter(|&&u| u > v) {
                let mut either = 0;
                let both = neighbours[v].iter().map(|w| (w, true));
                for (&w, is_of_v) in both.chain(neighbours[u].iter().map(|w| (w, false))) {
                    if w == u || w == v || seen[w] == round {
                        continue;
                    }
                    seen[w] = round;
                    either += 1;
                    // Each triad is counted from one of its pairs.
                    if u < w || (v < w && w < u && !is_of_v) {
                        let edges = pair(v, u) | pair(v, w) << 2 | pair(u, w) << 4;
                        counts[usize::from(TYPES[edges])] += 1;
                    }
                }
                round += 1;
                let alone = nodes - either - 2;
                counts[if dyads.is_mutual(v, u) { 2 } else { 1 }] += alone;
            }
        }
        let all = nodes * nodes.saturating_sub(1) * nodes.saturating_sub(2) / 6;
        counts[0] = all - counts[1..].iter().sum::<usize>();
        Self(counts)
    }
}

impl Serialize for TriadCensus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(TRIADS.iter().zip(self.0))
    }
}
