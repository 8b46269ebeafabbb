//! Which combinations of a study are excluded, found in a time that hardly depends on the number of
//! exclusions.
//!
//! Each key is set by one axis or by the base. So an exclusion is a box: for each axis it covers
//! some steps, or all. It excludes a combination if it covers the step of every axis. Each
//! exclusion is filed under the steps of one axis, the one with the fewest other exclusions, so
//! only those under a combination's own steps have to be checked.

use std::collections::{HashMap, HashSet};

use super::{Axis, Exclusion, Settings};

/// The exclusions of a study, organised by the steps of its axes.
pub(super) struct Excluded {
    boxes: Vec<Vec<(usize, HashSet<usize>)>>,
    /// For each step of each axis, the exclusions filed under it.
    filed: Vec<Vec<Vec<usize>>>,
    /// Whether one of them excludes everything.
    all: bool,
}

impl Excluded {
    /// The `exclusions` of a study with these axes and this base.
    pub fn new(axes: &[Axis], exclusions: &[Exclusion], base: &Settings) -> Self {
        let lists = |axis: &Axis| vec![Vec::new(); axis.steps.len()];
        let filed = axes.iter().map(lists).collect();
        let mut excluded = Self { boxes: Vec::new(), filed, all: false };
        if exclusions.is_empty() {
            return excluded;
        }
        let by_value = Steps::new(axes);
        for exclusion in exclusions {
            let Some(of_axes) = by_value.of(base, exclusion) else { continue };
            let crowd = |(axis, steps): &(usize, HashSet<usize>)| {
                let most = steps.iter().map(|&step| excluded.filed[*axis][step].len()).max();
                (most, steps.len())
            };
            let Some((axis, steps)) = of_axes.iter().min_by_key(|one| crowd(one)) else {
                excluded.all = true;
                continue;
            };
            for &step in steps {
                excluded.filed[*axis][step].push(excluded.boxes.len());
            }
            excluded.boxes.push(of_axes);
        }
        excluded
    }

    /// Whether the combination of these steps is excluded.
    pub fn hits(&self, steps: &[usize]) -> bool {
        let within = |number: &usize| {
            self.boxes[*number].iter().all(|(axis, allowed)| allowed.contains(&steps[*axis]))
        };
        self.all || steps.iter().zip(&self.filed).any(|(&step, of)| of[step].iter().any(within))
    }
}

/// For each key its axis, and the steps by value.
struct Steps {
    of_key: HashMap<&'static str, (usize, HashMap<String, Vec<usize>>)>,
}

impl Steps {
    fn new(axes: &[Axis]) -> Self {
        let mut of_key: HashMap<&'static str, (usize, HashMap<String, Vec<usize>>)> =
            HashMap::new();
        for (number, axis) in axes.iter().enumerate() {
            for (place, step) in axis.steps.iter().enumerate() {
                for key in step.keys() {
                    let text = step.value_text(key).expect("it sets that key");
                    let (_, values) = of_key.entry(key).or_insert_with(|| (number, HashMap::new()));
                    values.entry(text).or_default().push(place);
                }
            }
        }
        Self { of_key }
    }

    /// The steps of each axis that an exclusion covers; `None` if it excludes nothing.
    fn of(&self, base: &Settings, exclusion: &Exclusion) -> Option<Vec<(usize, HashSet<usize>)>> {
        let mut boxes: HashMap<usize, HashSet<usize>> = HashMap::new();
        for any in &exclusion.0 {
            let key = any.first()?.keys().first().copied()?;
            let Some((axis, values)) = self.of_key.get(key) else {
                // The key is set by the base, or not at all.
                match any.iter().any(|one| base.holds(one)) {
                    true => continue,
                    false => return None,
                }
            };
            let texts = any.iter().filter_map(|one| one.value_text(key));
            let steps = texts.filter_map(|text| values.get(&text)).flatten().copied();
            let steps: HashSet<usize> = steps.collect();
            let both = match boxes.remove(axis) {
                // Two keys of the same list.
                Some(before) => before.intersection(&steps).copied().collect(),
                None => steps,
            };
            if both.is_empty() {
                return None;
            }
            boxes.insert(*axis, both);
        }
        Some(boxes.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Study;

    /// A direct implementation of what an exclusion means.
    fn holds(exclusion: &Exclusion, settings: &Settings) -> bool {
        exclusion.0.iter().all(|any| any.iter().any(|one| settings.holds(one)))
    }

    #[test]
    fn what_is_left_out_is_what_each_exclusion_says() {
        let text = "[base]\nepochs = 2\nretrain_epochs = 1\n[axes]\nseed = { from = 0, to = 4 }\n\
            cell = ['rnn_tanh', 'gru']\npercent = [10, 50.0, 90]\n\
            [[lists.speed]]\nbatch = 32\n[[lists.speed]]\nbatch = 64\nclip = 2\n\
            [[exclude]]\nseed = [1, 3]\ncell = 'gru'\n[[exclude]]\npercent = 50\n\
            [[exclude]]\nclip = 2.0\nbatch = 64\nepochs = 2\nseed = 0\n\
            [[exclude]]\nclip = 3\n[[exclude]]\nepochs = 3\n\
            [[exclude]]\nseed = { from = 4, to = 9 }\npercent = [90]\ncell = 'rnn_tanh'\n";
        let study = Study::parse(text, "x.toml".as_ref()).unwrap();
        let excluded = Excluded::new(&study.axes, &study.exclusions, &study.base);
        let mut hits = 0;
        for steps in (0..study.count()).map(|number| study.steps(number)) {
            let settings = study.at(&steps);
            let expected = study.exclusions.iter().any(|one| holds(one, &settings));
            assert_eq!(excluded.hits(&steps), expected, "{settings}");
            hits += usize::from(expected);
        }
        assert_eq!((hits, study.excluded()), (34, 34));
    }
}
