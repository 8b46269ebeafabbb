//! Files of labelled series: what is read from `.ts`, `.npy` and `.npz`, and what a bad
//! file is told. Arrays come from NumPy itself (`numpy/series.py`).

#[path = "series_files/arrays.rs"]
mod arrays;
mod support;

use std::path::{Path, PathBuf};

use arrays::{forged, with_header};
use proptest::prelude::*;
use rarefy::data::{
    AxisOrder, DataError, DataNote, LabelledSeries, ReadOptions, Rows, SeriesSet, read_series,
};

/// The folder of files that NumPy wrote.
const NUMPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/numpy/series");

fn numpy(name: &str) -> PathBuf {
    Path::new(NUMPY).join(name)
}

fn read(name: &str) -> Result<SeriesSet, DataError> {
    read_series(&numpy(name), None, AxisOrder::default())
}

/// What the file is told, without its folder.
fn refusal(name: &str) -> String {
    read(name).expect_err(name).to_string().replace(&format!("{NUMPY}/"), "")
}

/// The result for a file of that name and content.
fn read_bytes(name: &str, bytes: &[u8]) -> Result<SeriesSet, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let labels = numpy("y.npy");
    let labels = name.ends_with(".npy").then_some(labels.as_path());
    read_series(&path, labels, AxisOrder::default())
        .map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

fn series(values: &[f32], label: &str) -> LabelledSeries {
    LabelledSeries { values: values.to_vec(), label: label.to_owned() }
}

fn labels(set: SeriesSet) -> Vec<String> {
    set.series.into_iter().map(|series| series.label).collect()
}

#[test]
fn a_missing_file_is_named() {
    for name in ["no_such.ts", "no_such.npz"] {
        let message = refusal(name);
        assert!(message.starts_with(&format!("{name}: cannot be read: ")), "{message}");
    }
    for (x, y) in [("no_such.npy", "y.npy"), ("x.npy", "no_such.npy")] {
        let refused = read_series(&numpy(x), Some(&numpy(y)), AxisOrder::default());
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("no_such.npy: cannot be read: "), "{message}");
    }
}

const HEADER: &str = "@classLabel true a b c\n@data\n";

fn read_ts(text: impl AsRef<[u8]>) -> Result<SeriesSet, String> {
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
    // A comment may be in any encoding.
    assert_eq!(read_ts([b"#\xe9\n".as_slice(), text.as_bytes()].concat()), Ok(one));
}

#[test]
fn a_bad_header_is_told_what_is_wrong_where_and_what_is_supported() {
    const NO_CLASSES: &str = "only classes are supported: expected @classLabel true and the labels";
    let known = "supported are @problemName, @timeStamps, @missing, @univariate, @dimensions, \
                 @equalLength, @seriesLength, @classLabel and @data";
    for (text, message) in [
        ("", ": there is no line @data: expected a header, @data and a case a line".to_owned()),
        (
            "@classLabel true a\n",
            ": there is no line @data: expected a header, @data and a case a line".to_owned(),
        ),
        ("@classLabel true a\n@data\n# none\n", ": there is no case below @data".to_owned()),
        (
            "# x\n@timeStamps true\n",
            ", line 2: @timeStamps true: time stamps are not supported: expected values alone, \
             one a step"
                .to_owned(),
        ),
        (
            "@timeStamps maybe\n",
            ", line 1: after @timeStamps stands \"maybe\": expected true or false".to_owned(),
        ),
        ("@classLabel false\n", format!(", line 1: there are no class labels: {NO_CLASSES}")),
        (
            "\n@targetlabel true\n@data\n",
            format!(", line 2: @targetlabel true is for regression: {NO_CLASSES}"),
        ),
        ("@data\n1:a\n", format!(", line 1: there is no @classLabel above @data: {NO_CLASSES}")),
        (
            "@dimensions two\n",
            ", line 1: after @dimensions stands \"two\": expected a number from 1".to_owned(),
        ),
        (
            "@dimensions 0\n",
            ", line 1: after @dimensions stands \"0\": expected a number from 1".to_owned(),
        ),
        (
            "@dimensions 3\n@univariate true\n",
            ", line 2: the header says 1 dimension(s) here and 3 above: expected one number"
                .to_owned(),
        ),
        ("@frequency daily\n", format!(", line 1: the header \"@frequency\" is unknown: {known}")),
        (
            "1,2,3:a\n",
            ", line 1: \"1,2,3:a\" stands above @data: expected lines that begin with @ or #"
                .to_owned(),
        ),
    ] {
        assert_eq!(read_ts(text), Err(format!("d.ts{message}")), "{text:?}");
    }
    assert_eq!(
        read_ts(b"@problemName \xe9\n"),
        Err("d.ts, line 1: the line is not valid UTF-8: save the file as UTF-8".to_owned())
    );
}

