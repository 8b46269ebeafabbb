//! The findings of a study as plain data: what varied, means and curves, paired differences, and
//! the answers to its contrasts.
//!
//! They are a function of the study's folder. Trials are grouped by everything that varies except
//! the seed, so only repetitions of the same experiment are averaged without saying so.

use std::collections::BTreeMap;

use serde::Serialize;

use super::answer::{Answer, Difference, Results, Value, answers};
use super::columns::Columns;
use super::contrast::Contrast;
use super::design::{Design, Factor, Setting};
use super::folder::Found;
use super::planned::{plan, planned};
use super::{DataSummary, Folder, StudyError, StudyFile};
use crate::analysis::Summary;
use crate::train::{EpochResult, Judge, Moved, Score};

/// The findings of a study.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// The study's name.
    pub name: String,
    /// Version of rarefy that began it.
    pub version: String,
    /// The sequences that networks were trained and tested on.
    pub data: DataSummary,
    /// The progress of the study.
    pub progress: Counts,
    /// Number of trials that the study requests; the others are base models trained only in order
    /// to be pruned.
    pub compared: usize,
    /// Why trials failed.
    pub failures: Vec<TrialFailure>,
    /// The sequences that judge: the held-out ones, or the test sequences if any trial is judged by
    /// them.
    pub judge: Judge,
    /// The column of `records.csv` that means and differences refer to.
    pub column: String,
    /// The keys in which trials differ.
    pub varied: Vec<Varied>,
    /// The settings common to all trials.
    pub fixed: Vec<Setting>,
    /// The answers to the study's contrasts.
    pub contrasts: Vec<Answer>,
    /// Groups of trials that differ only in the seed.
    pub groups: Vec<Group>,
}

/// Counts of a study's trials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All trials.
    pub planned: usize,
    /// Trials with a record.
    pub done: usize,
    /// Trials among these with a non-finite loss.
    pub diverged: usize,
    /// Trials that could not be computed.
    pub failed: usize,
    /// Trials whose record is damaged.
    pub damaged: usize,
}

/// A trial that could not be computed.
#[derive(Clone, Debug, Serialize)]
pub struct TrialFailure {
    /// Its label.
    pub trial: String,
    /// The error.
    pub error: String,
}

/// A key in which trials differ.
#[derive(Clone, Debug, Serialize)]
pub struct Varied {
    /// The key.
    pub key: &'static str,
    /// Whether it only repeats an experiment, as the seed does; then there is nothing to compare.
    pub repeats: bool,
    /// Whether it is part of what the study calls its settings: trials of one `method` never differ
    /// in it.
    pub named: bool,
    /// Its values, in the study's order.
    pub levels: Vec<Level>,
    /// The other varying keys, over which the means of levels are taken.
    pub averaged: Vec<&'static str>,
    /// Whether the means of all levels cover the same other settings; otherwise each covers
    /// whatever its level has.
    pub balanced: bool,
    /// The differences between all pairs of levels, paired by everything else; empty if there are
    /// too many levels.
    pub differences: Vec<Difference>,
    /// The reason why no levels are compared, if so.
    pub no_pairs: Option<String>,
}

impl Varied {
    /// Whether its levels tell groups of trials apart ([`Group::settings`]).
    pub fn is_told(&self) -> bool {
        !self.repeats && !self.named
    }
}

/// One value of a varied key.
#[derive(Clone, Debug, Serialize)]
pub struct Level {
    /// The value, as in `records.csv`.
    pub value: String,
    /// Number of trials with this value.
    pub planned: usize,
    /// Number of these with a record.
    pub done: usize,
    /// The mean over seeds.
    #[serde(flatten)]
    pub mean: Mean,
}

/// Trials that differ only in the seed.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// The values of all varied keys except the seed and those that are named.
    pub settings: Vec<Setting>,
    /// Number of trials.
    pub planned: usize,
    /// Number of trials with a record.
    pub done: usize,
    /// Number of these with a non-finite loss; they do not enter any mean.
    pub diverged: usize,
    /// The mean over seeds.
    #[serde(flatten)]
    pub mean: Mean,
    /// Merit by epoch on the sequences that judge; epoch 0 is right after pruning.
    pub curve: Vec<CurvePoint>,
    /// What became of the masks by epoch, if they changed in training: means over seeds.
    pub moved: Vec<MovedPoint>,
}

/// A mean over seeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Mean {
    /// Number of seeds.
    pub seeds: usize,
    /// The mean.
    pub mean: Option<f64>,
    /// Lower end of the mean's 95 % interval, by Student's t; `None` for a single seed.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
}

/// One epoch of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The epoch.
    pub epoch: u32,
    /// Number of seeds.
    pub seeds: usize,
    /// The mean merit.
    pub mean: f64,
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
}

