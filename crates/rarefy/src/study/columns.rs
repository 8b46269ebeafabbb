//! What the columns of a study's tables are, and the entries of a record in them.
//!
//! `curves.csv` has one row per epoch, with the thesis's columns (`mode`, `prune`,
//! `epoch`, `train_loss`, `train_acc`, `test_loss`, `test_acc`) among them, where `acc` is named
//! after another merit if the task has one;
//! `records.csv` one row per trial, for networks wired as graphs with the thesis's columns
//! of those (`mode`, `graph`, `graph_nr`, 23 properties, `test_acc`, `test_loss`). Both
//! are functions of the results alone; times differ from run to run and are in
//! `times.csv`, and trials that could not be computed in `failures.csv`.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::settings::key;
use super::{DataSource, Record, Settings, Study, Trial};
use crate::analysis::Summary;
use crate::format::{Entry, Kind};
use crate::graph::{DirectedProperties, Properties};
use crate::prune::Scope;
use crate::train::{Judge, Merit, Moved, Score};

/// Columns about the graph of hidden-to-hidden weights begin like this.
pub(super) const HIDDEN: &str = "hh_";
/// One of them, which is known after each epoch.
const BALANCED: &str = "hh_balanced_share";

/// The columns of one study's tables.
pub(super) struct Columns {
    /// How good answers are, by which columns are named.
    merit: Merit,
    /// Whether it prunes; what is about pruning is left out otherwise.
    prunes: bool,
    /// Whether networks are wired as graphs.
    graphs: bool,
    /// Whether training may stop early, and keep another network than the last epoch's.
    stops: bool,
    /// Whether masks move in training.
    moves: bool,
    /// The gates of cells that have several.
    gates: Vec<&'static str>,
    /// Kinds of strings, if they are those of a Reber grammar.
    kinds: Vec<&'static str>,
    /// Settings that vary and have no other column: key and name of the column.
    varied: Vec<(&'static str, String)>,
    /// What the study calls trials, by their hashes.
    called: HashMap<u64, String>,
    /// What graphs that came as files are called, by their fingerprints.
    files: HashMap<String, String>,
}

impl Columns {
    pub fn new(study: &Study, merit: Merit) -> Self {
        let (mut prunes, mut graphs, mut stops, mut again) = (false, false, false, false);
        let mut moves = false;
        let mut gates: Vec<&'static str> = Vec::new();
        for trial in study.trials() {
            prunes |= trial.selection().is_some() || trial.sparsify.is_some();
            graphs |= trial.wired.is_some();
            stops |= trial.training.patience.is_some();
            again |= trial.rounds() > 1;
            moves |= trial.sparsify.is_some();
            let own = trial.cell.gate_names();
            gates.extend(
                own.iter()
                    .filter(|gate| own.len() > 1 && !gates.contains(gate))
                    .copied()
                    .collect::<Vec<_>>(),
            );
        }
        let kinds = match &study.data {
            DataSource::Reber(settings) => settings.grammar.kinds(),
            DataSource::Problem { .. } | DataSource::Files(_) => Vec::new(),
        };
        let varied = Vec::new();
        let (called, files) = (called(study), files(study));
        let mut columns =
            Self { merit, prunes, graphs, stops, moves, gates, kinds, varied, called, files };
        let taken = [columns.records(), columns.curves()].concat();
        let varied = study.varied().into_iter().filter(|key| !Settings::row(key).told);
        // Trials of fewer rounds are among those of more, whatever varies.
        let rounds = (again && !study.varied().contains(&key::rounds)).then_some(key::rounds);
        let name = |key: &'static str| match taken.iter().any(|(name, _)| name == key) {
            true => (key, format!("asked_{key}")),
            false => (key, key.to_owned()),
        };
        columns.varied = varied.chain(rounds).map(name).collect();
        columns
    }

    /// The columns of `records.csv` that hold numbers.
    pub fn numbers(&self) -> Vec<String> {
        let is_number = |kind| matches!(kind, Kind::Integer | Kind::Real);
        self.records()
            .into_iter()
            .filter(|(_, kind)| is_number(*kind))
            .map(|(name, _)| name)
            .collect()
    }

