//! `rarefy limits`: how sparse can a model be?
//!
//! The sweep is a study like any other: it is in OUT as `rarefy study` leaves it, shares its
//! work with other processes, and goes on where it was stopped. What is added here is the
//! answer.

mod answer;
mod ask;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use rarefy::format::{check_writable, write_atomically};
use rarefy::limits::{Answer, Caution, Chosen};
use rarefy::prune::Scope;
use rarefy::study::{DataSource, Folder, Format, Session, StudyFile, collect};
use rarefy::train::Judge;
use rarefy_view::sweep::figure;

use crate::arguments::{
    EmbeddingArguments, FileArguments, HintArguments, JobsArguments, RunArguments, TokenArguments,
    TrainingArguments, at_least_one, one_of, percent, share, tolerance, units,
};
use crate::destination;
use crate::output::{note, note_loaded, print_json, print_text};
use crate::session::{self, ended_early};
use crate::watch::Watch;
use answer::KEPT;

/// Arguments of `rarefy limits`.
#[derive(Debug, Args)]
#[command(mut_arg("cell", |cell| cell.help(
    "Recurrent cell of the model that is trained: rnn_tanh, rnn_relu, gru or lstm [default: gru]; of a \
     state dict, what its cells compute, where its shapes and its name leave it open"
)), mut_arg("readout", |readout| readout.help(
    "Where the answer is read [default: as MODEL says; of a state dict, and of a model that is trained, \
     padded for texts of characters, last for series (and for words that a model is trained on)]"
)))]
#[command(after_help = "\
Prunes MODEL, or a model that it trains first, by each percent of each scope, retrains what is left \
with its masks fixed, and says how far it can go: the largest sparsity whose accuracy, with and \
without retraining, is within --tolerance of the unpruned model's. Retraining alone may make a model \
better: the model is retrained without pruning too (0 %), and what is pruned and retrained is \
compared with the better of the two. Accuracy is judged on a part held \
out of --train, so that the accuracy on --test of what is chosen is still a fair one.

With --seeds N everything is done N times, with other initial weights (of a MODEL: other orders of \
retraining), and means are judged.

A step's time is that of rarefy's own stepper on one core. How long the exported C takes on your \
device only that device can tell.

Accuracy counts sequences, whatever --class-weights; 100 % leaves the largest weight of the scope.

OUT holds the answer: pruned.safetensors (the sparsest model within the tolerance, retrained or not; \
of several seeds, the one that lost least), limits.csv and limits.svg. The rest of it is the folder of a study, so \
that the same command goes on where it was stopped, and with more percents, scopes or seeds computes \
what is new.

Examples:
  rarefy limits gru.safetensors --train data/train_data.csv --test data/test_data.csv --out limits
  rarefy limits --train JapaneseVowels_TRAIN.ts --test JapaneseVowels_TEST.ts --cell gru --layers 64 --out vowels
  rarefy export vowels/pruned.safetensors --format onnx --out vowels.onnx")]
