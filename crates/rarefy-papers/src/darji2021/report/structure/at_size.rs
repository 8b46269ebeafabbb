//! What is left at equal numbers of nodes and source nodes: of the difference between the families,
//! of other properties, and of what the networks of one graph have in common.
//!
//! Nodes are held fixed as a quadratic, source nodes as a factor.

use std::collections::HashMap;

use rarefy::analysis::{
    Adjusted, Bootstrap, Correlation, Interval, Summary, correlate, holm, residuals,
};
use rarefy::cell::Cell;
use rarefy::graph::{Family, Properties};
use rarefy_view::study::p_value;
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use crate::darji2021::prediction::SOURCES;
use crate::darji2021::report::chance::{SIGNIFICANT, Tested};
use crate::darji2021::report::structure::explained::FEWEST;
use crate::darji2021::report::structure::measured::Measured;
use crate::darji2021::report::structure::networks::Sampled;
use crate::darji2021::report::structure::theirs::theirs;
use crate::darji2021::report::thesis;

/// How much more accurate Watts-Strogatz networks are than Barabasi-Albert networks.
pub struct FamilyEffect {
    /// Over all graphs, as they are.
    pub raw: Adjusted,
    /// At equal numbers of nodes and source nodes, among the numbers of source nodes that both
    /// families have. `None` if there are too few graphs.
    pub at_size: Option<AtSize>,
}

/// The part of an effect that is left at equal size.
pub struct AtSize {
    /// The effect.
    pub effect: Adjusted,
    /// Over the same graphs, as they are.
    pub raw: Adjusted,
    /// How many of these are Barabasi-Albert graphs, and how many Watts-Strogatz graphs.
    pub graphs: [usize; 2],
    /// The smallest and the largest number of source nodes that both families have.
    pub sources: [f64; 2],
}

impl FamilyEffect {
    /// For one cell; `None` without graphs of both families.
    pub fn of(measured: &Measured) -> Option<Self> {
        let is_ws = |m: &Measured| m.is_of(Family::WattsStrogatz);
        let raw = Adjusted::of(&is_ws(measured), &measured.accuracy, &[])?;
        let sources = measured.column(SOURCES);
        let has = |family: Family, number: f64| {
            let graphs = measured.graphs.iter().zip(sources);
            graphs.into_iter().any(|(graph, &sources)| (graph.0, sources) == (family, number))
        };
        let shared = measured.only(|at| {
            let families = [Family::BarabasiAlbert, Family::WattsStrogatz];
            families.into_iter().all(|family| has(family, sources[at]))
        });
        let at_size = || {
            let sizes = shared.sizes();
            let given: Vec<&[f64]> = sizes.iter().map(Vec::as_slice).collect();
            let is_ws = is_ws(&shared);
            let effect = Adjusted::of(&is_ws, &shared.accuracy, &given)?;
            let raw = Adjusted::of(&is_ws, &shared.accuracy, &[])?;
            let ws = is_ws.iter().filter(|is_ws| **is_ws > 0.0).count();
            let sources = shared.column(SOURCES).iter().copied();
            let sources = [sources.clone().reduce(f64::min)?, sources.reduce(f64::max)?];
            Some(AtSize { effect, raw, graphs: [is_ws.len() - ws, ws], sources })
        };
        Some(Self { raw, at_size: at_size() })
    }
}

/// `+2.0 (−1.6 to +5.5)`
fn points(Adjusted { effect, interval, .. }: &Adjusted) -> String {
    let [effect, low, high] = [*effect, interval.low, interval.high].map(wording::signed_points);
    format!("{effect} ({low} to {high})")
}

/// The effect of the family for each cell, and the p-value of what is left at equal size, corrected
/// for the number of cells.
fn effects(sampled: &Sampled) -> Vec<(Cell, FamilyEffect, Option<f64>)> {
    let cells = sampled.study().cells.iter();
    let found = cells.filter_map(|&cell| Some((cell, FamilyEffect::of(&sampled.measured(cell))?)));
    let found: Vec<(Cell, FamilyEffect)> = found.collect();
    let p = found.iter().map(|(_, found)| Some(found.at_size.as_ref()?.effect.p));
    let p = holm(&p.collect::<Vec<_>>());
    found.into_iter().zip(p).map(|((cell, found), p)| (cell, found, p)).collect()
}

