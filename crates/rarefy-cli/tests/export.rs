//! Exported models compute the same as rarefy: in ONNX Runtime, in PyTorch, in NumPy by the
//! equations, and in C compiled by gcc.
//!
//! Python is `RAREFY_PYTHON`, or the one that `just export-peers` sets up. PyTorch is compared if
//! this Python has it. Missing programs are reported, and with `CI` set they are failures; PyTorch
//! is the exception, because it takes six gigabytes.

#[path = "export/kinds.rs"]
mod kinds;
#[path = "export/peers.rs"]
mod peers;
#[path = "export/shapes.rs"]
mod shapes;
mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use kinds::integers_are_the_same_in_c;
use peers::{assert_close, compiled, constant_bytes, fed, forward, in_c, padded, python};
use serde_json::Value;
use support::{rarefy, skip};

const STACKS: [&str; 4] = ["rnn_tanh", "rnn_relu", "gru", "lstm"];
/// Other graphs amplify rounding of the last bits to 1e-4 of a logit: for `LSTM/watts_strogatz_0`,
/// PyTorch's single precision differs from double precision by 8e-5, and ours by 1.3e-4.
const GRAPHS: [&str; 6] = [
    "RNN_TANH/barabasi_albert_0",
    "RNN_RELU/watts_strogatz_2",
    "GRU/barabasi_albert_0",
    "GRU/watts_strogatz_0",
    "LSTM/barabasi_albert_0",
    "LSTM/watts_strogatz_2",
];

/// Writes the thesis's models to `folder` as rarefy's files; returns their names.
fn published(folder: &Path, thesis: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(thesis.join("graphs_even.json")).unwrap();
    let graphs: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    let mut names = Vec::new();
    let mut import = |path: PathBuf, name: String, more: &[&str]| {
        let out = format!("{name}.safetensors");
        let path = path.to_str().unwrap();
        let arguments = ["export", path, "--format", "safetensors", "--out", &out, "--json"];
        rarefy(folder, &[&arguments, more].concat()).json();
        names.push(name);
    };
    for cell in STACKS {
        import(thesis.join(format!("weights/stack/{cell}.pt")), cell.to_owned(), &[]);
    }
    for graph in GRAPHS {
        std::fs::write(folder.join("graph.json"), graphs[graph].to_string()).unwrap();
        let path = thesis.join(format!("weights/graph/{graph}.pt"));
        let cell = graph.split('/').next().unwrap().to_lowercase();
        let more = ["--graph", "graph.json", "--cell", &cell];
        import(path, graph.replace('/', "_").to_lowercase(), &more);
    }
    names
}

/// Whether a model, given by its name, has an equivalent PyTorch module.
fn is_stack(name: &str) -> bool {
    STACKS.contains(&name.trim_start_matches("pruned_"))
}

/// Writes the first two hundred test strings to `strings.csv` and `texts.json` in `folder`.
fn strings(folder: &Path, thesis: &Path) -> Vec<Vec<u32>> {
    let text = std::fs::read_to_string(thesis.join("dataset/test_data.csv")).unwrap();
    let lines: Vec<&str> = text.lines().take(201).collect();
    std::fs::write(folder.join("strings.csv"), lines.join("\n")).unwrap();
    let string = |line: &&str| line.split(',').nth(1).unwrap().bytes().map(u32::from).collect();
    let tokens: Vec<Vec<u32>> = lines[1..].iter().map(string).collect();
    std::fs::write(folder.join("texts.json"), serde_json::to_string(&tokens).unwrap()).unwrap();
    tokens
}

fn numbers(json: &Value) -> Vec<Vec<f64>> {
    serde_json::from_value(json.clone()).unwrap()
}

/// rarefy's logits, with everything in one batch.
fn ours(folder: &Path, model: &str) -> Vec<Vec<f64>> {
    ours_of(folder, model, "strings.csv")
}

fn ours_of(folder: &Path, model: &str, test: &str) -> Vec<Vec<f64>> {
    let arguments = ["eval", model, "--test", test, "--batch", "200", "--logits", "200", "--json"];
    numbers(&rarefy(folder, &arguments).json()["logits"])
}

fn export(folder: &Path, model: &str, format: &str, out: &str, more: &[&str]) -> Value {
    let arguments = ["export", model, "--format", format, "--out", out, "--json"];
    rarefy(folder, &[&arguments, more].concat()).json()
}

#[test]
fn published_models_compute_the_same_in_c() {
    let Some(thesis) = support::thesis_dir() else { return };
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let texts = padded(&strings(here, &thesis), &0);
    for name in published(here, &thesis) {
        let model = format!("{name}.safetensors");
        export(here, &model, "c", &format!("{name}.c"), &[]);
        let Some(found) = in_c(here, &name, &texts, &[], 2) else { return };
        assert_close(&format!("{name} in C"), &found, &ours(here, &model));
        std::fs::copy(here.join(&model), here.join("own.safetensors")).unwrap();
        integers_are_the_same_in_c(here, &name, ["strings.csv"; 2], &texts, &[]);
    }
}

