//! `rarefy train --sparsify` and `rarefy recover --sparsify`: masks that change during training.

mod support;

use std::path::Path;

use rarefy::format::open_model;
use rarefy::prune::sparsity;
use serde_json::Value;
use support::rarefy;

const DATA: [&str; 4] = ["--train", "data/train_data.csv", "--test", "data/test_data.csv"];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    rarefy(folder.path(), &["data", "reber", "--count", "300", "--out", "data", "--json"]).json();
    folder
}

/// Trains a GRU of two layers into `out`.
fn train(folder: &Path, out: &str, options: &[&str]) -> support::Outcome {
    let command = ["train", "--cell", "gru", "--layers", "16,8", "--epochs", "3", "--out", out];
    rarefy(folder, &[&command[..], &DATA, &["--quiet", "--json"], options].concat())
}

/// The number of masked weights in each matrix of a model.
fn masked(folder: &Path, model: &str) -> Vec<usize> {
    let opened = open_model(&folder.join(model), None, None).unwrap();
    sparsity(&opened.model.network).weights.iter().map(|weight| weight.masked).collect()
}

#[test]
fn each_method_leaves_the_density_that_is_asked_for() {
    let folder = folder();
    let here = folder.path();
    // 16 x 48, 16 x 48, 16 x 24, 8 x 24: 2,112 weights.
    for method in ["static", "rigl", "set", "selfish", "gradual"] {
        let how = ["--sparsify", method, "--density", "0.25", "--ranking", "matrix"];
        let every: &[&str] = if method == "static" { &[] } else { &["--every", "4"] };
        let report = train(here, "m.safetensors", &[&how[..], every].concat()).json();
        assert_eq!(report["sparsity"], 0.75, "{method}");
        assert_eq!(masked(here, "m.safetensors"), [576, 576, 288, 144], "{method}");
        let moved = |epoch: &Value| epoch.get("moved").cloned();
        let curve = report["curve"].as_array().unwrap();
        let last = moved(curve.last().unwrap());
        assert_eq!(last.is_none(), method == "static");
        if let Some(last) = last {
            assert_eq!(last["sparsity"], 0.75, "{method}");
            assert_eq!(last["gates"].as_object().unwrap().len(), 6);
        }
    }
    let narang = ["--sparsify", "narang", "--density", "0.25", "--every", "2"];
    let report = train(here, "m.safetensors", &narang).json();
    let masked = report["sparsity"].as_f64().unwrap();
    assert!((0.4..0.95).contains(&masked), "{masked}");
}

#[test]
fn a_criterion_chooses_the_weights_before_training() {
    let folder = folder();
    let mut all = Vec::new();
    for criterion in ["random", "magnitude", "snip", "jacobian"] {
        let how = ["--sparsify", "static", "--density", "0.2", "--criterion", criterion];
        let more = ["--ranking", "global"];
        train(folder.path(), "m.safetensors", &[&how[..], &more].concat()).json();
        let opened = open_model(&folder.path().join("m.safetensors"), None, None).unwrap();
        let masks = opened.model.network.masks().clone();
        assert!(!all.contains(&masks), "{criterion} prunes as another does");
        all.push(masks);
    }
}

#[test]
fn the_dense_control_has_at_most_as_many_weights() {
    let folder = folder();
    let how = ["--sparsify", "dense", "--density", "0.3"];
    assert_eq!(train(folder.path(), "m.safetensors", &how).json()["sparsity"], 0.0);
    let opened = open_model(&folder.path().join("m.safetensors"), None, None).unwrap();
    let account = sparsity(&opened.model.network);
    // Of 2,112; 9 and 5 units would have 696.
    assert_eq!(account.count_ih + account.count_hh, 528);
}

#[test]
fn a_pruned_model_of_other_layers_than_its_baseline_is_no_panic() {
    let folder = folder();
    let here = folder.path();
    train(here, "m.safetensors", &[]).json();
    let units = ["--grain", "unit", "--ranking", "layer", "--percent", "50"];
    rarefy(here, &[&["prune", "m.safetensors", "--out", "p.safetensors"][..], &units].concat());
    rarefy(here, &["shrink", "p.safetensors", "--out", "s.safetensors"]);
    let recover = ["recover", "s.safetensors", "--epochs", "2", "--quiet", "--json", "--baseline"];
    let with =
        |more: &[&str]| rarefy(here, &[&recover[..], &["m.safetensors"], &DATA, more].concat());
    let gradual = with(&["--sparsify", "gradual", "--density", "0.5", "--every", "3"]).json();
    assert!((gradual["sparsity"].as_f64().unwrap() - 0.5).abs() < 0.01);
    let moves = with(&["--sparsify", "rigl", "--every", "3"]);
    assert_eq!(moves.code, 1);
    assert!(moves.stderr.contains("--baseline"), "{}", moves.stderr);
}

