//! The inbox: what writers put in and the worker takes out.

use crate::threads::UsedTime;
use crate::wire::{Finding, OpenFinding};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// What a writer puts in.
#[derive(Debug)]
pub(crate) enum Message {
    Opened(OpenFinding),
    Closed(Finding),
    Dismissed(u64),
    /// A thread waits until everything before it is done.
    Settle,
}

impl Message {
    fn is_finding(&self) -> bool {
        matches!(self, Message::Opened(_) | Message::Closed(_))
    }
}

/// How long a thread waits for the worker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// While the worker does not get on with anything.
    pub(crate) without_progress: Duration,
    pub(crate) in_all: Duration,
}

/// A queue that writers never wait for.
#[derive(Debug)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    /// Grows with all that the worker has done.
    progress: AtomicU64,
    worker: OnceLock<UsedTime>,
    /// How many findings are in the store without the names of functions.
    unnamed: AtomicU64,
    filled: Condvar,
    worked: Condvar,
}

#[derive(Debug, Default)]
struct State {
    messages: VecDeque<Message>,
    /// How many messages were ever put in.
    put: u64,
    /// How many of them the worker has handled.
    done: u64,
    /// How many messages with findings the worker has taken, and has not put into the store.
    taken_findings: u64,
    /// A finding has come of which both halves are there, so that it can be told at once.
    has_closed: bool,
}

impl State {
    fn is_awaited(&self) -> bool {
        let mut messages = self.messages.iter();
        messages.any(|message| matches!(message, Message::Settle))
    }

    fn take(&mut self) -> VecDeque<Message> {
        let findings = self.messages.iter().filter(|message| message.is_finding());
        self.taken_findings += findings.count() as u64;
        self.has_closed = false;
        std::mem::take(&mut self.messages)
    }
}

impl Inbox {
    /// The limit. Further messages are dropped, and their findings are only counted. Few findings of a fingerprint are
    /// kept in full, so that the inbox only gets full when the worker stands still.
    const MAX_MESSAGES: usize = 65_536;

    pub(crate) fn new() -> Self {
        Inbox {
            state: Mutex::default(),
            progress: AtomicU64::new(0),
            worker: OnceLock::new(),
            unnamed: AtomicU64::new(0),
            filled: Condvar::new(),
            worked: Condvar::new(),
        }
    }

    /// Puts a message in. Gives whether there was room for it. The first closed finding since the worker was last here wakes it: a
    /// process that is killed a moment later leaves its report. That is a system call, which does not block. The worker comes by
    /// itself for all others.
    pub(crate) fn put(&self, message: Message) -> bool {
        let is_closed = matches!(message, Message::Closed(_));
        let mut state = self.state();
        let has_room = state.messages.len() < Self::MAX_MESSAGES;
        if has_room {
            state.messages.push_back(message);
            state.put += 1;
        }
        let wakes = is_closed && !std::mem::replace(&mut state.has_closed, is_closed);
        drop(state);
        if wakes {
            self.filled.notify_one();
        }
        has_room
    }

    /// Takes all messages that are there after `patience`, or as soon as a thread waits for them. After `rest`, which is shorter, a
    /// closed finding is taken at once. The caller has handled everything that it took before.
    pub(crate) fn take_all(&self, rest: Duration, patience: Duration) -> VecDeque<Message> {
        let mut state = self.state();
        state.done = state.put - state.messages.len() as u64;
        state.taken_findings = 0;
        self.worked.notify_all();
        let waited = self
            .filled
            .wait_timeout_while(state, rest, |state| !state.is_awaited());
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let left = patience.saturating_sub(rest);
        let waited = self.filled.wait_timeout_while(state, left, |state| {
            !state.is_awaited() && !state.has_closed
        });
        waited.unwrap_or_else(PoisonError::into_inner).0.take()
    }

    /// Takes the messages that have come since [`take_all`](Self::take_all).
    pub(crate) fn take_more(&self) -> VecDeque<Message> {
        self.state().take()
    }

    /// Whether a thread waits for what is in.
    pub(crate) fn is_awaited(&self) -> bool {
        self.state().is_awaited()
    }

    /// The calling thread is the worker.
    pub(crate) fn note_worker(&self) {
        self.worker.get_or_init(UsedTime::of_this_thread);
    }

    /// The worker has got on with what it has taken.
    pub(crate) fn note_progress(&self) {
        self.progress.fetch_add(1, Relaxed);
    }

    /// So many findings are in the store without the names of functions.
    pub(crate) fn set_unnamed(&self, findings: usize) {
        self.unnamed.store(findings as u64, Relaxed);
    }

