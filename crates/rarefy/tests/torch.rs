//! PyTorch files that torch itself wrote: the thesis's weights (torch before 1.6),
//! and a few of later versions. What happens when they are damaged is in
//! `torch_damage.rs`.

mod support;

use std::path::Path;

use rarefy::format::torch::{TorchError, TorchFault, TorchTensor, Values, read_state_dict};
use rarefy::random::fnv1a;

/// Made by `src/format/torch/fixtures/decode.py`, which decodes with Python's pickle
/// and struct: path under `weights`, number of tensors, and fingerprint of names,
/// shapes and values.
const THESIS: [(&str, usize, u64); 28] = [
    ("stack/gru.pt", 21, 0x7f19_9d58_9dd9_ac8b),
    ("stack/lstm.pt", 21, 0xe52f_81ed_acec_724f),
    ("stack/rnn_relu.pt", 21, 0x6910_f460_e982_0d26),
    ("stack/rnn_tanh.pt", 21, 0x88f1_bd90_18ff_06f1),
    ("graph/GRU/barabasi_albert_0.pt", 87, 0x8ce5_4d4d_fcff_24d3),
    ("graph/GRU/barabasi_albert_2.pt", 345, 0xcd0a_4456_845f_dfef),
    ("graph/GRU/barabasi_albert_4.pt", 105, 0xe40c_329a_a511_85c2),
    ("graph/GRU/watts_strogatz_0.pt", 231, 0x7351_6991_53f0_2aea),
    ("graph/GRU/watts_strogatz_2.pt", 219, 0xc2b0_3493_8664_37e8),
    ("graph/GRU/watts_strogatz_4.pt", 279, 0xa25f_70de_edaf_d4d8),
    ("graph/LSTM/barabasi_albert_0.pt", 117, 0x69e8_7c79_6c0b_a35c),
    ("graph/LSTM/barabasi_albert_2.pt", 33, 0x163a_1fce_61a5_5001),
    ("graph/LSTM/barabasi_albert_4.pt", 219, 0xd0aa_b23b_f3a5_269e),
    ("graph/LSTM/watts_strogatz_0.pt", 225, 0x4224_af3c_620f_dd3c),
    ("graph/LSTM/watts_strogatz_2.pt", 93, 0x9747_a4bb_6c5d_ddf3),
    ("graph/LSTM/watts_strogatz_4.pt", 117, 0x7c11_11a0_f9ea_8632),
    ("graph/RNN_RELU/barabasi_albert_0.pt", 357, 0xbd80_fa4e_f2fd_7171),
    ("graph/RNN_RELU/barabasi_albert_2.pt", 189, 0xde26_dde2_48df_60a1),
    ("graph/RNN_RELU/barabasi_albert_4.pt", 27, 0x6d2c_4c44_6dea_f5b8),
    ("graph/RNN_RELU/watts_strogatz_0.pt", 33, 0x620e_1f35_0097_20ec),
    ("graph/RNN_RELU/watts_strogatz_2.pt", 159, 0x23b8_aeac_29ef_c06a),
    ("graph/RNN_RELU/watts_strogatz_4.pt", 93, 0x7da2_2cae_56bc_044b),
    ("graph/RNN_TANH/barabasi_albert_0.pt", 189, 0xd853_43bc_2f32_3905),
    ("graph/RNN_TANH/barabasi_albert_2.pt", 189, 0x92e8_a9a2_7dc3_15d0),
    ("graph/RNN_TANH/barabasi_albert_4.pt", 429, 0x2e64_ad78_b540_71f1),
    ("graph/RNN_TANH/watts_strogatz_0.pt", 387, 0x85e2_375f_8125_5d81),
    ("graph/RNN_TANH/watts_strogatz_2.pt", 213, 0x98ac_fa66_02b5_d278),
    ("graph/RNN_TANH/watts_strogatz_4.pt", 81, 0x123d_a0a1_cb7e_c38f),
];

#[test]
fn every_file_of_the_thesis_has_the_tensors_that_python_finds_in_it() {
    let Some(folder) = support::thesis_dir() else {
        return;
    };
    for (path, count, fingerprint) in THESIS {
        let tensors = read_state_dict(&folder.join("weights").join(path)).unwrap();
        let found = fingerprint_of(&tensors);
        assert_eq!((tensors.len(), found), (count, fingerprint), "{path}: {found:#018x}");
    }
}

