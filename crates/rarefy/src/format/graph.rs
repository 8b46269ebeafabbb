//! Graphs in files: JSON, edge lists, GraphML.
//!
//! JSON is `{"nodes": n, "edges": [[u, v], ...]}`, with `"names": [...]` where nodes have
//! names. An edge list is a line an edge: two nodes, separated by blanks, tabs, a comma or
//! a semicolon; what follows them is left aside, and so are lines that begin with `#` or
//! `%`, except that `# nodes: n` says that nodes are numbered below `n`, and a first line of
//! column names (`Source,Target`). Of GraphML, which
//! NetworkX, igraph and Gephi read and write, nodes and edges are read.
//!
//! In edge lists and GraphML, nodes that are called 0, 1, 2, ... (or n0, n1, ..., as igraph
//! does) keep these numbers. Others are numbered, by their names if all are whole numbers,
//! else as they come, and the graph keeps the names.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use roxmltree::Document;
use serde::{Deserialize, Serialize};

use super::{WriteError, write_atomically};
use crate::graph::{Graph, GraphError};

/// Why a file is no graph. Each message names the file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum GraphFileError {
    #[error("cannot read graph {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Unwritable(#[from] WriteError),
    #[error("{}: {source}", path.display())]
    NoGraph { path: PathBuf, source: GraphError },
    #[error("{}: {reason}", path.display())]
    Malformed { path: PathBuf, reason: String },
    #[error(
        "{}: unknown kind of graph file: expected .json, .graphml, or an edge list \
         (.edges, .edgelist, .csv, .tsv, .txt)",
        path.display()
    )]
    UnknownKind { path: PathBuf },
}

enum Kind {
    Json,
    /// What stands between two nodes where one is written; all of them are read everywhere.
    EdgeList(char),
    GraphMl,
}

/// What stands in a JSON file.
#[derive(Serialize, Deserialize)]
struct Json {
    nodes: usize,
    edges: Vec<(usize, usize)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    names: Option<Vec<String>>,
}

fn kind(path: &Path) -> Result<Kind, GraphFileError> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_lowercase().as_str() {
        "json" => Ok(Kind::Json),
        "graphml" | "xml" => Ok(Kind::GraphMl),
        "edges" | "edgelist" | "txt" => Ok(Kind::EdgeList(' ')),
        "csv" => Ok(Kind::EdgeList(',')),
        "tsv" => Ok(Kind::EdgeList('\t')),
        _ => Err(GraphFileError::UnknownKind { path: path.to_owned() }),
    }
}

/// Reads the graph at `path`; its kind is in the name.
///
/// # Errors
/// When the file cannot be read, or is no simple undirected graph.
pub fn read_graph(path: &Path) -> Result<Graph, GraphFileError> {
    let kind = kind(path)?;
    let text = std::fs::read_to_string(path)
        .map_err(|source| GraphFileError::Unreadable { path: path.to_owned(), source })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let malformed = |reason: String| GraphFileError::Malformed { path: path.to_owned(), reason };
    let graph = match kind {
        Kind::Json => {
            let expected = "expected {\"nodes\": n, \"edges\": [[u, v], ...]}";
            let Json { nodes, edges, names } = serde_json::from_str(text)
                .map_err(|error| malformed(format!("{error}; {expected}")))?;
            match names {
                Some(names) if names.len() != nodes => {
                    return Err(malformed(format!("{} names of {nodes} nodes", names.len())));
                }
                Some(names) => Graph::named(names, edges),
                None => Graph::new(nodes, edges),
            }
        }
        Kind::EdgeList(_) => edge_list(text).and_then(number).map_err(malformed)?,
        Kind::GraphMl => graph_ml(text).and_then(number).map_err(malformed)?,
    };
    graph.map_err(|source| GraphFileError::NoGraph { path: path.to_owned(), source })
}

/// Writes `graph` to `path`, whole or not at all; the kind of file is in the name.
///
/// # Errors
/// When the name says no kind, or the file cannot be written.
pub fn write_graph(graph: &Graph, path: &Path) -> Result<(), GraphFileError> {
    let text = match kind(path)? {
        Kind::Json => {
            let names = graph.names().map(<[String]>::to_vec);
            let json = Json { nodes: graph.nodes(), edges: graph.edges().collect(), names };
            serde_json::to_string(&json).expect("a graph is plain data") + "\n"
        }
        Kind::EdgeList(separator) => to_edge_list(graph, separator)
            .map_err(|reason| GraphFileError::Malformed { path: path.to_owned(), reason })?,
        Kind::GraphMl => to_graph_ml(graph),
    };
    Ok(write_atomically(path, text.as_bytes())?)
}

