//! Networks learn, and they recover from pruning, as in the thesis.

mod support;

use std::ops::ControlFlow;

use rarefy::cell::Cell;
use rarefy::data::{
    Corpus, Dataset, ReadOptions, ReberSettings, Rows, Scaling, Sequences, Target, Targets, Unit,
    generate,
};
use rarefy::network::{Architecture, Batch, Input, Network, Reference, Unfit};
use rarefy::prune::{Ranking, Scope, prune};
use rarefy::random::Stream;
use rarefy::train::{
    ClassWeights, EpochResult, Evaluator, Fit, FitError, HoldOut, Judge, Merit, Optimizer, Readout,
    Schedule, Score, SettingError, Strings, Trainer, Training, epochs_to_recover,
    weighted_cross_entropy,
};

fn published() -> Option<Corpus<'static>> {
    let thesis = support::thesis_dir()?;
    let [train, test] = ["train_data.csv", "test_data.csv"].map(|name| {
        let path = thesis.join("dataset").join(name);
        let rows = Rows::read(&path, None, &ReadOptions::default()).unwrap().0;
        (path, rows)
    });
    Some(
        Corpus::encode(
            (&train.0, &train.1),
            (&test.0, &test.1),
            Unit::default(),
            &ReadOptions::default(),
        )
        .unwrap(),
    )
}

/// Valid Reber strings and decoys.
fn drawn(count: usize) -> Corpus<'static> {
    let data = generate(&ReberSettings { count, ..ReberSettings::default() }).unwrap();
    Corpus::try_from(data).unwrap()
}

fn fresh(cell: Cell, sizes: &[usize]) -> Network {
    Network::initialise(Architecture::stacked(128, cell, sizes, 2).unwrap(), 0)
}

/// The thesis's settings.
fn thesis() -> Training {
    Training { readout: Readout::Padded, ..Training::default() }
}

fn train(
    network: Network,
    strings: Strings,
    training: &Training,
    epochs: u32,
) -> (Network, Vec<EpochResult>) {
    let mut trainer = Trainer::new(network, training.clone(), Stream::new(0, "shuffle"));
    let result = trainer.fit(strings, 0..=epochs, |_| ()).unwrap();
    assert_eq!(result.diverged, None);
    (trainer.into_network(), result.epochs)
}

