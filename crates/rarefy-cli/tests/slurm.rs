//! `rarefy study submit` on a real Slurm: two nodes on this machine, which CI starts with
//! `.ci/slurm start`. Without them the tests print that they are skipped, or fail if `CI` is set.

#[path = "support/many_trials.rs"]
mod many_trials;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use many_trials::{STUDY, TRIALS};
use serde_json::Value;
use support::rarefy;

/// Only one test at a time may use the cluster.
static CLUSTER: Mutex<()> = Mutex::new(());

/// Whether the two nodes are up. Only a cluster named `local` counts: the tests stop a node, which
/// must not happen to anybody else's cluster.
fn slurm() -> bool {
    let config = Command::new("scontrol").args(["show", "config"]).output();
    let config = config.map_or_else(|_| String::new(), |o| String::from_utf8(o.stdout).unwrap());
    let is_name = |line: &str| {
        line.split_once('=')
            .is_some_and(|(key, name)| (key.trim(), name.trim()) == ("ClusterName", "local"))
    };
    let found = config.lines().any(is_name);
    if !found {
        support::skip("a local Slurm (.ci/slurm start)");
    }
    found
}

struct Place(tempfile::TempDir);

impl Place {
    fn with(study: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("study.toml"), study).unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, out: &str) {
        let arguments = ["study", "run", "study.toml", "--out", out, "--quiet"];
        assert_eq!(rarefy(self.path(), &arguments).code, 0);
    }

    fn submit(&self, study: &[&str], shards: &str) -> Value {
        let arguments = [
            &["study", "submit"],
            study,
            &["--engine", "slurm", "--shards", shards, "--partition", "main", "--time", "30"],
            &["--json"],
        ]
        .concat();
        rarefy(self.path(), &arguments).json()
    }

    fn status(&self, out: &str) -> Value {
        rarefy(self.path(), &["study", "status", out, "--json"]).json()
    }

    /// The output of the jobs, to show when a test fails.
    fn logs(&self, out: &str) -> String {
        let logs = fs::read_dir(self.path().join(out).join("slurm")).into_iter().flatten();
        logs.map(|entry| {
            let path = entry.unwrap().path();
            format!("{}\n{}\n", path.display(), fs::read_to_string(&path).unwrap())
        })
        .collect()
    }

    fn tables(&self, out: &str) -> [Vec<u8>; 2] {
        let read = |name| fs::read(self.path().join(out).join(name));
        ["records.csv", "curves.csv"].map(|name| read(name).unwrap())
    }
}

