//! Study files: TOML that declares a [`Study`].
//!
//! ```toml
//! name = "example"
//!
//! [data]
//! reber = { count = 2000 }             # or: folder = "my-data", or: train = "a.ts", test = "b.ts"
//!
//! [base]                               # what every trial has
//! epochs = 8
//! retrain_epochs = 2
//!
//! [axes]                               # every combination; the last varies fastest
//! seed = { from = 0, to = 2 }
//! cell = ["rnn_tanh", "gru"]
//! percent = [50, 90]
//!
//! [[lists.speed]]                      # one more axis, whose entries set keys together
//! batch = 32
//! learning_rate = 0.001
//! [[lists.speed]]
//! batch = 128
//! learning_rate = 0.004
//!
//! [[exclude]]                          # leaves out what has one of these for each key
//! cell = "rnn_tanh"
//! percent = [90]
//! ```
//!
//! Messages name the line. `docs/studies.md` explains the keys.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Settings;
use super::study::{Axis, DataSource, Exclusion, Files, Study};
use crate::data::{AxisOrder, FileOptions, ReberGrammar, ReberSettings, Tokens};

/// Why a study file cannot be used.
#[derive(Debug, thiserror::Error)]
pub struct StudyFileError {
    /// The file.
    pub path: PathBuf,
    /// Where in it, from 1, if at one place.
    pub line: Option<usize>,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl fmt::Display for StudyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, what } = self;
        match line {
            Some(line) => write!(f, "{}, line {line}: {what}", path.display()),
            None => write!(f, "{}: {what}", path.display()),
        }
    }
}

/// `[data]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataTable {
    reber: Option<ReberTable>,
    folder: Option<PathBuf>,
    train: Option<PathBuf>,
    test: Option<PathBuf>,
    train_labels: Option<PathBuf>,
    test_labels: Option<PathBuf>,
    // What follows is that of [`FileOptions`]; flattened, faults would lose their line.
    tokens: Option<Tokens>,
    min_count: Option<usize>,
    text_column: Option<String>,
    label_column: Option<String>,
    series_columns: Option<Vec<String>>,
    id: Option<String>,
    time: Option<String>,
    axes: Option<AxisOrder>,
}

/// `reber` in `[data]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReberTable {
    grammar: Option<ReberGrammar>,
    count: Option<usize>,
    min_length: Option<usize>,
    seed: Option<u64>,
}

/// What stands outside the tables of settings.
#[derive(Deserialize)]
struct Head {
    name: Option<String>,
    keep_models: Option<bool>,
    #[serde(default)]
    data: DataTable,
}

/// A range of whole numbers, both ends included.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Steps {
    from: i64,
    to: i64,
    #[serde(default = "one")]
    step: i64,
}

fn one() -> i64 {
    1
}

/// Where in the text something went wrong, and what.
struct Fault {
    at: Option<Range<usize>>,
    what: String,
}

impl Fault {
    fn at(span: Range<usize>, what: impl Into<String>) -> Self {
        Self { at: Some(span), what: what.into() }
    }
}

impl From<toml::de::Error> for Fault {
    fn from(error: toml::de::Error) -> Self {
        Self { at: error.span(), what: error.message().to_owned() }
    }
}

impl Study {
    /// The study that `text` declares; `path` is where it stands.
    ///
    /// # Errors
    /// What is wrong with it, and in which line.
    pub fn parse(text: &str, path: &Path) -> Result<Self, StudyFileError> {
        Reader { text, path }.study().map_err(|Fault { at, what }| StudyFileError {
            path: path.to_owned(),
            line: at.map(|span| 1 + text[..span.start.min(text.len())].matches('\n').count()),
            what,
        })
    }

    /// A study file that declares this.
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
        text
    }
}

impl Settings {
    /// Forgets all but these keys.
    pub(super) fn keep(&mut self, keys: &[&str]) {
        let mut kept = Self::default();
        for key in keys {
            if let Some(text) = self.value_text(key) {
                kept.overlay(&single(key, &text).expect("written by itself"));
            }
        }
        *self = kept;
    }

    /// The value of a key as it stands in a study file.
    pub(super) fn value_text(&self, key: &str) -> Option<String> {
        let start = format!("{key} = ");
        lines(self).lines().find_map(|line| line.strip_prefix(&start)).map(str::to_owned)
    }
}

/// `cell = "gru", percent = 90.0`
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&lines(self).trim_end().replace('\n', ", "))
    }
}

