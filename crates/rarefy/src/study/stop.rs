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

    /// What it gives up where it is abandoned.
    pub(super) fn claims(&self) -> &Claims {
        &self.claims
    }

    /// No further trial is begun; those under way are finished.
    pub fn finish(&self) {
        self.finish.store(true, Ordering::Relaxed);
    }

    /// Gives up the trials under way, for others to take: the process must end now.
    pub fn abandon(&self) {
        self.finish();
        self.claims.abandon();
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        self.finish.load(Ordering::Relaxed)
    }
}
