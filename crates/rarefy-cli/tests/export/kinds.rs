//! Models that read words, and models that read series of numbers.

use std::fmt::{Display, Write as _};
use std::path::Path;

use rarefy::format::Model;
use rarefy::network::Masks;
use serde_json::json;

use super::peers::{
    assert_close, assert_same_bits, constant_bytes, forward, in_c, linked, padded, python,
};
use super::support::{rarefy, skip};
use super::{export, ours_of};

const CELLS: [&str; 4] = ["rnn_tanh", "rnn_relu", "gru", "lstm"];

/// Words that C must escape, some of which continue with a digit after an escape, and words that
/// are prefixes of others.
const WORDS: [&str; 16] = [
    "a",
    "aa",
    "ab",
    "über",
    "naïve1",
    "日本語",
    "🦀",
    "\"quoted\"",
    "back\\slash",
    "0??/7",
    "%d%s",
    "'tis",
    "{}",
    "*/",
    "é8",
    "z",
];

/// Sequences in the form that each program reads.
pub struct Sequences {
    /// The file for measuring a model.
    pub test: &'static str,
    /// Each step, as the driver in C reads it.
    pub steps: Vec<Vec<String>>,
    /// Compiler options for the driver.
    pub kind: &'static str,
    pub classes: usize,
}

/// What to train, and how.
struct Training<'a> {
    files: &'a [&'a str],
    wiring: &'a [&'a str],
    cell: &'a str,
    readout: &'a str,
    /// Percentage of the weights to prune.
    percent: &'a str,
}

/// Trains, prunes and exports a model as `own` in every format, and compares the logits.
fn compute_the_same_elsewhere(here: &Path, training: &Training, sequences: &Sequences) {
    let Training { files, wiring, cell, readout, percent } = training;
    let Sequences { test, steps, kind, classes } = sequences;
    let arguments = ["train", "--cell", cell, "--readout", readout, "--out", "whole.safetensors"];
    let more = ["--epochs", "2", "--lr", "0.02", "--json"];
    rarefy(here, &[&arguments, *files, wiring, &more].concat()).json();
    let prune = ["prune", "whole.safetensors", "--percent", percent, "--out", "own.safetensors"];
    rarefy(here, &[&prune[..], &["--json"]].concat()).json();
    let what = format!("{cell} {wiring:?} {readout} {test}");
    let ours = ours_of(here, "own.safetensors", test);

    comes_back(here, wiring.is_empty());

    let report = export(here, "own.safetensors", "c", "own.c", &[]);
    let source = std::fs::read_to_string(here.join("own.c")).unwrap();
    let bytes = ["/weight_bytes", "/other_bytes"].map(|at| report.pointer(at).unwrap());
    let bytes: u64 = bytes.iter().map(|bytes| bytes.as_u64().unwrap()).sum();
    assert_eq!(constant_bytes(&source) as u64, bytes, "{what}");
    let last = *readout == "last";
    let (fed, kind) = if last {
        (steps.clone(), vec![*kind])
    } else {
        (padded(steps, &"<padding>".to_owned()), vec![*kind, "-DPADDING=OWN_PADDING"])
    };
    match in_c(here, "own", &fed, &kind, *classes) {
        Some(found) => assert_close(&format!("{what} in C"), &found, &ours),
        None => return,
    }
    let train = files.iter().skip_while(|option| **option != "--train").nth(1).unwrap();
    integers_are_the_same_in_c(here, &what, [train, test], &fed, &kind);

    let Some(python) = python(&["numpy", "onnxruntime"]) else {
        return skip("a Python with onnxruntime (just export-peers)");
    };
    let more: &[&str] = if last { &["last"] } else { &[] };
    export(here, "own.safetensors", "onnx", "own.onnx", &[]);
    let found = forward(&python, here, "onnx", "own.onnx", more);
    assert_close(&format!("{what} in ONNX Runtime"), &found, &ours);
    export(here, "own.safetensors", "pt", "own.pt", &[]);
    let found = forward(&python, here, "numpy", "own.pt", more);
    assert_close(&format!("{what} in NumPy"), &found, &ours);
    if self::python(&["numpy", "torch"]).is_some() {
        let found = forward(&python, here, "torch", "own.pt", more);
        assert_close(&format!("{what} in PyTorch"), &found, &ours);
    }
}

