//! Networks around PyTorch's own recurrent modules, as `torch_modules/modules.py` saved them
//! with PyTorch, which also says what they compute.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rarefy::cell::Cell;
use rarefy::data::{Dataset, LabelledText, Rows};
use rarefy::format::{Hints, Opened, open_hinted};
use rarefy::network::Readout;
use rarefy::train::Evaluator;

/// Single precision against single precision, on logits below 2.
const TOLERANCE: f64 = 1e-6;

#[derive(serde::Deserialize)]
struct Expected {
    /// Token ids.
    texts: Vec<Vec<u32>>,
    /// Of each text, by file.
    logits: BTreeMap<String, Vec<Vec<f64>>>,
    /// Ones of each mask of `pruned.pt`.
    kept: BTreeMap<String, usize>,
}

fn expected() -> Expected {
    serde_json::from_str(&std::fs::read_to_string(fixture("expected.json")).unwrap()).unwrap()
}

fn fixture(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torch_modules").join(file)
}

fn hints(file: &str) -> Hints<'static> {
    let cell = match file {
        "relu.safetensors" => Some(Cell::RnnRelu),
        "rnn_without_bias.pt" => Some(Cell::RnnTanh),
        _ => None,
    };
    match file {
        "unclear.pt" => {
            Hints { cell, embedding: Some("a"), readout: Some("c.weight"), graph: None }
        }
        _ => Hints { cell, ..Hints::default() },
    }
}

fn open(file: &str) -> Opened {
    open_hinted(&fixture(file), &hints(file)).unwrap()
}

#[track_caller]
fn refused(file: &str, hints: &Hints, says: &[&str]) {
    let message = open_hinted(&fixture(file), hints).unwrap_err().to_string();
    for words in [&[file][..], says].concat() {
        assert!(message.contains(words), "should say '{words}': {message}");
    }
    assert_eq!(message.lines().count(), 1, "{message}");
}

#[test]
fn modules_compute_what_pytorch_computes() {
    let Expected { texts, logits, .. } = expected();
    assert_eq!(logits.len(), 8);
    for (file, expected) in logits {
        let Opened { model, note } = open(&file);
        let told = note.unwrap();
        assert!(told.contains("code points of characters: 1 to 19"), "{told}");
        let text = |text: &Vec<u32>| -> String {
            text.iter().map(|&token| char::from_u32(token).unwrap()).collect()
        };
        let rows: Vec<LabelledText> =
            texts.iter().map(|tokens| LabelledText::new(text(tokens), "0")).collect();
        let rows = Rows::Texts(rows);
        let strings =
            Dataset::encode(Path::new("texts"), &rows, &model.encoding, &model.labels).unwrap();
        let found =
            Evaluator::new(&model.network, 6, Readout::Padded).logits(&model.network, &strings);
        for (found, expected) in found.iter().zip(expected.iter().flatten()) {
            let error = (f64::from(*found) - expected).abs();
            assert!(error <= TOLERANCE, "{file}: {found}, not {expected}");
        }
    }
}

#[test]
fn what_pytorch_pruned_is_masked() {
    let network = open("pruned.pt").model.network;
    let weights = network.layout().weight_names();
    for (name, count) in expected().kept {
        // rnn.weight_ih_l0_mask
        let (part, layer) =
            name.trim_start_matches("rnn.").trim_end_matches("_mask").split_once("_l").unwrap();
        let ours = format!("recurrent.recurrent_layers.{layer}.{part}");
        let (_, weight) = weights.iter().find(|(name, _)| *name == ours).unwrap();
        let masked = network.masks().count_in(weight.range.clone());
        assert_eq!(weight.range.len() - masked, count, "{name}");
    }
    assert!(network.masks().count() > 0);
}

#[test]
fn what_the_network_type_cannot_say_is_refused() {
    let none = Hints::default();
    refused(
        "bidirectional.pt",
        &none,
        &["bidirectional", "rnn.bias_hh_l0_reverse", "one direction"],
    );
    refused("projected.pt", &none, &["projections", "rnn.weight_hr_l0", "supported is"]);
    refused(
        "integers.pt",
        &none,
        &["rnn.weight_hh_l0", "64-bit integers", "floats of 64, 32 or 16 bits"],
    );
    refused("complex.pt", &none, &["ComplexFloatStorage", "supported are float64, float32"]);
    refused("more.pt", &none, &["norm.bias", "supported is"]);
    refused("wrong_shape.pt", &none, &["rnn.weight_ih_l1", "[12, 3]", "[12, 4]"]);
    refused("alone.pt", &none, &["embedding", "none", "supported is"]);
    refused("rnn_without_bias.pt", &none, &["--cell rnn_tanh or --cell rnn_relu"]);
    let lstm = Hints { cell: Some(Cell::Lstm), ..none };
    refused("gru.pt", &lstm, &["12 x 4", "no lstm"]);
    refused("unclear.pt", &none, &["--embedding-name", "a.weight [20, 4]", "c.weight [3, 4]"]);
    let wrong = Hints { embedding: Some("words"), ..none };
    refused("gru.pt", &wrong, &["no embedding words", "embedding.weight [20, 5]"]);
    let narrow = Hints { embedding: Some("out"), ..none };
    refused("gru.pt", &narrow, &["out.weight", "[3, 4]", "5 columns"]);
}
