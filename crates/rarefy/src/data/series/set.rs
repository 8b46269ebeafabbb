//! Series of numbers with labels, and what is refused of them whatever file they are in.

use std::path::Path;

use crate::data::DataError;
use crate::data::error::LONGEST;
use crate::named;

/// The largest magnitude: what is further from the mean is shifted and scaled in single
/// precision, and must not overflow there.
pub(super) const LARGEST: f32 = 1e30;

/// A series of numbers and the class it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledSeries {
    /// The numbers, all finite: `[T][C]`, row-major, so all channels of a step together.
    pub values: Vec<f32>,
    /// Its class, as written.
    pub label: String,
}

/// The series of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSet {
    /// The numbers of each step, `C`: at least 1, the same for every series.
    pub channels: usize,
    /// At least one, each with at least one step; they may differ in length.
    pub series: Vec<LabelledSeries>,
}

named! {
    /// How the axes of an array of series stand.
    #[derive(Default, Hash)]
    pub enum AxisOrder: "order of axes" {
        /// [series, steps, channels].
        #[default]
        StepsChannels = "steps_channels",
        /// [series, channels, steps], as aeon, sktime and tsai have it.
        ChannelsSteps = "channels_steps",
    }
}

/// The refusal of a file in which no line can be named.
pub(super) fn refused(path: &Path, reason: impl Into<String>) -> DataError {
    DataError::Series { path: path.to_owned(), line: None, reason: reason.into() }
}

/// What a series of so many steps is told, if it is too long.
pub(super) fn too_long(steps: usize) -> Option<String> {
    (steps > LONGEST)
        .then(|| format!("the series has {steps} steps: at most {LONGEST} are supported"))
}
