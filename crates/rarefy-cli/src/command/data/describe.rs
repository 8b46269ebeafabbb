//! `rarefy data describe`: describe a file of labelled sequences.

use std::path::{Path, PathBuf};

use clap::Args;
use rarefy::data::{
    ChannelDescription, Described, Description, FileDescription, LengthSummary, Rows,
    RowsDescription, SeriesDescription, TestDescription, Vocabulary, WordCounts, WordDescription,
};
use rarefy::format::read_rows;

use crate::arguments::{ReadArguments, TokenArguments};
use crate::output::{counted, note_loaded, print_json, print_text, significant, width};
use crate::table::{Table, numbers, words};

/// Width of a histogram's longest bar in columns, if the terminal has room for it.
const BAR_WIDTH: usize = 50;

/// The longest bar is at least this many columns wide.
const LEAST_BAR_WIDTH: usize = 10;

/// If there are more labels, the rest are not listed one by one.
const MOST_LABELS: usize = 20;

/// If there are more letters, the rest are not listed one by one.
const MOST_LETTERS: usize = 40;

/// Letters listed on one line.
const LETTERS_A_LINE: usize = 3;

/// If there are more channels, the rest are not listed one by one.
const MOST_CHANNELS: usize = 40;

/// Arguments of `rarefy data describe`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/data_describe.txt"))]
pub struct DescribeArguments {
    /// File of labelled sequences: a CSV of texts, or series as .ts, .npz or .npy
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Labels of FILE, if that is a .npy
    #[arg(long, value_name = "FILE.npy")]
    labels: Option<PathBuf>,
    /// Test file to compare with: sequences in both, and unknown words
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// Labels of the --test file, if that is a .npy
    #[arg(long, value_name = "FILE.npy")]
    test_labels: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArguments,
    #[command(flatten)]
    tokens: TokenArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy data describe`.
pub fn run(arguments: DescribeArguments) -> anyhow::Result<()> {
    let DescribeArguments { file, labels, test, test_labels, read, tokens, json } = arguments;
    let (unit, options) = read.checked(Some(&tokens))?;
    let of_file = (&*file, labels.as_deref());
    let (rows, test) = match test {
        Some(test) => {
            let [rows, of_test] =
                read_rows([of_file, (&test, test_labels.as_deref())], &options, &mut note_loaded)?;
            (rows, Some((of_test, test)))
        }
        None => {
            let [rows] = read_rows([of_file], &options, &mut note_loaded)?;
            // The user did not name this file, so it is ignored if it cannot be read.
            let test = test_file_beside(&file)
                .and_then(|test| Some((Rows::read(&test, None, &options).ok()?.0, test)));
            (rows, test)
        }
    };
    let found = FileDescription::new((file, &rows), test, unit, options.task)?;
    if json {
        return print_json(&found);
    }
    print_text(&text(&found))
}

/// `test_data.csv` in the folder of a `train_data.csv`, if it exists.
fn test_file_beside(file: &Path) -> Option<PathBuf> {
    let beside = file.with_file_name("test_data.csv");
    (file.file_name()? == "train_data.csv" && beside.is_file()).then_some(beside)
}

/// The description as text for people.
fn text(account: &FileDescription) -> String {
    let FileDescription { file, description, test } = account;
    let (rows, what) = match description {
        Described::Characters(Description { rows, .. }) => (rows, "text"),
        Described::Words(WordDescription { rows, .. }) => (rows, "text"),
        Described::Series(SeriesDescription { rows, .. }) => (rows, "series"),
    };
    let details = match description {
        Described::Characters(description) => letters(description),
        Described::Words(WordDescription { words, .. }) => vocabulary(words),
        Described::Series(SeriesDescription { channels, .. }) => channel_ranges(channels),
    };
    // The plural of "series" is "series".
    let sequences = if what == "series" { "series" } else { "texts" };
    let RowsDescription { duplicates, contradictions, .. } = *rows;
    let mut repetition = Table::new(2, [words("repetition"), numbers("count"), words("of what")]);
    let mut line = |name: &str, count: usize, says: String| {
        repetition.row([name.to_owned(), count.to_string(), says]);
    };
    line("repeated", duplicates, format!("rows that repeat the {what} of an earlier row"));
    let says = format!("{sequences} that occur with different labels");
    line("contradictory", contradictions, says);
    if let Some(TestDescription { file, count, overlap, words, unknown_characters }) = test {
        let (file, count) = (file.display(), counted(*count, "row"));
        let says = format!("{sequences} that also occur in {file} ({count})");
        line("in the test", *overlap, says);
        if let Some(words) = words {
            let (share, all) = (percent(words.unknown, words.count), words.count);
            let says = format!("of the {all} words of {file} ({share})");
            line("unknown there", words.unknown, says);
        }
        if let Some(unknown) = unknown_characters.filter(|&unknown| unknown > 0) {
            line("unknown there", unknown, format!("characters of {file}, unknown in training"));
        }
    }
    [
        format!("{}: {}\n", file.display(), counted(rows.count, "row")),
        labels(rows),
        histogram(rows),
        details,
        repetition.text(),
    ]
    .join("\n")
}

/// A table, followed by the number of rows left out, each one a `noun`.
fn shortened(table: &Table, left_out: usize, noun: &str) -> String {
    match left_out {
        0 => table.text(),
        rest => format!("{}(and {} more)\n", table.text(), counted(rest, noun)),
    }
}

fn labels(description: &RowsDescription) -> String {
    let shown = &description.labels[..description.labels.len().min(MOST_LABELS)];
    let columns = [
        words("label"),
        numbers("rows"),
        numbers("share"),
        numbers("shortest"),
        numbers("mean"),
        numbers("longest"),
    ];
    let mut table = Table::new(1, columns);
    let mut row = |name: &str, count: usize, length: &LengthSummary| {
        let LengthSummary { min, mean, max } = length;
        table.row([
            name.to_owned(),
            count.to_string(),
            percent(count, description.count),
            min.to_string(),
            format!("{mean:.1}"),
            max.to_string(),
        ]);
    };
    for label in shown {
        row(&label.label, label.count, &label.length);
    }
    row("all", description.count, &description.length);
    shortened(&table, description.labels.len() - shown.len(), "label")
}

fn histogram(description: &RowsDescription) -> String {
    let bins = &description.length_histogram;
    let fullest = bins.iter().map(|bin| bin.count).max().unwrap_or(1);
    let range = |from: usize, to: usize| match to {
        to if to == from => to.to_string(),
        to => format!("{from} to {to}"),
    };
    let ranges: Vec<String> = bins.iter().map(|bin| range(bin.from, bin.to)).collect();
    // As wide as the columns left of the bars: their headings or the entries below.
    let widest = ranges.iter().map(String::len).max().unwrap_or(0).max("length".len());
    let beside = widest + fullest.to_string().len().max("rows".len()) + 4;
    let room = width().map_or(BAR_WIDTH, |width| width.saturating_sub(beside));
    let longest = room.clamp(LEAST_BAR_WIDTH, BAR_WIDTH);
    let mut table = Table::new(2, [numbers("length"), numbers("rows"), words("")]);
    for (range, bin) in ranges.into_iter().zip(bins) {
        // Rounded up, so that every bin with a sequence in it has a visible bar.
        let bar = "#".repeat((bin.count * longest).div_ceil(fullest));
        table.row([range, bin.count.to_string(), bar]);
    }
    table.text()
}

fn letters(description: &Description) -> String {
    let total = description.letters.values().sum();
    let mut letters: Vec<(char, usize)> =
        description.letters.iter().map(|(&letter, &count)| (letter, count)).collect();
    letters.sort_by_key(|&(letter, count)| (std::cmp::Reverse(count), letter));
    let shown = &letters[..letters.len().min(MOST_LETTERS)];
    let columns = || [words("letter"), numbers("count").tied(), numbers("share").tied()];
    let a_line = LETTERS_A_LINE.min(shown.len());
    let mut table = Table::new(0, (0..a_line).flat_map(|_| columns()));
    for line in shown.chunks(LETTERS_A_LINE) {
        let cells = line.iter().flat_map(|&(letter, count)| {
            [letter.escape_debug().to_string(), count.to_string(), percent(count, total)]
        });
        let empty = std::iter::repeat_with(String::new);
        table.row(cells.chain(empty).take(3 * a_line));
    }
    let table = shortened(&table, letters.len() - shown.len(), "letter");
    format!("letters: {} different, {total} in all\n{table}", letters.len())
}

fn vocabulary(words: &WordCounts) -> String {
    let &WordCounts { count, different, vocabulary, unknown } = words;
    let known = vocabulary - Vocabulary::FIRST_WORD;
    format!(
        "words: {different} different, {count} in all\n  {known:>8}   known to a network trained on \
         this file ({vocabulary} ids, with the padding and the unknown word)\n  {unknown:>8}   times \
         one that is unknown ({})\n",
        percent(unknown, count)
    )
}

fn channel_ranges(channels: &[ChannelDescription]) -> String {
    let headings = ["channel", "min", "mean", "max", "standard deviation"];
    let mut table = Table::new(1, headings.map(numbers));
    for (at, channel) in channels.iter().take(MOST_CHANNELS).enumerate() {
        let ChannelDescription { min, mean, max, standard_deviation } = *channel;
        let figures = [min.into(), mean, max.into(), standard_deviation].map(significant);
        table.row([(at + 1).to_string()].into_iter().chain(figures));
    }
    shortened(&table, channels.len().saturating_sub(MOST_CHANNELS), "channel")
}

fn percent(part: usize, whole: usize) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}
