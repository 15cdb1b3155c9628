//! The wait for a lock of tokio: a future that captures its stack when it has waited too long.

use crate::process;
use crate::stalls::PolledWait;
use crate::wire::Outcome;
use crate::witness::{LockRecord, Site};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

/// Waits as `lock` does, with one poll of it for each poll of this.
pub(super) async fn waiting<F: Future>(record: &Arc<LockRecord>, site: Site, lock: F) -> F::Output {
    let mut lock = pin!(lock);
    let mut waiting = Waiting {
        record,
        site,
        wait: None,
    };
    poll_fn(|context| {
        let result = lock.as_mut().poll(context);
        match &result {
            Poll::Pending => waiting.on_pending(context.waker()),
            Poll::Ready(_) => waiting.end(Outcome::Acquired),
        }
        result
    })
    .await
}

struct Waiting<'r> {
    record: &'r Arc<LockRecord>,
    site: Site,
    /// `None` until a poll was pending.
    wait: Option<PolledWait>,
}

impl Waiting<'_> {
    #[cold]
    fn on_pending(&mut self, waker: &Waker) {
        let locks = process::locks();
        match &self.wait {
            Some(wait) => wait.on_pending(locks, waker),
            None => self.wait = locks.polled_wait(self.record, self.site, waker),
        }
    }

    fn end(&mut self, outcome: Outcome) {
        if let Some(wait) = self.wait.take() {
            wait.end(process::locks(), outcome);
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.end(Outcome::GaveUp);
    }
}
