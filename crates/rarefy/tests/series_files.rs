//! Files of labelled series: what is read from `.ts`, `.npy` and `.npz`, and the errors for bad
//! files. NumPy wrote the arrays (`numpy/series.py`).

#[path = "series_files/arrays.rs"]
mod arrays;
mod support;

use std::path::{Path, PathBuf};

use arrays::{forged, with_header};
use proptest::prelude::*;
use rarefy::data::{
    Answer, AxisOrder, DataError, DataNote, LabelledSeries, ReadOptions, Rows, SeriesSet,
    read_series,
};

/// The folder of files that NumPy wrote.
const NUMPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/numpy/series");

fn numpy(name: &str) -> PathBuf {
    Path::new(NUMPY).join(name)
}

fn read(name: &str) -> Result<SeriesSet<'static>, DataError> {
    read_series(&numpy(name), None, AxisOrder::default())
}

/// The error for the file, without its folder.
fn refusal(name: &str) -> String {
    read(name).expect_err(name).to_string().replace(&format!("{NUMPY}/"), "")
}

/// The result for a file with this name and content.
fn read_bytes(name: &str, bytes: &[u8]) -> Result<SeriesSet<'static>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let labels = numpy("y.npy");
    let labels = name.ends_with(".npy").then_some(labels.as_path());
    read_series(&path, labels, AxisOrder::default())
        .map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

fn series(values: &[f32], label: &str) -> LabelledSeries<'static> {
    LabelledSeries { values: values.to_vec().into(), answer: label.to_owned().into() }
}

fn labels(set: SeriesSet) -> Vec<String> {
    let label = |series: &LabelledSeries| series.answer.labels().collect();
    set.series.iter().map(label).collect()
}

#[test]
fn a_missing_file_is_named() {
    for name in ["no_such.ts", "no_such.npz"] {
        let message = refusal(name);
        assert!(message.starts_with(&format!("cannot read {name}: ")), "{message}");
    }
    for (x, y) in [("no_such.npy", "y.npy"), ("x.npy", "no_such.npy")] {
        let refused = read_series(&numpy(x), Some(&numpy(y)), AxisOrder::default());
        let message = refused.unwrap_err().to_string();
        assert!(message.starts_with("cannot read ") && message.contains("no_such.npy: "));
    }
}

const HEADER: &str = "@classLabel true a b c\n@data\n";

fn read_ts(text: impl AsRef<[u8]>) -> Result<SeriesSet<'static>, String> {
    read_bytes("d.ts", text.as_ref())
}

#[test]
fn a_text_has_dimensions_between_colons_and_keys_in_any_case() {
    let expected = SeriesSet {
        channels: 2,
        series: vec![series(&[1.0, 4.0, -2.5, 5e-3, 3.0, 6.0], "b"), series(&[7.0, 8.0], "a")],
    };
    for text in [
        "# comment\n@problemName Some Problem\n@timeStamps false\n@missing false\n\
         @univariate false\n@dimensions 2\n@equalLength false\n@classLabel true a b\n@data\n\
         1,-2.5,3:4,5e-3,6:b\n7:8:a\n",
        "\u{feff}%# comment\r\n\r\n@PROBLEMNAME x\r\n@Dimension 2\r\n@equallength true\r\n\
         @serieslength 3\r\n@targetLabel FALSE\r\n@CLASSLABEL True a b\r\n@DATA\r\n\
         # comment\r\n 1 , -2.5,3 : 4,5e-3,6 : b \r\n\r\n7:8:a",
        "@classLabel true a b\n@data\n1,-2.5,3:4,5e-3,6:b\n7:8:a",
    ] {
        assert_eq!(read_ts(text).as_ref(), Ok(&expected), "{text:?}");
    }
    let one = SeriesSet { channels: 1, series: vec![series(&[1.0, 2.0], "1.0")] };
    let text = "@univariate true\n@classLabel true 0.0 1.0\n@data\n1,2:1.0\n";
    assert_eq!(read_ts(text), Ok(one.clone()));
    let text = "@univariate true\n@targetlabel true\n@classLabel false\n@data\n1,2:-1.5e1\n";
    let regression =
        LabelledSeries { values: vec![1.0, 2.0].into(), answer: Answer::Numbers(vec![-15.0]) };
    assert_eq!(read_ts(text), Ok(SeriesSet { channels: 1, series: vec![regression] }));
    let text = "@univariate true\n@classLabel true 0.0 1.0\n@data\n1,2:1.0\n";
    // A comment may be in any encoding.
    assert_eq!(read_ts([b"#\xe9\n".as_slice(), text.as_bytes()].concat()), Ok(one));
}

#[test]
fn a_bad_header_is_told_what_is_wrong_where_and_what_is_supported() {
    let headers = [
        &b""[..],
        b"@classLabel true a\n",
        b"@classLabel true a\n@data\n# none\n",
        b"# x\n@timeStamps true\n",
        b"@timeStamps maybe\n",
        b"@classLabel false\n@data\n1:a\n",
        b"\n@targetlabel true\n@data\n1,2:x\n",
        b"@data\n1:a\n",
        b"@dimensions two\n",
        b"@dimensions 0\n",
        b"@dimensions 3\n@univariate true\n",
        b"@frequency daily\n",
        b"1,2,3:a\n",
        b"@problemName \xe9\n",
    ];
    let refusals =
        headers.map(|text| format!("{}\n{}", text.escape_ascii(), read_ts(text).unwrap_err()));
    insta::assert_snapshot!("ts_headers", refusals.join("\n\n"));
}

