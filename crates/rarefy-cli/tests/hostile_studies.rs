//! Study files that ask for too much, are malformed, or hold unusual names. They are rejected at
//! once with the reason, or they run and every command finds their results again.

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use support::rarefy;

const BASE: &str = "[base]\nepochs = 1\ncell = 'gru'\nlayers = [2]\n";

fn with(folder: &Path, text: &str) {
    fs::write(folder.join("study.toml"), text).unwrap();
}

/// The error of `study plan` for an invalid study file.
fn refusal(folder: &Path, text: &str) -> String {
    with(folder, text);
    let start = Instant::now();
    let outcome = rarefy(folder, &["study", "plan", "study.toml", "--list"]);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    outcome.failure(1).to_owned()
}

#[test]
fn what_is_too_much_is_counted_before_it_is_made() {
    let place = tempfile::tempdir().unwrap();
    let case =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/attack/study_range_oom.toml");
    let deep = format!("a={}", "[".repeat(400_000));
    let tables = format!("a={}", "{a=".repeat(100_000));
    let dots = format!("a{}=1", ".a".repeat(200_000));
    let seeds = |axis: &str| format!("{BASE}[axes]\nseed = {axis}\n");
    let replaced = |old: &str, new: &str| BASE.replace(old, new);
    for (text, says) in [
        (fs::read_to_string(case).unwrap(), "9223372036854775808 values: at most 100000"),
        (seeds("{ from = -9223372036854775808, to = 9223372036854775807 }"), "at most 100000"),
        (seeds("{ from = 1, to = 10_000_000 }"), "10000000 values"),
        (
            seeds("{ from = 1, to = 1000 }\nbatch = { from = 1, to = 1000 }"),
            "1000000 combinations: at most 100000",
        ),
        (replaced("[2]", "[1000000, 1000000]"), "more than 33554432 weights"),
        (replaced("[2]", "[9223372036854775807]"), "more than 33554432 weights"),
        (replaced("[2]", "[2]\nembedding = 9223372036854775807"), "more than 33554432 weights"),
        (
            replaced("epochs = 1", "epochs = 4294967295"),
            "epochs is 4294967295: expected at most 100000",
        ),
        (replaced("layers = [2]", "family = 'complete'\nnodes = 9000000"), "at most 1000000"),
        (deep, "study.toml"),
        (tables, "study.toml"),
        (dots, "study.toml"),
    ] {
        let error = refusal(place.path(), &text);
        assert!(error.contains(says) && error.len() < 2000, "{says}: {error:.300}");
    }
    // The data are drawn only when the study runs.
    with(place.path(), &format!("[data]\nreber = {{ count = 1000000000000 }}\n{BASE}"));
    let outcome = rarefy(place.path(), &["study", "run", "study.toml", "--out", "x"]);
    assert!(outcome.failure(1).contains("at most 1000000 strings"), "{}", outcome.stderr);
}

#[test]
fn the_time_of_a_study_file_grows_with_its_length() {
    let place = tempfile::tempdir().unwrap();
    let list = |of: &dyn Fn(usize) -> String, count| (0..count).map(of).collect::<String>();
    let seeds = list(&|seed| format!("{seed},"), 40_000);
    let tables = list(&|seed| format!("[[lists.a]]\nseed = {seed}\n"), 10_000);
    let out = list(&|seed| format!("[[exclude]]\nseed = {seed}\ncell = 'gru'\n"), 20_000);
    let ranges = list(&|_| "[[exclude]]\nseed = { from = 0, to = 19999 }\n".to_owned(), 40);
    let two = "[base]\nepochs = 1\nlayers = [2]\n[axes]\ncell = ['gru', 'lstm']\n\
        seed = { from = 0, to = 19999 }\n";
    for (text, trials) in [
        (format!("{BASE}[axes]\nseed = [{seeds}]\n"), 40_000),
        (format!("{BASE}{tables}"), 10_000),
        (format!("{two}{out}"), 20_000),
        (format!("{two}{ranges}[[exclude]]\nseed = 0\n"), 0),
    ] {
        with(place.path(), &text);
        let start = Instant::now();
        let outcome = rarefy(place.path(), &["study", "plan", "study.toml", "--list"]);
        let seconds = start.elapsed().as_secs_f64();
        match trials {
            0 => assert!(outcome.failure(1).contains("all its trials are excluded")),
            _ => assert_eq!(outcome.stdout.lines().count(), trials, "{}", outcome.stderr),
        }
        assert!(seconds < 20.0, "{seconds} s");
    }
}

