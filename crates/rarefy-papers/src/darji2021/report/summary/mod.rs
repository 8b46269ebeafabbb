//! The findings as sentences, computed from the records.
//!
//! Cells whose base models all stayed at chance are named once and then left out: what pruning does
//! to them says nothing about pruning.

mod last_weight;

use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy::study::{Record, Trial};
use rarefy::train::Judge;
use rarefy_view::spread::{MEDIAN_FROM, Spread, typical};
use rarefy_view::wording;

use crate::arm::LEARNED;
use crate::darji2021::report::baseline;
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::outcome::FELL_AGAIN;
use crate::darji2021::report::safe_percent;
use crate::darji2021::report::thesis;

/// Up to this many networks of a kind are named individually.
const NAMED: usize = 4;

/// The opening of the page, one entry per finding.
pub fn sentences(findings: &Findings) -> Vec<String> {
    if findings.done() == 0 {
        return vec!["No trial of this study has finished yet.".to_owned()];
    }
    let sentences = [
        base_models(findings),
        unlearned(findings),
        safe_percents(findings),
        beside_safe_percents(findings),
        recovery(findings),
        baseline::sentence(findings),
        baseline::gains_sentence(findings),
        fell_again(findings),
        last_weight::sentence(findings),
    ];
    sentences.into_iter().flatten().collect()
}

/// A warning about trials that diverged.
fn diverged(findings: &Findings) -> Option<String> {
    let trials: Vec<String> = findings.diverged().into_iter().map(wording::trial).collect();
    (!trials.is_empty()).then(|| {
        format!(
            "Training diverged in {}: the loss or a weight was not a finite number. Affected: {}. Their \
                curves end there, and they count as not recovered.",
            wording::count(trials.len(), "trial"),
            shortened(trials)
        )
    })
}

/// A warning that a scale is only a check, not an experiment.
pub fn only_a_check(findings: &Findings) -> Option<&'static str> {
    (findings.study.scale == "smoke").then_some(
        "The smoke scale only checks that the program works. Its strings and epochs are too few for \
            any result.",
    )
}

/// Remarks that apply to all of these findings.
pub fn notes(findings: &Findings) -> Vec<String> {
    only_a_check(findings).map(str::to_owned).into_iter().chain(diverged(findings)).collect()
}

/// The trials without a record, by cell and seed. Empty if the study is complete.
pub fn missing(findings: &Findings) -> Vec<String> {
    let missing: Vec<&Trial> = findings.missing().collect();
    let of = |cell: Cell, seed: u64| {
        let own: Vec<&&Trial> =
            missing.iter().filter(|t| t.cell == cell && t.seed == seed).collect();
        let prunings = own.iter().filter(|t| t.pruning().is_some()).count();
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
        "Before pruning, after {} of training, {what}{}.",
        wording::count(findings.study.base_epochs as usize, "epoch"),
        over_seeds(findings),
    ))
}

/// `the GRU gets 99 % of the test sequences right, the LSTM 98 % and the tanh RNN 94 %`.
pub fn each(values: &[(Cell, String)], verb: &str, object: &str) -> Option<String> {
    let ((first, value), rest) = values.split_first()?;
    let mut parts = vec![format!("the {} {verb} {value} {object}", wording::cell(*first))];
    parts.extend(rest.iter().map(|(cell, value)| format!("the {} {value}", wording::cell(*cell))));
    Some(wording::list(&parts))
}

fn over_seeds(findings: &Findings) -> String {
    match findings.seeds() {
        seeds if seeds.most > 1 => format!(" (means of {seeds})"),
        _ => String::new(),
    }
}

fn unlearned(findings: &Findings) -> Option<String> {
    let cells = findings.study.cells.iter().filter(|&&cell| findings.none_learned(cell));
    let names: Vec<String> = cells.map(|&cell| format!("the {}", wording::cell(cell))).collect();
    (!names.is_empty()).then(|| {
        format!(
            "No base model of {} got more than {} of the {} strings right{}. It was trained too little \
                for pruning to show anything, and the sentences below leave it out.",
            wording::list(&names),
            wording::share(LEARNED),
            wording::judged_on(findings.study.judge),
            // Other data may have other classes.
            match findings.beside_thesis {
                true => format!(", where chance is {}", wording::percent(50.0)),
                false => String::new(),
            },
        )
    })
}

