//! Curves of accuracy over several seeds, as lines of a chart.

use crate::chart::{Axis, Line, Marker, Point};
use crate::spread::Spread;
use crate::wording;

/// A figure's line: x, and the accuracies of all seeds there.
pub type Curve = Vec<(f64, Spread)>;

/// No accuracy axis starts above this: above it, seeds differ by a handful of strings.
const HIGHEST_START: f64 = 0.9;

/// A curve as a line of a chart; `text` says what a point is of.
pub fn line(
    class: &str,
    marker: Marker,
    dashed: bool,
    curve: &Curve,
    text: &dyn Fn(f64) -> String,
) -> Line {
    let point = |&(x, spread): &(f64, Spread)| {
        let seeds = match spread.count {
            1 => String::new(),
            count => format!(", mean of {count} seeds"),
        };
        let text = format!("{}: {}{seeds}", text(x), wording::spread(spread));
        Point { x, y: spread.mean, low: spread.min, high: spread.max, text }
    };
    let points = curve.iter().map(point).collect();
    Line { class: class.to_owned(), marker, dashed, joined: true, points }
}

/// An axis that has room for all these curves.
pub fn accuracy_axis<'a>(curves: impl Iterator<Item = &'a Curve>) -> Axis {
    accuracy_axis_of(curves.flatten().map(|(_, spread)| spread.min))
}

/// An axis that has room for all these accuracies.
pub fn accuracy_axis_of(accuracies: impl Iterator<Item = f64>) -> Axis {
    Axis::accuracy("test accuracy", accuracies.fold(HIGHEST_START, f64::min))
}
