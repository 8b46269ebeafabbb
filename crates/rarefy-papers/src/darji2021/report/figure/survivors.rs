//! The weights that survive pruning: pictures of the masks, and how sparse each gate is.

use rarefy::cell::Cell;
use rarefy::network::{Network, Part, Weight};
use rarefy::prune::{GateAccount, Scope, WeightAccount, sparsity};
use rarefy_view::chart::{Drawing, IntervalRow, Intervals, Mask, cell_class, escape};
use rarefy_view::figure::{Figure, Group, NARROW, Panel};
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

/// A pruned base model before retraining.
#[derive(Clone, Debug)]
pub struct Survivor {
    /// Its cell.
    pub cell: Cell,
    /// The seed of the base model.
    pub seed: u64,
    /// Which weights were pruned together.
    pub scope: Scope,
    /// Percentage pruned.
    pub percent: f64,
    /// The pruned network.
    pub network: Network,
}

/// Matrices per row: the largest number of gates of a cell.
const COLUMNS: f64 = 4.0;
/// Side of a matrix in drawing units, on a page and at least.
const SIDE: f64 = 58.0;
const NARROWEST: f64 = 50.0;
const GAP: f64 = 10.0;
/// Height of the line with a matrix's name.
const NAME: f64 = 13.0;

/// Where weights survive, by layer, matrix and gate.
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
            Panel::new(&name, title.clone(), Matrices::of(survivor, &own, &title))
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
        name: "masks",
        appendix: true,
        title: "What survives pruning".to_owned(),
        caption: format!(
            "Each square is the weight matrix of one gate, right after {}. Rows are units; columns are \
                inputs (ih) or the units at the previous step (hh). A dot is a weight that is left. In \
                large matrices a dot stands for several weights, and is darker the more are left.",
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

/// The matrices of a layer: one column per gate, ih above hh. Those of a cell without gates are
/// next to each other.
struct Matrices {
    label: String,
    class: &'static str,
    rows: usize,
    /// Column and row, name, share of the weights that survive, and the picture.
    matrices: Vec<(usize, usize, String, String, Mask)>,
}

impl Matrices {
    fn of(survivor: &Survivor, weights: &[&Weight], title: &str) -> Self {
        let gates = survivor.cell.gate_names();
        let mut matrices = Vec::new();
        for (at, weight) in weights.iter().enumerate() {
            for (gate, gate_name) in gates.iter().enumerate() {
                let mask = Mask::of(&survivor.network, weight, gate);
                let share = wording::share(mask.kept as f64 / mask.count as f64);
                let of = part(weight.part);
                matrices.push(match gates.len() {
                    1 => (at, 0, of.to_owned(), share, mask),
                    _ => (gate, at, format!("{gate_name}, {of}"), share, mask),
                });
            }
        }
        Self {
            label: format!("{}. {title}", wording::cell(survivor.cell)),
            class: cell_class(survivor.cell),
            rows: if gates.len() == 1 { 1 } else { weights.len() },
            matrices,
        }
    }
}

impl Drawing for Matrices {
    fn width(&self) -> f64 {
        COLUMNS * (SIDE + GAP) - GAP
    }

    /// Wide enough for the longest name of a gate above its matrix.
    fn least(&self) -> f64 {
        COLUMNS * (NARROWEST + GAP) - GAP
    }

    fn at(&self, width: f64) -> String {
        let side = (width + GAP) / COLUMNS - GAP;
        let height = self.rows as f64 * (side + NAME + GAP);
        let label = escape(&self.label);
        let mut svg = format!(
            "<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-label=\"{label}\"><g class=\"line {}\">",
            self.class
        );
        for (column, row, name, share, mask) in &self.matrices {
            let (x, y) = (*column as f64 * (side + GAP), *row as f64 * (side + NAME + GAP));
            let scale = side / mask.width.max(mask.height) as f64;
            let (base, top) = (y + NAME - 4.0, y + NAME);
            svg += &format!(
                "<text class=\"matrix-name\" x=\"{x}\" y=\"{base}\">{name}</text>\
                 <g transform=\"translate({x} {top}) scale({scale:.4})\"><title>{name}: {share} left\
                 </title><rect class=\"matrix\" width=\"{}\" height=\"{}\"/>{}</g>",
                mask.width, mask.height, mask.svg
            );
        }
        svg + "</g></svg>"
    }
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

/// One row per gate of a matrix: its number of weights, and how many of them are pruned.
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

/// How much more or less sparse each gate is than all weights together, over all layers.
pub fn gates(survivors: &[Survivor], number: usize) -> Figure {
    let rows: Vec<Vec<IntervalRow>> = survivors.iter().map(differences).collect();
    let unit = "difference in percentage points";
    let axis = Intervals::axis(unit, rows.iter().flatten());
    let panel = |(survivor, rows): (&Survivor, Vec<IntervalRow>)| {
        let name = wording::cell(survivor.cell);
        let label = format!("{name}: share of each gate’s weights that is pruned");
        let drawing = Intervals { label, width: NARROW, axis: axis.clone(), rows };
        Panel::new(name, name.to_owned(), drawing)
    };
    Figure {
        number,
        name: "gates",
        appendix: true,
        title: "Sparsity by gate".to_owned(),
        caption: format!(
            "How much more (right) or less (left) of a gate is pruned than of all weights together, in \
                percentage points, over all layers, right after {}.",
            pruned(survivors),
        ),
        legend: Vec::new(),
        groups: vec![Group {
            title: String::new(),
            columns: 4,
            panels: survivors.iter().zip(rows).map(panel).collect(),
            folded: false,
        }],
        data: vec![table(survivors)],
        csv: Some(csv(survivors)),
    }
}

fn differences(survivor: &Survivor) -> Vec<IntervalRow> {
    let (accounts, parts) = (accounts(survivor), parts(survivor));
    let mut rows = Vec::new();
    for (gate, name) in survivor.cell.gate_names().iter().enumerate() {
        for of in [Part::Ih, Part::Hh] {
            let own = accounts.iter().zip(&parts).filter(|(_, part)| **part == of);
            let own: Vec<&GateAccount> = own.map(|(account, _)| &account.gates[gate]).collect();
            let name = match survivor.cell.gates() {
                1 => part(of).to_owned(),
                _ => format!("{name}, {}", part(of)),
            };
            let share = share(&own);
            rows.push(IntervalRow {
                text: format!("{name}: {} pruned", wording::share(share)),
                name,
                value: 100.0 * share - survivor.percent,
                interval: None,
                class: cell_class(survivor.cell).to_owned(),
            });
        }
    }
    rows
}
