//! The section on what the thesis left open: what stands and what falls, and the contrasts that say so.

use rarefy::analysis::Variance;
use rarefy::cell::Cell;
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use crate::darji2021::open::OpenResults;
use crate::judged::{RULES, verdicts};

/// With fewer graphs, or fewer seeds of each, parts of a variance are not worth a table.
const FEWEST_GRAPHS: usize = 12;
const FEWEST_SEEDS: usize = 3;

/// The section.
pub fn html(open: &[OpenResults]) -> String {
    let mut html = format!(
        "<section id=\"open\">\n<h2>What stands and what falls</h2>\n<p>Findings of the thesis, and what \
         its open questions ask. A study tests each, with several seeds and with pairs of networks that differ \
         in one thing.</p>\n{RULES}",
    );
    html += &verdicts(open.iter().map(|results| &results.judged));
    html += "</section>\n<section id=\"open-studies\">\n<h2>What each study found</h2>\n";
    for OpenResults { judged, variance: found } in open {
        let variance = variance(found);
        let tables = [judged.accuracies(), judged.recall(), variance].into_iter().flatten();
        html += &judged.section(&tables.map(|table| table.html()).collect::<String>());
    }
    html + "</section>"
}

/// How much of the variance is between graphs: the ceiling of every prediction from graphs.
/// `None` unless there are graphs and seeds enough for an estimate.
fn variance(found: &[(Cell, Variance)]) -> Option<Table> {
    let enough = |(_, found): &&(Cell, Variance)| {
        found.groups >= FEWEST_GRAPHS && found.blocks.is_some_and(|seeds| seeds >= FEWEST_SEEDS)
    };
    let found: Vec<&(Cell, Variance)> = found.iter().filter(enough).collect();
    let share = |value: f64| format!("{value:.2}");
    let row = |(cell, found): &&(Cell, Variance)| {
        let all = found.between + found.block.unwrap_or_default() + found.rest;
        let cells = [
            format!(
                "{} ({} to {})",
                share(found.between / all),
                share(found.interval.low.clamp(0.0, 1.0)),
                share(found.interval.high.clamp(0.0, 1.0))
            ),
            share(found.block.unwrap_or_default() / all),
            share(found.rest / all),
            found.groups.to_string(),
            found.blocks.unwrap_or_default().to_string(),
        ];
        Row {
            headings: Heading::each([wording::cell(*cell)]),
            cells: cells.into_iter().map(|text| Entry::new(Some(text))).collect(),
        }
    };
    (!found.is_empty()).then(|| Table {
        title: "Is it the graph or the seed?".to_owned(),
        note: "Shares of the variance of test accuracy. That of graphs (95 % interval) is the most that \
               anything known about a graph can explain of one network’s accuracy. All of these graphs \
               have 30 nodes, and their networks have inputs of the same width."
            .to_owned(),
        head: vec![Heading::each(["", "graph", "seed", "both together, and chance", "graphs", "seeds"])],
        rows: found.iter().map(row).collect(),
    })
}
