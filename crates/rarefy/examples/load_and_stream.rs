//! Load a model file and read a string one character at a time, with an answer after each one.
//!
//!     cargo run --release --example load_and_stream [MODEL]
//!
//! Without MODEL, a `.safetensors` or `.pt` of a network that reads characters, it makes a small
//! one.

use std::error::Error;
use std::path::{Path, PathBuf};

use rarefy::cell::Cell;
use rarefy::data::{Corpus, ReberSettings, generate};
use rarefy::format::{History, Model, open_model};
use rarefy::network::{Architecture, Input, Network, Stepper};
use rarefy::random::Stream;
use rarefy::train::{Readout, Trainer, Training};

/// Runs the example. A test runs it, too.
pub fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let named = std::env::args_os().nth(1).map(PathBuf::from).filter(|path| path.is_file());
    let path = match named {
        Some(path) => path,
        None => make(folder.path())?,
    };

    let opened = open_model(&path, None, None)?;
    for note in &opened.notes {
        println!("note: {note}");
    }
    let model = opened.model;
    let vocabulary = model.encoding.vocabulary().ok_or("the model reads no texts")?;

    let mut stepper = Stepper::new(&model.network);
    for text in ["BTSSSXXTVVE", "BPTTTTTTVVE", "BTSSSXXTTSE"] {
        stepper.reset();
        for (character, token) in text.chars().zip(vocabulary.encode(text)?) {
            stepper.step(token);
            println!("{character}  {:?}", stepper.logits());
        }
        let logits = stepper.logits();
        let best = (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
        println!("{text} is of class {}\n", model.task.labels()[best.ok_or("no class")?]);
    }
    Ok(())
}

/// A model whose answer is read at each string's own end, as when streaming.
fn make(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let data = generate(&ReberSettings { count: 2_000, ..ReberSettings::default() })?;
    let corpus = Corpus::try_from(data)?;
    let input = Input::of(&corpus.encoding, 16);
    let architecture = Architecture::stack(input, Cell::Gru, &[16], corpus.task.outputs())?;
    let training = Training { learning_rate: 5e-3, readout: Readout::Last, ..Training::default() };
    let network = Network::initialise(architecture, 0);
    let mut trainer = Trainer::new(network, training, Stream::new(0, "shuffle"));
    for _ in 0..8 {
        trainer.epoch(&corpus.train).map_err(|batch| format!("batch {batch} diverged"))?;
    }
    let path = folder.join("reber.safetensors");
    let Corpus { encoding, task, .. } = corpus;
    let (network, history) = (trainer.into_network(), History::default());
    Model { network, encoding, task, readout: Readout::Last, history, int8: None }.write(&path)?;
    Ok(path)
}
