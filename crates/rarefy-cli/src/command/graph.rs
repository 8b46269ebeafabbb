//! `rarefy graph`: make, describe and draw the graphs that networks can be wired as.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, Subcommand};
use rarefy::format::{check_writable, open_simplified, write_atomically, write_graph};
use rarefy::graph::{Family, FamilyError, Graph, Parameter, Parameters, Properties, rewire};
use rarefy_view::drawing::draw;
use rarefy_view::raster::Painter;
use serde_json::json;

use crate::arguments::{
    JobsArguments, OrientationArguments, WrongUse, noted, one_of_hyphened, read_graph,
};
use crate::destination;
use crate::output::{counted, note, print_json, print_text, significant};
use crate::table::{Table, words};

/// What can be done with graphs.
#[derive(Debug, Subcommand)]
pub enum GraphCommand {
    /// Make a graph of a family, random or regular
    Generate(GenerateArguments),
    /// Rewire a graph at random so that every node keeps its degree
    Rewire(RewireArguments),
    /// Write a graph as another kind of file; JSON also keeps what number each name got
    Convert(ConvertArguments),
    /// Measure a graph: the thesis's 23 properties, and more
    Describe(DescribeArguments),
    /// Draw a graph, and the layers of the network it makes
    Draw(DrawArguments),
}

/// Arguments of `rarefy graph generate`.
#[derive(Debug, Args)]
#[command(after_help = "\
The families are NetworkX's, with random numbers of our own: the same seed gives the same graph for \
ever. The kind of file is in its name: .json, .graphml, or an edge list (.edges, .csv, .txt).

Examples:
  rarefy graph generate --family barabasi-albert --nodes 30 --m 3 --out ba.json
  rarefy graph generate --family watts-strogatz --nodes 30 --k 6 --p 0.1 --seed 7 --out ws.json
  rarefy graph generate --family stochastic-block-model --blocks 10,10,10 --within 0.5 --between 0.05 --out sbm.graphml")]
