//! `rarefy eval`: measure a model on labelled sequences.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use rarefy::data::Task;
use rarefy::format::{check_writable, write_atomically};
use rarefy::train::{self, Confusion, Evaluator, Score, answers_csv};
use serde::Serialize;

use crate::arguments::{
    JobsArguments, ModelArguments, TestArguments, WrongUse, at_least_one, is_same_file,
};
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
    #[command(flatten)]
    jobs: JobsArguments,
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
    #[serde(flatten)]
    answers: Answers<'a>,
    #[serde(flatten)]
    score: Score,
    #[serde(skip_serializing_if = "Option::is_none")]
    predictions: Option<&'a Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logits: Option<Vec<&'a [f32]>>,
}

/// What is particular to a kind of task.
#[derive(Serialize)]
#[serde(untagged)]
enum Answers<'a> {
    Classes {
        accuracy: f64,
        balanced_accuracy: f64,
        by_label: Vec<LabelScore<'a>>,
        labels: &'a [String],
        /// `[label][answer]`
        #[serde(skip_serializing_if = "Option::is_none")]
        confusion: Option<Vec<Vec<usize>>>,
    },
    Numbers {
        /// Mean squared error, over reads and outputs.
        mse: f64,
    },
    Next {
        /// Share of tokens that had the largest logit.
        accuracy: f64,
        bits_per_token: f64,
        perplexity: f64,
    },
}

/// How well the sequences, or steps, of one label are classified.
#[derive(Serialize)]
struct LabelScore<'a> {
    label: &'a str,
    /// Number of sequences, or steps, with this label.
    count: usize,
    /// Number of these whose largest logit is that of their label.
    correct: usize,
}

/// Runs `rarefy eval`.
pub fn run(arguments: &EvalArguments) -> anyhow::Result<()> {
    arguments.jobs.team().install(|| evaluate(arguments))
}

fn evaluate(arguments: &EvalArguments) -> anyhow::Result<()> {
    if let Some(path) = &arguments.predictions {
        check_writable(path)?;
        if is_same_file(path, &arguments.test.test) {
            bail!("--predictions {} is the --test file: choose another name", path.display());
        }
    }
    let mut model = arguments.model.open_for(arguments.test.task())?;
    let integers = model.integers()?;
    let test = arguments.test.dataset(&mut model)?;
    if let Err(unfit) = model.network.check(&test) {
        bail!("{}: {unfit}", arguments.test.test.display());
    }
    let mut evaluator = Evaluator::new(&model.network, arguments.batch.get(), model.readout);
    // On all sequences, because a padded sequence's logits depend on its whole batch.
    let is_next = matches!(model.task, Task::Next { .. });
    if is_next && (arguments.predictions.is_some() || arguments.confusion) {
        return Err(WrongUse::error(
            "--predictions and --confusion are for labels and numbers, not for the next token",
        ));
    }
    let (logits, score) = match (&integers, is_next) {
        (Some(integers), _) => {
            let logits = integers.answers(&test, model.readout, arguments.batch.get());
            let score = evaluator.score_of(&logits, &test);
            (logits, score)
        }
        // With many tokens, all logits of a long text are too many to keep.
        (None, true) => {
            let first =
                if test.is_running() { test.split(arguments.logits).0 } else { test.clone() };
            let logits = match arguments.logits {
                0 => Vec::new(),
                _ => evaluator.logits(&model.network, &first),
            };
            (logits, evaluator.score(&model.network, &test))
        }
        (None, false) => {
            let logits = evaluator.logits(&model.network, &test);
            let score = evaluator.score_of(&logits, &test);
            (logits, score)
        }
    };
    if !score.loss_sum.is_finite() {
        bail!(
            "the loss of {} on {} is not finite: weights or values are too large for 32-bit floats",
            arguments.model.path.display(),
            arguments.test.test.display()
        );
    }
    let labels = model.task.labels();
    if let Some(path) = &arguments.predictions {
        write_atomically(path, &answers_csv(&model.task, &logits, &test))?;
    }
    let answers = match score.bits_per_token() {
        Some(bits_per_token) => {
            let accuracy = score.correct().unwrap_or_default() as f64 / score.count as f64;
            Answers::Next { accuracy, bits_per_token, perplexity: score.loss_mean.exp() }
        }
        None if labels.is_empty() => Answers::Numbers { mse: score.loss_mean },
        None => {
            let classes = (0..test.len()).flat_map(|row| test.targets.get(row).classes());
            let confusion = Confusion::new(labels.len(), &logits, &classes.collect::<Vec<u32>>());
            let of_label = |(class, label)| {
                let (count, correct) = (confusion.count(class), confusion.correct(class));
                LabelScore { label, count, correct }
            };
            Answers::Classes {
                accuracy: score.accuracy(),
                balanced_accuracy: confusion.balanced_accuracy(),
                by_label: labels.iter().map(String::as_str).enumerate().map(of_label).collect(),
                labels,
                // Only on request: with thousands of labels it is large.
                confusion: arguments.confusion.then(|| confusion.counts().to_vec()),
            }
        }
    };
    let logits: Vec<&[f32]> =
        logits.chunks_exact(model.task.outputs()).take(arguments.logits).collect();
    let evaluation = Evaluation {
        answers,
        score,
        predictions: arguments.predictions.as_deref(),
        logits: (arguments.logits > 0).then_some(logits),
    };
    match arguments.json {
        true => print_json(&evaluation),
        false => print_text(&evaluation.text(&model.task, arguments.batch)),
    }
}

