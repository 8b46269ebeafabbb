//! What a person sees on stderr while something runs.
//!
//! On a terminal: a bar with the time left, a few lines below it that change, and above it
//! what is worth a line for good. Elsewhere: such lines alone. With `--quiet`: nothing.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use console::truncate_str;
use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::{counted, draw, say, shown_lines, stderr_width};

/// Progress through a known number of things, which may cost differently much.
pub struct Progress {
    /// Counts costs.
    bar: ProgressBar,
    bars: MultiProgress,
    below: Mutex<Vec<ProgressBar>>,
    /// One of the things, as a noun.
    thing: &'static str,
    done: Mutex<u64>,
    count: u64,
    quiet: bool,
}

impl Progress {
    /// Of so many of a `thing` that have yet to be done, at `cost` in all, in any unit.
    pub fn new(thing: &'static str, count: u64, cost: u64, quiet: bool) -> Self {
        // A terminal that cannot move the cursor counts as none.
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bars = MultiProgress::with_draw_target(target);
        let bar = bars.add(ProgressBar::new(cost));
        let template = match stderr_width() {
            Some(0..50) => "{msg}, {left}",
            Some(50..80) => "{bar:10} {msg}, {left}",
            _ => "{bar:20} {msg}, {elapsed} so far, {left}",
        };
        let style = ProgressStyle::with_template(template).expect("a valid template").with_key(
            "left",
            |state: &indicatif::ProgressState, out: &mut dyn fmt::Write| {
                // A bar has nobody to tell that it cannot be written.
                let _ = out.write_str(&time_left(state.elapsed(), state.pos(), state.len()));
            },
        );
        bar.set_style(style);
        bar.set_message(format!("0/{}", counted(count, thing)));
        if !bars.is_hidden() {
            // The bar's own thread is only worth having: without it the bar moves when work does.
            if std::thread::Builder::new().spawn(|| ()).is_ok() {
                bar.enable_steady_tick(Duration::from_millis(200));
            }
            draw(Some(bars.clone()));
        }
        let (below, done) = (Mutex::default(), Mutex::default());
        Self { bar, bars, below, thing, done, count, quiet }
    }

    /// Of `epochs` epochs of the same cost.
    pub fn of_equals(epochs: u32, quiet: bool) -> Self {
        Self::new("epoch", u64::from(epochs), u64::from(epochs), quiet)
    }

    /// So many are done, or will not be done after all, at `cost` in all.
    pub fn advance(&self, count: u64, cost: u64) {
        if count > 0 {
            let mut done = self.done.lock().expect("nothing panics that holds it");
            *done += count;
            self.bar.set_message(format!("{done}/{}", counted(self.count, self.thing)));
        }
        self.bar.inc(cost);
    }

    /// Whether there is a bar, with lines below it.
    pub fn is_drawn(&self) -> bool {
        !self.bars.is_hidden()
    }

    /// What stands below the bar from now on, cut off where the terminal ends.
    pub fn below(&self, lines: &[String]) {
        // With room for the ^C that a terminal shows, which would begin another line.
        let room = stderr_width().unwrap_or(80).saturating_sub(3);
        let mut below = self.below.lock().expect("nothing panics that holds it");
        while below.len() < lines.len() {
            let style = ProgressStyle::with_template("{msg}").expect("a valid template");
            below.push(self.bars.add(ProgressBar::new(0).with_style(style)));
        }
        for (at, bar) in below.iter().enumerate() {
            let line = lines.get(at).map(String::as_str).unwrap_or_default();
            bar.set_message(truncate_str(&shown_lines(line), room, "...").into_owned());
        }
    }

    /// About how long the rest takes, in words.
    pub fn left(&self) -> String {
        time_left(self.bar.elapsed(), self.bar.position(), self.bar.length())
    }

    /// Whether no lines are wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Something worth a line.
    pub fn line(&self, text: &str) {
        if !self.quiet {
            say(text);
        }
    }
}

/// From what was done so far: trials run side by side and epochs come in bursts, so a
/// recent speed would jump about.
fn time_left(so_far: Duration, done: u64, all: Option<u64>) -> String {
    if done == 0 {
        return "estimating the rest".to_owned();
    }
    let left = all.unwrap_or(0).saturating_sub(done) as f64 / done as f64;
    format!("about {} left", HumanDuration(so_far.mul_f64(left)))
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        if let Ok(below) = self.below.lock() {
            below.iter().for_each(ProgressBar::finish_and_clear);
        }
        draw(None);
    }
}
