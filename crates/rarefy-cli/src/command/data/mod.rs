//! `rarefy data`: draw the Reber data or another problem, or describe a file.

mod describe;
mod problem;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use rarefy::data::{
    Columns, LabelledText, LengthSummary, ReberGrammar, ReberSettings, VALID, generate, to_csv,
};
use rarefy::format::write_atomically;
use serde::Serialize;

use crate::arguments::one_of;
use crate::destination;
use crate::output::{print_json, print_text};
use crate::table::{Table, numbers, words};
use describe::DescribeArguments;
use problem::{
    AddingArguments, CopyingArguments, MackeyGlassArguments, ParityArguments, SignalsArguments,
};

/// New strings become rare: a million take minutes, ten million would take hours.
const MOST_STRINGS: usize = 1_000_000;

/// The commands about data.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Draw strings of the Reber grammar and of decoys, as train and test files
    Reber(ReberArguments),
    /// Draw series with two marked numbers, whose sum is asked
    Adding(AddingArguments),
    /// Draw ten symbols to be repeated after a delay
    Copying(CopyingArguments),
    /// Draw bits, the parity of three of which is asked after a delay
    Parity(ParityArguments),
    /// Draw series of the Mackey-Glass equation, whose next numbers are asked
    MackeyGlass(MackeyGlassArguments),
    /// Draw signals of ten classes, like those of MNIST-1D
    Signals(SignalsArguments),
    /// Describe a file of labelled texts or series
    Describe(DescribeArguments),
}

/// Arguments of `rarefy data reber`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/data_reber.txt"))]
pub struct ReberArguments {
    /// Number of strings, train and test together
    ///
    /// At least 4. As no string occurs twice, new ones become rarer: 25,000 take a fraction of a
    /// second, 300,000 about twenty seconds.
    #[arg(long, value_name = "N", value_parser = count)]
    #[arg(default_value_t = ReberSettings::default().count)]
    count: usize,
    /// Fewest characters of a string
    #[arg(long, value_name = "N", default_value_t = ReberSettings::default().min_length)]
    min_length: usize,
    /// Grammar of the valid strings
    ///
    /// reber: the Reber grammar, as in the thesis. embedded: a Reber string between two letters that
    /// must be equal (Hochreiter and Schmidhuber 1997); half of the invalid strings have only the
    /// second letter wrong.
    #[arg(long, default_value_t = ReberGrammar::Reber)]
    #[arg(value_parser = one_of::<ReberGrammar>())]
    grammar: ReberGrammar,
    /// Random seed: the same seed gives the same files on every machine
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Folder to write reber_sequences.csv, train_data.csv and test_data.csv to
    #[arg(long, value_name = "DIR", value_parser = destination::folder())]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

fn count(argument: &str) -> Result<usize, String> {
    let range = ReberSettings::LEAST_COUNT..=MOST_STRINGS;
    let count = argument.parse().ok().filter(|count| range.contains(count));
    count.ok_or_else(|| format!("expected a whole number, {} to {MOST_STRINGS}", range.start()))
}

/// Runs a command about data.
pub fn run(command: DataCommand) -> anyhow::Result<()> {
    match command {
        DataCommand::Reber(arguments) => draw(arguments),
        DataCommand::Adding(arguments) => arguments.drawing.draw(arguments.options()),
        DataCommand::Copying(arguments) => arguments.drawing.draw(arguments.options()),
        DataCommand::Parity(arguments) => arguments.drawing.draw(arguments.options()),
        DataCommand::MackeyGlass(arguments) => arguments.drawing.draw(arguments.options()),
        DataCommand::Signals(arguments) => arguments.drawing.draw(SignalsArguments::options()),
        DataCommand::Describe(arguments) => describe::run(arguments),
    }
}

/// What `rarefy data reber` did.
#[derive(Serialize)]
struct Drawn {
    #[serde(flatten)]
    settings: ReberSettings,
    files: Vec<DrawnFile>,
}

#[derive(Serialize)]
struct DrawnFile {
    path: PathBuf,
    count: usize,
    valid: usize,
    invalid: usize,
    min_length: usize,
    max_length: usize,
}

fn draw(arguments: ReberArguments) -> anyhow::Result<()> {
    let ReberArguments { out: folder, count, min_length, grammar, seed, json, .. } = arguments;
    let settings = ReberSettings { grammar, count, min_length, seed };
    let data = generate(&settings)?;
    let mut files = Vec::new();
    for (name, rows) in [
        ("reber_sequences.csv", &data.all),
        ("train_data.csv", &data.train),
        ("test_data.csv", &data.test),
    ] {
        let path = folder.join(name);
        write_atomically(&path, &to_csv(rows, &Columns::default()))?;
        files.push(DrawnFile::of(path, rows));
    }
    let drawn = Drawn { settings, files };
    if json {
        return print_json(&drawn);
    }
    let columns =
        [words("file"), numbers("strings"), numbers("valid"), numbers("invalid"), words("length")];
    let mut table = Table::new(1, columns);
    for DrawnFile { path, count, valid, invalid, min_length, max_length } in &drawn.files {
        let counts = [count, valid, invalid].map(usize::to_string);
        let length = format!("{min_length} to {max_length}");
        table.row([path.display().to_string()].into_iter().chain(counts).chain([length]));
    }
    print_text(&table.text())
}

impl DrawnFile {
    fn of(path: PathBuf, rows: &[LabelledText]) -> Self {
        let valid = rows.iter().filter(|row| row.label == VALID).count();
        let LengthSummary { min, max, .. } = rarefy::data::describe(rows).rows.length;
        let (count, invalid) = (rows.len(), rows.len() - valid);
        Self { path, count, valid, invalid, min_length: min, max_length: max }
    }
}
