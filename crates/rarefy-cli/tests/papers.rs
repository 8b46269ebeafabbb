//! `rarefy reproduce PAPER`: the second paper, and that the first is the usual one.

mod support;

use std::path::Path;

use support::rarefy;

const SMOKE: [&str; 4] = ["reproduce", "zhang2023", "--scale", "smoke"];

fn smoke(folder: &Path, more: &[&str]) -> support::Outcome {
    rarefy(folder, &[&SMOKE[..], &["--quiet"], more].concat())
}

#[test]
fn without_data_the_second_paper_runs_what_needs_none_and_says_what_is_missing() {
    let here = tempfile::tempdir().unwrap();
    let outcome = smoke(here.path(), &["--out", "out", "--json"]);
    for missing in ["gesture_train.npz", "t10k-labels-idx1-ubyte"] {
        assert!(outcome.stderr.contains(missing), "{}", outcome.stderr);
    }
    let found = outcome.json();
    let left_out: Vec<_> =
        found["left_out"].as_array().unwrap().iter().map(|one| &one["part"]).collect();
    assert_eq!(left_out, ["gesture", "mnist"]);
    // One seed decides nothing. All claims on the thesis's task are there.
    let claims = found["claims"].as_array().unwrap();
    assert_eq!(claims.len(), 6);
    assert!(claims.iter().all(|claim| claim["verdict"] == "open" && claim["study"] == "reber"));
    // Seven methods with each of three cells, whose hidden-to-hidden weights are a graph.
    let rows = found["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 7 * 3);
    for row in rows {
        let balanced = row["balanced_share"].as_f64().unwrap();
        assert!((0.3..0.9).contains(&balanced), "{row}");
        let by_chance = row["permuted_signs"].as_f64().unwrap();
        assert!((by_chance - 0.5).abs() < 0.05, "{row}");
    }
    let page = std::fs::read_to_string(here.path().join("out/report.html")).unwrap();
    for part in ["<svg", "Gesture phases", "permuted signs", "gesture_train.npz", "forget"] {
        assert!(page.contains(part), "{part}");
    }
    // The report again, from the records.
    let again = rarefy(here.path(), &["report", "out", "--json"]).json();
    assert_eq!(again["claims"], found["claims"]);
    assert_eq!(std::fs::read_to_string(here.path().join("out/report.html")).unwrap(), page);
}

#[test]
fn the_second_papers_cells_can_be_chosen_one_by_one() {
    let here = tempfile::tempdir().unwrap();
    let found = smoke(here.path(), &["--cells", "gru", "--parts", "reber", "--json"]).json();
    assert!(found["rows"].as_array().unwrap().iter().all(|row| row["cell"] == "gru"));
    assert!(here.path().join("rarefy-results/zhang2023-smoke/report.html").exists());
}

#[test]
fn what_belongs_to_another_paper_is_refused() {
    let here = tempfile::tempdir().unwrap();
    for wrong in [&["--parts", "pruning"][..], &["--judge", "test"], &["--text-column", "x"]] {
        let outcome = smoke(here.path(), wrong);
        assert_eq!(outcome.code, 2, "{wrong:?}: {}", outcome.stderr);
    }
    let outcome = rarefy(here.path(), &["reproduce", "--parts", "gesture"]);
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    let outcome = smoke(here.path(), &["--parts", "mnist"]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(!here.path().join("rarefy-results").exists());
}

#[test]
fn the_thesis_is_the_usual_paper() {
    let here = tempfile::tempdir().unwrap();
    let run = |paper: &[&str], out| {
        let arguments =
            ["--scale", "smoke", "--cells", "gru", "--parts", "pruning", "--quiet", "--out", out];
        let outcome = rarefy(here.path(), &[&["reproduce"], paper, &arguments].concat());
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        ["pruning/records.csv", "pruning/curves.csv"]
            .map(|name| std::fs::read(here.path().join(out).join(name)).unwrap())
    };
    assert!(run(&[], "a") == run(&["darji2021"], "b"));
    // One folder holds the results of one paper.
    let outcome = smoke(here.path(), &["--parts", "reber", "--out", "a"]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("darji2021"), "{}", outcome.stderr);
}
