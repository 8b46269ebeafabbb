//! `rarefy report`: write the report again, from the records.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rarefy::format::write_atomically;
use rarefy::study::{DataSource, Folder, Format, Record, StudyFile, collect};

use crate::arguments::print_text;
use crate::prediction::Prediction;
use crate::report::{self, DataDescription, Design, Question, Report, StudyReport};

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
(records.csv, curves.csv, times.csv) of each part. Nothing is trained.")]
pub struct ReportArguments {
    /// Folder of results
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Runs `rarefy report`.
pub fn run(arguments: &ReportArguments) -> anyhow::Result<()> {
    let written = write(&arguments.folder)?;
    print_text(&format!("{}\n", written.path.display()))
}

/// A report that was written.
#[derive(Default)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// The five questions that it opens with.
    pub questions: Vec<Question>,
}

/// Writes the tables of all parts that there are results of in `out`, and the report.
pub fn write(out: &Path) -> anyhow::Result<Written> {
    let [pruning, structure] = Part::STUDIES.map(|part| Results::read(part, out));
    let (pruning, structure) = (pruning?, structure?);
    let found = [&pruning, &structure];
    anyhow::ensure!(
        found.iter().any(|results| results.is_some()),
        "{} holds no results of `rarefy reproduce`: there is no {}",
        out.display(),
        Part::STUDIES.map(|part| part.name().to_owned() + "/study.json in it").join(" and no "),
    );
    for Results { folder, file, .. } in found.into_iter().flatten() {
        collect(folder, file, &[Format::Csv])?;
    }
    let prediction = Prediction::read(out);
    let report = Report {
        pruning: pruning.as_ref().map(Results::report),
        structure: structure.as_ref().map(Results::report),
        prediction: prediction.as_ref(),
    };
    let path = out.join("report.html");
    write_atomically(&path, report::render(&report).as_bytes())?;
    Ok(Written { path, questions: report::questions(&report) })
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
