//! Tables without a header and with one series per row, such as the UCR archive's `.tsv` and
//! `.txt`.
//!
//! The label is in the first column, as in that archive, or in the last, as in many data sets of
//! electrocardiograms. Values are separated by tabs, commas, semicolons or spaces. If values are
//! missing at the end of a row, the series ends before them.

use std::path::Path;

use super::set::{LARGEST, LabelledSeries, SeriesSet, too_long};
use crate::data::error::Place;
use crate::data::table::without_mark;
use crate::data::{Answer, DataError, DataNote, TaskKind};

/// A label with a single step would be an ordinary table of two columns.
const LEAST_FIELDS: usize = 3;

/// Whether `bytes`, the content of a file, is such a table: its first row consists of numbers
/// alone, or of numbers with a fraction and one label.
pub(in crate::data) fn is_table(bytes: &[u8]) -> bool {
    let Some((_, line)) = lines(bytes).next() else { return false };
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let fields = Separator::of(line).split(line);
    let [first, between @ .., last] = &fields[..] else { return false };
    let number = |field: &str| field.parse::<f64>().is_ok();
    let fraction = between.iter().any(|field| field.contains('.'));
    fields.len() >= LEAST_FIELDS
        && between.iter().all(|field| number(field))
        && (number(first) || number(last))
        && (number(first) && number(last) || fraction)
}

/// Reads `bytes`, the content of such a file; `path` is its name in errors.
pub(in crate::data) fn parse(
    path: &Path,
    bytes: &[u8],
    task: Option<TaskKind>,
) -> Result<(SeriesSet<'static>, DataNote), DataError> {
    let refused = |line, reason| DataError::Series { path: path.to_owned(), line, reason };
    let mut rows = Vec::new();
    let mut separator = None;
    for (line, row) in lines(bytes) {
        let row = std::str::from_utf8(row).map_err(|error| DataError::NotUtf8 {
            at: Place { path: path.to_owned(), line },
            noun: "row",
            value: String::from_utf8_lossy(row).into_owned(),
            byte: row[error.valid_up_to()],
        })?;
        let fields = separator.get_or_insert_with(|| Separator::of(row)).split(row);
        if fields.len() < 2 {
            let reason = "expected a label and at least one value".to_owned();
            return Err(refused(Some(line), reason));
        }
        rows.push((line, fields));
    }
    let label_first =
        label_is_first(&rows).map_err(|(line, reason)| refused(line, reason.to_owned()))?;
    let mut cut = 0;
    let mut series = Vec::with_capacity(rows.len());
    for (line, mut fields) in rows {
        let label = match label_first {
            true => fields.remove(0),
            false => fields.pop().expect("there are two fields at least"),
        };
        let steps = fields.iter().rposition(|field| !is_missing(field)).map_or(0, |last| last + 1);
        cut += usize::from(steps < fields.len());
        let columns = fields.len() + 1;
        let value = |(column, field): (usize, &&str)| match field.parse::<f32>() {
            Ok(value) if value.abs() <= LARGEST => Ok(value),
            _ => {
                let expected = match is_missing(field) {
                    true => "missing values within a series are not supported",
                    false => "expected a number, at most 1e30",
                };
                Err(refused(Some(line), format!("column {column} is {field:.40?}: {expected}")))
            }
        };
        let values: Vec<f32> = (1 + usize::from(label_first)..)
            .zip(&fields[..steps])
            .map(value)
            .collect::<Result<_, _>>()?;
        if let Some(reason) = too_long(steps) {
            return Err(refused(Some(line), reason));
        }
        if values.is_empty() {
            return Err(refused(Some(line), "there is no value, only a label".to_owned()));
        }
        let answer = match task {
            Some(TaskKind::Numbers) => {
                Answer::Numbers(vec![value((if label_first { 1 } else { columns }, &label))?])
            }
            _ => class(label).into(),
        };
        series.push(LabelledSeries { values: values.into(), answer });
    }
    Ok((SeriesSet { channels: 1, series }, DataNote::SeriesInRows { label_first, cut }))
}

/// The non-empty lines with their numbers, from 1.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let lines = without_mark(bytes).split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    (1..).zip(lines).filter(|(_, line)| !line.is_empty())
}

#[derive(Clone, Copy)]
enum Separator {
    Character(char),
    Blanks,
}

impl Separator {
    /// The separator used in a row.
    fn of(row: &str) -> Self {
        let found = ['\t', ',', ';'].into_iter().find(|&separator| row.contains(separator));
        found.map_or(Self::Blanks, Self::Character)
    }

    fn split(self, row: &str) -> Vec<&str> {
        match self {
            Self::Character(separator) => row.split(separator).map(str::trim).collect(),
            Self::Blanks => row.split_whitespace().collect(),
        }
    }
}

fn is_missing(field: &str) -> bool {
    field.is_empty() || field == "?" || field.eq_ignore_ascii_case("nan")
}

