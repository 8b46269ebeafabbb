//! The sweep as a figure.

use rarefy::prune::Scope;

use super::sweep::{Point, Sweep};
use crate::chart::{self, Axis, Chart, Line, Marker};

/// Accuracy by sparsity, a pair of lines for each scope: dashed after pruning, whole after
/// retraining. An SVG file.
pub fn figure(sweep: &Sweep, judged: &str, tolerance: f64) -> String {
    let mut scopes: Vec<Scope> = sweep.points.iter().map(|point| point.scope).collect();
    scopes.dedup();
    let level = sweep.points.first().map(|point| point.unpruned - tolerance);
    let values = sweep.points.iter().flat_map(|point| [point.pruned, point.retrained]);
    let least = values.chain(level).fold(1.0, f64::min);
    let mut lines = Vec::new();
    let mut legend = Vec::new();
    for dashed in [true, false] {
        for (at, &scope) in scopes.iter().enumerate() {
            let class = match scope {
                Scope::Both => "scope-both",
                Scope::Ih => "scope-ih",
                Scope::Hh => "scope-hh",
            };
            let marker = Marker::ALL[at];
            let of_scope = sweep.points.iter().filter(|point| point.scope == scope);
            let points = of_scope.map(|point| drawn(point, dashed)).collect();
            lines.push(Line { class: class.to_owned(), marker, dashed, joined: true, points });
            let when = if dashed { "pruned" } else { "pruned and retrained" };
            legend.push((class, marker, dashed, format!("{}, {when}", wording(scope))));
        }
    }
    legend.sort_by_key(|entry| entry.2);
    let chart = Chart {
        label: format!("Accuracy on {judged} by the share of recurrent weights that are pruned"),
        width: 640.0,
        height: 320.0,
        x: Axis::new("percent of all recurrent weights pruned", 0.0, 100.0, 5),
        y: Axis::accuracy(&format!("accuracy on {judged}"), least),
        level,
        lines,
    };
    chart.file("How sparse it can be: dotted, what still counts as as good", &legend)
}

fn drawn(point: &Point, dashed: bool) -> chart::Point {
    let (y, when) = if dashed { (point.pruned, "pruned") } else { (point.retrained, "retrained") };
    let spread = point.retrained_sd.filter(|_| !dashed).unwrap_or(0.0);
    chart::Point {
        x: 100.0 * point.sparsity,
        y,
        low: y - spread,
        high: (y + spread).min(1.0),
        text: format!(
            "{}, {} % pruned, {when}: {y:.4}\n{} weights left",
            wording(point.scope),
            point.percent,
            point.weights
        ),
    }
}

fn wording(scope: Scope) -> &'static str {
    match scope {
        Scope::Both => "both kinds of weights",
        Scope::Ih => "input-to-hidden weights",
        Scope::Hh => "hidden-to-hidden weights",
    }
}
