//! `rarefy prune`: mask the least important weights of a model.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};
use rarefy::data::Dataset;
use rarefy::format::{Model, Unpruned, check_writable};
use rarefy::named::Named;
use rarefy::prune::{
    Criterion, Evidence, GatePercents, Grain, Ranking, Scope, Scores, Selection, Sparsity,
    compensate, prune_by, sparsity,
};
use serde::Serialize;

use crate::arguments::{
    ModelArguments, ReadArguments, WrongUse, at_least_one, in_floats, is_same_file, names, one_of,
    percents,
};
use crate::destination;
use crate::output::{note, print_json, print_text};
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy prune`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../help/prune.txt"))]
pub struct PruneArguments {
    /// Sequences with labels, for the criteria that score weights on sequences
    ///
    /// All formats that `rarefy train --train` reads.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Labels of the --data file, if that is a .npy
    #[arg(long, value_name = "FILE.npy", requires = "data")]
    data_labels: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArguments,
    /// Score weights on this many of the sequences, drawn at random [default: all]
    #[arg(long, value_name = "N", value_parser = at_least_one, requires = "data")]
    samples: Option<std::num::NonZeroUsize>,
    #[command(flatten)]
    model: ModelArguments,
    /// Percent of the weights to prune, 0 to 100, or one for each gate
    ///
    /// With --ranking gate, `--percent 70,80,50` prunes 70, 80 and 50 % of the three gates of a GRU
    /// (reset, update, new). An LSTM has four: input, forget, cell, output.
    #[arg(long, value_name = "P", value_parser = percents)]
    percent: GatePercents,
    /// Weights to prune: input-to-hidden (ih), hidden-to-hidden (hh) or both
    #[arg(long, default_value_t = Scope::Both, value_parser = one_of::<Scope>())]
    scope: Scope,
    /// Weights that compete with each other
    #[arg(long, value_parser = one_of::<Ranking>(), default_value_t)]
    ranking: Ranking,
    /// What is pruned as one
    #[arg(long, value_parser = one_of::<Grain>(), default_value_t)]
    grain: Grain,
    /// Which weights go: a criterion, or a file with a score for each weight
    ///
    /// A file (.safetensors) has one tensor per recurrent weight, under the model's own names, as
    /// --scores writes it. The lowest scores go, unless its metadata says `order: highest`.
    #[arg(long, value_name = "CRITERION|FILE", value_parser = by(), default_value = Criterion::default().name())]
    criterion: By,
    /// Let the weights that stay make up for those that go
    ///
    /// Each row of a matrix then gives sums as close as possible to the unpruned ones, over all
    /// steps of the --data sequences (optimal brain surgeon).
    #[arg(long, requires = "data")]
    compensate: bool,
    /// Seed of what depends on chance
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// File to write the score of each weight to (.safetensors)
    #[arg(long, value_name = "FILE", value_parser = destination::file(destination::MODEL))]
    scores: Option<PathBuf>,
    /// File to write the pruned model to (.safetensors)
    #[arg(long, value_name = "MODEL", value_parser = destination::file(destination::MODEL))]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What scores weights.
#[derive(Clone, Debug)]
enum By {
    Criterion(Criterion),
    File(PathBuf),
}

/// Parses the name of a criterion or a file of scores.
fn by() -> impl TypedValueParser<Value = By> {
    ByParser
}

#[derive(Clone)]
struct ByParser;

impl TypedValueParser for ByParser {
    type Value = By;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<By, clap::Error> {
        let path = Path::new(value);
        if path.extension().is_some() || path.components().count() > 1 {
            return Ok(By::File(path.to_owned()));
        }
        one_of::<Criterion>().parse_ref(command, argument, value).map(By::Criterion)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let choices = Criterion::CHOICES.iter().map(|c| (Named::name(*c), c.help()));
        let values = names(choices, str::to_owned);
        let values: Vec<PossibleValue> = values.possible_values()?.collect();
        Some(Box::new(values.into_iter()))
    }
}

#[derive(Serialize)]
struct Report<'a> {
    /// `null` if there are several.
    threshold: Option<f32>,
    thresholds: &'a [f32],
    newly_pruned: usize,
    #[serde(flatten)]
    account: &'a Sparsity,
    model: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    scores: Option<&'a Path>,
}

/// If there are more thresholds, none is printed.
const MOST_THRESHOLDS: usize = 8;

impl PruneArguments {
    /// The sequences for scoring weights, read as `model` reads them.
    fn sequences(&self, model: &mut Model) -> anyhow::Result<Option<Dataset<'static>>> {
        let Some(path) = &self.data else {
            self.read.unless_said("--data")?;
            return Ok(None);
        };
        // A clone, so that the labels of these data are not taken for those of the model.
        let mut reader = model.clone();
        let data = self.read.dataset((path, self.data_labels.as_deref()), &mut reader)?;
        if reader.task.kind() != model.task.kind() {
            *model = reader;
        }
        Ok(Some(data))
    }

    fn selection(&self) -> anyhow::Result<Selection> {
        let (percent, gates) = match self.percent.as_slice() {
            &[percent] => (percent, None),
            _ if self.ranking != Ranking::Gate => {
                return Err(WrongUse::error(format!(
                    "several percentages are one for each gate, and --ranking {} has no gates: add \
                     --ranking gate",
                    self.ranking
                )));
            }
            _ => (self.percent.mean(), Some(self.percent)),
        };
        Ok(Selection {
            scope: self.scope,
            ranking: self.ranking,
            grain: self.grain,
            criterion: match self.criterion {
                By::Criterion(criterion) => criterion,
                By::File(_) => Criterion::default(),
            },
            percent,
            gates,
            samples: self.samples.map(Into::into),
        })
    }

    /// The scores of the weights of `model`.
    fn scores(
        &self,
        model: &Model,
        selection: &Selection,
        evidence: Option<Evidence>,
    ) -> anyhow::Result<Scores> {
        if let By::File(path) = &self.criterion {
            return Ok(model.read_scores(path)?);
        }
        if selection.criterion.needs_sequences() && evidence.is_none() {
            return Err(WrongUse::error(format!(
                "--criterion {} scores weights on sequences: add --data FILE with labelled \
                 sequences, such as the training file",
                selection.criterion
            )));
        }
        Ok(selection.scores(&model.network, evidence, self.seed)?)
    }
}

/// Runs `rarefy prune`.
pub fn run(arguments: &PruneArguments) -> anyhow::Result<()> {
    check_writable(&arguments.out)?;
    if is_same_file(&arguments.model.path, &arguments.out) {
        bail!(
            "--out {} is the model itself, which `rarefy recover` still needs: choose another name",
            arguments.out.display()
        );
    }
    if let Some(path) = &arguments.scores {
        check_writable(path)?;
        if is_same_file(path, &arguments.model.path) || *path == arguments.out {
            bail!("--scores {} is a model: choose another name", path.display());
        }
    }
    let mut model = arguments.model.open_for(arguments.read.task())?;
    in_floats(&mut model);
    let selection = arguments.selection()?;
    let given = arguments.sequences(&mut model)?;
    let sequences = given.as_ref().map(|given| selection.sample(given, arguments.seed));
    let evidence =
        sequences.as_deref().map(|sequences| Evidence { sequences, readout: model.readout });
    let scores = arguments.scores(&model, &selection, evidence)?;
    // A model that is pruned again must still recover the score it had before the first pruning.
    if model.history.unpruned.is_none() {
        let path = std::path::absolute(&arguments.model.path)?;
        model.history.unpruned = Some(Unpruned { path, fingerprint: model.fingerprint() });
    }
    if let Some(path) = &arguments.scores {
        model.write_scores(&scores, path)?;
    }
    let before = model.network.clone();
    let pruned = prune_by(&mut model.network, &scores, &selection)?;
    if let Some(evidence) = evidence.filter(|_| arguments.compensate) {
        compensate(&mut model.network, &before, evidence);
    }
    let account = sparsity(&model.network);
    model.write(&arguments.out)?;
    note_layers_without_weights(&account);

    if arguments.json {
        let threshold = match pruned.thresholds[..] {
            [only] => Some(only),
            _ => None,
        };
        return print_json(&Report {
            threshold,
            thresholds: &pruned.thresholds,
            newly_pruned: pruned.newly_masked,
            account: &account,
            model: &arguments.out,
            scores: arguments.scores.as_deref(),
        });
    }
    let thresholds = match pruned.thresholds.len() {
        0..=MOST_THRESHOLDS => {
            let thresholds: Vec<String> = pruned.thresholds.iter().map(f32::to_string).collect();
            thresholds.join(", ")
        }
        many => format!("in each of {many} groups"),
    };
    print_text(&format!(
        "{}threshold {thresholds}; wrote {}\n",
        table(&account).text(),
        arguments.out.display()
    ))
}

/// Notes which layers have no recurrent weights left.
fn note_layers_without_weights(account: &Sparsity) {
    for weights in account.weights.chunk_by(|a, b| a.layer == b.layer) {
        if weights.iter().all(|weight| weight.masked == weight.count) {
            note(&format!(
                "layer {} has no recurrent weight left: --ranking matrix or erdos-renyi leaves \
                 some in each",
                weights[0].layer
            ));
        }
    }
}

/// One row for each weight matrix and its gates, then the sums.
fn table(account: &Sparsity) -> Table {
    let columns = [words("weight"), numbers("count"), numbers("pruned"), numbers("sparsity")];
    let mut table = Table::new(1, columns);
    let mut row = |name: &str, count: usize, pruned: usize| {
        let percent = 100.0 * pruned as f64 / count as f64;
        let cells = [name.to_owned(), count.to_string(), pruned.to_string()];
        table.row(cells.into_iter().chain([format!("{percent:.1} %")]));
    };
    for weight in &account.weights {
        row(weight.name.trim_start_matches("recurrent."), weight.count, weight.masked);
        if weight.gates.len() > 1 {
            for gate in &weight.gates {
                row(&format!("  {}", gate.name), gate.count, gate.masked);
            }
        }
    }
    row("input-to-hidden", account.count_ih, account.masked_ih);
    row("hidden-to-hidden", account.count_hh, account.masked_hh);
    row("all", account.count_ih + account.count_hh, account.masked());
    table
}
