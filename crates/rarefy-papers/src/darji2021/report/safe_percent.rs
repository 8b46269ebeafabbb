//! How much can be pruned without harm, as a number and in words.

use rarefy_view::spread::{MEDIAN_FROM, median};
use rarefy_view::wording::{NBSP, percent};

/// The largest percentage P such that P and all smaller percentages of the study were safe.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct SafePercent {
    /// P; 0 if even the smallest percentage did harm.
    pub percent: f64,
    /// Whether a record above P is missing, so that P may turn out to be larger.
    pub open: bool,
}

/// The safe percentages of several seeds, ascending: a list if there are few, otherwise the median
/// and the range. `smallest` is the smallest percentage that was tested. `None` if there are no
/// seeds.
pub fn safe_percents(ascending: &[SafePercent], smallest: f64) -> Option<String> {
    let (first, last) = (ascending.first()?, ascending.last()?);
    let one = |safe: &SafePercent| match (safe.open, safe.percent == 0.0) {
        (true, true) => "not yet known".to_owned(),
        (true, false) => format!("≥{NBSP}{}", percent(safe.percent)),
        (false, _) => safe_percent(safe.percent, smallest),
    };
    if ascending.iter().all(|safe| safe == first) {
        return Some(one(first));
    }
    if ascending.len() < MEDIAN_FROM {
        return Some(ascending.iter().map(one).collect::<Vec<_>>().join(", "));
    }
    let worst_last: Vec<SafePercent> = ascending.iter().rev().copied().collect();
    let mut middle = median(&worst_last)?;
    middle.open = ascending.iter().any(|safe| safe.open);
    if middle.open && last.percent == 0.0 {
        return Some("not yet known".to_owned());
    }
    let text = one(&middle);
    Some(match first.percent == last.percent {
        true => text,
        false => {
            let [low, high] = [first, last].map(|safe| safe_percent(safe.percent, smallest));
            format!("{text} ({low} to {high})")
        }
    })
}

/// The same for use within a sentence: without a range or signs. `None` while nothing is decided.
pub fn safe_percents_in_words(ascending: &[SafePercent], smallest: f64) -> Option<String> {
    ascending.iter().find(|safe| safe.percent > 0.0 || !safe.open)?;
    let text = safe_percents(ascending, smallest)?;
    let text = text.split(" (").next().unwrap_or(&text);
    // A comma remains only between the values of two seeds.
    let text = text.replace(", ", " or (other seed) ");
    Some(text.replace(&format!("≥{NBSP}"), "at least ").replace(&format!("<{NBSP}"), "less than "))
}

/// A safe percentage. If even the smallest tested percentage did harm, the text says that it is
/// less than that.
pub fn safe_percent(value: f64, smallest: f64) -> String {
    if value == 0.0 { format!("<{NBSP}{}", percent(smallest)) } else { percent(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_safe_percent_below_all_that_were_tested_is_less_than_the_smallest() {
        let safe = |percent| SafePercent { percent, open: false };
        let both = |all: &[SafePercent]| {
            let texts = [safe_percents(all, 40.0), safe_percents_in_words(all, 40.0)];
            texts.map(|text| text.unwrap_or_default().replace(NBSP, " "))
        };
        assert_eq!(both(&[safe(0.0)]), ["< 40 %", "less than 40 %"]);
        assert_eq!(
            both(&[safe(0.0), safe(60.0)]),
            ["< 40 %, 60 %", "less than 40 % or (other seed) 60 %"]
        );
        let four = [safe(0.0), safe(60.0), safe(70.0), safe(80.0)];
        assert_eq!(both(&four), ["60 % (< 40 % to 80 %)", "60 %"]);
        let open = SafePercent { percent: 60.0, open: true };
        assert_eq!(both(&[open]), ["≥ 60 %", "at least 60 %"]);
        let unknown = SafePercent { percent: 0.0, open: true };
        assert_eq!(both(&[unknown]), ["not yet known", ""]);
    }
}
