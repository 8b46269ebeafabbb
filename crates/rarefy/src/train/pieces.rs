//! The batches of an epoch: rows in a random order, or the pieces of a running text.

use std::ops::Range;

use super::Training;
use crate::data::Dataset;
use crate::network::{Batch, Readout};

/// A running text as several streams side by side, which are read piece by piece. States go on from
/// one piece to the next, and gradients do not: truncated back-propagation through time.
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    /// Of nearly the same length, the longer ones first.
    streams: Vec<Range<usize>>,
    /// Steps of a piece.
    steps: usize,
}

impl Pieces {
    /// The text of `data` as `streams` streams, or as many as it has steps, in pieces of `steps`
    /// steps.
    pub(super) fn new(data: &Dataset, streams: usize, steps: usize) -> Self {
        let all = data.get(0).0.len();
        let count = streams.min(all);
        let (length, longer) = (all / count, all % count);
        let start = |stream: usize| stream * length + stream.min(longer);
        let streams = (0..count).map(|stream| start(stream)..start(stream + 1)).collect();
        Self { streams, steps }
    }

    /// The number of pieces.
    pub(super) fn len(&self) -> usize {
        self.streams[0].len().div_ceil(self.steps)
    }

    /// Where the piece of each stream is in the text. Only in the last piece, the last streams may
    /// have ended.
    pub(super) fn ranges(&self, number: usize) -> impl Iterator<Item = Range<usize>> + Clone {
        let from = number * self.steps;
        self.streams.iter().filter(move |stream| stream.len() > from).map(move |stream| {
            let start = stream.start + from;
            start..stream.end.min(start + self.steps)
        })
    }

    /// Fills `batch` with a piece.
    pub(super) fn fill(&self, number: usize, data: &Dataset, batch: &mut Batch) {
        batch.fill(self.ranges(number).map(|range| data.part(range)), Readout::Last);
        batch.set_piece(number == 0);
    }
}

/// The batches of an epoch.
pub(super) enum Batches {
    /// Rows in this order.
    Rows(Vec<usize>),
    /// Pieces of a running text, in its order.
    Pieces(Pieces),
}

impl Batches {
    /// `order` gives the order of rows.
    pub(super) fn of(
        data: &Dataset,
        training: &Training,
        order: impl FnOnce() -> Vec<usize>,
    ) -> Self {
        match data.is_running() {
            true => Self::Pieces(Pieces::new(data, training.batch, training.bptt)),
            false => Self::Rows(order()),
        }
    }

    /// Fills `batch` with the next batch; false if there is none.
    pub(super) fn fill(
        &self,
        number: usize,
        data: &Dataset,
        training: &Training,
        batch: &mut Batch,
    ) -> bool {
        match self {
            Self::Rows(order) => {
                let Some(members) = order.chunks(training.batch).nth(number) else { return false };
                batch.fill(members.iter().map(|&at| data.get(at)), training.readout);
                true
            }
            Self::Pieces(pieces) if number < pieces.len() => {
                pieces.fill(number, data, batch);
                true
            }
            Self::Pieces(_) => false,
        }
    }
}

impl Training {
    /// The number of updates in an epoch of `data`: one for each batch, or each piece of a running
    /// text.
    pub fn updates_per_epoch(&self, data: &Dataset) -> u64 {
        let count = match data.is_running() {
            true => Pieces::new(data, self.batch.max(1), self.bptt.max(1)).len(),
            false => data.len().div_ceil(self.batch.max(1)),
        };
        count as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Sequence, Sequences, Target, Targets};

    #[test]
    fn pieces_have_every_step_once_with_the_token_that_follows() {
        for (all, streams, steps) in [(100, 3, 7), (10, 10, 4), (5, 32, 2), (64, 4, 16), (9, 4, 2)]
        {
            let tokens: Vec<u32> = (0..=all as u32).collect();
            let data = Dataset {
                sequences: Sequences::Tokens(vec![tokens[..all].to_vec()]),
                targets: Targets::Next(vec![tokens[1..].to_vec()]),
            };
            let pieces = Pieces::new(&data, streams, steps);
            let mut seen = Vec::new();
            let mut ends: Vec<usize> = Vec::new();
            for number in 0..pieces.len() {
                let ranges: Vec<Range<usize>> = pieces.ranges(number).collect();
                for (stream, range) in ranges.iter().enumerate() {
                    assert!(range.len() <= steps && !range.is_empty());
                    // Each goes on where the last piece of its stream ended.
                    match ends.get(stream) {
                        Some(end) if number > 0 => assert_eq!(*end, range.start),
                        _ => assert_eq!(number, 0),
                    }
                    let (Sequence::Tokens(read), Target::Next(next)) = data.part(range.clone())
                    else {
                        panic!("tokens")
                    };
                    assert!(read.iter().zip(next).all(|(read, next)| read + 1 == *next));
                    seen.extend(range.clone());
                }
                ends = ranges.iter().map(|range| range.end).collect();
            }
            seen.sort_unstable();
            assert_eq!(seen, (0..all).collect::<Vec<_>>(), "{all} {streams} {steps}");
        }
    }
}
