//! Arrays, from `.npy` and `.npz`.

use std::path::Path;

use rarefy::data::{AxisOrder, DataNote, LabelledSeries, ReadOptions, SeriesSet, read_series};

use super::{NUMPY, labels, notes, numpy, read, read_bytes, refusal, series, support};

/// The values of `numpy/series.py`, of so many steps each.
fn expected(lengths: [usize; 4]) -> SeriesSet {
    let value =
        |n: usize, place: usize| n as f32 + (place / 2) as f32 / 4.0 + (place % 2) as f32 / 8.0;
    let row = |n: usize| LabelledSeries {
        values: (0..2 * lengths[n]).map(|place| value(n, place)).collect(),
        label: (n % 2).to_string(),
    };
    SeriesSet { channels: 2, series: (0..4).map(row).collect() }
}

#[test]
fn values_are_read_from_every_float_type_order_and_name() {
    for name in [
        "x_little_f2",
        "x_big_f2",
        "x_little_f4",
        "x_big_f4",
        "x_little_f8",
        "x_big_f8",
        "fortran",
        "compressed",
    ] {
        assert_eq!(read(&format!("{name}.npz")).unwrap(), expected([3; 4]), "{name}");
    }
    for name in ["channels_steps.npz", "channels_steps_fortran.npz"] {
        let set = read_series(&numpy(name), None, AxisOrder::ChannelsSteps).unwrap();
        assert_eq!(set, expected([3; 4]), "{name}");
        let turned = read(name).unwrap();
        assert_eq!(turned.channels, 3);
        assert_eq!(turned.series[0].values, [0.0, 0.25, 0.5, 0.125, 0.375, 0.625]);
    }
    for name in ["one_channel.npz", "one_channel_fortran.npz"] {
        for order in [AxisOrder::StepsChannels, AxisOrder::ChannelsSteps] {
            let set = read_series(&numpy(name), None, order).unwrap();
            assert_eq!(set.channels, 1, "{name}");
            assert_eq!(set.series[3], series(&[3.0, 3.25, 3.5], "1"), "{name}");
        }
    }
}

#[test]
fn values_are_read_from_every_whole_type() {
    let signed = |n: i32, t: i32, c: i32| n + 4 * t - 3 * c;
    for code in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"] {
        let value = |n, t, c| match &code[..1] {
            "i" => signed(n, t, c) as f32,
            "u" => signed(n, t, c).abs() as f32,
            _ => signed(n, t, c).rem_euclid(2) as f32,
        };
        let values: Vec<Vec<f32>> =
            (0..4).map(|n| (0..6).map(|place| value(n, place / 2, place % 2)).collect()).collect();
        let names = match code.ends_with('1') {
            true => vec![format!("whole_{code}.npz")],
            false => vec![format!("whole_little_{code}.npz"), format!("whole_big_{code}.npz")],
        };
        for name in names {
            let set = read(&name).unwrap();
            let read: Vec<Vec<f32>> = set.series.into_iter().map(|series| series.values).collect();
            assert_eq!(read, values, "{name}");
        }
    }
}

#[test]
fn half_precision_is_read_to_the_last_bit() {
    // Largest, smallest normal, largest and smallest subnormal, -0 and a third.
    let bits: [u16; 6] = [0x7bff, 0x0400, 0x03ff, 0x8001, 0x8000, 0x3555];
    let values =
        [65504.0, 2_f32.powi(-14), 1023.0 * 2_f32.powi(-24), -(2_f32.powi(-24)), -0.0, 0.33325195];
    let elements: Vec<u8> = bits.into_iter().chain([0, 0]).flat_map(u16::to_le_bytes).collect();
    let set = read_bytes("x.npy", &forged("<f2", "(4, 2)", &elements)).unwrap();
    let read: Vec<f32> = set.series.into_iter().flat_map(|series| series.values).collect();
    assert_eq!(read[..6].iter().map(|x| x.to_bits()).collect::<Vec<_>>(), values.map(f32::to_bits));
}

#[test]
fn lengths_and_masks_cut_off_what_is_beyond() {
    for name in ["lengths", "lengths_u1", "mask_bool", "mask_float_fortran"] {
        assert_eq!(read(&format!("{name}.npz")).unwrap(), expected([3, 1, 2, 3]), "{name}");
    }
}

