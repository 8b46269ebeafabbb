//! The supported kinds of graph files.

use std::path::Path;

use super::fault::{GraphFault, GraphRemark};
use super::names::{self, Content};
use super::{edge_list, graph_ml, json};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Json,
    /// With the separator of fields that is usual for this file name.
    EdgeList(Option<char>),
    GraphMl,
}

impl Kind {
    /// The kind of file that a file name indicates, if any.
    pub(super) fn of_name(path: &Path) -> Option<Self> {
        let extension =
            path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        Some(match extension.to_lowercase().as_str() {
            "json" => Kind::Json,
            "graphml" | "xml" => Kind::GraphMl,
            "edges" | "edgelist" | "txt" => Kind::EdgeList(None),
            "csv" => Kind::EdgeList(Some(',')),
            "tsv" => Kind::EdgeList(Some('\t')),
            _ => return None,
        })
    }

    /// The kind of a text without an informative file name; `None` if it is empty.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        Some(match text.trim_start().chars().next()? {
            '{' => Kind::Json,
            '<' => Kind::GraphMl,
            _ => Kind::EdgeList(None),
        })
    }

    /// The content of a file of this kind.
    pub(super) fn read(
        self,
        text: &str,
        remarks: &mut Vec<GraphRemark>,
    ) -> Result<Content, GraphFault> {
        match self {
            Kind::Json => json::read(text),
            Kind::GraphMl => graph_ml::read(text, remarks),
            Kind::EdgeList(usual) => edge_list::read(text, usual, remarks).and_then(names::content),
        }
    }

    /// The same with the weight of each edge. Only edge lists have weights here.
    pub(super) fn read_weighted(
        self,
        text: &str,
        remarks: &mut Vec<GraphRemark>,
    ) -> Result<(Content, Vec<f64>), GraphFault> {
        match self {
            Kind::Json => Err(GraphFault::NoEdgeList { kind: "JSON" }),
            Kind::GraphMl => Err(GraphFault::NoEdgeList { kind: "GraphML" }),
            Kind::EdgeList(usual) => {
                let (named, weights) = edge_list::read_weighted(text, usual, remarks)?;
                // The order of edges stays.
                Ok((names::content(named)?, weights))
            }
        }
    }
}
