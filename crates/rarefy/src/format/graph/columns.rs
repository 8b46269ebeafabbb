//! Finds the columns with the nodes of edges, from the names of the columns.

/// What a first line with names of columns says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NodeColumns {
    /// Index of the column with the first node of an edge.
    pub(super) from: usize,
    /// Index of the column with the second node.
    pub(super) to: usize,
    /// Whether such names could also be those of nodes: `node1, node2`.
    pub(super) is_weak: bool,
}

/// Names for the two ends, without case, spaces, underscores and the like; earlier pairs take
/// precedence.
const PAIRS: [(&str, &str); 37] = [
    ("source", "target"),
    ("sourceid", "targetid"),
    ("sourcenode", "targetnode"),
    ("sourcenodeid", "targetnodeid"),
    ("sourcename", "targetname"),
    ("sourcelabel", "targetlabel"),
    ("src", "dst"),
    ("src", "dest"),
    ("src", "tgt"),
    ("src", "trg"),
    ("srcid", "dstid"),
    ("source", "destination"),
    ("source", "dest"),
    ("source", "sink"),
    ("from", "to"),
    ("fromid", "toid"),
    ("fromnode", "tonode"),
    ("fromnodeid", "tonodeid"),
    ("fromvertex", "tovertex"),
    ("start", "end"),
    ("startid", "endid"),
    ("startnode", "endnode"),
    ("startnodeid", "endnodeid"),
    ("origin", "destination"),
    ("origin", "dest"),
    ("ego", "alter"),
    ("sender", "receiver"),
    ("sender", "recipient"),
    ("follower", "followee"),
    ("citing", "cited"),
    ("caller", "callee"),
    ("parent", "child"),
    ("node", "neighbor"),
    ("node", "neighbour"),
    ("subject", "object"),
    ("left", "right"),
    ("in", "out"),
];

/// Pairs of single letters, which are only names of columns if no node is called like them.
const LETTERS: [(&str, &str); 6] =
    [("u", "v"), ("i", "j"), ("a", "b"), ("x", "y"), ("s", "t"), ("p", "q")];

/// Names of columns with data about a node or an edge, but without nodes.
const OTHERS: [&str; 34] = [
    "id",
    "ids",
    "index",
    "name",
    "label",
    "labels",
    "title",
    "weight",
    "weights",
    "w",
    "value",
    "type",
    "kind",
    "class",
    "group",
    "cluster",
    "community",
    "category",
    "count",
    "degree",
    "age",
    "size",
    "time",
    "timestamp",
    "date",
    "year",
    "score",
    "rating",
    "sign",
    "lat",
    "lon",
    "longitude",
    "latitude",
    "modularityclass",
];

const MOST_COMPARED: usize = 256;

/// The name of a column in the form in which names are compared.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a column with this name contains no nodes.
pub(super) fn is_of_others(name: &str) -> bool {
    OTHERS.contains(&plain(name).as_str())
}

/// The column of weights among columns with these names.
pub(super) fn weight(names: &[String]) -> Option<usize> {
    let place = |known: &str| names.iter().position(|name| plain(name) == known);
    ["weight", "weights", "w"].into_iter().find_map(place)
}

