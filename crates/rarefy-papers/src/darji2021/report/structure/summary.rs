//! What was found, in sentences.

use rarefy::analysis::standard_error;
use rarefy::cell::Cell;
use rarefy::graph::Family;
use rarefy::graph::Properties;
use rarefy::wiring::GateMask;
use rarefy_view::spread::Spread;
use rarefy_view::wording;

use crate::darji2021::report::findings::{Findings, LEARNED};
use crate::darji2021::report::structure::networks::{Sampled, Trained, place};
use crate::darji2021::report::structure::theirs::{their_correlation, theirs};
use crate::darji2021::report::thesis;

/// The properties that the thesis names, and which way accuracy goes with them there.
pub const NAMED: [(&str, Sign); 5] = [
    ("nodes", Sign::Up),
    ("edges", Sign::Up),
    ("source_nodes", Sign::Up),
    ("closeness_var", Sign::Down),
    ("nodes_betweenness_var", Sign::Down),
];

/// Which way accuracy goes as a property rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Up,
    Down,
}

impl Sign {
    fn of(r: f64) -> Self {
        if r < 0.0 { Self::Down } else { Self::Up }
    }
}

/// More exceptions than this are counted, not listed.
const LISTED: usize = 4;

/// The part's opening, a finding an entry.
pub fn sentences(sampled: &Sampled) -> Vec<String> {
    if sampled.study().cells.iter().all(|&cell| sampled.tiled(cell).is_empty()) {
        return vec!["No network of this study has finished yet.".to_owned()];
    }
    let sentences = [
        families(sampled),
        named_properties(sampled),
        beside_correlations(sampled),
        strongest(sampled),
        unlearned(sampled),
        gate_masks(sampled),
    ];
    sentences.into_iter().flatten().collect()
}

/// What has no record yet, by cell. Empty when the study is complete.
pub fn missing(findings: &Findings) -> Vec<String> {
    let of = |&cell: &Cell| {
        let missing = findings.missing().filter(|trial| trial.cell == cell).count();
        let planned = findings.study.trials.iter().filter(|trial| trial.cell == cell).count();
        (missing > 0).then(|| {
            format!(
                "{}: {} of {}",
                wording::cell(cell),
                wording::grouped(missing),
                wording::count(planned, "network")
            )
        })
    };
    findings.study.cells.iter().filter_map(of).collect()
}

fn families(sampled: &Sampled) -> Option<String> {
    let mean = |cell, family| {
        let accuracies = sampled.accuracies(cell, GateMask::Tiled, family);
        Spread::of(accuracies.into_iter()).map(|spread| spread.mean)
    };
    let [ba, ws] = [Family::BarabasiAlbert, Family::WattsStrogatz];
    let cells = sampled.study().cells.iter();
    let found: Vec<(Cell, f64, f64)> =
        cells.filter_map(|&cell| Some((cell, mean(cell, ws)?, mean(cell, ba)?))).collect();
    let each: Vec<String> = found
        .iter()
        .map(|&(cell, ws, ba)| {
            let [ws, ba] = [ws, ba].map(wording::share);
            format!("{ws} against {ba} with the {}", wording::cell(cell))
        })
        .collect();
    if found.is_empty() {
        return None;
    }
    let thesis_agrees = theirs(sampled, || {
        let order = |&(cell, ws_mean, ba_mean): &(Cell, f64, f64)| {
            let [theirs_ws, theirs_ba] = [ws, ba]
                .map(|family| thesis::family(cell, family).map_or(f64::NAN, |family| family.mean));
            (ws_mean > ba_mean) == (theirs_ws > theirs_ba)
        };
        let other: Vec<&str> =
            found.iter().filter(|f| !order(f)).map(|&(cell, ..)| wording::cell(cell)).collect();
        Some(match other.as_slice() {
            [] => " The thesis found the same order with every one of them.".to_owned(),
            cells => {
                format!(" The thesis found the opposite order with the {}.", wording::list(cells))
            }
        })
    });
    let better = found.iter().filter(|(_, ws, ba)| ws > ba).count();
    let verdict = match better {
        0 => "do no better than those wired as Barabasi-Albert graphs with any cell",
        all if all == found.len() => {
            "do better than those wired as Barabasi-Albert graphs with every cell"
        }
        _ => "do better than those wired as Barabasi-Albert graphs with some cells",
    };
    Some(format!(
        "After {} of training, networks wired as Watts-Strogatz graphs {verdict}. Of the test strings they get right, on average, {}.{}",
        wording::count(sampled.study().base_epochs as usize, "epoch"),
        wording::list(&each),
        thesis_agrees.unwrap_or_default(),
    ))
}

