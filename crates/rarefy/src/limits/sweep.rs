//! The results of a sweep: one point for each scope and percentage, over all seeds.
//!
//! Everything is paired. The pruned model of a seed is compared with the unpruned model of that
//! seed, and with the result of the same retraining without pruning (the control, a pruning by 0
//! %).

use crate::analysis::Summary;
use crate::prune::{Criterion, Scope};
use crate::recipe::Pruning;
use crate::sparsify::Method;
use crate::study::{EpochResult, Folder, Record, Trial};
use crate::train::{Merit, epochs_to_recover};
use serde::Serialize;

use super::{AsGood, Manner, State};

/// Rounding error of means of ratios of counts.
const ROUNDING: f64 = 1e-12;

/// How a network became as small as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// It was not pruned: the control.
    Unpruned,
    /// Its weights were pruned by the criterion of the sweep.
    Pruned,
    /// As many weights were pruned at random.
    Random,
    /// It has fewer units, is dense, and was trained for as long as the pruned ones.
    Dense,
}

/// One pruning of the models of all seeds, or one size of a dense network. Its merits are means
/// over seeds, on the sequences that judge unless named test.
#[derive(Clone, Debug, Serialize)]
pub struct Point {
    /// How the network was made.
    pub network: Way,
    /// Units of each layer, separated by spaces; empty for a network wired as a graph.
    pub layers: String,
    /// Which weights were pruned.
    pub scope: Scope,
    /// The percentage pruned.
    pub percent: f64,
    /// The criterion of pruning; `None` if nothing is pruned.
    pub criterion: Option<Criterion>,
    /// How masks change in retraining; `None` if they stay fixed.
    pub sparsify: Option<Method>,
    /// Share of all recurrent weights that are masked, including those masked before.
    pub sparsity: f64,
    /// Number of recurrent weights that remain.
    pub weights: usize,
    /// Share of the previous weights that were removed.
    pub share: f64,
    /// Bytes of the constants as C for one seed; `None` if no model was kept.
    pub bytes: Option<usize>,
    /// Merit before pruning.
    pub unpruned: f64,
    /// Merit after pruning and before retraining; of a dense network, after training. `None` if it
    /// is pruned in the course of retraining.
    pub pruned: Option<f64>,
    /// Merit after retraining; `None` if it diverged with every seed.
    pub retrained: Option<f64>,
    /// Its standard deviation over seeds; `None` for a single seed.
    pub retrained_sd: Option<f64>,
    /// On the test data, after pruning.
    pub test_pruned: Option<f64>,
    /// On the test data, after retraining.
    pub test_retrained: Option<f64>,
    /// Mean epochs of retraining until it is equally good, over the seeds that got there.
    pub epochs: Option<f64>,
    /// Number of seeds that got there.
    pub came: usize,
    /// Number of seeds.
    pub seeds: usize,
    /// Number of seeds whose retraining diverged.
    pub diverged: usize,
    /// When it is as good as the model before. A dense network is compared with the unpruned model
    /// after training, and after the additional epochs with the better of that model and the
    /// control.
    pub as_good: AsGood,
}

/// The sweep of a study's records.
#[derive(Debug)]
pub struct Sweep {
    /// How the points are pruned.
    pub manner: Manner,
    /// Whether pruned networks are retrained for integers of 8 bits, and answer in them.
    pub int8: bool,
    /// What answers are measured by.
    pub merit: Merit,
    /// Ordered by scope, then by ascending percentage.
    pub points: Vec<Point>,
    /// The same prunings at random.
    pub random: Vec<Point>,
    /// Smaller dense networks, the largest first.
    pub dense: Vec<Point>,
    /// The same retraining without pruning.
    pub control: Point,
    /// Mean over seeds of the merit that a retrained model is compared with.
    pub reference: f64,
    /// Mean merit, on the test data, of the models before pruning.
    pub test_unpruned: f64,
    /// Number of seeds left out because their training or their control diverged.
    pub left_out: usize,
}

