//! Exporting, compiling, pruning and measuring: one input for each kind of former mistake.
//!
//! The inputs are in `cases/models` and `cases/attack`.

#[path = "export/peers.rs"]
#[allow(dead_code)] // The tests of exports use the rest.
mod peers;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use peers::python;
use rarefy::format::Model;
use serde_json::{Value, json};
use support::{Outcome, rarefy, skip};

fn case(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    folder.join(name).to_str().unwrap().to_owned()
}

/// Runs a compiler with these arguments in `folder` and returns the path of its program; `None` if
/// there is no such compiler.
fn compiled(folder: &Path, compiler: &str, arguments: &[&str]) -> Option<PathBuf> {
    if !Command::new(compiler).arg("--version").output().is_ok_and(|out| out.status.success()) {
        skip(compiler);
        return None;
    }
    let mut command = Command::new(compiler);
    command.args(arguments).args(["-o", "program", "-lm"]).current_dir(folder);
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{compiler} {arguments:?}: {errors}");
    Some(folder.join("program"))
}

/// What a program prints.
fn printed(program: &Path) -> Vec<u8> {
    let output = Command::new(program).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-pedantic"];

#[test]
fn large_inputs_saturate_in_c_however_it_is_compiled() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let gru = case("models/08_gru.pt");
    rarefy(here, &["export", &gru, "--name", "m", "--out", "08_gru.c", "--json"]).json();
    std::fs::copy(case("models/08_main.c"), here.join("main.c")).unwrap();
    for flags in [
        &["-O2"][..],
        &["-O2", "-ffast-math"],
        &["-Ofast"],
        &["-O3", "-ffast-math", "-ftree-vectorize"],
    ] {
        let arguments = [flags, &["-std=c99", "main.c"], &WARNINGS].concat();
        let Some(program) = compiled(here, "gcc", &arguments) else { return };
        let logits = String::from_utf8(printed(&program)).unwrap();
        assert_eq!(logits.trim(), "-1.00927 -0.219432", "{flags:?}");
    }
}

#[test]
fn the_c_is_called_from_cpp_and_is_cpp_itself() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let gru = case("models/08_gru.pt");
    rarefy(here, &["export", &gru, "--name", "m", "--out", "08_gru.c", "--json"]).json();
    std::fs::copy(case("models/09_main.cpp"), here.join("main.cpp")).unwrap();
    let object = ["-std=c99", "-c", "08_gru.c"];
    let Some(program) = compiled(here, "gcc", &[&object, &WARNINGS[..]].concat()) else { return };
    std::fs::rename(program, here.join("m.o")).unwrap();
    // All constants are in a section that the program cannot write to.
    let sections = Command::new("size").args(["-A", "m.o"]).current_dir(here).output();
    if let Ok(sections) = sections {
        let text = String::from_utf8(sections.stdout).unwrap();
        for section in [".data", ".bss"] {
            let line = text.lines().find(|line| line.starts_with(section)).unwrap();
            assert_eq!(line.split_whitespace().nth(1), Some("0"), "{text}");
        }
    }
    let Some(program) = compiled(here, "g++", &["main.cpp", "m.o"]) else { return };
    // The exit code is the model's answer. Both answers are fine, a signal is not.
    assert!(matches!(Command::new(program).status().unwrap().code(), Some(0 | 1)));
    let itself = [&["-x", "c++", "main.cpp", "08_gru.c"], &WARNINGS[..]].concat();
    let Some(program) = compiled(here, "g++", &itself) else { return };
    assert!(matches!(Command::new(program).status().unwrap().code(), Some(0 | 1)));
}

#[test]
fn weights_that_c_has_no_constants_for_are_refused_and_class_names_of_any_kind_compile() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let hostile = case("attack/c_export_inff.safetensors");
    let refused = rarefy(here, &["export", &hostile, "--out", "m.c"]);
    assert!(refused.failure(1).contains("add up to inf"), "{}", refused.stderr);
    assert!(!here.join("m.c").exists());
    // ONNX keeps both biases unchanged.
    rarefy(here, &["export", &hostile, "--out", "m.onnx", "--json"]).json();

    let mut model = Model::read(Path::new(&hostile)).unwrap();
    model.network.update(|parameters| parameters.fill(0.25));
    model.write(&here.join("m.safetensors")).unwrap();
    for name in ["int", "sigmoid", "9 lives"] {
        let file = format!("{name}.c");
        rarefy(here, &["export", "m.safetensors", "--out", &file, "--json"]).json();
        let prefix = if name == "9 lives" { "model_9_lives" } else { name };
        let main = format!(
            "#include \"{file}\"\n#include <stdio.h>\nint main(void)\n{{\n    int at;\n    for (at = \
             0; at < {}_CLASSES; at++) {{\n        fputs({prefix}_classes[at], stdout);\n        \
             putchar(0);\n    }}\n    return 0;\n}}\n",
            prefix.to_uppercase()
        );
        std::fs::write(here.join("main.c"), main).unwrap();
        for (compiler, language) in
            [("gcc", &["-std=c99", "-trigraphs"][..]), ("g++", &["-x", "c++", "-trigraphs"])]
        {
            let arguments = [language, &["main.c"], &WARNINGS].concat();
            let Some(program) = compiled(here, compiler, &arguments) else { return };
            let expected: String =
                model.task.labels().iter().map(|name| format!("{name}\0")).collect();
            assert_eq!(String::from_utf8(printed(&program)).unwrap(), expected, "{name}");
        }
    }
}

