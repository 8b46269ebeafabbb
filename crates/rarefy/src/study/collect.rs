//! Records as tables.
//!
//! `curves.csv` has one row an epoch, with the thesis's columns (`mode`, `prune`,
//! `epoch`, `train_loss`, `train_acc`, `test_loss`, `test_acc`) among them;
//! `records.csv` one row a trial. Both are functions of the results alone: times
//! differ from run to run and stay in the trials' own files.

use super::{Folder, Record, StudyError, Trial};
use crate::format::write_atomically;
use crate::prune::Scope;
use crate::train::Score;

/// Writes `records.csv` and `curves.csv` into `folder`.
///
/// # Errors
/// When they cannot be written.
pub fn collect(folder: &Folder, records: &[Record]) -> Result<(), StudyError> {
    for (name, bytes) in
        [("records.csv", records_csv(records)), ("curves.csv", curves_csv(records))]
    {
        let path = folder.path().join(name);
        write_atomically(&path, &bytes)?;
    }
    Ok(())
}

/// One row a trial.
fn records_csv(records: &[Record]) -> Vec<u8> {
    let header = [
        "threshold",
        "pruned_ih",
        "pruned_hh",
        "sparsity",
        "unpruned_acc",
        "epochs",
        "first_validation_acc",
        "first_test_acc",
        "last_validation_acc",
        "last_test_acc",
        "epochs_to_recover",
        "diverged",
    ];
    let rows = records.iter().map(|record| {
        let pruned = record.pruned.as_ref();
        let (first, last) = (record.epochs.first(), record.epochs.last());
        let mut row = trial_columns(&record.trial);
        row.extend([
            text(pruned.and_then(|pruned| pruned.threshold)),
            text(pruned.map(|pruned| pruned.pruned_ih)),
            text(pruned.map(|pruned| pruned.pruned_hh)),
            text(pruned.map(|pruned| pruned.sparsity)),
            text(record.unpruned_accuracy),
            text(last.map(|last| last.epoch)),
            accuracy(first.and_then(|first| first.validation.as_ref())),
            accuracy(first.map(|first| &first.test)),
            accuracy(last.and_then(|last| last.validation.as_ref())),
            accuracy(last.map(|last| &last.test)),
            text(record.epochs_to_recover),
            record.diverged.is_some().to_string(),
        ]);
        row
    });
    table(&header, rows)
}

/// One row an epoch of each trial.
fn curves_csv(records: &[Record]) -> Vec<u8> {
    let header = [
        "epoch",
        "train_loss",
        "train_acc",
        "validation_loss",
        "validation_acc",
        "test_loss",
        "test_acc",
    ];
    let rows = records.iter().flat_map(|record| {
        record.epochs.iter().map(|epoch| {
            let mut row = trial_columns(&record.trial);
            row.push(epoch.epoch.to_string());
            for score in [epoch.train.as_ref(), epoch.validation.as_ref(), Some(&epoch.test)] {
                row.extend([text(score.map(|score| score.loss_sum)), accuracy(score)]);
            }
            row
        })
    });
    table(&header, rows)
}

/// What both tables begin with; the last two in the thesis's words.
const TRIAL_COLUMNS: [&str; 6] = ["cell", "seed", "scope", "percent", "mode", "prune"];

/// The values of [`TRIAL_COLUMNS`].
fn trial_columns(trial: &Trial) -> Vec<String> {
    let cell = trial.cell.name();
    let (scope, percent, suffix) = match trial.pruning {
        None => (String::new(), 0.0, ""),
        Some(pruning) => {
            let suffix = match pruning.scope {
                Scope::Both => "_prune",
                Scope::Ih => "_prune_i2h",
                Scope::Hh => "_prune_h2h",
            };
            (pruning.scope.to_string(), pruning.percent, suffix)
        }
    };
    let (seed, percent) = (trial.seed.to_string(), percent.to_string());
    vec![cell.to_owned(), seed, scope, percent.clone(), format!("{cell}{suffix}"), percent]
}

fn accuracy(score: Option<&Score>) -> String {
    text(score.map(Score::accuracy))
}

/// The shortest text that reads back as the same value; nothing for nothing.
fn text(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = TRIAL_COLUMNS.iter().chain(header);
    writer.write_record(header).expect("writing to memory");
    for row in rows {
        writer.write_record(row).expect("writing rows as long as the header to memory");
    }
    writer.into_inner().expect("writing to memory")
}
