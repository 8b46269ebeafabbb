//! The arguments that several commands share. Commands import them; they never import commands.

mod files;
mod graph;
mod model;
mod run;
mod training;
mod values;
mod wrong_use;

pub use files::{
    ColumnArguments, DataArguments, EncodingArguments, FileArguments, ReadArguments, TestArguments,
    TokenArguments,
};
pub use graph::{OrientationArguments, WiringArguments, noted, read_graph};
pub use model::{HintArguments, ModelArguments, in_floats};
pub use run::{CellsArguments, JobsArguments, RunArguments};
pub use training::{
    RetrainingArguments, ShapeArguments, SparsifyArguments, TrainingArguments, units,
};
pub use values::{
    at_least_one, is_same_file, names, one_of, one_of_hyphened, percent, percents, share, tolerance,
};
pub use wrong_use::WrongUse;
