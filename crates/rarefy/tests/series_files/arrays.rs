//! Arrays, from `.npy` and `.npz`.

use std::path::Path;

use rarefy::data::{
    Answer, AxisOrder, DataError, DataNote, LabelledSeries, ReadOptions, SeriesSet, read_series,
};

use super::{NUMPY, labels, notes, numpy, read, read_bytes, refusal, series, support};

/// The values of `numpy/series.py`, with these numbers of steps.
fn expected(lengths: [usize; 4]) -> SeriesSet<'static> {
    let value =
        |n: usize, place: usize| n as f32 + (place / 2) as f32 / 4.0 + (place % 2) as f32 / 8.0;
    let row = |n: usize| LabelledSeries {
        values: (0..2 * lengths[n]).map(|place| value(n, place)).collect(),
        answer: (n % 2).to_string().into(),
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
        assert_eq!(*turned.series[0].values, [0.0, 0.25, 0.5, 0.125, 0.375, 0.625]);
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
            let read: Vec<Vec<f32>> =
                set.series.into_iter().map(|series| series.values.into_owned()).collect();
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
    let read: Vec<f32> =
        set.series.into_iter().flat_map(|series| series.values.into_owned()).collect();
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

/// An idx file: type, axes, and elements.
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
        // Pixels go from 0 to 255.
        let divisor = if kind == 8 { 255.0 } else { 1.0 };
        let values: Vec<f32> = (0..6).map(|i| (first + i as f32) / divisor).collect();
        assert_eq!((set.channels, &set.series[0]), (3, &series(&values, "7")), "{kind}");
        assert_eq!(set.series[1].values[5], (first + 11.0) / divisor, "{kind}");
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
    assert!(
        matches!(refused.unwrap_err(), DataError::OwnLabels { path: found, .. } if found == path)
    );
    let (x, y) = (numpy("x.npy"), numpy("y_three.npy"));
    let refused = read_series(&x, Some(&y), AxisOrder::default()).unwrap_err().to_string();
    let says = format!("{}: y has 3 entries", y.display());
    assert!(refused.starts_with(&says) && refused.contains("x.npy has 4 series"), "{refused}");
}

#[test]
fn floats_with_a_fraction_are_numbers_to_be_answered() {
    let set = read_series(&numpy("y_fraction.npz"), None, AxisOrder::default()).unwrap();
    let answers: Vec<&Answer> = set.series.iter().map(|series| &series.answer).collect();
    let numbers = [0.5, 1.5, 0.5, 1.5].map(|number| Answer::Numbers(vec![number]));
    assert_eq!(answers, numbers.iter().collect::<Vec<_>>());
}

#[test]
fn a_bad_array_is_told_what_is_wrong_where_and_what_is_supported() {
    let names = [
        "x_nan",
        "x_nan_channels_steps",
        "x_nan_one_channel",
        "x_nan_in_length",
        "x_infinite",
        "x_too_large",
        "x_object",
        "y_object",
        "x_complex",
        "x_records",
        "y_no_bytes",
        "x_str",
        "y_nan",
        "y_infinite",
        "y_empty",
        "y_surrogate",
        "y_latin",
        "x_one_axis",
        "x_four_axes",
        "x_no_series",
        "x_no_steps",
        "x_no_channels",
        "y_three",
        "y_two_axes",
        "y_scalar",
        "lengths_three",
        "lengths_zero",
        "lengths_negative",
        "lengths_four",
        "lengths_float",
        "mask_three",
        "mask_steps",
        "mask_axes",
        "mask_gap",
        "mask_none",
        "mask_half",
        "unnamed",
        "no_y",
        "two_x",
        "two_extents",
        "no_arrays",
    ];
    let refusals = names.map(|name| {
        let turned = name.ends_with("channels_steps");
        let order = if turned { AxisOrder::ChannelsSteps } else { AxisOrder::default() };
        let refused = read_series(&numpy(&format!("{name}.npz")), None, order).expect_err(name);
        let found = refused.to_string().replace(&format!("{NUMPY}/"), "");
        assert!(found.starts_with(&format!("{name}.npz: ")), "{found}");
        found
    });
    insta::assert_snapshot!("arrays", refusals.join("\n"));
}

