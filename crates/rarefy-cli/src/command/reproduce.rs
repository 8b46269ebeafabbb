//! `rarefy reproduce`: the thesis's experiments, at three scales.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use clap::{Args, ValueEnum};
use rarefy::cell::Cell;
use rarefy::data::{
    Columns, Dataset, LabelledText, Labels, ReberSettings, VALID, Vocabulary, generate,
    read_labelled_texts, reber, to_csv,
};
use rarefy::format::write_atomically;
use rarefy::prune::Scope;
use rarefy::study::{
    DataSource, Folder, Observer, PruningStudy, Record, StudyData, Trial, run as run_study,
};
use rarefy::train::{self, EpochResult, Training};
use serde_json::json;

use super::report;
use crate::arguments::{ColumnArguments, Judge, RunArguments, print_json, print_text};
use crate::progress::Progress;

/// Arguments of `rarefy reproduce`.
#[derive(Debug, Args)]
#[command(after_help = "\
The pruning experiment: train a base model of each cell, prune it by 10 to 100 percent in three \
scopes, retrain, and count the epochs until it is as good as before. Every finished trial is on \
disk at once; the same command again goes on where it was stopped. Open DIR/report.html at the end.

Examples:
  rarefy reproduce                                  a few minutes
  rarefy reproduce --scale full --out thesis        the thesis's own numbers of epochs
  rarefy reproduce --cells gru,lstm --seeds 3 --judge test")]
pub struct ReproduceArguments {
    /// How much of it
    #[arg(long, default_value = "laptop")]
    scale: Scale,
    /// Which experiments
    #[arg(long, value_delimiter = ',', value_name = "PART,...", default_value = "pruning")]
    parts: Vec<Part>,
    /// Which cells
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "CELL,...",
        default_value = "rnn_tanh,rnn_relu,gru,lstm"
    )]
    cells: Vec<Cell>,
    /// Base models of each cell, with the seeds --seed, --seed + 1, ...
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// Which strings judge recovery
    #[arg(long, default_value = "validation")]
    judge: Judge,
    /// Folder for results [default: rarefy-results/SCALE]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Folder with train_data.csv and test_data.csv [default: drawn anew, as by `rarefy data reber`]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    columns: ColumnArguments,
    #[command(flatten)]
    run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scale {
    /// Seconds: little data and few epochs, to see that everything works
    Smoke,
    /// Minutes: all data, fewer epochs than the thesis
    Laptop,
    /// The thesis's own: 50 epochs, then 10 after each pruning
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Pruning and recovery
    Pruning,
}

/// Share of the training data held out to judge recovery.
const VALIDATION_SHARE: f64 = 0.1;

impl ReproduceArguments {
    fn study(&self) -> PruningStudy {
        let seed = self.run.seed;
        let (name, count, base_epochs, recovery_epochs, percents): (_, _, _, _, &[f64]) =
            match self.scale {
                Scale::Smoke => ("smoke", 2_000, 3, 1, &[50.0, 90.0]),
                Scale::Laptop => ("laptop", 25_000, 8, 2, &[40.0, 60.0, 70.0, 80.0, 90.0, 100.0]),
                Scale::Full => (
                    "full",
                    25_000,
                    50,
                    10,
                    &[10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0],
                ),
            };
        let data = match &self.data {
            Some(folder) => {
                DataSource::Folder { path: folder.clone(), columns: self.columns.columns() }
            }
            None => DataSource::Reber(ReberSettings { count, seed, ..ReberSettings::default() }),
        };
        let judge = train::Judge::from(self.judge);
        let mut cells = Vec::new();
        for &cell in &self.cells {
            if !cells.contains(&cell) {
                cells.push(cell);
            }
        }
        PruningStudy {
            scale: name.to_owned(),
            cells,
            seeds: (0..self.seeds).map(|offset| seed.wrapping_add(offset)).collect(),
            scopes: Scope::ALL.to_vec(),
            percents: percents.to_vec(),
            layers: vec![50, 50, 50],
            base_epochs,
            recovery_epochs,
            tolerance: 0.01,
            judge,
            validation_share: match judge {
                train::Judge::Validation => VALIDATION_SHARE,
                train::Judge::Test => 0.0,
            },
            training: Training::default(),
            data,
        }
    }
}

/// Runs `rarefy reproduce`.
pub fn run(arguments: &ReproduceArguments) -> anyhow::Result<()> {
    let start = Instant::now();
    let study = arguments.study();
    let out =
        arguments.out.clone().unwrap_or_else(|| Path::new("rarefy-results").join(&study.scale));
    let folder = Folder::new(&out);
    let data = read_data(&study, &folder)?;

    let watch = Watch::new(&study, arguments.run.quiet);
    let records = run_study(&study, &data, &folder, arguments.run.jobs(), &watch)?;
    drop(watch);
    let report = report::write(&folder, &folder.study()?, &records)?;

    if arguments.json {
        return print_json(&json!({
            "report": report,
            "records": out.join("records.csv"),
            "curves": out.join("curves.csv"),
            "trials": records.len(),
            "seconds": start.elapsed().as_secs_f64(),
        }));
    }
    print_text(&summary(&study, &records))?;
    print_text(&format!(
        "{} trials, {:.0} s\nreport   {}\nrecords  {}\n         {}\n",
        records.len(),
        start.elapsed().as_secs_f64(),
        report.display(),
        out.join("records.csv").display(),
        out.join("curves.csv").display(),
    ))
}

