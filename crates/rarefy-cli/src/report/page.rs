//! The page: the parts in their order, filled into `templates/report/page.html`.

use askama::Template;
use rarefy::cell::Cell;

use super::figure::PRUNING_FIGURES;
use super::prediction::Prediction;
use super::pruning::Pruning;
use super::questions::{self, Figures, Section};
use super::structure::Structure;
use super::{Question, Report, StudyReport, method, structure, wording};
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
    /// The section that opens the page.
    opening: String,
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
            figures = PRUNING_FIGURES;
        }
        if let Some(study) = &report.structure {
            parts.extend(Structure::new(study, figures).map(|structure| structure.html()));
            figures += structure::FIGURES;
            parts.extend(
                prediction.map(|found| Prediction::new(found, figures, study.data.reber).html()),
            );
        }
        let beside_thesis = studies.iter().any(|study| study.data.reber);
        let asked = |cell: &Cell| studies.iter().any(|study| study.study.cells.contains(cell));
        let cells: Vec<Cell> = Cell::ALL.into_iter().filter(asked).collect();
        Self {
            style: [chart::STYLE, include_str!("../../templates/report/page.css"), drawing::STYLE]
                .concat(),
            script: include_str!("../../templates/report/page.js"),
            title,
            subtitle: studies.first().map(subtitle).unwrap_or_default(),
            opening: Section::new(answers(report), &cells, beside_thesis).html(),
            contents,
            parts,
            beside_thesis,
            version: studies.first().map_or("", |study| study.version),
        }
    }

    /// The page.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}

/// The five questions, answered from what there is.
pub fn answers(report: &Report) -> Vec<Question> {
    let before = report.pruning.map_or(0, |_| PRUNING_FIGURES);
    let figures = Figures {
        pruned: 2,
        retrained: 3,
        properties: before + 2,
        predicted: before + structure::FIGURES + 1,
    };
    questions::questions(report, figures)
}

fn subtitle(report: &StudyReport) -> String {
    let cells: Vec<&str> = report.study.cells.iter().map(|&cell| wording::cell(cell)).collect();
    let (cells, strings) = (wording::list(&cells), method::strings(report));
    format!("{cells} · {strings} · {} scale", report.study.scale)
}
