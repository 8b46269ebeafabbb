//! What can be wrong with a file of labelled texts or series.
//!
//! Each message is one line: the file, the place in it, the value found there, and what was
//! expected. While a file is read, the place is the line as an editor counts it; afterwards it is
//! the row, where row 1 is the first below the header.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::vocabulary::UnknownCharacter;
use crate::suggest::did_you_mean;

/// Steps of the longest sequence. Training keeps every step of a batch: at the thesis's
/// settings that is about 130 KiB a step, 1.3 GiB for this many.
pub(super) const LONGEST: usize = 10_000;

/// Values longer than this many characters are cut in messages.
const LONGEST_EXCERPT: usize = 40;

/// Lists longer than this many names are cut in messages.
const LONGEST_LIST: usize = 12;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.path.display(), self.line)
    }
}

/// Why a file cannot be used as data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file is missing or closed to us.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// There is nothing in the file.
    #[error("{}: the file is empty: expected a header and rows", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// There is only a header.
    #[error("{}: there are no rows below the header", path.display())]
    NoRows {
        /// The file.
        path: PathBuf,
    },
    /// No column has the wanted header.
    #[error(
        "{}: there is no column {}: the columns are {}{}; choose one with {option}{}",
        path.display(),
        excerpt(column),
        listed(present),
        separator.map(|separator| format!(" (separated by {separator:?})")).unwrap_or_default(),
        did_you_mean(column, present.iter().map(String::as_str))
    )]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The header that was looked for.
        column: String,
        /// The headers that there are.
        present: Vec<String>,
        /// What separates them, if it is no comma.
        separator: Option<char>,
        /// The command-line option that names another.
        option: &'static str,
    },
    /// Several columns have the wanted header.
    #[error("{}: several columns are named {}: expected one", path.display(), excerpt(column))]
    RepeatedColumn {
        /// The file.
        path: PathBuf,
        /// The header.
        column: String,
    },
    /// One column is to be two things at once.
    #[error(
        "{}: the column {} cannot be both {} and {}: choose two columns",
        path.display(),
        excerpt(column),
        options[0],
        options[1]
    )]
    SameColumn {
        /// The file.
        path: PathBuf,
        /// The header.
        column: String,
        /// The options that choose it.
        options: [&'static str; 2],
    },
    /// A row has more or fewer fields than the header.
    #[error("{at}: the row has {found} field(s), but the header has {expected}")]
    Ragged {
        /// Where.
        at: Place,
        /// Fields of the header.
        expected: usize,
        /// Fields of the row.
        found: usize,
    },
    /// A quote is opened and the file ends before it is closed.
    #[error("{at}: the quoted field that begins here is never closed: expected a closing quote")]
    OpenQuote {
        /// Where the record begins.
        at: Place,
    },
    /// A row has no text or no label.
    #[error("{at}: the {noun} is empty: expected at least one character")]
    EmptyField {
        /// Where.
        at: Place,
        /// `text` or `label`.
        noun: &'static str,
    },
    /// A text or label is in another encoding.
    #[error(
        "{at}: the {noun} {} is not valid UTF-8 (byte 0x{byte:02X}{}): save the file as UTF-8",
        excerpt(value),
        in_latin_1(*byte).map(|letter| format!(", {letter} in Latin-1")).unwrap_or_default()
    )]
    NotUtf8 {
        /// Where.
        at: Place,
        /// `text` or `label`.
        noun: &'static str,
        /// The value, with a mark for what could not be read.
        value: String,
        /// The first byte that is not UTF-8.
        byte: u8,
    },
    /// The file is of a kind that is not read.
    #[error("{}: it is {what}: {advice}", path.display())]
    OtherFile {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A field that should be a number, or a time, is none.
    #[error("{at}: {} is {}: {fault}", excerpt(column), excerpt(value))]
    Value {
        /// Where.
        at: Place,
        /// The header of its column.
        column: String,
        /// The field.
        value: String,
        /// What is wrong with it.
        fault: ColumnFault,
    },
    /// Rows of one series have different labels.
    #[error(
        "{at}: the label of {} is {} here but {} in row {row}: expected one label per series",
        excerpt(id),
        excerpt(label),
        excerpt(before)
    )]
    OtherLabel {
        /// Where.
        at: Place,
        /// The id of the series.
        id: String,
        /// The label that stands there.
        label: String,
        /// The label of the first row of the series.
        before: String,
        /// That row, from 1 below the header.
        row: usize,
    },
    /// A series is longer than a network can be run on.
    #[error(
        "{at}: {} has more than {longest} rows, the longest series supported: cut it into windows, \
         each with its own id",
        excerpt(id)
    )]
    LongRecording {
        /// The first row that is too many.
        at: Place,
        /// The id of the series.
        id: String,
        /// The most there may be.
        longest: usize,
    },
    /// The times of a series cannot be ordered.
    #[error(
        "{}: {} of {} has both numbers and dates: expected only one kind",
        path.display(),
        excerpt(column),
        excerpt(id)
    )]
    MixedTimes {
        /// The file.
        path: PathBuf,
        /// The header of the column of times.
        column: String,
        /// The id of the series.
        id: String,
    },
    /// Series are to be read from the columns of a file that is no table.
    #[error(
        "{}: it holds {found}, which has no columns: leave out --series-columns",
        path.display()
    )]
    NoTable {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: &'static str,
    },
    /// There are more classes than a classifier can be made for.
    #[error(
        "{}: {count} different labels: at most {most} are supported. Is the label column the class, \
         and not an id, a measured value or a text?",
        path.display()
    )]
    ManyClasses {
        /// The file.
        path: PathBuf,
        /// Its labels.
        count: usize,
        /// The most there may be.
        most: usize,
    },
    /// A text is longer than a network can be run on.
    #[error(
        "{}, row {row}: the text has {length} {unit}s: at most {longest} are supported",
        path.display()
    )]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The row, from 1 below the header.
        row: usize,
        /// Its tokens.
        length: usize,
        /// What a token is called.
        unit: &'static str,
        /// The most there may be.
        longest: usize,
    },
    /// A text has no words.
    #[error(
        "{}, row {row}: the text is only white space: expected at least one word",
        path.display()
    )]
    NoWords {
        /// The file.
        path: PathBuf,
        /// The row, from 1 below the header.
        row: usize,
    },
    /// A file of labels is given for a file that has its own.
    #[error(
        "{}: the file contains its labels: leave out {}, which is only for .npy",
        path.display(),
        labels.display()
    )]
    OwnLabels {
        /// The file.
        path: PathBuf,
        /// The file of labels.
        labels: PathBuf,
    },
    /// A file holds something else than what a model, or the training file, is about.
    #[error("{}: it holds {found}: expected {expected}", path.display())]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: &'static str,
        /// What it should hold.
        expected: &'static str,
    },
    /// Series of other channels than those that a model, or the training file, is about.
    #[error(
        "{}: its series have {found} channel(s): expected {expected} (if an array is [cases, \
         channels, steps], give --axes channels-steps)",
        path.display()
    )]
    OtherChannels {
        /// The file.
        path: PathBuf,
        /// Channels of its series.
        found: usize,
        /// Channels there should be.
        expected: usize,
    },
    /// A label is NaN.
    #[error(
        "{}, row {row}: the label is NaN: expected a class, a number or a word in every row",
        path.display()
    )]
    NanLabel {
        /// The file.
        path: PathBuf,
        /// The row, from 1 below the header.
        row: usize,
    },
    /// Series are to be cut into words.
    #[error("{}: --tokens is for texts, but it holds series of numbers: leave --tokens out", path.display())]
    NoTokens {
        /// The file.
        path: PathBuf,
    },
    /// All rows have the same label.
    #[error(
        "{}: every row has the label {}: expected at least two labels",
        path.display(),
        excerpt(label)
    )]
    OneLabel {
        /// The file.
        path: PathBuf,
        /// The label.
        label: String,
    },
    /// A text has a character that the vocabulary has not.
    #[error(
        "{}, row {row}: in the text {}, {character}{}",
        path.display(),
        excerpt(text),
        character.advice()
    )]
    UnknownCharacter {
        /// The file.
        path: PathBuf,
        /// The row, from 1 below the header.
        row: usize,
        /// The text.
        text: String,
        /// Which character, and why not.
        character: UnknownCharacter,
    },
    /// A row has a label that the training file has not.
    #[error(
        "{}, row {row}: the label {} is unknown: expected one of {}",
        path.display(),
        excerpt(label),
        listed(known)
    )]
    UnknownLabel {
        /// The file.
        path: PathBuf,
        /// The row, from 1 below the header.
        row: usize,
        /// The label.
        label: String,
        /// The labels that there are.
        known: Vec<String>,
    },
    /// Something in a file of series is not as it should be.
    #[error(
        "{}{}: {reason}",
        path.display(),
        line.map(|line| format!(", line {line}")).unwrap_or_default()
    )]
    Series {
        /// The file.
        path: PathBuf,
        /// The line, from 1, if the file is text and one is to blame.
        line: Option<usize>,
        /// What stands there, and what was expected.
        reason: String,
    },
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnFault {
    /// It is no number.
    #[error("expected a number")]
    NoNumber,
    /// It is no number for its comma.
    #[error("expected a point before the fraction, not a comma")]
    DecimalComma,
    /// It is empty, or says that there is no value.
    #[error("missing values are not supported: fill them in or remove the series")]
    Missing,
    /// It is infinite.
    #[error("expected a finite number")]
    Infinite,
    /// It is too large for single precision.
    #[error("expected at most 1e30")]
    TooLarge,
    /// It is no time.
    #[error("expected a number or a date such as 2024-12-31 23:59:59")]
    NoTime,
}

/// The letter that a byte is in Latin-1 and in Windows-1252.
fn in_latin_1(byte: u8) -> Option<char> {
    (byte >= 0xa0).then(|| char::from(byte))
}

/// `value` quoted and escaped, so that it fits on the line, and cut when long.
pub(super) fn excerpt(value: &str) -> String {
    match value.char_indices().nth(LONGEST_EXCERPT) {
        Some((end, _)) => format!("{:?}... ({} characters)", &value[..end], value.chars().count()),
        None => format!("{value:?}"),
    }
}

/// `names`, each quoted, the first few when there are many.
pub(super) fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(LONGEST_LIST).map(|name| excerpt(name)).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        rest => format!("{} and {rest} more", shown.join(", ")),
    }
}
