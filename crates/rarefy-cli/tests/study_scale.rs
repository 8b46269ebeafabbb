//! A study of many trials with made-up records: plan, status and collect take seconds and little
//! memory. CI uses 5,000 trials; ARCHITECTURE.md's numbers are from `RAREFY_TRIALS=100000`.

#[path = "support/made_up.rs"]
mod made_up;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use made_up::make_up;
use rarefy::study::Folder;

fn trials() -> usize {
    std::env::var("RAREFY_TRIALS").map_or(5_000, |text| text.parse().expect("a number"))
}

/// Peak memory that each command may use, whatever the number of trials, in MiB.
const MEMORY: u64 = 200;

/// Runs a command to its end; returns its seconds, its peak memory in MiB, and its output.
fn measured(folder: &Path, arguments: &[&str]) -> (f64, u64, String) {
    let start = Instant::now();
    let output = fs::File::create(folder.join("output")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rarefy"))
        .args(arguments)
        .current_dir(folder)
        .stdout(output)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        let text = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) / 1024);
        std::thread::sleep(Duration::from_millis(5));
    };
    let text = fs::read_to_string(folder.join("output")).unwrap();
    assert!(status.success(), "{text}");
    (start.elapsed().as_secs_f64(), peak, text)
}

#[test]
fn plan_status_and_collect_of_many_trials_take_seconds_and_little_memory() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(&place.path().join("many"));
    let trials = trials();
    make_up(&folder, trials, true);
    let fans = fs::read_dir(folder.path().join("trials")).unwrap();
    let largest = fans.map(|fan| fs::read_dir(fan.unwrap().path()).unwrap().count()).max().unwrap();
    // Six standard deviations above the mean of 256 equally likely folders.
    let equal = trials as f64 / 256.0;
    assert!((largest as f64) < equal + 6.0 * equal.sqrt(), "{largest} records in one folder");
    // One second per 5,000 trials plus ten seconds, for a machine that is busy.
    let patience = 10.0 + trials as f64 / 5_000.0;
    for (arguments, says) in [
        (&["study", "plan", "many/study.toml", "--json"][..], format!("\"trials\":{trials}")),
        (&["study", "status", "many"], format!("{trials} of {trials} trials done")),
        (&["study", "collect", "many"], format!("{trials} of {trials} trials")),
        (&["study", "collect", "many", "--parquet"], "records.parquet".to_owned()),
        (&["study", "run", "many", "--quiet"], format!("{trials} of {trials} trials done, 0")),
    ] {
        let (seconds, memory, output) = measured(place.path(), arguments);
        eprintln!("{trials} trials: {}: {seconds:.1} s, {memory} MiB", arguments.join(" "));
        assert!(output.contains(&says), "{output}");
        assert!(seconds < patience, "{arguments:?} took {seconds} s");
        assert!(memory < MEMORY, "{arguments:?} took {memory} MiB");
    }
    let records = fs::read_to_string(folder.path().join("records.csv")).unwrap();
    assert_eq!(records.lines().count(), 1 + trials);
}
