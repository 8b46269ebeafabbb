//! Statistics compared with NumPy and scikit-learn on the thesis's own rows, and with SciPy
//! and statsmodels on made-up ones.

mod support;

use rarefy::analysis::regression::{MinMax, Regression, Table};
use rarefy::analysis::{
    Adjusted, Bootstrap, Evaluation, Interval, Odds, Paired, Scaling, Split, Summary, Variance,
    VarianceError, holm, levels, p_value, partial, pearson, percentile, ranks, residuals, spearman,
    wilson,
};
use serde_json::Value;

const PROPERTIES: usize = 23;

/// The columns of a table that hold numbers, by name.
fn columns(text: &str) -> Vec<(String, Vec<f64>)> {
    let mut lines = text.lines().map(|line| line.split(','));
    let names: Vec<&str> = lines.next().expect("a header").collect();
    let rows: Vec<Vec<&str>> = lines.map(Iterator::collect).collect();
    let column = |(at, name): (usize, &&str)| {
        let values: Result<Vec<f64>, _> = rows.iter().map(|row| row[at].parse()).collect();
        Some((name.to_string(), values.ok()?))
    };
    names.iter().enumerate().filter_map(column).collect()
}

#[test]
fn every_correlation_of_the_thesis_is_what_its_rows_give() {
    let Some(thesis) = support::thesis_dir() else { return };
    let oracle = std::fs::read_to_string(thesis.join("oracle_prediction.json")).unwrap();
    let oracle: Value = serde_json::from_str(&oracle).unwrap();
    for cell in ["rnn_tanh", "rnn_relu", "gru", "lstm"] {
        let path = thesis.join(format!("results/structure/{cell}.csv"));
        let columns = columns(&std::fs::read_to_string(path).unwrap());
        let column = |name: &str| &columns.iter().find(|column| column.0 == name).unwrap().1;
        let expected = oracle[cell]["pearson"].as_object().unwrap();
        assert_eq!(expected.len(), PROPERTIES);
        for (property, expected) in expected {
            let found = pearson(column(property), column("test_acc")).unwrap();
            let error = (found - expected.as_f64().unwrap()).abs();
            assert!(error < 1e-9, "{cell}, {property}: {found}, expected {expected}");
        }
        if cell == "gru" {
            // Compared as printed in the thesis's text.
            let found = pearson(column("source_nodes"), column("test_acc")).unwrap();
            assert_eq!(format!("{found:.2}"), "0.74");
        }
    }
}

/// SciPy sums in another order, and computes the tail of Student's t differently.
const SCIPY_TOLERANCE: f64 = 1e-9;

/// Four units in the last place of 1.
const SCALING_ROUNDING: f64 = 4.0 * f64::EPSILON;

/// The column that scipy/statistics.py generates.
fn made(rows: usize, modulus: u64, number: u64) -> Vec<f64> {
    let mut state = 12345 + number;
    let mut next = || {
        state = (1_103_515_245 * state + 12345) % (1 << 31);
        ((state >> 8) % modulus) as f64
    };
    (0..rows).map(|_| next()).collect()
}

#[test]
fn correlations_and_intervals_are_scipys() {
    let golden: Value = serde_json::from_str(include_str!("scipy/statistics.json")).unwrap();
    let tables = golden["tables"].as_array().unwrap();
    assert_eq!(tables.len(), 4);
    for golden in tables {
        let (rows, modulus) = (golden["rows"].as_u64().unwrap() as usize, &golden["modulus"]);
        let [x, z, noise] = [0, 1, 2].map(|n| made(rows, modulus.as_u64().unwrap(), n));
        let y = x.iter().zip(&z).zip(&noise).map(|((x, z), noise)| 2.0 * x - 3.0 * z + 4.0 * noise);
        let mut y: Vec<f64> = y.collect();
        let close = |name: &str, found: f64| {
            let expected = golden[name].as_f64().unwrap();
            let error = (found - expected).abs();
            assert!(error < SCIPY_TOLERANCE, "{rows} rows, {name}: {found}, not {expected}");
        };
        let (r, rank) = (pearson(&x, &y).unwrap(), spearman(&x, &y).unwrap());
        let left = partial(&x, &y, &[&z]).unwrap();
        close("pearson", r);
        close("pearson_p", p_value(r, rows, 0).unwrap());
        close("spearman", rank);
        close("spearman_p", p_value(rank, rows, 0).unwrap());
        close("partial", left);
        close("partial_p", p_value(left, rows, 1).unwrap());
        let first: Vec<Value> = ranks(&x)[..6].iter().map(|&rank| rank.into()).collect();
        assert_eq!(golden["ranks"].as_array().unwrap(), &first);
        let Interval { low, high } = Summary::of(&y).unwrap().interval.unwrap();
        close("mean_low", low);
        close("mean_high", high);
        for (at, percent) in [2.5, 50.0, 97.5].into_iter().enumerate() {
            assert_eq!(golden["percentiles"][at], percentile(&mut y, percent));
        }
    }
}

