//! Series of numbers with labels, and the checks common to all kinds of files.

use std::borrow::Cow;
use std::path::Path;

use crate::data::error::LONGEST;
use crate::data::{Answer, DataError};
use crate::named;

/// The largest magnitude. Values are shifted and scaled in single precision, and larger ones could
/// overflow.
pub(in crate::data) const LARGEST: f32 = 1e30;

/// The number that stands for no label at a step. PyTorch's losses ignore the same one.
pub(super) const NO_LABEL: f64 = -100.0;

/// A series of numbers and what a network should answer to it. The numbers may lie elsewhere, in an
/// array of another program.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledSeries<'a> {
    /// The numbers, all finite: `[T][C]`, row-major, so the channels of a step are contiguous.
    pub values: Cow<'a, [f32]>,
    /// The answer, as in the file.
    pub answer: Answer,
}

/// The series of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSet<'a> {
    /// Numbers per step, `C`: at least 1, and the same for every series.
    pub channels: usize,
    /// At least one series, each with at least one step; they may differ in length.
    pub series: Vec<LabelledSeries<'a>>,
}

named! {
    /// The order of the axes of an array of series.
    #[derive(Default, Hash)]
    pub enum AxisOrder: "order of axes" {
        /// [series, steps, channels].
        #[default]
        StepsChannels = "steps_channels",
        /// [series, channels, steps], as aeon, sktime and tsai have it.
        ChannelsSteps = "channels_steps",
    }
}

/// An error about a file in which no line can be named.
pub(in crate::data) fn refused(path: &Path, reason: impl Into<String>) -> DataError {
    DataError::Series { path: path.to_owned(), line: None, reason: reason.into() }
}

/// The error message for a series of this many steps, if that is too long.
pub(super) fn too_long(steps: usize) -> Option<String> {
    (steps > LONGEST)
        .then(|| format!("the series has {steps} steps: at most {LONGEST} are supported"))
}