pub struct GenerateArguments {
    /// Which family
    #[arg(long, value_parser = one_of_hyphened::<Family>())]
    family: Family,
    /// How many nodes
    #[arg(long, value_name = "N")]
    nodes: Option<usize>,
    /// Edges that each new node comes with
    #[arg(long, value_name = "M")]
    m: Option<usize>,
    /// Neighbours of each node in the ring: an even number
    #[arg(long, value_name = "K")]
    k: Option<usize>,
    /// Probability of rewiring each edge, or of joining each pair
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    p: Option<f64>,
    /// How often to try for a connected graph
    #[arg(long, value_name = "N", default_value_t = 100)]
    tries: usize,
    /// How many edges
    #[arg(long, value_name = "M")]
    edges: Option<usize>,
    /// Edges of each node
    #[arg(long, value_name = "D")]
    degree: Option<usize>,
    /// Nodes of each block
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    blocks: Vec<usize>,
    /// Probability of joining a pair of the same block
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    within: Option<f64>,
    /// Probability of joining a pair of different blocks
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    between: Option<f64>,
    /// Seed of everything that is random: the same seed gives the same graph
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// File to write the graph to
    #[arg(long, value_name = "GRAPH", value_parser = destination::file_by_name(destination::GRAPH))]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Arguments of `rarefy graph rewire`.
#[derive(Debug, Args)]
#[command(after_help = "\
A swap takes two edges and exchanges their ends. Ten swaps an edge leave nothing of the wiring but \
the degrees: a fair control for what a graph's structure does.

Example:
  rarefy graph rewire ba.json --swaps 1000 --out rewired.json")]
pub struct RewireArguments {
    /// A graph: .json, .graphml, or an edge list
    graph: PathBuf,
    /// How many swaps [default: ten an edge]
    #[arg(long, value_name = "N")]
    swaps: Option<usize>,
    /// Seed of everything that is random: the same seed gives the same graph
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// File to write the graph to
    #[arg(long, value_name = "GRAPH", value_parser = destination::file_by_name(destination::GRAPH))]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Arguments of `rarefy graph convert`.
#[derive(Debug, Args)]
#[command(after_help = "\
Edges keep their order and their direction. In JSON, \"names\" lists the names of the nodes in the order \
of their numbers, where nodes have names.

Example:
  rarefy graph convert friends.csv --out friends.json")]
pub struct ConvertArguments {
    /// A graph: .json, .graphml, or an edge list
    graph: PathBuf,
    /// File to write the graph to
    #[arg(long, value_name = "GRAPH", value_parser = destination::file_by_name(destination::GRAPH))]
    out: PathBuf,
    /// Leave out self-loops, and all but the first of edges that join the same nodes
    #[arg(long)]
    simplify: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Arguments of `rarefy graph describe`.
#[derive(Debug, Args)]
#[command(after_help = "\
Edges point as --orientation says; the layer of a node is the length of the longest path that ends \
in it. Under --json, properties stand under the thesis's column names; those that a graph does not \
have, such as the diameter of two components, are null. So are distances and betweenness of graphs \
of more than some 10,000 nodes, which would take from ten seconds to hours: a note says how long, and --all \
measures them.

Example:
  rarefy graph describe ba.json --json")]
pub struct DescribeArguments {
    /// A graph: .json, .graphml, or an edge list
    graph: PathBuf,
    #[command(flatten)]
    orientation: OrientationArguments,
    #[command(flatten)]
    jobs: JobsArguments,
    /// Measure distances and betweenness however long it takes
    #[arg(long)]
    all: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Arguments of `rarefy graph draw`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  rarefy graph draw ba.json --out ba.svg")]
pub struct DrawArguments {
    /// A graph: .json, .graphml, or an edge list
    graph: PathBuf,
    /// File to write the picture to (.svg, .png)
    #[arg(long, value_name = "FILE", value_parser = destination::file(destination::PICTURE))]
    out: PathBuf,
    #[command(flatten)]
    orientation: OrientationArguments,
}

/// Runs `rarefy graph`.
pub fn run(command: GraphCommand) -> anyhow::Result<()> {
    match command {
        GraphCommand::Generate(arguments) => {
            check_writable(&arguments.out)?;
            let graph = arguments.graph()?;
            written(&graph, &arguments.out, arguments.json)
        }
        GraphCommand::Convert(arguments) => {
            let graph = match arguments.simplify {
                true => noted(&arguments.graph, open_simplified(&arguments.graph)?),
                false => read_graph(&arguments.graph)?,
            };
            written(&graph, &arguments.out, arguments.json)
        }
        GraphCommand::Rewire(arguments) => {
            let graph = read_graph(&arguments.graph)?;
            let swaps = arguments.swaps.unwrap_or(10 * graph.edge_count());
            written(&rewire(&graph, swaps, arguments.seed)?, &arguments.out, arguments.json)
        }
        GraphCommand::Describe(arguments) => describe(&arguments),
        GraphCommand::Draw(arguments) => {
            check_writable(&arguments.out)?;
            let graph = read_graph(&arguments.graph)?;
            few_enough_to_draw(&graph)?;
            let picture = draw(&graph, &arguments.orientation.layering(&graph)?);
            let picture = match destination::ending(&arguments.out) {
                Some("png") => Painter::new()?.png(&picture)?,
                _ => picture.into_bytes(),
            };
            write_atomically(&arguments.out, &picture)?;
            print_text(&format!("wrote {}\n", arguments.out.display()))
        }
    }
}

/// Nodes and edges that a picture can hold: each is in it twice, in some 100 bytes.
const MOST_DRAWN: usize = 50_000;

fn few_enough_to_draw(graph: &Graph) -> anyhow::Result<()> {
    let (nodes, edges) = (graph.nodes(), graph.edge_count());
    if nodes + edges > MOST_DRAWN {
        bail!(
            "{} and {}: at most {MOST_DRAWN} of both together can be drawn",
            counted(nodes, "node"),
            counted(edges, "edge")
        );
    }
    Ok(())
}

impl GenerateArguments {
    /// What the family is told.
    fn parameters(&self) -> Parameters {
        let takes_tries = self.family.parameters().contains(&Parameter::tries);
        Parameters {
            nodes: self.nodes,
            m: self.m,
            k: self.k,
            p: self.p,
            edges: self.edges,
            degree: self.degree,
            blocks: Some(self.blocks.clone()).filter(|blocks| !blocks.is_empty()),
            within: self.within,
            between: self.between,
            tries: Some(self.tries).filter(|_| takes_tries),
        }
    }

