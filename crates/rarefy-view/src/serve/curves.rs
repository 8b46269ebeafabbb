//! Curves of trials, done or under way.

use rarefy::cell::Cell;
use rarefy::study::{EpochResult, Known};
use rarefy::train::{Judge, Score};

use crate::chart::{
    Axis, Chart, Line, Marker, Point, cell_class, cell_marker, level_swatch, swatch,
};
use crate::wording;

/// So many lines still differ by colour and marker; more show their cells only.
const TOLD_APART: usize = 8;
/// Points of all lines of a drawing together. Each is an element of the page.
const MOST_POINTS: usize = 2000;
/// Accuracies are not shown finer than this far below 1.
const HIGHEST_START: f64 = 0.9;

/// A drawing with its legend.
pub struct Figure {
    pub title: String,
    pub svg: String,
    /// A drawing of the line, and its name.
    pub legend: Vec<(String, String)>,
}

/// No more epochs than a drawing shows, so that the curves of a page of long trials fit into
/// memory.
pub fn thinned(epochs: Vec<EpochResult>) -> Vec<EpochResult> {
    let step = epochs.len().div_ceil(MOST_POINTS).max(1);
    epochs.into_iter().step_by(step).collect()
}

/// Accuracies of several trials by epoch, each with what it is called.
pub fn together(trials: &[(&Known, String, Vec<EpochResult>)]) -> Option<Figure> {
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
    let judged = match trials.iter().all(|(known, _, _)| known.trial.judge() == Judge::Test) {
        true => "test",
        false => "held-out",
    };
    let title = format!("Accuracy on the {judged} strings by epoch");
    let svg = drawn(&title, 640.0, 300.0, accuracies(&lines, None), None, lines);
    Some(Figure { title, svg, legend })
}

/// Accuracies, and losses, of one trial by epoch.
pub fn alone(known: &Known, epochs: &[EpochResult], unpruned: Option<f64>) -> Vec<Figure> {
    if epochs.is_empty() {
        return Vec::new();
    }
    type Of = fn(&EpochResult) -> Option<&Score>;
    let kinds: [(&str, &str, Marker, Of); 3] = [
        ("training", "neutral", Marker::Square, |result| result.train.as_ref()),
        ("held-out", "scope-both", Marker::Circle, |result| result.validation.as_ref()),
        ("test", "scope-ih", Marker::Triangle, |result| Some(&result.test)),
    ];
    let lines = |value: fn(&Score) -> f64| {
        let line = |(name, class, marker, of): &(&str, &str, Marker, Of)| {
            let points = epochs.iter().filter_map(|result| {
                Some(point(result.epoch, value(of(result)?), &format!("{name} strings")))
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
        .map(|(name, class, marker, _)| (swatch(class, *marker, false), format!("{name} strings")))
        .collect();
    let level =
        unpruned.zip(known.trial.pruning()).map(|(unpruned, pruning)| unpruned - pruning.tolerance);
    let accuracy = lines(Score::merit);
    let losses = lines(|score| score.loss_mean);
    let highest = losses.iter().flat_map(|line| &line.points).map(|point| point.y);
    let highest = highest.filter(|loss| loss.is_finite()).fold(0.0, f64::max);
    let mut accuracy_legend = legend.clone();
    accuracy_legend.extend(level.map(|_| (level_swatch(), "recovered from here on".to_owned())));
    let (accuracy_title, loss_title) =
        ("Accuracy by epoch", "Mean cross-entropy by epoch, in nats");
    let y = accuracies(&accuracy, level);
    vec![
        Figure {
            title: accuracy_title.to_owned(),
            svg: drawn(accuracy_title, 440.0, 280.0, y, level, accuracy),
            legend: accuracy_legend,
        },
        Figure {
            title: loss_title.to_owned(),
            svg: drawn(loss_title, 440.0, 280.0, Axis::new("loss", 0.0, highest, 5), None, losses),
            legend,
        },
    ]
}

fn accuracies(lines: &[Line], level: Option<f64>) -> Axis {
    let all = lines.iter().flat_map(|line| &line.points).map(|point| point.y).chain(level);
    let least = all.filter(|accuracy| accuracy.is_finite()).fold(HIGHEST_START, f64::min);
    Axis::accuracy("accuracy", least)
}

fn drawn(
    title: &str,
    width: f64,
    height: f64,
    y: Axis,
    level: Option<f64>,
    lines: Vec<Line>,
) -> String {
    let epochs = || lines.iter().flat_map(|line| &line.points).map(|point| point.x as u32);
    let (first, last) = (epochs().min().unwrap_or(0), epochs().max().unwrap_or(1));
    let x = Axis::whole("epoch", first, last, 6);
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
