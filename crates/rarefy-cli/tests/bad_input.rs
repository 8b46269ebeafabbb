//! Errors are one line that names what is wrong, and leave no half-written files.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use support::rarefy;

/// A folder with good training and test data and a small model.
fn workplace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "train.csv", "string,valid\nBTE,1\nBPE,0\nBTTE,1\nBPPE,0\n");
    let arguments = [
        "train",
        "--train",
        "train.csv",
        "--test",
        "train.csv",
        "--cell",
        "gru",
        "--layers",
        "3",
        "--epochs",
        "1",
        "--out",
        "model.safetensors",
        "--json",
    ];
    rarefy(folder.path(), &arguments).json();
    folder
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    std::fs::write(folder.join(name), content).unwrap();
}

/// Every file below `folder`, with its content.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
            found.insert(path, None);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.insert(path, Some(bytes));
        }
    }
    found
}

/// Runs a command that must fail with `code`, print all of `says`, and change no file.
fn refused(folder: &Path, arguments: &[&str], code: i32, says: &[&str]) {
    let before = contents(folder);
    let outcome = rarefy(folder, arguments);
    let message = outcome.failure(code);
    let all = &outcome.stderr;
    for word in says {
        assert!(message.contains(word), "{arguments:?} should say '{word}':\n{all}");
    }
    assert!(!all.contains("panicked"), "{all}");
    assert!(contents(folder) == before, "{arguments:?} changed something");
    assert!(all.matches("os error").count() <= 1, "said twice: {all}");
}

#[test]
fn data_files_that_are_no_data_are_refused() {
    let folder = workplace();
    let here = folder.path();
    let files: [(&str, &[u8], &[&str]); 9] = [
        ("empty.csv", b"", &["empty.csv", "empty"]),
        ("header.csv", b"string,valid\n", &["header.csv"]),
        ("column.csv", b"text,valid\nBTE,1\n", &["column.csv", "\"string\"", "\"text\""]),
        ("blank.csv", b"string,valid\nBTE,1\n,1\n", &["blank.csv", "3", "empty"]),
        ("label.csv", b"string,valid\nBTE,1\nBPE,2\n", &["label.csv", "2", "\"2\""]),
        (
            "character.csv",
            "string,valid\nBTE,1\nB\u{e9}E,1\n".as_bytes(),
            &["character.csv", "2", "\u{e9}"],
        ),
        ("ragged.csv", b"string,valid\nBTE,1\nBPE\n", &["ragged.csv", "3"]),
        ("bytes.csv", b"string,valid\n\xff\xfe,1\n", &["bytes.csv", "UTF-8"]),
        ("nolabel.csv", b"string,valid\nBTE,\n", &["nolabel.csv", "2", "label"]),
    ];
    let long = format!("string,valid\nBTE,1\n{},1\n", "T".repeat(200_000));
    write(here, "long.csv", long);
    refused(
        here,
        &["eval", "model.safetensors", "--test", "long.csv"],
        1,
        &["long.csv", "row 2", "200000"],
    );
    for (name, content, says) in files {
        write(here, name, content);
        refused(here, &["eval", "model.safetensors", "--test", name], 1, says);
    }
    let train = |train| {
        [
            "train",
            "--train",
            train,
            "--test",
            "train.csv",
            "--cell",
            "gru",
            "--epochs",
            "1",
            "--out",
            "out.safetensors",
        ]
    };
    refused(here, &train("missing.csv"), 1, &["missing.csv"]);
    refused(here, &train("empty.csv"), 1, &["empty.csv"]);
    refused(here, &train("column.csv"), 1, &["column.csv"]);
    refused(here, &["data", "describe", "missing.csv"], 1, &["missing.csv"]);
    write(here, "one.csv", "string,valid\nBTE,1\nBPE,1\n");
    refused(here, &train("one.csv"), 1, &["one.csv", "\"1\"", "at least two"]);
    let unseen = [
        "train",
        "--train",
        "train.csv",
        "--test",
        "label.csv",
        "--cell",
        "gru",
        "--out",
        "out.safetensors",
    ];
    refused(here, &unseen, 1, &["label.csv", "\"2\""]);
}