/// What became of the masks in one epoch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MovedPoint {
    /// The epoch.
    pub epoch: u32,
    /// Number of seeds.
    pub seeds: usize,
    /// The means of the shares.
    #[serde(flatten)]
    pub mean: Moved,
}

impl Mean {
    fn of(values: &[f64]) -> Self {
        let Some(summary) = Summary::of(values) else { return Self::default() };
        Self {
            seeds: summary.count,
            mean: Some(summary.mean),
            low: summary.interval.map(|interval| interval.low),
            high: summary.interval.map(|interval| interval.high),
        }
    }
}

/// Up to this many levels, all pairs of levels are compared.
const MOST_LEVELS: usize = 12;

impl Findings {
    /// The findings from the records of `folder`, whether or not the study is finished.
    ///
    /// # Errors
    /// If a contrast cannot be answered by the study's trials.
    pub fn of(folder: &Folder, file: &StudyFile) -> Result<Self, StudyError> {
        let study = &file.study;
        let (design, columns) = (Design::of(study), Columns::new(study, file.data.merit));
        let plans = planned(study, &design, &columns)
            .map_err(|fault| StudyError::Unusable(fault.to_string()))?;
        let by_test = design.trials.iter().any(|trial| trial.judge() == Judge::Test);
        let judge = if by_test { Judge::Test } else { Judge::Validation };
        let column = columns.judging(judge);
        let names = plans.iter().map(|plan| &plan.column).chain([&column]);
        let mut results = Results::new(&design, &columns, names);
        let mut curves = vec![Curve::new(); design.trials.len()];
        let mut moved = vec![Masking::new(); design.trials.len()];
        let (mut progress, mut failures) = (Counts::default(), Vec::new());
        for trial in study.trials() {
            progress.planned += 1;
            match folder.record(&trial, &file.data) {
                Found::Record(record) => {
                    progress.done += 1;
                    progress.diverged += usize::from(record.diverged.is_some());
                    results.add(&design, &record, &columns.record_row(&record));
                    if let Some(place) = design.place(trial.hash()) {
                        curves[place] = merits(&record.epochs, judge);
                        let moved_in = |epoch: EpochResult| Some((epoch.epoch, epoch.moved?));
                        moved[place] = record.epochs.into_iter().filter_map(moved_in).collect();
                    }
                }
                Found::Damaged(..) => progress.damaged += 1,
                Found::Nothing => {
                    if let Some(failure) = folder.failure(&trial) {
                        progress.failed += 1;
                        failures.push(TrialFailure { trial: trial.label(), error: failure.error });
                    }
                }
            }
        }
        let records =
            Records { design: &design, columns: &columns, results: &results, column: &column };
        let fixed = design.fixed.iter();
        let fixed = fixed.map(|(key, value)| Setting { key, value: columns.level(key, value) });
        Ok(Self {
            name: study.name.clone(),
            version: file.version.clone(),
            data: file.data.clone(),
            progress,
            compared: design.trials.len(),
            failures,
            judge,
            varied: design.varied.iter().map(|factor| records.varied(factor)).collect(),
            fixed: fixed.collect(),
            contrasts: answers(&plans, &design, &columns, &results),
            groups: records.groups(&curves, &moved),
            column,
        })
    }
}

/// Epochs with their merits.
type Curve = Vec<(u32, f64)>;

/// Epochs with what became of the masks in them.
type Masking = Vec<(u32, Moved)>;

fn merits(epochs: &[EpochResult], judge: Judge) -> Curve {
    let merit = |epoch: &EpochResult| {
        let score = match judge {
            Judge::Validation => epoch.validation.as_ref(),
            Judge::Test => Some(&epoch.test),
        };
        score.map(|score| (epoch.epoch, Score::merit(score)))
    };
    epochs.iter().filter_map(merit).collect()
}

/// The data that findings are made from.
struct Records<'f> {
    design: &'f Design,
    columns: &'f Columns,
    results: &'f Results,
    column: &'f String,
}

