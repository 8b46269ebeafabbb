//! Findings in words.

use rarefy::analysis::FEWEST_PAIRS;
use rarefy::study::{Answer, Counts, Difference, Expectation, Mean, Verdict};

use crate::wording;
use rarefy::train::{Judge, Merit};

/// `20 of 42 trials done; 1 diverged (...); 2 failed.`
pub fn progress(counts: &Counts) -> String {
    let Counts { planned, done, diverged, failed, damaged } = *counts;
    let mut text =
        format!("{} of {} done", wording::grouped(done), wording::count(planned, "trial"));
    let counted = [
        (diverged, "diverged (the loss was not a number; left out of means)"),
        (failed, "failed"),
        (damaged, "with a damaged record"),
    ];
    for (count, what) in counted.into_iter().filter(|(count, _)| *count > 0) {
        text += &format!("; {} {what}", wording::grouped(count));
    }
    text + "."
}

/// `scope: both → hh`, or `cell gru, scope: both → hh`
pub fn levels(difference: &Difference) -> String {
    format!("{}{}: {}", by(difference), difference.vary, arrow(difference))
}

/// The trials that are compared, if a contrast is answered for each of several kinds.
pub fn by(difference: &Difference) -> String {
    difference.by.iter().map(|setting| format!("{setting}, ")).collect()
}

/// `both → hh`
pub fn arrow(difference: &Difference) -> String {
    format!("{} → {}", difference.level_a, difference.level_b)
}

/// The name of a column of `records.csv` for readers: the merits that judge a trial are spelt out,
/// other columns keep their name.
pub fn column(name: &str) -> String {
    let judging = |merit: Merit| {
        let whose = name.strip_suffix(merit.column())?.strip_suffix('_')?;
        let judge = match whose {
            "last_validation" | "kept_validation" => Judge::Validation,
            "last_test" | "kept_test" => Judge::Test,
            _ => return None,
        };
        Some(format!("{} {}", wording::judged_on(judge), merit.noun()))
    };
    Merit::ALL.into_iter().find_map(judging).unwrap_or_else(|| name.to_owned())
}

/// The question of a contrast, or a description of what it compares.
pub fn question(answer: &Answer) -> String {
    let Difference { vary, column: name, .. } = &answer.difference;
    let column = column(name);
    answer.question.clone().unwrap_or_else(|| format!("How does {vary} change {column}?"))
}

/// The verdict of an answer, or that none was requested.
pub fn verdict(answer: &Answer) -> &'static str {
    answer.verdict.map_or("no expectation", Verdict::name)
}

/// CSS class of a verdict.
pub fn verdict_class(answer: &Answer) -> &'static str {
    match answer.verdict {
        Some(Verdict::Holds) => "holds",
        Some(Verdict::DoesNotHold) => "fails",
        _ => "undecided",
    }
}

/// What an answer found, in a sentence or two that follow the verdict.
pub fn answered(answer: &Answer) -> String {
    let found = &answer.difference;
    let expected = match answer.expect {
        None => String::new(),
        Some(Expectation::Equal { within }) => {
            format!(" Expected: equal within {}.", wording::value(within))
        }
        Some(expect) => format!(" Expected: {expect}."),
    };
    let p = answer.p_holm.map_or_else(String::new, |p| format!(", corrected p = {}", p_value(p)));
    let few = match answer.verdict {
        Some(Verdict::TooFewPairs) => {
            format!(" A verdict needs at least {FEWEST_PAIRS} pairs.")
        }
        _ => String::new(),
    };
    format!("{}{}.{expected}{few}{}", effect(found), p, left_out(found))
}

/// `with scope hh instead of both, held-out accuracy is 0.0123 higher (95 % interval ...)`
pub fn effect(found: &Difference) -> String {
    let Difference { vary, level_a, level_b, pairs, pairs_planned, .. } = found;
    let column = column(&found.column);
    let change = format!("{}with {vary} {level_b} instead of {level_a}", by(found));
    let pairs = match pairs == pairs_planned {
        true => wording::count(*pairs, "pair"),
        false => format!("{pairs} of {}", wording::count(*pairs_planned, "pair")),
    };
    let Some(effect) = found.effect else { return format!("{change}: not measured yet, {pairs}") };
    let known = match (found.low, found.high) {
        (Some(low), Some(high)) => {
            format!("95 % interval {} to {}; {pairs}", signed(low), signed(high))
        }
        _ => pairs,
    };
    let size = number(effect.abs());
    let direction = match size.as_str() {
        "0" | "0.0000" => "unchanged".to_owned(),
        _ if effect > 0.0 => format!("{size} higher"),
        _ => format!("{size} lower"),
    };
    format!("{change}, {column} is {direction} ({known})")
}

/// Which pairs are missing, and why; empty if none are.
pub fn left_out(found: &Difference) -> String {
    let counts = [
        (found.missing, "without a record"),
        (found.diverged, "diverged"),
        (found.without_value, "without a value"),
        (found.unpaired, "without a partner"),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", wording::grouped(*count)))
        .collect();
    match told.is_empty() {
        true => String::new(),
        false => format!(" Left out: {}.", wording::list(&told)),
    }
}

/// Four decimals, which is more than the precision of an accuracy; larger numbers have four digits.
pub fn number(value: f64) -> String {
    match value.abs() < 10.0 && value.fract() != 0.0 {
        true => format!("{value:.4}").replacen('-', "−", 1),
        false => wording::value(value),
    }
}

/// The same with its sign.
pub fn signed(value: f64) -> String {
    let text = number(value);
    match value > 0.0 && !text.trim_matches(['0', '.']).is_empty() {
        true => format!("+{text}"),
        false => text,
    }
}

/// `0.031`, `< 0.001`
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

/// `−0.0123 to +0.0051`, or a dash.
pub fn interval(low: Option<f64>, high: Option<f64>, write: impl Fn(f64) -> String) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("{} to {}", write(low), write(high)),
        _ => "–".to_owned(),
    }
}

/// The mean and its interval, as two texts.
pub fn mean(mean: &Mean) -> [String; 2] {
    let value = mean.mean.map_or_else(|| "–".to_owned(), number);
    [value, interval(mean.low, mean.high, number)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_are_known() {
        assert_eq!(
            [0.01234, -0.5, 3.0, 12345.6, 0.0].map(number),
            ["0.0123", "−0.5000", "3", "12346", "0"]
        );
        assert_eq!(
            [0.01234, -0.5, 0.0, 0.00001].map(signed),
            ["+0.0123", "−0.5000", "0", "0.0000"]
        );
        assert_eq!([0.0312, 0.0002].map(p_value), ["0.031", "< 0.001"]);
    }

    #[test]
    fn a_partial_study_says_its_counts() {
        let counts = Counts { planned: 42, done: 20, diverged: 1, failed: 2, damaged: 0 };
        let text = progress(&counts);
        assert!(text.starts_with("20 of 42\u{a0}trials done; 1 diverged"), "{text}");
        assert!(text.ends_with("; 2 failed."), "{text}");
    }
}
