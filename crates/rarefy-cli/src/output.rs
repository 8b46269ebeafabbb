//! What commands print: results to stdout, notes to stderr.
//!
//! Names and labels come from files and may contain characters that move a terminal's cursor or
//! reverse the direction of text. Text for people is therefore escaped with [`shown`] where it is
//! printed; output for programs ([`print_whole`], [`print_json`]) stays exact.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use console::{Term, style};
use indicatif::MultiProgress;
use rarefy::format::LoadNote;
use textwrap::core::display_width;

pub use rarefy_view::wording::counted;

/// The progress bars on stderr, if any. While they are drawn, messages appear above them.
static BARS: Mutex<Option<MultiProgress>> = Mutex::new(None);

/// Starts or stops drawing bars.
pub fn draw(bars: Option<MultiProgress>) {
    *BARS.lock().unwrap_or_else(PoisonError::into_inner) = bars;
}

/// The width in columns of the terminal that shows stdout; `None` if stdout is a file or a pipe.
pub fn width() -> Option<usize> {
    columns(&Term::stdout())
}

/// The same for stderr.
pub fn stderr_width() -> Option<usize> {
    columns(&Term::stderr())
}

fn columns(terminal: &Term) -> Option<usize> {
    let (_, columns) = terminal.is_term().then(|| terminal.size_checked())??;
    // Some terminals report 0 columns if they do not know their width.
    Some(usize::from(columns)).filter(|&columns| columns > 0)
}

/// Prints a result for people. On a terminal, long lines are wrapped between words.
pub fn print_text(text: &str) -> anyhow::Result<()> {
    let text = shown_lines(text);
    match width() {
        None => print_whole(&text),
        Some(width) => print_whole(&wrapped(&text, width)),
    }
}

/// Prints a result unchanged, for programs or for both.
pub fn print_whole(text: &str) -> anyhow::Result<()> {
    std::io::stdout().lock().write_all(text.as_bytes()).context("cannot write to stdout")
}

/// Prints a result as one line of JSON.
pub fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    print_whole(&(serde_json::to_string(value)? + "\n"))
}

/// Prints a message to stderr. It is not a failure if nobody reads it.
pub fn say(text: &str) {
    put(&shown_lines(text));
}

/// Writes a text that may have colours to stderr.
fn put(text: &str) {
    let text = stderr_width().map_or_else(|| text.to_owned(), |width| wrapped(text, width));
    match BARS.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
        Some(bars) => drop(bars.println(text)),
        None => drop(writeln!(std::io::stderr().lock(), "{text}")),
    }
}

/// Prints a note on a result or a run.
pub fn note(text: &str) {
    say(&format!("note: {text}"));
}

/// Prints a note on sequences that were read.
pub fn note_loaded(what: LoadNote) {
    note(&what.to_string());
}

/// Prints why the program failed, in the style of clap's errors. If nobody reads it, the exit code
/// still reports the failure.
pub fn error(text: &str) {
    put(&format!("{} {}", style("error:").for_stderr().red().bold(), shown_lines(text)));
}

/// Prints the last message before the program ends, below the bars.
pub fn last(text: &str) {
    if let Some(bars) = BARS.lock().unwrap_or_else(PoisonError::into_inner).take() {
        drop(bars.clear());
    }
    put(&shown_lines(text));
}

/// Prints why one part failed while the rest continues.
pub fn failed(part: &str, why: &str) {
    let mark = style("failed:").for_stderr().red();
    put(&format!("{} {mark} {}", shown_lines(part), shown_lines(why)));
}

/// A character that is safe to print on a terminal: characters that move the cursor or change the
/// direction of text are escaped.
pub fn shown(character: char) -> impl Iterator<Item = char> {
    let turns = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    let escaped = (character.is_control() || turns).then(|| character.escape_default());
    let own = escaped.is_none().then_some(character);
    escaped.into_iter().flatten().chain(own)
}

/// The same for a name within a line; line breaks are escaped too.
pub fn shown_word(text: &str) -> String {
    text.chars().flat_map(shown).collect()
}

/// The same for a text; line breaks are kept.
pub fn shown_lines(text: &str) -> String {
    text.split('\n').map(shown_word).collect::<Vec<_>>().join("\n")
}

/// A number with six significant digits, however large or small it is.
pub fn significant(value: f64) -> String {
    let magnitude = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    match magnitude {
        -4..=5 => format!("{value:.*}", (5 - magnitude) as usize),
        _ => format!("{value:.5e}"),
    }
}

/// `text` with lines of at most `width` columns, unless a single word is longer.
fn wrapped(text: &str, width: usize) -> String {
    // A row of a table has two blanks somewhere. Wrapping would make it unreadable.
    let is_row = |line: &str| line.trim_start().contains("  ");
    let line = |line: &str| match display_width(line) <= width || is_row(line) {
        true => line.to_owned(),
        false => {
            let options = textwrap::Options::new(width)
                .break_words(false)
                .word_splitter(textwrap::WordSplitter::NoHyphenation)
                .subsequent_indent("  ");
            textwrap::fill(line, options)
        }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_move_the_cursor_or_turn_text_around_is_shown_and_lines_stay() {
        let text = "\u{1b}[31ma\u{7}\u{9b}2J\r\nb\u{202e}c\u{2067}\té\u{200d}";
        let expected = "\\u{1b}[31ma\\u{7}\\u{9b}2J\\r\nb\\u{202e}c\\u{2067}\\té\u{200d}";
        assert_eq!(shown_lines(text), expected);
    }

    #[test]
    fn long_lines_go_on_at_a_word_and_others_stay_as_they_are() {
        let text = "  a    table's row of words\n\nwrote one-long-name and more\n";
        assert_eq!(wrapped(text, 40), text);
        let expected = "  a    table's row of words\n\nwrote\n  one-long-name\n  and more\n";
        assert_eq!(wrapped(text, 12), expected);
    }
}
