//! The figures: accuracy against each property, and the best and worst graphs.

use rarefy::cell::Cell;
use rarefy::graph::Family;
use rarefy::graph::Properties;
use rarefy_view::chart::{Axis, Chart, Line, Marker, Point, Scaled, point_swatch};
use rarefy_view::curve::{accuracy_axis_of, axis_note};
use rarefy_view::figure::{Figure, Group, LOW, Legend, NARROW, Panel};
use rarefy_view::{drawing, wording};

use crate::darji2021::report::structure::measured::place;
use crate::darji2021::report::structure::networks::{Sampled, Trained, near_chance};
use crate::darji2021::report::structure::summary::NAMED;
use crate::darji2021::report::structure::theirs::their_correlation;

/// Margin left and right of the points, as a share of their range.
const SLACK: f64 = 0.04;

/// The best and the worst graph of each cell.
pub fn extremes(sampled: &Sampled, number: usize) -> Figure {
    let group = |&cell: &Cell| {
        let [best, worst] = best_and_worst(sampled, cell)?;
        let panel = |which: &str, network: &Trained| {
            let (graph, layering) = sampled.graph(network)?;
            let (name, what) = (describe(network), drawing::caption(&graph, &layering));
            let title = format!("{which}: {name} · {what}");
            let svg = drawing::unnamed(&graph, &layering);
            Some(Panel::new(which, title, Scaled { svg, least: drawing::LEAST }))
        };
        Some(Group {
            title: wording::cell(cell).to_owned(),
            columns: 2,
            panels: vec![panel("Best", best)?, panel("Worst", worst)?],
            folded: false,
        })
    };
    let cells = &sampled.study().cells;
    let all = cells.iter().flat_map(|&cell| sampled.tiled(cell));
    let luck = match all.clone().any(near_chance) {
        true => " A network near 0.5 did not learn; another seed might.",
        false => "",
    };
    Figure {
        number,
        name: "graphs",
        appendix: true,
        title: "The best and the worst graph".to_owned(),
        caption: format!(
            "By accuracy on the test sequences, with tiled gate masks. Left: the graph. Right: its \
                layers, from the first, which reads the embedding, to the last, which feeds the readout. \
                Green: sources. Red: dead ends, which no edge leaves. Orange: edges that skip \
                layers.{luck}"
        ),
        legend: Vec::new(),
        groups: cells.iter().filter_map(group).collect(),
        data: Vec::new(),
        csv: Some(extremes_csv(sampled)),
    }
}

fn best_and_worst<'a>(sampled: &'a Sampled, cell: Cell) -> Option<[&'a Trained; 2]> {
    let networks = || sampled.tiled(cell).iter();
    let by_accuracy = |a: &&Trained, b: &&Trained| a.accuracy.total_cmp(&b.accuracy);
    Some([networks().max_by(by_accuracy)?, networks().min_by(by_accuracy)?])
}

/// One row per edge: its graph, and the layers that it joins.
fn extremes_csv(sampled: &Sampled) -> String {
    let mut text = "cell,which,family,graph,accuracy,from,to,from_layer,to_layer\n".to_owned();
    for &cell in &sampled.study().cells {
        let found = best_and_worst(sampled, cell).into_iter().flatten().zip(["best", "worst"]);
        for (network, which) in found {
            let Some((_, layering)) = sampled.graph(network) else { continue };
            let Trained { family, number, accuracy, .. } = network;
            for &(from, to) in layering.edges() {
                let [first, second] = [from, to].map(|node| layering.place(node).0);
                text += &format!(
                    "{cell},{which},{},{number},{accuracy},{from},{to},{first},{second}\n",
                    family
                );
            }
        }
    }
    text
}

/// One row per graph: its properties, and the accuracy of its network for each cell.
fn scatter_csv(sampled: &Sampled) -> String {
    let cells = &sampled.study().cells;
    let accuracies: Vec<String> = cells.iter().map(|cell| format!("accuracy_{cell}")).collect();
    let mut text =
        format!("family,graph,{},{}\n", accuracies.join(","), Properties::NAMES.join(","));
    let shown = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for &family in &sampled.sample.families {
        for number in 0..sampled.sample.graphs {
            let networks: Vec<Option<&Trained>> = cells
                .iter()
                .map(|&cell| {
                    let mut networks = sampled.tiled(cell).iter();
                    networks.find(|n| (n.family, n.number) == (family, number))
                })
                .collect();
            let Some(network) = networks.iter().flatten().next() else { continue };
            let accuracies = networks.iter().map(|n| shown(n.map(|n| n.accuracy)));
            let properties = sampled.properties(network).iter().map(|&value| shown(value));
            let values: Vec<String> = accuracies.chain(properties).collect();
            text += &format!("{},{number},{}\n", family, values.join(","));
        }
    }
    text
}

