//! Curves of trials that are done or running.

use std::collections::BTreeMap;

use rarefy::cell::Cell;
use rarefy::study::{EpochResult, Known};
use rarefy::train::{Judge, Merit, Score};

use crate::chart::{
    Axis, Chart, Line, Marker, Point, cell_class, cell_marker, level_swatch, scope_class,
    scope_marker, swatch,
};
use crate::curve::axis_of;
use crate::spread::Spread;
use crate::wording;

/// Most trials whose curves are read for the curve of means.
pub const MOST_READ: usize = 100;
/// Up to this many lines differ by colour and marker; more differ only by cell.
const TOLD_APART: usize = 8;
/// Most points in all lines of a drawing together; each is an element of the page.
const MOST_POINTS: usize = 2000;

/// A drawing with its legend.
pub struct Figure {
    pub title: String,
    pub svg: String,
    /// Swatch and name of each line.
    pub legend: Vec<(String, String)>,
}

/// Drops epochs that a drawing would not show, so that the curves of long trials fit into memory.
pub fn thinned(epochs: Vec<EpochResult>) -> Vec<EpochResult> {
    let step = epochs.len().div_ceil(MOST_POINTS).max(1);
    epochs.into_iter().step_by(step).collect()
}

/// A line of means: its name, its look, and the values at each x.
struct Means {
    name: &'static str,
    class: &'static str,
    marker: Marker,
    values: BTreeMap<u64, (f64, Vec<f64>)>,
}

impl Means {
    fn add(&mut self, x: f64, value: f64) {
        self.values.entry(x.to_bits()).or_insert_with(|| (x, Vec::new())).1.push(value);
    }

    /// The line of means, with a band from the smallest to the largest value.
    fn line(&self, what: &dyn Fn(f64) -> String) -> Line {
        let mut points: Vec<Point> = Vec::new();
        for (x, values) in self.values.values() {
            let Some(spread) = Spread::of(values.iter().copied()) else { continue };
            let Spread { count, mean, min, max } = spread;
            let [shown, low, high] = [mean, min, max].map(wording::accuracy);
            let text = match count {
                1 => format!("{}, {}: {shown}", self.name, what(*x)),
                _ => format!(
                    "{}, {}: mean {shown} of {count} trials, {low} to {high}",
                    self.name,
                    what(*x)
                ),
            };
            points.push(Point { x: *x, y: mean, low: min, high: max, text });
        }
        let class = self.class.to_owned();
        Line { class, marker: self.marker, dashed: false, joined: true, points }
    }

    fn swatch(&self) -> (String, String) {
        (swatch(self.class, self.marker, false), self.name.to_owned())
    }
}

/// The line with this name, added if there is none yet.
fn of<'m>(
    all: &'m mut Vec<Means>,
    (name, class, marker): (&'static str, &'static str, Marker),
) -> &'m mut Means {
    let at = all.iter().position(|means| means.name == name).unwrap_or_else(|| {
        all.push(Means { name, class, marker, values: BTreeMap::new() });
        all.len() - 1
    });
    &mut all[at]
}

fn by_cell(cell: Cell) -> (&'static str, &'static str, Marker) {
    (wording::cell(cell), cell_class(cell), cell_marker(cell))
}

/// Training curves: mean merit by epoch for each cell, of networks that are sparse in training or
/// of those that are not.
pub fn training(
    merit: Merit,
    trials: &[(&Known, Vec<EpochResult>)],
    sparse: bool,
) -> Option<Figure> {
    let mut all = Vec::new();
    let shown = || trials.iter().filter(|(known, _)| known.trial.method().is_some() == sparse);
    for (known, epochs) in shown() {
        let judge = known.trial.judge();
        for result in epochs {
            let value = result.judged(judge).merit();
            of(&mut all, by_cell(known.trial.cell)).add(f64::from(result.epoch), value);
        }
    }
    let judged = judged(shown().map(|(known, _)| *known));
    let title = if sparse { "Sparse training, by epoch" } else { "Training, by epoch" };
    means((merit, title), judged, all, &|epoch| format!("epoch {epoch}"), None)
}

