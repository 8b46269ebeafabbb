//! The trials that a study's contrasts compare: their pairs are known before anything is run.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::columns::Columns;
use super::contrast::Contrast;
use super::design::{Design, Factor};
use super::{Settings, Study};
use crate::suggest::nearest;
use crate::train::Merit;

/// One contrast of a study, resolved to its trials.
pub(super) struct Planned {
    pub contrast: Contrast,
    pub column: String,
    pub comparisons: Vec<Comparison>,
}

/// Two levels, and the trials that have them.
pub(super) struct Comparison {
    /// The indices of the earlier and the later level in the factor.
    pub levels: [usize; 2],
    /// The keys of the contrast that name its trials, and their levels.
    pub by: Vec<(&'static str, String)>,
    /// The varying keys with the same value in both trials of a pair.
    pub paired: Vec<&'static str>,
    /// The keys over which each side of a pair is averaged.
    pub averaged: Vec<&'static str>,
    /// For each pair its trials; several on a side that is averaged.
    pub pairs: Vec<[Vec<usize>; 2]>,
    /// Trials with one of the levels but without a partner.
    pub alone: Vec<usize>,
}

/// Why the trials of a study cannot answer a contrast.
pub(super) struct ContrastFault {
    /// The number of the contrast, from 0.
    pub number: usize,
    pub what: String,
}

impl fmt::Display for ContrastFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "contrast {}: {}", self.number + 1, self.what)
    }
}

/// Most comparisons of one study. With more, the correction would leave nothing significant.
const MOST_COMPARISONS: usize = 1_000;

/// Checks that every contrast of a study has pairs, if answers are measured by one of `merits`.
///
/// # Errors
/// The first contrast without pairs, or with a name that the study does not have.
pub(super) fn check(study: &Study, merits: &[Merit]) -> Result<(), ContrastFault> {
    if study.contrasts.is_empty() {
        return Ok(());
    }
    let design = Design::of(study);
    let columns: Vec<Columns> = merits.iter().map(|&merit| Columns::new(study, merit)).collect();
    for (number, contrast) in study.contrasts.iter().enumerate() {
        named(contrast, &columns).map_err(|what| ContrastFault { number, what })?;
    }
    let by = |columns: &Columns| planned(study, &design, columns).map(|_| ());
    // If none will do, the fault of the first: accuracy.
    let either =
        |first: Result<_, _>, next: Result<_, _>| first.or_else(|fault| next.map_err(|_| fault));
    columns.iter().map(by).reduce(either).unwrap_or(Ok(()))
}

/// The contrasts of a study, in order.
///
/// # Errors
/// As for [`check`].
pub(super) fn planned(
    study: &Study,
    design: &Design,
    columns: &Columns,
) -> Result<Vec<Planned>, ContrastFault> {
    let mut count = 0;
    let plan = |(number, contrast): (usize, &Contrast)| {
        let fault = |what| ContrastFault { number, what };
        let planned = plan(contrast, design, columns).map_err(fault)?;
        count += planned.comparisons.len();
        if count > MOST_COMPARISONS {
            return Err(fault(format!(
                "with this contrast the study makes {count} comparisons: at most \
                 {MOST_COMPARISONS}; name the levels that matter, levels = [A, B]"
            )));
        }
        Ok(planned)
    };
    study.contrasts.iter().enumerate().map(plan).collect()
}

