//! The report in a browser, as a reader opens it: two widths, light and dark, no network.
//!
//! `tests/browser/check.mjs` does the looking: no error, nothing wider than the window, every
//! figure drawn, values shown by mouse and keyboard, files that can be saved, and no serious
//! fault that axe-core finds. It needs Debian's `chromium`, Node and `just browser-peers`; the
//! tests are skipped without, but not where `CI` is set.

mod support;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::rarefy;

/// Chromium, where there is all that the test needs.
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
    assert!(std::env::var_os("CI").is_none(), "{missing} is missing");
    writeln!(std::io::stderr().lock(), "skipped: {missing} is missing").unwrap();
    None
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser")
}

#[test]
fn the_report_opens_without_a_fault() {
    let Some(chromium) = browser() else { return };
    let here = tempfile::tempdir().unwrap();
    rarefy(here.path(), &["reproduce", "--scale", "smoke", "--out", "out", "--json", "--quiet"])
        .json();
    let program = Command::new("sh")
        .args(["-c", "command -v \"$0\""])
        .arg(&chromium)
        .output()
        .map(|output| String::from_utf8(output.stdout).unwrap().trim().to_owned());
    let faults = Command::new("node")
        .arg(folder().join("check.mjs"))
        .arg(program.unwrap())
        .arg(here.path().join("out/report.html"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&faults.stdout);
    let errors = String::from_utf8_lossy(&faults.stderr);
    assert!(faults.status.success(), "{text}{errors}");
}
