//! Axes of a study, which are combined with each other, and combinations to leave out.

use super::Settings;

/// A list of settings, of which each trial has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The key that it sets, or the name of the list.
    pub name: String,
    /// Whether it is a list, whose entries set several keys together.
    pub list: bool,
    /// The settings, in order.
    pub steps: Vec<Settings>,
}

/// Combinations to leave out: those that for every key have one of its settings given here.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion(pub Vec<Vec<Settings>>);

impl Axis {
    /// The axis of a single key, which each step sets.
    ///
    /// # Panics
    /// If there are no steps, or the first does not set exactly one key.
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

    /// The name of the axis in messages.
    pub(super) fn title(&self) -> String {
        format!("{} {}", if self.list { "the list" } else { "the axis" }, self.name)
    }
}
