//! Networks learn, and recover from pruning, as the thesis says.

mod support;

use rarefy::cell::Cell;
use rarefy::data::{Corpus, ReadOptions, ReberSettings, Rows, Unit, generate};
use rarefy::network::{Architecture, Network};
use rarefy::prune::{Ranking, Scope, prune};
use rarefy::random::Stream;
use rarefy::train::{
    EpochResult, Evaluator, Judge, Readout, Strings, Trainer, Training, epochs_to_recover, fit,
};

fn published() -> Option<Corpus> {
    let thesis = support::thesis_dir()?;
    let [train, test] = ["train_data.csv", "test_data.csv"].map(|name| {
        let path = thesis.join("dataset").join(name);
        let rows = Rows::read(&path, None, &ReadOptions::default()).unwrap();
        (path, rows)
    });
    Some(Corpus::encode((&train.0, &train.1), (&test.0, &test.1), Unit::Character).unwrap())
}

fn fresh(cell: Cell, sizes: &[usize]) -> Network {
    Network::initialise(Architecture::stacked(128, cell, sizes, 2).unwrap(), 0)
}

fn train(
    network: Network,
    strings: Strings,
    training: &Training,
    epochs: u32,
) -> (Network, Vec<EpochResult>) {
    let mut trainer = Trainer::new(network, training.clone(), Stream::new(0, "shuffle"));
    let result = fit(&mut trainer, training, strings, epochs, true, |_| {});
    assert_eq!(result.diverged, None);
    (trainer.into_network(), result.epochs)
}

#[test]
fn a_gru_learns_the_thesiss_data_and_recovers_from_losing_nine_weights_in_ten() {
    let Some(corpus) = published() else { return };
    let strings = Strings { train: &corpus.train, validation: None, test: &corpus.test };
    let training = Training::default();
    let (mut network, epochs) = train(fresh(Cell::Gru, &[50, 50, 50]), strings, &training, 5);
    let best = epochs.iter().map(|epoch| epoch.test.accuracy()).fold(0.0, f64::max);
    assert!(best >= 0.999, "best test accuracy {best}");

    let unpruned = epochs.last().unwrap().test.accuracy();
    prune(&mut network, Scope::Both, 90.0, Ranking::Global).unwrap();
    let masks = network.masks().clone();
    let (network, epochs) = train(network, strings, &training, 2);
    let recovered = epochs_to_recover(&epochs, Judge::Test, unpruned, 0.01);
    assert!(recovered.is_some_and(|epochs| epochs <= 2), "{recovered:?}: {epochs:?}");
    assert_eq!(*network.masks(), masks);
    let masked = masks.masked_in(0..masks.len());
    assert!(masked.iter().all(|&place| network.parameters()[place] == 0.0));
}

#[test]
fn each_cell_learns_the_thesiss_data_as_well_as_it_can() {
    let Some(corpus) = published() else { return };
    // What must be reached, and within how many epochs of the thesis's settings.
    let goals = [(Cell::RnnTanh, 0.90, 20), (Cell::RnnRelu, 0.99, 15), (Cell::Lstm, 0.999, 5)];
    std::thread::scope(|scope| {
        for (cell, goal, epochs) in goals {
            let corpus = &corpus;
            scope.spawn(move || {
                let network = fresh(cell, &[50, 50, 50]);
                let shuffle = Stream::new(0, "shuffle");
                let mut trainer = Trainer::new(network, Training::default(), shuffle);
                let mut evaluator = Evaluator::new(trainer.network(), 32, Readout::Padded);
                let reached = (1..=epochs).find(|_| {
                    trainer.epoch(&corpus.train).unwrap();
                    evaluator.score(trainer.network(), &corpus.test).accuracy() >= goal
                });
                assert!(reached.is_some(), "{cell} is below {goal} after {epochs} epochs");
            });
        }
    });
}

#[test]
fn every_cell_learns_a_little_with_either_readout() {
    let data = generate(&ReberSettings { count: 3_000, ..ReberSettings::default() }).unwrap();
    let corpus = Corpus::try_from(data).unwrap();
    let strings = Strings { train: &corpus.train, validation: None, test: &corpus.test };
    for cell in Cell::ALL {
        for readout in [Readout::Padded, Readout::Last] {
            let training = Training { readout, ..Training::default() };
            let (_, epochs) = train(fresh(cell, &[16]), strings, &training, 5);
            // Letters outside BEPSTVX give away more than half of the invalid strings, so
            // a network that learns anything is far above the half that guessing gets.
            let best = epochs.iter().map(|epoch| epoch.test.accuracy()).fold(0.0, f64::max);
            assert!(best > 0.7, "{cell}, {readout:?}: {best}");
        }
    }
}
