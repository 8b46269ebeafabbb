//! Finite-state grammars as data: states joined by labelled edges.
//!
//! A grammar is deterministic: no two edges with the same label leave a state. It is trim: every
//! state lies on a path from the start to a final state. And it ends at final states, which have no
//! outgoing edges. So a string is accepted by at most one path, and a random walk ends with
//! probability 1. All of this is checked once, when a grammar is created.

use std::collections::BTreeMap;

use crate::random::Stream;

/// A deterministic finite-state grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grammar {
    start: usize,
    /// The edges that leave each state; a state without edges is final.
    edges: Vec<Vec<Edge>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edge {
    label: char,
    to: usize,
}

/// Why a table of edges is not a grammar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrammarError {
    /// The start or a final state does not occur in any edge.
    #[error("no edge of the grammar touches its state '{0}'")]
    UnknownState(String),
    /// Two edges with the same label leave one state.
    #[error("two edges labelled '{label}' leave the state '{state}': labels there must differ")]
    AmbiguousLabel {
        /// The state that they leave.
        state: String,
        /// The label that both have.
        label: char,
    },
    /// An edge leaves a final state.
    #[error("an edge leaves the final state '{0}': a string ends there")]
    ExitFromFinal(String),
    /// This state cannot be reached from the start.
    #[error("the state '{0}' cannot be reached from the start")]
    Unreachable(String),
    /// No final state can be reached from this state.
    #[error("no final state can be reached from the state '{0}'")]
    Dead(String),
}

impl Grammar {
    /// The grammar of a table of `(from, label, to)` edges between named states.
    ///
    /// ```
    /// use rarefy::data::Grammar;
    ///
    /// let grammar = Grammar::from_edges("start", &["end"], &[
    ///     ("start", 'a', "start"),
    ///     ("start", 'b', "end"),
    /// ])?;
    /// assert!(grammar.accepts("aab"));
    /// assert!(!grammar.accepts("aa"));
    /// # Ok::<(), rarefy::data::GrammarError>(())
    /// ```
    ///
    /// # Errors
    /// If the table is not deterministic, not trim, or has an edge out of a final state.
    pub fn from_edges<S: AsRef<str>>(
        start: &str,
        finals: &[&str],
        table: &[(S, char, S)],
    ) -> Result<Self, GrammarError> {
        let mut states = BTreeMap::new();
        for (from, _, to) in table {
            for name in [from.as_ref(), to.as_ref()] {
                let next = states.len();
                states.entry(name).or_insert(next);
            }
        }
        let state = |name: &str| {
            states.get(name).copied().ok_or_else(|| GrammarError::UnknownState(name.to_owned()))
        };
        let start = state(start)?;
        let finals = finals.iter().map(|name| state(name)).collect::<Result<Vec<_>, _>>()?;

        let mut edges = vec![Vec::new(); states.len()];
        for (from, label, to) in table {
            let name = from.as_ref();
            let (from, to) = (states[name], states[to.as_ref()]);
            if finals.contains(&from) {
                return Err(GrammarError::ExitFromFinal(name.to_owned()));
            }
            if edges[from].iter().any(|edge: &Edge| edge.label == *label) {
                let (state, label) = (name.to_owned(), *label);
                return Err(GrammarError::AmbiguousLabel { state, label });
            }
            edges[from].push(Edge { label: *label, to });
        }

        let forward = closure(&edges, &[start], false);
        let backward = closure(&edges, &finals, true);
        for (&name, &state) in &states {
            if !forward[state] {
                return Err(GrammarError::Unreachable(name.to_owned()));
            }
            if !backward[state] {
                return Err(GrammarError::Dead(name.to_owned()));
            }
        }
        Ok(Self { start, edges })
    }

    /// Whether the whole of `text` is a string of the grammar.
    pub fn accepts(&self, text: &str) -> bool {
        let mut state = self.start;
        for character in text.chars() {
            match self.edges[state].iter().find(|edge| edge.label == character) {
                Some(edge) => state = edge.to,
                None => return false,
            }
        }
        self.edges[state].is_empty()
    }

    /// A string drawn by a random walk from the start to a final state. All edges out of a state
    /// are equally likely.
    pub fn walk(&self, stream: &mut Stream) -> String {
        let mut text = String::new();
        self.walk_into(stream, &mut text);
        text
    }

    /// [`Grammar::walk`] that stores its string in `text`, overwriting the old content. It saves
    /// allocations if most strings are discarded.
    pub fn walk_into(&self, stream: &mut Stream, text: &mut String) {
        text.clear();
        let mut state = self.start;
        loop {
            let edge = match self.edges[state].as_slice() {
                [] => return,
                [only] => only,
                choices => &choices[stream.index(choices.len())],
            };
            text.push(edge.label);
            state = edge.to;
        }
    }

