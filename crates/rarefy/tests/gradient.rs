//! Gradients compared with central differences, and the fast path compared with the naive one.

use proptest::prelude::*;
use rarefy::cell::Cell;
use rarefy::data::{Scaling, Sequence, Target};
use rarefy::network::{
    Activation, Architecture, Batch, Block, Dropout, Dropped, Engine, Head, Input, Layer, Masks,
    Network, Pooling, Read, Readout, Reads, Reference, Source, Stepper,
};
use rarefy::parallel::Team;
use rarefy::prune::{Ranking, Scope, prune};
use rarefy::random::Stream;
use rarefy::train::Objective;

const VOCABULARY: usize = 6;
const CLASSES: usize = 3;

/// The error of a central difference of step h is about h^2 times the third derivative, plus the
/// rounding error of the loss divided by h. Both are near 1e-10 here.
const DIFFERENCE_TOLERANCE: f64 = 1e-8;
const STEP: f64 = 1e-5;

/// f32 compared with f64 over a dozen steps, in networks with weights of order one.
const FAST_TOLERANCE: f64 = 1e-4;

/// The inputs of the networks.
const TOKENS: Input = Input::Tokens { vocabulary: VOCABULARY, embedding: 3 };
const SERIES: Input = Input::Series { channels: 2 };

/// Two stacked layers and a skip connection around the second: several blocks in one layer, several
/// blocks that read the input, and blocks that read two sources at once.
fn architecture(cell: Cell, input: Input) -> Architecture {
    let block = |source| Block::new(source, cell);
    let both = |sources: [Source; 2]| Block { sources: sources.to_vec(), cell };
    let layer = |size, blocks| Layer { size, blocks, reversed: false };
    Architecture {
        input,
        layers: vec![
            layer(4, vec![block(Source::Input)]),
            layer(5, vec![block(Source::Layer(0)), block(Source::Input)]),
            layer(4, vec![block(Source::Layer(1)), block(Source::Layer(0))]),
            layer(
                3,
                vec![
                    both([Source::Layer(0), Source::Layer(2)]),
                    both([Source::Input, Source::Layer(1)]),
                ],
            ),
        ],
        reads: Reads::LastLayer,
        pooling: Pooling::Last,
        head: Head::default(),
        classes: CLASSES,
    }
}

/// Two bidirectional layers and an MLP.
fn both_ways(cell: Cell, input: Input, pooling: Pooling, activation: Activation) -> Architecture {
    let stack = Architecture::bidirectional(input, cell, &[4, 3], CLASSES).unwrap();
    Architecture { pooling, head: Head { sizes: vec![9, 6], activation }, ..stack }
}

/// The same, except that the readout also reads units of earlier layers.
fn architecture_read_everywhere(cell: Cell, input: Input) -> Architecture {
    let reads = Reads::Units(vec![(0, 1), (0, 3), (1, 4), (2, 0), (2, 2)]);
    Architecture { reads, ..architecture(cell, input) }
}

/// The tasks of the networks.
#[derive(Clone, Copy, Debug)]
enum Task {
    Class(Readout),
    /// Not at every step, and in some sequences at none.
    StepClasses,
    Numbers(Readout),
    StepNumbers,
}

const PADDED: Task = Task::Class(Readout::Padded);
const LAST: Task = Task::Class(Readout::Last);

