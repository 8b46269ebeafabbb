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
    fs::write(here.join("texts.csv"), "string,valid\nab,1.5\nba,2\n").unwrap();
    let texts = run(here, "data describe texts.csv --task numbers --json").json();
    assert_eq!(texts["labels"][0]["label"], "numbers for each sequence");
    assert_eq!(texts["labels"].as_array().unwrap().len(), 1);
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

#[test]
fn a_text_is_told_how_it_is_learnt_and_what_is_said_without_data_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("t.txt"), "some words, and\nsome more words\n".repeat(3)).unwrap();
    fs::write(here.join("empty.txt"), "").unwrap();
    refused(
        here,
        &[
            (&train("t.txt", ""), "learnt token by token with --task next"),
            (&train("empty.txt", "--task next"), "is empty: expected a text to learn from"),
        ],
    );
    assert_eq!(run(here, &train("t.txt", "--task next")).code, 0);
    let prune = "prune m.safetensors --percent 50 --out p.safetensors";
    let next = format!("{prune} --task next");
    let column = format!("{prune} --label-column y");
    refused(
        here,
        &[
            (&next, "--task says how the --data file is read, but there is none: add --data FILE"),
            (&column, "--label-column says how the --data file is read"),
            (
                "eval m.safetensors --test t.txt --tokens words",
                "unexpected argument '--tokens': it is an option of `rarefy data describe`",
            ),
            ("eval m.safetensors --test t.txt --tokens words", "A model keeps what it was trained"),
        ],
    );
    assert!(!here.join("p.safetensors").exists());
    assert_eq!(run(here, &format!("{next} --data t.txt")).code, 0);
    let read = run(here, "eval m.safetensors --test t.txt --readout last");
    assert_eq!(read.stderr, "note: --readout is ignored: the model answers at each step\n");
}

/// A state dict of a language model without an unknown word, and its words.
#[test]
fn a_word_that_a_language_model_cannot_answer_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let tasks = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tasks");
    fs::copy(tasks.join("next.safetensors"), here.join("next.safetensors")).unwrap();
    // As many words as the fixture has characters.
    fs::write(here.join("words.txt"), "the\na\ncat\nsat\non\nmat\ndog\n").unwrap();
    fs::write(here.join("broken.json"), "{\"the\": 0,, \"a\": 1}").unwrap();
    fs::write(here.join("known.txt"), "the cat sat\non the mat\n").unwrap();
    fs::write(here.join("unknown.txt"), "the cat sat\non the roof the cat sat\n").unwrap();
    fs::write(here.join("rows.csv"), "string\nthe cat sat\non the roof\n").unwrap();
    let eval = |model: &str, test: &str| format!("eval {model} --task next --test {test}");
    let of_words = "next.safetensors --cell gru --vocabulary words.txt";
    let known = run(here, &format!("{} --json", eval(of_words, "known.txt")));
    assert!(known.json()["bits_per_token"].as_f64().unwrap() < 100.0);
    // It is of no importance where an answer at each step is read.
    assert!(!known.stderr.contains("at which step"), "{}", known.stderr);
    let says =
        "unknown.txt, line 2: the word \"roof\" is unknown, and the model has no unknown word";
    let broken = "next.safetensors --cell gru --vocabulary broken.json";
    refused(
        here,
        &[
            (&eval(of_words, "unknown.txt"), says),
            (&eval(of_words, "rows.csv"), "rows.csv, row 2: the word \"roof\" is unknown"),
            (
                &eval(broken, "known.txt"),
                "broken.json: it is not valid JSON (key must be a string at line 1",
            ),
        ],
    );
    // Also once the network was written as a model of its own.
    let prune = format!("prune {of_words} --percent 10 --task next --data known.txt");
    assert_eq!(run(here, &format!("{prune} --out p.safetensors")).code, 0);
    refused(here, &[(&eval("p.safetensors", "unknown.txt"), says)]);
}

