//! `rarefy limits`, as a user runs it.

mod support;

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;
use support::rarefy;

const LIMITS: [&str; 14] = [
    "--train",
    "data/train_data.csv",
    "--test",
    "data/test_data.csv",
    "--percents",
    "30,90,100",
    "--scopes",
    "both,hh",
    "--retrain-epochs",
    "2",
    "--epochs",
    "6",
    "--quiet",
    "--json",
];

fn run(folder: &Path, arguments: &[&str]) -> Value {
    rarefy(folder, arguments).json()
}

/// A folder with some Reber strings, and a model trained on them with some held out.
fn trained() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    run(path, &["data", "reber", "--count", "600", "--out", "data", "--json"]);
    let data = ["--train", "data/train_data.csv", "--test", "data/test_data.csv"];
    let train = ["train", "--cell", "gru", "--layers", "12,12", "--epochs", "6", "--out"];
    let more = ["m.safetensors", "--validation", "0.2", "--seed", "3", "--quiet", "--json"];
    run(path, &[&train[..], &more, &data].concat());
    folder
}

fn accuracy(folder: &Path, model: &str) -> f64 {
    let test = ["--test", "data/test_data.csv", "--json"];
    run(folder, &[&["eval", model][..], &test].concat())["accuracy"].as_f64().unwrap()
}

