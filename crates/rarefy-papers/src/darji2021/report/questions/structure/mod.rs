//! How accuracy is related to the properties of the graph.

mod beyond_size;

use rarefy::cell::Cell;
use rarefy::graph::Properties;
use rarefy_view::chart::{Axis, Chart, Line, Marker, NEUTRAL, Point, cell_class, cell_marker};
use rarefy_view::figure::{LOW, NARROW, Panel};
use rarefy_view::wording;

use crate::darji2021::prediction::SOURCES;
use crate::darji2021::report::chance::Tested;
use crate::darji2021::report::questions::answer::{ASKED, Judged};
use crate::darji2021::report::questions::{FEWEST_GRAPHS, Figures, Question};
use crate::darji2021::report::structure::{
    Directions, Masks, Measured, SIZES, Sampled, clear, near_chance, points, their_correlation,
    with_interval,
};
use crate::darji2021::report::thesis;

/// Compares the signs of the thesis's correlations that remain beyond size ([`beyond_size`]).
pub fn question(sampled: &Sampled, figures: Figures) -> Question {
    let cells = &sampled.study().cells;
    let measured: Vec<Measured> = cells.iter().map(|&cell| sampled.measured(cell)).collect();
    let Some(fewest) = measured.iter().map(|m| m.graphs.len()).min().filter(|&n| n > 0) else {
        let why =
            "Not answered yet: the part “structure” has not finished a network of every cell.";
        return Question::open(4, ASKED[3], why);
    };
    let judged = if sampled.beside_thesis() && fewest < FEWEST_GRAPHS {
        Judged::unsaid(&few(fewest))
    } else {
        let agreement = beyond_size::agreement(sampled);
        let compared = format!(
            "Correlations that the thesis has with nodes and source nodes held fixed, and that have the same \
                sign here: {}. Chance here is what nodes and source nodes alone would give.",
            agreement.shares(),
        );
        Judged::of(sampled.findings(), agreement, &compared)
    };
    let pairs = pairs(sampled);
    Question {
        number: 4,
        asked: ASKED[3],
        answer: answer(sampled, &measured),
        based_on: based_on(sampled, fewest),
        seeds: Some(sampled.findings().seeds()),
        doubts: doubts(sampled, &measured),
        drawing: (!pairs.is_empty()).then(|| drawing(cells, &pairs)),
        figure: Some(figures.properties),
        thesis: sampled.beside_thesis().then(|| theirs(cells)),
        judged,
    }
}

/// Why this few graphs do not allow an answer.
pub fn few(graphs: usize) -> String {
    format!("{} per cell are too few; it takes {FEWEST_GRAPHS}.", wording::count(graphs, "graph"))
}

/// `200 graphs per cell, 1 seed each`
pub fn based_on(sampled: &Sampled, graphs: usize) -> String {
    let theirs = match sampled.beside_thesis() {
        true => format!("; the thesis has {} per cell, one run each", thesis::GRAPHS),
        false => String::new(),
    };
    format!(
        "{} per cell, {} each{theirs}",
        wording::count(graphs, "graph"),
        sampled.findings().seeds(),
    )
}

fn answer(sampled: &Sampled, measured: &[Measured]) -> String {
    let cells = &sampled.study().cells;
    let mut sentences = vec![Directions::of(sampled).sentence()];
    let strongest = measured.iter().zip(cells).filter_map(|(measured, &cell)| {
        let all = Properties::THESIS.iter().copied().zip(measured.tested());
        strongest(cell, all.filter_map(|(name, tested)| Some((name, tested?))))
    });
    let strongest: Vec<String> = strongest.collect();
    if !strongest.is_empty() {
        sentences.push(format!("The strongest correlations: {}.", wording::list(&strongest)));
    }
    let left = measured.iter().map(|measured| measured.left().into_iter().flatten().collect());
    sentences.extend(left_beyond_size(cells, &left.collect::<Vec<_>>()));
    sentences.extend(left_at_size(measured));
    sentences.join(" ")
}

fn theirs(cells: &[Cell]) -> String {
    let strongest: Vec<String> = cells
        .iter()
        .filter_map(|&cell| strongest(cell, thesis::tested(cell).into_iter()))
        .collect();
    let left: Vec<Vec<Tested>> = cells
        .iter()
        .map(|&cell| thesis::left(cell).into_iter().map(|(_, tested)| tested).collect())
        .collect();
    let rule = "Accuracy rises with nodes, edges and source nodes, and falls the more closeness and \
                betweenness vary between nodes.";
    let left = left_beyond_size(cells, &left).unwrap_or_default();
    format!("{rule} The strongest correlations: {}. {left}", wording::list(&strongest))
}

