//! Pairs of nodes as rows of bits, so that third nodes are counted 64 at a time.

use super::Digraph;

/// For each node one row of bits, one bit per other node.
pub(super) struct Dyads {
    /// Words per row.
    words: usize,
    /// Nodes that an edge leads to and none leads back from.
    asymmetric: Vec<u64>,
    /// Nodes that edges lead to and back from.
    mutual: Vec<u64>,
    /// Nodes that an edge with a negative weight leads to.
    negative: Vec<u64>,
}

impl Dyads {
    /// Of a graph, without its loops.
    pub(super) fn new(graph: &Digraph) -> Self {
        let words = graph.nodes().div_ceil(64);
        let rows = || vec![0_u64; graph.nodes() * words];
        let (mut out, mut into, mut negative) = (rows(), rows(), rows());
        for edge in graph.proper() {
            out[edge.from * words + edge.to / 64] |= 1 << (edge.to % 64);
            into[edge.to * words + edge.from / 64] |= 1 << (edge.from % 64);
            if edge.weight < 0.0 {
                negative[edge.from * words + edge.to / 64] |= 1 << (edge.to % 64);
            }
        }
        for (out, into) in out.iter_mut().zip(&mut into) {
            (*out, *into) = (*out & !*into, *out & *into);
        }
        Self { words, asymmetric: out, mutual: into, negative }
    }

    fn row<'a>(&self, rows: &'a [u64], node: usize) -> &'a [u64] {
        &rows[node * self.words..(node + 1) * self.words]
    }

    /// Nodes that an edge leads to from `node`, and none back.
    pub(super) fn asymmetric(&self, node: usize) -> &[u64] {
        self.row(&self.asymmetric, node)
    }

    /// Nodes with edges from and to `node`.
    pub(super) fn mutual(&self, node: usize) -> &[u64] {
        self.row(&self.mutual, node)
    }

    /// Nodes that an edge with a negative weight leads to from `node`.
    pub(super) fn negative(&self, node: usize) -> &[u64] {
        self.row(&self.negative, node)
    }

    /// Whether an edge leads from one node to the other.
    pub(super) fn leads(&self, from: usize, to: usize) -> bool {
        let at = from * self.words + to / 64;
        (self.asymmetric[at] | self.mutual[at]) >> (to % 64) & 1 == 1
    }

    /// Whether edges lead both ways.
    pub(super) fn is_mutual(&self, from: usize, to: usize) -> bool {
        self.mutual[from * self.words + to / 64] >> (to % 64) & 1 == 1
    }
}
