//! Models as users have them: state dicts in checkpoints, state dicts pruned and made permanent,
//! with other readouts, words or labels, and files that are not models. PyTorch wrote those in
//! `cases/models`.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rarefy::format::torch::read_state_dict;
use serde_json::Value;
use support::{Outcome, rarefy};

fn case(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/models").join(file);
    path.to_str().unwrap().to_owned()
}

/// Runs a command in `folder`; words that name a case are replaced by its path.
fn run(folder: &Path, command: &str) -> Outcome {
    let words: Vec<String> = command
        .split_whitespace()
        .map(|word| match Path::new(&case(word)).is_file() {
            true => case(word),
            false => word.to_owned(),
        })
        .collect();
    rarefy(folder, &words.iter().map(String::as_str).collect::<Vec<_>>())
}

fn number(json: &Value, at: &str) -> f64 {
    json.pointer(at).and_then(Value::as_f64).unwrap_or_else(|| panic!("{at} of {json}"))
}

/// Names and shapes of the tensors in a state dict.
fn shapes(path: &Path) -> BTreeMap<String, Vec<usize>> {
    let tensors = read_state_dict(path).unwrap();
    tensors.into_iter().map(|tensor| (tensor.name, tensor.shape)).collect()
}

/// The number of zeros in a tensor.
fn zeros(path: &Path, name: &str) -> usize {
    let tensors = read_state_dict(path).unwrap();
    let tensor = tensors.iter().find(|tensor| tensor.name == name).unwrap();
    tensor.to_f32().iter().filter(|&&number| number == 0.0).count()
}

#[test]
fn zeros_that_pytorch_made_permanent_are_masks_in_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for file in ["01_masks.pt", "01_removed.pt"] {
        let pruned = run(here, &format!("prune {file} --percent 50 --out p.safetensors --json"));
        assert_eq!(pruned.stderr.contains("806 of 1008"), file == "01_removed.pt", "{file}");
        let json = pruned.json();
        assert_eq!(number(&json, "/newly_pruned"), 101.0, "{file}");
        assert_eq!(number(&json, "/pruned_ih") + number(&json, "/pruned_hh"), 907.0, "{file}");
        let c = run(here, &format!("export {file} --format c --out a.c --json")).json();
        assert_eq!(number(&c, "/weight_bytes"), 1106.0, "{file}");
        let recover = format!(
            "recover {file} --baseline {file} --train tr.npz --test te.npz --epochs 1 -q \
             --out r.safetensors --json"
        );
        assert_eq!(number(&run(here, &recover).json(), "/sparsity"), 806.0 / 1008.0, "{file}");
        let limits = format!(
            "limits {file} --train tr.npz --test te.npz --percents 50 --scopes both \
             --retrain-epochs 1 -q --out {file}.limits"
        );
        assert!(run(here, &limits).stdout.contains("      202 "), "{file}");
    }
    let dense =
        run(here, "prune 01_removed.pt --zeros dense --percent 50 --out d.safetensors --json");
    let masked = ["/pruned_ih", "/pruned_hh"].map(|at| number(&dense.json(), at));
    assert_eq!(masked[0] + masked[1], 504.0, "half of all, zeros first");
    let ours = run(here, "prune r.safetensors --zeros dense --percent 50 --out e.safetensors");
    assert!(ours.stderr.contains("--zeros is ignored"), "{}", ours.stderr);
}

#[test]
fn the_readout_of_a_state_dict_is_told_or_said_and_stays_in_what_is_made_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let assumed = run(here, "eval 02_packed.pt --test 02_te.csv --json");
    assert!(assumed.stderr.contains("--readout last"), "{}", assumed.stderr);
    assert!(number(&assumed.json(), "/accuracy") < 0.7);
    let told = run(here, "eval 02_packed.pt --readout last --test 02_te.csv --json");
    assert_eq!(told.stderr, "", "nothing is assumed");
    assert_eq!(number(&told.json(), "/accuracy"), 1.0);
    for command in [
        "prune 02_packed.pt --readout last --percent 10 --out p.safetensors",
        "recover 02_packed.pt --readout last --baseline 02_packed.pt --train 02_tr.csv \
         --test 02_te.csv --epochs 1 -q --out r.safetensors",
        "export 02_packed.pt --readout last --format pt --out e.pt",
    ] {
        let outcome = run(here, command);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let out = command.rsplit(' ').next().unwrap();
        let found = run(here, &format!("eval {out} --test 02_te.csv --json")).json();
        assert!(number(&found, "/accuracy") > 0.99, "{command}: {found}");
    }
    let other = run(here, "eval e.pt --readout padded --test 02_te.csv --json");
    assert!(other.stderr.contains("--readout"), "{}", other.stderr);
    assert_eq!(other.json()["accuracy"], assumed.json()["accuracy"]);
    let limits = "limits 02_packed.pt --readout last --train 02_tr.csv --test 02_te.csv \
                  --percents 10 --scopes both --retrain-epochs 1 -q --out l";
    let limits = run(here, limits);
    assert!(limits.stdout.contains("1.0000"), "{}\n{}", limits.stdout, limits.stderr);
}

