//! Tasks other than a class per sequence: a class at each step, and numbers.

mod support;

use std::fs;
use std::path::Path;

use safetensors::SafeTensors;
use serde_json::Value;
use support::{Outcome, rarefy};

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tasks").join(name);
    path.to_str().unwrap().to_owned()
}

fn evaluated(here: &Path, name: &str, cell: &str) -> Outcome {
    let (model, data) = (fixture(&format!("{name}.safetensors")), fixture(&format!("{name}.npz")));
    rarefy(here, &["eval", &model, "--cell", cell, "--test", &data, "--json"])
}

fn close(ours: &Value, theirs: &Value, what: &str) {
    let [ours, theirs] = [ours, theirs].map(|number| number.as_f64().expect(what));
    assert!((ours - theirs).abs() < 1e-5 * theirs.abs().max(1.0), "{what}: {ours}, {theirs}");
}

#[test]
fn state_dicts_of_other_tasks_score_what_pytorch_says() {
    let expected: Value = serde_json::from_str(include_str!("tasks/expected.json"))
        .expect("it is written by a script");
    let folder = tempfile::tempdir().unwrap();
    for (name, cell) in [
        ("steps", "gru"),
        ("end", "lstm"),
        ("one", "rnn_relu"),
        ("each", "rnn_tanh"),
        ("each_one", "rnn_tanh"),
        ("both", "gru"),
        ("mlp", "lstm"),
    ] {
        let found = evaluated(folder.path(), name, cell).json();
        for (key, value) in expected[name].as_object().unwrap() {
            close(&found[key], value, &format!("{name}, {key}"));
        }
    }
}

#[test]
fn a_language_model_with_tokens_of_its_own_scores_what_pytorch_says() {
    let expected: Value = serde_json::from_str(include_str!("tasks/next.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let [model, vocabulary, text] =
        ["next.safetensors", "next_vocabulary.json", "next.txt"].map(fixture);
    let hints = ["--cell", "gru", "--vocabulary", &vocabulary];
    let eval = |model: &str, hints: &[&str]| {
        let eval = ["eval", model, "--task", "next", "--test", &text, "--json"];
        rarefy(here, &[&eval[..], hints].concat()).json()
    };
    let score = |found: Value| {
        for (key, value) in expected.as_object().unwrap() {
            close(&found[key], value, key);
        }
    };
    score(eval(&model, &hints));
    // Also once it was pruned by nothing, and with PyTorch's numbers of tokens and answers again as a
    // state dict, which holds the bytes of each tensor as they are.
    let prune = ["prune", &model, "--percent", "0", "--task", "next", "--data", &text];
    let rest = ["--criterion", "snip", "--out", "p.safetensors"];
    assert_eq!(rarefy(here, &[&prune[..], &rest, &hints].concat()).code, 0);
    assert_eq!(rarefy(here, &["export", "p.safetensors", "--out", "back.pt"]).code, 0);
    let [given, back] =
        [Path::new(&model), &here.join("back.pt")].map(|file| fs::read(file).unwrap());
    let given = SafeTensors::deserialize(&given).unwrap();
    for name in ["embed.weight", "fc.weight", "fc.bias"] {
        let bytes = given.tensor(name).unwrap().data();
        assert!(back.windows(bytes.len()).any(|window| window == bytes), "{name}");
    }
    score(eval("p.safetensors", &[]));
    let recover = ["recover", "p.safetensors", "--task", "next", "--train", &text, "--test", &text];
    let rest = [
        "--baseline",
        "p.safetensors",
        "--epochs",
        "2",
        "--judge",
        "test",
        "--out",
        "r.safetensors",
    ];
    let recovered = rarefy(here, &[&recover[..], &rest].concat());
    assert_eq!(recovered.code, 0, "{}", recovered.stderr);
    let loss = |found: Value| found["loss_mean"].as_f64().unwrap();
    let retrained = loss(eval("r.safetensors", &[]));
    assert!(retrained < expected["loss_mean"].as_f64().unwrap(), "{retrained}");
}

#[test]
fn answers_are_written_read_by_read() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for (name, cell, header, first) in [
        ("steps", "gru", "row,step,label,answer,probability,probability_0", "1,1,"),
        ("end", "lstm", "row,asked_0,asked_1,answer_0,answer_1", "1,"),
        ("each_one", "rnn_tanh", "row,step,asked_0,answer_0", "1,1,"),
    ] {
        let (model, data) =
            (fixture(&format!("{name}.safetensors")), fixture(&format!("{name}.npz")));
        let written = ["--predictions", "answers.csv", "--json"];
        let found = ["eval", &model, "--cell", cell, "--test", &data];
        let found = rarefy(here, &[&found[..], &written].concat()).json();
        let answers = std::fs::read_to_string(here.join("answers.csv")).unwrap();
        let lines: Vec<&str> = answers.lines().collect();
        assert!(lines[0].starts_with(header), "{}", lines[0]);
        assert!(lines[1].starts_with(first), "{}", lines[1]);
        assert_eq!(Some(lines.len() as u64 - 1), found["count"].as_u64(), "{name}");
    }
}

#[test]
fn models_of_other_tasks_are_trained_pruned_and_recovered() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for (name, merit) in [("steps", "accuracy"), ("end", "r2"), ("each", "r2")] {
        let data = fixture(&format!("{name}.npz"));
        let data = ["--train", &data, "--test", &data];
        let train = ["train", "--cell", "gru", "--layers", "16", "--epochs", "60", "--lr", "0.02"];
        let rest = ["--out", "m.safetensors", "--quiet", "--json"];
        let trained = rarefy(here, &[&train[..], &data, &rest].concat()).json();
        let merit_after = trained[format!("test_{merit}")].as_f64().unwrap();
        assert!(merit_after > 0.5, "{name} is not learnt: {merit_after}");
        assert_eq!(trained["merit"], merit);
        let eval = ["eval", "m.safetensors", "--test", data[3], "--json"];
        let found = rarefy(here, &eval).json();
        assert_eq!(found[merit].as_f64(), Some(merit_after), "{name}");
        rarefy(here, &["prune", "m.safetensors", "--percent", "60", "--out", "p.safetensors"]);
        let recover = ["recover", "p.safetensors", "--epochs", "3", "--judge", "test"];
        let recovered =
            rarefy(here, &[&recover[..], &data, &["--quiet", "--json"]].concat()).json();
        assert_eq!(recovered[format!("unpruned_{merit}")].as_f64(), Some(merit_after), "{name}");
    }
}