#[test]
fn the_sweep_of_a_model_says_what_prune_and_recover_say_and_keeps_the_sparsest() {
    let folder = trained();
    let path = folder.path();
    let limits =
        [&["limits", "m.safetensors", "--out", "l", "--tolerance", "0.3"][..], &LIMITS].concat();
    let answer = run(path, &limits);
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 6);
    let row = |scope: &str, percent: f64| {
        let is = |row: &&Value| row["scope"] == scope && row["percent"] == percent;
        rows.iter().find(is).unwrap()
    };

    // The same by hand, step by step.
    let prune = ["prune", "m.safetensors", "--percent", "90", "--out", "p.safetensors", "--json"];
    let pruned = run(path, &prune);
    let recover = ["recover", "p.safetensors", "--epochs", "2", "--out", "r.safetensors"];
    let data = ["--train", "data/train_data.csv", "--test", "data/test_data.csv"];
    let recovered = run(path, &[&recover[..], &data, &["--quiet", "--json"]].concat());
    let here = row("both", 90.0);
    assert_eq!(here["sparsity"], pruned["sparsity"]);
    assert_eq!(here["unpruned"], recovered["unpruned_accuracy"]);
    assert_eq!(here["retrained"], recovered["judged_accuracy"]);
    assert_eq!(here["test_retrained"], recovered["test_accuracy"]);
    assert_eq!(answer["test_unpruned"], accuracy(path, "m.safetensors"));

    // The control is the same retraining without pruning.
    let control = &answer["control"];
    assert_eq!(
        (&control["pruned"], &control["percent"]),
        (&control["unpruned"], &Value::from(0.0))
    );
    assert_eq!((&control["sparsity"], &control["scope"]), (&Value::from(0.0), &"both".into()));

    // The model that is kept is that of its row: the sparsest one within tolerance.
    let kept = &answer["kept"];
    let its = row(kept["scope"].as_str().unwrap(), kept["percent"].as_f64().unwrap());
    let accuracy_of = match kept["state"].as_str().unwrap() {
        "pruned" => "test_pruned",
        _ => "test_retrained",
    };
    assert_eq!(kept["test_accuracy"], its[accuracy_of]);
    assert_eq!(accuracy(path, "l/pruned.safetensors"), its[accuracy_of]);
    let weights = |row: &Value| row["weights"].as_u64().unwrap();
    for row in rows.iter().filter(|row| row["as_good"] != "no") {
        assert!(weights(row) >= weights(its));
    }
    assert!(kept["bytes"].as_u64() < kept["unpruned_bytes"].as_u64());
    assert!(kept["step_microseconds"].as_f64() > Some(0.0));
    // Random pruning of the same number of weights, and a smaller dense network, also by hand.
    let prune = ["prune", "m.safetensors", "--percent", "90", "--criterion", "random", "--json"];
    let by_chance = run(path, &[&prune[..], &["--out", "c.safetensors"]].concat());
    let recover = ["recover", "c.safetensors", "--epochs", "2", "--out", "r.safetensors"];
    let recovered = run(path, &[&recover[..], &data, &["--quiet", "--json"]].concat());
    let random = answer["random"].as_array().unwrap();
    let twin = random.iter().find(|row| row["scope"] == "both" && row["percent"] == 90.0).unwrap();
    assert_eq!((&twin["network"], &here["network"]), (&"random".into(), &"pruned".into()));
    assert_eq!((&twin["sparsity"], &twin["weights"]), (&here["sparsity"], &here["weights"]));
    assert_eq!(twin["sparsity"], by_chance["sparsity"]);
    assert_eq!(twin["test_retrained"], recovered["test_accuracy"]);
    let dense = answer["dense"].as_array().unwrap();
    for network in dense {
        let layers = network["layers"].as_str().unwrap().replace(' ', ",");
        let train = ["train", "--cell", "gru", "--epochs", "6", "--out", "d.safetensors"];
        let more = ["--validation", "0.2", "--seed", "3", "--quiet", "--json", "--layers", &layers];
        let trained = run(path, &[&train[..], &more, &data].concat());
        assert_eq!(network["pruned"], trained["validation_accuracy"], "{layers}");
        assert_eq!(network["test_pruned"], trained["test_accuracy"], "{layers}");
        let export = ["export", "d.safetensors", "--format", "c", "--out", "d.c", "--json"];
        let cost = run(path, &export);
        let bytes = cost["weight_bytes"].as_u64().unwrap() + cost["other_bytes"].as_u64().unwrap();
        assert_eq!(network["bytes"], bytes, "{layers}");
    }
    let kept_dense = &answer["smallest_dense"];
    assert_eq!(path.join("l/dense.safetensors").exists(), !kept_dense.is_null());
    let (trained, longer) = (&kept_dense["test_pruned"], &kept_dense["test_retrained"]);
    let measured = Value::from(accuracy(path, "l/dense.safetensors"));
    assert!(measured == *trained || measured == *longer, "{answer}");
    let weights: Vec<u64> = dense.iter().map(|row| row["weights"].as_u64().unwrap()).collect();
    let all = answer["weights"].as_u64().unwrap();
    assert!(weights.len() == 2 && weights[0] <= all * 7 / 10 && weights[1] <= all / 10, "{answer}");

    // The best model within each size.
    let sizes = answer["by_size"].as_array().unwrap();
    assert_eq!(sizes.len(), 3, "of each dense network, and of what is kept");
    for size in sizes {
        let best = |rows: &[Value], of: &dyn Fn(&Value) -> Option<f64>| {
            let fits = rows.iter().filter(|row| row["bytes"].as_u64() <= size["bytes"].as_u64());
            fits.filter_map(of).max_by(f64::total_cmp)
        };
        let key = |key: &'static str| move |row: &Value| row[key].as_f64();
        let of_dense = |row: &Value| {
            let both = ["pruned", "retrained"].map(|key| row[key].as_f64());
            both.into_iter().flatten().max_by(f64::total_cmp)
        };
        let found = [
            ("dense", best(dense, &of_dense)),
            ("pruned", best(rows, &key("pruned"))),
            ("retrained", best(rows, &key("retrained"))),
        ];
        for (name, accuracy) in found {
            assert_eq!(size[name].as_f64(), accuracy, "{name}: {size}");
        }
        let mut order: Vec<_> = found.iter().filter_map(|&(name, a)| Some((a?, name))).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        let clear = order.get(1).is_none_or(|second| order[0].0 - second.0 > 0.3);
        assert_eq!(size["wins"].as_str(), clear.then_some(order[0].1), "{size}");
    }

    let table = std::fs::read_to_string(path.join("l/limits.csv")).unwrap();
    assert_eq!(table.lines().count(), 1 + 1 + 6 + 6 + 2, "{table}");
    let figure = std::fs::read_to_string(path.join("l/limits.svg")).unwrap();
    let figure = roxmltree::Document::parse(&figure).unwrap();
    let points = figure.descendants().filter(|node| node.has_tag_name("title")).count();
    assert_eq!(points, 3 * 6 + 2 + 1 + 1, "pruned, retrained, random; dense; unpruned; kept");

    // Run again: nothing is computed, and everything except times is the same.
    let records = || {
        let mut found = Vec::new();
        for fan in std::fs::read_dir(path.join("l/trials")).unwrap() {
            for record in std::fs::read_dir(fan.unwrap().path()).unwrap() {
                let record = record.unwrap();
                found.push((record.path(), record.metadata().unwrap().modified().unwrap()));
            }
        }
        found.sort();
        found
    };
    let before = records();
    assert_eq!(before.len(), 15);
    assert_eq!(run(path, &limits)["rows"], answer["rows"]);
    assert_eq!(records(), before);
    assert_eq!(std::fs::read_to_string(path.join("l/limits.csv")).unwrap(), table);
}

