//! How the numbers of series are scaled before a network reads them.

use serde::{Deserialize, Serialize};

use super::SeriesSet;
use crate::named;

named! {
    /// How the numbers of series enter a network.
    #[derive(Default, Hash)]
    pub enum ScalingKind: "scaling" {
        /// Each channel with mean 0 and variance 1 in the training file.
        #[default]
        Standard = "standard",
        /// As they are.
        None = "none",
    }
}

/// Standardises each channel: the network's input is `(x - mean) * factor`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Numbers")]
pub struct Scaling {
    /// `[C]`: subtracted from the values.
    mean: Vec<f32>,
    /// `[C]`: multiplies the differences; above 0.
    factor: Vec<f32>,
}

/// A scaling in the form of a file.
#[derive(Deserialize)]
struct Numbers {
    mean: Vec<f32>,
    factor: Vec<f32>,
}

/// Numbers that do not form a scaling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a scaling is a mean and a factor above 0 for each of one or more channels, all of them finite"
)]
pub struct NoScaling;

impl Scaling {
    /// A scaling that leaves `channels` channels unchanged.
    pub fn none(channels: usize) -> Self {
        Self { mean: vec![0.0; channels], factor: vec![1.0; channels] }
    }

    /// Scales each channel to mean 0 and variance 1 over all steps of all series of a training
    /// file. A constant channel becomes 0.
    pub fn of(set: &SeriesSet) -> Self {
        let channels = set.channels;
        let mut scaling = Self::none(channels);
        for channel in 0..channels {
            let values = || {
                let series = set.series.iter().flat_map(|series| series.values.chunks(channels));
                series.map(|step| f64::from(step[channel]))
            };
            let count = values().count() as f64;
            let mean = values().sum::<f64>() / count;
            let variance = values().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
            scaling.mean[channel] = mean as f32;
            let factor = variance.sqrt().recip() as f32;
            if factor.is_finite() && factor > 0.0 {
                scaling.factor[channel] = factor;
            }
        }
        scaling
    }

    /// The number of channels, `C`.
    pub fn channels(&self) -> usize {
        self.mean.len()
    }

    /// `[C]`: subtracted from the values.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// `[C]`: multiplies the differences.
    pub fn factor(&self) -> &[f32] {
        &self.factor
    }

    /// Whether it leaves all values unchanged.
    pub fn is_none(&self) -> bool {
        *self == Self::none(self.channels())
    }

    /// Channels, counted from 0, whose numbers are too far from 0 compared with their variation for
    /// single precision: there, its resolution is coarser than a thousandth of the standard
    /// deviation.
    pub fn coarse_channels(&self) -> Vec<usize> {
        let coarse = |(mean, factor): (&f32, &f32)| mean.abs() * f32::EPSILON * factor > 1e-3;
        let channels = self.mean.iter().zip(&self.factor).enumerate();
        channels.filter(|(_, channel)| coarse(*channel)).map(|(at, _)| at).collect()
    }

    /// `values` `[T][C]` in the form that a network reads.
    pub fn scaled(&self, values: &[f32]) -> impl Iterator<Item = f32> {
        let channels = self.mean.iter().zip(&self.factor).cycle();
        values.iter().zip(channels).map(|(x, (mean, factor))| (x - mean) * factor)
    }
}

impl TryFrom<Numbers> for Scaling {
    type Error = NoScaling;

    fn try_from(Numbers { mean, factor }: Numbers) -> Result<Self, NoScaling> {
        let finite = mean.iter().chain(&factor).all(|number| number.is_finite());
        let whole = !mean.is_empty() && mean.len() == factor.len();
        match finite && whole && factor.iter().all(|&factor| factor > 0.0) {
            true => Ok(Self { mean, factor }),
            false => Err(NoScaling),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::LabelledSeries;

    fn set(channels: usize, series: &[&[f32]]) -> SeriesSet<'static> {
        let series = series.iter().map(|values| LabelledSeries {
            values: values.to_vec().into(),
            answer: "a".to_owned().into(),
        });
        SeriesSet { channels, series: series.collect() }
    }

    #[test]
    fn a_training_file_is_standardised_channel_by_channel() {
        let set = set(2, &[&[1.0, 7.0, 3.0, 7.0], &[5.0, 7.0]]);
        let scaling = Scaling::of(&set);
        // The variance of 1, 3, 5 is 8/3.
        let deviation = (8.0_f32 / 3.0).sqrt();
        let scaled = scaling.scaled(&set.series[0].values);
        let expected = [-2.0 / deviation, 0.0, 0.0, 0.0];
        for (scaled, expected) in scaled.zip(expected) {
            assert!((scaled - expected).abs() < 1e-6, "{scaled} {expected}");
        }
        assert!(!scaling.is_none() && Scaling::none(2).is_none());
        assert!(scaling.coarse_channels().is_empty());
        let far = Scaling { mean: vec![0.0, 1.7e9], factor: vec![1.0, 1.0] };
        assert_eq!(far.coarse_channels(), [1]);
    }

    #[test]
    fn a_file_without_a_usable_scaling_is_not_read() {
        for text in [
            r#"{"mean":[],"factor":[]}"#,
            r#"{"mean":[0.0],"factor":[0.0]}"#,
            r#"{"mean":[0.0],"factor":[1.0,1.0]}"#,
            r#"{"mean":[1e39],"factor":[1.0]}"#,
        ] {
            assert!(serde_json::from_str::<Scaling>(text).is_err(), "{text}");
        }
        let scaling: Scaling = serde_json::from_str(r#"{"mean":[0.5],"factor":[2.0]}"#).unwrap();
        assert_eq!(scaling.scaled(&[1.0, 2.0]).collect::<Vec<_>>(), [1.0, 3.0]);
    }
}
