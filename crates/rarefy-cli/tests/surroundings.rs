//! Where results go and what may already be there: links, devices, FIFOs, files of other users,
//! stray files, edited records, and files that name other files.

mod support;

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::rarefy;

/// A command that writes a graph to a file.
const TO: [&str; 6] = ["graph", "generate", "--family", "path", "--nodes", "4"];

const STUDY: &str = "
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
const TRIALS: usize = 6;

fn place() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs the program in a shell, which may set things up first.
fn shell(folder: &Path, line: &str) -> std::process::Output {
    let program = format!("rarefy() {{ '{}' \"$@\"; }}\n", env!("CARGO_BIN_EXE_rarefy"));
    let mut command = Command::new("sh");
    command.args(["-c", &(program + line)]).current_dir(folder).stdin(Stdio::null());
    command.output().unwrap()
}

fn write_to(folder: &Path, out: &str) -> support::Outcome {
    rarefy(folder, &[&TO[..], &["--out", out]].concat())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_link_is_followed_and_stays() {
    let place = place();
    fs::create_dir(place.path().join("far")).unwrap();
    symlink("far/graph.json", place.path().join("link.json")).unwrap();
    for _ in 0..2 {
        assert_eq!(write_to(place.path(), "link.json").code, 0);
        assert!(place.path().join("link.json").is_symlink());
        assert!(fs::read_to_string(place.path().join("far/graph.json")).unwrap().contains("edges"));
    }
    symlink("circle.json", place.path().join("circle.json")).unwrap();
    let outcome = write_to(place.path(), "circle.json");
    assert!(outcome.failure(1).contains("circle.json"), "{}", outcome.stderr);
    assert!(place.path().join("circle.json").is_symlink());
}

#[test]
fn what_is_no_regular_file_is_written_to_and_never_replaced() {
    let place = place();
    let at = |name: &str| place.path().join(name);
    write_to(place.path(), "whole.json");
    let whole = fs::read(at("whole.json")).unwrap();

    assert!(Command::new("mkfifo").arg(at("fifo.json")).status().unwrap().success());
    let reader = Command::new("cat").arg(at("fifo.json")).stdout(Stdio::piped()).spawn().unwrap();
    assert_eq!(write_to(place.path(), "fifo.json").code, 0);
    assert_eq!(reader.wait_with_output().unwrap().stdout, whole);
    assert!(at("fifo.json").symlink_metadata().unwrap().file_type().is_fifo());

    // A device with the numbers of /dev/null in this folder; only root may create it.
    let made = Command::new("mknod").arg(at("null.json")).args(["c", "1", "3"]).output().unwrap();
    if made.status.success() && fs::write(at("null.json"), "x").is_ok() {
        assert_eq!(write_to(place.path(), "null.json").code, 0);
        assert!(at("null.json").metadata().unwrap().file_type().is_char_device());
    }

    // A file that the shell has open, with a position of its own.
    symlink("/dev/stdout", at("stdout.json")).unwrap();
    let line = format!("{{ rarefy {} --out stdout.json; echo after; }} > out", TO.join(" "));
    shell(place.path(), &line);
    let out = fs::read(at("out")).unwrap();
    assert!(out.starts_with(&whole) && out.ends_with(b"after\n"), "{:?}", String::from_utf8(out));
}

#[test]
fn new_files_follow_the_umask_and_old_ones_keep_their_mode() {
    let place = place();
    let at = |name: &str| place.path().join(name);
    fs::write(at("secret.json"), "old").unwrap();
    fs::set_permissions(at("secret.json"), fs::Permissions::from_mode(0o640)).unwrap();
    fs::write(at("study.toml"), STUDY).unwrap();
    for (umask, file, folder) in [("077", 0o600, 0o700), ("002", 0o664, 0o775)] {
        let make = |out: &str| format!("rarefy {} --out {out} || exit 1\n", TO.join(" "));
        let line = format!(
            "umask {umask}\n{}{}rarefy study run study.toml --out study-{umask} --quiet",
            make(&format!("new-{umask}/graph.json")),
            make("secret.json"),
        );
        let output = shell(place.path(), &line);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(mode(&at(&format!("new-{umask}/graph.json"))), file);
        assert_eq!(mode(&at(&format!("new-{umask}"))), folder);
        assert_eq!(mode(&at("secret.json")), 0o640);
        let mut seen = 0;
        each(&at(&format!("study-{umask}")), &mut |path| {
            assert_eq!(mode(path), if path.is_dir() { folder } else { file }, "{path:?}");
            seen += 1;
        });
        assert!(seen > TRIALS);
    }
}

/// Calls `look` for every file and folder below `folder`.
fn each(folder: &Path, look: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        look(&path);
        if path.is_dir() {
            each(&path, look);
        }
    }
}

/// Two users and their group, as numbers that need no names. Only root can act as both.
const GROUP: &str = "54321";
const USERS: [&str; 2] = ["54322", "54323"];

