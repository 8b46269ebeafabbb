//! Whether the thesis's correlations beyond size also appear here, and how many would appear if
//! accuracy depended on size alone.
//!
//! The comparison uses the signs of those correlations of the thesis that exceed chance with nodes
//! and source nodes held fixed. That removes only linear effects of size. If accuracy depended on
//! nothing but the two sizes, in any other shape, correlations would seem to remain in both
//! experiments, with the same signs.
//!
//! So chance is measured under the hypothesis that accuracy depends on size alone. Nodes (as a
//! quadratic) and source nodes (a level each) explain part of our accuracies. The residuals are
//! assigned to other graphs at random, to the same ones for every cell, because cells share their
//! graphs.

use std::collections::HashSet;

use rarefy::analysis::residuals;
use rarefy::graph::{Family, Properties};
use rarefy::random::Stream;

use crate::darji2021::report::questions::agreement::{Agreement, DRAWS, Tally};
use crate::darji2021::report::structure::{Measured, SIZES, Sampled, any_shape};
use crate::darji2021::report::thesis;

/// How well the signs beyond size agree.
pub fn agreement(sampled: &Sampled) -> Agreement {
    drawn(sampled, DRAWS)
}

fn drawn(sampled: &Sampled, draws: usize) -> Agreement {
    let all: Vec<Cell> = sampled
        .study()
        .cells
        .iter()
        .map(|&cell| Cell { measured: sampled.measured(cell), published: clear(cell) })
        .collect();
    let tally = Tally::of(all.iter().flat_map(|cell| {
        let left = cell.measured.left();
        let same = |&(at, sign): &(usize, f64)| Some(left[at]?.r.signum() == sign);
        cell.published.iter().map(same).collect::<Vec<_>>()
    }));
    let sized = sized(&all);
    let rows = sized.first().map_or(0, |cell| cell.rest.len());
    let mut order: Vec<usize> = (0..rows).collect();
    let mut stream = Stream::new(0, "size alone");
    let shares = (0..draws).filter_map(|_| {
        stream.shuffle(&mut order);
        Tally::of(sized.iter().flat_map(|cell| cell.same(&order)).map(Some)).share()
    });
    Agreement::against(tally, &shares.collect::<Vec<_>>())
}

/// Our measurements for one cell, and the position and sign of each correlation that remains in the
/// thesis.
struct Cell {
    measured: Measured,
    published: Vec<(usize, f64)>,
}

fn clear(cell: rarefy::cell::Cell) -> Vec<(usize, f64)> {
    let left = thesis::left(cell).into_iter().filter(|(_, tested)| tested.is_clear());
    let place = |name| Properties::THESIS.iter().position(|other| *other == name);
    left.filter_map(|(name, tested)| Some((place(name)?, tested.r.signum()))).collect()
}

/// One cell under the hypothesis of size alone.
struct Sized {
    /// The part of accuracy that size does not explain, by graph.
    rest: Vec<f64>,
    /// For each property: the part that size does not explain, the product of that part with the
    /// accuracy explained by size, and the thesis's sign.
    properties: Vec<(Vec<f64>, f64, f64)>,
}

impl Sized {
    /// Whether each sign equals the thesis's if the residuals are assigned in this order.
    fn same<'a>(&'a self, order: &'a [usize]) -> impl Iterator<Item = bool> + 'a {
        self.properties.iter().map(move |(left, explained, sign)| {
            let rest = left.iter().zip(order).map(|(value, &at)| value * self.rest[at]);
            (explained + rest.sum::<f64>()).signum() == *sign
        })
    }
}

/// Every cell, over the graphs that all cells have.
fn sized(all: &[Cell]) -> Vec<Sized> {
    let graphs = |cell: &Cell| cell.measured.graphs.iter().copied().collect::<HashSet<_>>();
    let shared: HashSet<(Family, u32)> =
        all.iter().map(graphs).reduce(|a, b| &a & &b).unwrap_or_default();
    if shared.is_empty() {
        return Vec::new();
    }
    let of = |cell: &Cell| {
        let mut rows: Vec<usize> = (0..cell.measured.graphs.len())
            .filter(|&at| shared.contains(&cell.measured.graphs[at]))
            .collect();
        rows.sort_by_key(|&at| {
            let (family, number) = cell.measured.graphs[at];
            (family.name(), number)
        });
        let picked = |column: &[f64]| rows.iter().map(|&at| column[at]).collect::<Vec<f64>>();
        let [nodes, sources] = SIZES.map(|name| picked(cell.measured.column(name)));
        let sizes = any_shape(&nodes, &sources);
        let accuracy = picked(&cell.measured.accuracy);
        let rest = residuals(&accuracy, &slices(&sizes));
        let explained: Vec<f64> = accuracy.iter().zip(&rest).map(|(a, rest)| a - rest).collect();
        let straight = [nodes, sources];
        let property = |&(at, sign): &(usize, f64)| {
            let left = residuals(&picked(&cell.measured.columns[at]), &slices(&straight));
            let product = left.iter().zip(&explained).map(|(a, b)| a * b).sum();
            (left, product, sign)
        };
        Sized { rest, properties: cell.published.iter().map(property).collect() }
    };
    all.iter().map(of).collect()
}

fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

#[cfg(test)]
mod tests {
    use rarefy::train::Answers;

    use super::*;
    use crate::darji2021::report::findings::Findings;
    use crate::darji2021::report::questions::agreement::{BY_CHANCE, Verdict};
    use crate::darji2021::report::tests::synthetic;

    #[test]
    fn what_is_left_beyond_size_is_no_effect_of_size() {
        let study = synthetic::structure(100, 1);
        let mut records = synthetic::wired_records(&study, |_, _| 0.8);
        let agreement = |records: &[rarefy::study::Record]| {
            let findings = Findings::new(&study, records, true);
            drawn(&Sampled::new(&findings).unwrap(), 500)
        };
        // For every property whose correlation remains in the thesis, the part that size does not
        // explain.
        let findings = Findings::new(&study, &records, true);
        let measured = Sampled::new(&findings).unwrap().measured(rarefy::cell::Cell::Gru);
        let [nodes, sources] = SIZES.map(|name| measured.column(name));
        let size = any_shape(nodes, sources);
        let mut effect = vec![0.0; nodes.len()];
        for (at, sign) in rarefy::cell::Cell::ALL.into_iter().flat_map(clear) {
            let left = residuals(&measured.columns[at], &slices(&size));
            let length = left.iter().map(|value| value * value).sum::<f64>().sqrt();
            effect.iter_mut().zip(left).for_each(|(sum, value)| *sum += sign * value / length);
        }
        let effect: std::collections::HashMap<_, _> =
            measured.graphs.iter().copied().zip(effect).collect();
        for (sign, same) in [(1.0, 11), (-1.0, 0)] {
            for record in &mut records {
                let wired = record.trial.wired.as_ref().unwrap();
                let accuracy = 0.8 + 0.1 * sign * effect[&(wired.family.unwrap(), wired.number)];
                let test = &mut record.epochs.last_mut().unwrap().test;
                let correct = (accuracy * test.count as f64) as usize;
                test.answers = Answers::Classes { correct };
            }
            let found = agreement(&records);
            assert_eq!((found.tally.known(), found.tally.same), (11, same), "{found:?}");
            let chance = found.chance.unwrap();
            assert!((0.4..0.6).contains(&chance), "{found:?}");
            // All cells have the same accuracies here, so the 11 signs are not independent.
            assert_ne!(found.verdict(), Verdict::InPart, "{found:?}");
        }
    }

    #[test]
    fn size_alone_rarely_agrees() {
        const TRIALS: usize = 60;
        // Four standard deviations of a count with p = BY_CHANCE.
        let most = TRIALS as f64 * BY_CHANCE + 4.0 * (TRIALS as f64 * BY_CHANCE).sqrt();
        let study = synthetic::structure(40, 1);
        let mut records = synthetic::wired_records(&study, |_, _| 0.8);
        let mut stream = Stream::new(0, "size alone rarely agrees");
        let mut verdicts = [0; 4];
        for trial in 0..TRIALS {
            for record in &mut records {
                let value = |name: &str| record.properties.as_ref().unwrap()[name].unwrap();
                // A non-linear effect: few sources, or many nodes, lower accuracy.
                let shape = match trial % 2 {
                    0 => -0.1 / value("source_nodes"),
                    _ => -0.00005 * (value("nodes") - 35.0).powi(2),
                };
                let test = &mut record.epochs.last_mut().unwrap().test;
                let accuracy = 0.8 + shape + 0.03 * stream.normal();
                let correct = (accuracy * test.count as f64) as usize;
                test.answers = Answers::Classes { correct };
            }
            let findings = Findings::new(&study, &records, true);
            let sampled = Sampled::new(&findings).unwrap();
            verdicts[drawn(&sampled, 200).verdict() as usize] += 1;
        }
        let agrees = verdicts[Verdict::Agrees as usize];
        assert!(f64::from(agrees) <= most, "{verdicts:?} of {TRIALS}");
    }
}
