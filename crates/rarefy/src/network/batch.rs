//! A batch of sequences, time-major, in the form that a network reads.

use std::ops::Range;

use super::Pooling;
use crate::data::{Encoding, Sequence, Target, Vocabulary};
use crate::named;

named! {
    /// At which step the network's answer is read.
    #[derive(PartialOrd)]
    pub enum Readout: "readout" {
        /// At the last step of the padded batch, as in the thesis. The padding was fed too, so the
        /// answer depends on which sequences share a batch.
        Padded = "padded",
        /// At each sequence's own last step. Independent of batching. Layers that read backwards are
        /// read where they end: at the first step.
        Last = "last",
        /// At each sequence's own last step, also in layers that read backwards: PyTorch's
        /// `output[:, -1]`.
        LastStep = "last-step",
        /// The mean over all steps of each sequence.
        Mean = "mean",
        /// All steps side by side, for sequences of one length.
        All = "all",
    }
}

impl Readout {
    /// Where the answer is read unless it is said: the thesis's way for its kind of data, and
    /// independent of padding for others.
    pub fn usual(encoding: &Encoding) -> Self {
        match encoding.vocabulary().and_then(Vocabulary::characters) {
            Some(_) => Self::Padded,
            None => Self::Last,
        }
    }

    /// The steps that a network reads for this readout of sequences. `steps` is their common
    /// length, if they have one.
    ///
    /// # Errors
    /// If all steps are to be read of sequences of different lengths.
    pub fn pooling(self, steps: Option<usize>) -> Result<Pooling, DifferentLengths> {
        match (self, steps) {
            (Self::Padded | Self::Last, _) => Ok(Pooling::Last),
            (Self::LastStep, _) => Ok(Pooling::LastStep),
            (Self::Mean, _) => Ok(Pooling::Mean),
            (Self::All, Some(steps)) => Ok(Pooling::All { steps }),
            (Self::All, None) => Err(DifferentLengths),
        }
    }
}

/// All steps of sequences cannot be read side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "readout all needs sequences of one length, but they differ: use readout mean or last, or cut \
     or pad them"
)]
pub struct DifferentLengths;

/// `B` sequences, padded at the end to the longest with token 0 or with zeros. It also holds where
/// the network's answers are read, and what they should be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    steps: usize,
    count: usize,
    /// `[T][B]`; empty if the input is numbers.
    tokens: Vec<u32>,
    /// `C`; 0 if the input is tokens.
    channels: usize,
    /// `[T][C][B]`; empty if the input is tokens.
    numbers: Vec<f32>,
    /// `[B]`: steps of each sequence. Padding that is fed counts.
    lengths: Vec<usize>,
    /// Ordered by column, then by step.
    reads: Vec<Read>,
    /// Whether targets are per step.
    each_step: bool,
    /// Whether the next token is asked.
    next: bool,
    /// Of a running text: whether it is the first piece.
    first_piece: Option<bool>,
    asked: Asked,
}

/// The targets of reads, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Asked {
    /// `[reads]`; empty if the targets are numbers.
    classes: Vec<u32>,
    /// `K`; 0 if the targets are classes.
    outputs: usize,
    /// `[reads][K]`; empty if the targets are classes.
    values: Vec<f32>,
}

/// Where one answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// The sequence's index in the batch.
    pub column: usize,
    /// The step of the sequence after which the answer is read.
    pub step: usize,
}

/// What the answers should be.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum ReadTargets<'a> {
    /// A class per read, `[reads]`.
    Classes(&'a [u32]),
    /// Numbers for each read.
    Numbers {
        /// `K`: how many per read.
        outputs: usize,
        /// `[reads][K]`
        values: &'a [f32],
    },
}

impl ReadTargets<'_> {
    /// The number of reads.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes(classes) => classes.len(),
            Self::Numbers { outputs, values } => values.len() / outputs,
        }
    }

    /// Whether there are no reads.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The targets of some of the reads.
    ///
    /// # Panics
    /// If there are fewer reads.
    #[must_use]
    pub fn of(self, reads: Range<usize>) -> Self {
        match self {
            Self::Classes(classes) => Self::Classes(&classes[reads]),
            Self::Numbers { outputs, values } => {
                let values = &values[reads.start * outputs..reads.end * outputs];
                Self::Numbers { outputs, values }
            }
        }
    }
}

