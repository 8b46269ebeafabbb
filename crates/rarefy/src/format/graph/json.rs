//! Graphs as JSON: `{"nodes": n, "edges": [[u, v], ...]}`, with `"names": [...]` if nodes have
//! names. The `node_link_data` of NetworkX is read as well.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fault::GraphFault;
use super::names::{self, Content, Named, Nodes};
use crate::graph::Graph;

/// The content of a JSON file.
#[derive(Serialize, Deserialize)]
struct Json {
    nodes: usize,
    edges: Vec<(usize, usize)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    names: Option<Vec<String>>,
}

/// The format of NetworkX.
#[derive(Deserialize)]
struct NodeLink {
    nodes: Vec<Node>,
    #[serde(alias = "links")]
    edges: Vec<Link>,
}

#[derive(Deserialize)]
struct Node {
    id: Value,
}

#[derive(Deserialize)]
struct Link {
    source: Value,
    target: Value,
}

pub(super) fn read(text: &str) -> Result<Content, GraphFault> {
    let fault = match serde_json::from_str(text) {
        Ok(Json { nodes, names: Some(names), .. }) if names.len() != nodes => {
            return Err(GraphFault::NameCount { names: names.len(), nodes });
        }
        Ok(Json { edges, names: Some(names), .. }) => return Ok(Content::named(names, edges)),
        Ok(Json { nodes, edges, .. }) => return Ok(Content::numbered(nodes, edges)),
        Err(error) => GraphFault::Json { reason: error.to_string() },
    };
    match serde_json::from_str(text) {
        Ok(node_link) => named(node_link)?.map_or(Err(fault), names::content),
        Err(_) => Err(fault),
    }
}

/// `None` if the name of a node is neither a text nor a number.
fn named(NodeLink { nodes, edges }: NodeLink) -> Result<Option<Named>, GraphFault> {
    let name = |value: &Value| match value {
        Value::String(name) => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let mut named = Nodes::default();
    for Node { id } in &nodes {
        let Some(name) = name(id) else { return Ok(None) };
        if named.numbers.contains_key(&name) {
            return Err(GraphFault::RepeatedNode { line: None, name });
        }
        named.number(&name);
    }
    let mut pairs = Vec::with_capacity(edges.len());
    for Link { source, target } in &edges {
        let [Some(from), Some(to)] = [source, target].map(name) else { return Ok(None) };
        let place = |name: String| {
            let known = named.numbers.get(&name).copied();
            known.ok_or(GraphFault::NoSuchNode { line: None, name })
        };
        pairs.push((place(from)?, place(to)?));
    }
    Ok(Some(Named { nodes: named, edges: pairs, lines: Vec::new() }))
}

pub(super) fn write(graph: &Graph) -> String {
    let names = graph.names().map(<[String]>::to_vec);
    let json = Json { nodes: graph.nodes(), edges: graph.edges().collect(), names };
    serde_json::to_string(&json).expect("a graph is plain data") + "\n"
}