/// Whether labels are in the first column rather than the last. If neither is possible, returns the
/// line at fault and the reason.
fn label_is_first(rows: &[(usize, Vec<&str>)]) -> Result<bool, (Option<usize>, &'static str)> {
    let [(line, first_row), others @ ..] = rows else {
        return Err((None, "there are no rows"));
    };
    let counts = |fields: &mut dyn Iterator<Item = &&str>| {
        let mut numbers = fields.enumerate();
        let start = numbers.next().and_then(|(_, field)| field.parse::<usize>().ok());
        start.is_some_and(|start| {
            start < 2 && numbers.all(|(at, field)| field.parse() == Ok(start + at))
        })
    };
    if !others.is_empty() && counts(&mut first_row.iter()) {
        return Err((
            Some(*line),
            "the row counts columns and looks like a header that pandas wrote: write the table \
             with header=False, index=False and the label first",
        ));
    }
    let column = |first: bool| {
        rows.iter().map(move |(_, row)| if first { &row[0] } else { &row[row.len() - 1] })
    };
    let labels = |first| column(first).all(|field| class_number(field).is_some());
    let words = |first| column(first).all(|field| field.parse::<f64>().is_err());
    match (words(true), words(false), labels(true), labels(false)) {
        (true, _, _, _) => Ok(true),
        (_, true, _, _) => Ok(false),
        (_, _, true, _) if others.len() > 1 && counts(&mut column(true)) => Err((
            Some(*line),
            "the first column counts rows, as an index does: leave it out (in pandas index=False), \
             with the label first",
        )),
        (_, _, true, _) => Ok(true),
        (_, _, false, true) => Ok(false),
        (_, _, false, false) => Err((
            Some(*line),
            "there is no header, and neither the first nor the last column holds labels: expected \
             whole numbers or words in one of them",
        )),
    }
}

/// A class written as a number, optionally with a fraction of zeros.
fn class_number(field: &str) -> Option<i64> {
    let number: f64 = field.parse().ok()?;
    (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64)
}

/// A label without a fraction, so that a class is the same in either notation.
fn class(label: &str) -> String {
    class_number(label).map_or_else(|| label.to_owned(), |class| class.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Labelled = (String, Vec<f32>);

    fn read(text: &str) -> Result<(Vec<Labelled>, DataNote), String> {
        assert!(is_table(text.as_bytes()), "{text:?}");
        let (set, note) =
            parse(Path::new("a"), text.as_bytes(), None).map_err(|error| error.to_string())?;
        let label = |series: &LabelledSeries| series.answer.labels().next().unwrap().to_owned();
        Ok((
            set.series.iter().map(|series| (label(series), series.values.to_vec())).collect(),
            note,
        ))
    }

    #[test]
    fn a_label_stands_first_or_last_between_any_separators() {
        let expected = vec![("1".to_owned(), vec![0.5, 0.25]), ("2".to_owned(), vec![1.5])];
        for (text, label_first) in [
            ("1\t0.5\t0.25\n2\t1.5\tNaN\n", true),
            ("1,0.5,0.25\r\n\r\n2,1.5,\r\n", true),
            ("\u{feff}1;0.5;0.25\n2;1.5;?\n", true),
            ("  1.0000000e+00  5e-1 0.25\n  2.0000000e+00 1.5\n", true),
            ("0.5,0.25,1.0\n1.5,,2.0\n", false),
        ] {
            let (series, note) = read(text).unwrap();
            assert_eq!(series, expected, "{text:?}");
            let cut = usize::from(!text.contains("e+00"));
            assert_eq!(note, DataNote::SeriesInRows { label_first, cut }, "{text:?}");
        }
        let (series, _) = read("up,0.5,0.25\ndown,1,2\n").unwrap();
        assert_eq!(series[1], ("down".to_owned(), vec![1.0, 2.0]));
    }

    #[test]
    fn headers_indices_and_missing_labels_are_no_series() {
        for (text, says) in [
            ("0,1,2,3\n1,0.5,0.25,3\n", "header=False"),
            ("0,0.5,1\n1,0.25,0\n2,0.25,1\n", "index=False"),
            ("0.5,0.25,0.75\n1.5,0.5,0.5\n", "whole numbers or words"),
            ("1,0.5,x,3\n", ""),
        ] {
            if says.is_empty() {
                assert!(!is_table(text.as_bytes()));
                continue;
            }
            let refused = read(text).unwrap_err();
            assert!(refused.starts_with("a, line 1: ") && refused.contains(says), "{refused}");
        }
        let refused = read("1,0.5,0.25\n2,NaN,0.5\n").unwrap_err();
        assert!(refused.starts_with("a, line 2: column 2 is \"NaN\""), "{refused}");
        for text in ["string,valid\nab,1\n", "label,0,1,2\n", "1,2\n", "", "a,b,0.5\n"] {
            assert!(!is_table(text.as_bytes()), "{text:?}");
        }
    }
}
