//! A [`Study`] as the text of a study file, in a form that can be read again whatever names and
//! paths it contains.
//!
//! Every string is in double quotes on one line. TOML's other notations either cannot be names of
//! tables or cannot represent every string.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::literal::{quoted, single};
use super::study::{DataSource, Files, Study};
use super::{Contrast, Exclusion, Row, Settings, Topic};
use crate::data::{DrawingOptions, FileOptions, ReadOptions, ReberSettings, Unit};

impl Study {
    /// The text of a study file that declares this study.
    pub fn to_toml(&self) -> String {
        let mut text = format!("name = {}\n", quoted(&self.name));
        if !self.keep_models {
            text += "keep_models = false\n";
        }
        text += &format!("\n[data]\n{}", data_lines(&self.data));
        text += &format!("\n[base]\n{}", lines(&self.base));
        if self.axes.iter().any(|axis| !axis.list) {
            text += "\n[axes]\n";
        }
        for axis in self.axes.iter().filter(|axis| !axis.list) {
            text += &format!("{} = {}\n", axis.name, axis_values(&axis.steps));
        }
        for axis in self.axes.iter().filter(|axis| axis.list) {
            for step in &axis.steps {
                text += &format!("\n[[lists.{}]]\n{}", quoted(&axis.name), lines(step));
            }
        }
        for Exclusion(keys) in &self.exclusions {
            text += "\n[[exclude]]\n";
            for any in keys {
                let key = any.first().and_then(|one| one.keys().first().copied());
                text += &format!("{} = {}\n", key.expect("one key"), axis_values(any));
            }
        }
        for contrast in &self.contrasts {
            text += &format!("\n[[contrast]]\n{}", contrast_lines(contrast));
        }
        text
    }
}

impl Settings {
    /// Removes all keys except these.
    pub(super) fn keep(&mut self, keys: &[&str]) {
        let mut kept = Self::default();
        for key in keys {
            if let Some(text) = self.value_text(key) {
                kept.overlay(&single(key, &text).expect("written by itself"));
            }
        }
        *self = kept;
    }

    /// What is said about `topic`, and the rest.
    pub fn split(&self, topic: Topic) -> (Self, Self) {
        let keys = Self::ROWS.iter().partition::<Vec<&Row>, _>(|row| row.topic == topic);
        let with = |rows: Vec<&Row>| {
            let mut settings = self.clone();
            settings.keep(&rows.iter().map(|row| row.key).collect::<Vec<_>>());
            settings
        };
        (with(keys.0), with(keys.1))
    }

    /// The value of a key in the notation of a study file.
    pub(super) fn value_text(&self, key: &str) -> Option<String> {
        self.value(key).as_ref().map(toml)
    }
}

/// `cell = "gru", percent = 90.0`
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&lines(self).trim_end().replace('\n', ", "))
    }
}

fn lines(settings: &Settings) -> String {
    let line = |key| Some(format!("{key} = {}\n", settings.value_text(key)?));
    settings.keys().into_iter().filter_map(line).collect()
}

/// Anything else with keys, on one line each.
fn table_lines(table: &impl Serialize) -> String {
    let Ok(Value::Object(table)) = serde_json::to_value(table) else { unreachable!("a table") };
    let told = table.iter().filter(|(_, value)| !value.is_null());
    told.map(|(key, value)| format!("{key} = {}\n", toml(value))).collect()
}

