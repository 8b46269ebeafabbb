//! Masks of networks in training.

use super::*;
use crate::cell::Cell;
use crate::data::{Corpus, ReberSettings, generate};
use crate::network::{Architecture, Batch, Input, Masks};
use crate::prune::{Scope, prune_by, sparsity};
use crate::random::Stream;
use crate::train::{
    EpochResult, Fit, Progress, Readout, Schedule, Strings, Trainer, Training, Turn,
};

/// Of four epochs on [`corpus`] in batches of 16.
const LENGTH: Progress = Progress { updates: 0, of: 76, per_epoch: 19 };

fn corpus() -> Corpus<'static> {
    let data = generate(&ReberSettings { count: 400, ..ReberSettings::default() });
    Corpus::try_from(data.unwrap()).unwrap()
}

fn network(corpus: &Corpus, cell: Cell, seed: u64) -> Network {
    let input = Input::of(&corpus.encoding, 5);
    Network::initialise(Architecture::stack(input, cell, &[8, 6], 2).unwrap(), seed)
}

/// 80 % of the weights are masked at random.
fn sparse(mut network: Network, ranking: Ranking) -> Network {
    let criterion = Criterion::Random;
    let selection = Selection { ranking, criterion, ..Selection::new(Scope::Both, 80.0) };
    let scores = selection.scores(&network, None, 3).unwrap();
    prune_by(&mut network, &scores, &selection).unwrap();
    network
}

fn every(updates: u64) -> Period {
    Period::Updates(updates)
}

fn fit(how: Sparsify, initial: &Network, start: &Network, corpus: &Corpus) -> (Network, Fit) {
    let training = Training { batch: 16, ..Training::default() };
    let mut trainer = Trainer::new(start.clone(), training, Stream::new(1, "shuffle"));
    let strings = Strings { train: &corpus.train, validation: None, test: &corpus.test };
    let mut reviser = how.reviser(initial, start, LENGTH, None, 1).unwrap();
    let fit = trainer.fit_with(strings, 1..=4, &mut *reviser, &mut |_: &EpochResult| ()).unwrap();
    (trainer.into_network(), fit)
}

#[test]
fn moving_masks_keep_the_count_of_each_matrix_to_the_weight() {
    let corpus = corpus();
    for cell in Cell::ALL {
        let initial = network(&corpus, cell, 2);
        let start = sparse(initial.clone(), Ranking::ErdosRenyi);
        let updates = Sparsify::Rigl { every: every(5), fraction: 0.3 };
        for how in [
            updates,
            Sparsify::Set { every: Period::Epochs(1), fraction: 0.3 },
            Sparsify::Selfish { every: Period::Epochs(1), fraction: 0.5 },
        ] {
            let (network, result) = fit(how, &initial, &start, &corpus);
            assert_ne!(network.masks(), start.masks(), "{cell} {how:?}");
            let (mut gates_move, counts) = (false, sparsity(&start).weights);
            for (now, then) in sparsity(&network).weights.iter().zip(&counts) {
                assert_eq!(now.masked, then.masked, "{cell} {how:?} {}", now.name);
                gates_move |= now.gates != then.gates;
            }
            assert!(gates_move || cell.gates() == 1, "{cell} {how:?}");
            let moved: Vec<_> = result.epochs.iter().map(|e| e.moved.clone().unwrap()).collect();
            assert!(moved.iter().all(|m| m.sparsity == sparsity(&start).sparsity));
            assert!(moved.iter().any(|m| m.replaced > 0.0));
            assert!(moved[3].first < 1.0 && moved[3].first > 0.0);
            // The same again, to the bit.
            let again = fit(how, &initial, &start, &corpus).0;
            assert_eq!(again, network);
        }
    }
}

/// Set and Selfish draw at random, RigL looks at gradients: none of them may leave the graph.
#[test]
fn nothing_grows_outside_a_graph() {
    let corpus = corpus();
    let mut graph = network(&corpus, Cell::Gru, 2);
    let fixed: Vec<usize> = graph.layout().weights().flat_map(|w| w.range.step_by(3)).collect();
    graph.mask(&Masks::at(graph.layout().len(), fixed.clone()));
    let start = sparse(graph.clone(), Ranking::Matrix);
    for how in [
        Sparsify::Rigl { every: every(5), fraction: 0.5 },
        Sparsify::Set { every: every(9), fraction: 0.5 },
        Sparsify::Selfish { every: every(9), fraction: 0.5 },
    ] {
        let (network, _) = fit(how, &graph, &start, &corpus);
        assert_ne!(network.masks(), start.masks());
        assert!(fixed.iter().all(|&place| network.masks().is_masked(place)), "{how:?}");
        let refused = how.reviser(&graph, &graph, LENGTH, None, 0).err();
        assert_eq!(refused, Some(SparsifyError::NothingMasked));
    }
}