/// One contrast, which the study need not declare.
///
/// # Errors
/// A sentence on why no trials answer it.
pub(super) fn plan(
    contrast: &Contrast,
    design: &Design,
    columns: &Columns,
) -> Result<Planned, String> {
    let vary = contrast.vary;
    let Some(factor) = design.factor(vary) else {
        let value = design.fixed.iter().find(|(key, _)| *key == vary);
        return Err(match value {
            Some((key, value)) => format!(
                "vary is \"{vary}\", but every trial has {key} {}: a contrast compares two levels",
                columns.level(key, value)
            ),
            None => format!("vary is \"{vary}\", but no trial has one"),
        });
    };
    let levels = levels(contrast, factor, columns)?;
    let (paired, by) = (contrast.paired.as_deref(), &contrast.by);
    for (name, keys) in [("paired", paired.unwrap_or_default()), ("by", by)] {
        if keys.contains(&vary) {
            return Err(format!("{name} names {vary}, in which the trials of a pair differ"));
        }
    }
    let (held, free): (Vec<&Factor>, Vec<&Factor>) =
        design.varied.iter().filter(|other| other.key != vary).partition(|other| {
            paired.is_none_or(|paired| paired.contains(&other.key)) || by.contains(&other.key)
        });
    let column = column(contrast, design, columns)?;
    let apart: Vec<&Factor> = by.iter().filter_map(|key| design.factor(key)).collect();
    let part = |trials: Vec<usize>| {
        let level = |factor: &&Factor| {
            (factor.key, columns.level(factor.key, &factor.levels[factor.of[trials[0]]]))
        };
        let by: Vec<_> = apart.iter().map(level).collect();
        comparisons(design, factor, [&held, &free], &levels, &by, &trials.into_iter().collect())
    };
    let parts = design.groups(apart.iter().copied());
    let comparisons: Vec<Comparison> = parts.into_iter().flat_map(part).collect();
    // Levels that the user names must be comparable; of all others, those that can be are compared.
    let pairless = |c: &&Comparison| c.pairs.is_empty();
    let named = !contrast.levels.is_empty();
    match comparisons.iter().find(pairless) {
        Some(comparison)
            if (named && by.is_empty()) || comparisons.iter().all(|c| c.pairs.is_empty()) =>
        {
            return Err(no_pair(design, factor, comparison, &held, columns));
        }
        _ => {}
    }
    Ok(Planned {
        contrast: contrast.clone(),
        column,
        comparisons: comparisons.into_iter().filter(|c| !c.pairs.is_empty()).collect(),
    })
}

