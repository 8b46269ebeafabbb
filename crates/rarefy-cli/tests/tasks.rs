//! Tasks other than a class per sequence: a class at each step, and numbers.

mod support;

use std::path::Path;

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
    ] {
        let found = evaluated(folder.path(), name, cell).json();
        for (key, value) in expected[name].as_object().unwrap() {
            close(&found[key], value, &format!("{name}, {key}"));
        }
    }
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
        assert_eq!(recovered["unpruned_accuracy"].as_f64(), Some(merit_after), "{name}");
    }
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
    std::fs::write(here.join("s.toml"), study).unwrap();
    assert_eq!(rarefy(here, &["study", "run", "s.toml", "--out", "s", "--quiet"]).code, 0);
    let answers = std::fs::read_to_string(here.join("s/contrasts.csv")).unwrap();
    assert!(answers.contains("percent,50,90,last_test_acc,6,-"), "{answers}");
}
