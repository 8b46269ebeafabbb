//! `rarefy export`: write a model for other programs.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use rarefy::data::Encoding;
use rarefy::format::export::{
    Cost, Naming, c_source, dense_cost, keep_characters, onnx_bytes, safetensors_bytes, torch_bytes,
};
use rarefy::format::{check_writable, write_atomically};
use serde::Serialize;

use crate::arguments::{ModelArguments, WrongUse, is_same_file, one_of};
use crate::destination;
use crate::output::{note, print_json, print_text};
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy export`.
#[derive(Debug, Args)]
#[command(after_help = "\
safetensors: a model file of rarefy.
pt: a PyTorch state dict that torch.load takes with weights_only=True. Its keys are the module's, so \
that load_state_dict takes it strictly (--naming own: the very module whose state dict came in); what a module does not have (vocabulary, labels, history) is \
kept beside them, so that rarefy reads the file back without loss.
onnx: standard operators. Input tokens, 64-bit, [steps, batch], or of a model that reads numbers \
series, [steps, batch, channels], as they stand in the data; output logits [batch, classes]. A model \
read at the padded end answers after the last step (pad with token 0, or with the numbers of padding); \
one read at each sequence's last step has a second input, lengths [batch]; a length of 0 gives the \
answer before the first step. Negative tokens and lengths are refused. Metadata: labels, readout, \
vocabulary or padding.
c: one C99 file without dependencies, which C++ takes too, with the weights that are left, a step \
function that takes a token or the numbers of a step, a function that finds the token of a character \
or a word, the names of the classes, and no allocation. A comment in it says how it is used, what it \
costs, and how its constants stay in the flash of a microcontroller.

Examples:
  rarefy export small.safetensors --out small.onnx
  rarefy export small.safetensors --characters BEPSTVX --out small.c")]
pub struct ExportArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// What to write [default: as the name of --out says]
    #[arg(long)]
    format: Option<Format>,
    /// File to write: .safetensors, .pt, .onnx or .c
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// What the tensors of a .pt or .safetensors are called [default: own, of a model that was read
    /// from a state dict; else thesis]
    #[arg(long, value_parser = one_of::<Naming>())]
    naming: Option<Naming>,
    /// Leave out the embedding of all characters but these and the padding
    #[arg(long, value_name = "TEXT")]
    characters: Option<String>,
    /// What the functions of a C file begin with [default: the file's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Format {
    /// A model file of rarefy
    Safetensors,
    /// A PyTorch state dict
    Pt,
    /// ONNX, of its standard operators
    Onnx,
    /// A C99 file
    C,
}

impl Format {
    /// What the names of its files end in, the usual one first.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Safetensors => destination::MODEL,
            Self::Pt => &["pt", "pth", "ckpt", "bin"],
            Self::Onnx => &["onnx"],
            // C++ takes the file as it is.
            Self::C => &["c", "h", "cc", "cpp", "hpp"],
        }
    }

    fn name(self) -> String {
        self.to_possible_value().expect("no format is hidden").get_name().to_owned()
    }

    /// The format that was asked for, or that of the name; an error where they differ.
    fn of(asked: Option<Self>, out: &Path) -> anyhow::Result<Self> {
        let has = |format: &Self, ending| format.endings().contains(&ending);
        let named = destination::ending(out)
            .and_then(|ending| Self::value_variants().iter().find(|format| has(format, ending)));
        let Some(format) = asked.or(named.copied()) else {
            let usual: Vec<&str> = Self::value_variants().iter().map(|f| f.endings()[0]).collect();
            return Err(WrongUse::error(format!(
                "--out {} says no format: end the name in {}, or give --format",
                out.display(),
                destination::listed(&usual)
            )));
        };
        if let Err(why) = destination::check(out, format.endings()) {
            let also =
                named.map_or(String::new(), |named| format!(", or --format {}", named.name()));
            let (name, out) = (format.name(), out.display());
            return Err(WrongUse::error(format!("--format {name} --out {out}: {why}{also}")));
        }
        Ok(format)
    }
}

#[derive(Serialize)]
struct Report<'a> {
    format: String,
    out: &'a Path,
    file_bytes: usize,
    #[serde(flatten)]
    cost: Cost,
    /// Of the caller's state, in C.
    #[serde(skip_serializing_if = "Option::is_none")]
    state_bytes: Option<usize>,
    dense: Cost,
    /// What the other bytes are of.
    #[serde(skip)]
    others: &'static str,
}

/// Runs `rarefy export`.
pub fn run(arguments: &ExportArguments) -> anyhow::Result<()> {
    let out = &arguments.out;
    let format = Format::of(arguments.format, out)?;
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
    // A file of ours is in the thesis's names as it is.
    let own = model.history.origin.as_ref();
    let own = own.filter(|origin| format != Format::Safetensors || !origin.has_our_names());
    let usual = if own.is_some() { Naming::Own } else { Naming::Thesis };
    let naming = arguments.naming.unwrap_or(usual);
    if matches!(format, Format::Onnx | Format::C) && model.history.is_renumbered() {
        note(
            "token ids in this file are not those of --vocabulary: they are by the order of its \
             tokens, as the vocabulary in the file says",
        );
    }
    let dense = dense_cost(&model.network, 0);
    let (bytes, cost, dense, state_bytes) = match format {
        Format::Safetensors => (safetensors_bytes(&model, naming)?, dense, dense, None),
        Format::Pt => (torch_bytes(&model, naming)?, dense, dense, None),
        Format::Onnx => {
            // A mean and a factor a channel: of the other formats, they are no weights.
            let scaling = model.encoding.scaling().map_or(0, |scaling| 8 * scaling.channels());
            let cost = dense_cost(&model.network, scaling);
            (onnx_bytes(&model)?, cost, cost, None)
        }
        Format::C => {
            let stem = out.file_stem().unwrap_or_default().to_string_lossy();
            let source = c_source(&model, arguments.name.as_deref().unwrap_or(&stem))?;
            (source.text.into_bytes(), source.cost, source.dense, Some(source.state_bytes))
        }
    };
    write_atomically(out, &bytes)?;
    let format = format.name();
    let others = match &model.encoding {
        Encoding::Scaling(_) => "scaling, biases, readout, bytes",
        Encoding::Vocabulary(known) if known.words().is_some() => "embedding, words, others, bytes",
        Encoding::Vocabulary(_) => "embedding, biases, readout, bytes",
    };
    let report = Report { format, out, file_bytes: bytes.len(), cost, state_bytes, dense, others };
    if arguments.json { print_json(&report) } else { print_text(&report.table()) }
}

impl Report<'_> {
    fn table(&self) -> String {
        let Self { cost, dense, .. } = self;
        let columns = [words(""), numbers(&*self.format), numbers("dense")];
        let mut table = Table::new(1, columns);
        for (what, here, dense) in [
            ("recurrent weights, bytes", cost.weight_bytes, dense.weight_bytes),
            (self.others, cost.other_bytes, dense.other_bytes),
            ("multiply-adds a step", cost.multiply_adds, dense.multiply_adds),
            ("multiply-adds an answer", cost.readout_multiply_adds, dense.readout_multiply_adds),
        ] {
            table.row([what.to_owned(), here.to_string(), dense.to_string()]);
        }
        if let Some(bytes) = self.state_bytes {
            table.row(["state, bytes".to_owned(), bytes.to_string(), String::new()]);
        }
        let table = table.text();
        format!("{table}wrote {} ({} bytes)\n", self.out.display(), self.file_bytes)
    }
}
