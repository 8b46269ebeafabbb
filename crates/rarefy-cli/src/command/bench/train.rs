//! `rarefy bench train`: how fast this machine trains, compared with its peak.

use std::num::NonZeroUsize;

use clap::Args;
use rarefy::bench::{Epochs, instruction_set};
use serde_json::json;

use crate::arguments::{CellsArguments, RunArguments, at_least_one};
use crate::output::{print_json, print_text};
use crate::progress::Progress;
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy bench train`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/bench_train.txt"))]
pub struct BenchTrainArguments {
    #[command(flatten)]
    cells: CellsArguments,
    /// Batch sizes
    #[arg(long, value_delimiter = ',', value_name = "N,...", default_value = "32,128", value_parser = at_least_one)]
    batch: Vec<NonZeroUsize>,
    /// Epochs to measure; the fastest counts
    #[arg(long, value_name = "N", default_value = "2", value_parser = at_least_one)]
    repeats: NonZeroUsize,
    #[command(flatten)]
    run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy bench train`.
pub fn run(arguments: &BenchTrainArguments) -> anyhow::Result<()> {
    let batches: Vec<usize> = arguments.batch.iter().map(|batch| batch.get()).collect();
    let epochs = Epochs {
        cells: &arguments.cells.cells,
        batches: &batches,
        repeats: arguments.repeats.get() as u64,
        seed: arguments.run.seed,
    };
    let progress = Progress::new("epoch", epochs.count(), epochs.count(), arguments.run.quiet);
    let rows = epochs.measure(|| progress.advance(1, 1))?;
    drop(progress);
    if arguments.json {
        return print_json(&json!({ "instruction_set": instruction_set(), "rows": rows }));
    }
    let columns = [
        words("cell"),
        numbers("batch"),
        numbers("s per epoch"),
        numbers("GFLOP/s"),
        numbers("peak GFLOP/s"),
        numbers("fraction of peak"),
    ];
    let mut table = Table::new(2, columns);
    for row in &rows {
        table.row([
            row.cell.to_string(),
            row.batch.to_string(),
            format!("{:.3}", row.seconds_per_epoch),
            format!("{:.1}", row.gflops),
            format!("{:.1}", row.peak_gflops),
            format!("{:.3}", row.fraction_of_peak),
        ]);
    }
    print_text(&format!("{}one core, {}\n", table.text(), instruction_set()))
}
