//! `rarefy train`: train a recurrent classifier on labelled sequences.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use rarefy::analysis::Summary;
use rarefy::cell::Cell;
use rarefy::data::Corpus;
use rarefy::format::check_writable;
use rarefy::network::{Activation, Initialisation};
use rarefy::prune::sparsity;
use rarefy::recipe::{Recipe, Stage, Trained};
use rarefy::study::Begins;
use rarefy::train::{EpochResult, HoldOut, Merit, Readout, Score, Strings};
use serde_json::{Value, json};

use crate::arguments::{
    EncodingArguments, FileArguments, JobsArguments, RunArguments, ShapeArguments,
    SparsifyArguments, TrainingArguments, WiringArguments, WrongUse, one_of, share, units,
};
use crate::destination;
use crate::interrupt;
use crate::log::{Log, LogTo};
use crate::output::{counted, note_loaded, print_json, print_text};
use crate::progress::Progress;
use crate::table::{Table, numbers};

/// Arguments of `rarefy train`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../help/train.txt"))]
pub struct TrainArguments {
    #[command(flatten)]
    files: FileArguments,
    #[command(flatten)]
    encoding: EncodingArguments,
    /// Recurrent cell
    #[arg(long, value_name = "CELL", value_parser = one_of::<Cell>())]
    cell: Cell,
    /// Units of each recurrent layer
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', default_value = "50,50,50", value_parser = units)]
    layers: Vec<usize>,
    #[command(flatten)]
    shape: ShapeArguments,
    /// Function that follows each hidden linear layer [default: relu]
    #[arg(long, value_parser = one_of::<Activation>())]
    activation: Option<Activation>,
    /// How initial weights are drawn
    #[arg(long, value_parser = one_of::<Initialisation>(), default_value_t)]
    init: Initialisation,
    /// Step at which the output is read [default: padded for characters, else last]
    #[arg(long, value_parser = one_of::<Readout>())]
    readout: Option<Readout>,
    #[command(flatten)]
    sparsify: SparsifyArguments,
    /// Epochs of training
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: u32,
    #[command(flatten)]
    training: TrainingArguments,
    /// Share of the training file to hold out and measure after each epoch
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    validation: f64,
    /// Number of networks to train; the best is kept
    ///
    /// Their seeds are --seed, --seed + 1, and so on.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    seeds: u32,
    #[command(flatten)]
    jobs: JobsArguments,
    #[command(flatten)]
    wiring: WiringArguments,
    /// File to write the model to (.safetensors)
    #[arg(long, value_name = "MODEL", value_parser = destination::file(destination::MODEL))]
    out: PathBuf,
    /// Log each epoch: tensorboard[=DIR] or jsonl[=FILE]
    ///
    /// Event files of TensorBoard go to DIR/MODEL, by default to runs/MODEL: tensorboard --logdir runs.
    /// Lines of JSON, an epoch each, go to FILE, by default to MODEL.jsonl.
    #[arg(long, value_name = "KIND")]
    log: Option<LogTo>,
    #[command(flatten)]
    run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy train`.
pub fn run(arguments: &TrainArguments) -> anyhow::Result<()> {
    if arguments.training.may_stop() && arguments.validation == 0.0 {
        return Err(WrongUse::error(
            "--patience needs held-out sequences to decide when to stop: add --validation SHARE",
        ));
    }
    arguments.training.check()?;
    let shape = arguments.shape.settings(arguments.activation)?;
    let sparse = arguments.sparsify.sparse(Begins::Untrained)?;
    let corpus = arguments.files.files(Some(&arguments.encoding))?.read(None, &mut note_loaded)?;
    arguments.shape.check(&corpus.encoding)?;
    check_writable(&arguments.out)?;

    let readout = arguments.readout.unwrap_or_else(|| Readout::usual(&corpus.encoding));
    let training = arguments.training.training(readout);
    let mut recipe = Recipe::new(arguments.cell, &arguments.layers)
        .training(training)
        .hold_out(arguments.validation);
    recipe.embedding = shape.embedding;
    recipe.bidirectional = shape.bidirectional.unwrap_or_default();
    recipe.head = shape.head().expect("it was checked");
    recipe.init = arguments.init;
    recipe.stages.extend(sparse.first.map(Stage::Prune));
    recipe.sparsify = sparse.sparsify;
    let recipe = recipe.train(arguments.epochs);
    let seed = arguments.run.seed;
    let held_out = HoldOut::new(&corpus.train, arguments.validation, seed)?;
    let strings = held_out.strings(&corpus.test);
    interrupt::keeps_nothing()?;
    let mut networks = arguments.train_networks(&recipe, &corpus, strings)?;
    let Some(best) = Trained::best(&networks) else {
        let first = networks.first().and_then(|trained| trained.fit.diverged);
        bail!(
            "{} (--lr {:?}, --clip {:?}); {}no model was written. Try a smaller --lr",
            first.expect("it diverged"),
            recipe.training.learning_rate,
            recipe.training.clip,
            if arguments.seeds > 1 { "all other seeds diverged too; " } else { "" },
        );
    };
    let seeds = (arguments.seeds > 1).then(|| Seeds::of(&networks, best));
    let Trained { network, fit, .. } = networks.swap_remove(best);

    let model = recipe.model_of(network, &corpus, seed);
    model.write(&arguments.out)?;
    let kept = fit.kept().expect("at least one epoch");
    let merit = kept.test.merit_is();
    let masked = recipe.method().map(|_| sparsity(&model.network).sparsity);
    let (run, parameters) = (fit.epochs.len(), model.network.parameters().len());
    if arguments.json {
        let mut report = json!({
            "merit": merit,
            format!("test_{merit}"): kept.test.merit(),
            "test_loss": kept.test.loss_sum,
            "test_loss_mean": kept.test.loss_mean,
            format!("validation_{merit}"): kept.validation.map(|score| score.merit()),
            "epochs": run,
            "parameters": parameters,
            "model": arguments.out,
            "curve": fit.epochs.iter().map(EpochResult::json).collect::<Vec<_>>(),
            "seconds": fit.seconds,
        });
        if let Some(bits) = kept.test.bits_per_token() {
            report["test_bits_per_token"] = json!(bits);
        }
        if let Some(masked) = masked {
            report["sparsity"] = json!(masked);
        }
        if let Some(epoch) = fit.kept_epoch {
            report["kept_epoch"] = json!(epoch);
        }
        if let Some(seeds) = seeds {
            seeds.add_to(&mut report);
        }
        return print_json(&report);
    }
    let when = match fit.kept_epoch {
        Some(epoch) => format!("epoch {epoch}, the best of {run} on the held-out sequences"),
        None => counted(run, "epoch"),
    };
    let masked = masked.map_or(String::new(), |masked| {
        format!(", {:.2} % of the recurrent weights masked", 100.0 * masked)
    });
    let counts = match kept.test.correct() {
        Some(correct) => format!("{correct} of {}", kept.test.count),
        None => format!("mean squared error {:.6}", kept.test.loss_mean),
    };
    let counts = match kept.test.bits_per_token() {
        Some(bits) => format!("{bits:.4} bits per token"),
        None => counts,
    };
    print_text(&format!(
        "{}test {} {:.5} ({counts}) after {when}; {parameters} parameters{masked}; wrote {}\n",
        seeds.map(|seeds| seeds.describe()).unwrap_or_default(),
        merit.noun(),
        kept.test.merit(),
        arguments.out.display(),
    ))
}

impl TrainArguments {
    /// A network of each seed, trained.
    fn train_networks(
        &self,
        recipe: &Recipe,
        corpus: &Corpus,
        strings: Strings,
    ) -> anyhow::Result<Vec<Trained>> {
        let (count, first) = (self.seeds, self.run.seed);
        if first.checked_add(u64::from(count) - 1).is_none() {
            return Err(WrongUse::error(format!(
                "--seed {first} leaves no room for --seeds {count}"
            )));
        }
        let graph = self.wiring.graph(self.cell)?;
        let graph = graph.as_ref().map(|(wiring, layering)| (wiring, layering));
        let network = |seed| recipe.network(graph, corpus.into(), seed);
        let progress = Progress::of_equals(self.epochs.saturating_mul(count), self.run.quiet);
        let log = Log::begin(self.log.as_ref(), Some(&self.out), count > 1)?;
        let observe = |seed, epoch: Result<&EpochResult, u32>| match epoch {
            Err(left) => progress.advance(left.into(), left.into()),
            Ok(epoch) => {
                progress.advance(1, 1);
                log.iter().for_each(|log| log.epoch(seed, epoch));
                let line = epoch.line(self.epochs, &corpus.task);
                match count {
                    1 => progress.line(&line),
                    _ => progress.line(&format!("seed {seed:<4}   {line}")),
                }
            }
        };
        let round = recipe.last_round();
        let trained =
            round.of_seeds((first, count), self.jobs.threads(), network, strings, observe)?;
        log.into_iter().for_each(Log::end);
        Ok(trained)
    }
}

/// One row of the table of seeds, with a column for held-out sequences if there are any.
fn line(trained: &Trained, held_out: bool) -> Vec<String> {
    let kept = trained.kept();
    let merit = |score: Option<Score>| {
        score.map_or("-".to_owned(), |score| format!("{:.5}", score.merit()))
    };
    let test = merit(kept.map(|kept| kept.test));
    let validation = held_out.then(|| merit(kept.and_then(|kept| kept.validation)));
    let loss = trained.choosing().map_or("-".to_owned(), |score| format!("{:.6}", score.loss_mean));
    let epoch = match (trained.fit.diverged, kept) {
        (Some(diverged), _) => format!("diverged in {}", diverged.epoch),
        (None, kept) => kept.map_or("-".to_owned(), |kept| kept.epoch.to_string()),
    };
    let cells = [trained.seed.to_string(), test].into_iter().chain(validation);
    cells.chain([loss, epoch]).collect()
}

/// What there is to say of several networks.
struct Seeds {
    /// Each of them, as it stands under `--json`.
    rows: Vec<Value>,
    /// The same as a table.
    table: String,
    /// Of the test merits of those that did not diverge.
    summary: Summary,
    merit: Merit,
    /// The seed of the one that is written, and why it is that one.
    chosen: u64,
    by: &'static str,
}

impl Seeds {
    fn of(networks: &[Trained], best: usize) -> Self {
        let held_out = networks[best].kept().is_some_and(|kept| kept.validation.is_some());
        let by = if held_out { "validation loss" } else { "training loss" };
        let tested = || networks.iter().filter_map(|one| Some(one.kept()?.test));
        let merits: Vec<f64> = tested().map(|score| score.merit()).collect();
        let validation = held_out.then_some("validation");
        let headings = ["seed", "test"].into_iter().chain(validation).chain([by, "epoch"]);
        let mut table = Table::new(1, headings.map(numbers));
        for trained in networks {
            table.row(line(trained, held_out));
        }
        Self {
            rows: networks.iter().map(Trained::to_json).collect(),
            table: table.text(),
            summary: Summary::of(&merits).expect("one at least did not diverge"),
            merit: tested().next().expect("one at least did not diverge").merit_is(),
            chosen: networks[best].seed,
            by,
        }
    }

    /// In front of what is said of the one that is written.
    fn describe(&self) -> String {
        let Summary { count, mean, standard_deviation, min, max, .. } = self.summary;
        let spread = standard_deviation.map(|sd| format!("standard deviation {sd:.5}, "));
        let networks = counted(count, "network");
        let diverged = match self.rows.len() - count {
            0 => String::new(),
            some => format!(" ({some} more diverged)"),
        };
        format!(
            "{}test {} of {networks}{diverged}: mean {mean:.5}, {}from {min:.5} to \
             {max:.5}\nseed {} has the lowest {}: ",
            self.table,
            self.merit.noun(),
            spread.unwrap_or_default(),
            self.chosen,
            self.by
        )
    }

    fn add_to(self, report: &mut Value) {
        report["seeds"] = json!(self.rows);
        let merit = self.merit;
        report[format!("test_{merit}_mean")] = json!(self.summary.mean);
        report[format!("test_{merit}_sd")] = json!(self.summary.standard_deviation);
        report["model_seed"] = json!(self.chosen);
        report["chosen_by"] = json!(self.by);
    }
}
