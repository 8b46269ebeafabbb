//! The report of a study.

use rarefy::format::write_atomically;
use rarefy::study::{Findings, Folder, Format, collect};
use rarefy_view::study;
use serde_json::json;

use super::figures::FiguresArguments;
use crate::output::{print_json, print_text};
use crate::table::{Table, numbers, words};

/// Writes the tables and the report of the study in `folder`, and prints a summary.
pub fn run(folder: &Folder, figures: &FiguresArguments, json: bool) -> anyhow::Result<()> {
    let file = folder.study()?;
    let tables = collect(folder, &file, &[Format::Csv])?.tables;
    let findings = Findings::of(folder, &file)?;
    let path = folder.path().join("report.html");
    write_atomically(&path, study::render(&findings).as_bytes())?;
    let figures = figures.write(&study::figures(&findings))?;
    if json {
        return print_json(&json!({
            "report": path,
            "tables": tables,
            "study": findings,
            "figures": figures,
        }));
    }
    let progress = study::progress(&findings.progress);
    let summary = summary(&findings);
    print_text(&format!(
        "{}: {progress}\n{summary}the report is {}\n",
        findings.name,
        path.display()
    ))
}

/// The answers to its contrasts, or if it has none, the differences between levels.
fn summary(findings: &Findings) -> String {
    let shown = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:+.4}"));
    let interval = |low: Option<f64>, high: Option<f64>| match low.zip(high) {
        Some(_) => format!("{} to {}", shown(low), shown(high)),
        None => "-".to_owned(),
    };
    let found = [words("interval (95 %)"), numbers("pairs")];
    if findings.contrasts.is_empty() {
        let columns = [words("setting"), words("levels"), numbers("difference")];
        let mut table = Table::new(2, columns.into_iter().chain(found));
        let differences = findings.varied.iter().flat_map(|varied| &varied.differences);
        let mut any = false;
        for one in differences {
            any = true;
            table.row([
                one.vary.to_owned(),
                format!("{} -> {}", one.level_a, one.level_b),
                shown(one.effect),
                interval(one.low, one.high),
                one.pairs.to_string(),
            ]);
        }
        return if any { table.text() } else { String::new() };
    }
    let columns = [words("setting"), words("levels"), words("verdict"), numbers("difference")];
    let more = [numbers("p, corrected"), words("column")];
    let mut table = Table::new(2, columns.into_iter().chain(found).chain(more));
    for answer in &findings.contrasts {
        let one = &answer.difference;
        table.row([
            one.vary.to_owned(),
            format!("{} -> {}", one.level_a, one.level_b),
            answer.verdict.map_or("-", |verdict| verdict.name()).to_owned(),
            shown(one.effect),
            interval(one.low, one.high),
            one.pairs.to_string(),
            answer.p_holm.map_or("-".to_owned(), |p| format!("{p:.4}")),
            one.column.clone(),
        ]);
    }
    table.text()
}