/// Random sequences of these lengths, for networks that read `input`.
fn batch(input: Input, lengths: &[usize], task: Task, stream: &mut Stream) -> Batch {
    let mut sequences = Vec::new();
    for &length in lengths {
        let (mut tokens, mut values) = (Vec::new(), Vec::new());
        match input {
            Input::Tokens { vocabulary, .. } => {
                tokens.extend((0..length).map(|_| stream.index(vocabulary) as u32));
            }
            Input::Series { channels } => {
                values.extend((0..length * channels).map(|_| stream.normal() as f32));
            }
        }
        let (mut classes, mut numbers) = (Vec::new(), Vec::new());
        match task {
            Task::Class(_) => classes.push(Some(stream.index(CLASSES) as u32)),
            Task::StepClasses => classes.extend((0..length).map(|_| {
                let class = stream.index(CLASSES + 2);
                (class < CLASSES).then_some(class as u32)
            })),
            Task::Numbers(_) => numbers.extend((0..CLASSES).map(|_| stream.normal() as f32)),
            Task::StepNumbers => {
                numbers.extend((0..length * CLASSES).map(|_| stream.normal() as f32));
            }
        }
        sequences.push((tokens, values, classes, numbers));
    }
    let scaling = Scaling::none(input.width());
    let sequences = sequences.iter().map(|(tokens, values, classes, numbers)| {
        let sequence = match input {
            Input::Tokens { .. } => Sequence::Tokens(tokens),
            Input::Series { .. } => Sequence::Series { scaling: &scaling, values },
        };
        let target = match task {
            Task::Class(_) => Target::Class(classes[0].unwrap()),
            Task::StepClasses => Target::StepClasses(classes),
            Task::Numbers(_) => Target::Numbers(numbers),
            Task::StepNumbers => Target::StepNumbers { outputs: CLASSES, values: numbers },
        };
        (sequence, target)
    });
    let readout = match task {
        Task::Class(readout) | Task::Numbers(readout) => readout,
        Task::StepClasses | Task::StepNumbers => Readout::Padded,
    };
    let mut batch = Batch::new();
    batch.fill(sequences, readout);
    batch
}

fn wide(network: &Network) -> Vec<f64> {
    network.parameters().iter().map(|&parameter| f64::from(parameter)).collect()
}

fn check_against_differences(network: &Network, batch: &Batch) {
    check_with(network, batch, &Dropped::default());
}

/// The same with values that are dropped.
fn check_with(network: &Network, batch: &Batch, dropped: &Dropped) {
    let reference = Reference::new(network.architecture());
    let mut parameters = wide(network);
    let mut dlogits = Vec::new();
    let objective = Objective::new(batch.targets(), None);
    let loss = |parameters: &[f64], dlogits: &mut Vec<f64>| {
        let logits = reference.forward_with(parameters, batch, dropped);
        objective.differentiate(&logits, 0..batch.reads().len(), dlogits).mean()
    };
    loss(&parameters, &mut dlogits);
    let gradient = reference.backward_with(&parameters, batch, dropped, &dlogits);
    let cell = network.architecture().cell().unwrap();
    let mut unused = Vec::new();
    for place in 0..parameters.len() {
        // Masked weights have no gradient to check, because they cannot change.
        if network.masks().is_masked(place) {
            continue;
        }
        let value = parameters[place];
        let mut at = |value| {
            parameters[place] = value;
            loss(&parameters, &mut unused)
        };
        let difference = (at(value + STEP) - at(value - STEP)) / (2.0 * STEP);
        parameters[place] = value;
        let error = (gradient[place] - difference).abs();
        assert!(
            error < DIFFERENCE_TOLERANCE,
            "{cell}: gradient [{place}] is {}, by differences {difference}",
            gradient[place]
        );
    }
    assert!(
        gradient.iter().filter(|g| **g != 0.0).count() > parameters.len() / 4,
        "{cell}: mostly zeros"
    );
}

#[test]
fn gradients_are_those_of_central_differences() {
    for cell in Cell::ALL {
        for (task, input) in [
            (PADDED, TOKENS),
            (LAST, TOKENS),
            (PADDED, SERIES),
            (LAST, SERIES),
            (Task::StepClasses, TOKENS),
            (Task::StepNumbers, SERIES),
        ] {
            let mut stream = Stream::new(5, "gradient batch");
            let batch = batch(input, &[6, 1, 4], task, &mut stream);
            for architecture in
                [architecture(cell, input), architecture_read_everywhere(cell, input)]
            {
                let mut network = Network::initialise(architecture, 9);
                check_against_differences(&network, &batch);
                prune(&mut network, Scope::Both, 60.0, Ranking::Global).unwrap();
                check_against_differences(&network, &batch);
            }
        }
    }
}