/// Runs a model on each of some inputs; prints logits, or null if it rejects the input.
const IN_ONNX: &str = "\
import json, sys
import numpy
import onnxruntime
onnxruntime.set_default_logger_severity(4)
session = onnxruntime.InferenceSession(sys.argv[1])
if sys.argv[2] == 'lengths':
    series = numpy.load(sys.argv[3])['X'][:2].transpose(1, 0, 2).copy()
    feeds = lambda value: {'series': series, 'lengths': numpy.array(value)}
else:
    feeds = lambda value: {'tokens': numpy.array([value])}
for value in json.loads(sys.argv[4]):
    try:
        print(json.dumps(session.run(None, feeds(value))[0].tolist()))
    except Exception:
        print('null')
";

fn in_onnx(folder: &Path, python: &Path, arguments: &[&str]) -> Vec<Value> {
    let output =
        Command::new(python).args(["-c", IN_ONNX]).args(arguments).current_dir(folder).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn onnx_answers_before_the_first_step_and_refuses_what_no_array_has() {
    let Some(python) = python(&["numpy", "onnxruntime"]) else {
        return skip("a Python with onnxruntime (just export-peers)");
    };
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (masks, test) = (case("models/01_masks.pt"), case("models/te.npz"));
    rarefy(here, &["export", &masks, "--out", "m.onnx", "--json"]).json();
    rarefy(here, &["export", &masks, "--out", "m.safetensors", "--json"]).json();
    let lengths = "[[0, 8], [8, 8], [8, 9], [-1, 8], [8, -8]]";
    let found = in_onnx(here, &python, &["m.onnx", "lengths", &test, lengths]);
    // The state before the first step is zero, so the logits are the readout's bias.
    let model = Model::read(&here.join("m.safetensors")).unwrap();
    let bias = &model.network.parameters()[model.network.layout().readout().bias.clone()];
    for (found, bias) in found[0][0].as_array().unwrap().iter().zip(bias) {
        assert!((found.as_f64().unwrap() - f64::from(*bias)).abs() < 1e-6, "{found} {bias}");
    }
    assert_eq!(found[0][1], found[1][1]);
    assert!(found[1][0] != found[0][0] && found[2..].iter().all(Value::is_null), "{found:?}");

    let rows = "string,valid\nab,0\nba,1\naab,0\nbba,1\n";
    std::fs::write(here.join("t.csv"), rows).unwrap();
    let train = ["train", "--train", "t.csv", "--test", "t.csv", "--layers", "3"];
    let more = ["--cell", "lstm", "--epochs", "1", "--out", "t.safetensors", "--json"];
    rarefy(here, &[&train[..], &more].concat()).json();
    rarefy(here, &["export", "t.safetensors", "--out", "t.onnx", "--json"]).json();
    let found = in_onnx(here, &python, &["t.onnx", "tokens", "", "[[2, 1], [-1, 1], [1, 128]]"]);
    let refused: Vec<bool> = found.iter().map(Value::is_null).collect();
    assert_eq!(refused, [false, true, true], "{found:?}");
}

#[test]
fn a_model_on_a_coarse_grid_loses_what_was_asked_for_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let grid = case("models/10_grid.pt");
    // On this grid a third of the weights are 0.
    let prune = |percent: &str, out: &str| {
        let arguments = ["prune", &grid, "--zeros", "dense", "--percent", percent, "--out", out];
        rarefy(here, &[&arguments[..], &["--json"]].concat()).json()
    };
    let report = prune("80", "once.safetensors");
    // Of 3 x 32 x (5 + 32) weights, this many are below the 80th percentile.
    assert_eq!((&report["newly_pruned"], &report["threshold"]), (&json!(2841), &json!(0.125)));
    prune("80", "again.safetensors");
    let read = |name: &str| std::fs::read(here.join(name)).unwrap();
    assert!(read("once.safetensors") == read("again.safetensors"));
    for (percent, pruned) in [("0", 0), ("10", 356), ("50", 1776), ("100", 3551)] {
        assert_eq!(prune(percent, "p.safetensors")["newly_pruned"], json!(pruned), "{percent}");
    }
}

