//! The findings in sentences. Every R^2 is that of the regressor chosen by cross-validation, unless
//! another one is named.

use rarefy::analysis::regression::Regression;
use rarefy::analysis::{CHOSEN, Compared, Correlation, Estimate, Given, Interval};
use rarefy::cell::Cell;
use rarefy_view::wording;

use crate::darji2021::prediction::{CellPrediction, SOURCES};
use crate::darji2021::report::chance::is_clear;
use crate::darji2021::report::prediction::shown::{Shown, estimate};
use crate::darji2021::report::thesis;

/// With fewer graphs per cell, no estimate is precise enough.
const ENOUGH: usize = 100;

/// The opening of the part, one entry per finding.
pub fn sentences(shown: &Shown) -> Vec<String> {
    let mut sentences = Vec::new();
    let graphs = most_graphs(shown);
    if graphs < ENOUGH {
        sentences.push(format!(
            "{} per cell say little: one that did not learn can create any correlation, and intervals \
                are wide. The full scale has 200.",
            wording::count(graphs, "graph")
        ));
    }
    sentences.push(left_beyond_size(shown));
    sentences.extend(shown.cells.iter().filter_map(predicted));
    if shown.beside_thesis {
        sentences.extend(shown.cells.iter().filter_map(|cell| thesis_again(cell.cell)));
    }
    sentences
}

fn most_graphs(shown: &Shown) -> usize {
    shown.cells.iter().map(|cell| cell.measured.len()).max().unwrap_or(0)
}

/// How many properties are related to accuracy beyond size, and which are the strongest.
fn left_beyond_size(shown: &Shown) -> String {
    let each = shown.cells.iter().map(|cell| {
        let named = cell.properties.iter().zip(&cell.correlations);
        let tested: Vec<(&String, Correlation)> =
            named.filter_map(|(name, found)| Some((name, found.partial?))).collect();
        let clear: Vec<_> = tested.iter().filter(|(_, found)| is_clear(found)).collect();
        let strongest = clear.iter().max_by(|a, b| a.1.r.abs().total_cmp(&b.1.r.abs()));
        let strongest = strongest.map_or(String::new(), |(name, found)| {
            format!(" (strongest: {name}, r = {})", wording::correlation(found.r))
        });
        let name = wording::cell(cell.cell);
        format!("{} of {} for the {name}{strongest}", clear.len(), tested.len())
    });
    format!(
        "With nodes and {SOURCES} held fixed as straight lines, properties still related to accuracy by \
            more than chance: {}. The section on structure holds them fixed in any shape.",
        wording::list(&each.collect::<Vec<_>>())
    )
}

fn predicted(cell: &CellPrediction) -> Option<String> {
    let find = |rows, given| Compared::among(rows, CHOSEN, given);
    let all = find(&cell.folds, Given::All)?;
    let size = find(&cell.folds, Given::Size)?;
    let low = |found: Option<Estimate>| found.and_then(|found| found.interval).map(|i| i.low);
    let beyond = match low(all.gain).is_some_and(|low| low > 0.0) {
        true => "more than",
        false => "not clearly more than",
    };
    let zero = match low(Some(all.r2)).is_some_and(|low| low > 0.0) {
        true => "",
        false => {
            " The interval includes 0: the regressor that was chosen may be no better than the mean."
        }
    };
    Some(format!(
        "For the {}, the graph’s properties explain this share of the variance of accuracy (R²): {}. That \
            is {beyond} nodes and edges alone explain, {}.{zero}",
        wording::cell(cell.cell),
        estimate(&all.r2),
        wording::correlation(size.r2.value),
    ))
}

/// The thesis's best R^2 for a cell, and the R^2 of its own rows by our method.
fn thesis_again(cell: Cell) -> Option<String> {
    let published =
        Regression::ALL.iter().filter_map(|&kind| Some((kind, thesis::r2(cell, kind)?)));
    let (kind, r2) = published.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let again = |features| {
        let found = thesis::reanalysis(cell, CHOSEN, features, "")?;
        let interval = Some(Interval { low: found.r2_low, high: found.r2_high });
        Some(Estimate { value: found.r2, interval })
    };
    let (all, size) = (again("all")?, again("size")?);
    Some(format!(
        "The thesis’s best R² for the {} is {}: {}, one split with 20 test graphs. By our method its own \
            200 graphs give {}, compared with {} from nodes and edges alone.",
        wording::cell(cell),
        wording::correlation(r2),
        wording::regressor(kind.name()),
        estimate(&all),
        wording::correlation(size.value),
    ))
}

/// How the numbers were obtained, one entry per paragraph.
pub fn method(shown: &Shown) -> Vec<String> {
    vec![
        format!(
            "A row is a graph: its 23 properties, and the accuracy of its networks on the test strings \
                (tiled gate masks, mean over seeds). There are up to {} per cell.",
            wording::count(most_graphs(shown), "graph")
        ),
        "The rows are cut into ten folds. Each fold is predicted by a model fitted on the other nine, with \
            columns scaled by the range of those nine. This is done three times with other cuts. The \
            depth of trees, and for “best chosen” also the regressor, is chosen by cross-validation \
            within the nine (nested), so no predicted row takes part in its own prediction."
            .to_owned(),
        "Intervals are found by drawing the predicted rows again (bootstrap). The models are not fitted \
            again; if they were, the intervals would be wider."
            .to_owned(),
        "The thesis’s way is one split: the rows of scikit-learn’s train_test_split with random_state 7, \
            columns scaled by the range of all rows, default settings."
            .to_owned(),
    ]
}
