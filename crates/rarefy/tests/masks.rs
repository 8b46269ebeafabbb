//! Masked weights are exactly zero, whatever happens to a network.

use proptest::prelude::*;
use rarefy::cell::Cell;
use rarefy::data::{Corpus, ReberSettings, generate};
use rarefy::format::{History, Model};
use rarefy::network::{Architecture, Batch, Masks, Network, Reference};
use rarefy::prune::{Ranking, Scope, prune};
use rarefy::random::Stream;
use rarefy::train::{Evaluator, Readout, Revision, Trainer, Training, cross_entropy};

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
                task: corpus.task.clone(),
                readout: Training::default().readout,
                history: History::default(),
                int8: None,
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

fn batch() -> Batch {
    let strings: [(&[u32], u32); 4] =
        [(&[1, 2, 3, 4], 0), (&[5], 1), (&[0, 3], 1), (&[4, 4, 1], 0)];
    let mut batch = Batch::new();
    batch.fill(strings.into_iter(), Readout::Last);
    batch
}

/// For a gradient in f32 of at most 0.1, compared with a difference in f64.
const GRADIENT_TOLERANCE: f64 = 1e-6;

#[test]
fn weights_that_grow_get_the_gradient_of_central_differences() {
    for cell in Cell::ALL {
        let architecture = Architecture::stacked(6, cell, &[5, 4], 2).unwrap();
        let mut network = Network::initialise(architecture, 3);
        prune(&mut network, Scope::Both, 75.0, Ranking::Global).unwrap();
        let masked = network.masks().masked_in(0..network.layout().len()).to_vec();
        // Nothing is clipped, so the first moment is a tenth of the gradient.
        let training = Training { clip: 1e9, ..Training::default() };
        let mut trainer = Trainer::new(network, training, Stream::new(0, "unused"));
        trainer.step(&batch());
        trainer.revise(&Revision::new().grow(masked.iter().copied().step_by(2))).unwrap();
        let reference = Reference::new(trainer.network().architecture());
        let mut parameters: Vec<f64> =
            trainer.network().parameters().iter().map(|&parameter| parameter.into()).collect();
        trainer.step(&batch());
        let [mean, _] = trainer.moments();
        let (batch, mut unused, mut largest) = (batch(), Vec::new(), 0.0_f64);
        for &place in masked.iter().step_by(2) {
            let mut loss = |value| {
                parameters[place] = value;
                let logits = reference.forward(&parameters, &batch);
                cross_entropy(&logits, batch.classes(), batch.count(), &mut unused).mean()
            };
            let difference = (loss(1e-5) - loss(-1e-5)) / 2e-5;
            parameters[place] = 0.0;
            let gradient = f64::from(mean[place]) * 10.0;
            assert!((gradient - difference).abs() < GRADIENT_TOLERANCE, "{cell}: at {place}");
            largest = largest.max(gradient.abs());
        }
        assert!(largest > 1000.0 * GRADIENT_TOLERANCE, "{cell}: hardly any gradient");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is dropped and grown during training, masked values are 0 and the others are kept.
    #[test]
    fn moving_masks_keep_their_promise(seed in any::<u64>(), rounds in 1_usize..6) {
        let cell = Cell::ALL[(seed % 4) as usize];
        let architecture = Architecture::stacked(6, cell, &[4, 5], 2).unwrap();
        let network = Network::initialise(architecture, seed);
        let weights: Vec<usize> =
            network.layout().weights().flat_map(|weight| weight.range).collect();
        let mut stream = Stream::new(seed, "revisions");
        let mut trainer = Trainer::new(network, Training::default(), Stream::new(0, "unused"));
        for _ in 0..rounds {
            trainer.step(&batch());
            let before = trainer.network().clone();
            let mut places = weights.clone();
            stream.shuffle(&mut places);
            let wanted =
                Masks::at(before.layout().len(), places[..stream.index(places.len())].to_vec());
            let moments = trainer.moments();
            trainer.revise(&Revision::between(before.masks(), &wanted)).unwrap();
            let after = trainer.network().clone();
            prop_assert_eq!(after.masks(), &wanted);
            for place in 0..wanted.len() {
                let is_kept = !wanted.is_masked(place) && !before.masks().is_masked(place);
                let expected = if is_kept { before.parameters()[place] } else { 0.0 };
                prop_assert_eq!(after.parameters()[place].to_bits(), expected.to_bits());
                for (now, then) in trainer.moments().iter().zip(&moments) {
                    // Weights that only dead units use have no moments.
                    prop_assert!(now[place] == 0.0 || is_kept && now[place] == then[place]);
                }
            }
            trainer.step(&batch());
            let moments = trainer.moments();
            let trained = trainer.network();
            for &place in wanted.masked_in(0..wanted.len()) {
                prop_assert_eq!(trained.parameters()[place].to_bits(), 0);
                prop_assert_eq!([moments[0][place], moments[1][place]], [0.0; 2]);
            }
        }
    }
}

#[test]
fn an_evaluator_follows_masks_that_move() {
    let data = generate(&ReberSettings { count: 40, ..ReberSettings::default() }).unwrap();
    let strings = Corpus::try_from(data).unwrap().test;
    let architecture = Architecture::stacked(128, Cell::Gru, &[6, 5], 2).unwrap();
    let whole = Network::initialise(architecture, 1);
    let mut pruned = whole.clone();
    prune(&mut pruned, Scope::Both, 90.0, Ranking::Global).unwrap();
    let mut evaluator = Evaluator::new(&pruned, 8, Readout::Last);
    for network in [&whole, &pruned, &whole] {
        let logits = Evaluator::new(network, 8, Readout::Last).logits(network, &strings);
        assert_eq!(evaluator.logits(network, &strings), logits);
    }
}