#[test]
fn a_name_that_says_another_kind_of_file_is_wrong_use_and_no_format_is_taken_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let gru = case("models/08_gru.pt");
    std::fs::write(here.join("g.csv"), "0,1\n1,2\n").unwrap();
    let run = |command: &str| {
        let words: Vec<&str> = command
            .split(' ')
            .map(|word| if word == "GRU" { gru.as_str() } else { word })
            .collect();
        rarefy(here, &words)
    };
    for (command, says) in [
        ("graph draw g.csv --out x.pdf", ".svg or .png"),
        ("graph convert g.csv --out x.pt", ".graphml"),
        ("graph convert g.csv --out x", ".graphml"),
        ("graph generate --family star --nodes 4 --out x.gexf", ".graphml"),
        ("export GRU --format c --out x.onnx", "--format onnx"),
        ("export GRU --format onnx --out x.pt", "--format pt"),
        ("export GRU --format c --out x.svg", ".c"),
        ("export GRU --out x", "--format"),
        ("prune GRU --percent 50 --out x.pt", "rarefy export"),
        ("prune GRU --percent 50 --out x.ONNX", ".safetensors"),
        ("recover GRU --train t --test t --out x.h5", ".safetensors"),
        ("train --train t --test t --out x.onnx", ".safetensors"),
        ("limits GRU --train t --test t --out x.safetensors", "folder"),
        ("data reber --out x.csv", "folder"),
        ("study run s.toml --out x.toml", "folder"),
        ("report . --figures x.svg", "folder"),
        ("eval GRU --test t --predictions x.json", ".csv"),
    ] {
        let refused = run(command);
        let said = refused.failure(2);
        assert!(refused.stderr.contains(says), "{command}: {said}");
    }
    let left: Vec<_> = std::fs::read_dir(here).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["g.csv"]);
    for (out, begins) in [
        ("x.c", &b"/* A recurrent"[..]),
        ("x.h", b"/* A recurrent"),
        ("x.pt", b"PK"),
        ("x.PTH", b"PK"),
        ("x.onnx", &[8, 7]),
    ] {
        assert_eq!(run(&format!("export GRU --out {out}")).code, 0, "{out}");
        assert!(std::fs::read(here.join(out)).unwrap().starts_with(begins), "{out}");
    }
    // An ending that names no format is the user's own.
    assert_eq!(run("prune GRU --percent 50 --out gru-0.5").code, 0);
    assert_eq!(run("export GRU --format c --out gru.inc").code, 0);
    let drawn = run("graph draw g.csv --out g.png");
    match drawn.code {
        0 => assert!(std::fs::read(here.join("g.png")).unwrap().starts_with(b"\x89PNG")),
        _ => assert!(drawn.failure(1).contains("fonts"), "{}", drawn.stderr),
    }
}

#[test]
fn limits_says_whose_time_it_measured_and_its_log_has_no_other_measure_than_its_table() {
    let folder = tempfile::tempdir().unwrap();
    let (train, test) = (case("models/tr.npz"), case("models/te.npz"));
    let data = ["limits", "--train", &train, "--test", &test, "--layers", "4", "--epochs", "1"];
    let sweep = ["--retrain-epochs", "1", "--percents", "50", "--scopes", "both"];
    let more = ["--tolerance", "1", "--out", "l", "--json"];
    let run = rarefy(folder.path(), &[&data[..], &sweep, &more].concat());
    let answer = run.json();
    let measured = answer["kept"]["step_measured"].as_str().unwrap();
    assert!(measured.contains("own stepper") && measured.contains("not the exported C"));
    let sentence = answer["sentence"].as_str().unwrap();
    assert!(sentence.contains("in rarefy, one core") && sentence.contains("C was not timed"));
    assert!(run.stderr.contains("both-50") && !run.stderr.contains("recover"), "{}", run.stderr);
}

/// The label of the sequence at `at`.
fn label(at: usize) -> usize {
    (at * at + at / 5) % 3
}