#[test]
fn published_models_compute_the_same_in_onnx_runtime() {
    let Some(thesis) = support::thesis_dir() else { return };
    let Some(python) = python(&["numpy", "onnxruntime"]) else {
        return skip("a Python with onnxruntime (just export-peers)");
    };
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    strings(here, &thesis);
    for name in published(here, &thesis) {
        let model = format!("{name}.safetensors");
        export(here, &model, "onnx", "model.onnx", &[]);
        let found = forward(&python, here, "onnx", "model.onnx", &[]);
        assert_close(&format!("{name} in ONNX Runtime"), &found, &ours(here, &model));
    }
}

#[test]
fn published_models_compute_the_same_from_their_state_dicts() {
    let Some(thesis) = support::thesis_dir() else { return };
    let Some(python) = python(&["numpy"]) else {
        return skip("a Python with numpy (just export-peers)");
    };
    let has_torch = self::python(&["numpy", "torch"]).is_some();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    strings(here, &thesis);
    for name in published(here, &thesis) {
        let model = format!("{name}.safetensors");
        let ours = ours(here, &model);
        export(here, &model, "pt", "thesis.pt", &[]);
        let found = forward(&python, here, "numpy", "thesis.pt", &[]);
        assert_close(&format!("{name} in NumPy"), &found, &ours);
        if has_torch {
            let found = forward(&python, here, "torch", "thesis.pt", &[]);
            assert_close(&format!("{name} in PyTorch"), &found, &ours);
            if is_stack(&name) {
                export(here, &model, "pt", "torch.pt", &["--naming", "torch"]);
                let found = forward(&python, here, "torch", "torch.pt", &[]);
                assert_close(&format!("{name} in PyTorch's own module"), &found, &ours);
            }
        }
    }
    if !has_torch {
        writeln!(std::io::stderr().lock(), "not compared with PyTorch: it is not there").unwrap();
    }
}

#[test]
fn a_state_dict_comes_back_bit_for_bit() {
    let Some(thesis) = support::thesis_dir() else { return };
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut models = published(here, &thesis);
    for (from, to) in [("gru", "pruned_gru"), ("lstm_watts_strogatz_2", "pruned_graph")] {
        let (from, to) = (format!("{from}.safetensors"), format!("{to}.safetensors"));
        rarefy(here, &["prune", &from, "--percent", "70", "--out", &to, "--json"]).json();
    }
    models.extend(["pruned_gru".to_owned(), "pruned_graph".to_owned()]);
    for name in models {
        let model = format!("{name}.safetensors");
        let before = std::fs::read(here.join(&model)).unwrap();
        for naming in ["thesis", "torch"] {
            let more = ["--naming", naming];
            if naming == "torch" && !is_stack(&name) {
                let arguments = ["export", &model, "--format", "pt", "--out", "no.pt"];
                let refused = rarefy(here, &[&arguments, &more[..]].concat());
                assert!(refused.failure(1).contains("nn.RNN, nn.GRU or nn.LSTM"));
                continue;
            }
            export(here, &model, "pt", "there.pt", &more);
            export(here, "there.pt", "safetensors", "back.safetensors", &[]);
            let after = std::fs::read(here.join("back.safetensors")).unwrap();
            assert!(before == after, "{name} in the naming {naming}");
        }
    }
}

#[test]
fn a_pruned_gru_in_c_costs_what_is_left_of_it() {
    let Some(thesis) = support::thesis_dir() else { return };
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let texts = padded(&strings(here, &thesis), &0);
    let path = thesis.join("weights/stack/gru.pt");
    let prune = ["prune", path.to_str().unwrap(), "--percent", "90", "--out", "p.safetensors"];
    rarefy(here, &[&prune[..], &["--json"]].concat()).json();
    let report = export(here, "p.safetensors", "c", "pruned.c", &[]);
    let number = |at: &str| report.pointer(at).and_then(Value::as_f64).unwrap();
    assert_eq!(number("/dense/weight_bytes"), 180_000.0);
    assert_eq!((number("/multiply_adds"), number("/dense/multiply_adds")), (4_500.0, 45_000.0));
    assert!(number("/weight_bytes") <= 0.15 * number("/dense/weight_bytes"), "{report}");
    let text = std::fs::read_to_string(here.join("pruned.c")).unwrap();
    assert_eq!(constant_bytes(&text) as f64, number("/weight_bytes") + number("/other_bytes"));
    let Some(found) = in_c(here, "pruned", &texts, &[], 2) else { return };
    assert_close("a pruned GRU in C", &found, &ours(here, "p.safetensors"));

    export(here, path.to_str().unwrap(), "c", "dense.c", &[]);
    let text = std::fs::read_to_string(here.join("dense.c")).unwrap();
    let dense = number("/dense/weight_bytes") + number("/dense/other_bytes");
    assert_eq!(constant_bytes(&text) as f64, dense);
    let dense = compiled(here, "dense", &[], 2).expect("the compiler that was there");
    for (what, binary) in [("pruned", here.join("pruned.out")), ("dense", dense)] {
        let seconds = fed(&binary, &texts, &["10"]);
        writeln!(std::io::stderr().lock(), "{what}: {} seconds a step in C", seconds.trim())
            .unwrap();
    }
}

