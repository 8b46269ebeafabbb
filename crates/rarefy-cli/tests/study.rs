//! `rarefy study` as processes that are killed, that run in parallel, and that meet full disks.
//!
//! `RAREFY_KILLS=50` kills fifty times; CI kills six times.

#[path = "support/many_trials.rs"]
mod many_trials;
mod support;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use many_trials::{STUDY, TRIALS};
use serde_json::Value;
use support::rarefy;

/// A small study.
const SMALL: &str = "
[data]
reber = { count = 200 }
[base]
layers = [4]
epochs = 1
retrain_epochs = 1
[axes]
cell = ['rnn_tanh', 'gru']
percent = [50, 90]
";
const SMALL_TRIALS: usize = 6;

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// A folder that holds a study file.
    fn with(study: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("study.toml"), study).unwrap();
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, out: &str) -> Value {
        rarefy(self.path(), &["study", "run", "study.toml", "--out", out, "--quiet", "--json"])
            .json()
    }

    fn tables(&self, out: &str) -> [Vec<u8>; 2] {
        ["records.csv", "curves.csv"].map(|name| {
            let path = self.path().join(out).join(name);
            fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        })
    }

    /// Starts a process that runs the study in `out`; its messages go to the file `log`.
    fn start(&self, out: &str, log: &str) -> Child {
        Command::new(env!("CARGO_BIN_EXE_rarefy"))
            .args(["study", "run", "study.toml", "--out", out])
            .current_dir(self.path())
            .stdout(Stdio::null())
            .stderr(File::create(self.path().join(log)).unwrap())
            .spawn()
            .unwrap()
    }
}

/// All records in a folder, each of which must be complete.
fn records(folder: &Path) -> BTreeMap<String, Value> {
    let mut records = BTreeMap::new();
    for fan in fs::read_dir(folder.join("trials")).into_iter().flatten() {
        for entry in fs::read_dir(fan.unwrap().path()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.ends_with(".json") {
                let text = fs::read(&path).unwrap();
                let record: Result<Value, _> = serde_json::from_slice(&text);
                records.insert(name, record.unwrap_or_else(|e| panic!("{}: {e}", path.display())));
            }
        }
    }
    records
}

/// The study of 200 trials, which run long enough to be killed this often.
fn long_enough() -> Place {
    Place::with(&match kills() {
        0..20 => STUDY.to_owned(),
        _ => STUDY.replace("count = 1200", "count = 6000"),
    })
}

fn kills() -> usize {
    std::env::var("RAREFY_KILLS").map_or(6, |text| text.parse().expect("a number of kills"))
}

/// A number below `bound` that differs from run to run.
fn random(bound: u64) -> u64 {
    RandomState::new().hash_one(Instant::now()) % bound
}

/// Waits until there are `more` new records, and then for a few milliseconds.
fn wait(folder: &Path, before: usize, more: usize, children: &mut [Child]) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while records(folder).len() < before + more
        && children.iter_mut().any(|child| child.try_wait().unwrap().is_none())
    {
        assert!(Instant::now() < deadline, "no progress");
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(random(30)));
}

