//! The tables.

use rarefy::analysis::regression::Regression;
use rarefy::analysis::{CHOSEN, Compared, Correlation, Given, MEAN};
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use crate::darji2021::prediction::{CellPrediction, SOURCES};
use crate::darji2021::report::chance::{SIGNIFICANT, is_clear};
use crate::darji2021::report::prediction::shown::{Shown, estimate};
use crate::darji2021::report::thesis;

/// R^2 on one split, by the thesis's method.
pub fn thesis_way(shown: &Shown) -> Table {
    let heads = Regression::ALL.map(|kind| wording::regressor(kind.name()));
    let row = |cell: &CellPrediction| {
        let entry = |kind: Regression| {
            let here = Compared::among(&cell.thesis_way, kind.name(), Given::All)
                .map(|row| estimate(&row.r2));
            let theirs = shown.beside_thesis.then(|| thesis::r2(cell.cell, kind)).flatten();
            Entry::new(here).beside(theirs.map(wording::correlation))
        };
        Row {
            headings: vec![Heading::new(wording::cell(cell.cell), 1)],
            cells: Regression::ALL.map(entry).into(),
        }
    };
    let rows = shown.cells.first().map_or(0, |cell| cell.thesis_way[0].predicted.len());
    let beside = if shown.beside_thesis {
        " Grey: the thesis, on its own graphs, with interleaved gate masks for GRU and LSTM."
    } else {
        ""
    };
    Table {
        title: "R² the thesis’s way: one split".to_owned(),
        note: format!(
            "R² on {}, with 95 % intervals; for trees the mean of 20 seeds.{beside}",
            wording::count(rows, "predicted graph")
        ),
        head: vec![Heading::each(["cell"].into_iter().chain(heads))],
        rows: shown.cells.iter().map(row).collect(),
    }
}

/// Results of cross-validation on the thesis's own rows.
pub fn reanalysis(shown: &Shown) -> Option<Table> {
    let kinds = Regression::ALL.map(Regression::name).into_iter().chain([CHOSEN]);
    let kinds: Vec<&str> = kinds.collect();
    let rows = shown.cells.iter().flat_map(|cell| {
        let count = kinds.len();
        kinds.iter().enumerate().map(move |(at, &kind)| {
            let find = |features, without| thesis::reanalysis(cell.cell, kind, features, without);
            let r2 = |found: Option<thesis::Reanalysis>| {
                Entry::new(found.map(|found| {
                    let [value, low, high] =
                        [found.r2, found.r2_low, found.r2_high].map(wording::correlation);
                    format!("{value} ({low} to {high})")
                }))
            };
            let mut headings = vec![Heading::new(wording::regressor(kind), 1)];
            if at == 0 {
                headings.insert(0, Heading::new(wording::cell(cell.cell), count));
            }
            Row {
                headings,
                cells: vec![r2(find("all", "")), r2(find("size", "")), r2(find("all", SOURCES))],
            }
        })
    });
    let without = format!("without {SOURCES}");
    shown.beside_thesis.then(|| Table {
        title: "R² of the thesis’s own rows, each predicted by a model that has not seen it".to_owned(),
        note: "Its 200 published graphs per cell; ten folds, ten times, settings chosen within them; 95 % \
            intervals."
            .to_owned(),
        head: vec![Heading::each([
            "cell",
            "regressor",
            "all properties",
            "nodes and edges alone",
            &without,
        ])],
        rows: rows.collect(),
    })
}

