//! Networks around PyTorch's own recurrent modules. `torch_modules/modules.py` saved them, together
//! with the outputs that PyTorch computes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rarefy::cell::Cell;
use rarefy::data::{Dataset, Encoding, LabelledSeries, LabelledText, Rows, Scaling, SeriesSet};
use rarefy::format::torch::{TorchTensor, Values, read_state_dict, write_state_dict};
use rarefy::format::{Hints, Model, Opened, open_hinted};
use rarefy::network::{Input, Readout};
use rarefy::train::Evaluator;

/// Both in single precision, for logits below 2.
const TOLERANCE: f64 = 1e-6;

#[derive(serde::Deserialize)]
struct Expected {
    /// Token ids.
    texts: Vec<Vec<u32>>,
    /// The logits of each text, by file.
    logits: BTreeMap<String, Vec<Vec<f64>>>,
    /// The number of ones in each mask of `pruned.pt`.
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
            Hints { cell, embedding: Some("a"), readout: Some("c.weight"), ..Hints::default() }
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
    assert_eq!(logits.len(), 9);
    for (file, expected) in logits {
        let Opened { model, notes } = open(&file);
        let told = notes.join("\n");
        assert!(told.contains("1 to 19"), "{told}");
        let text = |text: &Vec<u32>| -> String {
            text.iter().map(|&token| char::from_u32(token).unwrap()).collect()
        };
        let rows: Vec<LabelledText> =
            texts.iter().map(|tokens| LabelledText::new(text(tokens), "0")).collect();
        let rows = Rows::Texts(rows);
        let strings =
            Dataset::encode(Path::new("texts"), &rows, &model.encoding, &model.task).unwrap();
        let found =
            Evaluator::new(&model.network, 6, Readout::Padded).logits(&model.network, &strings);
        assert_logits(&file, &found, &expected);
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
    refused("projected.pt", &none, &["projections", "rnn.weight_hr_l0", "supported are"]);
    refused(
        "integers.pt",
        &none,
        &["rnn.weight_hh_l0", "64-bit integers", "floats of 64, 32 or 16 bits"],
    );
    refused("complex.pt", &none, &["ComplexFloatStorage", "float64, float32"]);
    refused("more.pt", &none, &["norm.bias", "supported are"]);
    refused("wrong_shape.pt", &none, &["rnn.weight_ih_l1", "[12, 3]", "[12, 4]"]);
    refused("alone.pt", &none, &["readout", "supported are"]);
    refused("rnn_without_bias.pt", &none, &["--cell rnn_tanh or --cell rnn_relu"]);
    let lstm = Hints { cell: Some(Cell::Lstm), ..none };
    refused("gru.pt", &lstm, &["12 x 4", "--cell lstm", "4 times"]);
    // Only one of two matrices has a bias, which an embedding never has, and no module takes 20
    // inputs.
    assert!(open_hinted(&fixture("unclear.pt"), &none).is_ok());
    let wrong = Hints { embedding: Some("words"), ..none };
    refused("gru.pt", &wrong, &["words", "embedding.weight [20, 5]"]);
    let narrow = Hints { embedding: Some("out"), ..none };
    refused("gru.pt", &narrow, &["out.weight", "[3, 4]", "5 columns"]);
}

/// The tensors of a file without its embedding; and the embedding's row for each token.
fn without_embedding(file: &str, embedding: &str) -> (Vec<TorchTensor>, Vec<Vec<f32>>) {
    let mut tensors = read_state_dict(&fixture(file)).unwrap();
    let at = tensors.iter().position(|tensor| tensor.name == embedding).unwrap();
    let removed = tensors.remove(at);
    let rows = removed.to_f32().chunks(removed.shape[1]).map(<[f32]>::to_vec).collect();
    (tensors, rows)
}

/// Opens these tensors as a file named `name`.
fn open_tensors(
    name: &str,
    tensors: &[TorchTensor],
    hints: &Hints,
) -> Result<Opened, rarefy::format::ModelError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, write_state_dict(tensors, &[])).unwrap();
    open_hinted(&path, hints)
}

/// The logits of `model` for the texts of the fixtures, when the rows of `embedding` for their
/// tokens enter as series.
fn logits_of_embedded(model: &Model, embedding: &[Vec<f32>], texts: &[Vec<u32>]) -> Vec<f32> {
    let series = texts.iter().map(|text| LabelledSeries {
        values: text.iter().flat_map(|&token| embedding[token as usize].clone()).collect(),
        answer: "0".to_owned().into(),
    });
    let rows = Rows::Series(SeriesSet { channels: embedding[0].len(), series: series.collect() });
    let rows = Dataset::encode(Path::new("series"), &rows, &model.encoding, &model.task).unwrap();
    Evaluator::new(&model.network, 6, model.readout).logits(&model.network, &rows)
}

