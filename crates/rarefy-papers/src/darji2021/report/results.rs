//! The tables of results: base models, safe percentages, epochs to recover.

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy::train::Judge;
use rarefy_view::spread::{MEDIAN_FROM, Spread};
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use crate::arm::{Arm, RECALL};
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::outcome::Recovery;
use crate::darji2021::report::thesis;
use crate::darji2021::report::{outcome, safe_percent};

/// The base models after their last epoch.
pub fn base(findings: &Findings) -> Table {
    let study = findings.study;
    let held_out = study.judge == Judge::Validation;
    let published = published_epochs(findings);
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
        let curve = thesis::base_curve(cell);
        cells.extend(published.iter().map(|&epochs| {
            let accuracy = curve.get(epochs as usize - 1).copied();
            Entry { class: "theirs", ..Entry::new(accuracy.map(wording::accuracy)) }
        }));
        Row { headings: vec![Heading::new(marked(findings, cell), 1)], cells }
    };
    let mut columns = Heading::each(["cell", "seeds done"]);
    if held_out {
        columns.push(Heading::new("held-out accuracy", 1));
    }
    columns.extend(Heading::each(["test accuracy", "test loss, mean per string (nats)"]));
    columns.extend(published.iter().map(|&epochs| {
        let epochs = wording::count(epochs as usize, "epoch");
        Heading::new(format!("thesis, after {epochs}: test accuracy"), 1)
    }));
    let epochs = wording::count(study.base_epochs as usize, "epoch");
    Table {
        title: format!("Base models after {epochs} of training"),
        note: match findings.seeds().most {
            0 | 1 => String::new(),
            _ => "Means over seeds; in brackets the lowest and the highest.".to_owned(),
        },
        head: vec![columns],
        rows: study.cells.iter().map(row).collect(),
    }
}

/// How well the base models tell each kind of string; `None` if it was not recorded.
pub fn recall(findings: &Findings) -> Option<Table> {
    let arm = |&cell: &Cell| {
        let records = findings.base_records(cell).into_iter().cloned().collect();
        Arm { cell, method: String::new(), records }
    };
    let arms: Vec<Arm> = findings.study.cells.iter().map(arm).collect();
    let kinds =
        arms.iter().map(Arm::kinds).max_by_key(Vec::len).filter(|kinds| !kinds.is_empty())?;
    let row = |arm: &Arm| Row {
        headings: vec![Heading::new(wording::cell(arm.cell), 1)],
        cells: kinds.iter().map(|kind| Entry::mean(arm.recall(kind), wording::accuracy)).collect(),
    };
    Some(Table {
        title: "Recall of the unpruned networks by kind of string".to_owned(),
        note: RECALL.to_owned(),
        head: vec![Heading::each(["cell"].into_iter().chain(kinds.iter().copied()))],
        rows: arms.iter().map(row).collect(),
    })
}

/// The epochs after which the thesis's base models are shown: as many epochs as ours had, if
/// published, and the last one.
fn published_epochs(findings: &Findings) -> Vec<u32> {
    let ours = findings.study.base_epochs;
    let mut epochs = vec![ours, thesis::BASE_EPOCHS];
    epochs.retain(|&epochs| findings.beside_thesis && (1..=thesis::BASE_EPOCHS).contains(&epochs));
    epochs.dedup();
    epochs
}

/// The largest safe percentage, for each cell and scope.
pub fn safe_percents(findings: &Findings) -> Table {
    let study = findings.study;
    let percents = findings.percents();
    let smallest = percents.first().copied().unwrap_or_default();
    let shared = thesis::shared_percents(&percents);
    let smallest_shared = shared.first().copied().unwrap_or_default();
    let judges = judges(study.judge);
    let entries = |scope: Scope, cell: Cell| -> Vec<Entry> {
        let ours = judges.iter().map(|&judge| {
            let safe = findings.safe_percents(cell, scope, judge);
            let entry = Entry::new(safe_percent::safe_percents(&safe, smallest));
            let main = judge == study.judge && entry.class.is_empty();
            Entry { class: if main { "ours" } else { entry.class }, ..entry }
        });
        let mut entries: Vec<Entry> = ours.collect();
        if findings.beside_thesis {
            let theirs = |here: String| Entry { here, class: "theirs", ..Entry::default() };
            let published = thesis::safe_percent(cell, scope, &percents, study.tolerance);
            let published = published.map_or("–".to_owned(), |percent| {
                safe_percent::safe_percent(percent, smallest_shared)
            });
            let stated = wording::percent(thesis::safe_percent_as_stated(cell, scope));
            entries.extend([theirs(published), theirs(stated)]);
        }
        entries
    };
    let mut columns = Heading::each(["pruned together", "cell"]);
    columns.extend(
        judges
            .iter()
            .map(|&judge| Heading::new(format!("{} strings", wording::judged_on(judge)), 1)),
    );
    let mut note = format!(
        "The largest percent of the weights up to which pruning costs no more than {} of accuracy, \
            without retraining. Tested at {}.{}",
        wording::points(study.tolerance),
        wording::percents(&percents),
        seeds_note(findings),
    );
    if judges.len() > 1 {
        note += " Judged on the held-out strings, and by the same rule on the test strings.";
    }
    if findings.beside_thesis {
        columns.extend(Heading::each(["thesis curves (test strings)", "thesis text"]));
        note += " “Thesis curves”: the same rule at the same percents, applied to the thesis’s published \
            test accuracies. “Thesis text”: what its text states.";
    }
    Table {
        title: "Safe percent".to_owned(),
        note,
        head: vec![columns],
        rows: rows(findings, entries),
    }
}

