//! How much of accuracy the number of source nodes explains alone, and how much more with others
//! added.
//!
//! Source nodes are the width of the input, and sink nodes that of the readout. Each number of them
//! is a column of its own, so that their effect may have any shape. All sets of columns are given to
//! the same regressor, Bayesian ridge, which chooses its own penalty, in the same folds.

use rarefy::analysis::regression::{Regression, Table as Columns};
use rarefy::analysis::{Bootstrap, Estimate, Evaluation, Predicted, Scaling, Split, gain, levels};
use rarefy::cell::Cell;
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use crate::darji2021::prediction::{FOLDS, REPEATS, SOURCES};
use crate::darji2021::report::prediction::estimate;
use crate::darji2021::report::structure::measured::{Measured, place};
use crate::darji2021::report::structure::networks::Sampled;
use crate::darji2021::report::structure::theirs::theirs;
use crate::darji2021::report::thesis;

/// With fewer graphs, 23 properties fit anything and predict nothing.
pub const FEWEST: usize = 5 * FOLDS;
/// If the other properties predict the number of source nodes this well, leaving it out is no control.
pub const TOLD: f64 = 0.5;
/// It chooses its own penalty.
const REGRESSOR: Regression = Regression::BayesianRidge;
/// Seed of folds and resamples.
const SEED: u64 = 0;
/// The number of sink nodes is also the width of the readout.
const SINKS: &str = "sink_nodes";

/// R^2 for unseen graphs from several sets of columns, and the gains between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explained {
    /// From the number of source nodes.
    pub sources: Estimate,
    /// From the numbers of source and of sink nodes.
    pub sinks: Estimate,
    /// From the number of source nodes and the thesis's other properties as plain numbers.
    pub rest: Estimate,
    /// From all of the thesis's properties as plain numbers.
    pub all: Estimate,
    /// What sink nodes add to source nodes.
    pub sinks_over_sources: Option<Estimate>,
    /// What the other properties add to source nodes.
    pub rest_over_sources: Option<Estimate>,
    /// How well the other properties predict the number of source nodes.
    pub told: f64,
}

impl Explained {
    /// For the networks of one cell. `None` for too few graphs, or if nothing varies.
    pub fn of(measured: &Measured) -> Option<Self> {
        let y = &measured.accuracy;
        let rows = y.len();
        let [sources, sinks] = [SOURCES, SINKS].map(|name| measured.column(name));
        let evaluation = evaluation(sources, y)?;
        let predict = |x: &Columns, y: &[f64]| evaluation.predict(x, y, &[REGRESSOR.into()]);
        let bootstrap = Bootstrap::new(rows, SEED, 1);
        let r2 = |predicted: &Predicted| predicted.scores(y, &bootstrap).r2;
        let gain = |of: &Predicted, over: &Predicted| gain(of, over, y, &bootstrap);
        let all = Columns::from_columns(&measured.columns);
        let others = all.without_columns(&[place(SOURCES)]);
        let told = predict(&others, sources).r2_by_repeat(sources);
        let rest = measured.columns.iter().enumerate().filter(|(at, _)| *at != place(SOURCES));
        let rest: Vec<Vec<f64>> = rest.map(|(_, column)| column.clone()).collect();
        let sets = [
            levels(sources),
            [levels(sources), levels(sinks)].concat(),
            [levels(sources), rest].concat(),
        ];
        let [sources, sinks, rest] =
            sets.map(|columns| predict(&Columns::from_columns(&columns), y));
        Some(Self {
            sources: r2(&sources),
            sinks: r2(&sinks),
            rest: r2(&rest),
            all: r2(&predict(&all, y)),
            sinks_over_sources: gain(&sinks, &sources),
            rest_over_sources: gain(&rest, &sources),
            told: told.iter().sum::<f64>() / told.len() as f64,
        })
    }

    /// R^2 of another target, such as the log error, from the number of source nodes alone.
    pub fn from_sources(measured: &Measured, y: &[f64]) -> Option<Estimate> {
        let sources = measured.column(SOURCES);
        let columns = Columns::from_columns(&levels(sources));
        let predicted = evaluation(sources, y)?.predict(&columns, y, &[REGRESSOR.into()]);
        Some(predicted.scores(y, &Bootstrap::new(y.len(), SEED, 1)).r2)
    }

    /// For each cell that has enough graphs.
    pub fn by_cell(sampled: &Sampled) -> Vec<(Cell, Self)> {
        let cells = sampled.study().cells.iter();
        cells.filter_map(|&cell| Some((cell, Self::of(&sampled.measured(cell))?))).collect()
    }
}

