//! What pruning does, how much can go, and how fast it is regained.
//!
//! All three are judged on the test strings, means or medians over seeds: the thesis published
//! nothing else. Cells none of whose base models learned are left out.

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy::train::Judge;
use rarefy_view::chart::{Axis, Bar, Bars, Chart, Line, NEUTRAL, cell_class, cell_marker};
use rarefy_view::curve::{Curve, accuracy_axis, line};
use rarefy_view::figure::{LOW, NARROW, Panel};
use rarefy_view::spread::{Spread, typical};
use rarefy_view::wording;

use crate::darji2021::report::findings::{Findings, LEARNED};
use crate::darji2021::report::outcome::Recovery;
use crate::darji2021::report::questions::answer::{ASKED, Tally, judged};
use crate::darji2021::report::questions::{Figures, Question};
use crate::darji2021::report::safe_percent;
use crate::darji2021::report::{summary, thesis};

/// One of the two experiments: how it is asked for an accuracy or an outcome.
struct Side<'a> {
    unpruned: &'a dyn Fn(Cell) -> Option<Spread>,
    /// After so many epochs of retraining, 0 is right after pruning.
    accuracy: &'a dyn Fn(Network, usize) -> Option<Spread>,
    recovery: &'a dyn Fn(Network) -> Option<Recovery>,
}

/// Which pruned network.
#[derive(Clone, Copy)]
struct Network {
    cell: Cell,
    scope: Scope,
    percent: f64,
}

/// The first three questions.
pub fn questions(findings: &Findings, figures: Figures) -> Vec<Question> {
    if findings.done() == 0 {
        let why = "Not answered yet: no trial of the part “pruning” has finished.";
        return (0..3).map(|at| Question::open(at + 1, ASKED[at], why)).collect();
    }
    let study = findings.study;
    let tolerance = study.tolerance;
    let shared = study.recovery_epochs.min(thesis::RETRAINING_EPOCHS);
    let cells = study.cells.iter().filter(|&&cell| !findings.none_learned(cell));
    let networks: Vec<Network> = cells
        .flat_map(|&cell| study.scopes.iter().map(move |&scope| (cell, scope)))
        .flat_map(|(cell, scope)| {
            findings.percents().into_iter().map(move |percent| Network { cell, scope, percent })
        })
        .collect();
    let ours = Side {
        unpruned: &|cell| {
            let seeds = study.seeds.iter();
            Spread::of(seeds.filter_map(|&seed| findings.unpruned_on_test(cell, seed)))
        },
        accuracy: &|Network { cell, scope, percent }, epoch| {
            let records = findings.pruned_records(cell, scope, percent);
            let at = records.iter().filter_map(|r| r.epochs.get(epoch));
            Spread::of(at.map(|epoch| epoch.test.accuracy()))
        },
        recovery: &|Network { cell, scope, percent }| {
            let outcomes = findings.outcomes(cell, scope, percent, Judge::Test);
            typical(&outcomes.iter().map(|o| within(o.recovery, shared)).collect::<Vec<_>>())
        },
    };
    let theirs = Side {
        unpruned: &|cell| Some(Spread::one(thesis::unpruned(cell))),
        accuracy: &|Network { cell, scope, percent }, epoch| {
            thesis::retraining_curve(cell, scope, percent)?.get(epoch).copied().map(Spread::one)
        },
        recovery: &|Network { cell, scope, percent }| {
            let outcome = thesis::outcome(cell, scope, percent, tolerance)?;
            Some(within(outcome.recovery, shared))
        },
    };
    let sides = [&ours, &theirs];
    vec![
        effect(findings, &networks, sides, figures),
        safe(findings, &networks, figures),
        regained(findings, &networks, sides, shared, figures),
    ]
}

/// What is not back after so many epochs is not back: both sides are looked at for equally long.
fn within(recovery: Recovery, epochs: u32) -> Recovery {
    match recovery {
        Recovery::After(after) if after <= epochs => Recovery::After(after),
        _ => Recovery::Beyond(epochs),
    }
}

/// How hard pruning hit a network.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Harm {
    /// Within the tolerance of the unpruned one.
    None,
    Some,
    /// Near chance.
    Total,
}

