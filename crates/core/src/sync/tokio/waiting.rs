//! The wait for a lock of tokio: a future that captures its stack when it has waited too long.

use crate::process;
use crate::stalls::{PolledWait, Wanted};
use crate::wire::Outcome;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Poll, Waker};

/// Waits as `lock` does, with one poll of it for each poll of this.
pub(super) async fn waiting<F: Future>(wanted: Wanted<'_>, lock: F) -> F::Output {
    let mut lock = pin!(lock);
    let mut waiting = Waiting { wanted, wait: None };
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
    wanted: Wanted<'r>,
    /// `None` until a poll was pending.
    wait: Option<PolledWait>,
}

impl Waiting<'_> {
    #[cold]
    fn on_pending(&mut self, waker: &Waker) {
        let locks = process::locks();
        match &self.wait {
            Some(wait) => wait.on_pending(locks, waker),
            None => self.wait = locks.polled_wait(self.wanted, waker),
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
