//! `rarefy eval`: measure a model on labelled sequences.

use std::num::NonZeroUsize;

use anyhow::bail;
use clap::Args;
use rarefy::train::{Evaluator, Score, argmax};
use serde::Serialize;

use crate::arguments::{ModelArguments, Readout, UnusedRunArguments, at_least_one};
use crate::file_arguments::TestArguments;
use crate::output::{print_json, print_text};

/// Arguments of `rarefy eval`.
#[derive(Debug, Args)]
#[command(after_help = "\
Sequences are taken in file order. With the readout `padded` (the thesis's, and that of every state \
dict of a network that reads tokens) the padding is fed to the network too, so the result depends a \
little on --batch. The balanced accuracy is the mean over the labels of their recall: the share of the \
sequences of a label that are found to be of it.

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

/// Labels beyond this many are not listed one by one.
const MOST_LABELS: usize = 20;

#[derive(Serialize)]
struct Evaluation<'a> {
    accuracy: f64,
    balanced_accuracy: f64,
    #[serde(flatten)]
    score: Score,
    by_label: &'a [LabelScore<'a>],
    labels: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    logits: Option<Vec<&'a [f32]>>,
}

/// How well the sequences of one label are told.
#[derive(Debug, PartialEq, Serialize)]
struct LabelScore<'a> {
    label: &'a str,
    /// Sequences of this label.
    count: usize,
    /// Of these, those whose largest logit is its.
    correct: usize,
}

impl LabelScore<'_> {
    /// `None` where there is no such sequence.
    fn recall(&self) -> Option<f64> {
        (self.count > 0).then(|| self.correct as f64 / self.count as f64)
    }
}

/// The score of each label, from `logits` `[n][C]` of sequences whose labels are `targets` `[n]`.
fn by_label<'a>(labels: &'a [String], logits: &[f32], targets: &[u32]) -> Vec<LabelScore<'a>> {
    let mut scores: Vec<LabelScore> =
        labels.iter().map(|label| LabelScore { label, count: 0, correct: 0 }).collect();
    for (logits, &target) in logits.chunks_exact(labels.len()).zip(targets) {
        let best = argmax(logits);
        let score = &mut scores[target as usize];
        score.count += 1;
        score.correct += usize::from(best == target as usize);
    }
    scores
}

/// The mean recall of the labels that occur.
fn balanced_accuracy(scores: &[LabelScore]) -> f64 {
    let recalls: Vec<f64> = scores.iter().filter_map(LabelScore::recall).collect();
    recalls.iter().sum::<f64>() / recalls.len() as f64
}

/// Runs `rarefy eval`.
pub fn run(arguments: &EvalArguments) -> anyhow::Result<()> {
    let model = arguments.model.open()?;
    let test = arguments.test.dataset(&model)?;
    let readout = arguments.readout.map_or(model.readout, Into::into);
    let mut evaluator = Evaluator::new(&model.network, arguments.batch.get(), readout);
    // All of them, because a padded sequence's logits depend on its whole batch.
    let logits = evaluator.logits(&model.network, &test);
    let score = evaluator.score_of(&logits, &test.targets);
    if !score.loss_sum.is_finite() {
        bail!(
            "the loss of {} on {} is not finite: its weights are too large for 32-bit floats",
            arguments.model.path.display(),
            arguments.test.test.display()
        );
    }
    let labels = model.labels.names();
    let scores = by_label(labels, &logits, &test.targets);
    let balanced_accuracy = balanced_accuracy(&scores);
    let logits: Vec<&[f32]> = logits.chunks_exact(labels.len()).take(arguments.logits).collect();
    if arguments.json {
        let logits = (arguments.logits > 0).then_some(logits);
        return print_json(&Evaluation {
            accuracy: score.accuracy(),
            balanced_accuracy,
            score,
            by_label: &scores,
            labels,
            logits,
        });
    }
    let mut text = format!(
        "accuracy  {:.5}   {} of {} sequences\nbalanced  {balanced_accuracy:.5}   mean recall of the \
         labels\nloss      {:.6}  mean a sequence, in nats\n          \
         {:.6}  sum of the means of batches of {}\n",
        score.accuracy(),
        score.correct,
        score.count,
        score.loss_mean,
        score.loss_sum,
        arguments.batch,
    );
    if scores.len() <= MOST_LABELS {
        text += "recall";
        for LabelScore { label, count, correct } in &scores {
            let recall = *correct as f64 / *count as f64;
            text += &match count {
                0 => format!("    -         no sequence of label {label}\n"),
                _ => format!("    {recall:.5}   {correct} of {count} of label {label}\n"),
            };
            text += "      ";
        }
        text.truncate(text.trim_end_matches(' ').len());
    }
    if !logits.is_empty() {
        text += &format!("logits    {}\n", labels.join("  "));
        for logits in logits {
            let logits: Vec<String> = logits.iter().map(f32::to_string).collect();
            text += &format!("          {}\n", logits.join("  "));
        }
    }
    print_text(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recall_is_counted_label_by_label_and_its_mean_leaves_out_what_is_not_there() {
        let labels = ["a", "b", "c"].map(str::to_owned);
        let logits = [2.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 9.0];
        let scores = by_label(&labels, &logits, &[0, 0, 0, 1]);
        let found: Vec<_> = scores.iter().map(|s| (s.label, s.count, s.correct)).collect();
        assert_eq!(found, [("a", 3, 2), ("b", 1, 0), ("c", 0, 0)]);
        assert_eq!(balanced_accuracy(&scores), (2.0 / 3.0 + 0.0) / 2.0);
    }
}
