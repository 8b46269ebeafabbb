//! `rarefy graph`: make, describe and draw the graphs that networks can be wired as, and those that
//! are left in trained ones.

mod describe;
mod directed;
mod from_model;

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, Subcommand};
use rarefy::format::{check_writable, meaning, open_simplified, write_atomically, write_graph};
use rarefy::graph::{Family, FamilyError, Graph, Parameter, Parameters, rewire};
use rarefy_view::drawing::draw;
use rarefy_view::raster::Painter;
use serde_json::json;

use crate::arguments::{OrientationArguments, WrongUse, noted, one_of_hyphened, read_graph};
use crate::destination;
use crate::output::{counted, print_json, print_text};

/// What can be done with graphs.
#[derive(Debug, Subcommand)]
pub enum GraphCommand {
    /// Generate a random or regular graph
    Generate(GenerateArguments),
    /// Rewire a graph at random, keeping the degree of every node
    Rewire(RewireArguments),
    /// Convert a graph to another file format
    Convert(ConvertArguments),
    /// Write the connections of a model as a graph with weights
    FromModel(from_model::FromModelArguments),
    /// Measure the thesis's 23 properties of a graph, and more
    Describe(describe::DescribeArguments),
    /// Draw a graph and the layers of its network
    Draw(DrawArguments),
}

/// Arguments of `rarefy graph generate`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/graph_generate.txt"))]
pub struct GenerateArguments {
    /// Family of the graph
    #[arg(long, value_parser = one_of_hyphened::<Family>())]
    family: Family,
    /// Number of nodes
    #[arg(long, value_name = "N")]
    nodes: Option<usize>,
    /// Edges of each new node
    #[arg(long, value_name = "M")]
    m: Option<usize>,
    /// Neighbours of each node in the ring, an even number
    #[arg(long, value_name = "K")]
    k: Option<usize>,
    /// Probability of rewiring each edge, or of joining each pair
    #[arg(long, value_name = "P")]
    p: Option<f64>,
    /// Attempts to get a connected graph
    #[arg(long, value_name = "N", default_value_t = 100)]
    tries: usize,
    /// Number of edges
    #[arg(long, value_name = "M")]
    edges: Option<usize>,
    /// Edges of each node
    #[arg(long, value_name = "D")]
    degree: Option<usize>,
    /// Nodes of each block
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    blocks: Vec<usize>,
    /// Probability of joining a pair of the same block
    #[arg(long, value_name = "P")]
    within: Option<f64>,
    /// Probability of joining a pair of different blocks
    #[arg(long, value_name = "P")]
    between: Option<f64>,
    /// Random seed: the same seed gives the same graph
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
#[command(after_help = include_str!("../../help/graph_rewire.txt"))]
pub struct RewireArguments {
    /// Graph file: .json, .graphml or an edge list
    graph: PathBuf,
    /// Number of swaps [default: ten per edge]
    #[arg(long, value_name = "N")]
    swaps: Option<usize>,
    /// Random seed: the same seed gives the same graph
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
#[command(after_help = include_str!("../../help/graph_convert.txt"))]
pub struct ConvertArguments {
    /// Graph file: .json, .graphml or an edge list
    graph: PathBuf,
    /// Drop self-loops and repeated edges
    #[arg(long)]
    simplify: bool,
    /// File to write the graph to
    #[arg(long, value_name = "GRAPH", value_parser = destination::file_by_name(destination::GRAPH))]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Arguments of `rarefy graph draw`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/graph_draw.txt"))]
pub struct DrawArguments {
    /// Graph file: .json, .graphml or an edge list
    graph: PathBuf,
    #[command(flatten)]
    orientation: OrientationArguments,
    /// File to write the picture to (.svg, .png)
    #[arg(long, value_name = "FILE", value_parser = destination::file(destination::PICTURE))]
    out: PathBuf,
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
        GraphCommand::FromModel(arguments) => from_model::run(&arguments),
        GraphCommand::Describe(arguments) if arguments.directed => directed::run(&arguments),
        GraphCommand::Describe(arguments) => describe::run(&arguments),
        GraphCommand::Draw(arguments) => {
            check_writable(&arguments.out)?;
            let graph = read_graph(&arguments.graph)?;
            few_enough_to_draw(&graph)?;
            let picture = draw(&graph, &arguments.orientation.layering(&graph)?);
            let picture = match meaning(&arguments.out).map(|(ending, _)| ending) {
                Some("png") => Painter::new()?.png(&picture, DOTS)?,
                _ => picture.into_bytes(),
            };
            write_atomically(&arguments.out, &picture)?;
            print_text(&format!("wrote {}\n", arguments.out.display()))
        }
    }
}

/// Pixels per inch of a picture: two per unit of the drawing.
const DOTS: u32 = 192;

/// Most nodes and edges in a picture: each appears twice, with some 100 bytes.
const MOST_DRAWN: usize = 50_000;

fn few_enough_to_draw(graph: &Graph) -> anyhow::Result<()> {
    let (nodes, edges) = (graph.nodes(), graph.edge_count());
    if nodes + edges > MOST_DRAWN {
        bail!(
            "the graph has {} and {}: at most {MOST_DRAWN} of both together can be drawn",
            counted(nodes, "node"),
            counted(edges, "edge")
        );
    }
    Ok(())
}

impl GenerateArguments {
    /// The parameters of the family.
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

    /// Generates the graph. A missing option, or one that the family does not use, is wrong use.
    fn graph(&self) -> anyhow::Result<Graph> {
        let all = || {
            let options = self.family.parameters().iter().map(|takes| format!("--{takes}"));
            options.collect::<Vec<_>>().join(", ")
        };
        let family = || self.family.name().replace('_', "-");
        match self.family.generate(&self.parameters(), self.seed) {
            Err(FamilyError::Missing { parameter, .. }) => Err(WrongUse::error(format!(
                "--family {} needs --{parameter} (its options: {})",
                family(),
                all()
            ))),
            Err(FamilyError::Stray { parameter, .. }) => Err(WrongUse::error(format!(
                "--family {} takes no --{parameter} (its options: {})",
                family(),
                all()
            ))),
            graph => Ok(graph?),
        }
    }
}

/// Writes a graph and prints a description of it.
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
