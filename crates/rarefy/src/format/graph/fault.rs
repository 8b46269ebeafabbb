//! Why a file is not read as a graph, or a graph not written to it, and what was assumed.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use super::foreign::Foreign;
use crate::format::WriteError;
use crate::graph::GraphError;

/// Why a file is no graph. Each message names the file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum GraphFileError {
    #[error("cannot read graph {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Unwritable(#[from] WriteError),
    #[error("{}: {source}", path.display())]
    NoGraph { path: PathBuf, source: GraphError },
    #[error("{}: {fault}", path.display())]
    Malformed { path: PathBuf, fault: GraphFault },
    #[error(
        "{}: unknown kind of graph file: expected .json, .graphml, or an edge list \
         (.edges, .edgelist, .csv, .tsv, .txt)",
        path.display()
    )]
    UnknownKind { path: PathBuf },
}

/// What is wrong with the content of a graph file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum GraphFault {
    #[error(
        "it is {kind}, which is not read: convert it to GraphML or an edge list, for example \
         with {}",
        kind.converter()
    )]
    Foreign { kind: Foreign },
    #[error("line {line} is not UTF-8: save the file as UTF-8")]
    NotUtf8 { line: usize },

    // Edge lists.
    #[error("line {line}: {} is no edge: expected two nodes", quoted(content))]
    NoEdge { line: usize, content: String },
    #[error("line {line}: {count} nodes: expected a whole number")]
    NoCount { line: usize, count: String },
    #[error("it says 'nodes: {count}', but its nodes are not called 0 to {}: remove that to leave out nodes \
         without an edge", count.max(&1) - 1)]
    OtherCount { count: usize },
    #[error(
        "line {line}: two nodes are joined by an arrow: separate them by a comma, a tab or a blank \
         only"
    )]
    Arrow { line: usize },
    #[error(
        "line {line}: {} nodes in a line, and not as many in each, look like an adjacency list: \
         expected an edge a line; NetworkX converts it (read_adjlist, write_edgelist)",
        count
    )]
    AdjacencyList { line: usize, count: usize },
    #[error(
        "its {rows} lines look like an adjacency matrix: expected an edge a line; NetworkX converts \
         it (from_numpy_array, write_graphml)"
    )]
    AdjacencyMatrix { rows: usize },
    #[error(
        "columns without names, and more than one reading of them ({readings}): name them in a first \
         line, such as 'source{separator}target{separator}weight'"
    )]
    UnnamedColumns { readings: &'static str, separator: char },
    #[error(
        "line 1 could be names of columns or an edge: {} and {} occur nowhere else; call two columns \
         source and target, or write such a line above",
        quoted(from),
        quoted(to)
    )]
    PerhapsHeader { from: String, to: String },
    #[error(
        "its columns are {}: call the two that hold the nodes of an edge source and target",
        list(columns)
    )]
    NoNodeColumns { columns: Vec<String> },
    #[error(
        "line {line}: {fields} fields under {columns} names of columns; a name that contains the \
         separator must be quoted"
    )]
    Ragged { line: usize, fields: usize, columns: usize },
    #[error(
        "line {line} looks like numbers of nodes and edges, not like an edge: remove it, and write \
         '# nodes: {nodes}' if nodes without an edge are to be kept"
    )]
    PerhapsCounts { line: usize, nodes: String },
    #[error(
        "line {line}: a comment, or nodes whose names begin with {}? Put a blank after it in a \
         comment; else write a line 'source,target' above all edges",
        quoted(sign)
    )]
    PerhapsComment { line: usize, sign: String },
    #[error(
        "columns could be separated by {} or by {}: name them in a first line, or save the file with \
         one of them only",
        separator_name(*one), separator_name(*other)
    )]
    Separators { one: char, other: char },
    #[error("line {line} begins with '# ': comments can stand above the names of columns only")]
    CommentBelow { line: usize },
    #[error("line {line}: a node of the edge is missing")]
    MissingNode { line: usize },
    #[error("line {line}: {} is no whole number: is this column one of nodes?", quoted(name))]
    Fraction { line: usize, name: String },
    #[error("line {line}: {} has lost its last digits: write whole numbers in full", quoted(name))]
    Inexact { line: usize, name: String },
    #[error(
        "line {line}: {} and {} may be one node or two: write them alike",
        quoted(one),
        quoted(other)
    )]
    SameNumber { line: usize, one: String, other: String },

    // XML.
    #[error("it is no XML: {reason}")]
    NoXml { reason: String },
    #[error("it has a DOCTYPE, which is not read: remove it")]
    Doctype,
    #[error("line {line}: {what}: at most {most} are read")]
    TooMany { line: usize, what: &'static str, most: usize },
    #[error("it has no <graph>: expected GraphML")]
    NoGraphElement,
    #[error("line {line}: a <{element}> without {attribute}")]
    MissingAttribute { line: u32, element: String, attribute: &'static str },
    #[error("{}a second node called {}", at(*line), quoted(name))]
    RepeatedNode { line: Option<u32>, name: String },
    #[error("{}there is no node {}", at(*line), quoted(name))]
    NoSuchNode { line: Option<u32>, name: String },
    #[error("line {line}: a second <graph>: expected one in a file; write each to its own")]
    SecondGraph { line: u32 },
    #[error(
        "line {line}: a graph within a {element}: only yEd's open groups are read; draw it as one \
         graph, or open the group in yEd"
    )]
    NestedGraph { line: u32, element: &'static str },
    #[error("line {line}: a hyperedge: only edges between two nodes are supported")]
    Hyperedge { line: u32 },
    #[error("line {line}: nodes or edges within <{element}>, where none can stand")]
    Misplaced { line: u32, element: String },

    // JSON.
    #[error(
        "{reason}; expected {{\"nodes\": n, \"edges\": [[u, v], ...]}}, or NetworkX's node_link_data"
    )]
    Json { reason: String },
    #[error("{names} names of {nodes} nodes")]
    NameCount { names: usize, nodes: usize },

    #[error("more than {most} nodes and edges are not wired")]
    TooLarge { most: usize },

    // Writing.
    #[error("{kind} cannot hold the name {}: write a {instead}", quoted(name))]
    UnwritableName { kind: &'static str, name: String, instead: &'static str },
    #[error("{kind} cannot hold {}, which has no edge: write a .json or .graphml", quoted(name))]
    NoEdgeOf { kind: &'static str, name: String },
}

