//! `rarefy eval`: measure a model on labelled sequences.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use rarefy::format::{check_writable, write_atomically};
use rarefy::train::{Confusion, Evaluator, Score, answers_csv};
use serde::Serialize;

use crate::arguments::{ModelArguments, TestArguments, at_least_one, is_same_file};
use crate::destination;
use crate::output::{print_json, print_text, shown_word};
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy eval`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../help/eval.txt"))]
pub struct EvalArguments {
    #[command(flatten)]
    test: TestArguments,
    #[command(flatten)]
    model: ModelArguments,
    /// Sequences in a batch
    #[arg(long, value_name = "N", default_value = "32", value_parser = at_least_one)]
    batch: NonZeroUsize,
    /// Print the confusion matrix: how often each label got each answer
    #[arg(long)]
    confusion: bool,
    /// CSV file for the label, answer and probabilities of each sequence
    #[arg(long, value_name = "FILE", value_parser = destination::file(&["csv"]))]
    predictions: Option<PathBuf>,
    /// Print the logits of the first N sequences
    #[arg(long, value_name = "N", default_value_t = 0)]
    logits: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// If there are more labels, they are not listed one by one.
const MOST_LABELS: usize = 20;

#[derive(Serialize)]
struct Evaluation<'a> {
    accuracy: f64,
    balanced_accuracy: f64,
    #[serde(flatten)]
    score: Score,
    by_label: &'a [LabelScore<'a>],
    labels: &'a [String],
    /// `[label][answer]`
    #[serde(skip_serializing_if = "Option::is_none")]
    confusion: Option<&'a [Vec<usize>]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predictions: Option<&'a Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logits: Option<Vec<&'a [f32]>>,
}

/// How well the sequences of one label are classified.
#[derive(Serialize)]
struct LabelScore<'a> {
    label: &'a str,
    /// Number of sequences with this label.
    count: usize,
    /// Number of these whose largest logit is that of their label.
    correct: usize,
}

/// Runs `rarefy eval`.
pub fn run(arguments: &EvalArguments) -> anyhow::Result<()> {
    if let Some(path) = &arguments.predictions {
        check_writable(path)?;
        if is_same_file(path, &arguments.test.test) {
            bail!("--predictions {} is the --test file: choose another name", path.display());
        }
    }
    let mut model = arguments.model.open()?;
    let test = arguments.test.dataset(&mut model)?;
    let mut evaluator = Evaluator::new(&model.network, arguments.batch.get(), model.readout);
    // On all sequences, because a padded sequence's logits depend on its whole batch.
    let logits = evaluator.logits(&model.network, &test);
    let score = evaluator.score_of(&logits, &test);
    if !score.loss_sum.is_finite() {
        bail!(
            "the loss of {} on {} is not finite: weights or values are too large for 32-bit floats",
            arguments.model.path.display(),
            arguments.test.test.display()
        );
    }
    let labels = model.labels.names();
    let classes = test.targets.classes().expect("files hold a class for each sequence");
    let confusion = Confusion::new(labels.len(), &logits, classes);
    let of_label = |(class, label)| {
        let (count, correct) = (confusion.count(class), confusion.correct(class));
        LabelScore { label, count, correct }
    };
    let scores: Vec<_> = labels.iter().map(String::as_str).enumerate().map(of_label).collect();
    if let Some(path) = &arguments.predictions {
        write_atomically(path, &answers_csv(labels, &logits, classes))?;
    }
    let balanced_accuracy = confusion.balanced_accuracy();
    // Only on request: with thousands of labels it is large.
    let confusion = arguments.confusion.then(|| confusion.counts());
    let logits: Vec<&[f32]> = logits.chunks_exact(labels.len()).take(arguments.logits).collect();
    if arguments.json {
        let logits = (arguments.logits > 0).then_some(logits);
        return print_json(&Evaluation {
            accuracy: score.accuracy(),
            balanced_accuracy,
            score,
            by_label: &scores,
            labels,
            confusion,
            predictions: arguments.predictions.as_deref(),
            logits,
        });
    }
    let mut text = format!(
        "accuracy  {:.5}   {} of {} sequences\nbalanced  {balanced_accuracy:.5}   mean recall of the \
         labels\nloss      {:.6}  mean per sequence, in nats\n          \
         {:.6}  sum of the means of batches of {}\n",
        score.accuracy(),
        score.correct().unwrap_or_default(),
        score.count,
        score.loss_mean,
        score.loss_sum,
        arguments.batch,
    );
    if scores.len() <= MOST_LABELS {
        text += "recall";
        for LabelScore { label, count, correct } in &scores {
            let label = shown_word(label);
            let recall = *correct as f64 / *count as f64;
            text += &match count {
                0 => format!("    -         no sequence of label {label}\n"),
                _ => format!("    {recall:.5}   {correct} of {count} of label {label}\n"),
            };
            text += "      ";
        }
        text.truncate(text.trim_end_matches(' ').len());
    }
    if let Some(confusion) = confusion {
        let answers = labels.iter().map(|label| numbers(label.as_str()));
        let mut table = Table::new(1, [words("label \\ answer")].into_iter().chain(answers));
        for (label, counts) in labels.iter().zip(confusion) {
            let counts = counts.iter().map(usize::to_string);
            table.row([label.clone()].into_iter().chain(counts));
        }
        text += &table.text();
    }
    if !logits.is_empty() {
        text += &format!("logits    {}\n", shown_word(&labels.join("  ")));
        for logits in logits {
            let logits: Vec<String> = logits.iter().map(f32::to_string).collect();
            text += &format!("          {}\n", logits.join("  "));
        }
    }
    if let Some(path) = &arguments.predictions {
        text += &format!("wrote {}\n", path.display());
    }
    print_text(&text)
}
