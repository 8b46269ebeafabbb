//! `rarefy limits`: how sparse can a model be?
//!
//! The sweep is an ordinary study. OUT has the same files as with `rarefy study`, several processes
//! can share the work, and an interrupted sweep resumes where it stopped. This module adds the
//! answer.

mod answer;
mod ask;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use rarefy::data::Corpus;
use rarefy::format::{check_writable, write_atomically};
use rarefy::limits::{Answer, Caution, Chosen};
use rarefy::prune::{Criterion, Grain, Ranking, Scope};
use rarefy::study::{DataSource, Folder, Format, Record, Session, Study, StudyFile, collect};
use rarefy::train::Judge;
use rarefy_view::sweep::figure;

use crate::arguments::{
    EncodingArguments, FileArguments, HintArguments, JobsArguments, RetrainingArguments,
    RunArguments, ShapeArguments, TrainingArguments, at_least_one, one_of, percent, share,
    tolerance, units,
};
use crate::destination;
use crate::output::{note, note_loaded, print_json, print_text};
use crate::session::{self, ended_early};
use crate::watch::Watch;
use answer::{DENSE_KEPT, KEPT};

/// Arguments of `rarefy limits`.
#[derive(Debug, Args)]
#[command(mut_arg("cell", |cell| cell
    .help("Cell of the model that is trained [default: gru]")
    .long_help("Cell of the model that is trained [default: gru], or of a state dict that does not say")
), mut_arg("activation", |activation| activation
    .help("Function that follows each hidden linear layer [default: relu]")
), mut_arg("sparsify", |sparsify| sparsify
    .help("How masks change in retraining [default: they stay fixed]")
    .long_help("How masks change in retraining: gradual, narang, rigl, set or selfish [default: they stay fixed]")
), mut_arg("readout", |readout| readout.long_help(
    "Step at which the output is read [default: as MODEL says]. For a state dict, or a model that is \
     trained here, the default is padded for texts of characters and else last"
)))]
#[command(after_help = include_str!("../../help/limits.txt"))]
pub struct LimitsArguments {
    /// Model to prune; without it one is trained on --train
    ///
    /// A model file of rarefy or a PyTorch state dict, as other commands take them.
    #[arg(value_name = "MODEL")]
    model: Option<PathBuf>,
    #[command(flatten)]
    files: FileArguments,
    #[command(flatten)]
    fresh: FreshArguments,
    #[command(flatten)]
    hints: HintArguments,
    /// Percentages of the scope's recurrent weights to prune
    #[arg(long, value_delimiter = ',', value_name = "P,...", value_parser = percent,
        default_value = "10,20,30,40,50,60,70,80,90,95,98")]
    percents: Vec<f64>,
    /// Weights to prune: input-to-hidden (ih), hidden-to-hidden (hh) or both
    ///
    /// Whole units (--grain unit) are always of both.
    #[arg(long, value_delimiter = ',', value_name = "SCOPE,...", default_value = "both,ih,hh",
        default_value_if("grain", Grain::Unit.name(), Scope::Both.name()), value_parser = one_of::<Scope>())]
    scopes: Vec<Scope>,
    /// Which weights go
    #[arg(long, value_name = "CRITERION", value_parser = one_of::<Criterion>(), default_value_t)]
    criterion: Criterion,
    /// Score weights on this many training sequences [default: 128]
    ///
    /// For the criteria that score weights on sequences. They are drawn at random, none of them from
    /// those that are held out.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    samples: Option<NonZeroUsize>,
    /// Weights that compete with each other
    #[arg(long, value_parser = one_of::<Ranking>(), default_value_t)]
    ranking: Ranking,
    /// What is pruned as one
    #[arg(long, value_parser = one_of::<Grain>(), default_value_t)]
    grain: Grain,
    /// Epochs of training [default: 50]
    ///
    /// Of the model that is trained if no MODEL is given, and of smaller dense networks.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Epochs of retraining after each pruning
    #[arg(long, value_name = "N", default_value_t = 10)]
    retrain_epochs: u32,
    /// Retrain for 8-bit integers, and judge the networks in integers
    ///
    /// Only the model before pruning answers in floats. What is kept is a model of rarefy quantize.
    #[arg(long)]
    int8: bool,
    /// Accuracy that may be lost, compared with the unpruned model
    #[arg(long, value_name = "A", default_value_t = 0.01, value_parser = tolerance)]
    tolerance: f64,
    /// Sequences that judge
    #[arg(long, value_parser = one_of::<Judge>(), default_value_t = Judge::Validation)]
    judge: Judge,
    /// Share of the training file to hold out [default: as in training, else 0.2]
    ///
    /// Training is that of MODEL. With --judge test the default is 0.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    validation: Option<f64>,
    /// Leave out random pruning, the control that takes half of the retraining
    #[arg(long)]
    no_random: bool,
    /// Leave out smaller dense networks
    #[arg(long)]
    no_dense: bool,
    /// Number of seeds
    #[arg(long, value_name = "N", default_value = "1", value_parser = at_least_one)]
    seeds: NonZeroUsize,
    #[command(flatten)]
    training: TrainingArguments,
    #[command(flatten)]
    masks: RetrainingArguments,
    #[command(flatten)]
    jobs: JobsArguments,
    /// Folder for the answer
    #[arg(long, value_name = "DIR", value_parser = destination::folder())]
    out: PathBuf,
    #[command(flatten)]
    run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What is trained where no model is given.
