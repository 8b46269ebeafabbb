//! `rarefy data adding` and others: problems with known answers.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use rarefy::data::Problem;
use rarefy::format::write_atomically;
use rarefy::random::Stream;
use serde_json::json;

use crate::arguments::{WrongUse, at_least_one};
use crate::destination;
use crate::output::{print_json, print_text};

/// How many series are drawn, and to where.
#[derive(Debug, Args)]
pub struct DrawingArguments {
    /// Series to learn from
    #[arg(long, value_name = "N", default_value = "10000", value_parser = at_least_one)]
    count: NonZeroUsize,
    /// Series to test on
    #[arg(long, value_name = "N", default_value = "1000", value_parser = at_least_one)]
    test_count: NonZeroUsize,
    /// Random seed: the same seed gives the same files on every machine
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Folder to write train.npz and test.npz to
    #[arg(long, value_name = "DIR", value_parser = destination::folder())]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Arguments of `rarefy data adding`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/data_adding.txt"))]
pub struct AddingArguments {
    /// Numbers in a series
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    steps: u32,
    #[command(flatten)]
    pub drawing: DrawingArguments,
}

/// Arguments of `rarefy data copying`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/data_copying.txt"))]
pub struct CopyingArguments {
    /// Steps between the symbols and their repetition
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=9_980))]
    delay: u32,
    #[command(flatten)]
    pub drawing: DrawingArguments,
}

/// Arguments of `rarefy data parity`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/data_parity.txt"))]
pub struct ParityArguments {
    /// Bits in a series
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(3..=10_000))]
    steps: u32,
    /// Steps from the last of the three bits to the answer
    #[arg(long, value_name = "N", default_value_t = 5)]
    delay: u32,
    #[command(flatten)]
    pub drawing: DrawingArguments,
}

/// Arguments of `rarefy data mackey-glass`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/data_mackey_glass.txt"))]
pub struct MackeyGlassArguments {
    /// Numbers in a series, one for each unit of time
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    steps: u32,
    /// Numbers after them that are asked
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    ahead: u32,
    #[command(flatten)]
    pub drawing: DrawingArguments,
}

impl AddingArguments {
    pub fn problem(&self) -> Problem {
        Problem::Adding { steps: self.steps as usize }
    }
}

impl CopyingArguments {
    pub fn problem(&self) -> Problem {
        Problem::Copying { delay: self.delay as usize }
    }
}

impl ParityArguments {
    /// # Errors
    /// If no step has an answer.
    pub fn problem(&self) -> anyhow::Result<Problem> {
        let [steps, delay] = [self.steps, self.delay].map(|number| number as usize);
        if steps <= delay + 2 {
            return Err(WrongUse::error(format!(
                "--delay {delay} leaves no step of {steps} with an answer: three bits and the delay \
                 come before the first"
            )));
        }
        Ok(Problem::Parity { steps, delay })
    }
}

impl MackeyGlassArguments {
    pub fn problem(&self) -> Problem {
        Problem::MackeyGlass { steps: self.steps as usize, ahead: self.ahead as usize }
    }
}

impl DrawingArguments {
    /// Draws `problem`, and writes both files.
    pub fn draw(&self, problem: Problem) -> anyhow::Result<()> {
        let (mut files, mut text) = (Vec::new(), String::new());
        for (name, count) in [("train", self.count), ("test", self.test_count)] {
            let path = self.out.join(format!("{name}.npz"));
            let set = problem.draw(count.get(), &mut Stream::new(self.seed, name));
            write_atomically(&path, &set.to_npz())?;
            let (steps, channels) = (set.series[0].values.len() / set.channels, set.channels);
            let asked = set.series[0].answer.words();
            text += &format!(
                "{}: {count} series of {steps} steps and {channels} channels; asked: {asked}\n",
                path.display()
            );
            files.push(json!({
                "path": path, "count": count, "steps": steps, "channels": channels, "asked": asked,
            }));
        }
        match self.json {
            true => print_json(&json!({ "files": files, "seed": self.seed })),
            false => print_text(&text),
        }
    }
}
