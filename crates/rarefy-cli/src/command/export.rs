//! `rarefy export`: write a model for other programs.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use rarefy::data::Encoding;
use rarefy::format::export::{ExportFormat, ExportOptions, Exported, Naming, keep_characters};
use rarefy::format::{check_writable, meaning, write_atomically};
use serde::Serialize;

use crate::arguments::{ModelArguments, WrongUse, is_same_file, one_of};
use crate::destination;
use crate::output::{note, print_json, print_text};
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy export`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../help/export.txt"))]
pub struct ExportArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// File to write: .safetensors, .pt, .onnx or .c
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Format [default: by the name of --out]
    #[arg(long, value_parser = one_of::<ExportFormat>())]
    format: Option<ExportFormat>,
    /// Names of the tensors in a .pt or .safetensors
    ///
    /// The default is own for a model that was read from a state dict, and else thesis.
    #[arg(long, value_parser = one_of::<Naming>())]
    naming: Option<Naming>,
    /// Keep the embedding of these characters and the padding only
    #[arg(long, value_name = "TEXT")]
    characters: Option<String>,
    /// Prefix of the functions in a C file [default: the file's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Write ONNX that takes and returns its states, for streams
    #[arg(long)]
    stream: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The format given, or else the one that the file name implies; an error if they differ.
fn format(asked: Option<ExportFormat>, out: &Path) -> anyhow::Result<ExportFormat> {
    let all = ExportFormat::ALL;
    let has = |format: &ExportFormat, ending| format.endings().contains(&ending);
    let named = meaning(out)
        .map(|(ending, _)| ending)
        .and_then(|ending| all.into_iter().find(|format| has(format, ending)));
    let Some(format) = asked.or(named) else {
        let usual = all.map(|format| format.endings()[0]);
        return Err(WrongUse::error(format!(
            "--out {} does not tell the format: end the name in {}, or give --format",
            out.display(),
            destination::listed(&usual)
        )));
    };
    if let Err(why) = destination::check(out, format.endings()) {
        let also = named.map_or(String::new(), |named| format!(", or --format {}", named.name()));
        let (name, out) = (format.name(), out.display());
        return Err(WrongUse::error(format!("--format {name} --out {out}: {why}{also}")));
    }
    Ok(format)
}

#[derive(Serialize)]
struct Report<'a> {
    format: ExportFormat,
    out: &'a Path,
    file_bytes: usize,
    #[serde(flatten)]
    exported: Exported,
    /// What the remaining bytes of the file hold.
    #[serde(skip)]
    others: &'static str,
}

/// Runs `rarefy export`.
pub fn run(arguments: &ExportArguments) -> anyhow::Result<()> {
    let out = &arguments.out;
    let format = format(arguments.format, out)?;
    check_writable(out)?;
    if is_same_file(&arguments.model.path, out) {
        bail!("--out {} is the model itself: choose another name", out.display());
    }
    let mut model = arguments.model.open()?;
    if let Some(characters) = &arguments.characters {
        model = keep_characters(&model, characters)
            .with_context(|| format!("--characters {characters:?}"))?;
    }
    model.history.as_seen_from(out);
    if matches!(format, ExportFormat::Onnx | ExportFormat::C) && model.history.is_renumbered() {
        note(
            "tokens have other numbers in this file than in --vocabulary: they are counted in its \
             order, as the vocabulary in the file lists them",
        );
    }
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let prefix = arguments.name.as_deref().unwrap_or(&stem);
    let (naming, stream) = (arguments.naming, arguments.stream);
    let exported = format.export(&model, ExportOptions { naming, prefix, stream })?;
    write_atomically(out, &exported.bytes)?;
    let others = match &model.encoding {
        Encoding::Scaling(_) => "scaling, biases, readout, bytes",
        Encoding::Vocabulary(known) if known.words().is_some() => "embedding, words, others, bytes",
        Encoding::Vocabulary(_) => "embedding, biases, readout, bytes",
    };
    let file_bytes = exported.bytes.len();
    let report = Report { format, out, file_bytes, exported, others };
    if arguments.json { print_json(&report) } else { print_text(&report.table()) }
}

impl Report<'_> {
    fn table(&self) -> String {
        let Exported { cost, dense, state_bytes, .. } = &self.exported;
        let columns = [words(""), numbers(self.format.name()), numbers("dense")];
        let mut table = Table::new(1, columns);
        for (what, here, dense) in [
            ("recurrent weights, bytes", cost.weight_bytes, dense.weight_bytes),
            (self.others, cost.other_bytes, dense.other_bytes),
            ("multiply-adds per step", cost.multiply_adds, dense.multiply_adds),
            ("multiply-adds per answer", cost.readout_multiply_adds, dense.readout_multiply_adds),
        ] {
            table.row([what.to_owned(), here.to_string(), dense.to_string()]);
        }
        if let Some(bytes) = state_bytes {
            table.row(["state, bytes".to_owned(), bytes.to_string(), String::new()]);
        }
        let table = table.text();
        format!("{table}wrote {} ({} bytes)\n", self.out.display(), self.file_bytes)
    }
}
