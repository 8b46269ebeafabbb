//! `rarefy prune` by criteria that use data, with regions and grains, and `rarefy shrink`.

mod support;

use std::path::Path;

use rarefy::format::open_model;
use serde_json::Value;
use support::rarefy;

const DATA: [&str; 2] = ["--data", "data/train_data.csv"];

/// A folder with Reber strings and a two-layer model trained on them for one epoch.
fn trained(cell: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    rarefy(path, &["data", "reber", "--count", "300", "--out", "data", "--json"]).json();
    let train = ["train", "--cell", cell, "--layers", "16,8", "--epochs", "1", "--out"];
    let data = ["--train", "data/train_data.csv", "--test", "data/test_data.csv"];
    let more = ["m.safetensors", "--quiet", "--json"];
    rarefy(path, &[&train[..], &more, &data].concat()).json();
    folder
}

/// Prunes `m.safetensors` with these options.
fn prune(folder: &Path, options: &[&str], out: &str) -> support::Outcome {
    let command = ["prune", "m.safetensors", "--out", out, "--json"];
    rarefy(folder, &[&command[..], options].concat())
}

fn masks(folder: &Path, model: &str) -> rarefy::network::Masks {
    open_model(&folder.join(model), None, None).unwrap().model.network.masks().clone()
}

#[test]
fn scores_that_are_written_prune_as_their_criterion_does() {
    let folder = trained("gru");
    let here = folder.path();
    let mut all = Vec::new();
    let criteria = ["magnitude", "snip", "grasp", "jacobian", "movement", "wanda", "obs"];
    for criterion in criteria {
        let by = ["--criterion", criterion, "--percent", "50", "--ranking", "matrix"];
        let data = if criterion == "magnitude" { &[][..] } else { &DATA };
        let samples: &[&str] = if data.is_empty() { &[] } else { &["--samples", "40"] };
        let write = ["--scores", "s.safetensors"];
        let pruned =
            prune(here, &[&by[..], data, samples, &write].concat(), "p.safetensors").json();
        assert_eq!(pruned["sparsity"], 0.5, "{criterion}");
        let read = ["--criterion", "s.safetensors", "--percent", "50", "--ranking", "matrix"];
        prune(here, &read, "q.safetensors").json();
        let own = masks(here, "p.safetensors");
        assert_eq!(own, masks(here, "q.safetensors"), "{criterion}");
        assert!(!all.contains(&own), "{criterion} prunes as another does");
        all.push(own);
    }
}

#[test]
fn compensation_changes_the_weights_that_stay_and_no_mask() {
    let folder = trained("lstm");
    let here = folder.path();
    let by = ["--criterion", "obs", "--percent", "60"];
    let alone = prune(here, &[&by[..], &DATA].concat(), "alone.safetensors").json();
    let with = [&by[..], &DATA, &["--compensate"]].concat();
    let compensated = prune(here, &with, "with.safetensors").json();
    assert_eq!(alone["newly_pruned"], compensated["newly_pruned"]);
    assert_eq!(masks(here, "alone.safetensors"), masks(here, "with.safetensors"));
    let bytes = |model: &str| std::fs::read(here.join(model)).unwrap();
    assert_ne!(bytes("alone.safetensors"), bytes("with.safetensors"));
}

#[test]
fn pruned_units_are_taken_out_and_nothing_else_changes() {
    for cell in ["rnn_tanh", "rnn_relu", "gru", "lstm"] {
        let folder = trained(cell);
        let here = folder.path();
        let half = ["--grain", "unit", "--ranking", "layer", "--percent", "50"];
        prune(here, &half, "p.safetensors").json();
        let shrink = ["shrink", "p.safetensors", "--out", "s.safetensors", "--json"];
        let shrunk = rarefy(here, &shrink).json();
        let units = |layer: usize| shrunk["layers"][layer]["units_after"].as_u64().unwrap();
        assert_eq!((units(0), units(1), &shrunk["sparsity"]), (8, 4, &Value::from(0.0)));
        let logits = |model: &str| -> Vec<Vec<f64>> {
            let eval = ["eval", model, "--test", "data/test_data.csv", "--logits", "20", "--json"];
            serde_json::from_value(rarefy(here, &eval).json()["logits"].clone()).unwrap()
        };
        let (before, after) = (logits("p.safetensors"), logits("s.safetensors"));
        for (a, b) in before.concat().iter().zip(after.concat()) {
            assert!((a - b).abs() < 1e-6, "{cell}: {a} and {b}");
        }
    }
}

