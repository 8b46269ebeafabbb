//! `rarefy train`: train a recurrent classifier on labelled sequences.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use rarefy::cell::Cell;
use rarefy::data::{Corpus, Encoding, Vocabulary};
use rarefy::format::{History, Model, check_writable};
use rarefy::network::{Architecture, Input, Network};
use rarefy::random::Stream;
use rarefy::train::{self, EpochResult, Strings, Trainer, fit, hold_out};
use serde_json::json;

use crate::arguments::{
    FileArguments, Readout, RunArguments, TokenArguments, TrainingArguments, UnusedJobs,
    model_to_write, print_json, print_text, share,
};
use crate::command::graph::WiringArguments;
use crate::progress::Progress;
use crate::strings::corpus;

/// Arguments of `rarefy train`.
#[derive(Debug, Args)]
#[command(after_help = "\
The defaults are the thesis's settings. The network is an embedding as wide as the first layer \
where the data are texts, the recurrent layers, and a linear readout over the labels of the training \
file. Series of numbers enter the first layer as they are, each channel scaled to mean 0 and variance \
1 of the training file; the scale is kept in the model, and `rarefy export` makes it part of the \
exported network. Of texts, the tokens that the training file has are kept in the model.

Examples:
  rarefy data reber --out data
  rarefy train --train data/train_data.csv --test data/test_data.csv --cell gru --epochs 5 --out gru.safetensors
  rarefy graph generate --family watts-strogatz --nodes 30 --k 6 --p 1 --out ws.json
  rarefy train --train data/train_data.csv --test data/test_data.csv --cell gru --graph ws.json --batch 128 --epochs 15 --out ws.safetensors")]
pub struct TrainArguments {
    #[command(flatten)]
    files: FileArguments,
    #[command(flatten)]
    tokens: TokenArguments,
    /// Recurrent cell: rnn_tanh, rnn_relu, gru or lstm
    #[arg(long, value_name = "CELL")]
    cell: Cell,
    /// Units of each recurrent layer
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', default_value = "50,50,50", value_parser = units)]
    layers: Vec<usize>,
    #[command(flatten)]
    wiring: WiringArguments,
    /// Passes over the training data
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: u32,
    #[command(flatten)]
    training: TrainingArguments,
    /// Where the network's answer is read [default: padded for texts of characters, as in the
    /// thesis; last for words and series]
    #[arg(long)]
    readout: Option<Readout>,
    /// Share of the training file to hold out and measure on after each epoch
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share, allow_negative_numbers = true)]
    validation: f64,
    /// File to write the model to (.safetensors)
    #[arg(long, value_name = "MODEL", value_parser = model_to_write)]
    out: PathBuf,
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    _jobs: UnusedJobs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The size of a layer.
pub fn units(text: &str) -> Result<usize, String> {
    let size = text.parse().ok().filter(|&size| size > 0);
    size.ok_or_else(|| "expected layer sizes of at least 1, like 50,50,50".to_owned())
}

/// Runs `rarefy train`.
pub fn run(arguments: &TrainArguments) -> anyhow::Result<()> {
    let corpus = corpus(&arguments.files.files(arguments.tokens.unit()), None)?;
    let Corpus { train, test, encoding, labels, .. } = corpus;
    check_writable(&arguments.out)?;

    let classes = labels.names().len();
    let seed = arguments.run.seed;
    let (cell, layers) = (arguments.cell, &arguments.layers);
    let network = match arguments.wiring.network(cell, &encoding, classes, seed)? {
        Some(network) => network,
        None => {
            let stack =
                Architecture::stack(Input::of(&encoding, layers[0]), cell, layers, classes)?;
            Network::initialise(stack, seed)
        }
    };
    let readout = arguments.readout.map_or_else(|| usual_readout(&encoding), Into::into);
    let training = arguments.training.training(readout);
    let (train, validation) = hold_out(&train, arguments.validation, seed);
    if train.is_empty() {
        bail!("--validation {} leaves no string to learn from", arguments.validation);
    }
    let validation = Some(&validation).filter(|strings| !strings.is_empty());
    let strings = Strings { train: &train, validation, test: &test };
    let mut trainer = Trainer::new(network, training.clone(), Stream::new(seed, "shuffle"));

    let progress = Progress::of_equals(arguments.epochs, arguments.run.quiet);
    let result = fit(&mut trainer, &training, strings, arguments.epochs, false, |epoch| {
        progress.advance(1, 1);
        progress.line(&describe(epoch, arguments.epochs));
    });
    drop(progress);
    if let Some(diverged) = result.diverged {
        bail!(
            "{diverged} (--lr {:?}, --clip {:?}); no model was written",
            training.learning_rate,
            training.clip
        );
    }

    let history =
        History { validation_share: arguments.validation, validation_seed: seed, unpruned: None };
    let (network, readout) = (trainer.into_network(), training.readout);
    let model = Model { network, encoding, labels, readout, history };
    model.write(&arguments.out)?;
    let last = result.epochs.last().expect("at least one epoch");
    if arguments.json {
        return print_json(&json!({
            "test_accuracy": last.test.accuracy(),
            "test_loss": last.test.loss_sum,
            "test_loss_mean": last.test.loss_mean,
            "validation_accuracy": last.validation.map(|score| score.accuracy()),
            "epochs": arguments.epochs,
            "parameters": model.network.parameters().len(),
            "model": arguments.out,
            "curve": curve(&result.epochs),
            "seconds": result.seconds,
        }));
    }
    print_text(&format!(
        "test accuracy {:.5} ({} of {}) after {} epochs; {} parameters; wrote {}\n",
        last.test.accuracy(),
        last.test.correct,
        last.test.count,
        arguments.epochs,
        model.network.parameters().len(),
        arguments.out.display(),
    ))
}

/// Where the answer is read unless it is said: the thesis's way for its kind of data, and
/// independent of padding for others.
pub fn usual_readout(encoding: &Encoding) -> train::Readout {
    match encoding.vocabulary().and_then(Vocabulary::characters) {
        Some(_) => train::Readout::Padded,
        None => train::Readout::Last,
    }
}

/// One epoch as a line.
pub fn describe(result: &EpochResult, of: u32) -> String {
    let mut line = format!("epoch {:>3}/{of}", result.epoch);
    let scores = [
        ("train", result.train.as_ref()),
        ("validation", result.validation.as_ref()),
        ("test", Some(&result.test)),
    ];
    for (name, score) in scores {
        if let Some(score) = score {
            line += &format!("   {name} {:.5}", score.accuracy());
        }
    }
    line + &format!("   (test loss {:.6} a string)", result.test.loss_mean)
}

/// Epochs as they stand under `--json`.
pub fn curve(epochs: &[EpochResult]) -> Vec<serde_json::Value> {
    let row = |result: &EpochResult| {
        json!({
            "epoch": result.epoch,
            "train_accuracy": result.train.map(|score| score.accuracy()),
            "train_loss": result.train.map(|score| score.loss_sum),
            "validation_accuracy": result.validation.map(|score| score.accuracy()),
            "validation_loss": result.validation.map(|score| score.loss_sum),
            "test_accuracy": result.test.accuracy(),
            "test_loss": result.test.loss_sum,
        })
    };
    epochs.iter().map(row).collect()
}
