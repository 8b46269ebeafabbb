//! How pages write names and numbers.

use std::fmt::Display;
use std::time::Duration;

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy::study::Trial;
use rarefy::train::Judge;

use crate::spread::Spread;

/// Keeps a number and its unit on one line.
pub const NBSP: char = '\u{a0}';

/// Name of a cell.
pub const fn cell(cell: Cell) -> &'static str {
    match cell {
        Cell::RnnTanh => "tanh RNN",
        Cell::RnnRelu => "ReLU RNN",
        Cell::Gru => "GRU",
        Cell::Lstm => "LSTM",
    }
}

/// Name of a scope as a heading.
pub const fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Both => "Both together",
        Scope::Ih => "Input-to-hidden",
        Scope::Hh => "Hidden-to-hidden",
    }
}

/// The weights of a scope, within a sentence.
pub const fn weights(scope: Scope) -> &'static str {
    match scope {
        Scope::Both => "recurrent weights",
        Scope::Ih => "input-to-hidden weights",
        Scope::Hh => "hidden-to-hidden weights",
    }
}

/// Which sequences a judge uses: the word before "sequences" or "accuracy".
pub const fn judged_on(judge: Judge) -> &'static str {
    match judge {
        Judge::Validation => "held-out",
        Judge::Test => "test",
    }
}

/// A trial within a sentence: `GRU, both, 90 %, seed 0`, `GRU, Watts-Strogatz 7, tiled, seed 0`.
pub fn trial(trial: &Trial) -> String {
    let mut name = cell(trial.cell).to_owned();
    if let Some(wired) = &trial.wired {
        let (family, mask) = (wired.title(), wired.gate_mask.name());
        name += &format!(", {family} {}, {mask}", wired.number);
        if trial.is_base() {
            return format!("{name}, seed {}", trial.seed);
        }
    }
    match (trial.pruning(), trial.method(), trial.selection()) {
        (None, None, _) => format!("{name}, base model, seed {}", trial.seed),
        (None, Some(method), None) => format!("{name}, {method}, seed {}", trial.seed),
        (None, Some(method), Some(selection)) => {
            format!("{name}, {method}, {}, seed {}", percent(selection.percent), trial.seed)
        }
        (Some(p), ..) => {
            let round = match trial.rounds() {
                1 => String::new(),
                rounds => format!(", round {rounds}"),
            };
            format!("{name}, {}, {}{round}, seed {}", p.scope, percent(p.percent), trial.seed)
        }
    }
}

/// `80 %`, from 80.
pub fn percent(value: f64) -> String {
    format!("{value}{NBSP}%")
}

/// `93.7 %`, from 0.9372. Only exactly 1 is shown as 100 %.
pub fn share(value: f64) -> String {
    let percent = 100.0 * value;
    if (99.95..100.0).contains(&percent) {
        return format!("{:.2}{NBSP}%", (percent * 100.0).floor() / 100.0);
    }
    let text = format!("{percent:.1}");
    format!("{}{NBSP}%", text.strip_suffix(".0").unwrap_or(&text))
}

/// The text with a capital first letter.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `0.9373`: an accuracy, or another merit, in a table.
pub fn accuracy(value: f64) -> String {
    format!("{value:.4}")
}

/// `0.9373`, followed by the range if there are several seeds.
pub fn spread(spread: Spread) -> String {
    match spread.count {
        1 => accuracy(spread.mean),
        _ => format!("{} ({})", accuracy(spread.mean), range(spread)),
    }
}

/// `0.9210–0.9373`.
pub fn range(spread: Spread) -> String {
    format!("{}–{}", accuracy(spread.min), accuracy(spread.max))
}

/// `40, 60 and 90 %`.
pub fn percents(values: &[f64]) -> String {
    let values: Vec<String> = values.iter().map(f64::to_string).collect();
    format!("{}{NBSP}%", list(&values))
}

/// `a, b and c`.
pub fn list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [init @ .., last] => {
            let init: Vec<&str> = init.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", init.join(", "), last.as_ref())
        }
    }
}

/// A count and its noun, whose plural ends in s.
pub fn counted(count: impl Display, noun: &str) -> String {
    let count = count.to_string();
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The same with a grouped number and on one line: `1 epoch`, `2 epochs`.
pub fn count(number: usize, noun: &str) -> String {
    counted(grouped(number), noun).replacen(' ', NBSP.encode_utf8(&mut [0; 4]), 1)
}

/// `18,750`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `48 s`, `12 min 5 s`, `3 h 20 min`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (hours, minutes) {
        (0, 0) if seconds < 10.0 => format!("{seconds:.1}{NBSP}s"),
        (0, 0) => format!("{rest}{NBSP}s"),
        (0, _) => format!("{minutes}{NBSP}min {rest}{NBSP}s"),
        _ => format!("{}{NBSP}h {minutes}{NBSP}min", grouped(hours as usize)),
    }
}

