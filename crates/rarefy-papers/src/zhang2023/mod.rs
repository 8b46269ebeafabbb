//! Zhang, X.-J., Moore, J. M., Yan, G., and Li, X. (2023): Universal structural patterns in sparse recurrent
//! neural networks. Communications Physics 6.
//!
//! What do the graphs look like that training leaves behind? Three studies ([`Part`]): the paper's networks
//! on two of its tasks, which need its data, and what the paper lacks, on the thesis's task. `studies/` has
//! the study files, `published` the numbers that they are compared with. [`Results`] reads the results and
//! writes the report.

mod claims;
mod part;
mod published;
mod report;
mod results;

pub use part::{Part, Setting};
pub use results::{Error, Results};
