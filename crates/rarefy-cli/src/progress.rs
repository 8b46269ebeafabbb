//! What a person sees on stderr while something runs.
//!
//! On a terminal: a bar with the time left, and a line for each thing that is done.
//! Elsewhere: the lines alone. With `--quiet`: nothing.

use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// Progress through a known number of things, mostly epochs, which may cost differently
/// much.
pub struct Progress {
    /// Counts costs.
    bar: ProgressBar,
    things: &'static str,
    done: AtomicU64,
    count: u64,
    quiet: bool,
}

impl Progress {
    /// Of `count` `things` that have yet to be done, at `cost` in all, in any unit.
    pub fn new(things: &'static str, count: u64, cost: u64, quiet: bool) -> Self {
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(cost), target);
        let style = ProgressStyle::with_template("{bar:20} {msg}, {elapsed} so far, {left}")
            .expect("a valid template")
            .with_key("left", |state: &ProgressState, out: &mut dyn fmt::Write| {
                // A bar has nobody to tell that it cannot be written.
                let _ = out.write_str(&time_left(state));
            });
        bar.set_style(style);
        bar.set_message(format!("0/{count} {things}"));
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar, things, done: AtomicU64::new(0), count, quiet }
    }

    /// Of `epochs` epochs of the same cost.
    pub fn of_equals(epochs: u32, quiet: bool) -> Self {
        Self::new("epochs", u64::from(epochs), u64::from(epochs), quiet)
    }

    /// So many are done, or will not be done after all, at `cost` in all.
    pub fn advance(&self, count: u64, cost: u64) {
        let done = count + self.done.fetch_add(count, Ordering::Relaxed);
        self.bar.set_message(format!("{done}/{} {}", self.count, self.things));
        self.bar.inc(cost);
    }

    /// Something worth a line.
    pub fn line(&self, text: &str) {
        match (self.quiet, self.bar.is_hidden()) {
            (true, _) => {}
            // If nobody listens, that is no failure.
            (false, true) => drop(writeln!(std::io::stderr().lock(), "{text}")),
            (false, false) => self.bar.println(text),
        }
    }
}

/// From what was done so far: trials run side by side and epochs come in bursts, so a
/// recent speed would jump about.
fn time_left(state: &ProgressState) -> String {
    let (done, all) = (state.pos(), state.len().unwrap_or(0));
    if done == 0 {
        return "estimating the rest".to_owned();
    }
    let left = state.elapsed().mul_f64(all.saturating_sub(done) as f64 / done as f64);
    format!("about {} left", HumanDuration(left))
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
