//! `rarefy quantize`, `recover --int8`, and what becomes of a model in integers.

mod support;

use std::path::Path;

use rarefy::format::open_model;
use support::rarefy;

const DATA: [&str; 2] = ["--data", "data/train_data.csv"];
const FILES: [&str; 4] = ["--train", "data/train_data.csv", "--test", "data/test_data.csv"];

/// A folder with Reber strings, and a model trained on them.
fn trained(more: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    rarefy(here, &["data", "reber", "--count", "600", "--out", "data", "--json"]).json();
    let train = ["train", "--layers", "12", "--epochs", "6", "--lr", "0.02", "--readout", "last"];
    let out = ["--out", "m.safetensors", "--json"];
    rarefy(here, &[&train[..], &FILES, &out, more].concat()).json();
    folder
}

fn accuracy(here: &Path, model: &str) -> f64 {
    let eval = ["eval", model, "--test", "data/test_data.csv", "--json"];
    rarefy(here, &eval).json()["accuracy"].as_f64().unwrap()
}

#[test]
fn a_model_in_integers_is_nearly_as_accurate_in_a_quarter_of_the_bytes() {
    let folder = trained(&["--cell", "gru"]);
    let here = folder.path();
    let quantize = ["quantize", "m.safetensors", "--out", "q.safetensors", "--json"];
    let report = rarefy(here, &[&quantize[..], &DATA].concat()).json();
    let number = |at: &str| report.pointer(at).unwrap().as_f64().unwrap();
    assert!(number("/agreement") > 0.97, "{report}");
    let bytes = number("/integers/constant_bytes") / number("/floats/constant_bytes");
    assert!((0.25..0.32).contains(&bytes), "{report}");
    let lost = accuracy(here, "m.safetensors") - accuracy(here, "q.safetensors");
    assert!(lost.abs() < 0.03, "{lost}");
    // The weights are as they were.
    let read = |model: &str| open_model(&here.join(model), None, None).unwrap().model;
    let (floats, integers) = (read("m.safetensors"), read("q.safetensors"));
    assert_eq!(floats.network, integers.network);
    assert!(floats.int8.is_none() && integers.int8.is_some());
}

#[test]
fn retraining_for_integers_keeps_masks_and_writes_a_model_in_integers() {
    let folder = trained(&["--cell", "lstm"]);
    let here = folder.path();
    let prune = ["prune", "m.safetensors", "--percent", "80", "--out", "p.safetensors", "--json"];
    let sparsity = rarefy(here, &prune).json()["sparsity"].clone();
    let recover = ["recover", "p.safetensors", "--int8", "--epochs", "8", "--lr", "0.01", "--json"];
    let out = ["--out", "r.safetensors"];
    let report = rarefy(here, &[&recover[..], &FILES, &out].concat()).json();
    assert_eq!(report["sparsity"], sparsity);
    let masks = |model: &str| {
        open_model(&here.join(model), None, None).unwrap().model.network.masks().clone()
    };
    assert_eq!(masks("p.safetensors"), masks("r.safetensors"));
    let model = open_model(&here.join("r.safetensors"), None, None).unwrap().model;
    assert!(model.integers().unwrap().is_some());
    assert!(accuracy(here, "r.safetensors") > accuracy(here, "p.safetensors"));
    // Its scores are those of the integers.
    assert_eq!(report["test_accuracy"], accuracy(here, "r.safetensors"));

    // What changes weights needs new ranges.
    let again = ["prune", "r.safetensors", "--percent", "10", "--out", "a.safetensors"];
    let pruned = rarefy(here, &again);
    assert_eq!(pruned.code, 0);
    assert!(pruned.stderr.contains("computes in floats again"), "{}", pruned.stderr);
    assert!(open_model(&here.join("a.safetensors"), None, None).unwrap().model.int8.is_none());
}

#[test]
fn the_limits_of_a_network_in_integers_are_those_of_its_integers() {
    let folder = trained(&["--cell", "gru"]);
    let here = folder.path();
    let limits = ["limits", "m.safetensors", "--int8", "--percents", "30,60", "--scopes", "both"];
    let how = ["--retrain-epochs", "3", "--tolerance", "0.5", "--no-random", "--out", "limits"];
    let how = [&how[..], &["--epochs", "2", "--json"]].concat();
    let report = rarefy(here, &[&limits[..], &FILES, &how].concat()).json();
    assert_eq!((&report["int8"], &report["kept"]["percent"]), (&true.into(), &60.0.into()));
    let kept = "limits/pruned.safetensors";
    let model = open_model(&here.join(kept), None, None).unwrap().model;
    assert!(model.int8.is_some());
    assert_eq!(report["kept"]["test_accuracy"], accuracy(here, kept));
    let export = ["export", kept, "--out", "kept.c", "--json"];
    let c = rarefy(here, &export).json();
    let bytes = c["weight_bytes"].as_u64().unwrap() + c["other_bytes"].as_u64().unwrap();
    assert_eq!(report["kept"]["bytes"], bytes);
    assert!(3 * bytes < report["kept"]["unpruned_bytes"].as_u64().unwrap(), "{report}");
    // Smaller dense networks answer in integers, too.
    let dense = report["dense"].as_array().unwrap();
    let all = report["rows"].as_array().unwrap().iter().chain(dense);
    let most = report["kept"]["unpruned_bytes"].as_u64().unwrap() / 3;
    let small = |point: &serde_json::Value| point["bytes"].as_u64().is_some_and(|b| b < most);
    assert!(!dense.is_empty() && all.clone().all(small), "{report}");
    if report["kept"]["state"] == "retrained" {
        assert_eq!(report["rows"][1]["bytes"], bytes, "{report}");
    }
    let both = [&limits[..], &FILES, &how, &["--bidirectional"]].concat();
    let both: Vec<&str> = both.into_iter().filter(|part| *part != "m.safetensors").collect();
    let refused = rarefy(here, &both);
    assert_eq!((refused.code, refused.stderr.contains("--int8")), (2, true), "{}", refused.stderr);
}

#[test]
fn what_cannot_be_computed_in_integers_is_refused() {
    let folder = trained(&["--cell", "gru", "--bidirectional"]);
    let here = folder.path();
    let quantize = |model: &str, out: &str| {
        rarefy(here, &[&["quantize", model, "--out", out][..], &DATA].concat())
    };
    let refused = quantize("m.safetensors", "q.safetensors");
    assert!(refused.failure(1).contains("from its end"), "{}", refused.stderr);
    let refused = quantize("m.safetensors", "m.safetensors");
    assert!(refused.failure(1).contains("choose another name"), "{}", refused.stderr);
    let recover = ["recover", "m.safetensors", "--int8", "--epochs", "1"];
    let refused = rarefy(here, &[&recover[..], &FILES].concat());
    assert!(refused.failure(1).contains("from its end"), "{}", refused.stderr);
    let without = rarefy(here, &["quantize", "m.safetensors", "--out", "q.safetensors"]);
    without.failure(2);
    assert!(without.stderr.contains("--data"), "{}", without.stderr);
}