pub struct LimitsArguments {
    /// The model to prune: a .safetensors of rarefy or a PyTorch state dict, as other commands take
    /// them; without it one is trained on --train
    #[arg(value_name = "MODEL")]
    model: Option<PathBuf>,
    #[command(flatten)]
    hints: HintArguments,
    #[command(flatten)]
    files: FileArguments,
    /// Folder for the answer
    #[arg(long, value_name = "DIR", value_parser = destination::folder())]
    out: PathBuf,
    /// Percents of the scope's recurrent weights that are pruned
    #[arg(long, value_delimiter = ',', value_name = "P,...", value_parser = percent,
        default_value = "10,20,30,40,50,60,70,80,90,95,98")]
    percents: Vec<f64>,
    /// Which weights: input-to-hidden (ih), hidden-to-hidden (hh), or both ranked together
    #[arg(long, value_delimiter = ',', value_name = "SCOPE,...", default_value = "both,ih,hh", value_parser = one_of::<Scope>())]
    scopes: Vec<Scope>,
    /// Epochs of retraining after each pruning
    #[arg(long, value_name = "N", default_value_t = 10)]
    retrain_epochs: u32,
    /// How far below the unpruned model's accuracy is still as good
    #[arg(long, value_name = "A", default_value_t = 0.01, value_parser = tolerance, allow_negative_numbers = true)]
    tolerance: f64,
    /// Which sequences judge
    #[arg(long, value_parser = one_of::<Judge>(), default_value_t = Judge::Validation)]
    judge: Judge,
    /// Share of the training file held out to judge by [default: as in MODEL's training, else 0.2;
    /// with --judge test 0]
    #[arg(long, value_name = "SHARE", value_parser = share, allow_negative_numbers = true)]
    validation: Option<f64>,
    /// Number of seeds
    #[arg(long, value_name = "N", default_value = "1", value_parser = at_least_one)]
    seeds: NonZeroUsize,
    #[command(flatten)]
    training: TrainingArguments,
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    jobs: JobsArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    // Last, for its heading stands above all that follows.
    #[command(flatten)]
    fresh: FreshArguments,
}

/// What is trained where no model is given.
#[derive(Debug, Args)]
#[command(next_help_heading = "Of the model that is trained where none is given")]
struct FreshArguments {
    /// Units of each recurrent layer [default: 50,50,50]
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', value_parser = units)]
    layers: Option<Vec<usize>>,
    #[command(flatten)]
    embedding: EmbeddingArguments,
    /// Epochs of training [default: 50]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    #[command(flatten)]
    tokens: TokenArguments,
}

/// Runs `rarefy limits`.
pub fn run(arguments: &LimitsArguments) -> anyhow::Result<()> {
    let path = arguments.out.join(KEPT);
    check_writable(&path)?;
    let folder = Folder::new(&arguments.out);
    let mut model = arguments.model.as_ref().map(|path| arguments.hints.open(path)).transpose()?;
    let files = arguments.files.files(Some(&arguments.fresh.tokens))?;
    let corpus = files.read(model.as_mut(), &mut note_loaded)?;
    let question = arguments.question(model.as_ref(), &corpus, &folder)?;
    let study = question.study(DataSource::Files(files));

    let session = Session::begin(&study, &corpus, &folder)?;
    // Whether a model has recovered is for the table to say: by --tolerance, and beside what
    // retraining makes of the unpruned one.
    let watch = Watch::new(&study, arguments.run.quiet).without_verdicts();
    let outcome = session::run(&session, arguments.jobs.threads(), None, watch)?;
    collect(&folder, session.file(), &[Format::Csv])?;
    ended_early(&outcome, &folder)?;

    let records = folder.records(&StudyFile { study: study.clone(), ..session.file().clone() });
    let Some(sweep) = question.sweep(&records, &folder) else {
        bail!(
            "training diverged with every seed (of the model, or of its retraining without \
             pruning): a smaller --lr or --clip may help"
        );
    };
    let kept = sweep.keep(&records, &session, &folder)?;
    match &kept {
        Some(kept) => kept.model.write(&path)?,
        // Of an earlier answer, which this one replaces.
        None => drop(std::fs::remove_file(&path)),
    }
    let answer = Answer {
        sweep: &sweep,
        chosen: kept.as_ref().map(|kept| Chosen::new(kept, &corpus.test)).transpose()?,
        judge: arguments.judge,
        tolerance: arguments.tolerance,
        retrain_epochs: arguments.retrain_epochs,
        path: &path,
    };
    let svg = figure(&sweep, answer.judged(), arguments.tolerance);
    write_atomically(&arguments.out.join("limits.svg"), svg.as_bytes())?;
    write_atomically(&arguments.out.join("limits.csv"), &answer.csv())?;
    let cautions = Caution::of(&sweep, &records, &corpus, arguments.tolerance);
    cautions.iter().for_each(|caution| note(&caution.to_string()));
    if arguments.json {
        return print_json(&answer.json());
    }
    print_text(&answer::text(&answer, &arguments.out))
}