#[test]
fn problems_are_drawn_described_and_learnt() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let draw = |problem: &str, more: &[&str], out: &str| {
        let drawn =
            ["data", problem, "--count", "300", "--test-count", "100", "--out", out, "--json"];
        rarefy(here, &[&drawn[..], more].concat()).json()
    };
    let steps = |drawn: &Value| drawn["files"][0]["steps"].as_u64().unwrap();
    assert_eq!(steps(&draw("adding", &["--steps", "6"], "adding")), 6);
    assert_eq!(steps(&draw("copying", &["--delay", "5"], "copying")), 25);
    assert_eq!(steps(&draw("parity", &["--steps", "12", "--delay", "0"], "parity")), 12);
    assert_eq!(steps(&draw("mackey-glass", &["--steps", "30", "--ahead", "2"], "glass")), 30);
    assert_eq!(steps(&draw("signals", &[], "signals")), 40);
    for (folder, merit, least) in [
        ("adding", "r2", 0.5),
        ("copying", "accuracy", 0.6),
        ("parity", "accuracy", 0.7),
        ("glass", "r2", 0.5),
        ("signals", "accuracy", 0.3),
    ] {
        let [train, test] = ["train", "test"].map(|name| format!("{folder}/{name}.npz"));
        let how = ["--cell", "gru", "--layers", "16", "--epochs", "30", "--lr", "0.01"];
        let out = ["--out", "m.safetensors", "--quiet", "--json"];
        let data = ["train", "--train", &train, "--test", &test];
        let trained = rarefy(here, &[&data[..], &how, &out].concat()).json();
        let found = trained[format!("test_{merit}")].as_f64().unwrap();
        assert!(found > least, "{folder}: {found}");
    }
    // The same seed draws the same, and another part of the data is another draw.
    let bytes = |path: &str| std::fs::read(here.join(path)).unwrap();
    let before = bytes("parity/train.npz");
    draw("parity", &["--steps", "12", "--delay", "0"], "parity");
    assert_eq!(before, bytes("parity/train.npz"));
    draw("parity", &["--steps", "12", "--delay", "0", "--seed", "1"], "parity");
    assert_ne!(before, bytes("parity/train.npz"));
    let refused = ["data", "parity", "--steps", "12", "--delay", "10", "--out", "x"];
    assert_eq!(rarefy(here, &refused).code, 2);
}

