//! Regressors against the numbers of scikit-learn, on the thesis's own rows.

mod support;

use rarefy::analysis::r2;
use rarefy::analysis::regression::{BayesianRidge, Fitted, MinMax, Table};
use serde_json::Value;

const PROPERTIES: usize = 23;

/// What Bayesian ridge has to agree with: estimates end when coefficients move less than
/// 1e-3, and this is what is asked for.
const AS_SCIKIT_LEARN: f64 = 1e-4;

/// One cell's networks, scaled over all rows and split, as the thesis did.
struct ThesisRows {
    cell: &'static str,
    train: (Table, Vec<f64>),
    test: (Table, Vec<f64>),
    /// What scikit-learn gives on them.
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
    serde_json::from_value(value.clone()).unwrap()
}

/// That numbers agree within `tolerance`, absolutely.
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs();
        assert!(error <= tolerance, "{what}, {at}: {found}, expected {expected}");
    }
}

#[test]
fn bayesian_ridge_on_the_thesis_rows_is_that_of_scikit_learn() {
    let Some(cells) = thesis_rows() else { return };
    for ThesisRows { cell, train, test, oracle } in cells {
        let oracle = &oracle["bayesian_ridge"];
        let fitted = BayesianRidge::fit(&train.0, &train.1);
        let predicted = fitted.predict(&test.0);
        let check = |found: &[f64], expected: &[f64], what| {
            assert_close(found, expected, AS_SCIKIT_LEARN, &format!("{cell}: {what}"));
        };
        check(fitted.coefficients(), &numbers(&oracle["coef"]), "coefficients");
        check(&[fitted.intercept()], &[oracle["intercept"].as_f64().unwrap()], "intercept");
        check(&predicted, &numbers(&oracle["pred"]), "predictions");
        check(&[r2(&test.1, &predicted)], &[oracle["r2"].as_f64().unwrap()], "R^2");
        // Precisions are large numbers: relative to theirs.
        let (alpha, lambda) = (&oracle["alpha"], &oracle["lambda_"]);
        check(&[fitted.alpha() / alpha.as_f64().unwrap()], &[1.0], "alpha");
        check(&[fitted.lambda() / lambda.as_f64().unwrap()], &[1.0], "lambda");
    }
}
