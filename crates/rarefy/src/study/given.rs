//! Graphs given as files: `graph = ["my.edges", "other.graphml"]`.
//!
//! A trial names such a graph by a fingerprint of its nodes and edges. So the name and kind of the
//! file do not matter, and a changed file is a different graph with different trials. Before a
//! study runs, its files are read once ([`Given::find`]): each name gets its fingerprint,
//! `my.edges#0123456789abcdef`, which is written to the folder's `study.toml`. The graphs are
//! stored in the folder, which then no longer needs the files.

use std::collections::BTreeMap;
use std::path::Path;

use super::{GraphChoice, Settings, Study};
use crate::format::{GraphFault, GraphFileError, LARGEST_NAMED, check_regular, read_graph};
use crate::graph::Graph;
use crate::random::fnv1a;
use crate::recipe::{MOST_EDGES, Wired};

/// A hash of nodes and edges, as 16 hexadecimal digits; it is the same for any file of the graph.
pub fn graph_fingerprint(graph: &Graph) -> String {
    let mut edges: Vec<(usize, usize)> = graph.edges().map(|(a, b)| (a.min(b), a.max(b))).collect();
    edges.sort_unstable();
    let everything = serde_json::to_vec(&(graph.nodes(), edges)).expect("numbers");
    format!("{:016x}", fnv1a(&everything))
}

/// The graphs of a study that were given as files, by their fingerprints.
#[derive(Clone, Debug, Default)]
pub struct Given(pub(super) BTreeMap<String, Graph>);

impl Given {
    /// Reads the graph files that `study` names, relative to `folder`, and adds their fingerprints
    /// to the study. Names with a fingerprint stay as they are.
    ///
    /// # Errors
    /// If a file cannot be read, or holds no graph.
    pub fn find(study: &mut Study, folder: &Path) -> Result<Self, GraphFileError> {
        let mut given = Self::default();
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let lists = study.axes.iter_mut().flat_map(|axis| &mut axis.steps);
        let out = study.exclusions.iter_mut().flat_map(|out| out.0.iter_mut().flatten());
        let asked = study.contrasts.iter_mut().flat_map(|contrast| &mut contrast.levels);
        for Settings { graph, .. } in lists.chain(out).chain(asked).chain([&mut study.base]) {
            let Some((name, None)) = graph.as_ref().and_then(GraphChoice::file) else { continue };
            let fingerprint = match names.get(name) {
                Some(known) => known.clone(),
                None => {
                    let path = folder.join(name);
                    let regular = check_regular(&path, LARGEST_NAMED);
                    regular.map_err(|source| GraphFileError::Unreadable {
                        path: path.clone(),
                        source,
                    })?;
                    let graph = read_graph(&path)?;
                    if graph.nodes() + graph.edge_count() > MOST_EDGES {
                        let fault = GraphFault::TooLarge { most: MOST_EDGES };
                        return Err(GraphFileError::Malformed { path, fault });
                    }
                    let fingerprint = graph_fingerprint(&graph);
                    given.0.insert(fingerprint.clone(), graph);
                    names.insert(name.to_owned(), fingerprint.clone());
                    fingerprint
                }
            };
            *graph = Some(GraphChoice::File(format!("{name}#{fingerprint}")));
        }
        Ok(given)
    }

    /// The graph that a trial's network is wired as, if it was given as a file.
    pub fn of(&self, wired: &Wired) -> Option<&Graph> {
        self.0.get(wired.given.as_ref()?)
    }
}

impl Study {
    /// The files of its graphs, each with the graph's fingerprint.
    pub fn graph_files(&self) -> Vec<(&str, &str)> {
        let steps = self.axes.iter().flat_map(|axis| &axis.steps).chain([&self.base]);
        let files = steps.filter_map(|step| step.graph.as_ref()?.file());
        files.filter_map(|(name, fingerprint)| Some((name, fingerprint?))).collect()
    }
}