/// Epochs of retraining until a network recovered, for each cell, scope and percentage.
pub fn recoveries(findings: &Findings) -> Table {
    let study = findings.study;
    let percents = findings.percents();
    let entry = |scope: Scope, cell: Cell, percent: f64| {
        let ours = findings.outcomes(cell, scope, percent, study.judge);
        let on_test = findings.outcomes(cell, scope, percent, Judge::Test);
        let partial = ours.len() < study.seeds.len();
        let text =
            outcome::outcomes(&ours).map(|text| if partial { format!("{text}*") } else { text });
        let published = thesis::outcome(cell, scope, percent, study.tolerance);
        let published = published.filter(|_| findings.beside_thesis).map(|o| o.to_string());
        let on_test = (on_test != ours).then(|| outcome::outcomes(&on_test)).flatten();
        let entry = Entry { on_test, ..Entry::new(text).beside(published) };
        let class = match ours.last() {
            Some(_) if ours.iter().any(|outcome| outcome.fell_again) => "lost",
            Some(worst) if !worst.is_back() => "lost",
            Some(worst) if worst.recovery == Recovery::After(0) => "unharmed",
            _ => entry.class,
        };
        Entry { class, ..entry }
    };
    let entries = |scope: Scope, cell: Cell| {
        percents.iter().map(|&percent| entry(scope, cell, percent)).collect()
    };
    let mut columns = Heading::each(["pruned together", "cell"]);
    columns.extend(percents.iter().map(|&percent| Heading::new(wording::percent(percent), 1)));
    Table {
        title: "Epochs of retraining to recover, by percent pruned".to_owned(),
        note: recoveries_note(findings),
        head: vec![columns],
        rows: rows(findings, entries),
    }
}

fn recoveries_note(findings: &Findings) -> String {
    let study = findings.study;
    let mut note = format!(
        "Judged on the {} strings. “0”: pruning alone did no harm. “>{}{}”: not within the {} run.",
        wording::judged_on(study.judge),
        wording::NBSP,
        study.recovery_epochs,
        wording::count(study.recovery_epochs as usize, "epoch"),
    );
    if study.judge == Judge::Validation {
        note += " Where the test strings disagree, their value is given as “test”.";
    }
    if findings.beside_thesis {
        note += &format!(
            " Grey: the thesis, on its test strings, within its {}.",
            wording::count(thesis::RETRAINING_EPOCHS as usize, "epoch")
        );
    }
    note += &seeds_note(findings);
    if study.seeds.len() > 1 {
        note += " *: some seeds are missing.";
    }
    note
}

/// How several seeds are shown in one cell of a table.
fn seeds_note(findings: &Findings) -> String {
    let seeds = findings.seeds();
    match seeds.most {
        0 | 1 => String::new(),
        few if few < MEDIAN_FROM => {
            " Where the two seeds differ, both values are given.".to_owned()
        }
        _ => format!(
            " Median of {seeds} (of an even number, the less favourable of the middle two); where they \
                differ, the range is in brackets."
        ),
    }
}

/// A row for each scope and cell; the first row of a scope has its heading.
fn rows(findings: &Findings, entries: impl Fn(Scope, Cell) -> Vec<Entry>) -> Vec<Row> {
    let study = findings.study;
    let mut rows = Vec::new();
    for &scope in &study.scopes {
        for (index, &cell) in study.cells.iter().enumerate() {
            let mut headings = Vec::new();
            if index == 0 {
                headings.push(Heading::new(wording::scope(scope), study.cells.len()));
            }
            headings.push(Heading::new(marked(findings, cell), 1));
            rows.push(Row { headings, cells: entries(scope, cell) });
        }
    }
    rows
}

/// The study's judge, followed by the test sequences unless they are the judge.
fn judges(judge: Judge) -> Vec<Judge> {
    let mut judges = vec![judge, Judge::Test];
    judges.dedup();
    judges
}

/// A cell's name, with a dagger if one of its base models stayed at chance.
fn marked(findings: &Findings, cell: Cell) -> String {
    let dagger = if findings.some_unlearned(cell) { " †" } else { "" };
    format!("{}{dagger}", wording::cell(cell))
}