impl Side<'_> {
    fn harm(&self, network: Network, tolerance: f64) -> Option<Harm> {
        let unpruned = (self.unpruned)(network.cell)?.mean;
        let after = (self.accuracy)(network, 0)?.mean;
        // The least that can differ is one string; rounding is less.
        Some(match after {
            _ if after >= unpruned - tolerance - 1e-9 => Harm::None,
            _ if after < LEARNED => Harm::Total,
            _ => Harm::Some,
        })
    }

    fn effect(&self, networks: &[Network], tolerance: f64) -> Option<String> {
        let known: Vec<(Network, f64, Harm)> = networks
            .iter()
            .filter_map(|&n| Some((n, (self.accuracy)(n, 0)?.mean, self.harm(n, tolerance)?)))
            .collect();
        let mut percents: Vec<f64> = known.iter().map(|(n, ..)| n.percent).collect();
        percents.sort_by(f64::total_cmp);
        percents.dedup();
        let at = |percent: f64| known.iter().filter(move |(n, ..)| n.percent == percent);
        let harmless = percents
            .iter()
            .take_while(|&&percent| at(percent).all(|&(_, _, harm)| harm == Harm::None))
            .last();
        let loses = format!("loses more than {}", wording::points(tolerance));
        let first = match (harmless, percents.first()) {
            (Some(&percent), _) => {
                format!("Up to {} pruned, no network {loses}", wording::percent(percent))
            }
            (None, Some(&smallest)) => {
                let harmed = at(smallest).filter(|(_, _, harm)| *harm != Harm::None).count();
                format!(
                    "Already at {} pruned, {harmed} of {} lose more than {}",
                    wording::percent(smallest),
                    wording::count(at(smallest).count(), "network"),
                    wording::points(tolerance)
                )
            }
            (None, None) => return None,
        };
        let range = |values: &mut dyn Iterator<Item = f64>| {
            let spread = Spread::of(values)?;
            let [low, high] = [spread.min, spread.max].map(wording::share);
            Some(if low == high { low } else { format!("{low} to {high}") })
        };
        let hardest = percents.iter().copied().rfind(|&percent| percent < 100.0);
        let then = hardest.and_then(|percent| {
            let before = {
                let unpruned = at(percent).filter_map(|(n, ..)| (self.unpruned)(n.cell));
                range(&mut unpruned.map(|spread| spread.mean))?
            };
            let after = range(&mut at(percent).map(|&(_, accuracy, _)| accuracy))?;
            let percent = wording::percent(percent);
            Some(format!(
                "; at {percent}, networks that got {before} of the strings right get {after}"
            ))
        });
        let all = at(100.0).count();
        let last = (all > 0).then(|| {
            let total = at(100.0).filter(|(_, _, harm)| *harm == Harm::Total).count();
            format!("; with all weights but one gone, {total} of {all} are near chance")
        });
        Some(format!("{first}{}{}.", then.unwrap_or_default(), last.unwrap_or_default()))
    }
}

/// Compared: of each network, by percent, scope and cell, whether pruning alone did no harm, some,
/// or left it near chance.
fn effect(
    findings: &Findings,
    networks: &[Network],
    [ours, theirs]: [&Side; 2],
    figures: Figures,
) -> Question {
    let tolerance = findings.study.tolerance;
    let published: Vec<Network> =
        networks.iter().copied().filter(|&n| theirs.harm(n, tolerance).is_some()).collect();
    let tally =
        Tally::of(published.iter().map(|&network| {
            Some(ours.harm(network, tolerance)? == theirs.harm(network, tolerance)?)
        }));
    let compared = format!(
        "{} of {} are hit as hard (not, in part, or down to chance) in both.",
        tally.same,
        wording::count(tally.decided(), "pruned network"),
    );
    let (verdict, why) = judged(findings, tally, compared);
    let answer = ours.effect(networks, tolerance);
    Question {
        number: 1,
        asked: ASKED[0],
        answer: answer.unwrap_or_else(|| "Not known yet.".to_owned()),
        doubts: Vec::new(),
        drawing: drawing(findings, [ours, theirs], 0, "right after pruning"),
        figure: Some(figures.pruned),
        thesis: theirs.effect(&published, tolerance).filter(|_| findings.beside_thesis),
        verdict,
        why,
    }
}

