//! Made-up records: the thesis's published curves, with a little noise for every seed
//! but the first, so that what the page should say is known.

use rarefy::cell::Cell;
use rarefy::data::ReberSettings;
use rarefy::prune::Scope;
use rarefy::study::{
    DataSource, EpochResult, GraphFamily, GraphSample, Networks, PruneSummary, Pruning, Record,
    Score, Study, Trial, Wired,
};
use rarefy::train::{Judge, Training};

use crate::report::outcome::Recovery;
use crate::report::thesis;

const STRINGS: usize = 6_250;

pub fn full(seeds: u64) -> Study {
    Study {
        scale: "full".to_owned(),
        cells: Cell::ALL.to_vec(),
        seeds: (0..seeds).collect(),
        scopes: Scope::ALL.to_vec(),
        percents: (1..=10).map(|step| 10.0 * f64::from(step)).collect(),
        networks: Networks::Stacked(vec![50, 50, 50]),
        base_epochs: 50,
        recovery_epochs: 10,
        tolerance: 0.01,
        judge: Judge::Test,
        validation_share: 0.0,
        training: Training::default(),
        data: DataSource::Reber(ReberSettings::default()),
    }
}

pub fn laptop() -> Study {
    Study {
        scale: "laptop".to_owned(),
        percents: vec![20.0, 40.0, 60.0, 80.0, 90.0, 100.0],
        networks: Networks::Stacked(vec![32, 32]),
        base_epochs: 8,
        recovery_epochs: 4,
        judge: Judge::Validation,
        validation_share: 0.1,
        ..full(1)
    }
}

pub fn smoke() -> Study {
    Study {
        scale: "smoke".to_owned(),
        cells: vec![Cell::RnnRelu, Cell::Gru],
        scopes: vec![Scope::Both],
        percents: vec![50.0, 90.0],
        networks: Networks::Stacked(vec![8]),
        base_epochs: 1,
        recovery_epochs: 1,
        ..full(1)
    }
}

/// A record for every trial of a study.
pub fn records(study: &Study) -> Vec<Record> {
    study.trials().into_iter().map(|trial| record(study, trial)).collect()
}

/// The record of one pruning.
pub fn pruned(
    records: &mut [Record],
    cell: Cell,
    scope: Scope,
    percent: f64,
    seed: u64,
) -> &mut Record {
    let trial = Trial { cell, seed, wired: None, pruning: Some(Pruning { scope, percent }) };
    records.iter_mut().find(|record| record.trial == trial).expect("a trial of the study")
}

/// Turns a record into that of a network that never left chance.
pub fn at_chance(record: &mut Record) {
    for epoch in &mut record.epochs {
        epoch.test = score(0.5);
        epoch.validation = epoch.validation.map(|_| score(0.5));
    }
    if record.trial.pruning.is_some() {
        record.unpruned_accuracy = Some(0.5);
        record.epochs_to_recover = Some(0);
    }
}

fn record(study: &Study, trial: Trial) -> Record {
    let curve = match trial.pruning {
        None => thesis::base_curve(trial.cell)[..study.base_epochs as usize].to_vec(),
        Some(Pruning { scope, percent }) => thesis::retraining_curve(trial.cell, scope, percent)
            .expect("a published percent")[..=study.recovery_epochs as usize]
            .to_vec(),
    };
    let first = if trial.pruning.is_some() { 0 } else { 1 };
    let epochs: Vec<EpochResult> = (first..)
        .zip(&curve)
        .map(|(epoch, &accuracy)| result(study, epoch, noisy(accuracy, trial.seed, epoch)))
        .collect();
    let epochs_to_recover = trial.pruning.and_then(|Pruning { scope, percent }| {
        let stated = thesis::safe_percent_as_stated(trial.cell, scope);
        if percent <= stated {
            return Some(0);
        }
        let after = thesis::outcome(trial.cell, scope, percent, study.tolerance)?.recovery;
        match after {
            Recovery::After(epochs) if epochs <= study.recovery_epochs => Some(epochs.max(1)),
            _ => None,
        }
    });
    // The one made-up exception: tanh at 90 % is back an epoch sooner than published.
    let tanh = trial.cell == Cell::RnnTanh && trial.pruning.is_some_and(|p| p.percent == 90.0);
    Record {
        fingerprint: "0".repeat(16),
        model: None,
        instruction_set: "avx2+fma".to_owned(),
        pruned: trial.pruning.map(|pruning| PruneSummary {
            threshold: Some(0.1),
            pruned_ih: 10,
            pruned_hh: 10,
            sparsity: pruning.percent / 100.0,
        }),
        unpruned_accuracy: trial.pruning.map(|_| thesis::unpruned(trial.cell)),
        seconds: vec![2.5; epochs.len()],
        epochs,
        diverged: None,
        epochs_to_recover: if tanh { Some(1) } else { epochs_to_recover },
        trial,
    }
}

fn result(study: &Study, epoch: u32, accuracy: f64) -> EpochResult {
    EpochResult {
        epoch,
        train: (epoch > 0).then(|| score(accuracy)),
        validation: (study.judge == Judge::Validation).then(|| score(accuracy)),
        test: score(accuracy),
    }
}

fn score(accuracy: f64) -> Score {
    let correct = (accuracy * STRINGS as f64).round() as usize;
    Score { correct, count: STRINGS, loss_sum: 10.0 * (1.0 - accuracy), loss_mean: 1.0 - accuracy }
}

/// The first seed is the published run; the others stray by up to 3 points.
fn noisy(accuracy: f64, seed: u64, epoch: u32) -> f64 {
    let stray = (seed * 7919 + u64::from(epoch) * 104_729) % 100;
    let noise = if seed == 0 { 0.0 } else { 0.03 * stray as f64 / 100.0 };
    (accuracy - noise).clamp(0.0, 1.0)
}

/// Networks wired as random graphs.
pub fn structure(graphs: u32, seeds: u64) -> Study {
    let families = GraphFamily::ALL.to_vec();
    let sample =
        GraphSample { families, graphs, nodes: (10, 50), seed: 0, interleaved: graphs / 2 };
    Study {
        networks: Networks::Wired(sample),
        scopes: Vec::new(),
        percents: Vec::new(),
        base_epochs: 2,
        recovery_epochs: 0,
        training: Training { batch: 128, ..Training::default() },
        ..full(seeds)
    }
}

/// A record for every network of such a study, whose accuracy after the last epoch is
/// what `accuracy` says of it.
pub fn wired_records(study: &Study, accuracy: impl Fn(&Trial, &Wired) -> f64) -> Vec<Record> {
    let record = |trial: Trial| {
        let accuracy = accuracy(&trial, trial.wired.as_ref().expect("a graph"));
        Record {
            fingerprint: "0".repeat(16),
            model: None,
            instruction_set: "avx2+fma".to_owned(),
            pruned: None,
            unpruned_accuracy: None,
            epochs: vec![result(study, 1, 0.5), result(study, 2, accuracy)],
            epochs_to_recover: None,
            diverged: None,
            seconds: vec![2.5; 2],
            trial,
        }
    };
    study.trials().into_iter().map(record).collect()
}

/// How many nodes a network of such a study has.
pub fn nodes(study: &Study, wired: &Wired) -> f64 {
    let Networks::Wired(sample) = &study.networks else { panic!("a study of graphs") };
    sample.nodes_of(wired.family, wired.number) as f64
}
