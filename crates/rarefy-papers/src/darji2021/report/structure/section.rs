//! The sections of the page.

use askama::Template;
use rarefy_view::figure::Figure;
use rarefy_view::table::Table;
use rarefy_view::wording;

use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::head::{Head, Progress};
use crate::darji2021::report::input::StudyReport;
use crate::darji2021::report::method;
use crate::darji2021::report::structure::networks::Sampled;
use crate::darji2021::report::structure::{figures, results, summary};
use crate::darji2021::report::summary::notes;

/// How many figures it has.
pub const FIGURES: usize = 2;

/// What the template of these sections is filled with.
#[derive(Template)]
#[template(path = "darji2021/templates/structure.html")]
pub struct Structure {
    head: Head,
    families: Table,
    gate_masks: Option<Table>,
    extremes: Figure,
    correlations: Table,
    scatter: Figure,
    judging: Vec<String>,
    settings: String,
}

impl Structure {
    /// Everything that is shown, in figures that are numbered on from `figures`. `None`
    /// when the study is of no graphs.
    pub fn new(report: &StudyReport, figures: usize) -> Option<Self> {
        let findings = Findings::new(report.study, report.records, report.data.reber);
        let sampled = Sampled::new(&findings)?;
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
                sentences: summary::sentences(&sampled),
            },
            families: results::families(&sampled),
            gate_masks: results::gate_masks(&sampled),
            extremes: figures::extremes(&sampled, figures + 1),
            correlations: results::correlations(&sampled),
            scatter: figures::scatter(&sampled, figures + 2),
            judging: judging(&sampled),
            settings: method::settings_section(report, &findings, "structure-settings"),
        })
    }

    /// Its figures, in their order.
    pub fn figures(self) -> Vec<Figure> {
        vec![self.extremes, self.scatter]
    }

    /// The sections.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}

/// How the numbers were got, a paragraph an entry.
fn judging(sampled: &Sampled) -> Vec<String> {
    let study = sampled.study();
    let mut paragraphs = vec![
        format!(
            "Accuracy is the share of the test strings that a network gets right after its last \
                epoch{}. Nothing was chosen by it, so nothing had to be held out.",
            match study.seeds.len() {
                1 => String::new(),
                seeds => format!(", mean of {}", wording::count(seeds, "seed")),
            }
        ),
        "A graph’s edges lead from the lower node to the higher; a node’s layer is the longest \
            path to it. Each node is a unit, each edge a weight that may differ from zero. A graph \
            of the same number is the same graph with every cell and both gate masks, so that they \
            are compared graph by graph."
            .to_owned(),
        "Tiled gate masks show each gate of a unit the unit’s own edges. Interleaved ones, the \
            way of the thesis’s code, repeat each row of the mask as often as there are gates, where \
            the weights are stacked gate by gate: a gate then sees edges of another unit."
            .to_owned(),
        "A correlation says what goes together, not what causes what: a graph of more nodes also \
            has more weights, and as r is over both families together, what tells the families \
            apart goes with accuracy too. Many properties were tested, so that a few small r are \
            there by chance."
            .to_owned(),
    ];
    if sampled.beside_thesis() {
        paragraphs.push(
            "The thesis drew other graphs, anew for every cell, and trained each network once. \
                Its r are computed from its published rows, by the same formula."
                .to_owned(),
        );
    }
    paragraphs
}
