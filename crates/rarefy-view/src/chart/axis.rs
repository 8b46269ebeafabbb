//! An axis of a chart: its range, its ticks and its scale.

use rarefy::train::Merit;

use crate::wording::grouped;

/// One axis of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it measures.
    pub name: String,
    /// The value at its start.
    pub min: f64,
    /// The value at its end.
    pub max: f64,
    /// The values with a tick, in order, all within the range.
    pub ticks: Vec<f64>,
    scale: Scale,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    /// Equal differences take equal space.
    Linear,
    /// Values are accuracies. The error (1 minus the accuracy) is drawn on a logarithmic scale. The
    /// axis starts at accuracy 1, whose error of zero is drawn at `floor`.
    Error { floor: f64 },
    /// Values are sizes above 0, on a logarithmic scale.
    Factors,
}

/// The fewest ticks on an axis, unless it spans fewer whole numbers.
const LEAST: usize = 3;
/// Smaller errors are rounding noise and count as zero.
const ROUNDING: f64 = 1e-9;
/// Smallest share of an error axis between its start and the next tick: closer labels would touch.
const FIRST: f64 = 0.1;

impl Axis {
    /// An axis from `min` to `max` with about `ticks` round tick values. An empty range is widened
    /// by one.
    pub fn new(name: &str, min: f64, max: f64, ticks: usize) -> Self {
        let max = if max > min { max } else { min + 1.0 };
        let of = |count: usize| -> Vec<f64> {
            let step = round_step((max - min) / count as f64);
            // The slack keeps an end that is a multiple of the step up to rounding.
            let first = (min / step - 1e-9).ceil() as i64;
            let last = (max / step + 1e-9).floor() as i64;
            (first..=last).map(|multiple| multiple as f64 * step).collect()
        };
        let start = ticks.max(1);
        let counts = (start..=start + 4 * LEAST).map(of);
        let ticks = counts.into_iter().find(|ticks| ticks.len() >= LEAST).unwrap_or_default();
        Self { name: name.to_owned(), min, max, ticks, scale: Scale::Linear }
    }

    /// An axis for this merit, with room for values from `min` to `max`. Accuracies end at 1. R² is
    /// drawn down to -1 if some network does better; below, it only says that nothing was learnt.
    pub fn merit(merit: Merit, name: &str, min: f64, max: f64) -> Self {
        if merit == Merit::Accuracy {
            return Self::accuracy(name, min);
        }
        let (min, max) = (if max > -1.0 { min.max(-1.0) } else { min }, max.min(1.0));
        let step = round_step((max - min).max(1e-3) / 4.0);
        let [min, max] = [(min / step + 1e-9).floor(), (max / step - 1e-9).ceil()];
        Self::new(name, min * step, max * step, 5)
    }

    /// An axis for accuracies that ends at 1 and starts at the round value below `min`.
    pub fn accuracy(name: &str, min: f64) -> Self {
        let step = round_step((1.0 - min.clamp(0.0, 0.98)) / 4.0);
        Self::new(name, ((min / step + 1e-9).floor() * step).clamp(0.0, 1.0 - step), 1.0, 5)
    }

    /// A logarithmic axis for the errors of accuracies, in percent. If an accuracy has no error at
    /// all, it is drawn at the foot of the axis, where half the smallest other error would be.
    pub fn error(name: &str, accuracies: impl Iterator<Item = f64>) -> Self {
        let errors: Vec<f64> =
            accuracies.filter(|a| a.is_finite()).map(|a| (1.0 - a).clamp(0.0, 1.0)).collect();
        let some = || errors.iter().copied().filter(|&error| error > ROUNDING);
        let most = round_step(some().fold(1e-4, f64::max)).min(1.0);
        let least = some().fold(most, f64::min);
        let none = errors.iter().any(|&error| error <= ROUNDING);
        let floor = if none { least / 2.0 } else { round_below(least) }.min(most / 10.0);
        let place = |error: f64| (error / floor).ln() / (most / floor).ln();
        let decades = (-9..=0).flat_map(|power| [1.0, 2.0, 5.0].map(|one| (one, power)));
        let of = |wanted: &[f64]| -> Vec<f64> {
            let marked = decades.clone().filter(|(one, _)| wanted.contains(one));
            let marked = marked.map(|(one, power)| one * 10f64.powi(power));
            let apart = if none { FIRST } else { -ROUNDING };
            marked.filter(|&e| place(e) >= apart && place(e) <= 1.0 + ROUNDING).collect()
        };
        let start = usize::from(none);
        let marked = [&[1.0][..], &[1.0, 5.0], &[1.0, 2.0, 5.0]].map(of);
        let marked = marked.into_iter().find(|marked| marked.len() + start >= LEAST);
        let marked = marked.unwrap_or_else(|| of(&[1.0, 2.0, 5.0]));
        let ticks = none.then_some(1.0).into_iter().chain(marked.iter().map(|error| 1.0 - error));
        Self {
            name: name.to_owned(),
            min: 1.0,
            max: 1.0 - most,
            ticks: ticks.collect(),
            scale: Scale::Error { floor },
        }
    }

