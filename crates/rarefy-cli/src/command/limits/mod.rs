//! `rarefy limits`: how sparse can a model be?
//!
//! The sweep is a study like any other: it is in OUT as `rarefy study` leaves it, shares its
//! work with other processes, and goes on where it was stopped. What is added here is the
//! answer.

mod answer;
mod figure;
mod sweep;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use rarefy::cell::Cell;
use rarefy::data::Encoding;
use rarefy::format::{Model, Unpruned, check_writable, write_atomically};
use rarefy::prune::{Scope, sparsity};
use rarefy::study::{
    Axis, DataSource, Exclusion, Folder, Format, Record, Session, Settings, Study, StudyFile,
    collect,
};
use rarefy::train::Judge;

use crate::arguments::{
    self, EmbeddingArguments, FileArguments, HintArguments, Readout, RunArguments, TokenArguments,
    TrainingArguments, at_least_one, cores, note, percent, share, tolerance, wrong_use,
};
use crate::command::study::ended_early;
use crate::command::train::{units, usual_readout};
use crate::interrupt;
use crate::strings::corpus;
use crate::watch::Watch;
use answer::{Answer, Chosen};
use sweep::Sweep;

/// Arguments of `rarefy limits`.
#[derive(Debug, Args)]
#[command(mut_arg("cell", |cell| cell.help(
    "Recurrent cell of the model that is trained: rnn_tanh, rnn_relu, gru or lstm [default: gru]; of a \
     .pt, what its cells compute, where its shapes and its name leave it open"
)))]
#[command(after_help = "\
Prunes MODEL, or a model that it trains first, by each percent of each scope, retrains what is left \
with its masks fixed, and says how far it can go: the largest sparsity whose accuracy, with and \
without retraining, is within --tolerance of the unpruned model's. Retraining alone may make a model \
better: the model is retrained without pruning too (0 %), and what is pruned and retrained is set \
beside the better of the two. Accuracy is judged on a part held \
out of --train, so that the accuracy on --test of what is chosen is still a fair one.

With --seeds N everything is done N times, with other initial weights (of a MODEL: other orders of \
retraining), and means are judged.

OUT holds the answer: pruned.safetensors (the sparsest model within the tolerance after retraining; \
of several seeds, the best), limits.csv and limits.svg. The rest of it is the folder of a study, so \
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
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Percents of the scope's recurrent weights that are pruned
    #[arg(long, value_delimiter = ',', value_name = "P,...", value_parser = percent,
        default_value = "10,20,30,40,50,60,70,80,90,95,98")]
    percents: Vec<f64>,
    /// Which weights: input-to-hidden (ih), hidden-to-hidden (hh), or both ranked together
    #[arg(long, value_delimiter = ',', value_name = "SCOPE,...", default_value = "both,ih,hh")]
    scopes: Vec<Scope>,
    /// Epochs of retraining after each pruning
    #[arg(long, value_name = "N", default_value_t = 10)]
    retrain_epochs: u32,
    /// How far below the unpruned model's accuracy is still as good
    #[arg(long, value_name = "A", default_value_t = 0.01, value_parser = tolerance, allow_negative_numbers = true)]
    tolerance: f64,
    /// Which sequences judge
    #[arg(long, default_value = "validation")]
    judge: arguments::Judge,
    /// Share of the training file held out to judge by [default: as in MODEL's training, else 0.2;
    /// with --judge test 0]
    #[arg(long, value_name = "SHARE", value_parser = share, allow_negative_numbers = true)]
    validation: Option<f64>,
    /// How often everything is done, with other seeds
    #[arg(long, value_name = "N", default_value = "1", value_parser = at_least_one)]
    seeds: NonZeroUsize,
    #[command(flatten)]
    training: TrainingArguments,
    #[command(flatten)]
    fresh: FreshArguments,
    #[command(flatten)]
    run: RunArguments,
    /// Threads to use [default: all cores]; the answer does not depend on it
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    jobs: Option<NonZeroUsize>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What is trained where no model is given.
#[derive(Debug, Args)]
#[command(next_help_heading = "Without MODEL")]
struct FreshArguments {
    /// Units of each recurrent layer [default: 50,50,50]
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', value_parser = units)]
    layers: Option<Vec<usize>>,
    #[command(flatten)]
    embedding: EmbeddingArguments,
    /// Epochs of training [default: 50]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Where the network's answer is read [default: padded for texts of characters, last for
    /// words and series]
    #[arg(long)]
    readout: Option<Readout>,
    #[command(flatten)]
    tokens: TokenArguments,
}

