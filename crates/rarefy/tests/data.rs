//! The Reber data of the thesis: those that we draw, and the published files.

mod support;

use std::collections::HashSet;

use proptest::prelude::*;
use rarefy::data::{
    Columns, Decoy, Grammar, INVALID, LabelledText, ReberData, ReberGrammar, ReberSettings, VALID,
    describe, generate, overlap, read_labelled_texts, reber, reber_decoys, to_csv,
};
use rarefy::random::{Stream, fnv1a};

fn drawn(grammar: ReberGrammar, count: usize, seed: u64) -> ReberData {
    generate(&ReberSettings { grammar, count, seed, ..ReberSettings::default() }).unwrap()
}

fn texts<'a>(rows: &'a [LabelledText], label: &str) -> Vec<&'a str> {
    rows.iter().filter(|row| row.label == label).map(|row| row.text.as_str()).collect()
}

/// Asserts that the blocks of `invalid`, whose lengths follow the decoys' shares, are made by the
/// decoys in their order.
fn assert_blocks(invalid: &[&str], decoys: &[Decoy]) {
    let mut rest = invalid;
    for Decoy { name, grammar, share, .. } in decoys {
        let (block, after) = rest.split_at(*share as usize);
        for text in block {
            assert!(grammar.accepts(text), "{text} is not of the {name}");
        }
        rest = after;
    }
    assert!(rest.is_empty(), "{} strings more than shares", rest.len());
}

#[test]
fn the_default_data_has_the_sizes_of_the_thesis() {
    let ReberData { all, train, test } = generate(&ReberSettings::default()).unwrap();
    assert_eq!((all.len(), train.len(), test.len()), (25_000, 18_750, 6_250));
    let distinct: HashSet<&str> = all.iter().map(|row| row.text.as_str()).collect();
    assert_eq!(distinct.len(), 25_000);
    assert!(all.iter().all(|row| row.text.len() >= 11));
    let (valid, invalid) = (texts(&all, VALID), texts(&all, INVALID));
    assert_eq!((valid.len(), invalid.len()), (12_500, 12_500));
    let near = invalid.iter().filter(|text| text.chars().all(|c| "BEPSTVX".contains(c)));
    assert_eq!(near.count(), 5_500);
    assert_blocks(&invalid, &reber_decoys());
    assert!(valid.iter().all(|text| reber().accepts(text)));
    assert!(!invalid.iter().any(|text| reber().accepts(text)));

    assert_eq!(overlap(&train, &test), 0);
    let mut split = [train, test].concat();
    let mut whole = all;
    split.sort();
    whole.sort();
    assert_eq!(split, whole);
}

#[test]
fn labels_tell_the_truth_for_every_seed_and_both_grammars() {
    for grammar in ReberGrammar::ALL {
        let valid = grammar.valid();
        for seed in 0..50 {
            for row in drawn(grammar, 400, seed).all {
                assert_eq!(valid.accepts(&row.text), row.label == VALID, "{row:?}, seed {seed}");
            }
        }
    }
}

#[test]
fn the_published_strings_are_those_of_our_grammars_block_by_block() {
    let Some(folder) = support::thesis_dir() else {
        return;
    };
    let file = folder.join("dataset/reber_sequences.csv");
    let rows = read_labelled_texts(&file, &Columns::default()).unwrap();
    let (valid, invalid) = (texts(&rows, VALID), texts(&rows, INVALID));
    assert_eq!((valid.len(), invalid.len()), (12_500, 12_500));
    for text in valid {
        assert!(reber().accepts(text), "{text}");
    }
    assert!(!invalid.iter().any(|text| reber().accepts(text)));
    assert_blocks(&invalid, &reber_decoys());
}

