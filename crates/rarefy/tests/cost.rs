//! What training does not waste time or memory on: padding, units that nothing reads, new buffers.

use rarefy::cell::Cell;
use rarefy::data::{Corpus, Dataset, ReberSettings, generate};
use rarefy::network::{Architecture, Batch, Engine, Masks, Network, Readout, Reference, Stepper};
use rarefy::prune::{Ranking, Scope, prune};
use rarefy::random::Stream;
use rarefy::train::{Progress, Trainer, Training};

fn strings(count: usize) -> Dataset<'static> {
    let data = generate(&ReberSettings { count, ..ReberSettings::default() }).unwrap();
    Corpus::try_from(data).unwrap().train
}

#[test]
fn strings_read_at_their_own_end_meet_hardly_any_padding() {
    let strings = strings(4_000);
    let padding = |readout| {
        let network =
            Network::initialise(Architecture::stacked(128, Cell::RnnRelu, &[2], 2).unwrap(), 0);
        let training = Training { readout, ..Training::default() };
        let mut trainer = Trainer::new(network, training, Stream::new(0, "shuffle"));
        let (mut seen, mut fed, mut batches) = (0, 0, Vec::new());
        let mut watch = |batch: &Batch| {
            seen += batch.count();
            fed += batch.count() * batch.steps();
            batches.push(batch.steps());
        };
        let score = trainer.epoch_with(&strings, Progress::default(), &mut watch);
        assert_eq!((seen, score.unwrap().count), (strings.len(), strings.len()));
        let ascending = batches.windows(2).filter(|pair| pair[0] <= pair[1]).count();
        assert!(ascending < batches.len() * 2 / 3, "batches come sorted: {batches:?}");
        let characters: usize = (0..strings.len()).map(|at| strings.get(at).0.len()).sum();
        1.0 - characters as f64 / fed as f64
    };
    let (padded, last) = (padding(Readout::Padded), padding(Readout::Last));
    assert!(padded > 0.3 && last < 0.03, "{padded} and {last} of all steps are padding");
}

#[test]
fn units_that_nobody_reads_are_neither_computed_nor_changed() {
    for cell in Cell::ALL {
        let network =
            Network::initialise(Architecture::stacked(6, cell, &[4, 5, 3], 2).unwrap(), 1);
        let layout = network.layout().clone();
        let [below, _, above] = [0, 1, 2].map(|layer| &layout.layers[layer][0]);
        // The last layer reads nothing of the second, so the first two layers are dead.
        let masks = Masks::at(layout.len(), above.weight_ih.clone().collect());
        let network =
            Network::new(network.architecture().clone(), network.parameters().to_vec(), masks);
        let own = layout.embedding.len()
            + above.weight_hh.len()
            + above.bias_ih.len()
            + above.bias_hh.len()
            + layout.readout().weight.len()
            + layout.readout().bias.len();
        let mut engine = Engine::new(&network);
        let packing = engine.packing().clone();
        assert_eq!(packing.len(), own, "{cell}");

        let mut batch = Batch::new();
        batch.fill([(&[1_u32, 2, 3][..], 0), (&[4, 5], 1)].into_iter(), Readout::Last);
        let reference = Reference::new(network.architecture());
        let wide: Vec<f64> = network.parameters().iter().map(|&p| f64::from(p)).collect();
        let logits = engine.forward(&packing.pack(network.parameters()), &batch);
        for (fast, naive) in logits.iter().zip(reference.forward(&wide, &batch)) {
            assert!((f64::from(*fast) - naive).abs() < 1e-6, "{cell}: {fast}, naively {naive}");
        }
        let mut stepper = Stepper::new(&network);
        [4, 5].iter().for_each(|&token| stepper.step(token));
        for (stepped, fast) in stepper.logits().iter().zip(&logits[2..]) {
            assert!((stepped - fast).abs() < 1e-6, "{cell}: {stepped} in steps, else {fast}");
        }

        let before = network.parameters().to_vec();
        let mut trainer = Trainer::new(network, Training::default(), Stream::new(0, "unused"));
        trainer.step(&batch);
        let after = trainer.into_network().parameters().to_vec();
        let dead = below.weight_ih.start..above.weight_ih.end;
        assert_eq!(before[dead.clone()], after[dead], "{cell}: dead weights");
        assert_ne!(before[above.weight_hh.clone()], after[above.weight_hh.clone()], "{cell}");
    }
}

#[test]
fn a_step_allocates_nothing_once_its_buffers_fit() {
    let strings = strings(200);
    for percent in [0.0, 90.0] {
        for cell in Cell::ALL {
            let architecture = Architecture::stacked(128, cell, &[20, 20], 2).unwrap();
            let mut network = Network::initialise(architecture, 1);
            prune(&mut network, Scope::Both, percent, Ranking::Global).unwrap();
            let mut trainer = Trainer::new(network, Training::default(), Stream::new(0, "unused"));
            let mut batch = Batch::new();
            batch.fill((0..100).map(|at| strings.get(at)), Readout::Padded);
            trainer.step(&batch);
            let allocated = allocation_counter::measure(|| {
                trainer.step(&batch);
            });
            assert_eq!(allocated.count_total, 0, "{cell}, {percent} % pruned");
        }
    }
}
