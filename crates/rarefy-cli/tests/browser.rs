//! The report and the live view in a browser as readers open them: two widths, light and dark.
//!
//! `tests/browser/report.mjs` and `live.mjs` do the checks: no error, nothing wider than the
//! window, nothing loaded from elsewhere, every figure drawn, values shown by mouse and keyboard,
//! files that can be saved, filters that filter, pages that update, and no serious fault that
//! axe-core finds. They need Debian's `chromium`, Node and `just browser-peers`. Without these the
//! tests are skipped, unless `CI` is set.

#[path = "support/kept.rs"]
mod kept;
#[path = "support/running.rs"]
mod running;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use running::Running;
use support::rarefy;

/// Chromium, if everything that the test needs is installed.
fn browser() -> Option<PathBuf> {
    let runs = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let modules = folder().join("node_modules/playwright-core").is_dir();
    let found = ["chromium", "chromium-browser"].into_iter().find(|program| runs(program));
    let missing = match (found, runs("node"), modules) {
        (Some(chromium), true, true) => return Some(chromium.into()),
        (None, _, _) => "chromium",
        (_, false, _) => "node",
        (_, _, false) => "playwright-core (just browser-peers)",
    };
    support::skip(missing);
    None
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser")
}

/// Runs one of the scripts on `what`.
fn look(chromium: &Path, script: &str, what: impl AsRef<std::ffi::OsStr>) {
    // The script needs the full path.
    let program = Command::new("sh").args(["-c", "command -v \"$0\""]).arg(chromium).output();
    let program = String::from_utf8(program.unwrap().stdout).unwrap();
    let faults = Command::new("node")
        .arg(folder().join(script))
        .args([program.trim().as_ref(), what.as_ref()])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&faults.stdout);
    let errors = String::from_utf8_lossy(&faults.stderr);
    assert!(faults.status.success(), "{text}{errors}");
}

/// With base models, so that the report has pictures of what survives pruning.
#[test]
fn the_report_of_a_small_run_opens_without_a_fault() {
    let Some(chromium) = browser() else { return };
    let here = tempfile::tempdir().unwrap();
    rarefy(here.path(), &["reproduce", "--scale", "smoke", "--out", "out", "--json", "--quiet"])
        .json();
    look(&chromium, "report.mjs", here.path().join("out/report.html"));
}

/// From the kept records of a run at the laptop scale.
#[test]
fn the_report_of_a_laptop_scale_run_opens_without_a_fault() {
    let Some(chromium) = browser() else { return };
    let here = tempfile::tempdir().unwrap();
    kept::unpack("laptop", here.path());
    let outcome = rarefy(here.path(), &["report", "laptop"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    look(&chromium, "report.mjs", here.path().join("laptop/report.html"));
}

/// One trial that outlasts the test, and six that soon end. Its epochs are not so short that the page
/// would be drawn again whenever one points at it.
const RUNNING: &str = "
name = 'running'
[data]
reber = { count = 8000 }
[base]
layers = [32]
[axes]
cell = ['rnn_tanh', 'gru']
[[lists.trial]]
epochs = 5
retrain_epochs = 3
percent = 50
[[lists.trial]]
epochs = 5
retrain_epochs = 3
percent = 90
[[lists.trial]]
epochs = 100000
[[exclude]]
cell = 'rnn_tanh'
epochs = 100000
";

/// A network wired as a graph.
const WIRED: &str = "
name = 'wired'
[data]
reber = { count = 200 }
[base]
cell = 'lstm'
epochs = 3
family = 'watts_strogatz'
nodes = 12
k = 4
";

#[test]
fn the_live_view_of_a_running_study_opens_without_a_fault() {
    let Some(chromium) = browser() else { return };
    let here = tempfile::tempdir().unwrap();
    for (name, study) in [("wired.toml", WIRED), ("running.toml", RUNNING)] {
        std::fs::write(here.path().join(name), study).unwrap();
    }
    let run = |file, out, more: &[&str]| {
        let arguments = [&["study", "run", file, "--out", out, "--quiet"], more].concat();
        Running::start(here.path(), &arguments)
    };
    run("wired.toml", "out/wired", &[]).finish();
    // The longest trial has one thread to itself, the others take turns on the second.
    let _study = run("running.toml", "out/running", &["--jobs", "2"]);
    let done = |study: &str| {
        let status = rarefy(here.path(), &["study", "status", study, "--json"]);
        (status.code == 0).then(|| status.json()["done"].as_u64().unwrap())
    };
    while done("out/running").is_none_or(|done| done < 6) {
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    let mut server = Running::start(here.path(), &["serve", "out", "--port", "0"]);
    look(&chromium, "live.mjs", server.first_line().trim());
}
