//! Files of labelled texts: how they are read, encoded and described, and the errors for bad files.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use proptest::prelude::*;
use rarefy::data::{
    Columns, DataError, Dataset, Description, Encoding, LabelledText, Labels, Rows, Sequences,
    Task, Vocabulary, describe, overlap, parse_labelled_texts, read_labelled_texts, to_csv,
};

fn parse(bytes: impl AsRef<[u8]>) -> Result<Vec<LabelledText>, DataError> {
    parse_labelled_texts(Path::new("d.csv"), bytes.as_ref(), &Columns::default())
}

#[test]
fn files_are_read_with_extra_columns_any_line_ends_and_a_byte_order_mark() {
    let expected = [LabelledText::new("BTXSE", "1"), LabelledText::new("B,\"T\nE", "0")];
    for file in [
        "string,valid\nBTXSE,1\n\"B,\"\"T\nE\",0\n",
        "string,valid\r\nBTXSE,1\r\n\"B,\"\"T\nE\",0\r\n",
        "\u{feff}string,valid\nBTXSE,1\n\"B,\"\"T\nE\",0",
        "\u{feff}\"string\",valid\nBTXSE,1\n\"B,\"\"T\nE\",0",
        ",valid,note,string\n0,1,,BTXSE\n\n1,0,x,\"B,\"\"T\nE\"\n\n",
        "note,valid,note,string\n0,1,,BTXSE\n1,0,x,\"B,\"\"T\nE\"\n",
    ] {
        assert_eq!(parse(file).unwrap(), expected, "{file:?}");
    }
    let columns = Columns { text: "name".to_owned(), label: "country".to_owned() };
    let rows = parse_labelled_texts(Path::new("d.csv"), b"country,name\nfr,Zo\xc3\xa9\n", &columns);
    assert_eq!(rows.unwrap(), [LabelledText::new("Zoé", "fr")]);
}

#[test]
fn a_bad_file_is_told_what_is_wrong_where_and_what_was_expected() {
    let long_row =
        [b"string,valid\n\"".as_slice(), "é".repeat(50).as_bytes(), b"\xff\",1\n"].concat();
    let cases: [&[u8]; 14] = [
        b"",
        b"\xef\xbb\xbf",
        b"\n\r\n",
        b"string,valid",
        b"string,valid\n\n",
        b"id,text,valid\n1,BTXSE,1\n",
        b"string,\xff\nBTXSE,1\n",
        b"string,valid,string\nBTXSE,1,BTXSE\n",
        b"string,valid\nBTXSE,1\n,1\n",
        b"string,valid\r\nBTXSE,1\r\n\r\nBTXSE,\r\n",
        b"string,valid\n\"B\nT\",1\nBTXSE\n",
        b"string,valid\rBTXSE,1\rBTXSE,1,0\r",
        b"string,valid\nZo\xe9,1\n",
        b"string,valid\nBTXSE,1\nBPVVE,\"1\nBTXSE,1\n",
    ];
    let refusals = cases
        .into_iter()
        .chain([&long_row[..]])
        .map(|file| format!("{}\n{}", file.escape_ascii(), parse(file).unwrap_err()));
    insta::assert_snapshot!("tables", refusals.collect::<Vec<_>>().join("\n\n"));
}

#[test]
fn one_column_cannot_be_text_and_label() {
    let columns = Columns { text: "valid".to_owned(), ..Columns::default() };
    let refused = parse_labelled_texts(Path::new("d.csv"), b"string,valid\na,1\n", &columns);
    assert!(matches!(
        refused.unwrap_err(),
        DataError::SameColumn { options: ["--text-column", "--label-column"], .. }
    ));
}

#[test]
fn a_missing_file_is_named() {
    let refused = read_labelled_texts(Path::new("no/such.csv"), &Columns::default()).unwrap_err();
    let message = refused.to_string();
    assert!(message.starts_with("cannot read no/such.csv: "), "{message}");
}

