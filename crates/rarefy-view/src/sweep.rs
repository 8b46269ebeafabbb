//! The result of `limits` as a figure: accuracy against bytes, for every kind of network.

use rarefy::limits::{Point, State, Sweep};
use rarefy::prune::Scope;

use crate::chart::{
    self, Axis, Chart, File, Line, Marker, NEUTRAL, scope_class, scope_marker, series_class, swatch,
};
use crate::wording;

const WIDTH: f64 = 640.0;
const MARGIN: f64 = 12.0;
/// Height of a line of text.
const LINE: f64 = 20.0;
/// Class of smaller dense networks, and of what is kept; both follow the classes of the scopes.
const DENSE: &str = series_class(2);
const KEPT: &str = series_class(4);

/// A line and its name.
struct Series {
    name: String,
    line: Line,
}

/// The merit by bytes of the exported C code, as an SVG file. It shows each scope after pruning
/// (dashed) and after retraining, random pruning, and smaller dense networks, and marks what is
/// kept.
pub fn figure(sweep: &Sweep, judged: &str, tolerance: f64) -> String {
    let level = sweep.reference - tolerance;
    let series = series(sweep);
    let points = || series.iter().flat_map(|series| &series.line.points);
    // Without retraining, networks may fall to chance. Such points are drawn at the foot, because
    // otherwise the others would be too close together.
    let compared = series.iter().filter(|series| !series.line.dashed);
    let compared = compared.flat_map(|series| &series.line.points).map(|point| point.y);
    let compared: Vec<f64> = compared.filter(|y| !y.is_nan()).chain([level]).collect();
    let least = compared.iter().copied().fold(f64::INFINITY, f64::min);
    let most = compared.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let merit = sweep.merit.noun();
    let sizes = || points().map(|point| point.x);
    let chart = Chart {
        label: format!("{} on {judged} by bytes of the network as C", wording::capitalised(merit)),
        width: WIDTH,
        height: 320.0,
        x: Axis::sizes(
            "bytes as C",
            sizes().fold(f64::INFINITY, f64::min),
            sizes().fold(0.0, f64::max),
        ),
        y: Axis::merit(sweep.merit, &format!("{merit} on {judged}"), least, most),
        level: Some(level),
        lines: series.iter().map(|series| series.line.clone()).collect(),
    };
    let mut file = File::new(WIDTH + 2.0 * MARGIN);
    let mut y = MARGIN + LINE;
    let title = format!(
        "{} against size (dotted: as good as the unpruned model)",
        wording::capitalised(merit)
    );
    file.text("file-title", MARGIN, y - 6.0, &title);
    y += file.element(&chart.svg(), MARGIN, y, WIDTH);
    for Series { name, line } in &series {
        let swatch = swatch(&line.class, line.marker, line.dashed);
        let (width, _) = chart::size(&swatch);
        y += LINE;
        file.element(&swatch, MARGIN, y - 15.0, width);
        file.text("file-name", MARGIN + width + 6.0, y - 5.0, name);
    }
    file.finish(y + MARGIN, &chart.label)
}

fn series(sweep: &Sweep) -> Vec<Series> {
    let mut scopes: Vec<Scope> = sweep.points.iter().map(|point| point.scope).collect();
    scopes.dedup();
    let mut all = Vec::new();
    for &scope in &scopes {
        let of = |points: &[Point], state: State| -> Vec<chart::Point> {
            let own = points.iter().filter(|point| point.scope == scope);
            own.filter_map(|point| drawn(point, state)).collect()
        };
        let weights = wording::weights(scope);
        let (class, marker) = (scope_class(scope), scope_marker(scope));
        let mut add = |name: String, class: &str, dashed: bool, points: Vec<chart::Point>| {
            if !points.is_empty() {
                let class = class.to_owned();
                all.push(Series {
                    name,
                    line: Line { class, marker, dashed, joined: true, points },
                });
            }
        };
        add(
            format!("{weights}: random, retrained"),
            NEUTRAL,
            false,
            of(&sweep.random, State::Retrained),
        );
        let by = format!("{weights}: pruned by {}", sweep.manner);
        add(by.clone(), class, true, of(&sweep.points, State::Pruned));
        let retrained = of(&sweep.points, State::Retrained);
        add(format!("{by}, retrained"), class, false, retrained);
    }
    let mut single = |name: &str, class: &str, points: Vec<chart::Point>| {
        if !points.is_empty() {
            let (class, marker, name) = (class.to_owned(), Marker::Square, name.to_owned());
            let line = Line { class, marker, dashed: false, joined: true, points };
            all.push(Series { name, line });
        }
    };
    let dense = sweep.dense.iter().filter_map(|point| {
        let state = if point.merit().1 { State::Retrained } else { State::Pruned };
        drawn(point, state)
    });
    single("smaller dense networks", DENSE, dense.collect());
    let unpruned = drawn(&sweep.control, State::Pruned);
    single("unpruned", NEUTRAL, unpruned.into_iter().collect());
    let kept = sweep.best().and_then(|(point, state)| drawn(point, state));
    single("kept", KEPT, kept.into_iter().collect());
    all
}

/// The point on the chart, or `None` if its size or merit is unknown.
fn drawn(point: &Point, state: State) -> Option<chart::Point> {
    let (y, when, spread) = match state {
        State::Pruned => (point.pruned?, "not retrained", 0.0),
        State::Retrained => (point.retrained?, "retrained", point.retrained_sd.unwrap_or(0.0)),
    };
    let bytes = point.bytes?;
    let what = match point.percent {
        0.0 => format!("{} units", point.layers),
        percent => format!("{}, {percent} % pruned", wording::weights(point.scope)),
    };
    Some(chart::Point {
        x: bytes as f64,
        y,
        low: y - spread,
        high: (y + spread).min(1.0),
        text: format!("{what}, {when}: {y:.4}\n{} bytes", wording::grouped(bytes)),
    })
}
