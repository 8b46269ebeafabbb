//! The thesis's experiments.

use std::path::Path;

use rarefy::named;
use rarefy::study::Folder;

named! {
    /// The thesis's experiments. Each has its own folder and comes after those it depends on.
    #[derive(PartialOrd, Ord)]
    pub enum Part: "experiment of the thesis" {
        /// Pruning and recovery.
        Pruning = "pruning",
        /// Networks wired as random graphs.
        Structure = "structure",
        /// Their accuracy predicted from the graphs.
        Prediction = "prediction",
        /// What the thesis left open, in several studies.
        Open = "open",
    }
}

impl Part {
    /// The parts that are studies. The prediction is a function of the second one's records.
    pub const STUDIES: [Self; 2] = [Self::Pruning, Self::Structure];

    /// The part's folder within the results in `out`.
    pub fn folder(self, out: &Path) -> Folder {
        Folder::new(&out.join(self.name()))
    }
}