#[test]
fn where_nothing_holds_nothing_is_kept() {
    let folder = trained();
    let path = folder.path();
    let mut limits = LIMITS.to_vec();
    limits[5] = "100";
    let with = |tolerance: &str| {
        let limits =
            [&["limits", "m.safetensors", "--out", "l", "--tolerance", tolerance][..], &limits];
        run(path, &limits.concat())
    };
    // The tolerance does not affect what is computed.
    assert_ne!(with("1")["kept"], Value::Null);
    assert!(path.join("l/pruned.safetensors").exists());
    let answer = with("0");
    assert_eq!(answer["kept"], Value::Null);
    assert_eq!(answer["with_retraining"], Value::Null);
    assert_eq!(answer["without_retraining"], Value::Null);
    assert!(answer["sentence"].as_str().unwrap().contains("Nothing was kept"), "{answer}");
    // Files of an earlier answer are removed, too.
    assert!(!path.join("l/pruned.safetensors").exists());
}

/// Series of waves with one of two wavelengths and shapes, as a `.ts` with two channels.
fn waves(count: usize, shift: usize) -> String {
    let mut text = "@problemName Waves\n@timeStamps false\n@dimensions 2\n@classLabel true slow \
                    fast\n@data\n"
        .to_owned();
    for case in 0..count {
        let (label, step) = if case % 2 == 0 { ("slow", 0.3) } else { ("fast", 0.9) };
        let length = 12 + (case + shift) % 7;
        let value = |t: usize, phase: f64| {
            100.0 + 5.0 * (step * t as f64 + phase + (case + shift) as f64).sin()
        };
        let channel =
            |phase| (0..length).map(|t| value(t, phase).to_string()).collect::<Vec<_>>().join(",");
        writeln!(text, "{}:{}:{label}", channel(0.0), channel(1.5)).unwrap();
    }
    text
}

#[test]
fn series_go_from_the_raw_file_to_a_pruned_onnx_in_two_commands() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("train.ts"), waves(60, 0)).unwrap();
    std::fs::write(path.join("test.ts"), waves(30, 3)).unwrap();
    let limits = [
        "limits",
        "--train",
        "train.ts",
        "--test",
        "test.ts",
        "--cell",
        "lstm",
        "--layers",
        "10",
        "--epochs",
        "30",
        "--lr",
        "0.02",
        "--percents",
        "20,50,80",
        "--retrain-epochs",
        "5",
        "--seeds",
        "2",
        "--out",
        "waves",
        "--quiet",
        "--json",
    ];
    let answer = run(path, &limits);
    assert_eq!(answer["rows"].as_array().unwrap().len(), 9);
    let best = &answer["with_retraining"];
    assert!(best["seeds"] == 2 && best["retrained_sd"].is_number(), "{answer}");
    // Guessing gets a half.
    assert!(answer["kept"]["test_accuracy"].as_f64() > Some(0.9), "{answer}");
    let export = ["export", "waves/pruned.safetensors", "--format", "onnx", "--out", "w.onnx"];
    assert_eq!(rarefy(path, &export).code, 0);
    assert!(path.join("w.onnx").exists());
    // The study in the folder is an ordinary one.
    let status = run(path, &["study", "status", "waves", "--json"]);
    assert_eq!(status["done"], 2 * (1 + 3 * (4 + 3)));
}

#[test]
fn what_belongs_to_a_fresh_model_is_wrong_use_with_a_given_one() {
    let folder = trained();
    let path = folder.path();
    let limits = [&["limits", "m.safetensors", "--out", "l"][..], &LIMITS].concat();
    let refused = rarefy(path, &[&limits[..], &["--layers", "5"]].concat());
    assert!(refused.failure(2).contains("--layers"), "{}", refused.stderr);
    let refused = rarefy(path, &["limits", "--out", "l", "--train", "x.csv"]);
    assert_eq!(refused.code, 2);
    // Other settings in the same folder are a separate sweep.
    rarefy(path, &limits).json();
    let other = rarefy(path, &[&limits[..], &["--lr", "0.01"]].concat());
    assert!(other.failure(1).contains("learning_rate"), "{}", other.stderr);
}

