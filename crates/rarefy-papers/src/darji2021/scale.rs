//! The study files shipped with rarefy, one per part and scale, and the settings that a user may
//! change.

use std::collections::BTreeSet;

use rarefy::cell::Cell;
use rarefy::named;
use rarefy::study::{DataSource, Settings, Study};
use rarefy::train::Judge;

use super::part::Part;

named! {
    /// How much of the thesis is done.
    pub enum Scale: "scale" {
        /// Seconds: 2,000 strings and few epochs, prunings and graphs: to see that it works.
        Smoke = "smoke",
        /// Some 8 minutes on two cores: 25,000 strings; pruning: 8 epochs, then 2 after pruning
        /// 40, 60, 70, 80, 90 and 100 percent; structure: 10 graphs of each family.
        Laptop = "laptop",
        /// About two hours on two cores, the thesis's own numbers; pruning: 3 seeds, 50 epochs,
        /// then 10 after pruning 10 to 100 percent in steps of 10; structure: 100 graphs of each
        /// family.
        Full = "full",
    }
}

impl Scale {
    /// Number of sequences to generate.
    pub fn strings(self) -> usize {
        match self.shipped(Part::Pruning).data {
            DataSource::Reber(settings) => settings.count,
            DataSource::Problem { .. } | DataSource::Files(_) => {
                unreachable!("shipped studies draw their strings")
            }
        }
    }

    /// Number of seeds in the study file of `part`.
    pub fn seeds(self, part: Part) -> u64 {
        let seeds: BTreeSet<u64> = self.shipped(part).trials().map(|trial| trial.seed).collect();
        seeds.len() as u64
    }

    /// The study of `part`: that of the file, with the user's settings.
    ///
    /// # Panics
    /// If `part` is not one study: [`Part::Prediction`] or [`Part::Open`].
    pub fn study(self, part: Part, setting: &Setting) -> Study {
        let Setting { cells, seed, seeds, judge, data } = setting;
        let mut study = self.shipped(part);
        study.data = data.clone();
        let cell = |cell: &Cell| Settings { cell: Some(*cell), ..Settings::default() };
        // Each cell once and in the order of the file, in whatever order they were named.
        let asked = Cell::ALL.iter().filter(|cell| cells.contains(cell));
        study.set_axis(asked.map(cell).collect());
        let count = seeds.unwrap_or_else(|| self.seeds(part));
        let each = (0..count).map(|offset| Some(seed.wrapping_add(offset)));
        study.set_axis(each.map(|seed| Settings { seed, ..Settings::default() }).collect());
        match part {
            Part::Pruning => {
                study.base.judge = Some(*judge);
                if *judge == Judge::Test {
                    study.base.validation_share = Some(0.0);
                }
            }
            Part::Structure => study.base.graph_seed = Some(*seed),
            Part::Prediction | Part::Open => unreachable!("not one study"),
        }
        study
    }

    fn shipped(self, part: Part) -> Study {
        macro_rules! shipped {
            ($name:literal) => {
                ($name, include_str!(concat!("studies/", $name)))
            };
        }
        let (name, text) = match (part, self) {
            (Part::Pruning, Self::Smoke) => shipped!("pruning-smoke.toml"),
            (Part::Pruning, Self::Laptop) => shipped!("pruning-laptop.toml"),
            (Part::Pruning, Self::Full) => shipped!("pruning-full.toml"),
            (Part::Structure, Self::Smoke) => shipped!("structure-smoke.toml"),
            (Part::Structure, Self::Laptop) => shipped!("structure-laptop.toml"),
            (Part::Structure, Self::Full) => shipped!("structure-full.toml"),
            (Part::Prediction | Part::Open, _) => unreachable!("not one study"),
        };
        Study::parse(text, name.as_ref()).expect("a shipped study file is one")
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
    /// Where the sequences come from.
    pub data: DataSource,
}

#[cfg(test)]
mod tests {
    use rarefy::data::ReberSettings;

    use super::*;

    #[test]
    fn shipped_studies_have_the_thesiss_trials() {
        let trials = |part| {
            [Scale::Smoke, Scale::Laptop, Scale::Full].map(|scale: Scale| {
                let study = scale.shipped(part);
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
        let seeds = |part, seeds| {
            let setting = Setting {
                cells: vec![Cell::Gru],
                seed: 5,
                seeds,
                judge: Judge::Validation,
                data: DataSource::Reber(ReberSettings::default()),
            };
            let study = Scale::Full.study(part, &setting);
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
