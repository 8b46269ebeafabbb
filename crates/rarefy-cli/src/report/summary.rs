//! The findings as sentences, computed from the records.
//!
//! Cells none of whose base models left chance are named once and then left out:
//! what pruning does to them says nothing about pruning.

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy::study::{Record, Trial};

use super::findings::{Findings, LEARNED, Recovery};
use super::spread::Spread;
use super::{thesis, wording};

/// How many networks that never recovered are named one by one.
const NAMED: usize = 4;

/// The page's opening paragraph, a sentence an entry.
pub fn sentences(findings: &Findings) -> Vec<String> {
    if findings.done() == 0 {
        return vec!["No trial of this study has finished yet.".to_owned()];
    }
    let sentences = [
        base_models(findings),
        unlearned(findings),
        safe_percents(findings),
        recovery(findings),
        all_pruned(findings),
        agreement(findings),
    ];
    sentences.into_iter().flatten().collect()
}

/// What a reader must know before trusting the figures: training that broke down.
pub fn diverged(findings: &Findings) -> Option<String> {
    let trials: Vec<String> = findings.diverged().into_iter().map(wording::trial).collect();
    (!trials.is_empty()).then(|| {
        format!(
            "Training diverged (the loss was no finite number) in {}: {}. Their curves end there, \
                and what never recovered includes them.",
            wording::count(trials.len(), "trial"),
            shortened(trials)
        )
    })
}

/// What has no record yet, by cell and seed. Empty when the study is complete.
pub fn missing(findings: &Findings) -> Vec<String> {
    let missing: Vec<&Trial> = findings.missing().collect();
    let of = |cell: Cell, seed: u64| {
        let own: Vec<&&Trial> =
            missing.iter().filter(|t| t.cell == cell && t.seed == seed).collect();
        let prunings = own.iter().filter(|t| t.pruning.is_some()).count();
        let planned = findings.study.scopes.len() * findings.study.percents.len();
        let mut parts = Vec::new();
        if own.len() > prunings {
            parts.push("the base model".to_owned());
        }
        if prunings > 0 {
            parts.push(format!("{prunings} of {planned} prunings"));
        }
        (!parts.is_empty())
            .then(|| format!("{}, seed {seed}: {}", wording::cell(cell), wording::list(&parts)))
    };
    let cells = &findings.study.cells;
    let pairs = findings.study.seeds.iter().flat_map(|&s| cells.iter().map(move |&c| (c, s)));
    pairs.filter_map(|(cell, seed)| of(cell, seed)).collect()
}

fn base_models(findings: &Findings) -> Option<String> {
    let last = |cell| {
        let records = findings.base_records(cell);
        Spread::of(records.iter().filter_map(|r| r.epochs.last()).map(|e| e.test.accuracy()))
    };
    let cells = findings.study.cells.iter();
    let shares: Vec<(Cell, String)> =
        cells.filter_map(|&cell| Some((cell, wording::share(last(cell)?.mean)))).collect();
    let what = each(&shares, "gets", "of the test strings right")?;
    Some(format!(
        "After {} of training and before any pruning, {what}{}.",
        wording::count(findings.study.base_epochs as usize, "epoch"),
        over_seeds(findings, "means"),
    ))
}

/// `the GRU gets 99 % of the test strings right, the LSTM 98 % and the tanh RNN 94 %`.
fn each(values: &[(Cell, String)], verb: &str, object: &str) -> Option<String> {
    let ((first, value), rest) = values.split_first()?;
    let mut parts = vec![format!("the {} {verb} {value} {object}", wording::cell(*first))];
    parts.extend(rest.iter().map(|(cell, value)| format!("the {} {value}", wording::cell(*cell))));
    Some(wording::list(&parts))
}

fn over_seeds(findings: &Findings, what: &str) -> String {
    match findings.study.seeds.len() {
        1 => String::new(),
        seeds => format!(" ({what} of {})", wording::count(seeds, "seed")),
    }
}

