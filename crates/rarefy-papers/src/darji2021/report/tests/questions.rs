//! The five questions that open the page. Verdicts depend only on the records, and agreement that
//! chance or size alone would give decides none.

use rarefy::analysis::Interval;
use rarefy::cell::Cell;
use rarefy::recipe::Wired;
use rarefy::study::{Record, Trial};
use rarefy::train::Answers;
use serde_json::Value;

use crate::darji2021::prediction::Prediction;
use crate::darji2021::report::input::{DataDescription, Report, StudyReport};
use crate::darji2021::report::tests::prediction::found;
use crate::darji2021::report::tests::{DATA, synthetic};
use crate::darji2021::report::{Design, questions, render};

/// The complete answers, in the form of `--json`.
fn asked(report: &Report) -> Vec<Value> {
    let all: Vec<Value> = questions(report).iter().map(|question| question.json()).collect();
    assert_eq!(all.len(), 5);
    all
}

fn verdicts(all: &[Value]) -> Vec<&str> {
    all.iter().map(|question| question["verdict"].as_str().unwrap()).collect()
}

fn pruning(study: &Design, records: &[Record], data: DataDescription) -> Vec<Value> {
    let pruning = Some(StudyReport { study, records, data, version: "9.9.9" });
    asked(&Report { pruning, ..Report::default() })
}

fn structure(study: &Design, records: &[Record], found: Option<&Prediction>) -> Vec<Value> {
    let structure = Some(StudyReport { study, records, data: DATA, version: "9.9.9" });
    asked(&Report { structure, prediction: found, ..Report::default() })
}

/// `[same, known, open]`
fn counts(question: &Value) -> [u64; 3] {
    ["same", "known", "open"].map(|name| question["compared"][name].as_u64().unwrap())
}

#[test]
fn the_thesiss_own_curves_agree_and_only_contested_networks_count() {
    let study = synthetic::full(1);
    let all = pruning(&study, &synthetic::records(&study), DATA);
    assert_eq!(verdicts(&all[..3]), ["agrees"; 3]);
    // Networks pruned by 50 to 90 %: five percentages of twelve curves. Counted from results/prune by
    // other code: those that lose more than a point.
    assert_eq!([&all[0], &all[1], &all[2]].map(counts), [[60, 60, 0], [12, 12, 0], [23, 23, 0]]);
    for question in &all[..3] {
        assert_eq!(question["compared"]["beyond_chance"], 1.0);
        assert!(question["compared"]["by_chance"].as_f64().unwrap() < 0.9);
        assert!(question["compared"]["p"].as_f64().unwrap() <= 0.05);
    }
    // The other parts were not run.
    assert_eq!(verdicts(&all[3..]), ["cannot be said"; 2]);
    assert!(all[3]["compared"].is_null());
}

#[test]
fn networks_that_pruning_does_no_harm_differ() {
    let study = synthetic::full(1);
    let mut records = synthetic::records(&study);
    for record in records.iter_mut().filter(|r| r.trial.pruning().is_some()) {
        for epoch in &mut record.epochs {
            epoch.test.answers = Answers::Classes { correct: epoch.test.count };
        }
        record.epochs_to_recover = Some(0);
    }
    let all = pruning(&study, &records, DATA);
    // Nothing was harmed, so nothing has to recover. Of the thesis's, 37 were not either.
    assert_eq!(verdicts(&all[..3]), ["cannot be said", "differs", "cannot be said"]);
    assert_eq!([counts(&all[0])[0], counts(&all[2])[1]], [37, 0]);
}

#[test]
fn networks_that_never_come_back_differ() {
    let study = synthetic::full(1);
    let mut records = synthetic::records(&study);
    for record in &mut records {
        record.epochs_to_recover = record.epochs_to_recover.filter(|&epochs| epochs == 0);
    }
    let all = pruning(&study, &records, DATA);
    assert_eq!(verdicts(&all[..3]), ["agrees", "agrees", "differs"]);
}

#[test]
fn several_seeds_are_compared_one_by_one_and_with_each_other() {
    let study = synthetic::full(3);
    let mut records = synthetic::records(&study);
    let all = pruning(&study, &records, DATA);
    assert_eq!(counts(&all[0])[1], 3 * 60);
    assert_eq!([&all[0]["seeds"]["least"], &all[0]["seeds"]["most"]], [3, 3]);
    // Two further seeds that have hardly begun do not change the answer of the first.
    records.retain(|record| record.trial.seed == 0 || record.trial.cell == Cell::RnnTanh);
    let all = pruning(&study, &records, DATA);
    assert_eq!(verdicts(&all[..3]), ["agrees"; 3]);
    assert_eq!([&all[0]["seeds"]["least"], &all[0]["seeds"]["most"]], [1, 3]);
}

