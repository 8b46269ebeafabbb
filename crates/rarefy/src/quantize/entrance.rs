//! What enters the first layer, in integers.

use super::matrix::LARGEST;
use crate::data::Scaling;

/// How a step's input becomes the integers that the layers read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entrance {
    /// A row of the embedding for each token, `[V][E]`.
    Tokens { width: usize, embedding: Vec<i8> },
    /// A number for each channel.
    Series(Vec<Channel>),
}

/// A channel of a series: `(x 2^shift - mean) factor / 2^23`, rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Channel {
    pub(crate) mean: i64,
    pub(crate) factor: u16,
    pub(crate) shift: i32,
}

/// The bits that are shifted out of a product with a channel's factor.
pub(crate) const FACTOR_BITS: u32 = 23;
/// The largest number of a channel: 2^40.
const MOST: i64 = 1 << 40;

impl Entrance {
    /// `embedding` `[V][E]` in units of `unit`.
    pub(super) fn of_tokens(embedding: &[f32], width: usize, unit: f64) -> Self {
        let most = f64::from(LARGEST);
        let integer = |&value: &f32| (f64::from(value) / unit).round().clamp(-most, most) as i8;
        Self::Tokens { width, embedding: embedding.iter().map(integer).collect() }
    }

    /// Scaled numbers in units of `unit`.
    pub(super) fn of_series(scaling: &Scaling, unit: f64) -> Self {
        let channels = scaling.mean().iter().zip(scaling.factor());
        Self::Series(channels.map(|(&mean, &factor)| Channel::new(mean, factor, unit)).collect())
    }

    /// The number of integers.
    pub(crate) fn width(&self) -> usize {
        match self {
            Self::Tokens { width, .. } => *width,
            Self::Series(channels) => channels.len(),
        }
    }
}

impl Channel {
    fn new(mean: f32, factor: f32, unit: f64) -> Self {
        let factor = f64::from(factor) / unit;
        let scaled = |shift: i32| factor * f64::from(FACTOR_BITS as i32 - shift).exp2();
        let mut shift = 0;
        while scaled(shift) >= 32768.0 {
            shift += 1;
        }
        while scaled(shift) < 16384.0 {
            shift -= 1;
        }
        Self { mean: fixed(mean, shift), factor: scaled(shift).round() as u16, shift }
    }

    /// A number of the series as the layers read it.
    pub(super) fn read(self, x: f32) -> i8 {
        let centred = fixed(x, self.shift) - self.mean;
        let rounding = 1 << FACTOR_BITS >> 1;
        let integer = (centred * i64::from(self.factor) + rounding) >> FACTOR_BITS;
        integer.clamp(-i64::from(LARGEST), i64::from(LARGEST)) as i8
    }
}

/// `x 2^shift` without its fraction, at most [`MOST`] in size. From the bits of `x`, so that no
/// compiler's arithmetic of floats matters.
fn fixed(x: f32, shift: i32) -> i64 {
    let bits = x.to_bits();
    let exponent = (bits >> FACTOR_BITS & 0xff) as i32;
    let mantissa = i64::from(bits & 0x007f_ffff | u32::from(exponent > 0) << FACTOR_BITS);
    let size = match exponent.max(1) - 150 + shift {
        up if exponent == 255 || up > 16 => {
            if mantissa == 0 {
                0
            } else {
                MOST
            }
        }
        up if up >= 0 => mantissa << up,
        down if down > -25 => mantissa >> -down,
        _ => 0,
    };
    if bits >> 31 == 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_point_is_the_number_without_its_fraction() {
        for (x, shift, expected) in [
            (1.0, 0, 1),
            (-1.75, 2, -7),
            (-1.75, 1, -3),
            (0.1, 20, 104_857),
            (123_456.0, 10, 126_418_944),
            (1e30, 0, MOST),
            (-1e30, 3, -MOST),
            (f32::INFINITY, -20, MOST),
            (1e-30, 0, 0),
            (0.0, 100, 0),
            (f32::from_bits(1), 149, 1),
        ] {
            assert_eq!(fixed(x, shift), expected, "{x} {shift}");
        }
    }

    #[test]
    fn a_channel_is_scaled_to_the_nearest_integer() {
        for (mean, factor, unit) in
            [(0.0, 1.0, 0.01), (33.3, 0.015, 0.04), (1e6, 2.0, 0.05), (-0.003, 5e4, 0.03)]
        {
            let channel = Channel::new(mean, factor, unit);
            assert_eq!(channel.read(mean), 0);
            for step in -150..=150 {
                let x =
                    (f64::from(mean) + f64::from(step) * 0.93 * unit / f64::from(factor)) as f32;
                let exact = (f64::from(x) - f64::from(mean)) * f64::from(factor) / unit;
                let found = f64::from(channel.read(x));
                let wanted = exact.clamp(-127.0, 127.0);
                assert!((found - wanted).abs() <= 0.51, "{mean} {factor}: {found} for {exact}");
            }
            assert_eq!((channel.read(f32::MAX), channel.read(f32::MIN)), (127, -127));
        }
    }
}
