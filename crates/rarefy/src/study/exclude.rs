//! Which combinations of a study are excluded, found in a time that hardly depends on the number of
//! exclusions.
//!
//! A key is set by the base, or by axes of which a later one counts. So an exclusion is a few boxes:
//! for each axis a box covers some steps, or all. It excludes a combination if it covers the step of
//! every axis. Each box is filed under the steps of one axis, the one with the fewest other boxes, so
//! only those under a combination's own steps have to be checked.

use std::collections::{HashMap, HashSet};

use super::{Axis, Exclusion, Settings};

/// The exclusions of a study, organised by the steps of its axes.
pub(super) struct Excluded {
    boxes: Vec<Covered>,
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
        for of_axes in exclusions.iter().flat_map(|exclusion| by_value.of(base, exclusion)) {
            let crowd = |(axis, steps): &(&usize, &HashSet<usize>)| {
                let most = steps.iter().map(|&step| excluded.filed[**axis][step].len()).max();
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

/// A box: for each axis that matters, the steps that it covers.
type Covered = HashMap<usize, HashSet<usize>>;

/// For each key the axes that set it.
struct Steps {
    of_key: HashMap<&'static str, Vec<Setting>>,
}

/// How an axis sets a key.
struct Setting {
    axis: usize,
    /// The steps by the text of their value.
    by_value: HashMap<String, Vec<usize>>,
    /// The steps that say nothing of it.
    silent: Vec<usize>,
}

impl Steps {
    fn new(axes: &[Axis]) -> Self {
        let mut of_key: HashMap<&'static str, Vec<Setting>> = HashMap::new();
        for (axis, steps) in axes.iter().enumerate() {
            for key in steps.keys() {
                let mut setting = Setting { axis, by_value: HashMap::new(), silent: Vec::new() };
                for (place, step) in steps.steps.iter().enumerate() {
                    match step.value_text(key) {
                        Some(text) => setting.by_value.entry(text).or_default().push(place),
                        None => setting.silent.push(place),
                    }
                }
                of_key.entry(key).or_default().push(setting);
            }
        }
        Self { of_key }
    }

    /// The boxes of an exclusion. None if it excludes nothing; one of no axis excludes everything.
    fn of(&self, base: &Settings, exclusion: &Exclusion) -> Vec<Covered> {
        let mut boxes = vec![Covered::new()];
        for any in &exclusion.0 {
            let keys = any.first().map(Settings::keys).unwrap_or_default();
            let Some(key) = keys.first() else { continue };
            let ways = match self.of_key.get(key) {
                Some(settings) => ways(settings, key, any),
                // The key is set by the base, or not at all.
                None if any.iter().any(|one| base.holds(one)) => continue,
                None => Vec::new(),
            };
            let both = boxes.iter().flat_map(|one| ways.iter().filter_map(|way| common(one, way)));
            boxes = both.collect();
        }
        boxes
    }
}

/// How axes, of which a later one counts, can set `key` to one of the values in `any`.
fn ways(settings: &[Setting], key: &str, any: &[Settings]) -> Vec<Covered> {
    let way = |(at, setting): (usize, &Setting)| {
        let texts = any.iter().filter_map(|one| one.value_text(key));
        let steps = texts.filter_map(|text| setting.by_value.get(&text)).flatten().copied();
        let own = (setting.axis, steps.collect::<HashSet<usize>>());
        let later = settings[at + 1..].iter();
        let later = later.map(|later| (later.axis, later.silent.iter().copied().collect()));
        later.chain([own]).collect::<Covered>()
    };
    let ways = settings.iter().enumerate().map(way);
    ways.filter(|way| way.values().all(|steps| !steps.is_empty())).collect()
}

/// What two boxes both cover, if anything.
fn common(one: &Covered, other: &Covered) -> Option<Covered> {
    let mut both = one.clone();
    for (axis, steps) in other {
        let now = both.entry(*axis).or_insert_with(|| steps.clone());
        now.retain(|step| steps.contains(step));
        if now.is_empty() {
            return None;
        }
    }
    Some(both)
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
            [[lists.speed]]\nbatch = 16\npercent = 0\n\
            [[exclude]]\nseed = [1, 3]\ncell = 'gru'\n[[exclude]]\npercent = 50\n\
            [[exclude]]\nclip = 2.0\nbatch = 64\nepochs = 2\nseed = 0\n\
            [[exclude]]\nclip = 3\n[[exclude]]\nepochs = 3\n\
            [[exclude]]\nseed = { from = 4, to = 9 }\npercent = [90]\ncell = 'rnn_tanh'\n\
            [[exclude]]\npercent = [0, 10]\nseed = 2\nbatch = 16\n";
        let study = Study::parse(text, "x.toml".as_ref()).unwrap();
        let excluded = Excluded::new(&study.axes, &study.exclusions, &study.base);
        let mut hits = 0;
        for steps in (0..study.count()).map(|number| study.steps(number)) {
            let settings = study.at(&steps);
            let expected = study.exclusions.iter().any(|one| holds(one, &settings));
            assert_eq!(excluded.hits(&steps), expected, "{settings}");
            hits += usize::from(expected);
        }
        assert_eq!((hits, study.excluded()), (46, 46));
    }
}
