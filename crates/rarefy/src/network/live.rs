//! Which units can reach the readout through weights that are not masked.
//!
//! The output of any other unit is never used, and its weights get no gradient, so it need not be
//! computed.

use std::ops::Range;

use super::{Architecture, Block, Layout, Masks, Source};

/// For each layer, its units that reach one of those in `read_out` (pairs of a layer and an index
/// in it), ascending. A unit reaches them through the layer's output or through other units of the
/// layer.
pub(super) fn live_units(
    architecture: &Architecture,
    layout: &Layout,
    masks: &Masks,
    read_out: &[(usize, usize)],
) -> Vec<Vec<usize>> {
    // Whether a live unit or the readout reads each unit of a layer.
    let mut read: Vec<Vec<bool>> =
        architecture.layers.iter().map(|layer| vec![false; layer.size]).collect();
    for &(layer, unit) in read_out {
        read[layer][unit] = true;
    }
    for (layer, blocks) in layout.layers.iter().enumerate().rev() {
        let (below, here) = read.split_at_mut(layer);
        let units = &mut here[0];
        for place in blocks {
            let reads = reads(masks, &place.weight_hh, place.hidden, place.hidden);
            let mut open: Vec<usize> = (0..place.hidden).filter(|&unit| units[unit]).collect();
            while let Some(unit) = open.pop() {
                for (before, _) in reads[unit * place.hidden..][..place.hidden]
                    .iter()
                    .enumerate()
                    .filter(|reads| *reads.1)
                {
                    if !units[before] {
                        units[before] = true;
                        open.push(before);
                    }
                }
            }
        }
        for (place, block) in blocks.iter().zip(&architecture.layers[layer].blocks) {
            let reads = reads(masks, &place.weight_ih, place.hidden, place.inputs);
            for (inputs, _) in reads.chunks_exact(place.inputs).zip(&*units).filter(|row| *row.1) {
                let mut rest = inputs;
                for &source in &block.sources {
                    let inputs;
                    (inputs, rest) = rest.split_at(architecture.source_size(source));
                    let Source::Layer(source) = source else { continue };
                    for (read, &reads) in below[source].iter_mut().zip(inputs) {
                        *read |= reads;
                    }
                }
            }
        }
    }
    let live = |units: Vec<bool>| (0..units.len()).filter(|&unit| units[unit]).collect();
    read.into_iter().map(live).collect()
}

/// For each source of a block, the columns of its input weights that are fed by live units or by
/// the network's input.
pub(super) fn live_inputs(
    architecture: &Architecture,
    block: &Block,
    live: &[Vec<usize>],
) -> Vec<(Source, Vec<usize>)> {
    let mut first = 0;
    let inputs = block.sources.iter().map(|&source| {
        let size = architecture.source_size(source);
        let columns = match source {
            Source::Input => (first..first + size).collect(),
            Source::Layer(layer) => live[layer].iter().map(|unit| first + unit).collect(),
        };
        first += size;
        (source, columns)
    });
    inputs.collect()
}

/// The indices of `units`, pairs of a layer and an index in it, among the live units.
///
/// # Panics
/// If one of them is not live.
pub(super) fn live_places(units: &[(usize, usize)], live: &[Vec<usize>]) -> Vec<(usize, usize)> {
    let place = |&(layer, unit): &(usize, usize)| {
        (layer, live[layer].binary_search(&unit).expect("what is read is live"))
    };
    units.iter().map(place).collect()
}

/// `[units][inputs]`: whether any gate of the unit has an unmasked weight for the input, in the
/// matrix `[G * units][inputs]` at `range`.
fn reads(masks: &Masks, range: &Range<usize>, units: usize, inputs: usize) -> Vec<bool> {
    let gates = range.len() / (units * inputs);
    let mut masked = vec![0; units * inputs];
    for place in masks.masked_in(range.clone()) {
        masked[(place - range.start) % (units * inputs)] += 1;
    }
    masked.into_iter().map(|masked| masked < gates).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;

    #[test]
    fn without_masks_every_unit_is_live() {
        let stack = Architecture::stacked(9, Cell::Gru, &[3, 4], 2).unwrap();
        let layout = Layout::new(&stack);
        let live = live_units(&stack, &layout, &Masks::none(layout.len()), &stack.readout_units());
        assert_eq!(live, [vec![0, 1, 2], vec![0, 1, 2, 3]]);
    }

    #[test]
    fn a_unit_lives_through_later_layers_or_through_units_beside_it() {
        let stack = Architecture::stacked(9, Cell::RnnTanh, &[3, 2], 2).unwrap();
        let layout = Layout::new(&stack);
        let (below, above) = (&layout.layers[0][0], &layout.layers[1][0]);
        // The upper layer reads only unit 0. Of the units below, unit 0 reads unit 1 and itself.
        let ih = (0..6).filter(|at| at % 3 != 0).map(|at| above.weight_ih.start + at);
        let hh = (2..9).map(|at| below.weight_hh.start + at);
        let masks = Masks::at(layout.len(), ih.chain(hh).collect());
        let live = live_units(&stack, &layout, &masks, &stack.readout_units());
        assert_eq!(live, [[0, 1], [0, 1]]);
    }

    #[test]
    fn one_gate_that_reads_a_unit_keeps_it_alive() {
        let stack = Architecture::stacked(9, Cell::Lstm, &[1, 1], 2).unwrap();
        let layout = Layout::new(&stack);
        let above = layout.layers[1][0].weight_ih.clone();
        let masked = |gates: usize| {
            let places = above.clone().take(gates).chain(layout.layers[0][0].weight_hh.clone());
            let masks = Masks::at(layout.len(), places.collect());
            live_units(&stack, &layout, &masks, &stack.readout_units())[0].len()
        };
        assert_eq!((masked(3), masked(4)), (1, 0));
    }
}
