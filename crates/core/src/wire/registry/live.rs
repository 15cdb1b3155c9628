//! What is on the wires right now, for a person who looks from aside.
//!
//! No writer does anything for it that it would not do anyway: bytes are in the progress of handles, who writes is in
//! their activities, and only messages are counted, with a load and a store. Locks are held for one wire at a time. While a wire
//! is looked at, the registry's lock is held too, so that no wire is found alive that only this look keeps so.

use crate::wire::bytes::{Outgoing, Record};
use crate::wire::claim::{Activity, Glance, NearMiss};
use crate::wire::handle::Wire;
use crate::wire::identity::Socket;
use crate::wire::registry::{Known, Registry};
use crate::witness::{Operation, Site, Stamp, Task, ThreadId, thread_name};
use std::sync::{Arc, Weak};

/// How many handles of one wire are told one by one.
const MAX_HANDLES: usize = 64;

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
    /// Call sites that came close, where writers may be held.
    pub(crate) near_misses: Vec<NearMiss>,
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
            let is_clean = self.look(&known.wire, |wire| {
                let contest = wire.claims.contest();
                (contest.handles() > 0).then(|| contest.findings() == 0)
            });
            Some((is_clean??, known.id, known.wire))
        };
        let mut ranked: Vec<_> = self.known().into_iter().filter_map(rank).collect();
        ranked.sort_unstable_by_key(|(is_clean, id, _)| (*is_clean, *id));
        let total = ranked.len();
        let page = ranked.into_iter().skip(offset).take(limit);
        let wires = page
            .filter_map(|(_, _, wire)| self.look(&wire, Wire::live))
            .collect();
        Live { total, wires }
    }

    /// The wires there are.
    pub(in crate::wire) fn known(&self) -> Vec<Known> {
        self.wires()
            .all()
            .filter(|known| known.is_live())
            .cloned()
            .collect()
    }

    /// Looks at a wire that may be gone.
    pub(in crate::wire) fn look<T>(
        &self,
        wire: &Weak<Wire>,
        look: impl FnOnce(&Wire) -> T,
    ) -> Option<T> {
        let _alive = self.wires();
        wire.upgrade().map(|wire| look(&wire))
    }
}

impl Wire {
    fn live(&self) -> LiveWire {
        let contest = self.claims.contest();
        let record = self.traffic.record();
        let outgoing = |index| record.handle(index);
        LiveWire {
            id: self.id,
            socket: self.socket.clone(),
            is_encrypted: contest
                .present(MAX_HANDLES)
                .filter_map(|(index, _)| outgoing(index))
                .any(|outgoing| outgoing.is_encrypted()),
            handle_count: contest.handles(),
            handles: contest
                .present(MAX_HANDLES)
                .filter_map(|(index, activity)| Some(handle(&record, outgoing(index)?, activity)))
                .collect(),
            findings: contest.findings(),
            near_misses: self.claims.near_misses(),
        }
    }
}

fn handle(record: &Record, outgoing: &Outgoing, activity: &Activity) -> LiveHandle {
    let Glance {
        is_writing,
        has_written,
        operation,
        site,
        writer,
    } = activity.glance();
    LiveHandle {
        id: outgoing.handle(),
        bytes: outgoing.progress().read().accepted(),
        messages: outgoing.progress().messages(),
        operation: (writer.is_some() && (is_writing || has_written)).then_some(operation),
        is_inside_frame: record.unfinished.frame_of(outgoing.handle()).is_some(),
        is_writing: is_writing && writer.is_some(),
        writer: writer.map(|(thread, task, since)| LiveWriter {
            thread,
            thread_name: thread_name(thread),
            task,
            site,
            since,
        }),
    }
}