impl Records<'_> {
    fn value(&self, trial: usize) -> Value {
        self.results.value(trial, self.column)
    }

    fn number(&self, trial: usize) -> Option<f64> {
        match self.value(trial) {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// All varying factors except `factor` and what follows from it.
    fn others<'o>(&'o self, factor: &'o Factor) -> impl Iterator<Item = &'o Factor> {
        let follows = |other: &Factor| factor.is_name() && self.design.is_named(other);
        let others = self.design.varied.iter();
        others.filter(move |other| other.key != factor.key && !follows(other))
    }

    fn varied(&self, factor: &Factor) -> Varied {
        let contrast = Contrast { column: Some(self.column.clone()), ..Contrast::of(factor.key) };
        let compared = !factor.repeats() && factor.levels.len() <= MOST_LEVELS;
        let plan = compared.then(|| plan(&contrast, self.design, self.columns));
        let (differences, no_pairs) = match plan {
            Some(Ok(plan)) => (self.results.differences(&plan, self.design, self.columns), None),
            Some(Err(why)) => (Vec::new(), Some(why)),
            None => (Vec::new(), None),
        };
        let (balanced, means) = self.means(factor);
        let level = |(place, mean): (usize, Mean)| {
            let of = (0..factor.of.len()).filter(|&trial| factor.of[trial] == place);
            let done = of.clone().filter(|&trial| self.value(trial) != Value::Missing);
            let value = self.columns.level(factor.key, &factor.levels[place]);
            Level { value, planned: of.clone().count(), done: done.count(), mean }
        };
        let told = |other: &&Factor| !other.repeats() && !self.design.is_named(other);
        let averaged = self.others(factor).filter(told);
        Varied {
            key: factor.key,
            repeats: factor.repeats(),
            named: self.design.is_named(factor),
            levels: means.into_iter().enumerate().map(level).collect(),
            averaged: averaged.map(|other| other.key).collect(),
            balanced,
            differences,
            no_pairs,
        }
    }

    /// For each level its mean over seeds, restricted to other settings in which every level has a
    /// number; if there are none, over all settings. The flag says whether there are such settings.
    fn means(&self, factor: &Factor) -> (bool, Vec<Mean>) {
        let none: Vec<BTreeMap<u64, Vec<f64>>> = vec![BTreeMap::new(); factor.levels.len()];
        let (mut common, mut all) = (none.clone(), none);
        for group in self.design.groups(self.others(factor)) {
            let numbers: Vec<(usize, f64)> =
                group.iter().filter_map(|&trial| Some((trial, self.number(trial)?))).collect();
            let is_common = numbers.len() == factor.levels.len();
            for (trial, number) in numbers {
                let (level, seed) = (factor.of[trial], self.design.trials[trial].seed);
                all[level].entry(seed).or_default().push(number);
                if is_common {
                    common[level].entry(seed).or_default().push(number);
                }
            }
        }
        let balanced = common.iter().all(|of_seeds| !of_seeds.is_empty());
        let of_level = |of_seeds: &BTreeMap<u64, Vec<f64>>| {
            let mean = |values: &Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
            Mean::of(&of_seeds.values().map(mean).collect::<Vec<f64>>())
        };
        (balanced, if balanced { &common } else { &all }.iter().map(of_level).collect())
    }

    fn groups(&self, curves: &[Curve], moved: &[Masking]) -> Vec<Group> {
        let told = |factor: &&Factor| !factor.repeats() && !self.design.is_named(factor);
        let factors: Vec<&Factor> = self.design.varied.iter().filter(told).collect();
        let group = |trials: Vec<usize>| {
            let setting = |factor: &Factor| Setting {
                key: factor.key,
                value: self.columns.level(factor.key, &factor.levels[factor.of[trials[0]]]),
            };
            let count = |value| trials.iter().filter(|&&trial| self.value(trial) == value).count();
            let numbers: Vec<f64> = trials.iter().filter_map(|&trial| self.number(trial)).collect();
            // A diverged trial ends early, which would distort the mean of the curve.
            let sound = || trials.iter().filter(|&&trial| self.value(trial) != Value::Diverged);
            Group {
                settings: factors.iter().map(|factor| setting(factor)).collect(),
                planned: trials.len(),
                done: trials.len() - count(Value::Missing),
                diverged: count(Value::Diverged),
                mean: Mean::of(&numbers),
                curve: mean_curve(sound().map(|&trial| &curves[trial])),
                moved: mean_masking(sound().map(|&trial| &moved[trial])),
            }
        };
        self.design.groups(factors.iter().copied()).into_iter().map(group).collect()
    }
}

fn mean_curve<'c>(curves: impl Iterator<Item = &'c Curve>) -> Vec<CurvePoint> {
    let mut epochs: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for &(epoch, accuracy) in curves.flatten() {
        epochs.entry(epoch).or_default().push(accuracy);
    }
    let point = |(epoch, values): (u32, Vec<f64>)| CurvePoint {
        epoch,
        seeds: values.len(),
        mean: values.iter().sum::<f64>() / values.len() as f64,
        low: values.iter().copied().fold(f64::INFINITY, f64::min),
        high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    };
    epochs.into_iter().map(point).collect()
}

fn mean_masking<'m>(of_seeds: impl Iterator<Item = &'m Masking>) -> Vec<MovedPoint> {
    let mut epochs: BTreeMap<u32, Vec<&Moved>> = BTreeMap::new();
    for (epoch, moved) in of_seeds.flatten() {
        epochs.entry(*epoch).or_default().push(moved);
    }
    let point = |(epoch, moved): (u32, Vec<&Moved>)| MovedPoint {
        epoch,
        seeds: moved.len(),
        mean: Moved::mean(&moved),
    };
    epochs.into_iter().map(point).collect()
}
