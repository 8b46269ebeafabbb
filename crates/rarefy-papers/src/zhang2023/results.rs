//! The results in a folder.

use std::path::{Path, PathBuf};

use rarefy::analysis::Summary;
use rarefy::format::WriteError;
use rarefy::study::StudyError;
use serde_json::{Value, json};

use super::Part;
use super::published::Published;
use crate::arm::Arm;
use crate::found::{Found, FoundColumn, FoundTable};
use crate::judged::Judged;

/// Why results cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder has no results.
    #[error(
        "{} holds no results of `rarefy reproduce zhang2023`: none of gesture/study.json, \
         mnist/study.json and reber/study.json is in it", .0.display()
    )]
    NoResults(PathBuf),
    /// A study's folder cannot be read.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// All results in a folder, whether the studies have ended or not.
pub struct Results {
    /// The studies that were begun.
    pub studies: Vec<(Part, Judged)>,
}

impl Results {
    /// Reads the results in `out`.
    ///
    /// # Errors
    /// If there are none, or a study cannot be read.
    pub fn read(out: &Path) -> Result<Self, Error> {
        let mut studies = Vec::new();
        for part in Part::ALL {
            let judged = Judged::read(part.name(), part.title(), part.claims(), part.folder(out))?;
            studies.extend(judged.map(|judged| (part, judged)));
        }
        match studies.is_empty() {
            true => Err(Error::NoResults(out.to_owned())),
            false => Ok(Self { studies }),
        }
    }

    /// The studies' results.
    pub fn judged(&self) -> impl Iterator<Item = &Judged> + Clone {
        self.studies.iter().map(|(_, judged)| judged)
    }

    /// Writes the tables of each study.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write_tables(&self) -> Result<(), Error> {
        Ok(self.judged().try_for_each(Judged::write_tables)?)
    }

    /// Accuracy and balance of each method, next to the paper's, as JSON objects.
    pub fn rows(&self) -> Vec<Value> {
        let of = |(part, judged): &(Part, Judged)| {
            let row = |arm: &Arm| {
                let published = Published::of(*part, &arm.method);
                let mean = |summary: Option<Summary>| summary.map(|summary| summary.mean);
                json!({
                    "part": part,
                    "cell": arm.cell,
                    "method": arm.method,
                    "seeds": arm.records.len(),
                    "test_accuracy": mean(arm.accuracy()),
                    "balanced_share": mean(arm.property("balanced_share", None)),
                    "permuted_signs": mean(arm.by_chance(None)),
                    "published_accuracy": published.map(|published| published.accuracy),
                    "published_balanced_share": published.map(|published| published.balanced),
                })
            };
            judged.arms.iter().map(row).collect::<Vec<Value>>()
        };
        self.studies.iter().flat_map(of).collect()
    }

    /// A table for each study, and the verdicts.
    pub fn summary(&self) -> Vec<Found> {
        let tables = self.studies.iter().map(|(part, judged)| table(*part, &judged.arms));
        let title = "what stands and what falls\n";
        tables.chain([Found::verdicts(title, self.judged())]).collect()
    }
}

/// Accuracy and balance by method, next to the paper's.
fn table(part: Part, arms: &[Arm]) -> Found {
    let mut table = FoundTable::new(
        2,
        [
            FoundColumn::words("cell"),
            FoundColumn::words("method"),
            FoundColumn::numbers("seeds"),
            FoundColumn::numbers("accuracy"),
            FoundColumn::numbers("paper"),
            FoundColumn::numbers("balance"),
            FoundColumn::numbers("paper"),
        ],
    );
    for arm in arms {
        let published = Published::of(part, &arm.method);
        let number =
            |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.4}"));
        table.rows.push(vec![
            arm.cell.to_string(),
            arm.method.clone(),
            arm.records.len().to_string(),
            number(arm.accuracy().map(|summary| summary.mean)),
            number(published.map(|published| published.accuracy)),
            number(arm.property("balanced_share", None).map(|summary| summary.mean)),
            number(published.map(|published| published.balanced)),
        ]);
    }
    let title = format!("{}: test accuracy, and share of balanced triples\n", part.name());
    Found { title, table: Some(table), below: "\n".to_owned() }
}
