//! The correlations of columns with a target, with intervals.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::bootstrap::{Bootstrap, Interval};
use super::correlation::{
    Basis, FEWEST_RANKS, deviations, holm, p_value, partial, pearson, quotient,
};
use super::rank::{DrawnRanks, Ranked};
use crate::parallel;

/// A correlation and its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// The correlation, -1 to 1.
    pub r: f64,
    /// Bootstrap interval. `None` if too few resamples have a correlation at all.
    pub interval: Option<Interval>,
    /// Probability of a correlation at least this strong by chance ([`p_value`]).
    pub p_value: Option<f64>,
    /// The same, corrected for the number of columns ([`holm`]).
    pub p_corrected: Option<f64>,
}

/// The correlations of a column with the target. `None` where they are undefined.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correlations {
    /// Pearson's correlation.
    pub pearson: Option<Correlation>,
    /// Spearman's correlation.
    pub spearman: Option<Correlation>,
    /// Pearson's correlation with the given columns held fixed; also `None` if there are none.
    pub partial: Option<Correlation>,
}

impl Correlations {
    /// Writes them into a JSON object; the partial correlation only if it is `wanted`.
    pub fn write(&self, row: &mut Value, wanted: bool) {
        let partial = wanted.then_some(("partial", "partial_", self.partial));
        let both = [("pearson", "", self.pearson), ("spearman", "spearman_", self.spearman)];
        for (name, prefix, found) in both.into_iter().chain(partial) {
            let interval = found.and_then(|found| found.interval);
            row[name] = json!(found.map(|found| found.r));
            row[format!("{name}_low")] = json!(interval.map(|interval| interval.low));
            row[format!("{name}_high")] = json!(interval.map(|interval| interval.high));
            row[format!("{prefix}p_value")] = json!(found.and_then(|found| found.p_value));
            row[format!("{prefix}p_corrected")] = json!(found.and_then(|found| found.p_corrected));
        }
    }
}

/// The correlations of each of `columns` with `target`, also with the columns `given` held fixed.
///
/// # Panics
/// When columns differ in length.
pub fn correlate(
    columns: &[&[f64]],
    target: &[f64],
    given: &[&[f64]],
    bootstrap: &Bootstrap,
) -> Vec<Correlations> {
    let rows = target.len();
    let prepared = parallel::map(bootstrap.jobs, columns.len(), |at| Column::new(columns[at]));
    let prepared_target = Column::new(target);
    let intervals = bootstrap.intervals(rows, |weights| {
        let resample = Resample::new(&prepared_target, given, weights);
        prepared.iter().flat_map(|column| resample.correlations(column)).collect()
    });
    // Adds p-values and intervals to one statistic of every column.
    let assemble = |of: usize, fixed: usize, points: Vec<Option<f64>>| {
        let p = |point: &Option<f64>| match of {
            SPEARMAN if rows < FEWEST_RANKS => None,
            _ => p_value((*point)?, rows, fixed),
        };
        let p: Vec<Option<f64>> = points.iter().map(p).collect();
        let corrected = holm(&p);
        let correlation = |(at, point): (usize, Option<f64>)| {
            let interval = intervals.get(FIGURES * at + of).copied().flatten();
            point.map(|r| Correlation { r, interval, p_value: p[at], p_corrected: corrected[at] })
        };
        points.into_iter().enumerate().map(correlation).collect::<Vec<_>>()
    };
    let points = |of: &(dyn Fn(usize) -> Option<f64> + Sync)| {
        parallel::map(bootstrap.jobs, columns.len(), of)
    };
    let once = vec![1.0; rows];
    let ranks = DrawnRanks::new(&prepared_target.ranked, &once);
    let pearson = assemble(0, 0, points(&|at| pearson(columns[at], target)));
    let spearman = assemble(SPEARMAN, 0, points(&|at| ranks.spearman(&prepared[at].ranked)));
    let fixed = |at| if given.is_empty() { None } else { partial(columns[at], target, given) };
    let partial = assemble(2, given.len(), points(&fixed));
    let each = pearson.into_iter().zip(spearman).zip(partial);
    each.map(|((pearson, spearman), partial)| Correlations { pearson, spearman, partial }).collect()
}

/// Statistics per column: Pearson's, Spearman's, partial.
const FIGURES: usize = 3;
const SPEARMAN: usize = 1;

/// A column prepared for many resamples.
struct Column {
    /// Deviations from the mean of all rows, so that sums over a resample do not cancel.
    centred: Vec<f64>,
    ranked: Ranked,
}

impl Column {
    fn new(values: &[f64]) -> Self {
        Self { centred: deviations(values), ranked: Ranked::new(values) }
    }
}

/// The target in one resample, to be compared with one column after another.
struct Resample<'a> {
    weights: &'a [f64],
    target: &'a [f64],
    /// Sums of the target's values and of their squares.
    sums: (f64, f64),
    ranks: DrawnRanks<'a>,
    /// If columns are held fixed: those columns, and the residual of the target.
    fixed: Option<(Basis<'a>, Option<Vec<f64>>)>,
}