#[test]
fn numbers_enter_as_they_are_if_that_is_said_and_a_model_keeps_its_scaling() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let data = fixture("steps.npz");
    let files = ["--train", &data, "--test", &data];
    let train = ["train", "--cell", "gru", "--layers", "4", "--epochs", "1", "--quiet"];
    let trained = |more: &[&str]| rarefy(here, &[&train[..], &files, more].concat());
    assert_eq!(trained(&["--out", "m.safetensors"]).code, 0);
    assert_eq!(trained(&["--scaling", "none", "--out", "n.safetensors"]).code, 0);
    let is_none = |path: &str| {
        let model = rarefy::format::Model::read(&here.join(path)).unwrap();
        model.encoding.scaling().unwrap().is_none()
    };
    assert!(!is_none("m.safetensors") && is_none("n.safetensors"));
    rarefy(here, &["prune", "n.safetensors", "--percent", "50", "--out", "p.safetensors"]);
    let recover = ["recover", "p.safetensors", "--epochs", "1", "--judge", "test", "--quiet"];
    let recovered = rarefy(here, &[&recover[..], &files, &["--out", "r.safetensors"]].concat());
    assert_eq!(recovered.code, 0, "{}", recovered.stderr);
    assert!(is_none("r.safetensors"));
    let limits = ["limits", "n.safetensors", "--scaling", "none", "--out", "limits"];
    assert_eq!(rarefy(here, &[&limits[..], &files].concat()).code, 2);
    std::fs::write(here.join("t.csv"), "string,valid\nab,x\nba,y\n").unwrap();
    let texts = ["--train", "t.csv", "--test", "t.csv", "--scaling", "none", "--out", "t"];
    let refused = rarefy(here, &[&train[..], &texts].concat());
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("--scaling is for series of numbers"), "{}", refused.stderr);
}

#[test]
fn a_study_draws_the_problem_that_the_command_draws_and_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let study = "[data]\nproblem = { name = 'parity', steps = 9, delay = 1, count = 40, test_count = 10, \
                 seed = 3 }\nscaling = 'none'\n[base]\ncell = 'gru'\nlayers = [4]\nepochs = 1\n";
    std::fs::write(here.join("s.toml"), study).unwrap();
    let run = ["study", "run", "s.toml", "--out", "s", "--quiet", "--json"];
    let run = || rarefy(here, &run).json();
    assert_eq!(run()["done"].as_u64(), Some(1));
    let draw = ["data", "parity", "--steps", "9", "--delay", "1", "--count", "40"];
    let more = ["--test-count", "10", "--seed", "3", "--out", "drawn"];
    rarefy(here, &[&draw[..], &more].concat());
    for name in ["train.npz", "test.npz"] {
        let [study, command] = ["s/data", "drawn"].map(|at| here.join(at).join(name));
        assert_eq!(std::fs::read(study).unwrap(), std::fs::read(command).unwrap(), "{name}");
    }
    let studies = std::fs::read_to_string(here.join("s/study.toml")).unwrap();
    assert!(
        studies.contains("problem = { ") && studies.contains("scaling = \"none\""),
        "{studies}"
    );
    // The same from the stored files, of which the study knows nothing more.
    let files = "[data]\ntrain = 's/data/train.npz'\ntest = 's/data/test.npz'\nscaling = 'none'\n";
    let (_, rest) = study.split_once("[base]").unwrap();
    std::fs::write(here.join("t.toml"), format!("{files}[base]{rest}")).unwrap();
    rarefy(here, &["study", "run", "t.toml", "--out", "t", "--quiet"]);
    let records = |at: &str| std::fs::read(here.join(at).join("records.csv")).unwrap();
    assert_eq!(records("s"), records("t"));
}

