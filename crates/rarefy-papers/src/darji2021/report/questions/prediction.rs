//! Whether accuracy can be predicted from the properties of the graph.

use rarefy::analysis::regression::Regression;
use rarefy::analysis::{CHOSEN, Compared, Estimate, Given, Interval};
use rarefy::cell::Cell;
use rarefy_view::chart::{Bar, Bars, NEUTRAL};
use rarefy_view::figure::{NARROW, Panel};
use rarefy_view::wording;

use crate::darji2021::prediction::{CellPrediction, Prediction, SOURCES};
use crate::darji2021::report::prediction::estimate;
use crate::darji2021::report::questions::agreement::{Agreement, Tally};
use crate::darji2021::report::questions::answer::{ASKED, Judged};
use crate::darji2021::report::questions::structure::{based_on, few};
use crate::darji2021::report::questions::{FEWEST_GRAPHS, Figures, Question};
use crate::darji2021::report::structure::{Explained, Sampled, TOLD};
use crate::darji2021::report::thesis;

/// Compares, for each cell, R^2 for unseen graphs: ours, and that of the thesis's own rows, both by
/// the regressor that cross-validation chooses. They count as the same if the 95 % interval of
/// their difference contains 0. Chance: the thesis's cells in another order.
pub fn question(sampled: &Sampled, found: &Prediction, figures: Figures) -> Question {
    let fewest = found.cells.iter().map(|cell| cell.measured.len()).min().unwrap_or(0);
    let explained = Explained::by_cell(sampled);
    let judged = if sampled.beside_thesis() && fewest < FEWEST_GRAPHS {
        Judged::unsaid(&few(fewest))
    } else {
        let (agreement, compared) = compared(found);
        Judged::of(sampled.findings(), agreement, &compared)
    };
    let beside = sampled.beside_thesis();
    Question {
        number: 5,
        asked: ASKED[4],
        answer: answer(found, &explained),
        based_on: based_on(sampled, fewest),
        seeds: Some(sampled.findings().seeds()),
        doubts: doubts(found, &explained),
        drawing: Some(drawing(found, &explained, beside)),
        figure: Some(figures.predicted),
        thesis: beside.then(|| theirs(found)).flatten(),
        judged,
    }
}

fn compared(found: &Prediction) -> (Agreement, String) {
    let ours: Vec<Option<Estimate>> =
        found.cells.iter().map(|cell| r2(&cell.folds, CHOSEN, Given::All)).collect();
    let theirs: Vec<Option<Estimate>> = found.cells.iter().map(|cell| again(cell.cell)).collect();
    let agreement = Agreement::of("R²", theirs.len(), |order| {
        let pairs = ours.iter().zip(order).map(|(ours, &at)| (ours.as_ref(), theirs[at].as_ref()));
        Tally::of(pairs.map(|(ours, theirs)| is_same(ours?, theirs?)))
    });
    let differing = found.cells.iter().zip(&ours).zip(&theirs).filter_map(|((cell, a), b)| {
        let (ours, theirs) = (a.as_ref()?, b.as_ref()?);
        (!is_same(ours, theirs)?).then(|| {
            format!(
                "for the {}, {} here and {} there",
                wording::cell(cell.cell),
                estimate(ours),
                estimate(theirs),
            )
        })
    });
    let differing: Vec<String> = differing.collect();
    let differing = match differing.as_slice() {
        [] => String::new(),
        some => format!(" It differs {}.", some.join("; ")),
    };
    let text = format!(
        "Cells with the same R² within its uncertainty, by our method on the thesis’s graphs and on ours: \
            {}.{differing}",
        agreement.shares(),
    );
    (agreement, text)
}

/// Whether the 95 % interval of the difference contains 0. It is computed from the two intervals by
/// the method of variance estimates recovery (Zou and Donner 2008). `None` without intervals.
fn is_same(a: &Estimate, b: &Estimate) -> Option<bool> {
    let (larger, smaller) = if a.value >= b.value { (a, b) } else { (b, a) };
    let (upper, lower) = (larger.interval?, smaller.interval?);
    let far = (larger.value - upper.low).hypot(lower.high - smaller.value);
    Some(larger.value - smaller.value <= far)
}