/// The folds; `None` for too few graphs, or if nothing varies.
fn evaluation(sources: &[f64], y: &[f64]) -> Option<Evaluation> {
    let varies = |column: &[f64]| column.iter().any(|value| *value != column[0]);
    if y.len() < FEWEST || !varies(y) || !varies(sources) {
        return None;
    }
    let splits = (0..REPEATS).map(|repeat| Split::folds(y.len(), FOLDS, SEED, repeat));
    Some(Evaluation {
        splits: splits.collect::<Result<_, _>>().ok()?,
        scaling: Scaling::FittedRows,
        inner_folds: 0,
        seed: SEED,
        jobs: 1,
    })
}

/// The table; `None` if no cell has enough graphs.
pub fn table(sampled: &Sampled, explained: &[(Cell, Explained)]) -> Option<Table> {
    let row = |(cell, found): &(Cell, Explained)| {
        let entry = |ours: Option<Estimate>, what: &str| {
            let theirs = theirs(sampled, || thesis::sources(*cell, what));
            Entry::new(ours.as_ref().map(estimate)).beside(theirs.as_ref().map(estimate))
        };
        Row {
            headings: vec![Heading::new(wording::cell(*cell), 1)],
            cells: vec![
                entry(Some(found.sources), "sources"),
                entry(Some(found.sinks), "sinks"),
                entry(found.sinks_over_sources, "sinks_over_sources"),
                entry(Some(found.rest), "rest"),
                entry(found.rest_over_sources, "rest_over_sources"),
                entry(Some(found.all), "all"),
            ],
        }
    };
    let beside = match sampled.beside_thesis() {
        true => " Grey: the same for the thesis’s own rows.",
        false => "",
    };
    (!explained.is_empty()).then(|| Table {
        title: "R² from source nodes alone, and from more".to_owned(),
        note: format!(
            "Share of the variance of accuracy that is explained for graphs not seen, with 95 % intervals: \
                Bayesian ridge, ten folds, cut {REPEATS} times. A gain is how much R² rises over that of sources \
                alone; if its interval holds 0, the further properties may add nothing. Each number of sources \
                and of sinks is a column of its own; the other properties are plain numbers, and in the last \
                column all are.{beside}"
        ),
        head: vec![Heading::each([
            "cell",
            "sources alone",
            "sources and sinks",
            "gain",
            "sources and the other 22",
            "gain",
            "all 23, plain numbers",
        ])],
        rows: explained.iter().map(row).collect(),
    })
}

/// What the table says in words.
pub fn sentence(explained: &[(Cell, Explained)]) -> Option<String> {
    let gained = |gain: &Estimate| {
        let interval = gain.interval.map(|interval| {
            let [low, high] = [interval.low, interval.high].map(wording::correlation);
            format!(", {low} to {high}")
        });
        format!("gain {}{}", wording::correlation(gain.value), interval.unwrap_or_default())
    };
    let each = explained.iter().map(|(cell, found)| {
        let gain = found.rest_over_sources.as_ref();
        format!(
            "{} and {} for the {}{}",
            wording::correlation(found.sources.value),
            wording::correlation(found.rest.value),
            wording::cell(*cell),
            gain.map_or_else(String::new, |gain| format!(" ({})", gained(gain))),
        )
    });
    let each: Vec<String> = each.collect();
    let above = |gain: &Estimate| gain.interval.is_some_and(|interval| interval.low > 0.0);
    let clear = |of: fn(&Explained) -> Option<&Estimate>| -> Vec<(Cell, Estimate)> {
        let gains = explained.iter().filter_map(|(cell, found)| Some((*cell, *of(found)?)));
        gains.filter(|(_, gain)| above(gain)).collect()
    };
    let more = clear(|found| found.rest_over_sources.as_ref());
    let more = match more.len() {
        0 => "For no cell do the others clearly add to it".to_owned(),
        all if all == explained.len() => "The others add to it for every cell".to_owned(),
        _ => {
            let cells = more.iter().map(|(cell, _)| format!("the {}", wording::cell(*cell)));
            let cells: Vec<String> = cells.collect();
            format!("The others clearly add to it for {} only", wording::list(&cells))
        }
    };
    let sinks = clear(|found| found.sinks_over_sources.as_ref());
    let sinks = sinks
        .iter()
        .map(|(cell, gain)| format!("for the {} ({})", wording::cell(*cell), gained(gain)));
    let sinks: Vec<String> = sinks.collect();
    let sinks = match sinks.as_slice() {
        [] => String::new(),
        some => format!(
            " The number of sink nodes, which is the width of the readout, adds to it {}.",
            wording::list(some)
        ),
    };
    let told = explained.first()?.1.told;
    let control = match told > TOLD {
        true => format!(" Leaving {SOURCES} out is no control."),
        false => String::new(),
    };
    let told = wording::correlation(told);
    Some(format!(
        "The number of source nodes alone, which is also the width of the input, predicts accuracy \
            for graphs not seen. Its R², and that with the other 22 properties added: {}. \
            {more}.{sinks}{control} The other 22 properties predict the number of source nodes with an \
            R² of {told}.",
        wording::list(&each),
    ))
}
