//! The limit of a wait.

use std::time::{Duration, Instant};

/// The instant at which a wait gives up, if it ever does.
#[derive(Debug, Clone, Copy)]
pub(in crate::sync) struct Until(Option<Instant>);

impl Until {
    pub(in crate::sync) const NEVER: Until = Until(None);

    pub(in crate::sync) fn at(instant: Instant) -> Until {
        Until(Some(instant))
    }

    /// A limit that no clock can tell is none.
    pub(in crate::sync) fn within(limit: Duration) -> Until {
        Until(Instant::now().checked_add(limit))
    }

    /// What is left. `None` if there is no limit.
    pub(in crate::sync) fn left(self) -> Option<Duration> {
        let until = self.0?;
        Some(until.saturating_duration_since(Instant::now()))
    }

    pub(in crate::sync) fn is_over(self) -> bool {
        self.left().is_some_and(|left| left.is_zero())
    }
}