/// R^2 by cross-validation, and the values that it has to exceed.
pub fn folds(shown: &Shown) -> Table {
    let mut rows = Vec::new();
    let kinds: Vec<&str> = Regression::ALL.iter().map(|kind| kind.name()).collect();
    let kinds: Vec<&str> = kinds.into_iter().chain([CHOSEN]).collect();
    for cell in shown.cells {
        for (at, &kind) in kinds.iter().enumerate() {
            let all = Compared::among(&cell.folds, kind, Given::All);
            let size = Compared::among(&cell.folds, kind, Given::Size);
            let without = Compared::among(&cell.without_sources, kind, Given::All);
            let r2 = |row: Option<&Compared>| Entry::new(row.map(|row| estimate(&row.r2)));
            let gain = |row: Option<&Compared>| {
                let gain = row.and_then(|row| row.gain)?;
                let interval = gain.interval?;
                Some(format!(
                    "{} to {}",
                    wording::correlation(interval.low),
                    wording::correlation(interval.high)
                ))
            };
            let mut headings = vec![Heading::new(wording::regressor(kind), 1)];
            if at == 0 {
                headings.insert(0, Heading::new(wording::cell(cell.cell), kinds.len()));
            }
            let cells = vec![
                r2(all),
                r2(size),
                Entry::new(gain(all)),
                r2(without),
                Entry::new(gain(without)),
                Entry::new(all.map(|row| format!("{:.4}", row.mae.value))),
            ];
            rows.push(Row { headings, cells });
        }
    }
    let mean =
        shown.cells.iter().filter_map(|cell| Compared::among(&cell.folds, MEAN, Given::None));
    let mean = mean.map(|row| format!("{:.4}", row.mae.value)).collect::<Vec<_>>();
    Table {
        title: "R² where every graph is predicted by a model that has not seen it".to_owned(),
        note: format!(
            "Ten folds, settings chosen within those fitted on; 95 % intervals. The gain is over the same \
                regressor on nodes and edges alone. If its interval includes 0, the rest of the \
                graph may add nothing. Predicting the mean has R² about 0, and a mean absolute error of {}.",
            wording::list(&mean)
        ),
        head: vec![Heading::each([
            "cell".to_owned(),
            "regressor".to_owned(),
            "all properties".to_owned(),
            "nodes and edges alone".to_owned(),
            "gain".to_owned(),
            format!("without {SOURCES}"),
            "gain".to_owned(),
            "mean error".to_owned(),
        ])],
        rows,
    }
}

/// Correlations with intervals, and what remains with nodes and source nodes held fixed.
pub fn correlations(shown: &Shown) -> Table {
    let entry = |found: Option<Correlation>| {
        let Some(found) = found else {
            return Entry { here: "–".to_owned(), class: "missing", ..Entry::default() };
        };
        let interval = found.interval.map(|interval| {
            format!(
                "{} to {}",
                wording::correlation(interval.low),
                wording::correlation(interval.high)
            )
        });
        let class = if is_clear(&found) { "ours" } else { "" };
        Entry { here: wording::correlation(found.r), range: interval, class, ..Entry::default() }
    };
    let names = shown.cells.first().map_or(&[][..], |cell| &cell.properties);
    let row = |(at, name): (usize, &String)| {
        let cells = shown.cells.iter().flat_map(|cell| {
            let found = &cell.correlations[at];
            [entry(found.pearson), entry(found.partial)]
        });
        Row { headings: vec![Heading::new(name, 1)], cells: cells.collect() }
    };
    let cells = shown.cells.iter().map(|cell| Heading::new(wording::cell(cell.cell), 2));
    let kinds = shown.cells.iter().flat_map(|_| ["r", "fixed"]);
    Table {
        title: "Correlation with accuracy, as it is and with nodes and source nodes held fixed"
            .to_owned(),
        note: format!(
            "Pearson’s r, and r with nodes and {SOURCES} held fixed (“fixed”), with 95 % intervals. Bold: more \
                than chance (p < {SIGNIFICANT}, corrected for the number of properties tested per cell)."
        ),
        head: vec![
            [Heading::new("", 1)].into_iter().chain(cells).collect(),
            Heading::each(["property"].into_iter().chain(kinds)),
        ],
        rows: names.iter().enumerate().map(row).collect(),
    }
}
