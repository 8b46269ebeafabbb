//! How fast this machine trains, compared with its multiply-add peak.

use std::time::Instant;

use serde::Serialize;

use super::{BenchError, strings};
use crate::cell::Cell;
use crate::data::Dataset;
use crate::kernel::multiply_add_rounds;
use crate::network::{Architecture, Batch, Input, Layout, Network, Source};
use crate::parallel::{self, Team};
use crate::random::Stream;
use crate::train::{Progress, Readout, Trainer, Training};

/// Epochs of training at the thesis's settings, but for the number of units.
#[derive(Clone, Debug)]
pub struct Epochs<'a> {
    /// The cells to measure.
    pub cells: &'a [Cell],
    /// Units per layer to measure.
    pub hidden: &'a [usize],
    /// Batch sizes to measure, in strings.
    pub batches: &'a [usize],
    /// Numbers of threads to measure.
    pub jobs: &'a [usize],
    /// Epochs of each network; the fastest counts.
    pub repeats: u64,
    /// Seed of the strings and the networks.
    pub seed: u64,
}

/// The fastest epoch, compared with the machine's peak.
#[derive(Clone, Debug, Serialize)]
pub struct TrainingSpeed {
    /// The cell that was trained.
    pub cell: Cell,
    /// Units per layer.
    pub hidden: usize,
    /// Strings per batch.
    pub batch: usize,
    /// Threads that computed.
    pub jobs: usize,
    /// Strings in an epoch: those of the thesis, or the first of them where the network is wide.
    pub strings: usize,
    /// Seconds of the fastest epoch.
    pub seconds_per_epoch: f64,
    /// Mean milliseconds of its steps, one for each batch.
    pub milliseconds_per_step: f64,
    /// Bytes of what training keeps ([`Trainer::bytes`]).
    pub bytes: usize,
    /// Billions of counted operations per second.
    pub gflops: f64,
    /// The rate of multiply-adds alone, of as many threads.
    pub peak_gflops: f64,
    /// The counted rate divided by the peak.
    pub fraction_of_peak: f64,
}

impl Epochs<'_> {
    /// The number of epochs that are trained.
    pub fn count(&self) -> u64 {
        self.repeats * self.networks().len() as u64
    }

    /// The cell, units, batch size and threads of each network.
    fn networks(&self) -> Vec<(Cell, usize, usize, usize)> {
        let mut all = Vec::new();
        for &hidden in self.hidden {
            for &batch in self.batches {
                for &cell in self.cells {
                    all.extend(self.jobs.iter().map(|&jobs| (cell, hidden, batch, jobs)));
                }
            }
        }
        all
    }

    /// Trains them; `done` is called after each.
    ///
    /// # Errors
    /// If training diverges.
    pub fn measure(&self, mut done: impl FnMut()) -> Result<Vec<TrainingSpeed>, BenchError> {
        let corpus = strings(self.seed)?;
        let mut rows = Vec::new();
        for (cell, hidden, batch, jobs) in self.networks() {
            let input = Input::of(&corpus.encoding, hidden);
            let architecture = Architecture::stack(input, cell, &[hidden; 3], 2)?;
            let work = counted_work(&architecture) as f64;
            let strings = some(&corpus.train, work, batch);
            let network = Network::initialise(architecture, self.seed);
            let training = Training { batch, readout: Readout::Padded, ..Training::default() };
            let shuffle = Stream::new(self.seed, "shuffle");
            let mut trainer = Team::new(jobs).install(|| Trainer::new(network, training, shuffle));
            let before = peak_gflops(jobs);
            let (mut fastest, mut steps, mut gflops) = (f64::INFINITY, 0, 0.0);
            for _ in 0..self.repeats {
                let start = Instant::now();
                let mut columns = 0;
                steps = 0;
                let mut count = |batch: &Batch| {
                    columns += batch.steps() * batch.count();
                    steps += 1;
                };
                let outcome = trainer.epoch_with(&strings, Progress::default(), &mut count);
                let seconds = start.elapsed().as_secs_f64();
                outcome.map_err(|_| BenchError::Diverged(cell))?;
                if seconds < fastest {
                    fastest = seconds;
                    gflops = work * columns as f64 / seconds / 1e9;
                }
                done();
            }
            let peak = before.max(peak_gflops(jobs));
            rows.push(TrainingSpeed {
                cell,
                hidden,
                batch,
                jobs,
                strings: strings.len(),
                seconds_per_epoch: fastest,
                milliseconds_per_step: 1e3 * fastest / f64::from(steps),
                bytes: trainer.bytes(),
                gflops,
                peak_gflops: peak,
                fraction_of_peak: gflops / peak,
            });
        }
        Ok(rows)
    }
}

/// As many of `strings` as a second or two allows, with `work` operations per string and step, but
/// at least four batches.
fn some<'a>(strings: &Dataset<'a>, work: f64, batch: usize) -> Dataset<'a> {
    /// What the thesis's networks need for all of their strings.
    const OPERATIONS: f64 = 7e10;
    const STEPS: f64 = 11.0;
    let count = (OPERATIONS / (work * STEPS)) as usize;
    let count = count.max(4 * batch).min(strings.len());
    strings.select(&(0..count).collect::<Vec<_>>())
}

/// Floating-point operations counted per string and step: once for the forward pass, twice for the
/// backward pass.
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

/// The rate of multiply-adds alone, measured now on `jobs` cores at the same time.
fn peak_gflops(jobs: usize) -> f64 {
    const ROUNDS: u64 = 2_000_000;
    let measure = |_| {
        let start = Instant::now();
        let operations = multiply_add_rounds(ROUNDS);
        operations as f64 / start.elapsed().as_secs_f64() / 1e9
    };
    parallel::map(jobs, jobs, |_| (0..5).map(measure).fold(0.0, f64::max)).iter().sum()
}
