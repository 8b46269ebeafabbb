//! How the report writes names and numbers.

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy::study::Trial;

use super::findings::{Recovery, SafePercent};
use super::spread::{Spread, middle};

/// Keeps a number and its unit on one line.
pub const NBSP: char = '\u{a0}';

/// A cell, as one says it.
pub const fn cell(cell: Cell) -> &'static str {
    match cell {
        Cell::RnnTanh => "tanh RNN",
        Cell::RnnRelu => "ReLU RNN",
        Cell::Gru => "GRU",
        Cell::Lstm => "LSTM",
    }
}

/// A scope, as a heading.
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

/// `gru, both, 90 %, seed 0`: a trial within a sentence.
pub fn trial(trial: &Trial) -> String {
    let name = cell(trial.cell);
    match trial.pruning {
        None => format!("{name}, base model, seed {}", trial.seed),
        Some(p) => format!("{name}, {}, {}, seed {}", p.scope, percent(p.percent), trial.seed),
    }
}

/// `80 %`, from 80.
pub fn percent(value: f64) -> String {
    format!("{value}{NBSP}%")
}

/// `93.7 %`, from 0.9372. What is not 1 is never rounded to 100 %.
pub fn share(value: f64) -> String {
    let percent = 100.0 * value;
    if (99.95..100.0).contains(&percent) {
        return format!("{:.2}{NBSP}%", (percent * 100.0).floor() / 100.0);
    }
    let text = format!("{percent:.1}");
    format!("{}{NBSP}%", text.strip_suffix(".0").unwrap_or(&text))
}

/// `0.9373`: an accuracy in a table.
pub fn accuracy(value: f64) -> String {
    format!("{value:.4}")
}

/// `0.9373`, and the range when several seeds are behind it.
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

/// The median of the epochs to recover of several seeds, and their range where they
/// differ. `None` when there is no seed.
pub fn recoveries(sorted: &[Recovery]) -> Option<String> {
    let median = match middle(sorted)? {
        (Recovery::After(low), Recovery::After(high)) => format!("{}", f64::from(low + high) / 2.0),
        _ => Recovery::Never.to_string(),
    };
    let (first, last) = (sorted.first()?, sorted.last()?);
    Some(if first == last { median } else { format!("{median} ({first}–{last})") })
}

/// The median of the safe percents of several seeds (the lower one of two) and their
/// range where they differ. `None` when there is no seed.
pub fn safe_percents(sorted: &[SafePercent]) -> Option<String> {
    let (median, _) = middle(sorted)?;
    let (first, last) = (sorted.first()?.percent, sorted.last()?.percent);
    let open = sorted.iter().any(|safe| safe.open);
    if open && last == 0.0 {
        return Some("not yet known".to_owned());
    }
    let mut text = safe_percent(median.percent);
    if first != last {
        text = format!("{text} ({first}–{last})");
    }
    Some(if open { format!("≥{NBSP}{text}") } else { text })
}

/// A safe percent; 0 is "none".
pub fn safe_percent(value: f64) -> String {
    if value == 0.0 { "none".to_owned() } else { percent(value) }
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

/// `1 epoch`, `2 epochs`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{}{NBSP}{noun}{}", grouped(number), if number == 1 { "" } else { "s" })
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

/// A difference of accuracies, in words: `1 percentage point`.
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
    fn a_median_between_a_number_and_never_is_never() {
        use Recovery::{After, Never};
        assert_eq!(recoveries(&[After(1), After(2)]).unwrap(), "1.5 (1–2)");
        assert_eq!(recoveries(&[After(1), Never]).unwrap(), "never (1–never)");
        assert_eq!(recoveries(&[After(1), After(1), Never]).unwrap(), "1 (1–never)");
        assert_eq!(recoveries(&[Never]).unwrap(), "never");
        assert_eq!(recoveries(&[]), None);
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