/// `closeness_var for the tanh RNN (r = −0.63)`
fn strongest(cell: Cell, tested: impl Iterator<Item = (&'static str, Tested)>) -> Option<String> {
    let (name, tested) = tested.max_by(|a, b| a.1.r.abs().total_cmp(&b.1.r.abs()))?;
    let r = wording::correlation(tested.r);
    Some(format!(
        "{name} for the {} (r{NBSP}={NBSP}{r})",
        wording::cell(cell),
        NBSP = wording::NBSP
    ))
}

/// How many of the other properties still matter with both sizes held fixed.
fn left_beyond_size(cells: &[Cell], left: &[Vec<Tested>]) -> Option<String> {
    let tested = left.iter().map(Vec::len).max().filter(|&tested| tested > 0)?;
    let clear = |left: &Vec<Tested>| left.iter().filter(|tested| tested.is_clear()).count();
    let each: Vec<String> = cells
        .iter()
        .zip(left)
        .map(|(&cell, left)| format!("{} for the {}", clear(left), wording::cell(cell)))
        .collect();
    Some(format!(
        "With {} held fixed as straight lines, some of the other {tested} properties are still related \
            to accuracy by more than chance: {}.",
        wording::list(&SIZES),
        wording::list(&each),
    ))
}

/// How many still matter with sizes held fixed in any shape.
fn left_at_size(measured: &[Measured]) -> Option<String> {
    let tested = |measured: &Measured| measured.left_at_size(&measured.accuracy);
    let counts: Option<Vec<String>> = measured
        .iter()
        .map(|measured| {
            let tested = tested(measured);
            tested.iter().flatten().next()?;
            Some(clear(&tested).len().to_string())
        })
        .collect();
    counts.filter(|counts| !counts.is_empty()).map(|counts| {
        format!(
            "With these held fixed in any shape (nodes squared too, each number of source nodes as a \
                column of its own) it is {}.",
            wording::list(&counts)
        )
    })
}

/// Doubts 1, 2, 3 and 6, with the evidence of the records on them.
fn doubts(sampled: &Sampled, measured: &[Measured]) -> Vec<String> {
    let cells = &sampled.study().cells;
    let mut doubts = vec![format!(
        "{SOURCES} is also the width of the network’s input. What is related to it may be an effect \
            of the width.",
    )];
    if let Some(independent) = measured.first().and_then(Measured::independent) {
        doubts.push(format!(
            "The {} properties vary together. They amount to about {independent:.1} independent ones, \
                and every cell was trained on the same graphs.",
            Properties::THESIS.len(),
        ));
    }
    let unlearned: Vec<String> = cells
        .iter()
        .filter_map(|&cell| {
            let networks = sampled.tiled(cell);
            let below = networks.iter().filter(|network| near_chance(network)).count();
            (below > 0)
                .then(|| format!("{below} of {} with the {}", networks.len(), wording::cell(cell)))
        })
        .collect();
    if !unlearned.is_empty() {
        let theirs = match sampled.beside_thesis() {
            true => " In the thesis it was 35 % with the ReLU RNN.",
            false => "",
        };
        doubts.push(format!(
            "Networks that did not learn at all weigh heavily: {}.{theirs}",
            wording::list(&unlearned),
        ));
    }
    if sampled.beside_thesis() && cells.iter().any(|cell| cell.gates() > 1) {
        let gain = |&cell: &Cell| {
            let masks = Masks::of(sampled, cell)?;
            let log_error = with_interval(&masks.log_error, wording::correlation);
            Some(format!(
                "{}, and log error by {log_error}, for the {}",
                points(&masks.accuracy),
                wording::cell(cell)
            ))
        };
        let gains: Vec<String> = cells.iter().filter_map(gain).collect();
        let here = match gains.as_slice() {
            [] => String::new(),
            gains => format!(
                " Masks that do follow the graph change accuracy by, in percentage points with 95 % \
                    intervals: {}. These are several tests: one that leaves 0 out by little is weak.",
                wording::list(gains)
            ),
        };
        doubts.push(format!(
            "The thesis’s GRU and LSTM networks did not follow their graphs (interleaved gate \
                masks).{here}"
        ));
    }
    let fewest = cells.iter().map(|&cell| sampled.tiled(cell).len()).min().unwrap_or(0);
    if fewest < FEWEST_GRAPHS {
        doubts.push(format!(
            "{} per cell are few. A single network that did not learn can create any correlation.",
            wording::count(fewest, "graph")
        ));
    }
    doubts.push(
        "Watts-Strogatz graphs are fully rewired (p = 1): none of them is a small world."
            .to_owned(),
    );
    doubts
}

/// A published correlation and ours.
struct Pair {
    cell: Cell,
    property: &'static str,
    ours: f64,
    theirs: f64,
}

fn pairs(sampled: &Sampled) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for &cell in &sampled.study().cells {
        for (at, &property) in Properties::NAMES.iter().enumerate() {
            let ours = sampled.correlation(cell, at);
            let theirs = their_correlation(sampled, cell, property);
            let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
            pairs.push(Pair { cell, property, ours, theirs });
        }
    }
    pairs
}

fn drawing(cells: &[Cell], pairs: &[Pair]) -> Panel {
    let corner = |at: f64| Point { x: at, y: at, low: at, high: at, text: "equal".to_owned() };
    let line = |&cell: &Cell| {
        let mut points: Vec<Point> = pairs
            .iter()
            .filter(|pair| pair.cell == cell)
            .map(|&Pair { property, ours, theirs, .. }| {
                let [here, there] = [ours, theirs].map(wording::correlation);
                let name = wording::cell(cell);
                let text = format!("{name}, {property}: {here}, thesis {there}");
                Point { x: theirs, y: ours, low: ours, high: ours, text }
            })
            .collect();
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        Line {
            class: cell_class(cell).to_owned(),
            marker: cell_marker(cell),
            dashed: false,
            joined: false,
            points,
        }
    };
    let equal = Line {
        class: NEUTRAL.to_owned(),
        marker: Marker::Circle,
        dashed: true,
        joined: true,
        points: [-1.0, 1.0].map(corner).into(),
    };
    let title = "Correlations, ours against the thesis’s".to_owned();
    let chart = Chart {
        label: format!("{title}: {} of them; on the dashed line they are equal", pairs.len()),
        width: NARROW,
        height: LOW,
        x: Axis::new("r in the thesis", -1.0, 1.0, 4),
        y: Axis::new("r here", -1.0, 1.0, 4),
        level: Some(0.0),
        lines: std::iter::once(equal).chain(cells.iter().map(line)).collect(),
    };
    Panel::new("answer", title, chart.svg())
}
