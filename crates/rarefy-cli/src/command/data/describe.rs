//! `rarefy data describe`: what a file of labelled sequences looks like.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use rarefy::data::{
    ChannelDescription, DataError, Description, LabelledText, LengthSummary, Rows, RowsDescription,
    SeriesDescription, SeriesSet, Unit, Vocabulary, WordCounts, WordDescription, describe,
    describe_series, describe_words, overlap, series_overlap, word_overlap,
};
use serde::Serialize;

use crate::arguments::{ReadArguments, TokenArguments};

/// Columns of the widest bar of a histogram.
const BAR_WIDTH: usize = 50;

/// Labels beyond this many are not listed one by one.
const MOST_LABELS: usize = 20;

/// Letters beyond this many are not listed one by one.
const MOST_LETTERS: usize = 40;

/// Letters listed on one line.
const LETTERS_A_LINE: usize = 3;

/// Channels beyond this many are not listed one by one.
const MOST_CHANNELS: usize = 40;

/// Arguments of `rarefy data describe`.
#[derive(Debug, Args)]
#[command(after_help = "\
A CSV has a header line; other columns than the two named are ignored. Lengths are in characters, with \
--tokens words in words; of series (.ts, .npz, .npy) in steps. When FILE is called train_data.csv and \
test_data.csv lies beside it, the texts that occur in both are counted too.

Examples:
  rarefy data describe data/train_data.csv
  rarefy data describe names.csv --text-column name --label-column country
  rarefy data describe reviews.csv --tokens words --test held_out.csv --json
  rarefy data describe waves.npy --labels classes.npy")]
pub struct DescribeArguments {
    /// File of labelled sequences: a CSV of texts, or series as .ts, .npz or .npy
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Labels of a FILE that is a .npy
    #[arg(long, value_name = "FILE.npy")]
    labels: Option<PathBuf>,
    /// Test file of the same kind, to count the sequences that occur in both, and with --tokens
    /// words the words that FILE does not have
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// Labels of a --test that is a .npy
    #[arg(long, value_name = "FILE.npy")]
    test_labels: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArguments,
    #[command(flatten)]
    tokens: TokenArguments,
    /// Print one JSON object in place of text
    #[arg(long)]
    json: bool,
}

