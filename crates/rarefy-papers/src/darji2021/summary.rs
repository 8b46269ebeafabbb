//! The findings as a few text tables; the report has the rest.

use rarefy::analysis::{CHOSEN, Compared, Estimate, Given, Interval, MEAN};
use rarefy::cell::Cell;
use rarefy::study::Record;
use rarefy::train::EpochResult;
use rarefy::wiring::GateMask;
use rarefy_view::wording::counted;

use super::part::Part;
use super::prediction::Prediction;
use super::report::{Design, FAMILIES, Question, plain};
use super::results::{PartResults, Results};
use crate::found::{Found, FoundColumn, FoundTable};

impl Results {
    /// The tables of each part, and the verdicts on `questions`.
    pub fn summary(&self, questions: &[Question]) -> Vec<Found> {
        let progress = self.progress().map(|text| Found {
            title: format!("NOT COMPLETE: {}\n\n", plain(&text)),
            table: None,
            below: String::new(),
        });
        let mut all: Vec<Found> = progress.into_iter().collect();
        if let Some(part) = &self.pruning {
            all.push(Found {
                below: line(Part::Pruning, part),
                ..pruning(&part.design, &part.records)
            });
        }
        if let Some(part) = &self.structure {
            all.push(Found {
                below: line(Part::Structure, part),
                ..structure(&part.design, &part.records)
            });
        }
        all.extend(self.prediction.as_ref().map(prediction));
        if self.pruning.is_some() || self.structure.is_some() {
            all.push(self::questions(questions));
        }
        all.extend((!self.open.is_empty()).then(|| {
            let title = "what the thesis left open: what stands and what falls\n";
            Found::verdicts(title, self.open.iter().map(|open| &open.judged))
        }));
        all
    }
}

/// The progress of a part, its running time, and the location of its tables.
fn line(part: Part, found: &PartResults) -> String {
    let seconds: f64 = found.records.iter().flat_map(|record| &record.seconds).sum();
    format!(
        "{}: {} of {} trials, {seconds:.0} s of computing, in {}\n\n",
        part.name(),
        found.records.len(),
        found.design.trials.len(),
        found.folder.path().join("records.csv").display(),
    )
}

/// For each of the thesis's five questions, whether its answer equals ours.
fn questions(questions: &[Question]) -> Found {
    let lines: Vec<String> = questions.iter().map(Question::lines).collect();
    Found {
        title: "the thesis's questions: what was found here, and whether it agrees\n".to_owned(),
        table: None,
        below: lines.join("\n") + "\n\n",
    }
}

/// The pruning experiment, on test sequences.
fn pruning(study: &Design, records: &[Record]) -> Found {
    // One cell may have been run with more seeds than another.
    let of_cell = |&cell: &Cell| {
        let base = |record: &&Record| record.trial.cell == cell && record.trial.is_base();
        records.iter().filter(base).count()
    };
    let counts = study.cells.iter().map(of_cell).filter(|&count| count > 0).collect::<Vec<_>>();
    let seeds = match (counts.iter().min(), counts.iter().max()) {
        (_, None | Some(1)) => String::new(),
        (Some(least), Some(most)) if least < most => format!(", means of {least} to {most} seeds"),
        (_, Some(count)) => format!(", means of {count} seeds"),
    };
    let epochs = counted(study.recovery_epochs, "epoch");
    // The two largest percentages below 100; at 100, only one weight remains. The table has room
    // for two.
    let mut shown: Vec<f64> =
        study.percents.iter().copied().filter(|&percent| percent < 100.0).collect();
    shown.drain(..shown.len().saturating_sub(2));
    let names =
        [FoundColumn::words("cell"), FoundColumn::words("scope"), FoundColumn::numbers("unpruned")];
    let pruned = shown.iter().map(|percent| FoundColumn::words(format!("{percent} % pruned")));
    let mut table = FoundTable::new(2, names.into_iter().chain(pruned));
    for &cell in &study.cells {
        let base = mean(records, |record| {
            let trial = &record.trial;
            let last = (trial.cell == cell && trial.is_base()).then(|| record.epochs.last());
            last.flatten()
        });
        for &scope in &study.scopes {
            let pruned = shown.iter().map(|&percent| {
                let pruned = |record: &Record| {
                    let pruning = record.trial.pruning();
                    record.trial.cell == cell
                        && pruning.is_some_and(|p| p.scope == scope && p.percent == percent)
                };
                let of = |result: for<'a> fn(&'a [EpochResult]) -> Option<&'a EpochResult>| {
                    mean(records, |record| pruned(record).then(|| result(&record.epochs)).flatten())
                };
                format!("{} -> {}", of(<[_]>::first), of(<[_]>::last))
            });
            let names = [cell.to_string(), scope.to_string(), base.clone()];
            table.rows.push(names.into_iter().chain(pruned).collect());
        }
    }
    let title = format!(
        "test accuracy{seeds}: unpruned, then right after pruning -> after {epochs} of retraining\n"
    );
    Found { title, table: Some(table), below: String::new() }
}

