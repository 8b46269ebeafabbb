//! The page: the parts in their order, filled into `templates/report/page.html`.

use askama::Template;
use rarefy::cell::Cell;

use super::about::About;
use super::figure::{Figure, PRUNING_FIGURES};
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
    /// Style of figures that are saved as files.
    file_style: &'static str,
    title: &'static str,
    /// One line under the title.
    subtitle: String,
    /// The section that opens the page.
    opening: String,
    /// Anchor and name of each part.
    contents: Vec<(&'static str, &'static str)>,
    /// The sections of each part.
    parts: Vec<String>,
    /// Whether the thesis's figures stand beside.
    /// What the numbers mean.
    about: String,
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
        let about = [("about", "About these numbers")];
        let contents = [("questions", "The five questions")]
            .into_iter()
            .chain(contents.into_iter().flatten())
            .chain(about)
            .collect();
        let parts = Parts::of(report);
        let beside_thesis = studies.iter().any(|study| study.data.reber);
        let asked = |cell: &Cell| studies.iter().any(|study| study.study.cells.contains(cell));
        let cells: Vec<Cell> = Cell::ALL.into_iter().filter(asked).collect();
        Self {
            style: [chart::STYLE, include_str!("../../templates/report/page.css"), drawing::STYLE]
                .concat(),
            file_style: &chart::PLAIN_STYLE,
            script: concat!(
                include_str!("../../templates/report/page.js"),
                include_str!("../../templates/report/save.js")
            ),
            title,
            subtitle: studies.first().map(subtitle).unwrap_or_default(),
            opening: Section::new(answers(report), &cells, beside_thesis).html(),
            contents,
            parts: parts.html(),
            about: About::new(report.pruning.is_some(), report.structure.is_some(), beside_thesis)
                .html(),
            beside_thesis,
            version: studies.first().map_or("", |study| study.version),
        }
    }

    /// The page.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}

/// The parts that there are, their figures numbered through.
struct Parts {
    pruning: Option<Pruning>,
    structure: Option<Structure>,
    prediction: Option<Prediction>,
}

impl Parts {
    fn of(report: &Report) -> Self {
        let before = pruning_figures(report);
        let structure = report.structure.as_ref();
        let found = report.prediction.filter(|found| !found.cells.is_empty());
        Self {
            pruning: report.pruning.as_ref().map(|study| Pruning::new(study, report.survivors)),
            structure: structure.and_then(|study| Structure::new(study, before)),
            prediction: structure.zip(found).map(|(study, found)| {
                Prediction::new(found, before + structure::FIGURES, study.data.reber)
            }),
        }
    }

    fn html(&self) -> Vec<String> {
        let parts = [
            self.pruning.as_ref().map(Pruning::html),
            self.structure.as_ref().map(Structure::html),
            self.prediction.as_ref().map(Prediction::html),
        ];
        parts.into_iter().flatten().collect()
    }
}

/// Every figure of the page, in their order.
pub fn figures(report: &Report) -> Vec<Figure> {
    let Parts { pruning, structure, prediction } = Parts::of(report);
    let pruning = pruning.into_iter().flat_map(Pruning::figures);
    let structure = structure.into_iter().flat_map(Structure::figures);
    pruning.chain(structure).chain(prediction.into_iter().flat_map(Prediction::figures)).collect()
}

/// How many figures stand before those of the second part.
fn pruning_figures(report: &Report) -> usize {
    let [always, with_models] = PRUNING_FIGURES;
    let more = if report.survivors.is_empty() { 0 } else { with_models };
    report.pruning.map_or(0, |_| always + more)
}

/// The five questions, answered from what there is.
pub fn answers(report: &Report) -> Vec<Question> {
    let before = pruning_figures(report);
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
