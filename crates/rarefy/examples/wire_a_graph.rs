//! Wire a network as a random graph: nodes are units, and edges are the weights that are kept.
//!
//!     cargo run --release --example wire_a_graph

use std::error::Error;

use rarefy::cell::Cell;
use rarefy::data::{Corpus, ReberSettings, generate};
use rarefy::graph::{Family, Layering, Orientation, Parameters};
use rarefy::network::Input;
use rarefy::prune::sparsity;
use rarefy::random::Stream;
use rarefy::train::{Strings, Trainer, Training};
use rarefy::wiring::{ReadoutFrom, Wiring};

/// Runs the example. A test runs it, too.
pub fn main() -> Result<(), Box<dyn Error>> {
    let graph = Family::AnyWattsStrogatz.generate(&Parameters::of(24).k(4).p(1.0), 7)?;
    // Each edge points to the higher node number, and each node is in a layer after its
    // predecessors.
    let layering = Layering::new(&graph, Orientation::Number, 0)?;
    let sizes: Vec<usize> = layering.layers().iter().map(Vec::len).collect();
    println!("{} nodes, {} edges, layers of {sizes:?}", graph.nodes(), graph.edges().count());

    let corpus =
        Corpus::try_from(generate(&ReberSettings { count: 2_000, ..ReberSettings::default() })?)?;
    let input = Input::of(&corpus.encoding, 24);
    let classes = corpus.task.outputs();
    let wiring = Wiring { readout: ReadoutFrom::Sinks, ..Wiring::new(Cell::Gru) };
    let network = wiring.network(&layering, input, classes, 0)?;
    let account = sparsity(&network);
    println!("{} of {} input weights are no edge", account.masked_ih, account.count_ih);

    let training = Training { learning_rate: 3e-3, ..Training::default() };
    let mut trainer = Trainer::new(network, training.clone(), Stream::new(0, "shuffle"));
    let strings = Strings { train: &corpus.train, validation: None, test: &corpus.test };
    trainer.fit(strings, 1..=4, |epoch| println!("epoch {}: {}", epoch.epoch, epoch.test))?;
    Ok(())
}
