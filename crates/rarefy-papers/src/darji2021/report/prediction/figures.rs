//! The figures: predicted against measured accuracy, and which properties forests split by.

use rarefy::analysis::regression::Regression;
use rarefy::analysis::{CHOSEN, Compared, Given};
use rarefy_view::chart::{Axis, Bar, Bars, Chart, LONG_NAMES, Line, Marker, Point, cell_class};
use rarefy_view::figure::{Figure, Group, LOW, NARROW, Panel};
use rarefy_view::wording;

use crate::darji2021::prediction::CellPrediction;
use crate::darji2021::report::prediction::shown::{Shown, estimate};
use crate::darji2021::report::thesis;

/// Measured accuracy against predicted.
pub fn measured(shown: &Shown, number: usize) -> Figure {
    let all = || {
        let of = |cell| chosen(cell).map(|row| pairs(cell, row).collect::<Vec<_>>());
        shown.cells.iter().filter_map(of).flatten().flat_map(|(x, y)| [x, y])
    };
    let low = all().fold(f64::INFINITY, f64::min);
    let high = all().fold(f64::NEG_INFINITY, f64::max);
    let slack = 0.03 * (high - low);
    let range = (low - slack, high + slack);
    let panel = |cell: &CellPrediction| {
        let row = chosen(cell)?;
        let title = format!("{}: mean R² {}", wording::cell(cell.cell), estimate(&row.r2));
        let chart = scatter(cell, row, &title, range);
        Some(Panel::new(wording::cell(cell.cell), title, chart))
    };
    Figure {
        number,
        name: "prediction",
        appendix: false,
        title: "Predicted and measured accuracy".to_owned(),
        caption:
            "Each point is one graph, predicted by a regressor that was chosen and fitted without it (mean \
            of three repeats). On the dashed line, prediction is perfect. All panels have the same axes."
                .to_owned(),
        legend: Vec::new(),
        groups: vec![group(shown.cells.iter().filter_map(panel).collect())],
        data: Vec::new(),
        csv: Some(measured_csv(shown)),
    }
}

/// One row per graph and cell.
fn measured_csv(shown: &Shown) -> String {
    let mut text = "cell,predicted,measured\n".to_owned();
    for cell in shown.cells {
        let row = chosen(cell);
        for &(at, predicted) in row.iter().flat_map(|row| &row.predicted) {
            text += &format!("{},{predicted},{}\n", cell.cell, cell.measured[at]);
        }
    }
    text
}

fn group(panels: Vec<Panel>) -> Group {
    Group { title: String::new(), columns: 4, panels, folded: false }
}

/// The predictions of the best regressor.
fn chosen(cell: &CellPrediction) -> Option<&Compared> {
    Compared::among(&cell.folds, CHOSEN, Given::All)
}

/// Predicted and measured accuracy of each graph.
fn pairs<'c>(cell: &'c CellPrediction, row: &'c Compared) -> impl Iterator<Item = (f64, f64)> + 'c {
    row.predicted.iter().map(|&(at, predicted)| (predicted, cell.measured[at]))
}

fn scatter(cell: &CellPrediction, row: &Compared, title: &str, (low, high): (f64, f64)) -> Chart {
    let point = |x: f64, y: f64, text: String| Point { x, y, low: y, high: y, text };
    let mut points: Vec<Point> = pairs(cell, row)
        .map(|(predicted, measured)| {
            let [p, m] = [predicted, measured].map(wording::accuracy);
            point(predicted, measured, format!("predicted {p}, measured {m}"))
        })
        .collect();
    points.sort_by(|a, b| a.x.total_cmp(&b.x));
    let perfect = [low, high].map(|value| point(value, value, "perfect".to_owned()));
    Chart {
        label: format!("Measured accuracy against predicted, {} graphs. {title}", points.len()),
        width: NARROW,
        height: LOW,
        x: Axis::new("predicted", low, high, 4),
        y: Axis::new("measured", low, high, 4),
        level: None,
        lines: vec![
            Line {
                class: "neutral".to_owned(),
                marker: Marker::Circle,
                dashed: true,
                joined: true,
                points: perfect.into(),
            },
            Line {
                class: cell_class(cell.cell).to_owned(),
                marker: Marker::Circle,
                dashed: false,
                joined: false,
                points,
            },
        ],
    }
}

/// Which properties the forests split by.
pub fn importances(shown: &Shown, number: usize) -> Figure {
    let forest = |cell: &CellPrediction| {
        Compared::among(&cell.folds, Regression::RandomForest.name(), Given::All)?
            .importances
            .clone()
    };
    let theirs = |cell: &CellPrediction, name: &str| {
        shown.beside_thesis.then(|| thesis::importance(cell.cell, name)).flatten()
    };
    let ours = shown.cells.iter().filter_map(forest).flatten();
    let published = shown
        .cells
        .iter()
        .flat_map(|cell| cell.properties.iter().filter_map(move |name| theirs(cell, name)));
    let longest = ours.chain(published).fold(1e-9, f64::max);
    let panel = |cell: &CellPrediction| {
        let importances = forest(cell)?;
        let bar = |(name, value): (&String, f64)| {
            let mark = theirs(cell, name);
            let beside = mark.map_or(String::new(), |mark| format!(", thesis {mark:.3}"));
            let (shown, text) = (format!("{value:.3}"), format!("{name}: {value:.3}{beside}"));
            Bar { name: name.clone(), value, shown, mark, text }
        };
        let bars = Bars {
            label: format!("Importance of each property, {}", wording::cell(cell.cell)),
            width: NARROW,
            names: LONG_NAMES,
            class: cell_class(cell.cell).to_owned(),
            bars: cell.properties.iter().zip(importances).map(bar).collect(),
        };
        let name = wording::cell(cell.cell);
        Some(Panel::new(name, name.to_owned(), bars.to(longest)))
    };
    let mut csv = "cell,property,importance,thesis\n".to_owned();
    for cell in shown.cells {
        for (name, value) in cell.properties.iter().zip(forest(cell).into_iter().flatten()) {
            let theirs = theirs(cell, name).map_or(String::new(), |theirs| theirs.to_string());
            csv += &format!("{},{name},{value},{theirs}\n", cell.cell);
        }
    }
    let mark = match shown.beside_thesis {
        true => " The thin line marks the thesis’s value.",
        false => "",
    };
    Figure {
        number,
        name: "importances",
        appendix: true,
        title: "What random forests split by".to_owned(),
        caption: format!(
            "Importance of a property in a random forest fitted to all graphs: its splits’ share of the \
                reduction in squared error. Correlated properties split their importance \
                arbitrarily.{mark}"
        ),
        legend: Vec::new(),
        groups: vec![group(shown.cells.iter().filter_map(panel).collect())],
        data: Vec::new(),
        csv: Some(csv),
    }
}
