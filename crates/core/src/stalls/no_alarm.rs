//! The waits of tasks without the feature `tokio`: there are none, because only tokio's locks are waited for so.

use super::Locks;
use std::time::Duration;

/// No waits.
#[derive(Debug, Default)]
pub(super) struct Alarms {}

impl Alarms {
    pub(super) fn ring(&self, _locks: &Locks, _patience: Duration) {}
}
