//! Unsupported kinds of graph files, recognised by their names or first lines.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

/// An unsupported kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Foreign {
    MatrixMarket,
    Pajek,
    Gml,
    Dot,
    Gexf,
    Dimacs,
    Lgl,
    Metis,
    Gzip,
    Zip,
    Parquet,
    Hdf5,
    Pickle,
    Binary,
    Json,
    Xml,
}

impl Display for Foreign {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MatrixMarket => "a MatrixMarket file",
            Self::Pajek => "a Pajek file",
            Self::Gml => "a GML file",
            Self::Dot => "a DOT file of Graphviz",
            Self::Gexf => "a GEXF file",
            Self::Dimacs => "a DIMACS file",
            Self::Lgl => "an LGL file",
            Self::Metis => "a METIS file",
            Self::Gzip => "compressed",
            Self::Zip => "a ZIP archive or a spreadsheet",
            Self::Parquet => "a Parquet file",
            Self::Hdf5 => "an HDF5 file",
            Self::Pickle => "a Python pickle",
            Self::Binary => "a binary file",
            Self::Json => "a JSON file (name it .json)",
            Self::Xml => "an XML file (name it .graphml if it is GraphML)",
        })
    }
}

impl Foreign {
    /// A program that converts it to a supported file.
    pub(super) fn converter(self) -> &'static str {
        match self {
            Self::MatrixMarket => {
                "SciPy and NetworkX: networkx.write_graphml(networkx.from_scipy_sparse_array(\
                 scipy.io.mmread(FILE)), OUT)"
            }
            Self::Pajek => "NetworkX: networkx.write_graphml(networkx.read_pajek(FILE), OUT)",
            Self::Gml => "NetworkX: networkx.write_graphml(networkx.read_gml(FILE), OUT)",
            Self::Gexf => "NetworkX: networkx.write_graphml(networkx.read_gexf(FILE), OUT)",
            Self::Gzip => "gunzip",
            Self::Zip | Self::Parquet | Self::Hdf5 => "pandas or a spreadsheet: save it as CSV",
            Self::Dot => "Gephi, or NetworkX (networkx.nx_pydot.read_dot)",
            Self::Dimacs | Self::Lgl => "igraph: igraph.Graph.Read(FILE).write_graphml(OUT)",
            Self::Metis => "NetworKit: networkit.readGraph and writeGraph",
            Self::Pickle | Self::Binary | Self::Json | Self::Xml => "NetworkX or igraph",
        }
    }

    /// By the first bytes, for files that are not text.
    pub(super) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        const MAGIC: [(&[u8], Foreign); 6] = [
            (b"\x1f\x8b", Foreign::Gzip),
            (b"BZh", Foreign::Gzip),
            (b"PK\x03\x04", Foreign::Zip),
            (b"PAR1", Foreign::Parquet),
            (b"\x89HDF", Foreign::Hdf5),
            (b"\x80", Foreign::Pickle),
        ];
        MAGIC.into_iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, kind)| kind)
    }

    /// By the file's name, if only this kind has such names.
    pub(super) fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_lowercase();
        Some(match extension.as_str() {
            "gml" => Self::Gml,
            "dot" | "gv" => Self::Dot,
            "gexf" => Self::Gexf,
            "net" | "paj" | "pajek" => Self::Pajek,
            "lgl" => Self::Lgl,
            "gz" | "bz2" | "xz" | "zst" => Self::Gzip,
            "zip" | "xlsx" | "ods" | "xls" => Self::Zip,
            "parquet" => Self::Parquet,
            "pickle" | "pkl" | "gpickle" => Self::Pickle,
            _ => return None,
        })
    }

    /// By the first lines of a file that should be an edge list.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let start = text.trim_start();
        if start.to_lowercase().starts_with("%%matrixmarket") {
            return Some(Self::MatrixMarket);
        }
        match start.chars().next()? {
            '{' | '[' => return Some(Self::Json),
            '<' => return Some(Self::Xml),
            '*' => return Some(Self::Pajek),
            _ => {}
        }
        let is_comment = |line: &&str| line.starts_with(['#', '%']) || line.starts_with("//");
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut words = lines().filter(|line| !is_comment(line)).take(20).flat_map(|line| {
            let opened = line.replace('[', " [ ").replace('{', " { ");
            opened.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>()
        });
        // `graph [` may come after a line about the program that wrote the file, and `{` after a
        // name.
        let words: Vec<String> = words.by_ref().take(40).collect();
        let follows = |word: &str, bracket: &str, within: usize| {
            words
                .iter()
                .position(|found| found == word)
                .is_some_and(|at| words[at + 1..].iter().take(within).any(|found| found == bracket))
        };
        if follows("graph", "[", 1) {
            return Some(Self::Gml);
        }
        if follows("graph", "{", 2) || follows("digraph", "{", 2) {
            return Some(Self::Dot);
        }
        let is_dimacs = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            matches!(words[..], ["p", kind, nodes, edges]
                if kind.parse::<f64>().is_err()
                    && [nodes, edges].iter().all(|count| count.parse::<usize>().is_ok()))
        };
        if lines().take(1000).any(is_dimacs) {
            return Some(Self::Dimacs);
        }
        // `# node`, followed by each of its neighbours on a separate line.
        let mut heads = 0;
        for line in lines().take(100) {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["#", _] => heads += 1,
                _ if line.starts_with('#') || heads == 0 => return None,
                [_] => {}
                [_, weight] if weight.parse::<f64>().is_ok() => {}
                _ => return None,
            }
        }
        (heads > 1).then_some(Self::Lgl)
    }
}
