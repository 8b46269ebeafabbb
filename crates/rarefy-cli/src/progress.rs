//! What a person sees on stderr during a run.
//!
//! On a terminal: a bar with the time left, a few changing lines below it, and above it lines that
//! are permanent. Elsewhere: only the permanent lines. With `--quiet`: nothing.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use console::truncate_str;
use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::{counted, draw, say, shown_lines, stderr_width};

/// Progress through a known number of items, which may differ in cost.
pub struct Progress {
    /// Counts cost, not items.
    bar: ProgressBar,
    bars: MultiProgress,
    below: Mutex<Vec<ProgressBar>>,
    /// A noun for one item.
    thing: &'static str,
    done: Mutex<u64>,
    count: u64,
    quiet: bool,
}

impl Progress {
    /// For `count` items called `thing` that are still to do, with a total of `cost` in any unit.
    pub fn new(thing: &'static str, count: u64, cost: u64, quiet: bool) -> Self {
        // A terminal that cannot move the cursor counts as no terminal.
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
                // A write error has nowhere to be reported.
                let _ = out.write_str(&time_left(state.elapsed(), state.pos(), state.len()));
            },
        );
        bar.set_style(style);
        bar.set_message(format!("0/{}", counted(count, thing)));
        if !bars.is_hidden() {
            // The thread only makes the bar move steadily; without it, the bar moves when work is
            // done.
            if std::thread::Builder::new().spawn(|| ()).is_ok() {
                bar.enable_steady_tick(Duration::from_millis(200));
            }
            draw(Some(bars.clone()));
        }
        let (below, done) = (Mutex::default(), Mutex::default());
        Self { bar, bars, below, thing, done, count, quiet }
    }

    /// For `epochs` epochs of equal cost.
    pub fn of_equals(epochs: u32, quiet: bool) -> Self {
        Self::new("epoch", u64::from(epochs), u64::from(epochs), quiet)
    }

    /// Counts `count` items of total `cost` as done or as no longer needed.
    pub fn advance(&self, count: u64, cost: u64) {
        if count > 0 {
            let mut done = self.done.lock().expect("nothing panics that holds it");
            *done += count;
            self.bar.set_message(format!("{done}/{}", counted(self.count, self.thing)));
        }
        self.bar.inc(cost);
    }

    /// Whether there is a bar with lines below it.
    pub fn is_drawn(&self) -> bool {
        !self.bars.is_hidden()
    }

    /// Replaces the lines below the bar, cut off at the terminal's width.
    pub fn below(&self, lines: &[String]) {
        // Leaves room for the `^C` that a terminal prints, which would otherwise cause a line
        // break.
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

    /// The approximate time left, in words.
    pub fn left(&self) -> String {
        time_left(self.bar.elapsed(), self.bar.position(), self.bar.length())
    }

    /// Whether progress is switched off.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Prints a permanent line.
    pub fn line(&self, text: &str) {
        if !self.quiet {
            say(text);
        }
    }
}

/// Estimates the time left from all work so far. Trials run in parallel and epochs finish in
/// bursts, so the recent speed would fluctuate.
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