#[track_caller]
fn assert_logits(file: &str, found: &[f32], expected: &[Vec<f64>]) {
    assert_eq!(found.len(), expected.iter().flatten().count());
    for (found, expected) in found.iter().zip(expected.iter().flatten()) {
        let error = (f64::from(*found) - expected).abs();
        assert!(error <= TOLERANCE, "{file}: {found}, not {expected}");
    }
}

#[test]
fn a_module_without_an_embedding_reads_the_same_as_series() {
    let Expected { texts, logits, .. } = expected();
    for (file, embedding) in [
        ("gru.pt", "embedding.weight"),
        ("lstm_named.pt", "tokens.weight"),
        ("rnn_without_bias.pt", "embedding.weight"),
        ("pruned.pt", "embedding.weight"),
    ] {
        let (tensors, embedded) = without_embedding(file, embedding);
        let Opened { model, notes } = open_tensors(file, &tensors, &hints(file)).unwrap();
        let note = notes.join("\n");
        assert!(note.contains("no embedding") && note.contains("5 numbers per step"), "{note}");
        assert!(note.contains("the last step of each"), "{note}");
        assert_eq!(model.network.architecture().input, Input::Series { channels: 5 });
        assert_eq!(model.encoding, Encoding::Scaling(Scaling::none(5)));
        assert_eq!(model.readout, Readout::Last);
        let found = logits_of_embedded(&model, &embedded, &texts);
        assert_logits(file, &found, &logits[file]);
    }
}

/// The tensors of `gru.pt` under the names of the thesis's modules.
fn in_the_thesiss_naming(mut tensors: Vec<TorchTensor>) -> Vec<TorchTensor> {
    for tensor in &mut tensors {
        if let Some((part, layer)) =
            tensor.name.strip_prefix("rnn.").and_then(|rest| rest.split_once("_l"))
        {
            tensor.name = format!("recurrent.recurrent_layers.{layer}.{part}");
        }
    }
    tensors
}

#[test]
fn the_thesiss_naming_without_an_embedding_reads_the_same_as_series() {
    let Expected { texts, logits, .. } = expected();
    let (tensors, embedded) = without_embedding("gru.pt", "embedding.weight");
    let mut tensors = in_the_thesiss_naming(tensors);
    let Opened { model, notes } = open_tensors("t.pt", &tensors, &Hints::default()).unwrap();
    assert!(notes.join("\n").contains("no embedding"));
    assert_eq!(model.readout, Readout::Last);
    let found = logits_of_embedded(&model, &embedded, &texts);
    assert_logits("gru.pt", &found, &logits["gru.pt"]);

    // An embedding of another name does not make it a network for series.
    let values = Values::F32(vec![0.0; 128 * 5]);
    tensors.push(TorchTensor { name: "emb.weight".to_owned(), shape: vec![128, 5], values });
    let message = open_tensors("t.pt", &tensors, &Hints::default()).unwrap_err().to_string();
    assert!(message.contains("tensor emb.weight"), "{message}");
}

#[test]
fn an_embedding_that_was_forgotten_or_misnamed_is_said() {
    let (tensors, _) = without_embedding("gru.pt", "embedding.weight");
    let refusal = |tensors: &[TorchTensor], hints: &Hints| {
        open_tensors("t.pt", tensors, hints).unwrap_err().to_string()
    };
    // Its weights are those of a network for series, and texts are rejected as soon as they are
    // read.
    let model = open_tensors("t.pt", &tensors, &Hints::default()).unwrap().model;
    let texts = Rows::Texts(vec![LabelledText::new("ab", "0")]);
    let message = Dataset::encode(Path::new("t.csv"), &texts, &model.encoding, &model.task)
        .unwrap_err()
        .to_string();
    assert!(message.contains("t.csv") && message.contains("series of numbers"), "{message}");

    let hints = Hints { embedding: Some("words"), ..Hints::default() };
    let message = refusal(&tensors, &hints);
    assert!(message.contains("words") && message.contains("out.weight [3, 4]"), "{message}");

    // As wide as the module's output: by shape alone it could be a readout.
    let mut readout_less: Vec<TorchTensor> =
        tensors.iter().filter(|tensor| !tensor.name.starts_with("out.")).cloned().collect();
    let values = Values::F32(vec![0.5; 80]);
    readout_less.push(TorchTensor { name: "embedding.weight".into(), shape: vec![20, 4], values });
    let message = refusal(&readout_less, &Hints::default());
    assert!(message.contains("--readout-name embedding.weight"), "{message}");
    let hints = Hints { readout: Some("embedding"), ..Hints::default() };
    let model = open_tensors("t.pt", &readout_less, &hints).unwrap().model;
    assert_eq!(model.network.architecture().classes, 20);

    // A layer before the recurrent module is not an embedding with other columns.
    let mut projected = tensors;
    let values = Values::F32(vec![0.5; 15]);
    projected.push(TorchTensor { name: "first.weight".into(), shape: vec![5, 3], values });
    let message = refusal(&projected, &Hints::default());
    assert!(message.contains("5 columns"), "{message}");
}
