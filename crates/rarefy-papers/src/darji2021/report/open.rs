//! The section on what the thesis left open: what stands and what falls, and the contrasts that say so.

use rarefy::analysis::Variance;
use rarefy::cell::Cell;
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use crate::darji2021::open::OpenResults;
use crate::judged::{RULES, verdicts};

/// The section.
pub fn html(open: &[OpenResults]) -> String {
    let mut html = format!(
        "<section id=\"open\">\n<h2>What stands and what falls</h2>\n<p>Findings of the thesis, and what \
         follows from them. A study tests each, with several seeds and with pairs of networks that differ \
         in one thing.</p>\n{RULES}",
    );
    html += &verdicts(open.iter().map(|results| &results.judged));
    html += "</section>\n<section id=\"open-studies\">\n<h2>What each study found</h2>\n";
    for OpenResults { judged, variance: found } in open {
        let variance = (!found.is_empty()).then(|| variance(found));
        let tables = judged.accuracies().into_iter().chain(variance);
        html += &judged.section(&tables.map(|table| table.html()).collect::<String>());
    }
    html + "</section>"
}

/// How much of the variance is between graphs: the ceiling of every prediction from graphs.
fn variance(found: &[(Cell, Variance)]) -> Table {
    let share = |value: f64| format!("{value:.2}");
    let row = |(cell, found): &(Cell, Variance)| {
        let all = found.between + found.block.unwrap_or_default() + found.rest;
        let cells = [
            format!(
                "{} ({} to {})",
                share(found.share),
                share(found.interval.low),
                share(found.interval.high)
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
    Table {
        title: "Is it the graph or the seed?".to_owned(),
        note: "Shares of the variance of test accuracy. That of graphs (95 % interval) is the most that \
               anything known about a graph can explain of one network’s accuracy."
            .to_owned(),
        head: vec![Heading::each(["", "graph", "seed", "both together, and chance", "graphs", "seeds"])],
        rows: found.iter().map(row).collect(),
    }
}
