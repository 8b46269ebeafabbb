//! Whether accuracy can be predicted from the properties of the graph.

use rarefy::analysis::regression::Regression;
use rarefy::analysis::{CHOSEN, Compared, Estimate, Given, Interval};
use rarefy::cell::Cell;
use rarefy_view::chart::{Bar, Bars, NEUTRAL};
use rarefy_view::figure::{NARROW, Panel};
use rarefy_view::wording;

use crate::darji2021::prediction::{CellPrediction, Prediction, SOURCES};
use crate::darji2021::report::prediction::estimate;
use crate::darji2021::report::questions::answer::{ASKED, Tally, judged};
use crate::darji2021::report::questions::{FEWEST_GRAPHS, Figures, Question};
use crate::darji2021::report::structure::Sampled;
use crate::darji2021::report::thesis;

/// Compared, of each cell: that accuracy can be predicted at all (the interval of R^2 for graphs
/// that were not seen lies above 0), and that it can as well as published (the interval holds the
/// thesis's best R^2). Open with fewer than [`FEWEST_GRAPHS`] graphs.
pub fn question(sampled: &Sampled, found: &Prediction, figures: Figures) -> Question {
    let mut comparisons = Vec::new();
    let (mut can, mut as_well, mut enough) = (0, 0, 0);
    for cell in &found.cells {
        let interval = interval(cell).filter(|_| cell.measured.len() >= FEWEST_GRAPHS);
        let Some(Interval { low, high }) = interval else {
            comparisons.extend([None, None]);
            continue;
        };
        let above = low > 0.0;
        let within = best_published(cell.cell).is_some_and(|(_, r2)| (low..=high).contains(&r2));
        enough += 1;
        can += usize::from(above);
        as_well += usize::from(within);
        comparisons.extend([Some(above), Some(within)]);
    }
    let tally = Tally::of(comparisons.into_iter());
    let compared = match enough {
        0 => format!("fewer than {FEWEST_GRAPHS} graphs of each cell tell too little."),
        _ => format!(
            "accuracy can be predicted better than by the mean for {can} of {}, as well as published \
                (the best R² of the thesis lies within our interval) for {as_well}.",
            wording::count(enough, "cell"),
        ),
    };
    let (verdict, why) = judged(sampled.findings(), tally, compared);
    let beside = sampled.beside_thesis();
    Question {
        number: 5,
        asked: ASKED[4],
        answer: answer(found),
        doubts: doubts(sampled, found),
        drawing: Some(drawing(found, beside)),
        figure: Some(figures.predicted),
        thesis: beside.then(|| theirs(found)).flatten(),
        verdict,
        why,
    }
}

fn r2(rows: &[Compared], given: Given) -> Option<Estimate> {
    Compared::among(rows, CHOSEN, given).map(|row| row.r2)
}

fn interval(cell: &CellPrediction) -> Option<Interval> {
    r2(&cell.folds, Given::All)?.interval
}

fn best_published(cell: Cell) -> Option<(Regression, f64)> {
    let all = Regression::ALL.iter().filter_map(|&kind| Some((kind, thesis::r2(cell, kind)?)));
    all.max_by(|a, b| a.1.total_cmp(&b.1))
}

fn answer(found: &Prediction) -> String {
    let each = |cell: &CellPrediction| {
        let all = r2(&cell.folds, Given::All)?;
        let size = r2(&cell.folds, Given::Size)?;
        Some(format!(
            "{} for the {} ({} from size alone)",
            estimate(&all),
            wording::cell(cell.cell),
            wording::correlation(size.value)
        ))
    };
    let above = |cell: &&CellPrediction| interval(cell).is_some_and(|i| i.low > 0.0);
    let can = found.cells.iter().filter(above).count();
    let verdict = match can {
        0 => "Not so that it could be told from predicting the mean".to_owned(),
        all if all == found.cells.len() => "Yes, in part".to_owned(),
        some => format!("For {some} of {}", wording::count(found.cells.len(), "cell")),
    };
    let each: Vec<String> = found.cells.iter().filter_map(each).collect();
    format!("{verdict}: R² for graphs that were not seen is {}.", wording::list(&each))
}

fn theirs(found: &Prediction) -> Option<String> {
    let each = |cell: &CellPrediction| {
        let (kind, r2) = best_published(cell.cell)?;
        Some(format!(
            "{} for the {} ({})",
            wording::correlation(r2),
            wording::cell(cell.cell),
            wording::regressor(kind.name())
        ))
    };
    let each: Vec<String> = found.cells.iter().filter_map(each).collect();
    (!each.is_empty()).then(|| format!("Its best R² on one split: {}.", wording::list(&each)))
}

/// Doubts 3, 4 and 6, with what was found of them.
fn doubts(sampled: &Sampled, found: &Prediction) -> Vec<String> {
    let of = |value: &dyn Fn(&CellPrediction) -> Option<String>| {
        let each = |cell: &CellPrediction| {
            Some(format!("{} for the {}", value(cell)?, wording::cell(cell.cell)))
        };
        let each: Vec<String> = found.cells.iter().filter_map(each).collect();
        (!each.is_empty()).then(|| wording::list(&each))
    };
    let without = of(&|cell| Some(estimate(&r2(&cell.without_sources, Given::All)?)));
    let mut doubts: Vec<String> = without
        .map(|each| format!("Without {SOURCES}, the width of the input, R² is {each}."))
        .into_iter()
        .collect();
    let again = of(&|cell| {
        let all = thesis::reanalysis(cell.cell, CHOSEN, "all", "")?;
        let [value, low, high] = [all.r2, all.r2_low, all.r2_high].map(wording::correlation);
        Some(format!("{value} ({low} to {high})"))
    });
    if let Some(again) = again.filter(|_| sampled.beside_thesis()) {
        doubts.push(format!(
            "The thesis’s R² come from 20 rows of one split, which its scaling had seen; its own rows, \
                each predicted by a model that has not seen it, give {again}."
        ));
    }
    doubts.push(
        "Where networks did not learn at all, it is partly predicted whether training started."
            .to_owned(),
    );
    let fewest = found.cells.iter().map(|cell| cell.measured.len()).min().unwrap_or(0);
    if fewest < FEWEST_GRAPHS {
        let graphs = wording::count(fewest, "graph");
        doubts.push(format!("{graphs} of a cell are few: one of them can decide."));
    }
    doubts
}

fn drawing(found: &Prediction, beside_thesis: bool) -> Panel {
    let mut bars = Vec::new();
    for cell in &found.cells {
        let published = best_published(cell.cell).filter(|_| beside_thesis).map(|(_, r2)| r2);
        for (given, name, mark) in
            [(Given::All, "all", published), (Given::Size, "size alone", None)]
        {
            let Some(r2) = r2(&cell.folds, given) else { continue };
            let name = format!("{}, {name}", wording::cell(cell.cell));
            let beside = mark.map_or(String::new(), |mark| format!(", thesis {mark:.2}"));
            let text = format!("{name}: {}{beside}", estimate(&r2));
            let shown = wording::correlation(r2.value);
            bars.push(Bar { name, value: r2.value.max(0.0), shown, mark, text });
        }
    }
    let note = if beside_thesis { " (line: thesis’s best)" } else { "" };
    let title = format!("R² for graphs not seen{note}");
    let bars = Bars {
        label: format!("{title}, by cell: from all properties, and from size alone"),
        width: NARROW,
        names: 110.0,
        class: NEUTRAL.to_owned(),
        bars,
    };
    Panel::new("answer", title, bars.svg(1.0))
}