/// What was assumed of a graph file, or left out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum GraphRemark {
    /// The first line has names of columns that are not known.
    AssumedHeader { from: String, to: String },
    /// Columns that hold no nodes.
    LeftAside { columns: Vec<String> },
    /// What follows the nodes of an edge, without a name.
    FurtherColumns { count: usize },
    /// yEd's groups, which are nodes too.
    Groups { names: Vec<String> },
    /// Places at a node where edges end.
    Ports,
    /// Edges that differ from the graph's `edgedefault`.
    OtherDirection { edges: usize },
    /// Edges that no simple graph has.
    Simplified { loops: usize, parallel: usize },
}

impl Display for GraphRemark {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::AssumedHeader { from, to } => {
                write!(f, "line 1 is taken for names of columns: {}, {}", quoted(from), quoted(to))
            }
            Self::LeftAside { columns } => {
                write!(f, "columns ignored: {}", list(columns))
            }
            Self::FurtherColumns { count: 1 } => f.write_str("the third column is ignored"),
            Self::FurtherColumns { count } => {
                write!(f, "{count} columns after the nodes are ignored")
            }
            Self::Groups { names } => write!(
                f,
                "groups are nodes like those in them, as NetworkX reads yEd's files: {}",
                list(names)
            ),
            Self::Ports => f.write_str("ports are ignored: an edge joins their nodes"),
            Self::Simplified { loops, parallel } => write!(
                f,
                "left out: {} from a node to itself, {} between nodes that are joined already",
                edges_of(*loops),
                edges_of(*parallel)
            ),
            Self::OtherDirection { edges } => write!(
                f,
                "{} with a 'directed' of its own: directions count where the file's are asked for \
                 only, and there an undirected edge leads from its source",
                edges_of(*edges)
            ),
        }
    }
}

/// A piece of a file as a message shows it.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    // Quotes need no backslash in a message.
    let shown = shown.replace("\\\"", "\"").replace("\\'", "'");
    format!("'{shown}{}'", if text.chars().nth(LONGEST).is_some() { "..." } else { "" })
}

fn list(names: &[String]) -> String {
    const MOST: usize = 12;
    let shown = names.iter().take(MOST).map(|name| match name.is_empty() {
        true => "one without a name".to_owned(),
        false => quoted(name),
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    if names.len() > MOST { format!("{shown} and {} more", names.len() - MOST) } else { shown }
}

fn separator_name(separator: char) -> &'static str {
    match separator {
        ',' => "commas",
        ';' => "semicolons",
        '\t' => "tabs",
        '|' => "bars",
        _ => "blanks",
    }
}

fn edges_of(count: usize) -> String {
    if count == 1 { "1 edge".to_owned() } else { format!("{count} edges") }
}

fn at(line: Option<u32>) -> String {
    line.map_or(String::new(), |line| format!("line {line}: "))
}
