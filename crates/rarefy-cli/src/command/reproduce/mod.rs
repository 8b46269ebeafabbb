//! `rarefy reproduce`: papers' experiments, at three scales.

mod arguments;
mod thesis;
mod zhang;

use rarefy_papers::Paper;

pub use arguments::ReproduceArguments;

/// Runs `rarefy reproduce`.
pub fn run(arguments: &ReproduceArguments) -> anyhow::Result<()> {
    match arguments.paper {
        Paper::Darji2021 => thesis::run(arguments),
        Paper::Zhang2023 => zhang::run(arguments),
    }
}
