//! `rarefy reproduce`: the thesis's experiments, at three scales.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};
use rarefy::cell::Cell;
use rarefy::data::{
    Columns, Corpus, LabelledText, ReberSettings, generate, read_labelled_texts, to_csv,
};
use rarefy::format::{WriteError, write_atomically};
use rarefy::prune::Scope;
use rarefy::study::{DataSource, Folder, Observer, PruningStudy, Record, Session, Trial};
use rarefy::train::{self, EpochResult, Training, epochs_to_recover};
use serde_json::json;

use super::report;
use crate::arguments::{
    ColumnArguments, Judge, RunArguments, at_least_one, print_json, print_text,
};
use crate::progress::Progress;

/// Arguments of `rarefy reproduce`.
#[derive(Debug, Args)]
#[command(after_help = "\
The pruning experiment: train a base model of each cell, prune it by 10 to 100 percent in three \
scopes, retrain, and count the epochs until its accuracy is within 0.01 of what it was. Every \
finished trial is on disk at once; the same command again goes on where it was stopped, and \
`rarefy report DIR` shows what there is by then. Other --cells or --seeds in the same DIR are added \
to it. Open DIR/report.html at the end.

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
    /// Base models of each cell, with the seeds --seed, --seed + 1, ...; the data stays that of --seed
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = seeds)]
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
    /// Threads to use [default: all cores]; the records do not depend on it
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scale {
    /// Seconds: 2,000 strings, 3 epochs, then 1 after pruning 50 and 90 percent: to see that it works
    Smoke,
    /// 3 to 5 minutes on two cores: 25,000 strings, 8 epochs, then 2 after pruning 40, 60, 70, 80, 90 and 100 percent
    Laptop,
    /// Half an hour on two cores: the thesis's own 50 epochs, then 10 after pruning 10, 20, ... 100 percent
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Pruning and recovery
    Pruning,
}

fn seeds(text: &str) -> Result<u64, String> {
    let count = text.parse().ok().filter(|count| (1..=10_000).contains(count));
    count.ok_or_else(|| "expected a whole number, 1 to 10000".to_owned())
}

/// Share of the training data held out to judge recovery.
const VALIDATION_SHARE: f64 = 0.1;

impl ReproduceArguments {
    fn jobs(&self) -> usize {
        let all = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.jobs.unwrap_or_else(all).get()
    }

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
    let drawn = Drawn::read(&study, &folder)?;
    let session = Session::begin(&study, &drawn.corpus, &folder)?;
    // Only now that the folder is ours.
    drawn.write()?;

    let watch = Watch::new(&study, arguments.run.quiet);
    let records = session.run(arguments.jobs(), &watch)?;
    drop(watch);
    let report = report::write(&folder, session.file(), &records)?;
    // The folder may hold more than was asked for now.
    let study = &session.file().study;
    let trained: f64 = records.iter().flat_map(|record| &record.seconds).sum();

    if arguments.json {
        return print_json(&json!({
            "report": report,
            "records": out.join("records.csv"),
            "curves": out.join("curves.csv"),
            "judge": study.judge,
            "rows": records.iter().map(|record| row(study, record)).collect::<Vec<_>>(),
            "seconds_trained": trained,
            "seconds": start.elapsed().as_secs_f64(),
        }));
    }
    print_text(&summary(study, &records))?;
    print_text(&format!(
        "{} of {} trials, {:.0} s of computing, {:.0} s now\nreport   {}\nrecords  {}\n         {}\n",
        records.len(),
        study.trials().len(),
        trained,
        start.elapsed().as_secs_f64(),
        report.display(),
        out.join("records.csv").display(),
        out.join("curves.csv").display(),
    ))
}

/// One trial as it stands under `--json`.
fn row(study: &PruningStudy, record: &Record) -> serde_json::Value {
    let (first, last) = (record.epochs.first(), record.epochs.last());
    let judged =
        |result: Option<&EpochResult>| result.map(|result| result.judged(study.judge).accuracy());
    let test = |result: Option<&EpochResult>| result.map(|result| result.test.accuracy());
    let pruning = record.trial.pruning;
    json!({
        "cell": record.trial.cell,
        "seed": record.trial.seed,
        "scope": pruning.map(|pruning| pruning.scope),
        "percent": pruning.map_or(0.0, |pruning| pruning.percent),
        "unpruned_accuracy": record.unpruned_accuracy,
        "first_judged_accuracy": judged(first),
        "last_judged_accuracy": judged(last),
        "first_test_accuracy": test(first),
        "last_test_accuracy": test(last),
        "epochs_to_recover": record.epochs_to_recover,
        "diverged": record.diverged.is_some(),
    })
}

/// The strings of a study, and the files that those drawn are to be left in.
struct Drawn {
    corpus: Corpus,
    files: Vec<(PathBuf, Vec<LabelledText>)>,
}

impl Drawn {
    fn read(study: &PruningStudy, folder: &Folder) -> anyhow::Result<Self> {
        let paths =
            |folder: &Path| ["train_data.csv", "test_data.csv"].map(|name| folder.join(name));
        let ([train_path, test_path], train, test) = match &study.data {
            DataSource::Folder { path, columns } => {
                let paths = paths(path);
                let [train, test] = paths.each_ref().map(|path| read_labelled_texts(path, columns));
                (paths, train?, test?)
            }
            DataSource::Reber(settings) => {
                let data = generate(settings)?;
                (paths(&folder.path().join("data")), data.train, data.test)
            }
        };
        let corpus = Corpus::encode((&train_path, &train), (&test_path, &test))?;
        let files = match study.data {
            DataSource::Folder { .. } => Vec::new(),
            DataSource::Reber(_) => vec![(train_path, train), (test_path, test)],
        };
        Ok(Self { corpus, files })
    }

