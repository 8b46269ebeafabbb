//! The sentence about 100 %: which networks still work with only the largest weight of a scope?
//!
//! Both sides are judged on test sequences, because the thesis published only those.

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy::train::Judge;
use rarefy_view::wording;

use crate::arm::LEARNED;
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::thesis;

/// The outcome of a cell's networks.
struct Fate {
    cell: Cell,
    /// Number of seeds that recovered at some epoch.
    back: usize,
    /// Number of seeds with known outcome.
    seeds: usize,
    /// The best test accuracy after the last epoch, over seeds.
    best_last: f64,
}

/// Which networks recovered and which came close, with the same for the thesis. `None` if 100 % is
/// not part of the study or nothing is known of it.
pub fn sentence(findings: &Findings) -> Option<String> {
    let study = findings.study;
    // Scopes with the same outcome share a clause.
    let mut clauses: Vec<(String, Vec<&str>)> = Vec::new();
    for &scope in &study.scopes {
        let Some(said) = said(findings, scope) else { continue };
        let weights = wording::weights(scope);
        match clauses.iter_mut().find(|(known, _)| *known == said) {
            Some((_, same)) => same.push(weights),
            None => clauses.push((said, vec![weights])),
        }
    }
    let clause =
        |(said, weights): &(String, Vec<&str>)| format!("{} pruned, {said}", weights.join(" or "));
    let clauses: Vec<String> = clauses.iter().map(clause).collect();
    (!clauses.is_empty()).then(|| {
        format!(
            "With all weights but the single largest pruned, after {} of retraining (test strings): {}.{}",
            wording::count(study.recovery_epochs as usize, "epoch"),
            clauses.join("; "),
            otherwise(findings).unwrap_or_default(),
        )
    })
}

/// The clause about one scope: our outcome, with the thesis's in brackets.
fn said(findings: &Findings, scope: Scope) -> Option<String> {
    let fates = fates(findings, scope);
    let ours = outcome(&fates)?;
    let published = fates.iter().filter_map(|fate| published(findings, fate.cell, scope));
    let theirs = outcome(&published.collect::<Vec<_>>()).filter(|_| findings.beside_thesis);
    let within = wording::count(thesis::RETRAINING_EPOCHS as usize, "epoch");
    Some(match theirs {
        Some(theirs) if theirs == ours => format!("{ours} (the same in the thesis, {within})"),
        Some(theirs) => format!("{ours} (thesis, {within}: {theirs})"),
        None => ours,
    })
}

fn fates(findings: &Findings, scope: Scope) -> Vec<Fate> {
    let cells = findings.study.cells.iter().filter(|&&cell| !findings.none_learned(cell));
    let fate = |&cell: &Cell| {
        let outcomes = findings.outcomes(cell, scope, 100.0, Judge::Test);
        let records = findings.pruned_records(cell, scope, 100.0);
        let last = records.iter().filter_map(|r| r.epochs.last()).map(|e| e.test.accuracy());
        Fate {
            cell,
            back: outcomes.iter().filter(|outcome| outcome.is_back()).count(),
            seeds: outcomes.len(),
            best_last: last.fold(0.0, f64::max),
        }
    };
    cells.map(fate).filter(|fate| fate.seeds > 0).collect()
}

fn published(findings: &Findings, cell: Cell, scope: Scope) -> Option<Fate> {
    let outcome = thesis::outcome(cell, scope, 100.0, findings.study.tolerance)?;
    let last = *thesis::retraining_curve(cell, scope, 100.0)?.last()?;
    Some(Fate { cell, back: usize::from(outcome.is_back()), seeds: 1, best_last: last })
}

/// `the GRU recovered, the LSTM got to 94.2 % but did not recover, the tanh RNN stayed near
/// chance`.
fn outcome(fates: &[Fate]) -> Option<String> {
    let name = |fate: &Fate| format!("the {}", wording::cell(fate.cell));
    let mut parts = Vec::new();
    let back: Vec<String> = fates
        .iter()
        .filter(|fate| fate.back > 0)
        .map(|fate| match fate.back == fate.seeds {
            true => name(fate),
            false => format!("{} ({} of {} seeds)", name(fate), fate.back, fate.seeds),
        })
        .collect();
    if !back.is_empty() {
        parts.push(format!("{} recovered", wording::list(&back)));
    }
    let lost = || fates.iter().filter(|fate| fate.back == 0);
    let near: Vec<(String, String)> = lost()
        .filter(|fate| fate.best_last >= LEARNED)
        .map(|fate| (name(fate), wording::share(fate.best_last)))
        .collect();
    if let [(first, share), rest @ ..] = &near[..] {
        let mut all = vec![format!("{first} got to {share}")];
        all.extend(rest.iter().map(|(name, share)| format!("{name} to {share}")));
        parts.push(format!("{} but did not recover", wording::list(&all)));
    }
    let chance: Vec<String> = lost().filter(|fate| fate.best_last < LEARNED).map(name).collect();
    if !chance.is_empty() {
        let who = match chance.len() == fates.len() && chance.len() > 1 {
            true => "every network".to_owned(),
            false => wording::list(&chance),
        };
        parts.push(format!("{who} stayed near chance"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// How many of these networks are judged differently on the held-out sequences.
fn otherwise(findings: &Findings) -> Option<String> {
    let judge = findings.study.judge;
    let differs = |record: &&rarefy::study::Record| {
        let back = |judge| findings.outcome(record, judge).map(|outcome| outcome.is_back());
        let all = record.trial.pruning().is_some_and(|pruning| pruning.percent == 100.0);
        all && !findings.none_learned(record.trial.cell) && back(judge) != back(Judge::Test)
    };
    let count = findings.records().filter(differs).count();
    (judge != Judge::Test && count > 0).then(|| {
        format!(
            " The {} strings disagree for {}.",
            wording::judged_on(judge),
            match count {
                1 => "one of these networks".to_owned(),
                count => format!("{count} of these networks"),
            }
        )
    })
}