#[test]
fn negative_numbers_are_values_that_an_option_refuses_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let whole = |option: &str| {
        format!("invalid value '-1' for '{option} <N>': expected a whole number, 0 or more")
    };
    refused(
        here,
        &[
            ("graph describe g.csv --directed --nulls -1", "-1 is not in 0..=100000"),
            ("prune m.pt --percent 5 --out p --seed -1", &whole("--seed")),
            ("graph from-model m.pt --out g.csv --layer -1", &whole("--layer")),
            ("eval m.pt --test t.txt --batch -1", "expected a whole number, 1 or more"),
            ("graph from-model m.pt --out g.edges", "an edge list, which is not what is written"),
        ],
    );
    // Also where a seed has no effect.
    refused(here, &[("eval m.pt --test t.txt --seed -1", "expected a whole number, 0 or more")]);
}

#[test]
fn edges_of_a_graph_that_has_directions_are_told_how_to_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let write = |name: &str, text: &str| fs::write(here.join(name), text).unwrap();
    write("twice.edges", "# a comment\n0 1\n1 2\n0 1\n");
    write("both.csv", "source,target,weight\n0,1,0.5\n1,2,0\n1,0,2\n1,0,1\n");
    write("weights.csv", "0,1,0.5\n1,2,-1\n");
    refused(
        here,
        &[
            (
                "graph describe twice.edges",
                "twice.edges: line 4: edge (0, 1) occurs more than once",
            ),
            ("graph describe both.csv", "both.csv: line 4: edge (1, 0) occurs more than once"),
            ("graph describe both.csv", "`rarefy graph describe --directed` reads both directions"),
            ("graph describe both.csv --directed", "both.csv: line 5: edge (1, 0) occurs more"),
        ],
    );
    let note = "weights.csv is read without directions and weights: add --directed to read them";
    let described = |more: &str| run(here, &format!("graph describe weights.csv {more}")).stderr;
    assert!(described("").contains(note), "{}", described(""));
    assert!(!described("--directed --nulls 0").contains(note));
}

#[test]
fn columns_and_rows_that_would_divide_variance_twice_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let rows = "graph,seed,acc\na,0,0.5\na,1,0.6\nb,0,0.7\nb,1,0.9\n";
    fs::write(here.join("r.csv"), rows).unwrap();
    fs::write(here.join("repeated.csv"), format!("{rows}b,1,0.9\n")).unwrap();
    let of = "analyze variance r.csv --target acc --of graph";
    let [twice, both, target, alone] =
        ["--by seed,seed", "--across seed --by seed", "", ""].map(|more| format!("{of} {more}"));
    let target = target.replace("--of graph", "--of graph,acc");
    assert_eq!(run(here, &format!("{alone} --across seed")).code, 0);
    let repeated = format!("{of} --across seed").replace("r.csv", "repeated.csv");
    refused(
        here,
        &[
            (&twice, "--by names the column seed twice: name it once"),
            (&both, "--across and --by both name the column seed"),
            (&target, "--target and --of both name the column acc"),
            (&repeated, "repeated.csv: lines 5 and 6 are the same row: remove one of them"),
        ],
    );
}

#[test]
fn a_study_is_told_the_names_and_columns_that_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let study = "[data]\nreber = {}\n[base]\ncell = 'gru'\nepochs = 1\n";
    fs::write(here.join("init.toml"), format!("{study}init = 'kears'\n")).unwrap();
    let contrast = "[axes]\nseed = [0, 1]\n[[contrast]]\nvary = 'seed'\ncolumn = 'test_r2'\n";
    fs::write(here.join("column.toml"), format!("{study}{contrast}")).unwrap();
    // What is asked decides how answers are measured; if it is not said, all measures are possible.
    let [files, numbers] =
        ["", "task = 'numbers'\n"].map(|task| format!("train = 'a.npz'\ntest = 'a.npz'\n{task}"));
    let other = contrast.replace("test_r2", "test_ac");
    let of =
        |data: &str, contrast: &str| format!("{study}{contrast}").replace("reber = {}\n", data);
    fs::write(here.join("numbers.toml"), of(&numbers, &other)).unwrap();
    fs::write(here.join("files.toml"), of(&files, contrast)).unwrap();
    refused(
        here,
        &[
            (
                "study plan init.toml",
                "init: unknown initialisation 'kears': expected pytorch, keras, normal or \
                 normal-inputs; did you mean keras?",
            ),
            ("study plan column.toml", "of numbers: seed, epochs, first_validation_acc, "),
        ],
    );
}
