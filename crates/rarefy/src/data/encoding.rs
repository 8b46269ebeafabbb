//! How a sequence of a file becomes what a network reads.

use serde::{Deserialize, Serialize};

use super::{LabelledText, Rows, SeriesSet, Vocabulary};

/// What a model knows of its input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Of texts: the number of each token.
    Vocabulary(Vocabulary),
    /// Of series: how each channel is shifted and scaled.
    Scaling(Scaling),
}

/// What is one token of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A character.
    Character {
        /// A character that occurs less often in the training file counts as unknown. Without
        /// it all are known, and others are refused.
        least: Option<usize>,
    },
    /// A word: text between white space.
    Word {
        /// A word that occurs less often in the training file counts as unknown.
        least: usize,
    },
}

impl Default for Unit {
    fn default() -> Self {
        Self::Character { least: None }
    }
}

impl Unit {
    /// Words that occur less often are unknown, unless said otherwise: once is too rare to learn
    /// from, and shows the network what an unknown word looks like.
    pub const LEAST: usize = 2;
}

impl Encoding {
    /// That of a training file.
    pub fn of(rows: &Rows, unit: Unit) -> Self {
        match rows {
            Rows::Texts(rows) => {
                let texts = rows.iter().map(|LabelledText { text, .. }| text.as_str());
                Self::Vocabulary(match unit {
                    Unit::Character { least: None } => Vocabulary::of_texts(texts),
                    Unit::Character { least: Some(least) } => {
                        Vocabulary::of_frequent_characters(texts, least)
                    }
                    Unit::Word { least } => Vocabulary::of_words(texts, least),
                })
            }
            Rows::Series(set) => Self::Scaling(Scaling::of(set)),
        }
    }

    /// What it is of, for a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Vocabulary(_) => "texts",
            Self::Scaling(_) => "series of numbers",
        }
    }

    /// The vocabulary, if it is of texts.
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        match self {
            Self::Vocabulary(vocabulary) => Some(vocabulary),
            Self::Scaling(_) => None,
        }
    }

    /// The scaling, if it is of series.
    pub fn scaling(&self) -> Option<&Scaling> {
        match self {
            Self::Vocabulary(_) => None,
            Self::Scaling(scaling) => Some(scaling),
        }
    }
}

/// Standardises each channel: a network reads `(x - mean) * factor`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Numbers")]
pub struct Scaling {
    /// `[C]`: what is subtracted.
    mean: Vec<f32>,
    /// `[C]`: what the difference is multiplied by, above 0.
    factor: Vec<f32>,
}

/// A scaling as it stands in a file.
#[derive(Deserialize)]
struct Numbers {
    mean: Vec<f32>,
    factor: Vec<f32>,
}

/// Numbers that are no scaling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a scaling is a mean and a factor above 0 for each of one or more channels, all of them finite"
)]
pub struct NoScaling;

impl Scaling {
    /// Leaves `channels` channels as they are.
    pub fn none(channels: usize) -> Self {
        Self { mean: vec![0.0; channels], factor: vec![1.0; channels] }
    }

    /// To mean 0 and variance 1 of each channel over all steps of all series of a training
    /// file. A channel that never changes becomes 0.
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

    /// `C`
    pub fn channels(&self) -> usize {
        self.mean.len()
    }

    /// `[C]`: what is subtracted.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// `[C]`: what the difference is multiplied by.
    pub fn factor(&self) -> &[f32] {
        &self.factor
    }

    /// Whether it leaves everything as it is.
    pub fn is_none(&self) -> bool {
        *self == Self::none(self.channels())
    }

    /// Channels, from 0, whose numbers are so far from 0, beside how much they vary, that single
    /// precision does not tell them well apart: its steps there are more than a thousandth of
    /// the deviation.
    pub fn coarse_channels(&self) -> Vec<usize> {
        let coarse = |(mean, factor): (&f32, &f32)| mean.abs() * f32::EPSILON * factor > 1e-3;
        let channels = self.mean.iter().zip(&self.factor).enumerate();
        channels.filter(|(_, channel)| coarse(*channel)).map(|(at, _)| at).collect()
    }

    /// `values` `[T][C]` as a network reads them.
    pub fn scaled(&self, values: &[f32]) -> Vec<f32> {
        let channels = self.mean.iter().zip(&self.factor).cycle();
        values.iter().zip(channels).map(|(x, (mean, factor))| (x - mean) * factor).collect()
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

    fn set(channels: usize, series: &[&[f32]]) -> SeriesSet {
        let series = series
            .iter()
            .map(|values| LabelledSeries { values: values.to_vec(), label: "a".to_owned() });
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
        for (scaled, expected) in scaled.iter().zip(expected) {
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
        assert_eq!(scaling.scaled(&[1.0, 2.0]), [1.0, 3.0]);
    }
}
