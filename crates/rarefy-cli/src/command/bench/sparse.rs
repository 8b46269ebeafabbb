//! `rarefy bench sparse`: what a pruned network costs beside a dense one of its size.

use std::num::NonZeroUsize;
use std::time::Instant;

use clap::Args;
use rarefy::cell::Cell;
use rarefy::kernel::instruction_set;
use rarefy::network::{Architecture, Batch, Network, Readout, Stepper};
use rarefy::prune::{Ranking, Scope, prune};
use rarefy::random::Stream;
use rarefy::train::{Trainer, Training};
use serde::Serialize;
use serde_json::json;

use crate::arguments::{RunArguments, at_least_one, one_of, percent};
use crate::measure::{Fastest, Pair, in_turn};
use crate::output::{print_json, print_text};
use crate::progress::Progress;
use crate::table::{Table, numbers, words};

/// Layers of each network, as in the thesis.
const LAYERS: usize = 3;
/// Characters of each string: all strings are as long.
const STEPS: usize = 12;
/// Different letters, as in Reber strings.
const LETTERS: usize = 7;

/// Arguments of `rarefy bench sparse`.
#[derive(Debug, Args)]
#[command(after_help = "\
Networks of three layers, freshly initialised, pruned by magnitude in both weights of all layers. \
A training step is one update against one batch of strings of 12 characters; a streaming step is \
one character of one string, its state kept. The dense network is the same without masks. Both \
are measured in turn, and the fastest of each counts. Which matrices are multiplied sparsely is \
decided as in training: from the share of weights that is left. The bytes are those of the \
recurrent weights as they are stored for streaming; for training, under --json, those of all \
parameters that are computed with. Break-even is the least of the measured sparsities from which on \
the pruned network is at least a twentieth faster.

Example:
  rarefy bench sparse --cells gru --hidden 512 --sparsity 90")]
pub struct BenchSparseArguments {
    /// Which cells
    #[arg(long, value_delimiter = ',', value_name = "CELL,...", default_value = "gru,lstm", value_parser = one_of::<Cell>())]
    cells: Vec<Cell>,
    /// Units of each layer
    #[arg(long, value_delimiter = ',', value_name = "N,...", default_value = "50,128,256,512,1024", value_parser = at_least_one)]
    hidden: Vec<NonZeroUsize>,
    /// Percents of the recurrent weights that are pruned
    #[arg(long, value_delimiter = ',', value_name = "P,...", default_value = "0,50,70,80,90,95,99", value_parser = percent)]
    sparsity: Vec<f64>,
    /// Strings a batch, in training
    #[arg(long, value_name = "N", default_value = "32", value_parser = at_least_one)]
    batch: NonZeroUsize,
    #[command(flatten)]
    run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What was measured of one network.
struct Measured {
    cell: Cell,
    hidden: usize,
    sparsity: f64,
    training: Pair,
    streaming: Pair,
    training_bytes: [usize; 2],
    streaming_bytes: [usize; 2],
}

/// One row under `--json`.
#[derive(Serialize)]
struct Row {
    cell: Cell,
    hidden: usize,
    sparsity: f64,
    step: &'static str,
    dense_microseconds: f64,
    sparse_microseconds: f64,
    speedup: f64,
    dense_bytes: usize,
    sparse_bytes: usize,
}

/// From which sparsity on networks of one cell and size are faster pruned.
#[derive(Serialize)]
struct BreakEven {
    cell: Cell,
    hidden: usize,
    training: Option<f64>,
    streaming: Option<f64>,
}

/// Runs `rarefy bench sparse`.
pub fn run(arguments: &BenchSparseArguments) -> anyhow::Result<()> {
    let BenchSparseArguments { cells, hidden, sparsity, .. } = arguments;
    let work = |hidden: &NonZeroUsize| (hidden.get() as u64).saturating_mul(hidden.get() as u64);
    let networks = cells.len() * sparsity.len();
    let cost = networks as u64 * hidden.iter().map(work).sum::<u64>();
    let count = (networks * hidden.len()) as u64;
    let progress = Progress::new("network", count, cost, arguments.run.quiet);
    let mut measured = Vec::new();
    for &cell in cells {
        for size in hidden {
            let sizes = [size.get(); LAYERS];
            let architecture = Architecture::stacked(LETTERS, cell, &sizes, 2)?;
            let network = Network::initialise(architecture, arguments.run.seed);
            let mut dense = Steps::new(network.clone(), arguments);
            let (mut training, mut streaming) = (Fastest::default(), Fastest::default());
            dense.train();
            for &percent in sparsity {
                let mut pruned = network.clone();
                prune(&mut pruned, Scope::Both, percent, Ranking::Global)?;
                let mut sparse = Steps::new(pruned, arguments);
                measured.push(Measured {
                    cell,
                    hidden: size.get(),
                    sparsity: percent,
                    training: in_turn(&mut dense, &mut sparse, &mut training, Steps::train),
                    streaming: in_turn(&mut dense, &mut sparse, &mut streaming, Steps::stream),
                    training_bytes: [&dense, &sparse].map(|one| 4 * one.trainer.parameters()),
                    streaming_bytes: [&dense, &sparse].map(|one| one.stepper.weight_bytes()),
                });
                progress.advance(1, work(size));
            }
        }
    }
    drop(progress);
    let networks = measured.chunks(sparsity.len());
    let break_even: Vec<BreakEven> = networks.map(BreakEven::of).collect();
    if arguments.json {
        let rows: Vec<Row> = measured.iter().flat_map(Measured::rows).collect();
        let set = instruction_set();
        return print_json(&json!({
            "instruction_set": set, "rows": rows, "break_even": break_even
        }));
    }
    let mut text = Measured::table(&measured).text();
    text += "\nbreak-even, pruned %\n";
    text += &BreakEven::table(&break_even).text();
    print_text(&(text + &format!("one core, {}\n", instruction_set())))
}

impl BreakEven {
    /// Of the same network at several sparsities.
    fn of(measured: &[Measured]) -> Self {
        const FASTER: f64 = 1.05;
        let from = |pair: fn(&Measured) -> Pair| {
            let mut ascending: Vec<_> =
                measured.iter().map(|one| (one.sparsity, pair(one).speedup())).collect();
            ascending.sort_by(|a, b| a.0.total_cmp(&b.0));
            let faster = ascending.iter().rev().take_while(|one| one.1 >= FASTER);
            faster.last().map(|one| one.0)
        };
        let Measured { cell, hidden, .. } = measured[0];
        let (training, streaming) = (from(|one| one.training), from(|one| one.streaming));
        Self { cell, hidden, training, streaming }
    }

