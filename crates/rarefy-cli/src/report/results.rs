//! The report's result tables: base models, safe percents, epochs to recover.

use rarefy::cell::Cell;
use rarefy::train::Judge;

use super::findings::{Findings, Recovery};
use super::spread::Spread;
use super::table::{Entry, Heading, Row, Table};
use super::{thesis, wording};

/// The base models after their last epoch.
pub fn base(findings: &Findings) -> Table {
    let study = findings.study;
    let held_out = study.judge == Judge::Validation;
    let row = |&cell: &Cell| {
        let records = findings.base_records(cell);
        let last: Vec<_> = records.iter().filter_map(|r| r.epochs.last()).collect();
        let validation = last.iter().filter_map(|e| e.validation).map(|score| score.accuracy());
        let test = Spread::of(last.iter().map(|e| e.test.accuracy()));
        let loss = Spread::of(last.iter().map(|e| e.test.loss_mean));
        let loss = match loss {
            Some(loss) => Some(format!("{:.4}", loss.mean)),
            None => (!last.is_empty()).then(|| "not a number".to_owned()),
        };
        let mut cells =
            vec![Entry::new(Some(format!("{} of {}", records.len(), study.seeds.len())))];
        if held_out {
            cells.push(Entry::new(Spread::of(validation).map(wording::spread)));
        }
        cells.extend([Entry::new(test.map(wording::spread)), Entry::new(loss)]);
        cells.push(Entry {
            class: "theirs",
            ..Entry::new(Some(wording::accuracy(thesis::unpruned(cell))))
        });
        Row { headings: vec![Heading::new(marked(findings, cell), 1)], cells }
    };
    let mut columns = Heading::each(["cell", "seeds done"]);
    if held_out {
        columns.push(Heading::new("validation accuracy", 1));
    }
    columns.extend(Heading::each(["test accuracy", "test loss (nats)", "thesis, test accuracy"]));
    Table {
        caption: format!(
            "Base models after {} of training",
            wording::count(study.base_epochs as usize, "epoch")
        ),
        head: vec![columns],
        rows: study.cells.iter().map(row).collect(),
    }
}

/// The largest percent that does no harm, for each cell and scope.
pub fn safe_percents(findings: &Findings) -> Table {
    let study = findings.study;
    let mut groups = vec![Heading::new("", 1)];
    let mut columns = Heading::each(["cell"]);
    for &scope in &study.scopes {
        groups.push(Heading::new(wording::scope(scope), 3));
        columns.extend(Heading::each(["here", "thesis curves", "thesis text"]));
    }
    let row = |&cell: &Cell| Row {
        headings: vec![Heading::new(marked(findings, cell), 1)],
        cells: study
            .scopes
            .iter()
            .flat_map(|&scope| {
                let safe = findings.safe_percents(cell, scope);
                let ours = Entry::new(wording::safe_percents(&safe));
                let published = thesis::safe_percent(cell, scope, &study.percents, study.tolerance);
                let stated = thesis::safe_percent_as_stated(cell, scope);
                let theirs = |percent| Entry {
                    here: wording::safe_percent(percent),
                    class: "theirs",
                    ..Entry::default()
                };
                let class = if ours.class.is_empty() { "ours" } else { ours.class };
                [Entry { class, ..ours }, theirs(published), theirs(stated)]
            })
            .collect(),
    };
    Table {
        caption: "Safe percent: the largest that costs no more than the tolerance, without \
            retraining. “Thesis curves” is the same rule applied to the thesis’s published curves, \
            “thesis text” what its text states."
            .to_owned(),
        head: vec![groups, columns],
        rows: study.cells.iter().map(row).collect(),
    }
}

/// Epochs of retraining until a network was back, for each cell, scope and percent.
pub fn recoveries(findings: &Findings) -> Table {
    let study = findings.study;
    let mut percents = study.percents.clone();
    percents.sort_by(f64::total_cmp);
    let mut rows = Vec::new();
    for &scope in &study.scopes {
        for (index, &cell) in study.cells.iter().enumerate() {
            let mut headings = Vec::new();
            if index == 0 {
                headings.push(Heading::new(wording::scope(scope), study.cells.len()));
            }
            headings.push(Heading::new(marked(findings, cell), 1));
            let entry = |&percent: &f64| {
                let ours = findings.recoveries(cell, scope, percent);
                let published =
                    thesis::recovery(cell, scope, percent, study.tolerance, study.recovery_epochs);
                let partial = ours.len() < study.seeds.len();
                let text = wording::recoveries(&ours)
                    .map(|text| if partial { format!("{text}*") } else { text });
                let entry = Entry::new(text).beside(published.map(|r| r.to_string()));
                let class = match &ours[..] {
                    [.., Recovery::Never] => "never",
                    [.., Recovery::After(0)] => "unharmed",
                    _ => entry.class,
                };
                Entry { class, ..entry }
            };
            rows.push(Row { headings, cells: percents.iter().map(entry).collect() });
        }
    }
    let mut columns = Heading::each(["pruned together", "cell"]);
    columns.extend(percents.iter().map(|&percent| Heading::new(wording::percent(percent), 1)));
    let seeds = match study.seeds.len() {
        1 => String::new(),
        seeds => format!(
            "; median of {seeds} seeds, range in brackets where they differ, * where some are \
                missing"
        ),
    };
    Table {
        caption: format!(
            "Epochs of retraining to recover, by percent pruned; grey: the thesis{seeds}"
        ),
        head: vec![columns],
        rows,
    }
}

/// A cell's name, with a dagger when a base model of it never left chance.
fn marked(findings: &Findings, cell: Cell) -> String {
    let dagger = if findings.some_unlearned(cell) { " †" } else { "" };
    format!("{}{dagger}", wording::cell(cell))
}
