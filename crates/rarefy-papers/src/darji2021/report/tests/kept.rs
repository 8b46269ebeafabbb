//! The kept full run, `docs/example/full.zip`: what the product computes from its records is what a
//! referee computed from them with other code (statsmodels, scikit-learn), to the digits stated.

use std::fs::File;
use std::path::Path;

use rarefy::cell::Cell;
use rarefy::graph::Properties;

use crate::darji2021::report::baseline::{Baseline, Harmed, harmed};
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::structure::{
    Explained, FamilyEffect, Masks, Measured, Sampled, between_cells, clear, learned,
};
use crate::darji2021::report::thesis;
use crate::darji2021::results::Results;

fn kept() -> Results {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let file = File::open(root.join("docs/example/full.zip")).unwrap();
    zip::ZipArchive::new(file).unwrap().extract(folder.path()).unwrap();
    Results::read(&folder.path().join("full"), |note| panic!("{note}")).unwrap()
}

/// Whether a value is another one, up to `tolerance`.
fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found}, expected {expected}");
}

/// Half of the last digit that is stated, and what other folds change.
const R2_DIGITS: f64 = 0.02;
/// Half of the last digit that is stated, in percentage points, and Student’s t instead of the
/// normal distribution.
const POINTS_DIGITS: f64 = 0.11;
/// Percentile intervals of another bootstrap differ by this, in percentage points.
const RESAMPLED: f64 = 0.12;
/// The same in log error.
const LOG_RESAMPLED: f64 = 0.03;

#[test]
fn structure_is_what_the_referee_found() {
    let results = kept();
    let part = results.structure.as_ref().unwrap();
    let findings = Findings::new(&part.design, &part.records, true);
    let sampled = Sampled::new(&findings).unwrap();

    // The share that learned with 1, 2, 3, 4 sources.
    let shares = |cell| {
        [1.0, 2.0, 3.0, 4.0].map(|n| learned(&sampled, cell, None, |sources| sources == n).unwrap())
    };
    for (cell, expected) in
        [(Cell::RnnTanh, [0.31, 0.86, 0.93, 0.97]), (Cell::RnnRelu, [0.08, 0.29, 0.63, 0.89])]
    {
        let found: [f64; 4] =
            shares(cell).map(|found| format!("{:.2}", found.share()).parse().unwrap());
        assert_eq!(found, expected);
    }
    for cell in [Cell::Gru, Cell::Lstm] {
        assert!(shares(cell)[1..].iter().all(|found| found.learned == found.networks));
    }

    // R^2 of sources alone and of all 23 properties.
    for (cell, sources, all) in [
        (Cell::RnnTanh, 0.50, 0.52),
        (Cell::RnnRelu, 0.31, 0.36),
        (Cell::Gru, 0.51, 0.47),
        (Cell::Lstm, 0.46, 0.42),
    ] {
        let found = Explained::of(&sampled.measured(cell)).unwrap();
        close(found.sources.value, sources, R2_DIGITS, "sources");
        close(found.all.value, all, R2_DIGITS, "all");
        close(found.told, 0.66, R2_DIGITS, "source nodes from the others");
    }

    // Watts-Strogatz minus Barabasi-Albert: raw, then at equal size with its interval.
    for (cell, raw, at_size, low, high) in [
        (Cell::RnnTanh, 11.4, 2.0, -1.6, 5.5),
        (Cell::RnnRelu, 15.7, -1.7, -14.0, 10.5),
        (Cell::Gru, 4.8, -2.4, -3.8, -0.9),
        (Cell::Lstm, 5.8, -0.1, -2.0, 1.8),
    ] {
        let found = FamilyEffect::of(&sampled.measured(cell)).unwrap();
        close(100.0 * found.raw.effect, raw, POINTS_DIGITS, "raw");
        let left = found.at_size.unwrap();
        assert_eq!((left.sources, left.graphs), ([2.0, 5.0], [74, 51]));
        close(100.0 * left.effect.effect, at_size, POINTS_DIGITS, "at equal size");
        close(100.0 * left.effect.interval.low, low, 2.0 * POINTS_DIGITS, "low");
        close(100.0 * left.effect.interval.high, high, 2.0 * POINTS_DIGITS, "high");
        // An effect is clear if its interval leaves 0 out.
        assert_eq!(left.effect.p < 0.05, cell == Cell::Gru);
    }

    // The properties that still matter: in accuracy, and in log error among networks that learned.
    let left =
        |of: fn(&Measured) -> Vec<&'static str>| Cell::ALL.map(|cell| of(&sampled.measured(cell)));
    let straight = left(|m| clear(&m.left())).map(|clear| clear.len());
    assert_eq!(straight, [8, 2, 3, 5]);
    let accuracy = left(|m| clear(&m.left_at_size(&m.accuracy)));
    assert_eq!(accuracy, [vec!["sink_nodes"], vec!["sink_nodes"], vec![], vec![]]);
    let how_well = left(|m| {
        let learned = m.learned();
        clear(&learned.left_at_size(&learned.log_error))
    });
    assert_eq!(how_well.concat(), [""; 0]);

    // Tiled minus interleaved masks: effect, interval, what can be detected.
    let gru = Masks::of(&sampled, Cell::Gru).unwrap();
    let lstm = Masks::of(&sampled, Cell::Lstm).unwrap();
    for (masks, effect, low, high, detectable, sources) in [
        (&gru, -0.28, -1.39, 0.60, 1.5, [0.60, 0.62]),
        (&lstm, 1.43, -0.03, 2.99, 2.2, [0.56, 0.59]),
    ] {
        let interval = masks.accuracy.interval.unwrap();
        close(100.0 * masks.accuracy.effect, effect, 0.006, "effect");
        close(100.0 * interval.low, low, RESAMPLED, "low");
        close(100.0 * interval.high, high, RESAMPLED, "high");
        close(100.0 * masks.accuracy.detectable.unwrap(), detectable, 0.05, "detectable");
        for (found, expected) in masks.sources.iter().zip(sources) {
            close(found.unwrap(), expected, 0.006, "r with source nodes");
        }
    }
    let interval = lstm.log_error.interval.unwrap();
    close(lstm.log_error.effect, -0.26, 0.006, "log error");
    close(interval.low, -0.50, LOG_RESAMPLED, "low");
    close(interval.high, -0.03, LOG_RESAMPLED, "high");

    // What two cells have in common on the same graph, beyond size.
    let found = between_cells(&sampled);
    let r = || found.iter().map(|(_, _, found)| found.r);
    assert_eq!(found.len(), 6);
    close(r().fold(1.0, f64::min), -0.04, 0.006, "least");
    close(r().fold(-1.0, f64::max), 0.10, 0.006, "most");
}