#[test]
fn a_state_dict_with_one_output_is_pruned_and_recovered_as_a_regressor() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (model, data) = (fixture("one.safetensors"), fixture("one.npz"));
    let score = |path: &str| {
        rarefy(here, &["eval", path, "--cell", "rnn_relu", "--test", &data, "--json"]).json()["r2"]
            .as_f64()
    };
    let snip = ["prune", &model, "--cell", "rnn_relu", "--percent", "50", "--criterion", "snip"];
    let pruned = rarefy(here, &[&snip[..], &["--data", &data, "--out", "p.safetensors"]].concat());
    assert_eq!(pruned.code, 0, "{}", pruned.stderr);
    let recover = ["recover", "p.safetensors", "--cell", "rnn_relu", "--baseline", &model];
    let files = ["--train", &data, "--test", &data, "--judge", "test", "--epochs", "2"];
    let rest = ["--out", "r.safetensors", "--quiet", "--json"];
    let recovered = rarefy(here, &[&recover[..], &files, &rest].concat()).json();
    assert_eq!(recovered["unpruned_r2"].as_f64(), score(&model));
    assert!(score("r.safetensors").is_some());
    // What is exported answers a number.
    assert_eq!(rarefy(here, &["export", "r.safetensors", "--out", "r.c"]).code, 0);
    let source = std::fs::read_to_string(here.join("r.c")).unwrap();
    assert!(source.contains("#define R_OUTPUTS 1\n"), "{source}");
    // A baseline that answers something else cannot be regained.
    let other = fixture("each.safetensors");
    let recover = ["recover", "p.safetensors", "--baseline", &other, "--cell", "rnn_tanh"];
    let refused = rarefy(here, &[&recover[..], &files, &["--quiet"]].concat());
    assert_eq!(refused.code, 1, "{}", refused.stderr);
}

#[test]
fn data_of_another_task_than_the_models_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (steps, numbers) = (fixture("steps.npz"), fixture("end.npz"));
    let train = ["train", "--train", &steps, "--test", &steps, "--cell", "gru", "--layers", "4"];
    let rest = ["--epochs", "1", "--out", "m.safetensors", "--quiet"];
    assert_eq!(rarefy(here, &[&train[..], &rest].concat()).code, 0);
    let eval = |data: &str, more: &[&str]| {
        rarefy(here, &[&["eval", "m.safetensors", "--test", data], more].concat())
    };
    for (data, more, says) in [
        (&numbers, &[][..], "7 steps"),
        (
            &numbers,
            &["--task", "numbers"],
            "numbers for each sequence: expected a label at each step",
        ),
        (&steps, &["--task", "class"], "one label per series"),
        (&steps, &["--task", "step"], "steps"),
    ] {
        let outcome = eval(data, more);
        assert_ne!(outcome.code, 0);
        assert!(outcome.stderr.contains(says), "{}", outcome.stderr);
    }
}

