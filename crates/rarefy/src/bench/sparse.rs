//! The speed of a pruned network, compared with a dense one of its size.

use std::time::Instant;

use serde::Serialize;

use super::{BenchError, Fastest, Pair, in_turn};
use crate::cell::Cell;
use crate::data::{Encoding, Scaling, Sequence};
use crate::network::{Architecture, Batch, LayerRanges, Network, Ranges, Readout, Stepper};
use crate::parallel::Team;
use crate::prune::{Criterion, Grain, Ranking, Scope, Selection, prune, prune_by};
use crate::quantize::{Quantized, StepByStep};
use crate::random::Stream;
use crate::sparsify::{Period, Sparsify};
use crate::train::{Progress, Reviser, Trainer, Training, Turn};

/// Layers of each network, as in the thesis.
const LAYERS: usize = 3;
/// Characters per string; all strings have the same length.
const STEPS: usize = 12;
/// The number of different letters, as in Reber strings.
const LETTERS: usize = 7;

/// Number of updates from one move of masks to the next.
const EVERY: u64 = 100;
/// A training in which a change of masks is one of many.
const LENGTH: Progress = Progress { updates: 0, of: 100 * EVERY, per_epoch: EVERY };
/// The methods that move masks.
const MOVING: [Sparsify; 2] = [
    Sparsify::Rigl { every: Period::Updates(EVERY), fraction: 0.3 },
    Sparsify::Set { every: Period::Updates(EVERY), fraction: 0.3 },
];

/// Networks of three layers, freshly initialised, dense and pruned by magnitude.
#[derive(Clone, Debug)]
pub struct SparseSteps<'a> {
    /// The cells to measure.
    pub cells: &'a [Cell],
    /// The layer sizes to measure, in units.
    pub hidden: &'a [usize],
    /// The percentages of recurrent weights to prune.
    pub sparsity: &'a [f64],
    /// Strings per training batch.
    pub batch: usize,
    /// Numbers of threads to train with. A streaming step has one.
    pub jobs: &'a [usize],
    /// Seed of the networks and the strings.
    pub seed: u64,
}

/// The measurements of one network.
#[derive(Clone, Copy, Debug)]
pub struct StepCosts {
    /// The kind of recurrent cell.
    pub cell: Cell,
    /// Units per layer.
    pub hidden: usize,
    /// Percentage of the recurrent weights that is pruned.
    pub sparsity: f64,
    /// Threads that train.
    pub jobs: usize,
    /// A training step.
    pub training: Pair,
    /// A training update including the moves of masks, averaged over the 100 updates from one move
    /// to the next: with RigL, with SET. `None` if nothing is masked.
    pub moving: [Option<Pair>; 2],
    /// A streaming step.
    pub streaming: Pair,
    /// A streaming step with the masks in blocks of eight rows by four columns; with the masks of single
    /// weights, in 8-bit integers; with masks in blocks, in integers. Each is compared with the dense
    /// network in floats. `None` if nothing is masked in blocks, or blocks do not divide the layers.
    pub variants: [Option<Variant>; VARIANTS.len()],
    /// Seconds that reading the weights of a streaming step takes.
    pub reading: Pair,
    /// Bytes of all parameters that training computes with, for the dense and the sparse network.
    pub training_bytes: [usize; 2],
    /// Bytes of the recurrent weights as stored for streaming, for the dense and the sparse
    /// network.
    pub streaming_bytes: [usize; 2],
}

/// A streaming step of a network that is stored in another way.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// The step, compared with that of the dense network.
    pub step: Pair,
    /// Bytes of the recurrent weights.
    pub bytes: usize,
}

/// Other ways to store what a streaming step multiplies, by their names in files.
pub const VARIANTS: [&str; 3] = ["streaming_blocks", "streaming_int8", "streaming_int8_blocks"];