/// The model of one seed, and what its prunings are compared with.
struct Seed<'r> {
    base: &'r Record,
    control: &'r Record,
    unpruned: f64,
    /// The merit that a retrained model is compared with: that of the unpruned model, or of the
    /// control if that is better on the mean over seeds.
    reference: f64,
}

impl Sweep {
    /// From the records of prunings and their base models, which have `places` recurrent weights.
    /// `None` if training, or the control, diverged with every seed.
    pub(super) fn new(records: &[Record], places: usize, tolerance: f64) -> Option<Self> {
        let bases: Vec<&Record> = records.iter().filter(|r| r.trial.is_base()).collect();
        let mut seeds: Vec<Seed> =
            bases.iter().filter_map(|base| Seed::new(base, records)).collect();
        // The same choice for all seeds: choosing the better one for each seed would favour chance.
        let retrained = |seed: &Seed| judged(seed.control, kept(seed.control));
        if mean(seeds.iter().map(retrained)) > mean(seeds.iter().map(|seed| seed.unpruned)) {
            for seed in &mut seeds {
                seed.reference = retrained(seed);
            }
        }
        let mut control = Point::new(&seeds, seeds.first()?.control, records, places, tolerance);
        control.share = 0.0;
        let mut points: Vec<Point> = Vec::new();
        for record in records {
            let Some(pruning) = record.trial.pruning() else { continue };
            if pruning.percent > 0.0 && !points.iter().any(|point| point.is(pruning)) {
                let mut point = Point::new(&seeds, record, records, places, tolerance);
                point.share = 1.0 - point.weights as f64 / control.weights.max(1) as f64;
                points.push(point);
            }
        }
        let by_chance = |point: &Point| point.criterion == Some(Criterion::Random);
        let (mut random, mut points): (Vec<_>, Vec<_>) = points.into_iter().partition(by_chance);
        if points.is_empty() {
            // Chance is what was asked, not a control.
            std::mem::swap(&mut random, &mut points);
        }
        random.iter_mut().for_each(|point| point.network = Way::Random);
        let first = points.first().unwrap_or(&control);
        let is_first = |record: &&Record| record.trial.pruning().is_some_and(|p| first.is(p));
        let first = records.iter().find(is_first);
        Some(Self {
            manner: first.and_then(|record| Manner::of(&record.trial)).unwrap_or_default(),
            int8: first.is_some_and(|record| record.trial.int8),
            merit: kept(seeds.first()?.base).test.merit_is(),
            points,
            random,
            dense: Vec::new(),
            control,
            reference: mean(seeds.iter().map(|seed| seed.reference)),
            test_unpruned: mean(seeds.iter().map(|seed| kept(seed.base).test.merit())),
            left_out: bases.len() - seeds.len(),
        })
    }

    /// A dense network compared with what was pruned. `point` is its own control.
    pub(super) fn dense_point(&self, point: Point, tolerance: f64) -> Point {
        let holds = |merit: f64, reference: f64| reference - merit <= tolerance + ROUNDING;
        let trained = point.pruned.is_some_and(|pruned| holds(pruned, self.control.unpruned));
        let complete = point.diverged == 0;
        let longer = complete && point.retrained.is_some_and(|after| holds(after, self.reference));
        Point {
            network: Way::Dense,
            share: 1.0 - point.weights as f64 / self.control.weights.max(1) as f64,
            as_good: AsGood::of(trained, longer),
            ..point
        }
    }

    /// The same pruning as at `point`, but at random.
    pub fn random_twin(&self, point: &Point) -> Option<&Point> {
        let same = |other: &&Point| (other.scope, other.percent) == (point.scope, point.percent);
        self.random.iter().find(same)
    }

    /// The dense network with the fewest bytes that is as good as the unpruned model.
    pub fn smallest_dense(&self) -> Option<&Point> {
        let good = self.dense.iter().filter(|point| point.as_good != AsGood::No);
        good.min_by_key(|point| point.bytes)
    }