/// What `rarefy data describe` found.
#[derive(Serialize)]
struct Account {
    file: PathBuf,
    #[serde(flatten)]
    description: Described,
    test: Option<Test>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Described {
    Characters(Description),
    Words(WordDescription),
    Series(SeriesDescription),
}

#[derive(Serialize)]
struct Test {
    file: PathBuf,
    count: usize,
    /// Distinct sequences in both files.
    overlap: usize,
    /// Its words, of which those of the other file are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<WordCounts>,
}

pub fn run(arguments: DescribeArguments, out: &mut impl Write) -> anyhow::Result<()> {
    let DescribeArguments { file, labels, test, test_labels, read, tokens, json } = arguments;
    let options = read.options();
    let rows = Rows::read(&file, labels.as_deref(), &options)?;
    let test = match test {
        Some(test) => Some((Rows::read(&test, test_labels.as_deref(), &options)?, test)),
        // Nobody named the file beside: it counts only if it can be read.
        None => test_file_beside(&file)
            .and_then(|test| Some((Rows::read(&test, None, &options).ok()?, test))),
    };
    let account = match rows {
        Rows::Texts(texts) => Account::of_texts(file, &texts, test, tokens.unit())?,
        Rows::Series(set) => Account::of_series(file, &set, test)?,
    };
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
    fn of_texts(
        file: PathBuf,
        rows: &[LabelledText],
        test: Option<(Rows, PathBuf)>,
        unit: Unit,
    ) -> anyhow::Result<Self> {
        let vocabulary = match unit {
            Unit::Character => None,
            Unit::Word { least } => {
                Some(Vocabulary::of_words(rows.iter().map(|row| row.text.as_str()), least))
            }
        };
        let description = match &vocabulary {
            None => Described::Characters(describe(rows)),
            Some(vocabulary) => Described::Words(describe_words(rows, vocabulary)),
        };
        let test = match test {
            None => None,
            Some((Rows::Texts(test), file)) => Some(Test {
                file,
                count: test.len(),
                overlap: match vocabulary {
                    None => overlap(rows, &test),
                    Some(_) => word_overlap(rows, &test),
                },
                words: vocabulary.map(|vocabulary| WordCounts::of(&test, &vocabulary)),
            }),
            Some((Rows::Series(_), path)) => {
                let (found, expected) = ("series of numbers", "texts");
                return Err(DataError::OtherKind { path, found, expected }.into());
            }
        };
        Ok(Self { file, description, test })
    }

    fn of_series(
        file: PathBuf,
        set: &SeriesSet,
        test: Option<(Rows, PathBuf)>,
    ) -> anyhow::Result<Self> {
        let test = match test {
            None => None,
            Some((Rows::Series(test), path)) if test.channels != set.channels => {
                let (found, expected) = (test.channels, set.channels);
                return Err(DataError::OtherChannels { path, found, expected }.into());
            }
            Some((Rows::Series(test), file)) => Some(Test {
                file,
                count: test.series.len(),
                overlap: series_overlap(set, &test),
                words: None,
            }),
            Some((Rows::Texts(_), path)) => {
                let (found, expected) = ("texts", "series of numbers");
                return Err(DataError::OtherKind { path, found, expected }.into());
            }
        };
        Ok(Self { file, description: Described::Series(describe_series(set)), test })
    }

    fn print(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let Account { file, description, test } = self;
        let (rows, what) = match description {
            Described::Characters(Description { rows, .. }) => (rows, "text"),
            Described::Words(WordDescription { rows, .. }) => (rows, "text"),
            Described::Series(SeriesDescription { rows, .. }) => (rows, "series"),
        };
        writeln!(out, "{}: {}\n", file.display(), counted(rows.count, "row"))?;
        print_labels(rows, out)?;
        print_histogram(rows, out)?;
        match description {
            Described::Characters(description) => print_letters(description, out)?,
            Described::Words(WordDescription { words, .. }) => print_words(words, out)?,
            Described::Series(SeriesDescription { channels, .. }) => print_channels(channels, out)?,
        }
        // The plural of series is series.
        let sequences = if what == "series" { "series" } else { "texts" };
        let mut line =
            |name: &str, count: usize, says: String| writeln!(out, "{name:<16}{count}   {says}");
        let RowsDescription { duplicates, contradictions, .. } = *rows;
        line("repeated", duplicates, format!("rows that repeat the {what} of an earlier row"))?;
        let says = format!("{sequences} that occur with different labels");
        line("contradictory", contradictions, says)?;
        if let Some(Test { file, count, overlap, words }) = test {
            let (file, count) = (file.display(), counted(*count, "row"));
            let says = format!("{sequences} that also occur in {file} ({count})");
            line("in the test", *overlap, says)?;
            if let Some(words) = words {
                let (share, all) = (percent(words.unknown, words.count), words.count);
                let says = format!("of the {all} words of {file} ({share})");
                line("unknown there", words.unknown, says)?;
            }
        }
        Ok(())
    }
}

fn print_labels(description: &RowsDescription, out: &mut impl Write) -> io::Result<()> {
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

fn print_histogram(description: &RowsDescription, out: &mut impl Write) -> io::Result<()> {
    let bins = &description.length_histogram;
    let fullest = bins.iter().map(|bin| bin.count).max().unwrap_or(1);
    writeln!(out, "{:>11}  {:>8}", "length", "rows")?;
    for bin in bins {
        let range = match bin.to {
            to if to == bin.from => to.to_string(),
            to => format!("{} to {to}", bin.from),
        };
        // Rounded up, so that a bin with any sequence in it shows.
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

fn print_words(words: &WordCounts, out: &mut impl Write) -> io::Result<()> {
    let &WordCounts { count, different, vocabulary, unknown } = words;
    let known = vocabulary - Vocabulary::FIRST_WORD;
    writeln!(out, "words: {different} different, {count} in all")?;
    writeln!(
        out,
        "  {known:>8}   known to a network trained on this file ({vocabulary} ids, with the padding \
         and the unknown word)"
    )?;
    writeln!(out, "  {unknown:>8}   times one that is unknown ({})\n", percent(unknown, count))
}

fn print_channels(channels: &[ChannelDescription], out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{:>7}  {:>12}  {:>12}  {:>12}  {:>18}",
        "channel", "min", "mean", "max", "standard deviation"
    )?;
    for (at, channel) in channels.iter().take(MOST_CHANNELS).enumerate() {
        let ChannelDescription { min, mean, max, standard_deviation } = *channel;
        let [min, mean, max, deviation] =
            [min.into(), mean, max.into(), standard_deviation].map(significant);
        writeln!(out, "{:>7}  {min:>12}  {mean:>12}  {max:>12}  {deviation:>18}", at + 1)?;
    }
    match channels.len().saturating_sub(MOST_CHANNELS) {
        0 => writeln!(out),
        rest => writeln!(out, "(and {rest} channels more)\n"),
    }
}

/// A number to six digits, however large or small it is.
fn significant(value: f64) -> String {
    let magnitude = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    match magnitude {
        -4..=5 => format!("{value:.*}", (5 - magnitude) as usize),
        _ => format!("{value:.5e}"),
    }
}

fn percent(part: usize, whole: usize) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