fn unlearned(findings: &Findings) -> Option<String> {
    let cells = findings.study.cells.iter().filter(|&&cell| findings.none_learned(cell));
    let names: Vec<String> = cells.map(|&cell| format!("the {}", wording::cell(cell))).collect();
    (!names.is_empty()).then(|| {
        format!(
            "Not one base model of {} got past {} of the judging strings, where chance is 50{}%: \
                too little \
                training, so that pruning them shows nothing and the sentences below leave them \
                out.",
            wording::list(&names),
            wording::share(LEARNED),
            wording::NBSP,
        )
    })
}

/// The scope the summary speaks of: both, if it was studied.
fn headline_scope(findings: &Findings) -> Option<Scope> {
    let scopes = &findings.study.scopes;
    if scopes.contains(&Scope::Both) { Some(Scope::Both) } else { scopes.first().copied() }
}

fn safe_percents(findings: &Findings) -> Option<String> {
    let scope = headline_scope(findings)?;
    let learned = findings.study.cells.iter().filter(|&&cell| !findings.none_learned(cell));
    let known: Vec<(Cell, String)> = learned
        .filter_map(|&cell| {
            let safe = findings.safe_percents(cell, scope);
            let decided = safe.iter().any(|safe| safe.percent > 0.0 || !safe.open);
            let text = wording::safe_percents(&safe).filter(|_| decided)?;
            Some((cell, text.replace(&format!("≥{}", wording::NBSP), "at least ")))
        })
        .collect();
    let what = each(&known, "can lose", &format!("of its {}", wording::weights(scope)))?;
    let stated: Vec<String> = known
        .iter()
        .map(|(cell, _)| wording::percent(thesis::safe_percent_as_stated(*cell, scope)))
        .collect();
    Some(format!(
        "Without any retraining, {what} before accuracy falls by more than {}{}; the thesis \
            states {}.",
        wording::points(findings.study.tolerance),
        over_seeds(findings, "medians"),
        wording::list(&stated),
    ))
}

/// In how many combinations of cell and scope the published curves give the same.
fn agreement(findings: &Findings) -> Option<String> {
    let study = findings.study;
    let (mut known, mut same) = (0, 0);
    for &cell in study.cells.iter().filter(|&&cell| !findings.none_learned(cell)) {
        for &scope in &study.scopes {
            let safe = findings.safe_percents(cell, scope);
            let Some((median, _)) = super::spread::middle(&safe) else { continue };
            if safe.iter().any(|safe| safe.open) {
                continue;
            }
            known += 1;
            let published = thesis::safe_percent(cell, scope, &study.percents, study.tolerance);
            same += usize::from(median.percent == published);
        }
    }
    (known > 0).then(|| {
        format!(
            "Judged by the same rule, the thesis’s published curves give the same safe percent in \
                {same} of {known} combinations of cell and scope."
        )
    })
}

