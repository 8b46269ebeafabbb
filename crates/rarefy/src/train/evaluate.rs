//! Scoring a network on strings it is not trained on.

use std::ops::Range;

use super::score::Tally;
use super::{Objective, Readout, Score};
use crate::data::Dataset;
use crate::network::{Asked, Batch, Engine, Masks, Network};

/// Of many classes, no more logits than these are kept while strings are scored: 64 MiB.
const MOST_LOGITS: usize = 1 << 24;

/// Forward passes over whole data sets, with buffers that are kept.
#[derive(Clone, Debug)]
pub struct Evaluator {
    engine: Engine,
    /// That the engine was built for.
    masks: Masks,
    batch: Batch,
    size: usize,
    readout: Readout,
}

impl Evaluator {
    /// For networks of the architecture of `network`, `size` strings at a time. It is built
    /// again when it meets other masks.
    pub fn new(network: &Network, size: usize, readout: Readout) -> Self {
        let masks = network.masks().clone();
        Self { engine: Engine::new(network), masks, batch: Batch::new(), size, readout }
    }

    /// Scores `network` on `strings`.
    pub fn score(&mut self, network: &Network, strings: &Dataset) -> Score {
        let mut tally = Tally::default();
        let mut rows = 0..0;
        while rows.end < strings.len() {
            rows = self.part(network, strings, rows.end);
            let outputs = self.outputs_of(network, strings, rows.clone());
            self.tally(&outputs, strings, rows.clone(), &mut tally);
        }
        tally.score()
    }

    /// The score of `outputs` `[reads][C]`, as [`Evaluator::logits`] gives them.
    pub fn score_of(&self, outputs: &[f32], strings: &Dataset) -> Score {
        let mut tally = Tally::default();
        self.tally(outputs, strings, 0..strings.len(), &mut tally);
        tally.score()
    }

    /// Takes in the loss of each batch, of as many rows as there are at a time.
    fn tally(&self, outputs: &[f32], strings: &Dataset, rows: Range<usize>, tally: &mut Tally) {
        let (mut asked, mut unused, mut rest) = (Asked::default(), Vec::new(), outputs);
        let reads: usize = rows.clone().map(|row| strings.targets.get(row).reads()).sum();
        let width = outputs.len() / reads.max(1);
        for first in rows.clone().step_by(self.size) {
            let rows = first..rows.end.min(first + self.size);
            asked.clear();
            rows.for_each(|row| asked.push(strings.targets.get(row)));
            let targets = asked.targets();
            let of_batch;
            (of_batch, rest) = rest.split_at(targets.len() * width);
            tally.see(of_batch, targets);
            let objective = Objective::new(targets, None);
            tally.add(objective.differentiate(of_batch, 0..targets.len(), &mut unused));
        }
    }

    /// Whole batches from row `first` on, so that parts give what all at once do.
    fn part(&self, network: &Network, strings: &Dataset, first: usize) -> Range<usize> {
        let mut left = MOST_LOGITS / network.architecture().classes;
        let mut end = first;
        while end < strings.len() && left > 0 {
            let batch = end..strings.len().min(end + self.size);
            end = batch.end;
            let reads: usize = batch.map(|row| strings.targets.get(row).reads()).sum();
            left = left.saturating_sub(reads);
        }
        first..end
    }

    /// The outputs at each read of `strings`, `[reads][C]`: one for each sequence, or one for
    /// each step that has a target.
    ///
    /// Strings that are read at their own last character go through sorted by length,
    /// which spares most of the padding and changes no result.
    pub fn logits(&mut self, network: &Network, strings: &Dataset) -> Vec<f32> {
        self.outputs_of(network, strings, 0..strings.len())
    }

    /// The same of the strings of these rows.
    fn outputs_of(&mut self, network: &Network, strings: &Dataset, rows: Range<usize>) -> Vec<f32> {
        let width = network.architecture().classes;
        let first = rows.start;
        // Where each row's outputs begin, and where the last one's end.
        let mut places = vec![0];
        for row in rows.clone() {
            let reads = strings.targets.get(row).reads();
            places.push(places[places.len() - 1] + reads * width);
        }
        let mut order: Vec<usize> = rows.collect();
        if self.readout == Readout::Last {
            order.sort_by_key(|&at| strings.get(at).0.len());
        }
        if self.masks != *network.masks() {
            self.engine = Engine::new(network);
            self.masks.clone_from(network.masks());
        }
        let parameters = self.engine.packing().pack(network.parameters());
        let mut all = vec![0.0; places[places.len() - 1]];
        for members in order.chunks(self.size) {
            self.batch.fill(members.iter().map(|&at| strings.get(at)), self.readout);
            let mut rest = self.engine.forward(&parameters, &self.batch);
            for &at in members {
                let place = places[at - first]..places[at - first + 1];
                let outputs;
                (outputs, rest) = rest.split_at(place.len());
                all[place].copy_from_slice(outputs);
            }
        }
        all
    }
}