/// Compares `own.safetensors` in integers with its C file, exactly. `files` are a training file and
/// the test file.
pub fn integers_are_the_same_in_c<T: Display>(
    here: &Path,
    what: &str,
    [train, test]: [&str; 2],
    fed: &[Vec<T>],
    kind: &[&str],
) {
    let quantize = ["quantize", "own.safetensors", "--data", train, "--json"];
    let out = ["--out", "integers.safetensors", "--samples", "20"];
    let found = rarefy(here, &[&quantize[..], &out].concat()).json();
    let report = export(here, "integers.safetensors", "c", "integers.c", &[]);
    let source = std::fs::read_to_string(here.join("integers.c")).unwrap();
    let bytes = ["weight_bytes", "other_bytes"].map(|at| report[at].as_u64().unwrap());
    assert_eq!(constant_bytes(&source) as u64, bytes[0] + bytes[1], "{what}");
    assert_eq!(found["integers"]["constant_bytes"], bytes[0] + bytes[1], "{what}");
    let kind: Vec<String> = kind.iter().map(|kind| kind.replace("OWN", "INTEGERS")).collect();
    let kind: Vec<&str> = kind.iter().map(String::as_str).collect();
    assert_same_bits(here, what, fed, &kind, &ours_of(here, "integers.safetensors", test));
}

/// Whether a state dict restores `own.safetensors` bit for bit.
pub fn comes_back(here: &Path, is_stack: bool) {
    let before = std::fs::read(here.join("own.safetensors")).unwrap();
    let namings: &[&str] = if is_stack { &["thesis", "torch"] } else { &["thesis"] };
    for naming in namings {
        export(here, "own.safetensors", "pt", "there.pt", &["--naming", naming]);
        export(here, "there.pt", "safetensors", "back.safetensors", &[]);
        export(here, "back.safetensors", "pt", "again.pt", &["--naming", naming]);
        let read = |file: &str| std::fs::read(here.join(file)).unwrap();
        assert!(before == read("back.safetensors"), "in the naming {naming}");
        assert!(read("there.pt") == read("again.pt"), "in the naming {naming}");
    }
}

/// Texts of words in `train.csv` and `test.csv`. Some words of the latter are unknown.
fn words(here: &Path) -> Sequences {
    let text = |at: usize, words: &[&str]| -> Vec<String> {
        let length = 1 + at * 5 % 7;
        let word = |step: usize| words[(at * 7 + step * (3 + at % 4)) % words.len()].to_owned();
        (0..length).map(word).collect()
    };
    let csv = |texts: &[Vec<String>]| {
        let row = |(at, text): (usize, &Vec<String>)| {
            let text = text.join(" ").replace('"', "\"\"");
            format!("\"{text}\",{}\n", ["bad", "good", "so/so"][at % 3])
        };
        "string,valid\n".to_owned() + &texts.iter().enumerate().map(row).collect::<String>()
    };
    let train: Vec<Vec<String>> = (0..60).map(|at| text(at, &WORDS)).collect();
    let more: Vec<&str> =
        WORDS.into_iter().chain(["never", "ab1", "\u{1}", "zz", "ü", "日本"]).collect();
    let test: Vec<Vec<String>> = (0..40).map(|at| text(at, &more)).collect();
    std::fs::write(here.join("train.csv"), csv(&train)).unwrap();
    std::fs::write(here.join("test.csv"), csv(&test)).unwrap();
    std::fs::write(here.join("texts.json"), json!(test).to_string()).unwrap();
    Sequences { test: "test.csv", steps: test, kind: "-DWORDS", classes: 3 }
}

/// Series of three channels and of different lengths, far from mean 0 and variance 1. One channel
/// is constant.
fn series(here: &Path) -> Sequences {
    series_of(here, |case| 2 + case * 5 % 9)
}