    /// The column of the merit that judges `trials`.
    ///
    /// # Errors
    /// When it is not the same of all, in a sentence.
    pub fn judged(&self, trials: &[Trial]) -> Result<String, String> {
        let first = trials.first().map_or(Judge::Test, |trial| trial.judge());
        if trials.iter().all(|trial| trial.judge() == first) {
            return Ok(self.judging(first));
        }
        Err(format!(
            "some trials are judged on held-out sequences, others on test sequences: name a column (all \
             have {})",
            self.judging(Judge::Test)
        ))
    }

    /// The column of the merit, on these sequences, of a trial's final network.
    pub fn judging(&self, judge: Judge) -> String {
        let network = if self.stops { "kept" } else { "last" };
        self.merit_of(&format!("{network}_{judge}"))
    }

    /// The column of the merit of `whose`: `test_acc`.
    fn merit_of(&self, whose: &str) -> String {
        format!("{whose}_{}", self.merit.column())
    }

    /// The value of a key as a text: that of its column, the name of a graph's file, or `none`.
    pub fn level(&self, key: &str, value: &Value) -> String {
        let file = value.as_str().and_then(|given| self.files.get(given)).cloned();
        file.unwrap_or_else(|| match entry(value, Settings::row(key).kind) {
            Entry::Nothing => "none".to_owned(),
            entry => entry.text(),
        })
    }

    /// What all tables begin with; `mode`, `prune`, `graph` and `graph_nr` in the
    /// thesis's words.
    fn of_trial(&self) -> Vec<(String, Kind)> {
        let mut header = named(&[(key::cell, Kind::Text), (key::seed, Kind::Integer)]);
        header.extend(match self.prunes {
            true => named(&[
                (key::scope, Kind::Text),
                (key::percent, Kind::Real),
                ("mode", Kind::Text),
                ("prune", Kind::Real),
            ]),
            false => named(&[("mode", Kind::Text)]),
        });
        if self.graphs {
            header.extend(named(&[
                ("graph", Kind::Text),
                ("graph_nr", Kind::Integer),
                (key::gate_mask, Kind::Text),
            ]));
        }
        header
            .extend(self.varied.iter().map(|(key, name)| (name.clone(), Settings::row(key).kind)));
        header
    }

    /// One row per trial.
    pub fn records(&self) -> Vec<(String, Kind)> {
        let mut header = self.of_trial();
        if self.graphs {
            header.extend(Properties::NAMES.iter().map(|&name| (name.to_owned(), Kind::Real)));
            header.push((self.merit_of("test"), Kind::Real));
            header.extend(named(&[("test_loss", Kind::Real)]));
        }
        if self.prunes {
            header.extend(named(&[
                ("threshold", Kind::Real),
                ("pruned_ih", Kind::Integer),
                ("pruned_hh", Kind::Integer),
                ("sparsity", Kind::Real),
            ]));
            header.push((self.merit_of("unpruned"), Kind::Real));
        }
        header.extend(named(&[(key::epochs, Kind::Integer)]));
        let both = |whose: &str| {
            ["validation", "test"].map(|of| (self.merit_of(&format!("{whose}_{of}")), Kind::Real))
        };
        header.extend(both("first").into_iter().chain(both("last")));
        if self.merit == Merit::Accuracy {
            header.extend(named(&[("last_test_log_error", Kind::Real)]));
        }
        if self.stops {
            header.extend(named(&[("kept_epoch", Kind::Integer)]));
            header.extend(both("kept"));
        }
        if self.prunes {
            header.extend(named(&[("epochs_to_recover", Kind::Integer)]));
        }
        header.extend(named(&[
            ("parameters", Kind::Integer),
            ("weights", Kind::Integer),
            ("diverged", Kind::Flag),
        ]));
        let of_kind = |kind: &&str| (format!("recall_{kind}"), Kind::Real);
        header.extend(self.kinds.iter().map(of_kind));
        if self.prunes {
            let of_hidden = |name: &&str| (format!("{HIDDEN}{name}"), Kind::Real);
            header.extend(DirectedProperties::NAMES.iter().map(of_hidden));
            let of_gate = |gate: &&str| (format!("{HIDDEN}balanced_share_{gate}"), Kind::Real);
            header.extend(self.gates.iter().map(of_gate));
        }
        header
    }

