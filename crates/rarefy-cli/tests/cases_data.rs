//! Files of sequences as users have them: each is read, with a note on what was assumed, or
//! rejected for the right reason.

mod support;

use std::fs;
use std::path::Path;

use support::{Outcome, rarefy};

/// The folder of the cases.
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

fn case(name: &str) -> String {
    format!("{CASES}/data/{name}")
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Trains a small network for one epoch.
fn train(folder: &Path, train: &str, test: &str, more: &[&str]) -> Outcome {
    let usual = ["--cell", "gru", "--layers", "3", "--epochs", "1", "--quiet", "--json"];
    let files = ["train", "--train", train, "--test", test, "--out", "model.safetensors"];
    rarefy(folder, &[&files[..], &usual, more].concat())
}

/// The description of the file's rows, and the notes.
fn described(path: &str, more: &[&str]) -> (serde_json::Value, String) {
    let arguments = [&["data", "describe", path, "--json"], more].concat();
    let outcome = rarefy(Path::new("."), &arguments);
    (outcome.json(), outcome.stderr)
}

/// The error for the file.
fn refused(path: &str, more: &[&str]) -> String {
    let arguments = [&["data", "describe", path], more].concat();
    rarefy(Path::new("."), &arguments).failure(1).to_owned()
}

#[test]
fn a_table_of_ucr_is_read_with_its_label_first_and_series_as_long_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (rows, notes) = described(&case("Ucr_TRAIN.tsv"), &[]);
    assert_eq!((rows["count"].as_u64(), rows["length"]["min"].as_u64()), (Some(3), Some(2)));
    assert_eq!(rows["labels"][0]["label"], "1");
    assert!(notes.contains("no header") && notes.contains("first column"), "{notes}");
    let path = case("Ucr_TRAIN.tsv");
    let outcome = train(folder.path(), &path, &path, &[]);
    outcome.json();
    assert_eq!(outcome.stderr.matches("no header").count(), 1, "{}", outcome.stderr);
    // Recognised by content, whatever the name; and with the label last, as some files have it.
    let path = write(folder.path(), "heartbeats.csv", "0.5,0.25,1.0\n0.25,0.5,0.0\n");
    let (rows, notes) = described(&path, &[]);
    assert_eq!(rows["labels"][1]["label"], "1");
    assert!(notes.contains("last column"), "{notes}");
}

#[test]
fn a_file_of_another_kind_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let arff = refused(&case("A_TRAIN.arff"), &[]);
    assert!(
        arff.contains("ARFF") && arff.contains(".ts") && arff.contains("numpy.savez"),
        "{arff}"
    );
    let utf16: Vec<u8> = "string,valid\na,1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe".as_slice(), &utf16].concat();
    let gzip: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0";
    let workbook = b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0AAAABBBBCCCC\x13\0\0\0[Content_Types].xml";
    for (name, content, says) in [
        ("a.csv", &marked[..], "UTF-16"),
        ("b.txt", &utf16, "UTF-16"),
        ("c.csv", gzip, "gunzip"),
        ("d.csv", workbook, "Excel"),
        ("e.csv", b"PAR1\x15\x04", "Parquet"),
        ("f.csv", b"{\"text\": \"a\", \"label\": 1}\n", "JSON"),
        ("g.csv", b"[\n  {\"text\": \"a\"}]", "JSON"),
        ("h.csv", b"\x89HDF\r\n\x1a\n", "HDF5"),
        ("i.csv", b"\x80\x04\x95", "pickle"),
        ("j.csv", b"string,valid\nna\xefve,1\n", "0xEF, \u{ef} in Latin-1"),
        ("k.csv", b"0,1,2\n1,0.5,0.25\n", "header=False"),
    ] {
        let message = refused(&write(folder.path(), name, content), &[]);
        assert!(message.contains(name) && message.contains(says), "{message}");
    }
    // A .ts and an .npz are recognised under any name.
    let ts = fs::read(case("serieslength0.ts")).unwrap();
    let (rows, _) = described(&write(folder.path(), "x.txt", ts), &[]);
    assert_eq!(rows["length"]["max"], 4);
    let npz = fs::read(case("aeonaxes_TEST.npz")).unwrap();
    described(&write(folder.path(), "x.dat", npz), &[]);
    // Asking for columns of an array is an error that says it has none.
    let columns = ["--series-columns", "a", "--id", "b"];
    let message = refused(&case("aeonaxes_TEST.npz"), &columns);
    assert!(message.contains("series-columns"), "{message}");
}

#[test]
fn semicolons_separate_where_they_split_the_header_into_the_columns() {
    let path = case("semicolon.csv");
    let message = refused(&path, &[]);
    assert!(message.contains("\"text\", \"label\"") && message.contains("';'"), "{message}");
    let columns = ["--text-column", "text", "--label-column", "label"];
    let (rows, notes) = described(&path, &columns);
    assert_eq!((&rows["count"], &rows["length"]["max"]), (&4.into(), &3.into()));
    assert!(notes.contains("semicolons"), "{notes}");
}

