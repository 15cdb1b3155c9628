//! The traffic of a wire: its record, and what the quiet path asks without a lock.

use super::reading::{Reading, Scale};
use super::record::Record;
use crate::wire::identity::counters::Taken;
use crate::wire::sync::{Mutex, MutexGuard, lock};
// std's under loom, too: they are set before a claim is given back and read after the next one is taken, so that the
// owner word publishes them.
use std::sync::atomic::{
    AtomicBool,
    Ordering::{Relaxed, Release},
};

#[derive(Debug)]
pub(crate) struct Traffic {
    record: Mutex<Record>,
    /// Where the wire's bytes begin on the scale of the kernel's counters.
    pub(crate) scale: Scale,
    /// A handle has left a frame open, or has not sent all of its handshake.
    has_open_frame: AtomicBool,
    /// A message is open.
    has_open_message: AtomicBool,
    /// A data frame has gone by, so that it is known whether a message is open.
    has_seen_data: AtomicBool,
}

/// How often a reading is tried while others come and go.
const TRIES: usize = 4;

impl Traffic {
    /// The traffic of a wire whose socket has taken so much so far, if it tells.
    pub(crate) fn new(taken: Option<Taken>) -> Self {
        Traffic {
            record: Mutex::new(Record::default()),
            scale: Scale::new(taken),
            has_open_frame: AtomicBool::new(false),
            has_open_message: AtomicBool::new(false),
            has_seen_data: AtomicBool::new(false),
        }
    }

    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        lock(&self.record)
    }

    #[inline]
    pub(crate) fn has_open_frame(&self) -> bool {
        self.has_open_frame.load(Relaxed)
    }

    #[inline]
    pub(crate) fn has_open_message(&self) -> bool {
        self.has_open_message.load(Relaxed)
    }

    pub(crate) fn has_seen_data(&self) -> bool {
        self.has_seen_data.load(Relaxed)
    }

    /// From now on it is known whether a message is open.
    #[inline]
    pub(crate) fn note_data(&self) {
        if !self.has_seen_data.load(Relaxed) {
            self.has_seen_data.store(true, Relaxed);
        }
    }

    /// Has the next calls look, or not, for what was left open. Release pairs with the acquire of the next claim.
    pub(crate) fn note_unfinished(&self, record: &Record) {
        self.has_open_frame.store(
            !record.unfinished.frames().is_empty() || !record.handshakes.is_empty(),
            Release,
        );
        self.has_open_message
            .store(record.unfinished.has_open_message(), Release);
    }

    /// Bytes may have gone out past every watched handle. Where the system does not count them, what is open now is not
    /// known.
    pub(crate) fn expect_unwatched_bytes(&self) {
        if !self.scale.is_known() {
            let mut record = self.record();
            record.unfinished.forget();
            self.note_unfinished(&record);
            self.has_seen_data.store(false, Relaxed);
        }
    }

    /// Reads who is inside a call and what the socket has taken, which `taken` tells. To be called by a handle that is
    /// not inside a call.
    pub(crate) fn read(&self, taken: impl Fn() -> Option<Taken>) -> Reading {
        let mut snapshot = self.record().snapshot();
        for _ in 0..TRIES {
            let taken = self.scale.is_known().then(&taken).flatten();
            let Some(taken) = taken else { break };
            let again = self.record().snapshot();
            if again == snapshot {
                let counted = Some(taken.bytes);
                let (taken, before_watching) = self.scale.place(taken);
                return Reading {
                    snapshot,
                    taken,
                    counted,
                    before_watching,
                    has_counters: true,
                };
            }
            snapshot = again;
        }
        Reading {
            snapshot,
            taken: None,
            counted: None,
            before_watching: None,
            has_counters: self.scale.is_known(),
        }
    }
}
