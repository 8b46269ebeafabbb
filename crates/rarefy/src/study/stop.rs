//! Ending a run early.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Claims;

/// Ends a run early, from any thread.
#[derive(Clone, Debug)]
pub struct Stop {
    claims: Arc<Claims>,
    finish: Arc<AtomicBool>,
}

impl Stop {
    pub(super) fn new() -> Self {
        Self { claims: Arc::default(), finish: Arc::default() }
    }

    /// The claims that are released when the run is abandoned.
    pub(super) fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Begins no further trial, and lets running ones finish.
    pub fn finish(&self) {
        self.finish.store(true, Ordering::Relaxed);
    }

    /// Gives up the running trials, so that other processes can take them. The process has to end
    /// now.
    pub fn abandon(&self) {
        self.finish();
        self.claims.abandon();
    }

    /// Whether an end was requested.
    pub fn is_asked(&self) -> bool {
        self.finish.load(Ordering::Relaxed)
    }
}
