//! Classify series of numbers: two channels, of different lengths, whose classes differ by which
//! channel leads. Then prune the network and read a series one step at a time.
//!
//!     cargo run --release --example series

use std::error::Error;
use std::path::Path;

use rarefy::cell::Cell;
use rarefy::data::{Answer, Corpus, LabelledSeries, ReadOptions, Rows, SeriesSet, Unit};
use rarefy::network::{Architecture, Input, Network, Stepper};
use rarefy::prune::{Ranking, Scope, prune};
use rarefy::random::Stream;
use rarefy::train::{Evaluator, Readout, Strings, Trainer, Training};

/// Runs the example. A test runs it, too.
pub fn main() -> Result<(), Box<dyn Error>> {
    let (train, test) = (Rows::Series(waves(0..200)), Rows::Series(waves(200..260)));
    // Each channel is scaled to mean 0 and variance 1 over the training series. The names appear
    // only in messages; `Rows::read` reads files.
    let named = |name| Path::new(name);
    let corpus = Corpus::encode(
        (named("train"), &train),
        (named("test"), &test),
        Unit::default(),
        &ReadOptions::default(),
    )?;
    let scaling = corpus.encoding.scaling().ok_or("no series")?;
    println!("means {:?}, factors {:?}", scaling.mean(), scaling.factor());

    let input = Input::of(&corpus.encoding, 0);
    let architecture = Architecture::stack(input, Cell::Lstm, &[12], corpus.task.outputs())?;
    let training = Training { learning_rate: 1e-2, readout: Readout::Last, ..Training::default() };
    let network = Network::initialise(architecture, 0);
    let mut trainer = Trainer::new(network, training.clone(), Stream::new(0, "shuffle"));
    let strings = Strings { train: &corpus.train, validation: None, test: &corpus.test };
    trainer.fit(strings, 1..=20, |epoch| {
        if epoch.epoch % 5 == 0 {
            println!("epoch {}: {}", epoch.epoch, epoch.test);
        }
    })?;

    let mut network = trainer.into_network();
    prune(&mut network, Scope::Both, 50.0, Ranking::Global)?;
    let mut evaluator = Evaluator::new(&network, training.batch, training.readout);
    let score = evaluator.score(&network, &corpus.test);
    println!("half of the weights pruned: test accuracy {:.3}", score.accuracy());

    let mut stepper = Stepper::new(&network);
    let SeriesSet { channels, series } = waves(200..201);
    let numbers: Vec<f32> = scaling.scaled(&series[0].values).collect();
    for step in numbers.chunks(channels) {
        stepper.step_numbers(step);
    }
    println!("logits {:?} of a series that is {:?}", stepper.logits(), series[0].answer);
    Ok(())
}

/// Series of two sine waves, one a quarter period behind the other, with means far from 0.
fn waves(cases: std::ops::Range<u16>) -> SeriesSet<'static> {
    let series = cases.map(|case| {
        let (length, speed) = (20 + case % 13, 0.3 + 0.02 * f32::from(case % 10));
        let quarter = std::f32::consts::FRAC_PI_2 * if case % 2 == 0 { 1.0 } else { -1.0 };
        let values = (0..length).flat_map(|step| {
            let angle = speed * f32::from(step) + f32::from(case);
            [20.0 + 3.0 * angle.sin(), 0.5 * (angle - quarter).sin()]
        });
        let label = if case % 2 == 0 { "first leads" } else { "second leads" };
        LabelledSeries { values: values.collect(), answer: Answer::Label(label.to_owned()) }
    });
    SeriesSet { channels: 2, series: series.collect() }
}