#[test]
fn nothing_is_said_of_other_data_of_a_check_or_of_too_few_trials() {
    let study = synthetic::full(1);
    let records = synthetic::records(&study);
    let own = DataDescription { reber: false, ..DATA };
    assert_eq!(verdicts(&pruning(&study, &records, own)), ["cannot be said"; 5]);
    assert_eq!(verdicts(&pruning(&study, &records[..20], DATA)[..3]), ["cannot be said"; 3]);
    assert_eq!(verdicts(&pruning(&study, &[], DATA)[..3]), ["cannot be said"; 3]);
    let smoke = synthetic::smoke();
    let checked = pruning(&smoke, &synthetic::records(&smoke), DATA);
    assert_eq!(verdicts(&checked), ["cannot be said"; 5]);
}

#[test]
fn accuracy_that_follows_size_alone_says_nothing_about_structure() {
    let study = synthetic::structure(100, 1);
    let verdict = |accuracy: &dyn Fn(&Trial, &Wired) -> f64| {
        let records = synthetic::wired_records(&study, accuracy);
        structure(&study, &records, None).swap_remove(3)
    };
    // A few graphs with noise, so that accuracy does not depend on size alone.
    let noise = |wired: &Wired| 0.01 * f64::from(wired.number * 7_919 % 13);
    let nodes = |wired: &Wired| 0.004 * (synthetic::nodes(wired) - 30.0);
    for slope in [1.0, -1.0] {
        let found = verdict(&|_, wired| 0.8 + slope * nodes(wired) + noise(wired));
        assert_ne!(found["verdict"], "agrees", "{found}");
    }
    let curved = verdict(&|_, wired| 1.0 - 3.0 / synthetic::nodes(wired) + noise(wired));
    assert_ne!(curved["verdict"], "agrees", "{curved}");
}

#[test]
fn prediction_is_compared_cell_by_cell_within_its_uncertainty() {
    let study = synthetic::structure(4, 1);
    let records = synthetic::wired_records(&study, |_, wired| 0.01 * synthetic::nodes(wired));
    let computed = found(12, |sources| 0.7 + 0.2 * sources);
    // This many graphs and this R^2; the thesis's own rows give 0.21, 0.31, 0.68, 0.30.
    let with = |graphs: usize, r2: [f64; 4]| {
        let mut found = computed.clone();
        found.cells = Cell::ALL
            .iter()
            .zip(r2)
            .map(|(&name, r2)| {
                let mut cell = computed.cells[0].clone();
                (cell.cell, cell.measured) = (name, vec![0.8; graphs]);
                for row in &mut cell.folds {
                    row.r2.value = r2;
                    row.r2.interval = Some(Interval { low: r2 - 0.1, high: r2 + 0.1 });
                }
                cell
            })
            .collect();
        structure(&study, &records, Some(&found)).swap_remove(4)
    };
    let same = with(200, [0.2, 0.3, 0.7, 0.3]);
    // Three cells are alike, so four of them cannot show agreement.
    assert_eq!((counts(&same), &same["verdict"]), ([4, 4, 0], &Value::from("cannot be said")));
    // One of four alike may still be half of more.
    let other = with(200, [0.9, 0.9, 0.1, 0.3]);
    assert_eq!((counts(&other), &other["verdict"]), ([1, 4, 0], &Value::from("cannot be said")));
    let none = with(200, [0.9, 0.9, 0.1, 0.9]);
    assert_eq!((counts(&none), &none["verdict"]), ([0, 4, 0], &Value::from("differs")));
    let few = with(99, [0.2, 0.3, 0.7, 0.3]);
    assert!(few["compared"].is_null() && few["verdict"] == "cannot be said", "{few}");
}

#[test]
fn answers_lead_to_their_figures_and_stand_in_every_place() {
    let (pruned, wired) = (synthetic::laptop(), synthetic::structure(20, 1));
    let rising = synthetic::wired_records(&wired, |_, w| 0.68 + 0.0064 * synthetic::nodes(w));
    let records = [synthetic::records(&pruned), rising];
    let found = found(12, |sources| 0.7 + 0.2 * sources);
    let study = |study, records| Some(StudyReport { study, records, data: DATA, version: "9.9.9" });
    let report = Report {
        pruning: study(&pruned, &records[0]),
        structure: study(&wired, &records[1]),
        prediction: Some(&found),
        ..Report::default()
    };
    let page = render(&report);
    for number in [2, 3, 6, 7] {
        assert!(page.contains(&format!("href=\"#figure-{number}\"")), "{number}");
        assert!(page.contains(&format!("id=\"figure-{number}\"")), "{number}");
    }
    let text = super::text(&page).replace('\u{a0}', " ");
    for question in questions(&report) {
        let (json, lines) = (question.json(), question.lines());
        for field in ["question", "answer", "thesis", "verdict", "why"] {
            let said = json[field].as_str().unwrap();
            assert!(text.contains(said), "{field} is not on the page: {said}");
            assert!(lines.contains(said), "{field} is not in the terminal: {said}");
        }
    }
}

#[test]
fn without_the_thesis_beside_only_our_answers_are_given() {
    let study = synthetic::full(1);
    let own = DataDescription { reber: false, ..DATA };
    let all = pruning(&study, &synthetic::records(&study), own);
    assert!(all.iter().all(|question| question["thesis"].is_null()));
    assert!(all[..3].iter().all(|question| !question["answer"].as_str().unwrap().is_empty()));
}
