//! Epochs of training as commands show them.

use rarefy::train::EpochResult;
use serde_json::{Value, json};

/// One epoch as a line.
pub fn describe(result: &EpochResult, of: u32) -> String {
    let mut line = format!("epoch {:>3}/{of}", result.epoch);
    let scores = [
        ("train", result.train.as_ref()),
        ("validation", result.validation.as_ref()),
        ("test", Some(&result.test)),
    ];
    for (name, score) in scores {
        if let Some(score) = score {
            line += &format!("   {name} {:.5}", score.accuracy());
        }
    }
    line + &format!("   (test loss {:.6} a string)", result.test.loss_mean)
}

/// Epochs as they stand under `--json`.
pub fn curve(epochs: &[EpochResult]) -> Vec<Value> {
    let row = |result: &EpochResult| {
        json!({
            "epoch": result.epoch,
            "train_accuracy": result.train.map(|score| score.accuracy()),
            "train_loss": result.train.map(|score| score.loss_sum),
            "validation_accuracy": result.validation.map(|score| score.accuracy()),
            "validation_loss": result.validation.map(|score| score.loss_sum),
            "test_accuracy": result.test.accuracy(),
            "test_loss": result.test.loss_sum,
        })
    };
    epochs.iter().map(row).collect()
}
