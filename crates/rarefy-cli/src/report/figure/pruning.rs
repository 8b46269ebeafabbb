//! Figure 2: accuracy right after pruning.

use rarefy::cell::Cell;
use rarefy::prune::Scope;

use super::{
    Figure, Group, Legend, Panel, accuracy_axis, band_note, cell_class, cell_marker, entry, line,
    thesis_legend,
};
use crate::report::chart::{Axis, Chart, swatch};
use crate::report::findings::{Curve, Findings};
use crate::report::spread::Spread;
use crate::report::table::{Heading, Row, Table};
use crate::report::{thesis, wording};

/// Width of a panel of which three stand in a row.
const WIDE: f64 = 352.0;

/// Accuracy right after pruning by percent, one panel a scope, one line a cell.
pub fn pruning(findings: &Findings) -> Figure {
    let study = findings.study;
    let curves = |scope: Scope| -> Vec<(Cell, Curve, Curve)> {
        let published = |cell| {
            let mut points = vec![(0.0, Spread::one(thesis::unpruned(cell)))];
            points.extend(thesis::percents().filter_map(|percent| {
                let after = *thesis::retraining_curve(cell, scope, percent)?.first()?;
                Some((percent, Spread::one(after)))
            }));
            points
        };
        let both = |&cell| (cell, findings.pruning_curve(cell, scope), published(cell));
        study.cells.iter().map(both).collect()
    };
    let scopes: Vec<_> = study.scopes.iter().map(|&scope| (scope, curves(scope))).collect();
    let x = Axis::new("percent of the weights pruned", 0.0, 100.0, 5);
    let y = accuracy_axis(scopes.iter().flat_map(|(_, c)| c).flat_map(|(_, a, b)| [a, b]));
    let panels = scopes.iter().map(|(scope, curves)| {
        let mut lines = Vec::new();
        for dashed in [true, false] {
            for (cell, ours, published) in curves {
                let (whose, curve) = if dashed { ("Thesis, ", published) } else { ("", ours) };
                let name = wording::cell(*cell);
                let text = |x| format!("{whose}{name}, {} pruned", wording::percent(x));
                lines.push(line(cell_class(*cell), cell_marker(*cell), dashed, curve, &text));
            }
        }
        let label = format!(
            "{}: test accuracy right after pruning by percent, for {}",
            wording::scope(*scope),
            wording::list(&study.cells.iter().map(|&c| wording::cell(c)).collect::<Vec<_>>()),
        );
        let (title, x, y) = (wording::scope(*scope).to_owned(), x.clone(), y.clone());
        Panel { title, svg: Chart { label, width: WIDE, x, y, lines }.svg() }
    });
    let group = Group { title: String::new(), columns: 3, panels: panels.collect() };
    let mut percents = study.percents.clone();
    percents.insert(0, 0.0);
    percents.sort_by(f64::total_cmp);
    percents.dedup();
    let table = |(scope, curves): &(Scope, Vec<(Cell, Curve, Curve)>)| Table {
        caption: format!(
            "{}: test accuracy right after pruning; grey: the thesis",
            wording::scope(*scope)
        ),
        head: vec![
            Heading::each(["pruned"])
                .into_iter()
                .chain(curves.iter().map(|(cell, _, _)| Heading::new(wording::cell(*cell), 1)))
                .collect(),
        ],
        rows: percents
            .iter()
            .map(|&percent| Row {
                headings: vec![Heading::new(wording::percent(percent), 1)],
                cells: curves.iter().map(|(_, a, b)| entry(a, b, percent)).collect(),
            })
            .collect(),
    };
    let mut legend: Vec<Legend> = study
        .cells
        .iter()
        .map(|&cell| Legend {
            swatch: swatch(cell_class(cell), cell_marker(cell), false),
            name: wording::cell(cell).to_owned(),
        })
        .collect();
    legend.push(thesis_legend());
    Figure {
        number: 2,
        title: "Accuracy right after pruning".to_owned(),
        caption: format!(
            "Accuracy on the test strings by percent pruned, before any retraining.{}",
            band_note(findings)
        ),
        legend,
        groups: vec![group],
        data: scopes.iter().map(table).collect(),
    }
}