#[test]
fn weights_that_were_masked_before_are_not_said_to_go() {
    let folder = trained();
    let path = folder.path();
    let prune = ["prune", "m.safetensors", "--percent", "60", "--out", "p.safetensors", "--json"];
    let pruned = run(path, &prune);
    let all = pruned["count_ih"].as_u64().unwrap() + pruned["count_hh"].as_u64().unwrap();
    let masked = pruned["pruned_ih"].as_u64().unwrap() + pruned["pruned_hh"].as_u64().unwrap();
    let mut limits = LIMITS.to_vec();
    (limits[5], limits[7]) = ("50", "both");
    let limits =
        [&["limits", "p.safetensors", "--out", "l", "--tolerance", "1"][..], &limits].concat();
    let answer = run(path, &limits);
    assert_eq!(answer["weights"], all - masked);
    let row = &answer["rows"][0];
    let (left, share) = (row["weights"].as_u64().unwrap(), row["share"].as_f64().unwrap());
    assert!(left.abs_diff((all - masked) / 2) <= 1, "{answer}");
    assert!((share - 0.5).abs() < 0.01, "{answer}");
    assert!(answer["sentence"].as_str().unwrap().contains("50 % of the recurrent"), "{answer}");
}

#[test]
fn scopes_may_be_added_in_any_order_and_named_twice() {
    let folder = trained();
    let path = folder.path();
    let with = |scopes: &str| {
        let mut limits = LIMITS.to_vec();
        (limits[5], limits[7]) = ("50", scopes);
        run(path, &[&["limits", "m.safetensors", "--out", "l"][..], &limits].concat())
    };
    let both = with("both");
    let more = with("hh,both,hh");
    assert_eq!(more["rows"].as_array().unwrap().len(), 2);
    assert_eq!(more["rows"][0], both["rows"][0]);
    assert_eq!(with("ih")["rows"].as_array().unwrap().len(), 1);
}

#[test]
fn a_model_says_truly_what_it_has_never_seen() {
    let folder = trained();
    let path = folder.path();
    let mut limits = LIMITS.to_vec();
    (limits[5], limits[7]) = ("30", "both");
    let told = |more: &[&str]| {
        let first = ["limits", "m.safetensors", "--out", "l", "--tolerance", "1"];
        rarefy(path, &[&first[..], more, &limits].concat()).stderr
    };
    assert!(!told(&[]).contains("may have learnt"));
    std::fs::remove_dir_all(path.join("l")).unwrap();
    // Some sequences that were held out are now trained on, and the kept model records this.
    assert!(!told(&["--validation", "0.1"]).contains("may have learnt"));
    let recover = [
        "recover",
        "l/pruned.safetensors",
        "--train",
        "data/train_data.csv",
        "--test",
        "data/test_data.csv",
        "--epochs",
        "1",
        "--validation",
        "0.2",
    ];
    assert!(rarefy(path, &recover).stderr.contains("may have learnt"));
    // What was held out of another file is not held out of this one.
    let train = std::fs::read_to_string(path.join("data/train_data.csv")).unwrap();
    let (header, rows) = train.split_once('\n').unwrap();
    let turned: Vec<&str> = rows.lines().rev().collect();
    let turned = format!("{header}\n{}\n", turned.join("\n"));
    std::fs::write(path.join("data/train_data.csv"), turned).unwrap();
    std::fs::remove_dir_all(path.join("l")).unwrap();
    assert!(told(&[]).contains("may have learnt"));
}

#[test]
fn training_that_diverges_is_said_with_what_may_help() {
    let folder = trained();
    let path = folder.path();
    let limits = [
        "limits", "--cell", "rnn_relu", "--layers", "6", "--lr", "1e6", "--clip", "1e30", "--out",
        "l",
    ];
    let refused = rarefy(path, &[&limits[..], &LIMITS].concat());
    assert!(refused.failure(1).contains("--lr or --clip"), "{}", refused.stderr);
}

/// Options of every sweep here that uses a single percentage.
const ONE: [&str; 12] = [
    "--train",
    "data/train_data.csv",
    "--test",
    "data/test_data.csv",
    "--retrain-epochs",
    "1",
    "--judge",
    "test",
    "--tolerance",
    "1",
    "--quiet",
    "--json",
];