#[test]
fn gradients_are_those_of_differences_in_both_directions_with_every_pooling_and_an_mlp() {
    let all = Pooling::All { steps: 4 };
    let different = &[5, 1, 3][..];
    for cell in Cell::ALL {
        for (pooling, task, input, lengths) in [
            (Pooling::Last, PADDED, TOKENS, different),
            (Pooling::Last, LAST, SERIES, different),
            (Pooling::Last, Task::StepClasses, TOKENS, different),
            (Pooling::Last, Task::StepNumbers, SERIES, different),
            (Pooling::LastStep, LAST, TOKENS, different),
            (Pooling::Mean, LAST, TOKENS, different),
            (Pooling::Mean, Task::Numbers(Readout::Mean), SERIES, different),
            (all, LAST, TOKENS, &[4, 4]),
            (all, Task::Numbers(Readout::All), SERIES, &[4, 4]),
        ] {
            let batch = batch(input, lengths, task, &mut Stream::new(5, "gradient batch"));
            for activation in Activation::ALL {
                let architecture = both_ways(cell, input, pooling, activation);
                let mut network = Network::initialise(architecture, 4);
                check_against_differences(&network, &batch);
                prune(&mut network, Scope::Both, 60.0, Ranking::Global).unwrap();
                check_against_differences(&network, &batch);
            }
        }
    }
}

#[test]
fn an_engine_is_right_in_both_directions_whatever_came_before() {
    for (cell, input) in Cell::ALL.into_iter().flat_map(|cell| [(cell, TOKENS), (cell, SERIES)]) {
        let mut stream = Stream::new(8, "both ways");
        for pooling in [Pooling::Last, Pooling::LastStep, Pooling::Mean, Pooling::All { steps: 7 }]
        {
            for (percent, activation) in [(0.0, Activation::Relu), (80.0, Activation::Tanh)] {
                let architecture = both_ways(cell, input, pooling, activation);
                let mut network = Network::initialise(architecture, 3);
                prune(&mut network, Scope::Both, percent, Ranking::Global).unwrap();
                let mut engine = Engine::new(&network);
                let tasks = [PADDED, LAST, Task::StepClasses, Task::StepNumbers];
                let (lengths, tasks): (&[&[usize]], &[Task]) = match pooling {
                    Pooling::All { .. } => (&[&[7; 170], &[7; 3], &[7]], &tasks[1..2]),
                    Pooling::Mean => (&[&[9, 3, 14], &[2; 170], &[5, 1]], &tasks[..2]),
                    Pooling::Last | Pooling::LastStep => {
                        (&[&[9, 3, 14], &[2; 170], &[5, 1]], &tasks)
                    }
                };
                for (lengths, &task) in
                    lengths.iter().flat_map(|l| tasks.iter().map(move |t| (l, t)))
                {
                    let batch = batch(input, lengths, task, &mut stream);
                    compare_engine_with_reference(&mut engine, &network, &batch);
                }
            }
        }
    }
}

#[test]
fn a_network_of_one_direction_pools_step_by_step() {
    for (cell, input) in Cell::ALL.into_iter().flat_map(|cell| [(cell, TOKENS), (cell, SERIES)]) {
        for pooling in [Pooling::Mean, Pooling::All { steps: 6 }] {
            let head = Head { sizes: vec![4], activation: Activation::Tanh };
            let architecture = architecture_read_everywhere(cell, input);
            let architecture = Architecture { pooling, head, ..architecture };
            let mut network = Network::initialise(architecture, 1);
            prune(&mut network, Scope::Both, 70.0, Ranking::Global).unwrap();
            let lengths = if pooling == Pooling::Mean { [6, 2, 11] } else { [6; 3] };
            let batch = batch(input, &lengths, LAST, &mut Stream::new(2, "pooled"));
            compare_engine_with_reference(&mut Engine::new(&network), &network, &batch);
        }
    }
}