fn batch(corpus: &Corpus) -> Batch {
    let mut batch = Batch::new();
    batch.fill((0..40).map(|row| corpus.train.get(row)), Readout::Last);
    batch
}

#[test]
fn a_rigl_update_changes_masks_and_no_other_weight() {
    let corpus = corpus();
    let initial = network(&corpus, Cell::Lstm, 7);
    let start = sparse(initial.clone(), Ranking::Matrix);
    let batch = batch(&corpus);
    let mut trainer = Trainer::new(start, Training::default(), Stream::new(0, "unused"));
    (0..3).for_each(|_| _ = trainer.step(&batch));
    let before = trainer.network().clone();
    let moments = trainer.moments();
    let how = Sparsify::Rigl { every: every(3), fraction: 0.4 };
    let mut reviser = how.reviser(&initial, &before, LENGTH, None, 0).unwrap();
    let at = |updates| Progress { updates, of: 100, per_epoch: 10 };
    assert_eq!(reviser.before_update(&mut trainer, &batch, at(2)), Turn::Update);
    assert_eq!(trainer.network(), &before);
    let turn = reviser.before_update(&mut trainer, &batch, at(3));
    assert!(matches!(turn, Turn::Done(loss) if loss.count == batch.count()), "{turn:?}");
    let after = trainer.network().clone();
    let [mean, square] = trainer.moments();
    let mut grown = 0;
    for place in 0..after.layout().len() {
        let (was, is) = (!before.masks().is_masked(place), !after.masks().is_masked(place));
        match (was, is) {
            (true, true) => {
                assert_eq!(after.parameters()[place], before.parameters()[place]);
                assert_eq!([mean[place], square[place]], [moments[0][place], moments[1][place]]);
            }
            (false, true) => {
                grown += 1;
                assert_eq!([after.parameters()[place], mean[place], square[place]], [0.0; 3]);
            }
            _ => assert_eq!(after.parameters()[place], 0.0),
        }
    }
    assert!(grown > 0);
    // From three quarters of training on masks stay.
    assert_eq!(reviser.before_update(&mut trainer, &batch, at(75)), Turn::Update);
    assert_eq!(trainer.network(), &after);
}

#[test]
fn gradual_pruning_ends_at_the_density_exactly_and_never_grows() {
    let corpus = corpus();
    let per_epoch = corpus.train.len().div_ceil(16) as u64;
    for (ranking, grain, end) in [
        (Ranking::Global, Grain::Weight, None),
        (Ranking::Gate, Grain::Weight, Some(Period::Epochs(2))),
        (Ranking::Matrix, Grain::Weight, Some(every(4 * per_epoch))),
        (Ranking::Layer, Grain::Unit, None),
    ] {
        let initial = network(&corpus, Cell::Gru, 2);
        let percent = if grain == Grain::Unit { 50.0 } else { 90.0 };
        let selection = Selection { ranking, grain, ..Selection::new(Scope::Both, percent) };
        let how = Sparsify::Gradual { selection, begin: every(3), end, every: every(7) };
        let (network, fit) = fit(how, &initial, &initial, &corpus);
        let mut expected = initial.clone();
        prune_now(&mut expected, &selection).unwrap();
        if grain == Grain::Weight {
            let counts = |network: &Network| -> Vec<usize> {
                let weights = sparsity(network).weights;
                match ranking {
                    Ranking::Global => vec![weights.iter().map(|w| w.masked).sum()],
                    Ranking::Matrix => weights.iter().map(|w| w.masked).collect(),
                    _ => weights.iter().flat_map(|w| &w.gates).map(|gate| gate.masked).collect(),
                }
            };
            assert_eq!(counts(&network), counts(&expected), "{ranking}");
        } else {
            let dead = |network: &Network| network.masks().count();
            assert!(dead(&network) >= dead(&initial) + 100);
        }
        let sparsities: Vec<f64> =
            fit.epochs.iter().map(|epoch| epoch.moved.as_ref().unwrap().sparsity).collect();
        assert!(sparsities.is_sorted() && sparsities[0] > 0.0, "{sparsities:?}");
        assert!(fit.epochs.iter().all(|epoch| epoch.moved.as_ref().unwrap().first == 1.0));
    }
}

#[test]
fn a_rising_threshold_takes_what_is_below_it() {
    let corpus = corpus();
    let initial = network(&corpus, Cell::RnnTanh, 2);
    let selection = Selection { ranking: Ranking::Matrix, ..Selection::new(Scope::Hh, 60.0) };
    let how = Sparsify::Narang { selection, begin: every(0), end: None, every: every(4) };
    let (network, _) = fit(how, &initial, &initial, &corpus);
    let account = sparsity(&network);
    assert_eq!(account.masked_ih, 0, "outside the scope");
    let share = account.masked_hh as f64 / account.count_hh as f64;
    // Each matrix loses its 60 %, whatever has become of its weights. The last threshold is a little
    // below that of the end.
    assert!((0.55..=0.6).contains(&share), "{share}");
}