/// `Watts-Strogatz 23, 0.9998`
fn describe(network: &Trained) -> String {
    let Trained { family, number, accuracy, .. } = network;
    format!("{} {number}, {}", family.title(), wording::accuracy(*accuracy))
}

/// Accuracy against each property. The properties that the thesis names come first; the others are
/// folded.
pub fn scatter(sampled: &Sampled, number: usize) -> Figure {
    let named = NAMED.map(|(name, _)| place(name));
    let others = (0..Properties::NAMES.len()).filter(|at| !named.contains(at));
    let y = accuracy_axis(sampled);
    let open = named.into_iter().map(|at| (at, false));
    let all: Vec<(usize, bool)> = open.chain(others.map(|at| (at, true))).collect();
    let scale = axis_note(&y);
    let group = |(at, folded): (usize, bool)| {
        let cells = || sampled.study().cells.iter();
        let values = cells().flat_map(|&cell| sampled.points(cell, at)).map(|point| point.0);
        let x = value_axis(Properties::NAMES[at], values);
        let panels = cells().map(|&cell| panel(sampled, cell, at, x.clone(), y.clone())).collect();
        Group { title: Properties::NAMES[at].to_owned(), columns: 4, panels, folded }
    };
    let legend = |&family: &Family| Legend {
        swatch: point_swatch(class(family), marker(family)),
        name: family.title().to_owned(),
    };
    let seeds = sampled.mean_of_seeds();
    Figure {
        number,
        name: "properties",
        appendix: false,
        title: "Accuracy against each property of the graph".to_owned(),
        caption: format!(
            "Each point is a graph{seeds}, with tiled gate masks. Above each panel: Pearson’s r.{scale} \
                The values are in structure/records.csv."
        ),
        legend: sampled.sample.families.iter().map(legend).collect(),
        groups: all.into_iter().map(group).collect(),
        data: Vec::new(),
        csv: Some(scatter_csv(sampled)),
    }
}

fn panel(sampled: &Sampled, cell: Cell, property: usize, x: Axis, y: Axis) -> Panel {
    let name = Properties::NAMES[property];
    let points = sampled.points(cell, property);
    let ours = sampled.correlation(cell, property).map(wording::correlation);
    let theirs = their_correlation(sampled, cell, name).map(wording::correlation);
    let r = match (ours, theirs) {
        (Some(ours), Some(theirs)) => format!(": {ours} (thesis {theirs})"),
        (Some(ours), None) => format!(": {ours}"),
        (None, _) => String::new(),
    };
    let title = format!("{}{r}", wording::cell(cell));
    let line = |&family: &Family| {
        let mut of_family: Vec<_> =
            points.iter().filter(|(_, network)| network.family == family).collect();
        of_family.sort_by(|a, b| a.0.total_cmp(&b.0));
        let point = |&&(x, network): &&(f64, &Trained)| Point {
            x,
            y: network.accuracy,
            low: network.accuracy,
            high: network.accuracy,
            text: format!(
                "{} {}: accuracy {} at {}",
                network.family.title(),
                network.number,
                wording::accuracy(network.accuracy),
                wording::value(x)
            ),
        };
        Line {
            class: class(family).to_owned(),
            marker: marker(family),
            dashed: false,
            joined: false,
            points: of_family.iter().map(point).collect(),
        }
    };
    let label = format!("Test accuracy against {name} of {} graphs. {title}", points.len());
    let chart = Chart {
        label,
        width: NARROW,
        height: LOW,
        x,
        y,
        level: None,
        lines: sampled.sample.families.iter().map(line).collect(),
    };
    Panel::new(wording::cell(cell), title, chart)
}

fn value_axis(name: &str, values: impl Iterator<Item = f64>) -> Axis {
    let bounds = |bounds: Option<(f64, f64)>, value: f64| {
        let (min, max) = bounds.unwrap_or((value, value));
        Some((min.min(value), max.max(value)))
    };
    let (min, max) = values.fold(None, bounds).unwrap_or((0.0, 1.0));
    let slack = SLACK * (max - min);
    Axis::new(name, min - slack, max + slack, 4)
}

/// The axis of accuracies that the scatter plots share.
pub fn accuracy_axis(sampled: &Sampled) -> Axis {
    let cells = sampled.study().cells.iter();
    let accuracies = cells.flat_map(|&cell| sampled.tiled(cell)).map(|network| network.accuracy);
    accuracy_axis_of(accuracies)
}

/// The colour of a family.
pub const fn class(family: Family) -> &'static str {
    match family {
        Family::BarabasiAlbert => "family-ba",
        _ => "family-ws",
    }
}

/// The marker of a family.
pub const fn marker(family: Family) -> Marker {
    match family {
        Family::BarabasiAlbert => Marker::Circle,
        _ => Marker::Diamond,
    }
}
