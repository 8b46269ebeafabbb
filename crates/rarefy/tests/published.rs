//! The thesis's published models, pruned by rarefy, compared with PyTorch's results.

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use rarefy::cell::Cell;
use rarefy::data::{Dataset, ReadOptions, Rows};
use rarefy::format::{Model, open_model};
use rarefy::prune::{Ranking, Scope, prune, sparsity};
use rarefy::train::Evaluator;

/// Of 6,250 strings, how many f32 sums in another order may classify differently.
const NEAR_TIES: usize = 2;
/// Of 120 rows, how many must agree in every string.
const EXACT_ROWS: usize = 115;
/// For the sum of batch losses.
const LOSS_TOLERANCE: f64 = 1e-3;
/// Smaller losses are sums of rounding errors: PyTorch prints them as 0.000000.
const LOSS_FLOOR: f64 = 1e-3;

fn published(thesis: &Path, cell: Cell) -> Model {
    open_model(&thesis.join(format!("weights/stack/{cell}.pt")), None, None).unwrap().model
}

fn test_strings(thesis: &Path, model: &Model) -> Dataset<'static> {
    let path = thesis.join("dataset/test_data.csv");
    let rows = Rows::read(&path, None, &ReadOptions::default()).unwrap().0;
    Dataset::encode(&path, &rows, &model.encoding, &model.task).unwrap()
}

#[test]
fn pruned_published_models_score_what_pytorch_says() {
    let Some(thesis) = support::thesis_dir() else { return };
    let golden = std::fs::read_to_string(thesis.join("oracle_stack_pruned.csv")).unwrap();
    let mut by_cell: BTreeMap<Cell, Vec<Vec<&str>>> = BTreeMap::new();
    for line in golden.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        by_cell.entry(fields[0].parse().unwrap()).or_default().push(fields);
    }
    let exact: Vec<usize> = std::thread::scope(|scope| {
        let cell = |(cell, rows)| {
            let thesis = &thesis;
            scope.spawn(move || compare(thesis, cell, rows))
        };
        let handles: Vec<_> = by_cell.into_iter().map(cell).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    let exact: usize = exact.iter().sum();
    assert!(exact >= EXACT_ROWS, "only {exact} rows agree to the string");
}

/// Compares all rows of one cell; returns how many pruned ones agree in every string.
fn compare(thesis: &Path, cell: Cell, rows: Vec<Vec<&str>>) -> usize {
    let base = published(thesis, cell);
    let strings = test_strings(thesis, &base);
    let mut evaluator = Evaluator::new(&base.network, 32, base.readout);
    assert_eq!(rows.len(), 31, "{cell}: 3 scopes of 10 percents, and the unpruned model");
    let mut exact = 0;
    for row in rows {
        let what = row.join(",");
        let (scope, percent): (Scope, f64) = (row[1].parse().unwrap(), row[2].parse().unwrap());
        let mut network = base.network.clone();
        prune(&mut network, scope, percent, Ranking::Global).unwrap();
        let account = sparsity(&network);
        let pruned = [account.masked_ih, account.masked_hh].map(|count| count.to_string());
        assert_eq!([&pruned[0], &pruned[1]], [row[3], row[4]], "{what}: pruned counts");
        let score = evaluator.score(&network, &strings);
        let accuracy: f64 = row[5].parse().unwrap();
        let correct = (accuracy * strings.len() as f64).round() as usize;
        let off = score.correct().unwrap().abs_diff(correct);
        assert!(off <= NEAR_TIES, "{what}: {} correct, not {correct}", score.correct().unwrap());
        exact += usize::from(off == 0 && percent > 0.0);
        let loss: f64 = row[6].parse().unwrap();
        let error = (score.loss_sum - loss).abs() / loss.max(LOSS_FLOOR);
        assert!(error <= LOSS_TOLERANCE, "{what}: loss {}", score.loss_sum);
    }
    exact
}
