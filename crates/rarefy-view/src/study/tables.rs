//! The tables of the report of any study.

use rarefy::study::{Answer, Difference, Findings, Group, Level, Varied};

use super::words;
use crate::table::{Entry, Heading, Row, Table};
use crate::wording;

/// Most groups in the table; `--json` has all.
const MOST_GROUPS: usize = 200;

fn entries<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<Entry> {
    texts.into_iter().map(|text| Entry::new(Some(text.into()))).collect()
}

fn pairs(found: &Difference) -> String {
    match found.pairs == found.pairs_planned {
        true => found.pairs.to_string(),
        false => format!("{} of {}", found.pairs, found.pairs_planned),
    }
}

fn effect(found: &Difference) -> [String; 2] {
    let effect = found.effect.map_or_else(|| "–".to_owned(), words::signed);
    [effect, words::interval(found.low, found.high, words::signed)]
}

/// A table of all comparisons of the study's contrasts; `None` if it has no contrasts.
pub fn contrasts(findings: &Findings) -> Option<Table> {
    let answers = findings.contrasts.iter().map(|answer| (words::verdict(answer), answer));
    comparisons("Contrasts", &answers.collect::<Vec<_>>())
}

/// A table of comparisons, each with its verdict; `None` without any.
pub fn comparisons(title: &str, answers: &[(&str, &Answer)]) -> Option<Table> {
    let columns = || answers.iter().map(|(_, answer)| &answer.difference.column);
    let first = columns().next()?;
    let several = columns().any(|column| column != first);
    let expected = answers.iter().any(|(_, answer)| answer.expect.is_some());
    let row = |(verdict, answer): &(&str, &Answer)| {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
        let found = &answer.difference;
        let [effect, interval] = effect(found);
        let mut cells = vec![(*verdict).to_owned()];
        if expected {
            cells.push(or_dash(answer.expect.map(|expect| expect.to_string())));
        }
        cells.extend([effect, interval, pairs(found)]);
        cells.push(or_dash(found.detectable.map(words::number)));
        cells.extend([answer.p, answer.p_holm].map(|p| or_dash(p.map(words::p_value))));
        if several {
            cells.push(found.column.clone());
        }
        Row { headings: Heading::each([words::levels(found)]), cells: entries(cells) }
    };
    let of = match several {
        true => String::new(),
        false => format!(" Of {}.", words::column(first)),
    };
    let head = ["", "verdict"].into_iter().chain(expected.then_some("expected"));
    let head =
        head.chain(["difference", "95 % interval", "pairs", "detectable", "p", "corrected p"]);
    Some(Table {
        title: title.to_owned(),
        note: format!(
            "The difference is the second level minus the first.{of} Detectable is the smallest true \
             difference that as many pairs would show four times in five."
        ),
        head: vec![Heading::each(head.chain(several.then_some("column")))],
        rows: answers.iter().map(row).collect(),
    })
}

/// For each setting that varied, the means by level and each pair of levels.
pub fn levels(findings: &Findings) -> Vec<Table> {
    let compared = findings.varied.iter().filter(|varied| varied.is_told());
    compared
        .flat_map(|varied| [Some(means(findings, varied)), differences(varied)])
        .flatten()
        .collect()
}

fn means(findings: &Findings, varied: &Varied) -> Table {
    let over = match varied.averaged.is_empty() {
        true => String::new(),
        false => {
            format!(" Each seed’s value is its mean over {}.", wording::list(&varied.averaged))
        }
    };
    let note = match (varied.balanced, &varied.no_pairs) {
        (true, _) => format!("Of {}.{over}", words::column(&findings.column)),
        (false, Some(why)) => format!("Levels cannot be compared: {why}."),
        (false, None) => {
            "Not all levels share a combination of the other settings, so each mean covers what its \
             level has."
                .to_owned()
        }
    };
    let row = |level: &Level| {
        let [mean, interval] = words::mean(&level.mean);
        let done = format!("{} of {}", level.done, level.planned);
        Row {
            headings: Heading::each([level.value.clone()]),
            cells: entries([mean, interval, level.mean.seeds.to_string(), done]),
        }
    };
    Table {
        title: format!("Mean by {}", varied.key),
        note,
        head: vec![Heading::each([varied.key, "mean", "95 % interval", "seeds", "trials done"])],
        rows: varied.levels.iter().map(row).collect(),
    }
}

fn differences(varied: &Varied) -> Option<Table> {
    let row = |found: &Difference| {
        let [effect, interval] = effect(found);
        Row {
            headings: Heading::each([words::arrow(found)]),
            cells: entries([effect, interval, pairs(found)]),
        }
    };
    (!varied.differences.is_empty()).then(|| Table {
        title: format!("Every pair of levels of {}", varied.key),
        note: "The two trials of a pair are equal in every other setting that varies.".to_owned(),
        head: vec![Heading::each([varied.key, "difference", "95 % interval", "pairs"])],
        rows: varied.differences.iter().map(row).collect(),
    })
}

/// The mean for every combination of settings; empty if only the seed varied.
pub fn groups(findings: &Findings) -> Vec<Table> {
    let keys: Vec<&str> =
        findings.varied.iter().filter(|varied| varied.is_told()).map(|varied| varied.key).collect();
    if keys.is_empty() {
        return Vec::new();
    }
    let row = |group: &Group| {
        let [mean, interval] = words::mean(&group.mean);
        let [first, rest @ ..] = &group.settings[..] else { unreachable!("there is a key") };
        let done = format!("{} of {}", group.done, group.planned);
        let cells = rest.iter().map(|setting| setting.value.clone());
        let cells = cells.chain([mean, interval, group.mean.seeds.to_string(), done]);
        let diverged = group.diverged.to_string();
        Row {
            headings: Heading::each([first.value.clone()]),
            cells: entries(cells.chain([diverged])),
        }
    };
    let more = match findings.groups.len() > MOST_GROUPS {
        true => format!(
            " The first {MOST_GROUPS} of {}; rarefy report --json has all.",
            wording::grouped(findings.groups.len())
        ),
        false => String::new(),
    };
    let head = keys.into_iter().chain(["mean", "95 % interval", "seeds", "done", "diverged"]);
    vec![Table {
        title: "Mean by every setting that varied".to_owned(),
        note: format!("Of {}, over seeds.{more}", words::column(&findings.column)),
        head: vec![Heading::each(head)],
        rows: findings.groups.iter().take(MOST_GROUPS).map(row).collect(),
    }]
}
