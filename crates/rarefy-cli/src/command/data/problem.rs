//! `rarefy data adding` and others: problems that rarefy draws itself.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use rarefy::data::ProblemKind::{self, Adding, Copying, MackeyGlass, Parity, Signals};
use rarefy::data::{Drawing, DrawingOptions, ProblemSetting};
use rarefy::format::write_atomically;
use serde_json::json;

use crate::arguments::WrongUse;
use crate::destination;
use crate::output::{print_json, print_text};

fn setting(problem: ProblemKind, key: &str) -> &'static ProblemSetting {
    problem.setting(key).expect("a setting of this problem")
}

fn usual(problem: ProblemKind, key: &str) -> usize {
    setting(problem, key).usual
}

fn range(problem: ProblemKind, key: &str) -> RangedU64ValueParser<usize> {
    let range = &setting(problem, key).range;
    RangedU64ValueParser::new().range(*range.start() as u64..=*range.end() as u64)
}

/// How many series are drawn, and to where.
#[derive(Debug, Args)]
pub struct DrawingArguments {
    /// Series to learn from
    #[arg(long, value_name = "N", default_value_t = usual(Adding, "count"))]
    #[arg(value_parser = range(Adding, "count"))]
    count: usize,
    /// Series to test on
    #[arg(long, value_name = "N", default_value_t = usual(Adding, "test_count"))]
    #[arg(value_parser = range(Adding, "test_count"))]
    test_count: usize,
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
    #[arg(long, value_name = "N", default_value_t = usual(Adding, "steps"))]
    #[arg(value_parser = range(Adding, "steps"))]
    steps: usize,
    #[command(flatten)]
    pub drawing: DrawingArguments,
}

/// Arguments of `rarefy data copying`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/data_copying.txt"))]
pub struct CopyingArguments {
    /// Steps between the symbols and their repetition
    #[arg(long, value_name = "N", default_value_t = usual(Copying, "delay"))]
    #[arg(value_parser = range(Copying, "delay"))]
    delay: usize,
    #[command(flatten)]
    pub drawing: DrawingArguments,
}

/// Arguments of `rarefy data parity`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/data_parity.txt"))]
pub struct ParityArguments {
    /// Bits in a series
    #[arg(long, value_name = "N", default_value_t = usual(Parity, "steps"))]
    #[arg(value_parser = range(Parity, "steps"))]
    steps: usize,
    /// Steps from the last of the three bits to the answer
    #[arg(long, value_name = "N", default_value_t = usual(Parity, "delay"))]
    #[arg(value_parser = range(Parity, "delay"))]
    delay: usize,
    #[command(flatten)]
    pub drawing: DrawingArguments,
}

/// Arguments of `rarefy data mackey-glass`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/data_mackey_glass.txt"))]
pub struct MackeyGlassArguments {
    /// Numbers in a series, one for each unit of time
    #[arg(long, value_name = "N", default_value_t = usual(MackeyGlass, "steps"))]
    #[arg(value_parser = range(MackeyGlass, "steps"))]
    steps: usize,
    /// Numbers after them that are asked
    #[arg(long, value_name = "N", default_value_t = usual(MackeyGlass, "ahead"))]
    #[arg(value_parser = range(MackeyGlass, "ahead"))]
    ahead: usize,
    #[command(flatten)]
    pub drawing: DrawingArguments,
}

/// Arguments of `rarefy data signals`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/data_signals.txt"))]
#[command(mut_arg("count", |count| count.default_value(usual(Signals, "count").to_string())))]
pub struct SignalsArguments {
    #[command(flatten)]
    pub drawing: DrawingArguments,
}

impl AddingArguments {
    pub fn options(&self) -> DrawingOptions {
        DrawingOptions { steps: Some(self.steps), ..DrawingOptions::usual(Adding) }
    }
}

impl CopyingArguments {
    pub fn options(&self) -> DrawingOptions {
        DrawingOptions { delay: Some(self.delay), ..DrawingOptions::usual(Copying) }
    }
}

impl ParityArguments {
    pub fn options(&self) -> DrawingOptions {
        let (steps, delay) = (Some(self.steps), Some(self.delay));
        DrawingOptions { steps, delay, ..DrawingOptions::usual(Parity) }
    }
}

impl MackeyGlassArguments {
    pub fn options(&self) -> DrawingOptions {
        let (steps, ahead) = (Some(self.steps), Some(self.ahead));
        DrawingOptions { steps, ahead, ..DrawingOptions::usual(MackeyGlass) }
    }
}

impl SignalsArguments {
    pub fn options() -> DrawingOptions {
        DrawingOptions::usual(Signals)
    }
}

impl DrawingArguments {
    /// Draws the problem of these options, and writes both files.
    pub fn draw(&self, options: DrawingOptions) -> anyhow::Result<()> {
        let (count, test_count) = (Some(self.count), Some(self.test_count));
        let options = DrawingOptions { count, test_count, seed: Some(self.seed), ..options };
        let drawing = options.checked().map_err(|error| WrongUse::error(error.to_string()))?;
        let (mut files, mut text) = (Vec::new(), String::new());
        for (name, set) in Drawing::FILES.into_iter().zip(drawing.draw()) {
            let path = self.out.join(name);
            write_atomically(&path, &set.to_npz())?;
            let (count, channels) = (set.series.len(), set.channels);
            let (steps, asked) = (drawing.problem.steps(), set.series[0].answer.words());
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
