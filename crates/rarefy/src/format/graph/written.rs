//! Graphs as text, verified by reading it back.

use std::fmt::Write;

use super::fault::GraphFault;
use super::kind::Kind;
use super::{graph_ml, json};
use crate::graph::{Digraph, Edge, Graph};

/// `graph` as a file of this kind. If the file cannot represent it, that is an error: names that
/// would be read as something else, or, in an edge list, nodes with a name but without edges.
pub(super) fn text(graph: &Graph, kind: Kind) -> Result<String, GraphFault> {
    let text = match kind {
        Kind::Json => return Ok(json::write(graph)),
        Kind::GraphMl => graph_ml::write(graph).map_err(|name| unwritable(kind, &name))?,
        Kind::EdgeList(separator) => edge_list(graph, separator)?,
    };
    // Numbers are always read back correctly.
    if let Some(names) = graph.names() {
        check(graph, names, &text, kind)?;
    }
    Ok(text)
}

fn unwritable(kind: Kind, name: &str) -> GraphFault {
    let (kind, instead) = match kind {
        Kind::EdgeList(None) => ("an edge list", ".csv, .json or .graphml"),
        Kind::EdgeList(Some(_)) => ("an edge list", ".json or .graphml"),
        Kind::GraphMl | Kind::Json => ("GraphML", ".json"),
    };
    GraphFault::UnwritableName { kind, name: name.to_owned(), instead }
}

/// Checks that `text` is read back as `graph`, with the same names and the same edges in the same
/// order.
fn check(graph: &Graph, names: &[String], text: &str, kind: Kind) -> Result<(), GraphFault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let read = kind.read(text, &mut Vec::new()).ok().and_then(|content| content.graph().ok());
    let found: std::collections::HashSet<String> =
        read.iter().flat_map(|read| (0..read.nodes()).map(|node| read.name(node))).collect();
    if let Some(name) = names.iter().find(|name| !found.contains(*name)) {
        // If nothing was read, the first name that is not a plain word.
        let is_plain =
            |name: &&String| name.chars().all(|c| c.is_alphanumeric()) && !name.is_empty();
        let odd = names.iter().find(|name| !is_plain(name)).filter(|_| found.is_empty());
        return Err(unwritable(kind, odd.unwrap_or(name)));
    }
    let by_name = |graph: &Graph| {
        graph.edges().map(|(from, to)| (graph.name(from), graph.name(to))).collect::<Vec<_>>()
    };
    match read {
        Some(read) if found.len() == names.len() && by_name(&read) == by_name(graph) => Ok(()),
        _ => Err(unwritable(kind, &names[0])),
    }
}

/// A table with names of columns if there is a separator; otherwise with spaces, as NetworkX and
/// igraph read it.
fn edge_list(graph: &Graph, separator: Option<char>) -> Result<String, GraphFault> {
    let kind = Kind::EdgeList(separator);
    let degrees = graph.degrees();
    if let Some(names) = graph.names() {
        let alone = names.iter().zip(&degrees).find(|(_, degree)| **degree == 0);
        if let Some((name, _)) = alone {
            return Err(GraphFault::NoEdgeOf { kind: "an edge list", name: name.clone() });
        }
    }
    let mut text = String::new();
    // A comment is needed only for nodes without edges; readers of tables do not expect one.
    if graph.names().is_none() && (separator.is_none() || degrees.contains(&0)) {
        _ = writeln!(text, "# nodes: {}", graph.nodes());
    }
    let Some(separator) = separator else {
        if let Some(names) = graph.names() {
            // NetworkX would read these as a comment or as two fields.
            let splits = |name: &&String| name.contains(|c: char| c.is_whitespace() || c == '#');
            if let Some(name) = names.iter().find(splits) {
                return Err(unwritable(kind, name));
            }
            text += "# source target\n";
        }
        for (from, to) in graph.edges() {
            _ = writeln!(text, "{} {}", graph.name(from), graph.name(to));
        }
        return Ok(text);
    };
    let mut writer =
        csv::WriterBuilder::new().delimiter(separator as u8).from_writer(text.into_bytes());
    let mut row = |fields: [&str; 2]| writer.write_record(fields).expect("written to memory");
    row(["source", "target"]);
    for (from, to) in graph.edges() {
        row([&graph.name(from), &graph.name(to)]);
    }
    let bytes = writer.into_inner().expect("written to memory");
    Ok(String::from_utf8(bytes).expect("text"))
}

/// A table of edges with weights. Weights of networks have as many digits as tell them apart in
/// single precision.
pub(super) fn weighted(graph: &Digraph, separator: char) -> String {
    let mut writer = csv::WriterBuilder::new().delimiter(separator as u8).from_writer(Vec::new());
    let mut row = |fields: [&str; 3]| writer.write_record(fields).expect("written to memory");
    row(["Source", "Target", "Weight"]);
    for &Edge { from, to, weight } in graph.edges() {
        let single = weight as f32;
        let weight = match f64::from(single) == weight {
            true => single.to_string(),
            false => weight.to_string(),
        };
        row([&graph.name(from), &graph.name(to), &weight]);
    }
    let bytes = writer.into_inner().expect("written to memory");
    String::from_utf8(bytes).expect("text")
}