/// The same of these lengths.
pub fn series_of(here: &Path, length: fn(usize) -> usize) -> Sequences {
    let value = |case: usize, step: usize, channel: usize| -> f32 {
        let wave = ((case * 13 + step * 7 + channel * 5) as f32 * 0.37).sin();
        [250.0 + 40.0 * wave, -3e-3 + 1e-3 * wave * (case % 2) as f32, 7.5][channel]
    };
    let case = |case: usize| -> Vec<[f32; 3]> {
        (0..length(case)).map(|step| [0, 1, 2].map(|channel| value(case, step, channel))).collect()
    };
    let file = |name: &str, cases: &[Vec<[f32; 3]>]| {
        let mut text = "@problemName waves\n@timeStamps false\n@univariate false\n@dimensions 3\n\
                        @equalLength false\n@classLabel true calm wild\n@data\n"
            .to_owned();
        for (at, case) in cases.iter().enumerate() {
            for channel in 0..3 {
                let values: Vec<String> = case.iter().map(|s| s[channel].to_string()).collect();
                write!(text, "{}:", values.join(",")).unwrap();
            }
            writeln!(text, "{}", ["calm", "wild"][at % 2]).unwrap();
        }
        std::fs::write(here.join(name), text).unwrap();
    };
    let train: Vec<_> = (0..40).map(case).collect();
    let test: Vec<_> = (100..130).map(case).collect();
    file("train.ts", &train);
    file("test.ts", &test);
    file(EXTREME, &extreme_series());
    std::fs::write(here.join("texts.json"), json!(test).to_string()).unwrap();
    Sequences { test: "test.ts", steps: lines(&test), kind: "-DCHANNELS=3", classes: 2 }
}

/// Series as the driver reads them.
fn lines(series: &[Vec<[f32; 3]>]) -> Vec<Vec<String>> {
    let line = |step: &[f32; 3]| format!("{} {} {}", step[0], step[1], step[2]);
    series.iter().map(|case| case.iter().map(line).collect()).collect()
}

/// The file of [`extreme_series`].
const EXTREME: &str = "extreme.ts";

/// Series of six steps, of the largest and smallest numbers that data may have.
fn extreme_series() -> Vec<Vec<[f32; 3]>> {
    const VALUES: [f32; 8] = [1e30, -1e30, 0.0, f32::MIN_POSITIVE, -1e-45, 65504.0, -1e9, 250.0];
    let value = |case: usize, step: usize, channel: usize| {
        VALUES[(case * (1 + step) + step + channel * case / 3) % VALUES.len()]
    };
    let step = |case: usize, step: usize| [0, 1, 2].map(|channel| value(case, step, channel));
    (0..40).map(|case| (0..6).map(|at| step(case, at)).collect()).collect()
}

/// Compares `integers.safetensors` with its C file on [`extreme_series`], exactly.
pub fn extremes_are_the_same_in_c(here: &Path, what: &str) {
    let what = format!("{what}, extreme");
    let ours = ours_of(here, "integers.safetensors", EXTREME);
    assert_same_bits(here, &what, &lines(&extreme_series()), &["-DCHANNELS=3"], &ours);
}

#[test]
fn models_of_words_compute_the_same_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let sequences = words(here);
    let files = ["--train", "train.csv", "--test", "test.csv", "--tokens", "words"];
    let files = [&files[..], &["--layers", "6,6"]].concat();
    for cell in CELLS {
        for (readout, percent) in [("padded", "30"), ("last", "80")] {
            let training = Training { files: &files, wiring: &[], cell, readout, percent };
            compute_the_same_elsewhere(here, &training, &sequences);
        }
    }
    let source = std::fs::read_to_string(here.join("own.c")).unwrap();
    assert!(source.contains("int own_token(const char *word);"), "{source}");
    assert!(source.contains("#define OWN_TOKENS 18\n"), "{source}");
}