fn as_user(user: &str, folder: &Path, out: &str, umask: &str) -> Child {
    let program = env!("CARGO_BIN_EXE_rarefy");
    let line = format!(
        "umask {umask}; exec setpriv --reuid {user} --regid {GROUP} --clear-groups '{program}' study run \
         study.toml --out {out} --quiet"
    );
    let mut command = Command::new("sh");
    command.args(["-c", &line]).current_dir(folder);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn two_users_share_a_study_and_one_of_them_is_killed() {
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let there = Command::new("setpriv").arg("--version").output().is_ok();
    if !root {
        return support::leave_out("root, who alone can be two users");
    }
    if !there {
        return support::skip("setpriv");
    }
    let place = place();
    let at = |name: &str| place.path().join(name);
    // The program may be in a folder that other users cannot enter.
    let reach = Command::new("setpriv")
        .args(["--reuid", USERS[0], "--regid", GROUP, "--clear-groups"])
        .args([env!("CARGO_BIN_EXE_rarefy"), "--version"])
        .output();
    if !reach.unwrap().status.success() {
        let program = env!("CARGO_BIN_EXE_rarefy");
        return support::leave_out(&format!("a user besides root who can start {program}"));
    }
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let study = STUDY
        .replace("count = 200", "count = 2000")
        .replace("epochs = 1\nretrain", "epochs = 4\nretrain")
        .replace("percent = [50, 90]", "percent = { from = 10, to = 90, step = 10 }");
    fs::write(at("study.toml"), study).unwrap();
    assert_eq!(
        rarefy(place.path(), &["study", "run", "study.toml", "--out", "whole", "--quiet"]).code,
        0
    );

    // With one umask both can read each other's claims, with the other neither can.
    for (umask, file) in [("002", 0o664), ("007", 0o660)] {
        let out = at(&format!("shared-{umask}"));
        fs::create_dir(&out).unwrap();
        std::os::unix::fs::chown(&out, None, Some(GROUP.parse().unwrap())).unwrap();
        fs::set_permissions(&out, fs::Permissions::from_mode(0o2775)).unwrap();
        let name = out.file_name().unwrap().to_str().unwrap().to_owned();
        let mut one = as_user(USERS[0], place.path(), &name, umask);
        let mut two = as_user(USERS[1], place.path(), &name, umask);
        let deadline = Instant::now() + Duration::from_secs(60);
        while records(&out).is_empty() && one.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "no progress");
            std::thread::sleep(Duration::from_millis(2));
        }
        one.kill().unwrap();
        one.wait().unwrap();
        let mut said = String::new();
        let two_said = two.stderr.take().unwrap();
        std::io::Read::read_to_string(&mut { two_said }, &mut said).unwrap();
        assert!(two.wait().unwrap().success(), "{said}");
        let [shared, whole] = [&out, &at("whole")].map(|folder| {
            records(folder).iter().map(|path| without_times(path)).collect::<Vec<_>>()
        });
        assert_eq!(shared, whole);
        for table in ["records.csv", "curves.csv"] {
            let [shared, whole] =
                [&out, &at("whole")].map(|folder| fs::read(folder.join(table)).unwrap());
            assert!(shared == whole, "{table}");
        }
        each(&out, &mut |path| {
            assert!(!path.to_string_lossy().contains(".claim-"), "{path:?}");
            if path.is_file() && !path.to_string_lossy().contains(".partial") {
                assert_eq!(mode(path), file, "{path:?}");
            }
        });
    }
}

/// The records in a folder, in the order of their names.
fn records(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let trials = folder.join("trials");
    if trials.is_dir() {
        each(&trials, &mut |path| {
            if path.extension().is_some_and(|end| end == "json") {
                found.push(path.to_owned());
            }
        });
    }
    found.sort_by_key(|path| path.file_name().map(ToOwned::to_owned));
    found
}

fn without_times(path: &Path) -> Value {
    let mut record: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    record.as_object_mut().unwrap().remove("seconds");
    record
}

#[test]
fn a_record_that_was_edited_is_computed_again_and_one_without_a_hash_is_taken() {
    let place = place();
    let at = |name: &str| place.path().join(name);
    fs::write(at("study.toml"), STUDY).unwrap();
    let run = || rarefy(place.path(), &["study", "run", "study.toml", "--out", "out", "--json"]);
    assert_eq!(run().json()["computed"], TRIALS);
    let tables = fs::read(at("out/records.csv")).unwrap();
    let path = records(&at("out")).pop().unwrap();
    let written = without_times(&path);
    let change = |change: &dyn Fn(&mut Value)| {
        let mut record: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut record);
        fs::write(&path, record.to_string()).unwrap();
    };
    let changes: [&dyn Fn(&mut Value); 5] = [
        &|record| record["epochs"][0]["test"]["correct"] = 1.into(),
        &|record| record["epochs"] = Value::Array(Vec::new()),
        &|record| record["epochs"][0]["test"]["loss_mean"] = 0.25.into(),
        // As older versions wrote them, and changed afterwards.
        &|record| {
            record.as_object_mut().unwrap().remove("results");
            record["epochs"] = Value::Array(Vec::new());
        },
        &|record| {
            record.as_object_mut().unwrap().remove("results");
            record["epochs"][0]["test"]["count"] = 0.into();
        },
    ];
    for edit in changes {
        change(edit);
        let status = rarefy(place.path(), &["study", "status", "out", "--json"]).json();
        assert_eq!(status["damaged"].as_array().unwrap().len(), 1, "{status}");
        let again = run();
        assert_eq!(again.json()["computed"], 1);
        assert!(
            again.stderr.contains(path.file_name().unwrap().to_str().unwrap()),
            "{}",
            again.stderr
        );
        assert_eq!(without_times(&path), written);
    }
    change(&|record| drop(record.as_object_mut().unwrap().remove("results")));
    assert_eq!(run().json()["computed"], 0);
    assert!(fs::read(at("out/records.csv")).unwrap() == tables);
}

