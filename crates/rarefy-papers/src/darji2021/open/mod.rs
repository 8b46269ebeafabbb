//! What the thesis left open: two questions that its proposal asked and it never answered, and doubts
//! about its findings. Each is a study with contrasts.

mod claims;
mod results;

use std::path::Path;

use rarefy::cell::Cell;
use rarefy::data::ReberGrammar;
use rarefy::named;
use rarefy::study::{DataSource, Folder, Study};

pub use results::OpenResults;

use super::part::Part;
use super::scale::Setting;
use crate::reduced::{Reduced, Shorter};
use crate::scale::Scale;
use crate::shipped::{MNIST, Shipped, shipped};

named! {
    /// A study of what the thesis left open. The last two need data from elsewhere.
    #[derive(PartialOrd, Ord)]
    pub enum Open: "study of what is open" {
        /// Graphs against seeds, the width of the input, masks of gates, dead ends, readouts.
        Wired = "wired",
        /// Graphs between a ring and a random one.
        SmallWorld = "small-world",
        /// Retraining against training a whole network further.
        Recovery = "recovery",
        /// Networks wired as graphs, pruned further.
        Structured = "structured",
        /// Ways to the same number of weights, on the thesis's task.
        EqualReber = "equal-reber",
        /// The same on the embedded Reber grammar.
        EqualEmbedded = "equal-embedded",
        /// The same on JapaneseVowels, which has nine speakers.
        EqualVowels = "equal-vowels",
        /// The same on MNIST, an image as a series of its rows.
        EqualMnist = "equal-mnist",
    }
}

impl Open {
    /// The study's folder within the results in `out`.
    pub fn folder(self, out: &Path) -> Folder {
        Folder::new(&out.join(Part::Open.name()).join(self.name()))
    }

    /// The study at this scale, with the user's cells, seeds and data. Studies of one cell keep it,
    /// and those of another grammar their data.
    pub fn study(self, scale: Scale, setting: &Setting) -> Study {
        let mut study = self.shipped().study(setting.folder.as_deref());
        let reduced = self.reduced(scale);
        if matches!(&study.data, DataSource::Reber(drawn) if drawn.grammar == ReberGrammar::Reber) {
            study.data = setting.data.clone();
        }
        setting.chosen().apply(&mut study, reduced.as_ref());
        study
    }

    /// What it is about, as a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Wired => "Networks wired as graphs: graph, seed, input, masks, dead ends",
            Self::SmallWorld => "Small worlds",
            Self::Recovery => "Retraining after pruning, against training on",
            Self::Structured => "Networks wired as graphs, pruned further",
            Self::EqualReber => "Equal numbers of weights, on the thesis’s task",
            Self::EqualEmbedded => "Equal numbers of weights, on the embedded Reber grammar",
            Self::EqualVowels => "Equal numbers of weights, on JapaneseVowels",
            Self::EqualMnist => "Equal numbers of weights, on MNIST by rows",
        }
    }

    /// What is left out at a smaller scale; `None` for all of the file.
    fn reduced(self, scale: Scale) -> Option<Reduced> {
        let reduced = |strings, seeds, graphs, epochs| {
            let training = Shorter::AtMost(epochs);
            // There are many methods; one cell is enough for a first answer.
            let cells = if self == Self::EqualReber { 1 } else { Cell::ALL.len() };
            Some(Reduced { strings, seeds, graphs, cells, training })
        };
        match (scale, self) {
            (Scale::Smoke, _) => reduced(500, 1, 1, [1, 1]),
            // Two comparisons need seven pairs to be clear, four need eight (`claim::fewest_pairs`).
            (Scale::Laptop, Self::Wired) => reduced(6_000, 2, 4, [15, 5]),
            (Scale::Laptop, Self::SmallWorld) => reduced(6_000, 1, 8, [15, 5]),
            (Scale::Laptop, Self::Recovery) => reduced(6_000, 7, 1, [10, 2]),
            (Scale::Laptop, Self::Structured) => reduced(6_000, 1, 4, [15, 5]),
            (Scale::Laptop, Self::EqualReber | Self::EqualEmbedded) => {
                reduced(6_000, 7, 1, [15, 5])
            }
            (Scale::Laptop, Self::EqualVowels) => reduced(0, 7, 1, [60, 20]),
            (Scale::Laptop, Self::EqualMnist) => reduced(0, 7, 1, [2, 1]),
            (Scale::Full, _) => None,
        }
    }

    /// Its study file.
    pub fn shipped(self) -> Shipped {
        match self {
            Self::Wired => shipped!("wired.toml"),
            Self::SmallWorld => shipped!("small-world.toml"),
            Self::Recovery => shipped!("recovery.toml"),
            Self::Structured => shipped!("structured.toml"),
            Self::EqualReber => shipped!("equal-reber.toml"),
            Self::EqualEmbedded => shipped!("equal-embedded.toml"),
            Self::EqualVowels => shipped!(
                "equal-vowels.toml",
                Some("JapaneseVowels as .ts, from timeseriesclassification.com")
            ),
            Self::EqualMnist => shipped!("equal-mnist.toml", Some(MNIST)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rarefy::data::ReberSettings;
    use rarefy::study::DataSource;
    use rarefy::train::Judge;

    fn setting() -> Setting {
        Setting {
            cells: Cell::ALL.to_vec(),
            seed: 0,
            seeds: None,
            judge: Judge::Validation,
            data: DataSource::Reber(ReberSettings::default()),
            folder: None,
        }
    }

    #[test]
    fn smaller_scales_have_fewer_trials_of_the_same_study() {
        let trials = |scale| Open::ALL.map(|open| open.study(scale, &setting()).trials().count());
        assert_eq!(trials(Scale::Full), [3120, 864, 32 * 12, 600, 420 + 630, 420, 420, 420]);
        // Without the two that need data.
        let laptop: usize = trials(Scale::Laptop)[..6].iter().sum();
        assert!((900..1300).contains(&laptop), "{laptop}");
        assert!(trials(Scale::Smoke).iter().all(|&trials| (10..80).contains(&trials)));
        for scale in Scale::ALL {
            for open in Open::ALL {
                let study = open.study(scale, &setting());
                assert_eq!(study.name, open.name());
                assert_eq!(Study::parse(&study.to_toml(), "again".as_ref()).unwrap(), study);
                // Some methods are tried with some cells only.
                for cell in Cell::ALL {
                    let study = open.study(scale, &Setting { cells: vec![cell], ..setting() });
                    Study::parse(&study.to_toml(), "again".as_ref()).unwrap();
                }
            }
        }
    }

    #[test]
    fn each_claim_is_judged_by_contrasts_of_its_study() {
        for open in Open::ALL {
            let study = open.shipped().study(None);
            for claim in open.claims() {
                let asks = |contrast: &rarefy::study::Contrast| {
                    contrast.question.as_deref() == Some(claim.question)
                };
                assert!(study.contrasts.iter().any(asks), "{}", claim.question);
            }
        }
    }
}
