//! Ctrl-C while a study runs: the first ends it after the trials under way, the second at
//! once. `kill` and a closed terminal are the same.

use std::sync::{Mutex, PoisonError};

use rarefy::study::Stop;

use crate::output::note;

/// The exit code of shells for a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// What is running.
static RUNNING: Mutex<Option<Stop>> = Mutex::new(None);

/// From now on an interrupt ends what `stop` ends.
pub fn stops(stop: Stop) -> anyhow::Result<()> {
    let first = running().replace(stop).is_none();
    if first {
        ctrlc::set_handler(interrupted)?;
    }
    Ok(())
}

fn interrupted() {
    let running = running();
    match running.as_ref() {
        Some(stop) if !stop.is_asked() => {
            stop.finish();
            note("finishing the trials under way; once more abandons them");
        }
        Some(stop) => {
            stop.abandon();
            std::process::exit(INTERRUPTED);
        }
        None => std::process::exit(INTERRUPTED),
    }
}

fn running() -> std::sync::MutexGuard<'static, Option<Stop>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
