//! Figure 2: accuracy right after pruning.

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy_view::chart::{Axis, Chart, scope_class, scope_marker, swatch};
use rarefy_view::curve::{Curve, accuracy_axis, axis_note, line};
use rarefy_view::figure::{Figure, Group, Legend, NARROW, Panel};
use rarefy_view::spread::Spread;
use rarefy_view::table::{Heading, Row, Table};
use rarefy_view::wording;

use crate::darji2021::report::figure::beside::{
    band_note, entry, grey_note, level_legend, thesis_legend,
};
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::thesis;

/// Height of a panel, which is tall because the curves are within a few points of each other near
/// 1.
const TALL: f64 = 340.0;

/// The curves of one cell: scope, our curve, the thesis's.
type Curves = Vec<(Scope, Curve, Curve)>;

/// Accuracy right after pruning by percentage, one panel per cell and one line per scope.
pub fn pruning(findings: &Findings) -> Figure {
    let study = findings.study;
    let curves = |cell: Cell| -> Curves {
        let both =
            |&scope| (scope, findings.pruning_curve(cell, scope), published(findings, cell, scope));
        study.scopes.iter().map(both).collect()
    };
    let cells: Vec<(Cell, Curves)> = study.cells.iter().map(|&cell| (cell, curves(cell))).collect();
    let x = Axis::new("% of the weights pruned", 0.0, 100.0, 5);
    let y = accuracy_axis(cells.iter().flat_map(|(_, c)| c).flat_map(|(_, a, b)| [a, b]));
    let scale = axis_note(&y);
    let panels = cells.iter().map(|(cell, curves)| {
        let name = wording::cell(*cell);
        let mut lines = Vec::new();
        for dashed in [true, false] {
            for (scope, ours, published) in curves {
                let (whose, curve) = if dashed { ("Thesis, ", published) } else { ("", ours) };
                let text = |x| format!("{whose}{name}, {scope}, {} pruned", wording::percent(x));
                lines.push(line(scope_class(*scope), scope_marker(*scope), dashed, curve, &text));
            }
        }
        let scopes: Vec<&str> = study.scopes.iter().map(|&s| wording::weights(s)).collect();
        let label = format!(
            "{name}: test accuracy right after pruning by percent, of {}",
            wording::list(&scopes),
        );
        let (x, y, level) = (x.clone(), y.clone(), findings.level_on_test(*cell));
        let chart = Chart { label, width: NARROW, height: TALL, x, y, level, lines };
        Panel::new(name, name.to_owned(), chart)
    });
    let group = Group { title: String::new(), columns: 4, panels: panels.collect(), folded: false };
    let mut percents = findings.percents();
    percents.insert(0, 0.0);
    percents.dedup();
    let table = |(cell, curves): &(Cell, Curves)| Table {
        title: format!("{}: test accuracy right after pruning", wording::cell(*cell)),
        note: grey_note(findings),
        head: vec![
            Heading::each(["pruned"])
                .into_iter()
                .chain(curves.iter().map(|(scope, _, _)| Heading::new(wording::scope(*scope), 1)))
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
        .scopes
        .iter()
        .map(|&scope| Legend {
            swatch: swatch(scope_class(scope), scope_marker(scope), false),
            name: wording::scope(scope).to_owned(),
        })
        .collect();
    legend.push(level_legend(findings));
    legend.extend(thesis_legend(findings));
    Figure {
        number: 2,
        name: "pruning",
        appendix: false,
        title: "Accuracy right after pruning".to_owned(),
        caption: format!(
            "Accuracy on the test sequences by percentage pruned, before any retraining. A percentage \
                is safe as long as the curve has not crossed the dotted line.{scale}{}",
            band_note(findings)
        ),
        legend,
        groups: vec![group],
        data: cells.iter().map(table).collect(),
        csv: None,
    }
}

fn published(findings: &Findings, cell: Cell, scope: Scope) -> Curve {
    if !findings.beside_thesis {
        return Curve::new();
    }
    let mut points = vec![(0.0, Spread::one(thesis::unpruned(cell)))];
    points.extend(thesis::percents().filter_map(|percent| {
        let after = *thesis::retraining_curve(cell, scope, percent)?.first()?;
        Some((percent, Spread::one(after)))
    }));
    points
}
