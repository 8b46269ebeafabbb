//! Synthetic records: the thesis's published curves, slightly lower for every seed but the first.
//! Whatever a run would derive from its curves is derived here as well. Tests of how the page words
//! a difference create that difference themselves.

use rarefy::cell::Cell;
use rarefy::data::ReberSettings;
use rarefy::graph::Properties;
use rarefy::network::{Architecture, Network};
use rarefy::prune::{Ranking, Scope, Selection, prune};
use rarefy::recipe::{NodeCount, Pruning, Wired};
use rarefy::study::{DataSource, EpochResult, PruneSummary, Record, Score, Settings, Trial};
use rarefy::train::{Judge, Readout, Training, epochs_to_recover};
use rarefy::wiring::GateMask;

use crate::darji2021::report::design::{Design, GraphSample, Networks};
use crate::darji2021::report::{Survivor, thesis};

const STRINGS: usize = 6_250;

pub fn full(seeds: u64) -> Design {
    planned(Design {
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
        training: Training { readout: Readout::Padded, ..Training::default() },
        data: DataSource::Reber(ReberSettings::default()),
        trials: Vec::new(),
    })
}

pub fn laptop() -> Design {
    planned(Design {
        scale: "laptop".to_owned(),
        percents: vec![20.0, 40.0, 60.0, 80.0, 90.0, 100.0],
        networks: Networks::Stacked(vec![32, 32]),
        base_epochs: 8,
        recovery_epochs: 4,
        judge: Judge::Validation,
        validation_share: 0.1,
        ..full(1)
    })
}

pub fn smoke() -> Design {
    planned(Design {
        scale: "smoke".to_owned(),
        cells: vec![Cell::RnnRelu, Cell::Gru],
        scopes: vec![Scope::Both],
        percents: vec![50.0, 90.0],
        networks: Networks::Stacked(vec![8]),
        base_epochs: 1,
        recovery_epochs: 1,
        ..full(1)
    })
}

/// A record for every trial of a study.
pub fn records(study: &Design) -> Vec<Record> {
    study.trials.iter().cloned().map(|trial| record(study, trial)).collect()
}

/// The record of one pruning.
pub fn pruned(
    records: &mut [Record],
    cell: Cell,
    scope: Scope,
    percent: f64,
    seed: u64,
) -> &mut Record {
    let found = |trial: &Trial| {
        let pruned = trial.pruning().is_some_and(|p| p.scope == scope && p.percent == percent);
        (trial.cell, trial.seed, pruned) == (cell, seed, true)
    };
    records.iter_mut().find(|record| found(&record.trial)).expect("a trial of the study")
}

/// Turns a record into that of a network that stayed at chance.
pub fn at_chance(record: &mut Record) {
    for epoch in &mut record.epochs {
        epoch.test = score(0.5);
        epoch.validation = epoch.validation.map(|_| score(0.5));
    }
    if record.trial.pruning().is_some() {
        record.unpruned_accuracy = Some(0.5);
        record.epochs_to_recover = Some(0);
    }
}

/// Turns the record of a pruning into that of a network that falls to chance and is back at its old
/// accuracy after `epochs` epochs.
pub fn back_after(record: &mut Record, epochs: u32) {
    let unpruned = record.unpruned_accuracy.expect("a pruning");
    for epoch in &mut record.epochs {
        let now = score(if epoch.epoch < epochs { 0.5 } else { unpruned });
        epoch.test = now;
        epoch.validation = epoch.validation.map(|_| now);
    }
    record.epochs_to_recover = Some(epochs);
}

fn record(study: &Design, trial: Trial) -> Record {
    let curve = match trial.pruning() {
        None => thesis::base_curve(trial.cell)[..study.base_epochs as usize].to_vec(),
        Some(Pruning { selection: Selection { scope, percent, .. }, .. }) => {
            thesis::retraining_curve(trial.cell, scope, percent).expect("a published percent")
                [..=study.recovery_epochs as usize]
                .to_vec()
        }
    };
    let first = if trial.pruning().is_some() { 0 } else { 1 };
    let epochs: Vec<EpochResult> = (first..)
        .zip(&curve)
        .map(|(epoch, &accuracy)| result(study, epoch, noisy(accuracy, trial.seed)))
        .collect();
    let unpruned = trial.pruning().map(|_| noisy(thesis::unpruned(trial.cell), trial.seed));
    let epochs_to_recover = unpruned
        .and_then(|unpruned| epochs_to_recover(&epochs, study.judge, unpruned, study.tolerance));
    Record {
        pruned: trial.pruning().map(|pruning| PruneSummary {
            threshold: Some(0.1),
            pruned_ih: 10,
            pruned_hh: 10,
            sparsity: pruning.percent / 100.0,
        }),
        unpruned_accuracy: unpruned,
        seconds: vec![2.5; epochs.len()],
        epochs,
        epochs_to_recover,
        ..blank(trial)
    }
}

/// A record whose version and instruction set are the same on every machine.
fn blank(trial: Trial) -> Record {
    let (version, instruction_set) = ("9.9.9".to_owned(), "avx2+fma".to_owned());
    Record { version, instruction_set, ..Record::of(trial, "0".repeat(16)) }
}

