//! Tasks that wait for the rest of a frame that was split. The worker wakes them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

#[derive(Debug, Default)]
pub(super) struct Wakes(Mutex<Vec<(Instant, Waker)>>);

impl Wakes {
    /// Wakes a task at that time, or a little later.
    #[cfg_attr(not(any(feature = "futures-io", feature = "tokio")), allow(dead_code))] // Only polls go on later.
    pub(super) fn add(&self, at: Instant, waker: &Waker) {
        let mut waiting = self.waiting();
        let is_known = waiting
            .iter()
            .any(|(until, known)| *until == at && known.will_wake(waker));
        if !is_known {
            waiting.push((at, waker.clone()));
        }
    }

    /// Wakes those whose time has come.
    pub(super) fn wake(&self, now: Instant) {
        let due: Vec<_> = {
            let mut waiting = self.waiting();
            let all = std::mem::take(&mut *waiting);
            let (due, later) = all.into_iter().partition(|(at, _)| *at <= now);
            *waiting = later;
            due
        };
        // Outside the lock: a waker is foreign code.
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<(Instant, Waker)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::task::Wake;
    use std::time::Duration;

    #[derive(Default)]
    struct Counted(AtomicUsize);

    impl Wake for Counted {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    #[test]
    fn a_task_is_woken_once_when_its_time_has_come() {
        let (counted, wakes) = (Arc::new(Counted::default()), Wakes::default());
        let (now, waker) = (Instant::now(), Waker::from(counted.clone()));
        let later = now + Duration::from_millis(1);
        wakes.add(later, &waker);
        wakes.add(later, &waker);
        for (at, woken) in [(now, 0), (later, 1), (later, 1)] {
            wakes.wake(at);
            assert_eq!(counted.0.load(Relaxed), woken);
        }
    }
}