#[test]
fn a_study_of_unusual_names_is_found_again_when_it_is_done() {
    let place = tempfile::tempdir().unwrap();
    let case =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/attack/list_name_quotes.toml");
    let case = fs::read_to_string(case).unwrap();
    let folder = "dir with 'quotes\" and \u{1F600}";
    fs::create_dir(place.path().join(folder)).unwrap();
    let named = case
        .replace("a\\\"'b", "a.b ]\\n\\u0000\\\\'''")
        .replace("reber = { count = 200 }", &format!("folder = {:?}", folder));
    let reber = ["data", "reber", "--count", "200", "--out", folder];
    assert_eq!(rarefy(place.path(), &reber).code, 0);
    for (out, text) in [("one", case), ("two", named)] {
        with(place.path(), &text);
        for _ in 0..2 {
            let run =
                rarefy(place.path(), &["study", "run", "study.toml", "--out", out, "--quiet"]);
            assert_eq!(run.code, 0, "{}", run.stderr);
        }
        let status = rarefy(place.path(), &["study", "status", out, "--json"]).json();
        assert_eq!((&status["done"], &status["trials"]), (&2.into(), &2.into()));
        assert_eq!(rarefy(place.path(), &["study", "collect", out]).code, 0);
        assert_eq!(rarefy(place.path(), &["study", "run", out, "--quiet"]).code, 0);
    }
}

#[test]
fn what_was_meant_is_said() {
    let place = tempfile::tempdir().unwrap();
    let axes = |axis: &str| format!("[base]\nepochs = 1\nlayers = [2]\n[axes]\n{axis}\n");
    for (text, says) in [
        (
            "[base]\nepoch = 1\n".to_owned(),
            "line 2: there is no setting 'epoch': did you mean epochs?",
        ),
        ("[bse]\nepochs = 1\n".to_owned(), "did you mean base?"),
        ("[data]\ntrian = 'x'\n".to_owned(), "did you mean train?"),
        (axes("cell = ['gruu']"), "did you mean gru?"),
        (axes("cell = 'gru'\nseed = { from = 0, until = 3 }"), "{ from = 0, to = 9 }"),
        (axes("cell = 'gru'\nseed = { from = 0 }"), "the range has no to"),
        (axes("cell = 'gru'\nseed = '0..9'"), "{ from = 0, to = 9 }"),
        (axes("cell = 'gru'\nseed = { from = 5, to = 1 }"), "line 6: seed: "),
        (axes("cell = 'gru'\nclip = { from = 0.5, to = 2 }"), "from is 0.5, not a whole number"),
        (axes("cell = 'gru'\nclip = [nan]"), "clip is nan"),
    ] {
        let error = refusal(place.path(), &text);
        assert!(error.contains(says), "{says}: {error}");
    }
    // Names in capital letters mean the same as in small ones.
    with(place.path(), &axes("cell = ['GRU', 'RNN-tanh']"));
    let listed = rarefy(place.path(), &["study", "plan", "study.toml", "--list"]).stdout;
    assert!(listed.starts_with("gru-seed0-") && listed.contains("\nrnn_tanh-seed0-"), "{listed}");
    // On the command line, too.
    let train = ["train", "--cell", "GRUU"];
    let outcome = rarefy(place.path(), &train);
    assert!(outcome.code == 2 && outcome.stderr.contains("'gru'"), "{}", outcome.stderr);
    let graph = ["graph", "generate", "--family", "Path", "--nodes", "3", "--out", "g.json"];
    assert_eq!(rarefy(place.path(), &graph).code, 0);
}