impl<'a> Resample<'a> {
    fn new(target: &'a Column, given: &[&[f64]], weights: &'a [f64]) -> Self {
        let (mut sum, mut squares) = (0.0, 0.0);
        for (weight, y) in weights.iter().zip(&target.centred) {
            sum += weight * y;
            squares += weight * y * y;
        }
        let ranks = DrawnRanks::new(&target.ranked, weights);
        let fixed = (!given.is_empty()).then(|| {
            let basis = Basis::new(given, weights);
            let left = basis.residual(target.centred.clone());
            (basis, left)
        });
        let sums = (sum, squares);
        Self { weights, target: &target.centred, sums, ranks, fixed }
    }

    fn correlations(&self, column: &Column) -> [Option<f64>; FIGURES] {
        [
            self.pearson(&column.centred),
            self.ranks.spearman(&column.ranked),
            self.partial(&column.centred),
        ]
    }

    fn pearson(&self, column: &[f64]) -> Option<f64> {
        let count = self.weights.len() as f64;
        let [x, xx, xy] = weighted_sums(self.weights, column, self.target);
        let (y, yy) = self.sums;
        varies(xx - x * x / count, xx, self.sums, count)?;
        quotient(xx - x * x / count, yy - y * y / count, xy - x * y / count)
    }

    fn partial(&self, column: &[f64]) -> Option<f64> {
        let (basis, target) = self.fixed.as_ref()?;
        basis.correlation(&basis.residual(column.to_vec())?, target.as_ref()?)
    }
}

/// Sums over rows of `w x`, `w x x` and `w x y`, in four lanes because each addition has to wait
/// for the previous one.
fn weighted_sums(w: &[f64], x: &[f64], y: &[f64]) -> [f64; 3] {
    const LANES: usize = 4;
    let mut sums = [[0.0; LANES]; 3];
    let mut add = |lane: usize, w: f64, x: f64, y: f64| {
        sums[0][lane] += w * x;
        sums[1][lane] += w * x * x;
        sums[2][lane] += w * x * y;
    };
    let (w, w_rest) = w.as_chunks::<LANES>();
    let (x, x_rest) = x.as_chunks::<LANES>();
    let (y, y_rest) = y.as_chunks::<LANES>();
    for ((w, x), y) in w.iter().zip(x).zip(y) {
        (0..LANES).for_each(|lane| add(lane, w[lane], x[lane], y[lane]));
    }
    for ((w, x), y) in w_rest.iter().zip(x_rest).zip(y_rest) {
        add(0, *w, *x, *y);
    }
    sums.map(|lanes| lanes.iter().sum())
}

/// `None` if a resample has only one value of a column or of the target, so that the remaining
/// squares are rounding errors.
fn varies(left: f64, squares: f64, (y, yy): (f64, f64), count: f64) -> Option<()> {
    const ROUNDING: f64 = 1e-12;
    (left > ROUNDING * squares && yy - y * y / count > ROUNDING * yy).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::spearman;
    use crate::random::Stream;

    /// Columns with few distinct values, so that there are ties, and a target correlated with them.
    fn sample(rows: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut stream = Stream::new(3, "sample");
        let mut column = || (0..rows).map(|_| stream.index(7) as f64).collect::<Vec<f64>>();
        let columns = vec![column(), column(), column()];
        let target = (0..rows).map(|row| columns[0][row] + 2.0 * columns[2][row] + stream.normal());
        let target = target.collect();
        (columns, target)
    }

    #[test]
    fn a_draw_has_the_correlations_of_its_rows() {
        let (columns, target) = sample(40);
        let (columns, given) = columns.split_at(2);
        let given: Vec<&[f64]> = given.iter().map(|column| &column[..]).collect();
        let mut stream = Stream::new(4, "draw");
        let drawn: Vec<usize> = (0..40).map(|_| stream.index(40)).collect();
        let mut weights = vec![0.0; 40];
        drawn.iter().for_each(|&row| weights[row] += 1.0);
        let pick = |column: &[f64]| drawn.iter().map(|&row| column[row]).collect::<Vec<f64>>();
        let prepared = Column::new(&target);
        let resample = Resample::new(&prepared, &given, &weights);
        let (target, fixed) = (pick(&target), pick(given[0]));
        for column in columns {
            let found = resample.correlations(&Column::new(column));
            let column = pick(column);
            let expected = [
                pearson(&column, &target),
                spearman(&column, &target),
                partial(&column, &target, &[&fixed]),
            ];
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((found.unwrap() - expected.unwrap()).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn constants_have_no_correlation_and_no_interval() {
        let (mut columns, target) = sample(30);
        columns[1] = vec![0.1; 30];
        let columns: Vec<&[f64]> = columns.iter().map(|column| &column[..]).collect();
        let found = correlate(&columns, &target, &[], &Bootstrap::new(30, 0, 1));
        assert_eq!((found[1].pearson, found[1].spearman, found[1].partial), (None, None, None));
        for at in [0, 2] {
            let Correlation { r, interval, p_value, p_corrected } = found[at].pearson.unwrap();
            let Interval { low, high } = interval.unwrap();
            assert!(low < r && r < high, "{at}: {low} to {high}");
            assert!(p_value <= p_corrected && p_corrected <= Some(1.0));
            assert_eq!(found[at].partial, None);
        }
    }
}
