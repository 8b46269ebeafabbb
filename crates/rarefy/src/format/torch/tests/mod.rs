//! Valid files, each made by hand; rejected files are in `hostile.rs`.

mod forge;
mod hostile;

use super::*;
use forge::{dict, int, legacy, pickle, storage, tensor, text, tuple, zip};

/// The tensors of a legacy file with these entries and a single storage, `0`.
fn parse(entries: &[(&str, Vec<u8>)], count: i64, bytes: &[u8]) -> Vec<TorchTensor> {
    let file = legacy(&pickle(&[&dict(entries)]), &[("0", count, bytes)]);
    parse_state_dict(&file).unwrap()
}

fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn each_storage_class_widens_to_the_values_it_stands_for() {
    for (class, bytes, expected) in [
        ("FloatStorage", vec![0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], Values::F32(vec![1.0, -2.0])),
        ("HalfStorage", vec![0, 0x3c, 0, 0xc0], Values::F32(vec![1.0, -2.0])),
        ("BFloat16Storage", vec![0x80, 0x3f, 0, 0xc0], Values::F32(vec![1.0, -2.0])),
        (
            "DoubleStorage",
            vec![0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0],
            Values::F64(vec![1.0, -2.0]),
        ),
        ("LongStorage", [[1, 0, 0, 0, 0, 0, 0, 0], [0xff; 8]].concat(), Values::I64(vec![1, -1])),
        ("IntStorage", vec![0, 1, 0, 0, 0xfe, 0xff, 0xff, 0xff], Values::I64(vec![256, -2])),
        ("ShortStorage", vec![0, 1, 0xfe, 0xff], Values::I64(vec![256, -2])),
        ("CharStorage", vec![127, 128], Values::I64(vec![127, -128])),
        ("ByteStorage", vec![127, 128], Values::U8(vec![127, 128])),
        ("BoolStorage", vec![0, 1], Values::Bool(vec![false, true])),
    ] {
        let entries = [("x", tensor(storage(class, "0", 2), 0, &[2], &[1]))];
        let expected = TorchTensor { name: "x".to_owned(), shape: vec![2], values: expected };
        assert_eq!(parse(&entries, 2, &bytes), [expected], "{class}");
    }
}

#[test]
fn both_containers_give_the_same_tensors_in_the_order_of_the_dict() {
    let object = pickle(&[&dict(&[
        ("second", tensor(storage("FloatStorage", "7", 2), 0, &[2], &[1])),
        ("first", tensor(storage("BoolStorage", "3", 1), 0, &[1], &[1])),
    ])]);
    let floats = f32_bytes(&[0.5, -3.0]);
    let old = legacy(&object, &[("3", 1, &[1]), ("7", 2, &floats)]);
    let new = zip(&[
        ("any name/data.pkl", &object),
        ("any name/byteorder", b"little"),
        ("any name/data/3", &[1]),
        ("any name/data/7", &floats),
        ("any name/version", b"3\n"),
    ]);
    let tensors = parse_state_dict(&old).unwrap();
    assert_eq!(tensors[0].name, "second");
    assert_eq!(tensors[0].values, Values::F32(vec![0.5, -3.0]));
    assert_eq!(tensors[1].name, "first");
    assert_eq!(tensors[1].values, Values::Bool(vec![true]));
    assert_eq!(parse_state_dict(&new).unwrap(), tensors);
}

#[test]
fn views_come_out_in_row_major_order() {
    let bytes = f32_bytes(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    let float = || storage("FloatStorage", "0", 6);
    let tensors = parse(
        &[
            ("plain", tensor(float(), 0, &[2, 3], &[3, 1])),
            ("transposed", tensor(float(), 0, &[3, 2], &[1, 3])),
            ("second_row", tensor(float(), 3, &[1, 3], &[3, 1])),
            ("last_column", tensor(float(), 2, &[2], &[3])),
            ("expanded", tensor(float(), 4, &[3], &[0])),
            ("scalar", tensor(float(), 5, &[], &[])),
            ("empty", tensor(float(), 9, &[2, 0], &[1, 1])),
        ],
        6,
        &bytes,
    );
    let values: Vec<Vec<f32>> = tensors.iter().map(TorchTensor::to_f32).collect();
    assert_eq!(values[0], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(values[1], [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    assert_eq!(values[2], [3.0, 4.0, 5.0]);
    assert_eq!(values[3], [2.0, 5.0]);
    assert_eq!(values[4], [4.0, 4.0, 4.0]);
    assert_eq!(values[5], [5.0]);
    assert!(values[6].is_empty());
    assert!(tensors[5].shape.is_empty());
    assert_eq!(tensors[6].shape, [2, 0]);
}

#[test]
fn parameters_metadata_and_a_checkpoint_around_the_state_dict_are_taken() {
    let float = tensor(storage("FloatStorage", "0", 1), 0, &[1], &[1]);
    let arguments = tuple(&[float, vec![0x88], forge::EMPTY.to_vec()]);
    let parameter = [b"ctorch._utils\n_rebuild_parameter\n", arguments.as_slice(), b"R"].concat();
    let metadata = [b"}", text("_metadata").as_slice(), forge::EMPTY, b"sb"].concat();
    let state_dict = [dict(&[("weight", parameter)]), metadata].concat();
    let checkpoint = dict(&[("epoch", int(3)), ("state_dict", state_dict)]);
    let file = legacy(&pickle(&[&checkpoint]), &[("0", 1, &f32_bytes(&[1.5]))]);
    let tensors = parse_state_dict(&file).unwrap();
    assert_eq!(tensors.len(), 1);
    assert_eq!((tensors[0].name.as_str(), tensors[0].to_f32()), ("weight", vec![1.5]));
}

#[test]
fn masks_are_zeros_and_ones_of_any_type_and_nothing_else() {
    let tensor = |values| TorchTensor { name: String::new(), shape: vec![2], values };
    for values in [
        Values::F32(vec![0.0, 1.0]),
        Values::F64(vec![-0.0, 1.0]),
        Values::I64(vec![0, 1]),
        Values::U8(vec![0, 1]),
        Values::Bool(vec![false, true]),
    ] {
        assert_eq!(tensor(values).to_mask(), Some(vec![false, true]));
    }
    // The single-precision number nearest to this double is 1, but the double is not.
    for values in [Values::F64(vec![0.0, 1.0 + f64::EPSILON]), Values::U8(vec![2, 0])] {
        assert_eq!(tensor(values).to_mask(), None);
    }
}