    /// The point with the fewest remaining weights for which `holds` is true; of equal ones, the
    /// better.
    pub fn sparsest(&self, holds: impl Fn(AsGood) -> bool) -> Option<&Point> {
        let held = self.points.iter().filter(|point| holds(point.as_good));
        held.max_by(|a, b| {
            let merit = |point: &Point| point.retrained.or(point.pruned).unwrap_or(f64::NAN);
            let order = b.weights.cmp(&a.weights);
            order.then(merit(a).total_cmp(&merit(b)))
        })
    }

    /// The sparsest model that is equally good, retrained if that is equally good too.
    pub fn best(&self) -> Option<(&Point, State)> {
        let point = self.sparsest(|as_good| as_good != AsGood::No)?;
        let state = match point.as_good.after_retraining() {
            true => State::Retrained,
            false => State::Pruned,
        };
        Some((point, state))
    }
}

impl<'r> Seed<'r> {
    /// `None` if nothing can be compared because training diverged.
    fn new(base: &'r Record, records: &'r [Record]) -> Option<Self> {
        let usable = |record: &&Record| record.diverged.is_none() && record.kept().is_some();
        let is_control = |record: &&Record| {
            let none = record.trial.pruning().is_some_and(|pruning| pruning.percent == 0.0);
            none && record.trial.parent().as_ref() == Some(&base.trial)
        };
        let base = Some(base).filter(usable)?;
        let control = records.iter().find(is_control).filter(usable)?;
        let unpruned = control.unpruned_accuracy?;
        Some(Self { base, control, unpruned, reference: unpruned })
    }

    /// The seed's record of a pruning.
    fn record(&self, records: &'r [Record], pruning: Pruning) -> Option<&'r Record> {
        records.iter().find(|record| {
            record.trial.pruning() == Some(pruning)
                && record.trial.parent().as_ref() == Some(&self.base.trial)
        })
    }
}

impl Point {
    fn new(
        seeds: &[Seed],
        like: &Record,
        records: &[Record],
        places: usize,
        tolerance: f64,
    ) -> Self {
        let pruning = like.trial.pruning().expect("a record of a pruning");
        let pairs: Vec<(&Seed, &Record)> = seeds
            .iter()
            .filter_map(|seed| Some((seed, seed.record(records, pruning)?)))
            .filter(|(_, record)| !record.epochs.is_empty())
            .collect();
        let over = |of: &dyn Fn(&Seed, &Record) -> f64| {
            mean(pairs.iter().map(|(seed, record)| of(seed, record)))
        };
        let sparsity = over(&|_, record| record.pruned.as_ref().map_or(0.0, |p| p.sparsity));
        let at_once = !like.trial.method().is_some_and(Method::prunes_later);
        let pruned = at_once.then(|| over(&|_, record| judged(record, &record.epochs[0])));
        let unpruned = over(&|seed, _| seed.unpruned);
        let retrained: Vec<(&Seed, &Record)> =
            pairs.iter().copied().filter(|(_, record)| record.diverged.is_none()).collect();
        let merits: Vec<f64> =
            retrained.iter().map(|(_, record)| judged(record, kept(record))).collect();
        let summary = Summary::of(&merits);
        let lost =
            retrained.iter().map(|(seed, record)| seed.reference - judged(record, kept(record)));
        let test = retrained.iter().map(|(_, record)| kept(record).test.merit());
        let epochs: Vec<f64> = retrained
            .iter()
            .filter_map(|(seed, record)| {
                epochs_to_recover(&record.epochs, pruning.judge, seed.reference, tolerance)
            })
            .map(f64::from)
            .collect();
        let after_pruning = pruned.is_some_and(|pruned| unpruned - pruned <= tolerance + ROUNDING);
        // If retraining diverged with some seed, the retrained model does not count as equally
        // good.
        let complete = retrained.len() == seeds.len();
        let prunes = pruning.percent > 0.0;
        let after_retraining = complete && mean(lost) <= tolerance + ROUNDING;
        Self {
            network: if prunes { Way::Pruned } else { Way::Unpruned },
            layers: units(&like.trial),
            scope: pruning.scope,
            percent: pruning.percent,
            criterion: prunes.then_some(pruning.criterion),
            sparsify: like.trial.method(),
            sparsity,
            weights: ((1.0 - sparsity) * places as f64).round() as usize,
            share: f64::NAN,
            bytes: None,
            unpruned,
            pruned,
            retrained: summary.map(|summary| summary.mean),
            retrained_sd: summary.and_then(|summary| summary.standard_deviation),
            test_pruned: at_once.then(|| over(&|_, record| record.epochs[0].test.merit())),
            test_retrained: summary.map(|_| mean(test)),
            epochs: Summary::of(&epochs).map(|summary| summary.mean),
            came: epochs.len(),
            seeds: seeds.len(),
            diverged: pairs.len() - retrained.len(),
            as_good: AsGood::of(after_pruning, after_retraining),
        }
    }