#[test]
fn the_penalty_of_units_has_its_own_gradient() {
    let corpus = corpus();
    for cell in [Cell::Gru, Cell::Lstm] {
        let start = network(&corpus, cell, 4);
        let units: Vec<Vec<usize>> = (0..2)
            .flat_map(|layer| (0..start.architecture().layers[layer].size).map(move |u| (layer, u)))
            .map(|(layer, unit)| crate::prune::unit_places(&start, layer, unit))
            .collect();
        let penalty = |weights: &[f64]| -> f64 {
            let norm = |unit: &Vec<usize>| {
                (unit.iter().map(|&place| weights[place].powi(2)).sum::<f64>() + 1e-8).sqrt()
            };
            units.iter().map(norm).sum()
        };
        // Of a huge strength nothing but the penalty is left of the first step's gradient, whose
        // running mean is a tenth of it after clipping.
        let training = Training { clip: 1.0, ..Training::default() };
        let mut trainer = Trainer::new(start.clone(), training, Stream::new(0, "unused"));
        let mut reviser = Sparsify::GroupLasso { strength: 1e6 }
            .reviser(&start, &start, LENGTH, None, 0)
            .unwrap();
        let at = Progress { updates: 0, of: 10, per_epoch: 10 };
        reviser.before_update(&mut trainer, &batch(&corpus), at);
        let [mean, _] = trainer.moments();
        let mut weights: Vec<f64> = start.parameters().iter().map(|&w| f64::from(w)).collect();
        let expected: Vec<f64> = (0..weights.len())
            .map(|place| {
                let (value, step) = (weights[place], 1e-6);
                let mut at = |shift: f64| {
                    weights[place] = value + shift;
                    penalty(&weights)
                };
                let slope = (at(step) - at(-step)) / (2.0 * step);
                weights[place] = value;
                slope
            })
            .collect();
        let norm = expected.iter().map(|slope| slope * slope).sum::<f64>().sqrt();
        for (place, (mean, slope)) in mean.iter().zip(&expected).enumerate() {
            let error = (10.0 * f64::from(*mean) - slope / norm).abs();
            assert!(error < 1e-5, "{cell}, parameter {place}: {mean}, {slope}");
        }
    }
}

#[test]
fn a_strong_penalty_empties_units_that_shrinking_takes_out() {
    let corpus = corpus();
    let initial = network(&corpus, Cell::Gru, 2);
    let (kept, _) = fit(Sparsify::GroupLasso { strength: 1e-6 }, &initial, &initial, &corpus);
    assert!(sparsity(&kept).sparsity < 0.02);
    let mut trainer = Trainer::new(
        initial.clone(),
        Training {
            batch: 16,
            learning_rate: 0.01,
            schedule: Schedule::Linear,
            ..Training::default()
        },
        Stream::new(1, "shuffle"),
    );
    let strings = Strings { train: &corpus.train, validation: None, test: &corpus.test };
    let how = Sparsify::GroupLasso { strength: 0.3 };
    let mut reviser = how.reviser(&initial, &initial, LENGTH, None, 1).unwrap();
    trainer.fit_with(strings, 1..=20, &mut *reviser, &mut |_: &EpochResult| ()).unwrap();
    let (_, left) = trainer.into_network().shrink();
    let left: usize = left.iter().map(Vec::len).sum();
    assert!(left < 14, "{left} units are left");
}

#[test]
fn what_cannot_be_is_refused_with_the_reason() {
    let corpus = corpus();
    let initial = network(&corpus, Cell::Gru, 2);
    let gradual =
        |selection| Sparsify::Gradual { selection, begin: every(0), end: None, every: every(10) };
    let selection = Selection::new(Scope::Both, 90.0);
    let refused =
        |how: Sparsify, patience| how.reviser(&initial, &initial, LENGTH, patience, 0).err();
    assert_eq!(refused(gradual(selection), Some(3)), Some(SparsifyError::Patience));
    let blocks = Selection { grain: Grain::Block, ..selection };
    assert!(matches!(refused(gradual(blocks), None), Some(SparsifyError::Prune(_))));
    let snip = Selection { criterion: Criterion::Snip, ..selection };
    assert!(matches!(refused(gradual(snip), None), Some(SparsifyError::Criterion { .. })));
    let narang =
        Sparsify::Narang { selection: blocks, begin: every(0), end: None, every: every(1) };
    assert_eq!(refused(narang, None), Some(SparsifyError::Threshold));
}