    /// Whether any string belongs to both grammars. This is an exact search over pairs of states,
    /// in O(states x states x edges out of a state); drawing strings could only fail to find a
    /// common one.
    pub fn intersects(&self, other: &Self) -> bool {
        let mut met = vec![vec![false; other.states()]; self.states()];
        let mut open = vec![(self.start, other.start)];
        while let Some((ours, theirs)) = open.pop() {
            if std::mem::replace(&mut met[ours][theirs], true) {
                continue;
            }
            let (ours, theirs) = (&self.edges[ours], &other.edges[theirs]);
            if ours.is_empty() && theirs.is_empty() {
                return true;
            }
            for edge in ours {
                let same = theirs.iter().find(|their| their.label == edge.label);
                open.extend(same.map(|their| (edge.to, their.to)));
            }
        }
        false
    }

    /// Number of states.
    pub fn states(&self) -> usize {
        self.edges.len()
    }

    /// Number of edges.
    pub fn edges(&self) -> usize {
        self.edges.iter().map(Vec::len).sum()
    }
}

/// The states that can be reached from `roots` along the edges, or against them.
fn closure(edges: &[Vec<Edge>], roots: &[usize], against: bool) -> Vec<bool> {
    let mut neighbours = vec![Vec::new(); edges.len()];
    for (from, leaving) in edges.iter().enumerate() {
        for edge in leaving {
            let (tail, head) = if against { (edge.to, from) } else { (from, edge.to) };
            neighbours[tail].push(head);
        }
    }
    let mut reached = vec![false; edges.len()];
    let mut open = roots.to_vec();
    while let Some(state) = open.pop() {
        if !std::mem::replace(&mut reached[state], true) {
            open.extend(&neighbours[state]);
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(start: &str, finals: &[&str], table: &[(&str, char, &str)]) -> String {
        Grammar::from_edges(start, finals, table).unwrap_err().to_string()
    }

    #[test]
    fn a_table_that_is_no_grammar_is_refused_with_its_reason() {
        let one = [("a", 'x', "b")];
        assert_eq!(refusal("c", &["b"], &one), "no edge of the grammar touches its state 'c'");
        assert_eq!(refusal("a", &["c"], &one), "no edge of the grammar touches its state 'c'");
        assert_eq!(
            refusal("a", &["b", "c"], &[("a", 'x', "b"), ("a", 'x', "c")]),
            "two edges labelled 'x' leave the state 'a': labels there must differ"
        );
        assert_eq!(
            refusal("a", &["b"], &[("a", 'x', "b"), ("b", 'y', "b")]),
            "an edge leaves the final state 'b': a string ends there"
        );
        assert_eq!(
            refusal("a", &["b"], &[("a", 'x', "b"), ("c", 'y', "b")]),
            "the state 'c' cannot be reached from the start"
        );
        assert_eq!(
            refusal("a", &["b"], &[("a", 'x', "b"), ("a", 'y', "c"), ("c", 'z', "c")]),
            "no final state can be reached from the state 'c'"
        );
    }

    #[test]
    fn only_whole_strings_are_accepted() {
        let grammar =
            Grammar::from_edges("0", &["2"], &[("0", 'é', "1"), ("1", 'b', "2")]).unwrap();
        assert!(grammar.accepts("éb"));
        for text in ["", "é", "ébb", "b", "bé"] {
            assert!(!grammar.accepts(text), "{text}");
        }
    }

    #[test]
    fn grammars_intersect_when_they_share_a_string_and_not_when_only_a_beginning() {
        let ends_in = |label| {
            let table = [("0", 'a', "1"), ("1", 'a', "1"), ("1", label, "2")];
            Grammar::from_edges("0", &["2"], &table).unwrap()
        };
        assert!(ends_in('b').intersects(&ends_in('b')));
        assert!(!ends_in('b').intersects(&ends_in('c')));
        let three = [("0", 'a', "1"), ("1", 'a', "2"), ("2", 'b', "3")];
        let three = Grammar::from_edges("0", &["3"], &three).unwrap();
        assert!(three.intersects(&ends_in('b')) && ends_in('b').intersects(&three));
    }

    #[test]
    fn every_edge_out_of_a_state_is_walked_equally_often() {
        const WALKS: usize = 60_000;
        let table = [("0", 'a', "1"), ("0", 'b', "1"), ("0", 'c', "1")];
        let grammar = Grammar::from_edges("0", &["1"], &table).unwrap();
        let mut stream = Stream::new(1, "walks");
        let mut counts = BTreeMap::new();
        for _ in 0..WALKS {
            *counts.entry(grammar.walk(&mut stream)).or_insert(0_usize) += 1;
        }
        assert_eq!(counts.len(), 3);
        // Five standard deviations of a binomial count with p = 1/3.
        let spread = 5.0 * (WALKS as f64 * (1.0 / 3.0) * (2.0 / 3.0)).sqrt();
        for (text, count) in counts {
            let off = (count as f64 - WALKS as f64 / 3.0).abs();
            assert!(off < spread, "{text} came {count} times");
        }
    }
}
