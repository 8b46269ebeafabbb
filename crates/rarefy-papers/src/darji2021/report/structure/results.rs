//! The tables.

use rarefy::cell::Cell;
use rarefy::graph::Family;
use rarefy::graph::Properties;
use rarefy::wiring::GateMask;
use rarefy_view::spread::Spread;
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use crate::arm::LEARNED;
use crate::darji2021::report::chance::Tested;
use crate::darji2021::report::structure::networks::Sampled;
use crate::darji2021::report::structure::theirs::{their_correlation, theirs};
use crate::darji2021::report::thesis;

/// Accuracy by cell, gate mask and family.
pub fn families(sampled: &Sampled) -> Table {
    let mut rows = Vec::new();
    for &cell in &sampled.study().cells {
        let planned = |&(gate_mask, family): &(GateMask, Family)| {
            let mut wired = sampled.wired(cell);
            wired.any(|w| (w.gate_mask, w.family) == (gate_mask, Some(family)))
        };
        let families = sampled.sample.families.iter();
        let kinds = families.flat_map(|&family| GateMask::ALL.map(|mask| (mask, family)));
        let kinds: Vec<(GateMask, Family)> = kinds.filter(planned).collect();
        for (index, &(gate_mask, family)) in kinds.iter().enumerate() {
            let mut name = family.title().to_owned();
            if cell.gates() > 1 {
                name += &format!(", {}", gate_mask.name());
            }
            let mut headings = vec![Heading::new(name, 1)];
            if index == 0 {
                headings.insert(0, Heading::new(wording::cell(cell), kinds.len()));
            }
            rows.push(Row { headings, cells: family_entries(sampled, cell, gate_mask, family) });
        }
    }
    let note = if sampled.beside_thesis() {
        "Grey: the thesis’s networks, of other graphs, with interleaved gate masks for GRU and LSTM."
    } else {
        ""
    };
    let below = format!("below {}", wording::share(LEARNED));
    Table {
        title: "Accuracy on the test strings by family of graphs".to_owned(),
        note: note.to_owned(),
        head: vec![Heading::each([
            "cell", "wired as", "networks", "mean", "lowest", "highest", &below,
        ])],
        rows,
    }
}

fn family_entries(
    sampled: &Sampled,
    cell: Cell,
    gate_mask: GateMask,
    family: Family,
) -> Vec<Entry> {
    let accuracies = sampled.accuracies(cell, gate_mask, family);
    let spread = Spread::of(accuracies.iter().copied());
    let below = accuracies.iter().filter(|&&accuracy| accuracy < LEARNED).count();
    // Compared with the networks that are wired like the thesis's, if there are any.
    let as_theirs =
        gate_mask == GateMask::Interleaved || cell.gates() == 1 || sampled.sample.interleaved == 0;
    let published = theirs(sampled, || thesis::family(cell, family).filter(|_| as_theirs));
    let accuracy = |of: fn(&Spread) -> f64| spread.as_ref().map(|s| wording::accuracy(of(s)));
    let entry = |ours: Option<String>, theirs: Option<String>| Entry::new(ours).beside(theirs);
    vec![
        entry(Some(accuracies.len().to_string()), published.map(|p| p.count.to_string())),
        entry(accuracy(|s| s.mean), published.map(|p| wording::accuracy(p.mean))),
        entry(accuracy(|s| s.min), published.map(|p| wording::accuracy(p.min))),
        entry(accuracy(|s| s.max), published.map(|p| wording::accuracy(p.max))),
        entry(spread.map(|_| below.to_string()), published.map(|p| p.below.to_string())),
    ]
}

/// Each property's correlation with accuracy, by cell.
pub fn correlations(sampled: &Sampled) -> Table {
    let cells = &sampled.study().cells;
    let tested: Vec<_> = cells.iter().map(|&cell| sampled.measured(cell).tested()).collect();
    let row = |(at, property): (usize, &&str)| {
        let entry = |(&cell, tested): (&Cell, &Vec<Option<Tested>>)| {
            let r = sampled.correlation(cell, at);
            let clear = tested.get(at).copied().flatten().is_some_and(|tested| tested.is_clear());
            let class = match r {
                Some(_) if clear => "ours",
                Some(_) => "",
                None => "missing",
            };
            let here = r.map_or_else(|| "–".to_owned(), wording::correlation);
            let theirs = their_correlation(sampled, cell, property).map(wording::correlation);
            Entry { here, class, ..Entry::default() }.beside(theirs)
        };
        Row {
            headings: vec![Heading::new(*property, 1)],
            cells: cells.iter().zip(&tested).map(entry).collect(),
        }
    };
    let beside = match sampled.beside_thesis() {
        true => " Grey: the thesis.",
        false => "",
    };
    let heads = ["property"].into_iter().chain(cells.iter().map(|&cell| wording::cell(cell)));
    Table {
        title: "Correlation of each property with accuracy".to_owned(),
        note: format!(
            "Pearson’s r over the graphs of both families, gate masks tiled. Bold: more than chance, of the \
                thesis’s {} properties; those after them are not tested. “–”: r is not defined.{beside}",
            Properties::THESIS.len(),
        ),
        head: vec![Heading::each(heads)],
        rows: Properties::NAMES.iter().enumerate().map(row).collect(),
    }
}