/// Accuracy after so many epochs of retraining by percent, a line a cell.
fn drawing(findings: &Findings, sides: [&Side; 2], epoch: usize, when: &str) -> Option<Panel> {
    let study = findings.study;
    let scope = summary::headline_scope(findings)?;
    let curve = |cell: Cell, side: &Side| -> Curve {
        let point =
            |percent| Some((percent, (side.accuracy)(Network { cell, scope, percent }, epoch)?));
        let unpruned = (side.unpruned)(cell).map(|accuracy| (0.0, accuracy));
        let percents = findings.percents().into_iter().filter(|&percent| percent > 0.0);
        unpruned.into_iter().chain(percents.filter_map(point)).collect()
    };
    let mut curves = Vec::new();
    for (dashed, side) in [(true, sides[1]), (false, sides[0])] {
        if !dashed || findings.beside_thesis {
            curves.extend(study.cells.iter().map(|&cell| (cell, dashed, curve(cell, side))));
        }
    }
    let lines: Vec<Line> = curves
        .iter()
        .map(|(cell, dashed, curve)| {
            let whose = if *dashed { "Thesis, " } else { "" };
            let name = wording::cell(*cell);
            let text = |x| format!("{whose}{name}, {} pruned, {when}", wording::percent(x));
            line(cell_class(*cell), cell_marker(*cell), *dashed, curve, &text)
        })
        .collect();
    let title = format!("{}, {when}", wording::scope(scope));
    let chart = Chart {
        label: format!("Test accuracy by percent pruned. {title}"),
        width: NARROW,
        height: LOW,
        x: Axis::new("percent of the weights pruned", 0.0, 100.0, 5),
        y: accuracy_axis(curves.iter().map(|(_, _, curve)| curve)),
        level: None,
        lines,
    };
    Some(Panel::new("answer", title, chart.svg()))
}

/// Compared: the safe percent of each cell and scope, by the same rule at the percents that both
/// have; the same is at most one of those percents apart.
fn safe(findings: &Findings, networks: &[Network], figures: Figures) -> Question {
    let study = findings.study;
    let percents = findings.percents();
    let shared = thesis::shared_percents(&percents);
    let place = |safe: f64| shared.iter().filter(|&&percent| percent <= safe).count();
    let mut pairs: Vec<(Cell, Scope)> = networks.iter().map(|n| (n.cell, n.scope)).collect();
    pairs.dedup();
    let ours = |cell, scope| {
        let mut safe = findings.safe_percents(cell, scope, Judge::Test);
        if safe.iter().any(|safe| safe.open) {
            return None;
        }
        safe.reverse();
        typical(&safe).map(|safe| safe.percent)
    };
    let theirs = |cell, scope| thesis::safe_percent(cell, scope, &percents, study.tolerance);
    let both = |&(cell, scope): &(Cell, Scope)| {
        let (ours, theirs) = (ours(cell, scope)?, theirs(cell, scope)?);
        Some(place(ours).abs_diff(place(theirs)))
    };
    let tally = Tally::of(pairs.iter().map(|pair| both(pair).map(|apart| apart <= 1)));
    let exact = pairs.iter().filter(|pair| both(pair) == Some(0)).count();
    let compared = format!(
        "by the same rule and at the same percents, {} of {} are no more than one of those percents \
            apart, {exact} are equal.",
        tally.same,
        wording::count(tally.decided(), "safe percent"),
    );
    let (verdict, why) = judged(findings, tally, compared);
    let bar = |&(cell, scope): &(Cell, Scope)| {
        let value = ours(cell, scope)?;
        let mark = theirs(cell, scope).filter(|_| findings.beside_thesis);
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
    let bars: Vec<Bar> = pairs.iter().filter_map(bar).collect();
    let title = "Safe percent on the test strings".to_owned();
    let note = if findings.beside_thesis { " (line: thesis)" } else { "" };
    let drawing = (!bars.is_empty()).then(|| {
        let label = format!("{title}, by cell and what is pruned together{note}");
        let bars = Bars { label, width: NARROW, names: 90.0, class: NEUTRAL.to_owned(), bars };
        Panel::new("answer", format!("{title}{note}"), bars.svg(100.0))
    });
    Question {
        number: 2,
        asked: ASKED[1],
        answer: summary::safe_percents(findings).unwrap_or_else(|| "Not known yet.".to_owned()),
        doubts: Vec::new(),
        drawing,
        figure: Some(figures.pruned),
        thesis: their_safe_percents(findings),
        verdict,
        why,
    }
}

fn their_safe_percents(findings: &Findings) -> Option<String> {
    let scope = summary::headline_scope(findings).filter(|_| findings.beside_thesis)?;
    let percents = findings.percents();
    let smallest = thesis::shared_percents(&percents).first().copied().unwrap_or_default();
    let of = |&cell: &Cell| {
        let by_rule = thesis::safe_percent(cell, scope, &percents, findings.study.tolerance)?;
        Some(format!(
            "{} of the {}’s ({})",
            wording::percent(thesis::safe_percent_as_stated(cell, scope)),
            wording::cell(cell),
            safe_percent::safe_percent(by_rule, smallest)
        ))
    };
    let each: Vec<String> = findings.study.cells.iter().filter_map(of).collect();
    (!each.is_empty()).then(|| {
        format!(
            "Its text calls safe, of {}: {}; in brackets what the rule used here makes of its \
                published accuracies.",
            wording::weights(scope),
            wording::list(&each)
        )
    })
}

impl Side<'_> {
    /// Of the networks that pruning harmed, how many were back after how many epochs.
    fn regained(&self, networks: &[Network], epochs: u32) -> Option<String> {
        let harmed = |&&network: &&Network| {
            let recovery = (self.recovery)(network);
            recovery.is_some_and(|recovery| recovery != Recovery::After(0))
        };
        let partly = networks.iter().filter(|n| n.percent < 100.0);
        let harmed: Vec<Network> = partly.filter(harmed).copied().collect();
        let back = |after: u32| {
            let back = harmed.iter().filter(|&&network| {
                matches!((self.recovery)(network), Some(Recovery::After(e)) if e <= after)
            });
            back.count()
        };
        let within = wording::count(epochs as usize, "epoch");
        let first = match harmed.len() {
            0 => "Pruning less than 100 % harmed no network".to_owned(),
            all => {
                let one = back(1);
                let one = if one == all { "all".to_owned() } else { one.to_string() };
                let more = match epochs {
                    1 => String::new(),
                    _ if back(1) == all => String::new(),
                    _ => format!(", {} within {within}", back(epochs)),
                };
                format!(
                    "Of {} harmed by pruning less than 100 %, {one} were back after one epoch{more}",
                    wording::count(all, "network")
                )
            }
        };
        let whole = |n: &&Network| n.percent == 100.0 && n.scope == Scope::Hh;
        let last = networks.iter().filter(whole);
        let known: Vec<(Cell, bool)> = last
            .filter_map(|&n| Some((n.cell, matches!((self.recovery)(n)?, Recovery::After(_)))))
            .collect();
        let names = |back: bool| {
            let of = known.iter().filter(|(_, is_back)| *is_back == back);
            let names: Vec<String> =
                of.map(|(cell, _)| format!("the {}", wording::cell(*cell))).collect();
            (!names.is_empty()).then(|| wording::list(&names))
        };
        let without = "with all hidden-to-hidden weights but one gone";
        let last = match (names(true), names(false)) {
            (Some(back), Some(lost)) => {
                format!("; {without}, {back} came back within {within}, {lost} did not")
            }
            (Some(back), None) => format!("; {without}, {back} came back within {within}"),
            (None, Some(lost)) => format!("; {without}, {lost} did not come back within {within}"),
            (None, None) => String::new(),
        };
        let known = networks.iter().any(|&network| (self.recovery)(network).is_some());
        known.then(|| format!("{first}{last}."))
    }
}