#[test]
fn labels_are_the_same_whatever_type_they_were_saved_as() {
    let read = |name: &str| {
        labels(read_series(&numpy("x.npy"), Some(&numpy(name)), AxisOrder::default()).unwrap())
    };
    for name in ["y.npy", "y_float.npy", "y_half_big.npy", "y_bool.npy"] {
        assert_eq!(read(name), ["0", "1", "0", "1"], "{name}");
    }
    assert_eq!(read("y_signed.npy"), ["-1", "10", "-1", "10"]);
    assert_eq!(read("y_u8.npy")[1], "18446744073709551615");
    for name in ["y_str.npy", "y_str_big.npy"] {
        assert_eq!(read(name), ["no", "yé😀", "no", "yes"], "{name}");
    }
    assert_eq!(read("y_bytes.npy"), ["no", "yes", "no", "yé"]);
}

/// An idx file: type, axes, elements.
fn idx(kind: u8, axes: &[u32], elements: &[u8]) -> Vec<u8> {
    let sizes = axes.iter().flat_map(|size| size.to_be_bytes());
    [0, 0, kind, axes.len() as u8].into_iter().chain(sizes).chain(elements.to_vec()).collect()
}

#[test]
fn idx_files_are_read_by_their_first_bytes_whatever_they_are_called() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // Two series of two steps and three channels, as MNIST's images are.
    let floats: Vec<u8> = (0..12).flat_map(|i| (i as f32 - 5.5).to_be_bytes()).collect();
    let shorts: Vec<u8> = (0..12).flat_map(|i| (i as i16 - 300).to_be_bytes()).collect();
    let bytes: Vec<u8> = (244..=255).collect();
    std::fs::write(at("labels-idx1-ubyte"), idx(8, &[2], &[7, 0])).unwrap();
    for (kind, elements, first) in
        [(8, &bytes, 244.0), (9, &bytes, -12.0), (0xb, &shorts, -300.0), (0xd, &floats, -5.5)]
    {
        let path = at("images-idx3-ubyte");
        std::fs::write(&path, idx(kind, &[2, 2, 3], elements)).unwrap();
        let read = || read_series(&path, Some(&at("labels-idx1-ubyte")), AxisOrder::default());
        let set = read().unwrap();
        let values: Vec<f32> = (0..6).map(|i| first + i as f32).collect();
        assert_eq!((set.channels, &set.series[0]), (3, &series(&values, "7")), "{kind}");
        assert_eq!(set.series[1].values[5], first + 11.0, "{kind}");
        for wrong in [
            idx(kind, &[2, 2, 3], &elements[1..]),
            idx(kind, &[2, 2, 2], elements),
            idx(kind, &[u32::MAX, u32::MAX, u32::MAX], elements),
            idx(0xa, &[2, 2, 3], elements),
            idx(kind, &[2, 2, 3], &[])[..9].to_vec(),
        ] {
            std::fs::write(&path, wrong).unwrap();
            assert!(read().is_err(), "{kind}");
        }
    }
}

#[test]
fn only_a_npy_takes_a_file_of_labels_and_it_must() {
    assert_eq!(
        refusal("x.npy"),
        "x.npy: a file of one array has no labels: give theirs with --labels, --train-labels or --test-labels \
         FILE, or put both into an .npz as X and y"
    );
    let path = numpy("fortran.npz");
    let refused = read_series(&path, Some(Path::new("y.npy")), AxisOrder::default());
    let own = "the file has its own labels: leave out y.npy, which is for .npy";
    assert_eq!(refused.unwrap_err().to_string(), format!("{}: {own}", path.display()));
    let (x, y) = (numpy("x.npy"), numpy("y_three.npy"));
    assert_eq!(
        read_series(&x, Some(&y), AxisOrder::default()).unwrap_err().to_string(),
        format!("{}: y has 3 entries for the 4 series of {}", y.display(), x.display())
    );
}

