//! What a person sees on stderr while something runs.
//!
//! On a terminal: a bar with the time left, and a line for each thing that is done.
//! Elsewhere: the lines alone. With `--quiet`: nothing.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Progress through a known number of epochs.
pub struct Progress {
    bar: ProgressBar,
    quiet: bool,
}

impl Progress {
    /// Of `epochs` epochs that have yet to be done.
    pub fn new(epochs: u64, quiet: bool) -> Self {
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(epochs), target);
        let template = "{bar:32} {pos}/{len} epochs, {elapsed} so far, about {eta} left  {msg}";
        bar.set_style(ProgressStyle::with_template(template).expect("a valid template"));
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar, quiet }
    }

    /// One epoch is done.
    pub fn epoch(&self) {
        self.bar.inc(1);
    }

    /// Epochs that will not be run after all.
    pub fn skip(&self, epochs: u64) {
        self.bar.set_length(self.bar.length().unwrap_or(0).saturating_sub(epochs));
    }

    /// Something worth a line.
    pub fn line(&self, text: &str) {
        match (self.quiet, self.bar.is_hidden()) {
            (true, _) => {}
            (false, true) => eprintln!("{text}"),
            (false, false) => self.bar.println(text),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
