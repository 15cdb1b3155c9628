//! The backlog of a handle: what was queued in its object and nobody has tried to write since.
//!
//! Kept by whoever uses the handle, with plain stores; looked at from aside every so often. Whoever offers bytes to the
//! stream, or flushes it, has tried: then all that is still queued waits for the peer, and for nobody here. So does what
//! comes behind it, until the stream takes all that it is offered again.

use super::finding::{Backlog, Half, Outcome};
use super::slot::Slot;
use super::sync::{AtomicBool, AtomicU64, Ordering::Relaxed, current_thread};
use super::{Account, PairKey, Recorder, Registry, Socket, Unsettled, Wire};
use super::{Finding, Handle, OpenFinding, next_finding};
use crate::report::Kind;
use crate::witness::{Operation, Site, Stamp, Task, current_task};
use crossbeam_utils::atomic::AtomicCell;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

/// The backlog of one handle, and who began it.
#[derive(Debug)]
pub(super) struct Queue {
    /// When the first of it was queued, to a tenth of a second; zero while there is none.
    since: AtomicU64,
    /// When it was first looked at: what is kept above may be earlier, where whoever ticks was late. Of a finding that is
    /// over, when it ended.
    noticed: AtomicU64,
    messages: AtomicU32,
    bytes: AtomicU64,
    operation: AtomicU64,
    site: AtomicCell<Site>,
    thread: AtomicU64,
    task: AtomicCell<Option<Task>>,
    /// It is a finding: its end is to be noted.
    is_told: AtomicBool,
    was_dropped: AtomicBool,
    /// The stream did not take all that it was last offered.
    is_full: AtomicBool,
}

impl Queue {
    pub(super) fn new() -> Self {
        Queue {
            since: AtomicU64::new(0),
            noticed: AtomicU64::new(0),
            messages: AtomicU32::new(0),
            bytes: AtomicU64::new(0),
            operation: AtomicU64::new(0),
            site: AtomicCell::new(Site::IN_BACKTRACE),
            thread: AtomicU64::new(0),
            task: AtomicCell::new(None),
            is_told: AtomicBool::new(false),
            was_dropped: AtomicBool::new(false),
            is_full: AtomicBool::new(false),
        }
    }

    #[inline]
    fn add(&self, operation: Operation, site: Site) {
        if self.is_full.load(Relaxed) {
            return;
        }
        if self.since.load(Relaxed) != 0 {
            self.messages
                .store(self.messages.load(Relaxed).saturating_add(1), Relaxed);
            self.bytes
                .store(self.bytes.load(Relaxed) + operation.length(), Relaxed);
            return;
        }
        self.noticed.store(0, Relaxed);
        // The last one may have been told of just when it ended.
        self.is_told.store(false, Relaxed);
        self.messages.store(1, Relaxed);
        self.bytes.store(operation.length(), Relaxed);
        self.operation.store(operation.to_bits(), Relaxed);
        self.site.store(site);
        self.thread.store(current_thread(), Relaxed);
        self.task.store(current_task());
        let recent = Stamp::recent_bits();
        self.since.store(
            if recent != 0 {
                recent
            } else {
                Stamp::now().to_bits()
            },
            Relaxed,
        );
    }

    fn take_back(&self, operation: Operation) {
        if self.since.load(Relaxed) == 0 {
            return;
        }
        match self.messages.load(Relaxed) {
            0 | 1 => self.since.store(0, Relaxed),
            messages => {
                self.messages.store(messages - 1, Relaxed);
                self.bytes
                    .store(self.bytes.load(Relaxed) - operation.length(), Relaxed);
            }
        }
    }

    /// Somebody tries to write it.
    #[inline]
    pub(super) fn end(&self) {
        if self.since.load(Relaxed) != 0 {
            self.end_with(false);
        }
    }

    pub(super) fn end_with(&self, was_dropped: bool) {
        if self.is_told.swap(false, Relaxed) {
            self.was_dropped.store(was_dropped, Relaxed);
            self.noticed.store(Stamp::now().to_bits(), Relaxed);
        }
        self.since.store(0, Relaxed);
    }

