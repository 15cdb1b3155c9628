//! What only one may have at a time, handed over by value: whoever takes it has it, and nobody else can.
//!
//! Taking and giving back are one atomic exchange each. Whoever finds it taken can wait: a thread by sleeping, a task by
//! being polled again.

mod primitives;

use primitives::{AtomicBool, Condvar, Exchanged, Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, Waker};

/// A value that one at a time can have.
pub struct Baton<T> {
    // Every access is an exchange that acquires and releases, also one that finds nothing. So who gives back either reads
    // what a later taker left behind, and with it that it is awaited; or comes first, and the taker finds the value.
    value: Exchanged<T>,
    /// Somebody waits, or is about to. Written before the exchange that finds nothing.
    is_awaited: AtomicBool,
    waiting: Mutex<Waiting>,
    is_back: Condvar,
}

/// Tasks that wait.
#[derive(Debug, Default)]
struct Waiting {
    wakers: BTreeMap<u64, Waker>,
    next: u64,
}

/// A task's place among those that wait; nothing until it has to.
#[derive(Debug, Default)]
pub struct Place(Option<u64>);

impl<T> Baton<T> {
    pub fn new(value: T) -> Self {
        Baton {
            value: Exchanged::new(Box::new(value)),
            is_awaited: AtomicBool::new(false),
            waiting: Mutex::new(Waiting::default()),
            is_back: Condvar::new(),
        }
    }

    /// The value, if nobody has it.
    #[inline]
    pub fn try_take(&self) -> Option<Box<T>> {
        self.value.exchange(None)
    }

    /// Gives the value back, which only whoever has it can.
    #[inline]
    pub fn give_back(&self, value: Box<T>) {
        // Nothing was there; to find that out would cost more than all the rest.
        std::mem::forget(self.value.exchange(Some(value)));
        if self.is_awaited.load(Relaxed) {
            self.wake();
        }
    }

    /// The value, as soon as nobody has it.
    pub fn take(&self) -> Box<T> {
        let mut waiting = self.waiting();
        loop {
            self.is_awaited.store(true, Relaxed);
            if let Some(value) = self.try_take() {
                return value;
            }
            waiting = self
                .is_back
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The same, polled.
    pub fn poll_take(&self, place: &mut Place, context: &mut Context<'_>) -> Poll<Box<T>> {
        // Outside the lock: a waker is anybody's code, also where it is cloned or dropped.
        let waker = context.waker().clone();
        let mut waiting = self.waiting();
        self.is_awaited.store(true, Relaxed);
        let (result, stale) = match self.try_take() {
            Some(value) => (
                Poll::Ready(value),
                place
                    .0
                    .take()
                    .and_then(|place| waiting.wakers.remove(&place)),
            ),
            None => {
                let place = *place.0.get_or_insert_with(|| {
                    waiting.next += 1;
                    waiting.next
                });
                (Poll::Pending, waiting.wakers.insert(place, waker))
            }
        };
        drop(waiting);
        drop(stale);
        result
    }

    /// A task waits no more.
    pub fn leave(&self, place: &mut Place) {
        if let Some(place) = place.0.take() {
            let waker = self.waiting().wakers.remove(&place);
            drop(waker);
        }
    }

    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner().map(|value| *value)
    }

    /// Wakes everybody: waiting is rare here, and whoever is woken and goes away has taken nothing from the others.
    #[cold]
    fn wake(&self) {
        let wakers = {
            let mut waiting = self.waiting();
            self.is_awaited.store(false, Relaxed);
            self.is_back.notify_all();
            std::mem::take(&mut waiting.wakers)
        };
        // Outside the lock: a waker is anybody's code.
        wakers.into_values().for_each(Waker::wake);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Baton<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Baton").finish_non_exhaustive()
    }
}

#[cfg(all(test, redhanded_loom))]
mod model;

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;
    use std::thread;

    #[derive(Debug, Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    #[test]
    fn one_at_a_time_has_it_whoever_comes() {
        let baton = Baton::new(0u64);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        let mut value = baton.take();
                        *value += 1;
                        baton.give_back(value);
                    }
                });
            }
        });
        assert_eq!(baton.into_inner(), Some(40_000));
    }

    #[test]
    fn a_task_that_waits_is_woken_once_and_then_finds_it() {
        let (baton, counter) = (Baton::new(7), Arc::<Counter>::default());
        let waker = Waker::from(counter.clone());
        let mut context = Context::from_waker(&waker);
        let (mut place, mut gone) = (Place::default(), Place::default());
        let value = baton.try_take().unwrap();
        assert!(baton.poll_take(&mut place, &mut context).is_pending());
        assert!(baton.poll_take(&mut place, &mut context).is_pending());
        assert!(baton.poll_take(&mut gone, &mut context).is_pending());
        baton.leave(&mut gone);
        assert_eq!(counter.0.load(Relaxed), 0);
        baton.give_back(value);
        assert_eq!(counter.0.load(Relaxed), 1);
        assert!(baton.poll_take(&mut place, &mut context).is_ready());
    }
}
