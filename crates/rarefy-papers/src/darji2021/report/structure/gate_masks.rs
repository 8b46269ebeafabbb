//! Tiled and interleaved gate masks on the same graphs.

use rarefy::analysis::{Interval, Paired, pearson};
use rarefy::cell::Cell;
use rarefy_view::spread::Spread;
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use crate::darji2021::prediction::SOURCES;
use crate::darji2021::report::structure::measured::place;
use crate::darji2021::report::structure::networks::{Sampled, Trained};

/// The effect of tiled masks over interleaved ones, graph by graph.
pub struct Masks {
    /// Accuracy with tiled minus that with interleaved masks.
    pub accuracy: Paired,
    /// The same of the log error: below 0, tiled masks are better.
    pub log_error: Paired,
    /// The correlation of the two accuracies of a graph.
    pub r: Option<f64>,
    /// The correlation of the two log errors of a graph.
    pub log_r: Option<f64>,
    /// The correlation of source nodes with accuracy, for tiled and for interleaved masks.
    pub sources: [Option<f64>; 2],
}

impl Masks {
    /// For one cell; `None` without graphs that were trained with both.
    pub fn of(sampled: &Sampled, cell: Cell) -> Option<Self> {
        let pairs = sampled.pairs(cell);
        let both = |of: fn(&Trained) -> f64| -> [Vec<f64>; 2] {
            [pairs.iter().map(|p| of(p.0)).collect(), pairs.iter().map(|p| of(p.1)).collect()]
        };
        let [accuracy, log_error] = [both(|n| n.accuracy), both(|n| n.log_error)];
        let paired = |[a, b]: &[Vec<f64>; 2]| {
            Paired::of(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>())
        };
        let sources: Option<Vec<f64>> =
            pairs.iter().map(|pair| sampled.properties(pair.0)[place(SOURCES)]).collect();
        let with_sources = |values: &Vec<f64>| pearson(sources.as_ref()?, values);
        Some(Self {
            accuracy: paired(&accuracy)?,
            log_error: paired(&log_error)?,
            r: pearson(&accuracy[0], &accuracy[1]),
            log_r: pearson(&log_error[0], &log_error[1]),
            sources: [with_sources(&accuracy[0]), with_sources(&accuracy[1])],
        })
    }
}

/// `−0.28 (−1.39 to +0.60)`, in percentage points.
pub fn points(paired: &Paired) -> String {
    with_interval(paired, wording::signed_points)
}

/// A paired effect as `text` shows it, with its interval.
pub fn with_interval(paired: &Paired, text: impl Fn(f64) -> String) -> String {
    let interval =
        paired.interval.map(|Interval { low, high }| format!(" ({} to {})", text(low), text(high)));
    format!("{}{}", text(paired.effect), interval.unwrap_or_default())
}

/// The comparison as a table; `None` if no cell has both by design.
pub fn table(sampled: &Sampled) -> Option<Table> {
    let gated = sampled.study().cells.iter().filter(|cell| cell.gates() > 1);
    let row = |&cell: &Cell| {
        let pairs = sampled.pairs(cell);
        let mean = |of: fn(&(&Trained, &Trained)) -> f64| {
            Some(wording::accuracy(Spread::of(pairs.iter().map(of))?.mean))
        };
        let masks = Masks::of(sampled, cell);
        let masks = masks.as_ref();
        let r = |of: fn(&Masks) -> [Option<f64>; 2]| {
            let [a, b] = of(masks?);
            Some(format!("{}, {}", wording::correlation(a?), wording::correlation(b?)))
        };
        let better = pairs.iter().filter(|(tiled, other)| tiled.accuracy > other.accuracy).count();
        let detectable = |of: fn(&Masks) -> &Paired| of(masks?).detectable;
        let cells = [
            mean(|pair| pair.0.accuracy),
            mean(|pair| pair.1.accuracy),
            masks.map(|masks| points(&masks.accuracy)),
            detectable(|masks| &masks.accuracy).map(wording::plain_points),
            masks.map(|masks| with_interval(&masks.log_error, wording::correlation)),
            detectable(|masks| &masks.log_error).map(wording::correlation),
            (!pairs.is_empty()).then(|| format!("{better} of {}", pairs.len())),
            r(|masks| [masks.r, masks.log_r]),
            r(|masks| masks.sources),
        ];
        Row {
            headings: vec![Heading::new(wording::cell(cell), 1)],
            cells: cells.map(Entry::new).into(),
        }
    };
    let rows: Vec<Row> = gated.map(row).collect();
    (sampled.sample.interleaved > 0 && !rows.is_empty()).then(|| Table {
        title: "Tiled and interleaved gate masks on the same graphs".to_owned(),
        note: "Mean accuracy on the test strings; tiled minus interleaved, graph by graph, with 95 % \
            intervals (bootstrap over graphs). In log error, below 0 is better. Detectable: the \
            smallest effect that as many graphs show with a probability of 80 %. r between masks: of \
            the two accuracies of a graph, and of its two log errors. r with source nodes: of accuracy \
            with tiled and with interleaved masks."
            .to_owned(),
        head: vec![Heading::each([
            "cell",
            "tiled",
            "interleaved",
            "difference, percentage points",
            "detectable",
            "difference, log error",
            "detectable",
            "tiled is better",
            "r between masks",
            "r with source nodes",
        ])],
        rows,
    })
}

/// The comparison in words.
pub fn sentence(sampled: &Sampled) -> Option<String> {
    let of = |&cell: &Cell| {
        let Masks { accuracy, log_error, .. } = Masks::of(sampled, cell)?;
        let detectable = accuracy
            .detectable
            .map(|detectable| format!("; detectable {}", wording::plain_points(detectable)));
        Some(format!(
            "for the {} by {} points and by {} in log error ({}{})",
            wording::cell(cell),
            points(&accuracy),
            with_interval(&log_error, wording::correlation),
            wording::count(accuracy.pairs, "graph"),
            detectable.unwrap_or_default(),
        ))
    };
    let each: Vec<String> = sampled.study().cells.iter().filter_map(of).collect();
    (!each.is_empty()).then(|| {
        format!(
            "Gate masks that show every gate its own unit’s edges (tiled), compared with the thesis’s \
                (interleaved) on the same graphs, change accuracy {}. Brackets hold 95 % intervals. \
                Detectable is the smallest effect, in points, that as many graphs would show four times \
                in five: smaller ones may be there. In log error, below 0 is better.",
            wording::list(&each)
        )
    })
}
