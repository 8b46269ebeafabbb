//! Whether networks learned at all, by the number of source nodes.

use rarefy::analysis::{Interval, wilson};
use rarefy::cell::Cell;
use rarefy::graph::Family;
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use crate::darji2021::prediction::SOURCES;
use crate::darji2021::report::findings::LEARNED;
use crate::darji2021::report::structure::measured::place;
use crate::darji2021::report::structure::networks::{Sampled, Trained, near_chance};

/// Larger numbers of source nodes are one column of the table, because few graphs have them.
const LARGE: f64 = 5.0;

/// How many networks learned, of how many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learned {
    /// Networks that learned.
    pub learned: usize,
    /// All networks.
    pub networks: usize,
}

impl Learned {
    /// Among these networks; `None` if there are none.
    pub fn of<'a>(networks: impl Iterator<Item = &'a Trained>) -> Option<Self> {
        let count = |found: Self, network| Self {
            learned: found.learned + usize::from(!near_chance(network)),
            networks: found.networks + 1,
        };
        let found = networks.fold(Self { learned: 0, networks: 0 }, count);
        (found.networks > 0).then_some(found)
    }

    /// The share that learned, 0 to 1.
    pub fn share(self) -> f64 {
        self.learned as f64 / self.networks as f64
    }

    /// Its 95 % interval.
    pub fn interval(self) -> Interval {
        wilson(self.learned, self.networks).expect("a network")
    }
}

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
    Learned::of(own.map(|(_, network)| network))
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
