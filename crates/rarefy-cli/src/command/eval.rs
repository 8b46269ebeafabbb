//! `rarefy eval`: measure a model on labelled sequences.

use std::num::NonZeroUsize;

use anyhow::bail;
use clap::Args;
use rarefy::train::{Evaluator, Score};
use serde::Serialize;

use crate::arguments::{
    ModelArguments, Readout, TestArguments, UnusedRunArguments, at_least_one, print_json,
    print_text,
};

/// Arguments of `rarefy eval`.
#[derive(Debug, Args)]
#[command(after_help = "\
Strings are taken in file order. With the readout `padded` (the thesis's, and that of every .pt) \
the padding is fed to the network too, so the result depends a little on --batch.

Example:
  rarefy eval gru.safetensors --test data/test_data.csv --json")]
pub struct EvalArguments {
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    test: TestArguments,
    /// Strings in a batch
    #[arg(long, value_name = "N", default_value = "32", value_parser = at_least_one)]
    batch: NonZeroUsize,
    /// Where the answer is read [default: as the model was trained]
    #[arg(long)]
    readout: Option<Readout>,
    /// Also print the logits of the first N strings
    #[arg(long, value_name = "N", default_value_t = 0)]
    logits: usize,
    #[command(flatten)]
    _run: UnusedRunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Evaluation<'a> {
    accuracy: f64,
    #[serde(flatten)]
    score: Score,
    labels: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    logits: Option<Vec<&'a [f32]>>,
}

/// Runs `rarefy eval`.
pub fn run(arguments: &EvalArguments) -> anyhow::Result<()> {
    let model = arguments.model.open()?;
    let test = arguments.test.dataset(&model)?;
    let readout = arguments.readout.map_or(model.readout, Into::into);
    let mut evaluator = Evaluator::new(&model.network, arguments.batch.get(), readout);
    let score = evaluator.score(&model.network, &test);
    if !score.loss_sum.is_finite() {
        bail!(
            "the loss of {} on {} is not finite: its weights are too large for 32-bit floats",
            arguments.model.path.display(),
            arguments.test.test.display()
        );
    }
    let logits = match arguments.logits {
        0 => Vec::new(),
        // All of them, because a padded string's logits depend on its whole batch.
        _ => evaluator.logits(&model.network, &test),
    };
    let labels = model.labels.names();
    let logits: Vec<&[f32]> = logits.chunks_exact(labels.len()).take(arguments.logits).collect();
    if arguments.json {
        let logits = (arguments.logits > 0).then_some(logits);
        return print_json(&Evaluation { accuracy: score.accuracy(), score, labels, logits });
    }
    let mut text = format!(
        "accuracy  {:.5}   {} of {} sequences\nloss      {:.6}  mean a sequence, in nats\n          \
         {:.6}  sum of the means of batches of {}\n",
        score.accuracy(),
        score.correct,
        score.count,
        score.loss_mean,
        score.loss_sum,
        arguments.batch,
    );
    if !logits.is_empty() {
        text += &format!("logits    {}\n", labels.join("  "));
        for logits in logits {
            let logits: Vec<String> = logits.iter().map(f32::to_string).collect();
            text += &format!("          {}\n", logits.join("  "));
        }
    }
    print_text(&text)
}
