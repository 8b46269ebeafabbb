//! Ctrl-C ends a run as cleanly as possible. The last lines say how to look at the results and how
//! to resume. `kill` and a closed terminal do the same.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use rarefy::study::{Stop, shell_word};

use crate::output::{last, note};

/// The exit code that shells use for a program ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// The command as it was typed, word by word.
static TYPED: OnceLock<Vec<OsString>> = OnceLock::new();

/// The current run.
static RUNNING: Mutex<Option<Running>> = Mutex::new(None);

struct Running {
    /// Ends the study after the trials in progress; a second interrupt abandons these. Without it
    /// the first interrupt ends the program.
    stop: Option<Stop>,
    /// Message: what is kept of the run.
    left: String,
    /// Message: what the user can do next, one command per line.
    then: String,
}

/// What was typed to start this program.
pub fn typed_as(arguments: &[OsString]) {
    TYPED.get_or_init(|| arguments.to_vec());
}

/// From now on an interrupt stops `stop`, or else ends the program. `rarefy report REPORT` shows
/// the results so far.
pub fn keeps(report: &Path, stop: Option<Stop>) -> anyhow::Result<()> {
    let program = TYPED.get().and_then(|typed| typed.first());
    let program = program.map_or(OsStr::new("rarefy"), OsString::as_os_str);
    let report = [program, OsStr::new("report"), report.as_os_str()].map(word).join(" ");
    let then = format!("look at it:  {report}\ngo on:  {}", typed());
    begin(Running { stop, left: "what is done is kept".to_owned(), then })
}

/// From now on an interrupt ends the program, and nothing of this run is kept.
pub fn keeps_nothing() -> anyhow::Result<()> {
    let then = format!("start again:  {}", typed());
    begin(Running { stop: None, left: "nothing of this run is kept".to_owned(), then })
}

/// What the user can do once the run has stopped, one command per line.
pub fn then() -> String {
    running().as_ref().map(|running| running.then.clone()).unwrap_or_default()
}

fn begin(new: Running) -> anyhow::Result<()> {
    match running().replace(new) {
        None => Ok(ctrlc::set_handler(interrupted)?),
        Some(_) => Ok(()),
    }
}

fn interrupted() {
    let running = running();
    let Some(Running { stop, left, then }) = running.as_ref() else {
        std::process::exit(INTERRUPTED)
    };
    match stop {
        Some(stop) if !stop.is_asked() => {
            stop.finish();
            return note("finishing the trials under way; Ctrl-C again abandons them");
        }
        Some(stop) => stop.abandon(),
        None => {}
    }
    last(&format!("stopped: {left}\n{then}"));
    std::process::exit(INTERRUPTED);
}

fn running() -> std::sync::MutexGuard<'static, Option<Running>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The command as it was typed, to be run again.
fn typed() -> String {
    let words = TYPED.get().into_iter().flatten();
    words.map(|argument| word(argument)).collect::<Vec<_>>().join(" ")
}

/// Any text as one word of a shell command, quoted only if necessary.
fn word(text: &OsStr) -> String {
    let bytes = text.as_encoded_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./=,:+@%".contains(byte);
    match !bytes.is_empty() && bytes.iter().all(is_plain) {
        true => text.to_string_lossy().into_owned(),
        false => String::from_utf8_lossy(&shell_word(bytes)).into_owned(),
    }
}
