//! The page: its parts in order.

use rarefy::cell::Cell;
use rarefy_view::figure::Figure;
use rarefy_view::page::Page;
use rarefy_view::wording;

use crate::darji2021::report::about::About;
use crate::darji2021::report::design::Networks;
use crate::darji2021::report::figure::PRUNING_FIGURES;
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::input::{Report, StudyReport};
use crate::darji2021::report::prediction::Prediction;
use crate::darji2021::report::pruning::Pruning;
use crate::darji2021::report::questions::{Figures, Question, Section, questions as answers};
use crate::darji2021::report::structure::Structure;
use crate::darji2021::report::{method, open, structure};

/// The report as a self-contained HTML page.
pub fn render(report: &Report) -> String {
    let studies: Vec<StudyReport> =
        [report.pruning, report.structure].into_iter().flatten().collect();
    let prediction = report.structure.and(report.prediction);
    let prediction = prediction.filter(|found| !found.cells.is_empty());
    let is_begun = !studies.is_empty();
    let contents = [
        is_begun.then_some(("questions", "The five questions")),
        report.pruning.map(|_| ("pruning", "Pruning and recovery")),
        report.structure.map(|_| ("structure", "Networks wired as random graphs")),
        prediction.map(|_| ("prediction", "Accuracy predicted from the graph")),
        (!report.open.is_empty()).then_some(("open", "What stands and what falls")),
        (!report.open.is_empty()).then_some(("open-studies", "What each study found")),
        Some(("about", "About these numbers")),
    ];
    let beside_thesis = studies.iter().any(|study| study.data.reber);
    let asked = |cell: &Cell| studies.iter().any(|study| study.study.cells.contains(cell));
    let cells: Vec<Cell> = Cell::ALL.into_iter().filter(asked).collect();
    let opening = Section::new(questions(report), &cells, beside_thesis).html();
    let about = About::new(report.pruning.is_some(), report.structure.is_some(), beside_thesis);
    Page {
        title: match (report.pruning, report.structure) {
            (Some(_), Some(_)) | (None, None) => "Sparsity in recurrent networks",
            (Some(_), None) => "Pruning recurrent networks",
            (None, Some(_)) => "Recurrent networks wired as random graphs",
        },
        subtitle: studies.first().map(subtitle).unwrap_or_default(),
        contents: contents.into_iter().flatten().collect(),
        sections: [banner(&studies)]
            .into_iter()
            .chain(is_begun.then_some(opening))
            .chain(Parts::of(report).html())
            .chain((!report.open.is_empty()).then(|| open::html(report.open)))
            .chain([about.html()])
            .collect(),
        source: if beside_thesis { THESIS } else { "" },
        version: match (studies.first(), report.open.first()) {
            (Some(study), _) => study.version,
            (None, Some(open)) => &open.judged.findings.version,
            (None, None) => "",
        },
    }
    .html()
}

/// The first line of the page while trials are missing; otherwise empty.
fn banner(studies: &[StudyReport]) -> String {
    match unfinished(studies) {
        Some(text) => {
            format!(
                "<section><p class=\"note\" role=\"note\"><strong>Not complete:</strong> {text}</p></section>"
            )
        }
        None => String::new(),
    }
}

/// How many trials of which parts are done, unless all are.
fn unfinished(studies: &[StudyReport]) -> Option<String> {
    let parts = studies.iter().filter_map(|report| {
        let findings = Findings::new(report.study, report.records, report.data.reber);
        let (done, planned) = (findings.done(), findings.planned());
        let part = match report.study.networks {
            Networks::Stacked(_) => "pruning",
            Networks::Wired(_) => "structure",
        };
        (done < planned).then(|| {
            format!(
                "{} of {} of the part {part}",
                wording::grouped(done),
                wording::count(planned, "trial")
            )
        })
    });
    let parts: Vec<String> = parts.collect();
    let are = "are done. Everything below is about those.";
    (!parts.is_empty()).then(|| format!("{} {are}", wording::list(&parts)))
}

/// The same for the terminal.
pub fn progress(report: &Report) -> Option<String> {
    let studies = [report.pruning, report.structure];
    unfinished(&studies.into_iter().flatten().collect::<Vec<_>>())
}

/// The citation on the page.
const THESIS: &str = "Thesis: H. Darji, <cite>Investigating Sparsity in Recurrent Neural Networks</cite>, \
    master’s thesis, University of Passau, 2021 (arXiv 2407.20601). ";

/// The parts that exist, with consecutive figure numbers.
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

/// The figures of the report.
pub fn figures(report: &Report) -> Vec<Figure> {
    let Parts { pruning, structure, prediction } = Parts::of(report);
    let pruning = pruning.into_iter().flat_map(Pruning::figures);
    let structure = structure.into_iter().flat_map(Structure::figures);
    let prediction = prediction.into_iter().flat_map(Prediction::figures);
    pruning.chain(structure).chain(prediction).collect()
}

/// The number of figures before those of the second part.
fn pruning_figures(report: &Report) -> usize {
    let [always, with_models] = PRUNING_FIGURES;
    let more = if report.survivors.is_empty() { 0 } else { with_models };
    report.pruning.map_or(0, |_| always + more)
}

/// The thesis's five questions, answered from the available results.
pub fn questions(report: &Report) -> Vec<Question> {
    let before = pruning_figures(report);
    let figures = Figures {
        pruned: 2,
        retrained: 3,
        properties: before + 3,
        predicted: before + structure::FIGURES + 1,
    };
    answers(report, figures)
}

fn subtitle(report: &StudyReport) -> String {
    let cells: Vec<&str> = report.study.cells.iter().map(|&cell| wording::cell(cell)).collect();
    let (cells, strings) = (wording::list(&cells), method::strings(report));
    format!("{cells} · {strings} · {} scale", report.study.scale)
}
