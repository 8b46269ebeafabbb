//! What pruning leaves: pictures of the masks, and how sparse each gate is.

use rarefy::cell::Cell;
use rarefy::network::{Network, Part, Weight};
use rarefy::prune::{GateAccount, Scope, WeightAccount, sparsity};
use rarefy_view::chart::{Bar, Bars, Mask, cell_class, escape};
use rarefy_view::figure::{Figure, Group, NARROW, Panel};
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

/// A pruned base model, as it was before retraining.
#[derive(Clone, Debug)]
pub struct Survivor {
    /// Its cell.
    pub cell: Cell,
    /// The seed of the base model.
    pub seed: u64,
    /// What was pruned together.
    pub scope: Scope,
    /// Percent pruned.
    pub percent: f64,
    /// What is left.
    pub network: Network,
}

/// Side of a matrix, in drawing units.
const SIDE: f64 = 56.0;
const GAP: f64 = 10.0;
/// Height of a matrix's name.
const NAME: f64 = 13.0;

/// Where weights are left, by layer, matrix and gate.
pub fn masks(survivors: &[Survivor], number: usize) -> Figure {
    let group = |survivor: &Survivor| {
        let network = &survivor.network;
        let weights: Vec<Weight> = network.layout().weights().collect();
        let layers = network.layout().layers.len();
        let panel = |layer: usize| {
            let own: Vec<&Weight> = weights.iter().filter(|w| w.layer == layer).collect();
            let name = format!("layer {}", layer + 1);
            let left =
                own.iter().map(|w| w.range.len() - network.masks().count_in(w.range.clone()));
            let all: usize = own.iter().map(|w| w.range.len()).sum();
            let share = left.sum::<usize>() as f64 / all as f64;
            let title = format!("Layer {}: {} left", layer + 1, wording::share(share));
            Panel::new(&name, title.clone(), drawing(survivor, &own, &title))
        };
        Group {
            title: wording::cell(survivor.cell).to_owned(),
            columns: 4,
            panels: (0..layers).map(panel).collect(),
            folded: false,
        }
    };
    Figure {
        number,
        title: "What survives pruning".to_owned(),
        caption: format!(
            "Weights that are left after {}. Each square is the matrix of one gate: a row per unit, a \
                column per input (ih) or per unit of the step before (hh). A dot is a weight; in large \
                matrices it stands for several, darker where more are left.",
            pruned(survivors),
        ),
        legend: Vec::new(),
        groups: survivors.iter().map(group).collect(),
        data: vec![table(survivors)],
        csv: Some(csv(survivors)),
    }
}

/// `pruning 90 % of the recurrent weights (seed 0)`
fn pruned(survivors: &[Survivor]) -> String {
    survivors.first().map_or(String::new(), |survivor| {
        format!(
            "pruning {} of the {} (seed {})",
            wording::percent(survivor.percent),
            wording::weights(survivor.scope),
            survivor.seed
        )
    })
}

const fn part(part: Part) -> &'static str {
    match part {
        Part::Ih => "ih",
        Part::Hh => "hh",
    }
}

fn drawing(survivor: &Survivor, weights: &[&Weight], title: &str) -> String {
    let gates = survivor.cell.gate_names();
    // One column per gate; the two matrices of a cell without gates are next to each other.
    let place = |weight: usize, gate: usize| match gates.len() {
        1 => (weight, 0),
        _ => (gate, weight),
    };
    let rows = if gates.len() == 1 { 1 } else { weights.len() };
    let (width, height) = (4.0 * (SIDE + GAP) - GAP, rows as f64 * (SIDE + NAME + GAP));
    let label = escape(&format!("{}. {title}", wording::cell(survivor.cell)));
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{label}\">\
         <g class=\"line {}\">",
        cell_class(survivor.cell)
    );
    for (at, weight) in weights.iter().enumerate() {
        for (gate, gate_name) in gates.iter().enumerate() {
            let (column, row) = place(at, gate);
            let (x, y) = (column as f64 * (SIDE + GAP), row as f64 * (SIDE + NAME + GAP));
            let mask = Mask::of(&survivor.network, weight, gate);
            let scale = SIDE / mask.width.max(mask.height) as f64;
            let name = match gates.len() {
                1 => part(weight.part).to_owned(),
                _ => format!("{gate_name}, {}", part(weight.part)),
            };
            let share = wording::share(mask.kept as f64 / mask.count as f64);
            let (base, top) = (y + NAME - 4.0, y + NAME);
            svg += &format!(
                "<text class=\"matrix-name\" x=\"{x}\" y=\"{base}\">{name}</text>\
                 <g transform=\"translate({x} {top}) scale({scale:.4})\"><title>{name}: {share} left\
                 </title><rect class=\"matrix\" width=\"{}\" height=\"{}\"/>{}</g>",
                mask.width, mask.height, mask.svg
            );
        }
    }
    svg + "</g></svg>"
}

