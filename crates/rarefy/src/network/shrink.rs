//! Removing units from a network: those that nothing reads, and those that read nothing.
//!
//! Pruning leaves units whose every reader is masked, and units that read nothing and stay at zero
//! or at a constant. Without them the network is smaller and computes the same. If whole units were
//! pruned, it is dense as well, and therefore faster in any program.

use std::ops::Range;

use super::live::live_units;
use super::{Architecture, BlockLayout, Layer, Layout, Masks, Network, Reads, Source};
use crate::cell::Cell;

impl Network {
    /// The network without the units that cannot change its outputs, and the remaining units of
    /// each layer, ascending. It removes:
    ///
    /// - units from which no unmasked path leads to the readout;
    /// - units that read nothing and whose state is always zero;
    /// - in plain cells, units that read nothing and that only later layers and the readout read.
    ///   Their constant state becomes part of the biases there.
    ///
    /// Outputs are the same up to rounding. The last unit of a layer is always kept.
    ///
    /// ```
    /// use rarefy::cell::Cell;
    /// use rarefy::network::{Architecture, Network};
    /// use rarefy::prune::{Grain, Scope, Selection, prune_by};
    ///
    /// let mut network = Network::initialise(Architecture::stacked(9, Cell::Gru, &[8, 8], 2)?, 0);
    /// let half = Selection { grain: Grain::Unit, ..Selection::new(Scope::Both, 50.0) };
    /// let scores = half.scores(&network, None, 0)?;
    /// prune_by(&mut network, &scores, &half)?;
    /// let (smaller, left) = network.shrink();
    /// assert_eq!(left.iter().map(Vec::len).sum::<usize>(), 8);
    /// assert_eq!(smaller.masks().count(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shrink(&self) -> (Self, Vec<Vec<usize>>) {
        let mut smaller = self.clone();
        let mut left: Vec<Vec<usize>> =
            self.architecture.layers.iter().map(|layer| (0..layer.size).collect()).collect();
        loop {
            let keep = smaller.needed();
            if keep.iter().zip(&left).all(|(keep, left)| keep.len() == left.len()) {
                return (smaller, left);
            }
            smaller = smaller.with_units(&keep);
            for (left, keep) in left.iter_mut().zip(keep) {
                *left = keep.into_iter().map(|unit| left[unit]).collect();
            }
        }
    }

    /// The units to keep, by layer. The contribution of constant units is added to biases.
    fn needed(&mut self) -> Vec<Vec<usize>> {
        let Self { architecture, layout, masks, .. } = &*self;
        let mut read = architecture.readout_units();
        let (first, width) = (&layout.linears[0].weight, read.len());
        let mut at = 0;
        read.retain(|_| {
            at += 1;
            // The number of inputs is a multiple of the number of units.
            let columns = (first.start + at - 1..first.end).step_by(width);
            { columns }.any(|place| !masks.is_masked(place))
        });
        let mut keep = live_units(architecture, layout, masks, &read);
        for (layer, keep) in keep.iter_mut().enumerate() {
            let constant = |&unit: &usize| Some((unit, self.constant(layer, unit)?));
            let constants: Vec<(usize, f32)> = keep.iter().filter_map(constant).collect();
            // The last unit of a layer is kept, even if it is constant.
            let count = keep.len().saturating_sub(1);
            for (unit, constant) in constants.into_iter().take(count) {
                self.fold(layer, unit, constant);
                keep.retain(|&kept| kept != unit);
            }
            if keep.is_empty() {
                keep.push(0);
            }
        }
        keep
    }

    /// The state of a unit that reads nothing, if it is the same at every step and can be folded
    /// into the biases of its readers.
    fn constant(&self, layer: usize, unit: usize) -> Option<f32> {
        let [place] = &self.layout.layers[layer][..] else { return None };
        let row = |range: &Range<usize>, columns: usize, gate: usize| {
            let start = range.start + (gate * place.hidden + unit) * columns;
            start..start + columns
        };
        // The gate that changes the state: without it, the other gates have nothing to let through.
        let gate = match place.cell {
            Cell::RnnTanh | Cell::RnnRelu => 0,
            Cell::Gru | Cell::Lstm => 2,
        };
        let rows =
            [row(&place.weight_ih, place.inputs, gate), row(&place.weight_hh, place.hidden, gate)];
        let masked = |range: Range<usize>| self.masks.count_in(range.clone()) == range.len();
        if !rows.into_iter().all(masked) {
            return None;
        }
        let bias = |range: &Range<usize>| self.parameters[range.start + gate * place.hidden + unit];
        let (ih, hh) = (bias(&place.bias_ih), bias(&place.bias_hh));
        let state = match place.cell {
            Cell::RnnTanh => (ih + hh).tanh(),
            Cell::RnnRelu => (ih + hh).max(0.0),
            Cell::Lstm if ih + hh == 0.0 => 0.0,
            Cell::Gru if ih == 0.0 && hh == 0.0 => 0.0,
            Cell::Gru | Cell::Lstm => return None,
        };
        // The layer itself reads the state before the step, which is zero at the first step.
        let own = (place.weight_hh.start + unit..place.weight_hh.end).step_by(place.hidden);
        let is_read_here = || { own }.any(|at| !self.masks.is_masked(at));
        (state == 0.0 || !is_read_here()).then_some(state)
    }

    /// Adds to biases what the constant state of a unit contributes to the sums of its readers.
    fn fold(&mut self, layer: usize, unit: usize, state: f32) {
        if state == 0.0 {
            return;
        }
        let mut additions: Vec<(usize, f32)> = Vec::new();
        for (column, biases) in self.read_by(layer, unit) {
            let sums = column.zip(biases).map(|(at, bias)| (bias, self.parameters[at] * state));
            additions.extend(sums);
        }
        // A bias that the unit's module does not have is masked. It is needed now.
        let places = additions.iter().filter(|(_, sum)| *sum != 0.0).map(|(at, _)| *at).collect();
        self.masks.clear(places);
        for (at, sum) in additions {
            self.parameters[at] += sum;
        }
        self.masks.apply(&mut self.parameters);
    }

    /// The network with only the units `keep` of each layer, ascending.
    fn with_units(&self, keep: &[Vec<usize>]) -> Self {
        let old = &self.architecture;
        let resized =
            |(layer, keep): (&Layer, &Vec<usize>)| Layer { size: keep.len(), ..layer.clone() };
        let reads = match &old.reads {
            Reads::LastLayer => Reads::LastLayer,
            Reads::Units(units) => Reads::Units(places_of(units, keep)),
        };
        let layers = old.layers.iter().zip(keep).map(resized).collect();
        let architecture = Architecture { layers, reads, ..old.clone() };

        // In the order of the smaller network's layout.
        let mut from: Vec<usize> = self.layout.embedding.clone().collect();
        for ((layer, places), units) in old.layers.iter().zip(&self.layout.layers).zip(keep) {
            for (block, place) in layer.blocks.iter().zip(places) {
                let mut columns = Vec::new();
                let mut before = 0;
                for &source in &block.sources {
                    match source {
                        Source::Input => columns.extend(before..before + old.source_size(source)),
                        Source::Layer(layer) => {
                            columns.extend(keep[layer].iter().map(|unit| before + unit));
                        }
                    }
                    before += old.source_size(source);
                }
                from.extend(block_places(place, units, &columns));
            }
        }
        let read = old.readout_units();
        let is_kept = |&at: &usize| {
            let (layer, unit) = read[at % read.len()];
            keep[layer].binary_search(&unit).is_ok()
        };
        let [first, others @ ..] = &self.layout.linears[..] else { unreachable!("a readout") };
        let columns: Vec<usize> = (0..first.inputs).filter(is_kept).collect();
        for row in 0..first.outputs {
            let start = first.weight.start + row * first.inputs;
            from.extend(columns.iter().map(|column| start + column));
        }
        from.extend(first.bias.clone());
        for linear in others {
            from.extend(linear.weight.start..linear.bias.end);
        }

        let parameters = from.iter().map(|&place| self.parameters[place]).collect();
        let is_masked = |&at: &usize| self.masks.is_masked(from[at]);
        let masked = (0..from.len()).filter(is_masked).collect();
        debug_assert_eq!(from.len(), Layout::new(&architecture).len());
        Self::new(architecture, parameters, Masks::at(from.len(), masked))
    }
}