/// The answers of a model, computed by hand from its logits.
#[test]
fn eval_counts_each_answer_of_each_label_and_writes_a_row_for_each_sequence() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let labels = ["so, so", "\"good\"", "bad\nand ugly"];
    let row = |at: usize| {
        let text: String = "abcab".chars().cycle().skip(at % 3).take(1 + at % 4).collect();
        format!("{text},\"{}\"\n", labels[label(at)].replace('"', "\"\""))
    };
    let rows = |count| "string,valid\n".to_owned() + &(0..count).map(row).collect::<String>();
    std::fs::write(here.join("train.csv"), rows(60)).unwrap();
    std::fs::write(here.join("test.csv"), rows(31)).unwrap();
    let files = ["--train", "train.csv", "--test", "test.csv", "--out", "m.safetensors", "--json"];
    let train = ["train", "--cell", "gru", "--layers", "4", "--epochs", "2", "--lr", "0.02"];
    rarefy(here, &[&train[..], &files].concat()).json();
    let eval = ["eval", "m.safetensors", "--test", "test.csv"];
    let more = ["--confusion", "--predictions", "p.csv", "--logits", "31"];
    let run = |json: &[&str]| -> Outcome { rarefy(here, &[&eval[..], &more, json].concat()) };
    let report = run(&["--json"]).json();
    let logits: Vec<Vec<f64>> = serde_json::from_value(report["logits"].clone()).unwrap();
    let names: Vec<String> = serde_json::from_value(report["labels"].clone()).unwrap();
    assert_eq!(report["predictions"], "p.csv");

    let mut confusion = vec![vec![0; 3]; 3];
    let mut reader = csv::Reader::from_path(here.join("p.csv")).unwrap();
    let probability = names.iter().map(|name| format!("probability_{name}"));
    let header = ["row", "label", "answer", "probability"].map(str::to_owned).into_iter();
    let header: Vec<String> = header.chain(probability).collect();
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), header);
    let found: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!((found.len(), logits.len()), (31, 31));
    for (at, (found, logits)) in found.iter().zip(&logits).enumerate() {
        let best = (0..3).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap();
        let label = labels[self::label(at)];
        let of = |name: &str| names.iter().position(|other| other == name).unwrap();
        confusion[of(label)][best] += 1;
        assert_eq!(found[0], *(at + 1).to_string());
        assert_eq!((&found[1], &found[2]), (label, names[best].as_str()), "{at}");
        let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
        for (class, logit) in logits.iter().enumerate() {
            let here: f64 = found[4 + class].parse().unwrap();
            assert!((here - logit.exp() / sum).abs() < 1e-6, "{at}: {here}");
        }
        assert_eq!(found[3], found[4 + best]);
    }
    assert_eq!(report["confusion"], json!(confusion));
    let diagonal: i32 = (0..3).map(|at| confusion[at][at]).sum();
    assert_eq!(report["correct"], json!(diagonal));

    let text = run(&[]).stdout;
    assert!(text.contains("label \\ answer") && text.contains("wrote p.csv"), "{text}");
    let same = [&eval[..], &["--predictions", "test.csv"]].concat();
    assert!(rarefy(here, &same).failure(1).contains("--test file"));
}

/// Runs `rarefy` as a user who may have at most three processes and threads. The limit does not
/// hold for root, so root runs it as nobody.
#[cfg(target_os = "linux")]
#[test]
fn fewer_threads_than_asked_for_compute_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let generate = ["graph", "generate", "--family", "star", "--nodes", "20", "--out", "g.json"];
    assert_eq!(rarefy(here, &generate).code, 0);
    let binary = here.join("rarefy");
    std::fs::copy(env!("CARGO_BIN_EXE_rarefy"), &binary).unwrap();
    let mut mode = std::fs::metadata(here).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o777);
    std::fs::set_permissions(here, mode).unwrap();
    let nobody =
        "$(test $(id -u) -ne 0 || echo setpriv --reuid=65534 --regid=65534 --clear-groups)";
    let run = |arguments: &str| {
        let script = format!("n=\"{nobody}\"; ulimit -u 3; exec $n ./rarefy {arguments}");
        Command::new("bash").args(["-c", &script]).current_dir(here).output().unwrap()
    };
    let described = run("graph describe g.json --jobs 4 --json");
    let errors = String::from_utf8_lossy(&described.stderr);
    assert!(described.status.success(), "{errors}");
    let alone = rarefy(here, &["graph", "describe", "g.json", "--jobs", "1", "--json"]).json();
    assert_eq!(serde_json::from_slice::<Value>(&described.stdout).unwrap(), alone);

    std::fs::write(here.join("t.csv"), "string,valid\nab,0\nba,1\naab,0\nbba,1\n").unwrap();
    let study = "name = \"s\"\n[data]\ntrain = \"t.csv\"\ntest = \"t.csv\"\n[base]\ncell = \"gru\"\nlayers = [3]\n\
                 epochs = 1\njudge = \"test\"\nvalidation_share = 0\n[axes]\nseed = [0, 1, 2, 3]\n";
    std::fs::write(here.join("s.toml"), study).unwrap();
    let study = run("study run s.toml --out s --jobs 4 --quiet");
    let errors = String::from_utf8_lossy(&study.stderr);
    // If not even one thread can be started, it says so.
    assert!(study.status.success() || errors.contains("thread"), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
}

#[test]
fn an_instruction_set_that_is_set_to_nothing_is_not_set() {
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_rarefy"))
        .args(["data", "reber", "--count", "8", "--out", "d"])
        .env("RAREFY_INSTRUCTION_SET", "")
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}
