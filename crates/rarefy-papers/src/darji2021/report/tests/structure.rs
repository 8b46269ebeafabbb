//! The sections on structure, made from synthetic records.

use rarefy::cell::Cell;
use rarefy::graph::Family;
use rarefy::recipe::Wired;
use rarefy::study::{Record, Trial};
use rarefy::wiring::GateMask;
use roxmltree::Document;

use crate::darji2021::report::chance::Tested;
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::input::{DataDescription, Report, StudyReport};
use crate::darji2021::report::structure::{Directions, Sampled};
use crate::darji2021::report::tests::{
    DATA, LARGEST_PAGE, markup, synthetic, table, text, wording,
};
use crate::darji2021::report::{Design, render, thesis};

fn page_of(data: DataDescription, study: &Design, records: &[Record]) -> String {
    let structure = StudyReport { study, records, data, version: "9.9.9" };
    render(&Report { structure: Some(structure), ..Report::default() })
}

fn page(study: &Design, records: &[Record]) -> String {
    page_of(DATA, study, records)
}

/// Accuracy rises linearly with the number of nodes.
fn rising(study: &Design) -> Vec<Record> {
    synthetic::wired_records(study, |_, wired| 0.68 + 0.0064 * synthetic::nodes(wired))
}

#[test]
fn the_markup_is_well_formed_however_much_is_done() {
    let study = synthetic::structure(12, 2);
    let records = rising(&study);
    for done in [0, 1, 7, records.len()] {
        let page = page(&study, &records[..done]);
        let markup = markup(&page);
        Document::parse(&markup).unwrap_or_else(|error| panic!("{done} records: {error}"));
        assert!(!markup.contains("NaN"), "{done} records");
        assert!(!page.contains("http://") && !page.contains("https://"), "{done} records");
    }
}

#[test]
fn each_id_is_given_once_in_a_page_of_both_parts() {
    let (pruning, structure) = (synthetic::laptop(), synthetic::structure(4, 1));
    let records = [synthetic::records(&pruning), rising(&structure)];
    let study = |study, records| Some(StudyReport { study, records, data: DATA, version: "9.9.9" });
    let page = render(&Report {
        pruning: study(&pruning, &records[0]),
        structure: study(&structure, &records[1]),
        ..Report::default()
    });
    let markup = markup(&page);
    let document = Document::parse(&markup).unwrap();
    let mut ids: Vec<&str> = document.descendants().filter_map(|n| n.attribute("id")).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
    for figure in 1..=5 {
        assert!(ids.contains(&format!("figure-{figure}").as_str()), "{ids:?}");
    }
}

#[test]
fn both_parts_at_full_scale_stay_small() {
    let (pruning, structure) = (synthetic::full(5), synthetic::structure(100, 5));
    let records = [synthetic::records(&pruning), rising(&structure)];
    let study = |study, records| Some(StudyReport { study, records, data: DATA, version: "9.9.9" });
    let survivors = synthetic::survivors();
    let page = render(&Report {
        survivors: &survivors,
        pruning: study(&pruning, &records[0]),
        structure: study(&structure, &records[1]),
        ..Report::default()
    });
    assert!(page.len() < LARGEST_PAGE, "{} bytes", page.len());
}

#[test]
fn a_correlation_stands_above_the_thesiss() {
    let study = synthetic::structure(100, 1);
    let page = page(&study, &rising(&study));
    let rows = table(&page, "Correlation of each property");
    let nodes = rows.iter().find(|row| row[0] == "nodes").unwrap();
    // The thesis's r for nodes, as printed there.
    assert_eq!(
        nodes[1..],
        ["1.00; thesis 0.40", "1.00; thesis 0.44", "1.00; thesis 0.49", "1.00; thesis 0.44"]
    );
    let ours = rows.iter().find(|row| row[0] == "clustering").unwrap();
    assert!(!ours[1].contains("thesis"), "{ours:?}");
    wording::opening("structure", &page);
}

/// The direction of each property that the thesis names.
fn directions(study: &Design, accuracy: impl Fn(&Trial, &Wired) -> f64) -> Directions {
    let records = synthetic::wired_records(study, accuracy);
    let findings = Findings::new(study, &records, true);
    Directions::of(&Sampled::new(&findings).unwrap())
}