/// Names of nodes in the order in which they come, and edges between them.
type Named = (Nodes, Vec<(usize, usize)>);

#[derive(Default)]
struct Nodes {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
    /// What the file says how many there are.
    count: Option<usize>,
}

impl Nodes {
    fn number(&mut self, name: &str) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }
}

fn edge_list(text: &str) -> Result<Named, String> {
    let mut nodes = Nodes::default();
    let mut edges = Vec::new();
    let mut has_header = false;
    for (line, content) in text.lines().enumerate() {
        let content = content.trim();
        if let Some(comment) = content.strip_prefix('#') {
            if let Some(count) = comment.trim().strip_prefix("nodes:") {
                let count = count.trim();
                let number = count.parse().map_err(|_| {
                    format!("line {}: {count} nodes: expected a whole number", line + 1)
                })?;
                nodes.count = Some(number);
            }
            continue;
        }
        if content.is_empty() || content.starts_with('%') {
            continue;
        }
        let separator = |c: char| c.is_whitespace() || c == ',' || c == ';';
        let mut fields = content.split(separator).filter(|field| !field.is_empty());
        let (Some(from), Some(to)) = (fields.next(), fields.next()) else {
            let line = line + 1;
            return Err(format!("line {line}: '{content}' is no edge: expected two nodes"));
        };
        if edges.is_empty() && !has_header && is_header(from, to) {
            has_header = true;
            continue;
        }
        edges.push((nodes.number(from), nodes.number(to)));
    }
    Ok((nodes, edges))
}

/// Whether these are the names of two columns, as Gephi and tables of edges have them.
fn is_header(from: &str, to: &str) -> bool {
    let name = |field: &str| field.trim_matches('"').to_lowercase();
    let pairs = [("source", "target"), ("from", "to"), ("src", "dst"), ("node1", "node2")];
    pairs.contains(&(name(from).as_str(), name(to).as_str()))
}

fn graph_ml(text: &str) -> Result<Named, String> {
    let document = Document::parse(text).map_err(|error| match error {
        roxmltree::Error::DtdDetected => {
            "it has a DOCTYPE, which is not read: remove it".to_owned()
        }
        error => format!("it is no XML: {error}"),
    })?;
    let is = |name: &'static str| move |node: &roxmltree::Node| node.tag_name().name() == name;
    let graph = document.descendants().find(is("graph"));
    let graph = graph.ok_or("it has no <graph>: expected GraphML")?;
    let place = |node: &roxmltree::Node| document.text_pos_at(node.range().start).row;
    let attribute = |node: &roxmltree::Node, name: &str| {
        node.attribute(name).map(str::to_owned).ok_or_else(|| {
            let tag = node.tag_name().name();
            format!("line {}: a <{tag}> without {name}", place(node))
        })
    };
    let mut nodes = Nodes::default();
    for node in graph.children().filter(is("node")) {
        let name = attribute(&node, "id")?;
        if nodes.numbers.contains_key(&name) {
            return Err(format!("line {}: a second node called {name}", place(&node)));
        }
        nodes.number(&name);
    }
    let mut edges = Vec::new();
    for edge in graph.children().filter(is("edge")) {
        let end = |name| {
            let node = attribute(&edge, name)?;
            let known = nodes.numbers.get(&node).copied();
            known.ok_or_else(|| format!("line {}: there is no node {node}", place(&edge)))
        };
        edges.push((end("source")?, end("target")?));
    }
    Ok((nodes, edges))
}

/// Gives nodes their numbers: see the module.
fn number((nodes, edges): Named) -> Result<Result<Graph, GraphError>, String> {
    let Nodes { names, count, .. } = nodes;
    let own_number = |name: &str| -> Option<usize> {
        let digits = name.strip_prefix('n').unwrap_or(name);
        let number = digits.parse().ok()?;
        // Not 007, which is a name.
        (digits == format!("{number}")).then_some(number)
    };
    let numbers: Option<Vec<usize>> = names.iter().map(|name| own_number(name)).collect();
    let renumber = |numbers: &[usize]| -> Vec<(usize, usize)> {
        edges.iter().map(|&(from, to)| (numbers[from], numbers[to])).collect()
    };
    if let Some(count) = count {
        let numbers = numbers.ok_or_else(|| {
            format!(
                "it says 'nodes: {count}', but its nodes are not called 0 to {}",
                count.max(1) - 1
            )
        })?;
        return Ok(Graph::new(count, renumber(&numbers)));
    }
    if let Some(numbers) = &numbers {
        let distinct: BTreeSet<usize> = numbers.iter().copied().collect();
        if distinct.len() == names.len() {
            if distinct.last().is_none_or(|&last| last + 1 == names.len()) {
                return Ok(Graph::new(names.len(), renumber(numbers)));
            }
            let ranks: HashMap<usize, usize> =
                distinct.iter().enumerate().map(|(rank, &number)| (number, rank)).collect();
            let numbers: Vec<usize> = numbers.iter().map(|number| ranks[number]).collect();
            let mut named = vec![String::new(); names.len()];
            numbers.iter().zip(names).for_each(|(&at, name)| named[at] = name);
            return Ok(Graph::named(named, renumber(&numbers)));
        }
    }
    Ok(Graph::named(names, edges))
}