#[test]
fn gates_lose_percentages_of_their_own() {
    let folder = trained("gru");
    let by_gate = ["--percent", "70,80,50", "--ranking", "gate"];
    let pruned = prune(folder.path(), &by_gate, "p.safetensors").json();
    for weight in pruned["weights"].as_array().unwrap() {
        let gates = weight["gates"].as_array().unwrap();
        let names: Vec<&str> = gates.iter().map(|gate| gate["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["reset", "update", "new"]);
        for (gate, percent) in gates.iter().zip([70.0, 80.0, 50.0]) {
            let count = gate["count"].as_f64().unwrap();
            assert_eq!(gate["pruned"].as_f64(), Some((count * percent / 100.0 + 0.5).floor()));
        }
    }
    let blocks = [&by_gate[..], &["--grain", "block", "--scope", "ih"]].concat();
    let pruned = prune(folder.path(), &blocks, "p.safetensors").json();
    // 8 blocks of 32 weights each.
    let gates = pruned["weights"][0]["gates"].as_array().unwrap();
    let lost: Vec<u64> = gates.iter().map(|gate| gate["pruned"].as_u64().unwrap() / 32).collect();
    assert_eq!(lost, [6, 6, 4]);
}

#[test]
fn what_cannot_be_pruned_so_is_refused_in_a_line() {
    let folder = trained("gru");
    let here = folder.path();
    let refused = |options: &[&str], code: i32, says: &[&str]| {
        let outcome = prune(here, options, "x.safetensors");
        let line = outcome.failure(code);
        assert!(says.iter().all(|part| line.contains(part)), "{says:?} in: {line}");
        assert!(!here.join("x.safetensors").exists());
    };
    refused(&["--percent", "50", "--criterion", "snip"], 2, &["snip", "--data"]);
    refused(&["--percent", "50", "--criterion", "wnada"], 2, &["wnada"]);
    refused(&["--percent", "99.9", "--ranking", "matrix"], 1, &["weight_ih"]);
    refused(&["--percent", "99", "--grain", "unit", "--ranking", "layer"], 1, &["layer 0"]);
    refused(&["--percent", "50", "--grain", "unit", "--scope", "hh"], 1, &["hh"]);
    refused(&["--percent", "50", "--grain", "block", "--ranking", "row"], 1, &["8 rows"]);
    refused(&["--percent", "70,80,50"], 2, &["--ranking gate"]);
    refused(&["--percent", "70,x,50", "--ranking", "gate"], 2, &["0 to 100"]);
    refused(&["--percent", "70,80", "--ranking", "gate"], 1, &["reset, update, new", "3", "2"]);
    refused(&["--percent", "1,2,3,4,5", "--ranking", "gate"], 2, &["1,2,3,4,5"]);
    // The wrong kind of data: series for a model of texts.
    std::fs::write(here.join("series.tsv"), "1\t0.5\t0.25\n0\t0.1\t0.2\n").unwrap();
    let series = ["--percent", "50", "--criterion", "obs", "--data", "series.tsv"];
    refused(&series, 1, &["series.tsv"]);

    let scored = ["--percent", "10", "--scores", "s.safetensors"];
    prune(here, &scored, "p.safetensors").json();
    let scores = |change: &dyn Fn(&mut Vec<f64>), shape: [usize; 2], name: &str| {
        let bytes = std::fs::read(here.join("s.safetensors")).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let mut tensors = Vec::new();
        for (own, view) in file.tensors() {
            let mut values: Vec<f64> = view
                .data()
                .chunks_exact(8)
                .map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()))
                .collect();
            let mut sizes = view.shape().to_vec();
            if own.ends_with(name) {
                change(&mut values);
                if shape != [0, 0] {
                    sizes = shape.to_vec();
                }
            }
            let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
            tensors.push((own, sizes, bytes));
        }
        let views = tensors.iter().map(|(name, shape, bytes)| {
            let view = safetensors::tensor::TensorView::new;
            (name, view(safetensors::Dtype::F64, shape.clone(), bytes).unwrap())
        });
        let bytes = safetensors::serialize(views, None).unwrap();
        std::fs::write(here.join("t.safetensors"), bytes).unwrap();
    };
    let by_file = ["--percent", "50", "--criterion", "t.safetensors"];
    scores(&|_| (), [16, 48], "layers.0.weight_hh");
    refused(&by_file, 1, &["t.safetensors", "layers.0.weight_hh", "[16, 48]", "[48, 16]"]);
    scores(&|values| values[3] = f64::NAN, [0, 0], "layers.1.weight_ih");
    refused(&by_file, 1, &["layers.1.weight_ih", "1 of 384", "NaN"]);
    scores(&|values| values.fill(1.0), [0, 0], "");
    refused(&by_file, 1, &["equal"]);
    let missing = ["--percent", "50", "--criterion", "none.safetensors"];
    refused(&missing, 1, &["none.safetensors"]);
}
