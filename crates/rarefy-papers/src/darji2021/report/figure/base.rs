//! Figure 1: training the base models.

use rarefy::cell::Cell;
use rarefy_view::chart::{Axis, Chart, Marker, NEUTRAL, cell_class, cell_marker, swatch};
use rarefy_view::curve::{Curve, accuracy_axis, axis_note, line};
use rarefy_view::figure::{Figure, Group, LOW, Legend, NARROW, Panel};
use rarefy_view::table::{Heading, Row, Table};
use rarefy_view::wording;

use crate::darji2021::report::figure::beside::{band_note, curve, entry, grey_note, thesis_legend};
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::thesis;

/// Accuracy of the base models by epoch, one panel per cell.
pub fn base(findings: &Findings) -> Figure {
    let study = findings.study;
    let epochs = study.base_epochs;
    let curves: Vec<(Cell, Curve, Curve)> = study
        .cells
        .iter()
        .map(|&cell| {
            let published = match findings.beside_thesis {
                true => curve(thesis::base_curve(cell), 1, epochs),
                false => Curve::new(),
            };
            (cell, findings.base_curve(cell), published)
        })
        .collect();
    let x = Axis::whole("epoch", 1, epochs, 5);
    let y = accuracy_axis(curves.iter().flat_map(|(_, ours, published)| [ours, published]));
    let scale = axis_note(&y);
    let panels = curves.iter().map(|(cell, ours, published)| {
        let name = wording::cell(*cell);
        let lines = vec![
            line(cell_class(*cell), cell_marker(*cell), true, published, &|x| {
                format!("Thesis, {name}, epoch {x}")
            }),
            line(cell_class(*cell), cell_marker(*cell), false, ours, &|x| {
                format!("{name}, epoch {x}")
            }),
        ];
        let label = format!("{name}: test accuracy of the base model by epoch, {}", extent(ours));
        let (x, y) = (x.clone(), y.clone());
        let chart = Chart { label, width: NARROW, height: LOW, x, y, level: None, lines };
        Panel::new(name, name.to_owned(), chart)
    });
    let group = Group { title: String::new(), columns: 4, panels: panels.collect(), folded: false };
    let head = |(cell, _, _): &(Cell, Curve, Curve)| Heading::new(wording::cell(*cell), 1);
    let rows = (1..=epochs).map(|epoch| Row {
        headings: vec![Heading::new(epoch.to_string(), 1)],
        cells: curves.iter().map(|(_, ours, published)| entry(ours, published, epoch)).collect(),
    });
    let data = Table {
        title: "Test accuracy of the base models by epoch".to_owned(),
        note: grey_note(findings),
        head: vec![Heading::each(["epoch"]).into_iter().chain(curves.iter().map(head)).collect()],
        rows: rows.collect(),
    };
    let ours = match findings.seeds() {
        seeds if seeds.most > 1 => format!("this study, mean of {seeds}"),
        _ => "this study".to_owned(),
    };
    let ours = Legend { swatch: swatch(NEUTRAL, Marker::Circle, false), name: ours };
    Figure {
        number: 1,
        name: "training",
        appendix: true,
        title: "Training the base models".to_owned(),
        caption: format!(
            "Accuracy on the test sequences after each epoch.{scale}{}",
            band_note(findings)
        ),
        legend: [ours].into_iter().chain(thesis_legend(findings)).collect(),
        groups: vec![group],
        data: vec![data],
        csv: None,
    }
}

fn extent(curve: &Curve) -> String {
    match (curve.first(), curve.last()) {
        (Some((first, from)), Some((last, to))) => format!(
            "from {} after epoch {first} to {} after epoch {last}",
            wording::accuracy(from.mean),
            wording::accuracy(to.mean)
        ),
        _ => "no record yet".to_owned(),
    }
}
