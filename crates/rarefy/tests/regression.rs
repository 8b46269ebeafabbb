//! Regressors compared with scikit-learn: on the thesis's own rows, and on the three tables of
//! `sklearn/regressors.py`.

mod support;

use std::time::Instant;

use proptest::prelude::*;
use rarefy::analysis::regression::{
    AdaBoost, BayesianRidge, Fitted, LeastSquares, MinMax, Regression, Table, Tree,
    permutation_importance,
};
use rarefy::analysis::{r2, standard_error};
use rarefy::random::Stream;
use serde_json::Value;

const PROPERTIES: usize = 23;
const THREADS: usize = 2;
/// The depth of scikit-learn's trees in AdaBoost.
const ADABOOST_DEPTH: usize = 3;

/// For results of the same sums in another order, relative to the largest number of a kind: a
/// million times the sixteenth digit. Singular values a thousand times smaller than the largest
/// account for half of that.
const ROUNDING: f64 = 1e-9;

/// How closely Bayesian ridge must agree on the thesis's rows: a hundred times closer than the
/// second digit, to which the thesis prints R^2.
const AS_SCIKIT_LEARN: f64 = 1e-4;

/// If two means over seeds are equal in truth, they differ by more than this many standard errors
/// less than once in a hundred thousand times. Some six hundred are compared, and the seeds are
/// fixed.
const STANDARD_ERRORS: f64 = 5.0;

/// One cell's networks, scaled over all rows and split, as the thesis did.
struct ThesisRows {
    cell: &'static str,
    train: (Table, Vec<f64>),
    test: (Table, Vec<f64>),
    /// scikit-learn's results on these rows.
    oracle: Value,
}

fn thesis_rows() -> Option<Vec<ThesisRows>> {
    let thesis = support::thesis_dir()?;
    let oracle = std::fs::read_to_string(thesis.join("oracle_prediction.json")).unwrap();
    let oracle: Value = serde_json::from_str(&oracle).unwrap();
    let rows = |cell: &'static str| {
        let path = thesis.join(format!("results/structure/{cell}.csv"));
        let mut reader = csv::Reader::from_path(path).unwrap();
        let header = reader.headers().unwrap().clone();
        let place = |name| header.iter().position(|column| column == name).unwrap();
        let features = place("layers")..place("edge_betweenness_std") + 1;
        assert_eq!(features.len(), PROPERTIES);
        let target = place("test_acc");
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for record in reader.records() {
            let record = record.unwrap();
            x.extend(features.clone().map(|at| record[at].parse::<f64>().unwrap()));
            y.push(record[target].parse::<f64>().unwrap());
        }
        let x = Table::new(PROPERTIES, x);
        let x = MinMax::fit(&x).apply(&x);
        let part = |name: &str| {
            let chosen: Vec<usize> = serde_json::from_value(oracle[cell][name].clone()).unwrap();
            (x.select(&chosen), chosen.iter().map(|&row| y[row]).collect())
        };
        let (train, test) = (part("train_idx"), part("test_idx"));
        ThesisRows { cell, train, test, oracle: oracle[cell].clone() }
    };
    Some(["rnn_tanh", "rnn_relu", "gru", "lstm"].map(rows).into())
}

fn numbers(value: &Value) -> Vec<f64> {
    serde_json::from_value(value.clone()).unwrap_or_else(|_| panic!("no numbers: {value}"))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Asserts that numbers agree within `tolerance` of the largest of them.
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs() / largest;
        assert!(error <= tolerance, "{what}, {at}: {found}, expected {expected}, off {error:e}");
    }
}

