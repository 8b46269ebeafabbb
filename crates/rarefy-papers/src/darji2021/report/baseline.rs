//! Whether recovery is what it seems: harm against a steadier baseline than the last epoch, and what
//! networks gain that pruning hardly harmed.
//!
//! The unpruned accuracy jumps from epoch to epoch, so the last one is a draw. A network that is
//! compared with a low one seems unharmed, and seems to recover at once. The median of the last
//! epochs is steadier. And networks that pruning hardly harmed show what further training does on
//! its own. Everything here is on the test strings, which all records have.

use rarefy::analysis::{Interval, Summary, percentile};
use rarefy::cell::Cell;
use rarefy::study::Record;
use rarefy::train::Judge;
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use crate::arm::LEARNED;
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::outcome::{Outcome, Recovery};

/// The unpruned accuracy that a pruned network is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// That after the last epoch.
    Last,
    /// The median of the last two fifths of the epochs.
    Median,
}

/// The share of a base model's epochs that the median is of: 20 of 50.
const STEADY: f64 = 0.4;
/// A median of fewer epochs is no steadier than the last one.
const FEWEST: usize = 3;

/// How many networks pruning harmed, and how many retraining brought back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Harmed {
    /// Networks pruned by less than 100 %.
    pub networks: usize,
    /// Those below the baseline by more than the tolerance right after pruning.
    pub harmed: usize,
    /// Of these, those back after one epoch.
    pub after_one: usize,
    /// Of these, those back within all epochs.
    pub back: usize,
}

/// Number of epochs that the median is of.
pub fn steady_epochs(findings: &Findings) -> usize {
    (STEADY * f64::from(findings.study.base_epochs)).ceil() as usize
}

/// The unpruned accuracy on the test strings of the base model of a trial; `None` without its record.
fn unpruned(findings: &Findings, record: &Record, baseline: Baseline) -> Option<f64> {
    let (cell, seed) = (record.trial.cell, record.trial.seed);
    let base = findings.base_records(cell).into_iter().find(|base| base.trial.seed == seed)?;
    let mut accuracies: Vec<f64> = base.epochs.iter().map(|epoch| epoch.test.accuracy()).collect();
    let last = *accuracies.last()?;
    match baseline {
        Baseline::Last => Some(last),
        Baseline::Median => {
            let from = accuracies.len().saturating_sub(steady_epochs(findings));
            Some(percentile(&mut accuracies[from..], 50.0))
        }
    }
}

/// The networks of a cell, or of all, that were pruned by less than 100 % and whose base model
/// learned.
fn pruned<'a>(
    findings: &'a Findings,
    cell: Option<Cell>,
) -> impl Iterator<Item = (f64, &'a Record)> {
    findings.records().filter_map(move |record| {
        let percent = record.trial.pruning()?.percent;
        let own = cell.is_none_or(|cell| cell == record.trial.cell) && percent < 100.0;
        let learned = unpruned(findings, record, Baseline::Last)? >= LEARNED;
        (own && learned).then_some((percent, record))
    })
}

/// How many networks of a cell, or of all, were harmed by one of the two baselines.
pub fn harmed(findings: &Findings, cell: Option<Cell>, baseline: Baseline) -> Harmed {
    let mut found = Harmed::default();
    for (_, record) in pruned(findings, cell) {
        let Some(unpruned) = unpruned(findings, record, baseline) else { continue };
        let outcome = Outcome::of(&record.epochs, Judge::Test, unpruned, findings.study.tolerance);
        found.networks += 1;
        match outcome.recovery {
            Recovery::After(0) => continue,
            Recovery::After(epochs) => {
                found.back += 1;
                found.after_one += usize::from(epochs == 1);
            }
            _ => {}
        }
        found.harmed += 1;
    }
    found
}

