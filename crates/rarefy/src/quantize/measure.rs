//! How large the values of a network become on sequences like those that it will read.

use std::borrow::Cow;

use super::evaluate::{BATCH, feed, run};
use super::{QuantizeError, Quantized};
use crate::cell::Cell;
use crate::data::{Dataset, Encoding, Scaling, Sequences, Targets};
use crate::network::{Activation, Network, Ranges, Readout, Stepper};
use crate::number::argmax;

/// Halvings of a range that are tried.
const HALVINGS: i32 = 12;
/// Sequences on which they are tried, the first ones; and steps, if there is one running text.
const TRIED: usize = 1000;
const TRIED_STEPS: usize = 10_000;

/// How large the values of `network` become on `sequences`, answered where `readout` says.
///
/// A few large values would leave nothing of the others: states of ReLU can grow without bound, and
/// a channel that hardly varies has large numbers after scaling. Their range is halved as long as
/// the answers in integers become more like those in floats.
///
/// # Errors
/// If the network reads backwards.
///
/// # Panics
/// If it does not fit the sequences.
pub fn measure(
    network: &Network,
    sequences: &Dataset,
    readout: Readout,
) -> Result<Ranges, QuantizeError> {
    if network.architecture().reads_backwards() {
        return Err(QuantizeError::ReadsBackwards);
    }
    let mut ranges = Ranges::of(network);
    let mut stepper = Stepper::new(network);
    let tried = first(sequences, TRIED, TRIED_STEPS);
    let most = tried.len().max(TRIED_STEPS) * network.architecture().classes;
    let mut answers = Vec::new();
    feed(sequences, readout, BATCH, |row, fed| {
        run(&mut stepper, sequences.get(row), fed, |stepper, asked| {
            stepper.widen(&mut ranges);
            if asked && row < TRIED && answers.len() < most {
                answers.extend_from_slice(stepper.logits());
            }
        });
    });
    // Of texts, only the embedding enters.
    if let Sequences::Series { scaling, values } = &sequences.sequences {
        let scaled = values.iter().flat_map(|values| scaling.scaled(values));
        ranges.input = scaled.fold(0.0, |most, value| most.max(value.abs()));
    }
    let outputs = network.architecture().classes;
    let mut halve = |change: fn(&mut Ranges, f32)| {
        let candidates = (0..HALVINGS).map(|halvings| {
            let mut changed = ranges.clone();
            change(&mut changed, (-halvings as f32).exp2());
            changed
        });
        let tried = candidates.filter_map(|ranges| {
            let integers = Quantized::of(network, sequences, &ranges).ok()?;
            let found = integers.answers(&tried, readout, BATCH);
            Some((difference(&found, &answers, &tried, outputs), ranges))
        });
        if let Some((_, best)) =
            tried.min_by(|(a, _), (b, _)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
        {
            ranges = best;
        }
    };
    if has_relu(network) {
        halve(|ranges, factor| {
            for layer in &mut ranges.layers {
                layer.output *= factor;
                layer.hidden *= factor;
            }
            ranges.head.iter_mut().for_each(|range| *range *= factor);
        });
    }
    halve(|ranges, factor| ranges.input *= factor);
    Ok(ranges)
}

/// Sequences that are enough to measure ranges while a network is trained; and steps, if there is one
/// running text.
const ENOUGH: usize = 2000;
const ENOUGH_STEPS: usize = 50_000;

/// [`measure`] of 2,000 sequences, evenly spaced, or the first 50,000 steps of a running text.
///
/// # Errors
/// As there.
///
/// # Panics
/// As there.
pub fn measure_some(
    network: &Network,
    sequences: &Dataset,
    readout: Readout,
) -> Result<Ranges, QuantizeError> {
    if sequences.is_running() || sequences.len() <= ENOUGH {
        return measure(network, &first(sequences, ENOUGH, ENOUGH_STEPS), readout);
    }
    // A file may be sorted by class.
    let rows = (0..sequences.len()).step_by(sequences.len().div_ceil(ENOUGH));
    measure(network, &sequences.select(&rows.collect::<Vec<_>>()), readout)
}

/// The first `count` sequences, or the first `steps` of a running text.
fn first<'a>(sequences: &'a Dataset<'a>, count: usize, steps: usize) -> Cow<'a, Dataset<'a>> {
    match sequences.is_running() {
        true => Cow::Owned(sequences.split(sequences.get(0).0.len().min(steps)).0),
        false if sequences.len() <= count => Cow::Borrowed(sequences),
        false => Cow::Owned(sequences.select(&(0..count).collect::<Vec<_>>())),
    }
}

impl Quantized {
    /// `network` in integers of these ranges, for sequences like these.
    ///
    /// # Errors
    /// As [`Quantized::new`].
    pub fn of(
        network: &Network,
        sequences: &Dataset,
        ranges: &Ranges,
    ) -> Result<Self, QuantizeError> {
        let scaling = match &sequences.sequences {
            Sequences::Series { scaling, .. } => scaling.clone(),
            // Of texts, only the embedding enters.
            Sequences::Tokens(_) => Scaling::none(1),
        };
        Self::new(network, &Encoding::Scaling(scaling), ranges)
    }
}

/// Whether any value has no bound.
fn has_relu(network: &Network) -> bool {
    let architecture = network.architecture();
    let mut blocks = architecture.layers.iter().flat_map(|layer| &layer.blocks);
    blocks.any(|block| block.cell == Cell::RnnRelu)
        || !architecture.head.is_empty() && architecture.head.activation == Activation::Relu
}

/// How many answers have another largest output, if classes are asked, and the sum of squared
/// differences.
fn difference(found: &[f32], floats: &[f32], sequences: &Dataset, outputs: usize) -> (usize, f64) {
    let pairs = found.chunks_exact(outputs).zip(floats.chunks_exact(outputs));
    let others = match &sequences.targets {
        Targets::Numbers { .. } | Targets::StepNumbers { .. } => 0,
        _ => pairs.filter(|(found, float)| argmax(found) != argmax(float)).count(),
    };
    let squares = found.iter().zip(floats).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    (others, squares)
}