    fn backlog(&self) -> Backlog {
        Backlog {
            messages: self.messages.load(Relaxed).into(),
            bytes: self.bytes.load(Relaxed),
        }
    }
}

impl Handle {
    /// To be called before a message is queued that nothing writes for now.
    #[inline]
    pub(crate) fn queues(&self, operation: Operation, site: Site) {
        self.slot().queue().add(operation, site);
    }

    /// To be called when there was no room for it.
    #[cold]
    pub(crate) fn has_not_queued(&self, operation: Operation) {
        self.slot().queue().take_back(operation);
    }

    /// To be called before the stream is flushed.
    #[inline]
    pub(crate) fn flushes(&self) {
        self.slot().queue().end();
    }

    /// To be called after the stream was offered bytes, or flushed: with whether it took everything.
    #[inline]
    pub(crate) fn has_tried(&self, took_all: bool) {
        let is_full = &self.slot().queue().is_full;
        if is_full.load(Relaxed) == took_all {
            is_full.store(!took_all, Relaxed);
        }
    }
}

/// A backlog that is a finding.
#[derive(Debug)]
pub(crate) struct Stalled {
    finding: Finding,
    is_kept: bool,
    slot: Weak<Slot>,
    since: u64,
    last: Mutex<(Backlog, Option<(Stamp, Outcome)>)>,
}

impl Registry {
    /// Backlogs that have become a finding by now. Each is told once.
    pub(crate) fn stalled(&self, patience: Duration, recorder: &dyn Recorder) -> Vec<Arc<Stalled>> {
        let now = Stamp::now();
        let wires = self.known();
        let of_wire = |wire: &Wire| {
            let late: Vec<(Arc<Slot>, u64)> = {
                let contest = super::sync::lock(&wire.contest);
                let late = |slot: &Arc<Slot>| {
                    Some((slot.clone(), slot.queue().late_since(now, patience)?))
                };
                contest.present(usize::MAX).filter_map(late).collect()
            };
            late.iter()
                .filter_map(|(slot, since)| wire.stalled(slot, *since, recorder))
                .map(Arc::new)
                .collect::<Vec<_>>()
        };
        wires
            .iter()
            .filter_map(|known| self.look(known, of_wire))
            .flatten()
            .collect()
    }
}

impl Queue {
    /// Since when there is a backlog that is late, and not told of.
    fn late_since(&self, now: Stamp, patience: Duration) -> Option<u64> {
        let since = self.since.load(Relaxed);
        if since == 0 || self.is_told.load(Relaxed) {
            return None;
        }
        match self.noticed.load(Relaxed) {
            0 => {
                self.noticed.store(now.to_bits(), Relaxed);
                None
            }
            noticed => {
                let is_late =
                    now.micros_since(Stamp::from_bits(noticed)) >= patience.as_secs_f64() * 1e6;
                is_late.then_some(since)
            }
        }
    }
}

impl Wire {
    /// `None` if it was written meanwhile.
    fn stalled(&self, slot: &Arc<Slot>, since: u64, recorder: &dyn Recorder) -> Option<Stalled> {
        let queue = slot.queue();
        queue.is_told.store(true, Relaxed);
        let mut first = Half {
            handle: slot.handle(),
            operation: Operation::from_bits(queue.operation.load(Relaxed)),
            site: queue.site.load(),
            thread: queue.thread.load(Relaxed),
            thread_name: None,
            task: queue.task.load(),
            began: Stamp::from_bits(since),
            ended: None,
            stack: None,
            dropped: None,
            is_queued: true,
        };
        first.name_thread();
        let backlog = queue.backlog();
        if queue.since.load(Relaxed) != since {
            queue.is_told.store(false, Relaxed);
            return None;
        }
        let key = PairKey::new(Kind::Stall, first.side(), first.side());
        let scope = super::sync::lock(&self.contest).scope();
        let account: Arc<Account> = recorder.account(&key, scope.as_ref());
        let is_kept = account.reserve();
        let socket: Socket = self.socket.clone();
        let finding = Finding {
            id: next_finding(),
            key,
            account,
            wire: self.id,
            socket,
            seen: SystemTime::now(),
            first,
            second: None,
            tear: None,
            doubt: None,
            lock: None,
            backlog: Some(backlog),
        };
        let last = Mutex::new((backlog, None));
        Some(Stalled {
            finding,
            is_kept,
            slot: Arc::downgrade(slot),
            since,
            last,
        })
    }
}

