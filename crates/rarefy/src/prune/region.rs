//! Which weights compete with each other, and which are pruned together.

use std::ops::Range;

use super::{GatePercents, Scope};
use crate::cell::Cell;
use crate::named;
use crate::network::{Network, Part, Weight};

named! {
    /// Which weights compete with each other.
    #[derive(Default, PartialOrd)]
    pub enum Ranking: "ranking" {
        /// All weights of the scope, over all layers, as in the thesis.
        #[default]
        Global = "global",
        /// Those of the same layer: each layer loses the same share.
        Layer = "layer",
        /// Those of the same matrix: each loses the same share.
        Matrix = "matrix",
        /// Those of the same gate of a matrix.
        Gate = "gate",
        /// Those of the same row of a matrix. Fractions of a weight are rounded down.
        Row = "row",
        /// Those of the same matrix, of which small ones lose less (Erdos-Renyi): a matrix keeps a
        /// share in proportion to (rows + columns) / (rows * columns).
        ErdosRenyi = "erdos-renyi",
    }
}

named! {
    /// What goes as one.
    #[derive(Default, PartialOrd)]
    pub enum Grain: "grain" {
        /// A single weight.
        #[default]
        Weight = "weight",
        /// A block of 8 rows and 4 columns of a gate. The diagonals of hidden-to-hidden gates stay.
        Block = "block",
        /// A unit: all that it reads and all that reads it.
        Unit = "unit",
    }
}

/// Why a network's weights cannot be pruned in this grain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum RegionError {
    #[error(
        "blocks are 8 rows by 4 columns, which do not divide {name}: \
         each of its gates has {rows} rows and {columns} columns"
    )]
    Blocks { name: String, rows: usize, columns: usize },
    #[error("blocks have 8 rows and cannot compete within one: only single weights compete by row")]
    BlockRanking,
    #[error("units compete over all layers (global) or within a layer (layer), not by {ranking}")]
    UnitRanking { ranking: Ranking },
    #[error(
        "a unit is all that it reads and all that reads it: the scope must be both, not {scope}"
    )]
    UnitScope { scope: Scope },
    #[error("a percentage for each gate needs gates to compete (ranking gate), not by {ranking}")]
    GatePercents { ranking: Ranking },
    #[error(
        "{cell} has the gates {}: expected a percentage for each, {} in all, but got {given}",
        cell.gate_names().join(", "), cell.gates()
    )]
    GateCount { cell: Cell, given: usize },
}

/// Number of rows of a block.
const BLOCK_ROWS: usize = 8;
/// Number of columns of a block.
const BLOCK_COLUMNS: usize = 4;

/// Candidates that compete with each other, in the order of their places.
pub(super) struct Group {
    /// How many of them are pruned.
    pub goes: Share,
    /// For each candidate, where its places end.
    ends: Vec<usize>,
    places: Vec<usize>,
}

/// How many candidates of a group are pruned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Share {
    /// The requested percentage, rounded to the nearest number.
    Nearest,
    /// The requested percentage, rounded down.
    Down,
    /// All except this share, whatever percentage is requested.
    Keeping(f64),
    /// This percentage, rounded to the nearest number.
    Percent(f64),
}

impl Group {
    fn new() -> Self {
        Self { goes: Share::Nearest, ends: Vec::new(), places: Vec::new() }
    }

    fn weights(places: impl Iterator<Item = usize>) -> Self {
        let places: Vec<usize> = places.collect();
        Self { ends: (1..=places.len()).collect(), places, ..Self::new() }
    }

    fn push(&mut self, places: impl IntoIterator<Item = usize>) {
        self.places.extend(places);
        self.ends.push(self.places.len());
    }

    fn append(&mut self, other: Self) {
        let before = self.places.len();
        self.places.extend(other.places);
        self.ends.extend(other.ends.into_iter().map(|end| before + end));
    }

    /// The number of candidates.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The places of one candidate.
    pub fn places(&self, candidate: usize) -> &[usize] {
        let start = candidate.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.places[start..self.ends[candidate]]
    }
}

/// The weights of `scope`, in the order of their places.
fn weights_of(network: &Network, scope: Scope) -> Vec<Weight> {
    network.layout().weights().filter(|weight| scope.has(weight.part)).collect()
}

