//! What a study asks: a base of settings, axes and lists that multiply, exclusions; and
//! the trials they expand to.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::exclude::Excluded;
use super::{Axis, Contrast, Exclusion, Settings, Trial};
use crate::data::{ReadOptions, ReberSettings, Unit};

/// An experiment, as a study file declares it (`study/file.rs` reads and writes those).
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// What it is called.
    pub name: String,
    /// Whether base models that nothing is pruned from are kept too.
    pub keep_models: bool,
    /// Where the strings come from.
    pub data: DataSource,
    /// What every trial has.
    pub base: Settings,
    /// What multiplies, the slowest first.
    pub axes: Vec<Axis>,
    /// What is left out.
    pub exclusions: Vec<Exclusion>,
    /// What it asks of its records.
    pub contrasts: Vec<Contrast>,
}

/// Where a study's sequences come from.
#[derive(Clone, Debug, PartialEq)]
pub enum DataSource {
    /// Made by the generator.
    Reber(ReberSettings),
    /// Read from files.
    Files(Files),
}

/// Two files of labelled sequences.
#[derive(Clone, Debug, PartialEq)]
pub struct Files {
    /// To learn from.
    pub train: PathBuf,
    /// To measure on.
    pub test: PathBuf,
    /// The labels of a training file that is a `.npy`.
    pub train_labels: Option<PathBuf>,
    /// Those of a test file that is one.
    pub test_labels: Option<PathBuf>,
    /// What a token of a text is.
    pub unit: Unit,
    /// What the files do not say themselves.
    pub options: ReadOptions,
}

impl Files {
    /// `train_data.csv` and `test_data.csv` in a folder.
    pub fn in_folder(folder: &Path, options: ReadOptions) -> Self {
        Self {
            train: folder.join("train_data.csv"),
            test: folder.join("test_data.csv"),
            train_labels: None,
            test_labels: None,
            unit: Unit::default(),
            options,
        }
    }

    /// All paths that there are.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let labels = self.train_labels.iter().chain(&self.test_labels);
        [&self.train, &self.test].into_iter().chain(labels).map(PathBuf::as_path)
    }

    /// The same, to be changed.
    pub(super) fn paths_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let labels = [&mut self.train_labels, &mut self.test_labels];
        [&mut self.train, &mut self.test].into_iter().chain(labels.into_iter().flatten())
    }
}

/// More combinations than that are a mistake, and more than a view of them has memory for.
pub(super) const MOST_COMBINATIONS: usize = 100_000;

impl Study {
    /// Every trial, once: combination by combination, the last axis fastest, and before the
    /// first trial that starts from another that one.
    pub fn trials(&self) -> impl Iterator<Item = Trial> + '_ {
        let mut seen = HashSet::new();
        self.combinations().flat_map(move |settings| {
            let trial = settings.trial().expect("every combination is checked");
            let new = trial.lineage().filter(|trial| seen.insert(trial.hash()));
            new.collect::<Vec<_>>()
        })
    }

    /// The trial of every combination, without the base models that are trained only to be
    /// pruned; two combinations may be one trial.
    pub(super) fn asked(&self) -> impl Iterator<Item = Trial> + '_ {
        self.combinations().map(|settings| settings.trial().expect("every combination is checked"))
    }

    /// How many combinations are left out.
    pub fn excluded(&self) -> usize {
        self.count() - self.combinations().count()
    }

    /// The keys that axes and lists set, in their order.
    pub fn varied(&self) -> Vec<&'static str> {
        let mut varied = Vec::new();
        for key in self.axes.iter().flat_map(Axis::keys) {
            if !varied.contains(&key) {
                varied.push(key);
            }
        }
        varied
    }

    /// Gives the axis of the key that `steps` set these steps.
    ///
    /// # Panics
    /// When there is no such axis.
    pub fn set_axis(&mut self, steps: Vec<Settings>) {
        let new = Axis::of(steps);
        match self.axes.iter_mut().find(|axis| axis.name == new.name) {
            Some(axis) => *axis = new,
            None => panic!("the study has no axis {}", new.name),
        }
    }

    /// Whether its base or a step of an axis says something.
    pub fn says(&self, what: impl Fn(&Settings) -> bool) -> bool {
        self.axes.iter().flat_map(|axis| &axis.steps).chain([&self.base]).any(what)
    }

    /// Whether every combination is a trial, and can be written down.
    ///
    /// # Errors
    /// The first that is none, and why.
    pub(super) fn check(&self) -> Result<(), String> {
        if let DataSource::Reber(settings) = &self.data {
            // TOML has no larger whole numbers.
            if i64::try_from(settings.seed).is_err() {
                return Err(format!(
                    "the seed of the data is {}: expected at most {}",
                    settings.seed,
                    i64::MAX
                ));
            }
        }
        if let Some(empty) = self.axes.iter().find(|axis| axis.steps.is_empty()) {
            return Err(format!("{} has no values: expected at least one", empty.title()));
        }
        let lengths = self.axes.iter().map(|axis| axis.steps.len());
        let count = lengths.fold(1, usize::saturating_mul);
        if count > MOST_COMBINATIONS {
            return Err(format!(
                "its axes make {count} combinations: at most {MOST_COMBINATIONS} are supported"
            ));
        }
        for settings in self.combinations() {
            if let Err(why) = settings.trial() {
                let varied = self.varied();
                let mut at = settings.clone();
                at.keep(&varied);
                return Err(match at.to_string() {
                    none if none.is_empty() => why,
                    at => format!("{why} (where {at})"),
                });
            }
        }
        Ok(())
    }

    pub(super) fn count(&self) -> usize {
        self.axes.iter().map(|axis| axis.steps.len()).product()
    }

    /// What is not excluded.
    fn combinations(&self) -> impl Iterator<Item = Settings> + '_ {
        let excluded = Excluded::new(&self.axes, &self.exclusions, &self.base);
        let steps = (0..self.count()).map(|number| self.steps(number));
        steps.filter(move |steps| !excluded.hits(steps)).map(|steps| self.at(&steps))
    }

    /// Where each axis stands; the last changes fastest.
    pub(super) fn steps(&self, mut number: usize) -> Vec<usize> {
        let mut steps = vec![0; self.axes.len()];
        for (step, axis) in steps.iter_mut().zip(&self.axes).rev() {
            *step = number % axis.steps.len();
            number /= axis.steps.len();
        }
        steps
    }

    /// The settings there.
    pub(super) fn at(&self, steps: &[usize]) -> Settings {
        let mut settings = self.base.clone();
        for (axis, &step) in self.axes.iter().zip(steps) {
            settings.overlay(&axis.steps[step]);
        }
        settings
    }
}