#[test]
fn a_gru_learns_the_thesiss_data_and_recovers_from_losing_nine_weights_in_ten() {
    let Some(corpus) = published() else { return };
    let strings = Strings { train: &corpus.train, validation: None, test: &corpus.test };
    let training = thesis();
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
    // The accuracy to reach, and the number of epochs at the thesis's settings.
    let goals = [(Cell::RnnTanh, 0.90, 20), (Cell::RnnRelu, 0.99, 15), (Cell::Lstm, 0.999, 5)];
    std::thread::scope(|scope| {
        for (cell, goal, epochs) in goals {
            let corpus = &corpus;
            scope.spawn(move || {
                let network = fresh(cell, &[50, 50, 50]);
                let shuffle = Stream::new(0, "shuffle");
                let mut trainer = Trainer::new(network, thesis(), shuffle);
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
    let corpus = drawn(3_000);
    let strings = Strings { train: &corpus.train, validation: None, test: &corpus.test };
    for cell in Cell::ALL {
        for readout in [Readout::Padded, Readout::Last] {
            let training = Training { readout, ..Training::default() };
            let (_, epochs) = train(fresh(cell, &[16]), strings, &training, 5);
            // Letters outside BEPSTVX give away more than half of the invalid strings. A network
            // that learns anything is therefore far above the half that guessing gets.
            let best = epochs.iter().map(|epoch| epoch.test.accuracy()).fold(0.0, f64::max);
            assert!(best > 0.7, "{cell}, {readout:?}: {best}");
        }
    }
}

#[test]
fn a_batch_of_several_strips_is_weighed_as_one() {
    // A batch of 80 is three strips; three in four strings are of class 0.
    let strings: Vec<(Vec<u32>, u32)> = (0..80_u32)
        .map(|string| (vec![1 + string % 5, 2 + string % 7], u32::from(string % 4 == 0)))
        .collect();
    let mut batch = Batch::new();
    batch.fill(strings.iter().map(|(text, class)| (&text[..], *class)), Readout::Last);
    let corpus = drawn(200);
    // Three times as many strings of class 0 as of class 1.
    let of = |class, count| {
        let rows =
            (0..corpus.train.len()).filter(|&row| corpus.train.get(row).1 == Target::Class(class));
        rows.take(count).collect::<Vec<_>>()
    };
    let trained_on = corpus.train.select(&[of(0, 60), of(1, 20)].concat());

    let training = Training {
        class_weights: ClassWeights::Balanced,
        readout: Readout::Last,
        clip: 1e9,
        ..Training::default()
    };
    // The weights of classes are computed at the start of an epoch. A learning rate of 0 leaves the
    // network's weights unchanged.
    let network = fresh(Cell::Gru, &[6]);
    let mut trainer = Trainer::new(network.clone(), training, Stream::new(0, "unused"));
    trainer.set_learning_rate(0.0);
    trainer.epoch(&trained_on).unwrap();
    let [before, _] = trainer.moments();
    trainer.step(&batch);
    let [after, _] = trainer.moments();
    assert_eq!(trainer.network().parameters(), network.parameters());

    let parameters: Vec<f64> = network.parameters().iter().map(|&p| f64::from(p)).collect();
    let reference = Reference::new(network.architecture());
    let logits = reference.forward(&parameters, &batch);
    let weights = [80.0 / (2.0 * 60.0), 80.0 / (2.0 * 20.0)];
    let mut gradient = Vec::new();
    // The batch also has 60 of class 0 and 20 of class 1.
    let total = 60.0 * weights[0] + 20.0 * weights[1];
    weighted_cross_entropy(&logits, batch.classes(), &weights, total, &mut gradient);
    let expected = reference.backward(&parameters, &batch, &gradient);
    let largest = expected.iter().fold(0.0_f64, |largest, g| largest.max(g.abs()));
    for (place, expected) in expected.iter().enumerate() {
        // Adam's first moment takes in a tenth of each gradient.
        let got = (f64::from(after[place]) - 0.9 * f64::from(before[place])) / 0.1;
        let error = (got - expected).abs() / largest;
        assert!(error < 1e-5, "gradient [{place}] is {got}, naively {expected}");
    }
}

#[test]
fn balancing_classes_of_the_same_size_changes_no_bit() {
    let corpus = drawn(400);
    let of = |class| {
        let rows =
            (0..corpus.train.len()).filter(|&row| corpus.train.get(row).1 == Target::Class(class));
        rows.take(100).collect::<Vec<_>>()
    };
    let train_on = corpus.train.select(&[of(0), of(1)].concat());
    let strings = Strings { train: &train_on, validation: None, test: &corpus.test };
    let [plain, balanced] = [ClassWeights::None, ClassWeights::Balanced].map(|class_weights| {
        let training = Training { class_weights, batch: 40, ..Training::default() };
        train(fresh(Cell::Lstm, &[7]), strings, &training, 3)
    });
    assert_eq!(plain, balanced);
}

/// Training on nine tenths of some strings, with a learning rate too high to settle.
fn restless(patience: Option<u32>, epochs: u32, score_first: bool) -> (Network, Fit) {
    let corpus = drawn(400);
    let held_out = HoldOut::new(&corpus.train, 0.2, 0).unwrap();
    let strings = held_out.strings(&corpus.test);
    let training = Training { patience, learning_rate: 0.05, ..Training::default() };
    let mut trainer = Trainer::new(fresh(Cell::Gru, &[8]), training, Stream::new(0, "shuffle"));
    let fit = trainer.fit(strings, u32::from(!score_first)..=epochs, |_| ()).unwrap();
    (trainer.into_network(), fit)
}

fn validation_losses(fit: &Fit) -> Vec<f64> {
    fit.epochs.iter().map(|epoch| epoch.validation.unwrap().loss_mean).collect()
}

#[test]
fn training_stops_when_patience_ends_and_keeps_the_best_epoch() {
    let (_, all) = restless(None, 30, false);
    assert_eq!((all.epochs.len(), all.kept_epoch), (30, None));
    assert_eq!(all.kept().unwrap().epoch, 30);
    let losses = validation_losses(&all);
    for patience in [1, 2, 4, 100] {
        // What should happen, computed from the whole curve.
        let (mut best, mut last) = (0, 29);
        for epoch in 1..30 {
            if losses[epoch] < losses[best] {
                best = epoch;
            } else if epoch - best == patience as usize {
                last = epoch;
                break;
            }
        }
        let (network, fit) = restless(Some(patience), 30, false);
        assert_eq!(fit.epochs, all.epochs[..=last], "patience {patience}");
        assert_eq!(fit.kept_epoch, Some(best as u32 + 1));
        assert_eq!(fit.kept().unwrap().validation.unwrap().loss_mean, losses[best]);
        // The network equals the one after that many epochs.
        let (expected, _) = restless(None, best as u32 + 1, false);
        assert_eq!(network, expected, "patience {patience}");
    }
    assert!(restless(Some(1), 30, false).1.epochs.len() < 30, "it never stopped");
}

#[test]
fn an_epoch_0_that_no_later_one_is_better_than_is_kept() {
    // A trained network, trained further with a rate that damages it.
    let corpus = drawn(400);
    let held_out = HoldOut::new(&corpus.train, 0.2, 0).unwrap();
    let strings = held_out.strings(&corpus.test);
    let training = Training { learning_rate: 0.02, ..Training::default() };
    let (network, _) = train(fresh(Cell::Gru, &[8]), strings, &training, 30);
    let training = Training { patience: Some(2), learning_rate: 3.0, ..Training::default() };
    let mut trainer = Trainer::new(network.clone(), training.clone(), Stream::new(0, "shuffle"));
    let fit = trainer.fit(strings, 0..=9, |_| ()).unwrap();
    assert_eq!((fit.epochs.len(), fit.kept_epoch), (3, Some(0)), "{fit:?}");
    assert_eq!(*trainer.network(), network);
}

#[test]
fn what_cannot_be_trained_on_is_an_error() {
    let corpus = drawn(200);
    let usual = Training::default;
    let fault = |training: Training, strings: Strings| {
        let mut trainer =
            Trainer::new(fresh(Cell::RnnTanh, &[3]), training, Stream::new(0, "shuffle"));
        trainer.fit(strings, 1..=1, |_| ()).unwrap_err()
    };
    let strings = Strings { train: &corpus.train, validation: None, test: &corpus.test };
    let patient = fault(Training { patience: Some(1), ..usual() }, strings);
    assert_eq!(patient, FitError::NothingHeldOut);
    let batch = fault(Training { batch: 0, ..usual() }, strings);
    assert_eq!(batch, FitError::Setting(SettingError::Batch));
    let rate = fault(Training { learning_rate: f64::NAN, ..usual() }, strings);
    assert!(matches!(rate, FitError::Setting(SettingError::LearningRate(_))), "{rate}");
    let decay = fault(Training { weight_decay: 0.1, ..usual() }, strings);
    assert_eq!(decay, FitError::Setting(SettingError::NoWeightDecay(0.1)));
    let optimizer = Optimizer::AdamW;
    let momentum = fault(Training { optimizer, momentum: 0.9, ..usual() }, strings);
    let none = SettingError::NoMomentum { momentum: 0.9, optimizer };
    assert_eq!(momentum, FitError::Setting(none));
    let momentum = fault(Training { optimizer: Optimizer::Sgd, momentum: 1.0, ..usual() }, strings);
    assert_eq!(momentum, FitError::Setting(SettingError::Momentum(1.0)));
    let empty = corpus.train.select(&[]);
    let nothing = fault(usual(), Strings { train: &empty, ..strings });
    assert_eq!(nothing, FitError::NothingToLearn);
    let mut other = corpus.test.clone();
    other.sequences = Sequences::Tokens(vec![vec![1, 128]; other.len()]);
    let unknown = fault(usual(), Strings { test: &other, ..strings });
    let source = Unfit::Token { row: 1, token: 128, vocabulary: 128 };
    assert_eq!(unknown, FitError::Unfit { set: "test", source });
}

#[test]
fn an_observer_ends_training_after_the_epoch_it_saw() {
    let corpus = drawn(200);
    let strings = Strings { train: &corpus.train, validation: None, test: &corpus.test };
    let network = fresh(Cell::RnnTanh, &[3]);
    let mut trainer = Trainer::new(network.clone(), Training::default(), Stream::new(0, "shuffle"));
    let stop_after_2 = |epoch: &EpochResult| match epoch.epoch {
        2 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let stopped = trainer.fit(strings, 1..=9, stop_after_2).unwrap();
    assert_eq!((stopped.epochs.len(), stopped.stopped), (2, true));
    let mut whole = Trainer::new(network, Training::default(), Stream::new(0, "shuffle"));
    let fit = whole.fit(strings, 1..=2, |_| ()).unwrap();
    assert_eq!((fit.epochs, fit.stopped), (stopped.epochs, false));
    assert_eq!(whole.network(), trainer.network());
}

#[test]
fn a_schedule_changes_the_rate_from_the_second_epoch_on() {
    let corpus = drawn(200);
    let strings = Strings { train: &corpus.train, validation: None, test: &corpus.test };
    let after = |schedule, epochs| {
        let training = Training { schedule, ..Training::default() };
        train(fresh(Cell::RnnTanh, &[3]), strings, &training, epochs)
    };
    let constant = after(Schedule::Constant, 3).1;
    for schedule in [Schedule::Linear, Schedule::Cosine] {
        let lowered = after(schedule, 3).1;
        assert_eq!(lowered[..2], constant[..2], "epoch 0 and 1");
        assert_ne!(lowered[2].test, constant[2].test);
        // By hand: the same optimiser, whose rate is set before each epoch.
        let mut trainer = Trainer::new(
            fresh(Cell::RnnTanh, &[3]),
            Training::default(),
            Stream::new(0, "shuffle"),
        );
        for epoch in 1..=3 {
            trainer.set_learning_rate(schedule.rate(1e-3, epoch, 3));
            trainer.epoch(&corpus.train).unwrap();
        }
        assert_eq!(*trainer.network(), after(schedule, 3).0);
    }
}

/// Trains a network with this many outputs on the targets of `data`; returns its score on `data`.
fn learnt(input: Input, outputs: usize, data: &Dataset) -> Score {
    let architecture = Architecture::stack(input, Cell::RnnTanh, &[16], outputs).unwrap();
    let training = Training { learning_rate: 0.01, readout: Readout::Last, ..Training::default() };
    let network = Network::initialise(architecture, 1);
    let mut trainer = Trainer::new(network, training, Stream::new(1, "shuffle"));
    let mut evaluator = Evaluator::new(trainer.network(), 32, Readout::Last);
    let first = trainer.epoch(data).unwrap();
    for _ in 0..30 {
        let score = trainer.epoch(data).unwrap();
        assert_eq!((score.count, score.merit_is()), (first.count, first.merit_is()));
    }
    let score = evaluator.score(trainer.network(), data);
    assert_eq!(score.count, first.count);
    assert!(score.merit() > first.merit() && score.loss_mean < first.loss_mean);
    let outputs = evaluator.logits(trainer.network(), data);
    assert_eq!(evaluator.score_of(&outputs, data), score);
    score
}

#[test]
fn classes_at_steps_and_numbers_are_learnt_and_scored() {
    let mut stream = Stream::new(7, "tasks");
    // The target is the previous token. The first token has no target, so strings of one token have
    // none.
    let texts: Vec<Vec<u32>> = (0..150)
        .map(|_| (0..1 + stream.index(6)).map(|_| stream.index(3) as u32).collect())
        .collect();
    let before = |text: &Vec<u32>| -> Vec<Option<u32>> {
        std::iter::once(None).chain(text.iter().copied().map(Some)).take(text.len()).collect()
    };
    let asked: usize = texts.iter().map(|text| text.len() - 1).sum();
    let targets = Targets::StepClasses(texts.iter().map(before).collect());
    let data = Dataset { sequences: Sequences::Tokens(texts), targets };
    let score = learnt(Input::Tokens { vocabulary: 3, embedding: 3 }, 3, &data);
    assert_eq!((score.count, score.merit_is()), (asked, Merit::Accuracy));
    assert!(score.merit() > 0.95, "{score:?}");

    // Targets: the mean of a series, and its last number.
    let series: Vec<Vec<f32>> = (0..150)
        .map(|_| (0..1 + stream.index(5)).map(|_| stream.normal() as f32).collect())
        .collect();
    let mean = |series: &Vec<f32>| series.iter().sum::<f32>() / series.len() as f32;
    let values: Vec<f32> =
        series.iter().flat_map(|series| [mean(series), series[series.len() - 1]]).collect();
    let sequences = Sequences::Series {
        scaling: Scaling::none(1),
        values: series.iter().map(|series| series.into()).collect(),
    };
    let data =
        Dataset { sequences: sequences.clone(), targets: Targets::Numbers { outputs: 2, values } };
    let score = learnt(Input::Series { channels: 1 }, 2, &data);
    assert_eq!((score.count, score.merit_is()), (150, Merit::R2));
    assert!(score.merit() > 0.8, "{score:?}");

    // Targets at each step: the mean of the series up to that step.
    let so_far = |series: &Vec<f32>| -> Vec<f32> {
        (1..=series.len()).map(|end| mean(&series[..end].to_vec())).collect()
    };
    let values = series.iter().map(so_far).collect();
    let data = Dataset { sequences, targets: Targets::StepNumbers { outputs: 1, values } };
    let score = learnt(Input::Series { channels: 1 }, 1, &data);
    assert_eq!(score.count, series.iter().map(Vec::len).sum::<usize>());
    assert!(score.merit() > 0.8, "{score:?}");
}
