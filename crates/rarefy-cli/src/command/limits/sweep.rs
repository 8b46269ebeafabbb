//! What a sweep found: one point for each scope and percent, over all seeds.

use rarefy::analysis::Summary;
use rarefy::prune::Scope;
use rarefy::study::{EpochResult, Record, Trial};
use rarefy::train::Judge;
use serde::Serialize;

/// Rounding of means of ratios of counts.
const ROUNDING: f64 = 1e-12;

/// One pruning of every seed's model.
#[derive(Clone, Debug, Serialize)]
pub struct Point {
    pub scope: Scope,
    pub percent: f64,
    /// Share of all recurrent weights that are pruned, 0 to 1.
    pub sparsity: f64,
    /// Recurrent weights that are left.
    pub weights: usize,
    /// Mean accuracy on what judges: before pruning, after pruning, after retraining.
    pub unpruned: f64,
    pub pruned: f64,
    pub retrained: f64,
    /// Standard deviation of the last over seeds; none of a single one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retrained_sd: Option<f64>,
    /// Mean accuracy on the test data after pruning, and after retraining.
    pub test_pruned: f64,
    pub test_retrained: f64,
    /// Mean epochs until within the tolerance, of the seeds that came there.
    pub epochs_to_recover: Option<f64>,
    /// Seeds that are in it. One whose training diverged is not.
    pub seeds: usize,
    /// Whether the mean accuracy is within the tolerance: after pruning, of the unpruned
    /// model's; after retraining, of the better of that and of the retrained control's.
    pub holds_pruned: bool,
    pub holds_retrained: bool,
}

/// The sweep of a study's records.
pub struct Sweep {
    /// Scope by scope, percents ascending.
    pub points: Vec<Point>,
    /// The same retraining without pruning.
    pub control: Point,
    /// Mean test accuracy of the models before pruning.
    pub test_unpruned: f64,
    /// Recurrent weights of each model.
    pub weights: usize,
}

impl Sweep {
    /// Of the records of prunings and their base models, which have `weights` recurrent
    /// weights; `None` where every training diverged.
    pub fn new(records: &[Record], weights: usize, tolerance: f64) -> Option<Self> {
        let bases: Vec<&Record> = of(records, |trial| trial.pruning.is_none()).collect();
        let kept = bases.iter().filter_map(|base| Some(base.kept()?.test.accuracy()));
        let test_unpruned = Summary::of(&kept.collect::<Vec<_>>())?.mean;
        let mut points: Vec<Point> = Vec::new();
        for record in records {
            let Some(pruning) = record.trial.pruning else { continue };
            let there =
                |point: &Point| (point.scope, point.percent) == (pruning.scope, pruning.percent);
            if !points.iter().any(there) {
                points.extend(Point::new(records, &record.trial, weights));
            }
        }
        let at = points.iter().position(|point| point.percent == 0.0)?;
        let control = points.remove(at);
        for point in &mut points {
            let enough = |reference: f64| reference - tolerance - ROUNDING;
            point.holds_pruned = point.pruned >= enough(point.unpruned);
            point.holds_retrained =
                point.retrained >= enough(control.retrained.max(point.unpruned));
        }
        Some(Self { points, control, test_unpruned, weights })
    }

    /// The point with the fewest weights left among those that `holds`.
    pub fn sparsest(&self, holds: impl Fn(&Point) -> bool) -> Option<&Point> {
        let held = self.points.iter().filter(|point| holds(point));
        held.max_by(|a, b| {
            let order = a.sparsity.total_cmp(&b.sparsity);
            order.then(a.retrained.total_cmp(&b.retrained))
        })
    }
}

impl Point {
    fn new(records: &[Record], like: &Trial, weights: usize) -> Option<Self> {
        let pruning = like.pruning?;
        let same = |trial: &Trial| {
            trial.pruning.is_some_and(|other| {
                (other.scope, other.percent) == (pruning.scope, pruning.percent)
            })
        };
        let usable: Vec<&Record> =
            of(records, same).filter(|r| r.diverged.is_none() && !r.epochs.is_empty()).collect();
        let judged = |epoch: &EpochResult| epoch.judged(pruning.judge).accuracy();
        let retrained: Vec<f64> = usable.iter().map(|record| judged(kept(record))).collect();
        let summary = Summary::of(&retrained)?;
        let average = |of: &dyn Fn(&Record) -> f64| {
            usable.iter().map(|record| of(record)).sum::<f64>() / usable.len() as f64
        };
        let unpruned = average(&|record| record.unpruned_accuracy.unwrap_or(f64::NAN));
        let pruned = average(&|record| judged(&record.epochs[0]));
        let sparsity =
            average(&|record| record.pruned.as_ref().map_or(0.0, |pruned| pruned.sparsity));
        let recovered: Vec<f64> =
            usable.iter().filter_map(|r| r.epochs_to_recover.map(f64::from)).collect();
        Some(Self {
            scope: pruning.scope,
            percent: pruning.percent,
            sparsity,
            weights: ((1.0 - sparsity) * weights as f64).round() as usize,
            unpruned,
            pruned,
            retrained: summary.mean,
            retrained_sd: summary.standard_deviation,
            test_pruned: average(&|record| record.epochs[0].test.accuracy()),
            test_retrained: average(&|record| kept(record).test.accuracy()),
            epochs_to_recover: Summary::of(&recovered).map(|summary| summary.mean),
            seeds: usable.len(),
            holds_pruned: true,
            holds_retrained: true,
        })
    }

    /// The record of this point whose model is best on what judges, and which is the first of
    /// equals.
    pub fn best<'r>(&self, records: &'r [Record], judge: Judge) -> &'r Record {
        let same = |trial: &Trial| {
            trial.pruning.is_some_and(|p| (p.scope, p.percent) == (self.scope, self.percent))
        };
        let usable = of(records, same).filter(|r| r.diverged.is_none() && !r.epochs.is_empty());
        let score = |record: &Record| kept(record).judged(judge).accuracy();
        let best = usable.reduce(|best, next| if score(next) > score(best) { next } else { best });
        best.expect("a point has records")
    }
}

/// The epoch whose weights a trial ends with.
fn kept(record: &Record) -> &EpochResult {
    record.kept().expect("a record with epochs")
}

fn of(records: &[Record], fits: impl Fn(&Trial) -> bool) -> impl Iterator<Item = &Record> {
    records.iter().filter(move |record| fits(&record.trial))
}
