//! The trained networks and the properties of their graphs.

use std::collections::HashMap;

use rarefy::analysis::pearson;
use rarefy::cell::Cell;
use rarefy::graph::Family;
use rarefy::graph::{Graph, Layering, Properties};
use rarefy::recipe::Wired;
use rarefy::study::{Record, Score};
use rarefy::wiring::GateMask;
use rarefy_view::spread::Spread;

use crate::arm::LEARNED;
use crate::darji2021::report::design::{Design, GraphSample, Networks};
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::structure::measured::Measured;

/// A graph that was wired and trained, over all seeds with a record.
#[derive(Clone, Debug)]
pub struct Trained {
    wired: Wired,
    pub family: Family,
    /// The graph's number within its family.
    pub number: u32,
    /// Test accuracy after the last epoch, as a mean over seeds.
    pub accuracy: f64,
    /// The logarithm of the share of wrong answers ([`Score::log_error`]), as a mean over seeds.
    pub log_error: f64,
}

/// Every trained network of a study, and the properties of its graphs.
pub struct Sampled<'a> {
    findings: &'a Findings<'a>,
    pub sample: &'a GraphSample,
    /// In the order of [`Properties::NAMES`].
    properties: HashMap<(Family, u32), Vec<Option<f64>>>,
    networks: HashMap<(Cell, GateMask), Vec<Trained>>,
}

impl<'a> Sampled<'a> {
    /// `None` if the study has no graphs.
    pub fn new(findings: &'a Findings<'a>) -> Option<Self> {
        let Networks::Wired(sample) = &findings.study.networks else { return None };
        let key = |cell, wired: &Wired| (cell, wired.family, wired.number, wired.gate_mask);
        let mut by_graph: HashMap<_, Vec<&Record>> = HashMap::new();
        let mut properties = HashMap::new();
        for record in findings.records() {
            let (Some(wired), Some(found)) = (&record.trial.wired, &record.properties) else {
                continue;
            };
            let Some(family) = wired.family else { continue };
            by_graph.entry(key(record.trial.cell, wired)).or_default().push(record);
            let value = |name: &&str| found.get(*name).copied().flatten();
            properties
                .entry((family, wired.number))
                .or_insert_with(|| Properties::NAMES.iter().map(value).collect());
        }
        let mut networks: HashMap<(Cell, GateMask), Vec<Trained>> = HashMap::new();
        for trial in &findings.study.trials {
            let Some(wired) = &trial.wired else { continue };
            // Removed, so that further seeds do not list the graph again.
            let records = by_graph.remove(&key(trial.cell, wired));
            let last = records.iter().flatten().filter_map(|r| r.epochs.last());
            let tests: Vec<&Score> = last.map(|epoch| &epoch.test).collect();
            let accuracy = Spread::of(tests.iter().map(|test| test.accuracy()));
            let log_error = Spread::of(tests.iter().filter_map(|test| test.log_error()));
            let Some((accuracy, log_error)) = accuracy.zip(log_error) else { continue };
            let Wired { family: Some(family), number, gate_mask, .. } = *wired else { continue };
            let (accuracy, log_error) = (accuracy.mean, log_error.mean);
            let trained = Trained { wired: wired.clone(), family, number, accuracy, log_error };
            networks.entry((trial.cell, gate_mask)).or_default().push(trained);
        }
        Some(Self { findings, sample, properties, networks })
    }

    pub fn findings(&self) -> &'a Findings<'a> {
        self.findings
    }

    pub fn study(&self) -> &'a Design {
        self.findings.study
    }

    pub fn beside_thesis(&self) -> bool {
        self.findings.beside_thesis
    }

    /// How the networks of a cell are wired, trained or not.
    pub fn wired(&self, cell: Cell) -> impl Iterator<Item = &Wired> {
        let trials = self.study().trials.iter().filter(move |trial| trial.cell == cell);
        trials.filter_map(|trial| trial.wired.as_ref())
    }

    /// `, mean of 3 seeds`; empty for one seed.
    pub fn mean_of_seeds(&self) -> String {
        match self.findings.seeds() {
            seeds if seeds.most > 1 => format!(", mean of {seeds}"),
            _ => String::new(),
        }
    }

    /// The networks of a cell in the order of the sample; empty if none is done.
    pub fn networks(&self, cell: Cell, gate_mask: GateMask) -> &[Trained] {
        self.networks.get(&(cell, gate_mask)).map_or(&[], Vec::as_slice)
    }

    /// The networks with tiled gate masks, whose gates see the graph. Everything about properties
    /// refers to these.
    pub fn tiled(&self, cell: Cell) -> &[Trained] {
        self.networks(cell, GateMask::Tiled)
    }

    /// The accuracies of one family.
    pub fn accuracies(&self, cell: Cell, gate_mask: GateMask, family: Family) -> Vec<f64> {
        let networks = self.networks(cell, gate_mask).iter();
        networks.filter(|n| n.family == family).map(|n| n.accuracy).collect()
    }

    /// The properties of a network's graph, in the order of [`Properties::NAMES`].
    pub fn properties(&self, network: &Trained) -> &[Option<f64>] {
        &self.properties[&(network.family, network.number)]
    }

    /// For each network of a cell whose graph has the property: its value, and the network.
    /// `property` is an index of [`Properties::NAMES`].
    pub fn points(&self, cell: Cell, property: usize) -> Vec<(f64, &Trained)> {
        let value = |network: &Trained| self.properties(network)[property];
        self.tiled(cell).iter().filter_map(|network| Some((value(network)?, network))).collect()
    }

    /// Pearson's correlation of a property, given by its index, with accuracy.
    pub fn correlation(&self, cell: Cell, property: usize) -> Option<f64> {
        let (values, accuracies): (Vec<f64>, Vec<f64>) = self
            .points(cell, property)
            .into_iter()
            .map(|(value, network)| (value, network.accuracy))
            .unzip();
        pearson(&values, &accuracies)
    }

    /// The thesis's properties and the accuracy of each graph of a cell that has all of them.
    pub fn measured(&self, cell: Cell) -> Measured {
        let mut measured = Measured::default();
        measured.columns.resize(Properties::THESIS.len(), Vec::new());
        for network in self.tiled(cell) {
            let values = &self.properties(network)[..Properties::THESIS.len()];
            let Some(values) = values.iter().copied().collect::<Option<Vec<f64>>>() else {
                continue;
            };
            measured.graphs.push((network.family, network.number));
            measured.accuracy.push(network.accuracy);
            measured.log_error.push(network.log_error);
            measured.columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
        }
        measured
    }

    /// The networks with tiled and with interleaved gate masks of each graph that was trained with
    /// both.
    pub fn pairs(&self, cell: Cell) -> Vec<(&Trained, &Trained)> {
        let tiled = self.tiled(cell).iter().map(|n| ((n.family, n.number), n));
        let tiled: HashMap<(Family, u32), &Trained> = tiled.collect();
        let interleaved = self.networks(cell, GateMask::Interleaved).iter();
        interleaved.filter_map(|n| Some((*tiled.get(&(n.family, n.number))?, n))).collect()
    }

    /// The graph of a network.
    pub fn graph(&self, network: &Trained) -> Option<(Graph, Layering)> {
        let graph = network.wired.graph().ok()?;
        let layering = network.wired.layering(&graph).ok()?;
        Some((graph, layering))
    }
}

/// Whether a network failed to learn.
pub fn near_chance(network: &Trained) -> bool {
    network.accuracy < LEARNED
}
