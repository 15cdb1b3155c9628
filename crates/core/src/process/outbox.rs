//! What is to be told, and the thread that tells it.
//!
//! To tell may last for ever: standard error may be a pipe without a reader, and a subscriber of the application may wait for
//! a lock of its own. So each outbox has a thread that tells, and no other thread waits for that.

use crate::threads;
use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The limit of what waits, in bytes. What does not fit is counted.
const MOST_BYTES: usize = 4 << 20;

/// What one item takes beside its text.
const OVERHEAD: usize = 64;

thread_local! {
    static IS_TELLING: Cell<bool> = const { Cell::new(false) };
}

/// A bounded queue of what is to be told.
pub(super) struct Outbox<T: 'static> {
    /// The thread's name.
    name: &'static str,
    tell: fn(T),
    /// Says that so many items did not fit.
    tell_lost: fn(u64),
    state: Mutex<State<T>>,
    filled: Condvar,
    told: Condvar,
}

struct State<T> {
    waiting: VecDeque<(T, usize)>,
    bytes: usize,
    /// How many items were ever put in.
    put: u64,
    /// How many of them have been told.
    done: u64,
    /// How many did not fit since this was last said.
    lost: u64,
    has_thread: bool,
}

impl<T: Send + 'static> Outbox<T> {
    pub(super) const fn new(name: &'static str, tell: fn(T), tell_lost: fn(u64)) -> Self {
        Outbox {
            name,
            tell,
            tell_lost,
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                bytes: 0,
                put: 0,
                done: 0,
                lost: 0,
                has_thread: false,
            }),
            filled: Condvar::new(),
            told: Condvar::new(),
        }
    }

    /// Has an item told, which has a text of so many bytes.
    pub(super) fn put(&'static self, item: T, bytes: usize) {
        let mut state = self.state();
        let size = bytes.saturating_add(OVERHEAD);
        let sum = state.bytes.saturating_add(size);
        if sum > MOST_BYTES && !state.waiting.is_empty() {
            state.lost = state.lost.saturating_add(1);
            return;
        }
        state.bytes = sum;
        state.waiting.push_back((item, size));
        state.put = state.put.saturating_add(1);
        if !state.has_thread {
            // Without a thread the next item tries again.
            state.has_thread = threads::spawn(self.name, || self.run()).is_ok();
        }
        drop(state);
        self.filled.notify_one();
    }

    fn run(&self) {
        IS_TELLING.set(true);
        loop {
            let (item, lost) = self.next();
            // A subscriber that panics must not end this thread.
            let _ = catch_unwind(AssertUnwindSafe(|| (self.tell)(item)));
            if lost > 0 {
                let _ = catch_unwind(|| (self.tell_lost)(lost));
            }
            let mut state = self.state();
            state.done = state.done.saturating_add(1);
            drop(state);
            self.told.notify_all();
        }
    }

    /// Waits for the next item. Gives how many were lost, if no more wait.
    fn next(&self) -> (T, u64) {
        let mut state = self.state();
        loop {
            if let Some((item, size)) = state.waiting.pop_front() {
                state.bytes = state.bytes.saturating_sub(size);
                let is_last = state.waiting.is_empty();
                let lost = if is_last {
                    std::mem::take(&mut state.lost)
                } else {
                    0
                };
                return (item, lost);
            }
            state = self
                .filled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until everything is told: as long as it goes on, but no item lasts longer than `patience`, and until
    /// `deadline`.
    pub(super) fn flush(&self, patience: Duration, deadline: Instant) {
        // What is told now may be what ends the process.
        if IS_TELLING.try_with(Cell::get).unwrap_or(true) {
            return;
        }
        let mut state = self.state();
        while state.has_thread && state.done < state.put {
            let before = state.done;
            let left = deadline.saturating_duration_since(Instant::now());
            let waited = self
                .told
                .wait_timeout_while(state, patience.min(left), |state| state.done == before);
            let (now, end) = waited.unwrap_or_else(PoisonError::into_inner);
            if end.timed_out() {
                return;
            }
            state = now;
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    static TOLD: Mutex<Option<Sender<String>>> = Mutex::new(None);
    static GATE: Mutex<()> = Mutex::new(());
    static OUTBOX: Outbox<String> = Outbox::new("outbox under test", tell, tell_lost);

    fn tell(text: String) {
        let _open = GATE.lock();
        say(text);
    }

    fn tell_lost(lost: u64) {
        say(format!("{lost} lost"));
    }

    fn say(text: String) {
        let told = TOLD.lock().expect("no panic");
        told.as_ref()
            .expect("it is set")
            .send(text)
            .expect("it is read");
    }

    fn next(told: &Receiver<String>) -> String {
        told.recv_timeout(Duration::from_secs(20))
            .expect("it is told")
    }

    #[test]
    fn what_does_not_fit_is_counted_and_said_when_there_is_room() {
        let (to_here, told) = channel();
        *TOLD.lock().expect("no panic") = Some(to_here);
        let closed = GATE.lock().expect("no panic");
        OUTBOX.put("first".to_owned(), 0);
        // The thread is inside the first item when there is room for the whole of the second.
        while !OUTBOX.state().waiting.is_empty() {
            std::thread::yield_now();
        }
        OUTBOX.put("second".to_owned(), MOST_BYTES - OVERHEAD);
        OUTBOX.put("third".to_owned(), 0);
        OUTBOX.put("fourth".to_owned(), 0);
        let begun = Instant::now();
        OUTBOX.flush(Duration::from_millis(10), begun + Duration::from_secs(60));
        assert!(begun.elapsed() < Duration::from_secs(20), "it gives up");
        drop(closed);
        assert_eq!(
            [next(&told), next(&told), next(&told)],
            ["first", "second", "2 lost"]
        );
        OUTBOX.put("fifth".to_owned(), 0);
        let long = Duration::from_secs(20);
        OUTBOX.flush(long, Instant::now() + long);
        assert_eq!(told.try_recv().as_deref(), Ok("fifth"));
    }
}
