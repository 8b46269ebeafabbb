//! Networks in integers stay close to the same networks in floats.

use std::borrow::Cow;

use rarefy::cell::Cell;
use rarefy::data::{Dataset, Encoding, Scaling, Sequences, Targets};
use rarefy::network::{
    Activation, Architecture, Block, Head, Input, Layer, Network, Pooling, Readout, Reads, Source,
    Stepper,
};
use rarefy::quantize::{QuantizeError, Quantized, measure};
use rarefy::random::Stream;

const CHANNELS: usize = 5;
const STEPS: usize = 9;

/// Series, as they are.
fn series(count: usize, size: f64) -> Dataset<'static> {
    let mut random = Stream::new(7, "series");
    let series = |_| {
        (0..CHANNELS * STEPS).map(|_| (size * random.normal()) as f32).collect::<Vec<f32>>().into()
    };
    Dataset {
        sequences: Sequences::Series {
            scaling: Scaling::none(CHANNELS),
            values: (0..count).map(series).collect(),
        },
        targets: Targets::Classes(vec![0; count]),
    }
}

/// Networks of every kind of wiring, readout and head.
fn networks(cell: Cell) -> Vec<(&'static str, Network)> {
    let input = Input::Series { channels: CHANNELS };
    let stack = |sizes: &[usize]| Architecture::stack(input, cell, sizes, 3).unwrap();
    let head = |activation| Head { sizes: vec![12, 6], activation };
    let block = |sources| Block { sources, cell };
    let wired = Architecture {
        input,
        layers: vec![
            Layer { size: 6, blocks: vec![block(vec![Source::Input])], reversed: false },
            Layer {
                size: 4,
                blocks: vec![
                    block(vec![Source::Layer(0)]),
                    block(vec![Source::Input, Source::Layer(0)]),
                    block(vec![Source::Input]),
                ],
                reversed: false,
            },
        ],
        reads: Reads::Units(vec![(0, 1), (0, 5), (1, 0), (1, 3)]),
        pooling: Pooling::Last,
        head: Head::default(),
        classes: 3,
    };
    let all = [
        ("stack", stack(&[16, 16])),
        ("mean", Architecture { pooling: Pooling::Mean, ..stack(&[16]) }),
        ("all", Architecture { pooling: Pooling::All { steps: STEPS }, ..stack(&[8]) }),
        ("relu", Architecture { head: head(Activation::Relu), ..stack(&[16]) }),
        ("tanh", Architecture { head: head(Activation::Tanh), ..stack(&[16]) }),
        ("wired", wired),
    ];
    all.map(|(what, architecture)| (what, Network::initialise(architecture, 5))).into()
}

/// Logits after each sequence, in floats.
fn floats(network: &Network, series: &Dataset) -> Vec<f32> {
    let mut stepper = Stepper::new(network);
    let Sequences::Series { values, .. } = &series.sequences else { unreachable!("series") };
    let of = |values: &Cow<[f32]>| {
        stepper.reset();
        values.chunks(CHANNELS).for_each(|step| stepper.step_numbers(step));
        stepper.logits().to_vec()
    };
    values.iter().flat_map(of).collect()
}

#[test]
fn integers_give_nearly_the_logits_of_floats() {
    let series = series(50, 1.0);
    let encoding = Encoding::Scaling(Scaling::none(CHANNELS));
    for cell in Cell::ALL {
        for (what, network) in networks(cell) {
            let readout = match network.architecture().pooling {
                Pooling::Mean => Readout::Mean,
                Pooling::All { .. } => Readout::All,
                _ => Readout::Last,
            };
            let ranges = measure(&network, &series, readout).unwrap();
            let integers = Quantized::new(&network, &encoding, &ranges).unwrap();
            let found = integers.answers(&series, readout, 32);
            let wanted = floats(&network, &series);
            assert_eq!(found.len(), wanted.len());
            // What differs between sequences, apart from what biases alone give.
            let mean = |logits: &[f32], class: usize| {
                logits.iter().skip(class).step_by(3).sum::<f32>() / series.len() as f32
            };
            let centre = [0, 1, 2].map(|class| mean(&wanted, class));
            let (mut error, mut spread) = (0.0, 0.0);
            for (at, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
                error += (found - wanted).powi(2);
                spread += (wanted - centre[at % 3]).powi(2);
            }
            let share = (error / spread).sqrt();
            // Without training, the states of the second layer of an LSTM hardly differ.
            assert!(share < 0.15, "{cell} {what}: off by {share} of the spread");
        }
    }
}

#[test]
fn steps_give_what_whole_data_sets_give_on_any_number_of_threads() {
    let series = series(40, 3.0);
    let encoding = Encoding::Scaling(Scaling::none(CHANNELS));
    let (_, network) = networks(Cell::Lstm).swap_remove(5);
    let ranges = measure(&network, &series, Readout::Last).unwrap();
    let integers = Quantized::new(&network, &encoding, &ranges).unwrap();
    let whole = integers.answers(&series, Readout::Last, 32);
    for jobs in [1, 3] {
        let team = rarefy::parallel::Team::new(jobs);
        assert_eq!(team.install(|| integers.answers(&series, Readout::Last, 7)), whole);
    }
    let mut stepper = integers.stepper();
    let Sequences::Series { values, .. } = &series.sequences else { unreachable!("series") };
    values[0].chunks(CHANNELS).for_each(|step| stepper.step_numbers(step));
    assert_eq!(stepper.logits(), whole[..3]);
}

#[test]
fn extreme_weights_and_inputs_are_cut_off_or_refused() {
    let calm = series(20, 1.0);
    let encoding = Encoding::Scaling(Scaling::none(CHANNELS));
    for cell in Cell::ALL {
        let (_, mut network) = networks(cell).swap_remove(0);
        let ranges = measure(&network, &calm, Readout::Last).unwrap();
        let integers = Quantized::new(&network, &encoding, &ranges).unwrap();
        for size in [1e3, 1e30] {
            let found = integers.answers(&series(20, size), Readout::Last, 32);
            assert!(found.iter().all(|logit| logit.is_finite()));
        }
        network.update(|weights| weights.iter_mut().for_each(|weight| *weight *= 1e6));
        let refused = Quantized::new(&network, &encoding, &ranges);
        assert!(matches!(refused, Err(QuantizeError::TooLarge { .. })), "{cell}");
    }
    let input = Input::Series { channels: CHANNELS };
    let both = Architecture::bidirectional(input, Cell::Gru, &[4], 3);
    let network = Network::initialise(both.unwrap(), 0);
    let ranges = Default::default();
    let refused = Quantized::new(&network, &encoding, &ranges);
    assert_eq!(refused, Err(QuantizeError::ReadsBackwards));
}