#[test]
fn a_bad_case_is_told_what_is_wrong_where_and_what_is_supported() {
    let cases = [
        "(0,1.5),(1,2.5):a",
        "(2007-01-01 00:00:00,241):a",
        "1,?,3:4,5,6:a",
        "1,2,3:4,5,NaN:a",
        "1,2:-inf,4:a",
        "1,2:1e39,4:a",
        "1,2:3,x4:a",
        "1,2:3,:a",
        "1,2:3,4:d",
        "1,2:3,4:",
        "1,2:a",
        "1:2:3:a",
        "1,2",
        "1,2,3:4,5:a",
        "::a",
        "1: :a",
    ];
    let below = |text: String, case: &str| {
        let refused = read_ts(&text).unwrap_err();
        let line = text.lines().count();
        assert!(refused.starts_with(&format!("d.ts, line {line}: ")), "{refused}");
        format!("{case}\n{refused}")
    };
    let second = cases.map(|case| below(format!("{HEADER}1,2:3,4:a\n{case}\n"), case));
    // The first case must say how many dimensions there are.
    let first = ["a", ":a"].map(|case| below(format!("{HEADER}{case}\n"), case));
    insta::assert_snapshot!("ts_cases", [&second[..], &first].concat().join("\n\n"));
    let not_utf8 = [HEADER.as_bytes(), b"1:\xff\n"].concat();
    assert!(read_ts(not_utf8).unwrap_err().starts_with("d.ts, line 3: "));
}

#[test]
fn a_series_may_have_ten_thousand_steps_and_no_more() {
    let case = |steps: usize| format!("{HEADER}{}:a\n", vec!["0"; steps].join(","));
    assert_eq!(read_ts(case(10_000)).unwrap().series[0].values.len(), 10_000);
    let refused = read_ts(case(10_001)).unwrap_err();
    assert!(refused.starts_with("d.ts, line 3: ") && refused.contains("10001"), "{refused}");
    let refused = refusal("x_too_long.npz");
    assert!(refused.starts_with("x_too_long.npz: X[0]: ") && refused.contains("10001"));
    assert_eq!(read("x_long_padding.npz").unwrap().series[0].values.len(), 10_000);
}

/// A good file with some bytes changed, cut off or both. Such files get further in the parser than
/// random ones.
fn damaged(name: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let whole = std::fs::read(numpy(name)).unwrap();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (changes, any::<Option<prop::sample::Index>>()).prop_map(move |(changes, cut)| {
        let mut bytes = whole.clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let end = cut.map_or(bytes.len(), |cut| cut.index(bytes.len()));
        bytes.truncate(end);
        bytes
    })
}

/// The notes on a file with this name and content.
fn notes(name: &str, bytes: &[u8], options: &ReadOptions) -> Vec<DataNote> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    Rows::read(&path, None, options).unwrap().1
}

#[test]
fn a_text_may_list_its_labels_with_commas_or_not_at_all_and_any_length() {
    for (header, note) in [
        ("@classLabel true a,b\n", Some(DataNote::CommaLabels)),
        ("@classLabel true a, b\n", Some(DataNote::CommaLabels)),
        ("@classLabel true\n", Some(DataNote::UnlistedLabels)),
        ("@classLabel true a b\n@seriesLength 0\n@equalLength maybe\n", None),
        ("@classLabel true a b\n@seriesLength 4.0\n@missing\n", None),
    ] {
        let text = format!("{header}@data\n1,2:a\n3,4,5:b\n");
        assert_eq!(labels(read_ts(&text).unwrap()), ["a", "b"], "{header}");
        let found = notes("d.ts", text.as_bytes(), &ReadOptions::default());
        assert_eq!(found, Vec::from_iter(note), "{header}");
    }
    let values = read_ts("@classLabel true\n@data\n1,2:3,4\n").unwrap_err();
    assert!(values.contains("\"3,4\": expected a label"), "{values}");
    let whole =
        notes("d.ts", b"@classLabel true a,b c\n@data\n1,2:a,b\n1,3:c\n", &ReadOptions::default());
    assert_eq!(whole, []);
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for name in ["d.ts", "d.npy", "d.npz"] {
            let _ = read_bytes(name, &bytes);
        }
        let _ = read_bytes("d.ts", &[HEADER.as_bytes(), &bytes].concat());
        let _ = read_bytes("d.npy", &[b"\x93NUMPY\x01\0".as_slice(), &bytes].concat());
        let _ = read_bytes("d.npy", &[b"\0\0".as_slice(), &bytes].concat());
    }

    #[test]
    fn no_text_makes_a_reader_panic(
        cases in "([0-9.,:?()a-c@# \n-]|[nN]aN|inf|@data|@classLabel true a|@dimensions 2){0,60}",
        header in "[{}'a-z<>|:,() 0-9]{0,80}",
    ) {
        let _ = read_bytes("d.ts", cases.as_bytes());
        let _ = read_bytes("d.ts", format!("{HEADER}{cases}").as_bytes());
        let _ = read_bytes("d.npy", &with_header(&header, &[0; 32]));
    }

    #[test]
    fn no_shape_makes_a_reader_panic(
        shape in prop::collection::vec(any::<u64>().prop_map(|bits| bits >> (bits % 64)), 0..5),
        kind in "[<>|][fiubUSOV]",
        size in 0_u8..10,
    ) {
        let shape = format!("{shape:?}").replace('[', "(").replace(']', ")");
        let _ = read_bytes("d.npy", &forged(&format!("{kind}{size}"), &shape, &[1; 64]));
    }

    #[test]
    fn no_damage_makes_a_reader_panic(
        npy in damaged("x.npy"),
        stored in damaged("lengths.npz"),
        compressed in damaged("compressed.npz"),
    ) {
        let _ = read_bytes("d.npy", &npy);
        let _ = read_bytes("d.npz", &stored);
        let _ = read_bytes("d.npz", &compressed);
    }
}