#[test]
fn stacked_networks_have_the_names_and_shapes_of_the_thesis() {
    let Some(folder) = support::thesis_dir() else {
        return;
    };
    for (file, gates) in [("gru", 3), ("lstm", 4), ("rnn_relu", 1), ("rnn_tanh", 1)] {
        let tensors = read_state_dict(&folder.join(format!("weights/stack/{file}.pt"))).unwrap();
        let mut expected = vec![("embedding.weight".to_owned(), vec![128, 50])];
        for layer in 0..3 {
            for (name, shape) in [
                ("weight_ih", vec![gates * 50, 50]),
                ("weight_hh", vec![gates * 50, 50]),
                ("bias_ih", vec![gates * 50]),
                ("bias_hh", vec![gates * 50]),
                ("mask_i2h", vec![gates * 50, 50]),
                ("mask_h2h", vec![gates * 50, 50]),
            ] {
                expected.push((format!("recurrent.recurrent_layers.{layer}.{name}"), shape));
            }
        }
        expected.push(("out.weight".to_owned(), vec![2, 50]));
        expected.push(("out.bias".to_owned(), vec![2]));
        let found: Vec<_> = tensors.iter().map(|t| (t.name.clone(), t.shape.clone())).collect();
        assert_eq!(found, expected, "{file}");
    }
}

/// Values from `decode.py --values`.
#[test]
fn values_of_the_thesis_stand_where_python_finds_them() {
    let Some(folder) = support::thesis_dir() else {
        return;
    };
    let weights = folder.join("weights");
    let gru = read_state_dict(&weights.join("stack/gru.pt")).unwrap();
    let values = |name: &str| tensor(&gru, name).to_f32();
    let embedding = values("embedding.weight");
    assert_eq!(embedding[..3], [0.871_867_24, -0.281_167_2, -0.117_110_31]);
    assert_eq!(embedding[128 * 50 - 1], -1.581_199_3);
    assert_eq!(values("recurrent.recurrent_layers.0.weight_ih")[0], 0.202_250_99);
    assert_eq!(values("recurrent.recurrent_layers.2.weight_hh")[150 * 50 - 1], 0.106_433_48);
    assert_eq!(values("out.bias"), [-0.022_428_278, -0.084_303_55]);
    let mask = tensor(&gru, "recurrent.recurrent_layers.1.mask_h2h");
    assert_eq!(mask.values, Values::Bool(vec![true; 150 * 50]));

    // A graph's masks between layers are floats, the others bools.
    let graph = read_state_dict(&weights.join("graph/LSTM/barabasi_albert_2.pt")).unwrap();
    let mask = tensor(&graph, "recurrent.recurrent_layers.2.mask_i2h");
    assert!(matches!(mask.values, Values::F32(_)));
    assert_eq!(mask.shape, [24, 4]);
    assert_eq!(mask.to_mask().unwrap()[..4], [true, false, false, false]);
}