#[test]
fn a_bad_array_is_told_what_is_wrong_where_and_what_is_supported() {
    let nan = "is NaN: missing values are not supported, and series of different lengths need \
               an array lengths or mask in an .npz";
    let pickled = "its elements are pickled Python objects, which are never run: supported is \
                   np.savez(FILE, X=float array, y=int or str array); fill up series of \
                   different lengths and add an array lengths";
    let supported = "supported are floats of 2, 4 and 8 bytes, integers, bools and strings";
    let classes = "labels must be whole numbers or strings, as only classes are supported";
    let axes = "expected three axes, series, steps and channels, or two, series and steps";
    let something = "expected at least one series, step and channel";
    let integers = "must be integers of one axis, one for each series: it has the shape";
    let bools = "must be bools or numbers of two axes, series and steps: it has the shape";
    let arrays = "expected X with the values, y with the labels and, if series differ in \
                  length, lengths or mask";
    for (name, message) in [
        ("x_nan", format!("X[1, 2, 0] {nan}")),
        ("x_nan_channels_steps", format!("X[1, 0, 2] {nan}")),
        ("x_nan_one_channel", format!("X[1, 2] {nan}")),
        ("x_nan_in_length", "X[2, 1, 1] is NaN: missing values are not supported".into()),
        ("x_infinite", "X[3, 0, 1] is infinite: expected finite numbers".into()),
        ("x_too_large", "X[0, 1, 1] is too large: at most 1e30 is supported".into()),
        ("x_object", format!("the array X: {pickled}")),
        ("y_object", format!("the array y: {pickled}")),
        ("x_complex", format!("the array X: elements of the type \"<c8\": {supported}")),
        ("x_records", format!("the array X: its elements are records: {supported}")),
        ("y_no_bytes", format!("the array y: elements of the type \"|V0\": {supported}")),
        ("x_str", "X holds strings: expected numbers".into()),
        ("y_fraction", format!("y[0] is 0.5: {classes}")),
        ("y_nan", format!("y[2] is NaN: {classes}")),
        ("y_infinite", format!("y[3] is inf: {classes}")),
        ("y_empty", "y[1] is empty: labels must have at least one character".into()),
        ("y_surrogate", "y[1] is not valid Unicode: labels must be str, or UTF-8".into()),
        ("y_latin", "y[0] is not valid Unicode: labels must be str, or UTF-8".into()),
        ("x_one_axis", format!("X has the shape [4]: {axes}")),
        ("x_four_axes", format!("X has the shape [4, 3, 2, 1]: {axes}")),
        ("x_no_series", format!("X has the shape [0, 3, 2]: {something}")),
        ("x_no_steps", format!("X has the shape [4, 0, 2]: {something}")),
        ("x_no_channels", format!("X has the shape [4, 3, 0]: {something}")),
        ("y_three", "y has 3 entries for the 4 series of X".into()),
        ("y_two_axes", "y has the shape [4, 2]: expected one axis, a label for each series".into()),
        ("y_scalar", "y has the shape []: expected one axis, a label for each series".into()),
        ("lengths_three", "lengths has 3 entries for the 4 series of X".into()),
        ("lengths_zero", "lengths[1] is 0: expected from 1 to the 3 steps of X".into()),
        ("lengths_negative", "lengths[1] is -1: expected from 1 to the 3 steps of X".into()),
        ("lengths_four", "lengths[2] is 4: expected from 1 to the 3 steps of X".into()),
        ("lengths_float", format!("lengths {integers} [4]")),
        ("mask_three", "mask has 3 entries for the 4 series of X".into()),
        ("mask_steps", "mask has 2 steps for the 3 of X".into()),
        ("mask_axes", format!("mask {bools} [4, 3, 1]")),
        ("mask_gap", "mask[0, 2] is 1 after a 0: expected all steps of a series first".into()),
        ("mask_none", "mask[2] is 0 throughout: expected a step".into()),
        ("mask_half", "mask[1, 0] is neither 0 nor 1: expected 1 where a step is there".into()),
        (
            "unnamed",
            format!("there is no array \"X\": the arrays are \"arr_0\", \"arr_1\"; {arrays}"),
        ),
        ("no_y", format!("there is no array \"y\": the arrays are \"X\", \"target\"; {arrays}")),
        ("two_x", "there are both X and x: expected one of them".into()),
        ("two_extents", "there are both lengths and mask: expected one of them".into()),
        ("no_arrays", format!("there are no arrays in it: {arrays}")),
    ] {
        let turned = name.ends_with("channels_steps");
        let order = if turned { AxisOrder::ChannelsSteps } else { AxisOrder::default() };
        let refused = read_series(&numpy(&format!("{name}.npz")), None, order).expect_err(name);
        let found = refused.to_string().replace(&format!("{NUMPY}/"), "");
        assert_eq!(found, format!("{name}.npz: {message}"));
    }
}

