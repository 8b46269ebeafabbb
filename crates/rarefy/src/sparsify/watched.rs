//! What moved in a network's masks, from epoch to epoch.

use std::collections::BTreeMap;

use crate::connections::balanced_share;
use crate::network::{Masks, Network, Part};
use crate::prune::sparsity;
use crate::train::Moved;

/// The masks that later ones are compared with.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    first: Masks,
    before: Masks,
    /// What the magnitudes of the initial network rank: its recurrent weights by matrix, the largest
    /// first.
    largest: Vec<Vec<usize>>,
}

impl Watched {
    /// `initial` is the network before anything was done to it, `now` as its training begins.
    pub fn new(initial: &Network, now: &Masks) -> Self {
        let weights = initial.parameters();
        let largest = initial.layout().weights().map(|weight| {
            let mut places: Vec<usize> = weight.range.collect();
            places.sort_by(|&a, &b| weights[b].abs().total_cmp(&weights[a].abs()));
            places
        });
        Self { first: now.clone(), before: now.clone(), largest: largest.collect() }
    }

    /// What moved since this was last asked, or since the training began.
    pub fn moved(&mut self, network: &Network) -> Moved {
        let account = sparsity(network);
        let mut gates: BTreeMap<String, [usize; 2]> = BTreeMap::new();
        for (weight, own) in network.layout().weights().zip(&account.weights) {
            let part = match weight.part {
                Part::Ih => "ih",
                Part::Hh => "hh",
            };
            for gate in &own.gates {
                let [masked, count] = gates.entry(format!("{part}.{}", gate.name)).or_default();
                (*masked, *count) = (*masked + gate.masked, *count + gate.count);
            }
        }
        let gates =
            gates.into_iter().map(|(gate, [masked, count])| (gate, masked as f64 / count as f64));

        let masks = network.masks();
        let (mut left, mut first, mut before, mut magnitude) = (0, 0, 0, 0);
        for (weight, largest) in network.layout().weights().zip(&self.largest) {
            let kept = masks.kept_in(weight.range.clone());
            let count = kept.iter().filter(|kept| **kept).count();
            let both = |other: &Masks| {
                let other = other.kept_in(weight.range.clone());
                kept.iter().zip(other).filter(|(now, then)| **now && *then).count()
            };
            left += count;
            first += both(&self.first);
            before += both(&self.before);
            let start = weight.range.start;
            magnitude += largest[..count].iter().filter(|&&place| kept[place - start]).count();
        }
        self.before = masks.clone();
        let share = |of: usize| if left == 0 { 1.0 } else { of as f64 / left as f64 };
        Moved {
            sparsity: account.sparsity,
            gates: gates.collect(),
            replaced: 1.0 - share(before),
            first: share(first),
            magnitude: share(magnitude),
            balanced: balanced_share(network),
        }
    }
}
