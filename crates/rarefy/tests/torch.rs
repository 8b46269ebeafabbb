//! PyTorch files written by torch itself: the thesis's weights (torch before 1.6), and those in the
//! folder `torch` (torch 2). Damaged files are tested in `torch_damage.rs`.

mod support;

use std::path::Path;

use rarefy::format::torch::{TorchError, TorchFault, TorchTensor, Values, read_state_dict};
use rarefy::random::fnv1a;

/// Made by `torch/decode.py`, which decodes with Python's pickle and struct: path under
/// `weights`, number of tensors, and fingerprint of names, shapes and values.
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

    // A graph's masks between layers are floats; other masks are bools.
    let graph = read_state_dict(&weights.join("graph/LSTM/barabasi_albert_2.pt")).unwrap();
    let mask = tensor(&graph, "recurrent.recurrent_layers.2.mask_i2h");
    assert!(matches!(mask.values, Values::F32(_)));
    assert_eq!(mask.shape, [24, 4]);
    assert_eq!(mask.to_mask().unwrap()[..4], [true, false, false, false]);
}

/// The values follow the formulas in `torch/fixtures.py`, as in the tests below.
#[test]
fn each_type_of_torch_holds_what_torch_was_given() {
    let floats = read_state_dict(&fixture("floats.pt")).unwrap();
    let halves = |exponents: std::ops::Range<i32>, step| {
        Values::F32(exponents.step_by(step).map(|e| 1.5 * (-2.0_f32).powi(e)).collect())
    };
    let thirds = (-3..4).map(|i| f64::from(i) / 3.0).collect();
    for (found, name, values) in [
        (&floats[0], "float16", halves(-23..15, 3)),
        (&floats[1], "bfloat16", halves(-120..121, 24)),
        (&floats[2], "float32", halves(-120..121, 24)),
        (&floats[3], "float64", Values::F64(thirds)),
    ] {
        assert_eq!((found.name.as_str(), &found.values), (name, &values));
    }
    assert_eq!(floats.len(), 4);

    let integers = read_state_dict(&fixture("integers.pt")).unwrap();
    let spread = |least: i64, greatest: i64| {
        let step = (i128::from(greatest) - i128::from(least)) / 5;
        Values::I64((0..6).map(|k| (i128::from(least) + k * step) as i64).collect())
    };
    for (found, name, values) in [
        (&integers[0], "int8", spread(i8::MIN.into(), i8::MAX.into())),
        (&integers[1], "int16", spread(i16::MIN.into(), i16::MAX.into())),
        (&integers[2], "int32", spread(i32::MIN.into(), i32::MAX.into())),
        (&integers[3], "int64", spread(i64::MIN, i64::MAX)),
        (&integers[4], "uint8", Values::U8(vec![0, 51, 102, 153, 204, 255])),
        (&integers[5], "bool", Values::Bool((0..7).map(|i| i % 3 == 0).collect())),
    ] {
        assert_eq!((found.name.as_str(), &found.values), (name, &values));
    }
    assert_eq!(integers.len(), 6);

    let scalar = read_state_dict(&fixture("scalar.pt")).unwrap();
    assert_eq!(scalar, [expected("scalar", &[], Values::F32(vec![-0.375]))]);
}

#[test]
fn views_of_one_storage_come_out_in_row_major_order() {
    // In an archive: views of arange(32).
    let float = |values: Vec<u8>| Values::F32(values.into_iter().map(f32::from).collect());
    // [5:29] as 2 x 3 x 4, its last two dimensions exchanged.
    let permuted = (0..2)
        .flat_map(|a| (0..4).flat_map(move |c| (0..3).map(move |b| 5 + 12 * a + 4 * b + c)))
        .collect();
    // [8:20] as 3 x 4, transposed.
    let transposed = (0..4).flat_map(|c| (0..3).map(move |r| 8 + 4 * r + c)).collect();
    assert_eq!(
        read_state_dict(&fixture("views.pt")).unwrap(),
        [
            expected("permuted", &[2, 4, 3], float(permuted)),
            expected("transposed", &[4, 3], float(transposed)),
            expected("every_third", &[10], float((2..32).step_by(3).collect())),
            // [1:4], its row twice.
            expected("expanded", &[2, 3], float(vec![1, 2, 3, 1, 2, 3])),
            expected("element", &[], float(vec![7])),
        ]
    );
    // In the legacy container: slices of arange(100).
    assert_eq!(
        read_state_dict(&fixture("legacy_views.pt")).unwrap(),
        [
            expected("first", &[10], float((10..20).collect())),
            expected("second", &[10], float((50..60).collect())),
        ]
    );
}

