//! Why a file cannot be read as a graph or a graph cannot be written, and assumptions made in
//! reading.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use super::columns;
use super::foreign::Foreign;
use crate::format::WriteError;
use crate::graph::{DigraphError, GraphError};

/// Why a file is not a graph. Each message names the file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum GraphFileError {
    #[error("cannot read graph {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Unwritable(#[from] WriteError),
    #[error("{}: {}{source}", path.display(), at(*line))]
    NoGraph { path: PathBuf, line: Option<u32>, source: GraphError },
    #[error("{}: {}{source}", path.display(), at(*line))]
    NoDigraph { path: PathBuf, line: Option<u32>, source: DigraphError },
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
        "it is {kind}, which is not supported: convert it to GraphML or an edge list, for example \
         with {}",
        kind.converter()
    )]
    Foreign { kind: Foreign },
    #[error("line {line} is not UTF-8: save the file as UTF-8")]
    NotUtf8 { line: usize },

    // Faults of edge lists.
    #[error("line {line}: {} is not an edge: expected two nodes", quoted(content))]
    NoEdge { line: usize, content: String },
    #[error("line {line}: the number of nodes is {count}: expected a whole number")]
    NoCount { line: usize, count: String },
    #[error("'nodes: {count}' is for nodes named 0 to {}, but these have other names: remove it (nodes \
         without an edge are then left out)", count.max(&1) - 1)]
    OtherCount { count: usize },
    #[error(
        "line {line}: an arrow stands between two nodes: separate them by a comma, a tab or a blank"
    )]
    Arrow { line: usize },
    #[error(
        "line {line} has {count} nodes and other lines fewer, as in an adjacency list: expected one \
         edge per line; NetworkX converts it (read_adjlist, write_edgelist)"
    )]
    AdjacencyList { line: usize, count: usize },
    #[error(
        "its {rows} lines look like an adjacency matrix: expected one edge per line; NetworkX \
         converts it (from_numpy_array, write_graphml)"
    )]
    AdjacencyMatrix { rows: usize },
    #[error(
        "the columns are ambiguous without names ({readings}): name them in a first line, such as \
         'source{separator}target{separator}weight'"
    )]
    UnnamedColumns { readings: &'static str, separator: char },
    #[error(
        "line 1 could be a header or an edge: {} and {} occur nowhere else; name the two columns \
         source and target, or put a line with these names above",
        quoted(from),
        quoted(to)
    )]
    PerhapsHeader { from: String, to: String },
    #[error(
        "its columns are {}: name the two with the nodes of an edge source and target",
        list(columns)
    )]
    NoNodeColumns { columns: Vec<String> },
    #[error(
        "line {line} has {fields} fields, but the header {columns}: quote names that contain the \
         separator"
    )]
    Ragged { line: usize, fields: usize, columns: usize },
    #[error(
        "line {line} looks like the numbers of nodes and edges, not like an edge: remove it, and \
         write '# nodes: {nodes}' to keep nodes without an edge"
    )]
    PerhapsCounts { line: usize, nodes: String },
    #[error(
        "line {line} could be a comment or an edge, since it begins with {sign}: write '{sign} ' \
         before a comment, or put a line 'source,target' above the edges"
    )]
    PerhapsComment { line: usize, sign: String },
    #[error(
        "the columns could be separated by {} or by {}: name them in a first line, or use only one \
         of the two",
        separator_name(*one), separator_name(*other)
    )]
    Separators { one: char, other: char },
    #[error("line {line} begins with '# ': comments are allowed only above the header")]
    CommentBelow { line: usize },
    #[error("line {line}: a node of the edge is missing")]
    MissingNode { line: usize },
    #[error("line {line}: {} is not a whole number: is this a column of nodes?", quoted(name))]
    Fraction { line: usize, name: String },
    #[error("line {line}: {} has lost digits: write whole numbers in full", quoted(name))]
    Inexact { line: usize, name: String },
    #[error(
        "line {line}: {} and {} could be the same node: write numbers in one way",
        quoted(one),
        quoted(other)
    )]
    SameNumber { line: usize, one: String, other: String },

    #[error("line {line}: the weight is {}: expected a finite number", quoted(weight))]
    NoWeight { line: usize, weight: String },
    #[error(
        "it is {kind}, and weights are read from edge lists only (.csv, .tsv, .edges, .txt): write \
         one with the columns Source,Target,Weight"
    )]
    NoEdgeList { kind: &'static str },

    // Faults of XML.
    #[error("it is not valid XML: {reason}")]
    NoXml { reason: String },
    #[error("it has a DOCTYPE, which is not supported: remove it")]
    Doctype,
    #[error("line {line}: too many {what}: at most {most} are supported")]
    TooMany { line: usize, what: &'static str, most: usize },
    #[error("it has no <graph> element: expected GraphML")]
    NoGraphElement,
    #[error("line {line}: <{element}> has no attribute {attribute}")]
    MissingAttribute { line: u32, element: String, attribute: &'static str },
    #[error("{}a second node named {}: expected unique names", at(*line), quoted(name))]
    RepeatedNode { line: Option<u32>, name: String },
    #[error("{}there is no node {}", at(*line), quoted(name))]
    NoSuchNode { line: Option<u32>, name: String },
    #[error("line {line}: a second <graph>: expected one graph per file")]
    SecondGraph { line: u32 },
    #[error(
        "line {line}: a graph inside a {element}: only open groups of yEd are supported; open the \
         group in yEd, or draw one flat graph"
    )]
    NestedGraph { line: u32, element: &'static str },
    #[error("line {line}: a hyperedge: only edges between two nodes are supported")]
    Hyperedge { line: u32 },
    #[error("line {line}: nodes or edges inside <{element}>: expected them inside <graph>")]
    Misplaced { line: u32, element: String },

    // Faults of JSON.
    #[error(
        "{reason}; expected {{\"nodes\": n, \"edges\": [[u, v], ...]}}, or NetworkX's node_link_data"
    )]
    Json { reason: String },
    #[error("{names} names for {nodes} nodes: expected one per node")]
    NameCount { names: usize, nodes: usize },

    #[error("more than {most} nodes and edges: no network can be wired from it")]
    TooLarge { most: usize },

    // Faults in writing.
    #[error("{kind} cannot hold the name {}: write a {instead}", quoted(name))]
    UnwritableName { kind: &'static str, name: String, instead: &'static str },
    #[error("{kind} cannot hold {}, which has no edge: write a .json or .graphml", quoted(name))]
    NoEdgeOf { kind: &'static str, name: String },
}

