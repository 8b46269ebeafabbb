//! How much can be pruned without a significant loss.

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy::train::Judge;
use rarefy_view::chart::{Bar, Bars, NEUTRAL};
use rarefy_view::figure::{NARROW, Panel};
use rarefy_view::spread::{MEDIAN_FROM, median};
use rarefy_view::wording;

use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::questions::Question;
use crate::darji2021::report::questions::answer::{ASKED, Judged};
use crate::darji2021::report::questions::pruning::asked::Asked;
use crate::darji2021::report::questions::pruning::contested;
use crate::darji2021::report::safe_percent::{self, SafePercent};
use crate::darji2021::report::{summary, thesis};

/// Compares up to which contested percentage each cell and scope is safe.
pub fn question(asked: &Asked) -> Question {
    let findings = asked.findings;
    let agreement = asked.contested.agreement("safe percent", contested::safe);
    let compared = format!(
        "Combinations of cell and kind of weights with the same safe percentage: {}.{}",
        agreement.shares(),
        asked.between_seeds(contested::safe),
    );
    Question {
        number: 2,
        asked: ASKED[1],
        answer: answer(findings).unwrap_or_else(|| "Not known yet.".to_owned()),
        based_on: asked.based_on(),
        seeds: Some(findings.seeds()),
        doubts: asked.doubts(),
        drawing: drawing(findings),
        figure: Some(asked.figures.pruned),
        thesis: theirs(findings),
        judged: Judged::of(findings, agreement, &compared),
    }
}

fn known(findings: &Findings) -> impl Iterator<Item = Cell> {
    findings.study.cells.iter().copied().filter(|&cell| !findings.none_learned(cell))
}

fn answer(findings: &Findings) -> Option<String> {
    let scope = summary::headline_scope(findings)?;
    let smallest = *findings.percents().first()?;
    let of = |cell: Cell| {
        let safe = findings.safe_percents(cell, scope, Judge::Test);
        // No sentence while nothing is decided.
        safe_percent::safe_percents_in_words(&safe, smallest)?;
        Some((cell, safe_percent::safe_percents(&safe, smallest)?))
    };
    let each: Vec<(Cell, String)> = known(findings).filter_map(of).collect();
    let seeds = match findings.seeds().most {
        0 | 1 => "",
        seeds if seeds < MEDIAN_FROM => " (where seeds differ: both values)",
        _ => " (median of the seeds; where they differ, the range)",
    };
    let what = summary::each(&each, "can lose", &format!("of its {}", wording::weights(scope)))?;
    Some(format!(
        "Without retraining, {what} at a cost of at most {} of accuracy{seeds}.",
        wording::points(findings.study.tolerance),
    ))
}

fn theirs(findings: &Findings) -> Option<String> {
    let scope = summary::headline_scope(findings).filter(|_| findings.beside_thesis)?;
    let percents = findings.percents();
    let smallest = thesis::shared_percents(&percents).first().copied().unwrap_or_default();
    let of = |cell: Cell| {
        let by_rule = thesis::safe_percent(cell, scope, &percents, findings.study.tolerance)?;
        Some((
            format!(
                "{} for the {}",
                safe_percent::safe_percent(by_rule, smallest),
                wording::cell(cell)
            ),
            wording::percent(thesis::safe_percent_as_stated(cell, scope)),
        ))
    };
    let (by_rule, stated): (Vec<String>, Vec<String>) = known(findings).filter_map(of).unzip();
    (!by_rule.is_empty()).then(|| {
        format!(
            "By the same rule, its published accuracies give {}. Its text states {}.",
            wording::list(&by_rule),
            wording::list(&stated),
        )
    })
}

fn drawing(findings: &Findings) -> Option<Panel> {
    let percents = findings.percents();
    let theirs = |cell, scope| {
        let published = thesis::safe_percent(cell, scope, &percents, findings.study.tolerance);
        published.filter(|_| findings.beside_thesis)
    };
    let bar = |(cell, scope): (Cell, Scope)| {
        let mut safe = findings.safe_percents(cell, scope, Judge::Test);
        safe.reverse();
        let SafePercent { percent: value, open } = median(&safe)?;
        let mark = theirs(cell, scope).filter(|_| !open);
        let name = format!("{}, {scope}", wording::cell(cell));
        let beside = mark.map_or(String::new(), |p| format!(", thesis {}", wording::percent(p)));
        Some(Bar {
            text: format!("{name}: {}{beside}", wording::percent(value)),
            name,
            value,
            shown: wording::percent(value),
            mark,
        })
    };
    let scopes = &findings.study.scopes;
    let pairs = known(findings).flat_map(|cell| scopes.iter().map(move |&scope| (cell, scope)));
    let bars: Vec<Bar> = pairs.filter_map(bar).collect();
    let note = if findings.beside_thesis { " (line: thesis)" } else { "" };
    let title = format!("Safe percent on the test strings{note}");
    (!bars.is_empty()).then(|| {
        let label = format!("{title}, by cell and what is pruned together");
        let bars = Bars { label, width: NARROW, names: 90.0, class: NEUTRAL.to_owned(), bars };
        Panel::new("answer", title, bars.svg(100.0))
    })
}