#[test]
fn another_file_for_the_same_folder_says_what_it_leaves_out() {
    let place = tempfile::tempdir().unwrap();
    let study = |cells: &str, seeds: &str| {
        let text = "[data]\nreber = { count = 200 }\n[base]\nepochs = 1\nlayers = [2]\n[axes]\n";
        with(place.path(), &format!("{text}cell = {cells}\nseed = {seeds}\n"));
        rarefy(place.path(), &["study", "run", "study.toml", "--out", "out"])
    };
    assert_eq!(study("['gru', 'rnn_tanh']", "[0]").code, 0);
    // A cell is dropped and a seed added.
    let second = study("['gru']", "[0, 1]");
    assert!(second.stdout.starts_with("2 of 2 trials done, 1 of them now"), "{}", second.stdout);
    assert!(second.stderr.contains("2 trials that this file does not"), "{}", second.stderr);
    let status = rarefy(place.path(), &["study", "status", "out", "--json"]).json();
    assert_eq!((&status["done"], &status["trials"]), (&3.into(), &4.into()));
    let all = rarefy(place.path(), &["study", "run", "out", "--json"]).json();
    assert_eq!((&all["computed"], &all["trials"]), (&1.into(), &4.into()));
}

#[test]
fn files_that_a_study_names_are_regular_files() {
    let place = tempfile::tempdir().unwrap();
    let fifo = place.path().join("train_data.csv");
    assert!(std::process::Command::new("mkfifo").arg(fifo).status().unwrap().success());
    with(place.path(), &format!("[data]\nfolder = '.'\n{BASE}"));
    let outcome = rarefy(place.path(), &["study", "run", "study.toml", "--out", "x"]);
    assert!(outcome.failure(1).contains("regular file"), "{}", outcome.stderr);
}

#[test]
fn graphs_that_come_as_files_are_trials_by_their_content() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    fs::create_dir(at("graphs here")).unwrap();
    fs::write(at("graphs here/my ring.edges"), "0 1\n1 2\n2 3\n3 0\n").unwrap();
    let path = ["graph", "generate", "--family", "path", "--nodes", "5", "--out", "path.graphml"];
    assert_eq!(rarefy(place.path(), &path).code, 0);
    let study = "[data]\nreber = { count = 200 }\n[base]\nepochs = 1\ncell = 'gru'\n[axes]\n\
        graph = ['graphs here/my ring.edges', 'path.graphml']\nseed = [0, 1]\n";
    with(place.path(), study);
    let plan = rarefy(place.path(), &["study", "plan", "study.toml", "--json"]).json();
    assert_eq!(plan["trials"], 4);
    let run = || rarefy(place.path(), &["study", "run", "study.toml", "--out", "out", "--json"]);
    assert_eq!(run().json()["computed"], 4);
    let table = fs::read_to_string(at("out/records.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let header = rows.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|other| other == name).unwrap();
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let values =
        |name: &str| rows.iter().map(|row| row[column(name)].to_owned()).collect::<Vec<_>>();
    let [ring, path] = ["graphs here/my ring.edges", "path.graphml"];
    assert_eq!(values("graph"), [ring, ring, path, path]);
    assert_eq!(
        values("nodes").iter().map(|n| n.parse().unwrap()).collect::<Vec<f64>>(),
        [4.0, 4.0, 5.0, 5.0]
    );

    // The same graph counts as the same from another file and from the folder alone; a changed one
    // does not.
    fs::write(at("graphs here/my ring.edges"), "0 3\n1 0\n2 1\n3 2\n").unwrap();
    assert_eq!(run().json()["computed"], 0);
    fs::write(at("graphs here/my ring.edges"), "0 1\n1 2\n2 3\n3 0\n0 2\n").unwrap();
    let again = run();
    assert_eq!(again.json()["computed"], 2);
    assert!(again.stderr.contains("my ring.edges holds another graph"), "{}", again.stderr);
    fs::remove_dir_all(at("graphs here")).unwrap();
    let all = rarefy(place.path(), &["study", "run", "out", "--json"]).json();
    assert_eq!((&all["done"], &all["computed"]), (&6.into(), &0.into()));
    let wrong = run();
    assert!(wrong.failure(1).contains("my ring.edges"), "{}", wrong.stderr);
    with(place.path(), &study.replace("epochs = 1", "epochs = 1\nfamily = 'star'"));
    assert!(run().failure(1).contains("without a family"));
}
