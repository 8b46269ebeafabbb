//! The two experiments, ours and the thesis's, in a common form.

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy::train::Judge;
use rarefy_view::spread::Spread;

use crate::arm::LEARNED;
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::outcome::Recovery;
use crate::darji2021::report::thesis;

/// Identifies a pruned network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Network {
    pub cell: Cell,
    pub scope: Scope,
    pub percent: f64,
}

/// How much pruning harmed a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// Unharmed: within the tolerance of the unpruned network.
    None,
    /// Neither unharmed nor near chance.
    Partial,
    /// Near chance.
    Total,
}

/// One run of a pruned network, on the test sequences.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The seed; 0 for runs of the thesis.
    pub seed: u64,
    /// Accuracy before pruning.
    pub unpruned: f64,
    /// Accuracy by epoch of retraining, starting right after pruning.
    pub accuracies: Vec<f64>,
    /// When it recovered, within the epochs that both experiments have.
    pub recovery: Recovery,
}

impl Run {
    /// How much pruning harmed it.
    pub fn harm(&self) -> Harm {
        match self.accuracies.first() {
            _ if self.recovery == Recovery::After(0) => Harm::None,
            Some(&accuracy) if accuracy >= LEARNED => Harm::Partial,
            _ => Harm::Total,
        }
    }

    /// Whether it recovered within these epochs.
    pub fn is_back(&self) -> bool {
        matches!(self.recovery, Recovery::After(_))
    }
}

/// Every run of one of the two experiments.
pub struct Side {
    runs: Vec<(Network, Run)>,
}

impl Side {
    /// Our runs with base models that learned. Both sides are observed for equally long: a network
    /// that had not recovered after `epochs` epochs counts as not recovered.
    pub fn ours(findings: &Findings, networks: &[Network], epochs: u32) -> Self {
        let runs = |&network: &Network| {
            let Network { cell, scope, percent } = network;
            let records = findings.pruned_records(cell, scope, percent).into_iter();
            records.filter_map(move |record| {
                let seed = record.trial.seed;
                let learned = findings.learned(cell, seed) != Some(false);
                let outcome = findings.outcome(record, Judge::Test).filter(|_| learned)?;
                let run = Run {
                    seed,
                    unpruned: findings.unpruned_on_test(cell, seed)?,
                    accuracies: record.epochs.iter().map(|e| e.test.accuracy()).collect(),
                    recovery: within(outcome.recovery, epochs),
                };
                Some((network, run))
            })
        };
        Self { runs: networks.iter().flat_map(runs).collect() }
    }

    /// The thesis's runs at its published percentages; empty if it cannot be compared.
    pub fn theirs(findings: &Findings, networks: &[Network], epochs: u32) -> Self {
        let run = |&network: &Network| {
            let Network { cell, scope, percent } = network;
            let outcome = thesis::outcome(cell, scope, percent, findings.study.tolerance)?;
            let run = Run {
                seed: 0,
                unpruned: thesis::unpruned(cell),
                accuracies: thesis::retraining_curve(cell, scope, percent)?,
                recovery: within(outcome.recovery, epochs),
            };
            Some((network, run))
        };
        let networks = networks.iter().filter(|_| findings.beside_thesis);
        Self { runs: networks.filter_map(run).collect() }
    }

    /// Every run.
    pub fn runs(&self) -> impl Iterator<Item = (Network, &Run)> {
        self.runs.iter().map(|(network, run)| (*network, run))
    }

    /// The runs of one network, by seed.
    pub fn of(&self, network: Network) -> impl Iterator<Item = &Run> {
        self.runs().filter(move |(other, _)| *other == network).map(|(_, run)| run)
    }

    /// The seeds that have a run, ascending.
    pub fn all_seeds(&self) -> Vec<u64> {
        let mut seeds: Vec<u64> = self.runs().map(|(_, run)| run.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        seeds
    }

    /// Accuracy of the unpruned networks of a cell, over seeds.
    pub fn unpruned(&self, cell: Cell) -> Option<Spread> {
        let mut by_seed: Vec<(u64, f64)> = self
            .runs()
            .filter(|(network, _)| network.cell == cell)
            .map(|(_, run)| (run.seed, run.unpruned))
            .collect();
        by_seed.sort_by_key(|(seed, _)| *seed);
        by_seed.dedup_by_key(|(seed, _)| *seed);
        Spread::of(by_seed.into_iter().map(|(_, accuracy)| accuracy))
    }

    /// Accuracy of one network after `epoch` epochs of retraining, over seeds.
    pub fn accuracy(&self, network: Network, epoch: usize) -> Option<Spread> {
        Spread::of(self.of(network).filter_map(|run| run.accuracies.get(epoch).copied()))
    }
}

fn within(recovery: Recovery, epochs: u32) -> Recovery {
    match recovery {
        Recovery::After(after) if after <= epochs => Recovery::After(after),
        _ => Recovery::Beyond(epochs),
    }
}
