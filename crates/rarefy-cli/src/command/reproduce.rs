//! `rarefy reproduce`: the thesis's experiments, at three scales.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use clap::Args;
use rarefy::cell::Cell;
use rarefy::data::{ReadOptions, ReberSettings};
use rarefy::study::{DataSource, Files, Folder, Record, Sequences, Session, Study, StudyFile};
use rarefy::train::Judge;
use rarefy_papers::darji2021::{
    Design, Observer, Open, Part, Prediction, Scale, Setting, predicted_rows, trial_row,
};
use serde_json::json;

use crate::arguments::{CellsArguments, ColumnArguments, JobsArguments, RunArguments, one_of};
use crate::destination;
use crate::interrupt;
use crate::output::{note, note_loaded, print_json, print_text};
use crate::progress::Progress;
use crate::results::Written;
use crate::session::{self, ended_early};
use crate::watch::Watch;

/// Arguments of `rarefy reproduce`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../help/reproduce.txt"))]
pub struct ReproduceArguments {
    /// Size of the experiments
    #[arg(long, value_parser = one_of::<Scale>(), default_value = "laptop")]
    scale: Scale,
    /// Experiments to run
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "PART,...",
        value_parser = one_of::<Part>(),
        default_value = "pruning,structure,prediction"
    )]
    parts: Vec<Part>,
    /// Folder with train_data.csv and test_data.csv [default: newly drawn]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    columns: ColumnArguments,
    #[command(flatten)]
    cells: CellsArguments,
    /// Sequences that judge recovery after pruning
    #[arg(long, value_parser = one_of::<Judge>(), default_value_t = Judge::Validation)]
    judge: Judge,
    /// Number of seeds [default: 1; at the full scale 3 for pruning]
    ///
    /// They are --seed, --seed + 1, and so on. Data and graphs are always those of --seed.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    seeds: Option<u64>,
    #[command(flatten)]
    jobs: JobsArguments,
    /// Folder for results [default: rarefy-results/SCALE]
    #[arg(long, value_name = "DIR", value_parser = destination::folder())]
    out: Option<PathBuf>,
    #[command(flatten)]
    run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl ReproduceArguments {
    fn setting(&self) -> Setting {
        let seed = self.run.seed;
        let count = self.scale.strings();
        Setting {
            cells: self.cells.cells.clone(),
            seed,
            seeds: self.seeds,
            judge: self.judge,
            data: match &self.data {
                Some(folder) => {
                    let columns = self.columns.columns();
                    let options = ReadOptions { columns, ..ReadOptions::default() };
                    DataSource::Files(Files::in_folder(folder, options))
                }
                None => {
                    DataSource::Reber(ReberSettings { count, seed, ..ReberSettings::default() })
                }
            },
        }
    }
}

impl ReproduceArguments {
    /// Runs what is left of a study, and gives all its records.
    fn trained(
        &self,
        study: &Study,
        sequences: &Sequences,
        folder: &Folder,
        out: &Path,
    ) -> anyhow::Result<(StudyFile, Vec<Record>)> {
        let session = Session::begin(study, &sequences.corpus, folder)?;
        // Only now is it certain that the folder belongs to this study.
        sequences.write()?;
        let watch = Watch::new(study, self.run.quiet);
        let outcome = session::run(&session, self.jobs.threads(), None, watch, out)?;
        ended_early(&outcome, folder)?;
        Ok((session.file().clone(), folder.records(session.file())))
    }
}

/// Runs `rarefy reproduce`.
pub fn run(arguments: &ReproduceArguments) -> anyhow::Result<()> {
    let start = Instant::now();
    let setting = arguments.setting();
    let usual = || Path::new("rarefy-results").join(arguments.scale.name());
    let out = arguments.out.clone().unwrap_or_else(usual);
    let mut strings = None;

    let mut report = Written::default();
    let (mut rows, mut parts, mut trained) = (Vec::new(), Vec::new(), 0.0);
    let mut asked = arguments.parts.clone();
    // Each experiment once, after those it depends on, in whatever order they were given.
    asked.sort_unstable();
    asked.dedup();
    for part in asked {
        if part == Part::Prediction {
            let jobs = arguments.jobs.threads();
            let watch = Regressors { progress: OnceLock::new(), quiet: arguments.run.quiet };
            interrupt::keeps(&out, None)?;
            let found = Prediction::compute(&out, arguments.run.seed, jobs, &watch)?;
            rows.extend(found.cells.iter().flat_map(predicted_rows));
            parts.push(json!({
                "part": part.name(),
                "records": out.join(part.name()).join("records.csv"),
            }));
            report = Written::read(&out)?;
            continue;
        }
        if part == Part::Open {
            for open in Open::ALL {
                let (study, folder) = (open.study(arguments.scale, &setting), open.folder(&out));
                let own = study.data.read(folder.path(), &mut note_loaded)?;
                let records = arguments.trained(&study, &own, &folder, &out)?.1;
                let seconds: f64 = records.iter().flat_map(|record| &record.seconds).sum();
                trained += seconds;
                let mut about = json!({ "part": part.name(), "study": open.name(), "seconds_trained": seconds });
                for name in ["records", "contrasts"] {
                    about[name] = json!(folder.path().join(format!("{name}.csv")));
                }
                parts.push(about);
                report = Written::read(&out)?;
            }
            continue;
        }
        let study = arguments.scale.study(part, &setting);
        let folder = part.folder(&out);
        if strings.is_none() {
            strings = Some(setting.data.read(&out, &mut note_loaded)?);
        }
        let strings = strings.as_ref().expect("they were just read");
        let (file, records) = arguments.trained(&study, strings, &folder, &out)?;
        // The folder may hold more experiments than this run is asked for.
        let study = &Design::of(&file.study);
        let seconds: f64 = records.iter().flat_map(|record| &record.seconds).sum();
        trained += seconds;
        let tables = ["records", "curves", "times"]
            .map(|name| (name, folder.path().join(format!("{name}.csv"))));
        rows.extend(records.iter().map(|record| trial_row(part, study, record)));
        let mut about = json!({ "part": part.name(), "seconds_trained": seconds });
        if part == Part::Pruning {
            about["judge"] = json!(study.judge);
        }
        for (name, path) in tables {
            about[name] = json!(path);
        }
        parts.push(about);
        // Written after each part, so that results can be read while the next part runs.
        report = Written::read(&out)?;
    }
    if arguments.json {
        return print_json(&json!({
            "report": report.path,
            "questions": report.questions_json(),
            "open": report.open,
            "parts": parts,
            "rows": rows,
            "seconds_trained": trained,
            "seconds": start.elapsed().as_secs_f64(),
        }));
    }
    let seconds = start.elapsed().as_secs_f64();
    let Written { path, summary, .. } = report;
    print_text(&format!(
        "{summary}the report is {}; this run took {seconds:.0} s\n",
        path.display()
    ))
}

/// Shows the progress of the third part.
struct Regressors {
    progress: OnceLock<Progress>,
    quiet: bool,
}

impl Observer for Regressors {
    fn note(&self, text: &str) {
        note(text);
    }

    fn planned(&self, regressors: u64) {
        self.progress
            .get_or_init(|| Progress::new("regressor", regressors, regressors, self.quiet));
    }

    fn evaluated(&self) {
        if let Some(progress) = self.progress.get() {
            progress.advance(1, 1);
        }
    }

    fn predicted(&self, cell: Cell) {
        if let Some(progress) = self.progress.get() {
            progress.line(&format!("{cell:<9} predicted from its graphs"));
        }
    }
}
