//! The program at the end of a C file: it reads sequences from its standard input, and prints an
//! answer to each. Its parts are C with names to be filled in.

use super::super::entrance::Given;

/// A program that calls the functions `name`.
pub(super) struct Program<'a> {
    pub name: &'a str,
    pub given: Given,
    /// The number of channels of a series.
    pub channels: usize,
    /// The macro with the number of outputs.
    pub size: &'a str,
    /// Whether outputs are classes with names.
    pub has_names: bool,
    /// Whether there is an answer after each step.
    pub each_step: bool,
}

impl Program<'_> {
    /// What it reads.
    pub(super) fn reads(&self) -> &'static str {
        match self.given {
            Given::Numbers => {
                "series, a line of numbers for each step and an empty line between two"
            }
            Given::Character | Given::Word => "texts, a line each",
        }
    }

    pub(super) fn text(&self) -> String {
        let answer = match self.has_names {
            true => include_str!("names.c"),
            false => include_str!("numbers.c"),
        };
        let main = match self.given {
            Given::Numbers => include_str!("series.c"),
            Given::Character => include_str!("characters.c"),
            Given::Word => include_str!("words.c"),
        };
        let (at_step, at_end) = match self.each_step {
            true => ("answer(&state);", ""),
            false => ("", "answer(&state);"),
        };
        let channels = self.channels.to_string();
        // Without an answer there, its line is left out.
        let template = format!("{answer}\n{main}");
        let lines = template.lines().filter(|line| match line.trim() {
            "AT_STEP" => !at_step.is_empty(),
            "AT_END" => !at_end.is_empty(),
            _ => true,
        });
        let template: String = lines.map(|line| line.to_owned() + "\n").collect();
        // Names of the user's are filled in last, as they may look like what is to be filled in.
        let fill = |text: &str| {
            text.replace("AT_STEP", at_step)
                .replace("AT_END", at_end)
                .replace("CHANNELS", &channels)
                .replace("SIZE", self.size)
        };
        let filled = template.split("NAME").map(fill).collect::<Vec<_>>().join(self.name);
        let upper = self.name.to_uppercase();
        format!("#ifdef {upper}_PROGRAM\n#include <stdio.h>\n\n{filled}#endif\n\n")
    }
}
