//! The design of a study: which keys vary among its trials, which are the same in all of them, and
//! the levels of each trial.
//!
//! Everything that groups or compares trials is based on the design. A key in which any two trials
//! differ counts as varied, wherever it was declared.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::settings::key;
use super::{Settings, Study, Trial};

/// The trials that a study requests, by their settings. Base models that are only trained in order
/// to be pruned do not belong to them.
#[derive(Clone, Debug)]
pub struct Design {
    /// The trials, each of them once, in the study's order.
    pub trials: Vec<Trial>,
    /// The keys in which trials differ; first those of the axes, in order.
    pub varied: Vec<Factor>,
    /// The settings common to all trials: key and value. Keys that do not apply to any trial are
    /// left out.
    pub fixed: Vec<(&'static str, Value)>,
    places: HashMap<u64, usize>,
}

/// A key in which trials differ.
#[derive(Clone, Debug)]
pub struct Factor {
    /// The key.
    pub key: &'static str,
    /// Its values in the order of the study; null where the key does not apply.
    pub levels: Vec<Value>,
    /// For each trial, the index of its level.
    pub of: Vec<usize>,
}

/// A key and its value, as in `records.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The key in study files.
    pub key: &'static str,
    /// The value; `none` where the key does not apply.
    pub value: String,
}

impl From<(&'static str, String)> for Setting {
    fn from((key, value): (&'static str, String)) -> Self {
        Self { key, value }
    }
}

/// `cell gru`
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.value)
    }
}

impl Design {
    /// The design of `study`.
    pub fn of(study: &Study) -> Self {
        let (mut trials, mut places, mut called) = (Vec::new(), HashMap::new(), Vec::new());
        for (settings, trial) in study.asked() {
            let next = trials.len();
            if *places.entry(trial.hash()).or_insert(next) == next {
                trials.push(trial);
                called.push(settings.value(key::method).unwrap_or_default());
            }
        }
        let mut keys = study.varied();
        keys.extend(Settings::KEYS.iter().filter(|key| !study.varied().contains(key)));
        // One number under two names varies under that of the file.
        let (one, other) = (key::percent, key::density);
        let second = if study.varied().contains(&other) { one } else { other };
        keys.retain(|&key| key != second);
        let (mut varied, mut fixed) = (Vec::new(), Vec::new());
        for key in keys {
            let mut factor = match key {
                key::method => Factor::of(key, called.iter().cloned()),
                key => Factor::of(key, trials.iter().map(|trial: &Trial| trial.value(key))),
            };
            if factor.levels.len() > 1 {
                factor.order(study);
                varied.push(factor);
            } else if let Some(value) = factor.levels.pop().filter(|value| !value.is_null()) {
                fixed.push((key, value));
            }
        }
        Self { trials, varied, fixed, places }
    }

    /// The index of the trial with this hash.
    pub fn place(&self, hash: u64) -> Option<usize> {
        self.places.get(&hash).copied()
    }

    /// The factor of a key, if trials differ in it.
    pub fn factor(&self, key: &str) -> Option<&Factor> {
        self.varied.iter().find(|factor| factor.key == key)
    }

    /// Whether the key is part of what the study calls its settings: trials of one `method` never
    /// differ in it.
    pub fn is_named(&self, factor: &Factor) -> bool {
        let names = self.factor(key::method).filter(|_| !factor.is_name());
        names.is_some_and(|names| self.follows(factor, names))
    }

    /// Whether the level of `other` determines that of `factor`.
    pub fn follows(&self, factor: &Factor, other: &Factor) -> bool {
        let mut level_of = vec![None; other.levels.len()];
        (0..self.trials.len()).all(|trial| {
            let level = factor.of[trial];
            *level_of[other.of[trial]].get_or_insert(level) == level
        })
    }

    /// Groups of trials that have the same levels of all these factors. Groups, and trials within
    /// them, are in the study's order.
    pub fn groups<'f>(&self, factors: impl IntoIterator<Item = &'f Factor>) -> Vec<Vec<usize>> {
        let factors: Vec<&Factor> = factors.into_iter().collect();
        let (mut groups, mut known): (Vec<Vec<usize>>, HashMap<Vec<usize>, usize>) =
            Default::default();
        for trial in 0..self.trials.len() {
            let levels = factors.iter().map(|factor| factor.of[trial]).collect();
            let group = *known.entry(levels).or_insert(groups.len());
            if group == groups.len() {
                groups.push(Vec::new());
            }
            groups[group].push(trial);
        }
        groups
    }
}

