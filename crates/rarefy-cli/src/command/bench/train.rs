//! `rarefy bench train`: how fast this machine trains, beside what it could do at most.

use std::num::NonZeroUsize;
use std::time::Instant;

use clap::Args;
use rarefy::cell::Cell;
use rarefy::data::{Corpus, ReberSettings, generate};
use rarefy::kernel::{instruction_set, multiply_add_rounds};
use rarefy::network::{Architecture, Input, Layout, Network, Source};
use rarefy::random::Stream;
use rarefy::train::{Trainer, Training};
use serde::Serialize;
use serde_json::json;

use crate::arguments::{RunArguments, at_least_one, one_of};
use crate::output::{print_json, print_text};
use crate::progress::Progress;
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy bench train`.
#[derive(Debug, Args)]
#[command(after_help = "\
The work counted is that of weight_hh in all layers and of weight_ih in all but the first, twice \
its multiply-adds, once forward and twice backward, over all steps of the padded batches; \
activations, embedding, readout and optimiser count as nothing. The peak is measured in the same \
process, before and after each row, with multiply-adds that touch no memory; the larger of the two \
counts. Seconds mean little on a shared machine; the fraction of the peak means more.

Example:
  rarefy bench train --cells gru --batch 32,128")]
pub struct BenchTrainArguments {
    /// Which cells
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "CELL,...",
        value_parser = one_of::<Cell>(),
        default_value = "rnn_tanh,rnn_relu,gru,lstm"
    )]
    cells: Vec<Cell>,
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

/// One line of the table.
#[derive(Serialize)]
struct Row {
    cell: Cell,
    batch: usize,
    seconds_per_epoch: f64,
    gflops: f64,
    peak_gflops: f64,
    fraction_of_peak: f64,
}

/// Runs `rarefy bench train`.
pub fn run(arguments: &BenchTrainArguments) -> anyhow::Result<()> {
    let settings = ReberSettings { seed: arguments.run.seed, ..ReberSettings::default() };
    let data = generate(&settings)?;
    let corpus = Corpus::try_from(data)?;
    let repeats = arguments.repeats.get() as u64;
    let epochs = repeats * (arguments.cells.len() * arguments.batch.len()) as u64;
    let progress = Progress::new("epoch", epochs, epochs, arguments.run.quiet);
    let mut rows = Vec::new();
    for batch in arguments.batch.iter().map(|batch| batch.get()) {
        for &cell in &arguments.cells {
            let architecture =
                Architecture::stack(Input::of(&corpus.encoding, 50), cell, &[50, 50, 50], 2)?;
            let work = counted_work(&architecture);
            let network = Network::initialise(architecture, arguments.run.seed);
            let training = Training { batch, ..Training::default() };
            let shuffle = Stream::new(arguments.run.seed, "shuffle");
            let mut trainer = Trainer::new(network, training, shuffle);
            let before = peak_gflops();
            let mut best = Row {
                cell,
                batch,
                seconds_per_epoch: f64::INFINITY,
                gflops: 0.0,
                peak_gflops: 0.0,
                fraction_of_peak: 0.0,
            };
            for _ in 0..repeats {
                let start = Instant::now();
                let mut columns = 0;
                let outcome = trainer.epoch_watched(&corpus.train, |batch| {
                    columns += batch.steps() * batch.count();
                });
                let seconds = start.elapsed().as_secs_f64();
                anyhow::ensure!(outcome.is_ok(), "training {cell} diverged: nothing to measure");
                if seconds < best.seconds_per_epoch {
                    best.seconds_per_epoch = seconds;
                    best.gflops = work as f64 * columns as f64 / seconds / 1e9;
                }
                progress.advance(1, 1);
            }
            best.peak_gflops = before.max(peak_gflops());
            best.fraction_of_peak = best.gflops / best.peak_gflops;
            rows.push(best);
        }
    }
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

/// Floating-point operations counted for one string and step: forward once, backward
/// twice.
fn counted_work(architecture: &Architecture) -> u64 {
    let layout = Layout::new(architecture);
    let blocks = architecture.layers.iter().zip(&layout.layers);
    let blocks = blocks.flat_map(|(layer, places)| layer.blocks.iter().zip(places));
    let weights = blocks.map(|(block, place)| match block.sources[..] {
        [Source::Input] => place.weight_hh.len(),
        _ => place.weight_ih.len() + place.weight_hh.len(),
    });
    3 * 2 * weights.sum::<usize>() as u64
}

/// What multiply-adds alone reach now, on this core.
fn peak_gflops() -> f64 {
    const ROUNDS: u64 = 2_000_000;
    let measure = |_| {
        let start = Instant::now();
        let operations = multiply_add_rounds(ROUNDS);
        operations as f64 / start.elapsed().as_secs_f64() / 1e9
    };
    (0..5).map(measure).fold(0.0, f64::max)
}