/// `3 minutes`: rounded, in the largest unit of which there are at least two.
pub fn roughly(time: Duration) -> String {
    const UNITS: [(u64, &str); 6] = [
        (365 * 86_400, "year"),
        (7 * 86_400, "week"),
        (86_400, "day"),
        (3600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let (last, larger) = UNITS.split_last().expect("not empty");
    let seconds = time.as_secs_f64();
    // A unit is used from 1.5 of it on, after rounding to the next smaller unit.
    let fits = |at: &usize| seconds + UNITS[at + 1].0 as f64 / 2.0 >= UNITS[*at].0 as f64 * 1.5;
    match (0..larger.len()).find(fits) {
        Some(at) => counted((seconds / UNITS[at].0 as f64).round().max(2.0), UNITS[at].1),
        None => counted(seconds.round(), last.1),
    }
}

/// Name of a regressor, from its name in files.
pub fn regressor(name: &str) -> &str {
    match name {
        "least_squares" => "least squares",
        "bayesian_ridge" => "Bayesian ridge",
        "random_forest" => "random forest",
        "adaboost" => "AdaBoost",
        "chosen" => "best chosen",
        other => other,
    }
}

/// A correlation: `−0.63`.
pub fn correlation(r: f64) -> String {
    sign(format!("{r:.2}"))
}

/// A difference of accuracies in percentage points: `+1.25` or `−0.30`.
pub fn signed_points(difference: f64) -> String {
    sign(format!("{:+.2}", 100.0 * difference))
}

/// The uncertainty of such a difference in percentage points: `0.31`.
pub fn plain_points(error: f64) -> String {
    format!("{:.2}", 100.0 * error)
}

/// A number with four significant digits, as short as possible: `0.001234`, `17`.
pub fn value(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let decimals = (3 - number.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{number:.decimals$}");
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    sign(text.to_owned())
}

/// Uses a minus sign as wide as a plus sign, and no sign before a zero.
fn sign(number: String) -> String {
    let zero = |digits: &str| digits.chars().all(|c| c == '0' || c == '.');
    match number.split_at_checked(1) {
        Some(("-" | "+", digits)) if zero(digits) => digits.to_owned(),
        Some(("-", digits)) => format!("−{digits}"),
        _ => number,
    }
}

/// A difference of accuracies in words: `1 percentage point`.
pub fn points(difference: f64) -> String {
    let points = (difference * 1e8).round() / 1e6;
    format!("{points} percentage point{}", if points == 1.0 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accuracy_short_of_one_is_never_shown_as_100_percent() {
        assert_eq!(share(0.99984), "99.98\u{a0}%");
        assert_eq!(share(1.0), "100\u{a0}%");
        assert_eq!(share(0.93728), "93.7\u{a0}%");
    }

    #[test]
    fn numbers_show_their_sign_and_the_digits_that_count() {
        assert_eq!((correlation(-0.628), correlation(-0.001)), ("−0.63".into(), "0.00".into()));
        assert_eq!(
            (signed_points(0.0125), signed_points(-0.003)),
            ("+1.25".into(), "−0.30".into())
        );
        let values = [0.00123449, 17.0, 1234567.0, -0.5, 0.0].map(value);
        assert_eq!(values, ["0.001234", "17", "1234567", "−0.5", "0"]);
    }

    #[test]
    fn a_rough_time_has_at_least_two_of_its_unit() {
        let roughly = |seconds| super::roughly(Duration::from_secs_f64(seconds));
        assert_eq!(
            [0.0, 0.6, 1.2, 59.0, 88.0].map(roughly),
            ["0 seconds", "1 second", "1 second", "59 seconds", "88 seconds"]
        );
        assert_eq!(
            [89.6, 150.0, 5369.0, 5370.0].map(roughly),
            ["2 minutes", "3 minutes", "89 minutes", "2 hours"]
        );
        assert_eq!([1.5 * 86_400.0, 600.0 * 86_400.0].map(roughly), ["2 days", "2 years"]);
    }

    #[test]
    fn numbers_are_grouped_and_counted_in_words() {
        assert_eq!(grouped(18_750), "18,750");
        assert_eq!(grouped(250), "250");
        assert_eq!(count(1, "epoch"), "1\u{a0}epoch");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(duration(12_000.0), "3\u{a0}h 20\u{a0}min");
        assert_eq!(points(0.01), "1 percentage point");
        assert_eq!(points(0.025), "2.5 percentage points");
    }
}
