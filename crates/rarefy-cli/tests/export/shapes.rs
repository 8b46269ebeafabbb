//! Networks in both directions, with hidden linear layers, and with other readouts.

use super::kinds::{comes_back, extremes_are_the_same_in_c, integers_are_the_same_in_c, series_of};
use super::peers::{assert_close, constant_bytes, forward, in_c, python};
use super::support::{rarefy, skip};
use super::{export, ours_of};

#[test]
fn networks_of_every_shape_compute_the_same_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (both, mlp) = ("--bidirectional", ["--head", "5,4"]);
    let tanh = [mlp[0], mlp[1], "--activation", "tanh"];
    for (cell, readout, shape) in [
        ("gru", "last", &[both][..]),
        ("lstm", "last", &[both, mlp[0], mlp[1]]),
        ("rnn_tanh", "last-step", &[both]),
        ("rnn_relu", "mean", &[both]),
        ("gru", "mean", &tanh),
        ("lstm", "mean", &[]),
        ("lstm", "last", &mlp),
        ("gru", "padded", &[both]),
        ("gru", "all", &[both, mlp[0], mlp[1]]),
        ("rnn_tanh", "all", &[]),
    ] {
        let sequences = match readout {
            "all" => series_of(here, |_| 6),
            _ => series_of(here, |case| 2 + case * 5 % 9),
        };
        let files = ["train", "--train", "train.ts", "--test", "test.ts", "--layers", "6,6"];
        let how = ["--cell", cell, "--readout", readout, "--epochs", "2", "--lr", "0.02"];
        let out = ["--out", "whole.safetensors", "--json"];
        rarefy(here, &[&files[..], &how, &out, shape].concat()).json();
        let prune = ["prune", "whole.safetensors", "--percent", "50", "--out", "own.safetensors"];
        rarefy(here, &[&prune[..], &["--json"]].concat()).json();
        let what = format!("{cell} {readout} {shape:?}");
        let ours = ours_of(here, "own.safetensors", sequences.test);
        comes_back(here, true);

        let c = ["export", "own.safetensors", "--format", "c", "--out", "own.c"];
        if shape.contains(&both) {
            let refused = rarefy(here, &c);
            assert_eq!(refused.code, 1);
            assert!(refused.stderr.contains("from its end"), "{}", refused.stderr);
        } else {
            let report = export(here, "own.safetensors", "c", "own.c", &[]);
            let source = std::fs::read_to_string(here.join("own.c")).unwrap();
            let bytes = ["weight_bytes", "other_bytes"].map(|at| report[at].as_u64().unwrap());
            assert_eq!(constant_bytes(&source) as u64, bytes[0] + bytes[1], "{what}");
            let kind = [sequences.kind];
            match in_c(here, "own", &sequences.steps, &kind, sequences.classes) {
                Some(found) => assert_close(&format!("{what} in C"), &found, &ours),
                None => return,
            }
            let files = ["train.ts", sequences.test];
            integers_are_the_same_in_c(here, &what, files, &sequences.steps, &kind);
            extremes_are_the_same_in_c(here, &what);
        }
        let Some(python) = python(&["numpy", "onnxruntime"]) else {
            return skip("a Python with onnxruntime (just export-peers)");
        };
        export(here, "own.safetensors", "onnx", "own.onnx", &[]);
        let found = forward(&python, here, "onnx", "own.onnx", &[readout]);
        assert_close(&format!("{what} in ONNX Runtime"), &found, &ours);
        if readout == "all" || shape.contains(&both) {
            let stream = ["export", "own.safetensors", "--stream", "--out", "stream.onnx"];
            let refused = rarefy(here, &stream);
            assert_eq!((refused.code, refused.stderr.contains("--stream")), (1, true), "{what}");
        } else {
            export(here, "own.safetensors", "onnx", "stream.onnx", &["--stream"]);
            let found = forward(&python, here, "onnx", "stream.onnx", &[readout]);
            assert_close(&format!("{what} in pieces in ONNX Runtime"), &found, &ours);
        }
    }
}
