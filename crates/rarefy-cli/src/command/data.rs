//! `rarefy data`: draw the Reber data, describe a file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use rarefy::data::{
    Columns, Description, LabelledText, LengthSummary, ReberGrammar, ReberSettings, VALID,
    describe, generate, overlap, to_csv,
};
use rarefy::format::write_atomically;
use serde::Serialize;

use crate::arguments::{ColumnArguments, UnusedJobs};

/// New strings get scarce: a million take minutes, ten would take hours.
const MOST_STRINGS: usize = 1_000_000;

/// Columns of the widest bar of a histogram.
const BAR_WIDTH: usize = 50;

/// Labels beyond this many are not listed one by one.
const MOST_LABELS: usize = 20;

/// Letters beyond this many are not listed one by one.
const MOST_LETTERS: usize = 40;

/// Letters listed on one line.
const LETTERS_A_LINE: usize = 3;

/// The commands about data.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Draw strings of the Reber grammar and of its decoys, split into train and test
    Reber(ReberArguments),
    /// Describe a CSV file of labelled strings: labels, lengths, letters, repetition
    Describe(DescribeArguments),
}

/// Arguments of `rarefy data reber`.
#[derive(Debug, Args)]
#[command(after_help = "\
Half of the strings are valid (column valid = 1), half come from decoy grammars (0): the same \
transition diagram with other letters on its edges. No string occurs twice. Three in four go to \
train_data.csv, the others to test_data.csv; reber_sequences.csv has them all.

Examples:
  rarefy data reber --out data                       the thesis's data set, drawn anew
  rarefy data reber --out long --grammar embedded    a task that needs a longer memory
  rarefy data reber --out tiny --count 400 --seed 7")]
pub struct ReberArguments {
    /// Folder to write reber_sequences.csv, train_data.csv and test_data.csv to; made if missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Number of strings, train and test together (at least 4). New strings become rarer as they
    /// are used up: 25,000 take a fraction of a second, 300,000 some twenty
    #[arg(long, value_name = "N", value_parser = count)]
    #[arg(default_value_t = ReberSettings::default().count)]
    count: usize,
    /// Fewest characters of a string; shorter ones are drawn again
    #[arg(long, value_name = "N", default_value_t = ReberSettings::default().min_length)]
    min_length: usize,
    /// Which strings are valid: `reber`, those of the Reber grammar, as in the thesis;
    /// `embedded`, a Reber string between two letters that must be the same (Hochreiter and
    /// Schmidhuber 1997), where half of the invalid strings only get the second one wrong
    #[arg(long, value_name = "reber|embedded", default_value_t = ReberGrammar::Reber)]
    grammar: ReberGrammar,
    /// Seed of every draw: the same seed gives the same files on every machine
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    _jobs: UnusedJobs,
    /// Print one JSON object in place of text
    #[arg(long)]
    json: bool,
}

/// Arguments of `rarefy data describe`.
#[derive(Debug, Args)]
#[command(after_help = "\
A file has a header line; other columns than the two named are ignored. Lengths are in characters.
When FILE is called train_data.csv and test_data.csv lies beside it, the texts that occur in both \
are counted too.

Examples:
  rarefy data describe data/train_data.csv
  rarefy data describe names.csv --text-column name --label-column country
  rarefy data describe mine.csv --test held_out.csv --json")]
pub struct DescribeArguments {
    /// CSV file with a column of strings and a column of labels
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Test file of the same columns, to count the texts that occur in both
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    #[command(flatten)]
    columns: ColumnArguments,
    /// Print one JSON object in place of text
    #[arg(long)]
    json: bool,
}

fn count(argument: &str) -> Result<usize, String> {
    let range = ReberSettings::LEAST_COUNT..=MOST_STRINGS;
    let count = argument.parse().ok().filter(|count| range.contains(count));
    count.ok_or_else(|| format!("expected a whole number, {} to {MOST_STRINGS}", range.start()))
}

/// Runs a command about data; its results go to stdout.
pub fn run(command: DataCommand) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match command {
        DataCommand::Reber(arguments) => draw(arguments, &mut out)?,
        DataCommand::Describe(arguments) => account(arguments, &mut out)?,
    }
    Ok(out.flush()?)
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

fn draw(arguments: ReberArguments, out: &mut impl Write) -> anyhow::Result<()> {
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
        return Ok(writeln!(out, "{}", serde_json::to_string(&drawn)?)?);
    }
    let paths = drawn.files.iter().map(|file| file.path.display().to_string().chars().count());
    let width = paths.max().unwrap_or(0);
    writeln!(out, "{:width$}  {:>7}  {:>7}  {:>7}  length", "file", "strings", "valid", "invalid")?;
    for DrawnFile { path, count, valid, invalid, min_length, max_length } in &drawn.files {
        let path = path.display().to_string();
        writeln!(
            out,
            "{path:width$}  {count:>7}  {valid:>7}  {invalid:>7}  {min_length} to {max_length}"
        )?;
    }
    Ok(())
}

impl DrawnFile {
    fn of(path: PathBuf, rows: &[LabelledText]) -> Self {
        let valid = rows.iter().filter(|row| row.label == VALID).count();
        let LengthSummary { min, max, .. } = describe(rows).length;
        let (count, invalid) = (rows.len(), rows.len() - valid);
        Self { path, count, valid, invalid, min_length: min, max_length: max }
    }
}

