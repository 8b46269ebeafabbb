//! The section on what the thesis left open: what stands and what falls, and the contrasts that say so.

use rarefy::analysis::Variance;
use rarefy::cell::Cell;
use rarefy_view::study;
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use crate::darji2021::open::{Claimed, Open, OpenResults};

/// The section.
pub fn html(open: &[OpenResults]) -> String {
    let claims: Vec<Claimed<'_>> = open.iter().flat_map(OpenResults::claims).collect();
    let mut html = String::from(
        "<section id=\"open\">\n<h2>What stands and what falls</h2>\n<p>Findings of the thesis, and what \
         follows from them, each tested by a study of its own: several seeds, trials in pairs that \
         differ in one thing, and the smallest difference that the study would have shown. A claim \
         of a difference stands if the interval lies beyond zero; one that two things are alike stands \
         if the whole interval lies within one percentage point. Otherwise it is open.</p>\n",
    );
    for claimed in &claims {
        let found: Vec<String> =
            claimed.answers.iter().map(|answer| study::answered(answer)).collect();
        html += &format!(
            "<p class=\"verdict {}\"><strong>{}</strong> {}</p>\n<details><summary>Why</summary>\n<ul>\n{}\
             </ul>\n</details>\n",
            claimed.stands.class(),
            claimed.stands,
            claimed.claim.sentence,
            found.iter().map(|found| format!("<li>{found}</li>\n")).collect::<String>(),
        );
    }
    for results in open {
        html += &format!("<h3>{}</h3>\n<p>{}</p>\n", title(results.open), progress(results));
        for (question, orders) in study::orders(&results.findings.contrasts) {
            html += &format!("<p><strong>{question}</strong> {}</p>\n", orders.join(" "));
        }
        if !results.variance.is_empty() {
            html += &variance(&results.variance).html();
        }
        html += &study::contrasts(&results.findings).map(|table| table.html()).unwrap_or_default();
    }
    html + "</section>"
}

/// What a study is about.
pub fn title(open: Open) -> &'static str {
    match open {
        Open::Wired => "Networks wired as graphs: graph, seed, input, masks, dead ends",
        Open::SmallWorld => "Small worlds",
        Open::Recovery => "Retraining after pruning, against training on",
        Open::Structured => "Networks wired as graphs, pruned further",
        Open::EqualReber => "Equal numbers of weights, on the thesis’s task",
        Open::EqualEmbedded => "Equal numbers of weights, on the embedded Reber grammar",
    }
}

fn progress(results: &OpenResults) -> String {
    study::progress(&results.findings.progress)
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
