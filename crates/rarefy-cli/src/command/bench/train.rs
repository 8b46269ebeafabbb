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
    /// Units per layer
    #[arg(long, value_delimiter = ',', value_name = "N,...", default_value = "50", value_parser = at_least_one)]
    hidden: Vec<NonZeroUsize>,
    /// Batch sizes
    #[arg(long, value_delimiter = ',', value_name = "N,...", default_value = "32,128", value_parser = at_least_one)]
    batch: Vec<NonZeroUsize>,
    /// Numbers of threads
    #[arg(long, value_delimiter = ',', value_name = "N,...", default_value = "1", value_parser = at_least_one)]
    jobs: Vec<NonZeroUsize>,
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
    let [hidden, batches, jobs] = [&arguments.hidden, &arguments.batch, &arguments.jobs]
        .map(|all| all.iter().map(|one| one.get()).collect::<Vec<_>>());
    let epochs = Epochs {
        cells: &arguments.cells.cells,
        hidden: &hidden,
        batches: &batches,
        jobs: &jobs,
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
        numbers("units"),
        numbers("batch"),
        numbers("threads"),
        numbers("strings"),
        numbers("s per epoch"),
        numbers("ms per step"),
        numbers("MiB"),
        numbers("GFLOP/s"),
        numbers("peak GFLOP/s"),
        numbers("fraction of peak"),
    ];
    let mut table = Table::new(4, columns);
    for row in &rows {
        table.row([
            row.cell.to_string(),
            row.hidden.to_string(),
            row.batch.to_string(),
            row.jobs.to_string(),
            row.strings.to_string(),
            format!("{:.3}", row.seconds_per_epoch),
            format!("{:.2}", row.milliseconds_per_step),
            format!("{:.1}", row.bytes as f64 / f64::from(1 << 20)),
            format!("{:.1}", row.gflops),
            format!("{:.1}", row.peak_gflops),
            format!("{:.3}", row.fraction_of_peak),
        ]);
    }
    print_text(&format!("{}{}\n", table.text(), instruction_set()))
}