/// The trials that a process reported as done.
fn done_by(log: &Path) -> Vec<String> {
    let text = fs::read_to_string(log).unwrap();
    let is_of_a_trial = |line: &&str| line.contains(" accuracy ") && !line.contains("best so far");
    let done = text.lines().filter(is_of_a_trial);
    done.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn killed_at_random_moments_a_study_keeps_every_record_and_ends_the_same() {
    let place = long_enough();
    assert_eq!(place.run("whole")["computed"], TRIALS);
    let killed = place.path().join("killed");
    let most = TRIALS as u64 / kills() as u64;
    let mut earlier = BTreeMap::new();
    for kill in 0..kills() {
        let mut child = place.start("killed", "log");
        let more = random(most + 1) as usize;
        wait(&killed, earlier.len(), more, std::slice::from_mut(&mut child));
        assert!(child.try_wait().unwrap().is_none(), "done before kill {kill}");
        child.kill().unwrap();
        child.wait().unwrap();
        let now = records(&killed);
        for (name, record) in &earlier {
            assert_eq!(now.get(name), Some(record), "{name} after kill {kill}");
        }
        earlier = now;
    }
    let done = rarefy(place.path(), &["study", "collect", "killed", "--json"]).json();
    assert_eq!(
        (done["records"].as_u64(), &done["damaged"]),
        (Some(earlier.len() as u64), &serde_json::json!([]))
    );
    let last = place.run("killed");
    assert_eq!(last["computed"], TRIALS - earlier.len());
    assert!(place.tables("killed") == place.tables("whole"));
}

#[test]
fn two_processes_killed_at_random_moments_run_no_trial_twice_and_miss_none() {
    let place = long_enough();
    place.run("whole");
    let shared = place.path().join("shared");
    let most = TRIALS as u64 / kills() as u64;
    let mut logs: Vec<String> = Vec::new();
    let start = |logs: &mut Vec<String>| {
        logs.push(format!("log-{}", logs.len()));
        place.start("shared", logs.last().unwrap())
    };
    let mut children = [start(&mut logs), start(&mut logs)];
    for kill in 0..kills() {
        let before = records(&shared).len();
        wait(&shared, before, random(most + 1) as usize, &mut children);
        // One process dies, the other continues, and a new one joins.
        let victim = random(2) as usize;
        assert!(children[victim].try_wait().unwrap().is_none(), "done before kill {kill}");
        children[victim].kill().unwrap();
        children[victim].wait().unwrap();
        records(&shared);
        children[victim] = start(&mut logs);
    }
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let mut done: Vec<String> =
        logs.iter().flat_map(|log| done_by(&place.path().join(log))).collect();
    done.sort();
    let all = done.len();
    done.dedup();
    assert_eq!(all, done.len(), "a trial was run twice");
    // A process killed between writing a record and reporting it has not reported it.
    assert!((TRIALS - kills()..=TRIALS).contains(&all), "{all} said to be done");
    assert_eq!(records(&shared).len(), TRIALS);
    assert!(place.tables("shared") == place.tables("whole"));
    let left = fs::read_dir(shared.join("trials")).unwrap().flat_map(|fan| {
        fs::read_dir(fan.unwrap().path()).unwrap().map(|entry| entry.unwrap().file_name())
    });
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("claim")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn two_processes_that_live_share_the_work() {
    let place = Place::with(STUDY);
    let mut children = ["one", "two"].map(|log| place.start("out", log));
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let [one, two] = ["one", "two"].map(|log| done_by(&place.path().join(log)));
    assert_eq!(one.len() + two.len(), TRIALS);
    assert!(one.len() > TRIALS / 10 && two.len() > TRIALS / 10, "{} {}", one.len(), two.len());
    assert!(one.iter().all(|trial| !two.contains(trial)));
}

#[test]
fn an_interrupt_finishes_the_trials_under_way_and_a_second_one_abandons_them() {
    let long = STUDY.replace("epochs = 2", "epochs = 20").replace("count = 1200", "count = 6000");
    let place = Place::with(&long);
    let out = place.path().join("out");
    let interrupt = |child: &Child| {
        let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
    };
    let mut child = place.start("out", "log");
    wait(&out, 0, 2, std::slice::from_mut(&mut child));
    interrupt(&child);
    let status = child.wait().unwrap();
    let log = fs::read_to_string(place.path().join("log")).unwrap();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("note: finishing the trials under way"), "{log}");
    assert!(log.contains("error: stopped: "), "{log}");
    let last: Vec<&str> = log.lines().rev().take(2).collect();
    assert!(last[0].ends_with("rarefy study run study.toml --out out"), "{log}");
    assert!(last[1].ends_with("rarefy report out"), "{log}");
    let after = records(&out).len();
    assert_eq!(done_by(&place.path().join("log")).len(), after, "what was under way is finished");
    let status = rarefy(place.path(), &["study", "status", "out", "--json"]).json();
    assert_eq!((&status["done"], &status["running"]), (&Value::from(after), &Value::from(0)));

    let mut child = place.start("out", "log");
    wait(&out, after, 1, std::slice::from_mut(&mut child));
    interrupt(&child);
    let deadline = Instant::now() + Duration::from_secs(10);
    while !fs::read_to_string(place.path().join("log")).unwrap().contains("note: finishing") {
        assert!(Instant::now() < deadline, "the first interrupt is heard");
        std::thread::sleep(Duration::from_millis(2));
    }
    interrupt(&child);
    let begun = Instant::now();
    let status = child.wait().unwrap();
    // Unless all trials in progress ended in the meantime.
    assert!(matches!(status.code(), Some(130 | 1)), "{status}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    let status = rarefy(place.path(), &["study", "status", "out", "--json"]).json();
    assert_eq!(status["running"], 0);
}

#[test]
fn shards_on_machines_that_share_nothing_add_up() {
    let place = Place::with(SMALL);
    place.run("whole");
    for shard in ["1/2", "2/2"] {
        let out = format!("part-{}", &shard[..1]);
        let arguments = ["study", "run", "study.toml", "--out", &out, "--shard", shard, "--quiet"];
        assert_eq!(rarefy(place.path(), &arguments).code, 0);
        assert!(!place.path().join(&out).join("records.csv").exists());
    }
    // Results copied together, as from two machines.
    let copy = |from: &str| {
        let from = place.path().join(from);
        let status = Command::new("cp")
            .arg("-r")
            .args(["trials", "models", "study.toml", "study.json"].map(|name| from.join(name)))
            .arg(place.path().join("all"))
            .status();
        assert!(status.unwrap().success());
    };
    fs::create_dir(place.path().join("all")).unwrap();
    copy("part-1");
    copy("part-2");
    let collected = rarefy(place.path(), &["study", "collect", "all", "--json"]).json();
    assert_eq!(collected["records"], SMALL_TRIALS);
    assert!(place.tables("all") == place.tables("whole"));
    assert_eq!(place.run("all")["computed"], 0);
}

#[test]
fn plan_says_what_would_run_and_writes_nothing() {
    let place = Place::with(STUDY);
    let plan = rarefy(place.path(), &["study", "plan", "study.toml", "--json"]).json();
    assert_eq!((&plan["trials"], &plan["prunings"]), (&Value::from(200), &Value::from(180)));
    assert_eq!((&plan["epochs"], &plan["excluded"]), (&Value::from(220), &Value::from(0)));
    assert!(plan["seconds"].as_f64().unwrap() > 0.0);
    let listed = rarefy(place.path(), &["study", "plan", "study.toml", "--list"]).stdout;
    assert_eq!(listed.lines().count(), TRIALS);
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn tables_as_parquet_hold_what_the_csv_holds() {
    let place = Place::with(SMALL);
    place.run("out");
    let collected =
        rarefy(place.path(), &["study", "collect", "out", "--parquet", "--json"]).json();
    assert_eq!(collected["tables"].as_array().unwrap().len(), 6);
    let parquet = fs::read(place.path().join("out/records.parquet")).unwrap();
    assert_eq!((&parquet[..4], &parquet[parquet.len() - 4..]), (&b"PAR1"[..], &b"PAR1"[..]));
}

#[test]
fn wrong_use_and_wrong_files_are_one_clear_line() {
    let place = Place::with(SMALL);
    let at = |arguments: &[&str]| rarefy(place.path(), arguments);
    assert!(at(&["study", "run", "study.toml"]).failure(2).contains("--out DIR is missing"));
    let shard = ["study", "run", "study.toml", "--out", "x", "--shard", "3/2"];
    assert!(at(&shard).failure(2).contains("expected I/N"));
    assert!(at(&["study", "status", "x"]).failure(1).contains("x is not a study folder"));
    assert!(at(&["study", "run", "x.toml", "--out", "x"]).failure(1).contains("x.toml"));
    for (old, new, says) in [
        ("epochs = 1", "epoks = 1", "study.toml, line 6: there is no setting 'epoks'"),
        ("[axes]", "[axes]\nlayers = [[3]]", "line 9: the axis layers sets layers, which [base]"),
    ] {
        fs::write(place.path().join("study.toml"), SMALL.replacen(old, new, 1)).unwrap();
        let outcome = at(&["study", "run", "study.toml", "--out", "x"]);
        assert!(outcome.failure(1).contains(says), "{}", outcome.stderr);
    }
    assert!(!place.path().join("x").exists(), "nothing was begun");
}

#[test]
fn strings_in_a_folder_are_found_from_anywhere() {
    let place = Place::with(&SMALL.replace("reber = { count = 200 }", "folder = 'strings'"));
    let reber = ["data", "reber", "--count", "200", "--out", "strings"];
    assert_eq!(rarefy(place.path(), &reber).code, 0);
    let here = place.path().to_str().unwrap().to_owned();
    let first = ["study", "run", "study.toml", "--out", "out", "--shard", "1/2", "--quiet"];
    assert_eq!(rarefy(place.path(), &first).code, 0);
    // From another folder, with the study that the results folder holds.
    let out = format!("{here}/out");
    let rest = rarefy(Path::new("/"), &["study", "run", &out, "--quiet", "--json"]).json();
    assert_eq!(rest["done"], SMALL_TRIALS);
    let more = ["--out", &out, "--quiet", "--json"];
    let study = format!("{here}/study.toml");
    let again = rarefy(Path::new("/"), &[&["study", "run", &study], &more[..]].concat()).json();
    assert_eq!(again["computed"], 0);
}

#[test]
fn a_seed_that_no_file_can_hold_is_refused() {
    let place = Place::with(SMALL);
    let seed = u64::MAX.to_string();
    let arguments = ["reproduce", "--scale", "smoke", "--seed", &seed, "--out", "out", "--quiet"];
    let outcome = rarefy(place.path(), &arguments);
    assert!(outcome.failure(1).contains("at most 9223372036854775807"), "{}", outcome.stderr);
}

#[test]
fn an_edited_study_file_is_refused_in_an_old_folder_unless_it_asks_for_more() {
    let place = Place::with(SMALL);
    place.run("out");
    let before = records(&place.path().join("out"));
    let edit = |old: &str, new: &str| {
        fs::write(place.path().join("study.toml"), SMALL.replacen(old, new, 1)).unwrap();
        rarefy(place.path(), &["study", "run", "study.toml", "--out", "out", "--json"])
    };
    let outcome = edit("layers = [4]", "layers = [5]");
    let line = outcome.failure(1);
    assert!(line.contains("layers is [4] there but [5] here"), "{line}");
    let outcome = edit("count = 200", "count = 240");
    assert!(outcome.failure(1).contains("the data differs"), "{}", outcome.stderr);
    assert_eq!(records(&place.path().join("out")), before);
    let more = edit("percent = [50, 90]", "percent = [50, 70, 90]").json();
    assert_eq!((&more["trials"], &more["computed"]), (&Value::from(8), &Value::from(2)));
    let now = records(&place.path().join("out"));
    assert!(before.iter().all(|(name, record)| now[name] == *record));
}

#[test]
fn a_damaged_record_is_named_and_computed_again() {
    let place = Place::with(SMALL);
    place.run("out");
    let before = place.tables("out");
    let out = place.path().join("out");
    let all = records(&out);
    let name = all.keys().find(|name| name.contains("both-90")).unwrap();
    let hash = name.trim_end_matches(".json").rsplit('-').next().unwrap();
    let path = out.join("trials").join(&hash[..2]).join(name);
    let text = fs::read(&path).unwrap();
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    let status = rarefy(place.path(), &["study", "status", "out"]).stdout;
    assert!(status.contains("5 of 6 trials done") && status.contains("1 damaged"), "{status}");
    let collected = rarefy(place.path(), &["study", "collect", "out"]);
    assert!(collected.stderr.contains(name) && collected.stderr.contains("is damaged"));
    let outcome = rarefy(place.path(), &["study", "run", "study.toml", "--out", "out"]);
    assert_eq!(outcome.code, 0);
    let said = outcome.stderr.lines().find(|line| line.contains(name)).unwrap();
    assert!(said.contains("is damaged") && said.contains("computed again"), "{said}");
    assert!(place.tables("out") == before);
}

#[test]
fn a_folder_that_cannot_be_written_is_one_clear_line() {
    let place = Place::with(SMALL);
    place.run("out");
    let before = records(&place.path().join("out"));
    // A copy of the program where another user may run it.
    let program = place.path().join("rarefy");
    fs::copy(env!("CARGO_BIN_EXE_rarefy"), &program).unwrap();
    let mode = |path: &Path, mode: u32| {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(place.path(), 0o755);
    mode(&program, 0o755);
    fs::write(place.path().join("more.toml"), SMALL.replace("[50, 90]", "[50, 70, 90]")).unwrap();
    let folders: Vec<PathBuf> = ["out", "out/trials", "out/models", "out/data", "none"]
        .iter()
        .map(|name| place.path().join(name))
        .collect();
    fs::create_dir(&folders[4]).unwrap();
    folders.iter().for_each(|folder| mode(folder, 0o555));
    // Nothing is read-only for root, so root runs it as nobody.
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).current_dir(place.path());
        if root {
            command.uid(65534).gid(65534);
        }
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for out in ["out", "none"] {
        let (code, stderr) = run(&["study", "run", "more.toml", "--out", out, "--quiet"]);
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains("Permission denied"), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
    let (code, stderr) = run(&["study", "collect", "out"]);
    assert!(code == 1 && stderr.contains("records.csv: Permission denied"), "{stderr}");
    assert_eq!(run(&["study", "status", "out"]), (0, String::new()));
    folders.iter().for_each(|folder| mode(folder, 0o755));
    assert_eq!(records(&place.path().join("out")), before);
}

/// A small disk that is unmounted when dropped.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    /// `None` if this process may not mount.
    fn mount(at: &'a Path, size: &str) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let size = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).stderr(Stdio::null());
        let mounted = mount.status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(at))
    }

    fn grow(&self, size: &str) {
        let size = format!("remount,size={size}");
        assert!(Command::new("mount").args(["-o", &size]).arg(self.0).status().unwrap().success());
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(self.0).status());
    }
}

#[test]
fn a_full_disk_ends_a_run_with_one_clear_line_and_what_was_done_stays() {
    let place = Place::with(STUDY);
    let at = place.path().join("disk");
    let Some(disk) = Disk::mount(&at, "1m") else {
        return support::leave_out("a small disk, which this process may not mount");
    };
    let outcome =
        rarefy(place.path(), &["study", "run", "study.toml", "--out", "disk/out", "--quiet"]);
    let line = outcome.failure(1);
    assert!(line.contains("No space left on device") && line.contains("cannot write"), "{line}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    let before = records(&at.join("out"));
    assert!(!before.is_empty() && before.len() < TRIALS, "{}", before.len());
    disk.grow("64m");
    assert_eq!(place.run("disk/out")["computed"], TRIALS - before.len());
    let now = records(&at.join("out"));
    assert!(before.iter().all(|(name, record)| now[name] == *record));
    place.run("whole");
    assert!(place.tables("disk/out") == place.tables("whole"));
}