#[test]
fn the_state_dict_of_a_checkpoint_is_found_whatever_its_file_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut bytes = std::collections::BTreeSet::new();
    for file in [
        "04_model.pt",
        "04_model_state_dict.pt",
        "04_net.pt",
        "05_model.bin",
        "05_model.ckpt",
        "05_safetensors.pt",
    ] {
        let outcome = run(here, &format!("export {file} --format c --name m --out a.c"));
        assert_eq!(outcome.code, 0, "{file}: {}", outcome.stderr);
        bytes.insert(std::fs::read(here.join("a.c")).unwrap());
    }
    assert_eq!(bytes.len(), 1, "one network");
    for file in ["06_thesis.pt", "06_thesis.safetensors"] {
        let outcome = run(here, &format!("export {file} --format c --name m --out {file}.c"));
        assert_eq!(outcome.code, 0, "{file}: {}", outcome.stderr);
    }
    let read = |file: &str| std::fs::read(here.join(file)).unwrap();
    assert!(read("06_thesis.pt.c") == read("06_thesis.safetensors.c"));
}

#[test]
fn files_that_are_no_models_are_named_as_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for (name, bytes, says) in [
        ("a.pt", &b""[..], "empty"),
        ("b.pt", b"\x89HDF\r\n\x1a\n0000", "Keras"),
        ("c.bin", b"\x1c\0\0\0TFL3\0\0\0\0", "TensorFlow Lite"),
        ("d.pth", b"\x08\x08\x12\x07pytorch\x1a\x05", "ONNX"),
        ("e.ckpt", b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        ("f.safetensors", b"<!DOCTYPE html><html></html>", "HTML"),
        ("g.pt", b"\x93NUMPY\x01\0", "NumPy"),
        ("h.pkl", b"\x80\x04\x95\0\0\0\0\0\0\0\0\x8c\x07sklearn", "scikit-learn"),
        ("i.pt.gz", b"\x1f\x8b\x08\0\0\0", "gzip"),
    ] {
        std::fs::write(here.join(name), bytes).unwrap();
        let outcome = run(here, &format!("export {name} --format c --out a.c"));
        let message = outcome.failure(1);
        assert!(message.contains(name) && message.contains(says), "{says}: {message}");
    }
    for (file, says) in [("te.npz", "NumPy"), ("02_te.csv", "CSV")] {
        let outcome = run(here, &format!("export {file} --format c --out a.c"));
        assert!(outcome.failure(1).contains(says), "{}", outcome.stderr);
    }
    std::fs::create_dir(here.join("folder.pt")).unwrap();
    let outcome = run(here, "export folder.pt --format c --out a.c");
    assert!(outcome.failure(1).contains("a folder"), "{}", outcome.stderr);
}

#[test]
fn what_is_not_supported_is_said_and_what_is() {
    let folder = tempfile::tempdir().unwrap();
    for (file, says) in [
        ("03_mlp_head.pt", "fc2.weight [3, 32]"),
        ("03_input_projection.pt", "proj.weight [16, 16]"),
        ("13_cell.pt", "nn.LSTMCell"),
        ("13_cell.safetensors", "nn.LSTMCell"),
        ("13_weight_norm.pt", "remove_weight_norm"),
        ("13_spectral_norm.pt", "remove_spectral_norm"),
        ("prelude/14_rnn.pt", "--cell rnn_tanh or --cell rnn_relu"),
    ] {
        let outcome = run(folder.path(), &format!("export {file} --format onnx --out a.onnx"));
        let message = outcome.failure(1);
        assert!(message.contains(says), "{message}");
        assert!(message.contains("supported are") || says.contains("--cell"), "{message}");
    }
}