    fn is(&self, pruning: Pruning) -> bool {
        (self.scope, self.percent) == (pruning.scope, pruning.percent)
            && self.criterion.is_none_or(|criterion| criterion == pruning.criterion)
    }

    /// The better of the merits before and after retraining, the same choice for all seeds, and
    /// whether it is the one after retraining.
    pub fn merit(&self) -> (f64, bool) {
        match (self.pruned, self.retrained) {
            (Some(before), Some(after)) if after <= before => (before, false),
            (_, Some(after)) => (after, true),
            (before, None) => (before.unwrap_or(f64::NAN), before.is_none()),
        }
    }

    /// Of the records of a dense network, that of the best model; the first of equal ones.
    pub(super) fn best_dense_record<'r>(&self, records: &'r [Record]) -> Option<&'r Record> {
        let (_, retrained) = self.merit();
        let merit = |record: &Record| {
            let epoch = if retrained { record.kept() } else { record.epochs.first() };
            Some(judged(record, epoch?))
        };
        let own = records.iter().filter(|record| {
            units(&record.trial) == self.layers && record.trial.pruning().is_some()
        });
        let all = own.filter_map(|record| Some((merit(record)?, record)));
        all.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, record)| record)
    }

    /// Looks up its size as C, from the first of its models found in `folder`.
    pub(super) fn weigh(&mut self, records: &[Record], folder: &Folder) {
        let own = records.iter().filter(|r| r.trial.pruning().is_some_and(|p| self.is(p)));
        let mut bytes = own.filter_map(|record| {
            if record.constant_bytes.is_some() {
                return record.constant_bytes;
            }
            let parent = record.trial.parent()?;
            let parent = records.iter().find(|record| record.trial == parent)?;
            let mut model = folder.model(parent)?;
            model.network = folder.network(record)?;
            record.trial.constant_bytes(&model)
        });
        self.bytes = bytes.next();
    }

    /// Of its records, the one whose model in this state lost least compared with its own unpruned
    /// model; the first of equal ones.
    pub fn best_record<'r>(&self, records: &'r [Record], state: State) -> &'r Record {
        let lost = |record: &Record| {
            let epoch = match state {
                State::Pruned => record.epochs.first()?,
                State::Retrained => record.kept().filter(|_| record.diverged.is_none())?,
            };
            Some(record.unpruned_accuracy? - judged(record, epoch))
        };
        let own = records.iter().filter(|r| r.trial.pruning().is_some_and(|p| self.is(p)));
        let best = own.filter_map(|record| Some((lost(record)?, record)));
        let best = best.reduce(|best, next| if next.0 < best.0 { next } else { best });
        best.expect("a point has records").1
    }
}

/// Units of each layer, separated by spaces.
fn units(trial: &Trial) -> String {
    trial.layers.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")
}

