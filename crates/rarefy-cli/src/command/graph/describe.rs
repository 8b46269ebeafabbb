//! `rarefy graph describe`: the properties of a graph and of its layers.

use std::path::PathBuf;

use clap::{Args, value_parser};
use rarefy::format::{GraphRemark, open_graph};
use rarefy::graph::Properties;

use crate::arguments::{JobsArguments, OrientationArguments, noted};
use crate::output::{counted, note, print_json, print_text, significant};
use crate::table::{Table, words};

/// Arguments of `rarefy graph describe`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/graph_describe.txt"))]
pub struct DescribeArguments {
    /// Graph file: .json, .graphml or an edge list
    pub graph: PathBuf,
    #[command(flatten)]
    pub orientation: OrientationArguments,
    #[command(flatten)]
    pub jobs: JobsArguments,
    /// Measure distances, betweenness and eigenvalues of large graphs too
    #[arg(long)]
    pub all: bool,
    /// Read directions and weights: balance, triads, spectral radius and more
    #[arg(long, conflicts_with_all = ["orientation", "orientation_seed"])]
    pub directed: bool,
    /// Random graphs of each kind to compare a directed graph with
    #[arg(long, value_name = "N", default_value_t = 100, requires = "directed")]
    #[arg(value_parser = value_parser!(u32).range(..=MOST_NULLS))]
    pub nulls: u32,
    /// Random seed of these graphs
    #[arg(long, value_name = "N", default_value_t = 0, requires = "directed")]
    pub seed: u64,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// More random graphs tell nothing more.
const MOST_NULLS: i64 = 100_000;
/// Larger searches run only on request: this many steps take ten seconds on one core.
pub const MOST_SEARCHED: u64 = 600_000_000;
/// Steps per second, measured on one core.
const SEARCHED_A_SECOND: f64 = 6e7;

/// Runs `rarefy graph describe` for undirected graphs.
pub fn run(arguments: &DescribeArguments) -> anyhow::Result<()> {
    let read = open_graph(&arguments.graph)?;
    let has_weights = read.1.iter().any(GraphRemark::leaves_weights_out);
    let graph = noted(&arguments.graph, read);
    if has_weights {
        note(&format!(
            "{} is read without directions and weights: add --directed to read them",
            arguments.graph.display()
        ));
    }
    let layering = arguments.orientation.layering(&graph)?;
    let jobs = arguments.jobs.threads();
    let components = graph.components();
    let searched = Properties::search_steps(&graph);
    let properties = if searched <= MOST_SEARCHED || arguments.all {
        Properties::new(&graph, &layering, jobs)
    } else {
        let minutes = searched as f64 / SEARCHED_A_SECOND / 60.0 / jobs as f64;
        note(&format!(
            "distances, closeness and betweenness are not measured: {} nodes and {} edges would \
             take about {}; add --all to measure them",
            graph.nodes(),
            graph.edge_count(),
            counted(minutes.ceil(), "minute")
        ));
        Properties::without_searches(&graph, &layering)
    };
    if graph.names().is_some() {
        note(&format!(
            "the nodes of {} have names: `rarefy graph convert` to .json shows the number of each",
            arguments.graph.display()
        ));
    }
    if components > 1 {
        note(&format!(
            "{} has {components} components, so diameter, eccentricity, mean distance and \
             small_world are not defined",
            arguments.graph.display()
        ));
    }
    if arguments.json {
        return print_json(&properties);
    }
    print_text(&table(Properties::NAMES, &properties.values()))
}

/// One property per row.
pub fn table(names: &[&str], values: &[Option<f64>]) -> String {
    let mut table = Table::new(1, ["", ""].map(words));
    for (name, &value) in names.iter().zip(values) {
        table.row([(*name).to_owned(), shown(value)]);
    }
    table.text()
}

/// A value of a table; counts have no decimal point.
pub fn shown(value: Option<f64>) -> String {
    match value {
        None => "not defined".to_owned(),
        Some(count) if count.fract() == 0.0 => count.to_string(),
        Some(value) => significant(value),
    }
}
