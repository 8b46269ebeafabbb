//! Curves of accuracy over several seeds, as lines of a chart.

use crate::chart::{Axis, Line, Marker, Point};
use crate::spread::Spread;
use crate::wording;

/// A figure's line: x, and the accuracies of all seeds there.
pub type Curve = Vec<(f64, Spread)>;

/// No axis of accuracies starts above this: above it, seeds differ by a handful of sequences.
const HIGHEST_START: f64 = 0.9;
/// Where a quarter of what is drawn is above this, it would be a line along the upper edge.
const HUGGING: f64 = 0.99;

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

/// An axis that has room for all these curves of accuracies on the test sequences.
pub fn accuracy_axis<'a>(curves: impl Iterator<Item = &'a Curve>) -> Axis {
    let (mut means, mut ends) = (Vec::new(), Vec::new());
    for (_, spread) in curves.flatten() {
        means.push(spread.mean);
        ends.extend([spread.min, spread.max]);
    }
    axis_of("test", means, &ends)
}

/// An axis that has room for all these accuracies on the test sequences.
pub fn accuracy_axis_of(accuracies: impl Iterator<Item = f64>) -> Axis {
    axis_of("test", accuracies.collect(), &[])
}

/// An axis for accuracies on the sequences that are called so, `test`, `held-out` or nothing, with
/// room for the ends of their bands. It shows errors, by factors, where a quarter of the accuracies
/// is above 0.99.
pub fn axis_of(sequences: &str, mut accuracies: Vec<f64>, ends: &[f64]) -> Axis {
    accuracies.retain(|accuracy| accuracy.is_finite());
    accuracies.sort_by(f64::total_cmp);
    let all = || accuracies.iter().chain(ends).copied().filter(|end| end.is_finite());
    // What is not a share of the sequences has no error in percent of them.
    let shares = all().all(|accuracy| (0.0..=1.0).contains(&accuracy));
    match accuracies.get(accuracies.len() * 3 / 4) {
        Some(&quartile) if quartile > HUGGING && shares => {
            Axis::error(format!("{sequences} error, % (log)").trim_start(), all())
        }
        _ => {
            let least = all().fold(HIGHEST_START, f64::min);
            Axis::accuracy(format!("{sequences} accuracy").trim_start(), least)
        }
    }
}

/// How to read an axis of errors, as a sentence to follow others; nothing of one of accuracies.
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