/// The groups that compete. The network is to keep the share `density`, or of each gate what
/// `gates` leaves.
pub(super) fn groups(
    network: &Network,
    scope: Scope,
    ranking: Ranking,
    grain: Grain,
    density: f64,
    gates: Option<GatePercents>,
) -> Result<Vec<Group>, RegionError> {
    match (grain, ranking) {
        _ if gates.is_some() && ranking != Ranking::Gate => {
            return Err(RegionError::GatePercents { ranking });
        }
        (Grain::Unit, _) => return units(network, scope, ranking),
        (Grain::Block, Ranking::Row) => return Err(RegionError::BlockRanking),
        _ => {}
    }
    let weights = weights_of(network, scope);
    let names = network.layout().weight_names();
    let mut groups: Vec<([usize; 2], Group)> = Vec::new();
    for (number, weight) in weights.iter().enumerate() {
        let parts = if ranking == Ranking::Row { weight.rows } else { weight.gates };
        let size = weight.range.len() / parts;
        let cell = network.layout().layers[weight.layer][weight.block].cell;
        let given = gates.as_ref().map(GatePercents::as_slice);
        if let Some(given) = given.map(<[f64]>::len).filter(|&given| given != cell.gates()) {
            return Err(RegionError::GateCount { cell, given });
        }
        for part in 0..parts {
            let start = weight.range.start + part * size;
            let mut group = match grain {
                Grain::Block => blocks(weight, start..start + size).ok_or_else(|| {
                    let named = names.iter().find(|(_, named)| named == weight);
                    let name = named.expect("every weight has a name").0.clone();
                    let rows = weight.rows / weight.gates;
                    RegionError::Blocks { name, rows, columns: weight.columns }
                })?,
                _ => Group::weights(start..start + size),
            };
            if let Some(given) = given {
                group.goes = Share::Percent(given[part]);
            }
            let key = match ranking {
                Ranking::Global => [0, 0],
                Ranking::Layer => [weight.layer, 0],
                Ranking::Matrix | Ranking::ErdosRenyi => [number, 0],
                Ranking::Gate | Ranking::Row => [number, part],
            };
            match groups.last_mut() {
                Some((last, all)) if *last == key => all.append(group),
                _ => groups.push((key, group)),
            }
        }
    }
    let mut groups: Vec<Group> = groups.into_iter().map(|(_, group)| group).collect();
    match ranking {
        Ranking::Row => groups.iter_mut().for_each(|group| group.goes = Share::Down),
        Ranking::ErdosRenyi => {
            let shapes: Vec<[usize; 2]> = weights.iter().map(|w| [w.rows, w.columns]).collect();
            for (group, own) in groups.iter_mut().zip(erdos_renyi(&shapes, density)) {
                group.goes = Share::Keeping(own);
            }
        }
        _ => {}
    }
    Ok(groups)
}

/// The blocks of a gate at `range`, without the diagonal of a hidden-to-hidden gate; `None` if the
/// gate cannot be divided into blocks.
fn blocks(weight: &Weight, range: Range<usize>) -> Option<Group> {
    let (rows, columns) = (range.len() / weight.columns, weight.columns);
    if rows % BLOCK_ROWS != 0 || columns % BLOCK_COLUMNS != 0 {
        return None;
    }
    let mut group = Group::new();
    for top in (0..rows).step_by(BLOCK_ROWS) {
        for left in (0..columns).step_by(BLOCK_COLUMNS) {
            let cells = (top..top + BLOCK_ROWS)
                .flat_map(|row| (left..left + BLOCK_COLUMNS).map(move |column| (row, column)));
            let stays = |row, column| weight.part == Part::Hh && row == column;
            let cells = cells.filter(|&(row, column)| !stays(row, column));
            group.push(cells.map(|(row, column)| range.start + row * columns + column));
        }
    }
    Some(group)
}

/// Densities of matrices with these rows and columns that together give the density `density`. Each
/// is proportional to `(rows + columns) / (rows * columns)` and at most 1 (Mocanu et al. 2018).
///
/// # Panics
/// If `density` is not within 0 to 1.
pub fn erdos_renyi(shapes: &[[usize; 2]], density: f64) -> Vec<f64> {
    assert!((0.0..=1.0).contains(&density), "a density of {density}");
    let size = |&[rows, columns]: &[usize; 2]| (rows * columns) as f64;
    let edge = |[rows, columns]: &[usize; 2]| (rows + columns) as f64;
    let mut kept = density * shapes.iter().map(size).sum::<f64>();
    let mut densities = vec![0.0; shapes.len()];
    let mut open: Vec<usize> = (0..shapes.len()).collect();
    while !open.is_empty() {
        let factor = kept / open.iter().map(|&at| edge(&shapes[at])).sum::<f64>();
        let of = |at: usize| factor * edge(&shapes[at]) / size(&shapes[at]);
        let (full, rest): (Vec<usize>, Vec<usize>) = open.iter().partition(|&&at| of(at) >= 1.0);
        if full.is_empty() {
            rest.iter().for_each(|&at| densities[at] = of(at));
            break;
        }
        for at in full {
            densities[at] = 1.0;
            kept -= size(&shapes[at]);
        }
        open = rest;
    }
    densities
}

