//! What varied in a study, what did not, and how to read its numbers.

use askama::Template;
use rarefy::study::Findings;

use crate::wording;

/// The last section.
#[derive(Template)]
#[template(path = "study/settings.html")]
pub struct Settings {
    varied: Vec<(&'static str, String)>,
    fixed: Vec<(&'static str, String)>,
    trials: String,
    column: String,
}

impl Settings {
    /// The section for these findings.
    pub fn new(findings: &Findings) -> Self {
        let varied = findings.varied.iter().map(|varied| {
            let levels: Vec<&str> =
                varied.levels.iter().map(|level| level.value.as_str()).collect();
            (varied.key, wording::list(&levels))
        });
        let fixed = findings.fixed.iter().map(|setting| (setting.key, setting.value.clone()));
        let (planned, compared) = (findings.progress.planned, findings.compared);
        let trials = match planned - compared {
            0 => wording::count(planned, "trial"),
            bases => format!(
                "{} and {} that they start from",
                wording::count(compared, "trial"),
                wording::count(bases, "base model")
            ),
        };
        let column = findings.column.clone();
        Self { varied: varied.collect(), fixed: fixed.collect(), trials, column }
    }

    /// The section's content.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}
