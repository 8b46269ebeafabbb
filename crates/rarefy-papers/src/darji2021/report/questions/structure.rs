//! How accuracy goes with the properties of the graph.

use rarefy::cell::Cell;
use rarefy::graph::Properties;
use rarefy_view::chart::{Axis, Chart, Line, Marker, NEUTRAL, Point, cell_class, cell_marker};
use rarefy_view::figure::{LOW, NARROW, Panel};
use rarefy_view::wording;

use crate::darji2021::prediction::{Prediction, SOURCES};
use crate::darji2021::report::prediction::is_significant;
use crate::darji2021::report::questions::answer::{ASKED, Tally, judged};
use crate::darji2021::report::questions::{FEWEST_GRAPHS, Figures, Question};
use crate::darji2021::report::structure::their_correlation;
use crate::darji2021::report::structure::{Sampled, by_chance, gain_of_tiling, near_chance, place};
use crate::darji2021::report::thesis;

/// Networks of each cell behind a published correlation.
const THEIR_GRAPHS: usize = 200;

/// A published correlation and ours.
struct Pair {
    cell: Cell,
    property: &'static str,
    ours: f64,
    theirs: f64,
    /// Whether each is more than chance may give.
    clear: [bool; 2],
}

/// Compared: the sign of each published correlation that is more than chance may give (two
/// standard errors); open where ours is not.
pub fn question(sampled: &Sampled, prediction: Option<&Prediction>, figures: Figures) -> Question {
    let cells = &sampled.study().cells;
    if cells.iter().all(|&cell| sampled.tiled(cell).is_empty()) {
        let why = "Not answered yet: no network of the part “structure” has finished.";
        return Question::open(4, ASKED[3], why);
    }
    let pairs = pairs(sampled);
    let clear = || pairs.iter().filter(|pair| pair.clear[1]);
    let tally = Tally::of(
        clear().map(|pair| pair.clear[0].then_some((pair.ours < 0.0) == (pair.theirs < 0.0))),
    );
    let all = clear().count();
    let compared = format!(
        "of {} that are more than chance, {} are here too, {} of them with the same sign.",
        wording::count(all, "published correlation"),
        tally.decided(),
        tally.same,
    );
    let (verdict, why) = judged(sampled.findings(), tally, compared);
    Question {
        number: 4,
        asked: ASKED[3],
        answer: answer(sampled, prediction),
        doubts: doubts(sampled),
        drawing: (!pairs.is_empty()).then(|| drawing(cells, &pairs)),
        figure: Some(figures.properties),
        thesis: sampled.beside_thesis().then(|| theirs(cells)).flatten(),
        verdict,
        why,
    }
}

fn pairs(sampled: &Sampled) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for &cell in &sampled.study().cells {
        for (at, &property) in Properties::NAMES.iter().enumerate() {
            let ours = sampled.correlation(cell, at);
            let theirs = their_correlation(sampled, cell, property);
            let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
            let graphs = sampled.tiled(cell).len();
            let clear = [ours.abs() >= by_chance(graphs), theirs.abs() >= by_chance(THEIR_GRAPHS)];
            pairs.push(Pair { cell, property, ours, theirs, clear });
        }
    }
    pairs
}

