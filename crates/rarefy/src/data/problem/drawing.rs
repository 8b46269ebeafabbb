//! What is drawn for an experiment.

use super::Problem;
use crate::data::SeriesSet;
use crate::random::Stream;

/// Series of a problem to learn from and to test on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// The problem.
    pub problem: Problem,
    /// Number of series to learn from, at least 1.
    pub count: usize,
    /// Number of series to test on, at least 1.
    pub test_count: usize,
    /// The seed of every draw.
    pub seed: u64,
}

impl Drawing {
    /// Names of the files of both parts.
    pub const FILES: [&str; 2] = ["train.npz", "test.npz"];

    /// Draws the series to learn from, and those to test on.
    ///
    /// # Panics
    /// If a setting is smaller than it can be. [`DrawingOptions::checked`] gives none that are.
    ///
    /// [`DrawingOptions::checked`]: super::DrawingOptions::checked
    pub fn draw(&self) -> [SeriesSet<'static>; 2] {
        [("train", self.count), ("test", self.test_count)]
            .map(|(part, count)| self.problem.draw(count, &mut Stream::new(self.seed, part)))
    }
}
