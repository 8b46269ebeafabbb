//! Figure 3: accuracy during retraining.

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy_view::chart::{Axis, Chart, Marker, swatch};
use rarefy_view::curve::{accuracy_axis, axis_note, line};
use rarefy_view::figure::{Figure, Group, LOW, Legend, NARROW, Panel};
use rarefy_view::table::{Heading, Row, Table};
use rarefy_view::wording;

use crate::darji2021::report::figure::beside::{
    band_note, curve, entry, grey_note, level_legend, thesis_legend,
};
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::thesis;

/// Curves per panel, for the largest percentages; the tables have all of them.
const DRAWN_PERCENTS: usize = 4;

/// Accuracy by epoch of retraining, one panel per cell and scope, one line per percentage.
pub fn retraining(findings: &Findings) -> Figure {
    let study = findings.study;
    let epochs = study.recovery_epochs;
    let percents = findings.percents();
    let drawn = &percents[percents.len().saturating_sub(DRAWN_PERCENTS)..];
    let ours = |cell, scope, percent| findings.retraining_curve(cell, scope, percent);
    let published = |cell, scope, percent| {
        let values = thesis::retraining_curve(cell, scope, percent);
        curve(values.filter(|_| findings.beside_thesis).unwrap_or_default(), 0, epochs)
    };
    let mut all = Vec::new();
    for &scope in &study.scopes {
        for &cell in &study.cells {
            for &percent in drawn {
                all.push(ours(cell, scope, percent));
                all.push(published(cell, scope, percent));
            }
        }
    }
    let x = Axis::whole("epochs of retraining", 0, epochs, 5);
    let y = accuracy_axis(all.iter());
    let scale = axis_note(&y);
    let panel = |scope: Scope, cell: Cell| {
        let name = wording::cell(cell);
        let mut lines = Vec::new();
        for dashed in [true, false] {
            for (step, &percent) in drawn.iter().enumerate() {
                let curve = if dashed {
                    published(cell, scope, percent)
                } else {
                    ours(cell, scope, percent)
                };
                let whose = if dashed { "Thesis, " } else { "" };
                let pruned = wording::percent(percent);
                let text = |x| format!("{whose}{name}, {scope}, {pruned} pruned, epoch {x}");
                lines.push(line(&step_class(step), Marker::ALL[step], dashed, &curve, &text));
            }
        }
        let label = format!(
            "{name}, {}: test accuracy by epoch of retraining after pruning to {}",
            wording::scope(scope),
            wording::list(&drawn.iter().map(|&p| wording::percent(p)).collect::<Vec<_>>()),
        );
        let (x, y) = (x.clone(), y.clone());
        let level = findings.level_on_test(cell);
        let chart = Chart { label, width: NARROW, height: LOW, x, y, level, lines };
        Panel::new(name, name.to_owned(), chart)
    };
    let group = |&scope: &Scope| Group {
        title: wording::scope(scope).to_owned(),
        folded: false,
        columns: 4,
        panels: study.cells.iter().map(|&cell| panel(scope, cell)).collect(),
    };
    let table = |scope: Scope, cell: Cell| Table {
        title: format!(
            "{}, {}: test accuracy by epoch of retraining",
            wording::scope(scope),
            wording::cell(cell)
        ),
        note: grey_note(findings),
        head: vec![Heading::each(
            ["pruned".to_owned()].into_iter().chain((0..=epochs).map(|epoch| epoch.to_string())),
        )],
        rows: percents
            .iter()
            .map(|&percent| {
                let (a, b) = (ours(cell, scope, percent), published(cell, scope, percent));
                Row {
                    headings: vec![Heading::new(wording::percent(percent), 1)],
                    cells: (0..=epochs).map(|epoch| entry(&a, &b, epoch)).collect(),
                }
            })
            .collect(),
    };
    let mut legend: Vec<Legend> = drawn
        .iter()
        .enumerate()
        .map(|(step, &percent)| Legend {
            swatch: swatch(&step_class(step), Marker::ALL[step], false),
            name: format!("{} pruned", wording::percent(percent)),
        })
        .collect();
    legend.push(level_legend(findings));
    legend.extend(thesis_legend(findings));
    let smaller = match percents.len() - drawn.len() {
        0 => "",
        _ => " Smaller percentages are in the tables below the figure.",
    };
    Figure {
        number: 3,
        name: "recovery",
        appendix: false,
        title: "Accuracy during retraining".to_owned(),
        caption: format!(
            "Accuracy on the test sequences during retraining. Epoch 0 is right after \
                pruning.{scale}{}{smaller}",
            band_note(findings)
        ),
        legend,
        groups: study.scopes.iter().map(group).collect(),
        data: study
            .scopes
            .iter()
            .flat_map(|&scope| study.cells.iter().map(move |&cell| table(scope, cell)))
            .collect(),
        csv: None,
    }
}

fn step_class(step: usize) -> String {
    format!("step-{step}")
}