fn result(study: &Design, epoch: u32, accuracy: f64) -> EpochResult {
    EpochResult {
        epoch,
        train: (epoch > 0).then(|| score(accuracy)),
        validation: (study.judge == Judge::Validation).then(|| score(accuracy)),
        test: score(accuracy),
        moved: None,
    }
}

fn score(accuracy: f64) -> Score {
    let correct = (accuracy * STRINGS as f64).round() as usize;
    Score::of_classes(correct, STRINGS, 10.0 * (1.0 - accuracy), 1.0 - accuracy)
}

/// The first seed is the published run. For other seeds, accuracy is up to 3 points lower
/// throughout, unpruned as well as pruned.
fn noisy(accuracy: f64, seed: u64) -> f64 {
    let noise = 0.03 * (seed * 7919 % 100) as f64 / 100.0;
    (accuracy - noise).clamp(0.0, 1.0)
}

/// Networks of the thesis's size, pruned by 90 %.
pub fn survivors() -> Vec<Survivor> {
    let of = |cell: Cell| {
        let architecture = Architecture::stacked(128, cell, &[50, 50, 50], 2).expect("sizes");
        let mut network = Network::initialise(architecture, 0);
        prune(&mut network, Scope::Both, 90.0, Ranking::Global).expect("finite weights");
        Survivor { cell, seed: 0, scope: Scope::Both, percent: 90.0, network }
    };
    Cell::ALL.map(of).into()
}

/// Networks wired as random graphs.
pub fn structure(graphs: u32, seeds: u64) -> Design {
    let families = thesis::FAMILIES.to_vec();
    let sample = GraphSample { families, graphs, nodes: (10, 50), interleaved: graphs / 2 };
    planned(Design {
        networks: Networks::Wired(sample),
        scopes: Vec::new(),
        percents: Vec::new(),
        base_epochs: 2,
        recovery_epochs: 0,
        training: Training { batch: 128, readout: Readout::Padded, ..Training::default() },
        ..full(seeds)
    })
}

/// A record for every network of such a study, with the accuracy after the last epoch given by
/// `accuracy`.
pub fn wired_records(study: &Design, accuracy: impl Fn(&Trial, &Wired) -> f64) -> Vec<Record> {
    let record = |trial: Trial| {
        let accuracy = accuracy(&trial, trial.wired.as_ref().expect("a graph"));
        Record {
            properties: trial.wired.as_ref().map(properties),
            epochs: vec![result(study, 1, 0.5), result(study, 2, accuracy)],
            seconds: vec![2.5; 2],
            ..blank(trial)
        }
    };
    study.trials.iter().cloned().map(record).collect()
}

fn properties(wired: &Wired) -> std::collections::BTreeMap<String, Option<f64>> {
    let graph = wired.graph().expect("a graph of the thesis's families");
    let values = Properties::new(&graph, &wired.layering(&graph).unwrap(), 1).values();
    Properties::NAMES.iter().map(|name| (*name).to_owned()).zip(values).collect()
}

/// Number of nodes of a network of such a study.
pub fn nodes(wired: &Wired) -> f64 {
    wired.node_count() as f64
}

/// The design, with its trials filled in.
pub fn planned(design: Design) -> Design {
    let mut trials = Vec::new();
    for &seed in &design.seeds {
        for &cell in &design.cells {
            let settings = Settings {
                cell: Some(cell),
                seed: Some(seed),
                epochs: Some(design.base_epochs),
                batch: Some(design.training.batch),
                judge: Some(design.judge),
                validation_share: Some(design.validation_share),
                ..Settings::default()
            };
            for network in networks(&design, cell) {
                let mut settings = settings.clone();
                settings.overlay(&network);
                trials.push(settings.trial().expect("settings of the thesis"));
                for (&scope, &percent) in design
                    .scopes
                    .iter()
                    .flat_map(|scope| design.percents.iter().map(move |percent| (scope, percent)))
                {
                    settings.overlay(&Settings {
                        scope: Some(scope),
                        percent: Some(percent),
                        retrain_epochs: Some(design.recovery_epochs),
                        tolerance: Some(design.tolerance),
                        ..Settings::default()
                    });
                    trials.push(settings.trial().expect("settings of the thesis"));
                }
            }
        }
    }
    Design { trials, ..design }
}

fn networks(design: &Design, cell: Cell) -> Vec<Settings> {
    let sample = match &design.networks {
        Networks::Stacked(layers) => {
            return vec![Settings { layers: Some(layers.clone()), ..Settings::default() }];
        }
        Networks::Wired(sample) => sample,
    };
    let mut networks = Vec::new();
    for (gate_mask, graphs) in
        [(GateMask::Tiled, sample.graphs), (GateMask::Interleaved, sample.interleaved)]
    {
        for &family in
            sample.families.iter().filter(|_| gate_mask == GateMask::Tiled || cell.gates() > 1)
        {
            networks.extend((0..graphs).map(|graph| Settings {
                family: Some(family),
                graph: Some(rarefy::study::GraphChoice::Number(graph)),
                nodes: Some(NodeCount::Between(sample.nodes.into())),
                gate_mask: Some(gate_mask),
                ..Settings::default()
            }));
        }
    }
    networks
}