/// The cell and the layers of what is trained, unless said otherwise.
const CELL: Cell = Cell::Gru;
const LAYERS: [usize; 3] = [50, 50, 50];
const EPOCHS: u32 = 50;
/// Held out of the training file to judge by: more than elsewhere, because a choice is made.
const VALIDATION: f64 = 0.2;

/// Runs `rarefy limits`.
pub fn run(arguments: &LimitsArguments) -> anyhow::Result<()> {
    let kept = arguments.out.join("pruned.safetensors");
    check_writable(&kept)?;
    let folder = Folder::new(&arguments.out);
    let model = arguments.model.as_ref().map(|path| arguments.hints.open(path)).transpose()?;
    let files = arguments.files.files(arguments.fresh.tokens.unit());
    let corpus = corpus(&files, model.as_ref())?;
    let mut base = match &model {
        Some(model) => arguments.given(model, &folder)?,
        None => arguments.fresh(&corpus.encoding)?,
    };
    let judge = Judge::from(arguments.judge);
    base.overlay(&arguments.retraining(model.as_ref(), judge));
    let study = arguments.study(base, DataSource::Files(files));

    let session = Session::begin(&study, &corpus, &folder)?;
    interrupt::stops(session.stop())?;
    let watch = Watch::new(arguments.run.quiet);
    let outcome = session.run(cores(arguments.jobs), None, &watch).context(
        "the sweep cannot go on; what was finished stays, and the same command goes on from there",
    )?;
    drop(watch);
    collect(&folder, session.file(), &[Format::Csv])?;
    ended_early(&outcome)?;

    let asked = StudyFile { study: study.clone(), ..session.file().clone() };
    let records = folder.records(&asked);
    let Some(first) = records.iter().find_map(|record| folder.model(record)) else {
        bail!("every training diverged: a smaller --lr or --clip may help");
    };
    let account = sparsity(&first.network);
    let weights = account.count_ih + account.count_hh;
    let sweep = Sweep::new(&records, weights, arguments.tolerance)
        .context("every training diverged: a smaller --lr or --clip may help")?;
    let judged = match judge {
        Judge::Validation => "held-out data",
        Judge::Test => "test data",
    };
    let resolution = arguments.resolution(&records, judge);
    let chosen = match sweep.sparsest(|point| point.holds_retrained) {
        None => None,
        Some(point) => {
            let record = point.best(&records, judge);
            let trial = &record.trial;
            let mut pruned = session.pruned_model(trial).map_err(anyhow::Error::msg)?;
            let base = trial.base().expect("it prunes");
            let path = std::path::absolute(folder.model_path(&base))?;
            let unpruned = Model::read(&path)?;
            pruned.history.unpruned = Some(Unpruned { path, fingerprint: unpruned.fingerprint() });
            pruned.write(&kept)?;
            Some(Chosen::new(point, record, &unpruned, &pruned, &corpus.test))
        }
    };
    let svg = figure::figure(&sweep, judged, arguments.tolerance);
    write_atomically(&arguments.out.join("limits.svg"), svg.as_bytes())?;
    let answer = Answer {
        sweep: &sweep,
        chosen,
        judged,
        tolerance: arguments.tolerance,
        retrain_epochs: arguments.retrain_epochs,
        out: &arguments.out,
    };
    write_atomically(&arguments.out.join("limits.csv"), &answer.csv()?)?;
    if let Some(note_text) = resolution {
        note(&note_text);
    }
    if arguments.json {
        return arguments::print_json(&answer.json());
    }
    arguments::print_text(&answer.text())
}

impl LimitsArguments {
    /// What is said of the models where one is given, which is brought into the folder.
    fn given(&self, model: &Model, folder: &Folder) -> anyhow::Result<Settings> {
        let FreshArguments { layers, embedding, epochs, readout, .. } = &self.fresh;
        let said = layers.is_some() || epochs.is_some() || readout.is_some();
        if said || embedding.width().is_some() {
            wrong_use(
                "--layers, --embedding, --epochs and --readout are about a model that is trained here",
            );
        }
        let architecture = model.network.architecture();
        let cell = architecture.cell().context("a network of different cells cannot be swept")?;
        Ok(Settings {
            cell: Some(cell),
            model: Some(folder.give(model)?),
            layers: Some(architecture.layers.iter().map(|layer| layer.size).collect()),
            readout: Some(model.readout),
            ..Settings::default()
        })
    }