impl Stalled {
    /// Tells the recorder that it has begun.
    pub(crate) fn open(self: &Arc<Self>, recorder: &dyn Recorder) {
        let on: Weak<Stalled> = Arc::downgrade(self);
        if self.is_kept {
            recorder.opened(OpenFinding {
                finding: self.now(),
                on,
            });
        } else {
            self.finding.account.add(1);
        }
    }

    /// Tells the recorder that it is over, if it is. Gives whether it is.
    pub(crate) fn close_if_over(&self, recorder: &dyn Recorder) -> bool {
        let finding = self.now();
        let is_over = finding.first.ended.is_some();
        if is_over && self.is_kept {
            self.finding.account.add(1);
            recorder.closed(finding);
        }
        is_over
    }

    fn now(&self) -> Finding {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match self.slot.upgrade() {
            Some(slot) if slot.queue().since.load(Relaxed) == self.since => {
                last.0 = slot.queue().backlog()
            }
            Some(slot) if last.1.is_none() => {
                let was_dropped = slot.queue().was_dropped.load(Relaxed);
                let outcome = if was_dropped {
                    Outcome::Dropped
                } else {
                    Outcome::Flushed
                };
                // The next one may have begun already.
                let ended = match slot.queue().noticed.load(Relaxed) {
                    0 => Stamp::now(),
                    ended => Stamp::from_bits(ended),
                };
                last.1 = Some((ended, outcome));
            }
            None if last.1.is_none() => last.1 = Some((Stamp::now(), Outcome::Dropped)),
            _ => {}
        }
        let mut finding = self.finding.clone();
        finding.backlog = Some(last.0);
        finding.first.ended = last.1;
        finding
    }
}

impl Unsettled for Stalled {
    fn as_it_is_now(&self, _finding: u64) -> Option<Finding> {
        Some(self.now()).filter(|finding| finding.first.ended.is_none())
    }

    fn is_open(&self, _finding: u64) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_queued = |slot: Arc<Slot>| slot.queue().since.load(Relaxed) == self.since;
        last.1.is_none() && self.slot.upgrade().is_some_and(is_queued)
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::super::notebook::{Notebook, here};
    use super::super::registry::Keeper;
    use super::*;
    use crate::witness::Act;

    #[test]
    fn what_is_written_just_when_it_is_found_late_is_no_finding_and_the_next_one_is() {
        let notebook = Arc::new(Notebook::default());
        let wire = Arc::new(Wire::new(
            1,
            Socket::unknown(),
            notebook.clone(),
            Arc::new(Keeper::default()),
        ));
        let handle = Handle::new(wire.clone(), Socket::unknown()).unwrap();
        let late = || {
            handle
                .slot()
                .queue()
                .late_since(Stamp::now(), Duration::ZERO)
        };
        handle.queues(Operation::new(Act::WriteText, 5), here());
        assert_eq!(late(), None, "it is only noticed");
        let since = late().expect("it is late");
        handle.flushes();
        assert!(wire.stalled(handle.slot(), since, &*notebook).is_none());
        handle.queues(Operation::new(Act::WriteText, 7), here());
        assert_eq!(late(), None);
        let stalled = wire
            .stalled(
                handle.slot(),
                late().expect("nobody was told of it"),
                &*notebook,
            )
            .unwrap();
        assert_eq!(
            (
                stalled.now().backlog.unwrap().bytes,
                stalled.now().first.ended
            ),
            (7, None)
        );
        assert!(stalled.is_open(0));
        handle.flushes();
        assert!(!stalled.is_open(0), "known before it is noted");
        assert!(stalled.now().first.ended.is_some());
    }
}
