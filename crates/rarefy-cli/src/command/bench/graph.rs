//! `rarefy bench graph`: what it costs to train a network wired as a graph.

use std::time::Instant;

use clap::Args;
use rarefy::cell::Cell;
use rarefy::data::{Corpus, ReberSettings, generate};
use rarefy::graph::{Family, Layering, Orientation};
use rarefy::kernel::instruction_set;
use rarefy::network::Input;
use rarefy::random::Stream;
use rarefy::train::{Evaluator, Readout, Trainer, Training};
use rarefy::wiring::Wiring;
use serde::Serialize;
use serde_json::json;

use crate::arguments::{RunArguments, one_of};
use crate::output::{print_json, print_text};
use crate::progress::Progress;
use crate::table::{Table, numbers, words};

/// Epochs that the thesis trains a network for, and its batches.
const EPOCHS: usize = 15;
const BATCH: usize = 128;
/// Nodes of the sample's graphs: the thesis draws them uniformly from 10 to 50.
const NODES: [usize; 9] = [10, 15, 20, 25, 30, 35, 40, 45, 50];

/// Arguments of `rarefy bench graph`.
#[derive(Debug, Args)]
#[command(after_help = "\
A fixed sample of the thesis's graphs: nine Barabasi-Albert and nine Watts-Strogatz graphs of 10, 15, \
..., 50 nodes, as many edges as there, seeded. Of each network one epoch of 18,750 strings in batches \
of 128 is trained and the 6,250 test strings are scored, on one core; fifteen times that is what a \
network costs. Where the system tells (Linux), seconds are those that the thread had a core, so that \
other work on the machine makes them longer only through caches and memory.

Example:
  rarefy bench graph --cells gru,lstm")]
pub struct BenchGraphArguments {
    /// Which cells
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "CELL,...",
        value_parser = one_of::<Cell>(),
        default_value = "rnn_tanh,rnn_relu,gru,lstm"
    )]
    cells: Vec<Cell>,
    #[command(flatten)]
    run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// One line of the table: seconds of one core for fifteen epochs.
#[derive(Serialize)]
struct Row {
    cell: Cell,
    networks: usize,
    epochs: usize,
    core_seconds_per_network: f64,
    least: f64,
    most: f64,
}

/// Runs `rarefy bench graph`.
pub fn run(arguments: &BenchGraphArguments) -> anyhow::Result<()> {
    let seed = arguments.run.seed;
    let data = generate(&ReberSettings { seed, ..ReberSettings::default() })?;
    let corpus = Corpus::try_from(data)?;
    let families: Vec<Family> = NODES
        .iter()
        .flat_map(|&nodes| {
            [Family::thesis_barabasi_albert(nodes), Family::thesis_watts_strogatz(nodes)]
        })
        .collect();
    let count = (families.len() * arguments.cells.len()) as u64;
    let progress = Progress::new("network", count, count, arguments.run.quiet);
    let mut rows = Vec::new();
    for &cell in &arguments.cells {
        let mut seconds = Vec::new();
        for family in &families {
            let graph = family.generate(seed)?;
            let layering = Layering::new(&graph, Orientation::Number, seed)?;
            let wiring = Wiring::new(cell);
            let input = Input::of(&corpus.encoding, layering.layers()[0].len());
            let network = wiring.network(&layering, input, 2, seed)?;
            let training = Training { batch: BATCH, ..Training::default() };
            let mut evaluator = Evaluator::new(&network, BATCH, Readout::Padded);
            let mut trainer = Trainer::new(network, training, Stream::new(seed, "shuffle"));
            let start = Stopwatch::start();
            let outcome = trainer.epoch(&corpus.train);
            std::hint::black_box(evaluator.score(trainer.network(), &corpus.test));
            seconds.push(EPOCHS as f64 * start.seconds());
            anyhow::ensure!(outcome.is_ok(), "training {cell} diverged: nothing to measure");
            progress.advance(1, 1);
        }
        rows.push(Row {
            cell,
            networks: seconds.len(),
            epochs: EPOCHS,
            core_seconds_per_network: seconds.iter().sum::<f64>() / seconds.len() as f64,
            least: seconds.iter().copied().fold(f64::INFINITY, f64::min),
            most: seconds.iter().copied().fold(0.0, f64::max),
        });
    }
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
    for Row { cell, networks, core_seconds_per_network, least, most, .. } in &rows {
        let seconds = [core_seconds_per_network, least, most].map(|one| format!("{one:.2}"));
        table.row([cell.to_string(), networks.to_string()].into_iter().chain(seconds));
    }
    let table = table.text();
    print_text(&format!(
        "core-seconds for {EPOCHS} epochs\n{table}one core, {}\n",
        instruction_set()
    ))
}

/// Counts the seconds that this thread has a core; where nothing says so, all seconds.
struct Stopwatch {
    start: Instant,
    on_core: Option<u64>,
}

impl Stopwatch {
    fn start() -> Self {
        Self { start: Instant::now(), on_core: on_core() }
    }

    fn seconds(&self) -> f64 {
        match (self.on_core, on_core()) {
            (Some(before), Some(now)) => (now - before) as f64 / 1e9,
            _ => self.start.elapsed().as_secs_f64(),
        }
    }
}

/// Nanoseconds that this thread has had a core.
fn on_core() -> Option<u64> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    times.split_whitespace().next()?.parse().ok()
}