    /// A logarithmic axis for sizes above 0. A range of less than a factor of 2 is widened.
    pub fn sizes(name: &str, min: f64, max: f64) -> Self {
        let max = max.max(2.0 * min);
        let marked = (0..=15).flat_map(|power| [1.0, 2.0, 5.0].map(|one| one * 10f64.powi(power)));
        let ticks: Vec<f64> = marked.filter(|tick| (min..=max).contains(tick)).collect();
        Self { name: name.to_owned(), min, max, ticks, scale: Scale::Factors }
    }

    /// An axis of whole numbers, such as epochs. Ticks are whole numbers, always include the start,
    /// and never include 0 when the axis starts at 1.
    pub fn whole(name: &str, min: u32, max: u32, ticks: usize) -> Self {
        let mut axis = Self::new(name, f64::from(min), f64::from(max), ticks);
        axis.ticks.retain(|tick| tick.fract() == 0.0);
        if axis.ticks.first() != Some(&axis.min) {
            axis.ticks.insert(0, axis.min);
        }
        axis
    }

    /// Position of a value: 0 at the start, 1 at the end. Values outside the range are clamped.
    pub fn place(&self, value: f64) -> f64 {
        let place = match self.scale {
            Scale::Linear => (value - self.min) / (self.max - self.min),
            Scale::Factors => (value / self.min).ln() / (self.max / self.min).ln(),
            Scale::Error { floor } => {
                let error = (1.0 - value).max(floor);
                (error / floor).ln() / ((1.0 - self.max) / floor).ln()
            }
        };
        place.clamp(0.0, 1.0)
    }

    /// Label of a tick, with as many decimals as the step between ticks needs. Errors are in
    /// percent.
    pub fn tick_label(&self, tick: f64) -> String {
        if self.is_error() {
            let percent = 100.0 * (1.0 - tick);
            let decimals = (-(percent.log10() + ROUNDING).floor()).clamp(0.0, 9.0) as usize;
            return match percent <= ROUNDING {
                true => "0".to_owned(),
                false => format!("{percent:.decimals$}"),
            };
        }
        if self.scale == Scale::Factors {
            return grouped(tick as usize);
        }
        let step = match self.ticks[..] {
            [first, second, ..] => second - first,
            _ => 1.0,
        };
        let decimals = (-(step + 1e-9).log10().floor()).max(0.0) as usize;
        format!("{tick:.decimals$}")
    }