/// The difference between the families, raw and at equal size.
pub fn families(sampled: &Sampled) -> Option<Table> {
    let row = |(cell, FamilyEffect { raw, at_size }, p): (Cell, FamilyEffect, Option<f64>)| {
        let published = theirs(sampled, || thesis_difference(cell));
        let left = at_size.as_ref().map(|left| {
            let ([low, high], [ba, ws]) = (left.sources, left.graphs);
            format!("{ba} and {ws} ({low} to {high} sources)")
        });
        Row {
            headings: vec![Heading::new(wording::cell(cell), 1)],
            cells: vec![
                Entry::new(Some(raw.rows.to_string())),
                Entry::new(Some(points(&raw))).beside(published.map(wording::signed_points)),
                Entry::new(left),
                Entry::new(at_size.as_ref().map(|left| points(&left.raw))),
                Entry::new(at_size.as_ref().map(|left| points(&left.effect))),
                Entry::new(p.map(p_value)),
            ],
        }
    };
    let rows: Vec<Row> = effects(sampled).into_iter().map(row).collect();
    (!rows.is_empty()).then(|| Table {
        title: "Watts-Strogatz minus Barabasi-Albert, raw and at equal numbers of nodes and source nodes"
            .to_owned(),
        note: format!(
            "Difference in mean accuracy, percentage points, with 95 % intervals (least squares, HC3 \
            errors). At equal numbers: nodes and their square are held fixed, and each number of source \
            nodes is a column of its own; only graphs whose number of source nodes occurs in both families \
            count. P is corrected for the number of cells (Holm). Edges are not held fixed.{}",
            theirs(sampled, || {
                Some(
                    " With as many nodes, the thesis’s Watts-Strogatz graphs have about a tenth more edges. \
                      Grey: the thesis.",
                )
            })
            .unwrap_or_default(),
        ),
        head: vec![Heading::each([
            "cell",
            "graphs",
            "raw",
            "Barabasi-Albert and Watts-Strogatz graphs that overlap",
            "raw, of these",
            "at equal numbers, of these",
            "corrected p",
        ])],
        rows,
    })
}

fn thesis_difference(cell: Cell) -> Option<f64> {
    let mean = |family| Some(thesis::family(cell, family)?.mean);
    Some(mean(Family::WattsStrogatz)? - mean(Family::BarabasiAlbert)?)
}

/// What the table of families says in words.
pub fn families_sentence(sampled: &Sampled) -> Option<String> {
    let effects = effects(sampled);
    let each = effects.iter().map(|(cell, FamilyEffect { raw, at_size }, _)| {
        let left = at_size.as_ref();
        let left = left.map(|left| format!(", at equal numbers {}", points(&left.effect)));
        format!("{} {}{}", wording::cell(*cell), points(raw), left.unwrap_or_default())
    });
    let each: Vec<String> = each.collect();
    let better = |family: Family, sign: f64| {
        let cells = effects.iter().filter(|(_, found, p)| {
            let left = found.at_size.as_ref();
            left.is_some_and(|left| left.effect.effect.signum() == sign)
                && p.is_some_and(|p| p < SIGNIFICANT)
        });
        let cells: Vec<&str> = cells.map(|(cell, ..)| wording::cell(*cell)).collect();
        let title = family.title();
        (!cells.is_empty()).then(|| format!("{title} graphs for the {}", wording::list(&cells)))
    };
    let better = [better(Family::WattsStrogatz, 1.0), better(Family::BarabasiAlbert, -1.0)];
    let better: Vec<String> = better.into_iter().flatten().collect();
    let clear = match better.as_slice() {
        [] => " There, no difference is clear.".to_owned(),
        some => format!(" There, clearly better are {}.", wording::list(some)),
    };
    (!each.is_empty()).then(|| {
        format!(
            "Watts-Strogatz networks minus Barabasi-Albert networks, in percentage points of accuracy \
                with 95 % intervals: {}. Equal numbers are those of nodes and of source nodes.{clear}{}",
            each.join("; "),
            sources_of_families(sampled).unwrap_or_default(),
        )
    })
}

