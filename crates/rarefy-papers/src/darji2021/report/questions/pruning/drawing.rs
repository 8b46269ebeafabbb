//! A small drawing of accuracy by percentage pruned.

use rarefy::cell::Cell;
use rarefy_view::chart::{Axis, Chart, Line, cell_class, cell_marker};
use rarefy_view::curve::{Curve, accuracy_axis, line};
use rarefy_view::figure::{LOW, NARROW, Panel};
use rarefy_view::wording;

use crate::darji2021::report::questions::pruning::asked::Asked;
use crate::darji2021::report::questions::pruning::sides::{Network, Side};
use crate::darji2021::report::summary;

/// Accuracy by percentage after `epoch` epochs of retraining, one line per cell.
pub fn drawing(asked: &Asked, epoch: usize, when: &str) -> Option<Panel> {
    let findings = asked.findings;
    let study = findings.study;
    let scope = summary::headline_scope(findings)?;
    let curve = |cell: Cell, side: &Side| -> Curve {
        let point =
            |percent| Some((percent, side.accuracy(Network { cell, scope, percent }, epoch)?));
        let unpruned = side.unpruned(cell).map(|accuracy| (0.0, accuracy));
        let percents = findings.percents().into_iter().filter(|&percent| percent > 0.0);
        unpruned.into_iter().chain(percents.filter_map(point)).collect()
    };
    let mut curves = Vec::new();
    for (dashed, side) in [(true, &asked.theirs), (false, &asked.ours)] {
        if !dashed || findings.beside_thesis {
            curves.extend(study.cells.iter().map(|&cell| (cell, dashed, curve(cell, side))));
        }
    }
    let lines: Vec<Line> = curves
        .iter()
        .map(|(cell, dashed, curve)| {
            let whose = if *dashed { "Thesis, " } else { "" };
            let name = wording::cell(*cell);
            let text = |x| format!("{whose}{name}, {} pruned, {when}", wording::percent(x));
            line(cell_class(*cell), cell_marker(*cell), *dashed, curve, &text)
        })
        .collect();
    let title = format!("{}, {when}", wording::scope(scope));
    let chart = Chart {
        label: format!("Test accuracy by percent pruned. {title}"),
        width: NARROW,
        height: LOW,
        x: Axis::new("percent of the weights pruned", 0.0, 100.0, 5),
        y: accuracy_axis(curves.iter().map(|(_, _, curve)| curve)),
        level: None,
        lines,
    };
    Some(Panel::new("answer", title, chart.svg()))
}