fn command(name: &str, arguments: &[&str]) -> String {
    let output = Command::new(name).args(arguments).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Waits for a condition.
fn wait(what: &str, happened: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(240);
    while !happened() {
        let queue = || command("squeue", &[]) + &command("sinfo", &[]);
        assert!(Instant::now() < deadline, "{what} did not happen\n{}", queue());
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Whether no task of these jobs is queued or running any more.
fn ended(jobs: &[&Value]) -> bool {
    jobs.iter().all(|job| command("squeue", &["-h", "-j", job.as_str().unwrap()]).is_empty())
}

#[test]
fn a_study_is_submitted_and_ends_as_a_table() {
    let _cluster = CLUSTER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !slurm() {
        return;
    }
    let place = Place::with(STUDY);
    let jobs = place.submit(&["study.toml", "--out", "out"], "4");
    wait("the end of all jobs", || ended(&[&jobs["array_job"], &jobs["collect_job"]]));
    assert_eq!(place.status("out")["done"], TRIALS, "{}", place.logs("out"));
    place.run("whole");
    assert!(place.tables("out") == place.tables("whole"));
    let nodes = place.logs("out");
    assert_eq!(nodes.matches("trials done").count(), 4, "{nodes}");
}

/// This cluster allows five tasks in an array, so eight tasks are two arrays. The names of the
/// folder, the study and its parts contain characters that are special to a shell or to Slurm.
#[test]
fn more_shards_than_an_array_may_have_are_several_arrays_whatever_the_folder_is_called() {
    let _cluster = CLUSTER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !slurm() {
        return;
    }
    let place = Place::with(&STUDY.replace("seed = ", "seed = 0 # "));
    let out = "it's a \"folder\" $(of) 100 %j \\ results";
    let options = ["--sbatch-option", "comment=two words; $HOME", "--sbatch-option=--no-requeue"];
    let jobs = place.submit(&[&["study.toml", "--out", out][..], &options].concat(), "8");
    let arrays = jobs["array_jobs"].as_array().unwrap();
    assert_eq!(arrays.len(), 2, "{jobs}");
    let all: Vec<&Value> = arrays.iter().chain([&jobs["collect_job"]]).collect();
    let shown = command("scontrol", &["show", "job", arrays[0].as_str().unwrap()]);
    assert!(shown.contains("Comment=two words; $HOME"), "{shown}");
    wait("the end of all jobs", || ended(&all));
    let status = place.status(out);
    assert_eq!(status["done"], status["trials"], "{}", place.logs(out));
    let logs = place.logs(out);
    assert_eq!(logs.matches("trials done").count(), 8, "{logs}");
    assert!(place.path().join(out).join("records.csv").exists(), "{logs}");
}

/// The processes of jobs on a node, and those of the node itself.
fn processes(node: &str) -> Vec<u32> {
    let own = format!("SLURMD_NODENAME={node}\0");
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap() {
        let entry = entry.unwrap();
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        let environment = String::from_utf8_lossy(&environment).into_owned() + "\0";
        if environment.contains(&own) && pid != std::process::id() {
            found.push(pid);
        }
    }
    found.extend(
        fs::read_to_string(pid_file(node)).ok().and_then(|pid| pid.trim().parse::<u32>().ok()),
    );
    found
}

fn pid_file(node: &str) -> PathBuf {
    let config = command("scontrol", &["show", "config"]);
    let line = config.lines().find(|line| line.starts_with("SlurmdPidFile")).unwrap();
    line.split_once('=').unwrap().1.trim().replace("%n", node).into()
}

/// A node that is stopped until this is dropped.
struct Stopped(&'static str);

impl Stopped {
    fn new(node: &'static str) -> Self {
        for pid in processes(node) {
            drop(Command::new("kill").args(["-KILL", &pid.to_string()]).output());
        }
        let name = format!("nodename={node}");
        command("scontrol", &["update", &name, "state=down", "reason=stopped"]);
        Self(node)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        command("slurmd", &["-N", self.0]);
        let name = format!("nodename={}", self.0);
        for _ in 0..50 {
            command("scontrol", &["update", &name, "state=resume"]);
            std::thread::sleep(Duration::from_millis(200));
            if command("sinfo", &["-h", "-n", self.0, "-o", "%t"]).trim() == "idle" {
                return;
            }
        }
    }
}

#[test]
fn what_a_stopped_node_had_is_picked_up_by_submitting_again() {
    let _cluster = CLUSTER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !slurm() {
        return;
    }
    let place = Place::with(&STUDY.replace("count = 1200", "count = 4000"));
    fs::create_dir(place.path().join("out")).unwrap();
    // A folder that holds a study file counts as a study.
    fs::copy(place.path().join("study.toml"), place.path().join("out/study.toml")).unwrap();
    let first = place.submit(&["out"], "2");
    let both = || {
        let status = place.status("out");
        status["done"].as_u64().unwrap() >= 20 && status["running"] == 2
    };
    wait("work on both nodes", both);
    let stopped = Stopped::new("n2");
    // Slurm would queue its tasks again; this test does not wait for that.
    command("scancel", &[first["array_job"].as_str().unwrap()]);
    wait("the end of the first jobs", || ended(&[&first["array_job"], &first["collect_job"]]));
    let status = place.status("out");
    let before = status["done"].as_u64().unwrap();
    assert!((20..TRIALS as u64).contains(&before), "{status}\n{}", place.logs("out"));
    let collected = fs::read_to_string(place.path().join("out/records.csv")).unwrap();
    assert_eq!(collected.lines().count() as u64, 1 + before, "what there was is a table");

    let again = place.submit(&["out"], "2");
    wait("the end of all jobs", || ended(&[&again["array_job"], &again["collect_job"]]));
    drop(stopped);
    assert_eq!(place.status("out")["done"], TRIALS, "{}", place.logs("out"));
    place.run("whole");
    assert!(place.tables("out") == place.tables("whole"));
}

#[test]
fn without_sbatch_submitting_says_what_is_missing() {
    let place = Place::with(STUDY);
    let nowhere = ["study", "submit", "nowhere", "--engine", "slurm", "--shards", "2"];
    assert!(rarefy(place.path(), &nowhere).failure(2).contains("--out DIR is missing"));
    let output = Command::new(env!("CARGO_BIN_EXE_rarefy"))
        .args(["study", "submit", "study.toml", "--out", "out", "--engine", "slurm"])
        .args(["--shards", "2"])
        .current_dir(place.path())
        .env("PATH", "")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("error: cannot run sbatch: "), "{stderr}");
}