    /// Whether the axis shows errors, that is, how far accuracies are from 1.
    pub fn is_error(&self) -> bool {
        matches!(self.scale, Scale::Error { .. })
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that is at least `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0];
    let factor = factors.into_iter().find(|factor| factor * power >= step * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// The largest such value that is at most `value`.
fn round_below(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    let factors = [5.0, 2.0, 1.0];
    let factor = factors.into_iter().find(|factor| factor * power <= value * (1.0 + 1e-9));
    factor.unwrap_or(1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks.iter().map(|&tick| axis.tick_label(tick)).collect()
    }

    #[test]
    fn ticks_are_round_and_within_the_range() {
        assert_eq!(labels(&Axis::new("x", 0.0, 100.0, 5)), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(labels(&Axis::whole("x", 0, 10, 5)), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(labels(&Axis::whole("x", 1, 50, 5)), ["1", "10", "20", "30", "40", "50"]);
        assert_eq!(labels(&Axis::whole("x", 1, 2, 5)), ["1", "2"]);
        assert_eq!(labels(&Axis::whole("x", 1, 1, 5)), ["1", "2"]);
    }

    #[test]
    fn other_merits_have_the_range_of_their_values() {
        let likelihood = Axis::merit(Merit::Likelihood, "y", 0.213, 0.262);
        assert_eq!((likelihood.min, likelihood.max), (0.2, 0.28));
        let r2 = Axis::merit(Merit::R2, "y", -37.0, 0.93);
        assert_eq!((r2.min, r2.max), (-1.0, 1.0));
        let unlearnt = Axis::merit(Merit::R2, "y", -37.0, -3.0);
        assert!(unlearnt.min < -3.0 && unlearnt.max >= -3.0, "{unlearnt:?}");
        let one = Axis::merit(Merit::R2, "y", 1.0, 1.0);
        assert!(one.min < one.max && one.ticks.len() >= LEAST, "{one:?}");
        assert_eq!(Axis::merit(Merit::Accuracy, "y", 0.4635, 0.5).max, 1.0);
    }

    #[test]
    fn an_accuracy_axis_ends_at_one() {
        let axis = Axis::accuracy("accuracy", 0.4635);
        assert_eq!((axis.min, axis.max), (0.4, 1.0));
        assert_eq!(labels(&axis), ["0.4", "0.6", "0.8", "1.0"]);
        let narrow = Axis::accuracy("accuracy", 0.991);
        assert!(narrow.min >= 0.97 && narrow.min <= 0.991, "{narrow:?}");
        let none = Axis::accuracy("accuracy", 1.0);
        assert!(none.min < 1.0, "{none:?}");
        assert_eq!(Axis::accuracy("accuracy", 0.0).min, 0.0);
    }

    #[test]
    fn an_axis_has_three_ticks_wherever_it_starts() {
        for start in 0..50 {
            for extent in [0.013, 0.09, 0.27, 1.0, 3.3, 40.0] {
                let min = f64::from(start) * 0.037;
                let axis = Axis::new("x", min, min + extent, 4);
                assert!(axis.ticks.len() >= LEAST, "{axis:?}");
            }
            let accuracy = Axis::accuracy("y", f64::from(start) / 50.0);
            assert!(accuracy.ticks.len() >= LEAST, "{accuracy:?}");
            let error = f64::from(start + 1) / 51.0;
            for spread in [1.0, 0.5, 0.01] {
                let axis = Axis::error("y", [1.0 - error, 1.0 - error * spread].into_iter());
                assert!(axis.ticks.len() >= LEAST, "{error} {spread}: {axis:?}");
                let none = Axis::error("y", [1.0, 1.0 - error * spread].into_iter());
                assert!(none.ticks.len() >= LEAST, "{error} {spread}: {none:?}");
            }
        }
    }

    #[test]
    fn equal_factors_of_size_are_equally_far_apart() {
        let axis = Axis::sizes("bytes", 432.0, 60_000.0);
        assert_eq!(labels(&axis), ["500", "1,000", "2,000", "5,000", "10,000", "20,000", "50,000"]);
        let [a, b, c] = [500.0, 5000.0, 50_000.0].map(|size| axis.place(size));
        assert!(((b - a) - (c - b)).abs() < 1e-9, "{a} {b} {c}");
        assert_eq!((axis.place(432.0), axis.place(60_000.0)), (0.0, 1.0));
    }

    #[test]
    fn equal_factors_of_error_are_equally_far_apart() {
        let axis = Axis::error("error, %", [0.9, 0.99, 0.999, 0.9998].into_iter());
        assert_eq!(labels(&axis), ["0.1", "1", "10"]);
        let [a, b, c] = [0.999, 0.99, 0.9].map(|accuracy| axis.place(accuracy));
        assert!(((b - a) - (c - b)).abs() < 1e-9 && (c - 1.0).abs() < 1e-9, "{a} {b} {c}");
        // An error of zero is drawn at the foot, where half the smallest error would be.
        let axis = Axis::error("error, %", [0.5, 1.0, 0.9998].into_iter());
        assert_eq!(labels(&axis), ["0", "0.1", "1", "10"]);
        assert_eq!((axis.place(1.0), axis.place(0.9999)), (0.0, 0.0));
        assert!(axis.place(0.9998) > 0.05);
        assert_eq!(labels(&Axis::error("e", [1.0].into_iter()))[0], "0");
    }

    #[test]
    fn values_outside_are_drawn_at_the_edge() {
        let axis = Axis::new("x", 0.0, 10.0, 5);
        assert_eq!((axis.place(-1.0), axis.place(5.0), axis.place(11.0)), (0.0, 0.5, 1.0));
    }
}