impl Batch {
    /// An empty batch, to be filled later.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the content by `sequences` with their targets. A sequence with a target for each
    /// step is read at every step that has one; the others are read where `readout` says.
    ///
    /// # Panics
    /// If there are no sequences, if one is empty, if sequences or targets are of different kinds,
    /// or if a sequence with a target for each step has another number of targets than steps.
    pub fn fill<'a, S: Into<Sequence<'a>>, T: Into<Target<'a>>>(
        &mut self,
        sequences: impl Iterator<Item = (S, T)> + Clone,
        readout: Readout,
    ) {
        (self.steps, self.count, self.channels) = (0, 0, 0);
        let mut tokens = 0;
        for (sequence, _) in sequences.clone() {
            let sequence = sequence.into();
            assert!(!sequence.is_empty(), "a batch holds no empty sequence");
            self.count += 1;
            self.steps = self.steps.max(sequence.len());
            match sequence {
                Sequence::Tokens(_) => tokens += 1,
                Sequence::Series { scaling, .. } => self.channels = scaling.channels(),
            }
        }
        let count = self.count;
        assert!(count > 0, "a batch holds at least one sequence");
        assert!([0, count].contains(&tokens), "a batch holds tokens or series, not both");
        self.tokens.clear();
        self.numbers.clear();
        match self.channels {
            0 => self.tokens.resize(self.steps * count, 0),
            channels => self.numbers.resize(self.steps * channels * count, 0.0),
        }
        self.reads.clear();
        self.lengths.clear();
        (self.each_step, self.next) = (false, false);
        self.first_piece = None;
        self.asked.clear();
        for (column, (sequence, target)) in sequences.enumerate() {
            let sequence = sequence.into();
            match sequence {
                Sequence::Tokens(tokens) => {
                    for (step, &token) in tokens.iter().enumerate() {
                        self.tokens[step * count + column] = token;
                    }
                }
                Sequence::Series { scaling, values } => {
                    assert_eq!(scaling.channels(), self.channels, "series of different channels");
                    for (at, value) in scaling.scaled(values).enumerate() {
                        self.numbers[at * count + column] = value;
                    }
                }
            }
            let (target, steps) = (target.into(), sequence.len());
            let fed = match readout {
                Readout::Padded => self.steps,
                Readout::Last | Readout::LastStep | Readout::Mean | Readout::All => steps,
            };
            self.lengths.push(fed);
            let asked = target.steps().unwrap_or(steps);
            assert_eq!(asked, steps, "targets of {asked} steps for a sequence of {steps}");
            let mut read = |step| self.reads.push(Read { column, step });
            match target {
                Target::Class(_) | Target::Numbers(_) => read(fed - 1),
                Target::StepNumbers { .. } | Target::Next(_) => (0..steps).for_each(read),
                Target::StepClasses(classes) => {
                    (0..steps).filter(|&step| classes[step].is_some()).for_each(read);
                }
            }
            self.each_step |= target.steps().is_some();
            self.next |= matches!(target, Target::Next(_));
            self.asked.push(target);
        }
    }

    /// `T`: the number of steps of the longest sequence.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// `B`: the number of sequences.
    pub fn count(&self) -> usize {
        self.count
    }

    /// `[B]`: the number of steps of each sequence, including padding if it is fed.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// Whether there is a target for each step, instead of one for each sequence.
    pub fn asks_each_step(&self) -> bool {
        self.each_step
    }

    /// Whether the next token is asked at each step.
    pub(super) fn asks_next(&self) -> bool {
        self.next
    }

    /// Marks it as a piece of running texts, one per sequence: all but the `first` go on from the
    /// states in which the engine was after the piece before.
    pub fn set_piece(&mut self, first: bool) {
        self.first_piece = Some(first);
    }

    /// Whether it is the first piece of running texts; `None` if it is of whole sequences.
    pub(super) fn first_piece(&self) -> Option<bool> {
        self.first_piece
    }

    /// Token ids of one step, `[B]`.
    ///
    /// # Panics
    /// If the input is numbers.
    pub fn tokens(&self, step: usize) -> &[u32] {
        &self.tokens[step * self.count()..][..self.count()]
    }

    /// Numbers of one step, `[C][B]`; empty if the input is tokens.
    pub fn numbers(&self, step: usize) -> &[f32] {
        let size = self.channels * self.count();
        &self.numbers[step * size..][..size]
    }

    /// Where answers are read, by sequence and then by step. If targets are per sequence, there is
    /// one read for each; otherwise one for each step with a target, which may be none.
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// What the answers should be, one per read.
    pub fn targets(&self) -> ReadTargets<'_> {
        self.asked.targets()
    }

    /// The class of each read, `[reads]`; empty if the targets are numbers.
    pub fn classes(&self) -> &[u32] {
        &self.asked.classes
    }
}

