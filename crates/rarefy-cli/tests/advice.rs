//! Errors and notes that say what to do next: each command is a mistake that people make, or data
//! that look like one.

mod support;

use std::fs;
use std::path::Path;

use support::{Outcome, rarefy};

/// Runs a command whose arguments are separated by blanks.
fn run(folder: &Path, command: &str) -> Outcome {
    rarefy(folder, &command.split_whitespace().collect::<Vec<_>>())
}

/// Checks that each command fails and that its error has these words.
fn refused(folder: &Path, cases: &[(&str, &str)]) {
    for (command, says) in cases {
        let outcome = run(folder, command);
        assert_ne!(outcome.code, 0, "{command}");
        assert!(outcome.stderr.contains(says), "{command}\n{}", outcome.stderr);
    }
}

const COLUMNS: &str = "--series-columns x --id id --label-column y";
const TRAIN: &str = "--cell gru --layers 4 --epochs 1 --quiet";

/// `rarefy train` on one file, for training and for the test.
fn train(file: &str, more: &str) -> String {
    format!("train --train {file} --test {file} {TRAIN} --out m.safetensors {more}")
}

#[test]
fn numbers_of_a_table_by_columns_are_numbers_and_the_model_says_whether_each_step_has_one() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let write = |name: &str, numbers: [&str; 4]| {
        let [a, b, c, d] = numbers;
        let rows = format!("id,x,y\na,1,{a}\na,2,{b}\nb,3,{c}\nb,4,{d}\n");
        fs::write(here.join(name), rows).unwrap();
    };
    write("same.csv", ["150", "150", "25.5", "25.50"]);
    write("steps.csv", ["150", "151", "25.5", "25.5"]);
    write("equal.csv", ["1", "1", "1", "1"]);
    write("empty.csv", ["150", "", "25.5", "25.5"]);
    let numbers = format!("{COLUMNS} --task numbers");
    let described = run(here, &format!("data describe same.csv {numbers} --json"));
    assert_eq!(described.json()["labels"][0]["label"], "numbers for each sequence");
    assert_eq!(described.json()["labels"].as_array().unwrap().len(), 1);
    assert!(described.stderr.contains("have mean 87.7"), "{}", described.stderr);
    // A model of numbers at each step reads both files, a model of one per series only the first.
    let count = |data: &str| {
        run(here, &format!("eval m.safetensors --test {data} {COLUMNS} --json")).json()["count"]
            .as_u64()
    };
    assert_eq!(run(here, &train("steps.csv", &numbers)).code, 0);
    assert_eq!((count("same.csv"), count("steps.csv")), (Some(4), Some(4)));
    assert_eq!(run(here, &train("same.csv", &numbers)).code, 0);
    assert_eq!(count("same.csv"), Some(2));
    let other = format!("eval m.safetensors --test steps.csv {COLUMNS}");
    let missing = format!("data describe empty.csv {numbers}");
    refused(
        here,
        &[
            (&other, "numbers at each step: expected numbers for each sequence"),
            (&missing, "empty.csv, line 3: \"y\" is \"\": missing values are not supported"),
        ],
    );
    let equal = run(here, &format!("eval m.safetensors --test equal.csv {COLUMNS}"));
    assert!(equal.stderr.contains("all numbers to answer are equal, so R²"), "{}", equal.stderr);
}

#[test]
fn labels_that_are_missing_or_of_another_kind_are_told_with_what_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let write = |name: &str, text: &str| fs::write(here.join(name), text).unwrap();
    write("numbers.ts", "@targetLabel true\n@data\n1,2:0.5\n2,3:1.5\n");
    write("texts.csv", "string,valid\nab,1\n\"b\nc\",0\nba,NaN\n");
    write("words.csv", "string,valid\nab,pita\nba,nan\n");
    write("series.csv", "id,x,y\na,1,0\na,2,0\nb,3,NaN\nb,4,NaN\n");
    write("one.csv", "id,x,y\na,1,0\nb,2,1\nc,3,0\n");
    refused(
        here,
        &[
            (&train("numbers.ts", "--task class"), "numbers (@targetLabel true): expected"),
            (&train("texts.csv", ""), "texts.csv, line 5: the label is NaN"),
            (&train("texts.csv", "--task numbers"), "line 5: \"valid\" is \"NaN\": missing"),
            (&train("series.csv", COLUMNS), "series.csv, line 4: the label is NaN"),
        ],
    );
    assert_eq!(run(here, &train("words.csv", "")).code, 0);
    let described = run(here, &format!("data describe one.csv {COLUMNS}"));
    assert!(described.stderr.contains("is \"id\" rather the number of a row?"));
}