/// How many source nodes the graphs of each family have on average.
fn sources_of_families(sampled: &Sampled) -> Option<String> {
    let cells = sampled.study().cells.iter().map(|&cell| sampled.measured(cell));
    let measured = cells.max_by_key(|measured| measured.graphs.len())?;
    let mean = |family: Family| {
        let own = measured.only(|at| measured.graphs[at].0 == family);
        Some(Summary::of(own.column(SOURCES))?.mean)
    };
    let [ws, ba] = [mean(Family::WattsStrogatz)?, mean(Family::BarabasiAlbert)?];
    Some(format!(
        " Watts-Strogatz graphs have {ws:.1} source nodes on average, Barabasi-Albert graphs {ba:.1}."
    ))
}

/// A way to ask which properties matter.
struct Asked {
    target: &'static str,
    fixed: &'static str,
    tested: fn(&Measured) -> Vec<Option<Tested>>,
}

const ASKED: [Asked; 6] = [
    Asked { target: "accuracy", fixed: "nothing", tested: Measured::tested },
    Asked { target: "accuracy", fixed: "both, as straight lines", tested: Measured::left },
    Asked { target: "accuracy", fixed: AT_SIZE, tested: |m| m.left_at_size(&m.accuracy) },
    Asked { target: "log error", fixed: AT_SIZE, tested: |m| m.left_at_size(&m.log_error) },
    Asked {
        target: "log error, networks that learned",
        fixed: AT_SIZE,
        tested: |m| {
            let learned = m.learned();
            learned.left_at_size(&learned.log_error)
        },
    },
    Asked {
        target: "accuracy, networks that learned",
        fixed: AT_SIZE,
        tested: |m| {
            let learned = m.learned();
            learned.left_at_size(&learned.accuracy)
        },
    },
];
const AT_SIZE: &str = "both, in any shape";

/// The names of the properties that are related to a target by more than chance.
pub fn clear(tested: &[Option<Tested>]) -> Vec<&'static str> {
    let named = Properties::THESIS.iter().zip(tested);
    let clear = named.filter(|(_, tested)| tested.as_ref().is_some_and(Tested::is_clear));
    clear.map(|(name, _)| *name).collect()
}

/// How many properties matter, by what is held fixed and by what they should explain.
pub fn left(sampled: &Sampled) -> Table {
    let cells = &sampled.study().cells;
    let measured: Vec<Measured> = cells.iter().map(|&cell| sampled.measured(cell)).collect();
    let row = |asked: &Asked| {
        let entry = |measured: &Measured| {
            let tested = (asked.tested)(measured);
            let count = tested.iter().flatten().count();
            let clear = clear(&tested);
            let text = (count > 0).then(|| match clear.len() {
                1..=NAMED => format!("{} of {count}: {}", clear.len(), clear.join(", ")),
                many => format!("{many} of {count}"),
            });
            Entry::new(text)
        };
        Row {
            headings: Heading::each([asked.target, asked.fixed]),
            cells: measured.iter().map(entry).collect(),
        }
    };
    let heads = ["related to", "held fixed"].into_iter();
    Table {
        title: "Number of properties that matter".to_owned(),
        note: "Properties that are related to a result by more than chance (p < 0.05 after Holm’s \
            correction), of those tested. Both: the numbers of nodes and of source nodes; in any shape: \
            with nodes squared too, and each number of source nodes as a column of its own. Log error is \
            the logarithm of the share of wrong answers. Networks that learned: how well, if at all."
            .to_owned(),
        head: vec![Heading::each(heads.chain(cells.iter().map(|&cell| wording::cell(cell))))],
        rows: ASKED.iter().map(row).collect(),
    }
}

/// Up to this many properties are named: more make the table wide.
const NAMED: usize = 1;

/// How many properties matter at equal size, in words.
pub fn left_sentence(sampled: &Sampled) -> Option<String> {
    let count = |of: fn(&Measured) -> Vec<Option<Tested>>| {
        let counts = sampled.study().cells.iter().filter_map(|&cell| {
            let tested = of(&sampled.measured(cell));
            tested.iter().flatten().next()?;
            let clear = clear(&tested);
            let names = match clear.len() {
                1..=NAMED => format!(" ({})", wording::list(&clear)),
                _ => String::new(),
            };
            Some(format!("{} for the {}{names}", clear.len(), wording::cell(cell)))
        });
        let counts: Vec<String> = counts.collect();
        (!counts.is_empty()).then(|| wording::list(&counts))
    };
    let accuracy = count(ASKED[2].tested)?;
    let learned = count(ASKED[4].tested).zip(count(ASKED[5].tested));
    let learned = learned.map(|(log_error, accuracy)| {
        format!(" Among networks that learned, in log error: {log_error}; in accuracy: {accuracy}.")
    });
    Some(format!(
        "At equal numbers of nodes and source nodes, the number of other properties still related to \
            accuracy by more than chance is {accuracy}.{}",
        learned.unwrap_or_default()
    ))
}