/// A `.npy` with the given header and elements.
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
    assert!(npy(b"\x93NUMPY\x04\0\0\0\0\0").contains("version 4"));
    assert!(npy(b"\x93NUMPY\x02\0\0\0\0\xf0").contains("4026531840 bytes"));
    let claims = |kind: &str, shape: &str, says: &str| {
        let refused = npy(&forged(kind, shape, &[0; 8]));
        assert!(refused.contains("x.npy") && refused.contains(says), "{refused}");
    };
    claims("<f4", "(4, 1)", "the array X: the shape [4, 1] needs 16 bytes");
    claims("<i1", "(4, 1)", "the array X: the shape [4, 1] needs 4 bytes");
    claims("<f4", "(4611686018427387903, 1)", "4611686018427387903 series");
    let cube = "4294967296, 4294967296, 4294967296";
    claims("<f4", &format!("({cube})"), &format!("the shape [{cube}]"));
    // Elements of zero bytes could be arbitrarily many.
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
        assert!(message.starts_with("x.npy: the header \""), "{header}: {message}");
    }
    // Spaces, quotes and trailing commas as other writers use them.
    for header in [
        "{'descr':'<f4','fortran_order':False,'shape':(4,2)}",
        " { \"shape\" : ( 4 , 2 , ) , \"fortran_order\" : False , \"descr\" : \"<f4\" } ",
    ] {
        read_bytes("x.npy", &with_header(header, &[0; 32])).unwrap();
    }
}

#[test]
fn a_damaged_archive_is_refused() {
    let says = |message: &str| message.starts_with("x.npz: ") && message.contains("numpy.savez");
    let message = read_bytes("x.npz", b"no archive").unwrap_err();
    assert!(says(&message), "{message}");
    let whole = std::fs::read(numpy("compressed.npz")).unwrap();
    let message = read_bytes("x.npz", &whole[..whole.len() / 2]).unwrap_err();
    assert!(says(&message), "{message}");
    // A single wrong bit in the values, which only the checksum can detect.
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

/// A `.npz` of arrays, each given by its name, shape and bytes.
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

/// A `.npz` whose `X` of bytes is all zeros in this shape, with `labels` labels.
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
    let says = "the array X: it unpacks to 39 MiB, but at most 32 MiB";
    assert!(refused.contains(says) && refused.contains("numpy.savez"), "{refused}");
    assert_eq!(read_bytes("x.npz", &zeros([2, 1000, 4000], 2)).unwrap().channels, 4000);
    // The array of labels is limited, too.
    let refused = read_bytes("x.npz", &zeros([2, 1, 1], 40 << 20)).unwrap_err();
    assert!(refused.contains("the array y: it unpacks to 40 MiB"), "{refused}");
}

#[test]
fn axes_that_look_swapped_and_padding_without_lengths_are_noted_unless_axes_are_given() {
    let usual = ReadOptions::default();
    let given = ReadOptions { axes: Some(AxisOrder::StepsChannels), ..usual.clone() };
    for (shape, note) in [
        ([2, 1, 50], Some(DataNote::OneStep { id: None })),
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

    // The same number of zeros at the end of every series: three or more are taken for padding, but
    // series of nothing but zeros for data.
    let ending_in = |zeros: usize| [vec![7; 6 - zeros], vec![0; zeros]].concat().repeat(4);
    for (zeros, is_noted) in [(1, false), (2, false), (3, true), (5, true), (6, false)] {
        let note = is_noted.then_some(DataNote::EndInZeros { count: 4, of: 4 });
        let values = ending_in(zeros);
        assert_eq!(found(&[("X", "(4, 6, 1)", &values)]), Vec::from_iter(note), "{zeros}");
        let lengths = ("lengths", "(4,)", &lengths[..]);
        assert_eq!(found(&[("X", "(4, 6, 1)", &values), lengths]), [], "{zeros}");
    }
}

#[test]
fn what_is_written_as_npz_is_read_again() {
    let read = |set: &SeriesSet| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.npz");
        std::fs::write(&path, set.to_npz()).unwrap();
        read_series(&path, None, AxisOrder::default()).unwrap()
    };
    let series = |steps: usize, answer: Answer| LabelledSeries {
        values: (0..2 * steps).map(|i| i as f32 / 8.0 + 1.0).collect(),
        answer,
    };
    let label = |label: &str| Answer::Label(label.to_owned());
    let at_steps = |labels: &[Option<&str>]| {
        Answer::StepLabels(labels.iter().map(|label| label.map(str::to_owned)).collect())
    };
    let numbers = |steps: usize| Answer::StepNumbers { outputs: 2, values: vec![0.5; 2 * steps] };
    for answers in [
        [label("7"), label("-1")],
        [label("pita"), label("roti \u{e9}")],
        [at_steps(&[Some("1"), None, Some("0")]), at_steps(&[Some("0")])],
        [Answer::Numbers(vec![0.5, -3.0]), Answer::Numbers(vec![1.5, 2.0])],
        [numbers(3), numbers(1)],
    ] {
        let [first, second] = answers;
        let set = SeriesSet { channels: 2, series: vec![series(3, first), series(1, second)] };
        assert_eq!(read(&set), set);
    }
}