/// The measurement of one kind of step, in the form that files hold.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct StepRow {
    /// The kind of recurrent cell.
    pub cell: Cell,
    /// Units per layer.
    pub hidden: usize,
    /// Percentage of the recurrent weights that is pruned.
    pub sparsity: f64,
    /// Threads that compute.
    pub jobs: usize,
    /// `training`, `rigl`, `set`, `streaming`, one of [`VARIANTS`], or `reading`: of the weights of a
    /// streaming step alone.
    pub step: &'static str,
    /// Microseconds per step of the dense network.
    pub dense_microseconds: f64,
    /// Microseconds per step of the pruned network.
    pub sparse_microseconds: f64,
    /// The dense network's time divided by the pruned network's.
    pub speedup: f64,
    /// Bytes of the dense network.
    pub dense_bytes: usize,
    /// Bytes of the pruned network.
    pub sparse_bytes: usize,
}

/// The sparsity from which pruned networks of one cell and size are faster than dense ones.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct BreakEven {
    /// The kind of recurrent cell.
    pub cell: Cell,
    /// Units per layer.
    pub hidden: usize,
    /// Threads that train.
    pub jobs: usize,
    /// In training; `None` if they are never faster.
    pub training: Option<f64>,
    /// In streaming; `None` if they are never faster.
    pub streaming: Option<f64>,
}

impl SparseSteps<'_> {
    /// The number of networks that are measured.
    pub fn count(&self) -> u64 {
        (self.cells.len() * self.sparsity.len() * self.hidden.len() * self.jobs.len()) as u64
    }

    /// The total cost, in the unit that is passed to `done`.
    pub fn cost(&self) -> u64 {
        let networks = (self.cells.len() * self.sparsity.len() * self.jobs.len()) as u64;
        networks * self.hidden.iter().map(|&size| work(size)).sum::<u64>()
    }

    /// Measures both kinds of step; `done` is called after each network, with its cost.
    ///
    /// # Errors
    /// If a network is too large.
    pub fn measure(&self, mut done: impl FnMut(u64)) -> Result<Vec<StepCosts>, BenchError> {
        let mut measured = Vec::new();
        for &cell in self.cells {
            for &hidden in self.hidden {
                let architecture = Architecture::stacked(LETTERS, cell, &[hidden; LAYERS], 2)?;
                let network = Network::initialise(architecture, self.seed);
                for &jobs in self.jobs {
                    let done = || done(work(hidden));
                    let rows = Team::new(jobs).install(|| self.compare(&network, cell, jobs, done));
                    measured.extend(rows?);
                }
            }
        }
        Ok(measured)
    }

    /// Compares `network` with itself pruned, on the team of `jobs` threads that is installed.
    fn compare(
        &self,
        network: &Network,
        cell: Cell,
        jobs: usize,
        mut done: impl FnMut(),
    ) -> Result<Vec<StepCosts>, BenchError> {
        let hidden = network.architecture().layers[0].size;
        let mut dense = Steps::new(network.clone(), self);
        let [mut training, mut streaming, mut reading] = [Fastest::default(); 3];
        dense.train();
        let compare = |&percent: &f64| {
            let mut pruned = network.clone();
            prune(&mut pruned, Scope::Both, percent, Ranking::Global)?;
            let mut sparse = Steps::new(pruned.clone(), self);
            let fixed = in_turn(&mut dense, &mut sparse, &mut training, Steps::train);
            let mut moving = [None; 2];
            for (pair, how) in moving.iter_mut().zip(MOVING) {
                let reviser = how.reviser(network, &pruned, LENGTH, None, self.seed);
                *pair = reviser.ok().map(|reviser| {
                    let moving = sparse.exchange(reviser);
                    let others = (EVERY - 1) as f64 * fixed.sparse;
                    Pair { sparse: (others + moving) / EVERY as f64, ..fixed }
                });
            }
            let streams = in_turn(&mut dense, &mut sparse, &mut streaming, Steps::stream);
            let variants = self.variants([network, &pruned], percent, &mut dense, &mut streaming);
            let costs = StepCosts {
                cell,
                hidden,
                sparsity: percent,
                jobs,
                training: fixed,
                moving,
                streaming: streams,
                variants,
                reading: in_turn(&mut dense, &mut sparse, &mut reading, Steps::read),
                training_bytes: [&dense, &sparse].map(|one| 4 * one.trainer.parameters()),
                streaming_bytes: [&dense, &sparse].map(|one| one.stepper.weight_bytes()),
            };
            done();
            Ok(costs)
        };
        self.sparsity.iter().map(compare).collect()
    }

    /// Streaming steps of [`VARIANTS`] of `pruned`, compared with those of `dense`.
    fn variants(
        &self,
        [network, pruned]: [&Network; 2],
        percent: f64,
        dense: &mut Steps,
        streaming: &mut Fastest,
    ) -> [Option<Variant>; VARIANTS.len()] {
        let blocks = self.in_blocks(network, percent);
        let string = dense.string.clone();
        let mut measure = |stepper: &mut dyn StepByStep| {
            let mut dense: Box<dyn FnMut() -> f64 + '_> = Box::new(|| dense.stream());
            let bytes = stepper.weight_bytes();
            let mut own: Box<dyn FnMut() -> f64 + '_> = Box::new(|| stream(stepper, &string));
            Variant { step: in_turn(&mut dense, &mut own, streaming, |steps| steps()), bytes }
        };
        let mut in_integers = |network| measure(&mut integers(network).stepper());
        let of_weights = in_integers(pruned);
        let of_blocks = blocks.as_ref().map(&mut in_integers);
        let in_floats = blocks.map(|blocks| measure(&mut Stepper::new(&blocks)));
        [in_floats, Some(of_weights), of_blocks]
    }

    /// `network` pruned in blocks, if it can be.
    fn in_blocks(&self, network: &Network, percent: f64) -> Option<Network> {
        let mut pruned = network.clone();
        let ranking = Ranking::Global;
        let scores = Criterion::Magnitude.scores(network, ranking, None, self.seed).ok()?;
        let (grain, selection) = (Grain::Block, Selection::new(Scope::Both, percent));
        prune_by(&mut pruned, &scores, &Selection { ranking, grain, ..selection }).ok()?;
        (pruned.masks().count() > 0).then_some(pruned)
    }

    /// The break-even of each cell and size among `measured`.
    pub fn break_even(&self, measured: &[StepCosts]) -> Vec<BreakEven> {
        measured.chunks(self.sparsity.len()).map(BreakEven::of).collect()
    }
}