/// The table of harm by baseline; `None` without pruned networks.
pub fn table(findings: &Findings) -> Option<Table> {
    let all = (wording::count(findings.study.cells.len(), "cell"), None);
    let cells = findings.study.cells.iter();
    let cells = cells.map(|&cell| (wording::cell(cell).to_owned(), Some(cell)));
    let all = (findings.study.cells.len() > 1).then_some(all);
    let row = |(name, cell): (String, Option<Cell>)| {
        let [last, median] =
            [Baseline::Last, Baseline::Median].map(|baseline| harmed(findings, cell, baseline));
        let counts = |found: Harmed| [found.harmed, found.after_one, found.back];
        let counts =
            [[last.networks].to_vec(), counts(last).into(), counts(median).into()].concat();
        (last.networks > 0).then(|| Row {
            headings: vec![Heading::new(name, 1)],
            cells: counts.iter().map(|count| Entry::new(Some(count.to_string()))).collect(),
        })
    };
    let rows: Vec<Row> = cells.chain(all).filter_map(row).collect();
    let within = format!("back within {}", findings.study.recovery_epochs);
    let each = ["harmed", "back after 1", &within];
    (!rows.is_empty() && steady_epochs(findings) >= FEWEST).then(|| Table {
        title: "Networks harmed and back, by what they are compared with".to_owned(),
        note: format!(
            "Networks pruned by less than 100 %, on the test strings. Harmed: more than {} below the \
                unpruned network right after pruning. Back: no longer, after so many epochs of \
                retraining. The unpruned accuracy is that of the last epoch, or the median of the last {}.",
            wording::points(findings.study.tolerance),
            wording::count(steady_epochs(findings), "epoch"),
        ),
        head: vec![
            vec![
                Heading::new("", 2),
                Heading::new("last epoch", 3),
                Heading::new("median of the last epochs", 3),
            ],
            Heading::each(["cell", "networks"].into_iter().chain(each).chain(each)),
        ],
        rows,
    })
}

/// Percentages that are shown together: hardly harmful, between, and harmful.
const GROUPS: [(f64, f64); 3] = [(0.0, 35.0), (35.0, 75.0), (75.0, 99.9)];

/// A group of percentages and the gains of its networks.
struct Gains {
    /// The smallest and largest percentage.
    percents: [f64; 2],
    gain: Summary,
}

/// For the groups of percentages that the study has: how far networks of a cell are above their
/// unpruned accuracy after all retraining.
fn gains(findings: &Findings, cell: Cell, (from, to): (f64, f64)) -> Option<Gains> {
    let own = || pruned(findings, Some(cell)).filter(|(percent, _)| (from..to).contains(percent));
    let gain = |(_, record): (f64, &Record)| {
        let unpruned = unpruned(findings, record, Baseline::Last)?;
        Some(record.epochs.last()?.test.accuracy() - unpruned)
    };
    let mut gain = Summary::of(&own().filter_map(gain).collect::<Vec<f64>>())?;
    // Networks of one base model share its luck: their spread says nothing about another one.
    let first = own().next().map(|(_, record)| record.trial.seed);
    if own().all(|(_, record)| Some(record.trial.seed) == first) {
        gain.interval = None;
    }
    let percents = || own().map(|(percent, _)| percent);
    Some(Gains { percents: [percents().reduce(f64::min)?, percents().reduce(f64::max)?], gain })
}

/// `10 to 30 %`
fn group_name([least, most]: [f64; 2]) -> String {
    match least == most {
        true => wording::percent(most),
        false => format!("{least} to {}", wording::percent(most)),
    }
}

/// `+2.82 (−0.45 to +6.10)`
fn gain_text(gain: &Summary) -> String {
    let interval = gain.interval.map(|Interval { low, high }| {
        format!(" ({} to {})", wording::signed_points(low), wording::signed_points(high))
    });
    format!("{}{}", wording::signed_points(gain.mean), interval.unwrap_or_default())
}

