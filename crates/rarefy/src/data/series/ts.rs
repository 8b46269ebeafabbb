//! The `.ts` text format of the UEA and UCR archives, as sktime and aeon write it.
//!
//! The header consists of lines that begin with `@` and a key, in upper or lower case; `@data` is
//! the last. Each further line is a case: its dimensions (channels) are separated by colons, the
//! values of each by commas, and the label is last. Lines that begin with `#` or `%` are comments
//! in any encoding. `@equalLength`, `@seriesLength` and `@missing` are ignored, because the cases
//! show it themselves. If the header lists labels with commas, or lists none, the labels are those
//! of the cases. With `@targetLabel true`, as in the archives for regression, they are numbers; so they
//! are if the task is numbers.

use std::collections::HashSet;
use std::path::Path;

use super::set::{LARGEST, LabelledSeries, SeriesSet, too_long};
use crate::data::error::{excerpt, listed};
use crate::data::table::without_mark;
use crate::data::{Answer, DataError, DataNote, TaskKind};

const NO_TARGETS: &str =
    "expected @classLabel true and the labels, or @targetLabel true before numbers";
const NUMBERS: &str = "its targets are numbers (@targetLabel true): expected @classLabel true and \
                       labels, or the task numbers";
const TIME_STAMPS: &str = "time stamps are not supported: expected values alone, one per step";

/// Reads `bytes`, the content of a file; `path` is its name in errors.
pub(super) fn parse(
    path: &Path,
    bytes: &[u8],
    task: Option<TaskKind>,
) -> Result<(SeriesSet<'static>, Vec<DataNote>), DataError> {
    let bytes = without_mark(bytes);
    let refused = |line, reason: String| DataError::Series { path: path.to_owned(), line, reason };
    let mut lines = (1..).zip(bytes.split(|&byte| byte == b'\n')).filter_map(|(number, line)| {
        let line = line.trim_ascii();
        let comment = line.first().is_none_or(|first| matches!(first, b'#' | b'%'));
        (!comment).then(|| (number, std::str::from_utf8(line)))
    });
    let mut next_line = || match lines.next() {
        Some((number, Ok(line))) => Ok(Some((number, line))),
        Some((number, Err(_))) => {
            let reason = "not valid UTF-8: save the file as UTF-8".to_owned();
            Err(refused(Some(number), reason))
        }
        None => Ok(None),
    };

    let mut header = Header::default();
    loop {
        let Some((number, line)) = next_line()? else {
            let reason =
                "there is no line @data: expected a header, then @data, then one case per line";
            return Err(refused(None, reason.to_owned()));
        };
        if header.read(line).map_err(|reason| refused(Some(number), reason))? {
            break;
        }
    }
    match task {
        Some(TaskKind::Class | TaskKind::Steps) if header.numbers => {
            return Err(refused(None, NUMBERS.to_owned()));
        }
        task => header.numbers |= task == Some(TaskKind::Numbers),
    }
    let mut series = Vec::new();
    while let Some((number, line)) = next_line()? {
        series.push(header.case(line).map_err(|reason| refused(Some(number), reason))?);
    }
    match header.dimensions {
        Some(channels) if !series.is_empty() => {
            Ok((SeriesSet { channels, series }, header.notes()))
        }
        _ => Err(refused(None, "there are no cases below @data".to_owned())),
    }
}

/// What the lines so far have specified.
#[derive(Default)]
struct Header {
    /// From `@dimensions`, `@univariate true` or the first case.
    dimensions: Option<usize>,
    /// From `@classLabel true`.
    labels: Option<Vec<String>>,
    /// From `@targetLabel`.
    numbers: bool,
    /// The same as a set for fast lookup. If labels are listed with commas, it contains those that
    /// occur in a case.
    known: HashSet<String>,
    by_comma: HashSet<String>,
    /// Whether a case has one of the labels listed with commas.
    commas: bool,
}

impl Header {
    /// Processes one line; returns whether it was `@data`.
    fn read(&mut self, line: &str) -> Result<bool, String> {
        let mut words = line.split_ascii_whitespace();
        let key = words.next().unwrap_or_default();
        let mut flag = || match words.next().map(str::to_ascii_lowercase).as_deref() {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            found => {
                let found = excerpt(found.unwrap_or_default());
                Err(format!("{key} is {found}: expected true or false"))
            }
        };
        match key.to_ascii_lowercase().as_str() {
            "@problemname" | "@missing" | "@equallength" | "@serieslength" => {}
            "@timestamps" if flag()? => return Err(format!("{line:.40}: {TIME_STAMPS}")),
            "@timestamps" => {}
            "@univariate" if flag()? => self.dimensions(1)?,
            "@univariate" => {}
            "@dimension" | "@dimensions" => {
                let dimensions = whole(key, words.next())?;
                self.dimensions(dimensions)?;
            }
            "@targetlabel" => self.numbers = flag()?,
            "@classlabel" => {
                if !flag()? {
                    return Ok(false);
                }
                let labels: Vec<String> = words.map(str::to_owned).collect();
                self.known = labels.iter().cloned().collect();
                let parts = labels.iter().filter(|label| label.contains(','));
                let parts =
                    parts.flat_map(|label| label.split(',')).filter(|part| !part.is_empty());
                self.by_comma = parts.map(str::to_owned).collect();
                self.labels = Some(labels);
            }
            "@data" if self.labels.is_none() && !self.numbers => {
                return Err(format!("there are no targets above @data: {NO_TARGETS}"));
            }
            "@data" => return Ok(true),
            _ if key.starts_with('@') => {
                return Err(format!(
                    "unknown header {}: supported are @problemName, @timeStamps, \
                     @missing, @univariate, @dimensions, @equalLength, @seriesLength, \
                     @classLabel, @targetLabel and @data",
                    excerpt(key)
                ));
            }
            _ => {
                return Err(format!(
                    "{} above @data: expected only lines that begin with @ or #",
                    excerpt(line)
                ));
            }
        }
        Ok(false)
    }