/// The merit on the sequences that judge the record.
fn judged(record: &Record, epoch: &EpochResult) -> f64 {
    let judge = record.trial.pruning().expect("a record of a pruning").judge;
    epoch.judged(judge).merit()
}

/// The epoch whose weights are the final ones of a trial.
fn kept(record: &Record) -> &EpochResult {
    record.kept().expect("a record with epochs")
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    Summary::of(&values.collect::<Vec<_>>()).map_or(f64::NAN, |summary| summary.mean)
}

#[cfg(test)]
mod tests {
    use crate::cell::Cell;
    use crate::study::{PruneSummary, Score, Settings};
    use crate::train::Diverged;

    use super::*;

    const PLACES: usize = 1000;

    fn trial(seed: u64, pruning: Option<(Scope, f64)>) -> Trial {
        let (scope, percent) = pruning.unzip();
        let settings = Settings {
            cell: Some(Cell::Gru),
            seed: Some(seed),
            epochs: Some(1),
            scope,
            percent,
            retrain_epochs: percent.map(|_| 2),
            ..Settings::default()
        };
        settings.trial().unwrap()
    }

    /// A record with these accuracies on the judging sequences; those on the test data are 0.1
    /// lower.
    fn record(trial: Trial, unpruned: f64, accuracies: &[f64]) -> Record {
        let score =
            |accuracy: f64| Score::of_classes((1000.0 * accuracy).round() as usize, 1000, 0.0, 0.0);
        let first = u32::from(trial.is_base());
        let epochs = (first..).zip(accuracies).map(|(epoch, &accuracy)| EpochResult {
            epoch,
            train: None,
            validation: Some(score(accuracy)),
            test: score(accuracy - 0.1),
            moved: None,
        });
        let pruned = trial.pruning().map(|pruning| PruneSummary {
            threshold: None,
            pruned_ih: 0,
            pruned_hh: 0,
            // Half of the weights were masked before.
            sparsity: 0.5 + 0.5 * pruning.percent / 100.0,
        });
        Record {
            unpruned_accuracy: trial.pruning().map(|_| unpruned),
            epochs: epochs.collect(),
            pruned,
            ..Record::of(trial, String::new())
        }
    }

    /// Two seeds with accuracies 0.9 and 0.8, their controls with these gains, and prunings by
    /// percentage: the change after pruning and after each epoch of retraining, the same for both
    /// seeds.
    fn records(gain: f64, prunings: &[(f64, [f64; 3])]) -> Vec<Record> {
        let mut all = Vec::new();
        for (seed, unpruned) in [(0, 0.9), (1, 0.8)] {
            all.push(record(trial(seed, None), unpruned, &[unpruned]));
            let control = trial(seed, Some((Scope::Both, 0.0)));
            all.push(record(control, unpruned, &[unpruned, unpruned, unpruned + gain]));
            for (percent, changes) in prunings {
                let pruned = trial(seed, Some((Scope::Both, *percent)));
                all.push(record(pruned, unpruned, &changes.map(|change| unpruned + change)));
            }
        }
        all
    }

    fn good(sweep: &Sweep) -> Vec<AsGood> {
        sweep.points.iter().map(|point| point.as_good).collect()
    }

    #[test]
    fn what_was_masked_before_is_not_pruned() {
        let sweep = Sweep::new(&records(0.0, &[(50.0, [0.0; 3])]), PLACES, 0.01).unwrap();
        assert_eq!((sweep.control.weights, sweep.control.share), (500, 0.0));
        let point = &sweep.points[0];
        assert_eq!((point.weights, point.share, point.sparsity), (250, 0.5, 0.75));
        assert_eq!((point.seeds, sweep.left_out), (2, 0));
        assert!((sweep.test_unpruned - 0.75).abs() < 1e-12);
    }

