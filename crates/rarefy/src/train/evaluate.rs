//! Scoring a network on sequences that it is not trained on.

use std::ops::Range;

use super::pieces::Pieces;
use super::score::Tally;
use super::{Objective, Readout, Score};
use crate::data::Dataset;
use crate::network::{Asked, Batch, Engine, Masks, Network};

/// The most logits kept at a time while sequences are scored, which matters with many classes: 64
/// MiB.
const MOST_LOGITS: usize = 1 << 24;

/// Steps of a running text that are computed at once.
const PIECE: usize = 64;

/// A running text is read as at most this number of streams, ...
const STREAMS: usize = 32;
/// ... each of at least this number of steps, so that their beginnings hardly matter. The score of a
/// text does not depend on the size of batches.
const LEAST: usize = 1024;

/// Forward passes over whole data sets, with reused buffers.
#[derive(Clone, Debug)]
pub struct Evaluator {
    engine: Engine,
    /// The masks that the engine was built for.
    masks: Masks,
    batch: Batch,
    size: usize,
    readout: Readout,
}

impl Evaluator {
    /// For networks with the architecture of `network`, with `size` sequences at a time. The engine
    /// is rebuilt for a network with other masks.
    pub fn new(network: &Network, size: usize, readout: Readout) -> Self {
        let masks = network.masks().clone();
        Self { engine: Engine::new(network), masks, batch: Batch::new(), size, readout }
    }

    /// Scores `network` on the sequences.
    pub fn score(&mut self, network: &Network, strings: &Dataset) -> Score {
        let mut tally = Tally::of(&strings.targets);
        if strings.is_running() {
            self.each_piece(network, strings, |batch, outputs, _| {
                let targets = batch.targets();
                let objective = Objective::new(targets, None);
                tally.add(objective.differentiate(outputs, 0..targets.len(), &mut Vec::new()));
            });
            return tally.score();
        }
        let mut rows = 0..0;
        while rows.end < strings.len() {
            rows = self.part(network, strings, rows.end);
            let outputs = self.outputs_of(network, strings, rows.clone());
            self.tally(&outputs, strings, rows.clone(), &mut tally);
        }
        tally.score()
    }

    /// The score for `outputs` `[reads][C]`, as returned by [`Evaluator::logits`].
    pub fn score_of(&self, outputs: &[f32], strings: &Dataset) -> Score {
        let mut tally = Tally::of(&strings.targets);
        self.tally(outputs, strings, 0..strings.len(), &mut tally);
        tally.score()
    }

    /// Adds the loss of each batch to `tally`, with the same batches as in scoring.
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

    /// Consecutive whole batches from row `first` on, so that scoring in parts gives the same
    /// result as scoring all at once.
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

    /// The outputs at each read, `[reads][C]`: one for each sequence, or one for each step that has
    /// a target.
    ///
    /// Sequences that are read at their own last step are processed in order of length. That avoids
    /// most of the padding and does not change results.
    pub fn logits(&mut self, network: &Network, strings: &Dataset) -> Vec<f32> {
        if strings.is_running() {
            let width = network.architecture().classes;
            let mut all = vec![0.0; strings.targets.get(0).reads() * width];
            self.each_piece(network, strings, |_, outputs, ranges| {
                let mut rest = outputs;
                for range in ranges {
                    let outputs;
                    (outputs, rest) = rest.split_at(range.len() * width);
                    all[range.start * width..range.end * width].copy_from_slice(outputs);
                }
            });
            return all;
        }
        self.outputs_of(network, strings, 0..strings.len())
    }

    /// Rebuilds the engine if the network has other masks than before; returns its packed
    /// parameters.
    fn prepare(&mut self, network: &Network) -> Vec<f32> {
        if self.masks != *network.masks() {
            self.engine = Engine::new(network);
            self.masks.clone_from(network.masks());
        }
        self.engine.packing().pack(network.parameters())
    }

    /// Calls a function with each piece of a running text, its outputs `[reads][C]`, and where each
    /// stream's piece is in the text. Each stream begins with a state of zeros.
    fn each_piece(
        &mut self,
        network: &Network,
        text: &Dataset,
        mut see: impl FnMut(&Batch, &[f32], Vec<Range<usize>>),
    ) {
        let parameters = self.prepare(network);
        let streams = (text.get(0).0.len() / LEAST).clamp(1, STREAMS);
        let pieces = Pieces::new(text, streams, PIECE);
        for number in 0..pieces.len() {
            pieces.fill(number, text, &mut self.batch);
            let outputs = self.engine.forward(&parameters, &self.batch);
            see(&self.batch, outputs, pieces.ranges(number).collect());
        }
    }

    /// The same for these rows.
    fn outputs_of(&mut self, network: &Network, strings: &Dataset, rows: Range<usize>) -> Vec<f32> {
        let width = network.architecture().classes;
        let first = rows.start;
        // Where the outputs of each row begin, followed by the end of the last.
        let mut places = vec![0];
        for row in rows.clone() {
            let reads = strings.targets.get(row).reads();
            places.push(places[places.len() - 1] + reads * width);
        }
        let mut order: Vec<usize> = rows.collect();
        if self.readout != Readout::Padded {
            order.sort_by_key(|&at| strings.get(at).0.len());
        }
        let parameters = self.prepare(network);
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
