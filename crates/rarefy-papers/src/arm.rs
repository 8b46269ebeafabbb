//! The arms of a study: its networks by cell and method.

use std::collections::BTreeMap;

use rarefy::analysis::{Interval, Summary, wilson};
use rarefy::cell::Cell;
use rarefy::data::ReberGrammar;
use rarefy::study::{Record, Score};
use rarefy::train::Moved;

/// From this accuracy on, a network has learned something about a balanced two-class task, for
/// which chance is 0.5. A network at chance stays there however much is pruned, so its safe
/// percentage is meaningless.
pub const LEARNED: f64 = 0.6;

/// What a table of recall by kind of string shows.
pub const RECALL: &str = "The share of the test strings of each kind that are classified right: of the valid \
    ones, and of those of each decoy. A decoy is drawn from the Reber grammar with other letters on its edges, \
    which name it; those of the valid one are TPSXTVXSPV, so PTSXTVXSPV swaps the first two. In strings of the \
    embedded grammar, frame is one whose second letter and last but one differ.";

/// The networks of one cell and one method, with different seeds and graphs.
#[derive(Debug)]
pub struct Arm {
    /// The cell.
    pub cell: Cell,
    /// The method, as the study calls it.
    pub method: String,
    /// The records of its networks, of which none diverged.
    pub records: Vec<Record>,
}

/// How many networks learned, of how many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learned {
    /// Networks that learned.
    pub learned: usize,
    /// All networks.
    pub networks: usize,
}

impl Learned {
    /// Among networks with these accuracies; `None` if there are none.
    pub fn of(accuracies: impl IntoIterator<Item = f64>) -> Option<Self> {
        let count = |found: Self, accuracy: f64| Self {
            learned: found.learned + usize::from(accuracy >= LEARNED),
            networks: found.networks + 1,
        };
        let found = accuracies.into_iter().fold(Self { learned: 0, networks: 0 }, count);
        (found.networks > 0).then_some(found)
    }

    /// The share that learned, 0 to 1.
    pub fn share(self) -> f64 {
        self.learned as f64 / self.networks as f64
    }

    /// Its 95 % interval.
    pub fn interval(self) -> Interval {
        wilson(self.learned, self.networks).expect("a network")
    }
}

impl Arm {
    /// The test scores after the last epoch.
    fn scores(&self) -> impl Iterator<Item = &Score> {
        self.records.iter().filter_map(|record| Some(&record.epochs.last()?.test))
    }

    /// Test accuracy after the last epoch.
    pub fn accuracy(&self) -> Option<Summary> {
        summary(self.scores().map(Score::accuracy))
    }

    /// How many networks learned.
    pub fn learned(&self) -> Option<Learned> {
        Learned::of(self.scores().map(Score::accuracy))
    }

    /// The logarithm of the share of wrong answers after the last epoch, of the networks that learned.
    pub fn log_error(&self) -> Option<Summary> {
        let learned = self.scores().filter(|score| score.accuracy() >= LEARNED);
        summary(learned.filter_map(Score::log_error))
    }

    /// The number of recurrent weights.
    pub fn weights(&self) -> Option<Summary> {
        summary(self.records.iter().filter_map(|record| Some(record.weights? as f64)))
    }

    /// The number of parameters that are computed with, of all kinds.
    pub fn parameters(&self) -> Option<Summary> {
        summary(self.records.iter().filter_map(|record| Some(record.parameters? as f64)))
    }

    /// The kinds of Reber strings among the test strings, the valid ones first; empty for other data.
    pub fn kinds(&self) -> Vec<&'static str> {
        let counted = self.records.iter().find_map(|record| record.recall.as_ref());
        let all = ReberGrammar::ALL.iter().map(|grammar| grammar.kinds());
        let own = all.into_iter().find(|kinds| {
            counted.is_some_and(|counted| kinds.iter().all(|kind| counted.contains_key(*kind)))
        });
        own.unwrap_or_default()
    }

    /// The share of the test strings of a kind that are classified right.
    pub fn recall(&self, kind: &str) -> Option<Summary> {
        let share = |record: &Record| match *record.recall.as_ref()?.get(kind)? {
            [_, 0] => None,
            [right, all] => Some(right as f64 / all as f64),
        };
        summary(self.records.iter().filter_map(share))
    }

    /// A property of the graphs that hidden-to-hidden weights are in the end: of one gate, or the mean
    /// over gates. `None` for dense networks.
    pub fn property(&self, name: &str, gate: Option<&str>) -> Option<Summary> {
        self.measured(gate, |properties| properties.get(name).copied().flatten())
    }

    /// The share of balanced triples to be expected if signs were permuted over the same connections:
    /// with a share p of positive signs, (1 + (2p - 1)^3) / 2.
    pub fn by_chance(&self, gate: Option<&str>) -> Option<Summary> {
        self.measured(gate, |properties| {
            let positive = properties.get("positive_share").copied().flatten()?;
            Some((1.0 + (2.0 * positive - 1.0).powi(3)) / 2.0)
        })
    }

    /// Over networks, the mean over gates of a number.
    fn measured(
        &self,
        gate: Option<&str>,
        number: impl Fn(&BTreeMap<String, Option<f64>>) -> Option<f64>,
    ) -> Option<Summary> {
        let of = |record: &Record| {
            let gates = record.connections.iter().flatten();
            let gates = gates.filter(|(name, _)| gate.is_none_or(|gate| gate == *name));
            let numbers: Vec<f64> =
                gates.filter_map(|(_, properties)| number(properties)).collect();
            Some(Summary::of(&numbers)?.mean)
        };
        summary(self.records.iter().filter_map(of))
    }

    /// The share of balanced triples after each epoch, if masks changed in training: over networks.
    pub fn by_epoch(&self) -> Vec<(u32, Summary)> {
        let mut epochs: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for epoch in self.records.iter().flat_map(|record| &record.epochs) {
            let balanced = epoch.moved.as_ref().and_then(|moved: &Moved| moved.balanced);
            if let Some(balanced) = balanced {
                epochs.entry(epoch.epoch).or_default().push(balanced);
            }
        }
        epochs.into_iter().filter_map(|(epoch, all)| Some((epoch, Summary::of(&all)?))).collect()
    }
}

fn summary(values: impl Iterator<Item = f64>) -> Option<Summary> {
    Summary::of(&values.collect::<Vec<f64>>())
}
