//! Papers that rarefy reproduces. Each has a folder with its study files, published numbers,
//! questions, rules and figures. What they share is here: how much is done ([`Scale`]), claims that
//! contrasts judge ([`Claim`]), and findings as text ([`Found`]).

pub mod darji2021;
pub mod zhang2023;

mod arm;
mod claim;
mod found;
mod judged;
mod reduced;
mod scale;
mod shipped;

use std::path::Path;

use rarefy::named;

pub use claim::{Claim, Claimed, Says, Stands};
pub use found::{Found, FoundColumn, FoundTable};
pub use judged::Judged;
pub use reduced::Chosen;
pub use scale::Scale;
pub use shipped::Shipped;

named! {
    /// A paper that is reproduced.
    #[derive(Default)]
    pub enum Paper: "paper" {
        /// Darji, Investigating Sparsity in Recurrent Neural Networks (thesis).
        #[default]
        Darji2021 = "darji2021",
        /// Zhang et al., Universal structural patterns in sparse recurrent neural networks.
        Zhang2023 = "zhang2023",
    }
}

impl Paper {
    /// The paper whose results are in `folder`; `None` if there are none.
    pub fn of(folder: &Path) -> Option<Self> {
        let begun = |folder: rarefy::study::Folder| folder.exists();
        let thesis = darji2021::Part::STUDIES.iter().any(|part| begun(part.folder(folder)))
            || darji2021::Open::ALL.iter().any(|open| begun(open.folder(folder)));
        let zhang = || zhang2023::Part::ALL.iter().any(|part| begun(part.folder(folder)));
        match thesis {
            true => Some(Self::Darji2021),
            false => zhang().then_some(Self::Zhang2023),
        }
    }
}