#[test]
fn masks_move_while_a_pruned_model_recovers() {
    let folder = folder();
    let here = folder.path();
    train(here, "m.safetensors", &[]).json();
    rarefy(here, &["prune", "m.safetensors", "--percent", "75", "--out", "p.safetensors"]);
    let recover = ["recover", "p.safetensors", "--epochs", "2", "--out", "r.safetensors"];
    let how = ["--sparsify", "rigl", "--every", "3", "--quiet", "--json"];
    let report = rarefy(here, &[&recover[..], &DATA, &how].concat()).json();
    assert_eq!(masked(here, "p.safetensors"), masked(here, "r.safetensors"));
    let moved = &report["curve"].as_array().unwrap().last().unwrap()["moved"];
    assert!(moved["first"].as_f64().unwrap() < 1.0, "{moved}");
    // Down to a lower density, starting from the weights that are left.
    let how = ["--sparsify", "gradual", "--density", "0.1", "--every", "3", "--quiet", "--json"];
    let report = rarefy(here, &[&recover[..], &DATA, &how].concat()).json();
    let left = (0.1_f64 * 2112.0).round();
    assert_eq!(report["sparsity"], (2112.0 - left) / 2112.0);
}

#[test]
fn limits_are_found_where_masks_change_in_retraining() {
    let folder = folder();
    let here = folder.path();
    train(here, "m.safetensors", &[]).json();
    let limits = |how: &[&str], out: &str| {
        let limits =
            ["limits", "m.safetensors", "--percents", "50,75", "--scopes", "both", "--out", out];
        let rest = ["--retrain-epochs", "2", "--no-dense", "--quiet", "--json"];
        rarefy(here, &[&limits[..], &DATA, &rest, how].concat())
    };
    let report = limits(&["--sparsify", "gradual", "--every", "3"], "gradual").json();
    assert_eq!(report["sparsify"], "gradual");
    assert!(report["without_retraining"].is_null());
    let rows = report["rows"].as_array().unwrap();
    let at = |row: &serde_json::Value| (row["percent"].as_f64(), row["weights"].as_f64());
    let left = |percent: f64| (Some(percent), Some((1.0 - percent / 100.0) * 2112.0));
    assert_eq!(rows.iter().map(at).collect::<Vec<_>>(), [left(50.0), left(75.0)]);
    assert!(rows.iter().all(|row| row["pruned"].is_null() && row["retrained"].is_number()));
    assert_eq!(report["random"].as_array().unwrap().len(), 2);
    assert_eq!(report["control"]["weights"], 2112);
    // Moving masks begin with those of magnitude, whose accuracy is known before retraining.
    let report = limits(&["--sparsify", "rigl", "--every", "3"], "rigl").json();
    assert!(report["rows"].as_array().unwrap().iter().all(|row| row["pruned"].is_number()));
    let refused = limits(&["--sparsify", "static"], "static");
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("untrained network"), "{}", refused.stderr);
    assert!(!here.join("static").exists());
    // Masks that would never change are refused before anything is trained.
    let refused = limits(&["--sparsify", "set", "--every", "9 epochs"], "never");
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("smaller every"), "{}", refused.stderr);
}

#[test]
fn what_cannot_be_is_wrong_use_that_names_the_option() {
    let folder = folder();
    for (options, names) in [
        (&["--sparsify", "rigl"][..], "--density"),
        (&["--density", "0.1"], "--sparsify"),
        (&["--sparsify", "rigl", "--density", "0"], "--density"),
        (&["--sparsify", "rigl", "--density", "1.5"], "--density"),
        (&["--sparsify", "rigl", "--density", "1"], "smaller density"),
        (&["--sparsify", "rigl", "--density", "0.2", "--grain", "unit"], "grain"),
        (&["--sparsify", "rigl", "--density", "0.2", "--every", "5000"], "smaller every"),
        (&["--sparsify", "group-lasso", "--strength", "1", "--criterion", "snip"], "criterion"),
        (&["--sparsify", "dense", "--density", "0.0001"], "larger density"),
        (&["--sparsify", "rigel", "--density", "0.1"], "rigl"),
        (&["--sparsify", "static", "--density", "0.1", "--every", "5"], "every"),
        (&["--sparsify", "set", "--density", "0.1", "--every", "often"], "1 epoch"),
        (&["--sparsify", "group-lasso"], "--strength"),
        (&["--sparsify", "group-lasso", "--density", "0.1", "--strength", "1"], "density"),
        (&["--sparsify", "gradual", "--density", "0.1", "--criterion", "snip"], "magnitude"),
        (
            &[
                "--sparsify",
                "gradual",
                "--density",
                "0.1",
                "--patience",
                "1",
                "--validation",
                "0.2",
            ],
            "patience",
        ),
    ] {
        let outcome = train(folder.path(), "m.safetensors", options);
        assert_ne!(outcome.code, 0, "{options:?}");
        assert!(outcome.stderr.contains(names), "{options:?}: {}", outcome.stderr);
        assert!(!folder.path().join("m.safetensors").exists());
    }
}
