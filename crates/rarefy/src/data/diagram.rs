//! The Reber diagram, the grammars that share it, and the embedded grammar.
//!
//! The diagram has four inner states and ten labelled edges, and lies between a `B` and an `E`:
//!
//! ```text
//!                 SL->SL
//!             +--> SL ----------> UJ ------> end
//!   start ----+                  |  ^
//!             |         UJ->TL   |  | LJ->UJ
//!             |        +---------+  |
//!             |        v            |
//!             +-----> TL ---------> LJ -----> end
//!                 TL->TL
//! ```
//!
//! With its own labels it is the Reber grammar (Reber 1967, *Implicit learning of artificial
//! grammars*). A *decoy* is the same diagram with ten other labels: its strings have the structure
//! of Reber strings but are not valid. The decoys and their shares are those of the thesis's
//! published data, in which each block of invalid strings is accepted by one of them.
//!
//! The *embedded* Reber grammar (Hochreiter and Schmidhuber 1997, *Long short-term memory*) wraps a
//! whole Reber string: `B`, then `T` or `P`, the Reber string, the same `T` or `P` again, `E`. To
//! recognise its strings, one must remember the second symbol until the second to last.

use super::Grammar;

/// The edges of the diagram, in the order of the labels.
const DIAGRAM: [(&str, &str); 10] = [
    ("start", "SL"),
    ("start", "TL"),
    ("SL", "SL"),
    ("SL", "UJ"),
    ("TL", "TL"),
    ("TL", "LJ"),
    ("UJ", "TL"),
    ("UJ", "end"),
    ("LJ", "UJ"),
    ("LJ", "end"),
];

/// The labels of the Reber grammar on [`DIAGRAM`].
const REBER: &str = "TPSXTVXSPV";

/// Decoys that use only the letters of the Reber grammar, B E P S T V X: their labels on
/// [`DIAGRAM`], and how many of the thesis's 12,500 invalid strings each of them accounts for.
const NEAR_DECOYS: [(&str, u64); 4] =
    [("PTSXTVXSPV", 1500), ("TPSXTVPVXS", 1500), ("TPXSVTXSPV", 500), ("TPTVSXXSPV", 2000)];

/// Decoys with letters of the whole alphabet, in the same form as [`NEAR_DECOYS`].
const FAR_DECOYS: [(&str, u64); 4] =
    [("ACDFJIHGLK", 2000), ("MNOQWVURZY", 2000), ("MNOQCAURFD", 1500), ("QOMNCAURFD", 1500)];

/// A grammar of invalid strings, and its share among them.
#[derive(Clone, Debug)]
pub struct Decoy {
    /// Its name in messages: the labels of its diagram, or the rule that it breaks.
    pub name: String,
    /// Its name in tables: the labels of its diagram, or `frame`.
    pub key: &'static str,
    /// The grammar. It has no string in common with the valid grammar.
    pub grammar: Grammar,
    /// Its weight among the invalid strings, relative to the weights of the other decoys.
    pub share: u64,
}

/// The Reber grammar.
pub fn reber() -> Grammar {
    plain(REBER)
}

/// The eight decoys of the Reber grammar, in the order of the thesis's data. Their shares are
/// counts out of its 12,500 invalid strings.
pub fn reber_decoys() -> Vec<Decoy> {
    let decoy = |&(labels, share): &(&'static str, u64)| Decoy {
        name: format!("decoy {labels}"),
        key: labels,
        grammar: plain(labels),
        share,
    };
    NEAR_DECOYS.iter().chain(&FAR_DECOYS).map(decoy).collect()
}

/// The embedded Reber grammar.
pub fn embedded_reber() -> Grammar {
    embedded(REBER, |frame| frame)
}

/// The decoys of the embedded Reber grammar. In half of the invalid strings, only the
/// second-to-last symbol is wrong (`T` for `P`, `P` for `T`). The other half have the right frame
/// around a decoy string in the letters of the Reber grammar; those decoys have the same shares as
/// in the thesis's data.
pub fn embedded_reber_decoys() -> Vec<Decoy> {
    let near: u64 = NEAR_DECOYS.iter().map(|&(_, share)| share).sum();
    let broken_frame = Decoy {
        name: "embedded decoy with the wrong second-to-last symbol".to_owned(),
        key: "frame",
        grammar: embedded(REBER, |frame| if frame == 'T' { 'P' } else { 'T' }),
        share: near,
    };
    let broken_inside = |&(labels, share): &(&'static str, u64)| Decoy {
        name: format!("embedded decoy {labels}"),
        key: labels,
        grammar: embedded(labels, |frame| frame),
        share,
    };
    std::iter::once(broken_frame).chain(NEAR_DECOYS.iter().map(broken_inside)).collect()
}

