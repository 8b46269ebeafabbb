//! Answers of a network in integers to whole data sets.

use super::{Quantized, StepByStep};
use crate::data::{Dataset, Sequence, Target};
use crate::network::Readout;
use crate::parallel::{self, Team};

/// Sequences that are padded together when ranges are measured.
pub(super) const BATCH: usize = 32;

/// Calls `see` with each row and the number of steps that are fed of it. With
/// [`Readout::Padded`], rows are padded to the longest of the `batch` that they share.
pub(super) fn feed(
    strings: &Dataset,
    readout: Readout,
    batch: usize,
    mut see: impl FnMut(usize, usize),
) {
    let length = |row: usize| strings.get(row).0.len();
    for first in (0..strings.len()).step_by(batch) {
        let rows = first..strings.len().min(first + batch);
        let longest = rows.clone().map(length).max().unwrap_or(0);
        for row in rows {
            see(row, if readout == Readout::Padded { longest } else { length(row) });
        }
    }
}

/// Reads `fed` steps of a sequence and calls `see` after each, with whether it has an answer.
pub(super) fn run<R: StepByStep>(
    reader: &mut R,
    (sequence, target): (Sequence<'_>, Target<'_>),
    fed: usize,
    mut see: impl FnMut(&mut R, bool),
) {
    reader.reset();
    for step in 0..fed {
        match sequence {
            Sequence::Tokens(tokens) if step < tokens.len() => reader.token(tokens[step]),
            Sequence::Series { scaling, values } if step < sequence.len() => {
                let channels = scaling.channels();
                reader.numbers(scaling, &values[step * channels..][..channels]);
            }
            Sequence::Tokens(_) => reader.padding(0),
            Sequence::Series { scaling, .. } => reader.padding(scaling.channels()),
        }
        let is_asked = match target {
            Target::Class(_) | Target::Numbers(_) => step + 1 == fed,
            Target::StepNumbers { .. } | Target::Next(_) => step < sequence.len(),
            Target::StepClasses(classes) => classes.get(step).is_some_and(Option::is_some),
        };
        see(reader, is_asked);
    }
}

impl Quantized {
    /// The outputs at each read, `[reads][C]`, as [`Evaluator::logits`](crate::train::Evaluator::logits)
    /// gives them for the network in floats.
    pub fn answers(&self, strings: &Dataset, readout: Readout, batch: usize) -> Vec<f32> {
        let mut rows = Vec::new();
        feed(strings, readout, batch, |row, fed| rows.push((row, fed)));
        let jobs = Team::installed().jobs();
        let chunk = rows.len().div_ceil(jobs * 4).max(1);
        let chunks: Vec<_> = rows.chunks(chunk).collect();
        let stepper = self.stepper();
        let of_chunk = |at: usize| {
            let mut outputs = Vec::new();
            let mut stepper = stepper.clone();
            for &(row, fed) in chunks[at] {
                run(&mut stepper, strings.get(row), fed, |stepper, is_asked| {
                    if is_asked {
                        outputs.extend(stepper.logits());
                    }
                });
            }
            outputs
        };
        parallel::map(jobs, chunks.len(), of_chunk).concat()
    }
}
