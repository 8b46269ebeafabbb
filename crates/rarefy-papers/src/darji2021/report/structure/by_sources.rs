//! The first figure: accuracy, and the share that learned, by the number of source nodes.

use rarefy::analysis::Interval;
use rarefy::cell::Cell;
use rarefy::graph::Family;
use rarefy_view::chart::{Axis, Chart, Line, Point, point_swatch};
use rarefy_view::curve::axis_note;
use rarefy_view::figure::{Figure, Group, LOW, Legend, NARROW, Panel};
use rarefy_view::wording;

use crate::arm::LEARNED;
use crate::darji2021::report::structure::figures::{accuracy_axis, class, marker};
use crate::darji2021::report::structure::learned::{by_sources, numbers, share};
use crate::darji2021::report::structure::networks::Sampled;

/// How far the points of a family stand aside of the number of source nodes, so that those of the
/// other family remain visible.
const ASIDE: f64 = 0.14;
/// Room left and right of the numbers.
const ROOM: f64 = 0.5;

/// Accuracy, and the share that learned, by number of source nodes, one panel per cell.
pub fn figure(sampled: &Sampled, number: usize) -> Figure {
    let families = &sampled.sample.families;
    let numbers = numbers(sampled);
    let ends = numbers.first().copied().zip(numbers.last().copied());
    let (least, most) = ends.unwrap_or((1.0, 1.0));
    let x = Axis::new("source nodes", least - ROOM, most + ROOM, 5);
    let y = accuracy_axis(sampled);
    let scale = axis_note(&y);
    let cells = || sampled.study().cells.iter();
    let panel = |cell: Cell, what: &str, y: Axis, line: &dyn Fn(Family) -> Line| {
        let name = wording::cell(cell);
        let label = format!("{name}: {what} by number of source nodes");
        let lines = families.iter().map(|&family| line(family)).collect();
        let x = x.clone();
        Panel::new(
            name,
            name.to_owned(),
            Chart { label, width: NARROW, height: LOW, x, y, level: None, lines },
        )
    };
    let accuracies = cells().map(|&cell| {
        panel(cell, "accuracy", y.clone(), &|family| accuracies(sampled, cell, family))
    });
    let shares = cells().map(|&cell| {
        let y = Axis::new("share that learned", 0.0, 1.0, 4);
        panel(cell, "share that learned", y, &|family| shares(sampled, cell, family, &numbers))
    });
    let group = |title: &str, panels: Vec<Panel>| Group {
        title: title.to_owned(),
        columns: 4,
        panels,
        folded: false,
    };
    let legend = |&family: &Family| Legend {
        swatch: point_swatch(class(family), marker(family)),
        name: family.title().to_owned(),
    };
    Figure {
        number,
        name: "sources",
        appendix: false,
        title: "Accuracy and the number of source nodes".to_owned(),
        caption: format!(
            "Above: accuracy on the test strings, one point per graph{}, with tiled gate masks. Below: the \
                share of networks that learned (accuracy of at least {}), with 95 % intervals as bands. \
                Points of the two families stand a little aside, so that they hide each other less.{scale}",
            sampled.mean_of_seeds(),
            wording::share(LEARNED),
        ),
        legend: families.iter().map(legend).collect(),
        groups: vec![
            group("Accuracy", accuracies.collect()),
            group("Share that learned", shares.collect()),
        ],
        data: Vec::new(),
        csv: Some(csv(sampled, &numbers)),
    }
}

fn accuracies(sampled: &Sampled, cell: Cell, family: Family) -> Line {
    let aside = if family == Family::BarabasiAlbert { -ASIDE } else { ASIDE };
    let own = by_sources(sampled, cell).into_iter().filter(|point| point.1.family == family);
    let mut points: Vec<Point> = own
        .map(|(sources, network)| {
            let accuracy = network.accuracy;
            let text = format!(
                "{} {}: accuracy {}, {}",
                family.title(),
                network.number,
                wording::accuracy(accuracy),
                wording::count(sources as usize, "source node")
            );
            Point { x: sources + aside, y: accuracy, low: accuracy, high: accuracy, text }
        })
        .collect();
    points.sort_by(|a, b| a.x.total_cmp(&b.x));
    line(family, false, points)
}

fn shares(sampled: &Sampled, cell: Cell, family: Family, numbers: &[f64]) -> Line {
    let point = |&number: &f64| {
        let found = share(sampled, cell, Some(family), |sources| sources == number)?;
        let Interval { low, high } = found.interval();
        let text = format!(
            "{}, {}: {} of {} learned ({low:.2} to {high:.2})",
            family.title(),
            wording::count(number as usize, "source node"),
            found.learned,
            found.networks
        );
        Some(Point { x: number, y: found.share(), low, high, text })
    };
    line(family, true, numbers.iter().filter_map(point).collect())
}

fn line(family: Family, joined: bool, points: Vec<Point>) -> Line {
    Line { class: class(family).to_owned(), marker: marker(family), dashed: false, joined, points }
}

/// One row per cell, number of source nodes and family.
fn csv(sampled: &Sampled, numbers: &[f64]) -> String {
    let mut text =
        "cell,source_nodes,family,networks,mean_accuracy,learned,share,low,high\n".to_owned();
    for &cell in &sampled.study().cells {
        let points = by_sources(sampled, cell);
        for &number in numbers {
            for &family in &sampled.sample.families {
                let Some(found) = share(sampled, cell, Some(family), |n| n == number) else {
                    continue;
                };
                let own = points.iter().filter(|(n, at)| (*n, at.family) == (number, family));
                let sum: f64 = own.map(|(_, network)| network.accuracy).sum();
                let Interval { low, high } = found.interval();
                text += &format!(
                    "{cell},{number},{family},{},{},{},{},{low},{high}\n",
                    found.networks,
                    sum / found.networks as f64,
                    found.learned,
                    found.share(),
                );
            }
        }
    }
    text
}
