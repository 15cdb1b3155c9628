//! The waits of tasks without the features `tokio` and `parking_lot`: there are none, because only their locks are waited for
//! so.

use super::Locks;
use std::time::Duration;

/// No waits.
#[derive(Debug, Default)]
pub(super) struct Alarms {}

impl Alarms {
    pub(super) fn ring(&self, _locks: &Locks, _patience: Duration) {}
}