#[test]
fn a_word_model_reads_texts_by_its_own_vocabulary_only() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for command in [
        "eval 07_words.pt --test 07_words.csv",
        "limits 07_words.pt --train 07_words.csv --test 07_words.csv --out l",
    ] {
        let outcome = run(here, command);
        assert!(outcome.failure(1).contains("--vocabulary FILE"), "{}", outcome.stderr);
    }
    let prune = run(here, "prune 07_words.pt --percent 50 --out p.safetensors");
    assert_eq!(prune.code, 0, "{}", prune.stderr);
    let outcome = run(here, "eval p.safetensors --test 07_words.csv");
    assert!(outcome.failure(1).contains("--vocabulary FILE"), "what was not known stays so");

    let words = [
        "<pad>", "<unk>", "was", "film", "good", "bad", "plot", "dull", "fine", "the", "a", "very",
    ];
    std::fs::write(here.join("vocab.txt"), words.join("\n") + "\n").unwrap();
    let json: serde_json::Map<String, Value> =
        words.iter().enumerate().map(|(at, word)| ((*word).to_owned(), at.into())).collect();
    std::fs::write(here.join("vocab.json"), Value::Object(json).to_string()).unwrap();
    let mut found = Vec::new();
    for file in ["vocab.txt", "vocab.json"] {
        let eval =
            format!("eval 07_words.pt --vocabulary {file} --test 07_words.csv --logits 9 --json");
        let outcome = run(here, &eval);
        assert!(outcome.stderr.contains("988 of the 1000 rows"), "{}", outcome.stderr);
        found.push(outcome.json());
    }
    assert_eq!(found[0], found[1]);

    // Round trip: the embedding rows return in their own order, however they are numbered in
    // between.
    let prune = "prune 07_words.pt --vocabulary vocab.txt --percent 0 --out w.safetensors";
    assert_eq!(run(here, prune).code, 0);
    let export = run(here, "export w.safetensors --format pt --out back.pt");
    assert_eq!(export.code, 0, "{}", export.stderr);
    let embedding = |path: PathBuf| {
        let tensors = read_state_dict(&path).unwrap();
        tensors.into_iter().find(|tensor| tensor.name == "embedding.weight").unwrap()
    };
    assert!(embedding(here.join("back.pt")) == embedding(case("07_words.pt").into()));
    let back = run(here, "eval back.pt --test 07_words.csv --logits 9 --json").json();
    assert_eq!(back, found[0]);
    let recover =
        "recover w.safetensors --train 07_words.csv --test 07_words.csv --epochs 1 -q --json";
    assert_eq!(run(here, recover).code, 0, "the state dict is read again as it was");
    let onnx = run(here, "export w.safetensors --format onnx --out w.onnx");
    assert!(onnx.stderr.contains("--vocabulary"), "{}", onnx.stderr);

    std::fs::write(here.join("long.txt"), "w\n".repeat(3)).unwrap();
    let twice = run(here, "eval 07_words.pt --vocabulary long.txt --test 07_words.csv");
    assert!(twice.failure(1).contains("\"w\" twice"), "{}", twice.stderr);
}

#[test]
fn a_model_goes_back_under_its_own_names_into_the_same_module() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for file in [
        "01_masks.pt",
        "01_removed.pt",
        "02_packed.pt",
        "06_thesis.pt",
        "11_no_bias.pt",
        "12_pruned_readout.pt",
        "13_one_logit.pt",
    ] {
        let prune = run(here, &format!("prune {file} --percent 50 --out p.safetensors"));
        assert_eq!(prune.code, 0, "{file}: {}", prune.stderr);
        for format in ["pt", "safetensors"] {
            let out = format!("own.{format}");
            let export = run(here, &format!("export p.safetensors --format {format} --out {out}"));
            assert_eq!(export.code, 0, "{file}: {}", export.stderr);
            let back = run(
                here,
                &format!(
                    "export {out} --format safetensors --naming thesis --out back.safetensors"
                ),
            );
            assert_eq!(back.code, 0, "{file}: {}", back.stderr);
            let read = |file: &str| std::fs::read(here.join(file)).unwrap();
            assert!(read("back.safetensors") == read("p.safetensors"), "{file} as {out}");
        }
        assert_eq!(shapes(&here.join("own.pt")), shapes(case(file).as_ref()), "{file}");
    }
    let export = run(here, "export 11_no_bias.pt --format pt --naming torch --out torch.pt");
    assert_eq!(export.code, 0, "{}", export.stderr);
    let names: Vec<String> = shapes(&here.join("torch.pt")).into_keys().collect();
    assert_eq!(names, ["out.weight", "rnn.weight_hh_l0", "rnn.weight_ih_l0"]);
    let made = "train --cell gru --train tr.npz --test te.npz --layers 3 --epochs 1 -q --out t.safetensors";
    assert_eq!(run(here, made).code, 0);
    let own = run(here, "export t.safetensors --format pt --naming own --out t.pt");
    assert!(own.failure(1).contains("--naming thesis"), "{}", own.stderr);
}