#[test]
fn the_header_of_a_ts_is_not_relied_on() {
    for (name, note) in [
        ("serieslength0.ts", ""),
        ("serieslength_float.ts", ""),
        ("labels_comma.ts", "commas"),
        ("classlabel_true_nolabels.ts", "lists no labels"),
    ] {
        let (rows, notes) = described(&case(name), &[]);
        let labels: Vec<_> = (0..2).map(|at| rows["labels"][at]["label"].clone()).collect();
        assert_eq!(labels, ["a", "b"], "{name}");
        assert_eq!(notes.is_empty(), note.is_empty(), "{notes}");
        assert!(notes.contains(note), "{notes}");
    }
}

#[test]
fn arrays_that_look_swapped_get_one_note_and_none_where_axes_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let files = [case("aeonaxes_TRAIN.npz"), case("aeonaxes_TEST.npz")];
    let outcome = train(folder.path(), &files[0], &files[1], &[]);
    outcome.json();
    assert_eq!(outcome.stderr.matches("--axes channels-steps").count(), 1, "{}", outcome.stderr);
    let (rows, notes) = described(&files[0], &["--axes", "channels-steps"]);
    assert_eq!((rows["channels"].as_array().unwrap().len(), notes.as_str()), (1, ""));
}

#[test]
fn a_character_that_training_does_not_have_is_refused_or_an_unknown_one() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let files = [case("unseen_char_train.csv"), case("unseen_char_test.csv")];
    let message = train(here, &files[0], &files[1], &[]).failure(1).to_owned();
    assert!(message.contains("row 1") && message.contains("--min-count 1"), "{message}");
    train(here, &files[0], &files[1], &["--min-count", "1"]).json();
    let eval = rarefy(here, &["eval", "model.safetensors", "--test", &files[1], "--json"]).json();
    assert_eq!(eval["count"], 2);
    // The same in a study, and in an exported program.
    let study = format!(
        "[data]\ntrain = {:?}\ntest = {:?}\nmin_count = 2\n[base]\nepochs = 1\ncell = \"gru\"\n\
         layers = [2]\nvalidation_share = 0.0\njudge = \"test\"\n[axes]\nseed = [1]\n",
        files[0], files[1]
    );
    write(here, "s.toml", study);
    let run = rarefy(here, &["study", "run", "s.toml", "--out", "s", "--quiet"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let export = ["export", "model.safetensors", "--format", "c", "--out", "m.c"];
    assert_eq!(rarefy(here, &export).code, 0);
    let program = fs::read_to_string(here.join("m.c")).unwrap();
    assert!(program.contains("characters[low] == character ? low : 1;"), "{program}");
    let fewer = [&export[..], &["--characters", "abc"]].concat();
    assert_eq!(rarefy(here, &fewer).code, 0);
    let unknown = [&export[..], &["--characters", "abq"]].concat();
    assert!(rarefy(here, &unknown).failure(1).contains("'q'"));
}

#[test]
fn a_column_of_ids_as_labels_is_noted_and_a_hundred_thousand_are_refused() {
    let columns = ["--text-column", "text", "--label-column", "label"];
    let (rows, notes) = described(&case("ids5k.csv"), &columns);
    assert_eq!(rows["count"], 5000);
    assert!(notes.contains("5000 labels occur in only one of 5000 rows"), "{notes}");
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..100_000).map(|row| format!("a,{row}\n")).collect();
    let path = write(folder.path(), "labels.csv", format!("string,valid\n{rows}"));
    let outcome = train(folder.path(), &path, &path, &[]);
    assert!(outcome.failure(1).contains("100000 different labels"), "{}", outcome.stderr);
}

/// Two recordings of each of two activities, with two channels and one row per step.
const READINGS: &str = "t,recording,activity,ax,ay\n\
    2,1,run,0.5,1\n1,1,run,0.75,2\n1,2,walk,-0.25,1\n2,2,walk,0.5,1\n\
    1,3,run,0.5,1.5\n2,3,run,1,0\n1,4,walk,-2,3\n2,4,walk,1,1\n3,4,walk,1,1\n";