/// Instructions of a step and logits, of the C file `name` on a Cortex-M4 in QEMU; `None` without
/// compiler or emulator.
fn on_cortex(here: &Path, name: &str, options: &[&str]) -> Option<(u64, Vec<f32>)> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export");
    let (script, elf) = (tests.join("cortex.ld"), format!("{name}.elf"));
    let (model, name) = (format!("-DMODEL=\"{name}.c\""), format!("-DNAME={name}"));
    let cpu = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"];
    let mut gcc = Command::new("arm-none-eabi-gcc");
    gcc.args(cpu).args(["-O2", "-std=gnu99", "-Wall", "-Wextra", "-Werror", "-I."]);
    gcc.args([&model, &name, "-DSTEPS=50"]).args(options).arg(tests.join("cortex.c"));
    gcc.arg("-T").arg(script).args(["--specs=rdimon.specs", "-lm", "-o", &elf]);
    let Ok(compiled) = gcc.current_dir(here).output() else {
        skip("arm-none-eabi-gcc");
        return None;
    };
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let mut qemu = Command::new("qemu-system-arm");
    qemu.args(["-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "none"]);
    qemu.args(["-semihosting-config", "enable=on,target=native", "-icount", "shift=0"]);
    let Ok(ran) = qemu.args(["-kernel", &elf]).current_dir(here).output() else {
        skip("qemu-system-arm");
        return None;
    };
    let printed = String::from_utf8(ran.stdout).unwrap();
    let mut words = printed.split_whitespace();
    let instructions = words.next().expect("it prints").parse().unwrap();
    Some((instructions, words.map(|logit| logit.parse().unwrap()).collect()))
}

#[test]
fn a_pruned_network_in_integers_takes_the_fewest_instructions_on_a_microcontroller() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let data = ["data", "signals", "--count", "200", "--out", "data"];
    assert_eq!(rarefy(here, &data).code, 0);
    let files = ["--train", "data/train.npz", "--test", "data/test.npz"];
    let how = ["--cell", "gru", "--layers", "32", "--readout", "last", "--epochs", "1"];
    let train = [&["train"], &files[..], &how, &["--out", "dense.safetensors", "--json"]].concat();
    rarefy(here, &train).json();
    let prune = ["prune", "dense.safetensors", "--percent", "90", "--out", "pruned.safetensors"];
    assert_eq!(rarefy(here, &prune).code, 0);
    for name in ["dense", "pruned"] {
        let model = format!("{name}.safetensors");
        let quantize = ["quantize", &model, "--data", "data/train.npz", "--json"];
        let out = format!("{name}_int8.safetensors");
        rarefy(here, &[&quantize[..], &["--out", &out]].concat()).json();
    }
    let mut counted = Vec::new();
    for name in ["dense", "dense_int8", "pruned_int8"] {
        let report = export(here, &format!("{name}.safetensors"), "c", &format!("{name}.c"), &[]);
        let bytes = ["weight_bytes", "other_bytes"].map(|at| report[at].as_u64().unwrap());
        let Some((instructions, logits)) = on_cortex(here, name, &["-DCLASSES=10", "-DCHANNELS=1"])
        else {
            return;
        };
        // The same steps on this machine.
        let steps: Vec<String> = (0..50).map(|step| (step * 37 % 256).to_string()).collect();
        let Some(here_too) = in_c(here, name, &[steps], &["-DCHANNELS=1"], 10) else { return };
        for (found, expected) in logits.iter().zip(&here_too[0]) {
            let tolerance = if name == "dense" { 1e-4 } else { 0.0 };
            assert!((f64::from(*found) - expected).abs() <= tolerance + 1e-9, "{name}");
        }
        counted.push(instructions);
        let flash = bytes[0] + bytes[1];
        let state = &report["state_bytes"];
        writeln!(
            std::io::stderr().lock(),
            "{name}: {instructions} instructions a step, {flash} bytes of constants, {state} of state"
        )
        .unwrap();
    }
    assert!(counted[2] < counted[1] && counted[1] < counted[0], "{counted:?}");
}

