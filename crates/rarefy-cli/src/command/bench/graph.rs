//! `rarefy bench graph`: how long training takes for a network wired as a graph.

use clap::Args;
use rarefy::bench::{EPOCHS, GraphTraining, WiredTraining, instruction_set};
use serde_json::json;

use crate::arguments::{CellsArguments, RunArguments};
use crate::output::{print_json, print_text};
use crate::progress::Progress;
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy bench graph`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/bench_graph.txt"))]
pub struct BenchGraphArguments {
    #[command(flatten)]
    cells: CellsArguments,
    #[command(flatten)]
    run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy bench graph`.
pub fn run(arguments: &BenchGraphArguments) -> anyhow::Result<()> {
    let work = WiredTraining { cells: &arguments.cells.cells, seed: arguments.run.seed };
    let progress = Progress::new("network", work.count(), work.count(), arguments.run.quiet);
    let rows = work.measure(|| progress.advance(1, 1))?;
    drop(progress);
    if arguments.json {
        return print_json(&json!({ "instruction_set": instruction_set(), "rows": rows }));
    }
    let columns = [
        words("cell"),
        numbers("networks"),
        numbers("per network"),
        numbers("least"),
        numbers("most"),
    ];
    let mut table = Table::new(1, columns);
    for GraphTraining { cell, networks, core_seconds_per_network, least, most, .. } in &rows {
        let seconds = [core_seconds_per_network, least, most].map(|one| format!("{one:.2}"));
        table.row([cell.to_string(), networks.to_string()].into_iter().chain(seconds));
    }
    let table = table.text();
    print_text(&format!(
        "core-seconds for {EPOCHS} epochs\n{table}one core, {}\n",
        instruction_set()
    ))
}
