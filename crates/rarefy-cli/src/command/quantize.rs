//! `rarefy quantize`: let a model compute in integers.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use rarefy::format::export::{Cost, c_cost};
use rarefy::format::{Model, check_writable};
use rarefy::quantize::measure;
use rarefy::train::{Evaluator, Score, argmax};
use serde::Serialize;

use crate::arguments::{DataArguments, JobsArguments, ModelArguments, at_least_one, is_same_file};
use crate::destination;
use crate::output::{note, print_json, print_text};
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy quantize`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../help/quantize.txt"))]
pub struct QuantizeArguments {
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    model: ModelArguments,
    /// Measure ranges on this many of the sequences, the first ones [default: all]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    samples: Option<NonZeroUsize>,
    #[command(flatten)]
    jobs: JobsArguments,
    /// File to write the model in integers to (.safetensors)
    #[arg(long, value_name = "MODEL", value_parser = destination::file(destination::MODEL))]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Sequences in a batch: results differ with it only where batches are padded.
const BATCH: usize = 32;

#[derive(Serialize)]
struct Report<'a> {
    /// On the sequences of --data.
    floats: Measured,
    integers: Measured,
    /// Share of answers that have the same largest logit.
    agreement: f64,
    model: &'a Path,
}

#[derive(Serialize)]
struct Measured {
    #[serde(flatten)]
    score: Score,
    /// The score that is larger the better.
    #[serde(skip)]
    merit: f64,
    /// Bytes of all constants in C.
    #[serde(skip_serializing_if = "Option::is_none")]
    constant_bytes: Option<usize>,
}

/// Runs `rarefy quantize`.
pub fn run(arguments: &QuantizeArguments) -> anyhow::Result<()> {
    arguments.jobs.team().install(|| quantize(arguments))
}

fn quantize(arguments: &QuantizeArguments) -> anyhow::Result<()> {
    let (path, out) = (&arguments.model.path, &arguments.out);
    check_writable(out)?;
    if is_same_file(path, out) {
        bail!("--out {} is the model itself: choose another name", out.display());
    }
    let mut floats = arguments.model.open_for(arguments.data.task())?;
    floats.int8 = None;
    let sequences = arguments.data.dataset(&mut floats)?;
    if let Err(unfit) = floats.network.check(&sequences) {
        bail!("{}: {unfit}", arguments.data.data.display());
    }
    let all = 0..sequences.len();
    let first = arguments.samples.map(|count| {
        let rows: Vec<usize> = all.take(count.get()).collect();
        sequences.select(&rows)
    });
    let first = first.as_ref().unwrap_or(&sequences);
    let whose = || path.display().to_string();
    let ranges = measure(&floats.network, first, floats.readout).with_context(whose)?;
    let model = Model { int8: Some(ranges), ..floats.clone() };
    let integers = model.integers().with_context(whose)?;
    let integers = integers.expect("ranges were measured");

    let mut evaluator = Evaluator::new(&floats.network, BATCH, floats.readout);
    let logits = evaluator.logits(&floats.network, &sequences);
    let quantized = integers.answers(&sequences, model.readout, BATCH);
    let report = Report {
        floats: measured(&floats, evaluator.score_of(&logits, &sequences)),
        integers: measured(&model, evaluator.score_of(&quantized, &sequences)),
        agreement: agreement(&logits, &quantized, floats.task.outputs()),
        model: out,
    };
    model.write(out)?;
    if report.floats.constant_bytes.is_none() {
        note("the model cannot be written as C");
    }
    match arguments.json {
        true => print_json(&report),
        false => print_text(&report.text(&model)),
    }
}

fn measured(model: &Model, score: Score) -> Measured {
    let constant_bytes = c_cost(model).ok().map(Cost::bytes);
    Measured { merit: score.merit(), score, constant_bytes }
}

/// The share of answers that have the same largest logit.
fn agreement(floats: &[f32], integers: &[f32], outputs: usize) -> f64 {
    let answers = floats.chunks_exact(outputs).zip(integers.chunks_exact(outputs));
    let same = answers.clone().filter(|(float, integer)| argmax(float) == argmax(integer));
    same.count() as f64 / answers.count().max(1) as f64
}

impl Report<'_> {
    fn text(&self, model: &Model) -> String {
        let columns = [words(""), numbers("floats"), numbers("integers")];
        let mut table = Table::new(1, columns);
        let both = |of: &dyn Fn(&Measured) -> String| [of(&self.floats), of(&self.integers)];
        let mut row = |what: &str, [floats, integers]: [String; 2]| {
            table.row([what.to_owned(), floats, integers]);
        };
        let merit = self.floats.score.merit_is();
        row(&merit.to_string(), both(&|measured| format!("{:.5}", measured.merit)));
        row("loss", both(&|measured| format!("{:.6}", measured.score.loss_mean)));
        if self.floats.constant_bytes.is_some() {
            let bytes = |measured: &Measured| {
                measured.constant_bytes.map_or(String::new(), |bytes| bytes.to_string())
            };
            row("constants in C, bytes", both(&bytes));
        }
        let same = match model.task.labels() {
            [] => String::new(),
            _ => format!("{:.2} % of the answers are the same\n", 100.0 * self.agreement),
        };
        format!("{}{same}wrote {}\n", table.text(), self.model.display())
    }
}
