//! Whether accuracy can be predicted from the graph: the third part of `reproduce`.
//!
//! It trains nothing. It is a function of the table of the second part, `structure/records.csv`,
//! and is stored next to it in `prediction/`.

use std::path::{Path, PathBuf};

use rarefy::analysis::regression::{Regression, Table};
use rarefy::analysis::{
    Bootstrap, Compared, Comparison, Correlations, Evaluation, Given, Grouping, Records, Scaling,
    Split, correlate,
};
use rarefy::cell::Cell;
use rarefy::format::write_atomically;
use rarefy::graph::Properties;
use rarefy::random::fnv1a;
use rarefy_view::wording::counted;
use serde::{Deserialize, Serialize};

use super::error::Error;

/// The properties that measure size alone.
pub const SIZE: [&str; 2] = ["nodes", "edges"];
/// The strongest property is also the width of the network's input, so results are given without it
/// as well.
pub const SOURCES: &str = "source_nodes";
/// The thesis's split: scikit-learn's `train_test_split(test_size=0.1, random_state=7)`.
const THESIS_SPLIT: (f64, u32) = (0.1, 7);
/// Number of seeds for the thesis's regressors; the thesis used one.
const THESIS_SEEDS: usize = 20;
/// Folds of cross-validation.
pub const FOLDS: usize = 10;
const INNER_FOLDS: usize = 5;
/// How often the rows are cut into folds.
pub const REPEATS: usize = 3;
/// With fewer graphs, the data cannot be split twice.
const FEWEST_GRAPHS: usize = 5;
/// Increment this when the same table gives other results than before.
const RESULT_VERSION: u32 = 1;

/// The results, as stored in `prediction/results.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Fingerprint of the graphs, the seed and the version.
    fingerprint: String,
    /// One entry per cell with enough graphs and more than one accuracy.
    pub cells: Vec<CellPrediction>,
}

/// The results for the networks of one cell with tiled gate masks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellPrediction {
    /// The cell.
    pub cell: Cell,
    /// The properties: the 23 of the thesis.
    pub properties: Vec<String>,
    /// Test accuracy of each graph, as a mean over seeds.
    pub measured: Vec<f64>,
    /// The correlation of each property with accuracy. Partial correlations hold nodes and source
    /// nodes fixed.
    pub correlations: Vec<Correlations>,
    /// By nested cross-validation: the settings are chosen within the folds.
    pub folds: Vec<Compared>,
    /// The same without `SOURCES`.
    pub without_sources: Vec<Compared>,
    /// On a single split, scaled over all rows, with default settings.
    pub thesis_way: Vec<Compared>,
}

/// Receives the progress of a prediction; `()` ignores it.
pub trait Observer: Sync {
    /// A remark for the user.
    fn note(&self, _text: &str) {}
    /// The number of regressors to evaluate.
    fn planned(&self, _regressors: u64) {}
    /// A regressor has been evaluated.
    fn evaluated(&self) {}
    /// All regressors of a cell have been evaluated.
    fn predicted(&self, _cell: Cell) {}
}

impl Observer for () {}

impl Prediction {
    /// The file of the prediction within the results in `out`.
    fn path(out: &Path) -> PathBuf {
        out.join("prediction").join("results.json")
    }

    /// The table to predict from.
    fn records(out: &Path) -> PathBuf {
        out.join("structure").join("records.csv")
    }

    /// The stored prediction; `None` if there is none.
    ///
    /// # Errors
    /// If the file is of another version or damaged, or its graphs are not those of the table.
    pub fn read(out: &Path) -> Result<Option<Self>, Error> {
        let Some(found) = Self::stored(out)? else { return Ok(None) };
        let graphs = Input::read(out)?.graphs;
        let seed = found.fingerprint.split('-').next().and_then(|seed| seed.parse().ok());
        match seed.is_some_and(|seed| fingerprint(&graphs, seed) == found.fingerprint) {
            true => Ok(Some(found)),
            false => Err(Error::OtherGraphs { path: Self::path(out) }),
        }
    }

    fn stored(out: &Path) -> Result<Option<Self>, Error> {
        let path = Self::path(out);
        let Ok(bytes) = std::fs::read(&path) else { return Ok(None) };
        let found = serde_json::from_slice(&bytes);
        found.map(Some).map_err(|source| Error::Prediction { path, source })
    }