#[test]
fn the_published_split_is_read_and_described_as_it_is() {
    let Some(folder) = support::thesis_dir() else {
        return;
    };
    let read = |name: &str| {
        read_labelled_texts(&folder.join("dataset").join(name), &Columns::default()).unwrap()
    };
    let (all, train, test) =
        (read("reber_sequences.csv"), read("train_data.csv"), read("test_data.csv"));
    let counts = |rows: &[LabelledText]| (texts(rows, VALID).len(), texts(rows, INVALID).len());
    assert_eq!((counts(&train), counts(&test)), ((9_339, 9_411), (3_161, 3_089)));
    let description = describe(&all).rows;
    assert_eq!((description.length.min, description.length.max), (11, 53));
    // Eight strings occur in two of its blocks; one of them is in both sets.
    assert_eq!((description.duplicates, description.contradictions), (8, 0));
    assert_eq!(overlap(&train, &test), 1);
}

/// A mean over texts, with its standard error.
struct Estimate {
    value: f64,
    error: f64,
}

/// Estimates `amount` per unit of `size`, summed over texts: a ratio estimator, whose error is that
/// of the residuals' mean. With size 1 it is a mean.
fn estimate(texts: &[&str], amount: impl Fn(&str) -> f64, size: impl Fn(&str) -> f64) -> Estimate {
    let count = texts.len() as f64;
    let mean_size = texts.iter().map(|text| size(text)).sum::<f64>() / count;
    let value = texts.iter().map(|text| amount(text)).sum::<f64>() / count / mean_size;
    let residuals = texts.iter().map(|text| amount(text) - value * size(text));
    let variance = residuals.map(|residual| residual * residual).sum::<f64>() / (count - 1.0);
    Estimate { value, error: (variance / count).sqrt() / mean_size }
}

/// For two samples of one distribution, the difference exceeds five standard errors once in two
/// million comparisons; there are some thirty here. Drawing without repetition and in blocks only
/// makes the errors smaller.
const STANDARD_ERRORS: f64 = 5.0;

#[test]
fn lengths_and_letters_are_distributed_as_in_the_published_data() {
    let Some(folder) = support::thesis_dir() else {
        return;
    };
    let file = folder.join("dataset/reber_sequences.csv");
    let published = read_labelled_texts(&file, &Columns::default()).unwrap();
    let ours = generate(&ReberSettings::default()).unwrap().all;
    let length = |text: &str| text.len() as f64;
    for label in [VALID, INVALID] {
        let (ours, theirs) = (texts(&ours, label), texts(&published, label));
        let agree = |what: &str, ours: Estimate, theirs: Estimate| {
            let tolerance = STANDARD_ERRORS * ours.error.hypot(theirs.error);
            let off = (ours.value - theirs.value).abs();
            assert!(off <= tolerance, "{what}, label {label}: {} {}", ours.value, theirs.value);
        };
        let mean_length = |texts: &[&str]| estimate(texts, length, |_| 1.0);
        agree("length", mean_length(&ours), mean_length(&theirs));
        for letter in 'A'..='Z' {
            let share = |texts: &[&str]| {
                estimate(texts, |text| text.matches(letter).count() as f64, length)
            };
            agree(&letter.to_string(), share(&ours), share(&theirs));
        }
    }
}

#[test]
fn embedded_data_breaks_the_frame_in_half_its_invalid_strings_and_the_inside_in_the_others() {
    let data = drawn(ReberGrammar::Embedded, 2_000, 3);
    let inside = |text: &str| text[2..text.len() - 2].to_owned();
    let frame_holds = |text: &str| text[1..2] == text[text.len() - 2..text.len() - 1];
    for row in &data.all {
        let text = row.text.as_str();
        assert!(text.starts_with("BT") || text.starts_with("BP"), "{text}");
        assert!(text.ends_with("TE") || text.ends_with("PE"), "{text}");
        assert!(text.len() >= 11 && text.chars().all(|c| "BEPSTVX".contains(c)), "{text}");
        let valid = frame_holds(text) && reber().accepts(&inside(text));
        assert_eq!(valid, row.label == VALID, "{text}");
    }
    let invalid = texts(&data.all, INVALID);
    let broken_frames = invalid.iter().filter(|text| !frame_holds(text));
    assert!(broken_frames.clone().all(|text| reber().accepts(&inside(text))));
    assert_eq!((invalid.len(), broken_frames.count()), (1_000, 500));
}

