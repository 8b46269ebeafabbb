//! How fast this machine trains, compared with its multiply-add peak.

use std::time::Instant;

use serde::Serialize;

use super::{BenchError, strings};
use crate::cell::Cell;
use crate::kernel::multiply_add_rounds;
use crate::network::{Architecture, Batch, Input, Layout, Network, Source};
use crate::random::Stream;
use crate::train::{Progress, Readout, Trainer, Training};

/// Epochs of training at the thesis's settings.
#[derive(Clone, Debug)]
pub struct Epochs<'a> {
    /// The cells to measure.
    pub cells: &'a [Cell],
    /// Batch sizes to measure, in strings.
    pub batches: &'a [usize],
    /// Epochs per cell and batch size; the fastest counts.
    pub repeats: u64,
    /// Seed of the strings and the networks.
    pub seed: u64,
}

/// The fastest epoch, compared with the machine's peak.
#[derive(Clone, Debug, Serialize)]
pub struct TrainingSpeed {
    /// The cell that was trained.
    pub cell: Cell,
    /// Strings per batch.
    pub batch: usize,
    /// Seconds of the fastest epoch.
    pub seconds_per_epoch: f64,
    /// Billions of counted operations per second.
    pub gflops: f64,
    /// The rate of multiply-adds alone.
    pub peak_gflops: f64,
    /// The counted rate divided by the peak.
    pub fraction_of_peak: f64,
}

impl Epochs<'_> {
    /// The number of epochs that are trained.
    pub fn count(&self) -> u64 {
        self.repeats * (self.cells.len() * self.batches.len()) as u64
    }

    /// Trains them; `done` is called after each.
    ///
    /// # Errors
    /// If training diverges.
    pub fn measure(&self, mut done: impl FnMut()) -> Result<Vec<TrainingSpeed>, BenchError> {
        let corpus = strings(self.seed)?;
        let mut rows = Vec::new();
        for &batch in self.batches {
            for &cell in self.cells {
                let input = Input::of(&corpus.encoding, 50);
                let architecture = Architecture::stack(input, cell, &[50, 50, 50], 2)?;
                let work = counted_work(&architecture);
                let network = Network::initialise(architecture, self.seed);
                let training = Training { batch, readout: Readout::Padded, ..Training::default() };
                let shuffle = Stream::new(self.seed, "shuffle");
                let mut trainer = Trainer::new(network, training, shuffle);
                let before = peak_gflops();
                let (mut fastest, mut gflops) = (f64::INFINITY, 0.0);
                for _ in 0..self.repeats {
                    let start = Instant::now();
                    let mut columns = 0;
                    let mut count = |batch: &Batch| columns += batch.steps() * batch.count();
                    let outcome =
                        trainer.epoch_with(&corpus.train, Progress::default(), &mut count);
                    let seconds = start.elapsed().as_secs_f64();
                    outcome.map_err(|_| BenchError::Diverged(cell))?;
                    if seconds < fastest {
                        fastest = seconds;
                        gflops = work as f64 * columns as f64 / seconds / 1e9;
                    }
                    done();
                }
                let peak = before.max(peak_gflops());
                rows.push(TrainingSpeed {
                    cell,
                    batch,
                    seconds_per_epoch: fastest,
                    gflops,
                    peak_gflops: peak,
                    fraction_of_peak: gflops / peak,
                });
            }
        }
        Ok(rows)
    }
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

/// The rate of multiply-adds alone, measured now on this core.
fn peak_gflops() -> f64 {
    const ROUNDS: u64 = 2_000_000;
    let measure = |_| {
        let start = Instant::now();
        let operations = multiply_add_rounds(ROUNDS);
        operations as f64 / start.elapsed().as_secs_f64() / 1e9
    };
    (0..5).map(measure).fold(0.0, f64::max)
}