fn r2(rows: &[Compared], regressor: &str, given: Given) -> Option<Estimate> {
    Compared::among(rows, regressor, given).map(|row| row.r2)
}

/// R^2 of the thesis's own rows by our method.
fn again(cell: Cell) -> Option<Estimate> {
    let thesis::Reanalysis { r2: value, r2_low: low, r2_high: high, .. } =
        thesis::reanalysis(cell, CHOSEN, "all", "")?;
    Some(Estimate { value, interval: Some(Interval { low, high }) })
}

fn above_zero(estimate: &Estimate) -> bool {
    estimate.interval.is_some_and(|interval| interval.low > 0.0)
}

fn best_published(cell: Cell) -> Option<(Regression, f64)> {
    let all = Regression::ALL.iter().filter_map(|&kind| Some((kind, thesis::r2(cell, kind)?)));
    all.max_by(|a, b| a.1.total_cmp(&b.1))
}

fn answer(found: &Prediction, explained: &[(Cell, Explained)]) -> String {
    let known: Vec<(Cell, Estimate)> = found
        .cells
        .iter()
        .filter_map(|cell| Some((cell.cell, r2(&cell.folds, CHOSEN, Given::All)?)))
        .collect();
    let can = known.iter().filter(|(_, r2)| above_zero(r2)).count();
    let opening = match can {
        0 => "This is not shown for any cell.".to_owned(),
        all if all == known.len() => "Yes, in part.".to_owned(),
        some => format!("In part, for {some} of {}.", wording::count(known.len(), "cell")),
    };
    let each: Vec<String> = known
        .iter()
        .map(|(cell, r2)| format!("{} for the {}", estimate(r2), wording::cell(*cell)))
        .collect();
    let size: Vec<String> = found
        .cells
        .iter()
        .filter_map(|cell| r2(&cell.folds, CHOSEN, Given::Size))
        .map(|r2| wording::correlation(r2.value))
        .collect();
    let sources: Vec<String> =
        explained.iter().map(|(_, found)| wording::correlation(found.sources.value)).collect();
    let sources = match sources.as_slice() {
        [] => String::new(),
        some => format!(" From the number of source nodes alone: {}.", wording::list(some)),
    };
    format!(
        "{opening} From a graph’s properties, a regressor that has not seen the graph explains this \
            share of the variance of accuracy (R², 95 % interval): {}.{sources} From the numbers of nodes and \
            edges alone: {}. The regressor is chosen by cross-validation{}.",
        wording::list(&each),
        wording::list(&size),
        if explained.is_empty() { "" } else { "; for source nodes it is Bayesian ridge" },
    )
}

fn theirs(found: &Prediction) -> Option<String> {
    let published = |cell: &CellPrediction| {
        let (kind, r2) = best_published(cell.cell)?;
        Some(format!(
            "{} for the {} ({})",
            wording::correlation(r2),
            wording::cell(cell.cell),
            wording::regressor(kind.name())
        ))
    };
    let again = |cell: &CellPrediction| {
        Some(format!("{} for the {}", estimate(&again(cell.cell)?), wording::cell(cell.cell)))
    };
    let each = |of: &dyn Fn(&CellPrediction) -> Option<String>| {
        wording::list(&found.cells.iter().filter_map(of).collect::<Vec<_>>())
    };
    let (published, again) = (each(&published), each(&again));
    (!published.is_empty()).then(|| {
        format!(
            "Its best R² of three regressors, on one split with 20 test graphs: {published}. Its own \
                graphs, predicted by our method: {again}."
        )
    })
}