#[test]
fn gradients_are_those_of_differences_where_values_are_dropped() {
    let rates = Dropout { input: 0.2, layers: 0.3, recurrent: 0.2 };
    for cell in Cell::ALL {
        for (task, input) in [(LAST, TOKENS), (Task::StepNumbers, SERIES), (PADDED, SERIES)] {
            let mut stream = Stream::new(5, "dropout");
            let batch = batch(input, &[6, 1, 9, 4], task, &mut stream);
            for architecture in [
                architecture_read_everywhere(cell, input),
                both_ways(cell, input, Pooling::Last, Activation::Tanh),
            ] {
                let mut network = Network::initialise(architecture, 9);
                let dropped = Dropped::draw(rates, network.architecture(), &batch, &mut stream);
                check_with(&network, &batch, &dropped);
                prune(&mut network, Scope::Both, 60.0, Ranking::Global).unwrap();
                let mut engine = Engine::new(&network);
                // Nothing of it is left afterwards.
                compare_gradients(&mut engine, &network, &batch, &dropped);
                compare_engine_with_reference(&mut engine, &network, &batch);
            }
        }
    }
}

/// More sequences than are computed together, more steps than are summed at once, and more tokens
/// than have a table in registers.
#[test]
fn results_have_the_same_bits_on_any_number_of_threads() {
    let tokens = Input::Tokens { vocabulary: 50, embedding: 3 };
    let rates = Dropout { input: 0.2, layers: 0.3, recurrent: 0.2 };
    let teams = [2, 3, 5].map(Team::new);
    for (cell, input) in Cell::ALL.into_iter().flat_map(|cell| [(cell, tokens), (cell, SERIES)]) {
        let mut stream = Stream::new(3, "threads");
        for (count, architecture, task) in [
            (20, architecture(cell, input), PADDED),
            (32, architecture_read_everywhere(cell, input), Task::StepNumbers),
            (50, both_ways(cell, input, Pooling::Mean, Activation::Tanh), LAST),
            (168, architecture(cell, input), LAST),
            // Wide enough for threads to share a matrix.
            (70, Architecture::stack(input, cell, &[40, 50], CLASSES).unwrap(), LAST),
        ] {
            let lengths: Vec<usize> = (0..count).map(|_| 1 + stream.index(30)).collect();
            let mut batch = batch(input, &lengths, task, &mut stream);
            let mut network = Network::initialise(architecture, 7);
            for (percent, is_text, rates) in [
                (0.0, false, Dropout::default()),
                (70.0, true, Dropout::default()),
                (90.0, false, rates),
            ] {
                prune(&mut network, Scope::Both, percent, Ranking::Global).unwrap();
                let dropped = Dropped::draw(rates, network.architecture(), &batch, &mut stream);
                let mut of_one = None;
                for team in [&Team::default()].into_iter().chain(&teams) {
                    let mut engine = team.install(|| Engine::new(&network));
                    let packed = engine.packing().pack(network.parameters());
                    let (mut logits, mut gradient) = (Vec::new(), vec![f32::NAN; packed.len()]);
                    // The second time with other memory, and from other states.
                    for first in [true, false] {
                        if is_text {
                            batch.set_piece(first);
                        }
                        let objective = Objective::new(batch.targets(), None);
                        logits.extend_from_slice(engine.forward(&packed, &batch));
                        engine.gradient_with(
                            &packed,
                            &batch,
                            &dropped,
                            &mut gradient,
                            |o, r, d| {
                                objective.differentiate(o, r, d);
                            },
                        );
                    }
                    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect();
                    let found: [Vec<u32>; 2] = [bits(&logits), bits(&gradient)];
                    assert_eq!(*of_one.get_or_insert(found.clone()), found, "{cell}, {count}");
                }
            }
        }
    }
}

fn assert_close(what: &str, fast: &[f32], naive: &[f64]) {
    assert_eq!(fast.len(), naive.len(), "{what}");
    let scale = naive.iter().fold(1e-3_f64, |largest, x| largest.max(x.abs()));
    for (at, (&fast, naive)) in fast.iter().zip(naive).enumerate() {
        let error = (f64::from(fast) - naive).abs() / scale;
        assert!(error < FAST_TOLERANCE, "{what}[{at}] is {fast}, naively {naive}");
    }
}

