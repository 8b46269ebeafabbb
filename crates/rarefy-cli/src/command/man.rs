//! `rarefy man`: the manual as man pages.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use rarefy::format::write_atomically;

use crate::destination;
use crate::output::{print_text, print_whole};

/// Arguments of `rarefy man`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../help/man.txt"))]
pub struct ManArguments {
    /// Folder to write rarefy.1 and a page per command to
    #[arg(long, value_name = "DIR", value_parser = destination::folder())]
    out: Option<PathBuf>,
}

/// Runs `rarefy man`; `all` is the whole command line.
pub fn run(arguments: &ManArguments, all: Command) -> anyhow::Result<()> {
    // The pages refer to each other, and there is none for `help`.
    let mut command = all.disable_help_subcommand(true);
    command.build();
    let Some(out) = &arguments.out else {
        return print_whole(&page(&command)?.1);
    };
    write_pages(&command, out)?;
    print_text(&format!("wrote {} and a page per command\n", out.join("rarefy.1").display()))
}

/// Writes a page for a command and one for each of its subcommands.
fn write_pages(command: &Command, folder: &Path) -> anyhow::Result<()> {
    let (name, text) = page(command)?;
    write_atomically(&folder.join(name), text.as_bytes())?;
    command.get_subcommands().try_for_each(|command| write_pages(command, folder))
}

/// The file name and the text of a command's page.
fn page(command: &Command) -> anyhow::Result<(String, String)> {
    let version = format!("rarefy {}", env!("CARGO_PKG_VERSION"));
    let man = clap_mangen::Man::new(command.clone()).source(version);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let more = command.get_after_long_help().map(|help| notes(&help.to_string()));
    Ok((man.get_filename(), String::from_utf8(page)? + &more.unwrap_or_default()))
}

/// The text that `--help` prints after the options, in roff. clap_mangen would fill and justify all
/// of it; this keeps each command on a line of its own.
fn notes(help: &str) -> String {
    let mut text = String::new();
    let mut section = "";
    let mut is_filled = true;
    for line in help.lines() {
        let (wanted, is_heading) = match line {
            "Example:" | "Examples:" => ("EXAMPLES", true),
            _ if section.is_empty() => ("NOTES", false),
            _ => (section, false),
        };
        let fill = !line.starts_with("  ");
        if fill != is_filled {
            text += if fill { ".fi\n" } else { ".nf\n" };
            is_filled = fill;
        }
        if wanted != section {
            section = wanted;
            text += &format!(".SH {section}\n");
        }
        match line {
            _ if is_heading => {}
            "" => text += ".PP\n",
            // The leading `\&` keeps roff from taking the line for a request.
            _ => text += &format!("\\&{}\n", verbatim(line)),
        }
    }
    if !is_filled {
        text += ".fi\n";
    }
    text.replace(".PP\n.SH", ".SH")
}

/// A line with plain instead of typographic characters, because users may copy it to a shell.
fn verbatim(line: &str) -> String {
    let mut text = String::new();
    for character in line.chars() {
        match character {
            '\\' => text += "\\e",
            '-' => text += "\\-",
            '\'' => text += "\\(aq",
            '`' => text += "\\(ga",
            '~' => text += "\\(ti",
            '^' => text += "\\(ha",
            _ => text.push(character),
        }
    }
    text
}
