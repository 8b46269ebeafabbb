//! GraphML, the format of NetworkX, igraph, Gephi and yEd: its nodes and edges.
//!
//! Anything else that could contain nodes or edges (graphs within nodes, a second graph,
//! hyperedges) is either read as NetworkX reads it, or rejected.

use std::collections::HashMap;
use std::fmt::Write;

use roxmltree::{Document, Node};

use super::fault::{GraphFault, GraphRemark};
use super::names::{self, Content, Named, Nodes};
use crate::graph::Graph;

/// roxmltree takes quadratic time in each of these. No real graph file comes near the limits.
const MOST_DEPTH: usize = 256;
const MOST_ATTRIBUTES: usize = 256;
const MOST_NAMESPACES: usize = 64;

pub(super) fn read(text: &str, remarks: &mut Vec<GraphRemark>) -> Result<Content, GraphFault> {
    within_limits(text)?;
    let document = Document::parse(text).map_err(|error| match error {
        roxmltree::Error::DtdDetected => GraphFault::Doctype,
        error => GraphFault::NoXml { reason: error.to_string() },
    })?;
    let root = document.root_element();
    let mut reader = Reader::new(&document);
    let graph = match root.tag_name().name() {
        "graph" => root,
        "gexf" => return Err(GraphFault::Foreign { kind: super::Foreign::Gexf }),
        _ => {
            let mut graphs = root.children().filter(|node| reader.is(node, "graph"));
            let graph = graphs.next().ok_or(GraphFault::NoGraphElement)?;
            if let Some(second) = graphs.next() {
                return Err(GraphFault::SecondGraph { line: reader.line(&second) });
            }
            graph
        }
    };
    reader.graph(graph)?;
    reader.finish(graph, remarks)
}

/// The nodes and edges found so far.
struct Reader<'a, 'x> {
    document: &'a Document<'x>,
    root: Node<'a, 'x>,
    nodes: Nodes,
    /// For each node the name that igraph gives it.
    labels: Vec<Option<&'a str>>,
    /// The key under which igraph stores names.
    label_key: Option<&'a str>,
    edges: Vec<Node<'a, 'x>>,
    groups: Vec<String>,
    has_ports: bool,
}

impl<'a, 'x> Reader<'a, 'x> {
    fn new(document: &'a Document<'x>) -> Self {
        let root = document.root_element();
        let mut reader = Self {
            document,
            root,
            nodes: Nodes::default(),
            labels: Vec::new(),
            label_key: None,
            edges: Vec::new(),
            groups: Vec::new(),
            has_ports: false,
        };
        let is_label = |key: &Node| {
            reader.is(key, "key")
                && key.attribute("for") == Some("node")
                && key.attribute("attr.name") == Some("name")
        };
        let key = root.children().find(is_label).and_then(|key| key.attribute("id"));
        reader.label_key = key;
        reader
    }

    /// Whether a node of the XML is a GraphML element of this name; data elements can contain any
    /// other XML.
    fn is(&self, node: &Node, name: &str) -> bool {
        node.tag_name().name() == name && self.is_own(node)
    }

    fn is_own(&self, node: &Node) -> bool {
        node.is_element() && node.tag_name().namespace() == self.root.tag_name().namespace()
    }

    fn line(&self, node: &Node) -> u32 {
        self.document.text_pos_at(node.range().start).row
    }