/// What `rarefy data describe` found.
#[derive(Serialize)]
struct Account {
    file: PathBuf,
    #[serde(flatten)]
    description: Description,
    test: Option<Overlap>,
}

#[derive(Serialize)]
struct Overlap {
    file: PathBuf,
    count: usize,
    /// Distinct texts in both files.
    overlap: usize,
}

fn account(arguments: DescribeArguments, out: &mut impl Write) -> anyhow::Result<()> {
    let DescribeArguments { file, test, columns, json } = arguments;
    let rows = columns.read(&file)?;
    let test = match test {
        Some(test) => Some((columns.read(&test)?, test)),
        // Nobody named the file beside: it counts only if it can be read.
        None => test_file_beside(&file).and_then(|test| Some((columns.read(&test).ok()?, test))),
    };
    let test = test.map(|(test_rows, file)| Overlap {
        file,
        count: test_rows.len(),
        overlap: overlap(&rows, &test_rows),
    });
    let account = Account { file, description: describe(&rows), test };
    if json {
        return Ok(writeln!(out, "{}", serde_json::to_string(&account)?)?);
    }
    account.print(out)
}

/// `test_data.csv` in the folder of a `train_data.csv`, if it is there.
fn test_file_beside(file: &Path) -> Option<PathBuf> {
    let beside = file.with_file_name("test_data.csv");
    (file.file_name()? == "train_data.csv" && beside.is_file()).then_some(beside)
}

impl Account {
    fn print(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let Account { file, description, test } = self;
        writeln!(out, "{}: {}\n", file.display(), counted(description.count, "row"))?;
        print_labels(description, out)?;
        print_histogram(description, out)?;
        print_letters(description, out)?;
        let Description { duplicates, contradictions, .. } = description;
        writeln!(
            out,
            "{:<16}{duplicates}   rows that repeat the text of an earlier row",
            "repeated"
        )?;
        writeln!(
            out,
            "{:<16}{contradictions}   texts that occur with different labels",
            "contradictory"
        )?;
        if let Some(Overlap { file, count, overlap }) = test {
            let (file, count) = (file.display(), counted(*count, "row"));
            writeln!(
                out,
                "{:<16}{overlap}   texts that also occur in {file} ({count})",
                "in the test"
            )?;
        }
        Ok(())
    }
}

fn print_labels(description: &Description, out: &mut impl Write) -> io::Result<()> {
    let shown = &description.labels[..description.labels.len().min(MOST_LABELS)];
    let names = shown.iter().map(|label| label.label.chars().count());
    let width = names.max().unwrap_or(0).max("label".len());
    writeln!(
        out,
        "{:width$}  {:>8}  {:>7}  {:>8}  {:>6}  {:>7}",
        "label", "rows", "share", "shortest", "mean", "longest"
    )?;
    let mut line = |name: &str, count: usize, length: &LengthSummary| {
        let share = percent(count, description.count);
        let LengthSummary { min, mean, max } = length;
        writeln!(out, "{name:width$}  {count:>8}  {share:>7}  {min:>8}  {mean:>6.1}  {max:>7}")
    };
    for label in shown {
        line(&label.label, label.count, &label.length)?;
    }
    line("all", description.count, &description.length)?;
    match description.labels.len() - shown.len() {
        0 => writeln!(out),
        rest => writeln!(out, "(and {rest} labels more)\n"),
    }
}

fn print_histogram(description: &Description, out: &mut impl Write) -> io::Result<()> {
    let bins = &description.length_histogram;
    let fullest = bins.iter().map(|bin| bin.count).max().unwrap_or(1);
    writeln!(out, "{:>11}  {:>8}", "length", "rows")?;
    for bin in bins {
        let range = match bin.to {
            to if to == bin.from => to.to_string(),
            to => format!("{} to {to}", bin.from),
        };
        // Rounded up, so that a bin with any text in it shows.
        let bar = "#".repeat((bin.count * BAR_WIDTH).div_ceil(fullest));
        writeln!(out, "{}", format!("{range:>11}  {:>8}  {bar}", bin.count).trim_end())?;
    }
    writeln!(out)
}

fn print_letters(description: &Description, out: &mut impl Write) -> io::Result<()> {
    let total = description.letters.values().sum();
    let mut letters: Vec<(char, usize)> =
        description.letters.iter().map(|(&letter, &count)| (letter, count)).collect();
    letters.sort_by_key(|&(letter, count)| (std::cmp::Reverse(count), letter));
    writeln!(out, "letters: {} different, {total} in all", letters.len())?;
    let shown = &letters[..letters.len().min(MOST_LETTERS)];
    for line in shown.chunks(LETTERS_A_LINE) {
        let cells = line.iter().map(|&(letter, count)| {
            let letter = letter.escape_debug().to_string();
            format!("  {letter:>4} {count:>8} {:>7}", percent(count, total))
        });
        writeln!(out, "{}", cells.collect::<String>())?;
    }
    match letters.len() - shown.len() {
        0 => writeln!(out),
        rest => writeln!(out, "  (and {rest} rarer ones)\n"),
    }
}

fn percent(part: usize, whole: usize) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole as f64)
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