    fn table(found: &[Self]) -> Table {
        let columns = [words("cell"), numbers("hidden"), numbers("training"), numbers("streaming")];
        let mut table = Table::new(2, columns);
        for Self { cell, hidden, training, streaming } in found {
            let [training, streaming] = [training, streaming]
                .map(|percent| percent.map_or("none".to_owned(), |percent| percent.to_string()));
            table.row([cell.to_string(), hidden.to_string(), training, streaming]);
        }
        table
    }
}

impl Measured {
    fn rows(&self) -> [Row; 2] {
        let row = |step, pair: Pair, [dense_bytes, sparse_bytes]: [usize; 2]| Row {
            cell: self.cell,
            hidden: self.hidden,
            sparsity: self.sparsity,
            step,
            dense_microseconds: pair.dense * 1e6,
            sparse_microseconds: pair.sparse * 1e6,
            speedup: pair.speedup(),
            dense_bytes,
            sparse_bytes,
        };
        [
            row("training", self.training, self.training_bytes),
            row("streaming", self.streaming, self.streaming_bytes),
        ]
    }

    fn table(measured: &[Self]) -> Table {
        let columns = [
            words("cell"),
            numbers("hidden"),
            numbers("pruned %"),
            numbers("training, ms:\ndense"),
            numbers("sparse").tied(),
            numbers("faster").tied(),
            numbers("streaming, us:\ndense"),
            numbers("sparse").tied(),
            numbers("faster").tied(),
            numbers("weights, KiB:\ndense"),
            numbers("sparse").tied(),
        ];
        let mut table = Table::new(3, columns);
        for one in measured {
            let Self { training, streaming, streaming_bytes, .. } = one;
            let steps = |pair: &Pair, scale: f64, digits| {
                let [dense, sparse] =
                    [pair.dense, pair.sparse].map(|one| format!("{:.digits$}", scale * one));
                [dense, sparse, format!("{:.2}x", pair.speedup())]
            };
            let keys = [one.cell.to_string(), one.hidden.to_string(), one.sparsity.to_string()];
            let bytes = streaming_bytes.map(|bytes| format!("{:.0}", bytes as f64 / 1024.0));
            let figures = steps(training, 1e3, 2).into_iter().chain(steps(streaming, 1e6, 1));
            table.row(keys.into_iter().chain(figures).chain(bytes));
        }
        table
    }
}

/// A network, ready for both kinds of step.
struct Steps {
    trainer: Trainer,
    batch: Batch,
    stepper: Stepper,
    string: Vec<u32>,
}

impl Steps {
    fn new(network: Network, arguments: &BenchSparseArguments) -> Self {
        let mut stream = Stream::new(arguments.run.seed, "bench strings");
        let mut string =
            || -> Vec<u32> { (0..STEPS).map(|_| stream.index(LETTERS) as u32).collect() };
        let size = arguments.batch.get();
        let strings: Vec<Vec<u32>> = (0..size).map(|_| string()).collect();
        let mut batch = Batch::new();
        let labelled = strings.iter().enumerate();
        batch.fill(labelled.map(|(at, string)| (&string[..], at as u32 % 2)), Readout::Padded);
        let stepper = Stepper::new(&network);
        let training = Training { batch: size, ..Training::default() };
        let trainer = Trainer::new(network, training, Stream::new(arguments.run.seed, "unused"));
        Self { trainer, batch, stepper, string: strings[0].clone() }
    }

    /// Seconds of a training step.
    fn train(&mut self) -> f64 {
        let start = Instant::now();
        std::hint::black_box(self.trainer.step(&self.batch));
        start.elapsed().as_secs_f64()
    }

    /// Seconds of a streaming step, on average over a string.
    fn stream(&mut self) -> f64 {
        let start = Instant::now();
        self.string.iter().for_each(|&token| self.stepper.step(token));
        start.elapsed().as_secs_f64() / self.string.len() as f64
    }
}