#[test]
fn bayesian_ridge_on_the_thesis_rows_is_that_of_scikit_learn() {
    let Some(cells) = thesis_rows() else { return };
    for ThesisRows { cell, train, test, oracle } in cells {
        let oracle = &oracle["bayesian_ridge"];
        let fitted = BayesianRidge::fit(&train.0, &train.1);
        let predicted = fitted.predict(&test.0);
        let number = |name: &str| oracle[name].as_f64().unwrap();
        let check = |found: &[f64], expected: &[f64], what| {
            assert_close(found, expected, AS_SCIKIT_LEARN, &format!("{cell}: {what}"));
        };
        check(fitted.coefficients(), &numbers(&oracle["coef"]), "coefficients");
        check(&[fitted.intercept()], &[number("intercept")], "intercept");
        check(&predicted, &numbers(&oracle["pred"]), "predictions");
        check(&[r2(&test.1, &predicted)], &[number("r2")], "R^2");
        check(&[fitted.alpha()], &[number("alpha")], "alpha");
        check(&[fitted.lambda()], &[number("lambda_")], "lambda");
    }
}

#[test]
fn over_seeds_trees_predict_the_thesis_rows_as_well_as_those_of_scikit_learn() {
    let Some(cells) = thesis_rows() else { return };
    for ThesisRows { cell, train, test, oracle } in cells {
        for (regression, key) in
            [(Regression::RandomForest, "rf_r2"), (Regression::AdaBoost, "ab_r2")]
        {
            let theirs = numbers(&oracle[key]);
            let ours = mean(&r2_over_seeds(regression, &train, &test, theirs.len()));
            let least = theirs.iter().copied().fold(f64::INFINITY, f64::min);
            let most = theirs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            println!(
                "{cell}, {regression}: {ours:.4}; scikit-learn {:.4}, {least:.4} to {most:.4}",
                mean(&theirs)
            );
            assert!(least <= ours && ours <= most, "{cell}, {regression}: {ours}");
        }
    }
}

fn r2_over_seeds(
    regression: Regression,
    train: &(Table, Vec<f64>),
    test: &(Table, Vec<f64>),
    seeds: usize,
) -> Vec<f64> {
    let seed = |seed| {
        let fitted = regression.fit(&train.0, &train.1, seed, THREADS);
        r2(&test.1, &fitted.predict(&test.0))
    };
    (0..seeds as u64).map(seed).collect()
}

/// Knuth's MMIX generator, as in `regressors.py`.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        self.0
    }

    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, bound: u64) -> f64 {
        ((self.next() >> 33) % bound) as f64
    }
}

fn smooth() -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut draws = Draws(1);
    let row = |_| {
        let x: Vec<f64> = (0..5).map(|_| draws.uniform()).collect();
        let (a, b, c, d) = (x[0], x[1], x[2], x[3]);
        let noise = 0.5 * draws.uniform();
        (x, 10.0 * a * b + 20.0 * (c - 0.5) * (c - 0.5) + 5.0 * d + noise)
    };
    (0..240).map(row).unzip()
}

fn ties() -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut draws = Draws(2);
    let row = |_| {
        let [a, b, c, d] = [5, 4, 2, 10].map(|bound| draws.below(bound));
        let step = if c == 1.0 && a > 2.0 { 3.0 } else { 0.0 };
        (vec![a, b, a + b, 7.0, c, d], 2.0 * a - b + step + draws.below(3))
    };
    (0..300).map(row).unzip()
}

fn wide() -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut draws = Draws(3);
    let row = |_| {
        let x: Vec<f64> = (0..40).map(|_| draws.uniform()).collect();
        let sum = 5.0 * x[0] + 4.0 * x[1] + 3.0 * x[2] + 2.0 * x[3];
        (x, sum + draws.uniform())
    };
    (0..36).map(row).unzip()
}

/// One of the three tables, with every third row held out, and scikit-learn's numbers.
struct Made {
    name: &'static str,
    train: (Table, Vec<f64>),
    test: (Table, Vec<f64>),
    oracle: Value,
}

fn made_tables() -> Vec<Made> {
    let oracle: Value = serde_json::from_str(include_str!("sklearn/regressors.json")).unwrap();
    let tables = [("smooth", smooth()), ("ties", ties()), ("wide", wide())];
    let table = |(name, (x, y)): (&'static str, (Vec<Vec<f64>>, Vec<f64>))| {
        let oracle = oracle["tables"][name].clone();
        // The formula must be the script's.
        assert_eq!(x.last().unwrap(), &numbers(&oracle["last_row"]), "{name}");
        assert_eq!(y.last(), oracle["last_target"].as_f64().as_ref(), "{name}");
        let x = Table::new(x[0].len(), x.concat());
        let part = |held_out| {
            let chosen: Vec<usize> =
                (0..y.len()).filter(|row| (row % 3 == 2) == held_out).collect();
            (x.select(&chosen), chosen.iter().map(|&row| y[row]).collect())
        };
        Made { name, train: part(false), test: part(true), oracle }
    };
    tables.into_iter().map(table).collect()
}