#[test]
fn rows_are_encoded_as_ids_and_classes() {
    let rows = parse("string,valid\nBTXSE,1\nBE,0\n").unwrap();
    let labels = Labels::of(rows.iter().map(|row| row.label.as_str()));
    let rows = Rows::Texts(rows);
    let data = Dataset::encode(
        Path::new("d.csv"),
        &rows,
        &Encoding::Vocabulary(Vocabulary::ascii()),
        &Task::Class(labels.clone()),
    )
    .unwrap();
    let expected = vec![vec![66, 84, 88, 83, 69], vec![66, 69]];
    assert_eq!(data.sequences, Sequences::Tokens(expected));
    assert_eq!(
        (data.targets.classes().unwrap(), labels.names()),
        (&[1, 0][..], ["0".into(), "1".into()].as_slice())
    );
}

#[test]
fn a_row_that_a_model_cannot_read_is_named_with_its_value() {
    let refusal = |text: &str, label: &str, known: &[&str]| {
        let rows = vec![LabelledText::new("BE", known[0]), LabelledText::new(text, label)];
        let rows = Rows::Texts(rows);
        let labels = Labels::of(known.iter().copied());
        Dataset::encode(
            Path::new("t.csv"),
            &rows,
            &Encoding::Vocabulary(Vocabulary::ascii()),
            &Task::Class(labels.clone()),
        )
        .unwrap_err()
        .to_string()
    };
    let unknown = refusal("Zoé", "1", &["0", "1"]);
    let place = "t.csv, row 2: in the text \"Zoé\", the character 'é' (U+00E9) at position 3";
    assert!(unknown.starts_with(place) && unknown.contains("--min-count 1"), "{unknown}");
    let padding = refusal("B\0E", "1", &["0", "1"]);
    let place = "t.csv, row 2: in the text \"B\\0E\", the character '\\0' (U+0000) at position 2";
    assert!(padding.starts_with(place), "{padding}");
    assert_eq!(
        refusal("BE", "1 ", &["0", "1"]),
        "t.csv, row 2: the label \"1 \" is unknown: expected one of \"0\", \"1\""
    );
    let many: Vec<String> = (0..100).map(|label| label.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let message = refusal("BE", "x", &many);
    assert!(message.ends_with("\"10\", \"11\" and 88 more"), "{message}");
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        rows in prop::collection::vec(("(?s).+", "(?s).+"), 1..20),
        text in "(?s).+",
        label in "(?s).+",
    ) {
        // A header that begins with a byte-order mark cannot be distinguished from a file that
        // does.
        prop_assume!(text != label && !text.starts_with('\u{feff}'));
        let columns = Columns { text, label };
        let rows: Vec<LabelledText> =
            rows.into_iter().map(|(text, label)| LabelledText::new(text, label)).collect();
        let file = to_csv(&rows, &columns);
        prop_assert_eq!(parse_labelled_texts(Path::new("d.csv"), &file, &columns).unwrap(), rows);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let header = b"string,valid\n".to_vec();
        let _ = parse(&bytes);
        let _ = parse([header, bytes].concat());
    }

    #[test]
    fn describing_loses_no_row_and_no_letter(
        pairs in prop::collection::vec(("[a-cé]{1,9}", "[01]"), 1..60),
    ) {
        let rows: Vec<LabelledText> =
            pairs.iter().map(|(text, label)| LabelledText::new(text, label)).collect();
        let Description { rows: description, letters: found } = describe(&rows);
        let labelled = description.labels.iter().map(|label| label.count).sum::<usize>();
        prop_assert_eq!(labelled, rows.len());
        let binned = description.length_histogram.iter().map(|bin| bin.count).sum::<usize>();
        prop_assert_eq!(binned, rows.len());
        let mut letters = BTreeMap::new();
        for character in rows.iter().flat_map(|row| row.text.chars()) {
            *letters.entry(character).or_insert(0_usize) += 1;
        }
        prop_assert_eq!(&found, &letters);
        let distinct: HashSet<&str> = rows.iter().map(|row| row.text.as_str()).collect();
        prop_assert_eq!(description.duplicates, rows.len() - distinct.len());
        prop_assert_eq!(overlap(&rows, &rows), distinct.len());
    }
}
