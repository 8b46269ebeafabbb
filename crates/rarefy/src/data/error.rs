//! Errors in files of labelled texts or series.
//!
//! Each message is one line: the file, the position in it, the value found there, and what was
//! expected. While a file is being read, the position is a line number as in an editor. Afterwards
//! it is a row number, where row 1 is the first below the header.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::vocabulary::UnknownCharacter;
use crate::suggest::did_you_mean;

/// Steps of the longest sequence. Training keeps every step of a batch in memory: at the thesis's
/// settings about 130 KiB per step, or 1.3 GiB for the longest sequence.
pub(super) const LONGEST: usize = 10_000;

/// Longer values, in characters, are cut in messages.
const LONGEST_EXCERPT: usize = 40;

/// Longer lists of names are cut in messages.
const LONGEST_LIST: usize = 12;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line number, from 1.
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
    /// The file does not exist or may not be read.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason given by the operating system.
        reason: io::Error,
    },
    /// The file is empty.
    #[error("{}: the file is empty: expected a header and rows", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is empty, where any text would do.
    #[error("{}: the file is empty: expected a text to learn from", path.display())]
    NoText {
        /// The file.
        path: PathBuf,
    },
    /// The file has only a header.
    #[error("{}: there are no rows below the header", path.display())]
    NoRows {
        /// The file.
        path: PathBuf,
    },
    /// No column has the required header.
    #[error(
        "{}: there is no column {}: the columns are {}{}; choose one with {option}{}{}",
        path.display(),
        excerpt(column),
        listed(present),
        separator.map(|separator| format!(" (separated by {separator:?})")).unwrap_or_default(),
        did_you_mean(column, present.iter().map(String::as_str)),
        match is_running {
            true => "; a text without columns is learnt token by token with --task next",
            false => "",
        }
    )]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The required header.
        column: String,
        /// The headers in the file.
        present: Vec<String>,
        /// The separator between them, unless it is a comma.
        separator: Option<char>,
        /// The command-line option that selects another header.
        option: &'static str,
        /// Whether the file seems to be a running text and no table.
        is_running: bool,
    },
    /// Several columns have the required header.
    #[error("{}: several columns are named {}: expected one", path.display(), excerpt(column))]
    RepeatedColumn {
        /// The file.
        path: PathBuf,
        /// The header.
        column: String,
    },
    /// One column is assigned two roles.
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
        /// The options that select it.
        options: [&'static str; 2],
    },
    /// A row has more or fewer fields than the header.
    #[error("{at}: the row has {found} field(s), but the header has {expected}")]
    Ragged {
        /// The position.
        at: Place,
        /// Number of fields in the header.
        expected: usize,
        /// Number of fields in the row.
        found: usize,
    },
    /// A quote is opened but not closed before the end of the file.
    #[error("{at}: the quoted field that begins here is never closed: expected a closing quote")]
    OpenQuote {
        /// The start of the record.
        at: Place,
    },
    /// A row has an empty text or label.
    #[error("{at}: the {noun} is empty: expected at least one character")]
    EmptyField {
        /// The position.
        at: Place,
        /// `text` or `label`.
        noun: &'static str,
    },
    /// A text or label is not in UTF-8.
    #[error(
        "{at}: the {noun} {} is not valid UTF-8 (byte 0x{byte:02X}{}): save the file as UTF-8",
        excerpt(value),
        in_latin_1(*byte).map(|letter| format!(", {letter} in Latin-1")).unwrap_or_default()
    )]
    NotUtf8 {
        /// The position.
        at: Place,
        /// `text` or `label`.
        noun: &'static str,
        /// The value, with a mark for each part that could not be decoded.
        value: String,
        /// The first byte that is not UTF-8.
        byte: u8,
    },
    /// A file is not text in UTF-8.
    #[error("{}, line {line}: it is not valid UTF-8: save the file as UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// A text without a token that follows another.
    #[error(
        "{}, row {row}: the text has {length} {unit}: expected at least 2, since each token asks for \
         the next",
        path.display()
    )]
    NothingNext {
        /// The file.
        path: PathBuf,
        /// The number of the text.
        row: usize,
        /// Its number of tokens.
        length: usize,
        /// What a token is called.
        unit: &'static str,
    },
    /// The file is of an unsupported kind.
    #[error("{}: it is {what}: {advice}", path.display())]
    OtherFile {
        /// The file.
        path: PathBuf,
        /// What the file is.
        what: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A field is not the number, or the time, that it should be.
    #[error("{at}: {} is {}: {fault}", excerpt(column), excerpt(value))]
    Value {
        /// The position.
        at: Place,
        /// The header of its column.
        column: String,
        /// The content of the field.
        value: String,
        /// What is wrong with it.
        fault: ColumnFault,
    },
    /// Rows of one series have different labels.
    #[error(
        "{at}: the label of {} is {} here but {} in line {line}: expected one label per series \
         (or --task steps, if each step has its own)",
        excerpt(id),
        excerpt(label),
        excerpt(before)
    )]
    OtherLabel {
        /// The position.
        at: Place,
        /// The id of the series.
        id: String,
        /// The label at this position.
        label: String,
        /// The label of the first row of the series.
        before: String,
        /// The line of that row.
        line: usize,
    },
    /// A series has more steps than are supported.
    #[error(
        "{at}: {} has more than {longest} rows, the longest series supported: cut it into windows, \
         each with its own id",
        excerpt(id)
    )]
    LongRecording {
        /// The first row beyond the limit.
        at: Place,
        /// The id of the series.
        id: String,
        /// The largest number of steps.
        longest: usize,
    },
    /// The times of a series mix numbers and dates, so they cannot be ordered.
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
    /// Columns of series are given, but the file is not a table.
    #[error(
        "{}: it holds {found}, which has no columns: leave out --series-columns",
        path.display()
    )]
    NoTable {
        /// The file.
        path: PathBuf,
        /// What the file holds.
        found: &'static str,
    },
    /// There are more classes than a classifier supports.
    #[error(
        "{}: {count} different labels: at most {most} are supported. Is the label column the class, \
         and not an id, a measured value or a text?",
        path.display()
    )]
    ManyClasses {
        /// The file.
        path: PathBuf,
        /// Number of labels.
        count: usize,
        /// The largest number of classes.
        most: usize,
    },
    /// A text has more tokens than are supported.
    #[error(
        "{}, row {row}: the text has {length} {unit}s: at most {longest} are supported",
        path.display()
    )]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The row number, from 1 below the header.
        row: usize,
        /// Number of tokens.
        length: usize,
        /// What a token is called.
        unit: &'static str,
        /// The largest number of tokens.
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
        /// The row number, from 1 below the header.
        row: usize,
    },
    /// A file of labels is given for a file that contains labels itself.
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
    /// The content of a file does not match that of the model, or of the training file.
    #[error("{}: it holds {found}: expected {expected}", path.display())]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// What the file holds.
        found: &'static str,
        /// What it should hold.
        expected: &'static str,
    },
    /// Series have another number of channels than those of the model, or of the training file.
    #[error(
        "{}: its series have {found} channel(s): expected {expected} (if an array is [cases, \
         channels, steps], give --axes channels-steps)",
        path.display()
    )]
    OtherChannels {
        /// The file.
        path: PathBuf,
        /// Number of channels of the series.
        found: usize,
        /// Expected number of channels.
        expected: usize,
    },
    /// A label is NaN.
    #[error("{at}: the label is NaN: expected a class, a number or a word in every row")]
    NanLabel {
        /// The position.
        at: Place,
    },
    /// Words are requested as tokens, but the file holds series.
    #[error("{}: --tokens is for texts, but it holds series of numbers: leave --tokens out", path.display())]
    NoTokens {
        /// The file.
        path: PathBuf,
    },
    /// A scaling of series is chosen, but the file holds texts.
    #[error("{}: --scaling is for series of numbers, but it holds texts: leave --scaling out", path.display())]
    NoSeries {
        /// The file.
        path: PathBuf,
    },
    /// No step of any row has a label.
    #[error("{}: no step has a label: there is nothing to learn", path.display())]
    NoLabel {
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
    /// A text has a character that is not in the vocabulary.
    #[error(
        "{}, row {row}: in the text {}, {character}{}",
        path.display(),
        excerpt(text),
        character.advice()
    )]
    UnknownCharacter {
        /// The file.
        path: PathBuf,
        /// The row number, from 1 below the header.
        row: usize,
        /// The text.
        text: String,
        /// The character, and why it is rejected.
        character: UnknownCharacter,
    },
    /// A row has a label that does not occur in the training file.
    #[error(
        "{}, row {row}: the label {} is unknown: expected one of {}",
        path.display(),
        excerpt(label),
        listed(known)
    )]
    UnknownLabel {
        /// The file.
        path: PathBuf,
        /// The row number, from 1 below the header.
        row: usize,
        /// The label.
        label: String,
        /// The known labels.
        known: Vec<String>,
    },
    /// The answers in a file are of another kind than those that are asked.
    #[error("{} has {found}: expected {expected}", path.display())]
    OtherTask {
        /// The file.
        path: PathBuf,
        /// The kind of answers in it.
        found: &'static str,
        /// The kind that was expected.
        expected: &'static str,
    },
    /// A row has another number of numbers than are asked.
    #[error("{}, row {row}: {found} numbers to be answered: expected {expected}", path.display())]
    OtherOutputs {
        /// The file.
        path: PathBuf,
        /// The row number, from 1.
        row: usize,
        /// How many numbers it has.
        found: usize,
        /// How many were expected.
        expected: usize,
    },
    /// A label is not a number, although the task asks for numbers.
    #[error(
        "{}, row {row}: the label {} is no finite number, which the task numbers asks",
        path.display(),
        excerpt(label)
    )]
    NoNumber {
        /// The file.
        path: PathBuf,
        /// The row number, from 1 below the header.
        row: usize,
        /// The label.
        label: String,
    },
    /// A file of series has a fault.
    #[error(
        "{}{}: {reason}",
        path.display(),
        line.map(|line| format!(", line {line}")).unwrap_or_default()
    )]
    Series {
        /// The file.
        path: PathBuf,
        /// The line number, from 1, if the file is text and a certain line is at fault.
        line: Option<usize>,
        /// What was found, and what was expected.
        reason: String,
    },
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnFault {
    /// It is not a number.
    #[error("expected a number")]
    NoNumber,
    /// It is not a number, because it has a decimal comma.
    #[error("expected a point before the fraction, not a comma")]
    DecimalComma,
    /// It is empty, or marks a missing value.
    #[error("missing values are not supported: fill them in or remove the series")]
    Missing,
    /// It is infinite.
    #[error("expected a finite number")]
    Infinite,
    /// It is too large for single precision.
    #[error("expected at most 1e30")]
    TooLarge,
    /// It is neither a number nor a date.
    #[error("expected a number or a date such as 2024-12-31 23:59:59")]
    NoTime,
}

/// The letter that a byte stands for in Latin-1 and Windows-1252.
fn in_latin_1(byte: u8) -> Option<char> {
    (byte >= 0xa0).then(|| char::from(byte))
}

/// `value` quoted and escaped, so that it fits on the line, and cut if it is long.
pub(super) fn excerpt(value: &str) -> String {
    match value.char_indices().nth(LONGEST_EXCERPT) {
        Some((end, _)) => format!("{:?}... ({} characters)", &value[..end], value.chars().count()),
        None => format!("{value:?}"),
    }
}

/// `names`, each quoted; only the first few if there are many.
pub(super) fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(LONGEST_LIST).map(|name| excerpt(name)).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        rest => format!("{} and {rest} more", shown.join(", ")),
    }
}