#[test]
fn lines_are_those_of_scikit_learn_whatever_the_rank() {
    for Made { name, train, test, oracle } in made_tables() {
        let expected = &oracle["least_squares"];
        let number = |name: &str| expected[name].as_f64().unwrap();
        let check = |found: &[f64], expected: &[f64], what| {
            assert_close(found, expected, ROUNDING, &format!("{name}: {what}"));
        };
        let fitted = LeastSquares::fit(&train.0, &train.1);
        assert_eq!(fitted.rank() as u64, expected["rank"].as_u64().unwrap(), "{name}");
        check(fitted.coefficients(), &numbers(&expected["coefficients"]), "coefficients");
        check(&[fitted.intercept()], &[number("intercept")], "intercept");
        check(&fitted.predict(&test.0), &numbers(&expected["predicted"]), "predictions");

        let expected = &oracle["bayesian_ridge"];
        let number = |name: &str| expected[name].as_f64().unwrap();
        let fitted = BayesianRidge::fit(&train.0, &train.1);
        check(fitted.coefficients(), &numbers(&expected["coefficients"]), "ridge's coefficients");
        check(&[fitted.intercept()], &[number("intercept")], "ridge's intercept");
        check(&[fitted.alpha()], &[number("alpha")], "alpha");
        check(&[fitted.lambda()], &[number("lambda")], "lambda");
        check(&fitted.predict(&test.0), &numbers(&expected["predicted"]), "ridge's predictions");
        assert_eq!(fitted.rounds() as u64, expected["rounds"].as_u64().unwrap(), "{name}");
    }
}

#[test]
fn a_tree_is_that_of_scikit_learn_where_no_two_columns_split_equally_well() {
    for Made { name, train, test, oracle } in made_tables() {
        let depth = oracle["depth"].as_u64().unwrap() as usize;
        let first = |x: &Table| x.with_columns(&[0]);
        for (tree, x, expected) in [
            (Tree::fit(&train.0, &train.1, depth, 0), test.0.clone(), &oracle["tree"]),
            (
                Tree::fit(&first(&train.0), &train.1, usize::MAX, 0),
                first(&test.0),
                &oracle["tree_of_one_column"],
            ),
        ] {
            assert_close(&tree.predict(&x), &numbers(&expected["predicted"]), ROUNDING, name);
            assert_close(&tree.importances(), &numbers(&expected["importances"]), ROUNDING, name);
        }
    }
}

#[test]
fn boosting_with_the_same_draws_is_that_of_scikit_learn() {
    for Made { name, train, test, oracle } in made_tables() {
        let expected = &oracle["boosting_of_one_column"];
        let mut draws = Draws(4);
        let x = train.0.with_columns(&[0]);
        let fitted = AdaBoost::fit_drawing(&x, &train.1, ADABOOST_DEPTH, || draws.uniform(), 0);
        assert_close(&fitted.weights(), &numbers(&expected["weights"]), ROUNDING, name);
        let predicted = fitted.predict(&test.0.with_columns(&[0]));
        assert_close(&predicted, &numbers(&expected["predicted"]), ROUNDING, name);
        assert_close(&fitted.importances(), &numbers(&expected["importances"]), ROUNDING, name);
    }
}

/// Asserts that means over seeds are equal up to chance.
fn assert_same_mean(ours: &[f64], theirs: (f64, f64), seeds: usize, what: &str) {
    let error = standard_error(ours).unwrap().hypot(theirs.1 / (seeds as f64).sqrt());
    let off = (mean(ours) - theirs.0).abs();
    let most = STANDARD_ERRORS * error + ROUNDING;
    assert!(off <= most, "{what}: {}, expected {}, off {}", mean(ours), theirs.0, off / error);
}

