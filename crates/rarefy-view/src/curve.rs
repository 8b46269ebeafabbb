//! Curves of accuracy over several seeds, as lines of a chart.

use crate::chart::{Axis, Line, Marker, Point};
use crate::spread::Spread;
use crate::wording;
use rarefy::train::Merit;

/// A line of a figure: each x with the accuracies of all seeds.
pub type Curve = Vec<(f64, Spread)>;

/// The highest start of an accuracy axis: above it, seeds differ by only a few sequences.
const HIGHEST_START: f64 = 0.9;
/// If a quarter of the accuracies exceed this, they would form a line along the upper edge.
const HUGGING: f64 = 0.99;

/// A curve as a line of a chart; `text` describes the x of a point.
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

/// An axis with room for these curves of accuracy on the test sequences.
pub fn accuracy_axis<'a>(curves: impl Iterator<Item = &'a Curve>) -> Axis {
    let (mut means, mut ends) = (Vec::new(), Vec::new());
    for (_, spread) in curves.flatten() {
        means.push(spread.mean);
        ends.extend([spread.min, spread.max]);
    }
    axis_of(Merit::Accuracy, "test", means, &ends)
}

/// An axis with room for these accuracies on the test sequences.
pub fn accuracy_axis_of(accuracies: impl Iterator<Item = f64>) -> Axis {
    axis_of(Merit::Accuracy, "test", accuracies.collect(), &[])
}

/// An axis for values of this merit with room for the ends of their bands. `sequences` says which
/// sequences they refer to: `test`, `held-out` or nothing. If a quarter of the accuracies exceed
/// 0.99, the axis shows errors on a logarithmic scale.
pub fn axis_of(merit: Merit, sequences: &str, mut values: Vec<f64>, ends: &[f64]) -> Axis {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    let all = || values.iter().chain(ends).copied().filter(|end| end.is_finite());
    let name = format!("{sequences} {}", merit.noun());
    match (merit, values.get(values.len() * 3 / 4)) {
        (Merit::Accuracy, Some(&quartile)) if quartile > HUGGING => {
            Axis::error(format!("{sequences} error, % (log)").trim_start(), all())
        }
        (Merit::Accuracy, _) => {
            Axis::accuracy(name.trim_start(), all().fold(HIGHEST_START, f64::min))
        }
        _ => {
            let (least, most) = (all().reduce(f64::min), all().reduce(f64::max));
            Axis::merit(merit, name.trim_start(), least.unwrap_or(0.0), most.unwrap_or(1.0))
        }
    }
}

/// A sentence on how to read an axis of errors; empty for an axis of accuracies.
pub fn axis_note(axis: &Axis) -> &'static str {
    match (axis.is_error(), axis.ticks.first() == Some(&axis.min)) {
        (true, true) => {
            " The error, 1 minus accuracy, is on a log scale: lower is better. Zero error is drawn \
                at the foot, at half the smallest error above zero."
        }
        (true, false) => " The error, 1 minus accuracy, is on a log scale: lower is better.",
        (false, _) => "",
    }
}
