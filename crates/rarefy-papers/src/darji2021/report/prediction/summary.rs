//! What was found, in sentences.

use rarefy::analysis::regression::Regression;
use rarefy::analysis::{CHOSEN, Compared, Correlation, Correlations, Given};
use rarefy::cell::Cell;
use rarefy_view::wording;

use crate::darji2021::prediction::{CellPrediction, SOURCES};
use crate::darji2021::report::prediction::shown::{Shown, estimate};
use crate::darji2021::report::prediction::tables::is_significant;
use crate::darji2021::report::thesis;

/// With fewer graphs of a cell nothing is known well.
const ENOUGH: usize = 100;

/// More properties than these are counted, not listed.
const LISTED: usize = 3;

/// The part's opening: a sentence or two a question.
pub fn sentences(shown: &Shown) -> Vec<String> {
    let each = |of: fn(&CellPrediction) -> String| {
        shown.cells.iter().map(of).collect::<Vec<String>>().join(" ")
    };
    let mut sentences = vec![
        format!("Which properties go with accuracy? {}", each(properties)),
        format!("Can accuracy be predicted from the graph? {}", each(predicted)),
    ];
    let graphs = shown.cells.iter().map(|cell| cell.measured.len()).max().unwrap_or(0);
    if graphs < ENOUGH {
        let few = format!(
            "So few graphs say little ({} of each cell at most; at full scale 200): one that did not \
                learn can make any correlation, and intervals are wide. Take this as a trial run.",
            wording::count(graphs, "graph")
        );
        sentences.insert(0, few);
    }
    if shown.beside_thesis {
        sentences.extend(shown.cells.iter().filter_map(|cell| left_of_thesis(cell.cell)));
    }
    sentences
}

fn significant(
    cell: &CellPrediction,
    of: fn(&Correlations) -> Option<Correlation>,
) -> Vec<(&str, Correlation)> {
    let all = cell.properties.iter().zip(&cell.correlations);
    let found = all.filter_map(|(name, found)| Some((name.as_str(), of(found)?)));
    let mut found: Vec<(&str, Correlation)> =
        found.filter(|(_, found)| is_significant(found)).collect();
    found.sort_by(|a, b| b.1.r.abs().total_cmp(&a.1.r.abs()));
    found
}

fn properties(cell: &CellPrediction) -> String {
    let name = wording::cell(cell.cell);
    let found = significant(cell, |found| found.pearson);
    let Some((strongest, r)) = found.first() else {
        return format!("With the {name} none does beyond chance.");
    };
    let of = cell.properties.len();
    let whole = match found.len() {
        1 => format!("With the {name} 1 of {of} does beyond chance: {strongest}"),
        count => {
            format!("With the {name} {count} of {of} do beyond chance, most of all {strongest}")
        }
    };
    let still = |(name, _): &&(&str, Correlation)| found.iter().any(|(other, _)| other == name);
    let left = significant(cell, |found| found.partial);
    let (still, only): (Vec<_>, Vec<_>) = left.iter().partition(still);
    let names = |of: Vec<&(&str, Correlation)>| match of.len() {
        count if count > LISTED => count.to_string(),
        _ => wording::list(&of.iter().map(|(name, _)| *name).collect::<Vec<_>>()),
    };
    let left = match (still.len(), only.len()) {
        (0, 0) => "none does beyond chance".to_owned(),
        (_, 0) => format!("still {}", names(still)),
        (0, _) => format!("only then {}", names(only)),
        (_, _) => format!("still {}, and only then {}", names(still), names(only)),
    };
    format!(
        "{whole} (r = {}); with nodes and {SOURCES} held fixed, {left}.",
        wording::correlation(r.r),
    )
}

