//! Sequences side by side, time-major, as a network reads them.

use crate::data::Sequence;
use crate::named;

named! {
    /// Where the network's answer is read.
    #[derive(PartialOrd)]
    pub enum Readout: "readout" {
        /// At the last step of the padded batch, as in the thesis. The padding was fed too, so the answer
        /// depends on which sequences share a batch.
        Padded = "padded",
        /// At each sequence's own last step. Independent of batching.
        Last = "last",
    }
}

/// `B` sequences, padded at the end to the longest: with token 0, or with zeros.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    steps: usize,
    /// `[T][B]`; empty where numbers enter.
    tokens: Vec<u32>,
    /// `C`; 0 where tokens enter.
    channels: usize,
    /// `[T][C][B]`; empty where tokens enter.
    numbers: Vec<f32>,
    /// `[B]`
    read_at: Vec<usize>,
    /// `[B]`
    targets: Vec<u32>,
}

impl Batch {
    /// An empty batch, to be filled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the content by `sequences`, each with its target class.
    ///
    /// # Panics
    /// When there is no sequence, or one is empty, or they are of different kinds.
    pub fn fill<'a, S: Into<Sequence<'a>>>(
        &mut self,
        sequences: impl Iterator<Item = (S, u32)> + Clone,
        readout: Readout,
    ) {
        self.targets.clear();
        self.read_at.clear();
        let mut tokens = 0;
        self.channels = 0;
        for (sequence, target) in sequences.clone() {
            let sequence = sequence.into();
            assert!(!sequence.is_empty(), "a batch holds no empty sequence");
            self.targets.push(target);
            self.read_at.push(sequence.len() - 1);
            match sequence {
                Sequence::Tokens(_) => tokens += 1,
                Sequence::Series { channels, .. } => self.channels = channels,
            }
        }
        let count = self.targets.len();
        let longest = self.read_at.iter().max().expect("a batch holds at least one sequence");
        self.steps = longest + 1;
        self.tokens.clear();
        self.numbers.clear();
        match self.channels {
            0 => self.tokens.resize(self.steps * count, 0),
            channels => self.numbers.resize(self.steps * channels * count, 0.0),
        }
        assert!([0, count].contains(&tokens), "a batch holds tokens or series, not both");
        for (column, (sequence, _)) in sequences.enumerate() {
            match sequence.into() {
                Sequence::Tokens(tokens) => {
                    for (step, &token) in tokens.iter().enumerate() {
                        self.tokens[step * count + column] = token;
                    }
                }
                Sequence::Series { channels, values } => {
                    assert_eq!(channels, self.channels, "series of different channels");
                    for (at, &value) in values.iter().enumerate() {
                        self.numbers[at * count + column] = value;
                    }
                }
            }
        }
        if readout == Readout::Padded {
            self.read_at.fill(self.steps - 1);
        }
    }

    /// `T`: steps of the longest sequence.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// `B`: sequences.
    pub fn count(&self) -> usize {
        self.targets.len()
    }

    /// Token ids of one step, `[B]`.
    ///
    /// # Panics
    /// When numbers enter.
    pub fn tokens(&self, step: usize) -> &[u32] {
        &self.tokens[step * self.count()..][..self.count()]
    }

    /// Numbers of one step, `[C][B]`; empty where tokens enter.
    pub fn numbers(&self, step: usize) -> &[f32] {
        let size = self.channels * self.count();
        &self.numbers[step * size..][..size]
    }

    /// The step after which each sequence's answer is read, `[B]`.
    pub fn read_at(&self) -> &[usize] {
        &self.read_at
    }

    /// The class each sequence belongs to, `[B]`.
    pub fn targets(&self) -> &[u32] {
        &self.targets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_strings_are_padded_and_read_where_the_readout_says() {
        let strings: [(&[u32], u32); 2] = [(&[5, 6, 7], 1), (&[8], 0)];
        let mut batch = Batch::new();
        batch.fill(strings.into_iter(), Readout::Padded);
        assert_eq!((batch.steps(), batch.count(), batch.targets()), (3, 2, &[1, 0][..]));
        assert_eq!([batch.tokens(0), batch.tokens(1), batch.tokens(2)], [[5, 8], [6, 0], [7, 0]]);
        assert_eq!(batch.read_at(), [2, 2]);
        batch.fill(strings.into_iter(), Readout::Last);
        assert_eq!(batch.read_at(), [2, 0]);
    }

    #[test]
    fn series_stand_channel_by_channel_and_end_in_zeros() {
        let long = Sequence::Series { channels: 2, values: &[1.0, 2.0, 3.0, 4.0] };
        let short = Sequence::Series { channels: 2, values: &[5.0, 6.0] };
        let mut batch = Batch::new();
        batch.fill([(long, 0), (short, 1)].into_iter(), Readout::Last);
        assert_eq!((batch.steps(), batch.count(), batch.read_at()), (2, 2, &[1, 0][..]));
        assert_eq!(
            [batch.numbers(0), batch.numbers(1)],
            [[1.0, 5.0, 2.0, 6.0], [3.0, 0.0, 4.0, 0.0]]
        );
    }
}