#[test]
fn a_direction_is_one_that_every_cell_has_by_more_than_chance() {
    let study = synthetic::structure(100, 1);
    let slope = |sign: f64| move |wired: &Wired| 0.8 + sign * 0.004 * synthetic::nodes(wired);
    let up = directions(&study, |_, wired| slope(1.0)(wired));
    assert_eq!(up.up, ["nodes", "edges", "source_nodes"]);
    assert_eq!(up.down, ["closeness_var", "nodes_betweenness_var"]);
    assert!(up.unclear.is_empty());
    let down = directions(&study, |_, wired| slope(-1.0)(wired));
    assert_eq!((&down.up, &down.down), (&up.down, &up.up));
    // One cell has the opposite effect, or accuracy follows no property.
    let mixed = directions(&study, |trial, wired| {
        slope(if trial.cell == Cell::Gru { -1.0 } else { 1.0 })(wired)
    });
    assert_eq!(mixed.unclear.len(), 5, "{mixed:?}");
    let noise = directions(&synthetic::structure(6, 1), |_, wired| {
        0.8 + 0.01 * f64::from(wired.number * 7 % 5)
    });
    assert_eq!(noise.unclear.len(), 5, "{noise:?}");
    for (name, directions) in [("all up", up), ("mixed", mixed), ("noise", noise)] {
        wording::hold(&format!("directions {name}"), &directions.sentence());
    }
}

/// Every place that counts correlations above chance gives the same numbers: for the thesis 23, 21,
/// 23 and 22 of 23, and 5, 1, 0 and 5 of 21 with both sizes held fixed.
#[test]
fn one_rule_says_what_is_more_than_chance() {
    let clear = |tested: Vec<(&str, Tested)>| {
        (tested.iter().filter(|(_, tested)| tested.is_clear()).count(), tested.len())
    };
    assert_eq!(
        Cell::ALL.map(|cell| clear(thesis::tested(cell))),
        [(23, 23), (21, 23), (23, 23), (22, 23)]
    );
    assert_eq!(
        Cell::ALL.map(|cell| clear(thesis::left(cell))),
        [(5, 21), (1, 21), (0, 21), (5, 21)]
    );
}

#[test]
fn families_and_gate_masks_are_told_apart() {
    let study = synthetic::structure(10, 1);
    let records = synthetic::wired_records(&study, |trial, wired| {
        let family = if wired.family == Some(Family::WattsStrogatz) { 0.9 } else { 0.8 };
        let lost = match (trial.cell, wired.gate_mask) {
            (Cell::Gru, GateMask::Interleaved) => 0.05 + 0.001 * f64::from(wired.number),
            _ => 0.0,
        };
        family - lost
    });
    let page = page(&study, &records);
    let rows = table(&page, "Accuracy on the test strings by family");
    assert_eq!(
        rows[0][..4],
        ["tanh RNN", "Barabasi-Albert", "10; thesis 100", "0.8000; thesis 0.8420"]
    );
    assert_eq!(rows[4][..4], ["GRU", "Barabasi-Albert, tiled", "10", "0.8000"]);
    assert_eq!(
        rows[5][..3],
        ["Barabasi-Albert, interleaved", "5; thesis 100", "0.7480; thesis 0.9282"]
    );
    let rows = table(&page, "Tiled and interleaved");
    assert_eq!(rows[0][..5], ["GRU", "0.8500", "0.7980", "+5.20 (+5.11 to +5.28)", "0.15"]);
    assert_eq!(rows[0][7..], ["10 of 10", "1.00, 1.00", "0.78, 0.78"]);
    assert_eq!(rows[1][3..5], ["0.00 (0.00 to 0.00)", "0.00"]);
    wording::opening("families and gate masks", &page);
    let text = text(&page);
    assert!(text.contains("rarefy reproduce --scale full --parts structure --cells"), "{text}");
    assert!(!text.contains("--judge"), "{text}");
}

#[test]
fn several_seeds_of_a_graph_are_one_point() {
    let study = synthetic::structure(4, 3);
    let markup = markup(&page(&study, &rising(&study)));
    let document = Document::parse(&markup).unwrap();
    let chart = document
        .descendants()
        .find(|n| n.attribute("aria-label").is_some_and(|l| l.contains("against nodes of")))
        .unwrap();
    let points = chart.descendants().filter(|n| n.attribute("class") == Some("point")).count();
    assert_eq!(points, 8);
}

#[test]
fn a_study_that_has_only_begun_says_what_is_missing() {
    let study = synthetic::structure(4, 1);
    let records = rising(&study);
    let begun = text(&page(&study, &records[..3]));
    assert!(begun.contains("3 of 40 networks"), "{begun}");
    wording::opening("structure begun", &page(&study, &records[..3]));
    wording::opening("structure without records", &page(&study, &[]));
}

#[test]
fn own_strings_have_no_thesis_beside_them() {
    let study = synthetic::structure(6, 1);
    let own = DataDescription { reber: false, ..DATA };
    let text = text(&page_of(own, &study, &rising(&study)));
    assert!(!text.contains("hesis; "), "{text}");
    for published in ["; thesis", "thesis found", "(thesis"] {
        assert!(!text.contains(published), "{published}: {text}");
    }
}
