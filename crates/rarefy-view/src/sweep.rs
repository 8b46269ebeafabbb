//! How sparse a model can be, as a figure.

use rarefy::limits::{Point, Sweep};
use rarefy::prune::Scope;

use crate::chart::{self, Axis, Chart, File, Line, scope_class, scope_marker, swatch};
use crate::wording;

const WIDTH: f64 = 640.0;
const MARGIN: f64 = 12.0;
/// Height of a line of text.
const LINE: f64 = 20.0;

/// Accuracy by the share of weights that are gone, a pair of lines for each scope: dashed
/// after pruning, whole after retraining; both begin with the control. An SVG file.
pub fn figure(sweep: &Sweep, judged: &str, tolerance: f64) -> String {
    let mut scopes: Vec<Scope> = sweep.points.iter().map(|point| point.scope).collect();
    scopes.dedup();
    let level = sweep.reference - tolerance;
    let values = sweep.points.iter().flat_map(|point| [Some(point.pruned), point.retrained]);
    let least = values.flatten().fold(level, f64::min);
    let mut lines = Vec::new();
    let mut legend = Vec::new();
    for dashed in [true, false] {
        for &scope in &scopes {
            let (class, marker) = (scope_class(scope), scope_marker(scope));
            let of_scope = sweep.points.iter().filter(|point| point.scope == scope);
            let points = [&sweep.control].into_iter().chain(of_scope);
            let points = points.map(|point| drawn(point, dashed)).collect();
            lines.push(Line { class: class.to_owned(), marker, dashed, joined: true, points });
            let when = if dashed { "pruned" } else { "pruned and retrained" };
            legend.push((
                dashed,
                swatch(class, marker, dashed),
                format!("{}, {when}", wording::weights(scope)),
            ));
        }
    }
    legend.sort_by_key(|entry| entry.0);
    let chart = Chart {
        label: format!("Accuracy on {judged} by the share of recurrent weights that are pruned"),
        width: WIDTH,
        height: 320.0,
        x: Axis::new("percent of the recurrent weights pruned", 0.0, 100.0, 5),
        y: Axis::accuracy(&format!("accuracy on {judged}"), least),
        level: Some(level),
        lines,
    };
    let mut file = File::new(WIDTH + 2.0 * MARGIN);
    let mut y = MARGIN + LINE;
    file.text(
        "file-title",
        MARGIN,
        y - 6.0,
        "How sparse it can be (dotted: as good after retraining)",
    );
    y += file.element(&chart.svg(), MARGIN, y, WIDTH);
    for (_, swatch, name) in &legend {
        let (width, _) = chart::size(swatch);
        y += LINE;
        file.element(swatch, MARGIN, y - 15.0, width);
        file.text("file-name", MARGIN + width + 6.0, y - 5.0, name);
    }
    file.finish(y + MARGIN, &chart.label)
}

fn drawn(point: &Point, dashed: bool) -> chart::Point {
    let (y, when) = match dashed {
        true => (point.pruned, "pruned"),
        false => (point.retrained.unwrap_or(f64::NAN), "retrained"),
    };
    let spread = point.retrained_sd.filter(|_| !dashed).unwrap_or(0.0);
    let what = match point.percent {
        0.0 => "nothing pruned".to_owned(),
        percent => format!("{}, {percent} % pruned", wording::weights(point.scope)),
    };
    chart::Point {
        x: 100.0 * point.share,
        y,
        low: y - spread,
        high: (y + spread).min(1.0),
        text: format!("{what}, {when}: {y:.4}\n{} weights left", point.weights),
    }
}