fn recovery(findings: &Findings) -> Option<String> {
    let counts = |record: &&Record| {
        let learned = findings.learned(record.trial.cell, record.trial.seed);
        record.trial.pruning.is_some_and(|p| p.percent < 100.0) && learned == Some(true)
    };
    let records: Vec<&Record> = findings.records().filter(counts).collect();
    let percent = |record: &&Record| record.trial.pruning.map_or(0.0, |p| p.percent);
    let largest = records.iter().map(percent).fold(0.0, f64::max);
    let hardest: Vec<&Record> = records.iter().copied().filter(|r| percent(r) == largest).collect();
    if hardest.is_empty() {
        return None;
    }
    let after = |record: &Record| Recovery::from(record.epochs_to_recover);
    let harmed: Vec<&Record> =
        hardest.iter().copied().filter(|r| after(r) != Recovery::After(0)).collect();
    let lost: Vec<&Record> =
        harmed.iter().copied().filter(|r| after(r) == Recovery::Never).collect();
    let slowest = harmed.iter().filter_map(|r| r.epochs_to_recover).max();

    let hardest_percent = wording::percent(largest);
    let one = hardest.len() == 1;
    let mut text = match (one, harmed.len()) {
        (true, 0) => format!("The one network pruned to {hardest_percent} did not fall further"),
        (true, _) => format!("The one network pruned to {hardest_percent} fell further than that"),
        (false, harmed) => format!(
            "Of {} pruned to {hardest_percent}, {} fell further than that",
            wording::count(hardest.len(), "network"),
            match harmed {
                0 => "none".to_owned(),
                all if all == hardest.len() => "all".to_owned(),
                some => some.to_string(),
            },
        ),
    };
    if let Some(epochs) = slowest {
        let epochs = wording::count(epochs as usize, "epoch");
        let who = match (one, lost.len()) {
            (true, _) => "it was".to_owned(),
            (false, 0) => "all of them were".to_owned(),
            (false, lost) => format!("{lost} never came back, the others were"),
        };
        text += &format!("; {who} back within {epochs} of retraining");
    } else if !lost.is_empty() {
        let given = wording::count(findings.study.recovery_epochs as usize, "epoch");
        let who = if one { "it did not come" } else { "none of them came" };
        text += &format!("; {who} back within {given} of retraining");
    }
    let all_lost = records.iter().copied().filter(|r| after(r) == Recovery::Never);
    let names: Vec<String> = all_lost.map(|r| wording::trial(&r.trial)).collect();
    if !names.is_empty() && slowest.is_some() {
        text +=
            &format!(". Never recovered at less than 100{}%: {}", wording::NBSP, shortened(names));
    }
    Some(text + ".")
}

/// At 100 % a single weight of the scope is left: who lives without the rest?
fn all_pruned(findings: &Findings) -> Option<String> {
    if !findings.study.percents.contains(&100.0) {
        return None;
    }
    let mut outcomes: Vec<(String, Vec<&str>)> = Vec::new();
    for &scope in &findings.study.scopes {
        let Some(outcome) = survivors(findings, scope) else { continue };
        let weights = wording::weights(scope);
        match outcomes.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, same)) => same.push(weights),
            None => outcomes.push((outcome, vec![weights])),
        }
    }
    let clauses: Vec<String> = outcomes
        .iter()
        .map(|(outcome, weights)| format!("without {} {outcome}", weights.join(" or without ")))
        .collect();
    (!clauses.is_empty()).then(|| {
        format!(
            "At 100{}%, where all but the single largest weight are gone: {}.",
            wording::NBSP,
            clauses.join("; ")
        )
    })
}

/// Who came back from 100 %, and who did not. `None` before anything is known.
fn survivors(findings: &Findings, scope: Scope) -> Option<String> {
    let (mut back, mut lost) = (Vec::new(), Vec::new());
    for &cell in findings.study.cells.iter().filter(|&&cell| !findings.none_learned(cell)) {
        let recoveries = findings.recoveries(cell, scope, 100.0);
        let name = format!("the {}", wording::cell(cell));
        let returned = recoveries.iter().filter(|&&r| r != Recovery::Never).count();
        match (returned, recoveries.len()) {
            (_, 0) => {}
            (0, _) => lost.push(name),
            (all, seeds) if all == seeds => back.push(name),
            (some, seeds) => back.push(format!("{name} ({some} of {seeds} seeds)")),
        }
    }
    match (back.is_empty(), lost.is_empty()) {
        (true, true) => None,
        (true, false) => Some("no network came back".to_owned()),
        (false, true) => Some(format!("{} came back", wording::list(&back))),
        (false, false) => {
            Some(format!("{} came back, {} did not", wording::list(&back), wording::list(&lost)))
        }
    }
}

fn shortened(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    match more {
        0 => names.join("; "),
        _ => format!("{}; and {more} more", names.join("; ")),
    }
}