#[test]
fn a_bad_case_is_told_what_is_wrong_where_and_what_is_supported() {
    let time_stamps = "a value begins with a parenthesis: time stamps are not supported: \
                       expected values alone, one a step";
    let missing = "is a missing value, which is not supported: expected a number";
    for (case, message) in [
        ("(0,1.5),(1,2.5):a", time_stamps.to_owned()),
        ("(2007-01-01 00:00:00,241):a", time_stamps.to_owned()),
        ("1,?,3:4,5,6:a", format!("dimension 1, value 2: \"?\" {missing}")),
        ("1,2,3:4,5,NaN:a", format!("dimension 2, value 3: \"NaN\" {missing}")),
        (
            "1,2:-inf,4:a",
            "dimension 2, value 1: \"-inf\" is infinite, which is not supported: expected a \
             finite number"
                .to_owned(),
        ),
        (
            "1,2:1e39,4:a",
            "dimension 2, value 1: \"1e39\" is too large: at most 1e30 is \
             supported"
                .to_owned(),
        ),
        ("1,2:3,x4:a", "dimension 2, value 2: \"x4\" is no number".to_owned()),
        ("1,2:3,:a", "dimension 2, value 2: \"\" is no number".to_owned()),
        (
            "1,2:3,4:d",
            "the label \"d\" is not in the header: expected one of \"a\", \"b\", \"c\"".to_owned(),
        ),
        ("1,2:3,4:", "there is no label after the last colon".to_owned()),
        ("1,2:a", "the case has 1 dimension(s) before its label: expected 2".to_owned()),
        ("1:2:3:a", "the case has 3 dimension(s) before its label: expected 2".to_owned()),
        ("1,2", "the case has 0 dimension(s) before its label: expected 2".to_owned()),
        (
            "1,2,3:4,5:a",
            "dimension 2 has 2 values, the first 3: those of a case must be equally long"
                .to_owned(),
        ),
        ("::a", "dimension 1 has no values: expected at least one".to_owned()),
        ("1: :a", "dimension 2 has no values: expected at least one".to_owned()),
    ] {
        let text = format!("{HEADER}1,2:3,4:a\n{case}\n");
        assert_eq!(read_ts(&text), Err(format!("d.ts, line 4: {message}")), "{case:?}");
    }
    // Where the first case is to say how many dimensions there are.
    for (case, message) in [
        ("a", "the case has 0 dimension(s) before its label: expected 1"),
        (":a", "dimension 1 has no values: expected at least one"),
    ] {
        let text = format!("{HEADER}{case}\n");
        assert_eq!(read_ts(&text), Err(format!("d.ts, line 3: {message}")), "{case:?}");
    }
    let not_utf8 = [HEADER.as_bytes(), b"1:\xff\n"].concat();
    assert_eq!(
        read_ts(not_utf8),
        Err("d.ts, line 3: the line is not valid UTF-8: save the file as UTF-8".to_owned())
    );
}

#[test]
fn a_series_may_have_ten_thousand_steps_and_no_more() {
    let case = |steps: usize| format!("{HEADER}{}:a\n", vec!["0"; steps].join(","));
    assert_eq!(read_ts(case(10_000)).unwrap().series[0].values.len(), 10_000);
    assert_eq!(
        read_ts(case(10_001)),
        Err("d.ts, line 3: a series of 10001 steps: the longest that can be read has 10000"
            .to_owned())
    );
    assert_eq!(
        refusal("x_too_long.npz"),
        "x_too_long.npz: X[0]: a series of 10001 steps: the longest that can be read has 10000"
    );
    assert_eq!(read("x_long_padding.npz").unwrap().series[0].values.len(), 10_000);
}

/// Bytes of a good file with some changed, cut or both: they come further than others.
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

/// The notes on a file of that name and content.
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
