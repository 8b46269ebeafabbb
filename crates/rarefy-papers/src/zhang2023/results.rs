//! The results in a folder.

use std::path::{Path, PathBuf};

use rarefy::analysis::Summary;
use rarefy::format::WriteError;
use rarefy::study::StudyError;
use serde_json::{Value, json};

use super::Part;
use super::left::Left;
use super::published::Published;
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
    /// The studies that were begun, and what each left.
    pub studies: Vec<(Part, Judged, Vec<Left>)>,
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
            studies.extend(judged.map(|judged| {
                let left = Left::all(&judged);
                (part, judged, left)
            }));
        }
        match studies.is_empty() {
            true => Err(Error::NoResults(out.to_owned())),
            false => Ok(Self { studies }),
        }
    }

    /// The studies' results.
    pub fn judged(&self) -> impl Iterator<Item = &Judged> + Clone {
        self.studies.iter().map(|(_, judged, _)| judged)
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
        let of = |(part, _, left): &(Part, Judged, Vec<Left>)| {
            let row = |left: &Left| {
                let published = Published::of(*part, &left.method);
                let mean = |summary: Option<Summary>| summary.map(|summary| summary.mean);
                json!({
                    "part": part,
                    "cell": left.cell,
                    "method": left.method,
                    "seeds": left.seeds(),
                    "test_accuracy": mean(left.accuracy()),
                    "balanced_share": mean(left.property("balanced_share", None)),
                    "permuted_signs": mean(left.by_chance(None)),
                    "published_accuracy": published.map(|published| published.accuracy),
                    "published_balanced_share": published.map(|published| published.balanced),
                })
            };
            left.iter().map(row).collect::<Vec<Value>>()
        };
        self.studies.iter().flat_map(of).collect()
    }

    /// A table for each study, and the verdicts.
    pub fn summary(&self) -> Vec<Found> {
        let tables = self.studies.iter().map(|(part, _, left)| table(*part, left));
        let title = "what stands and what falls\n";
        tables.chain([Found::verdicts(title, self.judged())]).collect()
    }
}

/// Accuracy and balance by method, next to the paper's.
fn table(part: Part, left: &[Left]) -> Found {
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
    for left in left {
        let published = Published::of(part, &left.method);
        let number =
            |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.4}"));
        table.rows.push(vec![
            left.cell.to_string(),
            left.method.clone(),
            left.seeds().to_string(),
            number(left.accuracy().map(|summary| summary.mean)),
            number(published.map(|published| published.accuracy)),
            number(left.property("balanced_share", None).map(|summary| summary.mean)),
            number(published.map(|published| published.balanced)),
        ]);
    }
    let title = format!("{}: test accuracy, and share of balanced triples\n", part.name());
    Found { title, table: Some(table), below: "\n".to_owned() }
}
