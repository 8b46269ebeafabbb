//! Whether networks learned at all, by the number of source nodes.

use rarefy::analysis::{Interval, Odds};
use rarefy::cell::Cell;
use rarefy::graph::Family;
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use crate::arm::{LEARNED, Learned};
use crate::darji2021::prediction::SOURCES;
use crate::darji2021::report::structure::measured::place;
use crate::darji2021::report::structure::networks::{Sampled, Trained};

/// Larger numbers of source nodes are one column of the table, because few graphs have them.
const LARGE: f64 = 5.0;

/// The networks of a cell with their numbers of source nodes.
pub fn by_sources<'a>(sampled: &'a Sampled, cell: Cell) -> Vec<(f64, &'a Trained)> {
    sampled.points(cell, place(SOURCES))
}

/// The numbers of source nodes that occur with any cell, ascending.
pub fn numbers(sampled: &Sampled) -> Vec<f64> {
    let cells = sampled.study().cells.iter();
    let mut numbers: Vec<f64> =
        cells.flat_map(|&cell| by_sources(sampled, cell)).map(|point| point.0).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    numbers
}

/// The share of networks of a cell that learned among those with such a number of source nodes, of
/// one family or of both.
pub fn share(
    sampled: &Sampled,
    cell: Cell,
    family: Option<Family>,
    sources: impl Fn(f64) -> bool,
) -> Option<Learned> {
    let all = by_sources(sampled, cell).into_iter();
    let own = all.filter(|&(n, network)| sources(n) && family.is_none_or(|f| f == network.family));
    Learned::of(own.map(|(_, network)| network.accuracy))
}

/// The share that learned by the number of source nodes.
pub fn table(sampled: &Sampled) -> Option<Table> {
    let mut numbers = numbers(sampled);
    let large = numbers.iter().any(|&number| number >= LARGE);
    numbers.retain(|&number| number < LARGE);
    let entry = |found: Option<Learned>| {
        let Some(found) = found else {
            return Entry { here: "–".to_owned(), class: "missing", ..Entry::default() };
        };
        let Interval { low, high } = found.interval();
        let text = format!("{:.2}, {} of {}", found.share(), found.learned, found.networks);
        Entry { range: Some(format!("{low:.2} to {high:.2}")), ..Entry::new(Some(text)) }
    };
    let row = |&cell: &Cell| {
        let each = numbers.iter().map(|&number| share(sampled, cell, None, |n| n == number));
        let more = large.then(|| share(sampled, cell, None, |n| n >= LARGE));
        Row {
            headings: vec![Heading::new(wording::cell(cell), 1)],
            cells: each.chain(more).map(entry).collect(),
        }
    };
    let heads = numbers.iter().map(|number| match *number {
        1.0 => "1 source".to_owned(),
        number => format!("{number} sources"),
    });
    let more = large.then(|| format!("{LARGE} or more"));
    let heads: Vec<String> = std::iter::once("cell".to_owned()).chain(heads).chain(more).collect();
    (heads.len() > 1).then(|| Table {
        title: "Share of networks that learned, by number of source nodes".to_owned(),
        note: format!(
            "An accuracy of at least {} counts as learned. The share, how many of how many, and \
                the 95 % interval of the share (Wilson).",
            wording::share(LEARNED)
        ),
        head: vec![Heading::each(heads)],
        rows: sampled.study().cells.iter().map(row).collect(),
    })
}

/// What changes the odds of learning at all.
pub fn odds(sampled: &Sampled) -> Option<Table> {
    let row = |&cell: &Cell| {
        let measured = sampled.measured(cell);
        let hits: Vec<bool> = measured.accuracy.iter().map(|&found| found >= LEARNED).collect();
        let doublings = |property| -> Vec<f64> {
            measured.column(property).iter().map(|count| count.log2()).collect()
        };
        let nodes = measured.column("nodes");
        let (sources, sinks) = (doublings(SOURCES), doublings("sink_nodes"));
        let is_ws = |graph: &(Family, u32)| f64::from(u8::from(graph.0 == Family::WattsStrogatz));
        let is_ws: Vec<f64> = measured.graphs.iter().map(is_ws).collect();
        let cells = [
            Odds::of(&sources, &hits, &[nodes]),
            Odds::of(&sinks, &hits, &[nodes, &sources]),
            Odds::of(&is_ws, &hits, &[nodes, &sources]),
        ];
        let entry = |found: Option<Odds>| {
            let ratio = |log: f64| wording::value((100.0 * log.exp()).round() / 100.0);
            let range = |found: &Odds| {
                format!("{} to {}", ratio(found.interval.low), ratio(found.interval.high))
            };
            Entry {
                range: found.as_ref().map(range),
                ..Entry::or_dash(found.map(|found| ratio(found.effect)))
            }
        };
        let learned = hits.iter().filter(|hit| **hit).count();
        Row {
            headings: vec![Heading::new(wording::cell(cell), 1)],
            cells: [Entry::new(Some(format!("{learned} of {}", hits.len())))]
                .into_iter()
                .chain(cells.map(entry))
                .collect(),
        }
    };
    let rows: Vec<Row> = sampled.study().cells.iter().map(row).collect();
    let told = rows.iter().flat_map(|row| &row.cells).any(|cell| cell.range.is_some());
    told.then(|| Table {
        title: "Did it learn? Odds ratios".to_owned(),
        note: "Logistic regression on each cell’s graphs: by what factor the odds of learning change, with 95 % \
               intervals (Wald). Nodes are held fixed throughout, source nodes in the last two columns. A dash: \
               nearly all networks learned, so that no factor can be given. How good those are that \
               learned is asked below, in log error."
            .to_owned(),
        head: vec![Heading::each([
            "cell",
            "learned",
            "twice as many source nodes",
            "twice as many sink nodes",
            "Watts-Strogatz, not Barabasi-Albert",
        ])],
        rows,
    })
}

/// The shares with the fewest source nodes and with more, in words.
pub fn sentence(sampled: &Sampled) -> Option<String> {
    let numbers = numbers(sampled);
    let (&fewest, more) = numbers.split_first().filter(|(_, more)| !more.is_empty())?;
    let most = more.iter().copied().rfind(|&number| number < LARGE).unwrap_or(more[0]);
    let text = |found: Learned| {
        let Interval { low, high } = found.interval();
        format!("{:.2} ({low:.2} to {high:.2})", found.share())
    };
    let each = sampled.study().cells.iter().filter_map(|&cell| {
        let [few, many] = [fewest, most].map(|of| share(sampled, cell, None, |n| n == of));
        Some(format!("{} and {} of the {} networks", text(few?), text(many?), wording::cell(cell)))
    });
    let each: Vec<String> = each.collect();
    let sources = |number: f64| wording::count(number as usize, "source node");
    (!each.is_empty()).then(|| {
        format!(
            "Whether networks learned at all, by the number of source nodes. The share that did with {} and \
                with {} (95 % intervals): {}.",
            sources(fewest),
            sources(most),
            wording::list(&each),
        )
    })
}
