//! Pictures of graphs: on a circle, and as the layers of a network.
//!
//! The SVG is self-contained and readable on a light and on a dark background.

use std::f64::consts::TAU;
use std::fmt::Write;

use rarefy::graph::{Graph, Layering};

use crate::wording::counted;

/// Side of the square that holds the circle, and height of the layers.
const SIDE: f64 = 480.0;
const MARGIN: f64 = 40.0;
/// Distance between layers when there are few.
const LAYER_STEP: f64 = 72.0;
/// Width for all layers together when there are many.
const LAYERS: f64 = 2400.0;
/// The smallest width at which edges are distinguishable.
pub const LEAST: f64 = 300.0;
/// Longer names appear only in the tooltip.
const LONGEST_NAME: usize = 4;
/// With more nodes there is no room for names.
const MOST_NAMES: usize = 120;

/// How the parts of a drawing look.
pub const STYLE: &str = "\
.graph .edge{stroke:#8899a6;stroke-width:1;fill:none;opacity:.55}\
.graph .skip{stroke:#d08a3c;opacity:.6}\
.graph .node{fill:#3b7dd8;stroke:#fff;stroke-width:1}\
.graph .source{fill:#2f9e6e}\
.graph .dead{fill:#c94f4f}\
.graph .name{fill:#fff;font:600 9px system-ui,sans-serif;text-anchor:middle;dominant-baseline:central;pointer-events:none}\
.graph .caption{fill:#6b7884;font:12px system-ui,sans-serif}";

/// Draws the graph on a circle, and next to it its layers from left to right. Edges that skip
/// layers, sources and dead ends are marked. The result is a file of its own, with a line that
/// explains the marks.
pub fn draw(graph: &Graph, layering: &Layering) -> String {
    let (namespace, y) = ("<svg xmlns=\"http://www.w3.org/2000/svg\"", SIDE + 20.0);
    let (sources, dead_ends) = (layering.sources().count(), layering.dead_ends().count());
    let legend = format!(
        "{}; sources green ({sources}), dead ends red ({dead_ends}), skips orange",
        caption(graph, layering)
    );
    let text = format!("<text class=\"caption\" x=\"{MARGIN}\" y=\"{y:.0}\">{legend}</text>");
    let drawing = element(graph, layering, SIDE + MARGIN, true).replacen("<svg", namespace, 1);
    let style = format!("</title><style>{STYLE}</style>");
    let drawing = drawing.replacen("</title>", &style, 1);
    drawing.replacen("</svg>", &format!("{text}\n</svg>"), 1)
}

/// The same as an element of an HTML page, which has to include [`STYLE`] and explain the marks.
pub fn inline(graph: &Graph, layering: &Layering) -> String {
    element(graph, layering, SIDE, true)
}

/// The same for a figure, where nodes are too small for names; their tooltips have them.
pub fn unnamed(graph: &Graph, layering: &Layering) -> String {
    element(graph, layering, SIDE, false)
}

fn element(graph: &Graph, layering: &Layering, height: f64, named: bool) -> String {
    let layers = layering.layers();
    let layer_step = LAYER_STEP.min(LAYERS / layers.len() as f64);
    let width = SIDE + 2.0 * MARGIN + layer_step * layers.len() as f64 + MARGIN;
    let on_circle: Vec<(f64, f64)> = (0..graph.nodes())
        .map(|node| {
            let angle = TAU * (node as f64 / graph.nodes() as f64 - 0.25);
            let radius = SIDE / 2.0 - MARGIN;
            (SIDE / 2.0 + radius * angle.cos(), SIDE / 2.0 + radius * angle.sin())
        })
        .collect();
    let in_layers: Vec<(f64, f64)> = (0..graph.nodes())
        .map(|node| {
            let (layer, place) = layering.place(node);
            let share = (place as f64 + 1.0) / (layers[layer].len() as f64 + 1.0);
            (SIDE + MARGIN + layer_step * (layer as f64 + 0.5), SIDE * share)
        })
        .collect();
    let mut svg = format!(
        "<svg class=\"graph\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\"><title>{}</title>\n",
        caption(graph, layering)
    );
    let radius = (SIDE / graph.nodes() as f64).clamp(2.0, 11.0);
    for (from, to) in graph.edges() {
        let (a, b) = (on_circle[from], on_circle[to]);
        _ = writeln!(
            svg,
            "<line class=\"edge\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
            a.0, a.1, b.0, b.1
        );
    }
    for &(from, to) in layering.edges() {
        let (a, b) = (in_layers[from], in_layers[to]);
        let skips = layering.place(to).0 - layering.place(from).0 - 1;
        if skips == 0 {
            _ = writeln!(
                svg,
                "<line class=\"edge\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
                a.0, a.1, b.0, b.1
            );
            continue;
        }
        // Curves around the layers in between, further out the more there are.
        let side = if (from + to) % 2 == 0 { -1.0 } else { 1.0 };
        let (x, y) = ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0 + side * 18.0 * (skips as f64 + 1.0));
        _ = writeln!(
            svg,
            "<path class=\"edge skip\" d=\"M{:.1} {:.1}Q{x:.1} {:.1} {:.1} {:.1}\"/>",
            a.0,
            a.1,
            y.clamp(4.0, SIDE - 4.0),
            b.0,
            b.1
        );
    }
    let mut class = vec!["node"; graph.nodes()];
    layering.sources().for_each(|node| class[node] = "node source");
    layering.dead_ends().for_each(|node| class[node] = "node dead");
    for places in [&on_circle, &in_layers] {
        for (node, (x, y)) in places.iter().enumerate() {
            let (name, class) = (escaped(&graph.name(node)), class[node]);
            let layer = layering.place(node).0;
            _ = write!(
                svg,
                "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\">\
                 <title>node {name}, layer {layer}</title></circle>"
            );
            if named && graph.nodes() <= MOST_NAMES && name.len() <= LONGEST_NAME && radius > 6.0 {
                _ = write!(svg, "<text class=\"name\" x=\"{x:.1}\" y=\"{y:.1}\">{name}</text>");
            }
            svg.push('\n');
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// `28 nodes, 58 edges, 7 layers`
pub fn caption(graph: &Graph, layering: &Layering) -> String {
    let counts =
        [(graph.nodes(), "node"), (graph.edge_count(), "edge"), (layering.layers().len(), "layer")];
    counts.map(|(count, noun)| counted(count, noun)).join(", ")
}

/// Escapes text for XML; characters that XML does not allow are replaced.
fn escaped(text: &str) -> String {
    let holds = |c: char| !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    let text: String = text.chars().map(|c| if holds(c) { c } else { '\u{fffd}' }).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
