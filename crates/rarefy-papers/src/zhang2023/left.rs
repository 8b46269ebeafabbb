//! What the trials of a study left, by cell and method.

use std::collections::BTreeMap;

use rarefy::analysis::Summary;
use rarefy::cell::Cell;
use rarefy::study::Record;
use rarefy::train::Moved;

use crate::judged::Judged;

/// The networks of one cell and one method, with different seeds.
pub struct Left {
    /// The cell.
    pub cell: Cell,
    /// The method, as the study calls it.
    pub method: String,
    records: Vec<Record>,
}

impl Left {
    /// The methods of `study` with a record, in its order. Diverged networks are left out.
    pub fn all(study: &Judged) -> Vec<Self> {
        let all = study.by_method().into_iter();
        all.map(|(cell, method, records)| Self { cell, method, records }).collect()
    }

    /// Number of networks.
    pub fn seeds(&self) -> usize {
        self.records.len()
    }

    /// Test accuracy after the last epoch.
    pub fn accuracy(&self) -> Option<Summary> {
        let last = |record: &Record| Some(record.epochs.last()?.test.accuracy());
        Summary::of(&self.records.iter().filter_map(last).collect::<Vec<f64>>())
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
        Summary::of(&self.records.iter().filter_map(of).collect::<Vec<f64>>())
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