#[test]
fn numbers_out_of_range_are_wrong_use() {
    let folder = workplace();
    let here = folder.path();
    for percent in ["-1", "100.1", "NaN", "many"] {
        let arguments =
            ["prune", "model.safetensors", "--percent", percent, "--out", "out.safetensors"];
        refused(here, &arguments, 2, &["--percent", percent, "0 to 100"]);
    }
    let train = |option, value| {
        [
            "train",
            "--train",
            "train.csv",
            "--test",
            "train.csv",
            "--cell",
            "gru",
            "--out",
            "out.safetensors",
            option,
            value,
        ]
    };
    refused(here, &train("--layers", "50,0"), 2, &["--layers", "'0'", "at least 1"]);
    // Sizes whose product overflows an integer, and sizes too large for any memory.
    for layers in ["5,4611686018427387904,5", "100000", "99999999999"] {
        refused(here, &train("--layers", layers), 1, &["more than", "parameters"]);
    }
    refused(here, &train("--batch", "0"), 2, &["--batch"]);
    refused(here, &train("--epochs", "0"), 2, &["--epochs"]);
    refused(here, &train("--lr", "-0.1"), 2, &["--lr"]);
    refused(here, &train("--clip", "0"), 2, &["--clip", "above 0"]);
    refused(here, &train("--init", "zeros"), 2, &["--init", "zeros"]);
    refused(here, &train("--clip-by", "max"), 2, &["--clip-by", "max"]);
    refused(here, &train("--optimizer", "adagrad"), 2, &["--optimizer", "adagrad"]);
    refused(here, &train("--weight-decay", "-1"), 2, &["--weight-decay", "0 or more"]);
    refused(here, &train("--weight-decay", "0.1"), 2, &["weight decay of 0.1", "adamw or sgd"]);
    refused(here, &train("--momentum", "1"), 2, &["--momentum", "less than 1"]);
    refused(here, &train("--momentum", "0.9"), 2, &["momentum of 0.9", "sgd"]);
    refused(here, &train("--validation", "1"), 2, &["--validation"]);
    refused(here, &train("--patience", "0"), 2, &["--patience"]);
    refused(here, &train("--patience", "2"), 2, &["--patience", "--validation"]);
    refused(here, &train("--schedule", "step"), 2, &["--schedule", "step"]);
    refused(here, &train("--class-weights", "0.5"), 2, &["--class-weights"]);
    refused(here, &train("--seeds", "0"), 2, &["--seeds"]);
    let cell = [
        "train",
        "--train",
        "train.csv",
        "--test",
        "train.csv",
        "--cell",
        "cnn",
        "--out",
        "out.safetensors",
    ];
    refused(here, &cell, 2, &["'cnn'", "--cell"]);
    // The label is on the line below.
    let said = rarefy(here, &cell).stderr;
    assert!(said.contains("[possible values: rnn_tanh, rnn_relu, gru, lstm]"), "{said}");
}

#[test]
fn models_that_are_no_models_are_refused() {
    let folder = workplace();
    let here = folder.path();
    let eval = |model| ["eval", model, "--test", "train.csv"];
    refused(here, &eval("missing.safetensors"), 1, &["missing.safetensors"]);
    refused(here, &eval("missing.pt"), 1, &["missing.pt"]);
    write(here, "empty.safetensors", "");
    refused(here, &eval("empty.safetensors"), 1, &["empty.safetensors"]);
    write(here, "empty.pt", "");
    refused(here, &eval("empty.pt"), 1, &["empty.pt"]);
    let whole = std::fs::read(here.join("model.safetensors")).unwrap();
    write(here, "cut.safetensors", &whole[..whole.len() - 100]);
    refused(here, &eval("cut.safetensors"), 1, &["cut.safetensors"]);
    refused(here, &eval("train.csv"), 1, &["train.csv"]);
    // A protocol 2 pickle of os.system("true"). No part of it may run.
    let evil = b"\x80\x02cos\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03.";
    write(here, "evil.pt", evil);
    refused(here, &eval("evil.pt"), 1, &["evil.pt"]);
    let prune = ["prune", "cut.safetensors", "--percent", "50", "--out", "out.safetensors"];
    refused(here, &prune, 1, &["cut.safetensors"]);
}

#[test]
fn a_model_file_with_impossible_sizes_is_refused() {
    let folder = workplace();
    let here = folder.path();
    let whole = std::fs::read(here.join("model.safetensors")).unwrap();
    // The replacement has the same number of digits, so that the lengths in the file stay right.
    for (from, to) in [("\\\"size\\\":3", "\\\"size\\\":0"), ("\\\"size\\\":3", "\\\"size\\\":9")] {
        write(here, "hostile.safetensors", replace(&whole, from.as_bytes(), to.as_bytes()));
        let arguments = ["eval", "hostile.safetensors", "--test", "train.csv"];
        refused(here, &arguments, 1, &["hostile.safetensors"]);
    }
    let huge = format!("\\\"size\\\":{}", 1_u64 << 62);
    let grown = huge.len() - "\\\"size\\\":3".len();
    let length = u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    let header = String::from_utf8(whole[8..8 + length].to_vec()).unwrap();
    let header = header.replacen("\\\"size\\\":3", &huge, 1);
    let length = ((length + grown) as u64).to_le_bytes();
    let file = [&length, header.as_bytes(), &whole[8 + header.len() - grown..]].concat();
    write(here, "huge.safetensors", file);
    let arguments = ["eval", "huge.safetensors", "--test", "train.csv"];
    refused(here, &arguments, 1, &["huge.safetensors", "more than"]);
}

