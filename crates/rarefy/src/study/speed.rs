//! How fast this machine trains, to predict how long a study will take.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::compute::Task;
use super::{DataSummary, Study, Trial};
use crate::cell::Cell;
use crate::data::{Corpus, Dataset};
use crate::graph::Graph;
use crate::random::Stream;
use crate::recipe::Wired;
use crate::train::{Evaluator, Trainer};

/// Seconds per unit of cost ([`Recipe::epoch_cost`](crate::recipe::Recipe::epoch_cost)), measured
/// for each kind of network.
#[derive(Clone, Debug)]
pub struct Speed {
    seconds: BTreeMap<Kind, f64>,
    /// For any other kind.
    otherwise: f64,
}

/// Kinds of networks with the same speed per cost: a cell, wired or stacked, and a batch size.
type Kind = (Cell, bool, usize);

/// Number of sequences trained on for a measurement.
const SAMPLE: usize = 512;
/// Duration of the measurement of one network.
const MOMENT: Duration = Duration::from_millis(150);

impl Speed {
    /// Measures networks of each kind in `study`, the cheapest and the most expensive one, by
    /// training each briefly. Networks that cannot be built are left out. `given` has the graphs
    /// that were given as files.
    pub fn measure(
        study: &Study,
        corpus: &Corpus,
        given: &dyn Fn(&Wired) -> Option<Graph>,
    ) -> Self {
        let mut samples: BTreeMap<Kind, [Trial; 2]> = BTreeMap::new();
        for trial in study.trials().filter(|trial| trial.is_base()) {
            let pair =
                samples.entry(kind(&trial)).or_insert_with(|| [trial.clone(), trial.clone()]);
            if trial.epoch_cost() < pair[0].epoch_cost() {
                pair[0] = trial;
            } else if trial.epoch_cost() > pair[1].epoch_cost() {
                pair[1] = trial;
            }
        }
        let data = DataSummary::of(corpus);
        let of = |trials: [Trial; 2]| {
            let [low, high] = trials.each_ref().map(|trial| trial.epoch_cost());
            let take = if low == high { 1 } else { 2 };
            let measured = trials.iter().take(take).filter_map(|trial| {
                Some(seconds_per_epoch(trial, corpus, &data, given)? / trial.epoch_cost() as f64)
            });
            let measured: Vec<f64> = measured.collect();
            measured.iter().sum::<f64>() / measured.len().max(1) as f64
        };
        let seconds = samples.into_iter().map(|(kind, trials)| (kind, of(trials))).collect();
        Self { seconds, otherwise: 0.0 }
    }

    /// The speed observed in trials of a study, each given with its epochs and their seconds. Kinds
    /// without any trial are assumed to be like the others.
    pub fn observed<'t>(trials: impl IntoIterator<Item = (&'t Trial, u32, f64)>) -> Self {
        let mut sums: BTreeMap<Kind, [f64; 2]> = BTreeMap::new();
        for (trial, epochs, seconds) in trials {
            let [cost, time] = sums.entry(kind(trial)).or_default();
            *cost += (trial.epoch_cost() * u64::from(epochs)) as f64;
            *time += seconds;
        }
        let speed = |[cost, time]: [f64; 2]| if cost > 0.0 { time / cost } else { 0.0 };
        let all = sums.values().fold([0.0; 2], |all, one| [all[0] + one[0], all[1] + one[1]]);
        let otherwise = speed(all);
        Self {
            seconds: sums.into_iter().map(|(kind, sums)| (kind, speed(sums))).collect(),
            otherwise,
        }
    }

    /// Expected seconds of a trial on one core.
    pub fn seconds(&self, trial: &Trial) -> f64 {
        self.epoch_seconds(trial) * f64::from(trial.run_epochs())
    }

    /// Expected seconds of each of its epochs.
    pub fn epoch_seconds(&self, trial: &Trial) -> f64 {
        let by_cost = self.seconds.get(&kind(trial)).copied().unwrap_or(self.otherwise);
        by_cost * trial.epoch_cost() as f64
    }
}

fn kind(trial: &Trial) -> Kind {
    (trial.cell, trial.wired.is_some(), trial.training.batch)
}

/// The first rows.
fn some<'d>(strings: &Dataset<'d>) -> Dataset<'d> {
    let rows: Vec<usize> = (0..strings.len().min(SAMPLE)).collect();
    strings.select(&rows)
}

/// Seconds of one epoch of training and scoring, extrapolated from part of it.
fn seconds_per_epoch(
    trial: &Trial,
    corpus: &Corpus,
    data: &DataSummary,
    given: &dyn Fn(&Wired) -> Option<Graph>,
) -> Option<f64> {
    let graph = match &trial.wired {
        Some(wired) if wired.given.is_some() => Some(given(wired)?),
        _ => trial.graph().ok()?,
    };
    let task = Task { trial, corpus, data, graph: graph.as_ref(), given: None };
    let network = task.network().ok()?;
    let (train, test) = (some(&corpus.train), some(&corpus.test));
    let training = &trial.training;
    let mut trainer = Trainer::new(network, training.clone(), Stream::new(trial.seed, "speed"));
    let mut evaluator = Evaluator::new(trainer.network(), training.batch, training.readout);
    let per_string = |strings: &Dataset, work: &mut dyn FnMut(&Dataset)| {
        // Once to fill the caches.
        work(strings);
        let (start, mut rounds) = (Instant::now(), 0_u32);
        while rounds == 0 || start.elapsed() < MOMENT {
            work(strings);
            rounds += 1;
        }
        start.elapsed().as_secs_f64() / f64::from(rounds) / strings.len() as f64
    };
    let learn = per_string(&train, &mut |strings| {
        let _ = trainer.epoch(strings);
    });
    let score = per_string(&test, &mut |strings| {
        let _ = evaluator.score(trainer.network(), strings);
    });
    let held_out = trial.validation_share * corpus.train.len() as f64;
    let learnt = corpus.train.len() as f64 - held_out;
    Some(learn * learnt + score * (held_out + corpus.test.len() as f64))
}