#[test]
fn studies_and_limits_judge_other_tasks_by_their_merit() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (steps, numbers) = (fixture("steps.npz"), fixture("end.npz"));
    let data = ["limits", "--train", &steps, "--test", &steps, "--cell", "gru", "--layers", "8"];
    let rest = ["--epochs", "30", "--lr", "0.02", "--retrain-epochs", "2", "--percents", "50,90"];
    let more = ["--scopes", "both", "--judge", "test", "--out", "limits", "--quiet", "--json"];
    let limits = rarefy(here, &[&data[..], &rest, &more].concat()).json();
    let unpruned = limits["control"]["unpruned"].as_f64().unwrap();
    assert!(unpruned > 0.5, "{unpruned}");
    assert_eq!(limits["rows"].as_array().unwrap().len(), 2);
    let study = format!(
        "[data]\ntrain = '{numbers}'\ntest = '{numbers}'\n[base]\ncell = 'gru'\nlayers = [8]\n\
         learning_rate = 0.02\nepochs = 40\nretrain_epochs = 2\njudge = 'test'\n[axes]\n\
         seed = {{ from = 0, to = 5 }}\npercent = [50, 90]\n[[contrast]]\nvary = 'percent'\n"
    );
    let run = |column: &str| {
        let named = format!("{study}column = '{column}'\n");
        std::fs::write(here.join("s.toml"), named).unwrap();
        rarefy(here, &["study", "run", "s.toml", "--out", "s", "--quiet"])
    };
    let refused = run("last_test_acc");
    assert_ne!(refused.code, 0);
    assert!(refused.stderr.contains("did you mean last_test_r2?"), "{}", refused.stderr);
    assert_eq!(run("first_test_r2").code, 0);
    std::fs::write(here.join("s.toml"), study).unwrap();
    assert_eq!(rarefy(here, &["study", "run", "s.toml", "--out", "s", "--quiet"]).code, 0);
    let read = |name: &str| std::fs::read_to_string(here.join("s").join(name)).unwrap();
    let answers = read("contrasts.csv");
    assert!(answers.contains("percent,50,90,last_test_r2,6,-"), "{answers}");
    assert!(
        read("curves.csv")
            .starts_with("cell,seed,scope,percent,mode,prune,epoch,train_loss,train_r2,")
    );
    assert_eq!(rarefy(here, &["report", "s", "--quiet"]).code, 0);
    let report = read("report.html");
    assert!(report.contains("judged by test R²"), "{report}");
    assert!(!report.contains("accuracy"), "a report on numbers");
}

/// Numbers in words, of which each follows from the one before.
fn counted(from: usize, to: usize) -> String {
    const DIGITS: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let word = |number: usize| format!("{} {} ", DIGITS[number / 10 % 10], DIGITS[number % 10]);
    (from..to).map(word).collect()
}

#[test]
fn a_text_is_learnt_token_by_token_pruned_recovered_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("train.txt"), counted(0, 1500)).unwrap();
    std::fs::write(here.join("test.txt"), counted(30, 160)).unwrap();
    let data = ["--train", "train.txt", "--test", "test.txt", "--quiet", "--json"];
    let train = ["train", "--task", "next", "--cell", "gru", "--layers", "24", "--lr", "0.01"];
    let how = ["--epochs", "12", "--batch", "8", "--bptt", "32", "--out", "m.safetensors"];
    let trained = rarefy(here, &[&train[..], &how, &data].concat()).json();
    let bits = trained["test_bits_per_token"].as_f64().unwrap();
    assert!(bits < 1.0, "{bits} bits per character: most follow from those before");
    assert_eq!(trained["merit"], "likelihood");
    let likelihood = trained["test_likelihood"].as_f64().unwrap();
    assert!((likelihood.log2() + bits).abs() < 1e-9);
    // The model knows its task, and the score does not depend on batches.
    let eval = ["eval", "m.safetensors", "--test", "test.txt", "--batch", "5", "--json"];
    let found = rarefy(here, &eval).json();
    assert_eq!(found["bits_per_token"].as_f64(), Some(bits));
    assert_eq!(found["count"].as_u64(), Some(counted(30, 160).len() as u64 - 1));
    let loss = found["loss_mean"].as_f64().unwrap();
    assert!((found["perplexity"].as_f64().unwrap() - loss.exp()).abs() < 1e-9);
    let snip = ["prune", "m.safetensors", "--percent", "50", "--criterion", "snip"];
    let out = ["--data", "train.txt", "--samples", "40", "--out", "p.safetensors", "--json"];
    rarefy(here, &[&snip[..], &out].concat()).json();
    let recover = ["recover", "p.safetensors", "--epochs", "3", "--validation", "0.2"];
    let recovered = rarefy(here, &[&recover[..], &data].concat()).json();
    assert!(recovered["unpruned_likelihood"].as_f64().unwrap() > 0.3, "{recovered}");
    for out in ["m.c", "m.onnx", "m.pt"] {
        assert_eq!(rarefy(here, &["export", "m.safetensors", "--out", out]).code, 0);
    }
    let again = rarefy(here, &["eval", "m.pt", "--test", "test.txt", "--batch", "8", "--json"]);
    assert_eq!(again.json()["bits_per_token"].as_f64(), Some(bits));
    // Words, a sparse network, and a table of texts without labels.
    std::fs::write(here.join("rows.csv"), "string\na b c\nb c a\na a b\n").unwrap();
    let rows = ["train", "--task", "next", "--train", "rows.csv", "--test", "rows.csv"];
    let how = ["--tokens", "words", "--min-count", "1", "--cell", "lstm", "--layers", "4"];
    let sparse = ["--sparsify", "rigl", "--density", "0.5", "--every", "1", "--epochs", "2"];
    let out = ["--out", "w.safetensors", "--json"];
    let found = rarefy(here, &[&rows[..], &how, &sparse, &out].concat()).json();
    assert!(found["test_bits_per_token"].as_f64().is_some_and(f64::is_finite), "{found}");
}

