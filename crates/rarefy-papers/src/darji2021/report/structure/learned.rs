//! Whether networks learned at all, and how well if so, by the number of source nodes.

use rarefy::analysis::{Adjusted, Interval, Odds};
use rarefy::cell::Cell;
use rarefy::graph::Family;
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use crate::arm::{LEARNED, Learned};
use crate::darji2021::prediction::SOURCES;
use crate::darji2021::report::prediction::estimate;
use crate::darji2021::report::structure::explained::{self, Explained};
use crate::darji2021::report::structure::measured::{Measured, place};
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

/// What whether networks learn, and how well, is compared with: one number per graph.
struct Predictors {
    nodes: Vec<f64>,
    /// The logarithms to base 2 of the numbers of source nodes and of sink nodes.
    sources: Vec<f64>,
    sinks: Vec<f64>,
    /// 1 for Watts-Strogatz graphs.
    family: Vec<f64>,
}

/// The columns of [`Predictors`] in a table.
const PREDICTORS: [&str; 3] = [
    "twice as many source nodes",
    "twice as many sink nodes",
    "Watts-Strogatz, not Barabasi-Albert",
];

impl Predictors {
    fn of(measured: &Measured) -> Self {
        let doublings =
            |property| measured.column(property).iter().map(|count| count.log2()).collect();
        Self {
            nodes: measured.column("nodes").to_vec(),
            sources: doublings(SOURCES),
            sinks: doublings("sink_nodes"),
            family: measured.is_of(Family::WattsStrogatz),
        }
    }

    /// Calls `of` with each of them and what is held fixed: nodes, and for the last two source nodes.
    fn each<T>(&self, of: impl Fn(&[f64], &[&[f64]]) -> T) -> [T; 3] {
        let [nodes, sources, sinks, family] =
            [&self.nodes, &self.sources, &self.sinks, &self.family].map(Vec::as_slice);
        [of(sources, &[nodes]), of(sinks, &[nodes, sources]), of(family, &[nodes, sources])]
    }
}

/// The fewest networks that did and that did not learn, of which an odds ratio is given. The effect
/// of a family takes as many of each family.
const FEWEST: usize = 5;

/// What changes the odds of learning at all.
pub fn odds(sampled: &Sampled) -> Option<Table> {
    let row = |&cell: &Cell| {
        let measured = sampled.measured(cell);
        let hits: Vec<bool> = measured.accuracy.iter().map(|&found| found >= LEARNED).collect();
        let predictors = Predictors::of(&measured);
        let enough = |own: &dyn Fn(usize) -> bool| {
            [true, false].iter().all(|hit| {
                let same = (0..hits.len()).filter(|&at| own(at) && hits[at] == *hit);
                same.count() >= FEWEST
            })
        };
        let both = [0.0, 1.0].iter().all(|of| enough(&|at| predictors.family[at] == *of));
        let any = enough(&|_| true);
        let told = [any, any, both];
        let cells = predictors.each(|number, given| Odds::of(number, &hits, given));
        let cells = told.into_iter().zip(cells).map(|(told, found)| found.filter(|_| told));
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
        note: format!(
            "Logistic regression on each cell’s graphs: by what factor the odds of learning change, with 95 % \
               intervals (Wald). Nodes are held fixed throughout, source nodes in the last two columns. Sink \
               nodes are the last ones, which are the width of the readout. There is a dash where fewer than \
               {FEWEST} networks learned or did not learn; in the last column, of either family."
        ),
        head: vec![Heading::each(["cell", "learned"].into_iter().chain(PREDICTORS))],
        rows,
    })
}

/// How the log error of networks that learned changes with each of [`PREDICTORS`]; none of them if
/// these are few.
fn on_log_error(learned: &Measured) -> [Option<Adjusted>; 3] {
    let effect = |number: &[f64], given: &[&[f64]]| {
        let is_enough = number.len() >= explained::FEWEST;
        Adjusted::of(number, &learned.log_error, given).filter(|_| is_enough)
    };
    Predictors::of(learned).each(effect)
}

/// What source nodes change about those that learned, in words.
pub fn how_well_sentence(sampled: &Sampled) -> Option<String> {
    let of = |&cell: &Cell| {
        let [sources, ..] = on_log_error(&sampled.measured(cell).learned());
        let Adjusted { effect, interval: Interval { low, high }, .. } = sources?;
        let [factor, low, high] = [effect, low, high].map(|log| format!("{:.2}", log.exp()));
        Some(format!("{factor} ({low} to {high}) for the {}", wording::cell(cell)))
    };
    let each: Vec<String> = sampled.study().cells.iter().filter_map(of).collect();
    (!each.is_empty()).then(|| {
        format!(
            "Among networks that learned, and at equal numbers of nodes, twice as many source nodes multiply \
                the share of wrong answers by (95 % intervals): {}.",
            wording::list(&each)
        )
    })
}

/// What changes how good those are that learned.
pub fn how_well(sampled: &Sampled) -> Option<Table> {
    let row = |&cell: &Cell| {
        let learned = sampled.measured(cell).learned();
        let found = on_log_error(&learned);
        let entry = |found: Option<Adjusted>| {
            let range = |found: &Adjusted| {
                let Interval { low, high } = found.interval;
                format!("{} to {}", wording::correlation(low), wording::correlation(high))
            };
            Entry {
                range: found.as_ref().map(range),
                ..Entry::or_dash(found.map(|found| wording::correlation(found.effect)))
            }
        };
        let networks = learned.graphs.len();
        let r2 = Explained::from_sources(&learned, &learned.log_error);
        Row {
            headings: vec![Heading::new(wording::cell(cell), 1)],
            cells: [Entry::new(Some(networks.to_string()))]
                .into_iter()
                .chain(found.map(entry))
                .chain([Entry::or_dash(r2.as_ref().map(estimate))])
                .collect(),
        }
    };
    let rows: Vec<Row> = sampled.study().cells.iter().map(row).collect();
    let told = rows.iter().flat_map(|row| &row.cells).any(|cell| cell.range.is_some());
    told.then(|| Table {
        title: "How good is it, if it learned? Change in log error".to_owned(),
        note: "Least squares on the graphs whose networks learned, with 95 % intervals (HC3 errors). Log error is \
               the natural logarithm of the share of wrong answers: 0.7 less is half as many. Nodes are \
               held fixed throughout, as a straight line, and so are doublings of source nodes where sink \
               nodes and families are compared. Which networks are here depends on the outcome, so this \
               is no effect on all of them. R²: for graphs not seen, from the number of source nodes alone."
            .to_owned(),
        head: vec![Heading::each(
            ["cell", "networks"].into_iter().chain(PREDICTORS).chain(["R² of source nodes"]),
        )],
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