    /// The graph; wrong use where an option is missing, or has no meaning for the family.
    fn graph(&self) -> anyhow::Result<Graph> {
        let all = || {
            let options = self.family.parameters().iter().map(|takes| format!("--{takes}"));
            options.collect::<Vec<_>>().join(", ")
        };
        match self.family.generate(&self.parameters(), self.seed) {
            Err(FamilyError::Missing { parameter, .. }) => Err(WrongUse::error(format!(
                "this family needs --{parameter} (its options: {})",
                all()
            ))),
            Err(FamilyError::Stray { parameter, .. }) => Err(WrongUse::error(format!(
                "this family has no --{parameter} (its options: {})",
                all()
            ))),
            graph => Ok(graph?),
        }
    }
}

/// Writes a graph and says what it is.
fn written(graph: &Graph, out: &Path, as_json: bool) -> anyhow::Result<()> {
    write_graph(graph, out)?;
    let (nodes, edges, components) = (graph.nodes(), graph.edge_count(), graph.components());
    if as_json {
        return print_json(&json!({
            "nodes": nodes, "edges": edges, "components": components, "graph": out
        }));
    }
    print_text(&format!(
        "{}, {}, {}; wrote {}\n",
        counted(nodes, "node"),
        counted(edges, "edge"),
        counted(components, "component"),
        out.display()
    ))
}

/// Steps of searches that are gone through without being asked to: ten seconds of one core.
const MOST_SEARCHED: u64 = 600_000_000;
/// As measured, on one core.
const SEARCHED_A_SECOND: f64 = 6e7;

fn describe(arguments: &DescribeArguments) -> anyhow::Result<()> {
    let graph = read_graph(&arguments.graph)?;
    let layering = arguments.orientation.layering(&graph)?;
    let jobs = arguments.jobs.threads();
    let components = graph.components();
    let searched = Properties::search_steps(&graph);
    let properties = if searched <= MOST_SEARCHED || arguments.all {
        Properties::new(&graph, &layering, jobs)
    } else {
        let minutes = searched as f64 / SEARCHED_A_SECOND / 60.0 / jobs as f64;
        note(&format!(
            "distances, closeness and betweenness are left out: {} nodes and {} edges would take \
             about {}; --all measures them",
            graph.nodes(),
            graph.edge_count(),
            counted(minutes.ceil(), "minute")
        ));
        Properties::without_searches(&graph, &layering)
    };
    if graph.names().is_some() {
        note(&format!(
            "the nodes of {} are numbered by name, or as they come: `rarefy graph convert` writes \
             which is which",
            arguments.graph.display()
        ));
    }
    if components > 1 {
        note(&format!(
            "{} has {components} components: diameter, eccentricity, mean distance and \
             small_world are not defined",
            arguments.graph.display()
        ));
    }
    if arguments.json {
        return print_json(&properties);
    }
    let mut table = Table::new(1, ["", ""].map(words));
    for (name, value) in Properties::NAMES.iter().zip(properties.values()) {
        let value = match value {
            None => "not defined".to_owned(),
            Some(count) if count.fract() == 0.0 => count.to_string(),
            Some(value) => significant(value),
        };
        table.row([(*name).to_owned(), value]);
    }
    print_text(&table.text())
}