#[test]
fn an_odd_or_small_count_is_met_exactly_and_the_longer_half_is_valid() {
    for (count, valid, train) in [(4, 2, 3), (5, 3, 4), (101, 51, 76)] {
        let data = drawn(ReberGrammar::Reber, count, 0);
        assert_eq!((data.all.len(), texts(&data.all, VALID).len()), (count, valid));
        assert_eq!((data.train.len(), data.test.len()), (train, count - train));
    }
}

#[test]
fn what_cannot_be_drawn_is_refused_and_not_sought_for_ever() {
    let refusal = |settings: &ReberSettings| generate(settings).unwrap_err().to_string();
    let defaults = ReberSettings::default();
    assert_eq!(
        refusal(&ReberSettings { min_length: 1_000, ..defaults.clone() }),
        "the reber grammar gave only 0 of the 12500 different strings of at least 1000 \
         characters that it should (200000 draws in a row gave no new one): a smaller \
         count or a smaller minimum length is needed"
    );
    assert_eq!(
        refusal(&ReberSettings { count: 3, ..defaults }),
        "a count of 3 is too small: at least 4 strings are needed for a training set and a test set"
    );
}

#[test]
fn the_same_seed_gives_the_same_data_and_another_seed_other_data() {
    let data = drawn(ReberGrammar::Reber, 300, 5);
    assert_eq!(data, drawn(ReberGrammar::Reber, 300, 5));
    let shared = overlap(&data.all, &drawn(ReberGrammar::Reber, 300, 6).all);
    assert!(shared < 150, "{shared} of 300 are shared: short strings may be, not most");
}

#[test]
fn snapshot_of_the_data_of_seed_0() {
    // Computed by this program. A change means that published seeds no longer give the same data.
    let hash = |rows: &[LabelledText]| format!("{:016x}", fnv1a(to_csv(rows, &Columns::default())));
    let first = |rows: &[LabelledText]| rows[0].text.clone();
    let data = generate(&ReberSettings::default()).unwrap();
    assert_eq!(
        [hash(&data.all), hash(&data.train), hash(&data.test)],
        ["60ea68a97d405cc6", "556800dad63ad890", "2d6023d38b4091ac"]
    );
    assert_eq!(
        [first(&data.all), first(&data.train), first(&data.test)],
        ["BTXXTVPXTVVE", "BPTVPXTTTTTTVPXVVE", "BTXXTTTVPXVPXTTVVE"]
    );
    let data = drawn(ReberGrammar::Embedded, 25_000, 0);
    assert_eq!(
        [hash(&data.all), hash(&data.train), hash(&data.test)],
        ["85884693ecb4e518", "e9c2dcce056571ad", "520cee5cff0107e5"]
    );
}

proptest! {
    #[test]
    fn a_walk_of_any_decoy_is_accepted_by_its_grammar_and_not_by_the_valid_one(
        seed: u64,
        which in 0_usize..13,
    ) {
        let cases: Vec<(Grammar, Decoy)> = ReberGrammar::ALL
            .into_iter()
            .flat_map(|grammar| {
                grammar.decoys().into_iter().map(move |decoy| (grammar.valid(), decoy))
            })
            .collect();
        prop_assert_eq!(cases.len(), 13);
        let (valid, decoy) = &cases[which];
        let text = decoy.grammar.walk(&mut Stream::new(seed, "walk"));
        prop_assert!(decoy.grammar.accepts(&text), "{}", text);
        prop_assert!(!valid.accepts(&text), "{}", text);
        let text = valid.walk(&mut Stream::new(seed, "walk"));
        prop_assert!(valid.accepts(&text), "{}", text);
    }
}