/// Compared: of each network that pruning harmed on both sides, whether it was back within the
/// epochs that both ran, and after as many, give or take one.
fn regained(
    findings: &Findings,
    networks: &[Network],
    [ours, theirs]: [&Side; 2],
    epochs: u32,
    figures: Figures,
) -> Question {
    let published: Vec<Network> =
        networks.iter().copied().filter(|&n| (theirs.recovery)(n).is_some()).collect();
    let unharmed = Some(Recovery::After(0));
    let harmed = published
        .iter()
        .filter(|&&n| (ours.recovery)(n) != unharmed && (theirs.recovery)(n) != unharmed);
    let tally = Tally::of(harmed.map(|&network| {
        Some(match ((ours.recovery)(network)?, (theirs.recovery)(network)?) {
            (Recovery::After(a), Recovery::After(b)) => a.abs_diff(b) <= 1,
            (Recovery::After(_), _) | (_, Recovery::After(_)) => false,
            _ => true,
        })
    }));
    let whole = match networks.iter().any(|network| network.percent >= 100.0) {
        true => ", those at 100 % among them,",
        false => ",",
    };
    let compared = format!(
        "of {} harmed in both{whole} {} did the same within {}: were back after as many, give \
            or take one, or not at all.",
        wording::count(tally.decided(), "network"),
        tally.same,
        wording::count(epochs as usize, "epoch"),
    );
    let (verdict, why) = judged(findings, tally, compared);
    let mut doubts = vec![
        "A pruned network was trained for longer than the unpruned one it is measured against: part of \
            a recovery may be further training."
            .to_owned(),
    ];
    if findings.beside_thesis {
        doubts.push(
            "The thesis counted epochs on the test set, in one unseeded run of each network."
                .to_owned(),
        );
    }
    let retrained = "after one epoch of retraining";
    Question {
        number: 3,
        asked: ASKED[2],
        answer: ours.regained(networks, epochs).unwrap_or_else(|| "Not known yet.".to_owned()),
        doubts,
        drawing: drawing(findings, [ours, theirs], 1, retrained),
        figure: Some(figures.retrained),
        thesis: theirs.regained(&published, epochs).filter(|_| findings.beside_thesis),
        verdict,
        why,
    }
}
