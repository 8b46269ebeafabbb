//! Study files: TOML that declares a [`Study`].
//!
//! ```toml
//! name = "example"
//!
//! [data]
//! reber = { count = 2000 }             # or: problem = { name = "adding", steps = 50 }, or:
//!                                      # folder = "my-data", or: train = "a.ts", test = "b.ts"
//!
//! [base]                               # the settings of every trial
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
//! [[exclude]]                          # leaves out trials with one of these for each key
//! cell = "rnn_tanh"
//! percent = [90]
//!
//! [[contrast]]                         # a question to answer from the records
//! question = "Does a GRU do better than a plain cell?"
//! vary = "cell"                        # all pairs of levels, all else held fixed
//! expect = "higher"
//! ```
//!
//! Messages name the line. `docs/studies.md` explains the keys.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::literal::{quoted, single};
use super::study::{DataSource, Files, MOST_COMBINATIONS, Study};
use super::{Axis, Contrast, Exclusion, Settings, StudyFileError, planned};
use crate::data::{
    AxisOrder, DrawingOptions, FileOptions, ReberGrammar, ReberSettings, ScalingKind, TaskKind,
    Tokens,
};
use crate::suggest::nearest;
use crate::train::Merit;

/// `[data]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataTable {
    reber: Option<ReberTable>,
    problem: Option<Spanned<DrawingOptions>>,
    folder: Option<PathBuf>,
    train: Option<PathBuf>,
    test: Option<PathBuf>,
    train_labels: Option<PathBuf>,
    test_labels: Option<PathBuf>,
    // The fields of [`FileOptions`] follow. They are not flattened, because errors would then lose
    // their line.
    tokens: Option<Tokens>,
    min_count: Option<usize>,
    text_column: Option<String>,
    label_column: Option<String>,
    series_columns: Option<Vec<String>>,
    id: Option<String>,
    time: Option<String>,
    axes: Option<AxisOrder>,
    task: Option<TaskKind>,
    scaling: Option<ScalingKind>,
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

/// Everything outside the tables of settings.
#[derive(Deserialize)]
struct Head {
    name: Option<String>,
    keep_models: Option<bool>,
    #[serde(default)]
    data: DataTable,
}

/// The notation of a range, for a message about another notation.
const RANGE: &str = "a range of whole numbers is { from = 0, to = 9 }, both ends included, \
    and steps by one unless it says, for example, step = 2";

/// A fault, and its position in the text.
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
        Self { at: error.span(), what: with_suggestion(error.message()) }
    }
}

impl Study {
    /// The study declared by `text`; `path` is the path of the file.
    ///
    /// # Errors
    /// What is wrong, and in which line.
    pub fn parse(text: &str, path: &Path) -> Result<Self, StudyFileError> {
        Reader { text, path }.study().map_err(|Fault { at, what }| StudyFileError {
            path: path.to_owned(),
            line: at.map(|span| 1 + text[..span.start.min(text.len())].matches('\n').count()),
            what,
        })
    }
}

/// The same as [`single`] for a whole number, but many times as fast.
fn number(key: &str, value: i64) -> Result<Settings, serde_json::Error> {
    Settings::deserialize(Value::Object([(key.to_owned(), value.into())].into_iter().collect()))
}

struct Reader<'a> {
    text: &'a str,
    path: &'a Path,
}

