//! The traffic of a wire: its record, and what the quiet path asks without a lock.

use super::reading::{Reading, Scale};
use super::record::Record;
use crate::wire::identity::counters::Taken;
use crate::wire::sync::{Mutex, MutexGuard, lock};
// std's under loom, too: they are set before a claim is given back and read after the next one is taken, so that the
// owner word publishes them.
use std::sync::atomic::{
    AtomicBool, AtomicU8,
    Ordering::{Relaxed, Release},
};

#[derive(Debug)]
pub(crate) struct Traffic {
    record: Mutex<Record>,
    /// Where the wire's bytes begin on the scale of the kernel's counters.
    pub(crate) scale: Scale,
    /// What is open, as the bits below say. Zero nearly always, so that a quiet send asks once.
    open: AtomicU8,
    /// A data frame has gone by, so that it is known whether a message is open.
    has_seen_data: AtomicBool,
    /// A handle does not know where in its frames it is, so that it is not known whether a message is open.
    has_lost_handle: AtomicBool,
    /// It was so once. Messages that were begun meanwhile may go on for ever.
    has_missed_frames: AtomicBool,
}

/// A handle has left a frame open, or has not sent all of its handshake.
const OPEN_FRAME: u8 = 1;
/// A message is open.
const OPEN_MESSAGE: u8 = 1 << 1;

/// How often a reading is tried while others come and go.
const TRIES: usize = 4;

impl Traffic {
    /// The traffic of a wire whose socket has taken so much so far, if it tells.
    pub(crate) fn new(taken: Option<Taken>) -> Self {
        Traffic {
            record: Mutex::new(Record::default()),
            scale: Scale::new(taken),
            open: AtomicU8::new(0),
            has_seen_data: AtomicBool::new(false),
            has_lost_handle: AtomicBool::new(false),
            has_missed_frames: AtomicBool::new(false),
        }
    }

    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        lock(&self.record)
    }

    /// Whether a frame or a message is open.
    #[inline(always)]
    pub(crate) fn has_any_open(&self) -> bool {
        self.open.load(Relaxed) != 0
    }

    pub(crate) fn has_open_frame(&self) -> bool {
        self.open.load(Relaxed) & OPEN_FRAME != 0
    }

    pub(crate) fn has_open_message(&self) -> bool {
        self.open.load(Relaxed) & OPEN_MESSAGE != 0
    }

    pub(crate) fn has_seen_data(&self) -> bool {
        self.has_seen_data.load(Relaxed)
    }

    pub(crate) fn has_lost_handle(&self) -> bool {
        self.has_lost_handle.load(Relaxed)
    }

    /// It is not known any more where in its frames a handle is, and so not which messages are open.
    pub(crate) fn note_lost(&self, handle: u64) {
        let mut record = self.record();
        record.turns_mut().note_lost(handle);
        self.has_missed_frames.store(true, Relaxed);
        self.forget_messages(&mut record, true);
    }

    /// It is known again where in its frames a handle is. Which messages it has opened meanwhile is not.
    pub(crate) fn note_found(&self) {
        let mut record = self.record();
        record.turns_mut().note_found();
        self.forget_messages(&mut record, false);
    }

    fn forget_messages(&self, record: &mut Record, has_lost_handle: bool) {
        record.unfinished.forget_messages();
        self.note_unfinished(record);
        self.has_seen_data.store(false, Relaxed);
        self.has_lost_handle.store(has_lost_handle, Relaxed);
    }

    /// From now on it is known whether a message is open, if no frames were missed.
    #[inline(always)]
    pub(crate) fn note_data(&self) {
        if !self.has_seen_data.load(Relaxed) && !self.has_missed_frames.load(Relaxed) {
            self.has_seen_data.store(true, Relaxed);
        }
    }

    /// Has the next calls look, or not, for what was left open. Release pairs with the acquire of the next claim.
    pub(crate) fn note_unfinished(&self, record: &Record) {
        let bit = |is_open, bit| if is_open { bit } else { 0 };
        let frame = bit(record.has_open_frame(), OPEN_FRAME);
        let message = bit(record.unfinished.has_open_message(), OPEN_MESSAGE);
        self.open.store(frame | message, Release);
    }

    /// Bytes may have gone out past every watched handle. Where the system does not count them, what is open now is not
    /// known.
    pub(crate) fn expect_unwatched_bytes(&self) {
        if !self.scale.is_known() {
            self.forget_unfinished();
        }
    }

    /// What is open is not known any more.
    pub(crate) fn forget_unfinished(&self) {
        let mut record = self.record();
        record.unfinished.forget();
        self.note_unfinished(&record);
        self.has_seen_data.store(false, Relaxed);
    }

    /// Reads who is inside a call and what the socket has taken, which `taken` tells. To be called by a handle that is
    /// not inside a call.
    pub(crate) fn read(&self, taken: impl Fn() -> Option<Taken>) -> Reading {
        let has_counters = self.scale.is_known();
        let reading = |snapshot, taken: Option<Taken>, is_instant| {
            let (since, before_watching) =
                taken.map_or((None, None), |taken| self.scale.place(taken));
            Reading {
                snapshot,
                taken: since,
                counted: taken.map(|taken| taken.bytes),
                before_watching,
                has_counters,
                is_instant,
            }
        };
        let mut snapshot = self.record().snapshot();
        for _ in 0..TRIES {
            let taken = has_counters.then(&taken).flatten();
            let again = self.record().snapshot();
            if again == snapshot {
                return reading(snapshot, taken, true);
            }
            snapshot = again;
        }
        reading(snapshot, None, false)
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::wire::bytes::{Marks, Outgoing};
    use crate::wire::half::MadeCell;
    use std::sync::Arc;

    #[test]
    fn no_place_is_known_while_others_come_and_go_all_the_time() {
        let taken = |bytes| {
            Some(Taken {
                bytes,
                before_data: 0,
            })
        };
        let traffic = Traffic::new(taken(0));
        let mark = Marks::<()>::default().mark();
        let other = Arc::new(Outgoing::new(1, MadeCell::default(), false, mark));
        traffic.record().admit(0, other.clone());
        let sends_one = || {
            other.progress().begin_call(1);
            other.progress().end_call(1);
        };
        sends_one();
        assert_eq!(traffic.read(|| taken(1)).place(), Some(1));
        let reading = traffic.read(|| {
            sends_one();
            taken(2)
        });
        assert_eq!((reading.place(), reading.stamp()), (None, None));
    }
}
