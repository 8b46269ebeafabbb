//! The study files shipped with rarefy, one per part and scale, and the settings that a user may
//! change.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rarefy::cell::Cell;
use rarefy::study::{DataSource, Settings, Study};
use rarefy::train::Judge;

use super::part::Part;
use crate::reduced::Chosen;
use crate::scale::Scale;
use crate::shipped::shipped;

/// Number of sequences to generate.
pub fn strings(scale: Scale) -> usize {
    match Part::Pruning.shipped(scale).data {
        DataSource::Reber(settings) => settings.count,
        DataSource::Problem { .. } | DataSource::Files(_) => {
            unreachable!("shipped studies draw their strings")
        }
    }
}

impl Part {
    /// Number of seeds in the study file of `scale`.
    pub fn seeds(self, scale: Scale) -> u64 {
        let seeds: BTreeSet<u64> = self.shipped(scale).trials().map(|trial| trial.seed).collect();
        seeds.len() as u64
    }

    /// The study of this part: that of the file, with the user's settings.
    ///
    /// # Panics
    /// If the part is not one study: [`Part::Prediction`] or [`Part::Open`].
    pub fn study(self, scale: Scale, setting: &Setting) -> Study {
        let Setting { cells, seed, seeds, judge, data, .. } = setting;
        let mut study = self.shipped(scale);
        study.data = data.clone();
        let cell = |cell: &Cell| Settings { cell: Some(*cell), ..Settings::default() };
        // Each cell once and in the order of the file, in whatever order they were named.
        let asked = Cell::ALL.iter().filter(|cell| cells.contains(cell));
        study.set_axis(asked.map(cell).collect());
        let count = seeds.unwrap_or_else(|| self.seeds(scale));
        let each = (0..count).map(|offset| Some(seed.wrapping_add(offset)));
        study.set_axis(each.map(|seed| Settings { seed, ..Settings::default() }).collect());
        match self {
            Self::Pruning => {
                study.base.judge = Some(*judge);
                if *judge == Judge::Test {
                    study.base.validation_share = Some(0.0);
                }
            }
            Self::Structure => study.base.graph_seed = Some(*seed),
            Self::Prediction | Self::Open => unreachable!("not one study"),
        }
        study
    }

    fn shipped(self, scale: Scale) -> Study {
        let file = match (self, scale) {
            (Self::Pruning, Scale::Smoke) => shipped!("pruning-smoke.toml"),
            (Self::Pruning, Scale::Laptop) => shipped!("pruning-laptop.toml"),
            (Self::Pruning, Scale::Full) => shipped!("pruning-full.toml"),
            (Self::Structure, Scale::Smoke) => shipped!("structure-smoke.toml"),
            (Self::Structure, Scale::Laptop) => shipped!("structure-laptop.toml"),
            (Self::Structure, Scale::Full) => shipped!("structure-full.toml"),
            (Self::Prediction | Self::Open, _) => unreachable!("not one study"),
        };
        file.study(None)
    }
}

/// The user's settings in addition to the scale.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The cells, in any order.
    pub cells: Vec<Cell>,
    /// The first seed of the networks, and the seed of the graphs.
    pub seed: u64,
    /// Number of seeds, counted from the first; by default that of the study file.
    pub seeds: Option<u64>,
    /// Which sequences judge recovery.
    pub judge: Judge,
    /// Where the strings come from.
    pub data: DataSource,
    /// The folder with the data of those studies of what is open that need some.
    pub folder: Option<PathBuf>,
}

impl Setting {
    /// What studies of every kind take from it.
    pub fn chosen(&self) -> Chosen<'_> {
        Chosen { cells: &self.cells, seed: self.seed, seeds: self.seeds }
    }
}

#[cfg(test)]
mod tests {
    use rarefy::data::ReberSettings;

    use super::*;

    #[test]
    fn shipped_studies_have_the_thesiss_trials() {
        let trials = |part: Part| {
            [Scale::Smoke, Scale::Laptop, Scale::Full].map(|scale: Scale| {
                let study = part.shipped(scale);
                assert_eq!(study.name, format!("{}-{}", part.name(), scale.name()));
                assert_eq!(Study::parse(&study.to_toml(), "again".as_ref()).unwrap(), study);
                study.trials().count()
            })
        };
        // 4 cells: a base model and 3 scopes x the percents; the full scale three times.
        assert_eq!(trials(Part::Pruning), [4 * 7, 4 * 19, 3 * 4 * 31]);
        // 4 cells x 2 families x graphs, and half of them again with GRU and LSTM.
        assert_eq!(trials(Part::Structure), [24 + 8, 80 + 20, 800 + 200]);
    }

    #[test]
    fn seeds_are_those_of_the_file_unless_chosen() {
        let seeds = |part: Part, seeds| {
            let setting = Setting {
                cells: vec![Cell::Gru],
                seed: 5,
                seeds,
                judge: Judge::Validation,
                data: DataSource::Reber(ReberSettings::default()),
                folder: None,
            };
            let study = part.study(Scale::Full, &setting);
            study.trials().map(|trial| trial.seed).collect::<BTreeSet<u64>>().into_iter().collect()
        };
        let all: Vec<u64> = seeds(Part::Pruning, None);
        assert_eq!(all, [5, 6, 7]);
        let one: Vec<u64> = seeds(Part::Structure, None);
        assert_eq!(one, [5]);
        let two: Vec<u64> = seeds(Part::Structure, Some(2));
        assert_eq!(two, [5, 6]);
    }
}
