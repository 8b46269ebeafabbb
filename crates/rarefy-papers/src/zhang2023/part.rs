//! The studies, and the data that they need.

use std::path::{Path, PathBuf};

use rarefy::cell::Cell;
use rarefy::named;
use rarefy::study::{Contrast, Folder, Study};

use crate::reduced::{Chosen, Reduced, Shorter};
use crate::scale::Scale;
use crate::shipped::{MNIST, Shipped, shipped};

named! {
    /// The studies. Each has its own folder.
    #[derive(PartialOrd, Ord)]
    pub enum Part: "study of the paper" {
        /// Gesture phases, a label at each step.
        Gesture = "gesture",
        /// MNIST, row by row.
        Mnist = "mnist",
        /// What the paper lacks: gated cells, on drawn strings.
        Reber = "reber",
    }
}

/// The user's settings in addition to the scale.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The cells of [`Part::Reber`], in any order.
    pub cells: Vec<Cell>,
    /// The first seed of the networks, and the seed of the strings.
    pub seed: u64,
    /// Number of seeds, counted from the first; by default that of the study file.
    pub seeds: Option<u64>,
    /// The folder with the files of [`Part::Gesture`] and [`Part::Mnist`].
    pub data: Option<PathBuf>,
}

impl Part {
    /// The study's folder within the results in `out`.
    pub fn folder(self, out: &Path) -> Folder {
        Folder::new(&out.join(self.name()))
    }

    /// What the study is about, as a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Gesture => "Gesture phases (tanh, 128 units)",
            Self::Mnist => "MNIST by rows (tanh, 150 units)",
            Self::Reber => "The thesis’s task (tanh, GRU and LSTM, 100 units)",
        }
    }

    /// The study at this scale, with the user's cells, seeds and data.
    pub fn study(self, scale: Scale, setting: &Setting) -> Study {
        let Setting { cells, seed, seeds, data } = setting;
        let mut study = self.shipped().study(data.as_deref());
        let chosen = Chosen { cells, seed: *seed, seeds: *seeds };
        chosen.apply(&mut study, self.reduced(scale).as_ref());
        let trained: Vec<Cell> = study.trials().map(|trial| trial.cell).collect();
        study.contrasts.retain(|contrast| {
            gate(contrast).is_none_or(|gate| {
                trained.iter().any(|cell| cell.gates() > 1 && cell.gate_names().contains(&gate))
            })
        });
        study
    }

    /// What is left out at a smaller scale; `None` for all of the file.
    fn reduced(self, scale: Scale) -> Option<Reduced> {
        let reduced = |strings, seeds, share| {
            let (graphs, cells) = (1, Cell::ALL.len());
            Some(Reduced { strings, seeds, graphs, cells, training: Shorter::Share(share) })
        };
        match (scale, self) {
            (Scale::Smoke, Self::Gesture | Self::Mnist) => reduced(0, 1, 0.02),
            (Scale::Smoke, Self::Reber) => reduced(500, 1, 0.34),
            // Nine seeds are the fewest whose differences can be clear, corrected for seven
            // comparisons.
            (Scale::Laptop, Self::Gesture) => reduced(0, 9, 0.4),
            (Scale::Laptop, Self::Mnist) => reduced(0, 9, 0.1),
            (Scale::Laptop, Self::Reber) => reduced(5_000, 12, 0.5),
            (Scale::Full, _) => None,
        }
    }

    /// Its study file.
    pub fn shipped(self) -> Shipped {
        match self {
            Self::Gesture => shipped!(
                "gesture.toml",
                Some(
                    "arrays x [N, 32, 32] and y [N, 32], cut from Gesture Phase Segmentation of the UCI \
                     repository as in the paper's code, github.com/XinjieZhang/sparse-RNNs"
                )
            ),
            Self::Mnist => shipped!("mnist.toml", Some(MNIST)),
            Self::Reber => shipped!("reber.toml"),
        }
    }
}

/// The gate whose balance a contrast compares, if it is that of one gate.
fn gate(contrast: &Contrast) -> Option<&str> {
    contrast.column.as_deref()?.strip_prefix("hh_balanced_share_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(cells: &[Cell]) -> Setting {
        Setting { cells: cells.to_vec(), seed: 0, seeds: None, data: Some("there".into()) }
    }

    #[test]
    fn smaller_scales_have_fewer_trials_of_the_same_study() {
        let trials = |scale| {
            Part::ALL.map(|part| part.study(scale, &setting(Cell::ALL.as_slice())).trials().count())
        };
        // Six methods, and the networks that are pruned after training; seven for each of three cells.
        assert_eq!(trials(Scale::Full), [8 * 10, 8 * 10, 3 * 9 * 12]);
        // One epoch of MNIST cannot be shortened: the two kinds of network that are pruned are one.
        assert_eq!(trials(Scale::Smoke), [8, 7, 3 * 9]);
        for (scale, part) in
            Scale::ALL.into_iter().flat_map(|scale| Part::ALL.map(|part| (scale, part)))
        {
            let study = part.study(scale, &setting(Cell::ALL.as_slice()));
            assert_eq!(study.name, part.name());
            assert_eq!(Study::parse(&study.to_toml(), "again".as_ref()).unwrap(), study);
        }
    }

    #[test]
    fn pruning_ends_as_early_as_training_is_shorter() {
        let study = Part::Gesture.study(Scale::Laptop, &setting(&[]));
        let gradual =
            study.trials().find_map(|trial| trial.method().map(|_| trial.label())).unwrap();
        assert!(gradual.contains("gradual"), "{gradual}");
        let toml = study.to_toml();
        for expected in
            ["epochs = 80", "end = \"40 epochs\"", "begin = \"2 epochs\"", "every = \"1 epoch\""]
        {
            assert!(toml.contains(expected), "{toml}");
        }
    }

    #[test]
    fn contrasts_of_gates_are_those_of_the_cells() {
        let contrasts =
            |cells: &[Cell]| Part::Reber.study(Scale::Full, &setting(cells)).contrasts.len();
        let of_gates = 3 + 4;
        assert_eq!(contrasts(&[Cell::RnnTanh]) + of_gates, contrasts(&Cell::ALL));
        assert_eq!(contrasts(&[Cell::Gru]) + 4, contrasts(&Cell::ALL));
    }

    #[test]
    fn each_claim_is_judged_by_contrasts_of_its_study() {
        for part in Part::ALL {
            let study = part.shipped().study(None);
            for claim in part.claims() {
                let asks =
                    |contrast: &Contrast| contrast.question.as_deref() == Some(claim.question);
                assert!(study.contrasts.iter().any(asks), "{}", claim.question);
            }
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(Part::Gesture.shipped().missing(Some("there".as_ref())).len(), 2);
        assert_eq!(Part::Mnist.shipped().missing(None).len(), 4);
        assert!(Part::Reber.shipped().missing(None).is_empty());
    }
}
