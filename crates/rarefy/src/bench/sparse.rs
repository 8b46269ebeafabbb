//! What a pruned network costs, compared with a dense one of its size.

use std::time::Instant;

use serde::Serialize;

use super::{BenchError, Fastest, Pair, in_turn};
use crate::cell::Cell;
use crate::network::{Architecture, Batch, Network, Readout, Stepper};
use crate::prune::{Ranking, Scope, prune};
use crate::random::Stream;
use crate::sparsify::{Period, Sparsify};
use crate::train::{Progress, Reviser, Trainer, Training, Turn};

/// Layers of each network, as in the thesis.
const LAYERS: usize = 3;
/// Characters per string; all strings have the same length.
const STEPS: usize = 12;
/// Different letters, as in Reber strings.
const LETTERS: usize = 7;

/// Updates from one change of moving masks to the next.
const EVERY: u64 = 100;
/// How masks move.
const MOVING: [Sparsify; 2] = [
    Sparsify::Rigl { every: Period::Updates(EVERY), fraction: 0.3 },
    Sparsify::Set { every: Period::Updates(EVERY), fraction: 0.3 },
];

/// Networks of three layers, freshly initialised, dense and pruned by magnitude.
#[derive(Clone, Debug)]
pub struct SparseSteps<'a> {
    /// Which cells.
    pub cells: &'a [Cell],
    /// Units of each layer.
    pub hidden: &'a [usize],
    /// Percents of the recurrent weights that are pruned.
    pub sparsity: &'a [f64],
    /// Strings in a batch, in training.
    pub batch: usize,
    /// Seed of the networks and the strings.
    pub seed: u64,
}

/// What was measured of one network.
#[derive(Clone, Copy, Debug)]
pub struct StepCosts {
    /// What each unit computes.
    pub cell: Cell,
    /// Units of each layer.
    pub hidden: usize,
    /// Percent of the recurrent weights that are pruned.
    pub sparsity: f64,
    /// A training step.
    pub training: Pair,
    /// An update whose masks move every 100 updates, on average: by RigL, by SET. `None` where
    /// nothing is masked.
    pub moving: [Option<Pair>; 2],
    /// A streaming step.
    pub streaming: Pair,
    /// Bytes of all parameters that training computes with: dense, sparse.
    pub training_bytes: [usize; 2],
    /// Bytes of the recurrent weights as they are stored for streaming: dense, sparse.
    pub streaming_bytes: [usize; 2],
}

/// One kind of step, for files.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct StepRow {
    /// What each unit computes.
    pub cell: Cell,
    /// Units of each layer.
    pub hidden: usize,
    /// Percent that is pruned.
    pub sparsity: f64,
    /// `training`, `rigl`, `set` or `streaming`.
    pub step: &'static str,
    /// Of the dense network.
    pub dense_microseconds: f64,
    /// Of the pruned one.
    pub sparse_microseconds: f64,
    /// The one by the other.
    pub speedup: f64,
    /// Of the dense network.
    pub dense_bytes: usize,
    /// Of the pruned one.
    pub sparse_bytes: usize,
}

/// From which sparsity on networks of one cell and size are faster pruned.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct BreakEven {
    /// What each unit computes.
    pub cell: Cell,
    /// Units of each layer.
    pub hidden: usize,
    /// In training; `None` where they never are.
    pub training: Option<f64>,
    /// In streaming.
    pub streaming: Option<f64>,
}