#[test]
fn networks_of_every_wiring_compute_the_same_elsewhere() {
    let texts = ["äTE", "BPßSVE", "BTTTTE", "B", "EßEßEPä", "SVSVSVSVSVSV", "ä", "PTBE"];
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let row = |(at, text): (usize, &&str)| format!("{text},{}", ["a*/b", "0??/"][at % 2]);
    let rows: Vec<String> = texts.iter().enumerate().map(row).collect();
    std::fs::write(here.join("strings.csv"), "string,valid\n".to_owned() + &rows.join("\n"))
        .unwrap();
    let codes = |text: &&str| text.chars().map(u32::from).collect();
    let texts: Vec<Vec<u32>> = texts.iter().map(codes).collect();
    std::fs::write(here.join("texts.json"), serde_json::to_string(&texts).unwrap()).unwrap();
    let graph = ["graph", "generate", "--family", "watts-strogatz", "--nodes", "14", "--k", "4"];
    let graph = rarefy(here, &[&graph[..], &["--p", "1", "--out", "graph.json"]].concat());
    assert_eq!(graph.code, 0, "{}", graph.stderr);

    let wired = ["--graph", "graph.json", "--readout-from", "sinks"];
    let inputs = [&wired[..], &["--skip", "inputs"]].concat();
    for (cell, wiring, readout) in [
        ("lstm", &inputs[..], "last"),
        ("gru", &wired, "last"),
        ("gru", &inputs, "padded"),
        ("rnn_relu", &["--layers", "5,3"], "last"),
    ] {
        let train = ["train", "--train", "strings.csv", "--test", "strings.csv", "--cell", cell];
        let more = ["--epochs", "2", "--readout", readout, "--out", "own.safetensors", "--json"];
        rarefy(here, &[&train, wiring, &more].concat()).json();
        let what = format!("{cell} {wiring:?} {readout}");
        let ours = ours(here, "own.safetensors");

        export(here, "own.safetensors", "c", "own.c", &[]);
        let fed = if readout == "last" { texts.clone() } else { padded(&texts, &0) };
        match in_c(here, "own", &fed, &[], 2) {
            Some(found) => assert_close(&format!("{what} in C"), &found, &ours),
            None => return,
        }
        integers_are_the_same_in_c(here, &what, ["strings.csv"; 2], &fed, &[]);
        let Some(python) = python(&["numpy", "onnxruntime"]) else {
            return skip("a Python with onnxruntime (just export-peers)");
        };
        export(here, "own.safetensors", "onnx", "own.onnx", &[]);
        let last: &[&str] = if readout == "last" { &["last"] } else { &[] };
        let found = forward(&python, here, "onnx", "own.onnx", last);
        assert_close(&format!("{what} in ONNX Runtime"), &found, &ours);
    }
}

#[test]
fn a_model_of_fewer_characters_computes_the_same_of_them() {
    let Some(thesis) = support::thesis_dir() else { return };
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    strings(here, &thesis);
    let path = thesis.join("weights/stack/lstm.pt");
    let path = path.to_str().unwrap();
    let before = ours(here, path);
    let prune = ["prune", path, "--percent", "90", "--out", "all.safetensors", "--json"];
    rarefy(here, &prune).json();
    for (from, to) in [(path, "few.safetensors"), ("all.safetensors", "few_pruned.safetensors")] {
        let letters = ["--characters", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
        let report = export(here, from, "safetensors", to, &letters);
        assert_eq!(report["other_bytes"], 4 * (27 * 50 + 3 * 200 + 102), "{report}");
    }
    assert_eq!(ours(here, "few.safetensors"), before);
    assert_eq!(ours(here, "few_pruned.safetensors"), ours(here, "all.safetensors"));
    let arguments = ["export", path, "--format", "c", "--out", "no.c", "--characters", "Aé"];
    let refused = rarefy(here, &arguments);
    assert!(refused.failure(1).contains("'é' (U+00E9)"), "{}", refused.stderr);
}

#[test]
fn what_cannot_be_exported_is_refused() {
    let Some(thesis) = support::thesis_dir() else { return };
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::copy(thesis.join("weights/stack/gru.pt"), here.join("gru.pt")).unwrap();
    let export =
        |format, out| rarefy(here, &["export", "gru.pt", "--format", format, "--out", out]);
    assert!(export("pt", "gru.pt").failure(1).contains("the model itself"));
    assert!(export("tflite", "gru.tflite").failure(2).contains("tflite"));
    assert!(export("c", "gru.pt/gru.c").failure(1).contains("gru.pt/gru.c"));
}
