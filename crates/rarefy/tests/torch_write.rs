//! State dicts that rarefy writes are valid, and damaged ones are rejected. PyTorch itself reads
//! them in rarefy-cli's `tests/export.rs`.

use rarefy::cell::Cell;
use rarefy::data::{Encoding, Labels, Task, Vocabulary};
use rarefy::format::export::{Naming, torch_bytes};
use rarefy::format::torch::{TorchTensor, Values, parse_extra, parse_state_dict, write_state_dict};
use rarefy::format::{History, Model, open_model};
use rarefy::network::{Architecture, Masks, Network, Readout};

fn tensor(name: &str, shape: &[usize], values: Values) -> TorchTensor {
    TorchTensor { name: name.to_owned(), shape: shape.to_vec(), values }
}

#[test]
fn tensors_of_every_type_come_back() {
    let tensors = [
        tensor("floats", &[2, 2], Values::F32(vec![0.0, -0.0, f32::MIN_POSITIVE, f32::MAX])),
        tensor("doubles", &[1], Values::F64(vec![1.0 / 3.0])),
        tensor("integers", &[3, 1], Values::I64(vec![i64::MIN, 0, i64::MAX])),
        tensor("bytes", &[2], Values::U8(vec![0, 255])),
        tensor("mask", &[1, 2], Values::Bool(vec![true, false])),
        tensor("scalar", &[], Values::F32(vec![2.5])),
        tensor("nothing", &[0, 3], Values::F32(Vec::new())),
    ];
    let bytes = write_state_dict(&tensors, &[("notes.txt", b"beside them")]);
    assert_eq!(parse_state_dict(&bytes).unwrap(), tensors);
    assert_eq!(parse_extra(&bytes, "notes.txt").unwrap(), Some(&b"beside them"[..]));
    assert_eq!(parse_extra(&bytes, "other.txt").unwrap(), None);
}

fn model() -> Model {
    let architecture = Architecture::stacked(128, Cell::Gru, &[3, 3], 2).unwrap();
    let mut network = Network::initialise(architecture, 0);
    let first = network.layout().layers[0][0].weight_ih.start;
    let masks = Masks::at(network.layout().len(), vec![first, first + 2]);
    network.mask(&masks);
    Model {
        network,
        encoding: Encoding::Vocabulary(Vocabulary::ascii()),
        task: Task::Class(Labels::of(["no", "yes"])),
        readout: Readout::Last,
        history: History::default(),
        int8: None,
    }
}

#[test]
fn what_a_damaged_state_dict_of_ours_lacks_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.pt");
    let bytes = torch_bytes(&model(), Naming::Torch).unwrap();
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(open_model(&path, None, None).unwrap().model, model());

    let tensors = parse_state_dict(&bytes).unwrap();
    let settings = parse_extra(&bytes, "rarefy/settings.json").unwrap().unwrap();
    let huge = String::from_utf8(settings.to_vec()).unwrap();
    let huge = huge.replace("\"size\":3", "\"size\":4611686018427387904");
    type Extras<'a> = Vec<(&'a str, &'a [u8])>;
    let damages: [(&[TorchTensor], Extras, &str); 5] = [
        (&tensors, vec![("rarefy/settings.json", b"{")], "settings"),
        (&tensors, vec![("rarefy/settings.json", b"\xff")], "settings"),
        (&tensors, vec![("rarefy/settings.json", huge.as_bytes())], "more than"),
        (&tensors, vec![("rarefy/settings.json", settings), ("rarefy/masks", b"\x01")], "108"),
        (&tensors[1..], vec![("rarefy/settings.json", settings)], "embedding.weight"),
    ];
    for (tensors, extras, says) in damages {
        std::fs::write(&path, write_state_dict(tensors, &extras)).unwrap();
        let message = open_model(&path, None, None).unwrap_err().to_string();
        assert!(message.contains(says) && message.contains("model.pt"), "{says}: {message}");
    }

    // Once PyTorch has saved it again, it is an ordinary state dict: its zeros are taken for masks.
    std::fs::write(&path, write_state_dict(&tensors, &[])).unwrap();
    let plain = open_model(&path, None, None).unwrap().model;
    assert_eq!(plain.network.parameters(), model().network.parameters());
    assert_eq!(plain.network.masks(), model().network.masks());
}
