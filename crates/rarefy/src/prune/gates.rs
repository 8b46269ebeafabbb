//! A percentage for each gate.

use serde::{Deserialize, Serialize};

/// The largest number of gates of any cell.
const MOST: usize = 4;

/// A percentage for each gate of a cell, in the order of
/// [`Cell::gate_names`](crate::cell::Cell::gate_names). Files hold it as a list.
///
/// ```
/// use rarefy::prune::GatePercents;
///
/// // What RNNoise prunes: it keeps 0.3 of reset, 0.2 of update and 0.5 of new.
/// let percents = GatePercents::new(&[70.0, 80.0, 50.0]).unwrap();
/// assert_eq!(percents.as_slice(), [70.0, 80.0, 50.0]);
/// assert_eq!(GatePercents::new(&[]), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct GatePercents {
    /// 0 beyond the last gate.
    percents: [f64; MOST],
    count: usize,
}

impl GatePercents {
    /// Percentages for as many gates; `None` if no cell has that number of gates.
    pub fn new(percents: &[f64]) -> Option<Self> {
        let mut all = [0.0; MOST];
        all.get_mut(..percents.len())?.copy_from_slice(percents);
        (!percents.is_empty()).then_some(Self { percents: all, count: percents.len() })
    }

    /// One percentage per gate.
    pub fn as_slice(&self) -> &[f64] {
        &self.percents[..self.count]
    }

    /// The percentage of all gates together, because they have equally many weights.
    pub fn mean(&self) -> f64 {
        self.as_slice().iter().sum::<f64>() / self.count as f64
    }

    /// The same with `change` applied to each percentage.
    pub(super) fn map(mut self, change: impl Fn(f64) -> f64) -> Self {
        self.percents[..self.count].iter_mut().for_each(|percent| *percent = change(*percent));
        self
    }
}

impl From<GatePercents> for Vec<f64> {
    fn from(percents: GatePercents) -> Self {
        percents.as_slice().to_vec()
    }
}

impl TryFrom<Vec<f64>> for GatePercents {
    type Error = String;

    fn try_from(percents: Vec<f64>) -> Result<Self, String> {
        let wrong = || format!("expected 1 to {MOST} percentages, got {}", percents.len());
        Self::new(&percents).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::network::{Architecture, Network};
    use crate::prune::{Grain, Ranking, Scope, Selection, prune_by};
    use crate::recipe::Pruning;
    use crate::train::Judge;

    fn selection(percents: &[f64]) -> Selection {
        Selection::new(Scope::Both, 0.0).by_gate(GatePercents::new(percents).unwrap())
    }

    fn network(cell: Cell) -> Network {
        Network::initialise(Architecture::stacked(16, cell, &[16, 16], 2).unwrap(), 5)
    }

    #[test]
    fn each_gate_loses_exactly_its_own_percentage() {
        for (cell, percents) in
            [(Cell::Gru, &[70.0, 80.0, 50.0][..]), (Cell::Lstm, &[0.0, 60.0, 25.5, 50.0])]
        {
            for grain in [Grain::Weight, Grain::Block] {
                let mut network = network(cell);
                let selection = Selection { grain, ..selection(percents) };
                let scores = selection.scores(&network, None, 0).unwrap();
                prune_by(&mut network, &scores, &selection).unwrap();
                let groups = selection.groups(&network).unwrap();
                assert_eq!(groups.len(), 4 * cell.gates());
                for (group, percent) in groups.iter().zip(percents.iter().cycle()) {
                    let is_masked = |&at: &usize| {
                        group.places(at).iter().all(|&place| network.masks().is_masked(place))
                    };
                    let count = (0..group.len()).filter(is_masked).count();
                    let asked = (percent * group.len() as f64 / 100.0 + 0.5).floor() as usize;
                    assert_eq!(count, asked, "{cell} {grain} {percent}");
                }
            }
        }
    }

    #[test]
    fn equal_percentages_prune_as_one_does() {
        let masks = |selection: Selection| {
            let mut network = network(Cell::Gru);
            let scores = selection.scores(&network, None, 0).unwrap();
            prune_by(&mut network, &scores, &selection).unwrap();
            network.masks().clone()
        };
        let one = Selection { ranking: Ranking::Gate, ..Selection::new(Scope::Both, 60.0) };
        assert_eq!(masks(selection(&[60.0; 3])), masks(one));
        let (gates, after) = (selection(&[70.0, 80.0, 50.0]), [85.0, 90.0, 75.0]);
        let left = gates.after(0.5).gates.unwrap();
        assert!(left.as_slice().iter().zip(after).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    #[test]
    fn files_have_a_list_only_where_gates_differ() {
        let (epochs, tolerance, judge) = (1, 0.01, Judge::Test);
        let text = |selection| {
            let pruning = Pruning { selection, rewind: None, epochs, tolerance, judge };
            let text = serde_json::to_string(&pruning).unwrap();
            assert_eq!(serde_json::from_str::<Pruning>(&text).unwrap(), pruning, "{text}");
            text
        };
        let gates = text(selection(&[70.0, 75.5, 50.0]));
        let part = "\"ranking\":\"gate\",\"percent\":65.16666666666667,\"gates\":[70.0,75.5,50.0],";
        assert!(gates.contains(part), "{gates}");
        assert!(!text(Selection::new(Scope::Both, 60.0)).contains("gates"));
        for wrong in ["[]", "[1.0,2.0,3.0,4.0,5.0]", "7.0"] {
            assert!(serde_json::from_str::<GatePercents>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_list_that_fits_no_cell_or_no_ranking_is_refused() {
        let error = |selection: Selection| {
            let mut network = network(Cell::Gru);
            let scores = selection.scores(&network, None, 0).unwrap();
            prune_by(&mut network, &scores, &selection).unwrap_err().to_string()
        };
        let four = error(selection(&[10.0; 4]));
        assert!(["reset, update, new", "3", "4"].iter().all(|part| four.contains(part)), "{four}");
        let row = error(Selection { ranking: Ranking::Row, ..selection(&[10.0; 3]) });
        assert!(row.contains("not by row"), "{row}");
        assert!(error(selection(&[10.0, 101.0, 10.0])).contains("101"));
        let nothing = error(selection(&[10.0, 99.9, 10.0]));
        assert!(nothing.contains("99.9"), "{nothing}");
    }
}
