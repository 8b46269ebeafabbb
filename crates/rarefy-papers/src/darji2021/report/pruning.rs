//! The sections of the pruning experiment in order, filled into `darji2021/templates/pruning.html`.

use askama::Template;
use rarefy_view::figure::Figure;
use rarefy_view::table::Table;
use rarefy_view::wording;

use crate::darji2021::report::figure::Survivor;
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::head::{Head, Progress};
use crate::darji2021::report::input::StudyReport;
use crate::darji2021::report::outcome::FELL_AGAIN;
use crate::darji2021::report::{baseline, figure, method, results, summary, thesis};

/// The data for the template of these sections.
#[derive(Template)]
#[template(path = "darji2021/templates/pruning.html")]
pub struct Pruning {
    head: Head,
    base: Table,
    recall: Option<Table>,
    base_figure: Figure,
    safe: Table,
    pruning_figure: Figure,
    recoveries: Table,
    harmed: Option<Table>,
    gains: Option<Table>,
    retraining_figure: Figure,
    /// Which weights survive, and how sparse each gate is.
    survivors: Vec<Figure>,
    /// Whether there are base models but none was kept.
    nothing_kept: bool,
    /// The explanation of the dagger, if a table has one.
    daggers: Option<String>,
    /// The explanation of the mark for a network that fell again, if a table has one.
    falls: Option<String>,
    judging: Vec<String>,
    settings: String,
}

impl Pruning {
    /// Everything that is shown.
    pub fn new(report: &StudyReport, survivors: &[Survivor]) -> Self {
        let findings = Findings::new(report.study, report.records, report.data.reber);
        let (done, planned) = (findings.done(), findings.planned());
        let progress = (done < planned).then(|| Progress {
            done,
            planned,
            things: "trials",
            missing: summary::missing(&findings),
        });
        Self {
            head: Head {
                id: "pruning",
                anchor: "summary",
                title: "Pruning",
                progress,
                notes: summary::notes(&findings),
                sentences: summary::sentences(&findings),
            },
            base: results::base(&findings),
            recall: results::recall(&findings),
            base_figure: figure::base(&findings),
            safe: results::safe_percents(&findings),
            pruning_figure: figure::pruning(&findings),
            recoveries: results::recoveries(&findings),
            harmed: baseline::table(&findings),
            gains: baseline::gains_table(&findings),
            retraining_figure: figure::retraining(&findings),
            survivors: match survivors {
                [] => Vec::new(),
                some => vec![figure::masks(some, 4), figure::gates(some, 5)],
            },
            nothing_kept: survivors.is_empty() && done > 0,
            daggers: daggers(&findings),
            falls: falls(&findings),
            judging: method::judging(&findings),
            settings: method::settings_section(report, &findings, "settings"),
        }
    }

    /// The figures, in order.
    pub fn figures(self) -> Vec<Figure> {
        let three = [self.base_figure, self.pruning_figure, self.retraining_figure];
        three.into_iter().chain(self.survivors).collect()
    }

    /// The sections.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}

fn daggers(findings: &Findings) -> Option<String> {
    let cells: Vec<_> =
        findings.study.cells.iter().filter(|&&cell| findings.some_unlearned(cell)).collect();
    (!cells.is_empty()).then(|| {
        format!(
            "† A base model of this cell stayed below {} on the {} strings, near chance. Its rows say \
                little about pruning.",
            wording::share(crate::arm::LEARNED),
            wording::judged_on(findings.study.judge),
        )
    })
}

fn falls(findings: &Findings) -> Option<String> {
    let study = findings.study;
    let judges = [study.judge, rarefy::train::Judge::Test];
    let mut outcomes = findings
        .records()
        .filter(|r| r.trial.pruning().is_some())
        .flat_map(|r| judges.map(|judge| findings.outcome(r, judge)));
    let ours = outcomes.any(|outcome| outcome.is_some_and(|outcome| outcome.fell_again));
    let theirs = findings.beside_thesis
        && study.cells.iter().any(|&cell| {
            study.scopes.iter().any(|&scope| {
                let outcome = |&p: &f64| thesis::outcome(cell, scope, p, study.tolerance);
                study.percents.iter().filter_map(outcome).any(|outcome| outcome.fell_again)
            })
        });
    (ours || theirs).then(|| {
        format!(
            "{FELL_AGAIN} The network had recovered, or lost nothing, but was below the level after its last \
                epoch."
        )
    })
}
