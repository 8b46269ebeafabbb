//! Networks learn, and recover from pruning, as the thesis says.

mod support;

use rarefy::cell::Cell;
use rarefy::data::{
    Columns, Dataset, LabelledText, Labels, ReberSettings, Vocabulary, generate,
    read_labelled_texts,
};
use rarefy::network::{Architecture, Network};
use rarefy::prune::{Ranking, Scope, prune};
use rarefy::random::Stream;
use rarefy::train::{
    EpochResult, Judge, Readout, Strings, Trainer, Training, epochs_to_recover, fit,
};

fn encode(train: &[LabelledText], test: &[LabelledText]) -> (Dataset, Dataset) {
    let labels = Labels::of(train.iter().map(|row| row.label.as_str()));
    let encode =
        |rows| Dataset::encode("data".as_ref(), rows, &Vocabulary::ascii(), &labels).unwrap();
    (encode(train), encode(test))
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
    let Some(thesis) = support::thesis_dir() else { return };
    let read = |name: &str| {
        read_labelled_texts(&thesis.join("dataset").join(name), &Columns::default()).unwrap()
    };
    let (train_set, test) = encode(&read("train_data.csv"), &read("test_data.csv"));
    let strings = Strings { train: &train_set, validation: None, test: &test };
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
fn every_cell_learns_a_little_with_either_readout() {
    let settings = ReberSettings { count: 3_000, ..ReberSettings::default() };
    let data = generate(&settings).unwrap();
    let (train_set, test) = encode(&data.train, &data.test);
    let strings = Strings { train: &train_set, validation: None, test: &test };
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
