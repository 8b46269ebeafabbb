//! The page: the parts in their order, filled into `templates/report/page.html`.

use askama::Template;

use super::prediction::Prediction;
use super::pruning::Pruning;
use super::structure::Structure;
use super::{Report, StudyReport, method, wording};
use crate::{chart, drawing};

/// What the template of the page is filled with.
#[derive(Template)]
#[template(path = "report/page.html")]
pub struct Page<'a> {
    style: String,
    script: &'static str,
    title: &'static str,
    /// One line under the title.
    subtitle: String,
    /// Anchor and name of each part; none where there is only one.
    contents: Vec<(&'static str, &'static str)>,
    /// The sections of each part.
    parts: Vec<String>,
    /// Whether the thesis's figures stand beside.
    beside_thesis: bool,
    version: &'a str,
}

impl<'a> Page<'a> {
    /// Everything the page shows.
    pub fn new(report: &Report<'a>) -> Self {
        let studies: Vec<StudyReport> =
            [report.pruning, report.structure].into_iter().flatten().collect();
        let prediction = report.structure.and(report.prediction);
        let prediction = prediction.filter(|found| !found.cells.is_empty());
        let title = match (report.pruning, report.structure) {
            (Some(_), Some(_)) => "Sparsity in recurrent networks",
            (_, None) => "Pruning recurrent networks",
            (None, _) => "Recurrent networks wired as random graphs",
        };
        let contents = [
            report.pruning.map(|_| ("pruning", "Pruning and recovery")),
            report.structure.map(|_| ("structure", "Networks wired as random graphs")),
            prediction.map(|_| ("prediction", "Accuracy predicted from the graph")),
        ];
        let mut contents: Vec<_> = contents.into_iter().flatten().collect();
        if contents.len() < 2 {
            contents.clear();
        }
        // Figures are numbered through.
        let mut figures = 0;
        let mut parts = Vec::new();
        if let Some(study) = &report.pruning {
            parts.push(Pruning::new(study).html());
            figures = super::figure::PRUNING_FIGURES;
        }
        if let Some(study) = &report.structure {
            parts.extend(Structure::new(study, figures).map(|structure| structure.html()));
            figures += super::structure::FIGURES;
            parts.extend(
                prediction.map(|found| Prediction::new(found, figures, study.data.reber).html()),
            );
        }
        Self {
            style: [chart::STYLE, include_str!("../../templates/report/page.css"), drawing::STYLE]
                .concat(),
            script: include_str!("../../templates/report/page.js"),
            title,
            subtitle: studies.first().map(subtitle).unwrap_or_default(),
            contents,
            parts,
            beside_thesis: studies.iter().any(|study| study.data.reber),
            version: studies.first().map_or("", |study| study.version),
        }
    }

    /// The page.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}

fn subtitle(report: &StudyReport) -> String {
    let cells: Vec<&str> = report.study.cells.iter().map(|&cell| wording::cell(cell)).collect();
    let (cells, strings) = (wording::list(&cells), method::strings(report));
    format!("{cells} · {strings} · {} scale", report.study.scale)
}