    /// One row per epoch of each trial.
    pub fn curves(&self) -> Vec<(String, Kind)> {
        let mut header = self.of_trial();
        header.extend(named(&[("epoch", Kind::Integer)]));
        for whose in ["train", "validation", "test"] {
            header.push((format!("{whose}_loss"), Kind::Real));
            header.push((self.merit_of(whose), Kind::Real));
        }
        if self.moves {
            header.extend(named(&[
                ("sparsity", Kind::Real),
                ("replaced", Kind::Real),
                ("kept_of_first", Kind::Real),
                ("shared_with_magnitude", Kind::Real),
                (BALANCED, Kind::Real),
            ]));
        }
        header
    }

    /// One row per trial: wall-clock seconds, summed over epochs.
    pub fn times(&self) -> Vec<(String, Kind)> {
        let mut header = self.of_trial();
        header.extend(named(&[("time", Kind::Real)]));
        header
    }

    /// One row per trial that could not be computed.
    pub fn failures(&self) -> Vec<(String, Kind)> {
        let mut header = self.of_trial();
        header.extend(named(&[("error", Kind::Text)]));
        header
    }

    pub fn record_row(&self, record: &Record) -> Vec<Entry> {
        let pruned = record.pruned.as_ref();
        let (first, last, kept) = (record.epochs.first(), record.epochs.last(), record.kept());
        let mut row = self.trial_entries(&record.trial);
        if self.graphs {
            let value = |name: &&str| record.properties.as_ref()?.get(*name).copied().flatten();
            row.extend(Properties::NAMES.iter().map(|name| Entry::from(value(name))));
            let test = kept.map(|kept| &kept.test);
            row.extend([merit(test), test.map(|test| test.loss_sum).into()]);
        }
        if self.prunes {
            // A 32-bit float as it is written, not as its 64-bit neighbour would be.
            let threshold = pruned.and_then(|pruned| pruned.threshold?.to_string().parse().ok());
            row.extend([
                threshold.map_or(Entry::Nothing, Entry::Real),
                pruned.map(|pruned| pruned.pruned_ih).into(),
                pruned.map(|pruned| pruned.pruned_hh).into(),
                pruned.map(|pruned| pruned.sparsity).into(),
                record.unpruned_accuracy.into(),
            ]);
        }
        row.extend([
            last.map(|last| last.epoch).into(),
            merit(first.and_then(|first| first.validation.as_ref())),
            merit(first.map(|first| &first.test)),
            merit(last.and_then(|last| last.validation.as_ref())),
            merit(last.map(|last| &last.test)),
        ]);
        if self.merit == Merit::Accuracy {
            row.push(last.and_then(|last| last.test.log_error()).into());
        }
        if self.stops {
            row.extend([
                kept.map(|kept| kept.epoch).into(),
                merit(kept.and_then(|kept| kept.validation.as_ref())),
                merit(kept.map(|kept| &kept.test)),
            ]);
        }
        if self.prunes {
            row.push(record.epochs_to_recover.into());
        }
        row.extend([
            record.parameters.into(),
            record.weights.into(),
            record.diverged.is_some().into(),
        ]);
        row.extend(self.kinds.iter().map(|kind| {
            let recall = record.recall.as_ref().and_then(|recall| recall.get(*kind));
            Entry::from(recall.map(|&[right, all]| right as f64 / all.max(1) as f64))
        }));
        if self.prunes {
            let gates = record.connections.iter().flat_map(|measured| measured.values());
            let gates: Vec<_> = gates.collect();
            let mean = |name: &&str| {
                let of_gates: Vec<f64> =
                    gates.iter().filter_map(|gate| *gate.get(*name)?).collect();
                Entry::from(Summary::of(&of_gates).map(|summary| summary.mean))
            };
            row.extend(DirectedProperties::NAMES.iter().map(mean));
            let share =
                |gate: &&str| *record.connections.as_ref()?.get(*gate)?.get("balanced_share")?;
            row.extend(self.gates.iter().map(|gate| Entry::from(share(gate))));
        }
        row
    }

