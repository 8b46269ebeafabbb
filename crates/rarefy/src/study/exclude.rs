//! Which combinations of a study are left out, found in a time that hardly depends on how
//! many exclusions there are.
//!
//! Each key is set by one axis, or by the base, so an exclusion is a box: of each axis it
//! takes some steps, or all. A combination is in it when every axis stands on one of them.
//! Each exclusion is filed under the steps of one axis, where the fewest others are, and
//! only those of a combination's own steps are looked at.

use std::collections::{HashMap, HashSet};

use super::{Axis, Exclusion, Settings};

/// The exclusions of a study, by the steps of its axes.
pub(super) struct Excluded {
    boxes: Vec<Vec<(usize, HashSet<usize>)>>,
    /// Those that are filed under each step of each axis.
    filed: Vec<Vec<Vec<usize>>>,
    /// Whether one leaves out everything.
    all: bool,
}

impl Excluded {
    /// The `exclusions` of a study of these axes and this base.
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

    /// Whether the combination that stands on these steps is left out.
    pub fn hits(&self, steps: &[usize]) -> bool {
        let within = |number: &usize| {
            self.boxes[*number].iter().all(|(axis, allowed)| allowed.contains(&steps[*axis]))
        };
        self.all || steps.iter().zip(&self.filed).any(|(&step, of)| of[step].iter().any(within))
    }
}

/// The steps of each axis by what they set.
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

    /// The steps of each axis that an exclusion takes; `None` when it takes nothing.
    fn of(&self, base: &Settings, exclusion: &Exclusion) -> Option<Vec<(usize, HashSet<usize>)>> {
        let mut boxes: HashMap<usize, HashSet<usize>> = HashMap::new();
        for any in &exclusion.0 {
            let key = any.first()?.keys().first().copied()?;
            let Some((axis, values)) = self.of_key.get(key) else {
                // Of the base, or of nothing.
                match any.iter().any(|one| base.holds(one)) {
                    true => continue,
                    false => return None,
                }
            };
            let texts = any.iter().filter_map(|one| one.value_text(key));
            let steps = texts.filter_map(|text| values.get(&text)).flatten().copied();
            let steps: HashSet<usize> = steps.collect();
            let both = match boxes.remove(axis) {
                // Two keys of one list.
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

    /// As the meaning of an exclusion is written down.
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
