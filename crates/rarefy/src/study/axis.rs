//! What multiplies in a study, and what is left out of that.

use super::Settings;

/// Settings of which each trial has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The key that it sets, or what the list is called.
    pub name: String,
    /// Whether it is a list, whose entries set several keys together.
    pub list: bool,
    /// One after the other.
    pub steps: Vec<Settings>,
}

/// Combinations that are left out: those that have, for every key, one of its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion(pub Vec<Vec<Settings>>);

impl Axis {
    /// The axis of a key, which each step sets, and nothing else.
    ///
    /// # Panics
    /// When there is no step, or the first sets no key or several.
    pub fn of(steps: Vec<Settings>) -> Self {
        let keys = steps.first().map(Settings::keys).unwrap_or_default();
        let [key] = keys[..] else { panic!("an axis sets one key, not {keys:?}") };
        Self { name: key.to_owned(), list: false, steps }
    }

    /// The keys that it sets.
    pub fn keys(&self) -> Vec<&'static str> {
        let mut keys: Vec<&'static str> = Vec::new();
        if !self.list {
            return self.steps.first().map(Settings::keys).unwrap_or_default();
        }
        for key in self.steps.iter().flat_map(Settings::keys) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// As messages call it.
    pub(super) fn title(&self) -> String {
        format!("{} {}", if self.list { "the list" } else { "the axis" }, self.name)
    }
}