/// A value on one line.
fn toml(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(values) => {
            format!("[{}]", values.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        // Numbers have the notation of JSON; settings have no other kinds of values.
        other => other.to_string(),
    }
}

/// The steps of an axis: `[1, 2]`, or a range if that is shorter.
fn axis_values(steps: &[Settings]) -> String {
    let key = steps.first().and_then(|step| step.keys().first().copied()).unwrap_or_default();
    let texts: Vec<String> = steps.iter().filter_map(|step| step.value_text(key)).collect();
    let numbers: Option<Vec<i64>> = texts.iter().map(|text| text.parse().ok()).collect();
    match numbers.as_deref() {
        Some([first, .., last])
            if texts.len() > 2
                && numbers.iter().flatten().zip(*first..).all(|(&number, next)| number == next) =>
        {
            format!("{{ from = {first}, to = {last} }}")
        }
        _ => format!("[{}]", texts.join(", ")),
    }
}

fn contrast_lines(contrast: &Contrast) -> String {
    let Contrast { question, vary, levels, paired, by, column, expect } = contrast;
    let levels = (!levels.is_empty()).then(|| axis_values(levels));
    let list = |keys: &Vec<&str>| {
        format!("[{}]", keys.iter().map(|key| quoted(key)).collect::<Vec<_>>().join(", "))
    };
    let lines = [
        ("question", question.as_deref().map(quoted)),
        ("vary", Some(quoted(vary))),
        ("levels", levels),
        ("paired", paired.as_ref().map(list)),
        ("by", (!by.is_empty()).then(|| list(by))),
        ("column", column.as_deref().map(quoted)),
        ("expect", expect.map(|expect| quoted(&expect.to_string()))),
    ];
    let line = |(key, value): (&str, Option<String>)| Some(format!("{key} = {}\n", value?));
    lines.into_iter().filter_map(line).collect()
}

fn data_lines(source: &DataSource) -> String {
    match source {
        DataSource::Reber(ReberSettings { grammar, count, min_length, seed }) => {
            let grammar = quoted(grammar.name());
            format!(
                "reber = {{ grammar = {grammar}, count = {count}, min_length = {min_length}, \
                 seed = {seed} }}\n"
            )
        }
        DataSource::Problem { drawing, scaling } => {
            let problem = table_lines(&DrawingOptions::of(drawing));
            let options = ReadOptions { scaling: *scaling, ..ReadOptions::default() };
            format!("problem = {{ {} }}\n", problem.trim_end().replace('\n', ", "))
                + &table_lines(&FileOptions::of(Unit::default(), &options))
        }
        DataSource::Files(files) => {
            let Files { train, test, train_labels, test_labels, unit, options } = files;
            let mut text = String::new();
            for (key, path) in [
                ("train", Some(train)),
                ("test", Some(test)),
                ("train_labels", train_labels.as_ref()),
                ("test_labels", test_labels.as_ref()),
            ] {
                if let Some(path) = path {
                    text += &format!("{key} = {}\n", quoted(&path.display().to_string()));
                }
            }
            text += &table_lines(&FileOptions::of(*unit, options));
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::data::{AxisOrder, Columns, ScalingKind, TaskKind};
    use crate::study::{Axis, Expectation};

    proptest! {
        #[test]
        fn what_is_written_is_read(
            name in any::<String>(),
            lists in prop::collection::hash_set(any::<String>(), 1..4),
            paths in prop::array::uniform4("[^\0]{1,20}"),
            columns in prop::array::uniform2(any::<String>()),
            question in any::<Option<String>>(),
            within in 1e-300..1e300,
        ) {
            let [train, test, train_labels, test_labels] = paths.map(std::path::PathBuf::from);
            let [text, label] = columns;
            let options = ReadOptions {
                columns: Columns { text, label },
                series: None,
                axes: Some(AxisOrder::ChannelsSteps),
                task: Some(TaskKind::Steps),
                scaling: Some(ScalingKind::None),
            };
            let steps = |key: &str| ["1", "2"].map(|one| single(key, one).unwrap()).to_vec();
            let keys = ["seed", "embedding", "batch"];
            let axes = lists.into_iter().zip(keys);
            let axes = axes.map(|(name, key)| Axis { name, list: true, steps: steps(key) });
            let study = Study {
                name,
                keep_models: false,
                data: DataSource::Files(Files {
                    train,
                    test,
                    train_labels: Some(train_labels),
                    test_labels: Some(test_labels),
                    unit: Unit::Word { least: 3 },
                    options,
                }),
                base: toml::from_str("cell = 'gru'\nepochs = 1").unwrap(),
                axes: axes.collect(),
                exclusions: Vec::new(),
                contrasts: vec![Contrast {
                    question,
                    vary: "seed",
                    levels: steps("seed").into_iter().rev().collect(),
                    paired: Some(vec!["batch"]),
                    by: vec!["cell"],
                    column: Some("last_test_acc".to_owned()),
                    expect: Some(Expectation::Equal { within }),
                }],
            };
            let text = study.to_toml();
            let read = Study::parse(&text, Path::new("study.toml"));
            prop_assert_eq!(read.map_err(|error| format!("{error}\n{text}")), Ok(study));
        }
    }
}