impl Evaluation<'_> {
    fn text(&self, task: &Task, batch: NonZeroUsize) -> String {
        let score = self.score;
        let (one, several) = task.asked_of();
        let losses = |unit: &str| {
            format!(
                "loss      {:.6}  mean per {one}{unit}\n          {:.6}  sum of the means of batches of \
                 {batch}\n",
                score.loss_mean, score.loss_sum
            )
        };
        let mut text = match (&self.answers, score.answers) {
            (Answers::Classes { accuracy, balanced_accuracy, by_label, labels, confusion }, _) => {
                let mut text = format!(
                    "accuracy  {accuracy:.5}   {} of {} {several}\nbalanced  {balanced_accuracy:.5}   \
                     mean recall of the labels\n{}",
                    score.correct().unwrap_or_default(),
                    score.count,
                    losses(", in nats"),
                );
                if by_label.len() <= MOST_LABELS {
                    text += &recalls(by_label, one);
                }
                if let Some(confusion) = confusion {
                    let answers = labels.iter().map(|label| numbers(label.as_str()));
                    let mut table =
                        Table::new(1, [words("label \\ answer")].into_iter().chain(answers));
                    for (label, counts) in labels.iter().zip(confusion) {
                        let counts = counts.iter().map(usize::to_string);
                        table.row([label.clone()].into_iter().chain(counts));
                    }
                    text += &table.text();
                }
                text
            }
            (Answers::Next { accuracy, bits_per_token, perplexity }, _) => format!(
                "bits      {bits_per_token:.5}   per token\n\
                 perplexity {perplexity:.4}\n\
                 accuracy  {accuracy:.5}   {} of {} {several}\n{}",
                score.correct().unwrap_or_default(),
                score.count,
                losses(", in nats"),
            ),
            (Answers::Numbers { mse }, found) => {
                let (mae, r2) = match found {
                    train::Answers::Numbers { mae, r2 } => (mae, r2),
                    _ => (f64::NAN, f64::NAN),
                };
                format!(
                    "r2        {r2:.5}   share of variance, over {} {several}\n\
                     mse       {mse:.6}  mean squared error\n\
                     mae       {mae:.6}  mean absolute error\n",
                    score.count
                )
            }
        };
        if let Some(logits) = &self.logits {
            let names = match task.labels() {
                [] if matches!(task, Task::Next { .. }) => "of each token".to_owned(),
                [] => "of each number".to_owned(),
                labels => labels.join("  "),
            };
            text += &format!("logits    {}\n", shown_word(&names));
            for logits in logits {
                let logits: Vec<String> = logits.iter().map(f32::to_string).collect();
                text += &format!("          {}\n", logits.join("  "));
            }
        }
        if let Some(path) = self.predictions {
            text += &format!("wrote {}\n", path.display());
        }
        text
    }
}

/// A line for each label; `one` is what is counted.
fn recalls(by_label: &[LabelScore], one: &str) -> String {
    let mut text = "recall".to_owned();
    for LabelScore { label, count, correct } in by_label {
        let label = shown_word(label);
        let recall = *correct as f64 / *count as f64;
        text += &match count {
            0 => format!("    -         no {one} of label {label}\n"),
            _ => format!("    {recall:.5}   {correct} of {count} of label {label}\n"),
        };
        text += "      ";
    }
    text.truncate(text.trim_end_matches(' ').len());
    text
}