    fn write(&self) -> Result<(), WriteError> {
        let columns = Columns::default();
        self.files
            .iter()
            .try_for_each(|(path, rows)| write_atomically(path, &to_csv(rows, &columns)))
    }
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
        let epochs = |trial: &Trial| u64::from(self.study.epochs(trial));
        let all = trials.iter().map(epochs).sum();
        let cost = trials.iter().map(|trial| epochs(trial) * cost(trial)).sum();
        let progress = self.progress.get_or_init(|| Progress::new("epochs", all, cost, self.quiet));
        let already = match found_done {
            0 => String::new(),
            done => format!("; done before: trials {done}"),
        };
        progress.line(&format!("to run: trials {}, epochs {all}{already}", trials.len()));
    }

    fn epoch(&self, trial: &Trial, result: &EpochResult) {
        if let Some(progress) = self.progress.get()
            && result.epoch > 0
        {
            progress.advance(1, cost(trial));
        }
    }

    fn done(&self, record: &Record) {
        let Some(progress) = self.progress.get() else { return };
        let last = record.epochs.last();
        let run = last.map_or(0, |last| last.epoch);
        let not_run = u64::from(self.study.epochs(&record.trial).saturating_sub(run));
        progress.advance(not_run, not_run * cost(&record.trial));
        let mut line = format!("{:<24}", record.trial.name());
        let PruningStudy { judge, tolerance, .. } = *self.study;
        if let Some(last) = last {
            let accuracy = last.judged(judge).accuracy();
            line += &format!(" {} accuracy {accuracy:.4}", judging(self.study));
        }
        if let Some(diverged) = &record.diverged {
            line += &format!(" {diverged}");
        } else if let (Some(unpruned), Some(last)) = (record.unpruned_accuracy, last) {
            let last = std::slice::from_ref(last);
            let lost = epochs_to_recover(last, judge, unpruned, tolerance).is_none();
            line += &match (record.epochs_to_recover, lost) {
                (None, _) => "   not recovered".to_owned(),
                (Some(_), true) => "   recovered, then lost again".to_owned(),
                (Some(0), false) => "   nothing to recover".to_owned(),
                (Some(1), false) => "   recovered after 1 epoch".to_owned(),
                (Some(epochs), false) => format!("   recovered after {epochs} epochs"),
            };
        }
        progress.line(&line);
    }
}

/// What an epoch of a trial costs beside those of other cells, as measured.
fn cost(trial: &Trial) -> u64 {
    match trial.cell {
        Cell::RnnTanh => 4,
        Cell::RnnRelu => 3,
        Cell::Gru => 9,
        Cell::Lstm => 12,
    }
}

/// What the strings that judge recovery are called.
fn judging(study: &PruningStudy) -> &'static str {
    match study.judge {
        train::Judge::Validation => "held-out",
        train::Judge::Test => "test",
    }
}

/// A few lines for the terminal, on test strings; the report has the rest.
fn summary(study: &PruningStudy, records: &[Record]) -> String {
    let seeds = match study.seeds.len() {
        1 => String::new(),
        count => format!(", means of {count} seeds"),
    };
    let epochs = match study.recovery_epochs {
        1 => "1 epoch".to_owned(),
        count => format!("{count} epochs"),
    };
    let mut text = format!(
        "test accuracy{seeds}: unpruned, then right after pruning -> after {epochs} of retraining\n\
         {:<9} {:<6} {:>8}",
        "cell", "scope", "unpruned"
    );
    // The largest but 100, where all but one weight is gone: room for two.
    let mut shown: Vec<f64> =
        study.percents.iter().copied().filter(|&percent| percent < 100.0).collect();
    shown.drain(..shown.len().saturating_sub(2));
    for percent in &shown {
        text += &format!("   {:<16}", format!("{percent} % pruned"));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    for &cell in &study.cells {
        let base = mean(records, |record| {
            let trial = &record.trial;
            let last =
                (trial.cell == cell && trial.pruning.is_none()).then(|| record.epochs.last());
            last.flatten()
        });
        for &scope in &study.scopes {
            text += &format!("{cell:<9} {scope:<6} {base:>8.4}");
            for &percent in &shown {
                let pruned = |record: &Record| {
                    let pruning = record.trial.pruning;
                    record.trial.cell == cell
                        && pruning.is_some_and(|p| p.scope == scope && p.percent == percent)
                };
                let of = |result: for<'a> fn(&'a [EpochResult]) -> Option<&'a EpochResult>| {
                    mean(records, |record| pruned(record).then(|| result(&record.epochs)).flatten())
                };
                text += &format!("   {:.4} -> {:.4}", of(<[_]>::first), of(<[_]>::last));
            }
            text.push('\n');
        }
    }
    text
}

/// The mean test accuracy of the epochs that are picked.
fn mean(records: &[Record], pick: impl Fn(&Record) -> Option<&EpochResult>) -> f64 {
    let picked: Vec<f64> =
        records.iter().filter_map(pick).map(|epoch| epoch.test.accuracy()).collect();
    picked.iter().sum::<f64>() / picked.len() as f64
}