impl Reader<'_> {
    fn study(&self) -> Result<Study, Fault> {
        let document = DeTable::parse(self.text)?;
        for (key, _) in document.get_ref() {
            let known =
                ["name", "keep_models", "data", "base", "axes", "lists", "exclude", "contrast"];
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
            contrasts: Vec::new(),
        };
        if let Some(base) = part("base") {
            study.base = self.settings(self.table(base, "[base]")?)?;
        }
        if let Some(axes) = part("axes") {
            for (key, value) in self.table(axes, "[axes]")? {
                self.known(key, Settings::KEYS, "setting")?;
                let steps = self.values(key.get_ref(), value)?;
                let axis = Axis { name: key.get_ref().to_string(), list: false, steps };
                self.add(&mut study, axis, key.span())?;
            }
        }
        if let Some(lists) = part("lists") {
            for (name, entries) in self.table(lists, "[lists]")? {
                let what = format!("the list {}", name.get_ref());
                let (mut steps, mut seen) = (Vec::new(), HashSet::new());
                for (entry, _) in self.tables(entries, &what)? {
                    let step = self.settings(entry)?;
                    if !seen.insert(step.to_string()) {
                        return Err(Fault::at(name.span(), format!("{what} has a repeated entry")));
                    }
                    steps.push(step);
                }
                let axis = Axis { name: name.get_ref().to_string(), list: true, steps };
                self.add(&mut study, axis, name.span())?;
            }
        }
        if let Some(exclusions) = part("exclude") {
            for (table, _) in self.tables(exclusions, "[[exclude]]")? {
                let mut keys = Vec::new();
                for (key, value) in table {
                    self.known(key, Settings::KEYS, "setting")?;
                    keys.push(self.values(key.get_ref(), value)?);
                }
                study.exclusions.push(Exclusion(keys));
            }
        }
        let mut places = Vec::new();
        if let Some(contrasts) = part("contrast") {
            for (table, span) in self.tables(contrasts, "[[contrast]]")? {
                study.contrasts.push(self.contrast(table, span.clone())?);
                places.push(span);
            }
        }
        study.check().map_err(|what| Fault { at: None, what })?;
        if study.trials().next().is_none() {
            return Err(Fault { at: None, what: "all its trials are excluded".to_owned() });
        }
        // What answers are measured by may not be known before the data are.
        let merits = study.data.task().map(Merit::of_kind);
        planned::check(&study, merits.as_ref().map_or(&Merit::ALL, std::slice::from_ref))
            .map_err(|fault| Fault::at(places[fault.number].clone(), fault.what))?;
        Ok(study)
    }

    /// Adds an axis. No key is set twice, with one exception: some entries of a list may override the
    /// value of another axis.
    fn add(&self, study: &mut Study, axis: Axis, span: Range<usize>) -> Result<(), Fault> {
        for key in axis.keys() {
            let always = axis.steps.iter().all(|step| step.keys().contains(&key));
            let sets =
                |other: &&Axis| (other.list || !axis.list || always) && other.keys().contains(&key);
            let by = match study.base.keys().contains(&key) {
                true => Some("[base]".to_owned()),
                false => study.axes.iter().find(sets).map(Axis::title),
            };
            if let Some(by) = by {
                let what = format!(
                    "{} sets {key}, which {by} sets too: each key is set in one place",
                    axis.title()
                );
                return Err(Fault::at(span, what));
            }
        }
        study.axes.push(axis);
        Ok(())
    }

    fn data(&self, table: DataTable) -> Result<DataSource, Fault> {
        let fault = |what: &str| Err(Fault { at: None, what: what.to_owned() });
        let DataTable { tokens, min_count, text_column, label_column, .. } = table;
        let DataTable { series_columns, id, time, axes, task, scaling, .. } = table;
        let said = FileOptions {
            tokens,
            min_count,
            text_column,
            label_column,
            series_columns,
            id,
            time,
            axes,
            task,
            scaling,
        };
        let has_labels = table.train_labels.is_some() || table.test_labels.is_some();
        let has_files = !said.is_silent() || has_labels;
        let (unit, options) = match said.checked() {
            Ok(checked) => checked,
            Err(error) => return fault(&format!("[data]: {error}")),
        };
        // Paths are relative to the file, wherever it is read from.
        let here = |path: PathBuf| self.path.parent().unwrap_or(Path::new("")).join(path);
        let sources = [
            ("reber", table.reber.is_some()),
            ("problem", table.problem.is_some()),
            ("folder", table.folder.is_some()),
            ("files", table.train.is_some() || table.test.is_some()),
        ];
        let sources: Vec<&str> =
            sources.into_iter().filter(|(_, is_named)| *is_named).map(|(name, _)| name).collect();
        if let [one, other, ..] = sources[..] {
            return fault(&format!("[data] has both {one} and {other}: one is enough"));
        }
        if let Some(problem) = table.problem {
            let said = FileOptions { scaling: None, ..FileOptions::of(unit, &options) };
            if !said.is_silent() || has_labels {
                return fault("[data] says how files are read, but problem draws the series");
            }
            let drawing = problem.get_ref().checked();
            let drawing =
                drawing.map_err(|error| Fault::at(problem.span(), format!("problem: {error}")))?;
            return Ok(DataSource::Problem { drawing, scaling });
        }
        match (table.reber, table.folder, table.train, table.test) {
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
            (_, Some(folder), ..) => {
                Ok(DataSource::Files(Files { unit, ..Files::in_folder(&here(folder), options) }))
            }
            (_, None, ..) => fault("[data] says how files are read, but names no folder or files"),
        }
    }

    fn stem(&self) -> String {
        self.path.file_stem().map_or_else(String::new, |stem| stem.display().to_string())
    }

    fn known(
        &self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        known: &[&'static str],
        what: &str,
    ) -> Result<(), Fault> {
        one_of(known, key.get_ref(), key.span(), what).map(|_| ())
    }

    /// Reads `[[contrast]]`, which begins at `span`. Whether the study can answer it is not checked
    /// here.
    fn contrast(&self, table: &DeTable<'_>, span: Range<usize>) -> Result<Contrast, Fault> {
        const PARTS: [&str; 7] = ["question", "vary", "levels", "paired", "by", "column", "expect"];
        let mut found: [Option<&Spanned<DeValue<'_>>>; 7] = [None; 7];
        for (key, value) in table {
            let part = one_of(&PARTS, key.get_ref(), key.span(), "part of a contrast")?;
            let place = PARTS.iter().position(|other| *other == part);
            found[place.expect("it is one of them")] = Some(value);
        }
        let [question, vary, levels, paired, by, column, expect] = found;
        let Some(vary) = vary else {
            let what = "vary is missing: the setting whose levels are compared, vary = \"scope\"";
            return Err(Fault::at(span, what));
        };
        let vary = setting("vary", vary)?;
        let keys = |name, value: Option<&Spanned<DeValue<'_>>>| match value {
            None => Ok(None),
            Some(value) => match value.get_ref() {
                DeValue::Array(keys) => {
                    let keys = keys.iter().map(|key| setting(name, key));
                    keys.collect::<Result<Vec<_>, _>>().map(Some)
                }
                _ => {
                    let what = format!("{name} is {}, not a list of settings", kind(value));
                    Err(Fault::at(value.span(), what))
                }
            },
        };
        let text = |name, value: Option<&Spanned<DeValue<'_>>>| {
            value.map(|value| string(name, value).map(str::to_owned)).transpose()
        };
        let expect = expect.map(|value| {
            let expect = string("expect", value)?.parse();
            expect.map_err(|what: String| Fault::at(value.span(), what))
        });
        Ok(Contrast {
            question: text("question", question)?,
            vary,
            levels: levels.map_or(Ok(Vec::new()), |levels| self.values(vary, levels))?,
            paired: keys("paired", paired)?,
            by: keys("by", by)?.unwrap_or_default(),
            column: text("column", column)?,
            expect: expect.transpose()?,
        })
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
    ) -> Result<Vec<(&'t DeTable<'i>, Range<usize>)>, Fault> {
        let DeValue::Array(entries) = value.get_ref() else {
            let what = format!("{what} is {}, not several tables in double brackets", kind(value));
            return Err(Fault::at(value.span(), what));
        };
        entries.iter().map(|entry| Ok((self.table(entry, what)?, entry.span()))).collect()
    }

    /// A table of settings with a single value each.
    fn settings(&self, table: &DeTable<'_>) -> Result<Settings, Fault> {
        let mut settings = Settings::default();
        for (key, value) in table {
            self.known(key, Settings::KEYS, "setting")?;
            settings.overlay(&self.one(key.get_ref(), value)?);
        }
        Ok(settings)
    }

    fn one(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Settings, Fault> {
        // Long lists consist mostly of whole numbers.
        let one = whole(value).and_then(|whole| number(key, whole).ok());
        if let Some(one) = one {
            return Ok(one);
        }
        let text = &self.text[value.span()];
        let one = single(key, text).or_else(|error| {
            // Names in rarefy's own files are in lower case, but many people write GRU.
            let name = value.get_ref().as_str().map(|name| name.to_lowercase().replace('-', "_"));
            name.and_then(|name| single(key, &quoted(&name)).ok()).ok_or(error)
        });
        let one = one.map_err(|error| {
            let range = match value.get_ref() {
                DeValue::String(text) if looks_like_range(text) => format!("; {RANGE}"),
                DeValue::Table(_) => format!("; on an axis, {RANGE}"),
                _ => String::new(),
            };
            let what = with_suggestion(error.message());
            Fault::at(value.span(), format!("{key}: {what}{range}"))
        })?;
        match one.value(key) {
            // Records are JSON, which has no such number.
            None | Some(Value::Null) => {
                Err(Fault::at(value.span(), format!("{key} is {text}: expected a finite number")))
            }
            Some(_) => Ok(one),
        }
    }

    /// All values of a key: a single one, a list, or a range.
    fn values(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<Settings>, Fault> {
        match value.get_ref() {
            DeValue::Array(values) if !values.is_empty() => {
                let (mut steps, mut seen) = (Vec::new(), HashSet::new());
                for value in values {
                    let step = self.one(key, value)?;
                    if !seen.insert(step.value_text(key)) {
                        return Err(Fault::at(value.span(), format!("{step} is repeated")));
                    }
                    steps.push(step);
                }
                Ok(steps)
            }
            DeValue::Table(range) => self.range(key, range, value.span()),
            _ => self.one(key, value).map(|one| vec![one]),
        }
    }

    /// The numbers of a range, which are counted before they are created.
    fn range(
        &self,
        key: &str,
        range: &DeTable<'_>,
        span: Range<usize>,
    ) -> Result<Vec<Settings>, Fault> {
        let fault = |what: String| Err(Fault::at(span.clone(), format!("{key}: {what}")));
        let [mut from, mut to, mut step] = [None, None, Some(1)];
        for (name, value) in range {
            let place = match &**name.get_ref() {
                "from" => &mut from,
                "to" => &mut to,
                "step" => &mut step,
                other => return fault(format!("a range has no '{other}': {RANGE}")),
            };
            let Some(number) = whole(value) else {
                let text = &self.text[value.span()];
                let what = format!("{} is {text}, not a whole number: {RANGE}", name.get_ref());
                return fault(format!("{what}; other values are listed: [0.1, 0.2]"));
            };
            *place = Some(number);
        }
        let (Some(from), Some(to), Some(step)) = (from, to, step) else {
            let missing = if from.is_none() { "from" } else { "to" };
            return fault(format!("the range has no {missing}: {RANGE}"));
        };
        if step < 1 || to < from {
            return fault("expected a rising range: from, to, and a step of 1 or more".to_owned());
        }
        let count = (to.abs_diff(from) / step.unsigned_abs()).saturating_add(1);
        if count > MOST_COMBINATIONS as u64 {
            return fault(format!(
                "from {from} to {to} there are {count} values: at most {MOST_COMBINATIONS} \
                 combinations are run as one study"
            ));
        }
        let numbers = (0..count as i64).map(|place| number(key, from + place * step));
        numbers.collect::<Result<_, _>>().or_else(|error| fault(error.to_string()))
    }
}

/// The item of `known` with the name `name`.
fn one_of(
    known: &[&'static str],
    name: &str,
    span: Range<usize>,
    what: &str,
) -> Result<&'static str, Fault> {
    known.iter().copied().find(|one| *one == name).ok_or_else(|| {
        let meant = nearest(name, known.iter().copied());
        let all = meant.map_or_else(|| known.join(", "), |one| format!("did you mean {one}?"));
        Fault::at(span, format!("there is no {what} '{name}': {all}"))
    })
}

/// The text that is the value of `name`.
fn string<'v>(name: &str, value: &'v Spanned<DeValue<'_>>) -> Result<&'v str, Fault> {
    let not = || Fault::at(value.span(), format!("{name} is {}, not a text", kind(value)));
    value.get_ref().as_str().ok_or_else(not)
}

/// The key of a setting, which is the value of `name`.
fn setting(name: &str, value: &Spanned<DeValue<'_>>) -> Result<&'static str, Fault> {
    one_of(Settings::KEYS, string(name, value)?, value.span(), "setting")
}

fn whole(value: &Spanned<DeValue<'_>>) -> Option<i64> {
    let number = value.get_ref().as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// Whether the text may be meant as a range: `0..9`, `0-9`, `0:9`.
fn looks_like_range(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_digit())
        && text.contains([':', '-', '.'])
}

/// A message of serde about an unknown name, with the name that was probably meant.
fn with_suggestion(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let meant = message.starts_with("unknown ").then(|| nearest(names.next()?, names)).flatten();
    meant.map_or_else(|| message.to_owned(), |meant| format!("{message}: did you mean {meant}?"))
}

fn kind(value: &Spanned<DeValue<'_>>) -> String {
    format!("a {}", value.get_ref().type_str())
}