fn work(hidden: usize) -> u64 {
    (hidden as u64).saturating_mul(hidden as u64)
}

impl BreakEven {
    /// The break-even of one network, measured at several sparsities.
    fn of(measured: &[StepCosts]) -> Self {
        const FASTER: f64 = 1.05;
        let from = |pair: fn(&StepCosts) -> Pair| {
            let mut ascending: Vec<_> =
                measured.iter().map(|one| (one.sparsity, pair(one).speedup())).collect();
            ascending.sort_by(|a, b| a.0.total_cmp(&b.0));
            let faster = ascending.iter().rev().take_while(|one| one.1 >= FASTER);
            faster.last().map(|one| one.0)
        };
        let StepCosts { cell, hidden, jobs, .. } = measured[0];
        let (training, streaming) = (from(|one| one.training), from(|one| one.streaming));
        Self { cell, hidden, jobs, training, streaming }
    }
}

impl StepCosts {
    /// One row each for training with fixed masks, training with moving masks, streaming, and reading.
    pub fn rows(&self) -> Vec<StepRow> {
        let row = |step, jobs, pair: Pair, [dense_bytes, sparse_bytes]: [usize; 2]| StepRow {
            cell: self.cell,
            hidden: self.hidden,
            sparsity: self.sparsity,
            jobs,
            step,
            dense_microseconds: pair.dense * 1e6,
            sparse_microseconds: pair.sparse * 1e6,
            speedup: pair.speedup(),
            dense_bytes,
            sparse_bytes,
        };
        let training = |step, pair| row(step, self.jobs, pair, self.training_bytes);
        let streaming = |step, pair| row(step, 1, pair, self.streaming_bytes);
        let moving = ["rigl", "set"].into_iter().zip(self.moving);
        let variants = VARIANTS.into_iter().zip(self.variants).filter_map(|(name, variant)| {
            let Variant { step, bytes } = variant?;
            Some(row(name, 1, step, [self.streaming_bytes[0], bytes]))
        });
        [training("training", self.training)]
            .into_iter()
            .chain(moving.filter_map(|(step, pair)| Some(training(step, pair?))))
            .chain([streaming("streaming", self.streaming)])
            .chain(variants)
            .chain([streaming("reading", self.reading)])
            .collect()
    }
}

