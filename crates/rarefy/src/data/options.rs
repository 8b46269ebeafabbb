//! The options for reading files of sequences. The command line and study files share them: both
//! use these names with the same meaning.

use serde::{Deserialize, Serialize};

use super::{AxisOrder, Columns, ReadOptions, ScalingKind, SeriesColumns, TaskKind, Unit};
use crate::named;

/// All options for reading files. Each has its own name in TOML, which on the command line is
/// written with hyphens.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FileOptions {
    /// What a step of a text is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
    /// Tokens with fewer occurrences in the training file are unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_count: Option<usize>,
    /// Header of the column of texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_column: Option<String>,
    /// Header of the column of labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_column: Option<String>,
    /// Headers of the columns of a series, if each row is a step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series_columns: Option<Vec<String>>,
    /// Header of the column that identifies the series of a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Header of the column that orders the steps of a series.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The order of the axes of arrays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub axes: Option<AxisOrder>,
    /// What is asked of the sequences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskKind>,
    /// How the numbers of series enter a network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaling: Option<ScalingKind>,
}

named! {
    /// What a step of a text is.
    #[derive(Default)]
    pub enum Tokens: "unit of texts" {
        /// A character.
        #[default]
        Characters = "characters",
        /// A word: text between white space.
        Words = "words",
    }
}

/// Options that contradict each other, named as in a study file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// Columns of a series without a column that identifies the series.
    #[error("series_columns needs id, the column that says which series a row belongs to")]
    NoId,
    /// An option that only applies to series given by columns.
    #[error("{0} needs series_columns")]
    NoSeries(&'static str),
    /// An option for texts, although series are given.
    #[error("{0} is for texts, but series_columns are for series of numbers")]
    NoTexts(&'static str),
    /// An empty list of columns.
    #[error("series_columns is empty: expected at least one column")]
    NoColumns,
    /// A count of 0.
    #[error("min_count is 0: expected at least 1")]
    NoCount,
}

impl FileOptions {
    /// The kind of token, and how files are read.
    ///
    /// # Errors
    /// If options contradict each other.
    pub fn checked(self) -> Result<(Unit, ReadOptions), OptionsError> {
        let usual = Columns::default();
        let texts = [
            ("text_column", self.text_column.is_some()),
            ("tokens", self.tokens.is_some()),
            ("min_count", self.min_count.is_some()),
        ];
        if self.min_count == Some(0) {
            return Err(OptionsError::NoCount);
        }
        let series = match (self.series_columns, self.id, self.time) {
            (None, None, None) => None,
            (None, Some(_), _) => return Err(OptionsError::NoSeries("id")),
            (None, None, Some(_)) => return Err(OptionsError::NoSeries("time")),
            (Some(channels), _, _) if channels.is_empty() => return Err(OptionsError::NoColumns),
            (Some(_), None, _) => return Err(OptionsError::NoId),
            (Some(channels), Some(id), time) => {
                if let Some((name, _)) = texts.into_iter().find(|&(_, said)| said) {
                    return Err(OptionsError::NoTexts(name));
                }
                Some(Box::new(SeriesColumns { channels, id, time }))
            }
        };
        let unit = match self.tokens.unwrap_or_default() {
            Tokens::Characters => Unit::Character { least: self.min_count },
            Tokens::Words => Unit::Word { least: self.min_count.unwrap_or(Unit::LEAST) },
        };
        let columns = Columns {
            text: self.text_column.unwrap_or(usual.text),
            label: self.label_column.unwrap_or(usual.label),
        };
        let Self { axes, task, scaling, .. } = self;
        Ok((unit, ReadOptions { columns, series, axes, task, scaling }))
    }

    /// The options that result in these settings; defaults are left out.
    pub fn of(unit: Unit, options: &ReadOptions) -> Self {
        let ReadOptions { columns, series, axes, task, scaling } = options.clone();
        let usual = Columns::default();
        let (tokens, min_count) = match unit {
            Unit::Character { least } => (None, least),
            Unit::Word { least } => (Some(Tokens::Words), Some(least)),
        };
        let (series_columns, id, time) = match series.map(|series| *series) {
            Some(SeriesColumns { channels, id, time }) => (Some(channels), Some(id), time),
            None => (None, None, None),
        };
        Self {
            tokens,
            min_count,
            text_column: (columns.text != usual.text).then_some(columns.text),
            label_column: (columns.label != usual.label).then_some(columns.label),
            series_columns,
            id,
            time,
            axes,
            task,
            scaling,
        }
    }

    /// Whether no option is given.
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_lead_to_what_they_are_made_from() {
        let series = SeriesColumns {
            channels: vec!["x".to_owned(), "y".to_owned()],
            id: "rec".to_owned(),
            time: Some("t".to_owned()),
        };
        let columns = Columns { label: "act".to_owned(), ..Columns::default() };
        let usual = ReadOptions::default();
        for (unit, options) in [
            (Unit::default(), usual.clone()),
            (Unit::Character { least: Some(2) }, usual.clone()),
            (Unit::Word { least: 3 }, ReadOptions { columns: columns.clone(), ..usual.clone() }),
            (
                Unit::default(),
                ReadOptions {
                    columns,
                    series: Some(Box::new(series)),
                    axes: Some(AxisOrder::ChannelsSteps),
                    task: None,
                    scaling: Some(ScalingKind::None),
                },
            ),
        ] {
            let said = FileOptions::of(unit, &options);
            assert_eq!(said.is_silent(), (unit, &options) == (Unit::default(), &usual));
            let text = serde_json::to_string(&said).unwrap();
            let read: FileOptions = serde_json::from_str(&text).unwrap();
            assert_eq!(read.checked(), Ok((unit, options)), "{text}");
        }
    }

    #[test]
    fn options_that_do_not_fit_together_are_named() {
        for (text, message) in [
            (r#"{"id": "a"}"#, "id needs series_columns"),
            (r#"{"time": "a"}"#, "time needs series_columns"),
            (r#"{"series_columns": ["a"]}"#, "series_columns needs id"),
            (r#"{"series_columns": [], "id": "a"}"#, "at least one column"),
            (r#"{"series_columns": ["a"], "id": "b", "min_count": 2}"#, "min_count is for texts"),
            (r#"{"min_count": 0}"#, "at least 1"),
        ] {
            let options: FileOptions = serde_json::from_str(text).unwrap();
            let refused = options.checked().unwrap_err().to_string();
            assert!(refused.contains(message), "{refused}");
        }
    }
}