/// The units that compete: all of them, or those of each layer.
fn units(network: &Network, scope: Scope, ranking: Ranking) -> Result<Vec<Group>, RegionError> {
    if scope != Scope::Both {
        return Err(RegionError::UnitScope { scope });
    }
    if !matches!(ranking, Ranking::Global | Ranking::Layer) {
        return Err(RegionError::UnitRanking { ranking });
    }
    let mut groups = vec![Group::new()];
    for (layer, of) in network.architecture().layers.iter().enumerate() {
        if ranking == Ranking::Layer && layer > 0 {
            groups.push(Group::new());
        }
        let group = groups.last_mut().expect("one at least");
        (0..of.size).for_each(|unit| group.push(unit_places(network, layer, unit)));
    }
    Ok(groups)
}

/// The places of a unit's weights, each once: its rows of each gate, its columns of its layer's
/// hidden-to-hidden weights, and its columns of whatever reads the layer, including the readout.
pub(crate) fn unit_places(network: &Network, layer: usize, unit: usize) -> Vec<usize> {
    let layout = network.layout();
    let mut places = Vec::new();
    let mut row = |range: &Range<usize>, columns: usize, row: usize| {
        places.extend(range.start + row * columns..range.start + (row + 1) * columns);
    };
    for place in &layout.layers[layer] {
        for gate in 0..place.cell.gates() {
            row(&place.weight_ih, place.inputs, gate * place.hidden + unit);
            row(&place.weight_hh, place.hidden, gate * place.hidden + unit);
        }
    }
    for place in &layout.layers[layer] {
        places.extend((place.weight_hh.start + unit..place.weight_hh.end).step_by(place.hidden));
    }
    places.extend(network.read_by(layer, unit).into_iter().flat_map(|(column, _)| column));
    places.sort_unstable();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Architecture;

    #[test]
    fn a_unit_owns_its_rows_its_columns_and_those_of_its_readers_once() {
        let architecture = Architecture::stacked(9, Cell::Gru, &[4, 3], 2).unwrap();
        let network = Network::initialise(architecture, 0);
        // 3 gates: rows of 4 in ih and of 4 in hh, a column of hh without the unit's own 3 rows,
        // and a column of 9 in the layer above.
        assert_eq!(unit_places(&network, 0, 1).len(), 3 * (4 + 4) + 9 + 9);
        // The layer above reads 4 units, and the readout of 2 classes reads it.
        assert_eq!(unit_places(&network, 1, 2).len(), 3 * (4 + 3) + 6 + 2);
    }

    #[test]
    fn densities_are_those_of_the_goldens() {
        let goldens = include_str!("../../tests/methods/sparse_training.json");
        let goldens: serde_json::Value = serde_json::from_str(goldens).unwrap();
        for golden in goldens["erdos_renyi"].as_array().unwrap() {
            let of = |key: &str| golden[key].clone();
            let shapes: Vec<[usize; 2]> = serde_json::from_value(of("shapes")).unwrap();
            let expected: Vec<f64> = serde_json::from_value(of("densities")).unwrap();
            let ours = erdos_renyi(&shapes, of("density").as_f64().unwrap());
            for (ours, golden) in ours.iter().zip(&expected) {
                assert!((ours - golden).abs() < 1e-12, "{ours}, {golden}");
            }
        }
        assert!(erdos_renyi(&[[3, 4], [5, 6]], 1.0).iter().all(|d| (d - 1.0).abs() < 1e-12));
        assert_eq!(erdos_renyi(&[[3, 4]], 0.0), [0.0]);
    }

    #[test]
    fn what_does_not_fit_a_grain_is_refused() {
        let architecture = Architecture::stacked(9, Cell::Gru, &[12], 2).unwrap();
        let network = Network::initialise(architecture, 0);
        let error = |scope, ranking, grain| {
            groups(&network, scope, ranking, grain, 0.5, None).err().map(|error| error.to_string())
        };
        let both = Scope::Both;
        let blocks = error(both, Ranking::Global, Grain::Block).unwrap();
        assert!(blocks.contains("recurrent_layers.0.weight_ih"), "{blocks}");
        assert!(error(both, Ranking::Row, Grain::Block).is_some());
        assert!(error(both, Ranking::Gate, Grain::Unit).is_some());
        assert!(error(Scope::Hh, Ranking::Global, Grain::Unit).is_some());
        assert_eq!(error(both, Ranking::Layer, Grain::Unit), None);
    }
}
