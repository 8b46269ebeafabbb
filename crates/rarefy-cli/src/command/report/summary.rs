//! What was found, as a few lines for the terminal; the report has the rest.

use rarefy::analysis::{CHOSEN, Compared, Estimate, Given, Interval, MEAN};
use rarefy::study::{GraphFamily, Record};
use rarefy::train::EpochResult;
use rarefy::wiring::GateMask;

use crate::prediction::Prediction;
use crate::report::{Design, Question};

/// The thesis's five questions: whether its answers are ours.
pub fn questions(questions: &[Question]) -> String {
    let lines: Vec<String> = questions.iter().map(Question::line).collect();
    format!("the thesis's questions, and whether ours agrees\n{}\n\n", lines.join("\n"))
}

/// Of the pruning experiment, on test strings.
pub fn pruning(study: &Design, records: &[Record]) -> String {
    let seeds = match study.seeds.len() {
        1 => String::new(),
        count => format!(", means of {count} seeds"),
    };
    let epochs = match study.recovery_epochs {
        1 => "1 epoch".to_owned(),
        count => format!("{count} epochs"),
    };
    let mut text = format!(
        "test accuracy{seeds}: unpruned, then right after pruning -> after {epochs} of retraining\n\
         {:<9} {:<6} {:>8}",
        "cell", "scope", "unpruned"
    );
    // The largest but 100, where all but one weight is gone: room for two.
    let mut shown: Vec<f64> =
        study.percents.iter().copied().filter(|&percent| percent < 100.0).collect();
    shown.drain(..shown.len().saturating_sub(2));
    for percent in &shown {
        text += &format!("   {:<16}", format!("{percent} % pruned"));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    for &cell in &study.cells {
        let base = mean(records, |record| {
            let trial = &record.trial;
            let last =
                (trial.cell == cell && trial.pruning.is_none()).then(|| record.epochs.last());
            last.flatten()
        });
        for &scope in &study.scopes {
            text += &format!("{cell:<9} {scope:<6} {base:>8.4}");
            for &percent in &shown {
                let pruned = |record: &Record| {
                    let pruning = record.trial.pruning;
                    record.trial.cell == cell
                        && pruning.is_some_and(|p| p.scope == scope && p.percent == percent)
                };
                let of = |result: for<'a> fn(&'a [EpochResult]) -> Option<&'a EpochResult>| {
                    mean(records, |record| pruned(record).then(|| result(&record.epochs)).flatten())
                };
                text += &format!("   {:.4} -> {:.4}", of(<[_]>::first), of(<[_]>::last));
            }
            text.push('\n');
        }
    }
    text
}

/// The mean test accuracy of the epochs that are picked.
fn mean(records: &[Record], pick: impl Fn(&Record) -> Option<&EpochResult>) -> f64 {
    let picked: Vec<f64> =
        records.iter().filter_map(pick).map(|epoch| epoch.test.accuracy()).collect();
    picked.iter().sum::<f64>() / picked.len() as f64
}

/// Of prediction: R^2 of the best regressor, chosen within, beside what it must beat.
pub fn prediction(found: &Prediction) -> String {
    if found.cells.is_empty() {
        return "prediction: too few graphs, or all of one accuracy: nothing to predict\n\n"
            .to_owned();
    }
    let mut text =
        "R^2 of accuracy predicted from the graph, for graphs that were not seen (95 % interval)\n\
        cell        all properties            size alone   without source_nodes      mean alone\n"
            .to_owned();
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
        text += &format!(
            "{:<9} {:<25} {:>10}   {:<25} {:>9}\n",
            cell.cell,
            shown(r2(&cell.folds, CHOSEN, Given::All)),
            r2(&cell.folds, CHOSEN, Given::Size)
                .map_or("-".to_owned(), |r2| format!("{:.2}", r2.value)),
            shown(r2(&cell.without_sources, CHOSEN, Given::All)),
            r2(&cell.folds, MEAN, Given::None)
                .map_or("-".to_owned(), |r2| format!("{:.2}", r2.value)),
        );
    }
    text + "\n"
}

/// Of networks wired as graphs: accuracy by family.
pub fn structure(study: &Design, records: &[Record]) -> String {
    let mut text = format!(
        "test accuracy after {} epochs, mean (worst to best), by the family of the graph\n\
         {:<9} {:<11}",
        study.base_epochs, "cell", "gate masks"
    );
    for family in GraphFamily::THESIS {
        text += &format!("   {:<25}", family.name());
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    for &cell in &study.cells {
        for gate_mask in GateMask::ALL {
            let of = |family| {
                let wired = |record: &&Record| {
                    let wired = record.trial.wired.as_ref();
                    record.trial.cell == cell
                        && wired.is_some_and(|w| w.family == family && w.gate_mask == gate_mask)
                };
                let last = |record: &Record| Some(record.epochs.last()?.test.accuracy());
                records.iter().filter(wired).filter_map(last).collect::<Vec<f64>>()
            };
            let families = GraphFamily::THESIS.map(of);
            if families.iter().all(Vec::is_empty) {
                continue;
            }
            let name = if cell.gates() > 1 { gate_mask.name() } else { "-" };
            text += &format!("{cell:<9} {name:<11}");
            for accuracies in families {
                let mean = accuracies.iter().sum::<f64>() / accuracies.len() as f64;
                let worst = accuracies.iter().copied().fold(f64::INFINITY, f64::min);
                let best = accuracies.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let range = format!("{mean:.4} ({worst:.4} to {best:.4})");
                text += &format!("   {range:<25}");
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
    }
    text
}
