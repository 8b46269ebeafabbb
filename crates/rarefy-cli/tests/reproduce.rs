//! `rarefy reproduce`: the records are the same whatever interrupts it.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::rarefy;

const SMOKE: [&str; 5] = ["reproduce", "--scale", "smoke", "--cells", "rnn_tanh,gru"];
const PARTS: [&str; 2] = ["pruning", "structure"];
const TABLES: [&str; 4] =
    ["pruning/records.csv", "pruning/curves.csv", "structure/records.csv", "structure/curves.csv"];
/// Trials of the smoke scale with these two cells: a base model and 3 scopes x 2 percentages.
const PRUNING_TRIALS: usize = 2 * (1 + 3 * 2);
/// 2 families x 3 graphs per cell, and 2 more of each family with GRU and interleaved masks.
const STRUCTURE_TRIALS: usize = 2 * 2 * 3 + 2 * 2;

fn reproduce(folder: &Path, more: &[&str]) {
    let arguments = [&SMOKE[..], &["--json", "--quiet"], more].concat();
    rarefy(folder, &arguments).json();
}

fn tables(folder: &Path) -> [Vec<u8>; 4] {
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

/// The number of finished trials on disk.
fn finished(folder: &Path) -> usize {
    records(folder).len()
}

/// The files of finished trials, of all parts.
fn records(folder: &Path) -> Vec<PathBuf> {
    let folders = |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten();
    let fans = PARTS.iter().flat_map(|part| folders(folder.join(part).join("trials")));
    let entries = fans.flat_map(|fan| folders(fan.unwrap().path()));
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|e| e == "json")).collect()
}

