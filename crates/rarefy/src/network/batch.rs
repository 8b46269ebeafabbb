//! Strings side by side, time-major, as a network reads them.

use serde::{Deserialize, Serialize};

/// Where the network's answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readout {
    /// At the batch's last step, after the padding was fed too (the thesis's way):
    /// the answer depends on which strings share a batch.
    Padded,
    /// At each string's own last character: independent of batching.
    Last,
}

/// `B` strings of token ids, padded at the end with token 0 to the longest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    steps: usize,
    /// `[T][B]`
    tokens: Vec<u32>,
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

    /// Replaces the content by `strings`, each with its target class.
    ///
    /// # Panics
    /// When there is no string, or one is empty.
    pub fn fill<'a>(
        &mut self,
        strings: impl Iterator<Item = (&'a [u32], u32)> + Clone,
        readout: Readout,
    ) {
        self.targets.clear();
        self.read_at.clear();
        for (tokens, target) in strings.clone() {
            assert!(!tokens.is_empty(), "a batch holds no empty string");
            self.targets.push(target);
            self.read_at.push(tokens.len() - 1);
        }
        let count = self.targets.len();
        let longest = self.read_at.iter().max().expect("a batch holds at least one string");
        self.steps = longest + 1;
        self.tokens.clear();
        self.tokens.resize(self.steps * count, 0);
        for (column, (tokens, _)) in strings.enumerate() {
            for (step, &token) in tokens.iter().enumerate() {
                self.tokens[step * count + column] = token;
            }
        }
        if readout == Readout::Padded {
            self.read_at.fill(self.steps - 1);
        }
    }

    /// `T`: characters of the longest string.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// `B`: strings.
    pub fn count(&self) -> usize {
        self.targets.len()
    }

    /// Token ids of one step, `[B]`.
    pub fn tokens(&self, step: usize) -> &[u32] {
        &self.tokens[step * self.count()..][..self.count()]
    }

    /// The step after which each string's answer is read, `[B]`.
    pub fn read_at(&self) -> &[usize] {
        &self.read_at
    }

    /// The class each string belongs to, `[B]`.
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
}
