//! How large the values of a network become on sequences like those that it will read.

use super::Quantized;
use super::evaluate::{BATCH, feed, run};
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
/// # Panics
/// If the network reads backwards, or does not fit the sequences.
pub fn measure(network: &Network, sequences: &Dataset, readout: Readout) -> Ranges {
    let mut ranges = Ranges::of(network);
    let mut stepper = Stepper::new(network);
    let tried = match sequences.is_running() {
        true => sequences.split(sequences.get(0).0.len().min(TRIED_STEPS)).0,
        false => sequences.select(&(0..sequences.len().min(TRIED)).collect::<Vec<_>>()),
    };
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
    let mut encoding = Encoding::Scaling(Scaling::none(1));
    if let Sequences::Series { scaling, values } = &sequences.sequences {
        let scaled = values.iter().flat_map(|values| scaling.scaled(values));
        ranges.input = scaled.fold(0.0, |most, value| most.max(value.abs()));
        encoding = Encoding::Scaling(scaling.clone());
    }
    let outputs = network.architecture().classes;
    let mut halve = |change: fn(&mut Ranges, f32)| {
        let candidates = (0..HALVINGS).map(|halvings| {
            let mut changed = ranges.clone();
            change(&mut changed, (-halvings as f32).exp2());
            changed
        });
        let tried = candidates.filter_map(|ranges| {
            let integers = Quantized::new(network, &encoding, &ranges).ok()?;
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
    ranges
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