    /// How many findings are in the store without the names of functions.
    pub(crate) fn unnamed(&self) -> u64 {
        self.unnamed.load(Relaxed)
    }

    /// The findings that the worker has taken are in the store.
    pub(crate) fn note_stored(&self) {
        self.state().taken_findings = 0;
    }

    /// How many messages with findings are not in the store yet.
    pub(crate) fn unfinished_findings(&self) -> u64 {
        let state = self.state();
        let waiting = state.messages.iter().filter(|message| message.is_finding());
        waiting.count() as u64 + state.taken_findings
    }

    /// Waits until the worker has handled everything that is in now. Gives whether it has, or the patience was at its end.
    pub(crate) fn settle(&self, patience: Patience) -> bool {
        let begun = Instant::now();
        self.put(Message::Settle);
        let last = self.state().put;
        self.filled.notify_one();
        loop {
            // Not under the lock, which writers take.
            let before = self.progress();
            let left = patience.in_all.saturating_sub(begun.elapsed());
            let waited = self.worked.wait_timeout_while(
                self.state(),
                patience.without_progress.min(left),
                |state| state.done < last,
            );
            if waited.unwrap_or_else(PoisonError::into_inner).0.done >= last {
                return true;
            }
            let has_stopped = self.progress() == before;
            if has_stopped || begun.elapsed() >= patience.in_all {
                return false;
            }
        }
    }

    /// What differs from what it was before if the worker has got on meanwhile. To load the names of one finding takes half a second of
    /// its time, and so much longer where it seldom runs.
    fn progress(&self) -> (u64, Option<u64>) {
        let used = self.worker.get().and_then(UsedTime::nanoseconds);
        (self.progress.load(Relaxed), used)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::collector::store::fixtures::finding;
    use crate::collector::tally::ReportTally;
    use std::sync::Arc;
    use std::thread;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_worker_that_does_not_get_on_is_not_waited_for() {
        let inbox = Inbox::new();
        let patience = Patience {
            without_progress: SHORT,
            in_all: LONG,
        };
        assert!(!inbox.settle(patience));
        let patience = Patience {
            without_progress: LONG,
            in_all: SHORT,
        };
        assert!(!inbox.settle(patience));
    }

    #[test]
    fn a_closed_finding_is_taken_at_once_and_an_open_one_when_the_worker_comes() {
        let (inbox, begun) = (Inbox::new(), Instant::now());
        let tally = Arc::new(ReportTally::new(1));
        thread::scope(|scope| {
            let worker = scope.spawn(|| inbox.take_all(Duration::ZERO, LONG));
            assert!(inbox.put(Message::Dismissed(1)));
            assert!(inbox.put(Message::Closed(finding(1, &tally))));
            assert_eq!(worker.join().expect("no panic").len(), 2);
        });
        assert!(begun.elapsed() < LONG);
        // Not while it rests.
        assert!(inbox.put(Message::Closed(finding(2, &tally))));
        let begun = Instant::now();
        assert_eq!(inbox.take_all(SHORT, SHORT).len(), 1);
        assert!(begun.elapsed() >= SHORT);
    }

    #[test]
    fn a_worker_that_gets_on_is_waited_for_until_the_end_of_all_patience() {
        let inbox = Inbox::new();
        let begun = Instant::now();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                inbox.settle(Patience {
                    without_progress: LONG,
                    in_all: LONG,
                })
            });
            while inbox.take_all(LONG, LONG).is_empty() {}
            inbox.note_progress();
            inbox.take_all(Duration::ZERO, Duration::ZERO);
            assert!(waiting.join().expect("no panic"));
        });
        assert!(begun.elapsed() < LONG);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let patience = Patience {
                    without_progress: SHORT,
                    in_all: 5 * SHORT,
                };
                (inbox.settle(patience), Instant::now())
            });
            while !waiting.is_finished() {
                inbox.note_progress();
                thread::yield_now();
            }
            assert!(!waiting.join().expect("no panic").0);
        });
    }

    /// As one that loads the names of a large program where many others want the processor.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_worker_that_uses_its_processor_is_waited_for_though_it_has_nothing_to_show() {
        let (inbox, patience) = (Inbox::new(), Duration::from_secs(1));
        thread::scope(|scope| {
            inbox.note_worker();
            let waiting = scope.spawn(|| {
                inbox.settle(Patience {
                    without_progress: patience,
                    in_all: LONG,
                })
            });
            while inbox.take_all(LONG, LONG).is_empty() {}
            let begun = Instant::now();
            while begun.elapsed() < patience * 5 / 2 {
                std::hint::spin_loop();
            }
            inbox.take_all(Duration::ZERO, Duration::ZERO);
            assert!(waiting.join().expect("no panic"));
        });
    }
}
