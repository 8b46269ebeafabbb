//! What was found, as a few lines for the terminal; the report has the rest.

use rarefy::analysis::{CHOSEN, Compared, Estimate, Given, Interval, MEAN};
use rarefy::cell::Cell;
use rarefy::study::Record;
use rarefy::train::EpochResult;
use rarefy::wiring::GateMask;
use rarefy_papers::darji2021::{
    Design, FAMILIES, Part, PartResults, Prediction, Question, Results,
};

use crate::output::counted;
use crate::table::{Table, numbers, words};

/// The tables of each part, and the verdicts.
pub fn all(results: &Results, questions: &[Question]) -> String {
    let mut text = String::new();
    if let Some(part) = &results.pruning {
        text += &pruning(&part.design, &part.records);
        text += &line(Part::Pruning, part);
    }
    if let Some(part) = &results.structure {
        text += &structure(&part.design, &part.records);
        text += &line(Part::Structure, part);
    }
    text += &results.prediction.as_ref().map(prediction).unwrap_or_default();
    text + &self::questions(questions)
}

/// How far a part is, what it cost, and where its tables are.
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

/// The thesis's five questions: whether its answers are ours.
fn questions(questions: &[Question]) -> String {
    let lines: Vec<String> = questions.iter().map(Question::lines).collect();
    format!("the thesis's questions, and whether ours agrees\n{}\n\n", lines.join("\n"))
}

/// Of the pruning experiment, on test strings.
fn pruning(study: &Design, records: &[Record]) -> String {
    // A cell may have been run with more seeds than another.
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
    // The largest but 100, where all but one weight is gone: room for two.
    let mut shown: Vec<f64> =
        study.percents.iter().copied().filter(|&percent| percent < 100.0).collect();
    shown.drain(..shown.len().saturating_sub(2));
    let names = [words("cell"), words("scope"), numbers("unpruned")];
    let pruned = shown.iter().map(|percent| words(format!("{percent} % pruned")));
    let mut table = Table::new(2, names.into_iter().chain(pruned));
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
            table.row(names.into_iter().chain(pruned));
        }
    }
    format!(
        "test accuracy{seeds}: unpruned, then right after pruning -> after {epochs} of retraining\n{}",
        table.text()
    )
}

/// The mean test accuracy of the epochs that are picked, as it is shown.
fn mean(records: &[Record], pick: impl Fn(&Record) -> Option<&EpochResult>) -> String {
    let picked: Vec<f64> =
        records.iter().filter_map(pick).map(|epoch| epoch.test.accuracy()).collect();
    match picked.len() {
        0 => "-".to_owned(),
        count => format!("{:.4}", picked.iter().sum::<f64>() / count as f64),
    }
}

/// Of prediction: R^2 of the best regressor, chosen within, beside what it must beat.
fn prediction(found: &Prediction) -> String {
    if found.cells.is_empty() {
        return "prediction: too few graphs, or all of one accuracy: nothing to predict\n\n"
            .to_owned();
    }
    let mut table = Table::new(
        1,
        [
            words("cell"),
            words("all properties"),
            numbers("size alone"),
            words("without source_nodes"),
            numbers("mean alone"),
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
        table.row([
            cell.cell.to_string(),
            shown(r2(&cell.folds, CHOSEN, Given::All)),
            r2(&cell.folds, CHOSEN, Given::Size)
                .map_or("-".to_owned(), |r2| format!("{:.2}", r2.value)),
            shown(r2(&cell.without_sources, CHOSEN, Given::All)),
            r2(&cell.folds, MEAN, Given::None)
                .map_or("-".to_owned(), |r2| format!("{:.2}", r2.value)),
        ]);
    }
    format!(
        "R^2 of accuracy predicted from the graph, for graphs that were not seen (95 % interval)\n{}\n",
        table.text()
    )
}

/// Of networks wired as graphs: accuracy by family.
fn structure(study: &Design, records: &[Record]) -> String {
    let families = FAMILIES.map(|family| words(family.name()));
    let mut table = Table::new(2, [words("cell"), words("gate masks")].into_iter().chain(families));
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
            table.row([cell.to_string(), name.to_owned()].into_iter().chain(ranges));
        }
    }
    format!(
        "test accuracy after {}, mean (worst to best), by the family of the graph\n{}",
        counted(study.base_epochs, "epoch"),
        table.text()
    )
}