/// What an edge list cannot say is an error: names that would be read as something else, and
/// nodes with a name and no edge.
fn to_edge_list(graph: &Graph, separator: char) -> Result<String, String> {
    let mut text = String::new();
    let degrees = graph.degrees();
    // What reads tables wants a heading and no comment, which only nodes without an edge need,
    // and takes quotes away.
    let is_table = separator != ' ';
    for (node, name) in graph.names().unwrap_or_default().iter().enumerate() {
        let splits = |c: char| c.is_whitespace() || c == ',' || c == ';';
        let is_quoted = is_table && name.contains('"');
        if name.is_empty() || is_quoted || name.contains(splits) || name.starts_with(['#', '%']) {
            return Err(format!("an edge list cannot hold the name '{name}': {ELSEWHERE}"));
        }
        if degrees[node] == 0 {
            return Err(format!("an edge list cannot hold {name}, which has no edge: {ELSEWHERE}"));
        }
    }
    if let Some((from, to)) = graph.edges().next()
        && !is_table
        && is_header(&graph.name(from), &graph.name(to))
    {
        return Err(format!("an edge list cannot begin with these two names: {ELSEWHERE}"));
    }
    if graph.names().is_none() && (!is_table || degrees.contains(&0)) {
        _ = writeln!(text, "# nodes: {}", graph.nodes());
    }
    if is_table {
        _ = writeln!(text, "source{separator}target");
    }
    for (from, to) in graph.edges() {
        _ = writeln!(text, "{}{separator}{}", graph.name(from), graph.name(to));
    }
    Ok(text)
}

const ELSEWHERE: &str = "write a .json or .graphml";

