//! `rarefy report`: write a study's report again, from its records.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use rarefy::format::write_atomically;
use rarefy::study::{DataSource, Folder, Record, StudyFile, collect};

use crate::arguments::print_text;
use crate::report::{self, DataDescription, Report};

/// Arguments of `rarefy report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads what `rarefy reproduce` left in DIR, finished or not, and writes DIR/report.html, \
DIR/records.csv and DIR/curves.csv. Nothing is trained.")]
pub struct ReportArguments {
    /// Folder of results
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Runs `rarefy report`.
pub fn run(arguments: &ReportArguments) -> anyhow::Result<()> {
    let folder = Folder::new(&arguments.folder);
    let file = folder.study().with_context(|| {
        format!("{} holds no results of `rarefy reproduce`", arguments.folder.display())
    })?;
    let records = folder.records(&file);
    print_text(&format!("{}\n", write(&folder, &file, &records)?.display()))
}

/// Writes the tables and the report of `records`; returns where the report is.
pub fn write(folder: &Folder, file: &StudyFile, records: &[Record]) -> anyhow::Result<PathBuf> {
    collect(folder, records)?;
    let source = match &file.study.data {
        DataSource::Reber(settings) => format!("generated with seed {}", settings.seed),
        DataSource::Folder { path, .. } => format!("of {}", path.display()),
    };
    let html = report::render(&Report {
        study: &file.study,
        records,
        data: DataDescription {
            train_strings: file.data.train_strings,
            test_strings: file.data.test_strings,
            source: &source,
            reber: file.data.reber,
        },
        version: &file.version,
    });
    let path = folder.path().join("report.html");
    write_atomically(&path, html.as_bytes())?;
    Ok(path)
}