/// Whether accuracy goes with the named properties the way the thesis says.
fn named_properties(sampled: &Sampled) -> Option<String> {
    let mut found = Vec::new();
    let (mut other, mut weak) = (Vec::new(), 0);
    for (property, sign) in NAMED {
        for &cell in &sampled.study().cells {
            let Some(r) = sampled.correlation(cell, place(property)) else { continue };
            found.push(r.abs());
            if r.abs() < by_chance(sampled.tiled(cell).len()) {
                weak += 1;
            } else if Sign::of(r) != sign {
                other.push(format!(
                    "{property} with the {} (r = {})",
                    wording::cell(cell),
                    wording::correlation(r)
                ));
            }
        }
    }
    let weakest = found.iter().copied().reduce(f64::min)?;
    let strongest = found.iter().copied().reduce(f64::max)?;
    let rule = "accuracy rises with the numbers of nodes, edges and source nodes, and falls as \
        closeness and betweenness vary more from node to node";
    let thesis = if sampled.beside_thesis() { ", as the thesis found" } else { "" };
    let range = format!("|r| from {weakest:.2} to {strongest:.2}");
    let unclear = match weak {
        0 => String::new(),
        _ => format!(
            " {weak} of {} are too weak to tell from chance with so few graphs.",
            wording::count(found.len(), "correlation")
        ),
    };
    let agree = found.len() - other.len() - weak;
    Some(match other.len() {
        0 if weak == 0 => format!("With every cell {rule}{thesis} ({range})."),
        count if count == found.len() => {
            format!(
                "Nothing here bears out that {rule}: with every cell it is the other way round."
            )
        }
        0 if agree > 0 => format!("Where a direction is clear, {rule}{thesis} ({range}).{unclear}"),
        _ if agree * 4 >= found.len() * 3 => format!(
            "For the most part {rule}{thesis} ({range}), but not: {}.{unclear}",
            wording::list(&other)
        ),
        _ => {
            let other = match other.as_slice() {
                [] => String::new(),
                [one] => format!(" The other way goes {one}."),
                other => format!(" The other way go {}.", wording::list(other)),
            };
            format!(
                "It is not borne out here that {rule}: {agree} of {} go that way.{other}{unclear}",
                wording::count(found.len(), "correlation")
            )
        }
    })
}

/// What a correlation must reach so that it is more than chance: two standard errors of one
/// between columns that have nothing to do with each other.
pub fn by_chance(graphs: usize) -> f64 {
    2.0 / (graphs.max(1) as f64).sqrt()
}

