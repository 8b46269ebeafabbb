//! The results of the thesis's experiments in a folder.

use std::path::{Path, PathBuf};

use rarefy::cell::Cell;
use rarefy::data::{Drawing, ReberSettings};
use rarefy::format::write_atomically;
use rarefy::study::{DataSource, Folder, Format, KnownTask, Record, StudyFile, collect};
use rarefy_view::figure::Figure;

use super::error::Error;
use super::open::{Open, OpenResults};
use super::part::Part;
use super::prediction::Prediction;
use super::report::{self, DataDescription, Design, Question, Report, StudyReport, Survivor};

/// All results in a folder, whether the experiments have ended or not.
pub struct Results {
    /// Pruning and recovery; `None` if it was never begun.
    pub pruning: Option<PartResults>,
    /// Networks wired as random graphs; `None` if they were never begun.
    pub structure: Option<PartResults>,
    /// The prediction of accuracy, if there is one.
    pub prediction: Option<Prediction>,
    /// The studies of what the thesis left open that were begun.
    pub open: Vec<OpenResults>,
    survivors: Vec<Survivor>,
}

/// The results of a part that is a study.
pub struct PartResults {
    /// The study's folder.
    pub folder: Folder,
    /// The study's design.
    pub design: Design,
    /// The records so far.
    pub records: Vec<Record>,
    file: StudyFile,
    /// Where the sequences come from, in words.
    source: String,
}

impl Results {
    /// Reads the results in `out`. A prediction that cannot be read is left out, and `note`
    /// receives the reason.
    ///
    /// # Errors
    /// If there are no results, or a study cannot be read.
    pub fn read(out: &Path, note: impl FnOnce(&str)) -> Result<Self, Error> {
        let [pruning, structure] = Part::STUDIES.map(|part| PartResults::read(part, out));
        let (pruning, structure) = (pruning?, structure?);
        let open = Open::ALL.iter().map(|&open| OpenResults::read(open, out));
        let open: Vec<OpenResults> =
            open.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        if pruning.is_none() && structure.is_none() && open.is_empty() {
            return Err(Error::NoResults(out.to_owned()));
        }
        let survivors = pruning.as_ref().map(PartResults::survivors).unwrap_or_default();
        let prediction = Prediction::read(out).unwrap_or_else(|error| {
            note(&error.to_string());
            None
        });
        Ok(Self { pruning, structure, prediction, open, survivors })
    }

    /// Writes the tables of each part that is a study.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write_tables(&self) -> Result<(), Error> {
        for PartResults { folder, file, .. } in
            [&self.pruning, &self.structure].into_iter().flatten()
        {
            collect(folder, file, &[Format::Csv])?;
        }
        for open in &self.open {
            open.judged.write_tables()?;
        }
        Ok(())
    }

    /// Writes the report into `out` and returns its path.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_report(&self, out: &Path) -> Result<PathBuf, Error> {
        let path = out.join("report.html");
        write_atomically(&path, report::render(&self.report()).as_bytes())?;
        Ok(path)
    }

    /// The thesis's five questions, answered from the available results.
    pub fn questions(&self) -> Vec<Question> {
        report::questions(&self.report())
    }

    /// How many trials are done, if some are missing.
    pub fn progress(&self) -> Option<String> {
        report::progress(&self.report())
    }

    /// The figures of the report.
    pub fn figures(&self) -> Vec<Figure> {
        report::figures(&self.report())
    }

    fn report(&self) -> Report<'_> {
        Report {
            pruning: self.pruning.as_ref().map(PartResults::report),
            survivors: &self.survivors,
            structure: self.structure.as_ref().map(PartResults::report),
            prediction: self.prediction.as_ref(),
            open: &self.open,
        }
    }
}

impl PartResults {
    /// `None` if the part was never begun.
    fn read(part: Part, out: &Path) -> Result<Option<Self>, Error> {
        let folder = part.folder(out);
        if !folder.exists() {
            return Ok(None);
        }
        let file = folder.study()?;
        let records = folder.records(&file);
        let source = match &file.study.data {
            DataSource::Reber(ReberSettings { seed, .. })
            | DataSource::Problem { drawing: Drawing { seed, .. }, .. } => {
                format!("generated with seed {seed}")
            }
            DataSource::Files(files) => format!("of {}", files.train.display()),
        };
        let design = Design::of(&file.study);
        Ok(Some(Self { folder, file, design, records, source }))
    }

    /// One base model per cell, pruned as in the study: by the largest percentage below 100, in the
    /// study's first scope. Models that were not kept or cannot be pruned are left out.
    fn survivors(&self) -> Vec<Survivor> {
        let Design { scopes, percents, cells, .. } = &self.design;
        let percent = percents.iter().copied().filter(|&p| p < 100.0).max_by(f64::total_cmp);
        let (Some(percent), Some(&scope)) = (percent, scopes.first()) else { return Vec::new() };
        let of = |&cell: &Cell| {
            let pruned = |r: &&Record| {
                let pruning = r.trial.pruning();
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
                reber: self.file.data.known == Some(KnownTask::Reber),
            },
            version: &self.file.version,
        }
    }
}
