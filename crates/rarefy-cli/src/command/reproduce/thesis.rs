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

use super::arguments::{ReproduceArguments, about, seconds_trained};
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
    let (mut rows, mut parts, mut left_out, mut trained) =
        (Vec::new(), Vec::new(), Vec::new(), 0.0);
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
                if let Some(missing) = arguments.missing(open.name(), &open.shipped()) {
                    left_out.push(missing);
                    continue;
                }
                let (study, folder) = (open.study(arguments.scale, &setting), open.folder(&out));
                let own = study.data.read(folder.path(), &mut note_loaded)?;
                let records = arguments.trained(&study, &own, &folder, &out)?.1;
                trained += seconds_trained(&records);
                let mut about = about(part.name(), &records, &folder, &["records", "contrasts"]);
                about["study"] = json!(open.name());
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
        trained += seconds_trained(&records);
        rows.extend(records.iter().map(|record| trial_row(part, study, record)));
        let mut about = about(part.name(), &records, &folder, &["records", "curves", "times"]);
        if part == Part::Pruning {
            about["judge"] = json!(study.judge);
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
            "left_out": left_out,
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
        data: data(arguments).unwrap_or(DataSource::Reber(ReberSettings {
            count,
            seed,
            ..ReberSettings::default()
        })),
        folder: arguments.data.clone(),
    }
}

/// The files of strings that the arguments say; `None` if strings are drawn. A folder may be there for the
/// data of what is open alone.
fn data(arguments: &ReproduceArguments) -> Option<DataSource> {
    let folder = arguments.data.as_deref()?;
    let columns = arguments.columns.columns();
    let files = Files::in_folder(folder, ReadOptions { columns, ..ReadOptions::default() });
    let is_there = |open: &Open| {
        let shipped = open.shipped();
        shipped.source.is_some() && shipped.missing(Some(folder)).is_empty()
    };
    let is_for_others = !files.train.exists() && Open::ALL.iter().any(is_there);
    (!is_for_others).then_some(DataSource::Files(files))
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
