//! State dicts of many kinds, written by PyTorch if it is installed. Each gives PyTorch's logits
//! and can be written back under its own names, or is rejected for the right reason.

#[allow(dead_code)]
#[path = "export/peers.rs"]
mod peers;
mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use rarefy::format::torch::read_state_dict;
use serde::Deserialize;
use support::rarefy;

/// For f32 sums in different orders.
const TOLERANCE: f64 = 1e-5;

#[derive(Deserialize)]
struct Case {
    file: String,
    data: String,
    args: Vec<String>,
    /// What the error must say; `None` if the logits must equal PyTorch's.
    refused: Option<String>,
    logits: Option<Vec<Vec<f64>>>,
}

#[test]
fn every_state_dict_is_what_pytorch_computes_or_refused_for_what_it_is() {
    let Some(python) = peers::python(&["torch", "numpy", "safetensors"]) else {
        // Not a failure even with `CI` set, because it takes six gigabytes.
        return support::leave_out("a Python with torch");
    };
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/state_dicts/state_dicts.py");
    let made = Command::new(python).arg(script).arg(here).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let cases = std::fs::read_to_string(here.join("cases.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&cases).unwrap();
    assert!(cases.len() >= 80);
    for case in &cases {
        let outcome = match &case.refused {
            Some(reason) => is_refused(here, case, reason),
            None => format!("logits differ by {:.1e} at most", agrees(here, case)),
        };
        writeln!(std::io::stderr().lock(), "{:32} {outcome}", case.file).unwrap();
    }
}

fn is_refused(here: &Path, case: &Case, reason: &str) -> String {
    let arguments = ["eval", &case.file, "--test", &case.data];
    let outcome = rarefy(here, &arguments);
    let message = outcome.failure(1);
    assert!(message.contains(reason) && message.contains(&case.file), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    format!("refused: {reason}")
}

/// The largest difference of our logits from PyTorch's, also for the file that is written back.
fn agrees(here: &Path, case: &Case) -> f64 {
    let Case { file, data, args, .. } = case;
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let logits = |file: &str, args: &[&str]| -> Vec<Vec<f64>> {
        let arguments = ["eval", file, "--test", data, "--batch", "50", "--logits", "50", "--json"];
        let json = rarefy(here, &[&arguments, args].concat()).json();
        serde_json::from_value(json["logits"].clone()).unwrap()
    };
    let ours = logits(file, &args);
    let expected = case.logits.as_ref().unwrap();
    assert_eq!(ours.len(), expected.len(), "{file}");
    let pairs = ours.iter().flatten().zip(expected.iter().flatten());
    let most = pairs.map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f64::max);
    assert!(most <= TOLERANCE, "{file}: logits differ by {most}");

    for (format, out) in [("pt", "own.pt"), ("safetensors", "own.safetensors")] {
        let export = ["export", file, "--format", format, "--out", out, "--json"];
        rarefy(here, &[&export, &args[..]].concat()).json();
        assert_eq!(logits(out, &[]), ours, "{file} as {out}");
    }
    // Its own names and shapes, as `load_state_dict` requires them by default.
    if file.ends_with(".pt") && !file.starts_with("averaged") && !file.starts_with("two") {
        let shapes = |file: &str| -> BTreeMap<String, Vec<usize>> {
            let tensors = read_state_dict(&here.join(file)).unwrap();
            tensors.into_iter().map(|tensor| (tensor.name, tensor.shape)).collect()
        };
        assert_eq!(shapes("own.pt"), shapes(file), "{file}");
    }
    most
}