    pub fn curve_rows<'r>(&'r self, record: &'r Record) -> impl Iterator<Item = Vec<Entry>> + 'r {
        record.epochs.iter().map(|epoch| {
            let mut row = self.trial_entries(&record.trial);
            row.push(epoch.epoch.into());
            for score in [epoch.train.as_ref(), epoch.validation.as_ref(), Some(&epoch.test)] {
                row.extend([score.map(|score| score.loss_sum).into(), merit(score)]);
            }
            if self.moves {
                let moved = epoch.moved.as_ref();
                let of = |share: fn(&Moved) -> f64| Entry::from(moved.map(share));
                row.extend([
                    of(|m| m.sparsity),
                    of(|m| m.replaced),
                    of(|m| m.first),
                    of(|m| m.magnitude),
                    moved.and_then(|moved| moved.balanced).into(),
                ]);
            }
            row
        })
    }

    pub fn time_row(&self, record: &Record) -> Vec<Entry> {
        let mut row = self.trial_entries(&record.trial);
        let seconds: f64 = record.seconds.iter().sum();
        row.push(((seconds * 1e3).round() / 1e3).into());
        row
    }

    pub fn failure_row(&self, trial: &Trial, error: &str) -> Vec<Entry> {
        let mut row = self.trial_entries(trial);
        row.push(error.into());
        row
    }

    /// The entries under [`Self::of_trial`].
    fn trial_entries(&self, trial: &Trial) -> Vec<Entry> {
        let cell = trial.cell.name();
        let mut row = vec![cell.into(), entry(&trial.value(key::seed), Kind::Integer)];
        if self.prunes {
            let (scope, percent, suffix) = match trial.selection() {
                None => (Entry::Nothing, 0.0, ""),
                Some(selection) => {
                    let suffix = match selection.scope {
                        Scope::Both => "_prune",
                        Scope::Ih => "_prune_i2h",
                        Scope::Hh => "_prune_h2h",
                    };
                    (selection.scope.name().into(), selection.percent, suffix)
                }
            };
            let mode = Entry::Text(format!("{cell}{suffix}"));
            row.extend([scope, percent.into(), mode, percent.into()]);
        } else {
            row.push(Entry::Text(cell.to_uppercase()));
        }
        if self.graphs {
            let wired = trial.wired.as_ref();
            row.extend([
                match wired.and_then(|wired| wired.given.as_ref()) {
                    None => wired.map(|wired| Entry::Text(wired.family_name())).into(),
                    Some(given) => Entry::Text(self.files.get(given).unwrap_or(given).clone()),
                },
                wired.filter(|wired| wired.given.is_none()).map(|wired| wired.number).into(),
                wired.map(|wired| wired.gate_mask.name()).into(),
            ]);
        }
        row.extend(self.varied.iter().map(|(key, _)| match *key {
            key::method => self.called.get(&trial.hash()).cloned().map(Entry::Text).into(),
            key => entry(&trial.value(key), Settings::row(key).kind),
        }));
        row
    }
}

/// What the study calls the trials that have a name.
fn called(study: &Study) -> HashMap<u64, String> {
    if !study.says(|settings| settings.method.is_some()) {
        return HashMap::new();
    }
    study.asked().filter_map(|(settings, trial)| Some((trial.hash(), settings.method?))).collect()
}

/// Names of graph files by the fingerprints of their graphs; where two graphs came by one name,
/// as one whose file was changed, each with its fingerprint.
fn files(study: &Study) -> HashMap<String, String> {
    let files: BTreeSet<(&str, &str)> = study.graph_files().into_iter().collect();
    let several = |name: &str| files.iter().filter(|(other, _)| *other == name).count() > 1;
    let called = |&(name, given): &(&str, &str)| match several(name) {
        true => (given.to_owned(), format!("{name}#{given}")),
        false => (given.to_owned(), name.to_owned()),
    };
    files.iter().map(called).collect()
}

fn named(columns: &[(&str, Kind)]) -> Vec<(String, Kind)> {
    columns.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect()
}

/// What a setting is in a table.
fn entry(value: &Value, kind: Kind) -> Entry {
    match (value, kind) {
        (Value::Null, _) => Entry::Nothing,
        (value, Kind::Real) => value.as_f64().into(),
        (value, Kind::Integer) => value.as_i64().map_or(Entry::Nothing, Entry::Integer),
        (Value::String(text), _) => Entry::Text(text.clone()),
        // `50,50,50`
        (value, _) => Entry::Text(value.to_string().replace(['[', ']'], "")),
    }
}

fn merit(score: Option<&Score>) -> Entry {
    score.map(Score::merit).into()
}