/// The scope that the summary is about: both, if it was studied.
pub fn headline_scope(findings: &Findings) -> Option<Scope> {
    let scopes = &findings.study.scopes;
    if scopes.contains(&Scope::Both) { Some(Scope::Both) } else { scopes.first().copied() }
}

/// How much can be pruned without retraining.
pub fn safe_percents(findings: &Findings) -> Option<String> {
    let study = findings.study;
    let scope = headline_scope(findings)?;
    let percents = findings.percents();
    let smallest = *percents.first()?;
    let safe = |cell, judge| {
        let safe = findings.safe_percents(cell, scope, judge);
        safe_percent::safe_percents_in_words(&safe, smallest)
    };
    let learned = study.cells.iter().filter(|&&cell| !findings.none_learned(cell));
    let known: Vec<(Cell, String)> =
        learned.filter_map(|&cell| Some((cell, safe(cell, study.judge)?))).collect();
    let what = each(&known, "can lose", &format!("of its {}", wording::weights(scope)))?;
    let mut text = format!(
        "Without retraining, and judged on the {} strings, {what} at a cost of at most {} of \
            accuracy{}.",
        wording::judged_on(study.judge),
        wording::points(study.tolerance),
        aside(findings),
    );
    let on_test: Vec<String> = known
        .iter()
        .map(|&(cell, _)| safe(cell, Judge::Test).unwrap_or("not known".to_owned()))
        .collect();
    if study.judge != Judge::Test {
        let same = known.iter().map(|(_, here)| here).eq(&on_test);
        text += &match (same, on_test.len()) {
            (true, _) => " On the test strings it is the same.".to_owned(),
            (false, 1) => format!(" On the test strings it is {}.", on_test[0]),
            (false, _) => {
                format!(" On the test strings it is {}, in this order.", wording::list(&on_test))
            }
        };
    }
    Some(text)
}

/// A remark in brackets on how seeds are combined, and on the percentages tested unless they are
/// all multiples of ten.
fn aside(findings: &Findings) -> String {
    let percents = findings.percents();
    let tens = percents.iter().copied().eq((1..=10).map(|step| 10.0 * f64::from(step)));
    let seeds = findings.seeds();
    let seeds = (seeds.most >= MEDIAN_FROM).then(|| format!("medians of {seeds}"));
    let tested = (!tens).then(|| format!("tested at {}", wording::percents(&percents)));
    let parts: Vec<String> = [seeds, tested].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join("; ")) }
}

/// The thesis's safe percentages for the same scope, and how often they equal ours.
fn beside_safe_percents(findings: &Findings) -> Option<String> {
    if !findings.beside_thesis {
        return None;
    }
    let study = findings.study;
    let scope = headline_scope(findings)?;
    let percents = findings.percents();
    let smallest = thesis::shared_percents(&percents).first().copied().unwrap_or_default();
    let published = |cell, scope| thesis::safe_percent(cell, scope, &percents, study.tolerance);
    let (mut curves, mut stated) = (Vec::new(), Vec::new());
    for &cell in study.cells.iter().filter(|&&cell| !findings.none_learned(cell)) {
        curves.extend(published(cell, scope).map(|percent| {
            let text = safe_percent::safe_percent(percent, smallest);
            (cell, text.replace(&format!("<{}", wording::NBSP), "less than "))
        }));
        stated.push(wording::percent(thesis::safe_percent_as_stated(cell, scope)));
    }
    let what = each(&curves, "can lose", "of these weights")?;
    let stated = match &stated[..] {
        [one] => one.clone(),
        _ => format!("{}, in this order", wording::list(&stated)),
    };
    let mut text = format!(
        "By the same rule, in the thesis’s published accuracies {what}. Its text states {stated}."
    );
    let (mut known, mut same) = (0, 0);
    for &cell in study.cells.iter().filter(|&&cell| !findings.none_learned(cell)) {
        for &scope in &study.scopes {
            let mut safe = findings.safe_percents(cell, scope, Judge::Test);
            let open = safe.iter().any(|safe| safe.open);
            let Some(published) = published(cell, scope).filter(|_| !safe.is_empty() && !open)
            else {
                continue;
            };
            safe.reverse();
            known += 1;
            same += usize::from(typical(&safe).is_some_and(|safe| safe.percent == published));
        }
    }
    if known > 0 {
        text += &format!(
            " On the test strings, the safe percent is the same in {same} of {known} combinations of cell \
                and kind of weights."
        );
    }
    Some(text)
}

