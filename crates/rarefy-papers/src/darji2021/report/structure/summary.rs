//! The findings in sentences.

use rarefy::cell::Cell;
use rarefy::graph::Properties;
use rarefy_view::wording;

use crate::arm::LEARNED;
use crate::darji2021::report::chance::Tested;
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::structure::explained::{self, Explained};
use crate::darji2021::report::structure::measured::place;
use crate::darji2021::report::structure::networks::{Sampled, near_chance};
use crate::darji2021::report::structure::theirs::theirs;
use crate::darji2021::report::structure::{at_size, gate_masks, learned};
use crate::darji2021::report::thesis;

/// The properties that the thesis names, each with the phrase for a larger value.
pub const NAMED: [(&str, &str); 5] = [
    ("nodes", "more nodes"),
    ("edges", "more edges"),
    ("source_nodes", "more source nodes"),
    ("closeness_var", "more variable closeness"),
    ("nodes_betweenness_var", "more variable betweenness"),
];

/// How the directions were found.
const ONE_BY_ONE: &str =
    "With properties taken one by one, over both families, for every cell accuracy";

/// The opening of the part, one entry per finding.
pub fn sentences(sampled: &Sampled, explained: &[(Cell, Explained)]) -> Vec<String> {
    if sampled.study().cells.iter().all(|&cell| sampled.tiled(cell).is_empty()) {
        return vec!["No network of this study has finished yet.".to_owned()];
    }
    let sentences = [
        learned::sentence(sampled),
        learned::how_well_sentence(sampled),
        explained::sentence(explained),
        at_size::families_sentence(sampled),
        at_size::left_sentence(sampled),
        at_size::between_sentence(&at_size::between_cells(sampled)),
        Some(Directions::of(sampled).sentence()),
        clear(sampled),
        unlearned(sampled),
        gate_masks::sentence(sampled),
    ];
    sentences.into_iter().flatten().collect()
}

/// The trials without a record, by cell. Empty if the study is complete.
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

/// For which of the thesis's named properties accuracy rises or falls, with every cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directions {
    /// Exceeds chance for every cell, with r above 0.
    pub up: Vec<&'static str>,
    /// Exceeds chance for every cell, with r below 0.
    pub down: Vec<&'static str>,
    /// Neither of the two.
    pub unclear: Vec<&'static str>,
}

impl Directions {
    pub fn of(sampled: &Sampled) -> Self {
        let cells = sampled.study().cells.iter();
        let tested: Vec<_> = cells.map(|&cell| sampled.measured(cell).tested()).collect();
        let mut directions = Self::default();
        for (property, _) in NAMED {
            let every = |sign: f64| {
                let clear = |tested: &Tested| tested.is_clear() && tested.r.signum() == sign;
                tested.iter().all(|of_cell| of_cell[place(property)].as_ref().is_some_and(clear))
            };
            match (every(1.0), every(-1.0)) {
                (true, _) => directions.up.push(property),
                (_, true) => directions.down.push(property),
                _ => directions.unclear.push(property),
            }
        }
        directions
    }

    /// The directions in a sentence or two.
    pub fn sentence(&self) -> String {
        let more = |properties: &[&str]| {
            let named = NAMED.iter().filter(|(property, _)| properties.contains(property));
            wording::list(&named.map(|(_, more)| *more).collect::<Vec<_>>())
        };
        let (up, down) = (more(&self.up), more(&self.down));
        let clear = match (up.is_empty(), down.is_empty()) {
            (true, true) => {
                return "None of the properties that the thesis names is related to accuracy for every \
                        cell, by more than chance."
                    .to_owned();
            }
            (false, true) => format!("{ONE_BY_ONE} is higher with {up}."),
            (true, false) => format!("{ONE_BY_ONE} is lower with {down}."),
            (false, false) => format!("{ONE_BY_ONE} is higher with {up}, and lower with {down}."),
        };
        match more(&self.unclear).as_str() {
            "" => clear,
            unclear => format!("{clear} For {unclear}, cells differ or chance may be enough."),
        }
    }
}

/// How many correlations exceed chance, here and in the thesis.
fn clear(sampled: &Sampled) -> Option<String> {
    let count = |tested: &[(&'static str, Tested)]| {
        tested.iter().filter(|(_, tested)| tested.is_clear()).count()
    };
    let named = |cell| -> Vec<(&'static str, Tested)> {
        let tested = sampled.measured(cell).tested().into_iter();
        let named = Properties::THESIS.iter().copied().zip(tested);
        named.filter_map(|(name, tested)| Some((name, tested?))).collect()
    };
    let cells = &sampled.study().cells;
    let each: Vec<String> = cells
        .iter()
        .map(|&cell| {
            let beside = theirs(sampled, || Some(count(&thesis::tested(cell))));
            let beside = beside.map_or(String::new(), |count| format!(" (thesis {count})"));
            format!("{}{beside} for the {}", count(&named(cell)), wording::cell(cell))
        })
        .collect();
    let signs = theirs(sampled, || {
        let pairs = cells.iter().flat_map(|&cell| {
            let theirs = thesis::tested(cell);
            named(cell).into_iter().filter_map(move |(name, ours)| {
                let (_, other) = theirs.iter().find(|(other, _)| *other == name)?;
                (ours.is_clear() && other.is_clear()).then_some(ours.r.signum() == other.r.signum())
            })
        });
        let signs: Vec<bool> = pairs.collect();
        let (same, known) = (signs.iter().filter(|same| **same).count(), signs.len());
        (known > 0).then(|| {
            format!(" Of the {known} that are more than chance in both, {same} have the same sign.")
        })
    });
    Some(format!(
        "Correlations with accuracy that are more than chance, of {} properties: {}.{}",
        Properties::THESIS.len(),
        wording::list(&each),
        signs.unwrap_or_default(),
    ))
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
            "Some networks did not learn: their accuracy stayed below {}, near chance. They are {}, and \
                weigh heavily in every mean and correlation.",
            wording::share(LEARNED),
            wording::list(&each),
        )
    })
}