/// The strings of a study; those that are drawn are left in its folder as files.
fn read_data(study: &PruningStudy, folder: &Folder) -> anyhow::Result<StudyData> {
    let (train_path, test_path, train, test) = match &study.data {
        DataSource::Folder { path, columns } => {
            let (train, test) = (path.join("train_data.csv"), path.join("test_data.csv"));
            let rows = [&train, &test].map(|path| read_labelled_texts(path, columns));
            let [train_rows, test_rows] = rows;
            (train, test, train_rows?, test_rows?)
        }
        DataSource::Reber(settings) => {
            let data = generate(settings)?;
            let at = |name: &str| folder.path().join("data").join(name);
            let (train, test) = (at("train_data.csv"), at("test_data.csv"));
            for (path, rows) in [(&train, &data.train), (&test, &data.test)] {
                write_atomically(path, &to_csv(rows, &Columns::default()))
                    .with_context(|| format!("cannot write {}", path.display()))?;
            }
            (train, test, data.train, data.test)
        }
    };
    let grammar = reber();
    let valid = |row: &LabelledText| grammar.accepts(&row.text) == (row.label == VALID);
    let is_reber = train.iter().chain(&test).all(valid);
    let vocabulary = Vocabulary::of_texts(train.iter().map(|row| row.text.as_str()));
    let labels = Labels::of(train.iter().map(|row| row.label.as_str()));
    let encode =
        |path: &Path, rows: &[LabelledText]| Dataset::encode(path, rows, &vocabulary, &labels);
    let (train, test) = (encode(&train_path, &train)?, encode(&test_path, &test)?);
    Ok(StudyData { train, test, vocabulary, labels, reber: is_reber })
}

/// Shows a study run.
struct Watch<'a> {
    study: &'a PruningStudy,
    progress: std::sync::OnceLock<Progress>,
    quiet: bool,
}

impl<'a> Watch<'a> {
    fn new(study: &'a PruningStudy, quiet: bool) -> Self {
        Self { study, progress: std::sync::OnceLock::new(), quiet }
    }
}

impl Observer for Watch<'_> {
    fn planned(&self, trials: &[Trial], found_done: usize) {
        let epochs = trials.iter().map(|trial| u64::from(self.study.epochs(trial))).sum();
        let progress = self.progress.get_or_init(|| Progress::new(epochs, self.quiet));
        let already = match found_done {
            0 => String::new(),
            done => format!(", {done} done before"),
        };
        progress.line(&format!("{} trials to run, {epochs} epochs{already}", trials.len()));
    }

    fn epoch(&self, _: &Trial, result: &EpochResult) {
        if let Some(progress) = self.progress.get()
            && result.epoch > 0
        {
            progress.epoch();
        }
    }

    fn done(&self, record: &Record) {
        let Some(progress) = self.progress.get() else { return };
        let planned = self.study.epochs(&record.trial);
        let last = record.epochs.last();
        let run = last.map_or(0, |last| last.epoch);
        progress.skip(u64::from(planned.saturating_sub(run)));
        let mut line = format!("{:<24}", record.trial.name());
        if let Some(last) = last {
            line += &format!(" accuracy {:.4}", last.judged(self.study.judge).accuracy());
        }
        if let Some(diverged) = &record.diverged {
            line += &format!(" {diverged}");
        } else if record.trial.pruning.is_some() {
            line += &match record.epochs_to_recover {
                Some(0) => "   nothing to recover".to_owned(),
                Some(epochs) => format!("   recovered after {epochs}"),
                None => "   not recovered".to_owned(),
            };
        }
        progress.line(&line);
    }
}

/// A few lines for the terminal; the report has the rest.
fn summary(study: &PruningStudy, records: &[Record]) -> String {
    let mut text = format!(
        "{:<9} {:<6} {:>9}  accuracy after pruning -> after {} epochs of retraining\n",
        "cell", "scope", "unpruned", study.recovery_epochs
    );
    for &cell in &study.cells {
        for &scope in &study.scopes {
            let of = |percent: Option<f64>| {
                records.iter().find(move |record| {
                    let trial = &record.trial;
                    trial.cell == cell
                        && trial.seed == study.seeds[0]
                        && trial.pruning.map(|p| (p.scope, p.percent))
                            == percent.map(|p| (scope, p))
                })
            };
            let accuracy = |result: Option<&EpochResult>| {
                result.map_or(f64::NAN, |result| result.judged(study.judge).accuracy())
            };
            let base = accuracy(of(None).and_then(|record| record.epochs.last()));
            text += &format!("{cell:<9} {scope:<6} {base:>9.4}");
            for percent in [80.0, 90.0] {
                if let Some(record) = of(Some(percent)) {
                    let (first, last) = (record.epochs.first(), record.epochs.last());
                    text +=
                        &format!("  {percent} %: {:.4} -> {:.4}", accuracy(first), accuracy(last));
                }
            }
            text.push('\n');
        }
    }
    text
}