/// The correlation of two cells' log errors of the same graph, beyond its size.
pub fn between_cells(sampled: &Sampled) -> Vec<(Cell, Cell, Correlation)> {
    let rest = |&cell: &Cell| {
        let measured = sampled.measured(cell);
        let sizes = measured.sizes();
        let given: Vec<&[f64]> = sizes.iter().map(Vec::as_slice).collect();
        let rest = residuals(&measured.log_error, &given);
        let by_graph: HashMap<(Family, u32), f64> = measured.graphs.into_iter().zip(rest).collect();
        (cell, by_graph)
    };
    let rest: Vec<_> = sampled.study().cells.iter().map(rest).collect();
    let mut found = Vec::new();
    for (at, (a, first)) in rest.iter().enumerate() {
        for (b, second) in &rest[at + 1..] {
            let mut shared: Vec<_> =
                first.keys().filter(|graph| second.contains_key(graph)).collect();
            shared.sort_by_key(|(family, number)| (family.name(), *number));
            let [x, y] = [first, second]
                .map(|rest| shared.iter().map(|graph| rest[graph]).collect::<Vec<f64>>());
            let bootstrap = Bootstrap::new(x.len(), 0, 1);
            let r = correlate(&[&x], &y, &[], &bootstrap)[0].pearson;
            // If size explains everything, rounding errors are all that is left.
            let some = x.len() >= FEWEST && x.iter().any(|rest| rest.abs() > ROUNDING);
            found.extend(r.filter(|_| some).map(|r| (*a, *b, r)));
        }
    }
    found
}

/// Smaller residuals of a logarithm are rounding errors.
const ROUNDING: f64 = 1e-9;

/// The correlations between cells as a table; `None` for a single cell.
pub fn between(found: &[(Cell, Cell, Correlation)]) -> Option<Table> {
    let row = |(a, b, r): &(Cell, Cell, Correlation)| {
        let interval = r.interval.map(|Interval { low, high }| {
            format!("{} to {}", wording::correlation(low), wording::correlation(high))
        });
        Row {
            headings: vec![Heading::new(
                format!("{} and {}", wording::cell(*a), wording::cell(*b)),
                1,
            )],
            cells: vec![Entry::new(Some(wording::correlation(r.r))), Entry::new(interval)],
        }
    };
    (!found.is_empty()).then(|| Table {
        title: "What two cells have in common on the same graph".to_owned(),
        note: "Correlation of their log errors beyond nodes and source nodes (nodes squared, each number \
            of source nodes as a column of its own), with 95 % intervals. Were the rest of the graph’s \
            structure good or bad for every cell, it would be above 0. Where each graph was trained once, \
            the luck of the seed lowers it."
            .to_owned(),
        head: vec![Heading::each(["cells", "r", "95 % interval"])],
        rows: found.iter().map(row).collect(),
    })
}

/// The same in a sentence.
pub fn between_sentence(found: &[(Cell, Cell, Correlation)]) -> Option<String> {
    let r = || found.iter().map(|(_, _, correlation)| correlation.r);
    let (least, most) = (r().reduce(f64::min)?, r().reduce(f64::max)?);
    let clear = found.iter().filter(|(_, _, r)| {
        r.interval.is_some_and(|interval| interval.low > 0.0 || interval.high < 0.0)
    });
    let clear = clear.count();
    let clear = match clear {
        0 => "Every interval holds 0: no graph is clearly good for two cells, though the luck of the seed \
              may hide it"
            .to_owned(),
        some => format!("{some} of {} intervals leave 0 out", found.len()),
    };
    Some(format!(
        "Beyond nodes and source nodes, the log errors of two cells on the same graphs correlate by {} to \
            {}. {clear}.",
        wording::correlation(least),
        wording::correlation(most),
    ))
}
