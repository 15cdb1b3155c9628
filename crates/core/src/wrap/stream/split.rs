//! A frame of which half was handed on, so that another writer may come into it: its poll is pending until the rest may go out.
//! Only with `REDHANDED_PROVOKE=full+split`.

use super::Watched;
use std::task::Context;
use std::time::Instant;

impl<S> Watched<S> {
    /// Whether a poll that writes is to be pending now. Its task is then woken when the rest may go out.
    #[inline]
    pub(super) fn waits_with_rest(&mut self, context: &Context<'_>) -> bool {
        self.rest_at.is_some() && self.waits_until_then(context)
    }

    #[cold]
    fn waits_until_then(&mut self, context: &Context<'_>) -> bool {
        match (self.rest_at, self.handle()) {
            (Some(at), Some(handle)) if Instant::now() < at => {
                handle.wake_at(at, context.waker());
                true
            }
            _ => {
                self.rest_at = None;
                false
            }
        }
    }
}