/// `B`, a path through the diagram, `E`.
fn plain(labels: &str) -> Grammar {
    let mut edges = framed_diagram(labels, "");
    edges.push(("end".to_owned(), 'E', "final".to_owned()));
    checked("before", &edges)
}

/// `B`, `T` or `P`, a whole string of the diagram, the result of `closing` for that `T` or `P`,
/// `E`. A finite-state grammar remembers the letter by having two copies of the diagram.
fn embedded(labels: &str, closing: fn(char) -> char) -> Grammar {
    let mut edges = vec![
        ("outer before".to_owned(), 'B', "outer start".to_owned()),
        ("outer end".to_owned(), 'E', "final".to_owned()),
    ];
    for frame in ['T', 'P'] {
        let prefix = format!("{frame} ");
        edges.push(("outer start".to_owned(), frame, format!("{prefix}before")));
        edges.extend(framed_diagram(labels, &prefix));
        edges.push((format!("{prefix}end"), 'E', format!("{prefix}after")));
        edges.push((format!("{prefix}after"), closing(frame), "outer end".to_owned()));
    }
    checked("outer before", &edges)
}

/// The edge `B` into the diagram, and the diagram itself. The names of all states, from "before" to
/// "end", begin with `prefix`.
fn framed_diagram(labels: &str, prefix: &str) -> Vec<(String, char, String)> {
    assert_eq!(labels.chars().count(), DIAGRAM.len(), "labels {labels} of the diagram");
    let entry = ("before", 'B', "start");
    let inner = DIAGRAM.iter().zip(labels.chars()).map(|(&(from, to), label)| (from, label, to));
    std::iter::once(entry)
        .chain(inner)
        .map(|(from, label, to)| (format!("{prefix}{from}"), label, format!("{prefix}{to}")))
        .collect()
}

fn checked(start: &str, edges: &[(String, char, String)]) -> Grammar {
    Grammar::from_edges(start, &["final"], edges).expect("the tables of this module are grammars")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_followed_on_the_diagram_by_hand_are_judged_alike() {
        let reber = reber();
        for text in ["BTXSE", "BPVVE", "BTSSXXTVVE", "BPTVPXVPXVPXVVE", "BTSXXTVPSE"] {
            assert!(reber.accepts(text), "{text}");
        }
        for text in ["", "B", "BTSSPXSE", "BPTVVB", "BTXS", "BTXSEE", "btxse", "BTXPSE"] {
            assert!(!reber.accepts(text), "{text}");
        }
    }

    #[test]
    fn the_embedded_grammar_wants_its_second_symbol_again() {
        let grammar = embedded_reber();
        assert!(grammar.accepts("BTBTXSETE"));
        assert!(grammar.accepts("BPBTXSEPE"));
        assert!(!grammar.accepts("BTBTXSEPE"));
        assert!(!grammar.accepts("BPBTXSETE"));
        assert!(!grammar.accepts("BTBTXPETE"));
    }

    #[test]
    fn no_decoy_makes_a_valid_string() {
        for decoy in reber_decoys() {
            assert!(!decoy.grammar.intersects(&reber()), "{}", decoy.name);
        }
        for decoy in embedded_reber_decoys() {
            assert!(!decoy.grammar.intersects(&embedded_reber()), "{}", decoy.name);
        }
    }

    #[test]
    fn the_tables_have_the_sizes_of_the_diagram() {
        assert_eq!((reber().states(), reber().edges()), (8, 12));
        // Two copies of the diagram's six states, its `B` and the closing letter, within the frame.
        assert_eq!((embedded_reber().states(), embedded_reber().edges()), (4 + 2 * 8, 2 + 2 * 14));
        let shares = |decoys: Vec<Decoy>| decoys.iter().map(|decoy| decoy.share).sum::<u64>();
        assert_eq!(shares(reber_decoys()), 12_500);
        assert_eq!(shares(embedded_reber_decoys()), 11_000);
    }
}