#[test]
fn masks_of_readout_and_biases_and_biases_that_are_not_there_stay_through_retraining() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for file in ["12_pruned_readout.pt", "11_no_bias.pt", "13_one_logit.pt"] {
        let recover = format!(
            "recover {file} --baseline {file} --train tr.npz --test te.npz --epochs 2 --lr 0.01 -q \
             --out r.safetensors"
        );
        let outcome = run(here, &recover);
        assert_eq!(outcome.code, 0, "{file}: {}", outcome.stderr);
        let export = run(here, &format!("export r.safetensors --format pt --out back.{file}"));
        assert_eq!(export.code, 0, "{file}: {}", export.stderr);
    }
    let path = here.join("back.12_pruned_readout.pt");
    for (name, expected) in [
        ("fc.weight_orig", 16),
        ("lstm.bias_ih_l0_orig", 32),
        ("lstm.weight_hh_l0_orig", 512),
        ("fc.bias", 0),
    ] {
        assert_eq!(zeros(&path, name), expected, "{name}");
    }
    // With one logit, training matches that of binary cross-entropy: only its row changes.
    let before = read_state_dict(case("13_one_logit.pt").as_ref()).unwrap();
    let after = read_state_dict(&here.join("back.13_one_logit.pt")).unwrap();
    assert_eq!(before.len(), after.len());
    assert!(
        after.iter().find(|t| t.name == "fc.weight").unwrap().to_f32().iter().all(|w| *w != 0.0)
    );
    let export = run(here, "export r.safetensors --format pt --naming thesis --out thesis.pt");
    assert_eq!(export.code, 0, "{}", export.stderr);
}

#[test]
fn the_classes_of_a_state_dict_are_told_or_the_order_of_the_labels_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let rows = std::fs::read_to_string(case("02_te.csv")).unwrap();
    let rename = |row: &str| match row.rsplit_once(',') {
        Some((text, "0")) => format!("{text},walking"),
        Some((text, "1")) => format!("{text},idle"),
        _ => row.to_owned(),
    };
    let named: Vec<String> = rows.lines().map(rename).collect();
    std::fs::write(here.join("named.csv"), named.join("\n") + "\n").unwrap();
    let eval = "eval 02_packed.pt --readout last --test named.csv --json";
    // In alphabetical order `idle` comes first, but here it is class 1.
    let assumed = run(here, eval);
    assert!(assumed.stderr.contains("(idle, walking)"), "{}", assumed.stderr);
    assert!(assumed.stderr.contains("--labels"), "{}", assumed.stderr);
    assert_eq!(number(&assumed.json(), "/accuracy"), 0.0);
    let told = run(here, &format!("{eval} --labels walking,idle"));
    assert_eq!((told.stderr.as_str(), number(&told.json(), "/accuracy")), ("", 1.0));
    let few = run(here, &format!("{eval} --labels a,b,c"));
    assert!(few.failure(1).contains("2 classes"), "{}", few.stderr);
    // Files made from the model keep it.
    let prune =
        "prune 02_packed.pt --readout last --labels walking,idle --percent 1 --out p.safetensors";
    assert_eq!(run(here, prune).code, 0);
    let kept = run(here, "eval p.safetensors --test named.csv --json").json();
    assert_eq!(kept["labels"], serde_json::json!(["walking", "idle"]));
    let other = run(here, "eval p.safetensors --labels idle,walking --test named.csv");
    assert!(other.failure(1).contains("its labels are walking, idle"), "{}", other.stderr);
    let three = rows.lines().map(|row| row.replace(",1", ",2")).collect::<Vec<_>>().join("\n");
    std::fs::write(here.join("three.csv"), three + "\nab,7\n").unwrap();
    let three = run(here, "eval 02_packed.pt --readout last --test three.csv");
    assert!(three.failure(1).contains("--labels"), "{}", three.stderr);
}
