//! The sections of the page.

use askama::Template;
use rarefy_view::figure::Figure;
use rarefy_view::table::Table;

use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::head::{Head, Progress};
use crate::darji2021::report::input::StudyReport;
use crate::darji2021::report::method;
use crate::darji2021::report::structure::explained::Explained;
use crate::darji2021::report::structure::networks::Sampled;
use crate::darji2021::report::structure::{
    at_size, by_sources, explained, figures, gate_masks, learned, results, summary,
};
use crate::darji2021::report::summary::notes;

/// Its number of figures.
pub const FIGURES: usize = 3;

/// The data for the template of these sections.
#[derive(Template)]
#[template(path = "darji2021/templates/structure.html")]
pub struct Structure {
    head: Head,
    by_sources: Figure,
    learned: Option<Table>,
    odds: Option<Table>,
    how_well: Option<Table>,
    explained: Option<Table>,
    at_size: Option<Table>,
    left: Table,
    between: Option<Table>,
    families: Table,
    gate_masks: Option<Table>,
    extremes: Figure,
    correlations: Table,
    scatter: Figure,
    judging: Vec<String>,
    settings: String,
}

impl Structure {
    /// Everything that is shown, with figures numbered on from `figures`. `None` if the study has
    /// no graphs.
    pub fn new(report: &StudyReport, figures: usize) -> Option<Self> {
        let findings = Findings::new(report.study, report.records, report.data.reber);
        let sampled = Sampled::new(&findings)?;
        let explained = Explained::by_cell(&sampled);
        let missing = summary::missing(&findings);
        let progress = (!missing.is_empty()).then(|| Progress {
            done: findings.done(),
            planned: findings.planned(),
            things: "networks",
            missing,
        });
        Some(Self {
            head: Head {
                id: "structure",
                anchor: "structure-summary",
                title: "Structure",
                progress,
                notes: notes(&findings),
                sentences: summary::sentences(&sampled, &explained),
            },
            by_sources: by_sources::figure(&sampled, figures + 1),
            learned: learned::table(&sampled),
            odds: learned::odds(&sampled),
            how_well: learned::how_well(&sampled),
            explained: explained::table(&sampled, &explained),
            at_size: at_size::families(&sampled),
            left: at_size::left(&sampled),
            between: at_size::between(&at_size::between_cells(&sampled)),
            families: results::families(&sampled),
            gate_masks: gate_masks::table(&sampled),
            extremes: figures::extremes(&sampled, figures + 2),
            correlations: results::correlations(&sampled),
            scatter: figures::scatter(&sampled, figures + 3),
            judging: judging(&sampled),
            settings: method::settings_section(report, &findings, "structure-settings"),
        })
    }

    /// The figures, in order.
    pub fn figures(self) -> Vec<Figure> {
        vec![self.by_sources, self.extremes, self.scatter]
    }

    /// The sections.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}

/// How the numbers were obtained, one entry per paragraph.
fn judging(sampled: &Sampled) -> Vec<String> {
    let mut paragraphs = vec![
        format!(
            "Accuracy is the share of the test strings that a network gets right after its last epoch{}. \
                Nothing was chosen by it, so nothing had to be held out.",
            sampled.mean_of_seeds(),
        ),
        "A graph’s edges lead from the lower node to the higher. A node’s layer is the length of the \
            longest path to it. Each node is a unit, each edge a weight that may differ from zero. A \
            number stands for the same graph with every cell and both gate masks, so these are compared \
            graph by graph."
            .to_owned(),
        "Tiled gate masks show each gate of a unit the unit’s own edges. Interleaved masks, as in the \
            thesis’s code, repeat each row of the mask once per gate although the weights are stacked \
            gate by gate. A gate then sees the edges of another unit."
            .to_owned(),
        "Log error is the natural logarithm of the share of wrong answers, with half a string added so \
            that no wrong answer is finite too."
            .to_owned(),
        "A correlation does not say which causes which. A graph with more nodes also has more weights, and \
            whatever distinguishes the two families is correlated with accuracy too."
            .to_owned(),
    ];
    if sampled.beside_thesis() {
        paragraphs.push(
            "The thesis drew other graphs, new ones for every cell, and trained each network once. Its \
                correlations are computed from its published rows, by the same formula."
                .to_owned(),
        );
    }
    paragraphs
}