    /// What is said of the models where they are trained here.
    fn fresh(&self, encoding: &Encoding) -> anyhow::Result<Settings> {
        if self.hints.graph.is_some() {
            wrong_use(
                "--graph is about a MODEL that is a .pt: train a network wired as a graph by \
                 `rarefy train --graph`, and give that",
            );
        }
        let FreshArguments { layers, embedding, epochs, readout, .. } = &self.fresh;
        Ok(Settings {
            embedding: embedding.width(),
            cell: Some(self.hints.cell.unwrap_or(CELL)),
            layers: Some(layers.clone().unwrap_or_else(|| LAYERS.to_vec())),
            epochs: Some(epochs.unwrap_or(EPOCHS)),
            readout: Some(readout.map_or_else(|| usual_readout(encoding), Into::into)),
            ..Settings::default()
        })
    }

    /// What is said of training and of retraining.
    fn retraining(&self, model: Option<&Model>, judge: Judge) -> Settings {
        let trained_with = model.map_or(0.0, |model| model.history.validation_share);
        let share = self.validation.unwrap_or(match judge {
            _ if trained_with > 0.0 => trained_with,
            Judge::Validation => VALIDATION,
            Judge::Test => 0.0,
        });
        if model.is_some() && share > trained_with {
            note(
                "the model may have learnt from the sequences held out here; one that was trained \
                 with --validation has not",
            );
        }
        Settings {
            judge: Some(judge),
            validation_share: Some(share),
            retrain_epochs: Some(self.retrain_epochs),
            tolerance: Some(self.tolerance),
            ..self.training.settings()
        }
    }

    /// Every percent of every scope, of every seed.
    fn study(&self, base: Settings, data: DataSource) -> Study {
        // 0: what the same retraining gives without pruning.
        let mut percents = self.percents.clone();
        percents.push(0.0);
        percents.sort_by(f64::total_cmp);
        percents.dedup();
        let mut scopes = self.scopes.clone();
        scopes.dedup();
        let first = self.run.seed;
        let seeds = first..first.saturating_add(self.seeds.get() as u64);
        let axis =
            |name: &str, steps: Vec<Settings>| Axis { name: name.to_owned(), list: false, steps };
        let none = Settings::default;
        Study {
            name: "limits".to_owned(),
            keep_models: true,
            data,
            base,
            axes: vec![
                axis("seed", seeds.map(|seed| Settings { seed: Some(seed), ..none() }).collect()),
                axis(
                    "scope",
                    scopes.iter().map(|&scope| Settings { scope: Some(scope), ..none() }).collect(),
                ),
                axis(
                    "percent",
                    percents.iter().map(|&p| Settings { percent: Some(p), ..none() }).collect(),
                ),
            ],
            // Of one scope is enough: nothing is pruned.
            exclusions: control_of_one(&scopes),
        }
    }

    /// What to say where what judges is too little to tell the tolerance.
    fn resolution(&self, records: &[Record], judge: Judge) -> Option<String> {
        let first = records.iter().find_map(|record| record.epochs.first())?;
        let count = first.judged(judge).count * self.seeds.get();
        let one = 1.0 / count as f64;
        (one > self.tolerance).then(|| {
            format!(
                "{} sequences judge, one of which is {one:.3} of accuracy, more than the tolerance \
                 of {}: a larger --validation, --judge test, or --seeds tells more",
                count, self.tolerance
            )
        })
    }
}

/// Leaves out the pruning by 0 percent of all scopes but the first.
fn control_of_one(scopes: &[Scope]) -> Vec<Exclusion> {
    let none = Settings::default;
    let zero = Settings { percent: Some(0.0), ..none() };
    let others = scopes.iter().skip(1).map(|&scope| Settings { scope: Some(scope), ..none() });
    let others: Vec<Settings> = others.collect();
    if others.is_empty() { Vec::new() } else { vec![Exclusion(vec![vec![zero], others])] }
}