/// Doubts 3 and 6, with the evidence on them.
fn doubts(found: &Prediction, explained: &[(Cell, Explained)]) -> Vec<String> {
    let told = explained.first().map(|(_, found)| found.told).filter(|told| *told > TOLD);
    let control = told.map_or(String::new(), |told| {
        format!(
            " Leaving it out is no control: the other properties largely determine it (R² {}).",
            wording::correlation(told)
        )
    });
    let mut doubts = vec![format!("{SOURCES} is also the width of the input.{control}")];
    doubts.extend(found.cells.iter().filter_map(unstable));
    doubts.push(
        "Where some networks did not learn at all, part of what is predicted is whether training \
            started."
            .to_owned(),
    );
    let fewest = found.cells.iter().map(|cell| cell.measured.len()).min().unwrap_or(0);
    if fewest < FEWEST_GRAPHS {
        let graphs = wording::count(fewest, "graph");
        doubts.push(format!("{graphs} per cell are few: a single one can decide the outcome."));
    }
    doubts
}

/// A warning if the choice of a regressor hides what one of the regressors finds.
fn unstable(cell: &CellPrediction) -> Option<String> {
    let chosen = r2(&cell.folds, CHOSEN, Given::All).filter(|chosen| !above_zero(chosen))?;
    let single = |kind: &Regression| Some((*kind, r2(&cell.folds, kind.name(), Given::All)?));
    let clear = Regression::ALL.iter().filter_map(single).filter(|(_, r2)| above_zero(r2));
    let (kind, best) = clear.max_by(|a, b| a.1.value.total_cmp(&b.1.value))?;
    let name = wording::cell(cell.cell);
    Some(format!(
        "For the {name}, the interval of the chosen regressor includes 0: {}. Another does better: {} \
            has {}. It was picked afterwards, as the best of several, so that is a little too good.",
        estimate(&chosen),
        wording::regressor(kind.name()),
        estimate(&best),
    ))
}

fn drawing(found: &Prediction, explained: &[(Cell, Explained)], beside_thesis: bool) -> Panel {
    let mut bars = Vec::new();
    for cell in &found.cells {
        let again = again(cell.cell).filter(|_| beside_thesis).map(|r2| r2.value.max(0.0));
        let sources = explained.iter().find(|(other, _)| *other == cell.cell);
        let alone = match sources {
            Some((_, found)) => ("sources alone", Some(found.sources)),
            None => ("nodes and edges", r2(&cell.folds, CHOSEN, Given::Size)),
        };
        let all = r2(&cell.folds, CHOSEN, Given::All);
        for ((name, r2), mark) in [(("all", all), again), (alone, None)] {
            let Some(r2) = r2 else { continue };
            let name = format!("{}, {name}", wording::cell(cell.cell));
            let beside = mark.map_or(String::new(), |mark| format!(", thesis {mark:.2}"));
            let text = format!("{name}: {}{beside}", estimate(&r2));
            let shown = wording::correlation(r2.value);
            bars.push(Bar { name, value: r2.value.max(0.0), shown, mark, text });
        }
    }
    let note = if beside_thesis { " (line: thesis’s graphs)" } else { "" };
    let title = format!("R² for graphs not seen{note}");
    let bars = Bars {
        label: format!("{title}, by cell: from all properties, and from one or two"),
        width: NARROW,
        names: 130.0,
        class: NEUTRAL.to_owned(),
        bars,
    };
    Panel::new("answer", title, bars.svg(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_r2_is_the_same_unless_the_difference_is_larger_than_its_uncertainty() {
        let estimate =
            |value, low, high| Estimate { value, interval: Some(Interval { low, high }) };
        // The stored full run, and the thesis's own rows.
        let pairs = [
            (estimate(0.497, 0.349, 0.610), estimate(0.211, 0.017, 0.343)),
            (estimate(0.361, 0.252, 0.456), estimate(0.312, 0.199, 0.407)),
            (estimate(0.420, 0.329, 0.624), estimate(0.677, 0.579, 0.759)),
            (estimate(0.305, -0.089, 0.472), estimate(0.297, 0.038, 0.429)),
        ];
        let same = pairs.map(|(a, b)| (is_same(&a, &b), is_same(&b, &a)));
        let [yes, no] = [true, false].map(|same| (Some(same), Some(same)));
        assert_eq!(same, [no, yes, no, yes]);
        assert_eq!(is_same(&Estimate { value: 0.0, interval: None }, &pairs[0].0), None);
    }
}
