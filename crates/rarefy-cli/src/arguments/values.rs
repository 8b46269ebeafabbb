//! Single values: numbers within bounds, and names from a list.

use std::num::NonZeroUsize;
use std::path::Path;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use rarefy::named::Named;
use rarefy::prune::GatePercents;

/// A whole number of at least 1.
pub fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "expected a whole number, 1 or more".to_owned())
}

/// Parses a choice of the library by its name. Help, errors and completions then list all choices
/// with their meaning.
pub fn one_of<T: Named>() -> impl TypedValueParser<Value = T> {
    choice(str::to_owned)
}

/// The same, with hyphens between the words of a name. Underscores, as in files, are accepted too.
pub fn one_of_hyphened<T: Named>() -> impl TypedValueParser<Value = T> {
    choice(|name| name.replace('_', "-"))
}

/// Names to choose from, each with its meaning.
pub fn names(
    choices: impl IntoIterator<Item = (&'static str, &'static str)>,
    shown: fn(&str) -> String,
) -> PossibleValuesParser {
    let value = |(name, help)| PossibleValue::new(shown(name)).alias(name).help(help);
    PossibleValuesParser::new(choices.into_iter().map(value))
}

fn choice<T: Named>(shown: fn(&str) -> String) -> impl TypedValueParser<Value = T> {
    let choices = T::CHOICES.iter().map(|choice| (choice.name(), choice.help()));
    names(choices, shown).map(move |given: String| {
        let is_given = |choice: &&T| {
            let names = [shown(choice.name()), choice.name().to_owned()];
            names.iter().any(|name| name.eq_ignore_ascii_case(&given))
        };
        *T::CHOICES.iter().find(is_given).expect("a name that is listed is one")
    })
}

/// A number from 0 to 100.
pub fn percent(text: &str) -> Result<f64, String> {
    number(text, |value| (0.0..=100.0).contains(&value), "a number from 0 to 100")
}

/// One such number, or one per gate, separated by commas.
pub fn percents(text: &str) -> Result<GatePercents, String> {
    let all = text.split(',').map(percent).collect::<Result<Vec<f64>, String>>()?;
    GatePercents::new(&all).ok_or_else(|| "no cell has as many gates".to_owned())
}

/// A number from 0 to 1, but not 1 itself.
pub fn share(text: &str) -> Result<f64, String> {
    number(text, |value| (0.0..1.0).contains(&value), "a share: 0 or more, less than 1")
}

/// A number from 0 to 1.
pub fn tolerance(text: &str) -> Result<f64, String> {
    number(text, |value| (0.0..=1.0).contains(&value), "a difference of accuracies, 0 to 1")
}

fn number(text: &str, fits: impl Fn(f64) -> bool, expected: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|&value| fits(value));
    value.ok_or_else(|| format!("expected {expected}"))
}

/// Whether both paths are the same existing file.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