/// The key of repetitions: trials that differ only in it belong to one experiment.
const REPETITION: &str = key::seed;

impl Factor {
    /// Whether the key only repeats experiments.
    pub fn repeats(&self) -> bool {
        self.key == REPETITION
    }

    /// Whether it is what the study calls settings.
    pub fn is_name(&self) -> bool {
        self.key == key::method
    }

    fn of(key: &'static str, values: impl Iterator<Item = Value>) -> Self {
        let (mut levels, mut known) = (Vec::new(), HashMap::new());
        let level = |value: Value| {
            *known.entry(value.to_string()).or_insert_with(|| {
                levels.push(value);
                levels.len() - 1
            })
        };
        let of = values.map(level).collect();
        Self { key, levels, of }
    }

    /// Puts the levels in the order of the study's axis, if an axis sets only this key. With
    /// exclusions, trials may come in another order.
    fn order(&mut self, study: &Study) {
        let axis = study.axes.iter().find(|axis| !axis.list && axis.name == self.key);
        let named: Vec<Value> = axis.map_or_else(Vec::new, |axis| {
            axis.steps.iter().filter_map(|step| step.level(self.key)).collect()
        });
        let place = |level: &Value| named.iter().position(|named| named == level);
        let mut order: Vec<usize> = (0..self.levels.len()).collect();
        order.sort_by_key(|&level| place(&self.levels[level]).unwrap_or(named.len()));
        self.levels = order.iter().map(|&level| self.levels[level].clone()).collect();
        let mut now = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, &level)| now[level] = place);
        self.of.iter_mut().for_each(|level| *level = now[*level]);
    }
}

impl Settings {
    /// The value of a key ([`Trial::value`]) in a trial with only these settings.
    pub(super) fn level(&self, key: &str) -> Option<Value> {
        let value = self.value(key)?;
        let file = self.graph.as_ref().and_then(super::GraphChoice::file);
        match file.filter(|_| self.keys() == [key] && value.is_string()) {
            Some((name, fingerprint)) => Some(fingerprint.unwrap_or(name).into()),
            None => Some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn design(text: &str) -> Design {
        Design::of(&Study::parse(text, "x.toml".as_ref()).unwrap())
    }

    #[test]
    fn what_differs_between_any_two_trials_is_varied() {
        let design = design(
            "[base]\nepochs = 2\nretrain_epochs = 1\npercent = 50\n[axes]\ncell = ['gru', 'lstm']\n\
             scope = ['both', 'hh']\n[[lists.way]]\n[[lists.way]]\njudge = 'test'\n\
             [[exclude]]\ncell = 'gru'\nscope = 'both'\n",
        );
        assert_eq!(design.trials.len(), 6);
        let varied: Vec<_> = design.varied.iter().map(|f| (f.key, f.levels.clone())).collect();
        // In the order of the axes, although the first trials have the second scope; and with
        // values that defaults add to the given ones.
        let expected = [
            ("cell", vec![json!("gru"), json!("lstm")]),
            ("scope", vec![json!("both"), json!("hh")]),
            ("judge", vec![json!("validation"), json!("test")]),
            ("validation_share", vec![json!(0.1), json!(0.0)]),
        ];
        assert_eq!(varied, expected);
        assert_eq!(design.factor("scope").unwrap().of, [1, 1, 0, 0, 1, 1]);
        assert!(design.fixed.contains(&("percent", json!(50.0))));
        assert!(design.fixed.iter().all(|(_, value)| !value.is_null()));
        assert_eq!(design.groups([design.factor("judge").unwrap()]), [[0, 2, 4], [1, 3, 5]]);
        assert_eq!(design.place(design.trials[4].hash()), Some(4));
    }

    #[test]
    fn base_models_that_are_trained_for_others_vary_nothing() {
        let design = design("[base]\ncell='gru'\nepochs=1\nretrain_epochs=1\n[axes]\npercent=[50]");
        assert_eq!((design.trials.len(), design.varied.len()), (1, 0));
    }
}
