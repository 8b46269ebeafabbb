//! How many epochs of retraining regain the accuracy.

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy_view::wording;

use crate::darji2021::report::baseline;
use crate::darji2021::report::outcome::Recovery;
use crate::darji2021::report::questions::Question;
use crate::darji2021::report::questions::answer::{ASKED, Judged};
use crate::darji2021::report::questions::pruning::asked::Asked;
use crate::darji2021::report::questions::pruning::sides::{Harm, Network, Run, Side};
use crate::darji2021::report::questions::pruning::{contested, drawing};

/// Compares the epochs to recover of each contested network that is harmed in both experiments.
pub fn question(asked: &Asked) -> Question {
    let findings = asked.findings;
    let agreement = asked.contested.agreement("epochs to recover", contested::epochs);
    let compared = format!(
        "Contested networks, harmed in both, that recovered after the same number of epochs: {}.{}",
        agreement.shares(),
        asked.between_seeds(contested::epochs),
    );
    let mut doubts = asked.doubts();
    doubts.push(
        "A pruned network was trained for longer than the unpruned one it is compared with. Part of \
            a recovery may be further training."
            .to_owned(),
    );
    doubts.extend(baseline::sentence(findings));
    if findings.beside_thesis {
        doubts.push(
            "The controls, whole networks trained as long and networks pruned at random, are in the part \
                “open” (Retraining after pruning)."
                .to_owned(),
        );
        doubts.push("The thesis counted epochs on its test set.".to_owned());
    }
    let tolerance = findings.study.tolerance;
    let answer = |side| regained(side, asked.epochs, tolerance);
    Question {
        number: 3,
        asked: ASKED[2],
        answer: answer(&asked.ours).unwrap_or_else(|| "Not known yet.".to_owned()),
        based_on: asked.based_on(),
        seeds: Some(findings.seeds()),
        doubts,
        drawing: drawing::drawing(asked, 1, "after one epoch of retraining"),
        figure: Some(asked.figures.retrained),
        thesis: answer(&asked.theirs),
        judged: Judged::of(findings, agreement, &compared),
    }
}

/// How many of the harmed networks had recovered after how many epochs.
fn regained(side: &Side, epochs: u32, tolerance: f64) -> Option<String> {
    side.runs().next()?;
    let partly = side.runs().filter(|(network, _)| network.percent < 100.0);
    let harmed: Vec<&Run> =
        partly.map(|(_, run)| run).filter(|run| run.harm() != Harm::None).collect();
    let back = |within: u32| {
        let in_time = |run: &&&Run| matches!(run.recovery, Recovery::After(e) if e <= within);
        harmed.iter().filter(in_time).count()
    };
    let within = wording::count(epochs as usize, "epoch");
    let all = harmed.len();
    let mut sentences = vec![match all {
        0 => "Pruning less than 100 % of the weights harmed no network.".to_owned(),
        _ => {
            let more = match epochs {
                1 => String::new(),
                _ if back(1) == all => String::new(),
                _ => format!(", {} within {within}", back(epochs)),
            };
            format!(
                "Of {} harmed by pruning less than 100 %, {} recovered within one epoch of retraining{more}. \
                    Recovered means within {} of the unpruned accuracy, on the test strings.",
                wording::count(all, "network"),
                back(1),
                wording::points(tolerance),
            )
        }
    }];
    sentences.extend(without_hidden(side, &within));
    Some(sentences.join(" "))
}

/// Which cells recover with all hidden-to-hidden weights but one pruned.
fn without_hidden(side: &Side, within: &str) -> Option<String> {
    let last =
        |(network, _): &(Network, &Run)| network.percent == 100.0 && network.scope == Scope::Hh;
    let mut cells: Vec<Cell> = side.runs().filter(last).map(|(n, _)| n.cell).collect();
    cells.dedup();
    let counts = cells.iter().map(|&cell| {
        let own = || side.runs().filter(last).filter(move |(n, _)| n.cell == cell);
        (cell, own().filter(|(_, run)| run.is_back()).count(), own().count())
    });
    let (mut back, mut lost) = (Vec::new(), Vec::new());
    for (cell, came, all) in counts {
        let name = format!("the {}", wording::cell(cell));
        match came {
            0 => lost.push(name),
            _ if came == all => back.push(name),
            _ => back.push(format!("{name} ({came} of {all} seeds)")),
        }
    }
    let [names, lost_names] = [&back, &lost].map(|names| wording::list(names));
    let without = "With all hidden-to-hidden weights but one pruned,";
    Some(match (back.is_empty(), lost.is_empty()) {
        (true, true) => return None,
        (false, true) => format!("{without} {names} recovered within {within}."),
        (false, false) => {
            format!("{without} {names} recovered within {within}, {lost_names} did not.")
        }
        (true, false) => format!("{without} {lost_names} did not recover within {within}."),
    })
}
