//! An axis: its range and where its ticks are.

/// A linear axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it measures.
    pub name: String,
    /// Where it starts.
    pub min: f64,
    /// Where it ends; larger than `min`.
    pub max: f64,
    /// Values that are marked, ascending, all within the range.
    pub ticks: Vec<f64>,
}

impl Axis {
    /// An axis from `min` to `max` with about `ticks` round tick values. A range
    /// without extent is widened by one.
    pub fn new(name: &str, min: f64, max: f64, ticks: usize) -> Self {
        let max = if max > min { max } else { min + 1.0 };
        let step = round_step((max - min) / ticks.max(1) as f64);
        // The slack keeps an end that is a multiple of the step but for rounding.
        let first = (min / step - 1e-9).ceil() as i64;
        let last = (max / step + 1e-9).floor() as i64;
        let ticks = (first..=last).map(|multiple| multiple as f64 * step).collect();
        Self { name: name.to_owned(), min, max, ticks }
    }

    /// An axis for accuracies that ends at 1 and starts at the round value below `min`.
    pub fn accuracy(name: &str, min: f64) -> Self {
        let step = round_step((1.0 - min.clamp(0.0, 0.98)) / 4.0);
        Self::new(name, ((min / step + 1e-9).floor() * step).clamp(0.0, 1.0 - step), 1.0, 5)
    }

    /// An axis of whole numbers, such as epochs: no tick between them, none at 0 when
    /// it starts at 1, and always one at its start.
    pub fn whole(name: &str, min: u32, max: u32, ticks: usize) -> Self {
        let mut axis = Self::new(name, f64::from(min), f64::from(max), ticks);
        axis.ticks.retain(|tick| tick.fract() == 0.0);
        if axis.ticks.first() != Some(&axis.min) {
            axis.ticks.insert(0, axis.min);
        }
        axis
    }

    /// Where a value lies, 0 at the start and 1 at the end; outside values are clamped.
    pub fn place(&self, value: f64) -> f64 {
        ((value - self.min) / (self.max - self.min)).clamp(0.0, 1.0)
    }

    /// A tick's text: as many decimals as the distance of the ticks needs.
    pub fn tick_label(&self, tick: f64) -> String {
        let step = match self.ticks[..] {
            [first, second, ..] => second - first,
            _ => 1.0,
        };
        let decimals = (-(step + 1e-9).log10().floor()).max(0.0) as usize;
        format!("{tick:.decimals$}")
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that is at least `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0];
    let factor = factors.into_iter().find(|factor| factor * power >= step * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
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
    fn values_outside_are_drawn_at_the_edge() {
        let axis = Axis::new("x", 0.0, 10.0, 5);
        assert_eq!((axis.place(-1.0), axis.place(5.0), axis.place(11.0)), (0.0, 0.5, 1.0));
    }
}
