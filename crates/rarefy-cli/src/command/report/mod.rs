//! `rarefy report`: write the report again, from the records.

mod summary;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use rarefy::cell::Cell;
use rarefy::format::write_atomically;
use rarefy::study::{DataSource, Folder, Format, Record, StudyFile, collect};
use serde_json::{Value, json};

use crate::destination;
use crate::output::{note, print_json, print_text};
use crate::prediction::Prediction;
use crate::raster::Painter;
use crate::report::{
    self, DataDescription, Design, FigureFile, Question, Report, StudyReport, Survivor,
};

/// The thesis's experiments, each in a folder of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Part {
    /// Pruning and recovery
    Pruning,
    /// Networks wired as random graphs
    Structure,
    /// Their accuracy predicted from the graphs
    Prediction,
}

impl Part {
    /// Those that are studies. What is predicted is a function of the second one's records.
    const STUDIES: [Self; 2] = [Self::Pruning, Self::Structure];

    /// As in options and folders.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pruning => "pruning",
            Self::Structure => "structure",
            Self::Prediction => "prediction",
        }
    }

    /// Its folder among the results in `out`.
    pub fn folder(self, out: &Path) -> Folder {
        Folder::new(&out.join(self.name()))
    }
}

/// Arguments of `rarefy report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads what `rarefy reproduce` left in DIR, finished or not, and writes DIR/report.html and the tables \
(records.csv, curves.csv, times.csv) of each part, and prints what `reproduce` prints at its end. Nothing is \
trained.