#[test]
fn models_of_series_compute_the_same_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let sequences = series(here);
    let files = ["--train", "train.ts", "--test", "test.ts", "--layers", "6,6"];
    for cell in CELLS {
        for (readout, percent) in [("padded", "30"), ("last", "80")] {
            let training = Training { files: &files, wiring: &[], cell, readout, percent };
            compute_the_same_elsewhere(here, &training, &sequences);
        }
    }
    let source = std::fs::read_to_string(here.join("own.c")).unwrap();
    let step = "void own_step(own_state *state, const float numbers[OWN_CHANNELS]);";
    assert!(source.contains(step) && !source.contains("own_token"), "{source}");

    let graph = ["graph", "generate", "--family", "watts-strogatz", "--nodes", "12", "--k", "4"];
    let graph = rarefy(here, &[&graph[..], &["--p", "1", "--out", "graph.json"]].concat());
    assert_eq!(graph.code, 0, "{}", graph.stderr);
    let wiring = ["--graph", "graph.json", "--readout-from", "sinks", "--skip", "inputs"];
    for (cell, readout, wiring) in [("gru", "last", &wiring[..]), ("lstm", "padded", &wiring[..4])]
    {
        let training = Training { files: &files[..4], wiring, cell, readout, percent: "20" };
        compute_the_same_elsewhere(here, &training, &sequences);
    }
}

/// An unused constant or variable would cause a warning, which counts as an error here.
#[test]
fn a_network_that_reads_nothing_is_c_without_warnings() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for (sequences, files) in [
        (words(here), ["--train", "train.csv", "--test", "test.csv", "--tokens", "words"]),
        (series(here), ["--train", "train.ts", "--test", "test.ts", "--layers", "3"]),
    ] {
        let arguments = ["train", "--cell", "gru", "--epochs", "1", "--out", "m.safetensors"];
        rarefy(here, &[&arguments[..], &files, &["--json"]].concat()).json();
        let mut model = Model::read(&here.join("m.safetensors")).unwrap();
        let weights = model.network.layout().weights().flat_map(|weight| weight.range);
        let masks = Masks::at(model.network.layout().len(), weights.collect());
        model.network.mask(&masks);
        model.write(&here.join("own.safetensors")).unwrap();
        let report = export(here, "own.safetensors", "c", "own.c", &[]);
        let source = std::fs::read_to_string(here.join("own.c")).unwrap();
        assert_eq!((&report["weight_bytes"], &report["multiply_adds"]), (&json!(0), &json!(0)));
        assert_eq!(json!(constant_bytes(&source)), report["other_bytes"], "{source}");
        let Some(found) = in_c(here, "own", &sequences.steps, &[sequences.kind], sequences.classes)
        else {
            return;
        };
        let ours = ours_of(here, "own.safetensors", sequences.test);
        assert_close("a network that reads nothing", &found, &ours);
    }
}

/// The function that looks up a token or takes numbers is declared for other files, too.
#[test]
fn other_files_use_a_model_by_its_declarations() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    words(here);
    series(here);
    for (name, train, tokens, call) in [
        (
            "words",
            "train.csv",
            &["--tokens", "words"][..],
            "words_step(&state, words_token(\"\\303\\274ber\"));",
        ),
        ("series", "train.ts", &[], "series_step(&state, numbers);"),
    ] {
        let file = format!("{name}.safetensors");
        let arguments = ["train", "--train", train, "--test", train];
        let more = ["--cell", "lstm", "--layers", "3", "--epochs", "1", "--readout", "padded"];
        let out = ["--out", &file, "--json"];
        rarefy(here, &[&arguments[..], tokens, &more, &out].concat()).json();
        export(here, &file, "c", &format!("{name}.c"), &[]);
        let upper = name.to_uppercase();
        let numbers =
            if name == "series" { "static const float numbers[] = SERIES_PADDING;" } else { "" };
        let main = format!(
            "#define {upper}_DECLARATIONS_ONLY\n#include \"{name}.c\"\n{numbers}\n\
             int main(void)\n{{\n    {name}_state state;\n    float logits[{upper}_CLASSES];\n    \
             {name}_reset(&state);\n    {call}\n    {name}_logits(&state, logits);\n    \
             return logits[0] == logits[0] ? 0 : 1;\n}}\n"
        );
        std::fs::write(here.join("main.c"), main).unwrap();
        let files = [format!("{name}.c"), "main.c".to_owned()];
        let Some(binary) = linked(here, &files) else { return };
        assert!(std::process::Command::new(binary).status().unwrap().success());
    }
}
