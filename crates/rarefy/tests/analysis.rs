//! Statistics against the numbers of NumPy and scikit-learn, on the thesis's own rows.

mod support;

use rarefy::analysis::pearson;
use serde_json::Value;

const PROPERTIES: usize = 23;

/// The columns of a table of numbers, by name; other columns are left out.
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
    }
}
