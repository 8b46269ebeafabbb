//! Structural balance: in which transitive triples is the sign of the direct edge the product of
//! the two others?
//!
//! A transitive triple is three different nodes with the edges i -> j, j -> k and i -> k. It is
//! balanced if the product of the three signs is positive (Cartwright and Harary 1956, "Structural
//! balance: a generalization of Heider's theory"). Triples are counted by the type of their triad,
//! as in Zhang et al. 2023, "Universal structural patterns in sparse recurrent neural networks".

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::Digraph;
use super::dyads::Dyads;

/// The types of triads with transitive triples, in the names of Holland and Leinhardt (1970).
pub const TRANSITIVE: [&str; 6] = ["030T", "120D", "120U", "300", "120C", "210"];
/// The number of transitive triples in a triad of each type.
const TRIPLES: [usize; 6] = [1, 2, 2, 6, 1, 3];
/// Zhang et al. average over the first of these types.
const AVERAGED: usize = 4;

/// The place in [`TRANSITIVE`] of the triad of a triple, by which of its edges are mutual: bit 2 for
/// i -> j, bit 1 for j -> k, bit 0 for i -> k.
const TYPE: [usize; 8] = [0, 4, 1, 5, 2, 5, 5, 3];

/// The transitive triples of a graph, by type of triad and sign. Loops are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    motifs: [Motif; 6],
    feed_forward: [usize; 8],
}

/// The triads of one type that have transitive triples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Motif {
    /// Transitive triples in triads of this type.
    pub triples: usize,
    /// Of these, how many are balanced.
    pub balanced: usize,
}

impl Motif {
    /// The share of balanced triples; `None` without triples.
    pub fn share(self) -> Option<f64> {
        (self.triples > 0).then(|| self.balanced as f64 / self.triples as f64)
    }
}

impl Balance {
    /// Counts the triples of `graph`. The time is of order edges times nodes / 64.
    pub fn new(graph: &Digraph) -> Self {
        let dyads = Dyads::new(graph);
        let mut found = Self::default();
        for edge in graph.proper() {
            let is_mutual = dyads.is_mutual(edge.from, edge.to);
            found.add(&dyads, (edge.from, edge.to), is_mutual, edge.weight < 0.0);
        }
        found
    }

    /// Adds the triples whose first edge is `(i, j)`.
    fn add(&mut self, dyads: &Dyads, (i, j): (usize, usize), mutual: bool, negative: bool) {
        let ways = |node| [dyads.asymmetric(node), dyads.mutual(node)];
        let (firsts, seconds) = (ways(i), ways(j));
        let (sign_first, sign_second) = (dyads.negative(i), dyads.negative(j));
        let mut counts = [[0_usize; 2]; 4];
        let mut patterns = [0_usize; 4];
        for at in 0..sign_first.len() {
            let odd = sign_first[at] ^ sign_second[at];
            for (way, [all, different]) in counts.iter_mut().enumerate() {
                let third = seconds[way >> 1][at] & firsts[way & 1][at];
                *all += third.count_ones() as usize;
                *different += (third & odd).count_ones() as usize;
            }
            if !mutual {
                let third = seconds[0][at] & firsts[0][at];
                for (pattern, count) in patterns.iter_mut().enumerate() {
                    let signed = |negative: u64, bit: usize| match pattern >> bit & 1 {
                        1 => negative,
                        _ => !negative,
                    };
                    let here = third & signed(sign_second[at], 1) & signed(sign_first[at], 0);
                    *count += here.count_ones() as usize;
                }
            }
        }
        for (way, [all, different]) in counts.into_iter().enumerate() {
            let motif = &mut self.motifs[TYPE[usize::from(mutual) << 2 | way]];
            motif.triples += all;
            motif.balanced += if negative { different } else { all - different };
        }
        for (pattern, count) in patterns.into_iter().enumerate() {
            self.feed_forward[usize::from(negative) << 2 | pattern] += count;
        }
    }

    fn total(&self) -> Motif {
        self.motifs.iter().fold(Motif::default(), |sum, motif| Motif {
            triples: sum.triples + motif.triples,
            balanced: sum.balanced + motif.balanced,
        })
    }

    /// The number of transitive triples.
    pub fn transitive_triples(&self) -> usize {
        self.total().triples
    }

    /// The number of balanced transitive triples.
    pub fn balanced(&self) -> usize {
        self.total().balanced
    }

    /// The share of balanced transitive triples; `None` without triples. Signs drawn at random give
    /// 0.5 if they are as often positive as negative.
    pub fn share(&self) -> Option<f64> {
        self.total().share()
    }

    /// The measure of Zhang et al.: the share of balanced triples in triads of the types 030T, 120D,
    /// 120U and 300, averaged over those of the four types that occur; `None` if none does.
    pub fn by_type(&self) -> Option<f64> {
        let shares: Vec<f64> =
            self.motifs[..AVERAGED].iter().filter_map(|motif| motif.share()).collect();
        (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
    }

    /// The triples by type of triad, in the order of [`TRANSITIVE`].
    pub fn motifs(&self) -> [Motif; 6] {
        self.motifs
    }

    /// The number of feed-forward loops (030T) with each pattern of signs, as `+--` for a positive
    /// i -> j, a negative j -> k and a negative i -> k. A loop with an even number of minus signs is
    /// coherent, that is, balanced (Mangan and Alon 2003, "Structure and function of the
    /// feed-forward loop network motif").
    pub fn feed_forward_loops(&self) -> [(String, usize); 8] {
        std::array::from_fn(|pattern| {
            let sign = |bit: usize| if pattern >> bit & 1 == 1 { '-' } else { '+' };
            ([2, 1, 0].map(sign).iter().collect(), self.feed_forward[pattern])
        })
    }
}

/// The motifs by type, each with its number of triads, triples and balanced triples.
impl Serialize for Balance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Row {
            triads: usize,
            triples: usize,
            balanced: usize,
            share: Option<f64>,
        }
        let mut map = serializer.serialize_map(Some(TRANSITIVE.len()))?;
        for ((name, motif), each) in TRANSITIVE.iter().zip(self.motifs).zip(TRIPLES) {
            let Motif { triples, balanced } = motif;
            let row = Row { triads: triples / each, triples, balanced, share: motif.share() };
            map.serialize_entry(name, &row)?;
        }
        map.end()
    }
}