impl Asked {
    pub(crate) fn clear(&mut self) {
        self.classes.clear();
        self.outputs = 0;
        self.values.clear();
    }

    /// Appends the target of one more sequence.
    ///
    /// # Panics
    /// If it is of another kind than the targets so far.
    pub(crate) fn push(&mut self, target: Target<'_>) {
        match target {
            Target::Class(class) => self.classes.push(class),
            Target::StepClasses(_) | Target::Next(_) => self.classes.extend(target.classes()),
            Target::Numbers(values) => self.push_numbers(values.len(), values),
            Target::StepNumbers { outputs, values } => self.push_numbers(outputs, values),
        }
        let mixed = self.outputs > 0 && !self.classes.is_empty();
        assert!(!mixed, "a batch asks for classes or numbers, not both");
    }

    fn push_numbers(&mut self, outputs: usize, values: &[f32]) {
        let others = std::mem::replace(&mut self.outputs, outputs);
        assert!([0, outputs].contains(&others), "targets of {others} and of {outputs} numbers");
        self.values.extend_from_slice(values);
    }

    pub(crate) fn targets(&self) -> ReadTargets<'_> {
        match self.outputs {
            0 => ReadTargets::Classes(&self.classes),
            outputs => ReadTargets::Numbers { outputs, values: &self.values },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Scaling;

    fn reads(batch: &Batch) -> Vec<(usize, usize)> {
        batch.reads().iter().map(|read| (read.column, read.step)).collect()
    }

    #[test]
    fn short_strings_are_padded_and_read_where_the_readout_says() {
        let strings: [(&[u32], u32); 2] = [(&[5, 6, 7], 1), (&[8], 0)];
        let mut batch = Batch::new();
        batch.fill(strings.into_iter(), Readout::Padded);
        assert_eq!((batch.steps(), batch.count(), batch.classes()), (3, 2, &[1, 0][..]));
        assert_eq!([batch.tokens(0), batch.tokens(1), batch.tokens(2)], [[5, 8], [6, 0], [7, 0]]);
        assert_eq!(reads(&batch), [(0, 2), (1, 2)]);
        batch.fill(strings.into_iter(), Readout::Last);
        assert_eq!(reads(&batch), [(0, 2), (1, 0)]);
    }

    #[test]
    fn series_stand_channel_by_channel_and_end_in_zeros() {
        let scaling = &Scaling::none(2);
        let long = Sequence::Series { scaling, values: &[1.0, 2.0, 3.0, 4.0] };
        let short = Sequence::Series { scaling, values: &[5.0, 6.0] };
        let mut batch = Batch::new();
        batch.fill([(long, 0), (short, 1)].into_iter(), Readout::Last);
        assert_eq!((batch.steps(), batch.count(), reads(&batch)), (2, 2, vec![(0, 1), (1, 0)]));
        assert_eq!(
            [batch.numbers(0), batch.numbers(1)],
            [[1.0, 5.0, 2.0, 6.0], [3.0, 0.0, 4.0, 0.0]]
        );
    }

    #[test]
    fn targets_at_steps_are_read_there_whatever_the_readout() {
        let targets = [&[Some(2), None, Some(0)][..], &[None], &[Some(1), Some(1)]];
        let strings: [&[u32]; 3] = [&[5, 6, 7], &[8], &[9, 9]];
        let mut batch = Batch::new();
        for readout in Readout::ALL {
            let asked = strings.into_iter().zip(targets.map(Target::StepClasses));
            batch.fill(asked, readout);
            assert_eq!(reads(&batch), [(0, 0), (0, 2), (2, 0), (2, 1)]);
            assert_eq!(batch.targets(), ReadTargets::Classes(&[2, 0, 1, 1]));
        }
        let asked = [
            (strings[1], Target::Numbers(&[0.5, 1.5])),
            (strings[2], Target::StepNumbers { outputs: 2, values: &[1.0, 2.0, 3.0, 4.0] }),
        ];
        batch.fill(asked.into_iter(), Readout::Padded);
        assert_eq!(reads(&batch), [(0, 1), (1, 0), (1, 1)]);
        let of = batch.targets().of(1..3);
        let values = &[1.0, 2.0, 3.0, 4.0][..];
        assert_eq!(of, ReadTargets::Numbers { outputs: 2, values });
        assert_eq!((of.len(), batch.targets().len()), (2, 3));
    }
}
