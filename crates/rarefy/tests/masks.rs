//! A mask is a promise: a masked weight is exactly zero through everything.

use rarefy::cell::Cell;
use rarefy::data::{Corpus, ReberSettings, generate};
use rarefy::format::{History, Model};
use rarefy::network::{Architecture, Batch, Masks, Network};
use rarefy::prune::{Ranking, Scope, prune};
use rarefy::random::Stream;
use rarefy::train::{Trainer, Training};

fn assert_kept(network: &Network, masks: &Masks, when: &str) {
    let places = masks.masked_in(0..masks.len());
    for &place in places {
        assert!(network.masks().is_masked(place), "{when}: the mask at {place} is gone");
        assert_eq!(network.parameters()[place].to_bits(), 0, "{when}: at {place}");
    }
}

#[test]
fn masked_weights_stay_zero_through_training_saving_loading_and_pruning_again() {
    let data = generate(&ReberSettings { count: 120, ..ReberSettings::default() }).unwrap();
    let corpus = Corpus::try_from(data).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for cell in Cell::ALL {
        for scope in Scope::ALL {
            let architecture = Architecture::stacked(128, cell, &[6, 5], 2).unwrap();
            let mut network = Network::initialise(architecture, 1);
            prune(&mut network, scope, 70.0, Ranking::Global).unwrap();
            let masks = network.masks().clone();
            assert_kept(&network, &masks, "pruned");

            let mut trainer = Trainer::new(network, Training::default(), Stream::new(1, "shuffle"));
            for _ in 0..3 {
                trainer.epoch(&corpus.train).unwrap();
            }
            let [mean, square] = trainer.moments();
            for &place in masks.masked_in(0..masks.len()) {
                assert_eq!([mean[place], square[place]], [0.0; 2], "{cell} {scope}: moments");
            }
            let network = trainer.into_network();
            assert_kept(&network, &masks, "trained");
            let live = (0..masks.len()).filter(|&place| !masks.is_masked(place));
            assert!(live.filter(|&place| network.parameters()[place] == 0.0).count() < 3);

            let model = Model {
                network,
                encoding: corpus.encoding.clone(),
                labels: corpus.labels.clone(),
                readout: Training::default().readout,
                history: History::default(),
            };
            let path = folder.path().join("model.safetensors");
            model.write(&path).unwrap();
            let mut read = Model::read(&path).unwrap();
            assert_eq!(read, model, "{cell} {scope}: a file gives back what was written");
            prune(&mut read.network, scope, 50.0, Ranking::Global).unwrap();
            assert_kept(&read.network, &masks, "pruned again");
        }
    }
}

#[test]
fn a_network_zeroes_whatever_is_masked_in_it() {
    let architecture = Architecture::stacked(5, Cell::Gru, &[3], 2).unwrap();
    let network = Network::initialise(architecture.clone(), 2);
    let layout = network.layout();
    let places: Vec<usize> = layout.weights().flat_map(|weight| weight.range.step_by(3)).collect();
    let masks = Masks::at(layout.len(), places);
    let masked = Network::new(architecture, network.parameters().to_vec(), masks.clone());
    assert_kept(&masked, &masks, "made");
    let mut batch = Batch::new();
    batch.fill([(&[1_u32, 2][..], 0)].into_iter(), Training::default().readout);
    let mut trainer = Trainer::new(masked, Training::default(), Stream::new(0, "unused"));
    trainer.step(&batch);
    assert_kept(trainer.network(), &masks, "after a step");
}
