//! Stub.
use super::DataError;
use std::path::Path;
/// A series of numbers and the class it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledSeries {
    /// `[T][C]`
    pub values: Vec<f32>,
    /// Its class.
    pub label: String,
}
/// The series of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSet {
    /// `C`
    pub channels: usize,
    /// At least one.
    pub series: Vec<LabelledSeries>,
}
/// Axes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AxisOrder {
    /// `[N][T][C]`
    #[default]
    StepsChannels,
    /// `[N][C][T]`
    ChannelsSteps,
}
/// Stub.
pub fn read_series(_: &Path, _: Option<&Path>, _: AxisOrder) -> Result<SeriesSet, DataError> {
    unimplemented!()
}
/// Stub.
pub fn is_series_file(_: &Path) -> bool {
    false
}
