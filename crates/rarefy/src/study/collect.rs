//! Records as tables.
//!
//! `curves.csv` has one row an epoch, with the thesis's columns (`mode`, `prune`,
//! `epoch`, `train_loss`, `train_acc`, `test_loss`, `test_acc`) among them;
//! `records.csv` one row a trial, of networks wired as graphs with the thesis's columns
//! of those (`mode`, `graph`, `graph_nr`, 23 properties, `test_acc`, `test_loss`). Both
//! are functions of the results alone; times differ from run to run and are in
//! `times.csv`.

use std::collections::HashMap;

use super::networks::layered;
use super::{Folder, GraphFamily, GraphSample, Networks, Record, Study, StudyError, Trial};
use crate::format::write_atomically;
use crate::graph::{FamilyError, Properties};
use crate::prune::Scope;
use crate::train::Score;

/// Writes `records.csv`, `curves.csv` and `times.csv` into `folder`.
///
/// # Errors
/// When they cannot be written, or there is no such graph as the study asks for.
pub fn collect(folder: &Folder, study: &Study, records: &[Record]) -> Result<(), StudyError> {
    let tables = Tables::new(study)?;
    for (name, bytes) in [
        ("records.csv", tables.records(records)),
        ("curves.csv", tables.curves(records)),
        ("times.csv", tables.times(records)),
    ] {
        let path = folder.path().join(name);
        write_atomically(&path, &bytes)?;
    }
    Ok(())
}

/// The properties of every graph of a sample.
pub fn graph_properties(
    sample: &GraphSample,
) -> Result<HashMap<(GraphFamily, u32), Properties>, FamilyError> {
    let properties = |(family, number)| {
        let graph = sample.graph(family, number)?;
        Ok(((family, number), Properties::new(&graph, &layered(&graph), 1)))
    };
    sample.all().map(properties).collect()
}

/// The tables of one study.
struct Tables {
    /// Whether it prunes; what is about pruning is left out otherwise.
    prunes: bool,
    /// Of networks wired as graphs.
    graphs: Option<HashMap<(GraphFamily, u32), Properties>>,
}

impl Tables {
    fn new(study: &Study) -> Result<Self, FamilyError> {
        let graphs = match &study.networks {
            Networks::Stacked(_) => None,
            Networks::Wired(sample) => Some(graph_properties(sample)?),
        };
        Ok(Self { prunes: !(study.scopes.is_empty() || study.percents.is_empty()), graphs })
    }

    /// One row a trial.
    fn records(&self, records: &[Record]) -> Vec<u8> {
        let mut header = self.trial_header();
        if self.graphs.is_some() {
            header.extend(Properties::NAMES);
            header.extend(["test_acc", "test_loss"]);
        }
        if self.prunes {
            header.extend(["threshold", "pruned_ih", "pruned_hh", "sparsity", "unpruned_acc"]);
        }
        header.extend([
            "epochs",
            "first_validation_acc",
            "first_test_acc",
            "last_validation_acc",
            "last_test_acc",
        ]);
        if self.prunes {
            header.push("epochs_to_recover");
        }
        header.push("diverged");
        let rows = records.iter().map(|record| {
            let pruned = record.pruned.as_ref();
            let (first, last) = (record.epochs.first(), record.epochs.last());
            let mut row = self.trial_columns(&record.trial);
            if let Some(properties) = self.properties(&record.trial) {
                row.extend(properties.values().into_iter().map(text));
                let test = last.map(|last| &last.test);
                row.extend([accuracy(test), text(test.map(|test| test.loss_sum))]);
            }
            if self.prunes {
                row.extend([
                    text(pruned.and_then(|pruned| pruned.threshold)),
                    text(pruned.map(|pruned| pruned.pruned_ih)),
                    text(pruned.map(|pruned| pruned.pruned_hh)),
                    text(pruned.map(|pruned| pruned.sparsity)),
                    text(record.unpruned_accuracy),
                ]);
            }
            row.extend([
                text(last.map(|last| last.epoch)),
                accuracy(first.and_then(|first| first.validation.as_ref())),
                accuracy(first.map(|first| &first.test)),
                accuracy(last.and_then(|last| last.validation.as_ref())),
                accuracy(last.map(|last| &last.test)),
            ]);
            if self.prunes {
                row.push(text(record.epochs_to_recover));
            }
            row.push(record.diverged.is_some().to_string());
            row
        });
        table(&header, rows)
    }

    /// One row an epoch of each trial.
    fn curves(&self, records: &[Record]) -> Vec<u8> {
        let mut header = self.trial_header();
        header.extend([
            "epoch",
            "train_loss",
            "train_acc",
            "validation_loss",
            "validation_acc",
            "test_loss",
            "test_acc",
        ]);
        let rows = records.iter().flat_map(|record| {
            record.epochs.iter().map(|epoch| {
                let mut row = self.trial_columns(&record.trial);
                row.push(epoch.epoch.to_string());
                for score in [epoch.train.as_ref(), epoch.validation.as_ref(), Some(&epoch.test)] {
                    row.extend([text(score.map(|score| score.loss_sum)), accuracy(score)]);
                }
                row
            })
        });
        table(&header, rows)
    }

    /// One row a trial: wall-clock seconds, all epochs added.
    fn times(&self, records: &[Record]) -> Vec<u8> {
        let mut header = self.trial_header();
        header.push("time");
        let rows = records.iter().map(|record| {
            let mut row = self.trial_columns(&record.trial);
            row.push(format!("{:.3}", record.seconds.iter().sum::<f64>()));
            row
        });
        table(&header, rows)
    }

    /// What all tables begin with; `mode`, `prune`, `graph` and `graph_nr` in the
    /// thesis's words.
    fn trial_header(&self) -> Vec<&'static str> {
        let mut header = vec!["cell", "seed"];
        if self.prunes {
            header.extend(["scope", "percent", "mode", "prune"]);
        } else {
            header.push("mode");
        }
        if self.graphs.is_some() {
            header.extend(["graph", "graph_nr", "gate_mask"]);
        }
        header
    }

    /// The values of [`Self::trial_header`].
    fn trial_columns(&self, trial: &Trial) -> Vec<String> {
        let cell = trial.cell.name();
        let mut row = vec![cell.to_owned(), trial.seed.to_string()];
        if self.prunes {
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
            let percent = percent.to_string();
            row.extend([scope, percent.clone(), format!("{cell}{suffix}"), percent]);
        } else {
            row.push(cell.to_uppercase());
        }
        if let Some(wired) = &trial.wired {
            row.extend([
                wired.family.name().to_owned(),
                wired.number.to_string(),
                wired.gate_mask.name().to_owned(),
            ]);
        }
        row
    }

    fn properties(&self, trial: &Trial) -> Option<&Properties> {
        let wired = trial.wired.as_ref()?;
        self.graphs.as_ref()?.get(&(wired.family, wired.number))
    }
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
    writer.write_record(header).expect("writing to memory");
    for row in rows {
        writer.write_record(row).expect("writing rows as long as the header to memory");
    }
    writer.into_inner().expect("writing to memory")
}
