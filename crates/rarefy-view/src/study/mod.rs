//! The report of any study: its questions, their answers, what varied, and the results.
//!
//! A pure function of the study's [`Findings`]: it computes no statistics. Findings come first,
//! then tables and figures. `opening` states the findings in sentences; `tables` and `figures` show
//! them. Start at `render`.

mod figures;
mod opening;
mod settings;
mod tables;
mod words;

use rarefy::study::Findings;

use crate::figure::Figure;
use crate::page::Page;
use crate::table::Table;
use crate::wording;
use opening::Opening;
use settings::Settings;

/// The report as a self-contained HTML page.
pub fn render(findings: &Findings) -> String {
    let Findings { name, version, data, judge, .. } = findings;
    let [effects, differences, curves, masks] = figures::all(findings);
    let by_epoch = format!("{} by epoch", wording::capitalised(data.merit.noun()));
    let mut contents = vec![("found", "What was found")];
    let mut sections = vec![Opening::new(findings).html()];
    let mut part = |anchor, title, parts: Vec<String>| {
        if !parts.is_empty() {
            contents.push((anchor, title));
            let parts = parts.concat();
            sections
                .push(format!("<section id=\"{anchor}\">\n<h2>{title}</h2>\n{parts}</section>"));
        }
    };
    let tables = |tables: Vec<Table>| tables.iter().map(Table::html).collect::<Vec<_>>();
    let html = |figure: Option<Figure>| figure.as_ref().map(Figure::html);
    let answers = tables(tables::contrasts(findings).into_iter().collect());
    part("contrasts", "What the study asks", answers.into_iter().chain(html(effects)).collect());
    let levels = tables(tables::levels(findings)).into_iter().chain(html(differences));
    part("settings", "One setting at a time", levels.collect());
    part("curves", &by_epoch, html(curves).into_iter().collect());
    part("masks", "Masks that changed in training", html(masks).into_iter().collect());
    part("groups", "Every combination of settings", tables(tables::groups(findings)));
    part("held", "What varied and what did not", vec![Settings::new(findings).html()]);
    let sequences = wording::grouped(data.train_strings);
    let tested = wording::grouped(data.test_strings);
    let subtitle = format!(
        "{sequences} training and {tested} test sequences · judged by {} {}",
        wording::judged_on(*judge),
        data.merit.noun()
    );
    Page { title: name, subtitle, contents, sections, source: "", version }.html()
}

/// The figures of the report.
pub fn figures(findings: &Findings) -> Vec<Figure> {
    figures::all(findings).into_iter().flatten().collect()
}

pub use opening::orders;
pub use tables::{comparisons, contrasts};
pub use words::{p_value, progress};