fn lines(value: &impl Serialize) -> String {
    toml::to_string(value).expect("settings are plain data")
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn single(key: &str, value: &str) -> Result<Settings, toml::de::Error> {
    toml::from_str(&format!("{key} = {value}"))
}

/// What an axis holds: `[1, 2]`, or a range where that is shorter.
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

fn data_lines(source: &DataSource) -> String {
    match source {
        DataSource::Reber(ReberSettings { grammar, count, min_length, seed }) => {
            let grammar = quoted(grammar.name());
            format!(
                "reber = {{ grammar = {grammar}, count = {count}, min_length = {min_length}, \
                 seed = {seed} }}\n"
            )
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
            text += &lines(&FileOptions::of(*unit, options));
            text
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    path: &'a Path,
}

impl Reader<'_> {
    fn study(&self) -> Result<Study, Fault> {
        let document = DeTable::parse(self.text)?;
        for (key, _) in document.get_ref() {
            let known = ["name", "keep_models", "data", "base", "axes", "lists", "exclude"];
            self.known(key, &known, "part of a study file")?;
        }
        let head: Head = toml::from_str(self.text)?;
        let part = |name: &str| {
            document.get_ref().iter().find(|(key, _)| key.get_ref() == name).map(|(_, part)| part)
        };
        let mut study = Study {
            name: head.name.unwrap_or_else(|| self.stem()),
            keep_models: head.keep_models.unwrap_or(true),
            data: self.data(head.data)?,
            base: Settings::default(),
            axes: Vec::new(),
            exclusions: Vec::new(),
        };
        // Who has set what, for messages.
        let mut taken: Vec<(&'static str, String)> = Vec::new();
        if let Some(base) = part("base") {
            study.base = self.settings(self.table(base, "[base]")?)?;
            taken.extend(study.base.keys().into_iter().map(|key| (key, "[base]".to_owned())));
        }
        if let Some(axes) = part("axes") {
            for (key, value) in self.table(axes, "[axes]")? {
                self.known(key, Settings::KEYS, "setting")?;
                let steps = self.values(key.get_ref(), value)?;
                let axis = Axis { name: key.get_ref().to_string(), list: false, steps };
                self.add(&mut study, &mut taken, axis, key.span())?;
            }
        }
        if let Some(lists) = part("lists") {
            for (name, entries) in self.table(lists, "[lists]")? {
                let what = format!("the list {}", name.get_ref());
                let mut steps = Vec::new();
                for entry in self.tables(entries, &what)? {
                    let step = self.settings(entry)?;
                    if steps.contains(&step) {
                        return Err(Fault::at(name.span(), format!("{what} has an entry twice")));
                    }
                    steps.push(step);
                }
                let axis = Axis { name: name.get_ref().to_string(), list: true, steps };
                self.add(&mut study, &mut taken, axis, name.span())?;
            }
        }
        if let Some(exclusions) = part("exclude") {
            for table in self.tables(exclusions, "[[exclude]]")? {
                let mut keys = Vec::new();
                for (key, value) in table {
                    self.known(key, Settings::KEYS, "setting")?;
                    keys.push(self.values(key.get_ref(), value)?);
                }
                study.exclusions.push(Exclusion(keys));
            }
        }
        study.check().map_err(|what| Fault { at: None, what })?;
        if study.trials().next().is_none() {
            return Err(Fault { at: None, what: "all its trials are excluded".to_owned() });
        }
        Ok(study)
    }

    /// Adds an axis whose keys nobody else sets.
    fn add(
        &self,
        study: &mut Study,
        taken: &mut Vec<(&'static str, String)>,
        axis: Axis,
        span: Range<usize>,
    ) -> Result<(), Fault> {
        for key in axis.keys() {
            if let Some((_, by)) = taken.iter().find(|(other, _)| *other == key) {
                let what = format!(
                    "{} sets {key}, which {by} sets too: each key is set in one place",
                    axis.title()
                );
                return Err(Fault::at(span, what));
            }
        }
        taken.extend(axis.keys().into_iter().map(|key| (key, axis.title())));
        study.axes.push(axis);
        Ok(())
    }

    fn data(&self, table: DataTable) -> Result<DataSource, Fault> {
        let fault = |what: &str| Err(Fault { at: None, what: what.to_owned() });
        let DataTable { tokens, min_count, text_column, label_column, .. } = table;
        let DataTable { series_columns, id, time, axes, .. } = table;
        let said = FileOptions {
            tokens,
            min_count,
            text_column,
            label_column,
            series_columns,
            id,
            time,
            axes,
        };
        let has_files =
            !said.is_silent() || table.train_labels.is_some() || table.test_labels.is_some();
        let (unit, options) = match said.checked() {
            Ok(checked) => checked,
            Err(error) => return fault(&format!("[data]: {error}")),
        };
        // As they are meant where the file stands, wherever they are read from.
        let here = |path: PathBuf| self.path.parent().unwrap_or(Path::new("")).join(path);
        match (table.reber, table.folder, table.train, table.test) {
            (Some(_), Some(_), _, _) => fault("[data] has both reber and folder: one is enough"),
            (Some(_), _, Some(_), _) | (Some(_), _, _, Some(_)) => {
                fault("[data] has both reber and files: one is enough")
            }
            (_, Some(_), Some(_), _) | (_, Some(_), _, Some(_)) => {
                fault("[data] has both a folder and files: one is enough")
            }
            (None, None, Some(train), Some(test)) => Ok(DataSource::Files(Files {
                train: here(train),
                test: here(test),
                train_labels: table.train_labels.map(here),
                test_labels: table.test_labels.map(here),
                unit,
                options,
            })),
            (None, None, Some(_), None) | (None, None, None, Some(_)) => {
                fault("[data] has one file: both train and test are needed")
            }
            (reber, None, None, None) if !has_files => {
                let usual = ReberSettings::default();
                let reber = reber.unwrap_or_default();
                Ok(DataSource::Reber(ReberSettings {
                    grammar: reber.grammar.unwrap_or(usual.grammar),
                    count: reber.count.unwrap_or(usual.count),
                    min_length: reber.min_length.unwrap_or(usual.min_length),
                    seed: reber.seed.unwrap_or(usual.seed),
                }))
            }
            (_, None, ..) => fault("[data] says how files are read, but names no folder or files"),
            (None, Some(folder), ..) => {
                Ok(DataSource::Files(Files { unit, ..Files::in_folder(&here(folder), options) }))
            }
        }
    }

    fn stem(&self) -> String {
        self.path.file_stem().map_or_else(String::new, |stem| stem.display().to_string())
    }

    fn known(
        &self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        known: &[&str],
        what: &str,
    ) -> Result<(), Fault> {
        let name: &str = key.get_ref();
        if known.contains(&name) {
            return Ok(());
        }
        Err(Fault::at(key.span(), format!("there is no {what} '{name}': {}", known.join(", "))))
    }

    fn table<'t, 'i>(
        &self,
        value: &'t Spanned<DeValue<'i>>,
        what: &str,
    ) -> Result<&'t DeTable<'i>, Fault> {
        value.get_ref().as_table().ok_or_else(|| {
            Fault::at(value.span(), format!("{what} is {}, not a table", kind(value)))
        })
    }

    fn tables<'t, 'i>(
        &self,
        value: &'t Spanned<DeValue<'i>>,
        what: &str,
    ) -> Result<Vec<&'t DeTable<'i>>, Fault> {
        let DeValue::Array(entries) = value.get_ref() else {
            let what = format!("{what} is {}, not several tables in double brackets", kind(value));
            return Err(Fault::at(value.span(), what));
        };
        entries.iter().map(|entry| self.table(entry, what)).collect()
    }

    /// A table of settings, each with one value.
    fn settings(&self, table: &DeTable<'_>) -> Result<Settings, Fault> {
        let mut settings = Settings::default();
        for (key, value) in table {
            self.known(key, Settings::KEYS, "setting")?;
            settings.overlay(&self.one(key.get_ref(), value)?);
        }
        Ok(settings)
    }

    fn one(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Settings, Fault> {
        single(key, &self.text[value.span()])
            .map_err(|error| Fault::at(value.span(), format!("{key}: {}", error.message())))
    }

    /// All values of a key: one, some, or a range.
    fn values(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<Settings>, Fault> {
        let steps = match value.get_ref() {
            DeValue::Array(values) if !values.is_empty() => {
                values.iter().map(|value| self.one(key, value)).collect::<Result<Vec<_>, _>>()
            }
            DeValue::Table(_) => {
                let text = &self.text[value.span()];
                let fault = |what: String| Fault::at(value.span(), format!("{key}: {what}"));
                #[derive(Deserialize)]
                struct Wrapped {
                    range: Steps,
                }
                let Wrapped { range: Steps { from, to, step } } =
                    toml::from_str(&format!("range = {text}"))
                        .map_err(|error| fault(error.message().to_owned()))?;
                if step < 1 || to < from {
                    return Err(fault("a range goes up: from, to, and a step of 1 or more".into()));
                }
                let values = (from..=to).step_by(step as usize);
                let one = |value: i64| {
                    single(key, &value.to_string()).map_err(|e| fault(e.message().to_owned()))
                };
                values.map(one).collect()
            }
            _ => self.one(key, value).map(|one| vec![one]),
        }?;
        for (at, step) in steps.iter().enumerate() {
            // Ranges hold nothing twice, and may be long.
            if value.get_ref().as_array().is_some() && steps[..at].contains(step) {
                return Err(Fault::at(value.span(), format!("{step} stands there twice")));
            }
        }
        Ok(steps)
    }
}

fn kind(value: &Spanned<DeValue<'_>>) -> String {
    format!("a {}", value.get_ref().type_str())
}