With --figures OUT also each figure (OUT/figure-2.svg) and each of its panels (OUT/figure-2-gru.svg), \
light on white with title and legend, as SVG and as PNG of two pixels a unit.")]
pub struct ReportArguments {
    /// Folder of results
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Write each figure and each of its panels as SVG and PNG into this folder too
    #[arg(long, value_name = "OUT", value_parser = destination::folder())]
    figures: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy report`.
pub fn run(arguments: &ReportArguments) -> anyhow::Result<()> {
    let found = Found::read(&arguments.folder)?;
    let written = found.write(&arguments.folder)?;
    if let Some(folder) = &arguments.figures {
        write_figures(&found.report(), folder)?;
    }
    if arguments.json {
        return print_json(
            &json!({ "report": written.path, "questions": written.questions_json() }),
        );
    }
    print_text(&format!("{}the report is {}\n", written.summary, written.path.display()))
}

/// A report that was written.
#[derive(Default)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// The five questions that it opens with.
    pub questions: Vec<Question>,
    /// What was found, in a few tables.
    pub summary: String,
}

impl Written {
    /// The questions as under `--json`.
    pub fn questions_json(&self) -> Vec<Value> {
        self.questions.iter().map(Question::json).collect()
    }
}

/// Writes the tables of all parts that there are results of in `out`, and the report.
pub fn write(out: &Path) -> anyhow::Result<Written> {
    Found::read(out)?.write(out)
}

/// Figures for papers: SVG, and PNG of twice the size.
fn write_figures(report: &Report, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let painter = Painter::new();
    if painter.is_none() {
        note(
            "this machine has no fonts, so that no PNG is written: install some, e.g. fonts-liberation",
        );
    }
    for FigureFile { name, svg } in report::figures(report) {
        write_atomically(&folder.join(format!("{name}.svg")), svg.as_bytes())?;
        if let Some(painter) = &painter {
            let png = painter.png(&svg).with_context(|| format!("cannot draw {name}"))?;
            write_atomically(&folder.join(format!("{name}.png")), &png)?;
        }
    }
    Ok(())
}

/// All results in a folder.
struct Found {
    pruning: Option<Results>,
    structure: Option<Results>,
    prediction: Option<Prediction>,
    survivors: Vec<Survivor>,
}

impl Found {
    fn read(out: &Path) -> anyhow::Result<Self> {
        let [pruning, structure] = Part::STUDIES.map(|part| Results::read(part, out));
        let (pruning, structure) = (pruning?, structure?);
        anyhow::ensure!(
            pruning.is_some() || structure.is_some(),
            "{} holds no results of `rarefy reproduce`: there is no {}",
            out.display(),
            Part::STUDIES.map(|part| part.name().to_owned() + "/study.json in it").join(" and no "),
        );
        for Results { folder, file, .. } in [&pruning, &structure].into_iter().flatten() {
            collect(folder, file, &[Format::Csv])?;
        }
        let survivors = pruning.as_ref().map(Results::survivors).unwrap_or_default();
        Ok(Self { pruning, structure, prediction: Prediction::read(out), survivors })
    }

    fn report(&self) -> Report<'_> {
        Report {
            pruning: self.pruning.as_ref().map(Results::report),
            survivors: &self.survivors,
            structure: self.structure.as_ref().map(Results::report),
            prediction: self.prediction.as_ref(),
        }
    }

    fn write(&self, out: &Path) -> anyhow::Result<Written> {
        let report = self.report();
        let path = out.join("report.html");
        write_atomically(&path, report::render(&report).as_bytes())?;
        let questions = report::questions(&report);
        let summary = self.summary(&questions);
        Ok(Written { path, questions, summary })
    }

    /// The tables of each part, and the verdicts.
    fn summary(&self, questions: &[Question]) -> String {
        let mut text = String::new();
        if let Some(results) = &self.pruning {
            text += &summary::pruning(&results.design, &results.records);
            text += &results.line(Part::Pruning);
        }
        if let Some(results) = &self.structure {
            text += &summary::structure(&results.design, &results.records);
            text += &results.line(Part::Structure);
        }
        text += &self.prediction.as_ref().map(summary::prediction).unwrap_or_default();
        text + &summary::questions(questions)
    }
}

/// What there is of a part.
struct Results {
    folder: Folder,
    file: StudyFile,
    design: Design,
    records: Vec<Record>,
    /// Where the strings come from, in words.
    source: String,
}

impl Results {
    /// `None` if the part was never begun.
    fn read(part: Part, out: &Path) -> anyhow::Result<Option<Self>> {
        let folder = part.folder(out);
        if !folder.exists() {
            return Ok(None);
        }
        let file = folder.study()?;
        let records = folder.records(&file);
        let source = match &file.study.data {
            DataSource::Reber(settings) => format!("generated with seed {}", settings.seed),
            DataSource::Files(files) => format!("of {}", files.train.display()),
        };
        let design = Design::of(&file.study);
        Ok(Some(Self { folder, file, design, records, source }))
    }

    /// How far it is, what it cost, and where its tables are.
    fn line(&self, part: Part) -> String {
        let seconds: f64 = self.records.iter().flat_map(|record| &record.seconds).sum();
        format!(
            "{}: {} of {} trials, {seconds:.0} s of computing, in {}\n\n",
            part.name(),
            self.records.len(),
            self.design.trials.len(),
            self.folder.path().join("records.csv").display(),
        )
    }

    /// One base model of each cell, pruned as the study did: by the largest percent short of
    /// all, in the first of its scopes. Models that are not kept, or cannot be pruned, are left
    /// out.
    fn survivors(&self) -> Vec<Survivor> {
        let Design { scopes, percents, cells, .. } = &self.design;
        let percent = percents.iter().copied().filter(|&p| p < 100.0).max_by(f64::total_cmp);
        let (Some(percent), Some(&scope)) = (percent, scopes.first()) else { return Vec::new() };
        let of = |&cell: &Cell| {
            let pruned = |r: &&Record| {
                let pruning = r.trial.pruning;
                r.trial.cell == cell
                    && r.pruned.is_some()
                    && pruning.is_some_and(|p| (p.scope, p.percent) == (scope, percent))
            };
            let record = self.records.iter().filter(pruned).min_by_key(|r| r.trial.seed)?;
            let network = self.folder.network(record)?;
            Some(Survivor { cell, seed: record.trial.seed, scope, percent, network })
        };
        cells.iter().filter_map(of).collect()
    }

    fn report(&self) -> StudyReport<'_> {
        StudyReport {
            study: &self.design,
            records: &self.records,
            data: DataDescription {
                train_strings: self.file.data.train_strings,
                test_strings: self.file.data.test_strings,
                source: &self.source,
                reber: self.file.data.reber,
            },
            version: &self.file.version,
        }
    }
}
