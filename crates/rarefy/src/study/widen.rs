//! Several studies in one folder. More trials of the same experiment widen the existing study;
//! another experiment is rejected. Contrasts do not matter for this: they are taken from the study
//! that is run now, if it has any.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::{Settings, Study, Trial};

/// A study with the trials of both, in an order that does not depend on which came first.
///
/// # Errors
/// The difference, if neither study contains the other's trials and they differ in more than the
/// values of their axes.
pub(super) fn widened(before: &Study, now: &Study) -> Result<Study, String> {
    let asking = if now.contrasts.is_empty() { before } else { now };
    Ok(Study { contrasts: asking.contrasts.clone(), ..united(before, now)? })
}

fn united(before: &Study, now: &Study) -> Result<Study, String> {
    let rest = |study: &Study| {
        let axes: Vec<_> = study.axes.iter().map(|axis| (axis.name.clone(), axis.list)).collect();
        (study.base.clone(), study.exclusions.clone(), study.keep_models, axes)
    };
    if rest(before) == rest(now) {
        let mut wide = before.clone();
        for (axis, other) in wide.axes.iter_mut().zip(&now.axes) {
            axis.steps = all_steps(&axis.steps, &other.steps);
        }
        return Ok(wide);
    }
    let hashes = |study: &Study| study.trials().map(|trial| trial.hash()).collect::<HashSet<_>>();
    let (old, new) = (hashes(before), hashes(now));
    if old.is_subset(&new) {
        Ok(now.clone())
    } else if new.is_subset(&old) {
        Ok(before.clone())
    } else {
        Err(difference(before, now))
    }
}

/// The values of both: in the order of the one that contains the other, otherwise ascending.
fn all_steps(before: &[Settings], now: &[Settings]) -> Vec<Settings> {
    let texts = |steps: &[Settings]| steps.iter().map(Settings::to_string).collect::<HashSet<_>>();
    let (old, new) = (texts(before), texts(now));
    if new.is_subset(&old) {
        return before.to_vec();
    }
    if old.is_subset(&new) {
        return now.to_vec();
    }
    let more = now.iter().filter(|step| !old.contains(&step.to_string()));
    let mut all: Vec<Settings> = before.iter().chain(more).cloned().collect();
    all.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    all
}

/// The difference to report first.
fn difference(before: &Study, now: &Study) -> String {
    let said = |study: &Study, key: &str| {
        let value = study.base.value_text(key);
        value.unwrap_or_else(|| match study.varied().contains(&key) {
            true => "varied".to_owned(),
            false => "not given".to_owned(),
        })
    };
    for key in Settings::KEYS {
        let (there, here) = (said(before, key), said(now, key));
        if there != here {
            return format!("{key} is {there} there but {here} here");
        }
    }
    let here: HashSet<u64> = now.trials().map(|trial| trial.hash()).collect();
    let gone = before.trials().find(|trial| !here.contains(&trial.hash()));
    let gone = gone.as_ref().map_or_else(|| "its trials differ".to_owned(), Trial::label);
    format!("the trial {gone} is missing here")
}