#[test]
fn what_no_language_model_can_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("train.txt"), counted(0, 40)).unwrap();
    std::fs::write(here.join("other.txt"), "one, two").unwrap();
    std::fs::write(here.join("latin.txt"), b"caf\xe9 au lait").unwrap();
    std::fs::write(here.join("one.txt"), "o").unwrap();
    let series = fixture("steps.npz");
    for (test, more, says) in [
        ("train.txt", &["--batch", "5000"][..], "fewer than the 5000 streams"),
        ("train.txt", &["--bidirectional"], "from their end"),
        ("train.txt", &["--bptt", "0"], "1 or more steps"),
        ("train.txt", &["--readout", "mean"], "readout last"),
        ("other.txt", &[], "','"),
        ("latin.txt", &[], "line 1: it is not valid UTF-8"),
        ("one.txt", &[], "at least 2"),
        (&series, &[], "expected text"),
    ] {
        let train = ["train", "--task", "next", "--train", "train.txt", "--test", test];
        let how = ["--cell", "gru", "--layers", "4", "--epochs", "1", "--out", "m.safetensors"];
        let outcome = rarefy(here, &[&train[..], &how, more].concat());
        assert_ne!(outcome.code, 0, "{test} {more:?}");
        assert!(outcome.stderr.contains(says), "{says}: {}", outcome.stderr);
        assert!(!here.join("m.safetensors").exists());
    }
}

#[test]
fn all_steps_side_by_side_need_sequences_of_one_length() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let lengths = fixture("end.npz");
    let train = |train: &str, test: &str, more: &[&str]| {
        let data = ["train", "--train", train, "--test", test, "--readout", "all"];
        let how = ["--cell", "gru", "--layers", "4", "--epochs", "1", "--out", "m.safetensors"];
        rarefy(here, &[&data[..], &how, more].concat())
    };
    let refused = train(&lengths, &lengths, &[]);
    assert!(refused.stderr.contains("sequences of one length"), "{}", refused.stderr);
    for (steps, out) in [("6", "six"), ("7", "seven")] {
        let draw = ["data", "adding", "--steps", steps, "--count", "50", "--test-count", "20"];
        assert_eq!(rarefy(here, &[&draw[..], &["--out", out]].concat()).code, 0);
    }
    let refused = train("six/train.npz", "seven/test.npz", &[]);
    assert!(refused.stderr.contains("7 steps"), "{}", refused.stderr);
    assert_eq!(train("six/train.npz", "six/test.npz", &["--head", "3"]).code, 0);
    let eval = rarefy(here, &["eval", "m.safetensors", "--test", "seven/test.npz"]);
    assert!(eval.code == 1 && eval.stderr.contains("7 steps"), "{}", eval.stderr);
    let other = ["eval", "m.safetensors", "--test", "six/test.npz", "--readout", "last"];
    assert_eq!(rarefy(here, &other).code, 1);
    let refused = ["train", "--train", "six/train.npz", "--test", "six/test.npz", "--cell", "gru"];
    let dropped = ["--layers", "4", "--dropout", "0.5", "--out", "m.safetensors"];
    let refused = rarefy(here, &[&refused[..], &dropped].concat());
    assert!(refused.stderr.contains("between layers"), "{}", refused.stderr);
}