#[test]
fn killed_in_the_middle_and_started_again_it_leaves_the_same_records() {
    let here = tempfile::tempdir().unwrap();
    let here = here.path();
    reproduce(here, &["--jobs", "1", "--out", "whole"]);
    reproduce(here, &["--jobs", "2", "--out", "two-jobs"]);
    assert_eq!(tables(&here.join("whole")), tables(&here.join("two-jobs")));

    // Killed repeatedly after some trials, each time a little later.
    let killed = here.join("killed");
    let mut kills = 0;
    for enough in [1, 8, PRUNING_TRIALS + 2] {
        let mut child = start(here, "killed");
        let deadline = Instant::now() + Duration::from_secs(120);
        while finished(&killed) < enough && child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "no progress");
            std::thread::sleep(Duration::from_millis(2));
        }
        kills += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        for path in records(&killed) {
            let text = std::fs::read(&path).unwrap();
            let record: Result<serde_json::Value, _> = serde_json::from_slice(&text);
            assert!(record.is_ok(), "{} is whole", path.display());
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
    let curves = std::fs::read_to_string(folder.join("pruning/curves.csv")).unwrap();
    let header: Vec<&str> = curves.lines().next().unwrap().split(',').collect();
    for column in ["mode", "prune", "epoch", "train_loss", "train_acc", "test_loss", "test_acc"] {
        assert!(header.contains(&column), "{column} is missing in {header:?}");
    }
    // 2 cells: a base model with 3 epochs, and 3 scopes x 2 percentages with 1 + 1 epochs.
    assert_eq!(curves.lines().count(), 1 + 2 * (3 + 3 * 2 * 2));
    let records = std::fs::read_to_string(folder.join("pruning/records.csv")).unwrap();
    assert_eq!(records.lines().count(), 1 + PRUNING_TRIALS);

    let records = std::fs::read_to_string(folder.join("structure/records.csv")).unwrap();
    assert_eq!(records.lines().count(), 1 + STRUCTURE_TRIALS);
    let header: Vec<&str> = records.lines().next().unwrap().split(',').collect();
    // The thesis's columns without `time`, which differs from run to run.
    let columns = "mode,graph,graph_nr,layers,nodes,edges,source_nodes,sink_nodes,diameter,density,\
        average_shortest_path_length,eccentricity_mean,eccentricity_var,eccentricity_std,\
        degree_mean,degree_var,degree_std,closeness_mean,closeness_var,closeness_std,\
        nodes_betweenness_mean,nodes_betweenness_var,nodes_betweenness_std,\
        edge_betweenness_mean,edge_betweenness_var,edge_betweenness_std,test_acc,test_loss";
    for column in columns.split(',') {
        assert!(header.contains(&column), "{column} is missing in {header:?}");
    }
    let times = std::fs::read_to_string(folder.join("structure/times.csv")).unwrap();
    assert!(times.lines().next().unwrap().ends_with("time"), "{times}");
    assert_eq!(times.lines().count(), 1 + STRUCTURE_TRIALS);
    // The graph of a record is saved next to it.
    let structure = folder.join("structure");
    let described =
        rarefy(&structure, &["graph", "describe", "graphs/watts_strogatz-2.json", "--json"]);
    let row = records.lines().find(|row| row.contains("watts_strogatz,2,")).unwrap();
    let nodes = header.iter().position(|&column| column == "nodes").unwrap();
    assert_eq!(described.json()["nodes"].to_string(), row.split(',').nth(nodes).unwrap());

    let report = std::fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(report.contains("<svg") && report.contains("GRU"));
    for foreign in ["src=\"http", "href=\"http", "url(http", "@import"] {
        assert!(!report.contains(foreign), "the report loads something: {foreign}");
    }
    // The report can be written again from the records alone.
    std::fs::remove_file(folder.join("report.html")).unwrap();
    let outcome = rarefy(here.path(), &["report", "out"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(std::fs::read_to_string(folder.join("report.html")).unwrap(), report);
    // And prints what the run prints at its end, except how long it took.
    let again = rarefy(here.path(), &[&SMOKE[..], &["--out", "out", "--quiet"]].concat());
    let (tables, last) = again.stdout.trim_end().rsplit_once('\n').unwrap();
    let (last, _) = last.split_once("; this run took ").unwrap();
    assert_eq!(outcome.stdout.trim_end(), format!("{tables}\n{last}"));
    let said = rarefy(here.path(), &["report", "out", "--json"]).json();
    let again = rarefy(here.path(), &[&SMOKE[..], &["--out", "out", "--json"]].concat()).json();
    assert_eq!((&said["report"], &said["questions"]), (&again["report"], &again["questions"]));
    assert_eq!(said["questions"].as_array().unwrap().len(), 5);
}

#[test]
fn other_settings_do_not_overwrite_a_folder() {
    let here = tempfile::tempdir().unwrap();
    reproduce(here.path(), &["--out", "out"]);
    let files = ["pruning/study.json", "report.html", "pruning/records.csv", "data/train_data.csv"];
    let read = || files.map(|name| std::fs::read(here.path().join("out").join(name)).unwrap());
    let before = read();
    for (other, says) in [
        (["--judge", "test"], r#"judge is "validation" there but "test" here"#),
        (["--seed", "1"], "the data"),
    ] {
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
    let questions = outcome["questions"].as_array().unwrap();
    // The smoke scale only checks that the program works.
    assert!(questions.iter().all(|question| question["verdict"] == "cannot be said"));
    assert_eq!(questions.len(), 5);
    let rows = outcome["rows"].as_array().unwrap();
    let (predicted, trials): (Vec<_>, Vec<_>) =
        rows.iter().partition(|row| row["part"] == "prediction");
    assert_eq!(trials.len(), PRUNING_TRIALS + STRUCTURE_TRIALS);
    // Four regressors and the best of them, each on all properties and on size; and the mean.
    assert!(!predicted.is_empty() && predicted.len().is_multiple_of(11), "{}", predicted.len());
    let page = std::fs::read_to_string(here.path().join("out/report.html")).unwrap();
    assert!(page.contains("id=\"prediction\""), "the report has its section");
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
fn an_interrupt_says_how_to_look_at_what_is_there_and_how_to_go_on() {
    let here = tempfile::tempdir().unwrap();
    let arguments = ["reproduce", "--scale", "laptop", "--parts", "pruning", "--out", "my results"];
    let child = Command::new(env!("CARGO_BIN_EXE_rarefy"))
        .args(arguments)
        .args(["--jobs", "1", "--quiet"])
        .current_dir(here.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = here.path().join("my results/pruning/study.json");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !begun.exists() {
        assert!(Instant::now() < deadline, "it begins");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(500));
    // The first interrupt lets the current trials finish, the second abandons them.
    for _ in 0..2 {
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        std::thread::sleep(Duration::from_millis(500));
    }
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    let last: Vec<&str> = said.lines().rev().take(2).collect();
    let goes_on =
        "rarefy reproduce --scale laptop --parts pruning --out 'my results' --jobs 1 --quiet";
    assert!(last[0].ends_with(goes_on), "{said}");
    assert!(last[1].ends_with("rarefy report 'my results'"), "{said}");
}

#[test]
fn the_thesiss_own_files_can_be_used() {
    let Some(thesis) = support::thesis_dir() else { return };
    let here = tempfile::tempdir().unwrap();
    let data = here.path().join("data");
    std::fs::create_dir(&data).unwrap();
    // Fewer rows, because the smoke scale should take seconds.
    for (name, rows) in [("train_data.csv", 600), ("test_data.csv", 200)] {
        let text = std::fs::read_to_string(thesis.join("dataset").join(name)).unwrap();
        let part: Vec<&str> = text.lines().take(1 + rows).collect();
        std::fs::write(data.join(name), part.join("\n")).unwrap();
    }
    let settings = ["--parts", "pruning", "--data", "data", "--judge", "test", "--out", "out"];
    reproduce(here.path(), &settings);
    let records = std::fs::read_to_string(here.path().join("out/pruning/records.csv")).unwrap();
    assert_eq!(records.lines().count(), 1 + PRUNING_TRIALS);
}