fn to_graph_ml(graph: &Graph) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n\
         <graph edgedefault=\"undirected\">\n",
    );
    let name = |node: usize| {
        let escapes = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;")];
        escapes.iter().fold(graph.name(node), |name, (from, to)| name.replace(from, to))
    };
    for node in 0..graph.nodes() {
        _ = writeln!(text, "<node id=\"{}\"/>", name(node));
    }
    for (from, to) in graph.edges() {
        _ = writeln!(text, "<edge source=\"{}\" target=\"{}\"/>", name(from), name(to));
    }
    text + "</graph>\n</graphml>\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Family;

    fn read(name: &str, text: &str) -> Result<Graph, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        read_graph(&path).map_err(|error| {
            let message = error.to_string();
            message.split_once(&format!("{name}: ")).map_or(message.clone(), |m| m.1.to_owned())
        })
    }

    #[test]
    fn every_kind_of_file_gives_back_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let named = ["a<b", "c&d", "\"e\""].map(str::to_owned).to_vec();
        for graph in [
            Family::ConnectedWattsStrogatz { nodes: 12, k: 4, p: 1.0, tries: 9 }
                .generate(1)
                .unwrap(),
            Graph::new(5, [(3, 1)]).unwrap(),
            Graph::named(named, [(2, 0), (0, 1)]).unwrap(),
        ] {
            for name in ["g.json", "g.graphml", "g.edges", "g.csv", "g.tsv"] {
                let path = folder.path().join(name);
                let written = write_graph(&graph, &path);
                if ["g.csv", "g.tsv"].contains(&name) && graph.names().is_some() {
                    let error = written.unwrap_err().to_string();
                    assert!(error.contains("cannot hold the name '\"e\"'"), "{error}");
                    continue;
                }
                written.unwrap();
                let back = read_graph(&path).unwrap();
                if name == "g.edges" && graph.names().is_some() {
                    // Numbered as they come.
                    assert_eq!(back.names().unwrap(), ["\"e\"", "a<b", "c&d"]);
                } else {
                    assert_eq!(back, graph, "{name}");
                }
            }
        }
    }

    #[test]
    fn nodes_without_numbers_of_their_own_are_numbered_and_keep_their_names() {
        let graph = read("g.txt", "# comment\n10 7 {}\n\n9\t10 0.5\n").unwrap();
        assert_eq!(graph.names().unwrap(), ["7", "9", "10"]);
        assert_eq!(graph.edges().collect::<Vec<_>>(), [(2, 0), (1, 2)]);
        let graph = read("g.csv", "\u{feff}Source,Target,Weight\r\n0,1,3\r\n1,2,3\r\n").unwrap();
        assert_eq!((graph.nodes(), graph.names()), (3, None));
        let graph = read("g.csv", "anna,ben\nben,carl\n").unwrap();
        assert_eq!(graph.names().unwrap(), ["anna", "ben", "carl"]);
        assert_eq!(read("g.csv", "2;0\n1,0\n").unwrap().names(), None);
    }

    #[test]
    fn tables_of_edges_have_a_heading_and_one_only() {
        let folder = tempfile::tempdir().unwrap();
        let named = |names: [&str; 3]| {
            Graph::named(names.map(str::to_owned).to_vec(), [(0, 1), (1, 2)]).unwrap()
        };
        for (name, text) in [("g.csv", "source,target\na,b\nb,c\n"), ("g.edges", "a b\nb c\n")] {
            let path = folder.path().join(name);
            write_graph(&named(["a", "b", "c"]), &path).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
            assert_eq!(read_graph(&path).unwrap(), named(["a", "b", "c"]));
        }
        // An edge that looks like a heading.
        let graph = named(["from", "to", "c"]);
        write_graph(&graph, &folder.path().join("h.csv")).unwrap();
        assert_eq!(read_graph(&folder.path().join("h.csv")).unwrap(), graph);
        assert!(write_graph(&graph, &folder.path().join("h.edges")).is_err());
    }

    #[test]
    fn graph_ml_of_others_is_read() {
        let igraph = "<?xml version='1.0'?><graphml xmlns='http://graphml.graphdrawing.org/xmlns'>\
            <key id='v_name' for='node'/><graph id='G' edgedefault='undirected'>\
            <node id='n0'><data key='v_name'>x</data></node><node id='n1'/><node id='n2'/>\
            <edge source='n0' target='n2'/></graph></graphml>";
        let graph = read("g.graphml", igraph).unwrap();
        assert_eq!((graph.nodes(), graph.edge_count(), graph.names()), (3, 1, None));
    }

    #[test]
    fn what_is_no_graph_is_refused_with_its_place() {
        let error = |name, text| read(name, text).unwrap_err();
        assert!(error("g.json", "{\"nodes\": 2}").contains("missing field `edges`"));
        assert!(error("g.json", "{\"nodes\":2,\"edges\":[[0,2]]}").contains("nodes are 0 to 1"));
        assert!(
            error("g.json", "{\"nodes\":2,\"edges\":[],\"names\":[]}").contains("0 names of 2")
        );
        assert!(error("g.txt", "0 1\n2\n").contains("line 2: '2' is no edge"));
        assert!(error("g.txt", "0 1\n1 0\n").contains("(1, 0) is there twice"));
        assert!(error("g.txt", "").contains("0 node(s)"));
        assert!(error("g.txt", "# nodes: 3\na b\n").contains("not called 0 to 2"));
        assert!(error("g.graphml", "<graph").contains("it is no XML"));
        assert!(error("g.xml", "<a/>").contains("no <graph>"));
        let stray = "<graph><node id='a'/>\n<edge source='a' target='b'/></graph>";
        assert!(error("g.xml", stray).contains("line 2: there is no node b"));
        assert!(error("g.gml", "").contains("unknown kind"));
        assert!(error("g.xml", "<!DOCTYPE g><graph/>").contains("it has a DOCTYPE"));
        let twice = "{\"nodes\":2,\"edges\":[],\"names\":[\"a\",\"a\"]}";
        assert!(error("g.json", twice).contains("two nodes are called a"));
        let folder = tempfile::tempdir().unwrap();
        for (name, edges) in [("New York", &[(0, 1)][..]), ("#1", &[(0, 1)]), ("c", &[])] {
            let graph = Graph::named(vec![name.to_owned(), "b".to_owned()], edges.iter().copied());
            let error = write_graph(&graph.unwrap(), &folder.path().join("g.edges")).unwrap_err();
            assert!(error.to_string().contains("an edge list cannot hold"), "{error}");
        }
    }
}