/// An assumption about a graph file, or something left out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum GraphRemark {
    /// The first line contains unknown names of columns.
    AssumedHeader { from: String, to: String },
    /// Columns without nodes are ignored.
    LeftAside { columns: Vec<String> },
    /// Fields after the nodes of an edge, without names, are ignored.
    FurtherColumns { count: usize },
    /// Groups of yEd, which are nodes as well.
    Groups { names: Vec<String> },
    /// Ports, the points of a node at which edges end, are ignored.
    Ports,
    /// Some edges differ from the graph's `edgedefault`.
    OtherDirection { edges: usize },
    /// The edges have no weights.
    NoWeights,
    /// Edges of weight 0 were left out.
    ZeroWeights { edges: usize },
    /// Edges that a simple graph cannot have were removed.
    Simplified { loops: usize, parallel: usize },
}

impl GraphRemark {
    /// Whether it is of columns among which are weights: a column of that name, or a third one
    /// without a name.
    pub fn leaves_weights_out(&self) -> bool {
        match self {
            Self::LeftAside { columns } => columns::weight(columns).is_some(),
            Self::FurtherColumns { .. } => true,
            _ => false,
        }
    }
}

impl Display for GraphRemark {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::AssumedHeader { from, to } => {
                write!(f, "assumed that line 1 is a header: {}, {}", quoted(from), quoted(to))
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
                "groups are read as nodes, as NetworkX does with files of yEd: {}",
                list(names)
            ),
            Self::NoWeights => f.write_str(
                "no column of weights: every weight is 1, so that every triple is balanced",
            ),
            Self::ZeroWeights { edges } => {
                write!(f, "left out: {} of weight 0", edges_of(*edges))
            }
            Self::Ports => f.write_str("ports are ignored: edges join the nodes themselves"),
            Self::Simplified { loops, parallel } => write!(
                f,
                "left out: {} from a node to itself, {} between nodes that already have one",
                edges_of(*loops),
                edges_of(*parallel)
            ),
            Self::OtherDirection { edges } => write!(
                f,
                "{} with its own 'directed' attribute: it is ignored, and where the file's directions \
                 are used every edge leads from its source",
                edges_of(*edges)
            ),
        }
    }
}

/// A piece of a file for a message.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    // Quotes do not need a backslash in a message.
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