#[test]
fn pickles_of_protocol_4_are_read() {
    let weight = Values::F32(vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(
        read_state_dict(&fixture("protocol4.pt")).unwrap(),
        [expected("weight", &[2, 3], weight), expected("bias", &[2], Values::I64(vec![-1, 0])),]
    );
}

#[test]
fn an_archive_without_checksums_is_read() {
    let path = fixture("no_crc32.pt");
    let bytes = std::fs::read(&path).unwrap();
    // The checksum stands 16 bytes into a header of the directory.
    for header in directory(&bytes) {
        assert_eq!(bytes[header + 16..header + 20], [0; 4]);
    }
    let values = Values::F32(vec![0.0, 0.125, 0.25, 0.375]);
    assert_eq!(read_state_dict(&path).unwrap(), [expected("tensor", &[4], values)]);
}

#[test]
fn the_state_dict_of_a_module_has_its_tensors_in_both_containers() {
    const TIED: usize = 8;
    let network = [
        (0, "steps", &[][..]),
        (TIED, "embedding.weight", &[5, 3]),
        (2, "cell.weight_ih", &[6, 3]),
        (3, "cell.weight_hh", &[6, 2]),
        (4, "cell.bias_ih", &[6]),
        (5, "cell.bias_hh", &[6]),
        (6, "cell.mask_i2h", &[6, 3]),
        (7, "cell.mask_h2h", &[6, 2]),
        (TIED, "out.weight", &[5, 3]),
        (9, "out.bias", &[5]),
    ]
    .map(|(n, name, shape)| {
        let elements = 0..shape.iter().product();
        let values = if name == "steps" {
            Values::I64(vec![1 << 40])
        } else if name.contains("mask") {
            Values::Bool(elements.map(|i| i % 3 != n % 3).collect())
        } else {
            Values::F32(elements.map(|i| n as f32 - i as f32 / 8.0).collect())
        };
        expected(name, shape, values)
    });
    assert_eq!(read_state_dict(&fixture("recurrent_model_state.pt")).unwrap(), network);
    assert_eq!(read_state_dict(&fixture("legacy_state_dict.pt")).unwrap(), network);
}

/// The test above relies on this: a search for the archive's directory finds its second entry (see
/// `archive.rs`).
#[test]
fn the_first_header_of_an_archives_directory_is_as_long_as_the_zip64_records() {
    let bytes = std::fs::read(fixture("recurrent_model_state.pt")).unwrap();
    let headers = directory(&bytes);
    assert_eq!(headers[1] - headers[0], 76);
}

#[test]
fn errors_name_the_file_and_what_is_wrong_with_it() {
    let told = |path: &Path| read_state_dict(path).unwrap_err();
    let path = fixture("whole_module.pt");
    let TorchError::Invalid { fault: TorchFault::PickledModule { class }, .. } = told(&path) else {
        panic!("{}", told(&path));
    };
    assert_eq!(class, "\"__main__.Cell\"");
    let message = told(&path).to_string();
    assert!(message.contains("whole_module.pt"), "{message}");
    assert!(message.contains("torch.save(model.state_dict()"), "{message}");
    let message = told(&fixture("big_endian.pt")).to_string();
    assert!(message.contains("\"big\""), "{message}");
    let message = told(&fixture("legacy_big_endian.pt")).to_string();
    assert!(message.contains("little-endian"), "{message}");
    let message = told(&fixture("no_such_file.pt")).to_string();
    assert!(message.starts_with("cannot read ") && message.contains("no_such_file.pt: "));
}

fn fixture(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torch").join(file)
}

fn expected(name: &str, shape: &[usize], values: Values) -> TorchTensor {
    TorchTensor { name: name.to_owned(), shape: shape.to_vec(), values }
}

/// The offsets at which the headers of an archive's directory begin.
fn directory(bytes: &[u8]) -> Vec<usize> {
    (0..bytes.len()).filter(|&at| bytes[at..].starts_with(b"PK\x01\x02")).collect()
}

fn tensor<'t>(tensors: &'t [TorchTensor], name: &str) -> &'t TorchTensor {
    tensors.iter().find(|tensor| tensor.name == name).unwrap()
}

/// Computed in the same way as in `decode.py`.
fn fingerprint_of(tensors: &[TorchTensor]) -> u64 {
    let mut content = Vec::new();
    for tensor in tensors {
        content.extend(tensor.name.as_bytes());
        content.extend(tensor.shape.iter().flat_map(|&size| (size as u64).to_le_bytes()));
        content.extend(tensor.to_f32().into_iter().flat_map(f32::to_le_bytes));
    }
    fnv1a(&content)
}
