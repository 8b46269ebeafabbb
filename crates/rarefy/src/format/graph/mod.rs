//! Graphs in files: JSON, edge lists, GraphML.
//!
//! [`read_graph`] and [`open_graph`] are where reading starts; each kind of file has a module of
//! its own (`json`, `edge_list`, `graph_ml`), which say what is read. `names` gives nodes their
//! numbers. What is written is read back before it counts as written, so that no file holds
//! another graph than the one that was given.

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

use super::write_atomically;
use crate::graph::Graph;

/// Reads the graph at `path`: see [`open_graph`].
///
/// # Errors
/// As [`open_graph`].
pub fn read_graph(path: &Path) -> Result<Graph, GraphFileError> {
    Ok(open_graph(path)?.0)
}

/// Reads the graph at `path`, and what was assumed for it. Its kind is in the name; a file of
/// another name (`out.karate`, `karate.ncol`) is told by its content.
///
/// # Errors
/// When the file cannot be read, is of a kind that is not read, can be read in more than one way,
/// or is no simple undirected graph.
pub fn open_graph(path: &Path) -> Result<(Graph, Vec<GraphRemark>), GraphFileError> {
    let (content, remarks) = content(path)?;
    Ok((graph(content, path)?, remarks))
}

/// The same, but edges from a node to itself are left out, and so are all but the first of those
/// that join the same nodes; a remark counts them.
///
/// # Errors
/// As [`open_graph`].
pub fn open_simplified(path: &Path) -> Result<(Graph, Vec<GraphRemark>), GraphFileError> {
    let (mut content, mut remarks) = content(path)?;
    let (loops, parallel) = content.simplify();
    remarks.push(GraphRemark::Simplified { loops, parallel });
    Ok((graph(content, path)?, remarks))
}

fn graph(content: Content, path: &Path) -> Result<Graph, GraphFileError> {
    content.graph().map_err(|source| GraphFileError::NoGraph { path: path.to_owned(), source })
}

fn content(path: &Path) -> Result<(Content, Vec<GraphRemark>), GraphFileError> {
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
    let content = kind.read(text, &mut remarks).map_err(malformed)?;
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

/// Writes `graph` to `path`, whole or not at all; the kind of file is in the name.
///
/// # Errors
/// When the name says no kind, the kind cannot hold the graph's names, or the file cannot be
/// written.
pub fn write_graph(graph: &Graph, path: &Path) -> Result<(), GraphFileError> {
    let kind =
        Kind::of_name(path).ok_or_else(|| GraphFileError::UnknownKind { path: path.to_owned() })?;
    let text = written::text(graph, kind)
        .map_err(|fault| GraphFileError::Malformed { path: path.to_owned(), fault })?;
    Ok(write_atomically(path, text.as_bytes())?)
}

#[cfg(test)]
mod tests;