#[test]
fn over_seeds_ensembles_are_on_average_those_of_scikit_learn() {
    for Made { name, train, test, oracle } in made_tables() {
        for regression in [Regression::RandomForest, Regression::AdaBoost] {
            let expected = &oracle[regression.name()];
            let theirs = numbers(&expected["r2"]);
            let seeds = theirs.len();
            let fitted: Vec<Box<dyn Fitted>> = (0..seeds as u64)
                .map(|seed| regression.fit(&train.0, &train.1, seed, THREADS))
                .collect();
            let r2s: Vec<f64> =
                fitted.iter().map(|fitted| r2(&test.1, &fitted.predict(&test.0))).collect();
            let what = format!("{name}, {regression}");
            println!("{what}: R^2 {:.4}, scikit-learn's {:.4}", mean(&r2s), mean(&theirs));
            let spread = standard_error(&theirs).unwrap() * (seeds as f64).sqrt();
            assert_same_mean(&r2s, (mean(&theirs), spread), seeds, &what);

            let permuted = |seed: usize| {
                // The same number of repeats as in scikit-learn.
                let drops =
                    permutation_importance(&*fitted[seed], &test.0, &test.1, 5, seed as u64);
                drops.iter().map(|drop| drop.mean).collect::<Vec<f64>>()
            };
            let predicted: Vec<_> = fitted.iter().map(|one| one.predict(&test.0)).collect();
            let importances: Vec<_> = fitted.iter().map(|one| one.importances()).collect();
            let drops: Vec<_> = (0..seeds).map(permuted).collect();
            for (kind, found) in
                [("predicted", predicted), ("importances", importances), ("permutation", drops)]
            {
                let (means, spreads) =
                    (numbers(&expected[kind]["mean"]), numbers(&expected[kind]["std"]));
                for (at, theirs) in means.into_iter().zip(spreads).enumerate() {
                    let ours: Vec<f64> = found.iter().map(|one| one[at]).collect();
                    assert_same_mean(&ours, theirs, seeds, &format!("{what}, {kind} {at}"));
                }
            }
        }
    }
}

#[test]
fn what_is_fitted_depends_on_the_seed_and_not_on_threads() {
    let Made { train, test, .. } = made_tables().remove(0);
    for regression in Regression::ALL {
        let fit = |seed, threads| {
            let fitted = regression.fit(&train.0, &train.1, seed, threads);
            (fitted.predict(&test.0), fitted.importances())
        };
        let first = fit(1, 1);
        for threads in [1, 2, 3, 7, 200] {
            assert_eq!(fit(1, threads), first, "{regression}, {threads} threads");
        }
        let random = matches!(regression, Regression::RandomForest | Regression::AdaBoost);
        assert_eq!(fit(2, 1) != first, random, "{regression}");
        // Predicting one row gives the same result as predicting many.
        let fitted = regression.fit(&train.0, &train.1, 1, 1);
        let one_by_one: Vec<f64> =
            (0..test.0.rows()).map(|row| fitted.predict_row(test.0.row(row))).collect();
        assert_eq!(one_by_one, first.0, "{regression}");
    }
}