#[test]
fn a_step_per_row_makes_series_in_every_command_and_in_studies() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let path = write(here, "readings.csv", READINGS);
    let columns = [
        "--series-columns",
        "ax,ay",
        "--id",
        "recording",
        "--label-column",
        "activity",
        "--time",
        "t",
    ];
    let (rows, notes) = described(&path, &columns);
    assert_eq!((&rows["count"], &rows["length"]["max"], &*notes), (&4.into(), &3.into(), ""));
    assert_eq!(rows["channels"][0]["min"], -2.0);
    train(here, &path, &path, &columns).json();
    let test = ["eval", "model.safetensors", "--test", &path, "--json"];
    assert_eq!(rarefy(here, &[&test[..], &columns].concat()).json()["count"], 4);
    let study = format!(
        "[data]\ntrain = {path:?}\ntest = {path:?}\nseries_columns = [\"ax\", \"ay\"]\n\
         id = \"recording\"\ntime = \"t\"\nlabel_column = \"activity\"\n[base]\nepochs = 1\n\
         cell = \"gru\"\nlayers = [2]\nvalidation_share = 0.0\njudge = \"test\"\n[axes]\nseed = [1]\n"
    );
    write(here, "s.toml", study);
    let run = || rarefy(here, &["study", "run", "s.toml", "--out", "s", "--quiet"]);
    assert_eq!(run().code, 0, "{}", run().stderr);
    let prune = ["prune", "model.safetensors", "--percent", "20", "--out", "pruned.safetensors"];
    assert_eq!(rarefy(here, &prune).code, 0);
    let files = ["--train", &path, "--test", &path, "--judge", "test", "--epochs", "1", "--quiet"];
    let recover = [&["recover", "pruned.safetensors"][..], &files, &columns].concat();
    assert_eq!(rarefy(here, &recover).code, 0);
    // Without these options, a note mentions the column of numbers.
    let texts = ["--text-column", "ax", "--label-column", "activity"];
    let (_, notes) = described(&path, &texts);
    assert!(notes.contains("digit by digit") && notes.contains("--series-columns"), "{notes}");
    let outcome = rarefy(here, &["data", "describe", &path, "--series-columns", "ax"]);
    assert!(outcome.failure(2).contains("--id") || outcome.stderr.contains("--id"));
    let both =
        rarefy(here, &[&["data", "describe", &path, "--tokens", "words"], &columns[..]].concat());
    assert!(both.failure(2).contains("tokens is for texts"), "{}", both.stderr);
}

#[test]
fn what_is_no_reading_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let columns = ["--series-columns", "ax,ay", "--id", "recording", "--label-column", "activity"];
    for (row, says) in [
        ("3,4,run,1,1", "line 11: the label of \"4\" is \"run\" here but \"walk\" in line 8"),
        ("3,4,walk,,1", "line 11: \"ax\" is \"\": missing values"),
        ("3,4,walk,1,NaN", "line 11: \"ay\" is \"NaN\": missing values"),
        ("3,4,walk,1,fast", "line 11: \"ay\" is \"fast\""),
    ] {
        let path = write(folder.path(), "bad.csv", format!("{READINGS}{row}\n"));
        let message = refused(&path, &columns);
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn command_line_and_study_files_take_the_same_options() {
    let help = rarefy(Path::new("."), &["train", "--help"]).stdout;
    let study = "[data]\ntrain = \"a\"\nunheard_of = 1\n";
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "s.toml", study);
    let refused = rarefy(folder.path(), &["study", "plan", "s.toml"]);
    let known = [
        "tokens",
        "min_count",
        "text_column",
        "label_column",
        "series_columns",
        "id",
        "time",
        "axes",
    ];
    for key in known {
        let option = format!("--{} <", key.replace('_', "-"));
        assert!(help.contains(&option), "{option}");
        assert!(refused.failure(1).contains(&format!("`{key}`")), "{}", refused.stderr);
    }
}

#[test]
fn labels_cannot_move_the_cursor_of_whoever_reads_about_them() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let path = format!("{CASES}/attack/label_escape.csv");
    train(here, &path, &path, &[]).json();
    let turned = "string,valid\nab,x\u{202e}y\nb,z\u{9b}2J\n";
    let other = write(here, "turned.csv", turned);
    let hostile = |text: &str| {
        text.chars().find(|&one| (one.is_control() && one != '\n') || one == '\u{202e}')
    };
    for arguments in [
        vec!["eval", "model.safetensors", "--test", &path, "--logits", "1"],
        vec!["eval", "model.safetensors", "--test", &other],
        vec!["data", "describe", &path],
        vec!["data", "describe", &other],
        vec!["data", "describe", "no\u{1b}[31m.csv"],
    ] {
        let Outcome { stdout, stderr, .. } = rarefy(here, &arguments);
        assert_eq!((hostile(&stdout), hostile(&stderr)), (None, None), "{stdout}{stderr}");
        assert!(stdout.len() + stderr.len() > 0);
    }
    // Output for programs stays exact.
    let arguments = ["eval", "model.safetensors", "--test", &path, "--json"];
    assert_eq!(rarefy(here, &arguments).json()["labels"][0], "\u{1b}[31mX\u{7}a");
}
