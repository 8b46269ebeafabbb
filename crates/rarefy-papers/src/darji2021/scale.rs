//! The study files that are shipped, one for each part and scale, and what a person may
//! change in them.

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
        /// About an hour on two cores, the thesis's own numbers; pruning: 50 epochs, then 10 after
        /// pruning 10 to 100 percent in steps of 10; structure: 100 graphs of each family.
        Full = "full",
    }
}

impl Scale {
    /// Strings that are drawn.
    pub fn strings(self) -> usize {
        match self.shipped(Part::Pruning).data {
            DataSource::Reber(settings) => settings.count,
            DataSource::Files(_) => unreachable!("shipped studies draw their strings"),
        }
    }

    /// The study of `part`: that of the file, with what a person has chosen.
    ///
    /// # Panics
    /// When `part` is [`Part::Prediction`], which is no study.
    pub fn study(self, part: Part, setting: &Setting) -> Study {
        let Setting { cells, seeds, graph_seed, judge, data } = setting;
        let mut study = self.shipped(part);
        study.data = data.clone();
        let cell = |cell: &Cell| Settings { cell: Some(*cell), ..Settings::default() };
        // Each once and in the order of the file, however they were named.
        let asked = Cell::ALL.iter().filter(|cell| cells.contains(cell));
        study.set_axis(asked.map(cell).collect());
        let seed = |&seed: &u64| Settings { seed: Some(seed), ..Settings::default() };
        study.set_axis(seeds.iter().map(seed).collect());
        match part {
            Part::Pruning => {
                study.base.judge = Some(*judge);
                if *judge == Judge::Test {
                    study.base.validation_share = Some(0.0);
                }
            }
            Part::Structure => study.base.graph_seed = Some(*graph_seed),
            Part::Prediction => unreachable!("prediction is no study"),
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
            (Part::Prediction, _) => unreachable!("prediction is no study"),
        };
        Study::parse(text, name.as_ref()).expect("a shipped study file is one")
    }
}

/// What a person chooses besides the scale.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Which cells, in any order.
    pub cells: Vec<Cell>,
    /// Seeds of the base models.
    pub seeds: Vec<u64>,
    /// Seed of the graphs.
    pub graph_seed: u64,
    /// Which strings judge recovery.
    pub judge: Judge,
    /// Where the strings come from.
    pub data: DataSource,
}

#[cfg(test)]
mod tests {
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
        // 4 cells: a base model and 3 scopes x so many percents.
        assert_eq!(trials(Part::Pruning), [4 * 7, 4 * 19, 4 * 31]);
        // 4 cells x 2 families x graphs, and half of them again with GRU and LSTM.
        assert_eq!(trials(Part::Structure), [24 + 8, 80 + 20, 800 + 200]);
    }
}