/// A sum of a hundred means, divided by a hundred, may exceed the largest of them by this many
/// rounding errors.
const ROUNDINGS: f64 = 200.0 * f64::EPSILON;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn trees_predict_within_what_was_measured_and_lines_predict_a_number(
        rows in 1_usize..30,
        columns in 1_usize..6,
        values in 1_u64..9,
        seed in 0_u64..1000,
    ) {
        let mut stream = Stream::new(seed, "table");
        let mut draw = || stream.index(values as usize) as f64 - 2.0;
        let x = Table::new(columns, (0..rows * columns).map(|_| draw()).collect());
        let y: Vec<f64> = (0..rows).map(|_| draw()).collect();
        let other = Table::new(columns, (0..50 * columns).map(|_| 2.0 * draw()).collect());
        let least = y.iter().copied().fold(f64::INFINITY, f64::min);
        let most = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let slack = ROUNDINGS * least.abs().max(most.abs());
        for regression in Regression::ALL {
            let fitted = regression.fit(&x, &y, seed, THREADS);
            prop_assert!(fitted.predict(&other).iter().all(|value| value.is_finite()));
            let importances = fitted.importances();
            prop_assert_eq!(importances.len(), columns);
            if matches!(regression, Regression::RandomForest | Regression::AdaBoost) {
                for value in fitted.predict(&other) {
                    prop_assert!(least - slack <= value && value <= most + slack, "{}", value);
                }
                let sum: f64 = importances.iter().sum();
                let constant = least == most;
                prop_assert!(!constant || sum == 0.0);
                prop_assert!(sum == 0.0 || sum <= 1.0 + ROUNDING, "{} {}", regression, sum);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_least_squares_leaves_goes_with_no_column(
        rows in 1_usize..20,
        columns in 1_usize..20,
        values in 1_u64..4,
        seed in 0_u64..1000,
    ) {
        let mut stream = Stream::new(seed, "table");
        let mut draw = || stream.index(values as usize) as f64;
        let x = Table::new(columns, (0..rows * columns).map(|_| draw()).collect());
        let y: Vec<f64> = (0..rows).map(|_| draw()).collect();
        let fitted = LeastSquares::fit(&x, &y);
        let left: Vec<f64> = y.iter().zip(fitted.predict(&x)).map(|(y, found)| y - found).collect();
        prop_assert!(left.iter().sum::<f64>().abs() < ROUNDING);
        for column in 0..columns {
            let along: f64 = left.iter().zip(x.column(column)).map(|(left, x)| left * x).sum();
            prop_assert!(along.abs() < ROUNDING, "column {}: {:e}", column, along);
        }
    }
}

#[test]
fn one_row_and_a_constant_target_are_predicted_as_they_are() {
    let one = (Table::new(3, vec![1.0, 2.0, 3.0]), vec![5.0]);
    let x = Table::new(2, (0..20).map(f64::from).collect());
    let constant = (x.clone(), vec![0.1; 10]);
    let none = (x.with_columns(&[]), vec![0.1; 10]);
    for (x, y) in [one, constant, none] {
        for regression in Regression::ALL {
            let fitted = regression.fit(&x, &y, 0, THREADS);
            for found in fitted.predict(&x) {
                assert!((found / y[0] - 1.0).abs() < ROUNDINGS, "{regression}: {found}");
            }
            for importance in fitted.importances() {
                assert!(importance.abs() < ROUNDING, "{regression}: {importance}");
            }
        }
    }
}

#[test]
#[ignore = "takes a minute: cargo test --release -p rarefy --test regression -- --ignored --nocapture"]
fn a_forest_of_a_hundred_thousand_rows_takes_less_than_half_a_minute_on_two_cores() {
    const ROWS: usize = 100_000;
    let mut draws = Draws(5);
    let row = |_| {
        let x: Vec<f64> = (0..PROPERTIES).map(|_| draws.uniform()).collect();
        let y = 10.0 * x[0] * x[1] + 20.0 * (x[2] - 0.5) * (x[2] - 0.5) + 10.0 * x[3] + 5.0 * x[4];
        (x, y + draws.uniform())
    };
    let (x, y): (Vec<Vec<f64>>, Vec<f64>) = (0..ROWS).map(row).unzip();
    let x = Table::new(PROPERTIES, x.concat());
    for (regression, threads) in [
        (Regression::RandomForest, 2),
        (Regression::RandomForest, 1),
        (Regression::AdaBoost, 1),
        (Regression::BayesianRidge, 1),
    ] {
        let start = Instant::now();
        let fitted = regression.fit(&x, &y, 0, threads);
        let seconds = start.elapsed().as_secs_f64();
        println!("{regression} on {threads} threads: {seconds:.1} s");
        assert!(threads != 2 || seconds < 30.0, "{seconds} s");
        let start = Instant::now();
        let predicted = fitted.predict(&x);
        println!(
            "    predicting: {:.1} s, R^2 {:.4}",
            start.elapsed().as_secs_f64(),
            r2(&y, &predicted)
        );
    }
}
