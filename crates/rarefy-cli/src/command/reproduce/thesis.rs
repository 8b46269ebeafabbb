//! `rarefy reproduce darji2021`: the thesis's experiments.

use std::sync::OnceLock;
use std::time::Instant;

use rarefy::cell::Cell;
use rarefy::data::{ReadOptions, ReberSettings};
use rarefy::study::{DataSource, Files};
use rarefy::train::Judge;
use rarefy_papers::darji2021::{
    Design, Observer, Open, Part, Prediction, Setting, predicted_rows, strings, trial_row,
};
use serde_json::json;

use super::arguments::ReproduceArguments;
use crate::interrupt;
use crate::output::{note, note_loaded, print_json, print_text};
use crate::progress::Progress;
use crate::results::Written;

/// The parts that are run unless others are named.
const USUAL: [Part; 3] = [Part::Pruning, Part::Structure, Part::Prediction];

/// Runs `rarefy reproduce darji2021`.
pub fn run(arguments: &ReproduceArguments) -> anyhow::Result<()> {
    let start = Instant::now();
    let setting = setting(arguments);
    // Each experiment comes after those it depends on, in whatever order they were given.
    let asked = arguments.parts(&USUAL)?;
    let out = arguments.out()?;
    let mut strings = None;

    let mut report = Written::default();
    let (mut rows, mut parts, mut trained) = (Vec::new(), Vec::new(), 0.0);
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
        let study = part.study(arguments.scale, &setting);
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

/// The settings that the arguments say.
fn setting(arguments: &ReproduceArguments) -> Setting {
    let seed = arguments.run.seed;
    let count = strings(arguments.scale);
    Setting {
        cells: arguments.cells.cells.clone(),
        seed,
        seeds: arguments.seeds,
        judge: arguments.judge.unwrap_or(Judge::Validation),
        data: match &arguments.data {
            Some(folder) => {
                let columns = arguments.columns.columns();
                let options = ReadOptions { columns, ..ReadOptions::default() };
                DataSource::Files(Files::in_folder(folder, options))
            }
            None => DataSource::Reber(ReberSettings { count, seed, ..ReberSettings::default() }),
        },
    }
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