#[derive(Debug, Args)]
struct FreshArguments {
    #[command(flatten)]
    encoding: EncodingArguments,
    /// Units of each recurrent layer [default: 50,50,50]
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', value_parser = units)]
    layers: Option<Vec<usize>>,
    #[command(flatten)]
    shape: ShapeArguments,
}

/// The folder of smaller dense networks, inside OUT.
const DENSE: &str = "dense";

impl LimitsArguments {
    /// Runs all trials of `study` in `folder` and returns its records.
    fn run_all<'a>(
        &self,
        study: &'a Study,
        corpus: &'a Corpus<'a>,
        folder: &'a Folder,
    ) -> anyhow::Result<(Session<'a>, Vec<Record>)> {
        let session = Session::begin(study, corpus, folder)?;
        // The table says which models have recovered: it uses --tolerance, and compares with the
        // unpruned model after the same retraining.
        let watch = Watch::new(study, self.run.quiet).without_verdicts();
        let outcome = session::run(&session, self.jobs.threads(), None, watch, &self.out)?;
        collect(folder, session.file(), &[Format::Csv])?;
        ended_early(&outcome, folder)?;
        let file = StudyFile { study: study.clone(), ..session.file().clone() };
        let records = folder.records(&file);
        Ok((session, records))
    }
}

/// Runs `rarefy limits`.
pub fn run(arguments: &LimitsArguments) -> anyhow::Result<()> {
    let path = arguments.out.join(KEPT);
    check_writable(&path)?;
    let folder = Folder::new(&arguments.out);
    let mut model = arguments
        .model
        .as_ref()
        .map(|path| arguments.hints.open(path, arguments.files.test.task()))
        .transpose()?;
    let files = arguments.files.files(Some(&arguments.fresh.encoding))?;
    let corpus = files.read(model.as_mut(), &mut note_loaded)?;
    let question = arguments.question(model.as_ref(), &corpus, &folder)?;
    let data = DataSource::Files(files);
    let study = question.study(data.clone());
    let (session, records) = arguments.run_all(&study, &corpus, &folder)?;
    let Some(mut sweep) = question.sweep(&records, &folder) else {
        bail!(
            "training diverged with every seed (of the model, or of its retraining without \
             pruning): a smaller --lr or --clip may help"
        );
    };
    let mut dense = None;
    if let Some(small) = arguments.dense(model.as_ref(), &corpus, &question) {
        let folder = Folder::new(&arguments.out.join(DENSE));
        let study = small.study(data);
        let (session, records) = arguments.run_all(&study, &corpus, &folder)?;
        sweep.add_dense(&records, &folder, arguments.tolerance);
        dense = sweep.keep_dense(&records, &session)?;
    }
    let kept = sweep.keep(&records, &session, &folder)?;
    let dense_path = arguments.out.join(DENSE_KEPT);
    for (model, path) in
        [(kept.as_ref().map(|kept| &kept.model), &path), (dense.as_ref(), &dense_path)]
    {
        match model {
            Some(model) => model.write(path)?,
            None if std::fs::remove_file(path).is_ok() => {
                note(&format!("{} was removed: it belonged to an earlier answer", path.display()));
            }
            None => {}
        }
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