fn compare_engine_with_reference(engine: &mut Engine, network: &Network, batch: &Batch) {
    let cell = network.architecture().cell().unwrap();
    let reference = Reference::new(network.architecture());
    let parameters = wide(network);
    let naive = reference.forward(&parameters, batch);
    let packed = engine.packing().pack(network.parameters());
    let fast = engine.forward(&packed, batch).to_vec();
    assert_close(&format!("{cell}: logits"), &fast, &naive);
    let backwards = network.architecture().reads_backwards();
    let mut stepper = (!backwards).then(|| Stepper::new(network));
    let stepped = batch.reads().iter().filter_map(|&Read { column: string, step: last }| {
        let stepper = stepper.as_mut()?;
        stepper.reset();
        for step in 0..=last {
            match network.architecture().input {
                Input::Tokens { .. } => stepper.step(batch.tokens(step)[string]),
                Input::Series { .. } => {
                    let numbers = batch.numbers(step).iter().skip(string).step_by(batch.count());
                    stepper.step_numbers(&numbers.copied().collect::<Vec<_>>());
                }
            }
        }
        Some(stepper.logits().to_vec())
    });
    let stepped: Vec<f32> = stepped.flatten().collect();
    if !backwards {
        assert_close(&format!("{cell}: stepped logits"), &stepped, &naive);
    }
    compare_gradients(engine, network, batch, &Dropped::default());
}

fn compare_gradients(engine: &mut Engine, network: &Network, batch: &Batch, dropped: &Dropped) {
    let cell = network.architecture().cell().unwrap();
    let reference = Reference::new(network.architecture());
    let parameters = wide(network);
    let packed = engine.packing().pack(network.parameters());
    let naive = reference.forward_with(&parameters, batch, dropped);
    let objective = Objective::new(batch.targets(), None);
    let mut dlogits = Vec::new();
    objective.differentiate(&naive, 0..batch.reads().len(), &mut dlogits);
    let mut naive = reference.backward_with(&parameters, batch, dropped, &dlogits);
    network.masks().apply(&mut naive);
    let mut gradient = vec![f32::NAN; packed.len()];
    engine.gradient_with(&packed, batch, dropped, &mut gradient, |outputs, reads, d| {
        objective.differentiate(outputs, reads, d);
    });
    let mut fast = vec![0.0; naive.len()];
    engine.packing().unpack(&gradient, &mut fast);
    assert_close(&format!("{cell}: gradient"), &fast, &naive);
}

#[test]
fn an_engine_gives_the_same_for_a_batch_whatever_came_before() {
    for (cell, input) in Cell::ALL.into_iter().flat_map(|cell| [(cell, TOKENS), (cell, SERIES)]) {
        let network = Network::initialise(architecture(cell, input), 3);
        let mut engine = Engine::new(&network);
        let mut stream = Stream::new(6, "batches");
        // Long, short, then long again; wide, then narrow: this would reveal stale buffers. Sixty
        // steps exceed the number over which weight gradients are summed at a time.
        for lengths in [&[60, 3, 44][..], &[1], &[2; 170], &[12, 12, 1, 5]] {
            let numbers = Task::Numbers(Readout::Last);
            for task in [PADDED, LAST, Task::StepClasses, Task::StepNumbers, numbers] {
                let batch = batch(input, lengths, task, &mut stream);
                compare_engine_with_reference(&mut engine, &network, &batch);
            }
        }
    }
}

/// Weights in panels, and more steps than are multiplied by them at the same time.
#[test]
fn wide_networks_agree_with_the_reference() {
    let sizes = |sizes| Architecture::stack(SERIES, Cell::RnnTanh, sizes, CLASSES).unwrap();
    let both = Architecture::bidirectional(SERIES, Cell::Gru, &[400, 220], CLASSES).unwrap();
    for (architecture, steps) in [(sizes(&[1100, 240]), 35), (both, 90)] {
        let network = Network::initialise(architecture, 3);
        let batch = batch(SERIES, &[steps, steps / 2], LAST, &mut Stream::new(6, "wide"));
        compare_engine_with_reference(&mut Engine::new(&network), &network, &batch);
    }
}