#[test]
fn recovery_is_what_the_referee_found() {
    let results = kept();
    let part = results.pruning.as_ref().unwrap();
    let findings = Findings::new(&part.design, &part.records, true);
    let last = Harmed { networks: 108, harmed: 22, after_one: 21, back: 22 };
    let median = Harmed { networks: 108, harmed: 59, after_one: 25, back: 53 };
    assert_eq!(harmed(&findings, None, Baseline::Last), last);
    assert_eq!(harmed(&findings, None, Baseline::Median), median);
}

/// The thesis's own rows, by the product and by scikit-learn (`docs/thesis_sources.py`).
#[test]
fn the_thesiss_rows_give_what_scikit_learn_gives() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/thesis");
    let folder = std::env::var_os("RAREFY_THESIS_DIR").map_or(root, Into::into);
    if !folder.exists() {
        eprintln!("skipped: there is no {}", folder.display());
        return;
    }
    for cell in Cell::ALL {
        let path = folder.join(format!("results/structure/{cell}.csv"));
        let table = std::fs::read(&path).unwrap();
        let records = rarefy::analysis::Records::parse(&path, &table).unwrap();
        let column = |name: &str| records.numbers(name).unwrap();
        let measured = Measured {
            graphs: Vec::new(),
            columns: Properties::THESIS.iter().map(|name| column(name)).collect(),
            accuracy: column("test_acc"),
            log_error: Vec::new(),
        };
        let found = Explained::of(&measured).unwrap();
        for (what, found) in [
            ("sources", found.sources),
            ("sinks", found.sinks),
            ("rest", found.rest),
            ("all", found.all),
        ] {
            let theirs = thesis::sources(cell, what).unwrap();
            close(found.value, theirs.value, R2_DIGITS, &format!("{cell}, {what}"));
        }
    }
}
