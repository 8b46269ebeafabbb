//! Labelled sequences of a file, whatever they are of.

use std::path::Path;

use super::{
    AxisOrder, Columns, DataError, LabelledText, SeriesSet, is_series_file, read_labelled_texts,
    read_series,
};

/// The labelled sequences of a file, as they stand there.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows {
    /// Texts.
    Texts(Vec<LabelledText>),
    /// Series of numbers.
    Series(SeriesSet),
}

/// What a file does not say of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// The columns of a CSV file.
    pub columns: Columns,
    /// How the axes of an array stand.
    pub axes: AxisOrder,
}

impl Rows {
    /// The labelled sequences of the file at `path`: series in a `.ts`, `.npy` or `.npz`, texts
    /// in any other, which is a CSV. `labels` is the file of labels beside a `.npy`.
    ///
    /// # Errors
    /// When the file cannot be read, or anything in it is not as it should be.
    pub fn read(
        path: &Path,
        labels: Option<&Path>,
        options: &ReadOptions,
    ) -> Result<Self, DataError> {
        if is_series_file(path) {
            return Ok(Self::Series(read_series(path, labels, options.axes)?));
        }
        match labels {
            Some(_) => Err(DataError::OwnLabels { path: path.to_owned() }),
            None => Ok(Self::Texts(read_labelled_texts(path, &options.columns)?)),
        }
    }

    /// What they are, for a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Texts(_) => "texts",
            Self::Series(_) => "series of numbers",
        }
    }

    /// The label of each, in order.
    pub fn labels(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Texts(rows) => Box::new(rows.iter().map(|row| row.label.as_str())),
            Self::Series(set) => Box::new(set.series.iter().map(|row| row.label.as_str())),
        }
    }
}

impl From<Vec<LabelledText>> for Rows {
    fn from(rows: Vec<LabelledText>) -> Self {
        Self::Texts(rows)
    }
}

impl From<SeriesSet> for Rows {
    fn from(set: SeriesSet) -> Self {
        Self::Series(set)
    }
}
