//! Which weights of a matrix make room for which: one update of dynamic sparse training.

use crate::random::Stream;
use crate::train::Revision;

/// Which places lose their weights, and which get one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exchange {
    /// Ascending.
    pub dropped: Vec<usize>,
    /// Ascending. Some may be among the dropped.
    pub grown: Vec<usize>,
    /// Whether a place that is dropped and grown keeps its weight and moments.
    keeps: bool,
}

impl Exchange {
    /// Adds it to a revision of the network.
    pub fn add_to(&self, revision: Revision) -> Revision {
        let both = |place: &usize| {
            self.keeps
                && self.dropped.binary_search(place).is_ok()
                && self.grown.binary_search(place).is_ok()
        };
        let only = |places: &[usize]| -> Vec<usize> {
            places.iter().copied().filter(|place| !both(place)).collect()
        };
        revision.drop(only(&self.dropped)).grow(only(&self.grown))
    }

    fn new(mut dropped: Vec<usize>, mut grown: Vec<usize>, keeps: bool) -> Self {
        dropped.sort_unstable();
        grown.sort_unstable();
        Self { dropped, grown, keeps }
    }
}

/// RigL (Evci et al. 2020): of the `live` places the share `share` goes, rounded down, those of the
/// smallest weights; as many of the `free` places and of those that go get a weight, those of the
/// largest dense gradient. A place that goes and comes keeps its weight; others start at 0.
///
/// `weights` and `gradient` are of all parameters, places ascend.
pub fn rigl(
    live: &[usize],
    free: &[usize],
    weights: &[f32],
    gradient: &[f32],
    share: f64,
) -> Exchange {
    let count = (share * live.len() as f64).floor() as usize;
    let dropped = first_by(live, count, |place| weights[place].abs());
    let empty = [free, &dropped].concat();
    let grown = first_by(&empty, count, |place| -gradient[place].abs());
    Exchange::new(dropped, grown, true)
}

/// SET (Mocanu et al. 2018): the share `share`, rounded down, of the positive weights and of the
/// negative ones goes, those closest to 0; as many random places of all that are empty then get a
/// weight, which starts at 0.
pub fn set(
    live: &[usize],
    free: &[usize],
    weights: &[f32],
    share: f64,
    chance: &mut Stream,
) -> Exchange {
    let mut dropped = Vec::new();
    for sign in [1.0, -1.0] {
        let of: Vec<usize> =
            live.iter().copied().filter(|&place| sign * weights[place] > 0.0).collect();
        let count = (share * of.len() as f64).floor() as usize;
        dropped.extend(first_by(&of, count, |place| weights[place].abs()));
    }
    let grown = drawn(free, &dropped, dropped.len(), chance);
    Exchange::new(dropped, grown, false)
}

/// Selfish-RNN's (Liu et al. 2021): of the weights of all gates of a matrix together the share
/// `share` goes, rounded up, the smallest; as many random places get a weight. A place that goes and
/// comes keeps its weight. So sparsity moves between gates.
pub fn selfish(
    live: &[usize],
    free: &[usize],
    weights: &[f32],
    share: f64,
    chance: &mut Stream,
) -> Exchange {
    let count = (share * live.len() as f64).ceil() as usize;
    let dropped = first_by(live, count, |place| weights[place].abs());
    let grown = drawn(free, &dropped, count, chance);
    Exchange::new(dropped, grown, true)
}

/// The `count` of `places` that come first by `key`; of equal ones the lower places.
fn first_by(places: &[usize], count: usize, key: impl Fn(usize) -> f32) -> Vec<usize> {
    let mut ranked: Vec<(f32, usize)> = places.iter().map(|&place| (key(place), place)).collect();
    let count = count.min(ranked.len());
    if count > 0 && count < ranked.len() {
        let order = |a: &(f32, usize), b: &(f32, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        ranked.select_nth_unstable_by(count - 1, order);
    }
    ranked.truncate(count);
    ranked.into_iter().map(|(_, place)| place).collect()
}

/// `count` random ones of two lists of places.
fn drawn(free: &[usize], dropped: &[usize], count: usize, chance: &mut Stream) -> Vec<usize> {
    let mut empty = [free, dropped].concat();
    // In an order that depends on nothing but the places.
    empty[free.len()..].sort_unstable();
    for at in 0..count.min(empty.len()) {
        let other = at + chance.index(empty.len() - at);
        empty.swap(at, other);
    }
    empty.truncate(count);
    empty
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rigl_update_is_the_goldens() {
        let goldens = include_str!("../../tests/methods/sparse_training.json");
        let goldens: serde_json::Value = serde_json::from_str(goldens).unwrap();
        let golden = &goldens["rigl"];
        let list = |key: &str| -> Vec<f32> { serde_json::from_value(golden[key].clone()).unwrap() };
        let places =
            |key: &str| -> Vec<usize> { serde_json::from_value(golden[key].clone()).unwrap() };
        let (weights, gradient, mask) = (list("weights"), list("dense_gradient"), list("mask"));
        let (live, free): (Vec<usize>, Vec<usize>) =
            (0..mask.len()).partition(|&place| mask[place] == 1.0);
        let share = golden["fraction"].as_f64().unwrap();
        let exchange = rigl(&live, &free, &weights, &gradient, share);
        assert_eq!(exchange.dropped, places("dropped"));
        assert_eq!(exchange.grown, places("grown"));
        let mut after = mask;
        exchange.dropped.iter().for_each(|&place| after[place] = 0.0);
        exchange.grown.iter().for_each(|&place| after[place] = 1.0);
        assert_eq!(after, list("mask_after"));
    }

    #[test]
    fn as_many_grow_as_go_and_none_of_them_twice() {
        let mut chance = Stream::new(3, "test");
        let weights: Vec<f32> = (0..200).map(|_| chance.normal() as f32).collect();
        let (live, free): (Vec<usize>, Vec<usize>) = (0..200).partition(|place| place % 5 == 0);
        for share in [0.0, 0.01, 0.3, 0.77, 1.0] {
            for exchange in [
                set(&live, &free, &weights, share, &mut chance),
                selfish(&live, &free, &weights, share, &mut chance),
                rigl(&live, &free, &weights, &weights, share),
            ] {
                assert_eq!(exchange.dropped.len(), exchange.grown.len());
                assert!(exchange.grown.is_sorted_by(|a, b| a < b));
                assert!(exchange.dropped.iter().all(|place| live.contains(place)));
                let empty =
                    |place: &usize| free.contains(place) || exchange.dropped.contains(place);
                assert!(exchange.grown.iter().all(empty));
            }
        }
    }
}