#[test]
fn the_readout_may_read_units_of_any_layer() {
    for (cell, input) in Cell::ALL.into_iter().flat_map(|cell| [(cell, TOKENS), (cell, SERIES)]) {
        let mut network = Network::initialise(architecture_read_everywhere(cell, input), 2);
        let mut stream = Stream::new(7, "read everywhere");
        for percent in [0.0, 70.0, 100.0] {
            prune(&mut network, Scope::Both, percent, Ranking::Global).unwrap();
            let mut engine = Engine::new(&network);
            for lengths in [&[9, 4, 9][..], &[3; 170], &[5]] {
                let batch = batch(input, lengths, PADDED, &mut stream);
                compare_engine_with_reference(&mut engine, &network, &batch);
            }
        }
    }
}

#[test]
fn with_the_readout_last_a_string_does_not_feel_its_batch() {
    for cell in Cell::ALL {
        let network = Network::initialise(architecture(cell, TOKENS), 4);
        let mut engine = Engine::new(&network);
        let strings: [&[u32]; 3] = [&[1, 2, 3], &[4], &[5, 5, 2, 1, 3, 4]];
        let mut batch = Batch::new();
        batch.fill(strings.iter().map(|&tokens| (tokens, 0)), Readout::Last);
        let packed = engine.packing().pack(network.parameters());
        let together = engine.forward(&packed, &batch).to_vec();
        for (string, together) in strings.iter().zip(together.chunks_exact(CLASSES)) {
            batch.fill([(*string, 0)].into_iter(), Readout::Last);
            assert_eq!(engine.forward(&packed, &batch), together, "{cell}");
        }
    }
}

#[test]
fn a_unit_that_nothing_reads_changes_nothing() {
    for cell in Cell::ALL {
        let stack = Architecture::stacked(VOCABULARY, cell, &[5, 4], CLASSES).unwrap();
        let mut network = Network::initialise(stack, 8);
        // Neither the second layer nor another unit of the first reads unit 2 of the first layer.
        let layout = network.layout();
        let readers = [&layout.layers[0][0].weight_hh, &layout.layers[1][0].weight_ih];
        let unread = readers.into_iter().flat_map(|range| range.clone().skip(2).step_by(5));
        let masks = Masks::at(layout.len(), unread.collect());
        network.mask(&masks);
        let batch = batch(TOKENS, &[7, 2, 5], PADDED, &mut Stream::new(3, "dead unit"));
        compare_engine_with_reference(&mut Engine::new(&network), &network, &batch);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_engine_agrees_with_the_reference(
        cell in prop::sample::select(Cell::ALL.to_vec()),
        sizes in prop::collection::vec(1_usize..20, 1..4),
        lengths in prop::collection::vec(1_usize..9, 1..40),
        task in prop::sample::select(vec![
            PADDED,
            LAST,
            Task::StepClasses,
            Task::StepNumbers,
            Task::Numbers(Readout::Padded),
            Task::Numbers(Readout::Last),
        ]),
        series in any::<bool>(),
        percent in prop::sample::select(vec![0.0, 50.0, 90.0, 98.0, 100.0]),
        scope in prop::sample::select(vec![Scope::Both, Scope::Ih, Scope::Hh]),
        seed in any::<u64>(),
    ) {
        let input = match series {
            true => Input::Series { channels: 1 + sizes[0] % 5 },
            false => Input::Tokens { vocabulary: VOCABULARY, embedding: sizes[0] },
        };
        let architecture = Architecture::stack(input, cell, &sizes, CLASSES).unwrap();
        let mut network = Network::initialise(architecture, seed);
        prune(&mut network, scope, percent, Ranking::Global).unwrap();
        let batch = batch(input, &lengths, task, &mut Stream::new(seed, "property batch"));
        let mut engine = Engine::new(&network);
        compare_engine_with_reference(&mut engine, &network, &batch);
    }
}