#[test]
fn a_criterion_prunes_as_it_does_step_by_step_and_is_named_in_the_answer() {
    let folder = trained();
    let path = folder.path();
    let by = ["--criterion", "wanda", "--samples", "50", "--ranking", "matrix"];
    let limits = ["limits", "m.safetensors", "--out", "l", "--scopes", "both", "--no-dense"];
    // With nothing held out, the criterion sees the same sequences as `rarefy prune`.
    let limits = [&limits[..], &["--validation", "0"]].concat();
    let answer = run(path, &[&limits[..], &["--percents", "60"], &by, &ONE].concat());
    let prune = ["prune", "m.safetensors", "--percent", "60", "--out", "p.safetensors", "--json"];
    let pruned = run(path, &[&prune[..], &by, &["--data", "data/train_data.csv"]].concat());
    let row = &answer["rows"][0];
    assert_eq!((&row["sparsity"], &row["criterion"]), (&pruned["sparsity"], &"wanda".into()));
    assert_eq!(row["test_pruned"], accuracy(path, "p.safetensors"));
    let random = &answer["random"][0];
    assert_eq!((&random["criterion"], &random["sparsity"]), (&"random".into(), &row["sparsity"]));
    for (key, name) in [("criterion", "wanda"), ("ranking", "matrix"), ("grain", "weight")] {
        assert_eq!(answer[key], name);
    }
    assert_eq!(answer["control"]["criterion"], Value::Null);
    let figure = std::fs::read_to_string(path.join("l/limits.svg")).unwrap();
    assert!(figure.contains("wanda"));
    // The same folder accepts other criteria: they share the training.
    let by = ["--criterion", "wanda", "--ranking", "matrix"];
    let more = ["--criterion", "magnitude", "--ranking", "matrix"];
    std::fs::remove_dir_all(path.join("l")).unwrap();
    for by in [by, more] {
        let answer = run(path, &[&limits[..], &["--percents", "60"], &by, &ONE].concat());
        assert_eq!(
            (&answer["criterion"], &answer["rows"][0]["criterion"]),
            (&by[1].into(), &by[1].into())
        );
        assert_eq!(answer["rows"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn of_units_the_shrunk_network_is_kept_and_weighed() {
    let folder = trained();
    let path = folder.path();
    let limits = ["limits", "m.safetensors", "--out", "l", "--grain", "unit", "--ranking", "layer"];
    let answer = run(path, &[&limits[..], &["--percents", "50"], &ONE].concat());
    let row = &answer["rows"][0];
    assert_eq!((&row["scope"], answer["rows"].as_array().unwrap().len()), (&"both".into(), 1));
    let export = ["export", "l/pruned.safetensors", "--format", "c", "--out", "d.c", "--json"];
    let cost = run(path, &export);
    let bytes = cost["weight_bytes"].as_u64().unwrap() + cost["other_bytes"].as_u64().unwrap();
    assert_eq!((&row["bytes"], &answer["kept"]["bytes"]), (&bytes.into(), &bytes.into()));
    // Two layers of 6 units with three gates: the embedding of width 12 feeds the first layer.
    assert_eq!(row["weights"], 3 * 6 * (12 + 6 + 6 + 6));
    assert_eq!(answer["dense"][0]["layers"], "6 6");
    let shrink = ["shrink", "l/pruned.safetensors", "--out", "s.safetensors", "--json"];
    assert_eq!(run(path, &shrink)["layers"][0]["units_before"], 6);
    assert_eq!(accuracy(path, "l/pruned.safetensors"), answer["kept"]["test_accuracy"]);
}

#[test]
fn what_cannot_be_pruned_so_is_refused_before_anything_is_trained() {
    let folder = trained();
    let path = folder.path();
    let refused = |options: &[&str], code: i32, says: &[&str]| {
        let outcome = rarefy(path, &[&["limits", "--out", "l"][..], options, &ONE].concat());
        outcome.failure(code);
        let told = &outcome.stderr;
        assert!(says.iter().all(|part| told.contains(part)), "{says:?} in: {told}");
        assert!(!path.join("l").exists());
    };
    refused(&["--criterion", "wnada"], 2, &["wnada", "'wanda'"]);
    // A file has scores for one network, but a sweep trains several.
    refused(&["--criterion", "scores.safetensors"], 2, &["scores.safetensors", "snip"]);
    refused(&["--samples", "9"], 2, &["--samples", "magnitude"]);
    refused(&["m.safetensors", "--grain", "block"], 1, &["8 rows", "weight_ih"]);
    refused(&["--grain", "block", "--layers", "12"], 1, &["8 rows", "weight_ih"]);
    refused(&["m.safetensors", "--grain", "unit", "--scopes", "hh"], 1, &["hh"]);
    let prune = ["prune", "m.safetensors", "--percent", "60", "--out", "p.safetensors", "--json"];
    run(path, &prune);
    refused(&["p.safetensors", "--criterion", "obs"], 1, &["masked", "obs"]);
}
