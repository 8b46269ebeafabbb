//! Series of numbers.

use std::hash::{Hash, Hasher};

use serde::Serialize;

use super::{RowsDescription, describe_rows, overlap_of};
use crate::data::{LabelledSeries, SeriesSet};

/// A description of a file of series. Lengths are in steps. Two series are equal if all of their
/// numbers are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeriesDescription {
    /// Sizes, lengths, labels, repetition.
    #[serde(flatten)]
    pub rows: RowsDescription,
    /// A description of each channel, over all steps of all series.
    pub channels: Vec<ChannelDescription>,
}

/// The numbers of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ChannelDescription {
    /// The smallest number.
    pub min: f32,
    /// The mean.
    pub mean: f64,
    /// The largest number.
    pub max: f32,
    /// Standard deviation of all numbers (dividing by their count), which training divides by.
    pub standard_deviation: f64,
}

/// Describes a data set of series.
///
/// # Panics
/// When there are no series.
pub fn describe_series(set: &SeriesSet) -> SeriesDescription {
    let channels = set.channels;
    let each = set.series.iter().map(|LabelledSeries { values, answer }| {
        (Numbers(values), values.len() / channels, answer.group())
    });
    let rows = describe_rows(each);
    let channel = |channel: usize| {
        let series = || set.series.iter().flat_map(|series| series.values.chunks(channels));
        let values = || series().map(|step| step[channel]);
        let count = values().count() as f64;
        let mean = values().map(f64::from).sum::<f64>() / count;
        let squares = values().map(|value| (f64::from(value) - mean).powi(2));
        ChannelDescription {
            min: values().fold(f32::INFINITY, f32::min),
            mean,
            max: values().fold(f32::NEG_INFINITY, f32::max),
            standard_deviation: (squares.sum::<f64>() / count).sqrt(),
        }
    };
    SeriesDescription { rows, channels: (0..channels).map(channel).collect() }
}

/// Number of distinct series that occur in both sets, regardless of labels.
pub fn series_overlap(train: &SeriesSet, test: &SeriesSet) -> usize {
    let [train, test] =
        [train, test].map(|set| set.series.iter().map(|series| Numbers(&series.values)));
    overlap_of(train, test)
}

/// Finite numbers as a key of a hash map.
#[derive(PartialEq)]
struct Numbers<'s>(&'s [f32]);

/// No number of a series is NaN.
impl Eq for Numbers<'_> {}

impl Hash for Numbers<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Adding 0 turns -0 into 0, which is equal to it.
        self.0.iter().for_each(|value| (value + 0.0).to_bits().hash(state));
    }
}

#[cfg(test)]
mod tests {
    use super::super::LengthSummary;
    use super::*;

    fn set(rows: &[(&[f32], &str)]) -> SeriesSet<'static> {
        let series = rows.iter().map(|&(values, label)| LabelledSeries {
            values: values.to_vec().into(),
            answer: label.to_owned().into(),
        });
        SeriesSet { channels: 2, series: series.collect() }
    }

    #[test]
    fn a_small_set_is_described_as_counted_by_hand() {
        let set = set(&[
            (&[1.0, 7.0, 3.0, 7.0], "up"),
            (&[0.0, 7.0], "down"),
            (&[-0.0, 7.0], "up"),
            (&[1.0, 7.0, 3.0, 7.0], "up"),
        ]);
        let SeriesDescription { rows, channels } = describe_series(&set);
        assert_eq!((rows.count, rows.duplicates, rows.contradictions), (4, 2, 1));
        assert_eq!(rows.length, LengthSummary { min: 1, mean: 1.5, max: 2 });
        let labels: Vec<_> = rows.labels.iter().map(|l| (l.label.as_str(), l.count)).collect();
        assert_eq!(labels, [("down", 1), ("up", 3)]);
        // 1, 3, 0, 0, 1, 3: mean 4/3, mean square 20/6.
        let deviation = (20.0 / 6.0 - 16.0 / 9.0_f64).sqrt();
        assert_eq!((channels[0].min, channels[0].max), (0.0, 3.0));
        assert!((channels[0].mean - 4.0 / 3.0).abs() < 1e-12);
        assert!((channels[0].standard_deviation - deviation).abs() < 1e-12);
        let constant =
            ChannelDescription { min: 7.0, mean: 7.0, max: 7.0, standard_deviation: 0.0 };
        assert_eq!(channels[1], constant);
    }

    #[test]
    fn series_in_both_sets_are_counted_once_each() {
        let train = set(&[(&[0.0, 1.0], "a"), (&[2.0, 1.0], "a"), (&[0.0, 1.0, 2.0, 1.0], "a")]);
        let test = set(&[(&[-0.0, 1.0], "b"), (&[0.0, 1.0], "a"), (&[0.0, 1.0, 2.0, 2.0], "a")]);
        assert_eq!(series_overlap(&train, &test), 1);
    }
}
