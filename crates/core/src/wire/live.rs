//! What is on the wires right now, for a person who looks from aside.
//!
//! No writer does anything for it that it would not do anyway: bytes are in the ledgers, who writes is in the slots, and
//! only messages are counted, with a load and a store. Locks are held for one wire at a time. While somebody looks at a
//! wire, the registry's lock is held too, so that nobody finds a wire alive that only the onlooker keeps so.

use super::identity::Socket;
use super::registry::{Known, Registry};
use super::slot::{Glance, Slot};
use super::sync::lock;
use super::{Contest, Wire};
use crate::witness::{Operation, Site, Stamp, Task, ThreadId, thread_name};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How many handles of one wire are told one by one.
const MAX_HANDLES: usize = 64;

static HANDLES: AtomicU64 = AtomicU64::new(0);
static WIRES: AtomicU64 = AtomicU64::new(0);

/// How much is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watching {
    /// Wires with at least one handle.
    pub(crate) wires: u64,
    pub(crate) handles: u64,
}

/// How much is watched now.
pub(crate) fn watching() -> Watching {
    Watching {
        wires: WIRES.load(Relaxed),
        handles: HANDLES.load(Relaxed),
    }
}

/// A handle has come to a wire that now has so many.
pub(super) fn has_come(handles: usize) {
    HANDLES.fetch_add(1, Relaxed);
    if handles == 1 {
        WIRES.fetch_add(1, Relaxed);
    }
}

/// A handle has gone from a wire that now has so many.
pub(super) fn has_gone(handles: usize) {
    HANDLES.fetch_sub(1, Relaxed);
    if handles == 0 {
        WIRES.fetch_sub(1, Relaxed);
    }
}

/// Some of the wires there are.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// How many there are.
    pub(crate) total: usize,
    pub(crate) wires: Vec<LiveWire>,
}

#[derive(Debug)]
pub(crate) struct LiveWire {
    pub(crate) id: u64,
    pub(crate) socket: Socket,
    pub(crate) is_encrypted: bool,
    /// How many handles there are; not all of them may be told.
    pub(crate) handle_count: usize,
    pub(crate) handles: Vec<LiveHandle>,
    /// Findings made on this wire, open ones aside.
    pub(crate) findings: u64,
}

#[derive(Debug)]
pub(crate) struct LiveHandle {
    pub(crate) id: u64,
    pub(crate) bytes: u64,
    pub(crate) messages: u64,
    /// What it does now, or wrote last; `None` if neither is known.
    pub(crate) operation: Option<Operation>,
    /// A part of a frame is out, and the rest is not.
    pub(crate) is_inside_frame: bool,
    pub(crate) is_writing: bool,
    /// Who has the wire through it now, or had it last.
    pub(crate) writer: Option<LiveWriter>,
}

#[derive(Debug)]
pub(crate) struct LiveWriter {
    pub(crate) thread: ThreadId,
    pub(crate) thread_name: Option<Arc<str>>,
    pub(crate) task: Option<Task>,
    pub(crate) site: Site,
    /// When it took the wire.
    pub(crate) since: Stamp,
}

impl Registry {
    /// So many of the wires that have handles, from the one at `offset` on: first those with findings, then by number.
    pub(crate) fn live(&self, offset: usize, limit: usize) -> Live {
        let rank = |known: Known| {
            let is_clean = self.look(&known, |wire| {
                let contest = lock(&wire.contest);
                (contest.handles() > 0).then(|| contest.findings() == 0)
            });
            Some((is_clean??, known.id, known.wire))
        };
        let mut ranked: Vec<_> = self.known().into_iter().filter_map(rank).collect();
        ranked.sort_unstable_by_key(|(is_clean, id, _)| (*is_clean, *id));
        let total = ranked.len();
        let page = ranked.into_iter().skip(offset).take(limit);
        let wires = page
            .filter_map(|(_, id, wire)| self.look(&Known { id, wire }, Wire::live))
            .collect();
        Live { total, wires }
    }

    /// The wires there are.
    pub(super) fn known(&self) -> Vec<Known> {
        self.wires()
            .all()
            .filter(|known| known.is_live())
            .cloned()
            .collect()
    }

    /// Looks at a wire that may be gone.
    pub(super) fn look<T>(&self, known: &Known, look: impl FnOnce(&Wire) -> T) -> Option<T> {
        let _alive = self.wires();
        known.wire.upgrade().map(|wire| look(&wire))
    }
}

impl Wire {
    fn live(&self) -> LiveWire {
        let contest = lock(&self.contest);
        LiveWire {
            id: self.id,
            socket: self.socket.clone(),
            is_encrypted: contest.present(MAX_HANDLES).any(|slot| slot.is_encrypted()),
            handle_count: contest.handles(),
            handles: contest
                .present(MAX_HANDLES)
                .map(|slot| handle(&contest, slot))
                .collect(),
            findings: contest.findings(),
        }
    }
}

fn handle(contest: &Contest, slot: &Arc<Slot>) -> LiveHandle {
    let Glance {
        is_writing,
        has_written,
        operation,
        site,
        signed,
    } = slot.glance();
    LiveHandle {
        id: slot.handle(),
        bytes: slot.ledger().read().accepted(),
        messages: slot.ledger().messages(),
        operation: (signed.is_some() && (is_writing || has_written)).then_some(operation),
        is_inside_frame: contest.unfinished.frame_of(slot).is_some(),
        is_writing: is_writing && signed.is_some(),
        writer: signed.map(|(thread, task, since)| LiveWriter {
            thread,
            thread_name: thread_name(thread),
            task,
            site,
            since,
        }),
    }
}