#[test]
fn published_models_that_were_damaged_are_refused() {
    let Some(thesis) = support::thesis_dir() else { return };
    let folder = workplace();
    let here = folder.path();
    let whole = std::fs::read(thesis.join("weights/stack/gru.pt")).unwrap();
    let eval =
        |model, more: &[&'static str]| [&["eval", model, "--test", "train.csv"], more].concat();
    write(here, "cut.pt", &whole[..whole.len() / 2]);
    refused(here, &eval("cut.pt", &[]), 1, &["cut.pt", "truncated"]);
    let renamed = replace(&whole, b"embedding.weight", b"embedding.height");
    write(here, "names.pt", renamed);
    refused(here, &eval("names.pt", &[]), 1, &["names.pt", "embedding.weight", "embedding.height"]);
    let global = replace(&whole, b"_rebuild_tensor_v2", b"_rebuild_tensor_vX");
    write(here, "global.pt", global);
    refused(here, &eval("global.pt", &[]), 1, &["global.pt", "_rebuild_tensor_vX"]);
    write(here, "gru.pt", &whole);
    refused(here, &eval("gru.pt", &["--cell", "lstm"]), 1, &["gru.pt", "lstm"]);
    let plain = std::fs::read(thesis.join("weights/stack/rnn_tanh.pt")).unwrap();
    write(here, "plain.pt", plain);
    refused(here, &eval("plain.pt", &[]), 1, &["plain.pt", "--cell rnn_tanh or --cell rnn_relu"]);
    let graph = std::fs::read(thesis.join("weights/graph/GRU/barabasi_albert_0.pt")).unwrap();
    write(here, "graph.pt", graph);
    refused(here, &eval("graph.pt", &[]), 1, &["graph.pt", "graph"]);
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = bytes.windows(from.len()).position(|window| window == from).expect("it is there");
    [&bytes[..at], to, &bytes[at + to.len()..]].concat()
}

#[test]
fn training_that_diverges_writes_no_model() {
    let folder = workplace();
    let arguments = [
        "train",
        "--train",
        "train.csv",
        "--test",
        "train.csv",
        "--cell",
        "rnn_relu",
        "--layers",
        "4,4",
        "--lr",
        "1e30",
        "--batch",
        "1",
        "--out",
        "out.safetensors",
        "--quiet",
    ];
    refused(
        folder.path(),
        &arguments,
        1,
        &["not finite", "epoch 1, batch", "--lr 1e30", "no model was written"],
    );
}

#[test]
fn a_place_that_cannot_be_written_is_said_before_the_work() {
    let folder = workplace();
    let arguments = |out| {
        ["train", "--train", "train.csv", "--test", "train.csv", "--cell", "gru", "--out", out]
    };
    // A file where a folder should be, and a folder where a file should be.
    refused(
        folder.path(),
        &arguments("train.csv/model.safetensors"),
        1,
        &["train.csv/model.safetensors"],
    );
    refused(folder.path(), &arguments("."), 1, &["cannot write", "folder"]);
    refused(folder.path(), &arguments("new/"), 2, &["new/", "name of a file"]);
    refused(folder.path(), &arguments("model.pt"), 2, &["model.pt", ".safetensors"]);
    let itself = ["prune", "model.safetensors", "--percent", "5", "--out", "./model.safetensors"];
    refused(folder.path(), &itself, 1, &["./model.safetensors", "another name"]);
    let reproduce = ["reproduce", "--scale", "smoke", "--out", "train.csv"];
    refused(folder.path(), &reproduce, 2, &["train.csv", "a folder is written"]);
    let missing = [
        "train",
        "--train",
        "no.csv",
        "--test",
        "no.csv",
        "--cell",
        "gru",
        "--out",
        "a/b.safetensors",
    ];
    refused(folder.path(), &missing, 1, &["no.csv"]);
    refused(folder.path(), &["report", "nowhere"], 1, &["nowhere", "no results"]);
}

#[test]
fn weights_that_the_last_update_spoilt_are_not_written() {
    let folder = workplace();
    let arguments = [
        "train",
        "--train",
        "train.csv",
        "--test",
        "train.csv",
        "--cell",
        "rnn_relu",
        "--layers",
        "5",
        "--epochs",
        "1",
        "--lr",
        "1e38",
        "--out",
        "out.safetensors",
        "--quiet",
    ];
    refused(folder.path(), &arguments, 1, &["not finite after epoch 1", "no model was written"]);
}

#[test]
fn an_instruction_set_that_is_not_there_is_refused() {
    let folder = workplace();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_rarefy"))
        .current_dir(folder.path())
        .args(["eval", "model.safetensors", "--test", "train.csv"])
        .env("RAREFY_INSTRUCTION_SET", "avx2048")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("'avx2048': this machine has"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
}
