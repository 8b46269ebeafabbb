//! How long training takes for a network wired as a graph.

use std::time::Instant;

use serde::Serialize;

use super::{BenchError, strings};
use crate::cell::Cell;
use crate::graph::{Family, Layering, Orientation, Parameters};
use crate::network::Input;
use crate::random::Stream;
use crate::train::{Evaluator, Readout, Trainer, Training};
use crate::wiring::Wiring;

/// Epochs for which the thesis trains a network, followed by its batch size.
pub const EPOCHS: usize = 15;
const BATCH: usize = 128;
/// Nodes of the sample's graphs: the thesis draws them uniformly from 10 to 50.
const NODES: [usize; 9] = [10, 15, 20, 25, 30, 35, 40, 45, 50];

/// A fixed sample of the thesis's graphs: nine of each family.
#[derive(Clone, Copy, Debug)]
pub struct WiredTraining<'a> {
    /// The cells to measure.
    pub cells: &'a [Cell],
    /// Seed of the strings, the graphs and the networks.
    pub seed: u64,
}

/// Core seconds for all epochs of a network.
#[derive(Clone, Debug, Serialize)]
pub struct GraphTraining {
    /// The cell that was trained.
    pub cell: Cell,
    /// Number of networks.
    pub networks: usize,
    /// Number of epochs per network.
    pub epochs: usize,
    /// The mean over networks.
    pub core_seconds_per_network: f64,
    /// The fastest network.
    pub least: f64,
    /// The slowest network.
    pub most: f64,
}

impl WiredTraining<'_> {
    /// The number of networks that are trained.
    pub fn count(&self) -> u64 {
        (2 * NODES.len() * self.cells.len()) as u64
    }

    /// Trains one epoch of each network; `done` is called after each.
    ///
    /// # Errors
    /// If training diverges.
    pub fn measure(&self, mut done: impl FnMut()) -> Result<Vec<GraphTraining>, BenchError> {
        let &Self { cells, seed } = self;
        let corpus = strings(seed)?;
        // The thesis's families and parameters.
        let families = NODES.iter().flat_map(|&nodes| {
            [Family::BarabasiAlbert, Family::WattsStrogatz]
                .map(|family| (family, Parameters::of(nodes).or(family.usual(nodes))))
        });
        let families: Vec<(Family, Parameters)> = families.collect();
        let mut rows = Vec::new();
        for &cell in cells {
            let mut seconds = Vec::new();
            for (family, parameters) in &families {
                let graph = family.generate(parameters, seed)?;
                let layering = Layering::new(&graph, Orientation::Number, seed)?;
                let input = Input::of(&corpus.encoding, layering.layers()[0].len());
                let network = Wiring::new(cell).network(&layering, input, 2, seed)?;
                let readout = Readout::Padded;
                let training = Training { batch: BATCH, readout, ..Training::default() };
                let mut evaluator = Evaluator::new(&network, BATCH, readout);
                let mut trainer = Trainer::new(network, training, Stream::new(seed, "shuffle"));
                let start = Stopwatch::start();
                let outcome = trainer.epoch(&corpus.train);
                std::hint::black_box(evaluator.score(trainer.network(), &corpus.test));
                seconds.push(EPOCHS as f64 * start.seconds());
                outcome.map_err(|_| BenchError::Diverged(cell))?;
                done();
            }
            rows.push(GraphTraining {
                cell,
                networks: seconds.len(),
                epochs: EPOCHS,
                core_seconds_per_network: seconds.iter().sum::<f64>() / seconds.len() as f64,
                least: seconds.iter().copied().fold(f64::INFINITY, f64::min),
                most: seconds.iter().copied().fold(0.0, f64::max),
            });
        }
        Ok(rows)
    }
}

/// Counts the seconds during which this thread runs on a core; all seconds if the system does not
/// report them.
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

/// Nanoseconds during which this thread has run on a core.
fn on_core() -> Option<u64> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    times.split_whitespace().next()?.parse().ok()
}