fn predicted(cell: &CellPrediction) -> String {
    let name = wording::cell(cell.cell);
    let find = |rows, given| Compared::among(rows, CHOSEN, given);
    let (Some(all), Some(size), Some(without)) = (
        find(&cell.folds, Given::All),
        find(&cell.folds, Given::Size),
        find(&cell.without_sources, Given::All),
    ) else {
        return String::new();
    };
    let low = |row: &Compared| row.r2.interval.map_or(f64::NEG_INFINITY, |interval| interval.low);
    if low(all) <= 0.0 {
        return format!(
            "With the {name} not so that it could be told from predicting the mean: R² {}.",
            estimate(&all.r2)
        );
    }
    let gains = |row: &Compared| {
        let interval = row.gain.and_then(|gain| gain.interval);
        interval.is_some_and(|interval| interval.low > 0.0)
    };
    let beyond = |row| if gains(row) { "more than" } else { "not shown to be more than" };
    format!(
        "With the {name} R² is {}, {} what size alone gives, {}; without {SOURCES}, the width of the \
            input, it is {}, {} that.",
        estimate(&all.r2),
        beyond(all),
        wording::correlation(size.r2.value),
        estimate(&without.r2),
        beyond(without),
    )
}

/// What the thesis's best R^2 of a cell is on its own rows when no predicted row was seen.
fn left_of_thesis(cell: Cell) -> Option<String> {
    let published =
        Regression::ALL.iter().filter_map(|&kind| Some((kind, thesis::r2(cell, kind)?)));
    let (kind, r2) = published.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let again = |kind: Regression, features, without| {
        thesis::reanalysis(cell, kind.name(), features, without)
    };
    let (all, size) = (again(kind, "all", "")?, again(kind, "size", "")?);
    let without = again(kind, "all", SOURCES)?;
    let shown = |found: &thesis::Reanalysis| {
        let [value, low, high] = [found.r2, found.r2_low, found.r2_high].map(wording::correlation);
        format!("{value} ({low} to {high})")
    };
    let beyond = |found: &thesis::Reanalysis| match found.gain_low {
        Some(low) if low > 0.0 => "more than",
        _ => "not shown to be more than",
    };
    let each = Regression::ALL.iter().filter_map(|&kind| Some((kind, again(kind, "all", "")?)));
    let best = each.max_by(|a, b| a.1.r2.total_cmp(&b.1.r2)).filter(|(best, _)| *best != kind);
    let best = best.map_or(String::new(), |(kind, found)| {
        format!(" The best there is {}, {}.", wording::regressor(kind.name()), shown(&found))
    });
    Some(format!(
        "The thesis’s best R² for the {}: {}, {} on one split of 20 rows. Its own 200 rows, each \
            predicted by a model that has not seen it, give {}: {} the {} of nodes and edges alone; without \
            {SOURCES} {}, {} that.{best}",
        wording::cell(cell),
        wording::correlation(r2),
        wording::regressor(kind.name()),
        shown(&all),
        beyond(&all),
        wording::correlation(size.r2),
        shown(&without),
        beyond(&without),
    ))
}

/// How the numbers were got, a paragraph an entry.
pub fn method(shown: &Shown) -> Vec<String> {
    let graphs = shown.cells.iter().map(|cell| cell.measured.len()).max().unwrap_or(0);
    vec![
        format!(
            "A row is a graph: its 23 properties and the accuracy of its networks on the test strings, \
                mean over seeds, gate masks tiled; {} of each cell at most.",
            wording::count(graphs, "graph")
        ),
        "By folds: the rows are cut in ten, and each tenth is predicted by a model fitted on the other \
            nine, columns scaled by the range of those; three times with other cuts. The depth of trees, \
            and in the row “best chosen” which regressor, is chosen by folds within the nine tenths \
            (nested cross-validation), so that no predicted row has a part in what predicts it. \
            Intervals hold 95 % of what comes of drawing the predicted rows anew; other graphs to fit on \
            would make them wider."
            .to_owned(),
        "The thesis’s way: one split, the rows of scikit-learn’s train_test_split with random_state 7, \
            columns scaled by the range of all rows, default settings."
            .to_owned(),
        "R² is the share of the variance that is explained: 1 is perfect, 0 no better than the mean, \
            and below 0 is worse than the mean."
            .to_owned(),
    ]
}