#[test]
fn litter_of_killed_processes_is_swept_when_it_is_old() {
    let place = place();
    fs::write(place.path().join("study.toml"), STUDY).unwrap();
    let run = ["study", "run", "study.toml", "--out", "out", "--quiet"];
    assert_eq!(rarefy(place.path(), &run).code, 0);
    let litter = ["", "data", "models", "models/ab", "trials/ab"].map(|folder| {
        let folder = place.path().join("out").join(folder);
        fs::create_dir_all(&folder).unwrap();
        let old = folder.join(".rarefy-abcdef.partial");
        fs::write(&old, "half").unwrap();
        let file = fs::File::options().write(true).open(&old).unwrap();
        file.set_modified(std::time::SystemTime::now() - Duration::from_secs(3600)).unwrap();
        fs::write(folder.join(".rarefy-ghijkl.partial"), "of somebody who writes now").unwrap();
        folder
    });
    assert_eq!(rarefy(place.path(), &run).code, 0);
    for folder in litter {
        assert!(!folder.join(".rarefy-abcdef.partial").exists(), "{folder:?}");
        assert!(folder.join(".rarefy-ghijkl.partial").exists(), "{folder:?}");
    }
}

/// Writes two files of strings and a model that was trained on them.
fn trained(folder: &Path) {
    for arguments in [
        &["data", "reber", "--count", "200", "--out", "data"][..],
        &["train", "--train", "data/train_data.csv", "--test", "data/test_data.csv"],
    ] {
        let more: &[&str] = match arguments[0] {
            "train" => {
                &["--cell", "GRU", "--layers", "2", "--epochs", "1", "--out", "base.safetensors"]
            }
            _ => &[],
        };
        let outcome = rarefy(folder, &[arguments, more].concat());
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    }
    let prune = ["prune", "base.safetensors", "--percent", "50", "--out", "sub/pruned.safetensors"];
    let outcome = rarefy(folder, &prune);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}

const RECOVER: [&str; 7] =
    ["recover", "--train", "data/train_data.csv", "--test", "data/test_data.csv", "--epochs", "1"];

#[test]
fn a_pruned_model_names_its_base_by_the_way_from_its_own_folder() {
    let (one, two) = (place(), place());
    trained(one.path());
    trained(two.path());
    let [a, b] = [&one, &two].map(|at| fs::read(at.path().join("sub/pruned.safetensors")).unwrap());
    assert!(a == b, "the folder is in neither");
    // Files that are moved together find each other, and so does what recover writes elsewhere.
    let moved = one.path().join("moved");
    fs::create_dir(&moved).unwrap();
    for name in ["base.safetensors", "sub", "data"] {
        fs::rename(one.path().join(name), moved.join(name)).unwrap();
    }
    let run = |model: &str| {
        let out = ["--out", "other/folder/recovered.safetensors"];
        rarefy(&moved, &[&RECOVER[..], &[model], &out].concat())
    };
    for model in ["sub/pruned.safetensors", "other/folder/recovered.safetensors"] {
        let outcome = run(model);
        assert_eq!(outcome.code, 0, "{model}: {}", outcome.stderr);
    }
}

#[test]
fn a_model_that_names_a_device_or_a_fifo_has_nothing_of_it_read() {
    let place = place();
    trained(place.path());
    let case = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases/attack/model_names_dev_zero.safetensors");
    let outcome = rarefy(place.path(), &[&RECOVER[..], &[case.to_str().unwrap()]].concat());
    let error = outcome.failure(1);
    assert!(error.contains("/dev/zero") && error.contains("regular file"), "{error}");
    assert!(error.contains("--baseline"), "{error}");
    // Opening a FIFO would wait for a writer.
    fs::remove_file(place.path().join("base.safetensors")).unwrap();
    let fifo = place.path().join("base.safetensors");
    assert!(Command::new("mkfifo").arg(fifo).status().unwrap().success());
    let outcome = rarefy(place.path(), &[&RECOVER[..], &["sub/pruned.safetensors"]].concat());
    assert!(outcome.failure(1).contains("regular file"), "{}", outcome.stderr);
}
