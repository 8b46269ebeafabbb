//! How the report writes names and numbers.

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy::study::{GraphFamily, Trial};
use rarefy::train::Judge;

use super::findings::SafePercent;
use super::outcome::{FELL_AGAIN, Outcome};
use super::spread::{MEDIAN_FROM, Spread, median};
use crate::output::counted;

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

/// The strings a judge goes by: the word before "strings" or "accuracy".
pub const fn judged_on(judge: Judge) -> &'static str {
    match judge {
        Judge::Validation => "held-out",
        Judge::Test => "test",
    }
}

/// A family of graphs, named for who described it.
pub const fn family(family: GraphFamily) -> &'static str {
    match family {
        GraphFamily::BarabasiAlbert => "Barabasi-Albert",
        GraphFamily::WattsStrogatz => "Watts-Strogatz",
        GraphFamily::AnyWattsStrogatz => "Watts-Strogatz, connected or not",
        GraphFamily::Gnp => "Erdos-Renyi G(n, p)",
        GraphFamily::Gnm => "Erdos-Renyi G(n, m)",
        GraphFamily::RandomRegular => "random regular",
        GraphFamily::RingLattice => "ring lattice",
        GraphFamily::Star => "star",
        GraphFamily::Path => "path",
        GraphFamily::Complete => "complete",
        GraphFamily::StochasticBlockModel => "stochastic block model",
        GraphFamily::Given => "a given graph",
    }
}

/// `GRU, both, 90 %, seed 0`, `GRU, Watts-Strogatz 7, tiled, seed 0`: a trial within a
/// sentence.
pub fn trial(trial: &Trial) -> String {
    let mut name = cell(trial.cell).to_owned();
    if let Some(wired) = &trial.wired {
        let (family, mask) = (family(wired.family), wired.gate_mask.name());
        name += &format!(", {family} {}, {mask}", wired.number);
        if trial.pruning.is_none() {
            return format!("{name}, seed {}", trial.seed);
        }
    }
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

/// The epochs to recover of several seeds, best first: each when they are few, else
/// the median and the range. `None` when there is no seed.
pub fn outcomes(best_first: &[Outcome]) -> Option<String> {
    let (first, last) = (best_first.first()?, best_first.last()?);
    if best_first.iter().all(|outcome| outcome == first) {
        return Some(first.to_string());
    }
    if best_first.len() < MEDIAN_FROM {
        let each: Vec<String> = best_first.iter().map(Outcome::to_string).collect();
        return Some(each.join(", "));
    }
    let mut text = median(best_first)?.recovery.to_string();
    if first.recovery != last.recovery {
        text += &format!(" ({} to {})", first.recovery, last.recovery);
    }
    if best_first.iter().any(|outcome| outcome.fell_again) {
        text += &format!("{NBSP}{FELL_AGAIN}");
    }
    Some(text)
}

/// The safe percents of several seeds, ascending: each when they are few, else the
/// median and the range. `smallest` is the smallest percent that was tested. `None`
/// when there is no seed.
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

/// The same within a sentence: no range, and no signs. `None` while nothing is decided.
pub fn safe_percents_in_words(ascending: &[SafePercent], smallest: f64) -> Option<String> {
    ascending.iter().find(|safe| safe.percent > 0.0 || !safe.open)?;
    let text = safe_percents(ascending, smallest)?;
    let text = text.split(" (").next().unwrap_or(&text);
    // A comma is left only between the values of two seeds.
    let text = text.replace(", ", " or, with the other seed, ");
    Some(text.replace(&format!("≥{NBSP}"), "at least ").replace(&format!("<{NBSP}"), "less than "))
}

/// A safe percent; where even the smallest percent that was tested did harm, less than
/// that.
pub fn safe_percent(value: f64, smallest: f64) -> String {
    if value == 0.0 { format!("<{NBSP}{}", percent(smallest)) } else { percent(value) }
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

/// `1 epoch`, `2 epochs`.
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

/// A regressor, by its name in files.
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

/// `−0.63`: a correlation.
pub fn correlation(r: f64) -> String {
    sign(format!("{r:.2}"))
}

/// `+1.25` or `−0.30`, in percentage points: a difference of accuracies.
pub fn signed_points(difference: f64) -> String {
    sign(format!("{:+.2}", 100.0 * difference))
}

/// `0.31`, in percentage points: how well such a difference is known.
pub fn plain_points(error: f64) -> String {
    format!("{:.2}", 100.0 * error)
}

/// A number with four digits that count, as short as it can be: `0.001234`, `17`.
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

/// With the minus that is as wide as a plus, and no sign before a zero.
fn sign(number: String) -> String {
    let zero = |digits: &str| digits.chars().all(|c| c == '0' || c == '.');
    match number.split_at_checked(1) {
        Some(("-" | "+", digits)) if zero(digits) => digits.to_owned(),
        Some(("-", digits)) => format!("−{digits}"),
        _ => number,
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
    use crate::report::outcome::Recovery;

    #[test]
    fn an_accuracy_short_of_one_is_never_shown_as_100_percent() {
        assert_eq!(share(0.99984), "99.98\u{a0}%");
        assert_eq!(share(1.0), "100\u{a0}%");
        assert_eq!(share(0.93728), "93.7\u{a0}%");
    }

    fn after(epochs: u32) -> Outcome {
        Outcome { recovery: Recovery::After(epochs), fell_again: false }
    }

    #[test]
    fn fewer_than_three_seeds_are_listed_and_more_have_a_median() {
        let lost = Outcome { recovery: Recovery::Beyond(2), fell_again: false };
        let fell = Outcome { recovery: Recovery::After(0), fell_again: true };
        let text = |all: &[Outcome]| outcomes(all).map(|text| text.replace(NBSP, " "));
        assert_eq!(text(&[after(1), after(2)]).unwrap(), "1, 2");
        assert_eq!(text(&[after(1), after(1)]).unwrap(), "1");
        assert_eq!(text(&[after(1), lost]).unwrap(), "1, > 2");
        assert_eq!(text(&[after(1), after(1), lost]).unwrap(), "1 (1 to > 2)");
        assert_eq!(text(&[after(1), after(1), lost, lost]).unwrap(), "> 2 (1 to > 2)");
        assert_eq!(text(&[after(0), after(0), fell]).unwrap(), "0 ▼");
        assert_eq!(text(&[]), None);
    }

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
            ["< 40 %, 60 %", "less than 40 % or, with the other seed, 60 %"]
        );
        let four = [safe(0.0), safe(60.0), safe(70.0), safe(80.0)];
        assert_eq!(both(&four), ["60 % (< 40 % to 80 %)", "60 %"]);
        let open = SafePercent { percent: 60.0, open: true };
        assert_eq!(both(&[open]), ["≥ 60 %", "at least 60 %"]);
        let unknown = SafePercent { percent: 0.0, open: true };
        assert_eq!(both(&[unknown]), ["not yet known", ""]);
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