fn recovery(findings: &Findings) -> Option<String> {
    let counts = |record: &&Record| {
        let learned = findings.learned(record.trial.cell, record.trial.seed);
        record.trial.pruning().is_some_and(|p| p.percent < 100.0) && learned == Some(true)
    };
    let records: Vec<&Record> = findings.records().filter(counts).collect();
    let percent = |record: &&Record| record.trial.pruning().map_or(0.0, |p| p.percent);
    let largest = records.iter().map(percent).fold(0.0, f64::max);
    let hardest: Vec<&Record> = records.iter().copied().filter(|r| percent(r) == largest).collect();
    if hardest.is_empty() {
        return None;
    }
    let harmed: Vec<&Record> =
        hardest.iter().copied().filter(|r| r.epochs_to_recover != Some(0)).collect();
    let lost: Vec<&Record> =
        harmed.iter().copied().filter(|r| r.epochs_to_recover.is_none()).collect();
    let slowest = harmed.iter().filter_map(|r| r.epochs_to_recover).max();

    let hardest_percent = wording::percent(largest);
    let one = hardest.len() == 1;
    let far = wording::points(findings.study.tolerance);
    let strings = format!("on the {} strings", wording::judged_on(findings.study.judge));
    let mut text = match (one, harmed.len()) {
        (true, 0) => {
            format!("The one network pruned by {hardest_percent} lost no more than {far} {strings}")
        }
        (true, _) => {
            format!("The one network pruned by {hardest_percent} lost more than {far} {strings}")
        }
        (false, harmed) => format!(
            "Of {} pruned by {hardest_percent}, {} lost more than {far} {strings}",
            wording::count(hardest.len(), "network"),
            match harmed {
                0 => "none".to_owned(),
                all if all == hardest.len() => "all".to_owned(),
                some => some.to_string(),
            },
        ),
    };
    let given = wording::count(findings.study.recovery_epochs as usize, "epoch");
    if let Some(epochs) = slowest {
        let epochs = wording::count(epochs as usize, "epoch");
        let who = match (one, lost.len()) {
            (true, _) => "it was".to_owned(),
            (false, 0) => "all of them were".to_owned(),
            (false, lost) => format!("{lost} did not recover within {given}, the others were"),
        };
        text += &format!("; {who} back within {epochs} of retraining");
    } else if !lost.is_empty() {
        let who = if one { "it did not recover" } else { "none of them recovered" };
        text += &format!("; {who} within {given} of retraining");
    }
    let all_lost = records.iter().copied().filter(|r| r.epochs_to_recover.is_none());
    let names: Vec<String> = all_lost.map(|r| wording::trial(&r.trial)).collect();
    if !names.is_empty() && slowest.is_some() {
        text += &format!(
            ". Pruned by less than {} and not back within {given}: {}",
            wording::percent(100.0),
            shortened(names)
        );
    }
    Some(text + ".")
}

/// Networks that retraining made worse.
fn fell_again(findings: &Findings) -> Option<String> {
    let judge = findings.study.judge;
    let named = |record: &&Record| {
        let accuracies: Vec<f64> =
            record.epochs.iter().map(|epoch| epoch.judged(judge).accuracy()).collect();
        let best = accuracies.iter().copied().fold(0.0, f64::max);
        let last = accuracies.last().copied().unwrap_or_default();
        format!(
            "{} (at best {}, in the end {})",
            wording::trial(&record.trial),
            wording::share(best),
            wording::share(last)
        )
    };
    let fell = findings.fell_again();
    let who = match fell.len() {
        0 => return None,
        1 => "one network had recovered, or lost nothing, and ended".to_owned(),
        count => format!("{count} networks had recovered, or lost nothing, and ended"),
    };
    Some(format!(
        "Not all stay recovered: {who} more than {} below the unpruned accuracy on the {} strings \
            ({FELL_AGAIN} in the table): {}.",
        wording::points(findings.study.tolerance),
        wording::judged_on(judge),
        shortened(fell.iter().map(named).collect())
    ))
}

fn shortened(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    match more {
        0 => names.join("; "),
        _ => format!("{}; and {more} more", names.join("; ")),
    }
}