/// `network` in integers. Nothing is measured: speed does not depend on ranges.
fn integers(network: &Network) -> Quantized {
    let mut ranges = Ranges::of(network);
    ranges.layers.fill(LayerRanges { output: 1.0, hidden: 1.0, memory: 1.0 });
    let encoding = Encoding::Scaling(Scaling::none(1));
    Quantized::new(network, &encoding, &ranges).expect("fresh weights are small")
}

/// Seconds per streaming step, averaged over a string.
fn stream(stepper: &mut (impl StepByStep + ?Sized), string: &[u32]) -> f64 {
    let start = Instant::now();
    stepper.read(Sequence::Tokens(string));
    start.elapsed().as_secs_f64() / string.len() as f64
}

/// A network, prepared for both kinds of step.
struct Steps {
    trainer: Trainer,
    batch: Batch,
    stepper: Stepper,
    string: Vec<u32>,
}

impl Steps {
    fn new(network: Network, work: &SparseSteps) -> Self {
        let mut stream = Stream::new(work.seed, "bench strings");
        let mut string =
            || -> Vec<u32> { (0..STEPS).map(|_| stream.index(LETTERS) as u32).collect() };
        let size = work.batch;
        let strings: Vec<Vec<u32>> = (0..size).map(|_| string()).collect();
        let mut batch = Batch::new();
        let labelled = strings.iter().enumerate();
        batch.fill(labelled.map(|(at, string)| (&string[..], at as u32 % 2)), Readout::Padded);
        let stepper = Stepper::new(&network);
        let training = Training { batch: size, readout: Readout::Padded, ..Training::default() };
        let trainer = Trainer::new(network, training, Stream::new(work.seed, "unused"));
        Self { trainer, batch, stepper, string: strings[0].clone() }
    }

    /// Seconds of a training step.
    fn train(&mut self) -> f64 {
        let start = Instant::now();
        std::hint::black_box(self.trainer.step(&self.batch));
        start.elapsed().as_secs_f64()
    }

    /// Seconds of the fastest of several updates in which the masks change. The network itself is
    /// unchanged.
    fn exchange(&self, mut reviser: Box<dyn Reviser>) -> f64 {
        const TIMES: usize = 5;
        let at = Progress { updates: EVERY, ..LENGTH };
        let mut trainer = self.trainer.clone();
        let mut fastest = f64::INFINITY;
        for _ in 0..TIMES {
            let start = Instant::now();
            if reviser.before_update(&mut trainer, &self.batch, at) == Turn::Update {
                std::hint::black_box(trainer.step(&self.batch));
            }
            fastest = fastest.min(start.elapsed().as_secs_f64());
        }
        fastest
    }

    /// Seconds per streaming step.
    fn stream(&mut self) -> f64 {
        stream(&mut self.stepper, &self.string)
    }

    /// Seconds of reading the weights of a streaming step.
    fn read(&mut self) -> f64 {
        let start = Instant::now();
        std::hint::black_box(self.stepper.read_weights());
        start.elapsed().as_secs_f64()
    }
}