    #[test]
    fn retraining_must_hold_beside_the_same_retraining_without_pruning() {
        let prunings =
            [(10.0, [0.0, 0.0, 0.0]), (50.0, [-0.3, 0.0, 0.05]), (90.0, [-0.3, 0.0, 0.0])];
        let plain = Sweep::new(&records(0.0, &prunings), PLACES, 0.01).unwrap();
        assert_eq!(good(&plain), [AsGood::Pruned, AsGood::Retrained, AsGood::Retrained]);
        assert_eq!(plain.points[2].epochs, Some(1.0));
        let better = Sweep::new(&records(0.05, &prunings), PLACES, 0.01).unwrap();
        assert_eq!(good(&better), [AsGood::OnlyPruned, AsGood::Retrained, AsGood::No]);
        assert!((better.reference - 0.9).abs() < 1e-12);
        // Epochs are counted by the same reference.
        let [_, point, none] = &better.points[..] else { panic!() };
        assert_eq!((point.epochs, point.came, none.epochs), (Some(2.0), 2, None));
    }

    #[test]
    fn the_sparsest_is_kept_whether_it_is_retrained_or_not() {
        let prunings = [(50.0, [-0.3, 0.0, 0.0]), (70.0, [0.0, -0.3, -0.3])];
        let sweep = Sweep::new(&records(0.0, &prunings), PLACES, 0.01).unwrap();
        assert_eq!(good(&sweep), [AsGood::Retrained, AsGood::OnlyPruned]);
        let (point, state) = sweep.best().unwrap();
        assert_eq!((point.percent, state), (70.0, State::Pruned));
        let none = Sweep::new(&records(0.0, &[(50.0, [-0.3; 3])]), PLACES, 0.01).unwrap();
        assert!(none.best().is_none());
    }

    #[test]
    fn the_model_that_lost_least_is_kept_not_the_one_of_the_easiest_strings() {
        let mut all = records(0.0, &[(50.0, [-0.1, 0.0, 0.0])]);
        // Seed 0 is more accurate, but lost more than seed 1.
        let at = all.iter().position(|r| {
            r.trial.seed == 0 && r.trial.pruning().is_some_and(|p| p.percent == 50.0)
        });
        let lossy = trial(0, Some((Scope::Both, 50.0)));
        all[at.unwrap()] = record(lossy, 0.9, &[0.8, 0.895, 0.895]);
        let sweep = Sweep::new(&all, PLACES, 0.01).unwrap();
        let best = sweep.points[0].best_record(&all, State::Retrained);
        assert_eq!(best.trial.seed, 1);
    }

    #[test]
    fn a_seed_that_diverged_is_counted_and_never_flatters() {
        let mut all = records(0.0, &[(50.0, [0.0; 3])]);
        let of = |all: &[Record], seed: u64, percent: Option<f64>| {
            let is = |r: &Record| {
                (r.trial.seed, r.trial.pruning().map(|p| p.percent)) == (seed, percent)
            };
            all.iter().position(is).unwrap()
        };
        let diverged = Some(Diverged { epoch: 1, batch: None });
        // Retraining diverged, so the retrained model is not equally good.
        let at = of(&all, 1, Some(50.0));
        all[at].diverged = diverged;
        let sweep = Sweep::new(&all, PLACES, 0.01).unwrap();
        assert_eq!((sweep.points[0].diverged, sweep.left_out), (1, 0));
        assert_eq!(sweep.points[0].as_good, AsGood::OnlyPruned);
        // If the base model or the control diverged, the seed is left out everywhere.
        for percent in [None, Some(0.0)] {
            let mut some = all.clone();
            let at = of(&some, 1, percent);
            some[at].diverged = diverged;
            let sweep = Sweep::new(&some, PLACES, 0.01).unwrap();
            assert_eq!((sweep.points[0].seeds, sweep.left_out), (1, 1));
            assert!((sweep.test_unpruned - 0.8).abs() < 1e-12);
            let at = of(&some, 0, percent);
            some[at].diverged = diverged;
            assert!(Sweep::new(&some, PLACES, 0.01).is_none());
        }
    }
}