/// Files of torch 2, with the values that the script which made them gave torch: see
/// `src/format/torch/fixtures/README.md`.
#[test]
fn files_of_later_versions_hold_what_torch_was_given() {
    let one = |file: &str| {
        let tensors = read_state_dict(&fixture(file)).unwrap();
        assert_eq!((tensors.len(), tensors[0].name.as_str()), (1, "tensor"), "{file}");
        tensors[0].values.clone()
    };
    assert_eq!(one("float16.pt"), Values::F32(vec![1.5, -2.25, 3.125]));
    assert_eq!(one("bfloat16.pt"), Values::F32(vec![1.5, -2.5, 3.5]));
    assert_eq!(one("int8.pt"), Values::I64(vec![127, -128, 0, 50]));
    assert_eq!(one("int16.pt"), Values::I64(vec![1000, -2000, 3000]));
    assert_eq!(one("int32.pt"), Values::I64(vec![10, 20, -30]));
    assert_eq!(one("uint8.pt"), Values::U8(vec![0, 128, 255, 42]));
    assert_eq!(one("scalar.pt"), Values::F32(vec![42.0]));
    assert_eq!(one("no_crc32.pt"), Values::F32(vec![1.0, 2.5, -3.7, 0.0]));

    let mixed = read_state_dict(&fixture("mixed_types.pt")).unwrap();
    assert_eq!(tensor(&mixed, "float32").values, Values::F32(vec![1.0, 2.0]));
    assert_eq!(tensor(&mixed, "int64").values, Values::I64(vec![100, 200]));
    assert_eq!(tensor(&mixed, "bool").values, Values::Bool(vec![true, false]));
    assert_eq!(tensor(&mixed, "float64").values, Values::F64(vec![1.1, 2.2]));

    // backing = arange(32): backing[5:29].reshape(2, 3, 4).permute(0, 2, 1), and
    // backing[1:4].view(1, 3).expand(2, 3).
    let views = read_state_dict(&fixture("non_contiguous.pt")).unwrap();
    let permuted = tensor(&views, "permuted");
    assert_eq!(permuted.shape, [2, 4, 3]);
    let expected = (0..2).flat_map(|a| {
        (0..4).flat_map(move |c| (0..3).map(move |b| (5 + 12 * a + 4 * b + c) as f32))
    });
    assert_eq!(permuted.to_f32(), expected.collect::<Vec<_>>());
    let expanded = tensor(&views, "expanded");
    assert_eq!(expanded.shape, [2, 3]);
    assert_eq!(expanded.to_f32(), [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);

    // In the legacy container: arange(100)[10:20] and [50:60] of one storage.
    let views = read_state_dict(&fixture("legacy_uncloned_views.pt")).unwrap();
    for (name, first) in [("tensor1", 10), ("tensor2", 50)] {
        let expected: Vec<f32> = (first..first + 10).map(|value| value as f32).collect();
        assert_eq!(tensor(&views, name).to_f32(), expected);
    }

    // Pickled with protocol 4, by Python without torch.
    let short = read_state_dict(&fixture("protocol4.pt")).unwrap();
    assert_eq!(tensor(&short, "weight").to_f32(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}

/// The archive's end is laid out so that a search for its directory finds the second
/// entry (see `archive.rs`). The fingerprint is from `decode.py`.
#[test]
fn a_state_dict_with_tied_weights_has_the_tensors_that_python_finds_in_it() {
    let tensors = read_state_dict(&fixture("full_model_state_dict.pt")).unwrap();
    assert_eq!(tensors.len(), 13);
    assert_eq!(fingerprint_of(&tensors), 0xff1f_24bd_14ff_0271);
    assert_eq!(tensor(&tensors, "tied.weight").values, tensor(&tensors, "fc.weight").values);
}

#[test]
fn errors_name_the_file_and_what_is_wrong_with_it() {
    let told = |path: &Path| read_state_dict(path).unwrap_err();
    let path = fixture("full_model.pt");
    let TorchError::Invalid { fault: TorchFault::ForeignGlobal { name, at }, .. } = told(&path)
    else {
        panic!("{}", told(&path));
    };
    assert_eq!(name, "\"__main__.Net\"");
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes[at..].starts_with(b"c__main__\nNet\n"));
    assert_eq!(
        told(&path).to_string(),
        format!(
            "{}: the pickle names the Python object \"__main__.Net\" at byte {at}: this reader \
             executes nothing and takes only tensors",
            path.display()
        )
    );
    let message = told(&fixture("big_endian.pt")).to_string();
    assert!(message.contains("expected the byte order 'little'"), "{message}");
    let message = told(&fixture("no_such_file.pt")).to_string();
    assert!(message.starts_with("cannot read ") && message.contains("no_such_file.pt: "));
}

fn fixture(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/format/torch/fixtures").join(file)
}

fn tensor<'t>(tensors: &'t [TorchTensor], name: &str) -> &'t TorchTensor {
    tensors.iter().find(|tensor| tensor.name == name).unwrap()
}

/// As `decode.py` computes it.
fn fingerprint_of(tensors: &[TorchTensor]) -> u64 {
    let mut content = Vec::new();
    for tensor in tensors {
        content.extend(tensor.name.as_bytes());
        content.extend(tensor.shape.iter().flat_map(|&size| (size as u64).to_le_bytes()));
        content.extend(tensor.to_f32().into_iter().flat_map(f32::to_le_bytes));
    }
    fnv1a(&content)
}