fn accounts(survivor: &Survivor) -> Vec<WeightAccount> {
    sparsity(&survivor.network).weights
}

fn share(gates: &[&GateAccount]) -> f64 {
    let [masked, count] = [
        gates.iter().map(|gate| gate.masked).sum::<usize>(),
        gates.iter().map(|gate| gate.count).sum(),
    ];
    masked as f64 / count as f64
}

/// The matrices of a layer, in the order of the layout: ih, hh.
fn parts(survivor: &Survivor) -> Vec<Part> {
    survivor.network.layout().weights().map(|weight| weight.part).collect()
}

fn table(survivors: &[Survivor]) -> Table {
    let columns = survivors.iter().map(|s| accounts(s).len()).max().unwrap_or(0);
    let heads = survivors.first().map_or(Vec::new(), |survivor| {
        let name = |(account, of): (WeightAccount, Part)| {
            format!("layer {}, {}", account.layer + 1, part(of))
        };
        accounts(survivor).into_iter().zip(parts(survivor)).map(name).collect()
    });
    let rows = survivors.iter().flat_map(|survivor| {
        let accounts = accounts(survivor);
        survivor.cell.gate_names().iter().enumerate().map(move |(gate, name)| {
            let cell = wording::cell(survivor.cell);
            let heading = match survivor.cell.gates() {
                1 => cell.to_owned(),
                _ => format!("{cell}, {name}"),
            };
            let entry = |at: usize| {
                let account = accounts.get(at).map(|account| share(&[&account.gates[gate]]));
                Entry::new(account.map(wording::share))
            };
            Row {
                headings: vec![Heading::new(heading, 1)],
                cells: (0..columns).map(entry).collect(),
            }
        })
    });
    Table {
        title: "Share of each gate’s weights that is pruned".to_owned(),
        note: format!("Right after {}.", pruned(survivors)),
        head: vec![Heading::each(["cell and gate".to_owned()].into_iter().chain(heads))],
        rows: rows.collect(),
    }
}

/// One row a gate of a matrix: its weights, and how many of them are pruned.
fn csv(survivors: &[Survivor]) -> String {
    let mut text = "cell,seed,scope,percent,layer,matrix,gate,weights,pruned\n".to_owned();
    for survivor in survivors {
        let Survivor { cell, seed, scope, percent, .. } = survivor;
        for (account, of) in accounts(survivor).into_iter().zip(parts(survivor)) {
            let (layer, matrix) = (account.layer + 1, part(of));
            for GateAccount { name, count, masked } in account.gates {
                text += &format!(
                    "{cell},{seed},{scope},{percent},{layer},{matrix},{name},{count},{masked}\n"
                );
            }
        }
    }
    text
}

/// How sparse each gate is, over all layers.
pub fn gates(survivors: &[Survivor], number: usize) -> Figure {
    let panel = |survivor: &Survivor| {
        let (accounts, parts) = (accounts(survivor), parts(survivor));
        let mut bars = Vec::new();
        for (gate, name) in survivor.cell.gate_names().iter().enumerate() {
            for of in [Part::Ih, Part::Hh] {
                let own = accounts.iter().zip(&parts).filter(|(_, part)| **part == of);
                let own: Vec<&GateAccount> = own.map(|(account, _)| &account.gates[gate]).collect();
                let name = match survivor.cell.gates() {
                    1 => part(of).to_owned(),
                    _ => format!("{name}, {}", part(of)),
                };
                let value = share(&own);
                let text = format!("{name}: {} pruned", wording::share(value));
                let shown = wording::share(value);
                let mark = Some(survivor.percent / 100.0);
                bars.push(Bar { name, value, shown, mark, text });
            }
        }
        let name = wording::cell(survivor.cell);
        let bars = Bars {
            label: format!("{name}: share of each gate’s weights that is pruned"),
            width: NARROW,
            names: 70.0,
            class: cell_class(survivor.cell).to_owned(),
            bars,
        };
        Panel::new(name, name.to_owned(), bars.svg(1.0))
    };
    Figure {
        number,
        title: "Sparsity by gate".to_owned(),
        caption: format!(
            "Share of each gate’s weights that is pruned, over all layers, after {}. The thin line is the \
                share over all gates.",
            pruned(survivors),
        ),
        legend: Vec::new(),
        groups: vec![Group {
            title: String::new(),
            columns: 4,
            panels: survivors.iter().map(panel).collect(),
            folded: false,
        }],
        data: vec![table(survivors)],
        csv: Some(csv(survivors)),
    }
}