/// How many of the published correlations have the same sign here.
fn beside_correlations(sampled: &Sampled) -> Option<String> {
    let mut same = 0;
    let mut other: Vec<(f64, String)> = Vec::new();
    for (at, property) in Properties::NAMES.iter().enumerate() {
        for &cell in &sampled.study().cells {
            let ours = sampled.correlation(cell, at);
            let theirs = their_correlation(sampled, cell, property);
            let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
            if Sign::of(ours) == Sign::of(theirs) {
                same += 1;
                continue;
            }
            let text = format!(
                "{property} with the {} ({}, thesis {})",
                wording::cell(cell),
                wording::correlation(ours),
                wording::correlation(theirs)
            );
            other.push(((ours - theirs).abs(), text));
        }
    }
    let all = same + other.len();
    if all == 0 {
        return None;
    }
    other.sort_by(|a, b| b.0.total_cmp(&a.0));
    let count = other.len();
    let listed: Vec<String> = other.into_iter().take(LISTED).map(|(_, text)| text).collect();
    let differing = match count {
        0 => String::new(),
        _ if count <= LISTED => format!("; not so {}", wording::list(&listed)),
        _ => format!("; {count} have not, furthest apart {}", wording::list(&listed)),
    };
    Some(format!("{same} of the thesis’s {all} correlations have the same sign here{differing}."))
}

fn strongest(sampled: &Sampled) -> Option<String> {
    let of = |&cell: &Cell| {
        let all = Properties::NAMES.iter().enumerate();
        let (property, r) = all
            .filter_map(|(at, name)| Some((name, sampled.correlation(cell, at)?)))
            .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
        Some(format!("{property} with the {} ({})", wording::cell(cell), wording::correlation(r)))
    };
    let each: Vec<String> = sampled.study().cells.iter().filter_map(of).collect();
    (!each.is_empty()).then(|| {
        format!("The property that goes with accuracy most closely: {}.", wording::list(&each))
    })
}

fn unlearned(sampled: &Sampled) -> Option<String> {
    let of = |&cell: &Cell| {
        let networks = sampled.tiled(cell);
        let below = networks.iter().filter(|network| near_chance(network)).count();
        (below > 0)
            .then(|| format!("{below} of {} with the {}", networks.len(), wording::cell(cell)))
    };
    let each: Vec<String> = sampled.study().cells.iter().filter_map(of).collect();
    (!each.is_empty()).then(|| {
        format!(
            "Some networks did not learn at all and stayed below {}, near chance: {}. Whether one \
                does is partly luck of the seed, and it weighs heavily in every mean and every r.",
            wording::share(LEARNED),
            wording::list(&each),
        )
    })
}

/// Whether a network did not learn.
pub fn near_chance(network: &Trained) -> bool {
    network.accuracy < LEARNED
}

/// Tiled accuracy minus interleaved: mean, and its standard error.
pub fn gain_of_tiling(pairs: &[(f64, f64)]) -> Option<(f64, f64)> {
    let differences: Vec<f64> =
        pairs.iter().map(|(tiled, interleaved)| tiled - interleaved).collect();
    let mean = Spread::of(differences.iter().copied())?.mean;
    Some((mean, standard_error(&differences)?))
}

fn gate_masks(sampled: &Sampled) -> Option<String> {
    let of = |&cell: &Cell| {
        let pairs = sampled.pairs(cell);
        let (mean, error) = gain_of_tiling(&pairs)?;
        let told_apart = mean.abs() > 2.0 * error;
        Some((
            format!(
                "{} ± {} with the {} ({})",
                wording::signed_points(mean),
                wording::plain_points(error),
                wording::cell(cell),
                wording::count(pairs.len(), "graph"),
            ),
            told_apart,
        ))
    };
    let found: Vec<(String, bool)> = sampled.study().cells.iter().filter_map(of).collect();
    if found.is_empty() {
        return None;
    }
    let unclear = match found.iter().filter(|(_, told_apart)| !told_apart).count() {
        0 => "",
        all if all == found.len() => {
            " None is more than twice its standard error, so that it may be chance."
        }
        _ => " What is not more than twice its standard error may be chance.",
    };
    let each: Vec<String> = found.into_iter().map(|(text, _)| text).collect();
    Some(format!(
        "Gate masks that show every gate the graph, rather than the thesis’s interleaved ones, \
            change accuracy by {}: percentage points on the same graphs, mean and standard error.{unclear}",
        wording::list(&each)
    ))
}