impl SparseSteps<'_> {
    /// How many networks are measured.
    pub fn count(&self) -> u64 {
        (self.cells.len() * self.sparsity.len() * self.hidden.len()) as u64
    }

    /// The total cost, in the unit that is passed to `done`.
    pub fn cost(&self) -> u64 {
        let networks = (self.cells.len() * self.sparsity.len()) as u64;
        networks * self.hidden.iter().map(|&size| work(size)).sum::<u64>()
    }

    /// Measures both kinds of step; `done` is called after each network, with its cost.
    ///
    /// # Errors
    /// When a network is too large.
    pub fn measure(&self, mut done: impl FnMut(u64)) -> Result<Vec<StepCosts>, BenchError> {
        let mut measured = Vec::new();
        for &cell in self.cells {
            for &hidden in self.hidden {
                let architecture = Architecture::stacked(LETTERS, cell, &[hidden; LAYERS], 2)?;
                let network = Network::initialise(architecture, self.seed);
                let mut dense = Steps::new(network.clone(), self);
                let (mut training, mut streaming) = (Fastest::default(), Fastest::default());
                dense.train();
                for &percent in self.sparsity {
                    let mut pruned = network.clone();
                    prune(&mut pruned, Scope::Both, percent, Ranking::Global)?;
                    let mut sparse = Steps::new(pruned.clone(), self);
                    let fixed = in_turn(&mut dense, &mut sparse, &mut training, Steps::train);
                    let mut moving = [None; 2];
                    for (pair, how) in moving.iter_mut().zip(MOVING) {
                        let reviser = how.reviser(&network, &pruned, None, self.seed);
                        *pair = reviser.ok().map(|reviser| {
                            let moving = sparse.exchange(reviser);
                            let others = (EVERY - 1) as f64 * fixed.sparse;
                            Pair { sparse: (others + moving) / EVERY as f64, ..fixed }
                        });
                    }
                    measured.push(StepCosts {
                        cell,
                        hidden,
                        sparsity: percent,
                        training: fixed,
                        moving,
                        streaming: in_turn(&mut dense, &mut sparse, &mut streaming, Steps::stream),
                        training_bytes: [&dense, &sparse].map(|one| 4 * one.trainer.parameters()),
                        streaming_bytes: [&dense, &sparse].map(|one| one.stepper.weight_bytes()),
                    });
                    done(work(hidden));
                }
            }
        }
        Ok(measured)
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
    /// Of the same network at several sparsities.
    fn of(measured: &[StepCosts]) -> Self {
        const FASTER: f64 = 1.05;
        let from = |pair: fn(&StepCosts) -> Pair| {
            let mut ascending: Vec<_> =
                measured.iter().map(|one| (one.sparsity, pair(one).speedup())).collect();
            ascending.sort_by(|a, b| a.0.total_cmp(&b.0));
            let faster = ascending.iter().rev().take_while(|one| one.1 >= FASTER);
            faster.last().map(|one| one.0)
        };
        let StepCosts { cell, hidden, .. } = measured[0];
        let (training, streaming) = (from(|one| one.training), from(|one| one.streaming));
        Self { cell, hidden, training, streaming }
    }
}

impl StepCosts {
    /// Training with fixed and with moving masks, and streaming.
    pub fn rows(&self) -> Vec<StepRow> {
        let row = |step, pair: Pair, [dense_bytes, sparse_bytes]: [usize; 2]| StepRow {
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
        let moving = ["rigl", "set"].into_iter().zip(self.moving);
        let moving = moving.filter_map(|(step, pair)| Some(row(step, pair?, self.training_bytes)));
        [row("training", self.training, self.training_bytes)]
            .into_iter()
            .chain(moving)
            .chain([row("streaming", self.streaming, self.streaming_bytes)])
            .collect()
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

    /// Seconds of the fastest of some updates in which the masks change. The network is then as it
    /// was.
    fn exchange(&self, mut reviser: Box<dyn Reviser>) -> f64 {
        const TIMES: usize = 5;
        let at = Progress { updates: EVERY, of: 100 * EVERY, per_epoch: EVERY };
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

    /// Seconds per streaming step, averaged over a string.
    fn stream(&mut self) -> f64 {
        let start = Instant::now();
        self.string.iter().for_each(|&token| self.stepper.step(token));
        start.elapsed().as_secs_f64() / self.string.len() as f64
    }
}