/// SciPy draws other resamples: ends of an interval differ by a few hundredths of its width.
const RESAMPLED: f64 = 0.04;
/// Five standard deviations of a small p-value that is estimated from 9,999 draws.
const FLIPPED: f64 = 5e-4;

#[test]
fn paired_comparisons_are_scipys_and_holms_correction_is_that_of_statsmodels() {
    let golden: Value = serde_json::from_str(include_str!("scipy/statistics.json")).unwrap();
    let number = |value: &Value| value.as_f64().unwrap();
    let mut p = Vec::new();
    for golden in golden["paired"].as_array().unwrap() {
        let (pairs, modulus) = (golden["pairs"].as_u64().unwrap(), golden["modulus"].as_u64());
        let modulus = modulus.unwrap();
        let [x, z] = [0, 1].map(|n| made(pairs as usize, modulus, n));
        let (m, third) = (modulus as f64, (modulus / 3) as f64);
        let difference = |(x, z): (&f64, &f64)| (((x - z) * 7.0).rem_euclid(m) - third) / 64.0;
        let differences: Vec<f64> = x.iter().zip(&z).map(difference).collect();
        let found = Paired::of(&differences).unwrap();
        assert!((found.effect - number(&golden["effect"])).abs() < SCIPY_TOLERANCE);
        let tolerance = if pairs > 20 { FLIPPED } else { SCIPY_TOLERANCE };
        assert!((found.p - number(&golden["p"])).abs() < tolerance, "{pairs}: {}", found.p);
        let Interval { low, high } = found.interval.unwrap();
        let ends = [number(&golden["low"]), number(&golden["high"])];
        for (found, expected) in [low, high].into_iter().zip(ends) {
            let error = (found - expected).abs() / (ends[1] - ends[0]);
            assert!(error < RESAMPLED, "{pairs} pairs: {found}, not {expected}");
        }
        p.push(Some(number(&golden["p"])));
    }
    assert_eq!(p.len(), 5);
    for (found, expected) in holm(&p).iter().zip(golden["holm"].as_array().unwrap()) {
        assert!((found.unwrap() - number(expected)).abs() < SCIPY_TOLERANCE, "{found:?}");
    }
}