    /// Computes and writes whatever has no stored result. `observer` receives the progress.
    ///
    /// # Errors
    /// If there is no table to predict from, or a file cannot be written.
    pub fn compute(
        out: &Path,
        seed: u64,
        jobs: usize,
        observer: &impl Observer,
    ) -> Result<Self, Error> {
        let Input { graphs: parts, diverged } = Input::read(out)?;
        let fingerprint = fingerprint(&parts, seed);
        // A stored prediction that cannot be read is computed again.
        let found = Self::stored(out).unwrap_or_else(|error| {
            observer.note(&error.to_string());
            None
        });
        if let Some(found) = found.filter(|found| found.fingerprint == fingerprint) {
            return Ok(found);
        }
        if diverged > 0 {
            let diverged = counted(diverged, "diverged network");
            observer.note(&format!("left out of prediction: {diverged}"));
        }
        let count = parts.iter().map(|(_, rows)| rows.evaluations() as u64).sum();
        observer.planned(count);
        let cell = |(cell, rows): (Cell, Graphs)| {
            let found = rows.predict(cell, seed, jobs, observer)?;
            observer.predicted(cell);
            Ok(found)
        };
        let cells = parts.into_iter().map(cell).collect::<Result<Vec<_>, Error>>()?;
        let found = Self { fingerprint, cells };
        let bytes = serde_json::to_vec(&found).expect("plain data");
        let folder = out.join("prediction");
        std::fs::create_dir_all(&folder).map_err(|source| Error::Folder { folder, source })?;
        write_atomically(&Self::path(out), &bytes)?;
        write_atomically(&out.join("prediction").join("records.csv"), &found.to_csv())?;
        Ok(found)
    }

    /// One row per cell, set of properties and regressor.
    fn to_csv(&self) -> Vec<u8> {
        let mut text = "cell,how,properties,regressor,r2,r2_low,r2_high,mae,rank_correlation,\
                        gain,gain_low,gain_high\n"
            .to_owned();
        let shown = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        for cell in &self.cells {
            for (how, without, rows) in [
                ("folds", "", &cell.folds),
                ("folds", "-source_nodes", &cell.without_sources),
                ("split", "", &cell.thesis_way),
            ] {
                // Size and the mean are the same with and without source nodes, so they are written
                // once.
                let repeated = |row: &&Compared| without.is_empty() || row.given == Given::All;
                for row in rows.iter().filter(repeated) {
                    let gain = row.gain.and_then(|gain| gain.interval);
                    let r2 = row.r2.interval;
                    let values = [
                        Some(row.r2.value),
                        r2.map(|interval| interval.low),
                        r2.map(|interval| interval.high),
                        Some(row.mae.value),
                        row.rank_correlation.map(|r| r.value),
                        row.gain.map(|gain| gain.value),
                        gain.map(|interval| interval.low),
                        gain.map(|interval| interval.high),
                    ];
                    text += &format!(
                        "{},{how},{}{without},{},{}\n",
                        cell.cell,
                        row.given.name(),
                        row.regressor,
                        values.map(shown).join(",")
                    );
                }
            }
        }
        text.into_bytes()
    }
}

/// Identifies everything that a prediction depends on: not the table, which has columns that it does
/// not read.
fn fingerprint(graphs: &[(Cell, Graphs)], seed: u64) -> String {
    let of = |(cell, graphs): &(Cell, Graphs)| {
        let numbers = graphs.columns.iter().chain([&graphs.accuracy]).flatten();
        let numbers = numbers.flat_map(|number| number.to_le_bytes());
        cell.name().bytes().chain(numbers).collect::<Vec<u8>>()
    };
    let bytes: Vec<u8> = graphs.iter().flat_map(of).collect();
    format!("{seed}-{RESULT_VERSION}-{:016x}", fnv1a(&bytes))
}

/// What there is to predict from.
struct Input {
    /// The graphs of each cell that has enough of them, with tiled gate masks.
    graphs: Vec<(Cell, Graphs)>,
    /// Number of networks that are left out because their loss was not finite: they have no accuracy.
    diverged: usize,
}

