//! `rarefy man`: the manual, as pages for `man`.

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

/// Runs `rarefy man`, of the whole command line.
pub fn run(arguments: &ManArguments, all: Command) -> anyhow::Result<()> {
    // The pages name each other, and `help` has none.
    let mut command = all.disable_help_subcommand(true);
    command.build();
    let Some(out) = &arguments.out else {
        return print_whole(&page(&command)?.1);
    };
    write_pages(&command, out)?;
    print_text(&format!("wrote {} and a page per command\n", out.join("rarefy.1").display()))
}

/// A page for a command, and for each within it.
fn write_pages(command: &Command, folder: &Path) -> anyhow::Result<()> {
    let (name, text) = page(command)?;
    write_atomically(&folder.join(name), text.as_bytes())?;
    command.get_subcommands().try_for_each(|command| write_pages(command, folder))
}

/// The name of a command's page, and the page.
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

/// What `--help` says after the options, in roff. It is not left to clap_mangen, which
/// fills and justifies all of it: a command stays on its line here.
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
            // What does not begin a line cannot be taken for a request of roff.
            _ => text += &format!("\\&{}\n", verbatim(line)),
        }
    }
    if !is_filled {
        text += ".fi\n";
    }
    text.replace(".PP\n.SH", ".SH")
}

/// A line whose characters are not made typographic: it may be copied to a shell.
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
