//! What a thread or task is doing on the wires, for the report of a lock that it holds meanwhile.

use crate::wire::claim::Activity;
use crate::wire::handle::Wire;
use crate::wire::registry::Registry;
use crate::witness::{Operation, Runner, Stamp, Task, ThreadId};
use std::fmt;

/// How many handles of one wire are looked at.
const MAX_HANDLES: usize = 64;

/// An operation that has not come to its end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UnderWay {
    operation: Operation,
    /// The address of the peer, if the socket has one.
    peer: Option<String>,
    pub(crate) began: Stamp,
    /// When it was looked at.
    seen: Stamp,
}

impl fmt::Display for UnderWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operation)?;
        if let Some(peer) = &self.peer {
            write!(f, " to {peer}")?;
        }
        let seconds = self.seen.micros_since(self.began).max(0.0) / 1e6;
        if self.began.is_rough() {
            write!(f, ", for about {seconds:.1} s")
        } else if seconds < 1.0 {
            write!(f, ", for {:.0} ms", seconds * 1e3)
        } else {
            write!(f, ", for {seconds:.1} s")
        }
    }
}

impl Registry {
    /// The operation that this runner has under way on some wire: it is inside, or has left a part of its frame there and
    /// is to be polled again.
    pub(crate) fn under_way(&self, runner: Runner) -> Option<UnderWay> {
        self.known().iter().find_map(|known| {
            self.look(&known.wire, |wire| wire.under_way(runner))
                .flatten()
        })
    }
}

impl Wire {
    fn under_way(&self, runner: Runner) -> Option<UnderWay> {
        let contest = self.claims.contest();
        let record = self.traffic.record();
        let mut present = contest.present(MAX_HANDLES);
        let inside = present.find_map(|(_, activity)| inside(activity, runner));
        let open = || {
            let mut frames = record.unfinished.frames().iter();
            let open = frames.find(|open| {
                !open.is_abandoned && is_by(runner, (open.half.thread, open.half.task))
            });
            open.map(|open| (open.half.operation, open.half.began))
        };
        let (operation, began) = inside.or_else(open)?;
        Some(UnderWay {
            operation,
            peer: self.socket.peer().map(str::to_owned),
            began,
            seen: Stamp::now(),
        })
    }
}

/// What this runner does with a handle, if it is inside.
fn inside(activity: &Activity, runner: Runner) -> Option<(Operation, Stamp)> {
    let glance = activity.glance();
    let (thread, task, began) = glance.writer.filter(|_| glance.is_writing)?;
    is_by(runner, (thread, task)).then_some((glance.operation, began))
}

/// A writer with a call site does not note its task. Its thread runs no other task while it is inside.
fn is_by(runner: Runner, (thread, task): (ThreadId, Option<Task>)) -> bool {
    match (runner.task, task) {
        (Some(one), Some(other)) => one == other,
        (None, None) => runner.thread == thread,
        _ => runner.thread == thread && runner.task.is_none(),
    }
}
