//! Backlogs that are findings: what was queued in an object, and was not offered to the stream for too long.

use crate::wire::bytes::{Backlog, Bounds, Outgoing};
use crate::wire::finding::{
    Audience, Finding, OpenFinding, PairKey, Recorder, Unsettled, next_finding,
};
use crate::wire::half::Outcome;
use crate::wire::handle::Handle;
use crate::wire::handle::Wire;
use crate::wire::registry::Registry;
use crate::witness::{Operation, Site, Stamp};
use redhanded_report::Kind;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

impl Handle {
    /// How many bytes of frames its object has queued at most, if that is known.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn queued_at_most(&self) -> Option<u64> {
        self.outgoing().queue().at_most()
    }

    /// To be called before a message is queued that nothing writes for now.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn queues(&self, operation: Operation, site: Site) {
        self.outgoing().queue().add(operation, site);
        if self.wire().refuses_tears {
            self.queue_ahead(operation);
        }
    }

    /// To be called when there was no room for it.
    #[cold]
    pub(crate) fn on_not_queued(&self, operation: Operation) {
        let queue = self.outgoing().queue();
        queue.take_back(operation);
        if let Some(first) = operation.first_byte() {
            queue.ahead().take(Bounds::of_frame(first));
        }
    }

    /// To be called before the stream is flushed.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn flushes(&self) {
        self.outgoing().queue().end();
    }

    /// To be called after the stream was offered bytes, or flushed: with whether it took everything.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn on_tried(&self, took_all: bool) {
        self.outgoing().queue().note_attempt(took_all);
    }
}

/// A backlog that is a finding.
#[derive(Debug)]
pub(crate) struct Stalled {
    finding: Finding,
    is_kept: bool,
    outgoing: Weak<Outgoing>,
    since: u64,
    last: Mutex<(Backlog, Option<(Stamp, Outcome)>)>,
}

impl Registry {
    /// Backlogs that have become a finding by now. Each is told once. Where the process stood still since the last call, the
    /// patience with each begins anew.
    pub(crate) fn stalled(
        &self,
        patience: Duration,
        stood_still: bool,
        recorder: &dyn Recorder,
    ) -> Vec<Arc<Stalled>> {
        let now = Stamp::now();
        let mut stalled = Vec::new();
        self.shared.queued.look(|handle| {
            let Some(outgoing) = handle.outgoing.upgrade() else {
                return false;
            };
            if stood_still {
                outgoing.queue().notice_anew(now);
            }
            if let Some(since) = outgoing.queue().late_since(now, patience) {
                let tell = |wire: &Wire| wire.stalled(&outgoing, since, recorder);
                stalled.extend(self.look(&handle.wire, tell).flatten().map(Arc::new));
            }
            outgoing.queue().has_queued()
        });
        stalled
    }
}

impl Wire {
    /// `None` if it was written meanwhile.
    fn stalled(
        &self,
        outgoing: &Arc<Outgoing>,
        since: u64,
        recorder: &dyn Recorder,
    ) -> Option<Stalled> {
        if self.claims.is_given_up() {
            return None;
        }
        let (mut first, backlog) = outgoing.queue().tell(outgoing.handle(), since)?;
        first.made = outgoing.made().load();
        let key = PairKey::new(Kind::Stall, first.side(), first.side());
        let all = Audience::default();
        let audience = recorder.audience_of_pair(self.id, [&all, &all]);
        let tally = recorder.tally(&key, &audience);
        let is_kept = tally.reserve();
        let finding = Finding {
            id: next_finding(),
            key,
            tally,
            wire: self.id,
            socket: self.socket.clone(),
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
            outgoing: Arc::downgrade(outgoing),
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
            self.finding.tally.add(1);
        }
    }

    /// Tells the recorder that it is over, if it is. Gives whether it is.
    pub(crate) fn close_if_over(&self, recorder: &dyn Recorder) -> bool {
        let finding = self.now();
        let is_over = finding.first.ended.is_some();
        if is_over && self.is_kept {
            self.finding.tally.add(1);
            recorder.closed(finding);
        }
        is_over
    }

    fn now(&self) -> Finding {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match self.outgoing.upgrade() {
            Some(outgoing) if outgoing.queue().is_since(self.since) => {
                last.0 = outgoing.queue().backlog()
            }
            Some(outgoing) if last.1.is_none() => last.1 = Some(outgoing.queue().end_of_told()),
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
        let is_queued = |outgoing: Arc<Outgoing>| outgoing.queue().is_since(self.since);
        last.1.is_none() && self.outgoing.upgrade().is_some_and(is_queued)
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::wire::identity::Socket;
    use crate::wire::test_recorder::{TestRecorder, here};
    use crate::witness::Act;

    #[test]
    fn what_is_written_just_when_it_is_found_late_is_no_finding_and_the_next_one_is() {
        let recorder = Arc::new(TestRecorder::default());
        let wire = Arc::new(Wire::new(
            1,
            Socket::unknown(),
            recorder.clone(),
            Arc::default(),
        ));
        let handle = Handle::new(wire.clone(), Socket::unknown()).unwrap();
        let late = || {
            handle
                .outgoing()
                .queue()
                .late_since(Stamp::now(), Duration::ZERO)
        };
        handle.queues(Operation::new(Act::WriteText, 5), here());
        assert_eq!(late(), None, "it is only noticed");
        let since = late().expect("it is late");
        handle.flushes();
        assert!(wire.stalled(handle.outgoing(), since, &*recorder).is_none());
        handle.queues(Operation::new(Act::WriteText, 7), here());
        assert_eq!(late(), None);
        let stalled = wire
            .stalled(
                handle.outgoing(),
                late().expect("it was not told yet"),
                &*recorder,
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
