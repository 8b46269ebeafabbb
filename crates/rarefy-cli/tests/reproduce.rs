//! `rarefy reproduce`: the same records whatever happens on the way.

mod support;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::rarefy;

const SMOKE: [&str; 5] = ["reproduce", "--scale", "smoke", "--cells", "rnn_tanh,gru"];
const TABLES: [&str; 2] = ["records.csv", "curves.csv"];

fn reproduce(folder: &Path, more: &[&str]) {
    let arguments = [&SMOKE[..], &["--json", "--quiet"], more].concat();
    rarefy(folder, &arguments).json();
}

fn tables(folder: &Path) -> [Vec<u8>; 2] {
    TABLES.map(|name| std::fs::read(folder.join(name)).unwrap())
}

fn start(folder: &Path, out: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_rarefy"))
        .args(SMOKE)
        .args(["--out", out])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Finished trials on disk.
fn finished(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder.join("trials")) else { return 0 };
    entries
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "json"))
        .count()
}

#[test]
fn killed_in_the_middle_and_started_again_it_leaves_the_same_records() {
    let here = tempfile::tempdir().unwrap();
    let here = here.path();
    reproduce(here, &["--jobs", "1", "--out", "whole"]);
    reproduce(here, &["--jobs", "2", "--out", "two-jobs"]);
    assert_eq!(tables(&here.join("whole")), tables(&here.join("two-jobs")));

    // Killed once some trials are done, again and again, each time a little later.
    let killed = here.join("killed");
    let mut kills = 0;
    for enough in [1, 4, 8] {
        let mut child = start(here, "killed");
        let deadline = Instant::now() + Duration::from_secs(120);
        while finished(&killed) < enough && child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "no progress");
            std::thread::sleep(Duration::from_millis(2));
        }
        kills += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        for entry in std::fs::read_dir(killed.join("trials")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let text = std::fs::read(&path).unwrap();
                let record: Result<serde_json::Value, _> = serde_json::from_slice(&text);
                assert!(record.is_ok(), "{} is whole", path.display());
            }
        }
    }
    assert!(kills > 0, "it was always done before it could be killed");
    let done_before = finished(&killed);
    reproduce(here, &["--out", "killed"]);
    assert!(done_before < finished(&killed), "nothing was left to do");
    assert_eq!(tables(&here.join("whole")), tables(&killed));
}

#[test]
fn records_have_the_thesiss_columns_and_the_report_opens_alone() {
    let here = tempfile::tempdir().unwrap();
    let folder = here.path().join("out");
    reproduce(here.path(), &["--out", "out"]);
    let curves = std::fs::read_to_string(folder.join("curves.csv")).unwrap();
    let header: Vec<&str> = curves.lines().next().unwrap().split(',').collect();
    for column in ["mode", "prune", "epoch", "train_loss", "train_acc", "test_loss", "test_acc"] {
        assert!(header.contains(&column), "{column} is missing in {header:?}");
    }
    // 2 cells: a base model of 3 epochs, and 3 scopes x 2 percents of 1 + 1 epochs.
    assert_eq!(curves.lines().count(), 1 + 2 * (3 + 3 * 2 * 2));
    let records = std::fs::read_to_string(folder.join("records.csv")).unwrap();
    assert_eq!(records.lines().count(), 1 + 2 * (1 + 3 * 2));

    let report = std::fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(report.contains("<svg") && report.contains("GRU"));
    for foreign in ["src=\"http", "href=\"http", "url(http", "@import"] {
        assert!(!report.contains(foreign), "the report loads something: {foreign}");
    }
    // Written again from the records alone.
    std::fs::remove_file(folder.join("report.html")).unwrap();
    let outcome = rarefy(here.path(), &["report", "out"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(std::fs::read_to_string(folder.join("report.html")).unwrap(), report);
}

#[test]
fn other_settings_do_not_overwrite_a_folder() {
    let here = tempfile::tempdir().unwrap();
    reproduce(here.path(), &["--out", "out"]);
    let files = ["study.json", "report.html", "records.csv", "data/train_data.csv"];
    let read = || files.map(|name| std::fs::read(here.path().join("out").join(name)).unwrap());
    let before = read();
    for (other, says) in
        [(["--judge", "test"], "what judges recovery"), (["--seed", "1"], "the data")]
    {
        let outcome = rarefy(here.path(), &[&SMOKE[..], &other, &["--out", "out"]].concat());
        assert!(outcome.failure(1).contains(says), "{}", outcome.stderr);
        assert!(read() == before, "{other:?} changed something");
    }
}

#[test]
fn fewer_cells_in_the_same_folder_lose_nothing() {
    let here = tempfile::tempdir().unwrap();
    reproduce(here.path(), &["--out", "out"]);
    let before = tables(&here.path().join("out"));
    let arguments =
        ["reproduce", "--scale", "smoke", "--cells", "gru", "--json", "--quiet", "--out", "out"];
    let outcome = rarefy(here.path(), &arguments).json();
    assert_eq!(outcome["rows"].as_array().unwrap().len(), 2 * (1 + 3 * 2));
    assert!(tables(&here.path().join("out")) == before);
}

#[test]
fn progress_that_nobody_reads_stops_nothing() {
    let here = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rarefy"))
        .args(SMOKE)
        .args(["--out", "out"])
        .current_dir(here.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
    assert!(here.path().join("out/report.html").exists());
}

#[test]
fn the_thesiss_own_files_can_be_used() {
    let Some(thesis) = support::thesis_dir() else { return };
    let here = tempfile::tempdir().unwrap();
    let data = here.path().join("data");
    std::fs::create_dir(&data).unwrap();
    // A part of them: smoke is for seconds.
    for (name, rows) in [("train_data.csv", 600), ("test_data.csv", 200)] {
        let text = std::fs::read_to_string(thesis.join("dataset").join(name)).unwrap();
        let part: Vec<&str> = text.lines().take(1 + rows).collect();
        std::fs::write(data.join(name), part.join("\n")).unwrap();
    }
    reproduce(here.path(), &["--data", "data", "--judge", "test", "--out", "out"]);
    let records = std::fs::read_to_string(here.path().join("out/records.csv")).unwrap();
    assert_eq!(records.lines().count(), 1 + 2 * (1 + 3 * 2));
}