/// Merit after pruning and retraining by percentage, as means over trials. There is a line per
/// cell, or per scope if all trials have the same cell.
pub fn retraining(merit: Merit, trials: &[&Known]) -> Option<Figure> {
    let mut cells = trials.iter().map(|known| known.trial.cell);
    let first = cells.next()?;
    let several = cells.any(|cell| cell != first);
    let mut all = Vec::new();
    let mut percents = Vec::new();
    for known in trials {
        let (Some(pruning), Some(merit)) = (known.trial.pruning(), known.merit) else {
            continue;
        };
        let scope = pruning.scope;
        let line = match several {
            true => by_cell(known.trial.cell),
            false => (wording::scope(scope), scope_class(scope), scope_marker(scope)),
        };
        percents.push(pruning.percent);
        of(&mut all, line).add(pruning.percent, merit);
    }
    let low = percents.iter().copied().fold(f64::INFINITY, f64::min);
    let high = percents.iter().copied().fold(0.0, f64::max);
    // The axis is wider than its points, so that a single percentage is still readable from it.
    let room = (0.02 * (high - low)).max(2.0);
    let x = Axis::new("percent of the weights pruned", low - room, high + room, 5);
    let judged = judged(trials.iter().copied());
    means((merit, "After pruning and retraining"), judged, all, &wording::percent, Some(x))
}

fn means(
    (merit, title): (Merit, &str),
    judged: &str,
    mut all: Vec<Means>,
    what: &dyn Fn(f64) -> String,
    x: Option<Axis>,
) -> Option<Figure> {
    // The order must not depend on which trials are running.
    all.sort_by_key(|means| means.name);
    let lines: Vec<Line> = all.iter().map(|means| means.line(what)).collect();
    let lines: Vec<Line> = lines.into_iter().filter(|line| !line.points.is_empty()).collect();
    (!lines.is_empty()).then(|| Figure {
        title: format!("{title} ({judged} sequences)"),
        svg: drawn(title, 440.0, 280.0, axis(merit, judged, &lines, None), x, None, lines),
        legend: all.iter().map(Means::swatch).collect(),
    })
}

/// Names the sequences that all of these trials are judged on.
fn judged<'k>(mut trials: impl Iterator<Item = &'k Known>) -> &'static str {
    match trials.all(|known| known.trial.judge() == Judge::Test) {
        true => wording::judged_on(Judge::Test),
        false => wording::judged_on(Judge::Validation),
    }
}

/// Merit by epoch of several trials, each with its label.
pub fn together(merit: Merit, trials: &[(&Known, String, Vec<EpochResult>)]) -> Option<Figure> {
    let points: usize = trials.iter().map(|(_, _, epochs)| epochs.len()).sum();
    if points == 0 {
        return None;
    }
    let step = points.div_ceil(MOST_POINTS);
    let few = trials.len() <= TOLD_APART;
    let mut legend = Vec::new();
    let mut lines = Vec::new();
    for (at, (known, label, epochs)) in trials.iter().enumerate() {
        let (class, marker) = match few {
            true => (format!("step-{}", at % 4), Marker::ALL[(at + at / 4) % 4]),
            false => (cell_class(known.trial.cell).to_owned(), cell_marker(known.trial.cell)),
        };
        if few {
            legend.push((swatch(&class, marker, false), label.clone()));
        }
        let judge = known.trial.judge();
        let last = epochs.len().saturating_sub(1);
        let shown =
            epochs.iter().enumerate().filter(|(place, _)| place % step == 0 || *place == last);
        let points =
            shown.map(|(_, result)| point(result.epoch, result.judged(judge).merit(), label));
        lines.push(Line { class, marker, dashed: false, joined: true, points: points.collect() });
    }
    if !few {
        let cells = Cell::ALL.into_iter();
        let cells =
            cells.filter(|cell| trials.iter().any(|(known, _, _)| known.trial.cell == *cell));
        let entry = |cell| {
            (swatch(cell_class(cell), cell_marker(cell), false), wording::cell(cell).to_owned())
        };
        legend = cells.map(entry).collect();
    }
    let judged = judged(trials.iter().map(|(known, _, _)| *known));
    let title =
        format!("{} on the {judged} sequences by epoch", wording::capitalised(merit.noun()));
    let y = axis(merit, judged, &lines, None);
    let svg = drawn(&title, 640.0, 300.0, y, None, None, lines);
    Some(Figure { title, svg, legend })
}