/// All pairs of levels of some trials, which `by` names; the earlier level first.
fn comparisons(
    design: &Design,
    factor: &Factor,
    [held, free]: [&[&Factor]; 2],
    levels: &[usize],
    by: &[(&'static str, String)],
    trials: &HashSet<usize>,
) -> Vec<Comparison> {
    // Most comparisons hold the same fixed.
    let mut known: HashMap<Vec<&str>, Vec<Vec<usize>>> = HashMap::new();
    let mut compare = |levels: [usize; 2]| {
        // What a name stands for differs with it.
        let (own, named): (Vec<&Factor>, Vec<&Factor>) =
            held.iter().partition(|other| !factor.is_name() || meet(factor, levels, other));
        let paired: Vec<&str> = own.iter().map(|factor| factor.key).collect();
        let groups =
            known.entry(paired.clone()).or_insert_with(|| design.groups(own.iter().copied()));
        let (mut pairs, mut alone) = (Vec::new(), Vec::new());
        for group in groups.iter().filter(|group| trials.contains(&group[0])) {
            let side =
                |level| group.iter().copied().filter(move |&trial| factor.of[trial] == level);
            match levels.map(|level| side(level).collect::<Vec<_>>()) {
                [a, b] if a.is_empty() || b.is_empty() => alone.extend(a.into_iter().chain(b)),
                pair => pairs.push(pair),
            }
        }
        let varies = |other: &&&Factor| {
            let several =
                |side: &Vec<usize>| side.windows(2).any(|two| other.of[two[0]] != other.of[two[1]]);
            pairs.iter().flatten().any(several)
        };
        let averaged = free.iter().chain(named.iter().filter(varies)).map(|factor| factor.key);
        let (averaged, by) = (averaged.collect(), by.to_vec());
        Comparison { levels, by, averaged, paired, pairs, alone }
    };
    let mut all = Vec::new();
    for (at, &a) in levels.iter().enumerate() {
        all.extend(levels[at + 1..].iter().map(|&b| compare([a, b])));
    }
    all
}

/// Whether any trials of these two levels of `factor` have the same level of `other`.
fn meet(factor: &Factor, levels: [usize; 2], other: &Factor) -> bool {
    let [of_a, of_b] = levels.map(|level| {
        let trials = factor.of.iter().zip(&other.of).filter(|(of, _)| **of == level);
        trials.map(|(_, other)| *other).collect::<HashSet<usize>>()
    });
    !of_a.is_disjoint(&of_b)
}

/// The indices of the levels to compare.
fn levels(contrast: &Contrast, factor: &Factor, columns: &Columns) -> Result<Vec<usize>, String> {
    if contrast.levels.is_empty() {
        return Ok((0..factor.levels.len()).collect());
    }
    if let [one] = &contrast.levels[..] {
        return Err(format!("levels has one level, {one}: a contrast compares two or more"));
    }
    let place = |level: &Settings| {
        let value = level.level(factor.key);
        factor.levels.iter().position(|other| Some(other) == value.as_ref()).ok_or_else(|| {
            let there = factor.levels.iter().map(|level| columns.level(factor.key, level));
            let there: Vec<String> = there.collect();
            format!("levels: no trial has {level}; there are {}", there.join(", "))
        })
    };
    contrast.levels.iter().map(place).collect()
}

/// The name of the column to compare.
fn column(contrast: &Contrast, design: &Design, columns: &Columns) -> Result<String, String> {
    named(contrast, std::slice::from_ref(columns))?;
    contrast.column.clone().map_or_else(|| columns.judged(&design.trials), Ok)
}

/// Checks that the column that a contrast names is among some of these; their merits may differ.
fn named(contrast: &Contrast, columns: &[Columns]) -> Result<(), String> {
    let Some(name) = &contrast.column else { return Ok(()) };
    let mut numbers: Vec<String> = Vec::new();
    for column in columns.iter().flat_map(Columns::numbers) {
        if !numbers.contains(&column) {
            numbers.push(column);
        }
    }
    if numbers.contains(name) {
        return Ok(());
    }
    let meant = nearest(name, numbers.iter().map(String::as_str));
    let all = meant.map_or_else(|| numbers.join(", "), |one| format!("did you mean {one}?"));
    Err(format!("records.csv of this study has no column '{name}' of numbers: {all}"))
}

/// The message if no two trials form a pair.
fn no_pair(
    design: &Design,
    factor: &Factor,
    comparison: &Comparison,
    held: &[&Factor],
    columns: &Columns,
) -> String {
    let [a, b] = comparison.levels.map(|level| columns.level(factor.key, &factor.levels[level]));
    let own = factor.key;
    let moving: Vec<&str> =
        held.iter().filter(|other| design.follows(factor, other)).map(|f| f.key).collect();
    let what = format!(
        "no two trials have {own} {a} and {own} {b} and are the same in all else that is paired"
    );
    if moving.is_empty() {
        return format!("{what} ({})", held.iter().map(|f| f.key).collect::<Vec<_>>().join(", "));
    }
    let rest = held.iter().filter(|other| !moving.contains(&other.key));
    let rest: Vec<String> = rest.map(|other| format!("\"{}\"", other.key)).collect();
    format!(
        "{what}: {} changes with {own}; to compare them together, say paired = [{}]",
        moving.join(", "),
        rest.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUDY: &str = "[base]\nepochs = 2\nretrain_epochs = 1\ncell = 'gru'\n[axes]\nseed = [0, 1]\n\
        scope = ['both', 'hh']\npercent = [50, 90]\n";

    fn plans(contrast: &str) -> Result<Vec<Planned>, String> {
        let text = format!("{STUDY}[[contrast]]\n{contrast}\n");
        let study = Study::parse(&text, "x.toml".as_ref()).map_err(|error| error.to_string())?;
        Ok(planned(&study, &Design::of(&study), &Columns::new(&study, Merit::Accuracy))
            .ok()
            .unwrap())
    }

    #[test]
    fn pairs_are_the_same_in_all_else_or_in_what_is_named() {
        let plan = plans("vary = 'scope'").unwrap().remove(0);
        assert_eq!(plan.column, "last_validation_acc");
        let [comparison] = &plan.comparisons[..] else { panic!("one comparison") };
        assert_eq!(comparison.paired, ["seed", "percent"]);
        assert!(comparison.averaged.is_empty());
        let ones = |a, b| [vec![a], vec![b]];
        assert_eq!(comparison.pairs, [ones(0, 2), ones(1, 3), ones(4, 6), ones(5, 7)]);
        let plan =
            plans("vary = 'percent'\npaired = ['seed']\nlevels = [90, 50]").unwrap().remove(0);
        assert_eq!(plan.comparisons[0].paired, ["seed"]);
        assert_eq!(plan.comparisons[0].averaged, ["scope"]);
        assert_eq!(plan.comparisons[0].levels, [1, 0]);
        assert_eq!(plan.comparisons[0].pairs, [[[1, 3], [0, 2]], [[5, 7], [4, 6]]]);
    }

    #[test]
    fn a_question_is_answered_for_each_level_by_itself() {
        let plan = plans("vary = 'scope'\npaired = ['seed']\nby = ['percent']").unwrap().remove(0);
        let by: Vec<_> = plan.comparisons.iter().map(|one| one.by.clone()).collect();
        assert_eq!(by, [50, 90].map(|percent| vec![("percent", percent.to_string())]));
        let ones = |a, b| [vec![a], vec![b]];
        assert_eq!(plan.comparisons[0].pairs, [ones(0, 2), ones(4, 6)]);
        assert_eq!(plan.comparisons[1].pairs, [ones(1, 3), ones(5, 7)]);
        assert_eq!(plan.comparisons[0].paired, ["seed", "percent"]);
        // A setting that does not vary has one level.
        let plan = plans("vary = 'scope'\nby = ['cell']").unwrap().remove(0);
        assert_eq!((plan.comparisons.len(), plan.comparisons[0].by.len()), (1, 0));
    }

    #[test]
    fn what_cannot_be_compared_is_refused_with_its_line_and_reason() {
        let refused = |contrast: &str, reason: &str| {
            let error = plans(contrast).err().expect(contrast);
            assert!(error.starts_with("x.toml, line 9: ") || error.starts_with("x.toml, line 1"));
            assert!(error.contains(reason), "{contrast}: {error}");
        };
        refused("vary = 'scop'", "did you mean scope?");
        refused("question = 'why'", "vary is missing");
        refused("vary = 'cell'", "every trial has cell gru");
        refused("vary = 'family'", "no trial has one");
        refused("vary = 'scope'\npaired = ['scope']", "in which the trials of a pair differ");
        refused("vary = 'scope'\nby = ['scope']", "in which the trials of a pair differ");
        refused("vary = 'scope'\nby = 'seed'", "by is a string, not a list of settings");
        refused(
            "vary = 'scope'\nlevels = ['both', 'ih']",
            "no trial has scope = \"ih\"; there are both, hh",
        );
        refused("vary = 'scope'\nlevels = ['both']", "one level");
        refused("vary = 'scope'\ncolumn = 'last_valid_acc'", "did you mean last_validation_acc?");
        refused("vary = 'scope'\ncolumn = 'mode'", "no column 'mode' of numbers");
        refused("vary = 'scope'\nexpect = 'up'", "\"higher\", \"lower\"");
        refused("vary = 'scope'\ncolour = 'red'", "no part of a contrast 'colour'");
        // A base model is trained for each of them, but is not itself requested.
        refused("vary = 'retrain_epochs'", "every trial has retrain_epochs 1");
    }

    #[test]
    fn what_a_name_stands_for_differs_with_it_and_is_averaged_over() {
        let text = "[base]\nepochs = 2\nretrain_epochs = 1\ncell = 'gru'\n[axes]\nseed = [0, 1]\n\
            percent = [50, 90]\n[[lists.method]]\nmethod = 'whole'\npercent = 0\n\
            [[lists.method]]\nmethod = 'magnitude'\n\
            [[lists.method]]\nmethod = 'random'\ncriterion = 'random'\n\
            [[contrast]]\nvary = 'method'\n";
        let study = Study::parse(text, "x.toml".as_ref()).unwrap();
        // A base model, a whole network trained as long, and two methods at two percents.
        assert_eq!(study.trials().count(), 2 * 6);
        let design = Design::of(&study);
        let plan = planned(&study, &design, &Columns::new(&study, Merit::Accuracy))
            .ok()
            .unwrap()
            .remove(0);
        let kept = |c: &Comparison| (c.paired.clone(), c.averaged.clone(), c.pairs.len());
        let [whole_magnitude, whole_random, magnitude_random] = &plan.comparisons[..] else {
            panic!("three comparisons")
        };
        assert_eq!(kept(whole_magnitude), (vec!["seed", "criterion"], vec!["percent"], 2));
        assert_eq!(kept(whole_random), (vec!["seed"], vec!["percent"], 2));
        for whole in [whole_magnitude, whole_random] {
            assert_eq!(whole.pairs[0].each_ref().map(Vec::len), [1, 2]);
        }
        assert_eq!(kept(magnitude_random), (vec!["seed", "percent"], vec![], 4));
    }

    #[test]
    fn what_changes_together_is_no_pair_unless_it_is_said_so() {
        let text = |contrast: &str| {
            format!(
                "[base]\nepochs = 2\ncell = 'gru'\n[axes]\nseed = [0, 1]\n[[lists.speed]]\nbatch = 32\n\
                 learning_rate = 0.001\n[[lists.speed]]\nbatch = 64\nlearning_rate = 0.002\n\
                 [[contrast]]\nvary = 'batch'\n{contrast}"
            )
        };
        let parse = |contrast: &str| Study::parse(&text(contrast), "x.toml".as_ref());
        let error = parse("").unwrap_err().to_string();
        assert!(error.contains("line 12: "), "{error}");
        assert!(error.ends_with(
            "learning_rate changes with batch; to compare them together, say paired = [\"seed\"]"
        ), "{error}");
        assert!(parse("paired = [\"seed\"]").is_ok());
    }
}