/// The columns of nodes among columns with these names.
pub(super) fn find(names: &[String]) -> Option<NodeColumns> {
    let plain: Vec<String> = names.iter().map(|name| plain(name)).collect();
    let place = |name: &str| plain.iter().position(|found| found == name);
    let pair = |pairs: &[(&str, &str)]| {
        pairs.iter().find_map(|(from, to)| Some((place(from)?, place(to)?)))
    };
    if let Some((from, to)) = pair(&PAIRS) {
        return Some(NodeColumns { from, to, is_weak: false });
    }
    // An edge leads from its tail to its head; in triples of head, relation and tail it is the
    // other way round.
    if let (Some(tail), Some(head)) = (place("tail"), place("head")) {
        let triples = plain.iter().any(|name| matches!(name.as_str(), "relation" | "predicate"));
        let (from, to) = if triples { (head, tail) } else { (tail, head) };
        return Some(NodeColumns { from, to, is_weak: false });
    }
    if let Some((from, to)) = pair(&LETTERS) {
        return Some(NodeColumns { from, to, is_weak: true });
    }
    // Names such as `node1`, `node2`; `id_1`, `id_2`; `Protein A`, `Protein B`. All pairs are
    // compared, so the number of columns is limited; no table of edges has that many.
    if plain.len() > MOST_COMPARED {
        return None;
    }
    (0..plain.len()).find_map(|from| {
        let to = (0..plain.len()).find(|&to| are_numbered(&plain[from], &plain[to]))?;
        // Among x1, x2 and x3, no pair can be singled out.
        let alike = plain.iter().filter(|name| is_like(name, &plain[from])).count();
        (alike == 2).then_some(NodeColumns { from, to, is_weak: true })
    })
}

/// Whether two names are equal except for a 1 and a 2, or a final a and b.
fn are_numbered(one: &str, two: &str) -> bool {
    let follows = |(a, b): (char, char)| matches!((a, b), ('1', '2') | ('0', '1') | ('a', 'b'));
    if one.chars().count() != two.chars().count() || one.chars().count() < 2 {
        return false;
    }
    let mut differ = one.chars().zip(two.chars()).enumerate().filter(|(_, (a, b))| a != b);
    let (Some((at, pair)), None) = (differ.next(), differ.next()) else { return false };
    let is_last = at + 1 == one.chars().count();
    // 2001 and 2002 are nodes. Letters may only differ at the end of a word.
    let has_stem = one.chars().any(|c| c.is_alphabetic() && c != pair.0);
    follows(pair) && has_stem && (is_last || pair.0.is_ascii_digit())
}

/// Whether `name` has the form of a weak column name: the same word with another number or letter.
pub(super) fn is_like(name: &str, column: &str) -> bool {
    let stem = |text: &str| {
        let text = plain(text);
        match text.chars().count() {
            1 => text.chars().map(|c| if c.is_alphabetic() { 'a' } else { '0' }).collect(),
            _ if text.ends_with(|c: char| c.is_ascii_digit()) => {
                text.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned() + "0"
            }
            _ => text.strip_suffix(['a', 'b', 'c', 'd', 'e']).map_or(text.clone(), str::to_owned),
        }
    };
    stem(name) == stem(column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(header: &str) -> Option<(usize, usize, bool)> {
        let names: Vec<String> = header.split(',').map(str::to_owned).collect();
        find(&names).map(|found| (found.from, found.to, found.is_weak))
    }

    #[test]
    fn columns_of_nodes_are_found_in_any_place_and_case() {
        for header in ["Source,Target", "FROM,to", "Src,Dst", "From Node_Id,ToNodeId", "tail,head"]
        {
            assert_eq!(columns(header), Some((0, 1, false)), "{header}");
        }
        assert_eq!(columns("Id,Source,Target,Type,Weight"), Some((1, 2, false)));
        assert_eq!(columns("target,weight,source"), Some((2, 0, false)));
        assert_eq!(columns("\u{feff}:START_ID,:END_ID,:TYPE"), Some((0, 1, false)));
        assert_eq!(columns("head,relation,tail"), Some((0, 2, false)));
        for header in ["id_1,id_2", "node1,node2", "V1,V2", "Protein A,Protein B", "u,v"] {
            assert_eq!(columns(header), Some((0, 1, true)), "{header}");
        }
        for header in ["anna,ben", "Id,Label", "2001,2002", "0,1", "source,weight", "x1,x2,x3"] {
            assert_eq!(columns(header), None, "{header}");
        }
    }

    #[test]
    fn nodes_that_look_like_weak_names_are_told() {
        assert!(is_like("node7", "node1") && is_like("w", "u") && is_like("V12", "v1"));
        assert!(!is_like("9606.ENSP3", "protein1") && !is_like("17", "id_1") && !is_like("3", "u"));
    }
}
