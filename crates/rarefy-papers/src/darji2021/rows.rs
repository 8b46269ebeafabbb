//! Results as rows of JSON.

use rarefy::analysis::Compared;
use rarefy::study::Record;
use rarefy::train::EpochResult;
use serde_json::{Value, json};

use super::{CellPrediction, Design, Part};

/// The regressors of one cell by cross-validation, as rows of JSON.
pub fn predicted_rows(cell: &CellPrediction) -> Vec<Value> {
    let row = |found: &Compared| {
        let interval = found.r2.interval;
        json!({
            "part": Part::Prediction.name(),
            "cell": cell.cell,
            "regressor": found.regressor,
            "features": found.given,
            "r2": found.r2.value,
            "r2_low": interval.map(|interval| interval.low),
            "r2_high": interval.map(|interval| interval.high),
            "gain": found.gain.map(|gain| gain.value),
        })
    };
    cell.folds.iter().map(row).collect()
}

/// One trial as a row of JSON.
pub fn trial_row(part: Part, study: &Design, record: &Record) -> Value {
    let (first, last) = (record.epochs.first(), record.epochs.last());
    let judged =
        |result: Option<&EpochResult>| result.map(|result| result.judged(study.judge).accuracy());
    let test = |result: Option<&EpochResult>| result.map(|result| result.test.accuracy());
    let pruning = record.trial.pruning();
    if let Some(wired) = &record.trial.wired {
        return json!({
            "part": part.name(),
            "cell": record.trial.cell,
            "seed": record.trial.seed,
            "graph": wired.family,
            "graph_nr": wired.number,
            "gate_mask": wired.gate_mask,
            "test_accuracy": test(last),
            "test_loss": last.map(|result| result.test.loss_sum),
            "diverged": record.diverged.is_some(),
        });
    }
    json!({
        "part": part.name(),
        "cell": record.trial.cell,
        "seed": record.trial.seed,
        "scope": pruning.map(|pruning| pruning.scope),
        "percent": pruning.map_or(0.0, |pruning| pruning.percent),
        "unpruned_accuracy": record.unpruned_accuracy,
        "first_judged_accuracy": judged(first),
        "last_judged_accuracy": judged(last),
        "first_test_accuracy": test(first),
        "last_test_accuracy": test(last),
        "epochs_to_recover": record.epochs_to_recover,
        "diverged": record.diverged.is_some(),
    })
}