    fn dimensions(&mut self, dimensions: usize) -> Result<(), String> {
        match self.dimensions.replace(dimensions) {
            Some(before) if before != dimensions => Err(format!(
                "{dimensions} dimension(s) here, but {before} above: expected the same number"
            )),
            _ => Ok(()),
        }
    }

    /// The notes on the file, after all cases.
    fn notes(&self) -> Vec<DataNote> {
        let commas = self.commas.then_some(DataNote::CommaLabels);
        let unlisted = self.known.is_empty() && !self.numbers;
        let unlisted = unlisted.then_some(DataNote::UnlistedLabels);
        commas.into_iter().chain(unlisted).collect()
    }

    fn check_label(&mut self, label: &str) -> Result<(), String> {
        if label.is_empty() {
            return Err("there is no label after the last colon".to_owned());
        }
        // Without a list of labels, a comma means that these are values.
        if self.known.is_empty() && label.contains(',') {
            return Err(format!("the case ends in {}: expected a label", excerpt(label)));
        }
        if self.known.is_empty() || self.known.contains(label) {
            return Ok(());
        }
        if self.by_comma.contains(label) {
            self.commas = true;
            return Ok(());
        }
        Err(format!(
            "the label {} is not in the header: expected one of {}",
            excerpt(label),
            listed(self.labels.as_deref().unwrap_or_default())
        ))
    }

    /// The case on one line. The first case determines the number of dimensions if the header did
    /// not.
    fn case(&mut self, line: &str) -> Result<LabelledSeries<'static>, String> {
        let mut fields: Vec<&str> = line.split(':').map(str::trim).collect();
        // Checked first, because the colons of clock times are not separators.
        if fields.iter().any(|field| field.starts_with('(')) {
            return Err(format!("a value begins with a parenthesis: {TIME_STAMPS}"));
        }
        let label = fields.pop().expect("a split has at least one part");
        let found = fields.len();
        let expected = *self.dimensions.get_or_insert(found.max(1));
        if found != expected {
            return Err(format!(
                "the case has {found} dimension(s) before its label: expected {expected}"
            ));
        }
        let answer = match self.numbers {
            true => {
                let number =
                    value(label).map_err(|why| format!("the target {} {why}", excerpt(label)))?;
                Answer::Numbers(vec![number])
            }
            false => {
                self.check_label(label)?;
                Answer::Label(label.to_owned())
            }
        };
        let mut dimensions = Vec::with_capacity(fields.len());
        for (number, field) in (1..).zip(fields) {
            dimensions.push(dimension(number, field)?);
        }
        let steps = dimensions[0].len();
        if let Some(other) = dimensions.iter().position(|values| values.len() != steps) {
            return Err(format!(
                "dimension {} has {} values, but the first has {steps}: expected equally many",
                other + 1,
                dimensions[other].len()
            ));
        }
        match too_long(steps) {
            Some(reason) => Err(reason),
            None => {
                let step = |step: usize| dimensions.iter().map(move |values| values[step]);
                let values = (0..steps).flat_map(step).collect();
                Ok(LabelledSeries { values, answer })
            }
        }
    }
}

/// The values of one dimension; `number` counts from 1.
fn dimension(number: usize, field: &str) -> Result<Vec<f32>, String> {
    if field.is_empty() {
        return Err(format!("dimension {number} has no values: expected at least one"));
    }
    (1..)
        .zip(field.split(','))
        .map(|(step, text)| {
            let text = text.trim();
            value(text).map_err(|reason| {
                format!("dimension {number}, value {step}: {} {reason}", excerpt(text))
            })
        })
        .collect()
}

fn value(text: &str) -> Result<f32, &'static str> {
    match text.parse::<f32>() {
        _ if text == "?" => Err("is a missing value, which is not supported: expected a number"),
        Err(_) => Err("is not a number"),
        Ok(number) if number.abs() <= LARGEST => Ok(number),
        Ok(number) if number.is_nan() => {
            Err("is a missing value, which is not supported: expected a number")
        }
        Ok(_) if text.bytes().any(|byte| byte.is_ascii_digit()) => {
            Err("is too large: expected at most 1e30")
        }
        Ok(_) => Err("is infinite, which is not supported: expected a finite number"),
    }
}

/// The number, at least 1, that follows `key`.
fn whole(key: &str, word: Option<&str>) -> Result<usize, String> {
    let word = word.unwrap_or_default();
    word.parse()
        .ok()
        .filter(|&number| number > 0)
        .ok_or_else(|| format!("{key} is {}: expected a whole number from 1", excerpt(word)))
}
