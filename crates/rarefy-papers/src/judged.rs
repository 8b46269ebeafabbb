//! The results of studies whose contrasts judge claims, in a folder, as a section of a report and as
//! lines.

use std::collections::HashMap;

use rarefy::cell::Cell;
use rarefy::study::{
    Counts, Design, Findings, Folder, Format, Record, StudyError, StudyFile, collect,
};
use rarefy_view::study;

use crate::claim::{Claim, Claimed};

/// The results of one study whose contrasts judge claims.
#[derive(Debug)]
pub struct Judged {
    /// The study's name within its paper.
    pub name: &'static str,
    /// Its folder.
    pub folder: Folder,
    /// What it found.
    pub findings: Findings,
    /// What it is about, as a heading.
    title: &'static str,
    claims: &'static [Claim],
    file: StudyFile,
}

impl Judged {
    /// The results in `folder` so far, which judge `claims`. `None` if the study was never begun.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(
        name: &'static str,
        title: &'static str,
        claims: &'static [Claim],
        folder: Folder,
    ) -> Result<Option<Self>, StudyError> {
        if !folder.exists() {
            return Ok(None);
        }
        let file = folder.study()?;
        let findings = Findings::of(&folder, &file)?;
        Ok(Some(Self { name, folder, findings, title, claims, file }))
    }

    /// The study as it is in its folder.
    pub fn file(&self) -> &StudyFile {
        &self.file
    }

    /// Writes the study's tables.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write_tables(&self) -> Result<(), StudyError> {
        collect(&self.folder, &self.file, &[Format::Csv]).map(drop)
    }

    /// The records of each cell and method, in the study's order. Diverged networks are left out.
    pub fn by_method(&self) -> Vec<(Cell, String, Vec<Record>)> {
        let design = Design::of(&self.file.study);
        let Some(methods) = design.factor("method") else { return Vec::new() };
        let records = self.folder.records(&self.file).into_iter();
        let mut records: HashMap<u64, Record> =
            records.map(|record| (record.trial.hash(), record)).collect();
        let mut all: Vec<(Cell, String, Vec<Record>)> = Vec::new();
        for (trial, &level) in design.trials.iter().zip(&methods.of) {
            let Some(record) = records.remove(&trial.hash()) else { continue };
            let (own, method) = (trial.cell, methods.levels[level].as_str().unwrap_or_default());
            if record.diverged.is_some() {
                continue;
            }
            match all.iter_mut().find(|(cell, name, _)| *cell == own && name == method) {
                Some((.., records)) => records.push(record),
                None => all.push((own, method.to_owned(), vec![record])),
            }
        }
        all.sort_by_key(|(own, ..)| Cell::ALL.iter().position(|cell| cell == own));
        all
    }

    /// The claims that this study judges.
    pub fn claims(&self) -> impl Iterator<Item = Claimed<'_>> {
        self.claims.iter().filter_map(|claim| claim.judged(&self.findings))
    }

    /// Its section of the page: its heading, how much of it is done, which levels are
    /// highest where there are many, `more`, and its contrasts.
    pub fn section(&self, more: &str) -> String {
        let progress = study::progress(&self.findings.progress);
        let orders =
            study::orders(&self.findings.contrasts).into_iter().map(|(question, orders)| {
                format!("<p><strong>{question}</strong> {}</p>\n", orders.join(" "))
            });
        let orders: String = orders.collect();
        let contrasts = study::contrasts(&self.findings).map(|table| table.html());
        let contrasts = contrasts.unwrap_or_default();
        format!("<h3>{}</h3>\n<p>{progress}</p>\n{orders}{more}{contrasts}", self.title)
    }

    /// How much of it is done and where its answers are, as a line.
    pub fn line(&self) -> String {
        let Counts { done, planned, .. } = self.findings.progress;
        let path = self.folder.path().join("contrasts.csv");
        format!("{}: {done} of {planned} trials, in {}\n", self.name, path.display())
    }
}

/// The verdicts on `claims`, each with the comparisons that it rests on.
pub fn verdicts<'c>(claims: impl IntoIterator<Item = Claimed<'c>>) -> String {
    let verdict = |claimed: Claimed<'_>| {
        let found = claimed.answers.iter().map(|answer| study::answered(answer));
        format!(
            "<p class=\"verdict {}\"><strong>{}</strong> {}</p>\n<details><summary>Why</summary>\n<ul>\n{}\
             </ul>\n</details>\n",
            claimed.stands.class(),
            claimed.stands,
            claimed.claim.sentence,
            found.map(|found| format!("<li>{found}</li>\n")).collect::<String>(),
        )
    };
    claims.into_iter().map(verdict).collect()
}