/// The places of the parameters of a block that connect `units` and `columns`, in the order of its
/// layout.
fn block_places(place: &BlockLayout, units: &[usize], columns: &[usize]) -> Vec<usize> {
    let rows: Vec<usize> = (0..place.cell.gates())
        .flat_map(|gate| units.iter().map(move |unit| gate * place.hidden + unit))
        .collect();
    let matrix = |range: &Range<usize>, width: usize, columns: &[usize]| -> Vec<usize> {
        let start = range.start;
        let row = |row: &usize| {
            let start = start + row * width;
            columns.iter().map(move |column| start + column).collect::<Vec<_>>()
        };
        rows.iter().flat_map(row).collect()
    };
    let bias = |range: &Range<usize>| rows.iter().map(|row| range.start + row).collect();
    [
        matrix(&place.weight_ih, place.inputs, columns),
        matrix(&place.weight_hh, place.hidden, units),
        bias(&place.bias_ih),
        bias(&place.bias_hh),
    ]
    .concat()
}

/// The new places of those `units` (pairs of a layer and an index in it) that are kept.
fn places_of(units: &[(usize, usize)], keep: &[Vec<usize>]) -> Vec<(usize, usize)> {
    let place =
        |&(layer, unit): &(usize, usize)| Some((layer, keep[layer].binary_search(&unit).ok()?));
    units.iter().filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Batch, Readout, Reference};
    use crate::prune::{Grain, Ranking, Scope, Selection, prune, prune_by};
    use crate::random::Stream;

    fn outputs(network: &Network) -> Vec<f64> {
        let strings: [&[u32]; 4] = [&[1, 2, 3, 4, 0, 8], &[5], &[0, 3, 7], &[4, 4, 1]];
        let mut batch = Batch::new();
        batch.fill(strings.into_iter().zip([0_u32; 4]), Readout::Last);
        let parameters: Vec<f64> = network.parameters().iter().map(|&x| x.into()).collect();
        Reference::new(network.architecture()).forward(&parameters, &batch)
    }

    fn check(network: &Network) -> Vec<usize> {
        let (smaller, left) = network.shrink();
        for (a, b) in outputs(network).iter().zip(outputs(&smaller)) {
            assert!((a - b).abs() < 1e-6 * a.abs().max(1.0), "{a} {b}");
        }
        let sizes = smaller.architecture().layers.iter().map(|layer| layer.size);
        assert!(sizes.eq(left.iter().map(Vec::len)));
        let again = smaller.shrink().0;
        assert_eq!(again, smaller, "nothing is left to take out");
        left.iter().map(Vec::len).collect()
    }

    #[test]
    fn without_pruned_units_a_smaller_network_gives_the_same_outputs() {
        for cell in Cell::ALL {
            for sizes in [&[8][..], &[8, 6], &[5, 8, 7]] {
                let architecture = Architecture::stacked(9, cell, sizes, 3).unwrap();
                let dense = Network::initialise(architecture, 7);
                assert_eq!(check(&dense), sizes);
                for ranking in [Ranking::Global, Ranking::Layer] {
                    let mut network = dense.clone();
                    let (grain, half) = (Grain::Unit, Selection::new(Scope::Both, 50.0));
                    let half = Selection { ranking, grain, ..half };
                    let scores = half.scores(&network, None, 0).unwrap();
                    prune_by(&mut network, &scores, &half).unwrap();
                    let left: usize = check(&network).iter().sum();
                    let all: usize = sizes.iter().sum();
                    assert!(left <= all.div_ceil(2) + 1, "{cell} {sizes:?}: {left}");
                }
            }
        }
    }

    /// Pruning single weights creates units that read nothing, with biases and without.
    #[test]
    fn units_that_read_nothing_become_biases_or_go() {
        for cell in Cell::ALL {
            for percent in [80.0, 95.0, 99.0] {
                let architecture = Architecture::stacked(9, cell, &[12, 12, 12], 3).unwrap();
                let mut network = Network::initialise(architecture, 3);
                prune(&mut network, Scope::Both, percent, Ranking::Global).unwrap();
                let with_biases: usize = check(&network).iter().sum();
                let biases: Vec<usize> = network
                    .layout()
                    .layers
                    .iter()
                    .flatten()
                    .flat_map(|place| place.bias_ih.clone().chain(place.bias_hh.clone()))
                    .collect();
                network.update(|parameters| biases.iter().for_each(|&at| parameters[at] = 0.0));
                let without: usize = check(&network).iter().sum();
                assert!(without <= with_biases, "{cell} {percent}");
                assert!(percent < 99.0 || without <= 20, "{cell}: {without} units left");
            }
        }
    }

    #[test]
    fn a_graphs_network_shrinks_with_its_readout() {
        use crate::graph::{Family, Layering, Orientation, Parameters};
        use crate::wiring::{ReadoutFrom, Skip, Wiring};
        for (skip, readout) in
            [(Skip::Blocks, ReadoutFrom::LastLayer), (Skip::Inputs, ReadoutFrom::Sinks)]
        {
            let parameters = Parameters::default().nodes(30).or(Family::BarabasiAlbert.usual(30));
            let graph = Family::BarabasiAlbert.generate(&parameters, 4).unwrap();
            let layering = Layering::new(&graph, Orientation::Number, 0).unwrap();
            let wiring = Wiring { skip, readout, ..Wiring::new(Cell::Gru) };
            let input = crate::network::Input::Tokens { vocabulary: 9, embedding: 4 };
            let mut network = wiring.network(&layering, input, 2, 1).unwrap();
            let mut chance = Stream::new(1, "test");
            let weights: Vec<usize> = network.layout().weights().flat_map(|w| w.range).collect();
            let places = weights.into_iter().filter(|_| chance.uniform() < 0.9).collect();
            network.mask(&Masks::at(network.layout().len(), places));
            let before: usize = network.architecture().layers.iter().map(|l| l.size).sum();
            let left: usize = check(&network).iter().sum();
            assert!(left < before, "{left} of {before}");
        }
    }
}