    fn attribute(&self, node: &Node<'a, 'x>, name: &'static str) -> Result<&'a str, GraphFault> {
        node.attribute(name).ok_or_else(|| GraphFault::MissingAttribute {
            line: self.line(node),
            element: node.tag_name().name().to_owned(),
            attribute: name,
        })
    }

    /// First the nodes, each with its content, then the edges: the order of NetworkX.
    fn graph(&mut self, graph: Node<'a, 'x>) -> Result<(), GraphFault> {
        for child in graph.children().filter(|child| self.is_own(child)).collect::<Vec<_>>() {
            match child.tag_name().name() {
                "node" => self.node(child)?,
                "edge" | "data" | "desc" | "key" | "default" => {}
                "hyperedge" => return Err(GraphFault::Hyperedge { line: self.line(&child) }),
                _ => self.holds_nothing(child)?,
            }
        }
        for edge in graph.children().filter(|child| self.is(child, "edge")).collect::<Vec<_>>() {
            if let Some(nested) = edge.children().find(|child| self.is(child, "graph")) {
                let line = self.line(&nested);
                return Err(GraphFault::NestedGraph { line, element: "edge" });
            }
            self.edges.push(edge);
        }
        Ok(())
    }

    fn node(&mut self, node: Node<'a, 'x>) -> Result<(), GraphFault> {
        let name = self.attribute(&node, "id")?;
        if self.nodes.numbers.contains_key(name) {
            let line = Some(self.line(&node));
            return Err(GraphFault::RepeatedNode { line, name: name.to_owned() });
        }
        self.nodes.number(name);
        let place = self.labels.len();
        self.labels.push(None);
        let is_group = node.attribute("yfiles.foldertype") == Some("group");
        for child in node.children().filter(|child| self.is_own(child)).collect::<Vec<_>>() {
            match child.tag_name().name() {
                "data" if self.label_key.is_some() && child.attribute("key") == self.label_key => {
                    self.labels[place] = child.text();
                }
                "data" | "desc" => {}
                "port" => self.has_ports = true,
                "graph" if is_group => {
                    self.groups.push(name.to_owned());
                    self.graph(child)?;
                }
                "graph" => {
                    let line = self.line(&child);
                    return Err(GraphFault::NestedGraph { line, element: "node" });
                }
                _ => self.holds_nothing(child)?,
            }
        }
        Ok(())
    }

    /// Checks that ignoring an element of another name loses nothing.
    fn holds_nothing(&self, element: Node<'a, 'x>) -> Result<(), GraphFault> {
        let holds = |node: &Node| {
            let name = node.tag_name().name().to_lowercase();
            self.is_own(node)
                && matches!(name.as_str(), "node" | "edge" | "graph" | "hyperedge" | "locator")
        };
        match element.descendants().find(holds) {
            None => Ok(()),
            Some(found) => Err(GraphFault::Misplaced {
                line: self.line(&found),
                element: element.tag_name().name().to_owned(),
            }),
        }
    }

    fn finish(
        self,
        graph: Node<'a, 'x>,
        remarks: &mut Vec<GraphRemark>,
    ) -> Result<Content, GraphFault> {
        let is_directed = graph.attribute("edgedefault") == Some("directed");
        let usual = if is_directed { "true" } else { "false" };
        let mut others = 0;
        let mut edges = Vec::with_capacity(self.edges.len());
        for edge in &self.edges {
            let end = |end| {
                let name = self.attribute(edge, end)?;
                let known = self.nodes.numbers.get(name).copied();
                known.ok_or_else(|| GraphFault::NoSuchNode {
                    line: Some(self.line(edge)),
                    name: name.to_owned(),
                })
            };
            others += usize::from(edge.attribute("directed").is_some_and(|own| own != usual));
            edges.push((end("source")?, end("target")?));
        }
        let has_ports = self.has_ports
            || self
                .edges
                .iter()
                .any(|edge| edge.has_attribute("sourceport") || edge.has_attribute("targetport"));
        if !self.groups.is_empty() {
            remarks.push(GraphRemark::Groups { names: self.groups });
        }
        if has_ports {
            remarks.push(GraphRemark::Ports);
        }
        if others > 0 {
            remarks.push(GraphRemark::OtherDirection { edges: others });
        }
        let named = labelled(&self.nodes.names, &self.labels);
        let mut content = names::content(Named { nodes: self.nodes, edges, lines: Vec::new() })?;
        // Node numbers as in the file, with the names of igraph's vertices.
        if content.names.is_none() {
            content.names = named;
        }
        Ok(content)
    }
}

/// The names of nodes with the ids n0, n1, ..., if igraph names all of them.
fn labelled(ids: &[String], labels: &[Option<&str>]) -> Option<Vec<String>> {
    let mut named = vec![String::new(); ids.len()];
    for (id, label) in ids.iter().zip(labels) {
        let number: usize = id.strip_prefix('n')?.parse().ok()?;
        *named.get_mut(number)? = (*label)?.to_owned();
    }
    let distinct: HashMap<&str, ()> = named.iter().map(|name| (name.as_str(), ())).collect();
    (distinct.len() == named.len()).then_some(named)
}

/// Checks that the nesting of elements and the numbers of attributes and namespaces are small
/// enough for the library to read them in linear time. Faults of the XML itself are left to the
/// library.
fn within_limits(text: &str) -> Result<(), GraphFault> {
    let bytes = text.as_bytes();
    let skip = |from: usize, end: &str| {
        text[from..].find(end).map_or(bytes.len(), |at| from + at + end.len())
    };
    // The number of namespaces that each open element declares.
    let mut open: Vec<usize> = Vec::new();
    let mut declared = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find('<') {
        at += found;
        let start = at;
        let too_many = |what, most| {
            let line = bytes[..start].iter().filter(|&&byte| byte == b'\n').count() + 1;
            Err(GraphFault::TooMany { line, what, most })
        };
        let rest = &text[at..];
        if rest.starts_with("<!--") {
            at = skip(at + 4, "-->");
            continue;
        }
        if rest.starts_with("<![CDATA[") {
            at = skip(at, "]]>");
            continue;
        }
        if rest.starts_with("<?") {
            at = skip(at, "?>");
            continue;
        }
        let (mut quote, mut attributes, mut namespaces, mut last) = (None, 0, 0, 0);
        let mut end = at + 1;
        while end < bytes.len() {
            match (bytes[end], quote) {
                (byte, Some(open)) => quote = Some(open).filter(|open| *open != byte),
                (b'>' | b'<', None) => break,
                (byte @ (b'"' | b'\''), None) => quote = Some(byte),
                (b'=', None) => {
                    attributes += 1;
                    let name = text[at..end].trim_end();
                    let name = name.rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default();
                    namespaces += usize::from(name.starts_with("xmlns"));
                }
                (byte, None) => last = byte,
            }
            end += 1;
        }
        at = end;
        if attributes > MOST_ATTRIBUTES {
            return too_many("attributes of one element", MOST_ATTRIBUTES);
        }
        if rest.starts_with("</") {
            declared -= open.pop().unwrap_or(0);
            continue;
        }
        if declared + namespaces > MOST_NAMESPACES {
            return too_many("namespaces at one place", MOST_NAMESPACES);
        }
        if last != b'/' && !rest.starts_with("<!") {
            open.push(namespaces);
            declared += namespaces;
            if open.len() > MOST_DEPTH {
                return too_many("nested elements", MOST_DEPTH);
            }
        }
    }
    Ok(())
}

/// Writes nodes and edges; returns the first name that XML cannot represent as an error.
pub(super) fn write(graph: &Graph) -> Result<String, String> {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n\
         <graph edgedefault=\"undirected\">\n",
    );
    let names: Result<Vec<String>, String> =
        (0..graph.nodes()).map(|node| escaped(&graph.name(node))).collect();
    let names = names?;
    for name in &names {
        _ = writeln!(text, "<node id=\"{name}\"/>");
    }
    for (from, to) in graph.edges() {
        _ = writeln!(text, "<edge source=\"{}\" target=\"{}\"/>", names[from], names[to]);
    }
    Ok(text + "</graph>\n</graphml>\n")
}

/// A name as the value of an attribute.
fn escaped(name: &str) -> Result<String, String> {
    let mut text = String::new();
    for c in name.chars() {
        match c {
            '&' => text += "&amp;",
            '<' => text += "&lt;",
            '>' => text += "&gt;",
            '"' => text += "&quot;",
            // Unescaped, they would be read as spaces.
            '\t' | '\n' | '\r' => _ = write!(text, "&#{};", u32::from(c)),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => return Err(name.to_owned()),
            c => text.push(c),
        }
    }
    Ok(text)
}