impl Input {
    fn read(out: &Path) -> Result<Self, Error> {
        let path = Prediction::records(out);
        let table =
            std::fs::read(&path).map_err(|source| Error::NoTable { path: path.clone(), source })?;
        let records = Records::parse(&path, &table)?.with("gate_mask", "tiled")?;
        let (all, records) = (records.rows(), records.without("diverged", "true")?);
        let mut graphs = Vec::new();
        for name in records.values("cell")? {
            let rows = Graphs::of(&records.clone().with("cell", name)?)?;
            if rows.can_be_predicted() {
                graphs.push((name.parse::<Cell>()?, rows));
            }
        }
        Ok(Self { graphs, diverged: all - records.rows() })
    }
}

/// The graphs of one cell, one row each.
struct Graphs {
    /// `[property]`
    columns: Vec<Vec<f64>>,
    accuracy: Vec<f64>,
}

impl Graphs {
    /// Networks of the same graph with different seeds form one row.
    fn of(records: &Records) -> Result<Self, Error> {
        let grouping = Grouping::new(records, &["graph", "graph_nr"])?;
        let column = |name: &&str| Ok(grouping.means(&records.numbers(name)?));
        let columns: Result<Vec<Vec<f64>>, Error> = Properties::THESIS.iter().map(column).collect();
        Ok(Self { columns: columns?, accuracy: column(&"test_acc")? })
    }

    fn can_be_predicted(&self) -> bool {
        let varies = self.accuracy.iter().any(|accuracy| *accuracy != self.accuracy[0]);
        self.accuracy.len() >= FEWEST_GRAPHS && varies
    }

    fn at(name: &str) -> usize {
        Properties::THESIS.iter().position(|other| *other == name).expect("a property")
    }

    /// The number of regressors that [`Graphs::predict`] reports.
    fn evaluations(&self) -> usize {
        // All kinds and the chosen one, each on all properties and on size; the mean; the same
        // without sources; and the thesis's method, which chooses nothing.
        let kinds = Regression::ALL.len();
        2 * (2 * (kinds + 1) + 1) + 2 * kinds + 1
    }

    fn predict(
        &self,
        cell: Cell,
        seed: u64,
        jobs: usize,
        observer: &impl Observer,
    ) -> Result<CellPrediction, Error> {
        let rows = self.accuracy.len();
        let all = Table::from_columns(&self.columns);
        let size = all.with_columns(&SIZE.map(Self::at));
        let without = all.without_columns(&[Self::at(SOURCES)]);
        let splits: Result<Vec<Vec<Split>>, _> =
            (0..REPEATS).map(|repeat| Split::folds(rows, FOLDS.min(rows), seed, repeat)).collect();
        let scaling = Scaling::FittedRows;
        let folds = Evaluation { splits: splits?, scaling, inner_folds: INNER_FOLDS, seed, jobs };
        let (share, state) = THESIS_SPLIT;
        // For few graphs, a tenth would be one or two, for which there is no R^2.
        let share = share.max(2.0 / rows as f64);
        let split = vec![Split::scikit_learn(rows, share, state)?];
        let thesis = Evaluation {
            splits: vec![split; THESIS_SEEDS],
            scaling: Scaling::AllRows,
            ..folds.clone()
        };
        let compare = |features: &Table, evaluation: &Evaluation, nested: bool| {
            let comparison = Comparison {
                features,
                size: Some(&size),
                target: &self.accuracy,
                evaluation,
                regressors: &Regression::ALL,
                nested,
                shuffles: 0,
            };
            comparison.run(|| observer.evaluated())
        };
        let columns: Vec<&[f64]> = self.columns.iter().map(Vec::as_slice).collect();
        let given = ["nodes", SOURCES].map(|name| columns[Self::at(name)]);
        let bootstrap = Bootstrap::new(rows, seed, jobs);
        Ok(CellPrediction {
            cell,
            properties: Properties::THESIS.iter().map(|&name| name.to_owned()).collect(),
            measured: self.accuracy.clone(),
            correlations: correlate(&columns, &self.accuracy, &given, &bootstrap),
            folds: compare(&all, &folds, true),
            without_sources: compare(&without, &folds, true),
            thesis_way: compare(&all, &thesis, false),
        })
    }
}
