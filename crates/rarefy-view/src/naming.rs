//! How trials are named for people.

use rarefy::study::{Settings, Trial, shown};

/// A trial's label, followed by the other settings that its study varies.
pub fn called(trial: &Trial, varied: &[&str]) -> String {
    let others = varied.iter().filter(|key| !Settings::row(key).told);
    let others = others.map(|key| (key, shown(&trial.value(key))));
    let others = others.filter(|(_, value)| !value.is_empty());
    let others = others.map(|(key, value)| format!(", {} {value}", key.replace('_', " ")));
    trial.label() + &others.collect::<String>()
}