/// The mean test accuracy over the selected epochs, as text.
fn mean(records: &[Record], pick: impl Fn(&Record) -> Option<&EpochResult>) -> String {
    let picked: Vec<f64> =
        records.iter().filter_map(pick).map(|epoch| epoch.test.accuracy()).collect();
    match picked.len() {
        0 => "-".to_owned(),
        count => format!("{:.4}", picked.iter().sum::<f64>() / count as f64),
    }
}

/// The prediction: R^2 of the best regressor, chosen within the folds, and the values that it has
/// to exceed.
fn prediction(found: &Prediction) -> Found {
    if found.cells.is_empty() {
        let title = "prediction: too few graphs, or all of one accuracy: nothing to predict\n\n";
        return Found { title: title.to_owned(), table: None, below: String::new() };
    }
    let mut table = FoundTable::new(
        1,
        [
            FoundColumn::words("cell"),
            FoundColumn::words("all properties"),
            FoundColumn::numbers("nodes and edges alone"),
            FoundColumn::numbers("mean alone"),
        ],
    );
    for cell in &found.cells {
        let r2 = |rows: &[Compared], regressor: &str, given| {
            Compared::among(rows, regressor, given).map(|row| row.r2)
        };
        let shown = |estimate: Option<Estimate>| match estimate {
            Some(Estimate { value, interval: Some(Interval { low, high }) }) => {
                format!("{value:.2} ({low:.2} to {high:.2})")
            }
            Some(Estimate { value, .. }) => format!("{value:.2}"),
            None => "-".to_owned(),
        };
        table.rows.push(vec![
            cell.cell.to_string(),
            shown(r2(&cell.folds, CHOSEN, Given::All)),
            r2(&cell.folds, CHOSEN, Given::Size)
                .map_or("-".to_owned(), |r2| format!("{:.2}", r2.value)),
            r2(&cell.folds, MEAN, Given::None)
                .map_or("-".to_owned(), |r2| format!("{:.2}", r2.value)),
        ]);
    }
    let title =
        "R^2 of accuracy predicted from the graph, for graphs that were not seen (95 % interval)\n";
    Found { title: title.to_owned(), table: Some(table), below: "\n".to_owned() }
}

/// Networks wired as graphs: accuracy by family.
fn structure(study: &Design, records: &[Record]) -> Found {
    let families = FAMILIES.map(|family| FoundColumn::words(family.name()));
    let mut table = FoundTable::new(
        2,
        [FoundColumn::words("cell"), FoundColumn::words("gate masks")].into_iter().chain(families),
    );
    for &cell in &study.cells {
        for gate_mask in GateMask::ALL {
            let of = |family| {
                let wired = |record: &&Record| {
                    let wired = record.trial.wired.as_ref();
                    record.trial.cell == cell
                        && wired
                            .is_some_and(|w| w.family == Some(family) && w.gate_mask == gate_mask)
                };
                let last = |record: &Record| Some(record.epochs.last()?.test.accuracy());
                records.iter().filter(wired).filter_map(last).collect::<Vec<f64>>()
            };
            let families = FAMILIES.map(of);
            if families.iter().all(Vec::is_empty) {
                continue;
            }
            let name = if cell.gates() > 1 { gate_mask.name() } else { "-" };
            let ranges = families.map(|accuracies| {
                let mean = accuracies.iter().sum::<f64>() / accuracies.len() as f64;
                let worst = accuracies.iter().copied().fold(f64::INFINITY, f64::min);
                let best = accuracies.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                format!("{mean:.4} ({worst:.4} to {best:.4})")
            });
            table
                .rows
                .push([cell.to_string(), name.to_owned()].into_iter().chain(ranges).collect());
        }
    }
    let title = format!(
        "test accuracy after {}, mean (worst to best), by the family of the graph\n",
        counted(study.base_epochs, "epoch")
    );
    Found { title, table: Some(table), below: String::new() }
}
