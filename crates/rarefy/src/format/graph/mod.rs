//! Graphs in files: JSON, edge lists, GraphML.
//!
//! Start reading at [`read_graph`] and [`open_graph`]. Each kind of file has its own module
//! (`json`, `edge_list`, `graph_ml`), which describes what it reads. `names` numbers the nodes. A
//! written graph is read back for comparison before the file is created, so no file holds a
//! different graph than the given one.

mod columns;
mod doubt;
mod edge_list;
mod fault;
mod foreign;
mod graph_ml;
mod json;
mod kind;
mod lines;
mod names;
mod written;

use std::path::Path;

pub use fault::{GraphFault, GraphFileError, GraphRemark};
pub use foreign::Foreign;

use kind::Kind;
use names::Content;

use super::{WriteError, write_atomically};
use crate::graph::{Digraph, Graph};

/// Reads the graph at `path`: see [`open_graph`].
///
/// # Errors
/// As [`open_graph`].
pub fn read_graph(path: &Path) -> Result<Graph, GraphFileError> {
    Ok(open_graph(path)?.0)
}

/// Reads the graph at `path`, with the assumptions that were made. The file name gives the kind of
/// file; for other names (`out.karate`, `karate.ncol`) the content does.
///
/// # Errors
/// If the file cannot be read, is of an unsupported kind, can be read in more than one way, or is
/// not a simple undirected graph.
pub fn open_graph(path: &Path) -> Result<(Graph, Vec<GraphRemark>), GraphFileError> {
    let (content, remarks) = content(path)?;
    Ok((graph(content, path)?, remarks))
}

/// The same, but edges from a node to itself are removed, and so are all but the first of the edges
/// between the same nodes; a remark counts them.
///
/// # Errors
/// As for [`open_graph`].
pub fn open_simplified(path: &Path) -> Result<(Graph, Vec<GraphRemark>), GraphFileError> {
    let (mut content, mut remarks) = content(path)?;
    let (loops, parallel) = content.simplify();
    remarks.push(GraphRemark::Simplified { loops, parallel });
    Ok((graph(content, path)?, remarks))
}

fn graph(content: Content, path: &Path) -> Result<Graph, GraphFileError> {
    content.graph().map_err(|(line, source)| {
        let path = path.to_owned();
        GraphFileError::NoGraph { path, line, source }
    })
}

fn content(path: &Path) -> Result<(Content, Vec<GraphRemark>), GraphFileError> {
    read(path, Kind::read)
}

/// Reads the directed graph with weights at `path`, with the assumptions that were made: an edge
/// list whose column `weight` has the weights. Edges of weight 0 are left out.
///
/// # Errors
/// If the file cannot be read, is no edge list, can be read in more than one way, or two of its
/// edges lead from the same node to the same node.
pub fn open_digraph(path: &Path) -> Result<(Digraph, Vec<GraphRemark>), GraphFileError> {
    let ((content, weights), mut remarks) = read(path, Kind::read_weighted)?;
    let (graph, zeros) = content.digraph(&weights).map_err(|(line, source)| {
        let path = path.to_owned();
        GraphFileError::NoDigraph { path, line, source }
    })?;
    remarks.extend((zeros > 0).then_some(GraphRemark::ZeroWeights { edges: zeros }));
    Ok((graph, remarks))
}

/// What `read` finds in the file at `path`.
fn read<T>(
    path: &Path,
    read: impl FnOnce(Kind, &str, &mut Vec<GraphRemark>) -> Result<T, GraphFault>,
) -> Result<(T, Vec<GraphRemark>), GraphFileError> {
    let malformed = |fault| GraphFileError::Malformed { path: path.to_owned(), fault };
    let bytes = std::fs::read(path)
        .map_err(|source| GraphFileError::Unreadable { path: path.to_owned(), source })?;
    let foreign = Foreign::of_bytes(&bytes).or_else(|| Foreign::of_name(path));
    if let Some(kind) = foreign.filter(|_| !bytes.is_empty()) {
        return Err(malformed(GraphFault::Foreign { kind }));
    }
    let text = text(&bytes).map_err(malformed)?;
    let kind = Kind::of_name(path)
        .or_else(|| Kind::of_text(text))
        .ok_or_else(|| GraphFileError::UnknownKind { path: path.to_owned() })?;
    let mut remarks = Vec::new();
    let content = read(kind, text, &mut remarks).map_err(malformed)?;
    Ok((content, remarks))
}

/// The content of a file as text.
fn text(bytes: &[u8]) -> Result<&str, GraphFault> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        GraphFault::NotUtf8 { line: before.iter().filter(|&&byte| byte == b'\n').count() + 1 }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Writes `graph` to `path`, whole or not at all. The file name gives the kind of file.
///
/// # Errors
/// If the name gives no kind, the kind cannot represent the graph's names, or the file cannot be
/// written.
pub fn write_graph(graph: &Graph, path: &Path) -> Result<(), GraphFileError> {
    let kind =
        Kind::of_name(path).ok_or_else(|| GraphFileError::UnknownKind { path: path.to_owned() })?;
    let text = written::text(graph, kind)
        .map_err(|fault| GraphFileError::Malformed { path: path.to_owned(), fault })?;
    Ok(write_atomically(path, text.as_bytes())?)
}

/// Writes `graph` to `path` as an edge list with the columns `Source`, `Target` and `Weight`,
/// separated by tabs if the name ends in `.tsv` and by commas otherwise. Nodes without an edge are
/// not in it.
///
/// # Errors
/// If the file cannot be written.
pub fn write_digraph(graph: &Digraph, path: &Path) -> Result<(), WriteError> {
    let separator = match Kind::of_name(path) {
        Some(Kind::EdgeList(Some(separator))) => separator,
        _ => ',',
    };
    write_atomically(path, written::weighted(graph, separator).as_bytes())
}

#[cfg(test)]
mod tests;