/// The table of gains by percent pruned; `None` without pruned networks.
pub fn gains_table(findings: &Findings) -> Option<Table> {
    let cells = || findings.study.cells.iter();
    let heads = GROUPS.iter().filter_map(|&group| {
        let found = cells().find_map(|&cell| gains(findings, cell, group))?;
        let networks = wording::count(found.gain.count, "network");
        Some((group, format!("pruned by {} ({networks})", group_name(found.percents))))
    });
    let heads: Vec<((f64, f64), String)> = heads.collect();
    let row = |&cell: &Cell| Row {
        headings: vec![Heading::new(wording::cell(cell), 1)],
        cells: heads
            .iter()
            .map(|(group, _)| {
                let found = gains(findings, cell, *group);
                let interval = found.as_ref().and_then(|found| found.gain.interval);
                let range = interval.map(|Interval { low, high }| {
                    format!("{} to {}", wording::signed_points(low), wording::signed_points(high))
                });
                let mean = found.map(|found| wording::signed_points(found.gain.mean));
                Entry { range, ..Entry::new(mean) }
            })
            .collect(),
    };
    (!heads.is_empty()).then(|| Table {
        title: format!(
            "Accuracy after {} of retraining, compared with the unpruned network",
            wording::count(findings.study.recovery_epochs as usize, "epoch")
        ),
        note: "Percentage points on the test strings, with 95 % intervals (Student’s t). Networks of a \
            cell start from the same base models, so the intervals are too narrow; for one base model \
            there is none. Networks pruned by little lose hardly anything. What they gain is further \
            training, or the way back from an unlucky last epoch of the unpruned network."
            .to_owned(),
        head: vec![
            Heading::each(["cell".to_owned()].into_iter().chain(heads.iter().map(|h| h.1.clone()))),
        ],
        rows: cells().map(row).collect(),
    })
}

/// Harm and recovery by the two baselines, in words.
pub fn sentence(findings: &Findings) -> Option<String> {
    let [last, median] =
        [Baseline::Last, Baseline::Median].map(|baseline| harmed(findings, None, baseline));
    (last.networks > 0 && steady_epochs(findings) >= FEWEST).then(|| {
        format!(
            "What counts as harm depends on the epoch that is compared with. Networks harmed by pruning less \
                than 100 %, of {}: {} compared with the unpruned network’s last epoch, {} compared with \
                the median of its last {} (test strings). Back after one epoch of retraining: {} and {}; \
                within {}: {} and {}. Where the last epoch lies below the median by more than the tolerance, \
                the unpruned network would count as harmed too.",
            last.networks,
            last.harmed,
            median.harmed,
            steady_epochs(findings),
            last.after_one,
            median.after_one,
            findings.study.recovery_epochs,
            last.back,
            median.back,
        )
    })
}

/// What further training does on its own, in words.
pub fn gains_sentence(findings: &Findings) -> Option<String> {
    let [light, _, heavy] = GROUPS;
    let each = findings.study.cells.iter().filter_map(|&cell| {
        let [light, heavy] = [light, heavy].map(|group| gains(findings, cell, group));
        let (light, heavy) = (light?, heavy?);
        let texts = [&light, &heavy].map(|found| gain_text(&found.gain));
        Some((light.percents, heavy.percents, cell, texts))
    });
    let each: Vec<_> = each.collect();
    let (light, heavy, ..) = each.first()?;
    let texts = each.iter().map(|(_, _, cell, [light, heavy])| {
        format!("{} {light} and {heavy}", wording::cell(*cell))
    });
    Some(format!(
        "Part of a recovery may be further training, or the way back from an unlucky last epoch. After {} of retraining, networks pruned by {}, which \
            harms least, and by {} stand above the unpruned network by, in percentage points: {}.",
        wording::count(findings.study.recovery_epochs as usize, "epoch"),
        group_name(*light),
        group_name(*heavy),
        texts.collect::<Vec<_>>().join("; "),
    ))
}