/// Merit and loss of one trial by epoch.
pub fn alone(known: &Known, epochs: &[EpochResult], unpruned: Option<f64>) -> Vec<Figure> {
    let Some(merit) = epochs.first().map(|first| first.test.merit_is()) else {
        return Vec::new();
    };
    type Of = fn(&EpochResult) -> Option<&Score>;
    let kinds: [(&str, &str, Marker, Of); 3] = [
        ("training", "neutral", Marker::Square, |result| result.train.as_ref()),
        ("held-out", "scope-both", Marker::Circle, |result| result.validation.as_ref()),
        ("test", "scope-ih", Marker::Triangle, |result| Some(&result.test)),
    ];
    let lines = |value: fn(&Score) -> f64| {
        let line = |(name, class, marker, of): &(&str, &str, Marker, Of)| {
            let points = epochs.iter().filter_map(|result| {
                Some(point(result.epoch, value(of(result)?), &format!("{name} sequences")))
            });
            let points: Vec<Point> = points.collect();
            let line = Line {
                class: (*class).to_owned(),
                marker: *marker,
                dashed: false,
                joined: true,
                points,
            };
            (!line.points.is_empty()).then_some(line)
        };
        kinds.iter().filter_map(line).collect::<Vec<Line>>()
    };
    let there = |of: &Of| epochs.iter().any(|result| of(result).is_some());
    let legend: Vec<(String, String)> = kinds
        .iter()
        .filter(|(_, _, _, of)| there(of))
        .map(|(name, class, marker, _)| {
            (swatch(class, *marker, false), format!("{name} sequences"))
        })
        .collect();
    let level =
        unpruned.zip(known.trial.pruning()).map(|(unpruned, pruning)| unpruned - pruning.tolerance);
    let merits = lines(Score::merit);
    let losses = lines(|score| score.loss_mean);
    let highest = losses.iter().flat_map(|line| &line.points).map(|point| point.y);
    let highest = highest.filter(|loss| loss.is_finite()).fold(0.0, f64::max);
    let mut merit_legend = legend.clone();
    merit_legend.extend(level.map(|_| (level_swatch(), "recovered from here on".to_owned())));
    let title = format!("{} by epoch", wording::capitalised(merit.noun()));
    let loss_title = match merit {
        Merit::R2 => "Mean squared error by epoch",
        Merit::Accuracy | Merit::Likelihood => "Mean cross-entropy by epoch, in nats",
    };
    let loss = Axis::new("loss", 0.0, highest, 5);
    let y = axis(merit, "", &merits, level);
    vec![
        Figure {
            svg: drawn(&title, 440.0, 280.0, y, None, level, merits),
            title,
            legend: merit_legend,
        },
        Figure {
            title: loss_title.to_owned(),
            svg: drawn(loss_title, 440.0, 280.0, loss, None, None, losses),
            legend,
        },
    ]
}

fn axis(merit: Merit, judged: &str, lines: &[Line], level: Option<f64>) -> Axis {
    let points = || lines.iter().flat_map(|line| &line.points);
    let ends: Vec<f64> = points().flat_map(|point| [point.low, point.high]).chain(level).collect();
    axis_of(merit, judged, points().map(|point| point.y).collect(), &ends)
}

pub(super) fn drawn(
    title: &str,
    width: f64,
    height: f64,
    y: Axis,
    x: Option<Axis>,
    level: Option<f64>,
    lines: Vec<Line>,
) -> String {
    let epochs = || lines.iter().flat_map(|line| &line.points).map(|point| point.x as u32);
    let (first, last) = (epochs().min().unwrap_or(0), epochs().max().unwrap_or(1));
    let x = x.unwrap_or_else(|| Axis::whole("epoch", first, last, 6));
    let label = match lines.len() {
        1 => format!("{title}: one line"),
        count => format!("{title}: {count} lines"),
    };
    Chart { label, width, height, x, y, level, lines }.svg()
}

fn point(epoch: u32, value: f64, of: &str) -> Point {
    let text = format!("{of}, epoch {epoch}: {value:.4}");
    Point { x: f64::from(epoch), y: value, low: value, high: value, text }
}