/// The thesis's split, scaling and regressor, combined by [`Evaluation`].
#[test]
fn the_thesiss_evaluation_is_that_of_scikit_learn() {
    let Some(thesis) = support::thesis_dir() else { return };
    let oracle = std::fs::read_to_string(thesis.join("oracle_prediction.json")).unwrap();
    let oracle: Value = serde_json::from_str(&oracle).unwrap();
    let numbers = |value: &Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let mut differ = 0;
    for cell in ["rnn_tanh", "rnn_relu", "gru", "lstm"] {
        let split = Split::scikit_learn(200, 0.1, 7).unwrap();
        let rows = |value: &Value| -> Vec<usize> {
            numbers(value).into_iter().map(|row| row as usize).collect()
        };
        let expected = &oracle[cell];
        assert_eq!(split.train, rows(&expected["train_idx"]), "{cell}");
        assert_eq!(split.test, rows(&expected["test_idx"]), "{cell}");

        let path = thesis.join(format!("results/structure/{cell}.csv"));
        let columns = columns(&std::fs::read_to_string(path).unwrap());
        let place = |name: &str| columns.iter().position(|column| column.0 == name).unwrap();
        let y = &columns[place("test_acc")].1;
        let properties = &columns[place("layers")..=place("edge_betweenness_std")];
        let x: Vec<Vec<f64>> = properties.iter().map(|column| column.1.clone()).collect();
        let x = Table::from_columns(&x);
        assert_eq!(x.columns(), PROPERTIES);
        let evaluation = Evaluation {
            splits: vec![vec![split.clone()]],
            scaling: Scaling::AllRows,
            inner_folds: 5,
            seed: 0,
            jobs: 1,
        };
        let predicted = evaluation.predict(&x, y, &[Regression::BayesianRidge.into()]);
        let expected = &expected["bayesian_ridge"];
        let r2 = predicted.scores(y, &Bootstrap::new(20, 0, 1)).r2.value;
        // The tolerance promised to users is 1e-4; the same algorithm in the same precision is far
        // closer.
        assert!((r2 - expected["r2"].as_f64().unwrap()).abs() < 1e-9, "{cell}: {r2}");
        for (&row, expected) in split.test.iter().zip(numbers(&expected["pred"])) {
            let place = predicted.rows.binary_search(&row).unwrap();
            assert!((predicted.predictions[0][place] - expected).abs() < 1e-9, "{cell}");
        }
        // Scaling by the fitted rows alone changes the predictions, unless these rows contain every
        // column's extremes.
        let within = Evaluation { scaling: Scaling::FittedRows, ..evaluation };
        let other = within.predict(&x, y, &[Regression::BayesianRidge.into()]);
        differ += usize::from(other.predictions != predicted.predictions);
        // A product and a sum are rounded, so columns may slightly exceed 0 and 1, as in
        // scikit-learn.
        let fitted = x.select(&split.train);
        let scaled = MinMax::fit(&fitted).apply(&fitted);
        let near = -SCALING_ROUNDING..=1.0 + SCALING_ROUNDING;
        assert!((0..scaled.rows()).all(|row| scaled.row(row).iter().all(|v| near.contains(v))));
    }
    assert!(differ > 0, "scaling over all rows changes nothing for any cell");
}

#[test]
fn shares_of_variance_and_their_intervals_are_pingouins() {
    let golden: Value = serde_json::from_str(include_str!("pingouin/intraclass.json")).unwrap();
    let groups =
        |of: &Value| -> Vec<Vec<f64>> { serde_json::from_value(of["values"].clone()).unwrap() };
    // Pingouin rounds the ends of intervals to two decimals.
    let is = |found: Variance, golden: &Value| {
        let number = |name: &str| golden[name].as_f64().unwrap();
        assert!((found.share - number("icc")).abs() < 1e-10, "{found:?} {golden}");
        assert!((found.p / number("p") - 1.0).abs() < 1e-8, "{found:?} {golden}");
        let ends = [(found.interval.low, "low"), (found.interval.high, "high")];
        for (end, name) in ends {
            assert!((end - number(name)).abs() < 0.0050001, "{found:?} {golden}");
        }
    };
    for table in golden["tables"].as_array().unwrap() {
        let groups = groups(table);
        is(Variance::nested(&groups).unwrap(), &table["nested"]);
        is(Variance::crossed(&groups).unwrap(), &table["crossed"]);
    }
    for table in golden["uneven"].as_array().unwrap() {
        let found = Variance::nested(&groups(table)).unwrap();
        assert!((found.p / table["p"].as_f64().unwrap() - 1.0).abs() < 1e-8, "{found:?}");
    }
    assert_eq!(Variance::nested(&[vec![1.0, 2.0]]), Err(VarianceError::OneGroup));
    assert_eq!(Variance::nested(&[vec![1.0], vec![2.0]]), Err(VarianceError::OneRow));
    assert_eq!(Variance::crossed(&[vec![1.0, 1.0], vec![1.0, 1.0]]), Err(VarianceError::Constant));
    let same = Variance::nested(&[vec![1.0, 1.0], vec![2.0, 2.0]]).unwrap();
    assert_eq!((same.share, same.p), (1.0, 0.0));
}