/// A `.npy` of the header and elements given.
pub fn forged(descr: &str, shape: &str, elements: &[u8]) -> Vec<u8> {
    with_header(
        &format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n"),
        elements,
    )
}

pub fn with_header(header: &str, elements: &[u8]) -> Vec<u8> {
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\0".as_slice(), &length, header.as_bytes(), elements].concat()
}

#[test]
fn a_damaged_array_is_refused_without_making_room_for_what_it_claims() {
    let npy = |bytes: &[u8]| read_bytes("x.npy", bytes).unwrap_err();
    let no_array = "x.npy: it does not begin as an array of numpy.save or an idx file";
    let ends = "x.npy: it ends within the header of its array";
    assert_eq!(npy(b""), ends);
    assert_eq!(npy(b"\x93NOMPY, so to say"), no_array);
    assert_eq!(npy(b"\x93NUMPY\x01\0\x40\0{'descr'"), ends);
    assert_eq!(
        npy(b"\x93NUMPY\x04\0\0\0\0\0"),
        "x.npy: version 4 of .npy is unknown: 1 to 3 are supported"
    );
    assert_eq!(
        npy(b"\x93NUMPY\x02\0\0\0\0\xf0"),
        "x.npy: a header of 4026531840 bytes: at most 10000 are supported"
    );
    let claims = |shape: &str, problem: &str| {
        assert_eq!(npy(&forged("<f4", shape, &[0; 8])), format!("x.npy: {problem}"));
    };
    claims("(4, 1)", "the array X: the shape [4, 1] needs 16 bytes of elements: there are 8");
    let more = npy(&forged("<i1", "(4, 1)", &[0; 8]));
    assert_eq!(
        more,
        "x.npy: the array X: the shape [4, 1] needs 4 bytes of elements: there are more"
    );
    let many = npy(&forged("<f4", "(4611686018427387903, 1)", &[0; 8]));
    assert!(many.contains("y has 4 entries for the 4611686018427387903 series"), "{many}");
    claims(
        "(4294967296, 4294967296, 4294967296)",
        "the shape [4294967296, 4294967296, 4294967296] is more than a file can hold",
    );
    // As many elements of no bytes as one likes.
    assert_eq!(
        npy(&forged("|S0", "(9223372036854775807,)", b"")),
        "x.npy: elements of the type \"|S0\": supported are floats of 2, 4 and 8 bytes, \
         integers, bools and strings"
    );
    for header in [
        "",
        "{",
        "[]",
        "{'descr': '<f4', 'fortran_order': False, }",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (4, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-4, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': [4, 2]}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (4, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), 'more': 1}",
    ] {
        let message = npy(&with_header(header, &[0; 32]));
        assert!(message.starts_with("x.npy: its header \""), "{header}: {message}");
        assert!(message.ends_with("is none of numpy.save"), "{header}: {message}");
    }
    // Spaces, quotes and last commas as other writers have them.
    for header in [
        "{'descr':'<f4','fortran_order':False,'shape':(4,2)}",
        " { \"shape\" : ( 4 , 2 , ) , \"fortran_order\" : False , \"descr\" : \"<f4\" } ",
    ] {
        read_bytes("x.npy", &with_header(header, &[0; 32])).unwrap();
    }
}

#[test]
fn a_damaged_archive_is_refused() {
    let no_archive = "x.npz: it is no archive of numpy.savez: ";
    let message = read_bytes("x.npz", b"no archive").unwrap_err();
    assert!(message.starts_with(no_archive), "{message}");
    let whole = std::fs::read(numpy("compressed.npz")).unwrap();
    let message = read_bytes("x.npz", &whole[..whole.len() / 2]).unwrap_err();
    assert!(message.starts_with(no_archive), "{message}");
    // One bit of the values, which only the checksum can tell.
    let mut damaged = std::fs::read(numpy("x_little_f4.npz")).unwrap();
    let place = damaged.windows(8).position(|bytes| bytes == [0, 0, 0, 0, 0, 0, 0, 0x3e]).unwrap();
    damaged[place + 7] ^= 1;
    let message = read_bytes("x.npz", &damaged).unwrap_err();
    assert!(message.starts_with("x.npz: the array X: it cannot be read: "), "{message}");
}

#[test]
fn exported_problems_are_the_same_as_text_and_as_arrays() {
    // Written by `docs/series_data.py --npz`.
    let Some(folder) = support::series_dir() else { return };
    for name in ["JapaneseVowels_TRAIN", "JapaneseVowels_TEST", "BasicMotions_TRAIN"] {
        let read = |extension| {
            let path = Path::new(&folder).join(name).with_extension(extension);
            read_series(&path, None, AxisOrder::default()).unwrap()
        };
        assert_eq!(read("ts"), read("npz"), "{name}");
    }
}

/// A `.npz` of arrays of bytes, each with its name and shape.
fn archive(arrays: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options: zip::write::SimpleFileOptions = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, shape, bytes) in arrays {
        zip.start_file(format!("{name}.npy"), options).unwrap();
        std::io::Write::write_all(&mut zip, &forged("|u1", shape, bytes)).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A `.npz` whose `X` of bytes is zeros of this shape, with as many labels.
fn zeros(shape: [usize; 3], labels: usize) -> Vec<u8> {
    let [series, steps, channels] = shape;
    let values = vec![0; series * steps * channels];
    archive(&[
        ("X", &format!("({series}, {steps}, {channels})"), &values),
        ("y", &format!("({labels},)"), &vec![0; labels]),
    ])
}

#[test]
fn a_small_archive_that_unpacks_to_much_is_refused_before_it_does() {
    let bomb = zeros([2, 1000, 5000], 2);
    assert!(bomb.len() < 100_000);
    let refused = read_bytes("x.npz", &bomb).unwrap_err();
    let says = "the array X: it unpacks to 39 MiB, and at most 32 MiB are read";
    assert!(refused.contains(says) && refused.contains("numpy.savez"), "{refused}");
    assert_eq!(read_bytes("x.npz", &zeros([2, 1000, 4000], 2)).unwrap().channels, 4000);
    // Labels too.
    let refused = read_bytes("x.npz", &zeros([2, 1, 1], 40 << 20)).unwrap_err();
    assert!(refused.contains("the array y: it unpacks to 40 MiB"), "{refused}");
}

#[test]
fn axes_that_look_swapped_and_padding_without_lengths_are_noted_unless_axes_are_given() {
    let usual = ReadOptions::default();
    let given = ReadOptions { axes: Some(AxisOrder::StepsChannels), ..usual.clone() };
    for (shape, note) in [
        ([2, 1, 50], Some(DataNote::OneStep)),
        ([2, 6, 51], Some(DataNote::MoreChannels { steps: 6, channels: 51 })),
        ([2, 50, 3], None),
    ] {
        let file = zeros(shape, 2);
        assert_eq!(notes("x.npz", &file, &usual), Vec::from_iter(note), "{shape:?}");
        assert_eq!(notes("x.npz", &file, &given), [], "{shape:?}");
    }
}

#[test]
fn series_that_end_in_zeros_are_noted_unless_lengths_or_a_mask_say_where_they_end() {
    let lengths: [u8; 4] = [6, 4, 3, 2];
    let mask: Vec<u8> =
        lengths.iter().flat_map(|&n| (0..6).map(move |t| u8::from(t < n))).collect();
    let values: Vec<u8> = mask.iter().map(|there| 7 * there).collect();
    let whole = [7; 24];
    let found = |arrays: &[(&str, &str, &[u8])]| {
        let labels = ("y", "(4,)", &[0u8, 1, 0, 1][..]);
        notes("x.npz", &archive(&[arrays, &[labels]].concat()), &ReadOptions::default())
    };
    let padded = ("X", "(4, 6, 1)", &values[..]);
    assert_eq!(found(&[padded]), [DataNote::EndInZeros { count: 3, of: 4 }]);
    assert_eq!(found(&[padded, ("lengths", "(4,)", &lengths)]), []);
    assert_eq!(found(&[padded, ("mask", "(4, 6)", &mask)]), []);
    assert_eq!(found(&[("X", "(4, 6, 1)", &whole)]), []);
}