/// The strongest of each cell's correlations: property and r.
fn strongest(correlation: impl Fn(&'static str) -> Option<f64>) -> Option<(&'static str, f64)> {
    let all = Properties::NAMES.iter().filter_map(|&name| Some((name, correlation(name)?)));
    all.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
}

fn named(cells: &[Cell], of: impl Fn(Cell) -> Option<(&'static str, f64)>) -> Option<String> {
    let each: Vec<String> = cells
        .iter()
        .filter_map(|&cell| {
            let (name, r) = of(cell)?;
            let cell = wording::cell(cell);
            Some(format!("{name} with the {cell} ({})", wording::correlation(r)))
        })
        .collect();
    (!each.is_empty()).then(|| wording::list(&each))
}

fn answer(sampled: &Sampled, prediction: Option<&Prediction>) -> String {
    let cells = &sampled.study().cells;
    let clear = |&cell: &Cell| {
        let r = Properties::THESIS.iter().map(|name| sampled.correlation(cell, place(name)));
        let chance = by_chance(sampled.tiled(cell).len());
        r.flatten().filter(|r| r.abs() >= chance).count()
    };
    let most = cells.iter().map(|cell| sampled.tiled(*cell).len()).max().unwrap_or(0);
    let [low, high] = [cells.iter().map(clear).min(), cells.iter().map(clear).max()]
        .map(|count| count.unwrap_or(0));
    let range = if low == high { low.to_string() } else { format!("{low} to {high}") };
    let mut text = format!(
        "Over {} of each cell, accuracy goes with {range} of the thesis’s {} properties more than by chance",
        wording::count(most, "graph"),
        Properties::THESIS.len(),
    );
    let strong = named(cells, |cell| strongest(|name| sampled.correlation(cell, place(name))));
    if let Some(strong) = strong {
        text += &format!(", most of all {strong}");
    }
    if let Some(found) = prediction {
        let left = |cell: &crate::darji2021::prediction::CellPrediction| {
            let partial = cell.correlations.iter().filter_map(|found| found.partial);
            format!(
                "{} of {} with the {}",
                partial.filter(is_significant).count(),
                cell.properties.len(),
                wording::cell(cell.cell)
            )
        };
        let each: Vec<String> = found.cells.iter().map(left).collect();
        text += &format!(
            "; with nodes and {SOURCES} held fixed and all properties tested together, what is left is \
                more than chance for {}",
            wording::list(&each)
        );
    }
    text + "."
}

fn theirs(cells: &[Cell]) -> Option<String> {
    let strong = named(cells, |cell| strongest(|name| thesis::correlation(cell, name)))?;
    Some(format!(
        "Accuracy rises with nodes, edges and source nodes and falls as closeness and betweenness \
            vary; most of all goes with it {strong}."
    ))
}

/// Doubts 1, 2, 3 and 6, with what the records say of them.
fn doubts(sampled: &Sampled) -> Vec<String> {
    let cells = &sampled.study().cells;
    let mut doubts = vec![format!(
        "{SOURCES} is also the width of the network’s input: what goes with it may be the width.",
    )];
    let unlearned: Vec<String> = cells
        .iter()
        .filter_map(|&cell| {
            let networks = sampled.tiled(cell);
            let below = networks.iter().filter(|network| near_chance(network)).count();
            (below > 0)
                .then(|| format!("{below} of {} of the {}", networks.len(), wording::cell(cell)))
        })
        .collect();
    if !unlearned.is_empty() {
        doubts.push(format!(
            "Networks that did not learn at all weigh heavily: {}.{}",
            wording::list(&unlearned),
            if sampled.beside_thesis() { " In the thesis 35 % of the ReLU RNN." } else { "" }
        ));
    }
    if sampled.beside_thesis() && cells.iter().any(|cell| cell.gates() > 1) {
        let gain = |&cell: &Cell| {
            let (mean, error) = gain_of_tiling(&sampled.pairs(cell))?;
            Some(format!(
                "{} ± {} with the {}",
                wording::signed_points(mean),
                wording::plain_points(error),
                wording::cell(cell)
            ))
        };
        let gains: Vec<String> = cells.iter().filter_map(gain).collect();
        let here = match gains.as_slice() {
            [] => String::new(),
            gains => format!(
                "; to wire them as the graph changes accuracy, in percentage points, by {}",
                wording::list(gains)
            ),
        };
        doubts.push(format!(
            "The thesis’s GRU and LSTM networks were not wired as their graphs (interleaved gate \
                masks){here}."
        ));
    }
    let fewest = cells.iter().map(|&cell| sampled.tiled(cell).len()).min().unwrap_or(0);
    if fewest < FEWEST_GRAPHS {
        doubts.push(format!(
            "{} of a cell are few: one network that did not learn can make any correlation.",
            wording::count(fewest, "graph")
        ));
    }
    doubts.push(
        "Watts-Strogatz graphs are fully rewired (p = 1): no small world was tested.".to_owned(),
    );
    doubts
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