#[test]
fn groups_of_any_size_are_covered_by_their_intervals() {
    // Sums of twelve uniform numbers are nearly normal.
    let mut state = 7_u64;
    let mut normal = || {
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..12).map(|_| next()).sum::<f64>() - 6.0
    };
    let (draws, mut covered, mut between) = (400, [0, 0], 0.0);
    for _ in 0..draws {
        // Variances 1, 0.25 and 1: shares 0.5 of groups in what is nested, 1 / 2.25 in what is crossed.
        let nested: Vec<Vec<f64>> = (0..20)
            .map(|group| {
                let own = normal();
                (0..2 + group % 5).map(|_| own + normal()).collect()
            })
            .collect();
        let found = Variance::nested(&nested).unwrap();
        between += found.between / f64::from(draws);
        covered[0] += u32::from((found.interval.low..=found.interval.high).contains(&0.5));
        let blocks: Vec<f64> = (0..6).map(|_| 0.5 * normal()).collect();
        let crossed: Vec<Vec<f64>> = (0..20)
            .map(|_| {
                let own = normal();
                blocks.iter().map(|block| own + block + normal()).collect()
            })
            .collect();
        let found = Variance::crossed(&crossed).unwrap();
        covered[1] += u32::from((found.interval.low..=found.interval.high).contains(&(1.0 / 2.25)));
    }
    assert!((between - 1.0).abs() < 0.1, "{between}");
    // 95 % of 400 is 380, with a standard deviation of 4.4.
    assert!(covered.iter().all(|count| (362..=396).contains(count)), "{covered:?}");
}

/// statsmodels inverts a matrix of squared sizes.
const STATSMODELS_TOLERANCE: f64 = 1e-8;

#[test]
fn adjusted_effects_and_shares_are_those_of_statsmodels() {
    let golden: Value = serde_json::from_str(include_str!("statsmodels/adjusted.json")).unwrap();
    let close = |found: f64, golden: &Value| {
        let expected = golden.as_f64().unwrap();
        assert!((found - expected).abs() < STATSMODELS_TOLERANCE, "{found}, not {expected}");
    };
    for table in golden["tables"].as_array().unwrap() {
        let column = |name: &str| -> Vec<f64> {
            table[name].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
        };
        let [x, y, size] = ["x", "y", "size"].map(column);
        let mut given = levels(&column("kind"));
        given.extend([size.clone(), size.iter().map(|size| size * size).collect()]);
        let given: Vec<&[f64]> = given.iter().map(Vec::as_slice).collect();
        for (name, given) in [("plain", &[][..]), ("fixed", &given)] {
            let Adjusted { effect, interval, p, .. } = Adjusted::of(&x, &y, given).unwrap();
            let golden = &table[name];
            close(effect, &golden["effect"]);
            close(p, &golden["p"]);
            close(interval.low, &golden["low"]);
            close(interval.high, &golden["high"]);
        }
        let hits: Vec<bool> = column("hit").iter().map(|hit| *hit == 1.0).collect();
        let (kind, square) = (column("kind"), size.iter().map(|size| size * size));
        let straight: [&[f64]; 3] = [&kind, &size, &square.collect::<Vec<f64>>()];
        for (name, given) in [("odds", &[][..]), ("fixed_odds", &straight)] {
            let Odds { effect, interval, p, .. } = Odds::of(&x, &hits, given).unwrap();
            let golden = &table[name];
            close(effect, &golden["effect"]);
            close(interval.low, &golden["low"]);
            close(interval.high, &golden["high"]);
            close(p, &golden["p"]);
        }
        // A column that parts yes from no, and one that is known already.
        let told: Vec<f64> = column("hit");
        assert_eq!(Odds::of(&told, &hits, &straight), None);
        assert_eq!(Odds::of(&size, &hits, &straight), None);
        let with_x = [&given[..], &[&x]].concat();
        let expected = table["residuals"].as_array().unwrap();
        residuals(&y, &with_x)
            .iter()
            .zip(expected)
            .for_each(|(&found, golden)| close(found, golden));
    }
    for share in golden["shares"].as_array().unwrap() {
        let of = |name: &str| share[name].as_u64().unwrap() as usize;
        let Interval { low, high } = wilson(of("hits"), of("count")).unwrap();
        close(low, &share["low"]);
        close(high, &share["high"]);
    }
    assert_eq!(wilson(0, 0), None);
}
